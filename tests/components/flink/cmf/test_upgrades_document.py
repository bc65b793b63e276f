"""docs/upgrades.md names what there is."""

import re
from pathlib import Path

import pytest

from components import versions
from components.flink.cmf.names import CMF_NAME
from components.settings.flink import ApplicationDefaults, CmfFlink

TEXT = (Path(__file__).parents[4] / "docs" / "upgrades.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("key", ["restore_from", "allow_dropped_state", "standby_job_managers", "upgrade_mode"])
def test_settings_of_applications_exist(key):
    assert f"`{key}" in TEXT or f".{key}`" in TEXT
    assert key in ApplicationDefaults.model_fields


def test_the_pause_is_a_setting_and_versions_are_constants():
    assert "`paused: true`" in TEXT
    assert "paused" in CmfFlink.model_fields
    for name in ("CMF", "FLINK_OPERATOR", "CFK", "CERT_MANAGER", "FLINK"):
        assert f"`{name}`" in TEXT
        assert hasattr(versions, name)


def test_commands_name_cmf_and_the_charts_as_they_are():
    assert f"rollout restart deployment {CMF_NAME}" in TEXT
    assert set(re.findall(r"helm pull (\S+)", TEXT)) == {"flink-kubernetes-operator", "confluent-for-kubernetes"}


def test_every_part_that_the_table_names_has_its_chapter():
    for title in re.findall(r"\]\(#([a-z0-9-]+)\)", TEXT):
        chapters = {
            re.sub(r"[^a-z0-9 -]", "", line.removeprefix("## ").lower()).replace(" ", "-")
            for line in TEXT.splitlines()
            if line.startswith("## ")
        }
        assert title in chapters

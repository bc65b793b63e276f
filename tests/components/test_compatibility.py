"""Which versions run together: the table agrees with what is pinned, and mistakes come with the pairing that works."""

import typing
from pathlib import Path

import pytest
import yaml

from components import versions
from components.compatibility import (
    CERT_MANAGER_KUBERNETES,
    CMF_RELEASES,
    FLINK_LINES,
    cmf_release,
    flink_line,
    incompatibilities,
    minor,
)
from components.errors import PlatformError
from components.settings.cluster import EksCluster
from components.settings.flink import CmfFlink
from tests.components.kubernetes_schemas import schema_file

ROOT = Path(__file__).parents[2]
DATABASE = {"flavour": "rds", "database": "cmf"}


def settings(**changed) -> CmfFlink:
    return CmfFlink.model_validate(
        {"flavour": "cmf", "database": DATABASE, "authentication": {"kind": "mtls"}, **changed}
    )


def found(*args, **kwargs) -> str:
    return "\n".join(f"{one.key}: {one.found}; {one.remedy}" for one in incompatibilities(*args, **kwargs))


def test_what_is_pinned_runs_together_on_every_kubernetes_that_settings_allow():
    for version in typing.get_args(EksCluster.model_fields["kubernetes_version"].annotation):
        assert found(settings(sql={"pools": {"small": {}}}), version) == ""


def test_settings_offer_the_versions_of_the_table_and_default_to_the_pinned_one():
    field = CmfFlink.model_fields["version"]
    assert set(typing.get_args(field.annotation)) == set(CMF_RELEASES)
    assert field.default == versions.CMF
    assert cmf_release(versions.CMF).operator == versions.FLINK_OPERATOR
    assert cmf_release(versions.CMF).cfk == versions.CFK


def test_the_image_of_the_applications_is_of_the_flink_line_that_the_table_says():
    images = yaml.safe_load((ROOT / "applications" / "images" / "images.yaml").read_text())
    line = flink_line(versions.FLINK)
    assert images["applications"]["base"].endswith(line.image)
    assert images["applications"]["environment"]["ENABLE_BUILT_IN_PLUGINS"] == line.s3_plugin
    # The file has the version of Confluent's build and nothing of the image's Java.
    assert line.s3_plugin == f"flink-s3-fs-hadoop-{line.image.partition(':')[2].removesuffix('-java21')}.jar"


def test_the_table_knows_the_enum_of_the_custom_resource():
    schema = yaml.safe_load(schema_file("platform.confluent.io", "flinkapplication_v1beta1.json").read_text())
    enum = schema["properties"]["spec"]["properties"]["flinkVersion"]["enum"]
    assert {row.enum for row in FLINK_LINES.values() if row.enum} <= set(enum)
    assert [
        line for line, row in FLINK_LINES.items() if row.enum is None and f"v{line.replace('.', '_')}" in enum
    ] == []


def test_a_flink_that_custom_resources_cannot_name_is_refused_with_those_they_can():
    assert "Flink 2.2.0" in found(settings(), flink_version="2.2.0")
    assert "one of 1.20, 2.0, 2.1" in found(settings(), flink_version="2.2.0")
    with pytest.raises(PlatformError, match=r"allowed: 1\.19, 1\.20, 2\.0, 2\.1"):
        flink_line("2.3.0")


def test_a_flink_whose_s3_plugin_knows_no_pod_identity_is_refused():
    message = found(settings(), flink_version="1.19.1")
    assert "does not know EKS Pod Identity" in message
    assert "no runtime" in message


def test_an_older_cmf_without_roles_of_its_own_is_refused_where_somebody_logs_in():
    assert "write 2.4.2" in found(settings(version="2.3.1"))
    assert found(settings(version="2.3.1", authentication={"kind": "none"})) == ""


def test_an_old_sql_image_is_refused(monkeypatch):
    monkeypatch.setattr(versions, "CP_FLINK_SQL_IMAGE", "confluentinc/cp-flink-sql:1.19-cp6")
    assert "1.19-cp7 or later" in found(settings(sql={"pools": {"small": {}}}))
    assert found(settings()) == ""


@pytest.mark.parametrize("version", ["1.32", "1.37"])
def test_a_kubernetes_beyond_what_the_operators_support_is_refused(version):
    assert f"write a version from {CERT_MANAGER_KUBERNETES[0]}" in found(settings(), version)


def test_iceberg_has_a_runtime_for_the_pinned_flink(monkeypatch):
    monkeypatch.setattr(versions, "ICEBERG", "1.10.0")
    assert "Flink 2.0 with Iceberg 1.10.0 to 1.11.0" in found(settings())


def test_the_kafka_connector_is_the_newest_for_the_pinned_flink():
    assert FLINK_LINES[minor(versions.FLINK)].kafka_connector == versions.FLINK_CONNECTOR_KAFKA

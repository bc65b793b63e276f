"""`down`, on tiny services in place of the real ones."""

import json
import shutil

import pytest

from operations.local import commands, processes
from operations.local.layout import Layout
from operations.local.supervisor import Supervisor
from tests.operations.local.test_supervisor import daemon


def test_down_where_nothing_was_ever_up_makes_nothing(monkeypatch, tmp_path, capsys):
    monkeypatch.setenv("STREAMCTL_HOME", str(tmp_path / "home"))
    commands.down(as_json=True)
    assert json.loads(capsys.readouterr().out) == {"stopped": []}
    assert not (tmp_path / "home").exists()


@pytest.mark.end_to_end
@pytest.mark.parametrize("supervised", [True, False])
def test_down_ends_what_runs_although_its_folder_was_removed(supervised, layout: Layout, tiny, monkeypatch, capsys):
    monkeypatch.setenv("STREAMCTL_HOME", str(layout.home))
    Supervisor(layout).start([tiny("kafka"), tiny("connect", "kafka")])
    if not supervised:
        daemon(layout).kill()
    # As `git clean -fdx` does.
    shutil.rmtree(layout.home)
    assert {owned.service for owned in processes.owned(layout)} >= {"kafka", "connect"}
    commands.down(as_json=True)
    assert json.loads(capsys.readouterr().out) == {"stopped": ["connect", "kafka"]}
    assert processes.owned(layout) == []
    commands.down(as_json=True)
    assert json.loads(capsys.readouterr().out) == {"stopped": []}

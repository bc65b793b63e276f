"""What the tests under the engine say where there is none."""

from pathlib import Path

import pytest

from tests import engine_lab
from tests.engine_lab import CONFLUENT, NEEDED, ON_KUBERNETES, missing


@pytest.fixture
def lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a script, of which nothing else is set."""
    (tmp_path / "lab").touch()
    monkeypatch.setattr(engine_lab, "FOLDER", tmp_path)
    for name in NEEDED | CONFLUENT:
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def test_without_the_script_the_readme_has_the_way_by_hand(lab: Path):
    (lab / "lab").unlink()
    assert "With the Pulumi engine" in str(missing())
    assert str(lab) not in str(missing())


def test_what_is_missing_is_named_with_where_to_get_it(lab: Path, monkeypatch: pytest.MonkeyPatch):
    assert all(f"{name}, {what}" in str(missing()) for name, what in NEEDED.items())
    for name in NEEDED:
        monkeypatch.setenv(name, str(lab))
    assert missing() is None
    assert str(missing(confluent=True)).count("https://") == len(CONFLUENT)
    assert all(f"{name}, {where}" in str(missing(kubernetes=True)) for name, where in ON_KUBERNETES.items())
    for name in ON_KUBERNETES:
        (lab / name).touch()
    assert missing(kubernetes=True) is None

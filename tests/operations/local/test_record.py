"""What `up` remembers is what the next command reads."""

from pathlib import Path

import pytest

from components.errors import PlatformError
from operations.local import record
from operations.local.jobs import Submission
from operations.local.layout import Layout


def test_a_record_is_read_as_it_was_saved(tmp_path: Path):
    layout = Layout(tmp_path, tmp_path / "dist")
    saved = record.Record("local", {"region": "us-east-1"})
    saved.jobs = {"a": Submission("1", ["SET 'x' = 'y'", "EXECUTE"], "s3://b/chk-1"), "b": Submission("", [])}
    saved.save(layout)
    assert record.load(layout) == saved


@pytest.mark.parametrize("jobs", ["{}", '{"a": {"id": "1", "fingerprint": "0"}}', '{"a": 1}'])
def test_jobs_of_another_version_are_told(tmp_path: Path, jobs: str):
    layout = Layout(tmp_path, tmp_path / "dist")
    layout.make()
    layout.state.write_text(f'{{"version": 1, "stack": "local", "exports": {{}}, "jobs": {jobs}, "complete": true}}')
    with pytest.raises(PlatformError) as raised:
        record.load(layout)
    assert "./streamctl down" in raised.value.mistakes[0].remedy

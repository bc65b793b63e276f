"""Generated applications are applications like any other, and share nothing."""

import pytest

from components.application import captured_tables, merge_topics
from components.platform import APPLICATIONS, load_applications
from operations.bench.generated import write_applications
from operations.bench.synth import measure

NAMES = sorted(path.parent.name for path in APPLICATIONS.glob("*/application.yaml"))


@pytest.mark.parametrize("template", NAMES)
def test_each_has_topics_and_tables_of_its_own(tmp_path, template):
    (original,) = load_applications([template])
    names = write_applications(tmp_path, 3, template)
    loaded = load_applications(names, tmp_path)
    assert [application.name for application in loaded] == names
    assert len(merge_topics(loaded)) == 3 * len(original.spec.sources)
    assert len(captured_tables(loaded)) == 3 * len(original.spec.capture)
    tables = {sink.name for application in loaded for sink in application.spec.sinks}
    assert len(tables) == 3 * len(original.spec.sinks)


@pytest.mark.end_to_end
def test_platform_and_bare_sdk_register_the_same_number_of_resources():
    result = measure(lambda what: None, sizes=(2, 4), runs=1, stacks=["local"])
    resources = {size: found["resources"] for size, found in result.data["growth"].items()}
    # One component for each further application.
    assert resources[4] - resources[2] == 2
    assert {"local"} <= set(result.data["stacks"])
    assert all(found["ratio"]["median"] > 0 for found in result.data["growth"].values())

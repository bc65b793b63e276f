"""What both generators need as processes."""

import pytest

from components.errors import PlatformError
from operations.local.generators import claims, telemetry
from operations.local.generators.process import configuration, run


@pytest.mark.parametrize(
    ("text", "says"),
    [(None, "No such file"), ("{", "Expecting property name"), ("[]", "a JSON object"), ('{"dsn": ""}', "seed")],
)
def test_a_configuration_that_does_not_do_is_told(tmp_path, text, says):
    path = tmp_path / "config.json"
    if text is not None:
        path.write_text(text)
    with pytest.raises(PlatformError, match=says):
        configuration([str(path)], {"dsn", "seed"})


@pytest.mark.parametrize("main", [claims.main, telemetry.main])
def test_a_generator_without_a_configuration_ends_with_status_1(monkeypatch, caplog, main):
    monkeypatch.setattr("sys.argv", ["generator"])
    with pytest.raises(SystemExit) as caught:
        run(main)
    assert caught.value.code == 1
    assert "name the file" in caplog.text

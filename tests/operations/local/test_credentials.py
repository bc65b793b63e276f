"""The passwords of a run: made once, kept, and told where their file is damaged."""

import pytest

from components.errors import PlatformError
from operations.local import credentials
from operations.local.layout import Layout


@pytest.fixture
def layout(tmp_path) -> Layout:
    return Layout(tmp_path, tmp_path)


def test_passwords_are_made_once_for_the_owner_only(layout: Layout):
    made = credentials.of(layout)
    assert credentials.of(layout) == made
    assert made.owner != made.cdc
    assert layout.secrets.stat().st_mode & 0o777 == 0o600
    assert made.owner not in repr(made)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"owner": "x"}', b"null", b"\xff"])
def test_a_half_written_file_is_told_and_kept(content: bytes, layout: Layout):
    layout.make()
    layout.secrets.write_bytes(content)
    with pytest.raises(PlatformError) as caught:
        credentials.of(layout)
    (mistake,) = caught.value.mistakes
    assert (mistake.where, "damaged" in mistake.found) == (str(layout.secrets), True)
    assert "./streamctl down" in mistake.remedy
    assert layout.secrets.read_bytes() == content

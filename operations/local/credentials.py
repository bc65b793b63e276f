"""The passwords of the local PostgreSQL: made for each run, kept in one file that only the owner can read."""

import json
import secrets
from dataclasses import asdict, dataclass, field

from components.errors import problem
from operations.local.layout import Layout, write_private

OWNER = "insurance_owner"
"""The role that owns the database and its tables; the workload and the tests log in with it."""

CDC = "cdc"
"""The role of change data capture: may replicate and read the owner's tables, may not write."""


@dataclass(frozen=True)
class Credentials:
    """Passwords of the two roles. They do not show when printed."""

    owner: str = field(repr=False)
    cdc: str = field(repr=False)


def of(layout: Layout) -> Credentials:
    """The passwords of this platform, made at the first call.

    Raises PlatformError where the file is there and not readable as such: the database knows only the old ones.
    """
    if not layout.secrets.exists():
        # 24 random bytes: 192 bits, in characters that need no quoting anywhere.
        made = Credentials(secrets.token_urlsafe(24), secrets.token_urlsafe(24))
        write_private(layout.secrets, json.dumps(asdict(made)))
    try:
        return Credentials(**json.loads(layout.secrets.read_text()))
    except (OSError, ValueError, TypeError):
        raise problem(
            str(layout.secrets),
            "",
            "a file that is damaged or not readable",
            "the passwords that `up` wrote",
            "run `./streamctl down` and `./streamctl up` again",
        ) from None

"""One function makes physical names, one makes tags."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from components.errors import problem

# S3 has the shortest limit of all names made here: 3 to 63 characters.
NAME_LIMIT = 63

_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*\Z")


@dataclass(frozen=True)
class Naming:
    """Names and tags of one stack.

    project, stack: as Pulumi knows them
    account_id:     12 digits; part of names that are unique across all AWS accounts
    tags:           the stack's own tags; they win over none of the fixed ones
    """

    project: str
    stack: str
    account_id: str
    environment: str
    extra_tags: Mapping[str, str] = field(default_factory=dict)

    def name(self, purpose: str, globally_unique: bool = False) -> str:
        """`<project>-<stack>-<purpose>`, with the account id behind it where the whole world shares the names.

        Raises PlatformError where the name would pass 63 characters.
        """
        parts = [self.project, self.stack, purpose] + ([self.account_id] if globally_unique else [])
        return self._checked("-".join(parts), NAME_LIMIT)

    def short(self, purpose: str, limit: int) -> str:
        """`<stack>-<purpose>`, for what AWS gives little room to (load balancers: 32 characters).

        Raises PlatformError where the name would pass `limit` characters.
        """
        return self._checked(f"{self.stack}-{purpose}", limit)

    def _checked(self, name: str, limit: int) -> str:
        if not _NAME.match(name):
            # Pulumi takes capitals, dots and underscores. S3, RDS and load balancers take none of them, a replication
            # slot no capitals, and RDS no two hyphens in a row.
            raise problem(
                f"stacks/Pulumi.{self.stack}.yaml",
                "(name of the stack)",
                f"the name {name!r}",
                "lower case letters, digits and single hyphens",
                "give the stack another name, as dev-msk",
            )
        if len(name) > limit:
            raise problem(
                f"stacks/Pulumi.{self.stack}.yaml",
                "(name of the stack)",
                f"the name {name!r} with {len(name)} characters",
                f"at most {limit} characters",
                "give the stack a shorter name",
            )
        return name

    def tags(self, purpose: str) -> dict[str, str]:
        """The tags of a resource; `purpose` says which part of the platform it is."""
        return {
            **self.extra_tags,
            "project": self.project,
            "stack": self.stack,
            "environment": self.environment,
            "component": purpose,
            "managed-by": "pulumi",
        }

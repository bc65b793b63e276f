"""What a diff says: plain data that the three outputs are rendered from."""

from dataclasses import dataclass

from operations.diff.properties import Difference
from operations.diff.stateful import at_stake

# The order in which operations are shown: what destroys first.
OPERATIONS = ("delete", "rename", "replace", "maybe-replace", "update", "create")

PROTECTED = "it is protected: `pulumi up` stops here until the protection is taken off"
RETAINED = "retainOnDelete: it stays where it is, and Pulumi forgets it"


@dataclass(frozen=True)
class Change:
    """What happens to one resource.

    op:          delete, replace (certain), maybe-replace (a property that replaces in some cases, or of which nothing
                 is known), update, create; rename: it would be deleted and created anew for its URN is another one
    forced_by:   paths that force the replacement
    maybe:       path -> why it may force one
    options:     changes of the resource's options, in words
    warnings:    those of them that take a protection away
    was:         of a rename: the URN that it had
    follows:     names of the resources whose replacement this follows from
    remedy:      what to do about it; "" where nothing has to be done
    protected, retained: the options `protect` and `retainOnDelete` that it has in the base
    custom:      False: a component, which holds nothing itself
    """

    op: str
    urn: str
    type: str
    differences: tuple[Difference, ...] = ()
    forced_by: tuple[str, ...] = ()
    maybe: tuple[tuple[str, str], ...] = ()
    options: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    follows: tuple[str, ...] = ()
    was: str = ""
    remedy: str = ""
    protected: bool = False
    retained: bool = False
    custom: bool = True

    @property
    def name(self) -> str:
        return self.urn.rsplit("::", 1)[-1]

    @property
    def stake(self) -> str:
        """What is lost with a resource of this type; "" where nothing is."""
        return at_stake(self.type)

    @property
    def loud(self) -> bool:
        """Whether somebody has to look at this before it is merged."""
        destroys = self.op in ("delete", "rename", "replace", "maybe-replace")
        return bool(self.stake and (destroys or self.warnings))


@dataclass(frozen=True)
class Diff:
    """All changes between two sides of one stack.

    base, head: what the two sides are, in words
    engine:     True where the engine itself said what happens; False where two Plans were compared
    unchanged:  number of resources that stay as they are
    outputs:    differences of the stack's outputs
    later:      resources of which something is known only after `up`, and nothing else differs
    secrets:    number of secrets on both sides of which it cannot be told whether they changed
    notes:      what the reader has to know about how this was made
    drift:      True where this is what was changed outside of the program: base is the state, head what was found
    """

    project: str
    stack: str
    base: str
    head: str
    changes: tuple[Change, ...] = ()
    unchanged: int = 0
    engine: bool = False
    outputs: tuple[Difference, ...] = ()
    later: tuple[str, ...] = ()
    secrets: int = 0
    notes: tuple[str, ...] = ()
    drift: bool = False

    @property
    def empty(self) -> bool:
        return not self.changes and not self.outputs

    def of(self, *operations: str) -> tuple[Change, ...]:
        """The changes with one of these operations, in the order of their URNs."""
        return tuple(change for change in self.changes if change.op in operations)

    @property
    def loud(self) -> tuple[Change, ...]:
        """Changes that somebody has to look at: what destroys first."""
        return tuple(change for change in self.changes if change.loud)

    def counts(self) -> dict[str, int]:
        """Operation -> number of changes, without those that are none."""
        return {op: len(self.of(op)) for op in OPERATIONS if self.of(op)}


def in_order(changes: list[Change]) -> tuple[Change, ...]:
    """`changes` by operation, stateful types first, then by URN."""
    return tuple(
        sorted(changes, key=lambda one: (OPERATIONS.index(one.op), not one.stake, not one.custom, one.urn, one.was))
    )

"""Make the emulator agree with what a Pulumi program registers: create, update in place, replace, delete.

The decisions are those of the Pulumi engine with the AWS provider: a replacement creates the new resource first and
leaves the old one to `Provisioner.finish`, unless both would bear the same physical name; what is no longer
registered is deleted at the end, dependents first; what vanished from the emulator is created again.
"""

import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from components.errors import Mistake, PlatformError, problem
from operations.local.provision.catalog import handler_of
from operations.local.provision.clients import Clients
from operations.local.provision.failures import AlreadyExists, Unreachable, explained
from operations.local.provision.ordering import dependents_first
from operations.local.provision.registration import Registration, prepared
from operations.local.provision.resource import Handler
from operations.local.provision.state import Record, Started, State

Operation = Literal["create", "same", "update", "replace", "delete", "delete-replaced"]


@dataclass(frozen=True)
class Outcome:
    """What was done with one resource.

    operation: in the words of the Pulumi engine; "delete-replaced" is the end of a "replace"
    id:        physical id
    outputs:   the inputs with the attributes that AWS gave, secrets included; empty after a deletion
    urn, type: of the resource
    changed:   the inputs because of which it was updated or replaced
    reason:    why it was created although it was known, "" otherwise
    """

    operation: Operation
    id: str
    outputs: dict[str, Any] = field(repr=False)
    urn: str = ""
    type: str = ""
    changed: tuple[str, ...] = ()
    reason: str = ""


class Provisioner:
    """One run of a program against one emulator.

    state:        what exists; dropped here if it belongs to another start of the emulator (`self.dropped` tells)
    clients:      of the emulator
    emulator_id:  changes whenever the emulator loses its memory
    default_tags: the provider's default tags, which a resource's own tags override
    """

    def __init__(self, state: State, clients: Clients, emulator_id: str, default_tags: Mapping[str, str] | None = None):
        self._state, self._clients, self._default_tags = state, clients, dict(default_tags or {})
        self.dropped = state.adopt(emulator_id)
        self._seen: set[str] = set()
        self._listings: dict[str, frozenset[str] | None] = {}
        self._locks: dict[str, threading.Lock] = {}
        self._lock = threading.Lock()

    def register(
        self,
        urn: str,
        type: str,
        name: str,
        inputs: Mapping[str, Any],
        dependencies: Iterable[str],
        secret_paths: Iterable[Any] = frozenset(),
        *,
        parent: str = "",
        protect: bool = False,
        retain_on_delete: bool = False,
    ) -> Outcome:
        """Make one resource on the emulator what the program says. May be called from several threads at once.

        name:         logical name, from which a physical one is made where the inputs give none
        inputs:       as the program registers them (camelCase), all known
        dependencies: URNs of the resources it depends on, which have been registered before
        secret_paths: property paths of the secret inputs; an input with a secret part is kept off the disk whole
        parent, protect, retain_on_delete: the resource options of these names
        Raises PlatformError naming the URN: unsupported type or input, failed AWS call, protected resource.
        """
        handler = handler_of(urn, type)
        with self._lock:
            if urn in self._seen:
                raise problem(urn, "", "registered twice", "one resource per URN", "give one of them another name")
            self._seen.add(urn)
        salt, region = self._state.salt, self._clients.region
        known, hashes = prepared(urn, handler, inputs, secret_paths, region, self._default_tags, salt)
        wanted = Registration(
            urn, name, handler, known, hashes, salt, sorted(set(dependencies)), parent, protect, retain_on_delete
        )
        old = self._state.get(urn)
        self._clear_unfinished(urn, known, old)
        if old is None:
            return self._create(wanted)
        if not self._exists(handler, old):
            return replace(self._create(wanted), reason="it was gone from the emulator")
        changed = wanted.changed(old)
        if replacing := handler.must_replace(old, known, changed):
            return self._replace(wanted, old, replacing)
        attributes = old.outputs
        if changed:
            with self._explained(wanted, "update"):
                attributes = handler.update(self._clients, old, self._named(wanted, old), changed)
        operation = "update" if changed else "same"
        return self._keep(operation, wanted, old.id, attributes, _name(handler, old), changed=changed)

    def finish(self, registered_urns: Iterable[str]) -> list[Outcome]:
        """Delete what is no longer registered and what was replaced, dependents first.

        registered_urns: the URNs of all resources of the program, also those that never came to `register`
        Raises PlatformError with every deletion that failed; the others are done all the same, except those of
        resources on which a failed one depends.
        """
        registered, outcomes, mistakes = set(registered_urns) | self._seen, list[Outcome](), list[Mistake]()
        for urn in self._state.unfinished() - registered:
            self._clear_unfinished(urn, {}, self._state.get(urn))
        replaced = self._state.replaced()
        doomed = [*replaced, *(record for record in self._state.records() if record.urn not in registered)]
        still_used: set[str] = set()
        for record in dependents_first(doomed):
            try:
                if record.urn not in still_used:
                    self._delete(record)
                    operation = "delete-replaced" if record in replaced else "delete"
                    outcomes.append(Outcome(operation, record.id, {}, record.urn, record.type))
                    continue
            except Unreachable:
                raise
            except PlatformError as error:
                mistakes += error.mistakes
            still_used |= {*record.dependencies, record.parent}
        if mistakes:
            raise PlatformError(mistakes)
        return outcomes

    def _create(self, wanted: Registration, old: Record | None = None) -> Outcome:
        """Create the resource; `old` is what it replaces and is deleted by `finish`."""
        handler, inputs = wanted.handler, wanted.inputs
        key = handler.name_key
        physical = str(inputs.get(key) or handler.made_up_name(wanted.name, inputs)) if key else ""
        self._state.begin(wanted.urn, Started(handler.token, physical))
        try:
            with self._explained(wanted, "create"):
                named = {**inputs, key: physical} if key else inputs
                identity, attributes = handler.create(self._clients, named)
        except AlreadyExists:
            # What bears the name is not ours, and must not be taken for ours by the next run.
            self._state.abandon(wanted.urn)
            raise
        return self._keep("create", wanted, identity, attributes, physical, replaced=old)

    def _keep(
        self,
        operation: Operation,
        wanted: Registration,
        identity: str,
        attributes: Mapping[str, Any],
        physical: str,
        replaced: Record | None = None,
        changed: Iterable[str] = (),
    ) -> Outcome:
        """Write down what exists now."""
        handler, outputs = wanted.handler, dict(attributes)
        if handler.name_key:
            outputs[handler.name_key] = physical
        if handler.regional:
            outputs["region"] = self._clients.region
        self._state.put(wanted.record(identity, outputs), replaced)
        shown = {**handler.defaults, **wanted.inputs, **outputs}
        return Outcome(operation, identity, shown, wanted.urn, handler.token, tuple(sorted(changed)))

    def _replace(self, wanted: Registration, old: Record, changed: frozenset[str]) -> Outcome:
        if old.protect:
            raise _protected(old, "replaced", changed)
        key = wanted.handler.name_key
        if key and wanted.inputs.get(key) == _name(wanted.handler, old):
            self._delete(old)
            created = self._create(wanted)
        else:
            created = self._create(wanted, old)
        return replace(created, operation="replace", changed=tuple(sorted(changed)))

    def _delete(self, record: Record) -> None:
        if record.protect:
            raise _protected(record, "deleted")
        if not record.retain:
            handler = handler_of(record.urn, record.type)
            with explained(record.urn, "delete", self._clients.endpoint):
                handler.delete(self._clients, record)
        self._state.remove(record)

    def _clear_unfinished(self, urn: str, inputs: Mapping[str, Any], current: Record | None) -> None:
        """Remove what a run left that was killed between creating the resource `urn` and writing that down."""
        started = self._state.started(urn)
        if started is None:
            return
        handler = handler_of(urn, started.type)
        if started.name and not (current and started.name == _name(handler, current)):
            with explained(urn, "clean up", self._clients.endpoint):
                found = handler.find(self._clients, started.name, inputs)
                if found is not None:
                    # Nothing can be in it or use it yet, so there is no window for second thoughts.
                    handler.delete(self._clients, Record(urn, started.type, found, {"recoveryWindowInDays": 0}))
        self._state.abandon(urn)

    def _exists(self, handler: Handler, old: Record) -> bool:
        with self._lock:
            lock = self._locks.setdefault(handler.token, threading.Lock())
        with explained(old.urn, "look up", self._clients.endpoint):
            # One listing per type and run; it only has to tell about what was there before the run.
            with lock:
                if handler.token not in self._listings:
                    self._listings[handler.token] = handler.listing(self._clients)
            return handler.exists(self._clients, old, self._listings[handler.token])

    def _named(self, wanted: Registration, old: Record) -> dict[str, Any]:
        """The inputs with the physical name that the resource has; one that was made up is made up once."""
        key = wanted.handler.name_key
        return {**wanted.inputs, key: _name(wanted.handler, old)} if key else wanted.inputs

    def _explained(self, wanted: Registration, operation: str):
        return explained(wanted.urn, operation, self._clients.endpoint, wanted.secret_values)


def _name(handler: Handler, record: Record) -> str:
    """The physical name of what exists, "" where the type has none."""
    return str(record.outputs.get(handler.name_key, "")) if handler.name_key else ""


def _protected(record: Record, what: str, changed: Iterable[str] = ()) -> PlatformError:
    because = f" because of {', '.join(sorted(changed))}" if changed else ""
    return problem(
        record.urn,
        "protect",
        f"a protected resource that would be {what}{because}",
        "protected resources stay",
        "keep it in the program unchanged, or set protect to false on it, run `streamctl up`, and then change it",
    )

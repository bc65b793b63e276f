"""What was changed outside of the program, from a preview that refreshed first.

`pulumi preview --refresh --json` has two phases, one after the other. First a step `refresh` for each resource of the
state: its `oldState` is the state as it was recorded (`newState` too, as the step is written before the provider has
answered). Then the steps of the program, where `oldState` is what the refresh found. So drift is the difference between
the two `oldState`s, and a resource that the program creates although the state had it is gone.
`pulumi refresh --preview-only --json` has the first phase alone, with `update` and `delete` where something was found.
Seen with Pulumi 3.259; https://github.com/pulumi/pulumi/blob/master/pkg/backend/display/json.go
"""

from dataclasses import dataclass, replace
from typing import Any

from components.errors import problem
from operations.diff.changes import Change, Diff, in_order
from operations.diff.from_preview import diff_of, failed
from operations.diff.properties import Difference, differences, general, uncertain_secrets
from operations.plan.load import Preview, Step
from operations.plan.recorder import STACK_TYPE

Resource = dict[str, Any]


@dataclass(frozen=True)
class Drift:
    """What a refresh and the program say about each other.

    found:     what was changed outside, as a Diff from the state to what is there: of properties that the program sets,
               and resources that are gone
    unmanaged: differences of what the program does not set, or ignores: no drift
    pending:   what the program changes beside putting the drift back; None where the preview has no program
    unseen:    resources of which the preview does not say what was found: it was made without `--show-sames`
    """

    found: Diff
    unmanaged: tuple[Change, ...]
    pending: Diff | None
    unseen: int


def drift_of(preview: Preview, where: str) -> Drift:
    """The drift in `preview`. Raises PlatformError where it failed, or did not refresh."""
    if preview.errors:
        raise failed(preview, where)
    boundary = next(
        (n for n, step in enumerate(preview.steps) if _is_stack(step.urn) and step.op != "refresh"), len(preview.steps)
    )
    refreshed, program = preview.steps[:boundary], preview.steps[boundary:]
    if not refreshed:
        raise problem(
            where,
            "steps",
            "a preview that did not refresh",
            "the output of `pulumi preview --refresh --json --show-sames`",
            "write it with --refresh: without it the engine does not look at what is there",
        )
    later = {step.urn: step for step in program if not _is_stack(step.urn)}
    changed: list[Change] = []
    unmanaged: list[Change] = []
    unseen = same = secrets = 0
    for step in refreshed:
        if _is_stack(step.urn) or step.old is None:
            continue
        state = _found(step, later.get(step.urn), alone=not program, hidden=preview.hidden)
        if isinstance(state, str):
            unseen += 1
            continue
        if state is None:
            changed.append(_gone(step.old, later.get(step.urn)))
            continue
        managed, other, untold = _compared(step, step.old, state)
        secrets += untold
        if managed:
            changed.append(_changed(step.old, managed, later.get(step.urn), bool(program)))
        elif other:
            unmanaged.append(_changed(step.old, other, None, program=False))
        same += not managed
    found = Diff(
        preview.project,
        preview.stack,
        "the state",
        "what is there",
        in_order(changed),
        same,
        engine=True,
        secrets=secrets,
        drift=True,
        notes=(
            (f"the preview does not say what was found of {unseen} resources: make it with --show-sames",)
            if unseen
            else ()
        ),
    )
    return Drift(found, tuple(unmanaged), _pending(preview, program, found, where), unseen)


def _found(step: Step, then: Step | None, alone: bool, hidden: int) -> Resource | str | None:
    """The resource as the refresh found it; None where it is gone, "unseen" where the preview does not say."""
    if step.op in ("delete", "discard"):
        return None
    if step.op != "refresh" or alone or (step.new is not None and step.new != step.old):
        return step.new
    if then is not None:
        return then.old
    # Nothing said of it: unchanged and left out, or found to be gone and not in the program any more.
    return "unseen" if hidden else None


def _compared(step: Step, recorded: Resource, found: Resource) -> tuple[list[Difference], list[Difference], int]:
    """(differences of what the program sets, all others, secrets of which nothing can be told)."""
    before, after = _filled(recorded.get("outputs") or {}), _filled(found.get("outputs") or {})
    inputs = recorded.get("inputs") or {}
    ignored = [general(path) for path in recorded.get("ignoreChanges", [])]
    managed: list[Difference] = []
    other: list[Difference] = []
    for one in differences(before, after):
        path = general(one.path)
        left_to_others = any(path == name or path.startswith(f"{name}.") for name in ignored)
        named = not step.detailed or path.split(".")[0] in {general(key).split(".")[0] for key in step.detailed}
        mine = (
            named
            and not left_to_others
            and _is_set(inputs, path, deep=step.urn.split("::")[2].find("kubernetes:") >= 0)
        )
        (managed if mine else other).append(one)
    untold = uncertain_secrets({key: before[key] for key in before if key in inputs}, after)
    return managed, other, len(untold)


def _is_set(inputs: Resource, path: str, deep: bool) -> bool:
    """Whether the program sets the property at `path`. Of a Kubernetes object everything stands under `metadata` and
    `spec`, where controllers write too: there the whole path has to be in the inputs (`deep`)."""
    keys = path.split(".")
    if not deep:
        return keys[0] in inputs
    value: Any = inputs
    for key in keys:
        if isinstance(value, list):
            value = next((item for item in value if isinstance(item, dict) and key in item), None)
        if not isinstance(value, dict):
            return value is not None
        if key not in value:
            return False
        value = value[key]
    return True


def _filled(value: Any) -> Any:
    """`value` without what says nothing: providers write null, "", [] and {} for one another after a refresh."""
    if isinstance(value, dict):
        inner = {key: _filled(item) for key, item in value.items() if not key.startswith("__")}
        return {key: item for key, item in inner.items() if item not in (None, "", [], {})}
    return [_filled(item) for item in value] if isinstance(value, list) else value


def _gone(resource: Resource, then: Step | None) -> Change:
    again = then is not None and then.op == "create"
    remedy = (
        "the next `pulumi up` creates it again, empty; if it should stay away, take it out of the program"
        if again
        else "`pulumi refresh` takes it out of the state"
    )
    return Change("delete", resource["urn"], resource["type"], remedy=remedy, custom=bool(resource.get("custom", True)))


def _changed(resource: Resource, found: list[Difference], then: Step | None, program: bool) -> Change:
    remedy = ""
    if then is not None and then.op in ("update", "replace"):
        remedy = f"the next `pulumi up` puts it back ({then.op}), unless the program takes it over"
    elif program:
        remedy = "the program leaves it as it is"
    return Change(
        "update",
        resource["urn"],
        resource["type"],
        tuple(found),
        remedy=remedy,
        custom=bool(resource.get("custom", True)),
    )


def _pending(preview: Preview, program: tuple[Step, ...], found: Diff, where: str) -> Diff | None:
    """The program's changes without those that only put back what was found."""
    if not program:
        return None
    drifted = {change.urn: change for change in found.changes}

    def puts_back(step: Step) -> bool:
        if step.urn not in drifted:
            return False
        if drifted[step.urn].op == "delete":
            return step.op == "create"
        return bool(step.old and step.new and step.old.get("inputs") == step.new.get("inputs"))

    rest = tuple(step for step in program if not puts_back(step))
    return diff_of(replace(preview, steps=rest), where)


def _is_stack(urn: str) -> bool:
    return urn.split("::")[2] == STACK_TYPE

"""What the engine itself says it will do: `pulumi preview --json`.

Operations: https://github.com/pulumi/pulumi/blob/master/pkg/resource/deploy/step.go (`Op...`). A replacement is the
logical step `replace`; its parts (`create-replacement`, `delete-replaced`) only appear on request.
"""

import re
from typing import Any

from components.errors import PlatformError, problem
from operations.diff.changes import PROTECTED, RETAINED, Change, Diff, in_order
from operations.diff.options import option_changes
from operations.diff.properties import Difference, differences, general, without_defaults
from operations.diff.renames import renames
from operations.plan.load import Preview, Step
from operations.plan.recorder import STACK_TYPE
from operations.plan.values import is_secret

_OPERATIONS = {
    "create": "create",
    "import": "create",
    "update": "update",
    "replace": "replace",
    "import-replacement": "replace",
    "delete": "delete",
}


def failed(preview: Preview, where: str) -> PlatformError:
    """The error of a preview that failed: it is never an empty diff."""
    found = " ".join(preview.errors[0].split())
    more = f" (and {len(preview.errors) - 1} more)" if len(preview.errors) > 1 else ""
    return problem(where, "diagnostics", f"{found}{more}", "a preview that succeeds", "mend that, and preview again")


def diff_of(preview: Preview, where: str) -> Diff:
    """The changes of the program in `preview`; what a refresh found is not among them.

    Raises PlatformError where the preview failed.
    """
    if preview.errors:
        raise failed(preview, where)
    changes: list[Change] = []
    gone: dict[str, dict[str, Any]] = {}
    come: dict[str, dict[str, Any]] = {}
    outputs: tuple[Difference, ...] = ()
    unchanged = preview.hidden
    for step in preview.steps:
        if step.urn.split("::")[2] == STACK_TYPE:
            if step.old and step.new and step.op != "refresh":
                outputs = tuple(
                    one
                    for one in differences(step.old.get("outputs") or {}, step.new.get("outputs") or {})
                    if step.new.get("outputs") and one.kind != "later"
                )
            continue
        op = _OPERATIONS.get(step.op)
        if op is None:
            change = _options_only(step) if step.op == "same" else None
            unchanged += step.op == "same" and change is None
        elif op == "delete":
            gone[step.urn] = step.old or {"urn": step.urn, "type": _type(step.urn)}
            change = None
        elif op == "create":
            come[step.urn] = step.new or {"urn": step.urn, "type": _type(step.urn), "custom": True}
            change = None
        else:
            change = _changed(op, step)
        if change:
            changes.append(change)
    found, gone, come = renames(gone, come, {})
    changes += found
    changes += [_whole("delete", one) for one in gone.values()]
    changes += [_whole("create", one) for one in come.values()]
    return Diff(
        preview.project,
        preview.stack,
        "the state",
        "the program",
        in_order(changes),
        unchanged,
        engine=True,
        outputs=outputs,
    )


def _changed(op: str, step: Step) -> Change:
    old, new = step.old or {}, step.new or {}
    options, warnings = option_changes(old, new)
    forced = [path for path, kind in step.detailed.items() if kind.endswith("-replace")] or list(step.replaces)
    return Change(
        op,
        step.urn,
        new.get("type") or _type(step.urn),
        _differences(step),
        tuple(sorted(forced)) if op == "replace" else (),
        options=options,
        warnings=warnings,
        protected=bool(old.get("protect")),
        retained=bool(old.get("retainOnDelete")),
        remedy=_remedy(op, old),
        custom=bool(new.get("custom", True)),
    )


def _differences(step: Step) -> tuple[Difference, ...]:
    """What the inputs show, and what only the engine knows: secrets that changed, values found by a refresh."""
    old, new = step.old or {}, step.new or {}
    before, after = old.get("inputs") or {}, new.get("inputs") or {}
    found = differences(without_defaults(before, after), without_defaults(after, before))
    seen = {re.split(r"[.\[]", one.path, maxsplit=1)[0] for one in found}
    extra: list[Difference] = []
    for path in step.detailed or dict.fromkeys(step.diffs):
        top = re.split(r"[.\[]", path, maxsplit=1)[0]
        if top in seen or (top not in before and top not in after):
            continue
        seen.add(top)
        if is_secret(before.get(top)) or is_secret(after.get(top)):
            extra.append(Difference(path, "secret", before.get(top), after.get(top)))
            continue
        # The program says what it said before: the provider found another value. It is put back.
        inside = differences((old.get("outputs") or {}).get(top), after.get(top), top)
        extra += inside or [Difference(path, "later", before.get(top), after.get(top))]
    return tuple(sorted((*found, *extra), key=lambda one: (general(one.path), one.path)))


def _options_only(step: Step) -> Change | None:
    """A step without a change of properties whose protection changes: the engine counts it as the same."""
    if not step.old or not step.new:
        return None
    options, warnings = option_changes(step.old, step.new)
    if not options:
        return None
    type_ = step.new.get("type", _type(step.urn))
    return Change("update", step.urn, type_, options=options, warnings=warnings, custom=bool(step.new.get("custom")))


def _whole(op: str, resource: dict[str, Any]) -> Change:
    return Change(
        op,
        resource["urn"],
        resource["type"],
        protected=bool(resource.get("protect")),
        retained=bool(resource.get("retainOnDelete")),
        remedy=_remedy(op, resource),
        custom=bool(resource.get("custom", True)),
    )


def _remedy(op: str, old: dict[str, Any]) -> str:
    if op == "delete" and old.get("retainOnDelete"):
        return RETAINED
    if op in ("delete", "replace") and old.get("protect"):
        return PROTECTED
    return ""


def _type(urn: str) -> str:
    return urn.split("::")[2].rsplit("$", 1)[-1]

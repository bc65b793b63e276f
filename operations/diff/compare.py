"""Two Plans compared."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from operations.diff.cascade import with_followers
from operations.diff.changes import PROTECTED, RETAINED, Change, Diff, in_order
from operations.diff.options import option_changes
from operations.diff.properties import differences, general, uncertain_secrets, without_defaults
from operations.diff.renames import matched, renames
from operations.diff.replacing import by_option, verdict
from operations.plan.plan import Plan
from operations.plan.recorder import STACK_TYPE
from operations.plan.values import is_secret

Resource = dict[str, Any]


def compare(base: Plan, head: Plan, base_name: str, head_name: str) -> Diff:
    """What `pulumi up` of `head` would do to what `base` describes, as far as two Plans tell.

    base_name, head_name: what the sides are, in words
    """
    notes: list[str] = []
    base = _of_same_stack(base, head, notes)
    if any(_is_state(one) for one in base.resources) and not any(_is_state(one) for one in head.resources):
        notes.append(
            "a state is compared with an evaluation in process: ids and ARNs that a cloud chooses differ without "
            "anything having changed; `--preview` with the engine's own preview is exact"
        )
    old = {one["urn"]: one for one in _visible(base.resources, head.resources)}
    new = {one["urn"]: one for one in _visible(head.resources, base.resources)}
    pairs = matched(old, new)
    changes: list[Change] = []
    later: list[str] = []
    secrets = 0
    for urn, was in pairs.items():
        if new[urn]["type"] == STACK_TYPE:
            continue
        change, only_later, uncertain = _compared(old[was], new[urn], old, new)
        secrets += uncertain
        if change:
            changes.append(change)
        elif only_later:
            later.append(urn)
    gone = {urn: one for urn, one in old.items() if urn not in set(pairs.values()) and one["type"] != STACK_TYPE}
    come = {urn: one for urn, one in new.items() if urn not in pairs and one["type"] != STACK_TYPE}
    found, left_old, left_new = renames(gone, come, pairs)
    changes += found
    changes += [_deleted(one) for one in left_old.values()]
    changes += [Change("create", urn, one["type"], custom=_custom(one)) for urn, one in left_new.items()]
    changes = with_followers(changes, new, {urn: old[was] for urn, was in pairs.items()})
    touched = {change.urn for change in changes} & pairs.keys()
    same = sum(1 for urn in pairs if new[urn]["type"] != STACK_TYPE) - len(touched)
    outputs = differences(base.outputs, head.outputs)
    return Diff(
        head.project or base.project,
        head.stack or base.stack,
        base_name,
        head_name,
        in_order(changes),
        unchanged=same,
        outputs=tuple(one for one in outputs if one.kind != "later"),
        later=tuple(sorted(later)),
        secrets=secrets,
        notes=tuple(notes),
    )


def _compared(
    was: Resource, now: Resource, old: Mapping[str, Resource], new: Mapping[str, Resource]
) -> tuple[Change | None, bool, int]:
    """(the change or None, whether only values differ that are known later, number of secrets that cannot be told)."""
    before, after = was.get("inputs") or {}, now.get("inputs") or {}
    before, after = without_defaults(before, after), without_defaults(after, before)
    if now["type"].startswith("pulumi:providers:"):
        before, after = _provider_inputs(before, after)
    if now["type"] == "kubernetes:core/v1:Secret":
        before, after = _secret_data(before, after)
    ignored = [general(path) for path in now.get("ignoreChanges", [])]
    found = tuple(one for one in differences(before, after) if not _is_ignored(general(one.path), ignored))
    uncertain = len(uncertain_secrets(before, after))
    options, warnings = option_changes(was, now)
    certain = tuple(one for one in found if one.kind != "later")
    if not certain and not options:
        # Of two evaluations an unknown value is news; of a state and an evaluation it is the rule.
        if found and not _is_state(was):
            certain = found
        else:
            return None, bool(found), uncertain
    if not _custom(now):
        return Change("update", now["urn"], now["type"], found, options=options, custom=False), False, uncertain
    settings = _settings_of_provider(now, new)
    forced, maybe = [], []
    for one in certain:
        judged = verdict(now["type"], one, settings)
        if judged.level == "replaces" or by_option(now.get("replaceOnChanges", []), one):
            forced.append(one.path)
        elif judged.level in ("may", "unknown"):
            maybe.append((one.path, judged.reason))
    change = Change(
        "replace" if forced else "maybe-replace" if maybe else "update",
        now["urn"],
        now["type"],
        found,
        tuple(forced),
        tuple(maybe),
        options,
        warnings,
        protected=bool(was.get("protect")),
        retained=bool(was.get("retainOnDelete")),
        remedy=_remedy(bool(forced), was),
    )
    return change, False, uncertain


def _is_ignored(path: str, ignored: list[str]) -> bool:
    return any(one == "*" or path == one or path.startswith(f"{one}.") for one in ignored)


def _remedy(forced: bool, was: Resource) -> str:
    if forced and was.get("protect"):
        return PROTECTED
    return ""


def _deleted(resource: Resource) -> Change:
    remedy = ""
    if resource.get("retainOnDelete"):
        remedy = RETAINED
    elif resource.get("protect"):
        remedy = PROTECTED
    return Change(
        "delete",
        resource["urn"],
        resource["type"],
        remedy=remedy,
        protected=bool(resource.get("protect")),
        retained=bool(resource.get("retainOnDelete")),
        custom=_custom(resource),
    )


def _custom(resource: Resource) -> bool:
    # A remote component is no custom resource, but stands for its children where they were not seen.
    return bool(resource.get("custom") or resource.get("unseenChildren"))


def _is_state(resource: Resource) -> bool:
    """Whether a resource comes from a real state: the engine writes times and its own inputs into it."""
    return "created" in resource or "modified" in resource


def _secret_data(old: dict[str, Any], new: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Inputs of a Kubernetes Secret: its provider keeps `stringData` as `data`, in base64."""
    if "stringData" in new and "stringData" not in old and "data" in old:
        old = {**old, "stringData": new["stringData"]}
        old.pop("data")
    return old, new


def _provider_inputs(old: dict[str, Any], new: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Inputs of a provider: the engine keeps everything as text, and adds the plugin's version."""

    def as_text(value: Any) -> Any:
        return value if isinstance(value, str) or is_secret(value) else json.dumps(value)

    keys = {"version", "pluginDownloadURL"}
    return (
        {key: as_text(value) for key, value in old.items() if key not in keys or key in new},
        {key: as_text(value) for key, value in new.items() if key not in keys or key in old},
    )


def _settings_of_provider(resource: Resource, resources: Mapping[str, Resource]) -> dict[str, Any]:
    urn = resource.get("provider", "").rpartition("::")[0]
    return (resources.get(urn) or {}).get("inputs") or {}


def _visible(resources: list[Resource], others: list[Resource]) -> list[Resource]:
    """`resources` without what only an engine adds: default providers, and the children of remote components that the
    other side holds as one record."""
    unseen = {one["urn"] for one in others if one.get("unseenChildren")}
    parents = {one["urn"]: one.get("parent", "") for one in resources}

    def hidden(resource: Resource) -> bool:
        urn = resource["urn"]
        if resource["type"].startswith("pulumi:providers:") and urn.rsplit("::", 1)[-1].startswith("default"):
            return True
        above = parents.get(urn, "")
        while above:
            if above in unseen:
                return True
            above = parents.get(above, "")
        return False

    return [one for one in resources if not hidden(one) and not one.get("external")]


def _of_same_stack(base: Plan, head: Plan, notes: list[str]) -> Plan:
    """`base` with the URNs of `head`'s project and stack, so that two stacks can be compared."""
    here, there = (base.stack, base.project), (head.stack, head.project)
    if here == there or not base.stack or not head.stack:
        return base
    notes.append(f"two stacks are compared: {base.stack} and {head.stack}; URNs are those of {head.stack}")
    old, new = (f"urn:pulumi:{stack}::{project}::" for stack, project in (here, there))

    def moved(value: Any) -> Any:
        if isinstance(value, str):
            return value.replace(old, new)
        if isinstance(value, list):
            return [moved(item) for item in value]
        if isinstance(value, dict):
            return {key: moved(item) for key, item in value.items()}
        return value

    return replace(base, resources=[moved(one) for one in base.resources], project=head.project, stack=head.stack)

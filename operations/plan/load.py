"""Plans from files: what `streamctl synth --json`, `pulumi stack export` and `pulumi preview --json` print.

Layouts: apitype.DeploymentV3 (https://github.com/pulumi/pulumi/blob/master/sdk/go/common/apitype/core.go) and
display.PreviewDigest (https://github.com/pulumi/pulumi/blob/master/pkg/display/json.go).
Whatever the engine has left readable or encrypted under a secret's marker is masked here, before anybody sees it.
"""

import hashlib
import hmac
import json
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from components.errors import PlatformError, problem
from operations.plan.plan import DEPLOYMENT_VERSION, Plan
from operations.plan.recorder import STACK_TYPE
from operations.plan.values import REDACTED, is_secret

ALLOWED = "the output of `streamctl synth --json`, `pulumi stack export` or `pulumi preview --json`"
FINGERPRINT = "fingerprint"

# What `pulumi preview --json` writes in a secret's place (massagePropertyValue in pkg/backend/display/json.go).
_BLINDED = "[secret]"
# The operations of a preview after which a resource is not there any more.
_GONE = frozenset({"delete", "delete-replaced", "discard", "discard-replaced", "remove-pending-replace"})
# Fingerprints are compared inside one process only, so that nobody can try passwords against them later.
_KEY = secrets.token_bytes(16)


@dataclass(frozen=True)
class Step:
    """One step of a preview.

    op:         create, update, replace, delete, same, refresh, read, import...
    old, new:   the resource before and after, in the layout of an export; None where it does not exist
    diffs:      top-level properties that differ, as the provider says
    replaces:   top-level properties that force the replacement, as the provider says
    detailed:   property path -> add, delete, update, add-replace, delete-replace or update-replace
    """

    op: str
    urn: str
    old: dict[str, Any] | None
    new: dict[str, Any] | None
    diffs: tuple[str, ...] = ()
    replaces: tuple[str, ...] = ()
    detailed: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Preview:
    """What a `pulumi preview --json` says.

    steps:   in the engine's order
    errors:  messages of severity `error`; with any the preview has failed and its steps are incomplete
    hidden:  how many unchanged resources have no step: all but the stack itself, without `--show-sames`
    """

    project: str
    stack: str
    steps: tuple[Step, ...]
    errors: tuple[str, ...] = ()
    hidden: int = 0


def load_plan(path: Path | str, fingerprints: bool = False) -> Plan:
    """The Plan in the file at `path`.

    Of a preview: the resources as they will be. Its unchanged resources have to be in it (`--show-sames`), for a Plan
    with holes would pass every check.

    fingerprints: keep in the marker of each secret whose content or ciphertext stands in the file a keyed hash of it
                  (`fingerprint`), by which two Plans that were loaded by this process can be compared; default: no
    Raises PlatformError where the file is missing, truncated, of another kind or version, or a failed preview.
    """
    where, content = _read(path)
    if _is_preview(content):
        return _plan_of(where, _preview(where, content, fingerprints))
    resources = [
        _masked(resource, fingerprints) for resource in _deployment(where, content) if not resource.get("delete")
    ]
    project, stack = _names(resource["urn"] for resource in resources)
    outputs = next((one.get("outputs", {}) for one in resources if one["type"] == STACK_TYPE), {})
    return Plan(project, stack, resources, outputs)


def load_preview(path: Path | str) -> Preview:
    """The `pulumi preview --json` (or `pulumi refresh --preview-only --json`) in the file at `path`.

    Raises PlatformError where the file is missing, truncated or of another kind. A preview that failed is returned with
    its `errors`.
    """
    where, content = _read(path)
    if not _is_preview(content):
        raise problem(
            where, "", _kind(content), "the output of `pulumi preview --json`", "write it with `pulumi preview --json`"
        )
    return _preview(where, content, fingerprints=False)


def _read(path: Path | str) -> tuple[str, Any]:
    where = str(path)
    try:
        text = Path(path).read_text(encoding="utf-8")
    except FileNotFoundError:
        raise problem(where, "", "no such file", ALLOWED, "check the path, or write the file first") from None
    except UnicodeDecodeError:
        raise problem(where, "", "a file that is no text", ALLOWED, "write the file anew") from None
    except OSError as error:
        raise problem(where, "", f"cannot be read: {error.strerror}", ALLOWED, "check the path") from None
    if not text.strip():
        raise problem(where, "", "an empty file", ALLOWED, "look at what the command that wrote it printed")
    try:
        return where, json.loads(text)
    except json.JSONDecodeError as error:
        raise _broken(where, text, error) from None
    except RecursionError:
        raise problem(where, "", "JSON nested too deeply", ALLOWED, "write the file anew") from None


def _broken(where: str, text: str, error: json.JSONDecodeError) -> PlatformError:
    lines = text.strip().splitlines()
    if error.msg == "Extra data" and all(line.lstrip().startswith("{") for line in lines[:2]):
        return problem(
            where,
            "",
            "one JSON object per line: a log of the engine's events",
            ALLOWED,
            "unset PULUMI_ENABLE_STREAMING_JSON_PREVIEW and run `pulumi preview --json` again",
        )
    if (text.lstrip()[:1] in ("{", "[") and error.pos >= len(text.rstrip()) - 1) or "Unterminated" in error.msg:
        found = f"JSON that breaks off at line {error.lineno}: a truncated file"
    else:
        found = f"no JSON: {error.msg} at line {error.lineno}, column {error.colno}"
    return problem(where, "", found, ALLOWED, "write the file anew; let the command that writes it end")


def _is_preview(content: Any) -> bool:
    # An empty list of steps is left out; the summary or the duration is always there.
    return isinstance(content, dict) and "deployment" not in content and bool({"steps", "changeSummary"} & set(content))


def _kind(content: Any) -> str:
    if isinstance(content, dict) and "deployment" in content:
        return "a deployment: the output of `pulumi stack export` or `streamctl synth --json`"
    if isinstance(content, dict) and "checkpoint" in content:
        return "a checkpoint of a state backend"
    if isinstance(content, dict) and "mistakes" in content:
        return "the error message of a `streamctl ... --json` that failed"
    if isinstance(content, dict):
        keys = ", ".join(sorted(content)[:5])
        return f"a JSON object with the keys {keys}" if keys else "an empty JSON object"
    return f"JSON that is no object but a {type(content).__name__}"


def _deployment(where: str, content: Any) -> list[dict[str, Any]]:
    """The resources of a deployment. Raises PlatformError for everything else."""
    if not isinstance(content, dict) or not isinstance(content.get("deployment"), dict):
        remedy = "use `pulumi stack export`" if isinstance(content, dict) and "checkpoint" in content else ""
        raise problem(where, "", _kind(content), ALLOWED, remedy or "check what wrote this file")
    if content.get("version") != DEPLOYMENT_VERSION:
        raise problem(
            where,
            "version",
            repr(content.get("version")),
            str(DEPLOYMENT_VERSION),
            "write the file with the version of the Pulumi CLI that the project is run with",
        )
    resources = content["deployment"].get("resources") or []
    for number, resource in enumerate(resources if isinstance(resources, list) else [None]):
        if not isinstance(resource, dict) or not _is_urn(resource.get("urn")) or "type" not in resource:
            raise problem(
                where,
                f"deployment.resources[{number}]",
                "no resource",
                "objects with `urn` and `type`",
                "write it anew",
            )
    return resources


def _preview(where: str, content: dict[str, Any], fingerprints: bool) -> Preview:
    steps: list[Step] = []
    for number, step in enumerate(content.get("steps") or []):
        if not isinstance(step, dict) or not _is_urn(step.get("urn")) or not step.get("op"):
            raise problem(where, f"steps[{number}]", "no step", "objects with `op` and `urn`", "write the file anew")
        detailed = step.get("detailedDiff") or {}
        steps.append(
            Step(
                op=step["op"],
                urn=step["urn"],
                old=_masked(step["oldState"], fingerprints) if step.get("oldState") else None,
                new=_masked(step["newState"], fingerprints) if step.get("newState") else None,
                diffs=tuple(step.get("diffReasons") or ()),
                replaces=tuple(step.get("replaceReasons") or ()),
                detailed={path: str(one.get("kind", "update")) for path, one in detailed.items()},
            )
        )
    messages = content.get("diagnostics") or []
    errors = tuple(one.get("message", "").strip() for one in messages if one.get("severity") == "error")
    summary = content.get("changeSummary") or {}
    shown = sum(1 for step in steps if step.op == "same" and not _is_stack(step.urn))
    # `same` counts the stack too, whose step is always there. A refresh alone has a step for every resource.
    refresh_alone = any(step.op == "refresh" and _is_stack(step.urn) for step in steps) and not any(
        step.op in ("same", "create") and _is_stack(step.urn) for step in steps
    )
    hidden = 0 if refresh_alone else max(0, summary.get("same", 0) - shown - 1)
    project, stack = _names(step.urn for step in steps)
    return Preview(project, stack, tuple(steps), errors, hidden)


def _plan_of(where: str, preview: Preview) -> Plan:
    if preview.errors:
        raise problem(
            where, "diagnostics", f"a preview that failed: {preview.errors[0]}", "", "mend that, and preview again"
        )
    if preview.hidden:
        raise problem(
            where,
            "steps",
            f"a preview without its {preview.hidden} unchanged resources",
            "all resources of the stack",
            "write it with `pulumi preview --json --show-sames`",
        )
    resources: dict[str, dict[str, Any]] = {}
    # With `--refresh` there are two steps of one resource: what was found, and what the program makes of it. What is
    # found and has no second step is not declared, or gone.
    declares = any(step.op != "refresh" and _is_stack(step.urn) for step in preview.steps)
    for step in preview.steps:
        if step.op not in _GONE and step.new is not None and not (declares and step.op == "refresh"):
            resources[step.urn] = step.new
    result = list(resources.values())
    # The stack's step is written before the program has exported anything: what it exported before is the best guess.
    stacks = [state for step in preview.steps if _is_stack(step.urn) for state in (step.new, step.old) if state]
    outputs = next((one["outputs"] for one in stacks if one.get("outputs")), {})
    return Plan(preview.project, preview.stack, result, outputs)


def _is_urn(value: Any) -> bool:
    return isinstance(value, str) and value.startswith("urn:pulumi:") and value.count("::") >= 3


def _is_stack(urn: str) -> bool:
    return urn.split("::")[2] == STACK_TYPE


def _names(urns: Iterable[str]) -> tuple[str, str]:
    """(project, stack) of the first URN; empty texts where there is none."""
    first = next(iter(urns), None)
    if first is None:
        return "", ""
    stack, project = first.removeprefix("urn:pulumi:").split("::")[:2]
    return project, stack


def _masked(value: Any, fingerprints: bool) -> Any:
    """`value` with every secret's content or ciphertext taken out, as in a Plan that was evaluated here."""
    if is_secret(value):
        content = next((value[key] for key in ("plaintext", "ciphertext", "value") if key in value), None)
        known = content is not None and content != REDACTED["plaintext"]
        if fingerprints and known:
            kind = "plaintext" if "plaintext" in value else "ciphertext"
            text = json.dumps([kind, content], sort_keys=True).encode()
            return {**REDACTED, FINGERPRINT: f"{kind}:{hmac.new(_KEY, text, hashlib.sha256).hexdigest()}"}
        return dict(REDACTED)
    if value == _BLINDED:
        return dict(REDACTED)
    if isinstance(value, dict):
        return {key: _masked(item, fingerprints) for key, item in value.items()}
    if isinstance(value, list):
        return [_masked(item, fingerprints) for item in value]
    return value

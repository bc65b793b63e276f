"""Plans made by hand, for the tests of diff and drift."""

from typing import Any

from operations.plan.plan import Plan

ROOT = "urn:pulumi:s::p::pulumi:pulumi:Stack::p-s"


def urn(type_: str, name: str, parents: str = "") -> str:
    """The URN of a resource of stack s; `parents`: the types of its parents, joined with $."""
    return f"urn:pulumi:s::p::{parents + '$' if parents else ''}{type_}::{name}"


def resource(type_: str, name: str, inputs: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    """One resource as a Plan holds it."""
    parents = more.pop("parents", "")
    return {
        "urn": urn(type_, name, parents),
        "custom": True,
        "type": type_,
        "inputs": inputs or {},
        "parent": ROOT,
        **more,
    }


def bucket(name: str = "lake", **inputs: Any) -> dict[str, Any]:
    return resource("aws:s3/bucket:Bucket", name, {"bucket": "lake-one", "tags": {"team": "data"}, **inputs})


def component(type_: str, name: str) -> dict[str, Any]:
    return {"urn": urn(type_, name), "custom": False, "type": type_, "parent": ROOT}


def plan(*resources: dict[str, Any], outputs: dict[str, Any] | None = None) -> Plan:
    """A Plan of stack s with the stack itself."""
    stack = {"urn": ROOT, "custom": False, "type": "pulumi:pulumi:Stack"}
    return Plan("p", "s", [stack, *resources], outputs or {})

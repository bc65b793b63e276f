"""IAM policy documents, in the few forms that matter here."""

import fnmatch
import re
from collections.abc import Iterator, Mapping
from typing import Any

# Condition keys that tie a principal `*` to somebody: who calls, for whom, or from where.
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html#access-control-block-public-access-policy-status
CLOSING_KEYS = frozenset(
    {
        *("aws:principalaccount", "aws:principalarn", "aws:principalorgid", "aws:principalorgpaths", "aws:userid"),
        *("aws:sourceaccount", "aws:sourcearn", "aws:sourceorgid", "aws:sourceowner", "kms:calleraccount"),
        # What is reached through a mount target in a VPC only: for EFS.
        *("aws:sourcevpc", "aws:sourcevpce", "elasticfilesystem:accessedviamounttarget"),
    }
)


_WITH_ACCOUNT = re.compile(r"arn:[^:*]+:[^:*]+:[^:]*:\d{12}:")


def listed(value: Any) -> list[Any]:
    """IAM takes one value where a list could be."""
    if value is None:
        return []
    return list(value) if isinstance(value, list | tuple) else [value]


def allowed(document: Any) -> Iterator[Mapping[str, Any]]:
    """The statements of a policy document that allow something."""
    if not isinstance(document, Mapping):
        return
    for statement in listed(document.get("Statement")):
        if isinstance(statement, Mapping) and statement.get("Effect") == "Allow":
            yield statement


def label(statement: Mapping[str, Any]) -> str:
    """How a finding names a statement."""
    return f"statement {statement['Sid']}" if statement.get("Sid") else "a statement"


def actions(statement: Mapping[str, Any]) -> list[str]:
    """The actions, in lower case: IAM does not tell them apart."""
    return [str(action).lower() for action in listed(statement.get("Action"))]


def means(pattern: str, action: str) -> bool:
    """Whether an action of a statement, as `s3:Get*`, stands for `action`. Both in lower case."""
    return fnmatch.fnmatchcase(action, pattern.replace("[", "[[]"))


def resources(statement: Mapping[str, Any]) -> list[str]:
    """The resources; `*` for a statement that names what it does not mean."""
    if "NotResource" in statement:
        return ["*"]
    return [str(resource) for resource in listed(statement.get("Resource"))]


def conditions(statement: Mapping[str, Any]) -> list[tuple[str, str, list[str]]]:
    """(operator, key in lower case, values) of each condition."""
    found = statement.get("Condition")
    if not isinstance(found, Mapping):
        return []
    return [
        (str(operator), str(key).lower(), [str(value) for value in listed(values)])
        for operator, keys in found.items()
        if isinstance(keys, Mapping)
        for key, values in keys.items()
    ]


def holds(operator: str, values: list[str]) -> bool:
    """Whether a condition lets only some values through: no `IfExists`, no negation, no bare `*`."""
    return not operator.endswith("IfExists") and "Not" not in operator and bool(values) and "*" not in values


def closed(statement: Mapping[str, Any]) -> bool:
    """Whether a condition says who may call, so that a principal `*` is not everybody."""
    return any(
        key in CLOSING_KEYS
        and holds(operator, values)
        # A principal of any account is everybody who gives a role that name.
        and (key != "aws:principalarn" or all(_WITH_ACCOUNT.match(value) for value in values))
        for operator, key, values in conditions(statement)
    )


def principals(statement: Mapping[str, Any], kind: str) -> list[str]:
    """The principals of a kind: AWS, Service or Federated. `*` without a kind is one of AWS."""
    found = statement.get("Principal")
    if isinstance(found, Mapping):
        return [str(one) for one in listed(found.get(kind))]
    return [str(one) for one in listed(found)] if kind == "AWS" else []


def anyone(statement: Mapping[str, Any]) -> bool:
    """Whether everybody is meant: principal `*`, or everybody but some."""
    return "NotPrincipal" in statement or "*" in principals(statement, "AWS")

"""Confluent Cloud: keys, and who may do what."""

import datetime
import fnmatch
import json
import os
import re
from collections.abc import Iterator

from policies.exclusions import today
from policies.framework import Resource, Stack, Unknown, policy, stack_policy
from policies.reading import at

_KEY = "confluentcloud:index/apiKey:ApiKey"
_BINDING = "confluentcloud:index/roleBinding:RoleBinding"
_ACCOUNT = "confluentcloud:index/serviceAccount:ServiceAccount"
_STACK = "pulumi:pulumi:Stack"
_DOCS = "https://docs.confluent.io/cloud/current/security"
_KEY_DOCS = f"{_DOCS}/authenticate/workload-identities/service-accounts/api-keys/best-practices-api-keys.html"
_ROLE_DOCS = f"{_DOCS}/access-control/rbac/predefined-rbac-roles.html"

# Roles over everything in an organisation, an environment or its accounts.
_NEVER = frozenset({"OrganizationAdmin", "EnvironmentAdmin", "AccountAdmin", "NetworkAdmin", "BillingAdmin"})
_CLUSTER_WIDE = frozenset({"CloudClusterAdmin", "FlinkAdmin", "KsqlAdmin"})
# Whoever turns topics into tables has to be the cluster's administrator:
# https://docs.confluent.io/cloud/current/topics/tableflow/operate/tableflow-rbac.html
_ADMINISTRATORS = {
    "administrators": {
        "type": "array",
        "items": {"type": "string"},
        "default": ["*-admin", "*-tableflow"],
        "description": "display names of service accounts that look after the platform, with * and ?",
    }
}


@policy(
    "confluent-key-owner",
    types=(_KEY,),
    severity="high",
    controls=("PCI DSS 8.2.2", "PCI DSS 8.6.1", "SOC 2 CC6.2"),
    reason="The keys of a person go when the person does, and may do whatever the person may.",
    remedy="Let a service account own the key (owner.kind: ServiceAccount).",
    url=_KEY_DOCS,
)
def key_owner(resource: Resource) -> Iterator[str]:
    kind = at(resource.props, "owner", "kind")
    if kind != "ServiceAccount":
        yield f"belongs to a {kind or 'principal of no kind'}"


@policy(
    "confluent-key-scope",
    types=(_KEY,),
    severity="high",
    controls=("PCI DSS 7.2.5", "SOC 2 CC6.3"),
    reason="A key of the organisation makes and deletes clusters; who reads topics needs one of a cluster.",
    remedy="Set managedResource to the cluster, registry or region; name the key in `cloud_keys` if it has to be one.",
    url=_KEY_DOCS,
    config={
        "cloud_keys": {
            "type": "array",
            "items": {"type": "string"},
            "default": [],
            "description": "display names of keys of the organisation that are meant so (a scraper's), with * and ?",
        }
    },
)
def key_scope(resource: Resource) -> Iterator[str]:
    name = str(at(resource.props, "displayName", default=""))
    meant = any(fnmatch.fnmatchcase(name, pattern) for pattern in resource.config["cloud_keys"])
    # Not known is not missing: a cluster's id is known late.
    if resource.props.get("managedResource") is None and not meant:
        yield "is a key of the whole organisation (no managedResource)"


@stack_policy(
    "confluent-key-pair",
    types=(_KEY,),
    severity="medium",
    controls=("PCI DSS 8.6.3", "SOC 2 CC6.1", "SOC 2 A1.2"),
    reason="With one key its replacement is an outage of everybody who has it.",
    remedy="Set kafka.key_rotation.keys: 2 or more.",
    url=_KEY_DOCS,
)
def key_pair(stack: Stack) -> Iterator[tuple[Resource, str]]:
    """Keys of one owner for one thing stand in one component (components/key_rotation.py)."""
    sets: dict[tuple[str, ...], list[Resource]] = {}
    for key in stack.of(_KEY):
        about = [*stack.names(key, "owner"), *stack.names(key, "managedResource")]
        sets.setdefault((key.parent, *sorted(one.urn for one in about)), []).append(key)
    for keys in sets.values():
        if len(keys) < 2:
            yield keys[0], "is the only key of its owner for what it opens"


@stack_policy(
    "confluent-key-rotation-age",
    types=(_KEY, _STACK),
    severity="high",
    controls=("PCI DSS 8.6.3", "SOC 2 CC6.1"),
    reason="The longer a key lives, the more places it has leaked to.",
    remedy="Run `streamctl rotate` on the stack (by its schedule), then `pulumi up`.",
    url=_KEY_DOCS,
    config={"days": {"type": "integer", "default": 90, "description": "that a rotation may last"}},
)
def key_rotation_age(stack: Stack) -> Iterator[tuple[Resource, str]]:
    keys = stack.of(_KEY)
    if not keys:
        return
    root = next(iter(stack.of(_STACK)), keys[0])
    since = _since(root)
    age = (today() - since).days
    if age > int(stack.config["days"]):
        yield root, f"the rotation of API keys began {age} days ago, on {since}; {stack.config['days']} are allowed"


def _since(root: Resource) -> datetime.date:
    """The day on which the rotation began: the stack's output `rotation_since`, or its configuration under the engine.

    Raises Unknown where neither is seen.
    """
    text = root.value("rotation_since")
    if text is None:
        try:
            config = json.loads(os.environ.get("PULUMI_CONFIG", "") or "{}")
            text = json.loads(config.get("streaming-platform:rotation", "{}")).get("since")
        except (ValueError, AttributeError, TypeError):
            text = None
    try:
        return datetime.date.fromisoformat(str(text))
    except ValueError:
        raise Unknown("rotation_since", root.urn) from None


def _administrator(stack: Stack, binding: Resource) -> bool:
    """Whether a role is bound to an account that looks after the platform."""
    for account in stack.names(binding, "principal"):
        if account.type == _ACCOUNT:
            name = str(at(account.props, "displayName", default=""))
            return any(fnmatch.fnmatchcase(name, pattern) for pattern in stack.config["administrators"])
    return False


@stack_policy(
    "confluent-role-administrator",
    types=(_BINDING,),
    severity="critical",
    controls=("PCI DSS 7.2.5", "SOC 2 CC6.3"),
    reason="Whoever takes over an application that is an administrator has every topic, schema and key.",
    remedy="Bind DeveloperRead, DeveloperWrite or ResourceOwner on the topics, groups and subjects that are used.",
    url=_ROLE_DOCS,
    config=_ADMINISTRATORS,
)
def role_administrator(stack: Stack) -> Iterator[tuple[Resource, str]]:
    for binding in stack.of(_BINDING):
        with stack.judging(binding):
            role = at(binding.props, "roleName")
            if role in _NEVER:
                yield binding, f"gives {role}"
            elif role in _CLUSTER_WIDE and not _administrator(stack, binding):
                yield binding, f"gives {role} to who is no administrator of the platform"


@stack_policy(
    "confluent-role-scope",
    types=(_BINDING,),
    severity="high",
    controls=("PCI DSS 7.2.5", "PCI DSS 7.3.3", "SOC 2 CC6.3"),
    reason="A role on all topics, groups or subjects is one on everything that others will put there.",
    remedy="End the CRN with a name, or a beginning of names: topic=orders, topic=orders.*.",
    url=_ROLE_DOCS,
    config=_ADMINISTRATORS,
)
def role_scope(stack: Stack) -> Iterator[tuple[Resource, str]]:
    """Patterns that are not known yet are told once: before `up` there is none that is."""
    unknown: list[Unknown] = []
    for binding in stack.of(_BINDING):
        try:
            pattern = str(at(binding.props, "crnPattern", default=""))
        except Unknown as error:
            unknown.append(error)
            continue
        with stack.judging(binding):
            wide = re.search(r"/(topic|group|subject|transactional-id|connector|service-account|kek)=\*+$", pattern)
            # An administrator of the registry looks after all subjects.
            if wide and not _administrator(stack, binding):
                yield binding, f"gives {at(binding.props, 'roleName')} on every {wide[1]}"
    if unknown:
        more = f"(and-of-{len(unknown) - 1}-more)" if len(unknown) > 1 else ""
        stack.not_known.append(Unknown(f"{unknown[0].property}{more}", unknown[0].urn))


@policy(
    "confluent-acl-scope",
    types=("confluentcloud:index/kafkaAcl:KafkaAcl",),
    severity="high",
    controls=("PCI DSS 7.2.5", "PCI DSS 7.3.3", "SOC 2 CC6.3"),
    reason="An ACL for everybody, or on everything, is none.",
    remedy="Name the principal (User:sa-...), the resource or a prefix of it, and the operation.",
    url=f"{_DOCS}/access-control/acl.html",
)
def acl_scope(resource: Resource) -> Iterator[str]:
    if at(resource.props, "permission") == "DENY":
        return
    if at(resource.props, "operation") == "ALL":
        yield "allows every operation"
    if at(resource.props, "resourceName") == "*":
        yield f"is about every {str(at(resource.props, 'resourceType', default='resource')).lower()}"
    # Last: an account's id is known late, and the rest is a finding already.
    if at(resource.props, "principal") == "User:*":
        yield "is for everybody"

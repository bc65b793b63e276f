"""API keys of Confluent Cloud that take turns: for Kafka, Schema Registry, Flink and Tableflow.

N keys stand side by side. Which they are follows from the number of the current rotation (components/rotation.py) and
nothing else; the program reads no clock. Each key is a resource of its own with the number of the rotation that
made it in its name, so that a rotation is one create and one delete. Pulumi deletes what left the program after
everything else has been made and changed, and not at all where something before failed: whoever is given the new key
(a secret, a provider) has it before the oldest goes.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_confluentcloud as confluent

from components.errors import problem
from components.rotation import key_names

# What the provider takes: confluentinc/terraform-provider-confluent, internal/provider/resource_api_key.go.
_OWNER_API, _OWNER_KIND = "iam/v2", "ServiceAccount"

MOST_KEYS = 10
"""Confluent Cloud keeps 100 keys for each service account; ten side by side are more than any client needs."""


@dataclass(frozen=True)
class KeyScope:
    """What a key is for.

    id, api_version, kind: of the managed resource
    environment_id:        None for what belongs to the organisation (Tableflow)
    """

    id: pulumi.Input[str]
    api_version: pulumi.Input[str]
    kind: pulumi.Input[str]
    environment_id: pulumi.Input[str] | None = None


def cluster_scope(cluster: confluent.KafkaCluster, environment_id: pulumi.Input[str]) -> KeyScope:
    """Keys of a Kafka cluster."""
    return KeyScope(cluster.id, cluster.api_version, cluster.kind, environment_id)


def flink_scope(region: str, environment_id: pulumi.Input[str]) -> KeyScope:
    """Keys of Flink in one region of AWS. Without the environment Flink answers 401."""
    return KeyScope(f"aws.{region}", "fcpm/v2", "Region", environment_id)


def tableflow_scope() -> KeyScope:
    """Keys of Tableflow: of the organisation."""
    return KeyScope("tableflow", "tableflow/v1", "Tableflow")


@dataclass(frozen=True)
class ApiKeyPair:
    """One key. key: its id; secret: marked as one."""

    key: pulumi.Input[str]
    secret: pulumi.Input[str]


@dataclass
class RotatingApiKeysArgs:
    """Inputs of `RotatingApiKeys`.

    display_name:   of the keys; the rotation that made them is added
    owner_id:       id of the service account that owns them (sa-...). Never a user: a user's keys go with the user
    scope:          what they are for
    number:         of the current rotation; it goes up by one at a time
    keys:           how many stand side by side, 2 (default) to 10
    description:    for people
    wait_for_ready: False where the cluster cannot be reached from here (private networking): the provider would ask its
                    REST endpoint for 20 minutes and leave a live key behind
    protect:        True (default): Pulumi refuses to delete any key but the oldest. A number that went up by two, which
                    would take two keys away, is an error then, and nothing is done. False for short-lived stacks,
                    which `pulumi destroy` could not remove otherwise
    after:          role bindings of the owner: a key without rights does not become ready
    """

    display_name: str
    owner_id: pulumi.Input[str]
    scope: KeyScope
    number: int
    keys: int = 2
    description: str = "Made and rotated by Pulumi"
    wait_for_ready: bool = True
    protect: bool = True
    after: Sequence[pulumi.Resource] = ()


class RotatingApiKeys(pulumi.ComponentResource):
    """N API keys of one owner, one of which is active.

    Outputs: key and secret (of the active one), active (the rotation that made it), all (newest first, secret).
    For the program: `pair`, `resources` (whoever uses a key waits for them).
    Raises PlatformError for fewer than 2 keys, a negative number or an owner that is no service account.
    """

    key: pulumi.Output[str]
    secret: pulumi.Output[str]
    active: pulumi.Output[str]
    all: pulumi.Output[list[Any]]

    def __init__(self, name: str, args: RotatingApiKeysArgs, opts: pulumi.ResourceOptions | None = None):
        _check(name, args)
        super().__init__("streaming-platform:index:RotatingApiKeys", name, None, opts)
        wanted = key_names(args.keys, args.number)
        made = {one: self._key(name, args, one, oldest=one == wanted[-1]) for one in wanted}
        self.resources: list[pulumi.Resource] = list(made.values())
        active = made[wanted[0]]
        self.key = active.id
        self.secret = pulumi.Output.secret(active.secret)
        self.pair = ApiKeyPair(self.key, self.secret)
        self.active = pulumi.Output.from_input(wanted[0])
        self.all = pulumi.Output.secret(
            pulumi.Output.all(
                *(pulumi.Output.all(rotation=one, key=made[one].id, secret=made[one].secret) for one in wanted)
            )
        )
        self.register_outputs({"key": self.key, "secret": self.secret, "active": self.active, "all": self.all})

    def _key(self, name: str, args: RotatingApiKeysArgs, made_in: str, oldest: bool) -> confluent.ApiKey:
        scope = args.scope
        managed: dict[str, Any] = {"id": scope.id, "api_version": scope.api_version, "kind": scope.kind}
        if scope.environment_id is not None:
            managed["environment"] = {"id": scope.environment_id}
        return confluent.ApiKey(
            f"{name}-{made_in}",
            display_name=f"{args.display_name}-{made_in}",
            description=args.description,
            owner={"id": args.owner_id, "api_version": _OWNER_API, "kind": _OWNER_KIND},
            managed_resource=managed,  # pyright: ignore[reportArgumentType] the typed dict needs its optional key
            disable_wait_for_ready=None if args.wait_for_ready else True,
            opts=pulumi.ResourceOptions(
                parent=self,
                depends_on=[*args.after],
                # Only the oldest key may go, which no client has been given for N - 1 rotations.
                protect=args.protect and not oldest,
                # A key that has to be replaced for another reason stays until its successor is known to everybody.
                delete_before_replace=False,
                # It matters at creation only; a runner that moved into the VPC is no reason to touch keys.
                ignore_changes=["disableWaitForReady"],
                # The provider waits for up to 20 minutes until brokers know the key.
                custom_timeouts=pulumi.CustomTimeouts(create="30m"),
            ),
        )


def _check(name: str, args: RotatingApiKeysArgs) -> None:
    where = f"RotatingApiKeys {name}"
    if not 2 <= args.keys <= MOST_KEYS:
        raise problem(
            where, "keys", args.keys, f"2 to {MOST_KEYS}", "keep 2: with one key its replacement is its outage"
        )
    if args.number < 0:
        raise problem(where, "number", args.number, "0 or more", "let `streamctl rotate` write it")
    if isinstance(args.owner_id, str) and not re.match(r"^sa-", args.owner_id):
        raise problem(
            where,
            "owner_id",
            args.owner_id,
            "the id of a service account: sa-...",
            "make a service account; the keys of a user go when the user does",
        )

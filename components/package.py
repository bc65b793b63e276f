"""This folder as a Pulumi component package, for programs in YAML, TypeScript, Go, Java and .NET.

`pulumi package add <path of this folder>` makes an SDK of it; YAML simply names it. Pulumi reads inputs and outputs
from annotations of classes. `packaged` makes such a class of a component: a field with a default is an optional input,
inputs that arrive as mappings become the dataclass again, a cluster is described instead of given as an object, and
what a program names under `dependsOn` comes before whatever the component would make wait in Python.
"""

import json
import types
import typing
from collections.abc import Callable, Mapping
from typing import Any

import pulumi
from pulumi.provider.experimental.component import ComponentProvider

from components.package_inputs import Reader, descriptions, inputs_type

PACKAGE = "streaming-platform"

Make = Callable[[str, Any, pulumi.ResourceOptions | None], pulumi.ComponentResource]


def components() -> list[type[pulumi.ComponentResource]]:
    """The components of the package. docs/components.md says which are left out, and why."""
    # Imported when asked for: together they load every SDK.
    from components.cdc.confluent_connector import ConfluentConnectorCdc
    from components.cdc.kafka_connect import KafkaConnectCdc
    from components.cdc.msk_connect import MskConnectCdc
    from components.client_secrets import ClientSecrets
    from components.cluster.eks import EksCluster
    from components.data_key import DataKey
    from components.existing_network import ExistingNetwork
    from components.flink.cmf.certificates import CmfCertificates
    from components.flink.cmf.environment import CmfFlink
    from components.flink.cmf.manager import ConfluentManager
    from components.flink.cmf.operators import FlinkOperators
    from components.flink.cmf.statements import CmfSql
    from components.flink.confluent_cloud import ConfluentCloudFlink
    from components.flink.state_store import StateStore
    from components.image_repository import ImageRepository
    from components.kafka.confluent_cloud import ConfluentCloud
    from components.kafka.confluent_linking import MirroredTopics
    from components.kafka.confluent_network import ConfluentNetwork
    from components.kafka.existing import ExistingKafka
    from components.kafka.msk import Msk
    from components.kafka.msk_serverless import MskServerless
    from components.kafka.schema_registry import SchemaRegistry
    from components.kafka.topics_job import TopicsJob
    from components.key_rotation import RotatingApiKeys
    from components.lake_formation import LakeFormation
    from components.lake_readers import AthenaReader, SnowflakeReader
    from components.lakehouse import Lakehouse
    from components.network import Network
    from components.package_forms import PlatformArgs, platform
    from components.platform import Platform
    from components.postgres.aurora import AuroraPostgres
    from components.postgres.existing import ExistingPostgres
    from components.postgres.rds import RdsPostgres
    from components.postgres.setup_job import PostgresSetup
    from components.table_maintenance import TableMaintenance
    from components.tableflow import Tableflow
    from components.tls_endpoint import TlsEndpoint

    whole = (
        AthenaReader,
        AuroraPostgres,
        ClientSecrets,
        CmfCertificates,
        CmfFlink,
        CmfSql,
        ConfluentCloud,
        ConfluentCloudFlink,
        ConfluentConnectorCdc,
        ConfluentManager,
        ConfluentNetwork,
        DataKey,
        EksCluster,
        ExistingKafka,
        ExistingNetwork,
        ExistingPostgres,
        FlinkOperators,
        ImageRepository,
        KafkaConnectCdc,
        LakeFormation,
        Lakehouse,
        MirroredTopics,
        Msk,
        MskConnectCdc,
        MskServerless,
        Network,
        PostgresSetup,
        RdsPostgres,
        RotatingApiKeys,
        SchemaRegistry,
        SnowflakeReader,
        StateStore,
        TableMaintenance,
        Tableflow,
        TlsEndpoint,
        TopicsJob,
    )
    known: dict[type, type] = {}
    return [
        *(packaged(one, one.__init__.__annotations__["args"], one, known) for one in whole),
        packaged(Platform, PlatformArgs, platform, known),
    ]


def provider() -> ComponentProvider:
    """The package as the engine talks to it, its schema with a description of each input."""
    made = ComponentProvider(components(), PACKAGE)
    schema = json.loads(made.schema or "{}")
    described = {one.__name__: descriptions(one.args_type) for one in made._components.values()}  # type: ignore[attr-defined]
    for token, resource in schema["resources"].items():
        _describe(resource["inputProperties"], described[token.rpartition(":")[2]])
    for token, one in schema["types"].items():
        definition = made._type_defs[token.rpartition(":")[2]]
        _describe(one.get("properties", {}), descriptions(definition.python_type))
    made.schema = json.dumps(schema)
    return made


def _describe(properties: dict[str, Any], texts: Mapping[str, str]) -> None:
    for key, one in properties.items():
        if key in texts:
            one["description"] = texts[key]


def packaged(
    component: type[pulumi.ComponentResource], args_type: type, make: Make, known: dict[type, type]
) -> type[pulumi.ComponentResource]:
    """`component` as Pulumi's component host takes it: a class whose annotations are the inputs and outputs.

    args_type: dataclass of the inputs
    make:      makes the component of it; the component itself, where its inputs are the package's
    known:     classes of inputs that were made so far
    """

    def construct(cls: type, name: str, args: Any, opts: pulumi.ResourceOptions | None = None) -> Any:
        return make(name, Reader(name, opts or pulumi.ResourceOptions()).arguments(args_type, args), opts)

    def unused(self: Any, name: str, args: Any, opts: pulumi.ResourceOptions | None = None) -> None:
        raise AssertionError("__new__ returns the component itself")

    unused.__annotations__["args"] = inputs_type(args_type, known)
    return type(
        component.__name__,
        (pulumi.ComponentResource,),
        {
            "__new__": construct,
            "__init__": unused,
            "__doc__": component.__doc__,
            "__module__": component.__module__,
            "__annotations__": _outputs(component),
            "args_type": args_type,
        },
    )


def _outputs(component: type) -> dict[str, Any]:
    """Annotations of the outputs. What only Python can take (resources, `access`, `login`) is none."""
    found: dict[str, Any] = {}
    for name, hint in component.__annotations__.items():
        optional, plain = _without_none(hint)
        if typing.get_origin(plain) is pulumi.Output:
            inside, plain = _without_none(typing.get_args(plain)[0])
            optional, plain = optional or inside, pulumi.Output[plain]
        elif not (plain in (str, int, bool) or (typing.get_origin(plain) is dict and _is_plain(plain))):
            continue
        found[name] = typing.Optional[plain] if optional else plain  # noqa: UP045 a value here
    return found


def _is_plain(hint: Any) -> bool:
    return typing.get_args(hint)[1] in (str, Any)


def _without_none(hint: Any) -> tuple[bool, Any]:
    if typing.get_origin(hint) in (typing.Union, types.UnionType):
        rest = [one for one in typing.get_args(hint) if one is not type(None)]
        if len(rest) == 1 and len(typing.get_args(hint)) == 2:
            return True, rest[0]
    return False, hint

"""What every variant has: the lake, and the bucket of Flink's state."""

from dataclasses import dataclass
from typing import Any

import pulumi

from components.flink.contract import LakeAccess
from components.flink.state_store import StateStore, StateStoreArgs
from components.lakehouse import Lakehouse, LakehouseArgs
from components.naming import Naming
from components.settings import DEFAULT_PORTS, LocalSettings, Settings

HOST = "127.0.0.1"
"""Everything local listens on the loopback interface only."""


@dataclass(frozen=True)
class Foundation:
    """lakehouse, state_store: the components; lake: what a Flink flavour reads of them; exports: of the stack."""

    lakehouse: Lakehouse
    state_store: StateStore
    lake: LakeAccess
    exports: dict[str, Any]


def foundation(settings: Settings, naming: Naming, child: pulumi.ResourceOptions) -> Foundation:
    """Declare the lake and the state store."""
    # What is not production goes with its data, as its brokers and databases do: a bucket with objects in it would
    # stop a destroy half-way, and S3 learns that it may be emptied when it is made, not when it is to go.
    disposable = not settings.protect
    # The emulator speaks plain HTTP.
    tls_only = not settings.aws.emulated
    endpoint = emulator_endpoint(settings)
    lakehouse = Lakehouse(
        "lakehouse",
        LakehouseArgs(
            bucket=settings.lakehouse.bucket or naming.name("lake", globally_unique=True),
            database=settings.lakehouse.database,
            name_prefix=naming.name("platform"),
            region=settings.aws.region,
            account_id=settings.aws.account_id,
            tags=naming.tags("lakehouse"),
            noncurrent_days=settings.lakehouse.noncurrent_days,
            abort_upload_days=settings.lakehouse.abort_upload_days,
            key_deletion_days=settings.lakehouse.key_deletion_days,
            disposable=disposable,
            protect=settings.protect,
            tls_only=tls_only,
            lake_formation=settings.lakehouse.permissions == "lake_formation",
        ),
        opts=child,
    )
    state_store = StateStore(
        "flink-state",
        StateStoreArgs(
            bucket=naming.name("state", globally_unique=True),
            policy_name=naming.name("flink-state"),
            kms_key_arn=lakehouse.key_arn,
            tags=naming.tags("flink"),
            disposable=disposable,
            protect=settings.protect,
            tls_only=tls_only,
        ),
        opts=child,
    )
    exports = {
        "environment": settings.environment.value,
        "region": settings.aws.region,
        "aws_endpoint": endpoint,
        "lake_bucket": lakehouse.bucket,
        "lake_database": lakehouse.database,
        "lake_warehouse": lakehouse.warehouse,
        "lake_writer_policy_arn": lakehouse.writer_policy_arn,
        "lake_reader_policy_arn": lakehouse.reader_policy_arn,
        "state_bucket": state_store.bucket,
    }
    lake = LakeAccess(
        lakehouse.database,
        lakehouse.warehouse,
        settings.aws.region,
        endpoint,
        None if endpoint else lakehouse.writer_policy_arn,
    )
    return Foundation(lakehouse, state_store, lake, exports)


def emulator_endpoint(settings: Settings) -> str | None:
    """URL of the AWS emulator, or None on AWS."""
    return f"http://{HOST}:{local_port(settings, 'aws')}" if settings.aws.emulated else None


def local_port(settings: Settings, name: str) -> int:
    """Port of a local service."""
    ports = (settings.local or LocalSettings()).ports
    return getattr(ports, name) or DEFAULT_PORTS[name]

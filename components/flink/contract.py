"""What every Flink gives to the rest of the platform: it takes an application's spec and runs it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

import pulumi

from components.application import Application
from components.flink.sql import IcebergCatalog
from components.kafka.contract import GrantedAccess


@dataclass(frozen=True)
class LakeAccess:
    """Where an application's Iceberg tables are; the Outputs of a `Lakehouse`, and the region and endpoint.

    endpoint: URL of the AWS emulator, None on AWS
    writer_policy_arn: IAM policy of who writes; None on the emulator, where everybody may
    grant_writer: declares that a role may write (short name, ARN -> what the writer waits for); None where the policy
              says it all
    """

    database: pulumi.Input[str]
    warehouse: pulumi.Input[str]
    region: str
    endpoint: str | None = None
    writer_policy_arn: pulumi.Input[str] | None = None
    grant_writer: Callable[[str, pulumi.Input[str]], Sequence[pulumi.Resource]] | None = None

    @cached_property
    def catalog(self) -> pulumi.Output[IcebergCatalog]:
        """The catalog as the SQL renderer takes it. One Output for all applications: each Output takes its time."""
        region, endpoint = self.region, self.endpoint
        return pulumi.Output.all(self.database, self.warehouse).apply(
            lambda known: IcebergCatalog(database=known[0], warehouse=known[1], region=region, endpoint=endpoint)
        )


class FlinkRuntime(Protocol):
    """A Flink flavour."""

    def run(self, application: Application, kafka: GrantedAccess, lake: LakeAccess) -> Any:
        """Declare that `application` runs here, connected to Kafka by what it was granted.

        Returns the component that stands for it.
        """
        ...

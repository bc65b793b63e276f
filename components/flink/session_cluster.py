"""The local flavour of Flink: a session cluster that is given its jobs as SQL through a SQL gateway.

Pulumi does not run it. It declares the jobs, and `streamctl up` brings the cluster to that state.
"""

from dataclasses import dataclass

import pulumi

from components.application import Application
from components.flink.contract import LakeAccess
from components.flink.sql import job_statements
from components.kafka.contract import GrantedAccess, KafkaAccess


@dataclass
class SessionClusterArgs:
    """Inputs of `SessionCluster`.

    state_bucket: S3 bucket for checkpoints, savepoints and high availability
    task_slots:   how many parallel subtasks can run at once
    """

    state_bucket: pulumi.Input[str]
    task_slots: int


class SessionCluster(pulumi.ComponentResource):
    """One JobManager, one TaskManager and one SQL gateway.

    Outputs: state_bucket, task_slots.
    """

    state_bucket: pulumi.Output[str]
    task_slots: pulumi.Output[int]

    def __init__(self, name: str, args: SessionClusterArgs, opts: pulumi.ResourceOptions | None = None):
        super().__init__("streaming-platform:index:SessionCluster", name, None, opts)
        self.state_bucket = pulumi.Output.from_input(args.state_bucket)
        self.task_slots = pulumi.Output.from_input(args.task_slots)
        self.register_outputs({"state_bucket": self.state_bucket, "task_slots": self.task_slots})

    def run(self, application: Application, kafka: GrantedAccess, lake: LakeAccess) -> "SessionJob":
        """Declare that `application` runs on this cluster."""
        return SessionJob(
            application.name,
            SessionJobArgs(application=application, kafka=kafka.access, lake=lake),
            opts=pulumi.ResourceOptions(parent=self),
        )


@dataclass
class SessionJobArgs:
    """Inputs of `SessionJob`: the application, and what it reads from and writes to."""

    application: Application
    kafka: KafkaAccess
    lake: LakeAccess


class SessionJob(pulumi.ComponentResource):
    """One application on a session cluster.

    Outputs: job (name), parallelism, statements (SQL to run in order in a fresh session), tables (Iceberg tables).

    What the spec says is plain data: an Output of it would say no more, and takes longer than rendering the SQL does.
    """

    job: str
    parallelism: int
    statements: pulumi.Output[list[str]]
    tables: list[str]

    def __init__(self, name: str, args: SessionJobArgs, opts: pulumi.ResourceOptions | None = None):
        super().__init__("streaming-platform:index:SessionJob", name, None, opts)
        application = args.application
        self.job = application.name
        self.parallelism = application.spec.parallelism
        self.tables = [sink.name for sink in application.spec.sinks]
        # One within the other: `Output.all` would make an Output of each property, again for each application.
        self.statements = args.lake.catalog.apply(
            lambda catalog: args.kafka.java_properties.apply(
                lambda properties: job_statements(application, properties, catalog)
            )
        )
        self.register_outputs(
            {
                "job": self.job,
                "parallelism": self.parallelism,
                "statements": self.statements,
                "tables": self.tables,
            }
        )

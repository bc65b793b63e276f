"""Flink on Confluent Cloud: a compute pool, and each application as one statement of a principal of its own."""

import pulumi
import pulumi_confluentcloud as confluent

from components.application import Application
from components.errors import Mistake, PlatformError
from components.flink.confluent_application import ConfluentApplication, ConfluentApplicationArgs
from components.flink.confluent_args import ConfluentCloudFlinkArgs
from components.flink.confluent_checks import mistakes_for_confluent
from components.flink.confluent_limits import runtime_mistakes
from components.flink.confluent_rights import binding, manager_bindings
from components.flink.confluent_tables import ConfluentSourceTables, ConfluentSourceTablesArgs
from components.flink.contract import LakeAccess
from components.kafka.contract import GrantedAccess


class ConfluentCloudFlink(pulumi.ComponentResource):
    """A compute pool of Confluent Cloud. `run` declares an application on it.

    Outputs: compute_pool (id), max_cfu.
    """

    compute_pool: pulumi.Output[str]
    max_cfu: pulumi.Output[int]

    def __init__(self, name: str, args: ConfluentCloudFlinkArgs, opts: pulumi.ResourceOptions | None = None):
        super().__init__("streaming-platform:index:ConfluentCloudFlink", name, None, opts)
        if mistakes := runtime_mistakes(args.max_cfu, args.cluster_kind):
            raise PlatformError(mistakes)
        self._args = args
        self._sinks: dict[str, str] = {}
        pool = confluent.FlinkComputePool(
            name,
            # Without a name of its own Pulumi would add a random end.
            display_name=f"{args.name_prefix}-flink",
            cloud="AWS",
            region=args.region,
            environment=confluent.FlinkComputePoolEnvironmentArgs(id=args.environment_id),
            max_cfu=args.max_cfu,
            opts=pulumi.ResourceOptions(parent=self, protect=args.protect),
        )
        self._developer = binding(
            f"{name}-developer",
            args.key.owner,
            "FlinkDeveloper",
            pulumi.Output.all(args.environment_crn, pool.id).apply(
                lambda known: manager_bindings(known[0], "", args.region, known[1], "")["develop"][1]
            ),
            pulumi.ResourceOptions(parent=self),
        )
        self._tables = ConfluentSourceTables(
            f"{name}-tables", ConfluentSourceTablesArgs(args, pool.id), opts=pulumi.ResourceOptions(parent=self)
        )
        self.compute_pool = pool.id
        self.max_cfu = pulumi.Output.from_input(args.max_cfu)
        self.register_outputs({"compute_pool": self.compute_pool, "max_cfu": self.max_cfu})

    def run(
        self, application: Application, kafka: GrantedAccess, lake: LakeAccess | None = None
    ) -> "ConfluentApplication":
        """Declare that `application` runs here. What it writes are topics; Tableflow brings them into the lake."""
        args = self._args
        if mistakes := [*mistakes_for_confluent(application), *self._taken(application)]:
            raise PlatformError(mistakes)
        needs = [*args.key.ready, self._developer, *kafka.ready]
        return ConfluentApplication(
            application.name,
            ConfluentApplicationArgs(
                application, args, self.compute_pool, self._tables.prepare(application, needs), needs
            ),
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _taken(self, application: Application) -> list[Mistake]:
        """Sinks that another application, or a topic, already has the name of: a topic is one table for everybody."""
        topics = [source.topic.name for source in application.spec.sources]
        found: list[Mistake] = []
        if self._args.error_topic in (*topics, *(sink.name for sink in application.spec.sinks)):
            said = f"{self._args.error_topic}, which {application.name} reads or writes itself"
            remedy = "name another one: Flink keeps a table of its own there"
            found.append(Mistake("flink", "error_topic", said, "a topic of nobody else's", remedy))
        for index, sink in enumerate(application.spec.sinks):
            owner = self._sinks.setdefault(sink.name, application.name)
            if owner != application.name or sink.name in topics:
                said = f"{sink.name}, which is {'a source' if sink.name in topics else f'a sink of {owner}'} already"
                key = f"sinks[{index}].name"
                found.append(Mistake(application.where, key, said, "one writer for each topic", "rename the sink"))
        return found

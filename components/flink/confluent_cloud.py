"""Flink on Confluent Cloud: a compute pool, and each application as one statement of a principal of its own."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pulumi
import pulumi_confluentcloud as confluent

from components.application import Application, Mode
from components.errors import Mistake, PlatformError, problem
from components.flink.confluent_checks import change_mistakes, mistakes_for_confluent, state_of
from components.flink.confluent_rights import Scopes, manager_bindings, runner_bindings
from components.flink.confluent_sql import (
    ConfluentCatalog,
    Start,
    TableSettings,
    TopicTables,
    job_statement,
    sink_ddl,
    source_ddl,
    statement_name,
    statement_properties,
)
from components.flink.contract import LakeAccess
from components.kafka.contract import GrantedAccess

MAX_CFU = (5, 10, 20, 30, 40, 50)
"""The ceilings of a pool that the provider takes: docs of confluent_flink_compute_pool."""
# Topic rights by role binding do nothing on Basic: https://docs.confluent.io/cloud/current/security/access-control/rbac
_WITHOUT_RBAC = "basic"
# A statement cannot change. Older providers report a change of properties as done without doing it.
_REPLACES = ["statement", "statementName", "properties"]


@dataclass(frozen=True)
class FlinkKey:
    """A key of a Flink region and whose it is. A Cloud key or a Kafka key gives 401.

    owner: service account id (sa-...) that gets FlinkDeveloper and Assigner; ready: what the key waits for
    """

    key: pulumi.Input[str]
    secret: pulumi.Input[str]
    owner: pulumi.Input[str]
    ready: Sequence[pulumi.Resource] = ()


@dataclass(frozen=True)
class StatementSettings:
    """How one application's statement is run.

    stopped: True stops it; its position stays, and False goes on from there
    running: name of the statement that runs now, as the output `job` shows it. Where it is given, a change that would
             write rows twice is refused with the way out
    start:   where a changed statement begins; it stays in the settings until the next change. None: at the beginning
    """

    stopped: bool = False
    running: str | None = None
    start: Start | None = None


@dataclass
class ConfluentCloudFlinkArgs:
    """Inputs of `ConfluentCloudFlink`.

    name_prefix:      start of names in Confluent Cloud
    region:           AWS region of the cluster; the pool must be in the same
    environment_id, environment_name, environment_crn, organization_id, organization_crn: where it belongs
    cluster_id, cluster_name, cluster_crn (rbac_crn), cluster_kind: the Kafka cluster
    registry_crn:     `resource_name` of the Schema Registry cluster
    rest_endpoint:    of the Flink region, the private one where the stack is private; another one replaces all
                      statements
    key:              the Flink key
    max_cfu:          ceiling of the pool, one of MAX_CFU (default 10). A CFU is billed by the minute while used; a pool
                      at its ceiling leaves statements PENDING. Confluent takes no lower ceiling later
    topic_tables:     who makes the topics of format json (default: the stack's Kafka)
    error_topic:      topic for values that cannot be read; None: they stop the statement (default error_log)
    tables:           how tables of sinks are made
    statements:       application -> how it is run
    protect:          True: Pulumi refuses to delete the pool, and to replace a running statement that would write rows
                      twice: stop it first (default False)
    """

    name_prefix: str
    region: str
    environment_id: pulumi.Input[str]
    environment_name: pulumi.Input[str]
    environment_crn: pulumi.Input[str]
    organization_id: pulumi.Input[str]
    organization_crn: pulumi.Input[str]
    cluster_id: pulumi.Input[str]
    cluster_name: pulumi.Input[str]
    cluster_crn: pulumi.Input[str]
    cluster_kind: str
    registry_crn: pulumi.Input[str]
    rest_endpoint: pulumi.Input[str]
    key: FlinkKey
    max_cfu: int = 10
    topic_tables: TopicTables = TopicTables.EXISTING
    error_topic: str | None = "error_log"
    tables: TableSettings = field(default_factory=TableSettings)
    statements: Mapping[str, StatementSettings] = field(default_factory=dict)
    protect: bool = False


def runtime_mistakes(max_cfu: int, cluster_kind: str, where: str = "flink") -> list[Mistake]:
    """What Confluent would refuse, or silently not do."""
    found: list[Mistake] = []
    if max_cfu not in MAX_CFU:
        allowed = ", ".join(map(str, MAX_CFU))
        found.append(Mistake(where, "max_cfu", str(max_cfu), allowed, "take the next higher one"))
    if cluster_kind == _WITHOUT_RBAC:
        remedy = "take standard or higher; role bindings on topics have no effect on basic, and statements would FAIL"
        found.append(Mistake(where, "kafka.kind", cluster_kind, "standard, enterprise, freight, dedicated", remedy))
    return found


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
        self._tables: dict[str, tuple[list[str], list[pulumi.Resource], str]] = {}
        self._sinks: dict[str, str] = {}
        pool = confluent.FlinkComputePool(
            name,
            # Without a name of its own Pulumi would add a random end.
            display_name=f"{args.name_prefix}-flink",
            cloud="AWS",
            region=args.region,
            environment={"id": args.environment_id},
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
            ConfluentApplicationArgs(application, args, self.compute_pool, self._tables, needs),
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _taken(self, application: Application) -> list[Mistake]:
        """Sinks that another application, or a topic, already has the name of: a topic is one table for everybody."""
        topics = [source.topic.name for source in application.spec.sources]
        found: list[Mistake] = []
        for index, sink in enumerate(application.spec.sinks):
            owner = self._sinks.setdefault(sink.name, application.name)
            if owner != application.name or sink.name in topics:
                said = f"{sink.name}, which is {'a source' if sink.name in topics else f'a sink of {owner}'} already"
                key = f"sinks[{index}].name"
                found.append(Mistake(application.where, key, said, "one writer for each topic", "rename the sink"))
        return found


@dataclass
class ConfluentApplicationArgs:
    """Inputs of `ConfluentApplication`.

    flink, pool: where it runs; needs: what has to exist before it
    prepared:    topic -> (DDL, its statements, application) of applications before this one. A topic has one watermark
    """

    application: Application
    flink: ConfluentCloudFlinkArgs
    pool: pulumi.Output[str]
    prepared: dict[str, tuple[list[str], list[pulumi.Resource], str]]
    needs: Sequence[pulumi.Resource] = ()


class ConfluentApplication(pulumi.ComponentResource):
    """Service account, its rights, a provider that submits as it, tables, and the one statement that runs.

    Outputs: job (name of the statement), parallelism, statements (SQL), tables (topics written), latest_offsets
    (where a stopped statement stands, by topic), service_account (id).
    """

    job: pulumi.Output[str]
    parallelism: pulumi.Output[int]
    statements: pulumi.Output[list[str]]
    tables: pulumi.Output[list[str]]
    latest_offsets: pulumi.Output[Mapping[str, str]]
    service_account: pulumi.Output[str]

    def __init__(self, name: str, args: ConfluentApplicationArgs, opts: pulumi.ResourceOptions | None = None):
        super().__init__("streaming-platform:index:ConfluentApplication", name, None, opts)
        flink, application = args.flink, args.application
        settings = flink.statements.get(application.name, StatementSettings())
        child = pulumi.ResourceOptions(parent=self)
        runner = confluent.ServiceAccount(
            name,
            display_name=_account_name(flink.name_prefix, application),
            description=f"Principal of the Flink statement of {application.name}",
            opts=child,
        )
        rights = self._rights(name, args, runner)
        # With the key in the provider no statement holds it, and a new key touches one place. All seven have to be
        # there; a statement's own principal would be passed over, so each application has a provider.
        provider = confluent.Provider(
            name,
            flink_api_key=pulumi.Output.secret(flink.key.key),
            flink_api_secret=pulumi.Output.secret(flink.key.secret),
            flink_rest_endpoint=flink.rest_endpoint,
            flink_compute_pool_id=args.pool,
            flink_principal_id=runner.id,
            organization_id=flink.organization_id,
            environment_id=flink.environment_id,
            opts=child,
        )
        catalog = pulumi.Output.all(flink.environment_name, flink.cluster_name).apply(
            lambda names: ConfluentCatalog(names[0], names[1])
        )
        before = [*args.needs, *rights]

        def ddl(logical: str, text: pulumi.Output[str], after: Sequence[pulumi.Resource]) -> pulumi.Resource:
            known = pulumi.Output.all(text, catalog)
            return confluent.FlinkStatement(
                f"{name}-{logical}",
                statement=text,
                statement_name=known.apply(lambda one: statement_name(f"{name}-{logical}", one[0], _names(one[1]))),
                properties=catalog.apply(_names),
                # Deleting a finished statement deletes no table: topics and rows stay.
                opts=pulumi.ResourceOptions(
                    parent=self, provider=provider, depends_on=[*after], replace_on_changes=_REPLACES
                ),
            )

        tables = self._source_tables(args, catalog, ddl, before)
        for sink in application.spec.sinks:
            text = catalog.apply(lambda where, sink=sink: sink_ddl(sink, where, flink.tables))
            tables.append(ddl(f"sink-{sink.name}", text, before))

        def statement(where: ConfluentCatalog) -> dict[str, Any]:
            text = job_statement(application, where, settings.start)
            properties = statement_properties(application.spec, where, settings.start)
            job = statement_name(application.name, text, properties)
            if mistakes := change_mistakes(application, job, settings.running, settings.start):
                raise PlatformError(mistakes)
            return {"text": text, "properties": properties, "name": job}

        rendered = catalog.apply(statement)
        job = confluent.FlinkStatement(
            name,
            statement=rendered.apply(lambda one: one["text"]),
            statement_name=rendered.apply(lambda one: one["name"]),
            properties=rendered.apply(lambda one: one["properties"]),
            # Sent when it is stopped, not when it is made: Confluent starts every new statement.
            stopped=settings.stopped,
            opts=pulumi.ResourceOptions(
                parent=self,
                provider=provider,
                depends_on=[*before, *tables],
                # Refuses a replacement as well. A stopped one is let go, so that a change is made in two steps.
                protect=flink.protect and not settings.stopped and _appends(application),
                # The old one ends before the new one begins: never two that write the same tables.
                delete_before_replace=True,
                replace_on_changes=_REPLACES,
                # A stopped one is only forgotten when it is replaced, so that `start.statement` finds it; Confluent
                # drops it after 30 days.
                retain_on_delete=settings.stopped and not state_of(application),
            ),
        )
        sinks = [sink.name for sink in application.spec.sinks]
        self.job = job.statement_name
        self.parallelism = pulumi.Output.from_input(application.spec.parallelism)
        self.statements = pulumi.Output.all(job.statement).apply(list)
        self.tables = self.job.apply(lambda _: sinks)
        self.latest_offsets = job.latest_offsets
        self.service_account = runner.id
        self.register_outputs(
            {
                "job": self.job,
                "parallelism": self.parallelism,
                "statements": self.statements,
                "tables": self.tables,
                "latest_offsets": self.latest_offsets,
                "service_account": self.service_account,
            }
        )

    def _rights(
        self, name: str, args: ConfluentApplicationArgs, runner: confluent.ServiceAccount
    ) -> list[pulumi.Resource]:
        """The role bindings; the last one waits 90 seconds until they are known everywhere, for all of them."""
        flink = args.flink
        child = pulumi.ResourceOptions(parent=self)
        scopes = pulumi.Output.all(flink.cluster_crn, flink.cluster_id, flink.registry_crn).apply(
            lambda known: Scopes(f"{known[0]}/kafka={known[1]}", known[2])
        )
        bindings: list[pulumi.Resource] = []
        for short, (role, _) in runner_bindings(args.application, Scopes("", ""), flink.error_topic).items():
            pattern = scopes.apply(
                lambda known, short=short: runner_bindings(args.application, known, flink.error_topic)[short][1]
            )
            bindings.append(binding(f"{name}-{short}", runner.id, role, pattern, child, wait=False))
        assign = pulumi.Output.all(flink.organization_crn, runner.id).apply(
            lambda known: manager_bindings("", known[0], "", "", known[1])["assign"][1]
        )
        last = pulumi.ResourceOptions(parent=self, depends_on=bindings)
        return [*bindings, binding(f"{name}-assign", flink.key.owner, "Assigner", assign, last)]

    def _source_tables(
        self, args: ConfluentApplicationArgs, catalog: Any, ddl: Any, before: Any
    ) -> list[pulumi.Resource]:
        """The statements that prepare the topics' tables, each after the one before it; once for all applications."""
        flink, application = args.flink, args.application
        found: list[pulumi.Resource] = []
        example = ConfluentCatalog("c", "d")
        for index, source in enumerate(application.spec.sources):
            wanted = source_ddl(source, example, flink.topic_tables, flink.error_topic)
            same, made, owner = args.prepared.get(source.topic.name, (wanted, [], application.name))
            if same != wanted:
                raise problem(
                    application.where,
                    f"sources[{index}]",
                    f"{source.topic.name} with other columns, metadata or event time than in {owner}",
                    "one description of a topic, whose table all applications share",
                    "copy columns and event_time from there, or read another topic",
                )
            if source.topic.name not in args.prepared:
                after = before
                for step in range(len(wanted)):
                    text = catalog.apply(
                        lambda where, source=source, step=step: source_ddl(
                            source, where, flink.topic_tables, flink.error_topic
                        )[step]
                    )
                    made.append(ddl(f"source-{source.name}-{step}", text, after))
                    after = [*before, made[-1]]
                args.prepared[source.topic.name] = (wanted, made, application.name)
            found += made
        return found


def binding(
    name: str,
    account: pulumi.Input[str],
    role: str,
    pattern: pulumi.Input[str],
    opts: pulumi.ResourceOptions,
    wait: bool = True,
) -> confluent.RoleBinding:
    """A role binding of a service account. wait: 90 seconds after it was made, until it counts everywhere."""
    return confluent.RoleBinding(
        name,
        principal=pulumi.Output.concat("User:", account),
        role_name=role,
        crn_pattern=pattern,
        disable_wait_for_ready=None if wait else True,
        opts=opts,
    )


def _names(catalog: ConfluentCatalog) -> dict[str, str]:
    return {"sql.current-catalog": catalog.catalog, "sql.current-database": catalog.database}


def _appends(application: Application) -> bool:
    return any(sink.mode is Mode.APPEND for sink in application.spec.sinks)


def _account_name(prefix: str, application: Application) -> str:
    name = f"{prefix}-flink-{application.name}"
    if len(name) > 64:
        raise problem(application.where, "name", name, "64 characters in a service account's name", "shorten the name")
    return name

"""One application on Confluent Cloud: one statement, with a principal, rights and tables of its own."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_confluentcloud as confluent

from components.application import Application, Mode
from components.errors import PlatformError, problem
from components.flink.confluent_args import ConfluentCloudFlinkArgs, StatementSettings
from components.flink.confluent_checks import change_mistakes, state_of
from components.flink.confluent_rights import Scopes, binding, manager_bindings, runner_bindings
from components.flink.confluent_sql import (
    ConfluentCatalog,
    job_statement,
    sink_ddl,
    source_ddl,
    statement_name,
    statement_properties,
)

# A statement cannot change. Older providers report a change of properties as done without doing it.
_REPLACES = ["statement", "statementName", "properties"]

# Declares a statement from its short name, its text and what it waits for.
_Ddl = Callable[[str, pulumi.Output[str], Sequence[pulumi.Resource]], pulumi.Resource]


# DDL is compared and counted by these names; the real ones may be unknown in a preview.
_EXAMPLE = ConfluentCatalog("catalog", "database")


@dataclass(frozen=True)
class Prepared:
    """A statement about a topic's table: its text with the names of `_EXAMPLE`, and whose application declared it."""

    text: str
    statement: pulumi.Resource
    owner: str


@dataclass
class ConfluentApplicationArgs:
    """Inputs of `ConfluentApplication`.

    flink, pool: where it runs; needs: what has to exist before it
    prepared:    topic -> kind of DDL -> what applications before this one have declared; this one adds to it. A topic
                 has one table with one watermark, for all of them
    """

    application: Application
    flink: ConfluentCloudFlinkArgs
    pool: pulumi.Output[str]
    prepared: dict[str, dict[str, "Prepared"]]
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
        self,
        args: ConfluentApplicationArgs,
        catalog: pulumi.Output[ConfluentCatalog],
        ddl: _Ddl,
        before: Sequence[pulumi.Resource],
    ) -> list[pulumi.Resource]:
        """The statements that prepare the topics' tables, each after those before it; once for all applications."""
        flink, application = args.flink, args.application
        found: list[pulumi.Resource] = []
        for index, source in enumerate(application.spec.sources):
            done = args.prepared.setdefault(source.topic.name, {})
            after = list(before)
            for step, text in enumerate(
                source_ddl(source, _EXAMPLE, flink.topic_tables, flink.error_topic, flink.capture_format)
            ):
                kind = text.removeprefix(f"ALTER TABLE {_EXAMPLE.table(source.topic.name)} ").split()[0]
                if kind not in done:
                    rendered = catalog.apply(
                        lambda where, source=source, step=step: source_ddl(
                            source, where, flink.topic_tables, flink.error_topic, flink.capture_format
                        )[step]
                    )
                    made = ddl(f"source-{source.name}-{kind.lower()}", rendered, after)
                    done[kind] = Prepared(text, made, application.name)
                elif done[kind].text != text:
                    raise problem(
                        application.where,
                        f"sources[{index}]",
                        f"{source.topic.name} with other columns, metadata or event time than in {done[kind].owner}",
                        "one description of a topic, whose table all applications share",
                        "copy columns and event_time from there, or read another topic",
                    )
                after.append(done[kind].statement)
            found += [one for one in after if one not in before]
        return found


def _names(catalog: ConfluentCatalog) -> dict[str, str]:
    return {"sql.current-catalog": catalog.catalog, "sql.current-database": catalog.database}


def _appends(application: Application) -> bool:
    return any(sink.mode is Mode.APPEND for sink in application.spec.sinks)


def _account_name(prefix: str, application: Application) -> str:
    name = f"{prefix}-flink-{application.name}"
    if len(name) > 64:
        raise problem(application.where, "name", name, "64 characters in a service account's name", "shorten the name")
    return name

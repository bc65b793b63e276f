"""One application on Confluent Cloud: one statement, with a principal, rights and tables of its own."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_confluentcloud as confluent

from components.application import Application, Mode
from components.errors import PlatformError
from components.flink.confluent_args import ConfluentCloudFlinkArgs, StatementSettings
from components.flink.confluent_checks import change_mistakes, state_of
from components.flink.confluent_principal import REPLACES, account, catalog_of, ddl, principal, scopes
from components.flink.confluent_rights import Scopes, binding, runner_bindings
from components.flink.confluent_sql import (
    ConfluentCatalog,
    job_statement,
    sink_ddl,
    statement_name,
    statement_properties,
)


@dataclass
class ConfluentApplicationArgs:
    """Inputs of `ConfluentApplication`.

    flink, pool: where it runs; tables: of the topics it reads; needs: what has to exist before it
    """

    application: Application
    flink: ConfluentCloudFlinkArgs
    pool: pulumi.Output[str]
    tables: Sequence[pulumi.Resource] = ()
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
        runner = account(name, application.name, application.where, flink.name_prefix, self)
        rights = self._rights(name, args, runner)
        submitter = principal(name, flink, args.pool, rights, runner, self)
        catalog = catalog_of(flink)
        before = [*args.needs, *rights, submitter.ready]
        tables = [*args.tables]
        for sink in application.spec.sinks:
            text = catalog.apply(lambda where, sink=sink: sink_ddl(sink, where, flink.tables))
            tables.append(ddl(f"{name}-sink-{sink.name}", text, catalog, submitter.provider, before, self))

        def statement(where: ConfluentCatalog) -> dict[str, Any]:
            text = job_statement(application, where, settings.start)
            properties = statement_properties(application.spec, where, settings.start)
            job = statement_name(application.name, text, properties)
            if mistakes := change_mistakes(application, job, settings.running, settings.start, settings.stopped):
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
                provider=submitter.provider,
                depends_on=[*before, *tables],
                # Refuses a replacement as well. A stopped one is let go, so that a change is made in two steps.
                protect=flink.protect and not settings.stopped and _appends(application),
                # The old one ends before the new one begins: never two that write the same tables.
                delete_before_replace=True,
                replace_on_changes=REPLACES,
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
        """The role bindings, none of which is waited for: the right to submit comes last, and is."""
        application, errors = args.application, args.flink.error_topic
        where = scopes(args.flink)
        made: list[pulumi.Resource] = []
        for short, (role, _) in runner_bindings(application, Scopes("", ""), errors).items():
            pattern = where.apply(lambda known, short=short: runner_bindings(application, known, errors)[short][1])
            child = pulumi.ResourceOptions(parent=self)
            made.append(binding(f"{name}-{short}", runner.id, role, pattern, child, wait=False))
        return made


def _appends(application: Application) -> bool:
    return any(sink.mode is Mode.APPEND for sink in application.spec.sinks)

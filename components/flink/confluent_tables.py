"""The tables of topics that applications read: columns, watermark and error handling, once for all applications."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi

from components.application import Application, Source
from components.errors import problem
from components.flink.confluent_args import ConfluentCloudFlinkArgs
from components.flink.confluent_principal import account, catalog_of, ddl, principal, scopes
from components.flink.confluent_rights import Scopes, binding, table_bindings
from components.flink.confluent_sql import ConfluentCatalog, source_ddl

# DDL is compared and counted by these names; the real ones may be unknown in a preview.
_EXAMPLE = ConfluentCatalog("catalog", "database")


@dataclass(frozen=True)
class _Prepared:
    """A statement about a topic's table: its text with the names of `_EXAMPLE`, and whose application asked for it."""

    text: str
    statement: pulumi.Resource
    owner: str


@dataclass
class ConfluentSourceTablesArgs:
    """Inputs of `ConfluentSourceTables`: the runtime's inputs, and the id of its pool."""

    flink: ConfluentCloudFlinkArgs
    pool: pulumi.Input[str]


class ConfluentSourceTables(pulumi.ComponentResource):
    """A principal of its own that may change the tables, so that no application may, and their statements. They belong
    to no application: who goes takes none along.

    Outputs: service_account (id).
    """

    service_account: pulumi.Output[str]

    def __init__(self, name: str, args: ConfluentSourceTablesArgs, opts: pulumi.ResourceOptions | None = None):
        super().__init__("streaming-platform:index:ConfluentSourceTables", name, None, opts)
        flink = args.flink
        self._name, self._flink = name, flink
        self._catalog, self._scopes = catalog_of(flink), scopes(flink)
        runner = account(name, "tables", "flink", flink.name_prefix, self)
        self._principal = principal(name, flink, args.pool, [], runner, self)
        self._done: dict[str, dict[str, _Prepared]] = {}
        self._rights: dict[str, list[pulumi.Resource]] = {}
        self.service_account = runner.id
        self.register_outputs({"service_account": self.service_account})

    def prepare(self, application: Application, needs: Sequence[pulumi.Resource]) -> list[pulumi.Resource]:
        """The statements after which `application` can read its topics. needs: what they wait for (topics).

        Raises PlatformError where another application wants another table of the same topic.
        """
        flink = self._flink
        found: list[pulumi.Resource] = []
        for index, source in enumerate(application.spec.sources):
            topic = source.topic.name
            done = self._done.setdefault(topic, {})
            after = [*needs, self._principal.ready, *self._granted(topic)]
            texts = source_ddl(source, _EXAMPLE, flink.topic_tables, flink.error_topic, flink.capture_format)
            for step, text in enumerate(texts):
                kind = text.removeprefix(f"ALTER TABLE {_EXAMPLE.table(topic)} ").split()[0]
                if kind not in done:
                    name = f"{self._name}-{topic}-{kind.lower()}"
                    made = ddl(name, self._text(source, step), self._catalog, self._principal.provider, after, self)
                    done[kind] = _Prepared(text, made, application.name)
                elif done[kind].text != text:
                    raise problem(
                        application.where,
                        f"sources[{index}]",
                        f"{topic} with other columns, metadata or event time than in {done[kind].owner}",
                        "one description of a topic, whose table all applications share",
                        "copy columns and event_time from there, or read another topic",
                    )
                after.append(done[kind].statement)
                found.append(done[kind].statement)
        return found

    def _text(self, source: Source, step: int) -> pulumi.Output[str]:
        flink = self._flink
        return self._catalog.apply(
            lambda catalog: source_ddl(source, catalog, flink.topic_tables, flink.error_topic, flink.capture_format)[
                step
            ]
        )

    def _granted(self, topic: str) -> list[pulumi.Resource]:
        """The rights on one topic's table, each time the same; the last one waits for all of them."""
        if topic not in self._rights:
            made: list[pulumi.Resource] = []
            rights = table_bindings(topic, Scopes("", ""))
            for short, (role, _) in rights.items():
                pattern = self._scopes.apply(lambda known, short=short: table_bindings(topic, known)[short][1])
                last = len(made) == len(rights) - 1
                opts = pulumi.ResourceOptions(parent=self, depends_on=list(made) if last else None)
                logical = f"{self._name}-{topic}-{short}"
                made.append(binding(logical, self.service_account, role, pattern, opts, wait=last))
            self._rights[topic] = made
        return self._rights[topic]

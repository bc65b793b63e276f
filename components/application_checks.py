"""What must agree within one application: columns and keys, sources and topics, sinks and SQL.

The shape of the spec has been checked before, by its models. Each check adds its mistakes to one list, so that a file
is told everything at once.
"""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from components.errors import Mistake
from components.transformation import Transformation, parse_view

if TYPE_CHECKING:
    from components.application import ApplicationSpec, Sink, Source

# Options that have a key of their own in the spec, which would be contradicted.
RESERVED_OPTIONS = {
    "parallelism.default": "parallelism",
    "execution.checkpointing.interval": "checkpointing.interval_seconds",
    "table.exec.state.ttl": "state_ttl_hours",
    "pipeline.name": "name",
}
# Flink takes a watermark from these types only, with milliseconds.
_EVENT_TIME_TYPES = ("TIMESTAMP(3)", "TIMESTAMP_LTZ(3)")
# Iceberg v2 keeps microseconds, nothing else.
_ICEBERG_FRACTION = "(6)"


def mistakes_of(
    spec: "ApplicationSpec", transformation: Transformation, where: str, sql: str, with_sql: bool
) -> list[Mistake]:
    """Everything that contradicts itself in `spec`, and between `spec` and its SQL.

    where, sql: paths of the two files, for messages
    with_sql:   False leaves out the comparison with the SQL, which could not be read
    """
    found = [
        *_options(spec, where),
        *_repeated([capture.table for capture in spec.capture], where, "capture", "table"),
        *_repeated([source.name for source in spec.sources], where, "sources", "name"),
        *_repeated([source.topic.name for source in spec.sources], where, "sources", "topic.name"),
        *_repeated([sink.name for sink in spec.sinks], where, "sinks", "name"),
    ]
    for index, source in enumerate(spec.sources):
        found += _source(source, where, f"sources[{index}]")
    for index, sink in enumerate(spec.sinks):
        found += _sink(sink, where, f"sinks[{index}]")
    found += _captures(spec, where)
    found += _differences(spec, where)
    if with_sql:
        found += _sql(spec, transformation, where, sql)
        found += _other_views(spec, transformation, where)
    return found


def _repeated(names: list[str], where: str, key: str, part: str) -> Iterator[Mistake]:
    for index, name in enumerate(names):
        if name in names[:index]:
            at = f"{key}[{names.index(name)}]"
            yield Mistake(
                where, f"{key}[{index}].{part}", f"{name}, as in {at}", "each name once", "rename one of them"
            )


def _options(spec: "ApplicationSpec", where: str) -> Iterator[Mistake]:
    for option in spec.options:
        if option in RESERVED_OPTIONS:
            own = RESERVED_OPTIONS[option]
            yield Mistake(
                where, f"options.{option}", "an option that the spec has a key for", own, f"set {own} instead"
            )


def _differences(spec: "ApplicationSpec", where: str) -> Iterator[Mistake]:
    """What differs on Confluent Cloud names something that is there."""
    sources = {source.name: source for source in spec.sources}
    for name, expressions in spec.confluent_cloud.expressions.items():
        key = f"confluent_cloud.expressions.{name}"
        if name not in sources:
            yield Mistake(where, key, name, f"a source: {', '.join(sources)}", "correct the name")
            continue
        computed = [column.name for column in sources[name].columns if column.expression is not None]
        for column in expressions:
            if column not in computed:
                allowed = f"a computed column: {', '.join(computed)}" if computed else "no column: none is computed"
                yield Mistake(where, f"{key}.{column}", column, allowed, "correct the name")
    sinks = {sink.name: sink for sink in spec.sinks}
    for name, columns in spec.confluent_cloud.upsert.items():
        key = f"confluent_cloud.upsert.{name}"
        if name not in sinks:
            yield Mistake(where, key, name, f"a sink: {', '.join(sinks)}", "correct the name")
        elif sinks[name].mode.value == "upsert":
            yield Mistake(where, key, f"{name}, whose mode is upsert", "a sink of mode append", "remove it")
        else:
            yield from _unknown(columns, [column.name for column in sinks[name].columns], where, key)


def _other_views(spec: "ApplicationSpec", transformation: Transformation, where: str) -> Iterator[Mistake]:
    """What another query on Confluent Cloud stands for is a view of the SQL."""
    views = [view.name for view in transformation.views]
    for name, query in spec.confluent_cloud.views.items():
        key = f"confluent_cloud.views.{name}"
        if name not in views:
            allowed = f"a view: {', '.join(views)}" if views else "nothing: the SQL has no view"
            yield Mistake(where, key, name, allowed, "correct the name")
        elif isinstance(found := parse_view(name, query, where, key), Mistake):
            yield found


def _unknown(names: Iterable[str], columns: list[str], where: str, key: str) -> Iterator[Mistake]:
    for name in names:
        if name not in columns:
            yield Mistake(where, key, name, f"a column: {', '.join(columns)}", "correct the name or add the column")


def _source(source: "Source", where: str, key: str) -> Iterator[Mistake]:
    names = [column.name for column in source.columns]
    if not source.value_columns:
        found = f"a missing topic schema: {source.topic.name} has no column of its value"
        yield Mistake(where, f"{key}.columns", found, "name and type of each", "list the members of the topic's values")
        return
    yield from _repeated(names, where, f"{key}.columns", "name")
    yield from _unknown(source.primary_key, names, where, f"{key}.primary_key")
    yield from _repeated(source.primary_key, where, f"{key}.primary_key", "")
    if source.format.value == "debezium-json" and not source.primary_key:
        found = "no primary key while the format is debezium-json"
        yield Mistake(where, f"{key}.primary_key", found, ", ".join(names), "write the primary key of the table")
    if "retention.ms" in source.topic.config:
        found = "a setting that the spec has a key for"
        yield Mistake(
            where, f"{key}.topic.config.retention.ms", found, "retention_hours", "set retention_hours instead"
        )
    if source.event_time:
        time = source.event_time
        yield from _unknown([time.column], names, where, f"{key}.event_time.column")
        if time.watermark_of is not None:
            yield from _unknown([time.watermark_of], names, where, f"{key}.event_time.watermark_of")
        for column in source.columns:
            if column.name == time.column and column.type and column.type not in _EVENT_TIME_TYPES:
                allowed, remedy = " or ".join(_EVENT_TIME_TYPES), "change the type, or compute the column"
                yield Mistake(where, f"{key}.event_time.column", f"{column.name} {column.type}", allowed, remedy)


def _sink(sink: "Sink", where: str, key: str) -> Iterator[Mistake]:
    names = [column.name for column in sink.columns]
    yield from _repeated(names, where, f"{key}.columns", "name")
    yield from _unknown(sink.primary_key, names, where, f"{key}.primary_key")
    yield from _repeated(sink.primary_key, where, f"{key}.primary_key", "")
    if sink.mode.value == "upsert" and not sink.primary_key:
        found = "no primary key while mode is upsert"
        yield Mistake(where, f"{key}.primary_key", found, ", ".join(names), "name the columns that identify a row")
    if sink.mode.value == "append" and sink.primary_key:
        found = f"{', '.join(sink.primary_key)} while mode is append"
        yield Mistake(where, f"{key}.primary_key", found, "nothing", "remove the key, or write `mode: upsert`")
    for index, column in enumerate(sink.columns):
        if column.type.startswith("TIMESTAMP") and not column.type.endswith(_ICEBERG_FRACTION):
            allowed = column.type.split("(")[0] + _ICEBERG_FRACTION
            yield Mistake(where, f"{key}.columns[{index}].type", column.type, allowed, "Iceberg keeps microseconds")
        if column.name in sink.primary_key and column.type in ("FLOAT", "DOUBLE"):
            found = f"{column.type} in the primary key"
            yield Mistake(where, f"{key}.columns[{index}].type", found, "an exact type", "use DECIMAL or BIGINT")


def _captures(spec: "ApplicationSpec", where: str) -> Iterator[Mistake]:
    captured = {capture.topic: capture for capture in spec.capture}
    read = {source.topic.name: source for source in spec.sources}
    for index, source in enumerate(spec.sources):
        topic, key = source.topic.name, f"sources[{index}]"
        if topic in captured and source.format.value != "debezium-json":
            remedy = "correct the format, or read another topic"
            yield Mistake(where, f"{key}.format", f"{source.format} for the captured {topic}", "debezium-json", remedy)
        if source.format.value == "debezium-json" and topic not in captured:
            allowed = ", ".join(captured) or "cdc.<schema>.<table> of a captured table"
            remedy = f"add the table of {topic} to capture, or correct the name of the topic"
            yield Mistake(where, f"{key}.topic.name", f"{topic}, which nothing captures", allowed, remedy)
    for index, capture in enumerate(spec.capture):
        source = read.get(capture.topic)
        if source is None:
            found = f"{capture.table}, which no source reads"
            yield Mistake(where, f"capture[{index}].table", found, "", f"add a source with the topic {capture.topic}")
        elif sorted(source.primary_key) != sorted(capture.key):
            found = (
                f"{', '.join(capture.key)}, but the source {source.name} has {', '.join(source.primary_key) or 'none'}"
            )
            yield Mistake(where, f"capture[{index}].key", found, "the same key in both", "correct one of them")


def _sql(spec: "ApplicationSpec", transformation: Transformation, where: str, sql: str) -> Iterator[Mistake]:
    sinks = [sink.name for sink in spec.sinks]
    sources = [source.name for source in spec.sources]
    fed = [insert.sink for insert in transformation.inserts]
    for insert in transformation.inserts:
        if insert.sink not in sinks:
            remedy = f"declare {insert.sink} under sinks of {where}, or correct the name"
            yield Mistake(sql, f"line {insert.line}", f"INSERT INTO {insert.sink}", ", ".join(sinks), remedy)
    for index, name in enumerate(sinks):
        if name not in fed:
            remedy = f"write INSERT INTO {name} in {sql}, or remove the sink"
            yield Mistake(where, f"sinks[{index}].name", f"{name}, which no INSERT feeds", ", ".join(fed), remedy)
        elif fed.count(name) > 1:
            remedy = "make one INSERT with UNION ALL of them"
            yield Mistake(sql, "", f"{fed.count(name)} INSERTs into {name}", "one for each sink", remedy)
    taken = dict.fromkeys(sources, "source")
    for index, name in enumerate(sinks):
        if name in taken:
            remedy = "rename one of them; the SQL knows tables by name only"
            yield Mistake(where, f"sinks[{index}].name", f"{name}, which is a source too", "", remedy)
        taken[name] = "sink"
    for view in transformation.views:
        if view.name in taken:
            found = f"the view {view.name}, which is a {taken[view.name]} too"
            yield Mistake(sql, f"line {view.line}", found, "a name of its own", "rename the view")
        taken[view.name] = "view"
    named = frozenset().union(*(statement.words for statement in (*transformation.views, *transformation.inserts)))
    for index, name in enumerate(sources):
        if name not in named:
            remedy = "use it, or remove the source"
            yield Mistake(where, f"sources[{index}].name", f"{name}, which the SQL does not read", "", remedy)

"""What keeps an application from running on Confluent Cloud, and from going on where it stopped."""

import re
from collections.abc import Iterator
from pathlib import Path

from components.application import Application, Format, Mode, Source
from components.errors import Mistake
from components.flink.confluent_sql import (
    MAPPED_OPTIONS,
    ConfluentCatalog,
    Start,
    as_text,
    job_statement,
)

# https://docs.confluent.io/cloud/current/flink/reference/statements/create-table.html#metadata-columns
METADATA = (
    *("headers", "leader-epoch", "offset", "partition", "raw-key", "raw-value", "timestamp", "timestamp-type", "topic"),
)
# Options that change speed, cost or recovery but no result. Confluent decides on them itself.
LEFT_OUT = (
    *("table.exec.mini-batch.", "table.optimizer.", "table.exec.iceberg.", "table.exec.async-", "flink-maintenance."),
    *("execution.checkpointing.", "state.", "taskmanager.", "jobmanager.", "restart-strategy.", "metrics.", "cluster."),
)
# https://docs.confluent.io/cloud/current/flink/concepts/timely-stream-processing.html: no processing time.
_PROCESSING_TIME = re.compile(r"\bPROCTIME\s*\(", re.IGNORECASE)
_OLD_WINDOWS = re.compile(r"\b(?:TUMBLE|HOP|SESSION)_(?:START|END|ROWTIME|PROCTIME)\s*\(", re.IGNORECASE)
# sql.v1.StatementSpec of Confluent's API.
STATEMENT_LIMIT = 131_072
# What needs state, or an order between rows:
# https://docs.confluent.io/cloud/current/flink/operate-and-deploy/carry-over-offsets.html
_STATE = (
    "GROUP",
    "OVER",
    "MATCH_RECOGNIZE",
    "JOIN",
    "DISTINCT",
    "TUMBLE",
    "HOP",
    "CUMULATE",
    "SESSION",
    "LAG",
    "LIMIT",
)
_STATE += ("INTERSECT", "EXCEPT")
_LONGEST = ConfluentCatalog("c" * 64, "d" * 64)


def mistakes_for_confluent(application: Application) -> list[Mistake]:
    """Everything in the spec and the SQL that Confluent Cloud would refuse, or silently do otherwise."""
    found = [*_options(application), *_idle(application)]
    for index, source in enumerate(application.spec.sources):
        found += _source(source, application.where, f"sources[{index}]")
    found += _sql(application)
    if not found:
        size = len(job_statement(application, _LONGEST).encode())
        if size > STATEMENT_LIMIT:
            remedy = "divide the application into two"
            allowed = f"{STATEMENT_LIMIT:,} bytes in one statement"
            found.append(Mistake(_sql_file(application), "", f"{size:,} bytes with its tables", allowed, remedy))
    return found


def state_of(application: Application) -> list[str]:
    """What of `application` is lost with its statement: what a new one cannot take over with the offsets alone."""
    found = [f"the sink {sink.name} is an upsert table" for sink in application.spec.sinks if sink.mode is Mode.UPSERT]
    found += [
        f"the source {source.name} brings updates"
        for source in application.spec.sources
        if source.format is Format.DEBEZIUM_JSON or source.topic.config.get("cleanup.policy", "").startswith("compact")
    ]
    for part in (*application.transformation.views, *application.transformation.inserts):
        words = {word.upper() for word in part.words}
        used = [word for word in _STATE if word in words]
        if "UNION" in words and "ALL" not in words:
            used.append("UNION")
        if used:
            found.append(f"{', '.join(used)} from line {part.line} of {application.spec.transformation.sql}")
    return found


def change_mistakes(
    application: Application, name: str, running: str | None, start: Start | None, stopped: bool = False
) -> list[Mistake]:
    """What is wrong about replacing the statement `running` by `name`, which are the same where nothing changed.

    Without a position a new statement reads the topics from their beginning. Into upsert tables it writes the same rows
    again; into append tables it writes them twice.
    """
    state = state_of(application)
    where, key = application.where, "start"
    if stopped and running is not None and running != name:
        remedy = "change it when `stopped` is removed: Confluent starts every new statement, stopped or not"
        return [Mistake(where, "stopped", f"{name} instead of the stopped {running}", "no change", remedy)]
    if start and (start.offsets or start.statement) and state:
        found = f"a position to go on from, for an application with state: {'; '.join(state)}"
        remedy = (
            "read again from the beginning (`start: {}`), into sinks with new names where they are append tables, and "
            "move the readers over when the new ones have caught up"
        )
        return [Mistake(where, key, found, "a position only where each row stands for itself", remedy)]
    topics = [source.topic.name for source in application.spec.sources]
    unknown = [topic for topic in (start.offsets if start else ()) if topic not in topics]
    if unknown:
        return [Mistake(where, f"{key}.offsets", ", ".join(unknown), ", ".join(topics), "correct the names of topics")]
    appended = [sink.name for sink in application.spec.sinks if sink.mode is Mode.APPEND]
    if running is None or running == name or start is not None or not appended:
        return []
    found = f"{name} instead of {running}, which would write the rows of {', '.join(appended)} a second time"
    if state:
        remedy = "give the sinks new names, or delete their topics, and say so with `start: {}`; "
        remedy += f"there is state, which no statement takes over: {'; '.join(state)}"
    else:
        remedy = (
            "1. with the SQL as it was, set `stopped: true` and run `pulumi up`; 2. write the output latest_offsets as "
            f"`start.offsets` (or `start.statement: {running}`), remove `stopped`, change the SQL, run `pulumi up`; "
            "3. write the output job as `running`"
        )
    return [Mistake(where, "running", found, "a change that says where to go on", remedy)]


def _sql_file(application: Application) -> str:
    return str(Path(application.where).with_name(application.spec.transformation.sql))


def _options(application: Application) -> Iterator[Mistake]:
    for option in application.spec.options:
        if option not in MAPPED_OPTIONS and not option.startswith(LEFT_OUT):
            allowed = ", ".join([*MAPPED_OPTIONS, *(f"{prefix}*, which is left out" for prefix in LEFT_OUT)])
            found = "an option of Flink that Confluent Cloud does not have"
            yield Mistake(application.where, f"options.{option}", found, allowed, "remove it, or run it on CMF")


def _idle(application: Application) -> Iterator[Mistake]:
    times = [source.event_time for source in application.spec.sources]
    timeouts = {time.idle_timeout_seconds for time in times if time}
    if len(timeouts) > 1:
        found = f"{', '.join(str(one) for one in sorted(timeouts, key=str))} in one application"
        remedy = "give all sources with an event time the same, or divide the application"
        yield Mistake(application.where, "sources.event_time.idle_timeout_seconds", found, "one for all", remedy)


def _source(source: Source, where: str, key: str) -> Iterator[Mistake]:
    time = source.event_time
    texts = {column.name for column in source.value_columns if as_text(column)}
    for index, column in enumerate(source.columns):
        at = f"{key}.columns[{index}]"
        kind = str(column.type)
        if column.expression and _PROCESSING_TIME.search(column.expression):
            remedy = (
                "remove the column. To drop copies in windows and patterns, take the rows that are on time and number "
                "them ORDER BY the event time; elsewhere number them ORDER BY the time of arrival into an upsert sink"
            )
            found = f"{column.name}: {column.expression}, while there is no processing time"
            yield Mistake(where, f"{at}.expression", found, "event time", remedy)
        if column.metadata and column.metadata not in METADATA:
            yield Mistake(where, f"{at}.metadata", column.metadata, ", ".join(METADATA), "take one of these")
        if column.in_value and kind == "BYTES":
            yield Mistake(where, f"{at}.type", kind, "STRING", "read the Base64 text; there is no type for it in JSON")
        if column.in_value and source.format is Format.DEBEZIUM_JSON and kind.startswith(("DATE", "TIMESTAMP(")):
            # Debezium writes both as numbers since 1970, unlike times with a zone.
            found = f"{kind} from a captured table"
            yield Mistake(
                where, f"{at}.type", found, "TIMESTAMP_LTZ", "make the column `timestamptz`, or read a BIGINT"
            )
        if time and column.name == time.column:
            if column.in_value:
                remedy = f"compute it: `expression: TO_TIMESTAMP_LTZ(<milliseconds>, 3)` instead of {kind}"
                yield Mistake(where, f"{key}.event_time.column", f"{column.name}, which JSON holds as text", "", remedy)
            elif column.expression and (used := texts & set(re.findall(r"\w+", column.expression))):
                found = f"{column.expression}, while JSON holds {', '.join(sorted(used))} as text"
                yield Mistake(where, f"{at}.expression", found, "a BIGINT of milliseconds", "compute it from a number")
    if time and source.format is Format.DEBEZIUM_JSON:
        found = f"an event time of {source.topic.name}, a topic of updates"
        yield Mistake(where, f"{key}.event_time", found, "format json", "windows take rows that are only added")


def _sql(application: Application) -> Iterator[Mistake]:
    path = _sql_file(application)
    for part in (*application.transformation.views, *application.transformation.inserts):
        if _PROCESSING_TIME.search(part.query):
            remedy = "use the event time, or the time of arrival (metadata: timestamp)"
            yield Mistake(path, f"line {part.line}", "PROCTIME()", "event time", remedy)
        if match := _OLD_WINDOWS.search(part.query):
            remedy = (
                "write FROM TABLE(TUMBLE(TABLE t, DESCRIPTOR(time), INTERVAL ...)) GROUP BY window_start, window_end"
            )
            yield Mistake(path, f"line {part.line}", f"{match[0]}...)", "windows as table functions", remedy)

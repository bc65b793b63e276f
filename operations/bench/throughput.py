"""Events per second through Kafka -> Flink -> Iceberg, against the same job without Iceberg and a plain consumer."""

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from statistics import median

from components.application import Application, load_application
from components.errors import problem
from components.platform import APPLICATIONS
from operations.bench.consumer import consume
from operations.bench.events import TOPIC, Sent
from operations.bench.figures import Spread
from operations.bench.jobs import bounded_statements, run_to_the_end, with_topic
from operations.bench.result import Result, Row
from operations.bench.stand import Stand
from operations.local import distribution

RUNS = 3
DATABASE = "bench"
AIM = 0.85
_OWN = Path(__file__).resolve().parent / "applications"

Say = Callable[[str], None]


def applications() -> dict[str, Application]:
    """What is measured: title -> application. Both read the bench's topic."""
    telematics = load_application(APPLICATIONS / "telematics")
    return {
        "telematics, four tables": with_topic(telematics, "events", TOPIC, "bench-telematics"),
        "plain append": load_application(_OWN / "bench-raw"),
    }


def measure(stand: Stand, sent: Sent, say: Say, runs: int = RUNS) -> Result:
    """Run consumer, Iceberg and blackhole in turns. Raises PlatformError where a table does not hold what was sent."""
    result = Result(
        "throughput",
        "Throughput",
        f"{sent.events:,} distinct vehicle events ({sent.records:,} records with copies and heartbeats, "
        f"{sent.size / sent.records:.0f} bytes each) lie in a topic of 4 partitions. Each job reads it from the start "
        "to the end at its declared parallelism of 1, with a checkpoint every 5 s, and is timed by Flink's clock from "
        "its first running source to its end, behind the checkpoint that commits the last rows; start-up of the source "
        "is part of it. The platform's own jobs run beside it without input. Consumer, Iceberg and blackhole take "
        f"turns, {runs} times after one run of each that does not count; after each run into Iceberg the rows are "
        "counted. Events per second are distinct events.",
        data={"events": sent.events, "records": sent.records, "bytes": sent.size, "runs": runs},
    )
    dist = distribution.ensure(stand.layout)
    consumed: list[float] = []
    ratios: dict[str, float] = {}
    try:
        for title, application in applications().items():
            seconds = _in_turns(
                stand, dist, application, sent, consumed, runs, lambda what, t=title: say(f"{t}: {what}")
            )
            rates = {sink: Spread.of([sent.events / one for one in taken]) for sink, taken in seconds.items()}
            pairs = [b / i for i, b in zip(seconds["iceberg"], seconds["blackhole"], strict=True)]
            ratios[title] = median(pairs)
            result.rows += [
                Row(f"{title}: into Iceberg", rates["iceberg"].text(0, "events/s")),
                Row(f"{title}: blackhole", rates["blackhole"].text(0, "events/s")),
                Row(f"{title}: Iceberg / blackhole", Spread.of(pairs).text(2), f"aim: {AIM} or more"),
            ]
            result.data[application.name] = {
                "seconds": seconds,
                "events_per_second": {sink: asdict(rate) for sink, rate in rates.items()},
                "iceberg_to_blackhole": asdict(Spread.of(pairs)),
            }
    finally:
        stand.drop_database(DATABASE)
    reader = Spread.of([sent.events / one for one in consumed])
    result.data["consumer_events_per_second"] = asdict(reader)
    result.rows.append(Row("kafka-consumer-perf-test, read_committed", reader.text(0, "events/s")))
    for application in applications().values():
        rate = result.data[application.name]["events_per_second"]["iceberg"]["median"]
        share = rate / reader.median
        result.data[application.name]["iceberg_to_consumer"] = share
        result.rows.append(Row(f"{application.name} into Iceberg / consumer", f"{share:.3f}"))
    return result


def once(stand: Stand, sent: Sent, say: Say) -> None:
    """Run each job into Iceberg one time, for those who want to see what it costs and not how long it takes."""
    try:
        for title, application in applications().items():
            say(title)
            run_job(stand, application, sent, blackhole=False)
    finally:
        stand.drop_database(DATABASE)


def _in_turns(
    stand: Stand,
    dist: distribution.Distribution,
    application: Application,
    sent: Sent,
    consumed: list[float],
    runs: int,
    say: Say,
) -> dict[str, list[float]]:
    """Seconds of each run, by sink. Adds those of the consumer to `consumed`."""
    servers = stand.ports.bootstrap_servers
    seconds: dict[str, list[float]] = {"iceberg": [], "blackhole": []}
    for number in range(runs + 1):
        say(f"consumer, run {number} of {runs}")
        reader = consume(dist, servers, TOPIC, sent.records).seconds
        for sink, taken in seconds.items():
            say(f"{sink}, run {number} of {runs}")
            run = run_job(stand, application, sent, blackhole=sink == "blackhole")
            # Run 0 lets Java compile what is run most, for all three alike.
            if number:
                taken.append(run)
        if number:
            consumed.append(reader)
    return seconds


def run_job(stand: Stand, application: Application, sent: Sent, blackhole: bool) -> float:
    """Seconds of one run. Raises PlatformError where the rows in Iceberg are not those that were sent."""
    stand.fresh_database(DATABASE)
    statements = bounded_statements(application, stand.ports.bootstrap_servers, stand.catalog(DATABASE), blackhole)
    run = run_to_the_end(stand.rest, stand.gateway, application.name, statements)
    if not blackhole:
        _check_rows(stand, application.name, sent)
    return run.seconds


def _check_rows(stand: Stand, name: str, sent: Sent) -> None:
    """No figure without a right result."""
    if name == "bench-raw":
        expected = {"SELECT COUNT(*) FROM raw_events": sent.records}
    else:
        expected = {
            "SELECT COUNT(*) FROM vehicle_events": sent.events,
            "SELECT COUNT(DISTINCT event_id) FROM vehicle_events": sent.events,
            "SELECT COUNT(*) FROM late_events": sent.late,
            "SELECT SUM(events) FROM vehicle_minute": sent.events - sent.late,
        }
    lake = stand.lake(DATABASE)
    for sql, wanted in expected.items():
        found = lake.query(sql)[1][0][0]
        if found != wanted:
            raise problem(f"bench job {name}", sql, found, str(wanted), "the figures of this run are worth nothing")

"""The jobs that are measured are the platform's own, with an end."""

import pytest

from components.errors import PlatformError
from components.flink.sql import IcebergCatalog
from operations.bench.consumer import parsed
from operations.bench.events import PARTITIONS, TOPIC
from operations.bench.jobs import bounded_statements
from operations.bench.throughput import applications

CATALOG = IcebergCatalog("bench", "s3://lake/warehouse", "eu-central-1")
# As printed by ConsumerPerformance of Kafka 4.1.
OUTPUT = """start.time, end.time, data.consumed.in.MB, MB.sec, data.consumed.in.nMsg, nMsg.sec, rebalance.time.ms, \
fetch.time.ms, fetch.MB.sec, fetch.nMsg.sec
2026-11-20 14:30:00:000, 2026-11-20 14:30:02:000, 20.0, 10.0, 1000, 500.0, 300, 1700, 11.7, 588.2
"""


@pytest.mark.parametrize("blackhole", [False, True])
@pytest.mark.parametrize("application", applications().values(), ids=lambda one: one.name)
def test_every_source_ends_and_only_the_sink_differs(application, blackhole):
    statements = bounded_statements(application, "127.0.0.1:1", CATALOG, blackhole)
    text = ";".join(statements)
    assert text.count("'scan.bounded.mode' = 'latest-offset'") == len(application.spec.sources)
    assert text.count("'connector' = 'blackhole'") == (len(application.spec.sinks) if blackhole else 0)
    assert text.count("'format-version'") == (0 if blackhole else len(application.spec.sinks))


@pytest.mark.parametrize("application", applications().values(), ids=lambda one: one.name)
def test_all_read_the_topic_of_the_bench(application):
    topic = next(source.topic for source in application.spec.sources if source.name == "events")
    assert topic.name == TOPIC
    assert topic.partitions == PARTITIONS
    assert application.name.startswith("bench-")


def test_the_consumer_counts_from_its_start():
    assert parsed(OUTPUT, "", 1000).seconds == pytest.approx(2.0)


@pytest.mark.parametrize(
    ("output", "found"), [(OUTPUT, "1000 of 1001"), ("", "no broker"), ("WARNING: x\n", "no broker")]
)
def test_a_consumer_that_read_too_little_gives_no_figure(output, found):
    with pytest.raises(PlatformError) as error:
        parsed(output, "no broker", 1001)
    assert found in error.value.mistakes[0].found

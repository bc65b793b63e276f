"""Kafka's own consumer performance tool, as a process of its own."""

import os
import re
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from components.errors import problem
from operations.local.distribution import Distribution
from operations.local.services import jvm

_TOOL = "org.apache.kafka.tools.ConsumerPerformance"
# One line of figures: start, end, MB, MB/s, records, records/s, rebalance ms, fetch ms, fetch MB/s, fetch records/s.
_LINE = re.compile(r"^\d{4}-\d\d-\d\d .*$", re.M)


@dataclass(frozen=True)
class Consumed:
    """records; seconds, from the start of the consumer to the last record, joining its group included"""

    records: int
    seconds: float


def consume(distribution: Distribution, bootstrap_servers: str, topic: str, records: int) -> Consumed:
    """Read `records` records of `topic`, committed ones only. Raises PlatformError where the tool fails."""
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder) / "consumer.properties"
        config.write_text("isolation.level=read_committed\nauto.offset.reset=earliest\n")
        quiet = Path(folder) / "log4j2.properties"
        quiet.write_text(jvm.log4j("ERROR"))
        classpath = ":".join(str(jar) for jar in distribution.kafka_jars)
        done = subprocess.run(
            [
                str(distribution.java),
                "-Xmx512m",
                f"-Dlog4j2.configurationFile={quiet}",
                "-cp",
                classpath,
                _TOOL,
                *("--bootstrap-server", bootstrap_servers, "--topic", topic, "--messages", str(records)),
                *("--consumer.config", str(config), "--timeout", "60000"),
            ],
            capture_output=True,
            text=True,
            env={key: os.environ[key] for key in ("PATH", "HOME", "LANG") if key in os.environ},
        )
    return parsed(done.stdout, done.stderr, records)


def parsed(output: str, errors: str, records: int) -> Consumed:
    """The tool's figures. Raises PlatformError where there are none, or where it read fewer records."""
    lines = _LINE.findall(output)
    fields = [field.strip() for field in lines[-1].split(",")] if lines else []
    if len(fields) < 10 or int(fields[4]) < records:
        found = f"{fields[4]} of {records} records" if len(fields) > 4 else (errors or output).strip()[-400:]
        raise problem("kafka-consumer-perf-test", "", found, f"{records} records", "see the broker's log")
    count, rate = int(fields[4]), float(fields[5])
    return Consumed(count, count / rate)

"""Java command lines."""

from collections.abc import Iterable
from pathlib import Path

from operations.local.services.inputs import Inputs

COMMON = (
    # Two cores and small heaps: the serial collector needs the least memory and no threads of its own.
    "-XX:+UseSerialGC",
    # The first compiler only. Until the first row every core is busy, and the second compiler would take its share of
    # that for code which it makes faster much later. The price is throughput where a job does little for each record.
    "-XX:TieredStopAtLevel=1",
    # With one compiler Java reserves 48 MiB for compiled code; a TaskManager, which gets new classes with each job, has
    # 40 after some minutes. Where it is full, Java compiles no more. This is the reservation for two: only what is
    # used takes memory.
    "-XX:ReservedCodeCacheSize=240m",
    # A JVM without memory ends and is started again, instead of going on half dead.
    "-XX:+ExitOnOutOfMemoryError",
    "-XX:-UsePerfData",
    # The default of 21 MiB makes a full collection each time that this much of classes is outgrown during the start.
    "-XX:MetaspaceSize=96m",
    "-Djava.net.preferIPv4Stack=true",
    "-Dlog4j2.disableJmx=true",
)

ENVIRONMENT = {
    # glibc gives each thread an arena that is rarely given back; two are enough and save 50-100 MiB for each JVM.
    "MALLOC_ARENA_MAX": "2",
}


def command(inputs: Inputs, name: str, options: Iterable[str], jars: Iterable[Path], main: str, *arguments: str):
    """A Java command whose options and class path stand in a file, so that the command stays readable.

    Returns (command, files): what `Service.command` and `Service.files` take.
    """
    file = inputs.layout.conf / name / "jvm.options"
    class_path = ":".join(str(jar) for jar in jars)
    temporary = inputs.layout.data / "tmp"
    lines = [*COMMON, f"-Djava.io.tmpdir={temporary}", *options, "-cp", class_path, main]
    text = "".join(f"{_quoted(line)}\n" for line in lines)
    return (str(inputs.distribution.java), f"@{file}", *arguments), {file: text}


def _quoted(argument: str) -> str:
    """An argument as java's @-files take it."""
    return '"' + argument.replace("\\", "\\\\").replace('"', '\\"') + '"'


def log4j(level: str, quiet: Iterable[str] = ()) -> str:
    """A Log4j 2 configuration that writes to standard output, which the supervisor writes to the log file.

    quiet: loggers that only warn
    """
    lines = [
        "monitorInterval = 0",
        f"rootLogger.level = {level}",
        "rootLogger.appenderRef.console.ref = console",
        "appender.console.name = console",
        "appender.console.type = CONSOLE",
        "appender.console.layout.type = PatternLayout",
        "appender.console.layout.pattern = %d{yyyy-MM-dd HH:mm:ss,SSS} %-5p %c{1.} %m%n",
    ]
    for index, logger in enumerate(quiet):
        lines += [f"logger.quiet{index}.name = {logger}", f"logger.quiet{index}.level = WARN"]
    return "\n".join(lines) + "\n"

"""ZooKeeper: the memory of who leads and which jobs run, for the recovery of the JobManager."""

from operations.local.ports import HOST
from operations.local.services import jvm
from operations.local.services.checks import ZooKeeperOk
from operations.local.services.inputs import Inputs
from operations.local.services.model import Service


def service(inputs: Inputs) -> Service:
    """A single server, from the classes inside flink-dist: no download of its own. It shares Flink's class archive."""
    conf = inputs.layout.conf / "zookeeper"
    properties = {
        "dataDir": inputs.layout.data / "zookeeper",
        "clientPort": inputs.ports.zookeeper,
        "clientPortAddress": HOST,
        # The shortest session a client may ask for is two ticks.
        "tickTime": 1000,
        "initLimit": 10,
        "syncLimit": 5,
        "admin.enableServer": "false",
        "4lw.commands.whitelist": "ruok,srvr",
        "maxClientCnxns": 60,
        "autopurge.snapRetainCount": 3,
        "autopurge.purgeInterval": 1,
        # Transaction logs are allocated in steps of this many KiB; the default is 64 MiB for a few kilobytes.
        "preAllocSize": 1024,
    }
    dist = inputs.distribution
    command, files = jvm.command(
        inputs,
        "zookeeper",
        (
            "-Xms32m",
            "-Xmx32m",
            f"-Dlog4j.configurationFile={conf / 'log4j2.properties'}",
            *dist.archive_option("zookeeper"),
        ),
        dist.flink_jars,
        "org.apache.flink.runtime.zookeeper.FlinkZooKeeperQuorumPeer",
        "--zkConfigFile",
        str(conf / "zoo.cfg"),
        "--peerId",
        "1",
    )
    files[conf / "zoo.cfg"] = "".join(f"{key}={value}\n" for key, value in properties.items())
    files[conf / "log4j2.properties"] = jvm.log4j("INFO")
    return Service(
        name="zookeeper",
        command=command,
        environment=jvm.ENVIRONMENT,
        files=files,
        directory=inputs.layout.run,
        ready=ZooKeeperOk(inputs.ports.zookeeper),
        waits_for=f"imok from {HOST}:{inputs.ports.zookeeper}",
        patience=3,
    )

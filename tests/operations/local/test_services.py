from dataclasses import fields, replace
from pathlib import Path

import pytest
import yaml

from components.settings import Settings, parse
from operations.local import credentials, services
from operations.local.distribution import Distribution
from operations.local.graph import levels
from operations.local.layout import Layout
from operations.local.ports import DEFAULTS, Ports
from operations.local.prepared import Prepared
from operations.local.services import flink, generators, kafka, postgres
from operations.local.services.inputs import Inputs
from operations.local.services.model import Service


def settings(**local) -> Settings:
    return parse(
        {
            "environment": "local",
            "aws": {"account_id": "210987654321", "emulated": True, "region": "eu-west-1"},
            "kafka": {"flavour": "local"},
            "flink": {"flavour": "local", "task_slots": 6},
            "postgres": {"flavour": "local", "database": "policies"},
            "applications": ["claims"],
            "local": local,
        },
        "test",
    )


@pytest.fixture
def distribution(tmp_path) -> Distribution:
    """Folders with empty jars in them."""
    root = tmp_path / "with space" / "dist"
    for name in ("kafka/b.jar", "kafka/a.jar", "flink/lib/z.jar", "flink/lib/flink-dist-2.1.1.jar"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()
    made = Prepared(root / "prepared", ("unshare", "--"))
    return Distribution(
        root,
        Path("/usr/bin/java"),
        root / "flink",
        root / "kafka",
        root / "connect",
        root / "postgres",
        ("--add",),
        made,
    )


@pytest.fixture
def inputs(tmp_path, distribution) -> Inputs:
    return Inputs(settings(), Ports(**DEFAULTS), distribution, Layout(tmp_path / "home", tmp_path / "dist"))


def everything(inputs: Inputs) -> dict[str, Service]:
    arguments = (inputs.settings, inputs.ports, inputs.distribution, inputs.layout)
    return {s.name: s for s in (*services.platform(*arguments, bucket="lake"), *workloads(inputs))}


def workloads(
    inputs: Inputs, topics: tuple[str, ...] = ("telematics.events",), tables: tuple[str, ...] = ("public.policies",)
) -> list[Service]:
    return services.workloads(inputs.settings, inputs.ports, inputs.distribution, inputs.layout, topics, tables)


def text(service: Service, name: str) -> str:
    (found,) = (text for path, text in service.files.items() if path.name == name)
    return found


def properties(service: Service, name: str) -> dict[str, str]:
    return dict(line.split("=", 1) for line in text(service, name).splitlines())


def test_each_service_starts_after_what_it_needs(inputs):
    found = everything(inputs)
    place = {
        name: index
        for index, level in enumerate(levels({n: s.starts_after for n, s in found.items()}))
        for name in level
    }
    assert place["connect"] > place["kafka"]
    assert place["telemetry"] > place["kafka"]
    assert place["jobmanager"] > place["zookeeper"]
    assert place["taskmanager"] > place["aws"]
    assert place["claims-workload"] > place["postgres"]
    assert not found["aws"].restart
    assert all(service.restart for name, service in found.items() if name != "aws")


def test_the_same_inputs_give_the_same_fingerprints(inputs):
    assert {n: s.fingerprint for n, s in everything(inputs).items()} == {
        n: s.fingerprint for n, s in everything(inputs).items()
    }


@pytest.mark.parametrize(
    ("local", "changed"),
    [
        ({"memory": {"kafka_heap": 500}}, {"kafka"}),
        ({"memory": {"taskmanager_managed": 100}}, {"taskmanager"}),
        ({"memory": {"jobmanager_heap": 500}}, {"jobmanager"}),
        ({"memory": {"sql_gateway_heap": 500}}, {"sql-gateway"}),
        ({"telemetry": {"events_per_second": 9}}, {"telemetry"}),
        ({"claims": {"seed": 9}}, {"claims-workload"}),
    ],
)
def test_a_changed_setting_changes_only_the_service_it_is_for(local, changed, inputs):
    before, after = everything(inputs), everything(replace(inputs, settings=settings(**local)))
    assert {name for name in before if before[name].fingerprint != after[name].fingerprint} == changed


def test_every_port_is_used_and_on_the_loopback_interface_only(inputs):
    found = everything(inputs)
    words = {n: " ".join((*s.command, *s.files.values(), *s.environment.values())) for n, s in found.items()}
    for port in fields(Ports):
        assert str(getattr(inputs.ports, port.name)) in " ".join(words.values()), port.name
    assert "0.0.0.0" not in " ".join(words.values())
    assert "localhost" not in " ".join(words.values())


def test_no_password_stands_in_a_command_or_a_name_or_is_printed(inputs):
    login = credentials.of(inputs.layout)
    for service in everything(inputs).values():
        for password in (login.owner, login.cdc):
            assert password not in " ".join(service.command)
            assert password not in service.waits_for
            assert password not in repr(service)
    assert login.owner not in repr(login)
    assert everything(inputs)["connect"].environment["CDC_PASSWORD"] == login.cdc
    assert inputs.layout.secrets.stat().st_mode & 0o777 == 0o600
    assert credentials.of(inputs.layout) == login


def test_flink_recovers_from_the_bucket_and_the_taskmanager_keeps_its_name(inputs):
    found = everything(inputs)
    manager = yaml.safe_load(text(found["jobmanager"], "config.yaml"))
    worker = yaml.safe_load(text(found["taskmanager"], "config.yaml"))
    assert manager["high-availability.type"] == "zookeeper"
    assert manager["high-availability.storageDir"] == "s3://lake/flink/recovery"
    assert manager["execution.checkpointing.dir"].startswith("s3://lake/")
    assert worker["taskmanager.resource-id"] == "taskmanager"
    assert worker["taskmanager.numberOfTaskSlots"] == 6
    gateway = yaml.safe_load(text(found["sql-gateway"], "config.yaml"))
    # With its own rest.bind-port it would listen where the JobManager wants to.
    assert not {"rest.bind-port", "high-availability.type"} & set(gateway)


def test_the_parts_of_the_taskmanagers_memory_add_up(inputs):
    worker = yaml.safe_load(text(everything(inputs)["taskmanager"], "config.yaml"))
    sizes = {
        key: int(str(value).removesuffix("m")) for key, value in worker.items() if key.startswith("taskmanager.memory")
    }
    heap = sizes["taskmanager.memory.framework.heap.size"] + sizes["taskmanager.memory.task.heap.size"]
    options = text(everything(inputs)["taskmanager"], "jvm.options").splitlines()
    assert f'"-Xmx{heap}m"' in options
    assert heap == 640
    direct = sum(
        sizes[f"taskmanager.memory.{p}"] for p in ("framework.off-heap.size", "task.off-heap.size", "network.max")
    )
    assert f'"-XX:MaxDirectMemorySize={direct}m"' in options


def test_no_java_service_compiles_twice(inputs):
    """The second compiler takes the processor while everything starts, and the first row comes seconds later."""
    java = [one for one in everything(inputs).values() if any(path.name == "jvm.options" for path in one.files)]
    assert {one.name for one in java} >= {"kafka", "connect", "jobmanager", "taskmanager", "sql-gateway", "zookeeper"}
    for one in java:
        assert text(one, "jvm.options").splitlines().count('"-XX:TieredStopAtLevel=1"') == 1


def test_java_options_survive_spaces_in_paths(inputs):
    lines = text(everything(inputs)["kafka"], "jvm.options").splitlines()
    assert all(line.startswith('"') and line.endswith('"') for line in lines)
    jars = lines[lines.index('"-cp"') + 1].strip('"').split(":")
    assert jars == [str(inputs.distribution.kafka / "a.jar"), str(inputs.distribution.kafka / "b.jar")]


def test_the_emulator_has_the_account_and_region_of_the_settings_and_nobody_sees_a_real_login(inputs):
    found = everything(inputs)
    assert found["aws"].environment["MOTO_ACCOUNT_ID"] == "210987654321"
    for name in ("aws", "jobmanager", "taskmanager", "sql-gateway"):
        environment = found[name].environment
        assert environment["AWS_REGION"] == "eu-west-1"
        assert environment["AWS_ENDPOINT_URL"] == "http://127.0.0.1:25000"
        assert environment["AWS_EC2_METADATA_DISABLED"] == "true"
        assert environment["AWS_CONFIG_FILE"] == environment["AWS_SHARED_CREDENTIALS_FILE"] == "/dev/null"


def test_connect_commits_exactly_once_and_reads_the_password_from_its_environment(inputs):
    worker = properties(everything(inputs)["connect"], "connect.properties")
    assert worker["exactly.once.source.support"] == "enabled"
    assert worker["config.providers.env.class"].endswith("EnvVarConfigProvider")
    broker = properties(everything(inputs)["kafka"], "server.properties")
    # What the broker takes as shortest session of a group member.
    assert int(worker["session.timeout.ms"]) >= 6000
    assert broker["transaction.state.log.min.isr"] == "1"
    assert broker["auto.create.topics.enable"] == "false"


def test_postgres_is_run_by_somebody_who_is_not_root_and_takes_only_passwords(inputs):
    server = everything(inputs)["postgres"]
    assert server.command[:2] == ("unshare", "--")
    assert server.stop_signal == "INT"
    rules = [line.split() for line in text(server, "pg_hba.conf").splitlines()]
    assert {rule[-1] for rule in rules} == {"scram-sha-256"}
    assert {rule[2] for rule in rules} == {credentials.OWNER, credentials.CDC}
    assert {rule[3] for rule in rules} == {"127.0.0.1/32"}
    assert "wal_level = 'logical'" in text(server, "postgresql.conf")
    assert "fsync" not in text(server, "postgresql.conf")
    assert f"dbname=policies user={credentials.OWNER} " in postgres.dsn(inputs)
    assert f"user={credentials.CDC} " in postgres.dsn(inputs, credentials.CDC)


def test_kafka_is_formatted_once(inputs):
    template = inputs.distribution.kafka_storage
    template.mkdir(parents=True)
    (template / "meta.properties").write_text("node.id=1")
    service = kafka.service(inputs)
    assert service.prepare is not None
    data = inputs.layout.data / "kafka"
    data.mkdir(parents=True)
    (data / "left by a copy that was killed").touch()
    service.prepare()
    assert [path.name for path in data.iterdir()] == ["meta.properties"]
    (data / "topic-0").mkdir()
    service.prepare()
    assert (data / "topic-0").is_dir()


def test_default_memory_leaves_room_in_four_gibibytes(inputs):
    memory = inputs.local.memory
    heaps = memory.kafka_heap + memory.connect_heap + memory.jobmanager_heap + memory.sql_gateway_heap
    worker = yaml.safe_load(text(everything(inputs)["taskmanager"], "config.yaml"))
    process = sum(
        int(str(value).removesuffix("m"))
        for key, value in worker.items()
        if key.startswith("taskmanager.memory") and not key.endswith(".min")
    )
    assert heaps + process < 2900


def test_the_bucket_is_in_no_service_that_does_not_need_it(inputs):
    with_bucket = [name for name, s in everything(inputs).items() if "s3://lake/" in " ".join(s.files.values())]
    assert with_bucket == ["jobmanager", "taskmanager", "sql-gateway"]
    assert flink.common(inputs, "other", "x")["execution.checkpointing.dir"] == "s3://other/flink/checkpoints"


@pytest.mark.parametrize(
    ("topics", "tables", "started"),
    [
        (("telematics.events", "cdc.public.policies"), ("public.policies",), ["telemetry", "claims-workload"]),
        (("cdc.public.policies", "cdc.public.claims"), ("public.policies", "public.claims"), ["claims-workload"]),
        (("telematics.events",), (), ["telemetry"]),
        (("orders",), ("public.orders",), []),
    ],
)
def test_a_generator_is_started_only_where_somebody_listens(topics, tables, started, inputs):
    assert [service.name for service in workloads(inputs, topics, tables)] == started


def test_rows_are_expected_of_generators_that_make_some(inputs):
    assert generators.feeding(inputs, workloads(inputs))
    assert generators.feeding(inputs, workloads(inputs, topics=()))
    assert not generators.feeding(inputs, [])
    # Policies only: a row of a table needs a claim.
    quiet = replace(inputs, settings=settings(claims={"changes_per_second": 0}))
    assert not generators.feeding(quiet, workloads(quiet, topics=()))
    assert generators.feeding(quiet, workloads(quiet))


def test_rocksdb_has_one_memory_for_all_slots(inputs):
    """Flink takes no notice of the memory for all slots while each slot's share is in use, which is its default."""
    found = everything(inputs)
    worker, gateway = (yaml.safe_load(text(found[name], "config.yaml")) for name in ("taskmanager", "sql-gateway"))
    # Whether a job takes from the slot's share is decided where it is planned.
    assert worker["state.backend.rocksdb.memory.managed"] is gateway["state.backend.rocksdb.memory.managed"] is False
    assert worker["state.backend.rocksdb.memory.fixed-per-tm"] == worker["taskmanager.memory.managed.size"] == "128m"

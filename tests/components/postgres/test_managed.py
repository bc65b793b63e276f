"""RDS and Aurora: nothing is public, in clear, or lost by mistake, and a slot without a reader is noticed."""

import json

import botocore.session
import pytest

from components.errors import PlatformError
from components.postgres.aurora import AuroraPostgres, AuroraPostgresArgs
from components.postgres.certificates import AUTHORITY, rds_root
from components.postgres.managed import EXTENDED_SUPPORT, parameters
from components.postgres.rds import RdsPostgres, RdsPostgresArgs
from tests.components.graph import before
from tests.components.kafka.access import PASSWORD, applied, network

SHARED = {
    "identifier": "p-test-postgres",
    "database": "insurance",
    "network": network(),
    "region": "eu-central-1",
    "account_id": "123456789012",
    "tags": {},
}


def rds(**changes) -> None:
    RdsPostgres("postgres", RdsPostgresArgs(**{**SHARED, **changes}))


def aurora(**changes) -> None:
    AuroraPostgres("postgres", AuroraPostgresArgs(**{**SHARED, **changes}))


def group_values(group: dict) -> dict[str, tuple[str, str]]:
    return {one["name"]: (one["value"], one["applyMethod"]) for one in group["inputs"]["parameters"]}


def test_a_server_is_private_encrypted_and_on_gp3(declared):
    instance = declared(rds)["Instance postgres"]["inputs"]
    assert instance["publiclyAccessible"] is False
    assert instance["storageEncrypted"] is True
    assert instance["storageType"] == "gp3"
    assert instance["kmsKeyId"].startswith("arn:aws:kms:")
    assert instance["caCertIdentifier"] == AUTHORITY
    assert instance["enabledCloudwatchLogsExports"] == ["postgresql", "upgrade"]
    assert instance["backupRetentionPeriod"] == 7
    assert instance["maxAllocatedStorage"] == 500


def test_logical_replication_is_in_the_group_that_counts(declared):
    on_rds = group_values(declared(rds)["ParameterGroup postgres"])
    found = declared(aurora)
    on_aurora = group_values(found["ClusterParameterGroup postgres"])
    for values in (on_rds, on_aurora):
        # Static: `immediate` is refused by the API.
        assert values["rds.logical_replication"] == ("1", "pending-reboot")
        assert values["rds.force_ssl"] == ("1", "immediate")
    assert "ParameterGroup postgres" not in found
    # MiB: half of the 50 GiB disk. Aurora has no such limit.
    assert on_rds["max_slot_wal_keep_size"][0] == "25600"
    assert "max_slot_wal_keep_size" not in on_aurora
    assert "rds.logical_replication" not in parameters(False, 1)


def test_only_workloads_of_the_platform_get_a_connection(declared):
    found = declared(rds)
    rules = [resource["inputs"] for key, resource in found.items() if key.startswith("SecurityGroup") and "Rule" in key]
    assert len(rules) == 1
    assert rules[0]["referencedSecurityGroupId"] == "sg-workloads"
    assert (rules[0]["fromPort"], rules[0]["toPort"], rules[0]["ipProtocol"]) == (5432, 5432, "tcp")
    assert "cidrIpv4" not in rules[0]
    assert "ingress" not in found["SecurityGroup postgres"]["inputs"]
    subnets = found["SubnetGroup postgres"]["inputs"]["subnetIds"]
    assert subnets == ["subnet-isolated-a", "subnet-isolated-b", "subnet-isolated-c"]


@pytest.mark.parametrize(("program", "server"), [(rds, "Instance postgres"), (aurora, "Cluster postgres")])
def test_production_survives_a_mistaken_destroy_and_a_test_stack_is_gone_at_once(declared, program, server: str):
    kept = declared(lambda: program(protect=True))
    assert kept[server]["protect"] is True
    assert kept["Key postgres"]["protect"] is True
    assert kept["Secret postgres"]["protect"] is True
    inputs = kept[server]["inputs"]
    assert inputs["deletionProtection"] is True
    assert inputs["skipFinalSnapshot"] is False
    assert "finalSnapshotIdentifier" in inputs
    assert inputs["applyImmediately"] is False
    # A snapshot's name is used up: two lives of one stack need two names.
    assert "RandomId postgres-snapshot" in kept
    gone = declared(lambda: program(protect=False))
    assert "protect" not in gone[server]
    inputs = gone[server]["inputs"]
    assert (inputs["deletionProtection"], inputs["skipFinalSnapshot"]) == (False, True)
    assert "finalSnapshotIdentifier" not in inputs
    assert gone["Secret postgres"]["inputs"]["recoveryWindowInDays"] == 0


def test_the_minor_version_is_left_to_aws(declared):
    instance = declared(rds)["Instance postgres"]
    assert instance["inputs"]["engineVersion"] == "17"
    assert instance["inputs"]["autoMinorVersionUpgrade"] is True
    # A wanted upgrade must not be ignored with it.
    assert "ignoreChanges" not in instance
    assert declared(lambda: rds(major_version="16"))["ParameterGroup postgres"]["inputs"]["family"] == "postgres16"


def test_extended_support_is_refused_in_the_words_of_the_api(declared):
    model = botocore.session.get_session().get_service_model("rds")
    for operation in ("CreateDBInstance", "CreateDBCluster"):
        shape = model.operation_model(operation).input_shape
        assert shape is not None
        assert EXTENDED_SUPPORT in shape.members["EngineLifecycleSupport"].documentation  # pyright: ignore
    assert declared(aurora)["Cluster postgres"]["inputs"]["engineLifecycleSupport"] == EXTENDED_SUPPORT


@pytest.mark.parametrize(
    ("program", "server"), [(rds, "Instance postgres"), (aurora, "Cluster postgres")], ids=["rds", "aurora"]
)
def test_log_groups_are_there_before_rds_makes_them_itself(declared, program, server: str):
    found = declared(program)
    groups = {key for key in found if key.startswith("LogGroup ")}
    assert groups
    assert groups <= before(found, server)
    assert all(found[key]["inputs"]["retentionInDays"] == 30 and "kmsKeyId" in found[key]["inputs"] for key in groups)
    key_policy = json.loads(found["Key postgres"]["inputs"]["policy"])
    assert {"Service": "logs.eu-central-1.amazonaws.com"} in [one["Principal"] for one in key_policy["Statement"]]


def test_a_slot_without_a_reader_raises_an_alarm(declared):
    found = declared(lambda: rds(alarm_actions=["arn:aws:sns:eu-central-1:123456789012:people"]))
    alarms = {key.split()[1]: one["inputs"] for key, one in found.items() if key.startswith("MetricAlarm ")}
    assert {one["metricName"] for one in alarms.values()} == {
        "OldestReplicationSlotLag",
        "TransactionLogsDiskUsage",
        "FreeStorageSpace",
    }
    lag = alarms["postgres-slot-lag"]
    # Half of what a slot may hold back, in bytes: there is time left when it calls.
    assert lag["threshold"] == 12.5 * 1024**3
    assert lag["alarmActions"] == ["arn:aws:sns:eu-central-1:123456789012:people"]
    assert declared(lambda: rds(logical_replication=False)).keys() & {"MetricAlarm postgres-slot-lag"} == set()
    writer = declared(aurora)["MetricAlarm postgres-slot-lag"]["inputs"]["dimensions"]
    assert writer["Role"] == "WRITER"


def test_the_password_is_nowhere_in_clear_and_in_one_secret(declared):
    found = declared(rds)
    assert found["Instance postgres"]["inputs"]["password"] != PASSWORD
    assert PASSWORD not in json.dumps(found)
    sent = applied(rds)
    login = json.loads(sent["SecretVersion postgres"]["secretString"])
    assert (login["username"], login["password"], login["port"]) == ("platform", PASSWORD, 5432)
    assert sent["Instance postgres"]["password"] == PASSWORD
    # In a Plan it is marked as a secret.
    assert "4dabf18193072939515e22adb298388d" in found["SecretVersion postgres"]["inputs"]["secretString"]


def test_the_secrets_name_cannot_be_taken_for_an_arn(declared):
    name = declared(rds)["Secret postgres"]["inputs"]["name"]
    # Secrets Manager adds a hyphen and six characters to ARNs; a name that ends so is found by half an ARN.
    assert name == "p-test-postgres/login"


def test_aurora_instances_can_take_over(declared):
    found = declared(lambda: aurora(instances=2, min_acu=1, max_acu=4))
    scaling = found["Cluster postgres"]["inputs"]["serverlessv2ScalingConfiguration"]
    assert (scaling["minCapacity"], scaling["maxCapacity"]) == (1, 4)
    for number in (0, 1):
        instance = found[f"ClusterInstance postgres-{number}"]["inputs"]
        assert instance["instanceClass"] == "db.serverless"
        assert instance["publiclyAccessible"] is False
        assert instance["promotionTier"] == number


def test_certificates_of_known_regions_and_a_way_out_for_others():
    from cryptography import x509

    found = x509.load_pem_x509_certificate(rds_root("eu-central-1").encode())
    assert "Amazon RDS eu-central-1 Root CA RSA2048 G1" in found.subject.rfc4514_string()
    assert found.not_valid_after_utc.year > 2050
    with pytest.raises(PlatformError, match="mx-central-1-bundle"):
        rds_root("mx-central-1")

"""What a stack file may say about Kafka."""

from typing import Any, get_args

import pulumi
import pytest

from components.errors import PlatformError
from components.kafka.contract import Login, Workload
from components.kafka.existing import ExistingKafka, ExistingKafkaArgs
from components.settings import Model
from components.settings.kafka import KafkaSettings, MskExpress, MskStandard
from components.validation import validate

PEM = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"


class File(Model):
    kafka: KafkaSettings


def kafka(**keys: Any) -> Any:
    return validate(File, {"kafka": keys}, "stacks/Pulumi.x.yaml").kafka


@pytest.mark.parametrize(
    ("keys", "found", "remedy"),
    [
        ({"flavour": "msk_standard", "authentication": ["scram"]}, "no iam", "add iam"),
        ({"flavour": "msk_standard", "authentication": ["iam"]}, "schema_registry", "schema_registry: null"),
        ({"flavour": "msk_standard", "authentication": ["iam", "iam", "scram"]}, "twice", "keep one"),
        ({"flavour": "msk_standard", "authentication": ["iam", "scram", "mtls"]}, "certificate", "Private CA"),
        ({"flavour": "msk_standard", "configuration": {"log.dirs": "x"}}, "log.dirs", "remove log.dirs"),
        (
            {"flavour": "msk_express", "configuration": {"num.io.threads": "8", "log.segment.bytes": "1"}},
            "num.io.threads is not for express brokers",
            "remove num.io.threads, log.segment.bytes",
        ),
        (
            {"flavour": "msk_standard", "configuration": {"allow.everyone.if.no.acl.found": "true"}},
            "keeps it false",
            "",
        ),
        ({"flavour": "msk_express", "broker_count": 4}, "broker_count is 4", "a multiple of 3"),
        ({"flavour": "msk_express", "kafka_version": "3.8.x", "broker_count": 33}, "ZooKeeper", "3.9.x.kraft"),
        ({"flavour": "msk_standard", "volume_throughput_mibs": 300}, "kafka.m7g.large", "m7g.2xlarge"),
        ({"flavour": "msk_standard", "log_days": 31}, "31 days", "write 30 or 60"),
        ({"flavour": "msk_standard", "volume_gib": 200, "volume_max_gib": 100}, "less than", "only grows"),
        ({"flavour": "msk_serverless", "authentication": ["iam", "scram"]}, "iam, scram", "msk_standard"),
        (
            {"flavour": "external", "bootstrap_servers": "a:1", "security_protocol": "SSL", "ca_certificate": "x"},
            "no PEM text",
            "-----BEGIN CERTIFICATE-----",
        ),
        (
            {
                "flavour": "external",
                "bootstrap_servers": "a:1",
                "security_protocol": "PLAINTEXT",
                "ca_certificate": PEM,
            },
            "PLAINTEXT",
            "SSL",
        ),
    ],
)
def test_what_cannot_be_is_told_with_the_way_out(keys: dict[str, Any], found: str, remedy: str):
    with pytest.raises(PlatformError) as refused:
        kafka(**keys)
    (mistake,) = refused.value.mistakes
    assert found in mistake.found
    assert remedy in mistake.remedy


@pytest.mark.parametrize("size", ["kafka.m5.3xlarge", "kafka.m7g.24xlarge", "kafka.t3.large", "express.m7g.large"])
def test_a_size_that_msk_does_not_have(size: str):
    with pytest.raises(PlatformError, match="instance_type"):
        kafka(flavour="msk_standard", instance_type=size)


def test_no_version_is_offered_that_iam_cannot_end_transactions_on():
    """WriteTxnMarkers over IAM came with 3.8. Nor a standard one with ZooKeeper: no way leads from there to KRaft."""
    for model in (MskStandard, MskExpress):
        for version in get_args(model.model_fields["kafka_version"].annotation):
            assert tuple(map(int, version.split(".")[:2])) >= (3, 8)
    assert all(v.endswith(".kraft") for v in get_args(MskStandard.model_fields["kafka_version"].annotation))


def test_defaults_make_a_whole_cluster():
    for flavour in ("msk_standard", "msk_express", "msk_serverless"):
        kafka(flavour=flavour)


def test_another_kafka_takes_no_workload_that_can_only_use_iam(declared):
    def program() -> None:
        existing = ExistingKafka("kafka", ExistingKafkaArgs("external", "a:1", "SSL", ca_certificate=PEM))
        assert existing.access.client_properties["ssl.truststore.type"] == "PEM"
        existing.grant(Workload("cdc", login=Login.IAM), pulumi.ResourceOptions())

    with pytest.raises(PlatformError, match="kafka_connect works with every Kafka"):
        declared(program)

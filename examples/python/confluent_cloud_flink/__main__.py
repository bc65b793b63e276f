"""A compute pool on Confluent Cloud, and an application in it."""

import sys
from pathlib import Path

import pulumi

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

import pulumi_confluentcloud as confluent

from components.flink.confluent_args import ConfluentCloudFlinkArgs, FlinkKey
from components.flink.confluent_cloud import ConfluentCloudFlink
from components.flink.confluent_spec import for_confluent
from components.kafka.contract import GrantedAccess, KafkaAccess
from components.platform.applications import load_applications
from examples.python.shared import PREFIX, REGION

ORGANIZATION = "crn://confluent.cloud/organization=11112222-3333-4444-5555-666677778888"
ENVIRONMENT = f"{ORGANIZATION}/environment=env-123abc"
config = pulumi.Config()
control = confluent.Provider(
    "control",
    cloud_api_key=config.require_secret("confluent_key"),
    cloud_api_secret=config.require_secret("confluent_secret"),
)
flink = ConfluentCloudFlink(
    "flink",
    ConfluentCloudFlinkArgs(
        name_prefix=PREFIX,
        region=REGION,
        environment_id="env-123abc",
        environment_name="orders",
        environment_crn=ENVIRONMENT,
        organization_id="11112222-3333-4444-5555-666677778888",
        organization_crn=ORGANIZATION,
        cluster_id="lkc-123abc",
        cluster_name="orders-kafka",
        cluster_crn=f"{ENVIRONMENT}/cloud-cluster=lkc-123abc",
        cluster_kind="standard",
        registry_crn=f"{ENVIRONMENT}/schema-registry=lsrc-123abc",
        rest_endpoint=f"https://flink.{REGION}.aws.confluent.cloud",
        key=FlinkKey(config.require_secret("flink_key"), config.require_secret("flink_secret"), "sa-123abc"),
        max_cfu=10,
    ),
    opts=pulumi.ResourceOptions(providers=[control]),
)
# Its topics exist on the cluster.
kafka = GrantedAccess(KafkaAccess("confluent_cloud", "pkc-123abc.us-east-1.aws.confluent.cloud:9092", "SASL_SSL"))
(application,) = load_applications(["claims"])
claims = flink.run(for_confluent(application), kafka)

pulumi.export("compute_pool", flink.compute_pool)
pulumi.export("statement", claims.job)

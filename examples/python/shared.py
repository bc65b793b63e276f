"""What the examples have in common: where they run, and what exists before them.

Change the values here to yours. Account and kubeconfig come from each program's own configuration:
`pulumi config set account_id <12 digits>`, `pulumi config set --secret kubeconfig < ~/.kube/config`.
"""

import pulumi
import pulumi_aws as aws

from components.cluster.existing import ExistingCluster, ExistingClusterArgs
from components.cluster.identity import AccessKeys
from components.kafka.contract import GrantedAccess
from components.kafka.existing import ExistingKafka, ExistingKafkaArgs
from components.network import NetworkAccess
from components.postgres import DatabaseLogin

REGION = "us-east-1"
PREFIX = "example"
TAGS = {"project": "example"}
NAMESPACE = "streaming"
"""A namespace that exists on the cluster."""


def account_id() -> str:
    return pulumi.Config().require("account_id")


def policy(name: str) -> str:
    """ARN of an IAM policy that exists."""
    return f"arn:aws:iam::{account_id()}:policy/{PREFIX}-{name}"


def key_arn() -> str:
    """ARN of a customer key that exists."""
    return f"arn:aws:kms:{REGION}:{account_id()}:key/11112222-3333-4444-5555-666677778888"


def on_aws() -> pulumi.ResourceOptions:
    """The options of every component here: one explicit AWS provider, held to the account; never the ambient one."""
    provider = aws.Provider("aws", region=REGION, allowed_account_ids=[account_id()])
    return pulumi.ResourceOptions(providers=[provider])


def network() -> NetworkAccess:
    """A VPC that exists: what `Network(...).access` or `ExistingNetwork(...).access` would give."""
    return NetworkAccess(
        vpc_id="vpc-0a1b2c3d4e5f60718",
        private_subnet_ids=["subnet-0a00000000000000a", "subnet-0a00000000000000b"],
        isolated_subnet_ids=["subnet-0b00000000000000a", "subnet-0b00000000000000b"],
        public_subnet_ids=["subnet-0c00000000000000a", "subnet-0c00000000000000b"],
        zone_count=2,
        workload_security_group_id="sg-0a1b2c3d4e5f60718",
    )


def cluster(opts: pulumi.ResourceOptions) -> ExistingCluster:
    """A Kubernetes cluster that exists, from the secret `kubeconfig`. `EksCluster` can stand wherever this does."""
    return ExistingCluster(
        "cluster",
        ExistingClusterArgs(
            kubeconfig=pulumi.Config().require_secret("kubeconfig"),
            context="example",
            identifier="example",
            aws_identity=AccessKeys("aws-credentials"),
            name_prefix=PREFIX,
            account_id=account_id(),
            tags=TAGS,
        ),
        opts=opts,
    )


def kafka(opts: pulumi.ResourceOptions) -> ExistingKafka:
    """A Kafka that exists, with a SCRAM login from the configuration's secrets."""
    config = pulumi.Config()
    return ExistingKafka(
        "kafka",
        ExistingKafkaArgs(
            flavour="external",
            bootstrap_servers="broker-1.example.com:9096,broker-2.example.com:9096",
            security_protocol="SASL_SSL",
            sasl_mechanism="SCRAM-SHA-512",
            username=config.require_secret("kafka_username"),
            password=config.require_secret("kafka_password"),
            schema_registry_url="https://registry.example.com",
        ),
        opts=opts,
    )


def granted(opts: pulumi.ResourceOptions) -> GrantedAccess:
    """That Kafka for one workload, whose rights its owner gives."""
    return GrantedAccess(kafka(opts).access)


def database(name: str) -> DatabaseLogin:
    """A PostgreSQL that exists. `RdsPostgres(...).login` would give the same."""
    return DatabaseLogin(
        host="postgres.example.com",
        port=5432,
        database=name,
        user=name,
        password=pulumi.Config().require_secret("postgres_password"),
    )

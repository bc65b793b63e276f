"""Every resource: tags, protection, names, providers, plain secrets."""

from typing import Any

from operations.plan.values import as_secret
from tests.policies.cases import UNKNOWN, Case, Given, Plant
from tests.policies.cases_load_balancer import having, without

VPC, BUCKET = "aws:ec2/vpc:Vpc", "aws:s3/bucket:Bucket"
PARAMETER, FUNCTION = "aws:ssm/parameter:Parameter", "aws:lambda/function:Function"
AWS, KUBERNETES = "pulumi:providers:aws", "pulumi:providers:kubernetes"

# As components/naming.py makes them for the stack of the cases.
TAGS = {
    "project": "streaming-platform",
    "stack": "case",
    "environment": "dev",
    "component": "network",
    "managed-by": "pulumi",
}
HELD = {"region": "eu-central-1", "allowedAccountIds": '["123456789012"]'}

# Put together here: a scanner of this repository should not find them.
ACCESS_KEY = "AKIA" + "QWERTYUIOPASDFGH"
PRIVATE_KEY = "-----BEGIN RSA " + "PRIVATE KEY-----\nMIIE..."
RANDOM = "tok3nQ9xZ7vB2mK4pW8sR1d"


def _providers(*given: Given) -> list[Given]:
    return [Given(VPC, "network", {}), *given]


CASES = [
    Case(
        "general-tags",
        type=VPC,
        good=[{"tags": TAGS}, {"tags": {**TAGS, "component": UNKNOWN, "Name": UNKNOWN}}],
        bad=[
            {},
            {"tags": {key: value for key, value in TAGS.items() if key != "component"}},
            {"tags": {**TAGS, "stack": "dev-msk"}},
            {"tags": {**TAGS, "project": "another"}},
        ],
        unknown={"tags": UNKNOWN},
    ),
    Case(
        "general-tags",
        type=VPC,
        config={"required": ["owner"]},
        good=[{"tags": {"owner": "ada"}}],
        bad=[{"tags": TAGS}],
    ),
    Case(
        "general-stateful-protected",
        type=BUCKET,
        production=True,
        good=[Given(BUCKET, "lake", protect=True), Given(VPC, "network")],
        bad=[
            {"bucket": "lake"},
            Given("aws:msk/cluster:Cluster", "kafka"),
            Given("confluentcloud:index/kafkaCluster:KafkaCluster", "kafka"),
            Given("eks:index:Cluster", "cluster"),
        ],
        no_unknown="protection is an option of the program",
    ),
    Case("general-stateful-protected", type=BUCKET, good=[{"bucket": "lake"}]),
    Case(
        "general-names",
        type=BUCKET,
        good=[
            {"bucket": "streaming-platform-case-lake-123456789012"},
            {},
            # As the engine names what has no name.
            Given("aws:msk/configuration:Configuration", "kafka", {"name": "kafka-f56a57c"}),
            Given("aws:kms/alias:Alias", "lake", {"name": "alias/streaming-platform-case-lake"}),
            Given("aws:lb/loadBalancer:LoadBalancer", "front", {"name": "case-cmf-alb-int"}),
        ],
        bad=[
            {"bucket": "lake"},
            {"bucket": "streaming-platform-showcase-lake"},
            Given("aws:iam/role:Role", "claims", {"name": "claims"}),
        ],
        unknown={"bucket": UNKNOWN},
    ),
    Case(
        "general-names",
        type=BUCKET,
        config={"shared": ["company-lake"]},
        good=[{"bucket": "company-lake"}],
        bad=[{"bucket": "company-lake-2"}],
    ),
    Case(
        "general-providers-explicit",
        good=[_providers(Given(AWS, "aws", HELD)), [Given("random:index/randomId:RandomId", "suffix")]],
        bad=[
            _providers(),
            # As the engine names it.
            _providers(Given(AWS, "default_7_51_1", HELD)),
            _providers(Given(AWS, "aws", HELD), Given(KUBERNETES, "default")),
        ],
        no_unknown="types and names are known before anything is made",
    ),
    Case(
        "general-provider-versions",
        good=[
            [Given(AWS, "aws", {"version": "7.51.1"}), Given(KUBERNETES, "cluster", {"version": "4.30.0-alpha.1"})],
            # Evaluated in process: no provider has a version.
            [Given(AWS, "aws", HELD)],
        ],
        bad=[
            [Given(AWS, "aws", {"version": ">=7.0.0"})],
            [Given(AWS, "aws", {"version": "7"})],
            [Given(AWS, "aws", {"version": "7.51.1"}), Given(KUBERNETES, "cluster", {})],
        ],
        unknown=[Given(AWS, "aws", {"version": UNKNOWN})],
    ),
    Case(
        "general-account-held",
        type=AWS,
        good=[HELD, {"region": "us-east-1", "endpoints": '[{"s3": "http://127.0.0.1:25000"}]'}],
        bad=[{"region": "us-east-1"}, {"region": "us-east-1", "allowedAccountIds": "[]"}],
        unknown={"region": "us-east-1", "allowedAccountIds": UNKNOWN},
    ),
    Case("general-regions", type=AWS, good=[HELD], bad=[{}], unknown={"region": UNKNOWN}),
    Case(
        "general-regions",
        type=AWS,
        config={"allowed": ["eu-central-1", "eu-west-1"]},
        good=[HELD],
        bad=[{**HELD, "region": "us-east-1"}],
    ),
    Case(
        "general-no-plain-secrets",
        type=PARAMETER,
        good=[
            {"value": "broker-1:9096"},
            {"value": as_secret(ACCESS_KEY)},
            {"settings": {"password": as_secret("correct horse"), "apiKey": UNKNOWN}},
            {"password": "${secretManager:cdc:password}"},
            {"text": "sasl.password=${env:KAFKA_PASSWORD}"},
            {"privateKey": {"secretName": "cmf-tls"}, "secret": "cmf-tls", "token": "/var/run/secrets/token"},
            {"password": "arn:aws:secretsmanager:eu-central-1:1:secret:login", "url": "https://example.com/a:b@c"},
            {"passwordLength": 32, "manageMasterUserPassword": True, "passwordPolicy": "strong"},
        ],
        bad=[
            {"value": f"key={ACCESS_KEY}"},
            {"data": {"tls.key": PRIVATE_KEY}},
            {"settings": [{"password": "correct horse"}]},
            {"environment": [{"name": "DB_PASSWORD", "value": "battery"}]},
            {"secretString": "battery"},
            {"token": RANDOM},
            {"text": 'username="ada" password="battery";'},
            {"url": "postgres://ada:battery@db:5432/claims"},
            Given(FUNCTION, "rotate", {"environment": {"variables": {"CLIENT_SECRET": "battery"}}}),
            Given("kubernetes:core/v1:Secret", "login", {"stringData": {"password": "battery"}}),
        ],
        no_unknown="what is not known yet comes from a provider and is no text of the program",
    ),
]


def _unprotected(record: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in record.items() if key != "protect"}


def _untagged(props: dict[str, Any]) -> dict[str, Any]:
    return {**props, "tags": {key: value for key, value in props["tags"].items() if key != "component"}}


LAKE = "*::lakehouse-bucket"

PLANTS = [
    Plant("general-tags", where=VPC, change=_untagged),
    Plant("general-tags", stack="local", where=BUCKET, change=without("tags")),
    Plant("general-stateful-protected", stack="prod-msk", where="aws:rds/instance:Instance", record=_unprotected),
    Plant("general-stateful-protected", stack="prod-msk", where="eks:index:Cluster", record=_unprotected),
    Plant("general-names", where="aws:lb/targetGroup:TargetGroup", change=having(name="cmf")),
    Plant("general-providers-explicit", where=AWS, remove=True),
    Plant("general-provider-versions", where=AWS, change=having(version=">=7")),
    Plant("general-account-held", where=AWS, change=without("allowedAccountIds")),
    Plant("general-regions", where=AWS, change=without("region")),
    Plant("general-no-plain-secrets", where="aws:ecr/repository:Repository", change=having(note=f"use {ACCESS_KEY}")),
    Plant("general-no-plain-secrets", stack="local", where=BUCKET, change=having(settings={"password": "battery"})),
]

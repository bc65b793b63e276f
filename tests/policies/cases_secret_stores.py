"""Cases of the policies about Secrets Manager and Parameter Store."""

from operations.plan.values import REDACTED
from tests.policies.cases import UNKNOWN, Case, Given, Plant
from tests.policies.changes import become, put

SECRET, ROTATION = "aws:secretsmanager/secret:Secret", "aws:secretsmanager/secretRotation:SecretRotation"
VERSION, PARAMETER = "aws:secretsmanager/secretVersion:SecretVersion", "aws:ssm/parameter:Parameter"
KUBERNETES = "kubernetes:core/v1:Secret"
KEY, KEY_ARN = "aws:kms/key:Key", "arn:aws:kms:eu-west-1:123456789012:key/1"
SECURE = {"type": "SecureString"}


def rotated(**rules: object) -> Given:
    return Given(ROTATION, "rotation", {"rotationRules": rules}, {"secretId": ["login"]})


LOGIN = Given(SECRET, "login", {"name": "prod/login"})
MUST = {"required": ["prod/"]}

CASES = [
    Case(
        "secrets-customer-key",
        type=SECRET,
        good=[
            {"kmsKeyId": KEY_ARN},
            [Given(KEY, "key"), Given(SECRET, "it", {"kmsKeyId": UNKNOWN}, {"kmsKeyId": ["key"]})],
        ],
        bad=[{}, {"kmsKeyId": "alias/aws/secretsmanager"}],
        unknown={"kmsKeyId": UNKNOWN},
    ),
    Case(
        "secrets-recovery-window",
        type=SECRET,
        production=True,
        good=[{}, {"recoveryWindowInDays": 7}, {"recoveryWindowInDays": 30}],
        bad=[{"recoveryWindowInDays": 0}],
        unknown={"recoveryWindowInDays": UNKNOWN},
    ),
    Case("secrets-recovery-window", type=SECRET, good=[{"recoveryWindowInDays": 0}]),
    Case(
        "secrets-rotation",
        good=[
            [LOGIN],
            [LOGIN, rotated(automaticallyAfterDays=30)],
            [LOGIN, rotated(scheduleExpression="rate(10 days)")],
        ],
        bad=[[LOGIN, rotated()], [LOGIN, rotated(automaticallyAfterDays=365)]],
        unknown=[LOGIN, rotated(automaticallyAfterDays=UNKNOWN)],
    ),
    Case(
        "secrets-rotation",
        config=MUST,
        good=[[LOGIN, rotated(automaticallyAfterDays=30)], [Given(SECRET, "other", {"name": "dev/login"})]],
        bad=[[LOGIN], [Given(SECRET, "other", {"namePrefix": "prod/"})]],
        unknown=[Given(SECRET, "other", {"name": UNKNOWN})],
    ),
    Case(
        "ssm-secure-credentials",
        type=PARAMETER,
        good=[
            {"name": "/kafka/sasl.mechanism", "type": "String", "value": "PLAIN"},
            {"name": "/kafka/basic.auth.credentials.source", "type": "String", "value": REDACTED},
            {"name": "/kafka/sasl.jaas.config", "type": "SecureString", "value": REDACTED},
        ],
        bad=[
            {"name": "/kafka/sasl.jaas.config", "type": "String", "value": REDACTED},
            {"name": "/database/password", "type": "String"},
            {"name": "/kafka/login", "type": "String", "value": 'ScramLoginModule required password="letmein";'},
            {"name": "/database/url", "type": "StringList", "value": "postgresql://otto:letmein@db/claims"},
        ],
        unknown={"name": "/kafka/login", "type": "String", "value": UNKNOWN},
    ),
    Case(
        "ssm-customer-key",
        type=PARAMETER,
        good=[
            {"type": "String"},
            {**SECURE, "keyId": KEY_ARN},
            [Given(KEY, "key"), Given(PARAMETER, "it", {**SECURE, "keyId": UNKNOWN}, {"keyId": ["key"]})],
        ],
        bad=[{**SECURE}, {**SECURE, "keyId": "alias/aws/ssm"}],
        unknown={**SECURE, "keyId": UNKNOWN},
    ),
    Case(
        "secrets-marked",
        type=KUBERNETES,
        good=[
            {"stringData": {"password": REDACTED}},
            {"data": REDACTED},
            Given(PARAMETER, props={**SECURE, "value": REDACTED}),
            Given(PARAMETER, props={"type": "String", "value": "PLAIN"}),
            Given(VERSION, props={"secretBinary": REDACTED}),
        ],
        bad=[
            {"stringData": {"user": REDACTED, "password": "letmein"}},
            {"data": {"password": "bGV0bWVpbg=="}},
            Given(PARAMETER, props={**SECURE, "value": "letmein"}),
            Given(VERSION, props={"secretBinary": "bGV0bWVpbg=="}),
        ],
        unknown={"data": {"password": UNKNOWN}},
    ),
]

PLANTS = [
    Plant("secrets-customer-key", where="*::client-secrets-kafka", change=put("kmsKeyId", to="")),
    Plant("secrets-recovery-window", "prod-msk", "*::client-secrets-kafka", put("recoveryWindowInDays", to=0)),
    Plant(
        "secrets-rotation",
        where="*::client-secrets-consumer-auto.offset.reset",
        record=become(ROTATION, {"secretId": "login", "rotationRules": {"automaticallyAfterDays": 365}}),
    ),
    Plant(
        "ssm-secure-credentials",
        where=PARAMETER,
        change=put("name", to="/confluent_cloud_resource/consumer_kafka_client/sasl.jaas.config"),
    ),
    Plant("ssm-customer-key", where=PARAMETER, change=put("type", to="SecureString")),
    Plant("secrets-marked", where=KUBERNETES, change=put("stringData", to={"user": "otto"})),
]

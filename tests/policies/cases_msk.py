"""Cases of the MSK policies."""

from collections.abc import Sequence

from tests.policies.cases import UNKNOWN, Case, Given, Plant
from tests.policies.changes import Change, become, drop, put

CLUSTER, CONFIGURATION = "aws:msk/cluster:Cluster", "aws:msk/configuration:Configuration"
SERVERLESS = "aws:msk/serverlessCluster:ServerlessCluster"
CONNECTOR, WORKERS = "aws:mskconnect/connector:Connector", "aws:mskconnect/workerConfiguration:WorkerConfiguration"
TARGET, SCALING = "aws:appautoscaling/target:Target", "aws:appautoscaling/policy:Policy"
SECRET = "aws:secretsmanager/secret:Secret"
USER = "aws:msk/singleScramSecretAssociation:SingleScramSecretAssociation"
KEY, KEY_ARN = "aws:kms/key:Key", "arn:aws:kms:eu-west-1:123456789012:key/1"
LOG_TO = {"cloudwatchLogs": {"enabled": True, "logGroup": "/brokers"}}
VOLUMES = {"scalableDimension": "kafka:broker-storage:VolumeSize"}


def transit(**props: object) -> dict[str, object]:
    return {"encryptionInfo": {"encryptionInTransit": props}}


def brokers(count: object, zones: int, zone: str = UNKNOWN) -> dict[str, object]:
    return {"numberOfBrokerNodes": count, "brokerNodeGroupInfo": {"clientSubnets": [zone] * zones}}


def kind(instance: object, **props: object) -> Given:
    return Given(CLUSTER, "brokers", {"brokerNodeGroupInfo": {"instanceType": instance}, **props})


def told(**settings: object) -> dict[str, object]:
    lines = (f"{key.replace('_', '.')}={value}" for key, value in settings.items())
    return {"serverProperties": "# brokers\n" + "\n".join(lines)}


def standard(text: dict[str, object], instance: object = "kafka.m7g.large") -> Sequence[Given]:
    """A configuration that brokers of a type take."""
    cluster = Given(
        CLUSTER,
        "brokers",
        {"brokerNodeGroupInfo": {"instanceType": instance}},
        refers={"configurationInfo": ["told"]},
    )
    return [Given(CONFIGURATION, "told", text), cluster]


def about(type_: str, named: str, **props: object) -> Given:
    return Given(type_, type_.rpartition(":")[2], {**VOLUMES, **props}, refers={"resourceId": [named]})


def user(secret: dict[str, object], refers: dict[str, list[str]] | None = None) -> Sequence[Given]:
    return [
        Given(KEY, "key"),
        Given("aws:kms/alias:Alias", "alias"),
        Given(SECRET, "secret", secret, refers=refers or {}),
        Given(USER, "user", {"secretArn": UNKNOWN}, refers={"secretArn": ["secret"]}),
    ]


COPIES = {"default_replication_factor": 3, "offsets_topic_replication_factor": 3, "min_insync_replicas": 2}
LOG = {"transaction_state_log_replication_factor": 3, "transaction_state_log_min_isr": 2}
EXPRESS = "express.m7g.large"
VOLUME = kind("kafka.m7g.large")

CASES = [
    Case(
        "msk-tls-to-clients",
        type=CLUSTER,
        good=[{}, transit(clientBroker="TLS")],
        bad=[transit(clientBroker="TLS_PLAINTEXT"), transit(clientBroker="PLAINTEXT")],
        unknown=transit(clientBroker=UNKNOWN),
    ),
    Case(
        "msk-tls-between-brokers",
        type=CLUSTER,
        good=[{}, transit(inCluster=True)],
        bad=[transit(inCluster=False)],
        unknown=transit(inCluster=UNKNOWN),
    ),
    Case(
        "msk-customer-key",
        type=CLUSTER,
        good=[
            {"encryptionInfo": {"encryptionAtRestKmsKeyArn": KEY_ARN}},
            [
                Given(KEY, "key"),
                Given(
                    CLUSTER,
                    "brokers",
                    {"encryptionInfo": {"encryptionAtRestKmsKeyArn": UNKNOWN}},
                    refers={"encryptionInfo": ["key"]},
                ),
            ],
        ],
        bad=[{}, transit(inCluster=True)],
        unknown={"encryptionInfo": {"encryptionAtRestKmsKeyArn": UNKNOWN}},
    ),
    Case(
        "msk-authenticated",
        type=CLUSTER,
        good=[
            {"clientAuthentication": {"sasl": {"scram": True}}},
            {"clientAuthentication": {"sasl": {"iam": True}, "unauthenticated": False}},
            {"clientAuthentication": {"tls": {"certificateAuthorityArns": ["arn"]}}},
            {"clientAuthentication": {"sasl": {"iam": True}, "tls": {"certificateAuthorityArns": [UNKNOWN]}}},
            Given(SERVERLESS, props={"clientAuthentication": {"sasl": {"iam": {"enabled": True}}}}),
        ],
        bad=[
            {},
            {"clientAuthentication": {"sasl": {"iam": True}, "unauthenticated": True}},
            {"clientAuthentication": {"sasl": {"iam": False}, "tls": {"certificateAuthorityArns": []}}},
            Given(SERVERLESS),
        ],
        unknown={"clientAuthentication": {"unauthenticated": UNKNOWN}},
    ),
    Case(
        "msk-not-public",
        type=CLUSTER,
        good=[{}, {"brokerNodeGroupInfo": {"connectivityInfo": {"publicAccess": {"type": "DISABLED"}}}}],
        bad=[{"brokerNodeGroupInfo": {"connectivityInfo": {"publicAccess": {"type": "SERVICE_PROVIDED_EIPS"}}}}],
        unknown={"brokerNodeGroupInfo": {"connectivityInfo": {"publicAccess": {"type": UNKNOWN}}}},
    ),
    Case(
        "msk-monitored",
        type=CLUSTER,
        good=[{"enhancedMonitoring": "PER_TOPIC_PER_BROKER"}, {"enhancedMonitoring": "PER_TOPIC_PER_PARTITION"}],
        bad=[{}, {"enhancedMonitoring": "PER_BROKER"}],
        unknown={"enhancedMonitoring": UNKNOWN},
    ),
    Case(
        "msk-broker-logs",
        type=CLUSTER,
        good=[
            {"loggingInfo": {"brokerLogs": LOG_TO}},
            {"loggingInfo": {"brokerLogs": {"s3": {"enabled": True, "bucket": UNKNOWN}}}},
        ],
        bad=[{}, {"loggingInfo": {"brokerLogs": {"cloudwatchLogs": {"enabled": False}}}}],
        unknown={"loggingInfo": {"brokerLogs": {"cloudwatchLogs": {"enabled": UNKNOWN}}}},
    ),
    Case(
        "msk-three-brokers",
        type=CLUSTER,
        production=True,
        good=[brokers(3, 3), brokers(6, 3, "subnet-1")],
        bad=[brokers(2, 2), brokers(4, 2), brokers(2, 3), {}],
        unknown=brokers(UNKNOWN, 3),
    ),
    Case("msk-three-brokers", type=CLUSTER, good=[brokers(2, 2)]),
    Case(
        "msk-version-supported",
        type=CLUSTER,
        good=[{"kafkaVersion": "3.9.x.kraft"}, {"kafkaVersion": "4.1.x.kraft"}],
        bad=[{"kafkaVersion": "3.6.0"}, {"kafkaVersion": "2.8.1"}],
        unknown={"kafkaVersion": UNKNOWN},
    ),
    Case(
        "msk-version-supported",
        type=CLUSTER,
        config={"ends": {"3.7": "2099-01-31"}},
        good=[{"kafkaVersion": "3.7.x"}],
        bad=[{"kafkaVersion": "3.6.0"}],
    ),
    Case(
        "msk-kraft",
        type=CLUSTER,
        good=[{"kafkaVersion": "3.9.x.kraft"}, {"kafkaVersion": "4.0.x"}],
        bad=[{"kafkaVersion": "3.9.x"}, kind(EXPRESS, kafkaVersion="3.8.x")],
        unknown={"kafkaVersion": UNKNOWN},
    ),
    Case(
        "msk-storage-grows",
        good=[
            [kind(EXPRESS)],
            [VOLUME, about(TARGET, "brokers"), about(SCALING, "brokers")],
            [VOLUME, about(TARGET, "brokers"), about(SCALING, "Target")],
            [
                kind("kafka.m7g.large", arn="arn:1"),
                Given(TARGET, "target", {**VOLUMES, "resourceId": "arn:1"}),
                Given(SCALING, "policy", {**VOLUMES, "resourceId": "arn:1"}),
            ],
        ],
        bad=[
            [VOLUME],
            [VOLUME, about(TARGET, "brokers")],
            [VOLUME, about(TARGET, "brokers", scalableDimension="ecs:service:DesiredCount"), about(SCALING, "brokers")],
            [
                kind("kafka.m7g.large", arn="arn:1"),
                Given(TARGET, "target", {**VOLUMES, "resourceId": "arn:2"}),
                Given(SCALING, "policy", {**VOLUMES, "resourceId": "arn:2"}),
            ],
        ],
        unknown=[VOLUME, Given(TARGET, "target", {**VOLUMES, "resourceId": UNKNOWN})],
    ),
    Case(
        "msk-scram-secret",
        good=[
            user({"name": "AmazonMSK_claims", "kmsKeyId": KEY_ARN}),
            user({"namePrefix": "AmazonMSK_claims_", "kmsKeyId": UNKNOWN}, {"kmsKeyId": ["key"]}),
            [Given(SECRET, "other", {"name": "database"})],
        ],
        bad=[
            user({"name": "claims", "kmsKeyId": KEY_ARN}),
            user({"kmsKeyId": KEY_ARN}),
            user({"name": "AmazonMSK_claims"}),
            user({"name": "AmazonMSK_claims", "kmsKeyId": UNKNOWN}, {"kmsKeyId": ["alias"]}),
        ],
        unknown=user({"name": UNKNOWN, "kmsKeyId": KEY_ARN}),
    ),
    Case(
        "msk-configured",
        type=CLUSTER,
        good=[{"configurationInfo": {"arn": UNKNOWN, "revision": UNKNOWN}}],
        bad=[{}],
        unknown={"configurationInfo": UNKNOWN},
    ),
    Case(
        "msk-acl-required",
        type=CONFIGURATION,
        good=[
            told(allow_everyone_if_no_acl_found="false"),
            {"serverProperties": "allow.everyone.if.no.acl.found = false"},
        ],
        bad=[
            told(),
            told(allow_everyone_if_no_acl_found="true"),
            {"serverProperties": "#allow.everyone.if.no.acl.found=false"},
        ],
        unknown={"serverProperties": UNKNOWN},
    ),
    Case(
        "msk-no-auto-topics",
        type=CONFIGURATION,
        good=[told(), told(auto_create_topics_enable="false")],
        bad=[told(auto_create_topics_enable="true")],
        unknown={"serverProperties": UNKNOWN},
    ),
    Case(
        "msk-transaction-timeout",
        type=CONFIGURATION,
        good=[told(transaction_max_timeout_ms=3_600_000)],
        bad=[told(), told(transaction_max_timeout_ms=900_000), told(transaction_max_timeout_ms="long")],
        unknown={"serverProperties": UNKNOWN},
    ),
    Case(
        "msk-replicated",
        good=[standard(told(**COPIES)), standard(told(), EXPRESS), [Given(CONFIGURATION, "told", told(**COPIES))]],
        bad=[
            standard(told()),
            [Given(CONFIGURATION, "told", told())],
            standard(told(**COPIES | {"default_replication_factor": 2})),
            standard(told(**COPIES | {"offsets_topic_replication_factor": 1})),
            standard(told(**COPIES | {"min_insync_replicas": 1})),
            standard(told(**COPIES | {"min_insync_replicas": 3})),
        ],
        unknown=standard({"serverProperties": UNKNOWN}),
    ),
    Case(
        "msk-transaction-log",
        good=[standard(told(**LOG)), standard(told(), EXPRESS)],
        bad=[
            standard(told()),
            standard(told(**LOG | {"transaction_state_log_replication_factor": 1})),
            standard(told(**LOG | {"transaction_state_log_min_isr": 1})),
            standard(told(**LOG | {"transaction_state_log_min_isr": 3})),
        ],
        unknown=standard(told(), UNKNOWN),
    ),
    Case(
        "msk-clean-leaders",
        good=[standard(told(unclean_leader_election_enable="false")), standard(told(), EXPRESS)],
        bad=[standard(told()), standard(told(unclean_leader_election_enable="true"))],
        unknown=standard({"serverProperties": UNKNOWN}),
    ),
    Case(
        "msk-connect-tls",
        type=CONNECTOR,
        good=[{"kafkaClusterEncryptionInTransit": {"encryptionType": "TLS"}}],
        bad=[{}, {"kafkaClusterEncryptionInTransit": {"encryptionType": "PLAINTEXT"}}],
        unknown={"kafkaClusterEncryptionInTransit": UNKNOWN},
    ),
    Case(
        "msk-connect-authenticated",
        type=CONNECTOR,
        good=[{"kafkaClusterClientAuthentication": {"authenticationType": "IAM"}}],
        bad=[{}, {"kafkaClusterClientAuthentication": {"authenticationType": "NONE"}}],
        unknown={"kafkaClusterClientAuthentication": UNKNOWN},
    ),
    Case(
        "msk-connect-logs",
        type=CONNECTOR,
        good=[{"logDelivery": {"workerLogDelivery": LOG_TO}}],
        bad=[{}, {"logDelivery": {"workerLogDelivery": {"s3": {"enabled": False}}}}],
        unknown={"logDelivery": {"workerLogDelivery": UNKNOWN}},
    ),
    Case(
        "msk-connect-no-plain-secrets",
        type=CONNECTOR,
        good=[
            {"connectorConfiguration": {"database.password": "${secretsmanager:arn:password}", "tasks.max": "1"}},
            {"connectorConfiguration": {"database.hostname": UNKNOWN, "basic.auth.credentials.source": "USER_INFO"}},
            Given(WORKERS, props={"propertiesFileContent": "config.providers=secretsmanager\nkey.converter=Json"}),
        ],
        bad=[
            {"connectorConfiguration": {"database.password": "letmein"}},
            {"connectorConfiguration": {"connection.url": "jdbc:postgresql://otto:letmein@db:5432/claims"}},
            {"connectorConfiguration": {"database.password": UNKNOWN, "sink.secret": "letmein"}},
            Given(WORKERS, props={"propertiesFileContent": 'a=b\nproducer.sasl.jaas.config=X password="letmein";'}),
        ],
        unknown={"connectorConfiguration": {"database.password": UNKNOWN}},
    ),
]

IN_TRANSIT = ("encryptionInfo", "encryptionInTransit")


def line(key: str, value: str) -> Change:
    """Of two lines with one key the last one counts."""
    return lambda props: {**props, "serverProperties": f"{props['serverProperties']}{key}={value}\n"}


PLANTS = [
    Plant("msk-tls-to-clients", where=CLUSTER, change=put(*IN_TRANSIT, "clientBroker", to="TLS_PLAINTEXT")),
    Plant("msk-tls-between-brokers", where=CLUSTER, change=put(*IN_TRANSIT, "inCluster", to=False)),
    Plant("msk-customer-key", where=CLUSTER, change=drop("encryptionInfo", "encryptionAtRestKmsKeyArn")),
    Plant("msk-authenticated", where=CLUSTER, change=put("clientAuthentication", "unauthenticated", to=True)),
    Plant(
        "msk-authenticated",
        where="aws:ecr/repository:Repository",
        record=become(SERVERLESS, {"clusterName": "streaming-platform-dev-msk-other"}),
        also=("ecr-lifecycle",),
    ),
    Plant(
        "msk-not-public",
        where=CLUSTER,
        change=put("brokerNodeGroupInfo", "connectivityInfo", "publicAccess", "type", to="SERVICE_PROVIDED_EIPS"),
    ),
    Plant("msk-monitored", where=CLUSTER, change=put("enhancedMonitoring", to="DEFAULT")),
    Plant("msk-broker-logs", where=CLUSTER, change=drop("loggingInfo")),
    Plant("msk-three-brokers", "prod-msk", CLUSTER, put("numberOfBrokerNodes", to=2)),
    Plant("msk-version-supported", where=CLUSTER, change=put("kafkaVersion", to="3.5.1.kraft")),
    Plant("msk-kraft", where=CLUSTER, change=put("kafkaVersion", to="3.9.x")),
    Plant("msk-storage-grows", where=SCALING, remove=True),
    Plant("msk-scram-secret", where=f"*{SECRET}::kafka-claims", change=put("namePrefix", to="claims_")),
    Plant("msk-configured", where=CLUSTER, change=drop("configurationInfo")),
    Plant("msk-acl-required", where=CONFIGURATION, change=line("allow.everyone.if.no.acl.found", "true")),
    Plant("msk-acl-required", "prod-msk", CONFIGURATION, line("allow.everyone.if.no.acl.found", "true")),
    Plant("msk-no-auto-topics", where=CONFIGURATION, change=line("auto.create.topics.enable", "true")),
    Plant("msk-transaction-timeout", where=CONFIGURATION, change=line("transaction.max.timeout.ms", "60000")),
    Plant("msk-replicated", where=CONFIGURATION, change=line("min.insync.replicas", "1")),
    Plant("msk-transaction-log", where=CONFIGURATION, change=line("transaction.state.log.min.isr", "1")),
    Plant("msk-clean-leaders", where=CONFIGURATION, change=line("unclean.leader.election.enable", "true")),
    Plant("msk-connect-tls", where=CONNECTOR, change=drop("kafkaClusterEncryptionInTransit")),
    Plant("msk-connect-authenticated", where=CONNECTOR, change=drop("kafkaClusterClientAuthentication")),
    Plant("msk-connect-logs", where=CONNECTOR, change=drop("logDelivery")),
    Plant(
        "msk-connect-no-plain-secrets",
        where=CONNECTOR,
        change=put("connectorConfiguration", "sink.credentials", to="letmein"),
    ),
]

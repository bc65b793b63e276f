"""MSK: the brokers. Their configuration is in `msk_configuration`, connectors in `msk_connect`."""

from collections.abc import Iterator

from policies.customer_keys import key_problem
from policies.framework import Resource, Stack, policy, stack_policy
from policies.support import number_of, support_ended

CLUSTER = "aws:msk/cluster:Cluster"
SERVERLESS = "aws:msk/serverlessCluster:ServerlessCluster"
SECRET = "aws:secretsmanager/secret:Secret"  # noqa: S105 a type
TARGET, SCALING = "aws:appautoscaling/target:Target", "aws:appautoscaling/policy:Policy"
SCRAM = {
    "aws:msk/singleScramSecretAssociation:SingleScramSecretAssociation": "secretArn",
    "aws:msk/scramSecretAssociation:ScramSecretAssociation": "secretArnLists",
}
"""Association of a SCRAM user with a cluster: the property that names its secret."""

SUPPORT_ENDS = {
    # https://docs.aws.amazon.com/msk/latest/developerguide/supported-kafka-versions.html
    "3.4": "2025-08-04",
    "3.5": "2025-10-23",
    "3.6": "2026-06-01",
}
"""Last day of MSK's support, of the newest versions that have one. AWS has announced none for 3.7 and newer."""

_ENCRYPTION = "https://docs.aws.amazon.com/msk/latest/developerguide/msk-encryption.html"
_IN_TRANSIT = ("PCI DSS 4.2.1", "SOC 2 CC6.7")


@policy(
    "msk-tls-to-clients",
    types=(CLUSTER,),
    severity="critical",
    controls=("PCI DSS 2.2.7", *_IN_TRANSIT),
    reason="Records and logins cross the network in clear text.",
    remedy="Set encryptionInfo.encryptionInTransit.clientBroker to TLS.",
    url=_ENCRYPTION,
)
def tls_to_clients(resource: Resource) -> Iterator[str]:
    mode = resource.value("encryptionInfo", "encryptionInTransit", "clientBroker", default="TLS")
    if mode != "TLS":
        yield f"between clients and brokers: {mode}"


@policy(
    "msk-tls-between-brokers",
    types=(CLUSTER,),
    severity="high",
    controls=("AWS FSBP MSK.1", *_IN_TRANSIT),
    reason="Replicas cross zones in clear text, and turning it on later replaces the cluster.",
    remedy="Set encryptionInfo.encryptionInTransit.inCluster to true.",
    url=_ENCRYPTION,
)
def tls_between_brokers(resource: Resource) -> Iterator[str]:
    if not resource.value("encryptionInfo", "encryptionInTransit", "inCluster", default=True):
        yield "brokers talk to each other in clear text"


@stack_policy(
    "msk-customer-key",
    types=(CLUSTER,),
    severity="high",
    controls=("PCI DSS 3.5.1", "PCI DSS 3.6.1", "SOC 2 CC6.1"),
    reason="Access to AWS' own key cannot be withdrawn or seen, and another key later replaces the cluster.",
    remedy="Set encryptionInfo.encryptionAtRestKmsKeyArn to a customer key.",
    url=_ENCRYPTION,
)
def customer_key(stack: Stack) -> Iterator[tuple[Resource, str]]:
    for cluster in stack.of(CLUSTER):
        with stack.judging(cluster):
            if problem := key_problem(stack, cluster, "encryptionInfo", "encryptionAtRestKmsKeyArn"):
                yield cluster, problem


@policy(
    "msk-authenticated",
    types=(CLUSTER, SERVERLESS),
    severity="critical",
    controls=("AWS FSBP MSK.6", "PCI DSS 8.3.1", "SOC 2 CC6.1"),
    reason="Whoever reaches a broker reads and writes every topic.",
    remedy="Set kafka.authentication to iam, scram or mtls, and clientAuthentication.unauthenticated to false.",
    url="https://docs.aws.amazon.com/msk/latest/developerguide/kafka_apis_iam.html",
)
def authenticated(resource: Resource) -> Iterator[str]:
    if resource.type == SERVERLESS:
        if not resource.value("clientAuthentication", "sasl", "iam", "enabled", default=False):
            yield "IAM authentication is off"
        return
    if resource.value("clientAuthentication", "unauthenticated", default=False):
        yield "clients without a login are let in"
    ways = (("sasl", "iam"), ("sasl", "scram"), ("tls", "certificateAuthorityArns"))
    if not any(resource.value("clientAuthentication", *way) for way in ways):
        yield "no way of authentication is on"


@policy(
    "msk-not-public",
    types=(CLUSTER,),
    severity="critical",
    controls=("AWS FSBP MSK.4", "PCI DSS 1.4.4", "SOC 2 CC6.6"),
    reason="Everybody on the internet can try logins on the brokers.",
    remedy="Leave brokerNodeGroupInfo.connectivityInfo.publicAccess out; clients come over VPC or peering.",
    url="https://docs.aws.amazon.com/msk/latest/developerguide/public-access.html",
)
def not_public(resource: Resource) -> Iterator[str]:
    kind = resource.value("brokerNodeGroupInfo", "connectivityInfo", "publicAccess", "type", default="DISABLED")
    if kind != "DISABLED":
        yield f"brokers have public addresses: {kind}"


@policy(
    "msk-monitored",
    types=(CLUSTER,),
    severity="medium",
    controls=("AWS Security Hub MSK.2", "SOC 2 A1.1", "SOC 2 CC7.2"),
    reason="Without metrics by broker and topic nobody sees which topic fills a disk or lags behind.",
    remedy="Set kafka.monitoring to PER_TOPIC_PER_BROKER.",
    url="https://docs.aws.amazon.com/securityhub/latest/userguide/msk-controls.html#msk-2",
)
def monitored(resource: Resource) -> Iterator[str]:
    level = resource.value("enhancedMonitoring", default="DEFAULT")
    if level not in ("PER_TOPIC_PER_BROKER", "PER_TOPIC_PER_PARTITION"):
        yield f"the monitoring level is {level}"


@policy(
    "msk-broker-logs",
    types=(CLUSTER,),
    severity="medium",
    controls=("PCI DSS 10.2.1", "SOC 2 CC7.2"),
    reason="Refused logins, lost leaders and full disks are told in the brokers' logs and nowhere else.",
    remedy="Set loggingInfo.brokerLogs: CloudWatch, S3 or Firehose.",
    url="https://docs.aws.amazon.com/msk/latest/developerguide/msk-logging.html",
)
def broker_logs(resource: Resource) -> Iterator[str]:
    logs = ("loggingInfo", "brokerLogs")
    if not any(resource.value(*logs, to, "enabled", default=False) for to in ("cloudwatchLogs", "s3", "firehose")):
        yield "broker logs go nowhere"


@policy(
    "msk-three-brokers",
    types=(CLUSTER,),
    severity="high",
    controls=("SOC 2 A1.1", "SOC 2 A1.2"),
    reason="With two brokers of three gone, or one of two, a topic takes no more writes; each upgrade takes one away.",
    remedy="Set kafka.broker_count to 3 or a multiple, and three zones in network.zones.",
    url="https://docs.aws.amazon.com/msk/latest/developerguide/bestpractices.html",
)
def three_brokers(resource: Resource) -> Iterator[str]:
    if not resource.production:
        return
    brokers = resource.value("numberOfBrokerNodes", default=0)
    if brokers < 3:
        yield f"{brokers} brokers in production"
    # How many subnets there are is known before their ids are.
    zones = len((resource.props.get("brokerNodeGroupInfo") or {}).get("clientSubnets") or ())
    if zones < 3:
        yield f"brokers in {zones} zones in production"


@policy(
    "msk-version-supported",
    types=(CLUSTER,),
    severity="high",
    controls=("PCI DSS 6.3.3", "PCI DSS 12.3.4", "SOC 2 CC7.1"),
    reason="After the end of support MSK upgrades the brokers at a time of its choice, without notice.",
    remedy="Raise kafka.kafka_version.",
    url="https://docs.aws.amazon.com/msk/latest/developerguide/supported-kafka-versions.html",
    config={
        "ends": {
            "type": "object",
            "additionalProperties": {"type": "string"},
            "default": SUPPORT_ENDS,
            "description": "minor version: last day of MSK's support, as 2026-06-01",
        }
    },
)
def version_supported(resource: Resource) -> Iterator[str]:
    version = str(resource.value("kafkaVersion"))
    if ended := support_ended(version, ".".join(version.split(".")[:2]), resource.config["ends"]):
        yield ended


@policy(
    "msk-kraft",
    types=(CLUSTER,),
    severity="low",
    controls=("PCI DSS 12.3.4",),
    reason="Kafka 4 has no ZooKeeper: such a cluster has a migration before it, and brokers of kafka.t3.small none.",
    remedy="Take a kafka.kafka_version that ends in .kraft, or 4.0 and newer.",
    url="https://docs.aws.amazon.com/msk/latest/developerguide/zk-to-kraft-migration.html",
)
def kraft(resource: Resource) -> Iterator[str]:
    version = str(resource.value("kafkaVersion"))
    if not version.endswith(".kraft") and number_of(version)[:1] < (4,):
        yield f"{version} keeps its metadata in ZooKeeper"


@stack_policy(
    "msk-storage-grows",
    types=(CLUSTER,),
    severity="medium",
    controls=("SOC 2 A1.1",),
    reason="A broker whose disk is full stops, and all of them fill at the same pace.",
    remedy="Set kafka.volume_max_gib above volume_gib: the stack then makes the rule that grows the volumes.",
    url="https://docs.aws.amazon.com/msk/latest/developerguide/msk-autoexpand.html",
)
def storage_grows(stack: Stack) -> Iterator[tuple[Resource, str]]:
    """Express brokers have no volumes. What may grow is a target, how far at which use is its policy."""
    for cluster in stack.of(CLUSTER):
        with stack.judging(cluster):
            if str(cluster.value("brokerNodeGroupInfo", "instanceType", default="")).startswith("express."):
                continue
            targets = [one for one in stack.of(TARGET) if _grows(stack, one, cluster, {cluster})]
            rules = [one for one in stack.of(SCALING) if _grows(stack, one, cluster, {cluster, *targets})]
            if not targets or not rules:
                yield cluster, "the volumes do not grow by themselves"


def _grows(stack: Stack, rule: Resource, cluster: Resource, about: set[Resource]) -> bool:
    """Whether a target or policy is about the cluster's volumes: it depends on it, or names it."""
    if rule.value("scalableDimension") != "kafka:broker-storage:VolumeSize":
        return False
    named = {one for one in stack.names(rule, "resourceId") if one.type in (CLUSTER, TARGET)}
    return bool(named & about) if named else rule.value("resourceId") == cluster.value("arn")


@stack_policy(
    "msk-scram-secret",
    types=(SECRET,),
    severity="medium",
    controls=("PCI DSS 8.3.2", "SOC 2 CC6.1"),
    reason="MSK refuses a SCRAM user whose secret has another name or AWS' own key: clients cannot log in.",
    remedy="Let the secret's name begin with AmazonMSK_ and give kmsKeyId the ARN or id of a customer key, no alias.",
    url="https://docs.aws.amazon.com/msk/latest/developerguide/msk-password-tutorial.html",
)
def scram_secret(stack: Stack) -> Iterator[tuple[Resource, str]]:
    users = {
        secret
        for type_, property_ in SCRAM.items()
        for association in stack.of(type_)
        for secret in stack.names(association, property_)
        if secret.type == SECRET
    }
    for secret in sorted(users, key=lambda one: one.urn):
        with stack.judging(secret):
            name = str(secret.value("namePrefix") or secret.value("name", default=""))
            if not name.startswith("AmazonMSK_"):
                yield secret, f"the secret of a SCRAM user is called {name or 'nothing in particular'}"
            if key_problem(stack, secret, "kmsKeyId"):
                yield secret, "the secret of a SCRAM user is not under a customer key"
            elif any(one.type.endswith("alias:Alias") for one in stack.names(secret, "kmsKeyId")):
                yield secret, "the key of a SCRAM user's secret is named by an alias"

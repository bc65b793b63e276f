"""MSK: what the brokers are told: rights without ACLs, replicas, leaders, transactions.

On express brokers AWS fixes replicas and leaders itself and refuses the keys, so those policies look at the
configurations of standard brokers only.
https://docs.aws.amazon.com/msk/latest/developerguide/msk-configuration-express-read-write.html
"""

from collections.abc import Iterator

from policies.credential_words import properties
from policies.framework import Resource, Stack, policy, stack_policy

CLUSTER = "aws:msk/cluster:Cluster"
CONFIGURATION = "aws:msk/configuration:Configuration"

_DEFAULTS = "https://docs.aws.amazon.com/msk/latest/developerguide/msk-default-configuration.html"


def _settings(configuration: Resource) -> dict[str, str]:
    return properties(str(configuration.value("serverProperties", default="")))


def _number(settings: dict[str, str], key: str) -> int | None:
    text = settings.get(key, "")
    return int(text) if text.isdecimal() else None


def _of_standard_brokers(stack: Stack) -> Iterator[Resource]:
    """Configurations, but those that only express brokers take."""
    for configuration in stack.of(CONFIGURATION):
        kinds = [
            str(cluster.value("brokerNodeGroupInfo", "instanceType", default="")).partition(".")[0]
            for cluster in stack.of(CLUSTER)
            if configuration in stack.names(cluster, "configurationInfo")
        ]
        if not kinds or set(kinds) != {"express"}:
            yield configuration


@policy(
    "msk-configured",
    types=(CLUSTER,),
    severity="high",
    controls=("PCI DSS 2.2.1", "SOC 2 CC6.1"),
    reason="MSK's own configuration lets everybody in where no ACL is, and takes leaders that have lost records.",
    remedy="Set configurationInfo to a configuration of the stack (kafka.configuration adds keys to this platform's).",
    url=_DEFAULTS,
)
def configured(resource: Resource) -> Iterator[str]:
    if not resource.props.get("configurationInfo"):
        yield "the cluster takes MSK's default configuration"


@policy(
    "msk-acl-required",
    types=(CONFIGURATION,),
    severity="critical",
    controls=("PCI DSS 7.2.1", "PCI DSS 7.3.3", "SOC 2 CC6.1", "SOC 2 CC6.3"),
    reason="With SCRAM or mTLS every login may do everything to a topic that has no ACL, and MSK's default is that.",
    remedy="Set allow.everyone.if.no.acl.found=false in serverProperties.",
    url="https://docs.aws.amazon.com/msk/latest/developerguide/msk-acls.html",
)
def acl_required(resource: Resource) -> Iterator[str]:
    value = _settings(resource).get("allow.everyone.if.no.acl.found", "")
    if value != "false":
        yield f"allow.everyone.if.no.acl.found is {value or 'not set, so true'}"


@policy(
    "msk-no-auto-topics",
    types=(CONFIGURATION,),
    severity="medium",
    controls=("SOC 2 CC8.1", "SOC 2 PI1.3"),
    reason="A wrong name makes a topic with default partitions and retention instead of an error.",
    remedy="Set auto.create.topics.enable=false in serverProperties; topics are in the applications' specs.",
    url=_DEFAULTS,
)
def no_auto_topics(resource: Resource) -> Iterator[str]:
    if _settings(resource).get("auto.create.topics.enable", "false") != "false":
        yield "topics are made by whoever names one"


@policy(
    "msk-transaction-timeout",
    types=(CONFIGURATION,),
    severity="high",
    controls=("SOC 2 A1.2", "SOC 2 PI1.3"),
    reason="A transaction that Flink left open over an outage is thrown away: records that were counted are gone.",
    remedy="Set transaction.max.timeout.ms to at least the longest outage of a job, 3600000 by default.",
    url="https://nightlies.apache.org/flink/flink-docs-stable/docs/connectors/datastream/kafka/#fault-tolerance",
    config={
        "least_ms": {
            "type": "integer",
            # What Flink's Kafka sink asks for unless it is told otherwise: one hour. Kafka's own limit is 15 minutes.
            "default": 3_600_000,
            "description": "least transaction.max.timeout.ms",
        }
    },
)
def transaction_timeout(resource: Resource) -> Iterator[str]:
    most = _number(_settings(resource), "transaction.max.timeout.ms")
    if most is None or most < resource.config["least_ms"]:
        yield f"transaction.max.timeout.ms is {most or 'not set, so 900000'}"


@stack_policy(
    "msk-replicated",
    types=(CONFIGURATION,),
    severity="high",
    controls=("SOC 2 A1.2",),
    reason="With fewer copies one lost broker takes acknowledged records with it, or stops all writes.",
    remedy="Set default.replication.factor=3, offsets.topic.replication.factor=3 and min.insync.replicas=2.",
    url="https://docs.aws.amazon.com/msk/latest/developerguide/bestpractices.html",
)
def replicated(stack: Stack) -> Iterator[tuple[Resource, str]]:
    """What is left out follows the number of zones, so it has to be said."""
    for configuration in stack.of(CONFIGURATION):
        with stack.judging(configuration):
            if configuration not in _of_standard_brokers(stack):
                continue
            settings = _settings(configuration)
            yield from _too_few(configuration, settings, "default.replication.factor", 3)
            yield from _too_few(configuration, settings, "offsets.topic.replication.factor", 3)
            yield from _in_sync(configuration, settings, "min.insync.replicas", "default.replication.factor")


@stack_policy(
    "msk-transaction-log",
    types=(CONFIGURATION,),
    severity="high",
    controls=("SOC 2 A1.2", "SOC 2 PI1.3"),
    reason="Exactly-once needs the log of transactions: with one copy a lost broker stops every such producer.",
    remedy="Set transaction.state.log.replication.factor=3 and transaction.state.log.min.isr=2.",
    url="https://kafka.apache.org/documentation/#brokerconfigs_transaction.state.log.replication.factor",
)
def transaction_log(stack: Stack) -> Iterator[tuple[Resource, str]]:
    for configuration in stack.of(CONFIGURATION):
        with stack.judging(configuration):
            if configuration not in _of_standard_brokers(stack):
                continue
            settings, factor = _settings(configuration), "transaction.state.log.replication.factor"
            yield from _too_few(configuration, settings, factor, 3)
            yield from _in_sync(configuration, settings, "transaction.state.log.min.isr", factor)


@stack_policy(
    "msk-clean-leaders",
    types=(CONFIGURATION,),
    severity="high",
    controls=("SOC 2 A1.2", "SOC 2 PI1.3"),
    reason="A replica that lags becomes leader, and acknowledged records are gone without a trace.",
    remedy="Set unclean.leader.election.enable=false: MSK's default is true.",
    url=_DEFAULTS,
)
def clean_leaders(stack: Stack) -> Iterator[tuple[Resource, str]]:
    for configuration in stack.of(CONFIGURATION):
        with stack.judging(configuration):
            if configuration not in _of_standard_brokers(stack):
                continue
            value = _settings(configuration).get("unclean.leader.election.enable", "")
            if value != "false":
                yield configuration, f"unclean.leader.election.enable is {value or 'not set, so true'}"


def _too_few(configuration: Resource, settings: dict[str, str], key: str, least: int) -> Iterator[tuple[Resource, str]]:
    found = _number(settings, key)
    if found is None or found < least:
        yield configuration, f"{key} is {settings.get(key) or 'not set'}"


def _in_sync(
    configuration: Resource, settings: dict[str, str], key: str, factor: str
) -> Iterator[tuple[Resource, str]]:
    """At least two, and fewer than there are copies: else one broker that restarts stops all writes."""
    yield from _too_few(configuration, settings, key, 2)
    least, copies = _number(settings, key), _number(settings, factor)
    if least is not None and copies is not None and least >= copies:
        yield configuration, f"{key} is {least} of {copies} copies"

"""MSK Connect: connectors and their workers."""

from collections.abc import Iterator

from policies.credential_words import is_plain_credential, names_credential, properties
from policies.framework import MASKED, Resource, Unknown, policy

CONNECTOR = "aws:mskconnect/connector:Connector"
WORKERS = "aws:mskconnect/workerConfiguration:WorkerConfiguration"


@policy(
    "msk-connect-tls",
    types=(CONNECTOR,),
    severity="high",
    controls=("AWS FSBP MSK.3", "PCI DSS 4.2.1", "SOC 2 CC6.7"),
    reason="Captured rows go to the brokers in clear text, and the default is that.",
    remedy="Set kafkaClusterEncryptionInTransit.encryptionType to TLS.",
    url="https://docs.aws.amazon.com/securityhub/latest/userguide/msk-controls.html#msk-3",
)
def connect_tls(resource: Resource) -> Iterator[str]:
    kind = resource.value("kafkaClusterEncryptionInTransit", "encryptionType", default="PLAINTEXT")
    if kind != "TLS":
        yield f"between workers and brokers: {kind}"


@policy(
    "msk-connect-authenticated",
    types=(CONNECTOR,),
    severity="high",
    controls=("PCI DSS 8.3.1", "SOC 2 CC6.1"),
    reason="Workers without a login need brokers that let everybody in.",
    remedy="Set kafkaClusterClientAuthentication.authenticationType to IAM.",
    url="https://docs.aws.amazon.com/msk/latest/developerguide/msk-connect-service-execution-role.html",
)
def connect_authenticated(resource: Resource) -> Iterator[str]:
    kind = resource.value("kafkaClusterClientAuthentication", "authenticationType", default="NONE")
    if kind != "IAM":
        yield f"workers log in with {kind}"


@policy(
    "msk-connect-logs",
    types=(CONNECTOR,),
    severity="medium",
    controls=("AWS FSBP MSK.5", "PCI DSS 10.2.1", "SOC 2 CC7.2"),
    reason="A connector shows RUNNING when its task has failed; why is in the workers' logs only.",
    remedy="Set logDelivery.workerLogDelivery: CloudWatch, S3 or Firehose.",
    url="https://docs.aws.amazon.com/msk/latest/developerguide/msk-connect-logging.html",
)
def connect_logs(resource: Resource) -> Iterator[str]:
    logs = ("logDelivery", "workerLogDelivery")
    if not any(resource.value(*logs, to, "enabled", default=False) for to in ("cloudwatchLogs", "s3", "firehose")):
        yield "workers' logs go nowhere"


@policy(
    "msk-connect-no-plain-secrets",
    types=(CONNECTOR, WORKERS),
    severity="critical",
    controls=("PCI DSS 8.3.2", "PCI DSS 8.6.2", "SOC 2 CC6.1"),
    reason="Whoever may describe a connector reads its configuration, passwords and all; so does the stack's state.",
    remedy="Write a reference of a config provider, as ${secretsmanager:<ARN>:password}.",
    url="https://docs.aws.amazon.com/msk/latest/developerguide/msk-connect-config-provider.html",
)
def connect_no_plain_secrets(resource: Resource) -> Iterator[str]:
    """No value is ever said: a finding goes into logs. A value that a Plan masks may be a reference: not known."""
    if resource.type == WORKERS:
        settings = properties(str(resource.value("propertiesFileContent", default="")))
        for key, text in settings.items():
            if is_plain_credential(key, text):
                yield f"{key} is in the worker configuration"
        return
    unknown: Unknown | None = None
    for key in resource.props.get("connectorConfiguration") or {}:
        try:
            text = resource.value("connectorConfiguration", key, default="")
        except Unknown as one:
            unknown = one if names_credential(key) else unknown
            continue
        if text == MASKED:
            unknown = Unknown(f"connectorConfiguration.{key}", resource.urn)
        elif is_plain_credential(key, str(text)):
            yield f"{key} is in the connector's configuration"
    if unknown:
        raise unknown

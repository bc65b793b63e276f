"""Log groups: under whose key, and for how long."""

from collections.abc import Iterator

from policies.customer_keys import given_key_problem
from policies.framework import Resource, policy

LOG_GROUP = "aws:cloudwatch/logGroup:LogGroup"


@policy(
    "logs-encrypted",
    types=(LOG_GROUP,),
    severity="medium",
    controls=("PCI DSS 10.3.2", "PCI DSS 3.5.1", "SOC 2 CC6.1"),
    reason="Logs repeat what users send; with a key of ours, reading them is a right that is given and written down.",
    remedy="Set kms_key_id on the log group; the key's policy has to let CloudWatch Logs in.",
    url="https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html",
)
def logs_encrypted(resource: Resource) -> Iterator[str]:
    if problem := given_key_problem(resource.props.get("kmsKeyId")):
        yield problem


@policy(
    "logs-kept",
    types=(LOG_GROUP,),
    severity="medium",
    controls=("AWS Security Hub CloudWatch.16", "PCI DSS 10.5.1", "SOC 2 CC7.2"),
    reason="Logs without a period are kept and paid for for ever; with too short a one they are gone when needed.",
    remedy="Set retention_in_days (network.flow_log_days, cluster.log_days, kafka.log_days).",
    url="https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/Working-with-log-groups-and-streams.html",
    config={
        "days": {"type": "integer", "default": 30, "description": "at least, in production"},
        "audit_days": {"type": "integer", "default": 365, "description": "at least, in production, for `audit`"},
        "audit": {
            "type": "array",
            "items": {"type": "string"},
            "default": ["/aws/eks/", "flow-logs"],
            "description": "parts of the names of log groups that say who did what",
        },
    },
)
def logs_kept(resource: Resource) -> Iterator[str]:
    days = resource.value("retentionInDays", default=0)
    if not days:
        yield "kept for ever"
    elif resource.production:
        name = str(resource.value("name", default=resource.name))
        audit = any(part in name for part in resource.config["audit"])
        least = resource.config["audit_days" if audit else "days"]
        if days < least:
            yield f"kept for {days} days, less than {least}"

"""Small Plans, written by hand."""

from typing import Any

from operations.plan.plan import Plan

AWS = "urn:pulumi:test::streaming-platform::pulumi:providers:aws::aws"
KUBERNETES = "urn:pulumi:test::streaming-platform::pulumi:providers:kubernetes::cluster"


def provider(region: str | None = "us-east-1", **inputs: Any) -> dict[str, Any]:
    found = {**inputs, **({"region": region} if region else {})}
    return {"urn": AWS, "type": "pulumi:providers:aws", "custom": True, "id": "aws", "inputs": found}


def resource(type_: str, name: str, inputs: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    chain = f"{more.pop('below')}${type_}" if "below" in more else type_
    found = {"urn": f"urn:pulumi:test::streaming-platform::{chain}::{name}", "type": type_, "custom": True}
    if type_.startswith("aws:"):
        found["provider"] = f"{AWS}::aws"
    return {**found, "inputs": inputs or {}, **more}


def plan(*resources: dict[str, Any], region: str | None = "us-east-1", stack: str = "test") -> Plan:
    return Plan("streaming-platform", stack, [provider(region), *resources])


def msk(brokers: Any = 3, instance: Any = "kafka.t3.small", volume: Any = 50, **more: Any) -> dict[str, Any]:
    storage = {} if str(instance).startswith("express") else {"storageInfo": {"ebsStorageInfo": {"volumeSize": volume}}}
    inputs = {"numberOfBrokerNodes": brokers, "brokerNodeGroupInfo": {"instanceType": instance, **storage}, **more}
    return resource("aws:msk/cluster:Cluster", "kafka", inputs)

"""The slowest chain of a Plan."""

from operations.plan.plan import Plan
from operations.plan.timeline import OTHERS, SECONDS, minutes, slowest_chain


def resource(type_: str, name: str, **more) -> dict:
    return {"urn": f"urn:pulumi:s::p::{type_}::{name}", "type": type_, "inputs": {}, **more}


def test_the_slowest_chain_is_found_and_waits_add_up():
    vpc = resource("aws:ec2/vpc:Vpc", "vpc")
    kafka = resource("aws:msk/cluster:Cluster", "kafka", dependencies=[vpc["urn"]])
    cluster = resource("eks:index:Cluster", "cluster", dependencies=[vpc["urn"]])
    job = resource("kubernetes:batch/v1:Job", "topics", dependencies=[kafka["urn"], cluster["urn"]])
    chain = slowest_chain(Plan("p", "s", [vpc, kafka, cluster, job]))
    assert [step.name for step in chain] == ["vpc", "kafka", "topics"]
    assert chain[-1].ends == OTHERS + SECONDS["aws:msk/cluster:Cluster"] + SECONDS["kubernetes:batch/v1:Job"]


def test_components_and_providers_take_no_time():
    component = resource("streaming-platform:index:Platform", "platform")
    provider = resource("pulumi:providers:aws", "aws", dependencies=[component["urn"]])
    bucket = resource("aws:s3/bucket:Bucket", "b", parent=component["urn"], provider=f"{provider['urn']}::id")
    chain = slowest_chain(Plan("p", "s", [component, provider, bucket]))
    assert [(step.name, step.ends) for step in chain] == [("b", OTHERS)]


def test_an_empty_plan_takes_no_time():
    assert slowest_chain(Plan("p", "s", [])) == []


def test_durations_are_readable():
    assert [minutes(5), minutes(125)] == ["5 s", "2 min 5 s"]

"""Where statements are sent: the answers are those of Confluent, so that values have the SDK's own forms."""

from typing import Any

import pulumi_random
import pytest

from components.flink.confluent_endpoint import flink_endpoint
from components.kafka.confluent_cloud import ConfluentCloud
from components.kafka.confluent_kinds import INGRESS, ClusterShape
from tests.components.kafka import confluent
from tests.components.kafka.confluent import cloud_args, network


def program() -> None:
    args = cloud_args(shape=ClusterShape("enterprise", network=INGRESS), network=network(INGRESS))
    endpoint = flink_endpoint(ConfluentCloud("kafka", args), "us-east-1")
    pulumi_random.RandomPet("statement", prefix=endpoint)


def test_statements_take_the_access_point_and_no_editors_endpoint():
    assert confluent.made(program)["RandomPet statement"]["sent"]["prefix"] == "https://flink-ap1"


def test_it_is_asked_for_when_the_access_point_is_there(monkeypatch: pytest.MonkeyPatch):
    happened: list[str] = []
    added, answer = confluent.added, confluent.answer

    def add(type_: str, name: str, inputs: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        happened.append(type_.rpartition(":")[2])
        return added(type_, name, inputs)

    def ask(token: str, arguments: dict[str, Any]) -> dict[str, Any]:
        happened.append(token.rpartition(":")[2])
        return answer(token, arguments)

    monkeypatch.setattr(confluent, "added", add)
    monkeypatch.setattr(confluent, "answer", ask)
    confluent.made(program)
    assert happened.index("AccessPoint") < happened.index("getEndpoint")

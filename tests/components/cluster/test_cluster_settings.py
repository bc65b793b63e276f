"""What a stack file may say about its cluster."""

import json
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from components.settings.cluster import ClusterSettings

ADAPTER = TypeAdapter(ClusterSettings)


def refused(**values: Any) -> str:
    with pytest.raises(ValidationError) as caught:
        ADAPTER.validate_json(json.dumps({"flavour": "eks", **values}))
    return str(caught.value)


def test_a_session_is_no_principal():
    text = refused(administrators=["arn:aws:sts::123456789012:assumed-role/admin/me"])
    assert "arn:aws:iam::<account>:role/<name>" in text


def test_logs_are_kept_for_a_period_that_cloudwatch_has():
    assert "log_days" in refused(log_days=100)


def test_the_world_is_no_range():
    assert "open to the world" in refused(public_access_cidrs=["0.0.0.0/0"])


def test_an_old_version_is_refused():
    assert "kubernetes_version" in refused(kubernetes_version="1.33")


@pytest.mark.parametrize("pool", ["platform", "jobmanagers", "brokers"])
def test_spot_is_for_taskmanagers(pool: str):
    assert f"{pool}.spot" in refused(node_pools={pool: {"spot": True}})


def test_nodes_live_21_days_at_most():
    assert "expire_hours" in refused(node_pools={"taskmanagers": {"expire_hours": 505}})

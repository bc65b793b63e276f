"""A cluster on Confluent Cloud in the provider's terms: the block of its kind, and where it is reached."""

from collections.abc import Sequence
from typing import Any

from components.errors import problem
from components.kafka import confluent_kinds as kinds


def cluster_block(shape: kinds.ClusterShape) -> dict[str, Any]:
    """The one argument of KafkaCluster that says its kind. Blocks that may repeat in the schema are lists."""
    if shape.kind == "dedicated":
        return {"dedicated": {"cku": shape.units}}
    block: dict[str, Any] = {} if shape.units is None else {"max_ecku": shape.units}
    return {
        "basic": {"basic": block},
        "standard": {"standard": block},
        "enterprise": {"enterprises": [block]},
        "freight": {"freights": [block]},
    }[shape.kind]


def bare(endpoint: str) -> str:
    """`SASL_SSL://host:9092` -> `host:9092`, which is what clients take."""
    return endpoint.rpartition("://")[2]


def endpoint_of(endpoints: Sequence[Any], access_point_id: str) -> tuple[str, str]:
    """(REST endpoint, bootstrap servers) of a cluster by an access point.

    Raises PlatformError where the cluster does not list it: the wrong endpoint would replace schemas and statements
    when the right one appears.
    """
    for one in endpoints:
        get = one.get if isinstance(one, dict) else lambda key, one=one: getattr(one, key)
        if get("access_point_id") == access_point_id:
            return get("rest_endpoint") or "", bare(get("bootstrap_endpoint") or "")
    raise problem(
        "ConfluentCloud",
        "endpoints",
        f"no endpoint of the access point {access_point_id}",
        "",
        "run `pulumi refresh`: the cluster lists it when the access point is ready",
    )

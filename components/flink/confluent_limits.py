"""What Flink on Confluent Cloud takes."""

from components.errors import Mistake

MAX_CFU = (5, 10, 20, 30, 40, 50)
"""The ceilings of a pool that the provider takes: docs of confluent_flink_compute_pool."""
# Topic rights by role binding do nothing on Basic: https://docs.confluent.io/cloud/current/security/access-control/rbac
_WITHOUT_RBAC = "basic"
# Flink writes in transactions, and Freight has none: https://docs.confluent.io/cloud/current/clusters/cluster-types.html
_WITHOUT_TRANSACTIONS = "freight"


def runtime_mistakes(max_cfu: int, cluster_kind: str, where: str = "flink") -> list[Mistake]:
    """What Confluent would refuse, or silently not do."""
    found: list[Mistake] = []
    if max_cfu not in MAX_CFU:
        allowed = ", ".join(map(str, MAX_CFU))
        found.append(Mistake(where, "max_cfu", str(max_cfu), allowed, "take the next higher one"))
    if cluster_kind == _WITHOUT_RBAC:
        remedy = "take standard or higher; role bindings on topics have no effect on basic, and statements would FAIL"
        found.append(Mistake(where, "kafka.kind", cluster_kind, "standard, enterprise, dedicated", remedy))
    if cluster_kind == _WITHOUT_TRANSACTIONS:
        remedy = "take standard, enterprise or dedicated; Flink writes in transactions, which freight does not have"
        found.append(Mistake(where, "kafka.kind", cluster_kind, "standard, enterprise, dedicated", remedy))
    return found

"""Every stack there is."""

import copy
from decimal import Decimal

import pytest

from operations.cost import change, estimate
from operations.cost.model import cents
from operations.plan.stack_file import stack_names
from tests.components.plans import plan_of

# What the stacks use and no public price was found for. A new entry here is a decision, not a fix.
WITHOUT_A_FIGURE = (
    "metrics of level PER_TOPIC_PER_BROKER",
    "PostgreSQL db.m7g.large",
    "Schema Registry, package ",
    "access point",
    "connector PostgresCdcSourceV2",
    "cluster link",
    "data kept",
    "data written and read",
    "dedicated cluster",
    "encryption under a key",
    "gateway",
    "mirrored data",
    "network of one's own",
    "nodes for ",
    "peering",
    "private link",
    "schema above",
    "Tableflow topic",
    "transit gateway attachment",
)


@pytest.mark.parametrize("stack", stack_names())
def test_every_type_of_every_stack_is_priced_free_or_by_use(stack: str):
    found = estimate(plan_of(stack))
    assert [gap.type for gap in found.gaps if not gap.known_type] == []
    assert [gap.what for gap in found.gaps if not gap.what.startswith(WITHOUT_A_FIGURE)] == []
    assert [gap.what for gap in found.gaps if "not known before" in gap.reason] == []
    assert found == estimate(plan_of(stack))


def test_dev_msk_by_hand():
    hours = Decimal(730)
    expected = {
        ("network", "NAT gateway"): hours * Decimal("0.045"),
        ("network", "public IPv4 address"): hours * Decimal("0.005"),
        ("cluster", "EKS control plane"): hours * Decimal("0.10"),
        # Three pools, each with one node of 4 cores and 16 GiB, 12 % fee and a disk of 80 GB.
        ("cluster", "node m6i.xlarge, pool jobmanagers"): hours * Decimal("0.192"),
        ("cluster", "node m6i.xlarge, pool platform"): hours * Decimal("0.192"),
        ("cluster", "node m6i.xlarge, pool taskmanagers"): hours * Decimal("0.192"),
        ("cluster", "Auto Mode fee for m6i.xlarge"): 3 * hours * Decimal("0.192") * Decimal("0.12"),
        ("cluster", "disks of nodes"): 3 * 80 * Decimal("0.08"),
        ("kafka", "broker kafka.t3.small"): 3 * hours * Decimal("0.0456"),
        ("kafka", "broker storage"): 3 * 50 * Decimal("0.10"),
        ("kafka", "secret"): 4 * Decimal("0.40"),
        ("cdc", "MSK Connect unit"): hours * Decimal("0.11"),
        ("cdc", "secret"): Decimal("0.40"),
        ("cdc", "alarm, for each metric"): Decimal("0.10"),
        ("flink", "PostgreSQL db.t4g.small"): hours * Decimal("0.032"),
        ("flink", "gp3 storage"): 20 * Decimal("0.115"),
        ("flink", "secret"): Decimal("0.40"),
        ("flink", "alarm, for each metric"): Decimal("0.10"),
        ("postgres", "PostgreSQL db.t4g.medium"): hours * Decimal("0.065"),
        ("postgres", "gp3 storage"): 50 * Decimal("0.115"),
        ("postgres", "secret"): Decimal("0.40"),
        ("postgres", "alarm, for each metric"): 3 * Decimal("0.10"),
        ("endpoint", "load balancer, application"): hours * Decimal("0.0225"),
        ("secrets", "secret"): 2 * Decimal("0.40"),
        **{
            (part, "KMS key"): Decimal(1)
            for part in ("network", "cluster", "kafka", "cdc", "flink", "postgres", "lake")
        },
    }
    found = estimate(plan_of("dev-msk"))
    assert {(line.part, line.what): line.monthly for line in found.lines if line.fixed} == {
        key: cents(amount) for key, amount in expected.items()
    }
    assert found.fixed == sum(cents(amount) for amount in expected.values())


def test_dev_msk_with_six_brokers():
    base = plan_of("dev-msk")
    head = copy.deepcopy(base)
    for resource in head.resources:
        if resource["type"] == "aws:msk/cluster:Cluster":
            resource["inputs"]["numberOfBrokerNodes"] = 6
    found = change(base, head)
    brokers = cents(6 * 730 * Decimal("0.0456")) - cents(3 * 730 * Decimal("0.0456"))
    assert found.monthly == found.fixed == brokers + 3 * 50 * Decimal("0.10")
    assert {line.what for line in found.lines} == {"broker kafka.t3.small", "broker storage"}


def test_the_laptop_costs_nothing():
    found = estimate(plan_of("local"))
    assert (found.lines, found.gaps) == ((), ())

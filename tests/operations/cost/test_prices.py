"""The price table and the assumptions."""

import re
from decimal import Decimal
from pathlib import Path

import pytest

from components.errors import PlatformError
from operations.cost import estimate
from operations.cost.free import is_free
from operations.cost.meter import RULES
from operations.cost.tables import assumptions, price_table
from tests.operations.cost.made import msk, plan, resource


@pytest.mark.parametrize("price", price_table().prices.values(), ids=lambda price: price.key)
def test_each_price_has_amount_unit_source_and_date(price):
    assert price.usd > 0
    assert price.per
    assert price.source.startswith("https://")
    assert re.fullmatch(r"20\d\d-\d\d(-\d\d)?", price.date)
    assert price.date <= price_table().as_of


def test_amounts_are_read_as_they_are_written():
    assert price_table().prices["us-east-1", "s3.get"].usd == Decimal("0.0004")


def test_no_type_has_a_rule_and_is_free():
    kubernetes = {"kubernetes:core/v1:Service", "kubernetes:networking.k8s.io/v1:Ingress"}
    assert {type_ for type_ in RULES if is_free(type_)} == kubernetes


def test_assumptions_of_a_stack_come_over_the_defaults_and_a_file_over_both(tmp_path: Path):
    assert assumptions("other")["data_in_mb_per_second"] == 1
    assert assumptions("prod-msk")["data_in_mb_per_second"] == 5
    file = tmp_path / "ours.yaml"
    file.write_text("stacks: {prod-msk: {data_in_mb_per_second: 12.5}}\ndefaults: {lake_gb: 1}\n")
    found = assumptions("prod-msk", file)
    assert found["data_in_mb_per_second"] == Decimal("12.5")
    assert found["lake_gb"] == 1
    assert found["kafka_retention_days"] == 7


def test_every_mistake_of_a_file_is_named(tmp_path: Path):
    file = tmp_path / "ours.yaml"
    file.write_text(
        "default: {}\ndefaults: {lake: 1, lake_gb: many, state_gb: -1}\nprices: {eggs: 2}\nprice_region: mars\n"
    )
    with pytest.raises(PlatformError) as error:
        assumptions("dev-msk", file)
    keys = {mistake.key for mistake in error.value.mistakes}
    assert keys == {"default", "defaults.lake", "defaults.lake_gb", "defaults.state_gb", "prices.eggs", "price_region"}


@pytest.mark.parametrize(
    ("content", "key"),
    [
        ("defaults: 3", "defaults"),
        ("stacks: [a]", "stacks"),
        ("stacks: {dev-msk: 3}", "stacks.dev-msk"),
        ("node_families: {riscv: {m: m9x}}", "node_families.riscv"),
        ("node_families: {amd64: {x: m9x}}", "node_families.amd64.x"),
    ],
)
def test_a_file_of_another_shape_is_refused(tmp_path: Path, content: str, key: str):
    file = tmp_path / "ours.yaml"
    file.write_text(content)
    with pytest.raises(PlatformError) as error:
        assumptions("dev-msk", file)
    assert [mistake.key for mistake in error.value.mistakes] == [key]


def test_what_has_no_public_price_takes_ones_own(tmp_path: Path):
    file = tmp_path / "ours.yaml"
    file.write_text("prices: {confluent.gateway: 1.5, confluent.enterprise.storage: 0.1}\n")
    gateway = resource("confluentcloud:index/gateway:Gateway", "in", {"region": "us-east-1"})
    cluster = resource("confluentcloud:index/kafkaCluster:KafkaCluster", "k", {"enterprises": [{}]})
    found = {line.what: line for line in estimate(plan(gateway, cluster), file).lines}
    assert found["gateway"].monthly == Decimal("1095.00")
    assert (found["data kept"].monthly, found["data kept"].price.per) == (Decimal("60.48"), "GB-month")


def test_a_price_of_ones_own_fills_a_gap_and_goes_before_the_table(tmp_path: Path):
    file = tmp_path / "ours.yaml"
    file.write_text("prices: {msk.kafka.t3.small: 0.04, msk.kafka.m5.xlarge: 0.4}\n")
    cheaper, filled = estimate(plan(msk()), file), estimate(plan(msk(instance="kafka.m5.xlarge")), file)
    assert [line.monthly for line in cheaper.lines if "broker kafka" in line.what] == [Decimal("87.60")]
    assert [line.monthly for line in filled.lines if "broker kafka" in line.what] == [Decimal("876.00")]
    assert not filled.gaps


def test_a_region_without_prices_has_those_of_another_said_so_or_none(tmp_path: Path):
    there = estimate(plan(msk(), region="eu-central-1"))
    assert there.monthly == estimate(plan(msk())).monthly
    assert there.notes[0] == "No prices of eu-central-1 are known: those of us-east-1 stand in for them."
    assert {(line.region, line.price.region) for line in there.lines} == {("eu-central-1", "us-east-1")}
    file = tmp_path / "ours.yaml"
    file.write_text("price_region: none\n")
    unknown = estimate(plan(msk(), region="eu-central-1"), file)
    assert not unknown.lines
    assert {"broker kafka.t3.small", "broker storage"} <= {gap.what for gap in unknown.gaps}

"""The change of cost between two Plans, and its comment."""

import json
from decimal import Decimal

import pytest

from operations.cost import change, markdown
from operations.cost.markdown import ROWS
from tests.operations.cost.made import msk, plan, resource

SIX = change(plan(msk(3)), plan(msk(6)))


def test_three_more_brokers():
    # 3 x 730 x 0.0456 = 99.864, and 150 GB x 0.10; the six brokers are 199.728, rounded once
    assert [(line.what, line.before, line.after, line.delta) for line in SIX.lines] == [
        ("broker kafka.t3.small", Decimal("99.86"), Decimal("199.73"), Decimal("99.87")),
        ("broker storage", Decimal("15.00"), Decimal("30.00"), Decimal("15.00")),
    ]
    assert (SIX.fixed, SIX.usage, SIX.monthly) == (Decimal("114.87"), 0, Decimal("114.87"))


def test_the_reverse_is_the_same_with_another_sign():
    back = change(plan(msk(6)), plan(msk(3)))
    assert back.monthly == -SIX.monthly
    assert [line.delta for line in back.lines] == [-line.delta for line in SIX.lines]


def test_another_size_is_one_line_less_and_one_more_the_larger_amount_first():
    found = change(plan(msk()), plan(msk(instance="kafka.m7g.large")))
    assert [(line.what, line.delta) for line in found.lines] == [
        ("broker kafka.m7g.large", Decimal("446.76")),
        ("broker kafka.t3.small", Decimal("-99.86")),
    ]


def test_what_loses_its_price_is_no_saving_without_a_word():
    found = change(plan(msk()), plan(msk(instance="kafka.m5.8xlarge")))
    assert found.monthly == Decimal("-99.86")
    assert [gap.what for gap in found.unknown_added] == ["broker kafka.m5.8xlarge"]
    text = markdown(found)
    assert "Not counted: 1 more without a known cost" in text
    assert "- kafka: broker kafka.m5.8xlarge, 1 (no price in the table (msk.kafka.m5.8xlarge))" in text


def test_more_of_the_unknown_is_counted():
    def some(count: int):
        return plan(*(resource("aws:neptune/cluster:Cluster", f"n{i}") for i in range(count)))

    found = change(some(1), some(3))
    assert [(gap.count, gap.resources) for gap in found.unknown_added] == [(2, ("n1", "n2"))]
    assert not found.unknown_removed
    assert not found.unchanged


@pytest.mark.parametrize("same", [msk(), resource("aws:iam/role:Role", "a")])
def test_no_change(same):
    found = change(plan(same), plan(same))
    assert found.unchanged
    assert markdown(found).startswith("### Cost\n\nNo change: about ")


def test_a_new_stack_and_one_that_goes():
    assert "A new stack: about **" in markdown(change(None, plan(msk())))
    gone = change(plan(msk()), None)
    assert gone.monthly < 0
    assert "The stack goes away: **-" in markdown(gone)


def test_the_comment():
    lines = markdown(SIX, heading="").splitlines()
    assert lines[0].startswith("**+114.87 USD a month**: ")
    assert "| kafka | broker kafka.t3.small | 3 x 730 h | 6 x 730 h | +99.87 |" in lines
    assert lines[-1].startswith("<sub>List prices as of 2026-11-20,")


def test_a_long_comment_is_summed_up():
    sizes = [f"db.t4g.{size}" for size in ("micro", "small", "medium", "large")]
    many = [
        resource(
            "aws:rds/instance:Instance",
            f"{part}-{size}",
            {"instanceClass": size, "allocatedStorage": 20, "multiAz": both},
            below=f"streaming-platform:index:{part}",
        )
        for part in ("RdsPostgres", "CmfFlink", "Msk", "Lakehouse")
        for size in sizes
        for both in (True, False)
    ]
    found = change(plan(), plan(*many))
    text = markdown(found)
    rest = found.lines[ROWS:]
    assert f"| | {len(rest)} smaller changes | | | +{sum(line.delta for line in rest)} |" in text
    assert len(text) < 5000


def test_json_holds_numbers():
    content = json.loads(json.dumps(SIX.as_json()))
    assert content["change"] == {"fixed": 114.87, "usage": 0.0, "total": 114.87}
    assert content["lines"][0]["quantityAfter"] == 6 * 730

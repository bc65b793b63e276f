"""A synthetic insurance portfolio: which changes people make to policies and claims.

Pure planning without a database: the same seed and the same starting point give the same changes.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

# A statement and its parameters.
Change = tuple[str, tuple[Any, ...]]

REGIONS = ("north", "east", "south", "west", "centre", "islands")
# Product -> share of the portfolio, mean premium, mean claim (both in the portfolio's currency), service level in
# hours. Of the order of European retail insurance; only their spread matters here.
PRODUCTS: dict[str, tuple[float, float, float, int]] = {
    "motor": (0.6, 620, 2900, 72),
    "home": (0.25, 380, 4100, 120),
    "liability": (0.1, 95, 1500, 168),
    "travel": (0.05, 60, 700, 48),
}
# A claim goes from one to the next; a fifth of those in review are rejected.
_NEXT = {"reported": "in_review", "in_review": "approved", "approved": "paid"}
_REJECTED = 0.2
# Claims are reported up to this long after the damage is known to the insurer; it makes some breach the service level.
_OLDEST_CLAIM = timedelta(days=14)


@dataclass
class Portfolio:
    """The rows that exist, as far as planning needs them.

    policies: policy_id -> vehicle_id or None
    claims:   claim_id -> (policy_id, status)
    """

    policies: dict[int, str | None] = field(default_factory=dict)
    claims: dict[int, tuple[int, str]] = field(default_factory=dict)


class Planner:
    """Plans changes of a portfolio, and keeps `portfolio` as it will be once they are committed."""

    def __init__(self, seed: int, portfolio: Portfolio, now: Callable[[], datetime] = lambda: datetime.now(UTC)):
        self._random, self._now, self.portfolio = random.Random(seed), now, portfolio
        self._next_policy = max(portfolio.policies, default=0) + 1
        self._next_claim = max(portfolio.claims, default=0) + 1
        # The mix of what happens to a portfolio; claims come and go at about the same rate once there are many.
        self._mix: list[tuple[float, Callable[[], list[Change]]]] = [
            (0.30, self.new_claim),
            (0.40, self._advance_claim),
            (0.08, self._correct_amount),
            (0.05, self._move_claim),
            (0.07, self._delete_claim),
            (0.05, self._change_policy),
            (0.02, self.new_policy),
            (0.01, self._delete_policy),
            (0.02, self._swap_vehicles),
        ]

    def change(self) -> list[Change]:
        """The statements of the next change, to be run in one transaction; at least one."""
        weights = [weight for weight, _ in self._mix]
        while True:
            [(_, plan)] = self._random.choices(self._mix, weights)
            statements = plan()
            # Some plans find nothing to change, such as a claim to delete where there is none.
            if statements:
                return statements
            if not self.portfolio.policies:
                return self.new_policy()

    def new_policy(self) -> list[Change]:
        """One more policy. Motor policies insure the vehicle of the same number, where it is free."""
        policy_id = self._next_policy
        self._next_policy += 1
        product = self._random.choices(list(PRODUCTS), [share for share, *_ in PRODUCTS.values()])[0]
        _, premium, _, hours = PRODUCTS[product]
        vehicle = vehicle_id(policy_id - 1) if product == "motor" else None
        self.portfolio.policies[policy_id] = vehicle
        values = (
            policy_id,
            self._random.randrange(1, 10**6),
            product,
            self._random.choice(REGIONS),
            vehicle,
            hours,
            self._money(premium),
            self._now(),
        )
        return [("INSERT INTO public.policies VALUES (%s, %s, %s, %s, %s, %s, %s, %s)", values)]

    def new_claim(self) -> list[Change]:
        """One more claim on some policy."""
        if not self.portfolio.policies:
            return []
        claim_id, policy_id, now = self._next_claim, self._policy(), self._now()
        self._next_claim += 1
        self.portfolio.claims[claim_id] = (policy_id, "reported")
        reported = now - _OLDEST_CLAIM * self._random.random()
        _, _, mean, _ = self._random.choice(list(PRODUCTS.values()))
        values = (claim_id, policy_id, self._money(mean), "reported", reported, None, now)
        return [("INSERT INTO public.claims VALUES (%s, %s, %s, %s, %s, %s, %s)", values)]

    def _advance_claim(self) -> list[Change]:
        claim_id = self._claim()
        if claim_id is None:
            return []
        policy_id, status = self.portfolio.claims[claim_id]
        following = _NEXT.get(status)
        if following is None:
            return []
        if following == "approved" and self._random.random() < _REJECTED:
            following = "rejected"
        self.portfolio.claims[claim_id] = (policy_id, following)
        now = self._now()
        decided = now if following in ("approved", "rejected") else None
        statement = (
            "UPDATE public.claims SET status = %s, decided_at = COALESCE(decided_at, %s), updated_at = %s "
            "WHERE claim_id = %s"
        )
        return [(statement, (following, decided, now, claim_id))]

    def _correct_amount(self) -> list[Change]:
        claim_id = self._claim()
        if claim_id is None:
            return []
        statement = "UPDATE public.claims SET amount = %s, updated_at = %s WHERE claim_id = %s"
        return [(statement, (self._money(2500), self._now(), claim_id))]

    def _move_claim(self) -> list[Change]:
        """A claim was booked on the wrong policy."""
        claim_id = self._claim()
        if claim_id is None:
            return []
        policy_id = self._policy()
        self.portfolio.claims[claim_id] = (policy_id, self.portfolio.claims[claim_id][1])
        statement = "UPDATE public.claims SET policy_id = %s, updated_at = %s WHERE claim_id = %s"
        return [(statement, (policy_id, self._now(), claim_id))]

    def _delete_claim(self) -> list[Change]:
        claim_id = self._claim()
        if claim_id is None:
            return []
        del self.portfolio.claims[claim_id]
        return [("DELETE FROM public.claims WHERE claim_id = %s", (claim_id,))]

    def _change_policy(self) -> list[Change]:
        if not self.portfolio.policies:
            return []
        column, value = self._random.choice(
            [
                ("region", self._random.choice(REGIONS)),
                ("service_level_hours", self._random.choice((24, 48, 72, 120, 168))),
                ("premium", self._money(400)),
            ]
        )
        statement = f"UPDATE public.policies SET {column} = %s, updated_at = %s WHERE policy_id = %s"  # noqa: S608
        return [(statement, (value, self._now(), self._policy()))]

    def _delete_policy(self) -> list[Change]:
        """A policy goes, with its claims."""
        if not self.portfolio.policies:
            return []
        policy_id = self._policy()
        del self.portfolio.policies[policy_id]
        for claim_id in [claim for claim, (policy, _) in self.portfolio.claims.items() if policy == policy_id]:
            del self.portfolio.claims[claim_id]
        return [
            ("DELETE FROM public.claims WHERE policy_id = %s", (policy_id,)),
            ("DELETE FROM public.policies WHERE policy_id = %s", (policy_id,)),
        ]

    def _swap_vehicles(self) -> list[Change]:
        """Two policies exchange their vehicles; each vehicle is free for a moment, as the table demands."""
        if len(self.portfolio.policies) < 2:
            return []
        one, two = self._policy(), self._policy()
        vehicles = self.portfolio.policies
        if one == two:
            return []
        vehicles[one], vehicles[two] = vehicles[two], vehicles[one]
        statement = "UPDATE public.policies SET vehicle_id = %s, updated_at = %s WHERE policy_id = %s"
        now = self._now()
        return [
            (statement, (vehicle, now, policy))
            for vehicle, policy in ((None, one), (None, two), (vehicles[one], one), (vehicles[two], two))
        ]

    def _policy(self) -> int:
        """Some policy; a few have most of the claims, which is what makes keys uneven."""
        policies = list(self.portfolio.policies)
        return policies[int(len(policies) * self._random.random() ** 3)]

    def _claim(self) -> int | None:
        claims = self.portfolio.claims
        return self._random.choice(list(claims)) if claims else None

    def _money(self, mean: float) -> Decimal:
        """An amount around `mean`, at most 99,999.99; amounts of claims are about log-normal."""
        value = min(mean * self._random.lognormvariate(-0.3, 0.8), 99_999.99)
        return Decimal(value).quantize(Decimal("0.01"))


def vehicle_id(number: int) -> str:
    """The name of vehicle `number`, from 0, in both generators."""
    return f"V{number:06d}"

"""Figures: medians, percentiles, growth."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True)
class Spread:
    """Several measurements of one thing: how many, their median, the smallest and the largest."""

    runs: int
    median: float
    low: float
    high: float

    @staticmethod
    def of(values: Sequence[float]) -> "Spread":
        """Raises ValueError where there is no measurement."""
        if not values:
            raise ValueError("no measurements")
        return Spread(len(values), median(values), min(values), max(values))

    def text(self, digits: int = 2, unit: str = "") -> str:
        """`median (low - high) unit`, or the one value."""
        behind = f" {unit}" if unit else ""
        if self.runs == 1:
            return f"{self.median:,.{digits}f}{behind}"
        return f"{self.median:,.{digits}f} ({self.low:,.{digits}f} - {self.high:,.{digits}f}){behind}"


def percentile(ordered: Sequence[float], share: float) -> float:
    """The smallest of the sorted values that at least `share` (0 to 1) of them do not exceed: the nearest rank."""
    if not ordered:
        raise ValueError("no measurements")
    return ordered[max(math.ceil(share * len(ordered)), 1) - 1]


@dataclass(frozen=True)
class Percentiles:
    """How long something took, in seconds."""

    count: int
    p50: float
    p90: float
    p99: float
    longest: float

    @staticmethod
    def of(values: Sequence[float]) -> "Percentiles":
        """Raises ValueError where there is no measurement."""
        ordered = sorted(values)
        return Percentiles(len(ordered), *(percentile(ordered, share) for share in (0.5, 0.9, 0.99, 1.0)))


def growth_exponent(seconds: Mapping[int, float]) -> float:
    """The b of `seconds = a * size ** b`, by least squares over the logarithms: 1 is linear, 2 is quadratic.

    seconds: size -> seconds, of two sizes or more, all above zero
    """
    points = [(math.log(size), math.log(taken)) for size, taken in seconds.items()]
    if len(points) < 2:
        raise ValueError("growth needs two sizes")
    middle_x = sum(x for x, _ in points) / len(points)
    middle_y = sum(y for _, y in points) / len(points)
    above = sum((x - middle_x) * (y - middle_y) for x, y in points)
    return above / sum((x - middle_x) ** 2 for x, _ in points)

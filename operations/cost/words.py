"""Figures as people read them."""

from decimal import Decimal

from operations.cost.model import HOURS, Line

_COUNTED = ("key", "secret", "alarm", "zone")


def money(amount: Decimal) -> str:
    """`1,234.50`, without a currency."""
    return f"{amount:,.2f}"


def signed(amount: Decimal) -> str:
    """`+1,234.50`, `-3.00`, `0.00`."""
    return f"{amount:+,.2f}" if amount else "0.00"


def plain(number: Decimal) -> str:
    """A number without zeros at its end, at most three decimals."""
    rounded = number.quantize(Decimal("0.001")).normalize()
    return f"{rounded:,f}"


def quantity(amount: Decimal, unit: str) -> str:
    """`3 x 730 h` for what runs all month, else amount and unit."""
    if unit.endswith("hour") and amount % HOURS == 0:
        short = unit.removesuffix("hour").removesuffix("-")
        return f"{plain(amount / HOURS)}{' ' + short if short else ''} x 730 h"
    short = unit.removesuffix("-month")
    if short[0].isdigit():
        return f"{plain(amount)} x {short}"
    return f"{plain(amount)} {short}{'s' if short in _COUNTED and amount != 1 else ''}"


def price(line: Line) -> str:
    """The unit price with all its digits, at least two."""
    whole, _, digits = f"{line.price.usd.normalize():f}".partition(".")
    return f"{whole}.{digits.ljust(2, '0')}"

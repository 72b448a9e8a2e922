"""Money and days in a body."""

from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from ucsync.sandbox.reply import Refusal

_CENT: Final = Decimal("0.01")
_AMOUNT_MAX: Final = 10**9
_DAYS_MAX: Final = 36_500


def cents(amount: Decimal | int, path: str) -> Decimal:
    """The amount to the cent. Raises Refusal when it is beyond what can be kept."""
    exact = Decimal(amount)
    if not -_AMOUNT_MAX <= exact <= _AMOUNT_MAX:
        raise Refusal(400, f"{path} is too large.")
    return exact.quantize(_CENT, ROUND_HALF_UP)


def days(held: int | None, path: str) -> int:
    """A number of days, 0 for null. Raises Refusal when it is negative or beyond a century."""
    number = held or 0
    if not 0 <= number <= _DAYS_MAX:
        raise Refusal(400, f"{path} must be between 0 and {_DAYS_MAX}.")
    return number


def total(amounts: list[Decimal]) -> Decimal:
    """The sum, with two digits also when there is nothing to add."""
    return sum(amounts, Decimal("0.00"))

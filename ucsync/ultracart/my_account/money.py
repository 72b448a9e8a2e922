"""Amounts of an order: each is a number, with a twin that shows it in the order's own currency."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from ucsync.ultracart.fields import Kind
from ucsync.ultracart.my_account.models import MODELS

_TWIN: Final = "Formatted"
_RATES: Final = ("taxRate",)  # a number with a twin, too, but no amount

#: The fields of an order that hold money, in the model's order; the text beside each ends in `Formatted`.
MONEY_PAIRS: Final = tuple(
    name
    for name, field in MODELS["Order"].fields.items()
    if field.kind is Kind.NUMBER and name + _TWIN in MODELS["Order"].fields and name not in _RATES
)


@dataclass(frozen=True, slots=True)
class Money:
    """An amount and how it is to be shown; the vendor advises against converting amounts, so that `shown`
    goes first wherever a person reads it. None where the order does not have it, or not of the right kind."""

    amount: Decimal | int | None
    shown: str | None


def money_of(order: Mapping[str, object], name: str) -> Money:
    """One amount of an order.

    Args:
        order: as answered.
        name: one of `MONEY_PAIRS`.

    Raises:
        KeyError: it is none of them.
    """
    if name not in MONEY_PAIRS:
        raise KeyError(name)
    amount, shown = order.get(name), order.get(name + _TWIN)
    return Money(
        amount if isinstance(amount, (Decimal, int)) and not isinstance(amount, bool) else None,
        shown if isinstance(shown, str) else None,
    )

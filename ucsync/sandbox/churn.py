"""Other people at work on the same merchant: customers come, change, go and are merged between requests.

A function of (seed, number of the request, state of the merchant); nothing is done where nothing can be,
as a merge needs two customers.
"""

from collections.abc import Callable, Mapping
from itertools import islice
from types import MappingProxyType
from typing import Final

from ucsync.sandbox.faults import churn_after, draw_below
from ucsync.sandbox.merchant import Merchant
from ucsync.sandbox.reply import Refusal


def churn(merchant: Merchant, rates: Mapping[str, float], seed: int, number: int) -> str | None:
    """Do what follows the `number`-th request.

    Returns:
        The kind of churn done, or None: none was drawn, or it was impossible.
    """
    kind = churn_after(rates, seed, number)
    if kind is None:
        return None
    try:
        return kind if _ACTS[kind](merchant, seed, number) else None
    except Refusal:
        return None


def _insert(merchant: Merchant, seed: int, number: int) -> bool:
    tail = f"{seed}-{number}"
    name = {"first_name": "Newly", "last_name": f"Arrived {number}"}
    merchant.insert({"email": f"arrived-{tail}@example.com", "billing": [name], "tags": []})
    return True


def _update(merchant: Merchant, seed: int, number: int) -> bool:
    oid = _any_oid(merchant, seed, "update", number)
    if oid is None:
        return False
    merchant.update(oid, {"business_notes": f"changed after request {number}"})
    return True


def _delete(merchant: Merchant, seed: int, number: int) -> bool:
    oid = _any_oid(merchant, seed, "delete", number)
    if oid is None:
        return False
    merchant.delete(oid)
    return True


def _merge(merchant: Merchant, seed: int, number: int) -> bool:
    count = merchant.count()
    if count < 2:
        return False
    first = draw_below(count, seed, "survivor", number)
    second = (first + 1 + draw_below(count - 1, seed, "absorbed", number)) % count
    merchant.merge(_oid_at(merchant, first), _oid_at(merchant, second))
    return True


def _any_oid(merchant: Merchant, seed: int, topic: str, number: int) -> int | None:
    count = merchant.count()
    return _oid_at(merchant, draw_below(count, seed, topic, number)) if count else None


def _oid_at(merchant: Merchant, position: int) -> int:
    return next(islice(merchant.oids(), position, None))


_ACTS: Final[Mapping[str, Callable[[Merchant, int, int], bool]]] = MappingProxyType(
    {"insert": _insert, "update": _update, "delete": _delete, "merge": _merge}
)

"""What befalls the n-th request, and what changes after it: drawn from the seed and the number alone.

The same seed gives the same faults at the same requests in every process, whatever the requests are.
"""

from collections.abc import Iterable, Mapping
from hashlib import blake2b
from typing import Final

from ucsync.sandbox.settings import CHURN, FAULTS

_SPAN: Final = 2**53  # every such fraction is a float of its own


def draw(seed: int, topic: str, number: int) -> float:
    """A figure in [0, 1) that belongs to this topic of the `number`-th request."""
    digest = blake2b(f"{seed}:{topic}:{number}".encode(), digest_size=8).digest()
    return (int.from_bytes(digest, "big") >> 11) / _SPAN


def draw_below(bound: int, seed: int, topic: str, number: int) -> int:
    """An integer of 0 to `bound` - 1; `bound` is at least 1."""
    return min(bound - 1, int(draw(seed, topic, number) * bound))


def fault_at(rates: Mapping[str, float], seed: int, number: int) -> str | None:
    """The fault that the `number`-th request meets, or None.

    Args:
        rates: probabilities by the names in `FAULTS`; together at most 1.
        seed: the sandbox's seed.
        number: of the request, counted from 1.
    """
    return _pick(rates, FAULTS, draw(seed, "fault", number))


def churn_after(rates: Mapping[str, float], seed: int, number: int) -> str | None:
    """The kind of churn that follows the `number`-th request, or None; `rates` by names in `CHURN`."""
    return _pick(rates, CHURN, draw(seed, "churn", number))


def _pick(rates: Mapping[str, float], names: Iterable[str], figure: float) -> str | None:
    edge = 0.0
    for name in names:
        edge += rates.get(name, 0.0)
        if figure < edge:
            return name
    return None

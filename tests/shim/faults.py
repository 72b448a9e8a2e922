"""Which faults a run is to meet: all that there are, or a few in which each kind has its turn."""

from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass

from tests.shim.operations import TAKES_ROOM, How, Kind

#: What befalls a kind of operation on a kind of file.
Pair = tuple[str, How]


@dataclass(frozen=True, order=True)
class Fault:
    """One fault, at operation `at`, from 1."""

    at: int
    how: How


def every(labels: Sequence[str]) -> list[Fault]:
    """All faults that a run may meet.

    Args:
        labels: of its operations, in their order.
    """
    return [Fault(at, how) for at, label in enumerate(labels, 1) for how in _possible(label)]


def a_few(labels: Sequence[str], covered: Set[Pair]) -> list[Fault]:
    """Faults in which everything that may befall each kind of operation on each kind of file does once.

    Args:
        labels: as above.
        covered: what needs no turn here.
    """
    left = {pair for fault in every(labels) for pair in stands_for(fault, labels)} - covered
    chosen = []
    for most in (2, 1):  # one that stands for two things comes before two that stand for one each
        for fault in every(labels):
            new = left.intersection(stands_for(fault, labels))
            if len(new) >= most:
                left -= new
                chosen.append(fault)
    return chosen


def stands_for(fault: Fault, labels: Sequence[str]) -> Iterator[Pair]:
    """What it tries. On the disk a death after an operation is one before the next operation; and a sync
    that fails for one reason stands for one that fails for another."""
    label = labels[fault.at - 1]
    yield label, fault.how
    if fault.how is How.FAIL and label.startswith("sync"):
        yield label, How.FULL
    if fault.how is How.KILL_BEFORE and fault.at > 1:
        yield labels[fault.at - 2], How.KILL_AFTER
    if fault.how is How.KILL_AFTER and fault.at < len(labels):
        yield labels[fault.at], How.KILL_BEFORE


def _possible(label: str) -> Iterator[How]:
    kind = Kind[label.partition(" ")[0].upper()]
    yield from (How.KILL_BEFORE, How.KILL_AFTER, How.FAIL)
    if kind is Kind.WRITE:
        yield How.SHORT
    if kind in TAKES_ROOM:
        yield How.FULL

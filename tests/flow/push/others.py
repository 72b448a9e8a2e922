"""Other people at work on the customers of a push, by what they do to it."""

from collections.abc import Callable, Mapping, Sequence
from random import Random
from types import MappingProxyType
from typing import Any, Final

from tests.flow.push.rig import Rig
from tests.flow.push.wire import AFTER, BEFORE, LATE, Sent

#: The fields of a row that belong to the server.
_ITS_OWN: Final = ("day_phone_e164", "evening_phone_e164")


def rows(rig: Rig, oid: int, part: str) -> list[dict[str, Any]]:
    """A list of a customer, to be changed and sent back."""
    truth = rig.merchant.truth(oid) or {}
    return [{key: row[key] for key in row if key not in _ITS_OWN} for row in truth.get(part, [])]


def same_scalar(rig: Rig, oid: int, word: str) -> None:
    """A field that the CRM may want as well."""
    rig.edit(oid, terms=f"Net {word}")


def other_scalar(rig: Rig, oid: int, word: str) -> None:
    """A field that no CRM wants."""
    rig.edit(oid, website_url=f"https://{word}.example")


def same_cell(rig: Rig, oid: int, word: str) -> None:
    """The city of the default address."""
    addresses = rows(rig, oid, "billing")
    for row in addresses:
        if row.get("default_billing"):
            row["city"] = f"Old {word}"
    rig.edit(oid, billing=addresses)


def same_row(rig: Rig, oid: int, word: str) -> None:
    """Another field of the address whose city the CRM may want."""
    addresses = rows(rig, oid, "billing")
    for row in addresses:
        row["company"] = f"{word} & Co"
    rig.edit(oid, billing=addresses)


def another_row(rig: Rig, oid: int, word: str) -> None:
    """One more address beside it."""
    rig.edit(oid, billing=[*rows(rig, oid, "billing"), {"city": word, "first_name": "N"}])


def a_tag(rig: Rig, oid: int, word: str) -> None:
    """One more tag beside those that the CRM adds."""
    rig.edit(oid, tags=[*rows(rig, oid, "tags"), {"tag_value": f"seen {word}"}])


def a_property(rig: Rig, oid: int, word: str) -> None:
    """One more property."""
    rig.edit(oid, properties=[*rows(rig, oid, "properties"), {"name": f"p{word}", "value": word}])


def gone(rig: Rig, oid: int, word: str) -> None:
    """The customer is deleted."""
    rig.remove(oid)


Edit = Callable[[Rig, int, str], None]
EDITS: Final[Mapping[str, Edit]] = MappingProxyType({
    one.__name__: one
    for one in (same_scalar, other_scalar, same_cell, same_row, another_row, a_tag, a_property, gone)
})  # fmt: skip
#: Those after which the customer is there still.
GENTLE: Final = tuple(one for name, one in EDITS.items() if name != "gone")


class Trouble:
    """A script: answers lost in all three ways, and others at work, drawn from a seed.

    Args:
        rig: whose customers they are.
        oids: whom a push is about.
        chance: the seed's.
        points: at which a write loses its answer.
        lost: the chance of a write to lose it.
        lost_reads: the same of a read.
        meddling: the chance of an edit at each point.
        troubles: so many answers are lost at most.
    """

    def __init__(
        self, rig: Rig, oids: list[int], chance: Random, *, lost: float = 0.3, lost_reads: float = 0.05,
        meddling: float = 0.15, troubles: int = 40, points: Sequence[Sequence[str]] = (BEFORE, AFTER, LATE),
    ) -> None:  # fmt: skip
        self._rig = rig
        self._oids = oids
        self._chance = chance
        self._lost, self._lost_reads, self._meddling = lost, lost_reads, meddling
        self._points = points
        self._left = troubles
        self._word = 0

    def before(self, sent: Sent) -> str:
        """See `Script`."""
        self._meddle(sent)
        if not self._left or self._chance.random() >= (self._lost if sent.writes else self._lost_reads):
            return ""
        self._left -= 1
        point = self._chance.choice(self._points if sent.writes else (BEFORE, AFTER))
        return self._chance.choice(point)

    def after(self, sent: Sent) -> None:
        """See `Script`."""
        self._meddle(sent)

    def _meddle(self, sent: Sent) -> None:
        if not self._oids or self._chance.random() >= self._meddling:
            return
        self._word += 1
        near = sent.oid is not None and self._chance.random() < 0.6
        oid = sent.oid if near and sent.oid is not None else self._chance.choice(self._oids)
        edits = GENTLE if self._chance.random() < 0.97 else tuple(EDITS.values())
        self._chance.choice(edits)(self._rig, oid, str(self._word))

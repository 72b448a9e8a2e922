"""What takes a step back, field by field: only where what the push has written is still there."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any, Final

from ucsync.flow.push.run import CANARY, HALTED, HALTED_BY
from ucsync.model.pushes import NEW_ROW, Change
from ucsync.store.journal import Journal, JournalStep
from ucsync.ultracart.changes import (
    PUSHED_PARTS,
    UNSEEN,
    after_changes,
    held_at,
    in_effect,
    restoring,
    reversed_change,
)
from ucsync.ultracart.child_rows import CUSTOMER_PARTS
from ucsync.ultracart.codec import decode_json
from ucsync.ultracart.records import Record, record_of, same

#: Rows of these are names and nothing else; what stands beside one is the server's.
_NAMES_ONLY: Final = ("tags", "pricing_tiers")


#: What of loyalty would be lost with a customer.
_WORTH: Final = ("current_points", "pending_points", "internal_gift_certificate_balance")


class Verdict(Enum):
    """What is to be done about one place that a push has changed."""

    BACK = "it still holds what the push has written, and gets back what was there"
    AS_BEFORE = "it holds what was there before"
    EDITED = "somebody else has changed it since, and that stays"


@dataclass(frozen=True, slots=True)
class Undone:
    """One place of a customer.

    Attributes:
        change: that takes it back; `before` is what is there now.
        verdict: whether it is to be made.
    """

    change: Change
    verdict: Verdict


def undone(journal: Journal, entry: JournalStep, oid: int, record: Record) -> Iterator[Undone]:
    """All places that a step has changed, as the customer is now.

    That is what was planned and sent. Of the canary that has stopped a push it is everything that was
    different afterwards, planned or not. Of other steps the archive tells nothing: between it and an answer
    that was read back later, others may have been at work.

    Args:
        journal: of the push.
        entry: an update that may have acted.
        oid: the customer.
        record: as they are now, with all changes that later steps have made taken back.
    """
    number = entry.step.number
    if _has_halted(journal, number):
        before, after = journal.archived(number).get(oid), journal.answered(number)
        if before is not None and after is not None:
            for back in restoring(record_of(decode_json(before)), record_of(decode_json(after))):
                yield _judged(record, back, back.before)
            return
    for made in entry.step.changes:
        if _was_sent(entry, made):
            for one in _by_field(made):
                yield from _taken_back(entry, one, record)


def unread_part(change: Change, expansions: tuple[str, ...]) -> str | None:
    """The part of a change, if it is one that is not read any more."""
    part = change.part
    return part if part in PUSHED_PARTS and part not in expansions else None


def why_it_stays(entry: JournalStep, record: Record, expansions: Collection[str]) -> str | None:
    """Why a customer whom a push has inserted is not to be deleted, None when nothing has happened to them.

    Args:
        entry: the insert.
        record: the customer as they are now.
        expansions: parts that are read.
    """
    if restoring(after_changes({}, entry.step.changes), record):
        return "the new customer was changed since, and stays"
    if "orders_summary" not in expansions:
        return "orders_summary is not read, so whether the new customer has ordered is not known"
    if record.get("orders_summary", {}).get("order_count"):
        return "the new customer has ordered since, and stays"
    loyalty = record.get("loyalty", {})
    if any(loyalty.get(name) for name in _WORTH):
        return "the new customer has points or cashback, and stays"
    return None


def _has_halted(journal: Journal, number: int) -> bool:
    """Whether it is the canary that has found what was not planned."""
    by, reason = journal.noted(HALTED_BY), journal.noted(HALTED)
    return by == CANARY and str(reason).startswith(f"step {number}: ")


def _was_sent(entry: JournalStep, made: Change) -> bool:
    """Whether the step had a hand in it: a part in which all was so already was not sent."""
    if made.part in UNSEEN or same(made.before, made.after):
        return False
    return entry.body is None or made.part in entry.body


def _taken_back(entry: JournalStep, made: Change, record: Record) -> Iterator[Undone]:
    """The place of one change; of a new row that is there no more as it was made, what it may be by now."""
    back = reversed_change(made, record)
    part = CUSTOMER_PARTS.get(made.part)
    if part is not None and part.own is not None and back.row == NEW_ROW and made.before is None:
        sent = {row.get(part.own) for row in (entry.body or {}).get(made.part, ())}
        since = [row for row in record.get(made.part, ()) if row.get(part.own) not in sent]
        if part.key is None and since:
            for row in since:
                name = row.get(part.own, NEW_ROW)
                yield Undone(Change(made.part, name, None, part.fields(row), None), Verdict.EDITED)
            return
    yield _judged(record, back, made.after)


def _by_field(made: Change) -> Iterator[Change]:
    """A row that was changed as a whole, field by field, so that a field can become empty again."""
    if not (isinstance(made.before, dict) and isinstance(made.after, dict)):
        yield made
        return
    for name in sorted(made.after):
        if not same(made.before.get(name), made.after[name]):
            yield Change(made.part, made.row, name, made.before.get(name), made.after[name])


def _judged(record: Record, back: Change, written: Any) -> Undone:
    """A change that takes back what was `written`."""
    held = held_at(record, back)
    now = replace(back, before=held)
    if in_effect(record, back):
        return Undone(now, Verdict.AS_BEFORE)
    return Undone(now, Verdict.BACK if _is_alike(back.part, held, written) else Verdict.EDITED)


def _is_alike(part: str, held: Any, written: Any) -> bool:
    if isinstance(held, dict) and isinstance(written, dict):
        return part in _NAMES_ONLY or all(
            same(held.get(name), written.get(name)) for name in held.keys() | written.keys()
        )
    return same(held, written)

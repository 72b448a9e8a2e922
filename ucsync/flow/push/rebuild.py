"""Who is gone after a push, from its archive: a plan that inserts them anew, and what will be missing."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from ucsync.flow.push.plan_book import Origin, PlanBook
from ucsync.flow.workplace import Workplace
from ucsync.model.pushes import Action, Rejected, Step
from ucsync.store.journal import Journal, JournalStep
from ucsync.store.matching import match_emails, oids_there
from ucsync.store.plan_files import PlanDraft, PlanFile
from ucsync.ultracart.changes import insert_body, restoring
from ucsync.ultracart.codec import decode_json
from ucsync.ultracart.records import Record, record_of

#: Lines about single customers in a plan's notes; the rest are counted.
_NOTED_MAX: Final = 100
_ALWAYS: Final = (
    "who is inserted anew gets another number and, except by e-mail address, is somebody else to the server: "
    "orders, quotes, licences, cards, points, store credit, attachments and the password do not come back"
)


def write_rebuild(
    place: Workplace, origin: Origin, journal: Journal, numbers: Sequence[int], out: Path
) -> PlanFile:
    """A plan that inserts anew those whom merges and deletions of a push have removed.

    It is applied like any plan, and only when somebody wants it; survivors keep what they took over.

    Args:
        place: of the merchant.
        origin: of the undo.
        journal: of the push.
        numbers: of the steps.
        out: a folder, or the file of the undo: then this one is beside it.

    Raises:
        Misused: there is a file of that name.
        StorageFailed: the disk refuses, or the lake or the journal is damaged.
    """
    beside = out if out.is_dir() else out.with_name(f"{out.stem}-rebuild{out.suffix}")
    with PlanDraft(place.files, beside) as draft:
        book = PlanBook(draft, place.lake.suppression())
        steps = list(_steps(journal, numbers))
        emails = [step.email for step, _ in steps if step.email]
        held = match_emails(place.lake, origin.receipt, emails) if emails else {}
        there = oids_there(place.lake, origin.receipt, [step.oid for step, _ in steps if step.oid])
        missing = []
        for step, lost in steps:
            others = held.get((step.email or "").lower(), [])
            why = _unfit(step, step.oid in there, others)
            if why is not None or step.email is None:
                book.reject([_rejected(step, why or "")])
                continue
            held[step.email.lower()] = [step.oid or 0]  # for another one of that address
            book.add(replace(step, oid=None))
            missing += [lost] if lost else []
        book.notes += [_ALWAYS, *missing[:_NOTED_MAX]]
        if len(missing) > _NOTED_MAX:
            book.notes.append(f"and {len(missing) - _NOTED_MAX} more who had something of that")
        return book.seal(place, replace(origin, source=f"the archive of push {journal.id}", undoes=None))


def _steps(journal: Journal, numbers: Iterable[int]) -> Iterator[tuple[Step, str | None]]:
    """For each who is gone an insert, with their old number for the time being, and what will be missing."""
    for number in numbers:
        entry = journal.entry(number)
        gone = entry.step.absorbed if entry.step.action is Action.MERGE else entry.oid
        archived = journal.archived(number).get(gone or 0, b"{}")
        step = Step(number=0, action=Action.INSERT, oid=gone, email=None, rows=entry.step.rows,
                    worth=entry.step.worth)  # fmt: skip
        record = record_of(decode_json(archived))
        changes = tuple(restoring(record, {}))
        whole = replace(step, email=record.get("email"), changes=changes, body=insert_body(changes))
        yield whole, _missing(entry, gone, record)


def _unfit(step: Step, there: bool, others: Sequence[int]) -> str | None:
    """Why somebody is not inserted anew, None when they can be."""
    if there:
        return "this customer is still there"
    if others:
        return f"customer {others[0]} has the e-mail address"
    return None if step.email else "nothing was archived of this customer, or no e-mail address"


def _rejected(step: Step, problem: str) -> Rejected:
    key = step.email or f"customer {step.oid}"
    return Rejected(row=step.rows[0] if step.rows else 0, key=key, column=None, problem=problem)


def _missing(entry: JournalStep, gone: int | None, record: Record) -> str | None:
    """What of a customer an insert does not bring back, in one line without their data."""
    lost = [told for told in _belongings(record) if told]
    if not lost:
        return None
    merged = entry.step.action is Action.MERGE
    where = f"customer {entry.step.oid} has" if merged else "gone for good with the deletion are"
    return f"of customer {gone} {where} {', '.join(lost)}"


def _belongings(record: Record) -> Iterator[str | None]:
    for part, name in (("orders_summary", "order"), ("quotes_summary", "quote")):
        yield _counted(record.get(part, {}).get(f"{name}_count", 0), name)
    for part, name in (
        ("software_entitlements", "licence"),
        ("cards", "card"),
        ("attachments", "attachment"),
    ):
        yield _counted(len(record.get(part, ())), name)
    yield _counted(record.get("loyalty", {}).get("current_points", 0), "point")


def _counted(count: Any, name: str) -> str | None:
    return f"{count} {name}{'' if count == 1 else 's'}" if count else None

"""Rows that are about nobody in the lake: new customers where the mapping permits, else said so."""

from collections.abc import Sequence
from typing import Final

from ucsync.flow.push.plan_book import WAS_FORGOTTEN, PlanBook
from ucsync.flow.push.plan_credits import is_given
from ucsync.flow.push.plan_rows import Ground, Located, disagreement
from ucsync.model.pushes import Action, Change, Rejected, Step
from ucsync.ultracart.cells import email_problem
from ucsync.ultracart.changes import insert_body
from ucsync.ultracart.check import body_faults
from ucsync.ultracart.models import MODELS
from ucsync.ultracart.resolving import resolve
from ucsync.ultracart.wishes import Asked

_CUSTOMER: Final = MODELS["Customer"]
_OPT_IN: Final = "to insert those who are not there, the mapping says [actions] insert = true"

_PARTIAL: Final = "not all customers are in the lake yet, so nobody knows who is new; see `ucsync status`"

_Problems = list[tuple[str | None, str]]


def plan_strangers(ground: Ground, located: Located, batch: Sequence[Sequence[int]], book: PlanBook) -> None:
    """Some rows, those for the same e-mail address together, by their positions."""
    group_of = {position: number for number, positions in enumerate(batch) for position in positions}
    asked: list[list[Asked]] = [[] for _ in batch]
    spoilt: set[int] = set()
    for position, one, faults in ground.read([*group_of]):
        if one is None:
            spoilt.add(group_of[position])
            book.reject(faults)
        else:
            asked[group_of[position]].append(one)
    for number, asks in enumerate(asked):
        if asks:
            _stranger(ground, located, asks, book, spoilt=number in spoilt)


def _stranger(ground: Ground, located: Located, asks: list[Asked], book: PlanBook, *, spoilt: bool) -> None:
    """Who is in no row of the lake."""
    problems: _Problems = []
    one = asks[0]
    if problem := _why_not(ground, located, one) or disagreement(asks, spoilt=spoilt):
        problems.append((None, problem))
    changes = [] if problems else _changes(one, problems)
    if not problems:
        email = str(next(change.after for change in changes if change.part == "email"))
        if problem := email_problem(email) or located.clash(email, email.lower()):
            problems.append((None, problem))
        body = insert_body(changes)
        problems += [(None, f"{fault.path}: {fault.problem}") for fault in body_faults(_CUSTOMER, body, "")]
    if problems:
        book.reject(
            Rejected(row=ask.row, key=ask.key, column=column, problem=problem)
            for ask in asks
            for column, problem in problems
        )
        return
    rows = tuple(ask.row for ask in asks)
    book.add(
        Step(
            number=0, action=Action.INSERT, oid=None, email=email, changes=tuple(changes), body=body,
            rows=rows, worth=one.worth,
        )
    )  # fmt: skip


def _why_not(ground: Ground, located: Located, one: Asked) -> str | None:
    """Why a row cannot be an insert, in words; None when it can."""
    if ground.forgotten.covers_email(one.email) or ground.forgotten.covers_email(one.key):
        return WAS_FORGOTTEN
    absence = located.directory.absence(one.key)
    if one.action not in (Action.UPDATE, Action.INSERT) or located.directory.holders(one.key):
        return absence
    if ground.mapping.match_by != "email" and one.key:
        return absence
    if not ground.mapping.insert:
        return f"{absence}; {_OPT_IN}"
    return f"{absence}, and {_PARTIAL}" if ground.receipt.is_partial else None


def _changes(one: Asked, problems: _Problems) -> list[Change]:
    """A new customer as changes of nobody; what cannot be had is added to `problems`."""
    for wish in one.wishes:
        if is_given(wish.target):
            problems.append((wish.column, "can be given once the customer is there; push it then"))
    proposals, faults = resolve({}, one.wishes)
    problems += faults
    email = one.email or ""
    for proposal in proposals:
        if proposal.change.part == "email" and proposal.change.after.lower() != email.lower():
            problems.append((proposal.wish.column, "another e-mail address than the one the row is found by"))
    changes = [proposal.change for proposal in proposals]
    if not any(change.part == "email" for change in changes):
        changes.insert(0, Change("email", None, None, None, email))
    return changes

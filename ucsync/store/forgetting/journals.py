"""Journals without people: what was sent to them, how they were before, what the server answered.

What a journal needs to go on, and not to send anything twice, stays: that there was a step, of which kind,
how it ended, what rests on it, and the mark by which a credit is known. Whom it was about does not.
"""

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Final

from ucsync.model.pushes import Action, Step
from ucsync.store.forgetting.people import People
from ucsync.store.forgetting.tables import texts_in_json, texts_of_step
from ucsync.store.journal import Journal
from ucsync.store.journal_file import (
    JournalFile,
    decoded,
    encoded,
    instant,
    open_journal,
    reseal,
    unpacked,
)
from ucsync.store.pushes import Pushes

_WHAT: Final = "forgetting somebody in a journal"
_REASON: Final = "the customer was forgotten"
_IN_DOUBT: Final = "the customer was forgotten before it was known what came of it"
_DOCUMENTS: Final = {"bodies": "body", "answers": "document", "archives": "document"}


def merges_in(pushes: Pushes) -> Iterator[tuple[int, int]]:
    """Pairs of customers that pushes have merged, or may have. Raises StorageFailed."""
    for push_id in pushes.ids():
        yield from pushes.merged(push_id)


def texts_journaled(pushes: Pushes, people: People) -> Iterator[str]:
    """The texts of what journals hold of people. Raises StorageFailed."""
    for push_id in pushes.ids():
        with closing(_opened(pushes.path_of(push_id))) as file:
            for number in _steps(file, people):
                query = "SELECT step FROM steps WHERE number = ?"
                for (held,) in file.rows(_WHAT, query, (number,)):
                    yield from texts_of_step(decoded(held))
                for table, column in _DOCUMENTS.items():
                    query = f"SELECT {column} FROM {table} WHERE number = ?"  # noqa: S608  (names of ours)
                    for (held,) in file.rows(_WHAT, query, (number,)):
                        yield from texts_in_json(unpacked(held).decode(errors="replace"))


def doubtful_steps(pushes: Pushes, people: People) -> int:
    """Steps about people of which nobody knows what came of them. Raises StorageFailed."""
    count = 0
    for push_id in pushes.in_doubt():
        with closing(_opened(pushes.path_of(push_id))) as file:
            numbers = _steps(file, people)
            query = "SELECT number FROM outcomes WHERE state = 'sent'"
            sent = {number for (number,) in file.rows(_WHAT, query)}
            count += len(numbers & sent)
    return count


def erase_journaled(pushes: Pushes, people: People, snapshot: str, now: datetime) -> int:
    """Blank people's steps in every journal, and leave nothing of them in its file.

    Each journal is changed in one transaction. What waited is dropped, and what was in doubt stays so for
    good: it is not sent again. What the lake did not know yet it need not know any more.

    Args:
        pushes: all of them.
        people: who goes.
        snapshot: that is current, "" for none.
        now: our clock.

    Returns:
        How many steps were blanked.

    Raises:
        StorageFailed: a journal is damaged, or the disk refuses.
    """
    count = 0
    for push_id in pushes.ids():
        file, begun = open_journal(pushes.path_of(push_id))
        with Journal(file, begun) as journal:
            file.connection.execute("PRAGMA secure_delete=ON")
            numbers = _steps(file, people)
            if numbers:
                for number in sorted(numbers & _unsettled(file)):
                    journal.drop_dependents(number, _REASON, now)
                with file.transaction(_WHAT) as connection:
                    _blank(connection, numbers, snapshot, now)
                    reseal(connection)
            count += len(numbers)
            file.scrub(_WHAT)  # whoever died here before may have left what was deleted
    return count


def _opened(path: Path) -> JournalFile:
    return open_journal(path)[0]


def _steps(file: JournalFile, people: People) -> set[int]:
    """Numbers of the steps that are about people, blanked ones left out."""
    found: set[int] = set()
    query = "SELECT number, step, outcomes.oid FROM steps JOIN outcomes USING (number)"
    for number, held, oid in file.rows(_WHAT, query):
        step = decoded(held)
        if people.are(oid) or _is_about(step, people):
            found.add(number)
    for table in ("answers", "archives"):
        for number, oid in file.rows(_WHAT, f"SELECT number, oid FROM {table}"):  # noqa: S608  (names of ours)
            if oid in people.oids:
                found.add(number)
    query = "SELECT number, rests_on FROM rests JOIN steps USING (number) WHERE oid IS NULL"
    resting = file.rows(_WHAT, query)
    while more := {number for number, on in resting if on in found} - found:
        found |= more  # what was to be given to somebody whom a step inserts
    return {number for number in found if not _is_blank(file, number)}


def _unsettled(file: JournalFile) -> set[int]:
    query = "SELECT number FROM outcomes WHERE state IN ('waiting', 'sent')"
    return {number for (number,) in file.rows(_WHAT, query)}


def _is_about(step: Step, people: People) -> bool:
    if step.action is Action.INSERT:
        return people.are(None, step.email)
    return people.are(step.oid) or people.are(step.absorbed)


def _is_blank(file: JournalFile, number: int) -> bool:
    """A gift to somebody who was forgotten rests on a step that was."""
    [(held,)] = file.rows(_WHAT, "SELECT step FROM steps WHERE number = ?", (number,))
    step = decoded(held)
    return step.oid is None and step.email is None and not step.changes and not step.body


def _blank(connection: sqlite3.Connection, numbers: Iterable[int], snapshot: str, now: datetime) -> None:
    at = instant(now)
    for number in numbers:
        [(held,)] = connection.execute("SELECT step FROM steps WHERE number = ?", (number,)).fetchall()
        blank = replace(
            decoded(held), oid=None, email=None, changes=(), body={}, absorbed=None, rows=(), worth=None
        )
        connection.execute(
            "UPDATE steps SET step = ?, oid = NULL, absorbed = NULL WHERE number = ?",
            (encoded(blank), number),
        )
        connection.execute(
            "UPDATE outcomes SET reason = CASE state WHEN 'waiting' THEN ? WHEN 'sent' THEN ? ELSE '' END,"
            " settled = coalesce(settled, ?), transient = 0, oid = NULL, landing = NULL,"
            " snapshot = coalesce(snapshot, ?),"
            " state = CASE state WHEN 'waiting' THEN 'dropped' WHEN 'sent' THEN 'diverged' ELSE state END"
            " WHERE number = ?",
            (_REASON, _IN_DOUBT, at, snapshot, number),
        )
        for table in _DOCUMENTS:
            connection.execute(f"DELETE FROM {table} WHERE number = ?", (number,))  # noqa: S608  (names of ours)


def kept_documents(path: Path) -> Iterator[bytes]:
    """What a journal has of anybody, as text: steps, bodies, answers, archives. Raises StorageFailed."""
    with closing(_opened(path)) as file:
        for (held,) in file.rows(_WHAT, "SELECT step FROM steps"):
            yield held
        for table, column in _DOCUMENTS.items():
            for (held,) in file.rows(_WHAT, f"SELECT {column} FROM {table}"):  # noqa: S608  (names of ours)
                yield unpacked(held)

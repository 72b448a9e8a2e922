"""The pushes of a merchant: one journal each, under `<state>/pushes/<merchant>/`.

A plan that has a journal was begun; applying it again goes on with that one.
"""

import re
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from ucsync.model import Misused
from ucsync.store.files import Files, storage
from ucsync.store.journal import Journal
from ucsync.store.journal_file import Begun, asked, copy_of_journal, create, instant
from ucsync.store.lasting import make_lasting
from ucsync.store.plan_files import PlanFile

_SUFFIX: Final = ".db"
_ID: Final = re.compile(r"[0-9]{8}T[0-9]{6}Z-[0-9a-f]{8}")

_MERGES: Final = (
    "SELECT count(*) FROM outcomes CROSS JOIN steps USING (number)"
    " WHERE state IN ('landed', 'sent', 'diverged') AND action = 'merge' AND sent >= ?"
)
_MERGED: Final = (
    "SELECT absorbed, oid FROM (SELECT absorbed, steps.oid FROM outcomes CROSS JOIN steps USING (number)"
    " WHERE state IN ('landed', 'already', 'sent', 'diverged') AND action = 'merge')"
    " WHERE absorbed IS NOT NULL AND oid IS NOT NULL"
)
_MARKS: Final = (
    "SELECT mark FROM outcomes CROSS JOIN steps USING (number)"
    " WHERE state IN ('landed', 'already', 'sent', 'diverged') AND mark <> ''"
)
_IN_DOUBT: Final = "SELECT 1 FROM outcomes WHERE state = 'sent' LIMIT 1"
_WORKED_ON: Final = "SELECT 1 FROM outcomes WHERE sent BETWEEN ? AND ? OR settled BETWEEN ? AND ? LIMIT 1"
_WAITS: Final = "SELECT 1 FROM outcomes WHERE state = 'waiting' LIMIT 1"
_UNPUBLISHED: Final = (
    "SELECT 1 FROM outcomes CROSS JOIN steps USING (number) LEFT JOIN answers USING (number)"
    " WHERE snapshot IS NULL AND settled IS NOT NULL AND (answers.oid IS NOT NULL"
    " OR state IN ('landed', 'already') AND action IN ('merge', 'delete')) LIMIT 1"
)


class Pushes:
    """All of them. One writer at a time (a lock sees to that), any number of readers."""

    def __init__(self, files: Files, folder: Path) -> None:
        """`folder` is `<state>/pushes/<merchant>`; it need not exist."""
        self._files = files
        self._folder = folder
        self._sound: set[str] = set()  # journals that were looked through; once a run is enough

    def begin(self, plan: PlanFile, now: datetime) -> Journal:
        """The journal of a plan, begun now unless it was begun before; then it is as it was left.

        Raises:
            StorageFailed: the disk refuses, or the journal that is there is damaged.
            InputUnusable: the plan's file was changed; nothing was begun.
        """
        path = self._path(plan.id)
        if not path.exists():
            with storage("beginning a push"):
                make_lasting(self._files, self._folder)
            create(self._files, path, Begun(plan.id, plan.header, plan.digest, now), plan.steps())
        return Journal.open(path)

    def open(self, push_id: str) -> Journal:
        """The journal of a push, to go on with.

        Raises:
            Misused: there is no such push.
            StorageFailed: it is damaged.
        """
        return Journal.open(self._known(push_id))

    @contextmanager
    def read(self, push_id: str) -> Iterator[Journal]:
        """A copy of a journal as it is now, in memory; a run may be using it.

        Raises:
            Misused, StorageFailed: as `open`.
        """
        with copy_of_journal(self._known(push_id)) as (connection, begun):
            yield Journal(connection, begun)

    def ids(self) -> list[str]:
        """Of all pushes, those of the oldest plans first."""
        with storage("looking for pushes"):
            if not self._folder.exists():
                return []
            return sorted(path.stem for path in self._folder.glob(f"*{_SUFFIX}") if _ID.fullmatch(path.stem))

    def merges_since(self, since: datetime) -> int:
        """How many merges were sent at or after this instant, and were or may have been done.

        Raises:
            StorageFailed: a journal cannot be read: so nobody knows.
        """
        return sum(row[0] for row in self._of_all(_MERGES, (instant(since),)))

    def path_of(self, push_id: str) -> Path:
        """The file of a push's journal."""
        return self._path(push_id)

    def merged(self, push_id: str) -> list[tuple[int, int]]:
        """Who was absorbed by whom in a push, or may have been. Raises StorageFailed."""
        return [(row[0], row[1]) for row in self._asked(push_id, _MERGED)]

    def marks_landed(self) -> set[str]:
        """The marks of all credits that were given, or may have been. Raises StorageFailed."""
        return {row[0] for row in self._of_all(_MARKS)}

    def unpublished(self) -> list[str]:
        """Of the pushes whose outcomes the lake may not know yet, in the order of `ids`.

        Raises:
            StorageFailed: a journal cannot be read.
        """
        return [push_id for push_id in self.ids() if self._asked(push_id, _UNPUBLISHED)]

    def in_doubt(self) -> list[str]:
        """Of the pushes with steps of which nobody knows what came of them, in the order of `ids`.

        Raises:
            StorageFailed: a journal cannot be read.
        """
        return [push_id for push_id in self.ids() if self._asked(push_id, _IN_DOUBT)]

    def was_worked_on(self, push_id: str, since: datetime, until: datetime) -> bool:
        """Whether a step of a push was sent or settled in this time. Raises StorageFailed."""
        bounds = (instant(since), instant(until))
        return bool(self._asked(push_id, _WORKED_ON, (*bounds, *bounds)))

    def supersede(self, push_id: str, oids: Collection[int], reason: str, now: datetime) -> int:
        """Drop what pushes of older plans still meant to send to these customers.

        Args:
            push_id: of the newer one.
            oids: the customers, those that are absorbed included.
            reason: in words.
            now: our clock.

        Returns:
            How many steps were dropped.

        Raises:
            StorageFailed: a journal is damaged, or the disk refuses; some may have been dropped.
        """
        dropped = 0
        for older in (one for one in self.ids() if one < push_id):
            if oids and self._asked(older, _WAITS):
                with self.open(older) as journal:
                    dropped += journal.drop(oids, reason, now)
        return dropped

    def _of_all(self, query: str, values: tuple[object, ...] = ()) -> Iterator[tuple[Any, ...]]:
        for push_id in self.ids():
            yield from self._asked(push_id, query, values)

    def _asked(self, push_id: str, query: str, values: tuple[object, ...] = ()) -> list[tuple[Any, ...]]:
        found = asked(self._path(push_id), query, values, known=push_id in self._sound)
        self._sound.add(push_id)
        return found

    def _known(self, push_id: str) -> Path:
        if not _ID.fullmatch(push_id) or not self._path(push_id).is_file():
            failure = Misused(f"there is no push {push_id}")
            failure.mend = "`ucsync push status` lists them"
            raise failure
        return self._path(push_id)

    def _path(self, push_id: str) -> Path:
        return self._folder / f"{push_id}{_SUFFIX}"

"""The journal of a push: what was intended, what came of it, what is not known yet.

The invariant (design §6.8): `intend` has the intent on the disk before the request leaves, and what came
of it is there before the next one does. So whatever dies, a step is known to wait, known to be settled,
or known to be in doubt (SENT), and only what waits is sent.

    WAITING ──intend──► SENT ──settle──► LANDED, REFUSED, DIVERGED
       ▲ ▲                │
       │ └──take_back, again
       │
    WAITING ──settle──► ALREADY, REFUSED, CONFLICT, DROPPED
       └──retry── what was refused for a while only, and what was dropped because of it
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final, Self

from ucsync.model.pushes import SECRETS, Step, StepState
from ucsync.store.answers import customer_in, oid_in
from ucsync.store.journal_file import (
    Begun,
    JournalFile,
    decoded,
    instant,
    open_journal,
    packed,
    read_instant,
    unpacked,
)
from ucsync.store.landings import Landings
from ucsync.ultracart.codec import decode_json, encode_json

#: Steps that are read at a time.
_ROWS: Final = 500

_TOGETHER: Final = (
    "SELECT number, step, state, attempts, sent, settled, reason, transient, outcomes.oid, body"
    # CROSS keeps that order: by the index of states, in the order of numbers, wide rows last
    " FROM outcomes CROSS JOIN steps USING (number) LEFT JOIN bodies USING (number)"
)
_TO_SEND: Final = (
    f"{_TOGETHER} WHERE state = 'waiting' AND number > ? AND NOT EXISTS ("  # noqa: S608  (constants)
    "SELECT 1 FROM rests JOIN outcomes AS others ON others.number = rests.rests_on"
    " WHERE rests.number = outcomes.number AND others.state NOT IN ('landed', 'already'))"
    " ORDER BY number LIMIT ?"
)
#: Whence a step may be settled so.
_SETTLED_FROM: Final[Mapping[StepState, frozenset[StepState]]] = {
    StepState.LANDED: frozenset({StepState.SENT}),
    StepState.ALREADY: frozenset({StepState.WAITING}),
    StepState.REFUSED: frozenset({StepState.WAITING, StepState.SENT}),
    StepState.CONFLICT: frozenset({StepState.WAITING}),
    StepState.DIVERGED: frozenset({StepState.SENT}),
    StepState.DROPPED: frozenset({StepState.WAITING}),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalStep:
    """A step, and where it stands.

    Attributes:
        step: as the plan has it.
        state: where it stands.
        attempts: how often it was sent; a new try by `retry` begins to count anew.
        sent_at: when last, None for never.
        settled_at: when it was settled, None while it is not.
        reason: why it did not land, in words; "" when there is nothing to say.
        transient: whether what refused it may pass.
        oid: the customer as the server knows them; of an insert once it is known.
        body: what was sent last, None for nothing: the plan's, or what it became on newer ground; without
            secrets, which only the plan's own has.
    """

    step: Step
    state: StepState
    attempts: int
    sent_at: datetime | None
    settled_at: datetime | None
    reason: str
    transient: bool
    oid: int | None
    body: Mapping[str, Any] | None


class Journal:
    """One push's; a context manager that closes it. One thread uses it at a time.

    Every change is on the disk when it returns.

    Attributes:
        id: of the push.
        header, digest: of its plan.
        begun_at: when it began.
        landings: what goes from here to the lake.

    Raises:
        StorageFailed: any operation, when the disk refuses or the file is damaged; nothing was changed.
    """

    def __init__(self, file: JournalFile, begun: Begun) -> None:
        self._file = file
        self.landings = Landings(file)
        self.id, self.digest, self.header, self.begun_at = begun.id, begun.digest, begun.header, begun.at

    @classmethod
    def open(cls, path: Path) -> Self:
        """The journal in a file that is there. Raises StorageFailed when it is damaged."""
        return cls(*open_journal(path))

    def counts(self) -> dict[StepState, int]:
        """How many steps there are in each state, zeros included."""
        query = "SELECT state, count(*) FROM outcomes GROUP BY state"
        found = dict(self._file.rows("counting steps", query))
        return {state: found.get(state.value, 0) for state in StepState}

    def waiting(self, limit: int, after: int | None = None) -> list[JournalStep]:
        """Steps that may be sent now, in the order of sending.

        Args:
            limit: so many at most.
            after: only those with a greater number; None for all.

        Returns:
            Those that wait, and rest on nothing that has not landed.
        """
        found = self._file.rows("reading steps", _TO_SEND, (after or 0, limit))
        return [_entry(row) for row in found]

    def unsettled(self) -> list[JournalStep]:
        """Steps that were sent, and of which nobody knows what came of them."""
        return list(self.steps(StepState.SENT))

    def steps(self, state: StepState | None = None) -> Iterator[JournalStep]:
        """All steps, or those in one state, in the order of sending; a few are in memory at a time."""
        where = "" if state is None else f"state = '{state.value}' AND "
        query = f"{_TOGETHER} WHERE {where}number > ? ORDER BY number LIMIT {_ROWS}"
        last = 0
        while rows := self._file.rows("reading steps", query, (last,)):
            yield from (_entry(row) for row in rows)
            last = rows[-1][0]

    def entry(self, number: int) -> JournalStep:
        """The step of this number. KeyError when there is none."""
        for row in self._file.rows("reading a step", f"{_TOGETHER} WHERE number = ?", (number,)):
            return _entry(row)
        raise KeyError(number)

    def intend(self, number: int, body: Mapping[str, Any], now: datetime) -> None:
        """WAITING → SENT: from here on the server may hear of it. It is on the disk when this returns.

        Args:
            number: of the step.
            body: what is about to be sent; what is secret of it is not kept once more.
            now: our clock.
        """
        kept = {name: held for name, held in body.items() if name not in SECRETS}
        with self._file.transaction("journaling an intent") as connection:
            self._move(
                number, {StepState.WAITING},
                "state = 'sent', attempts = attempts + 1, sent = ?, settled = NULL, reason = ''",
                instant(now),
            )  # fmt: skip
            connection.execute(
                "INSERT OR REPLACE INTO bodies VALUES (?, ?)", (number, packed(encode_json(kept)))
            )

    def take_back(self, number: int) -> None:
        """SENT → WAITING: the request did not leave, so the attempt was none."""
        with self._file.transaction("taking an intent back"):
            self._move(number, {StepState.SENT}, "state = 'waiting', attempts = attempts - 1")

    def again(self, number: int) -> None:
        """SENT → WAITING: it was read back that the server has not acted, and will not act any more."""
        with self._file.transaction("noting what was read back"):
            self._move(number, {StepState.SENT}, "state = 'waiting'")

    def settle(
        self, number: int, state: StepState, now: datetime, *, reason: str = "", transient: bool = False,
        oid: int | None = None, answer: bytes | None = None, observed_at: datetime | None = None,
    ) -> None:  # fmt: skip
        """What came of a step; for good, but for `retry`.

        Args:
            number: of the step.
            state: where it stands now. From WAITING: ALREADY, REFUSED, CONFLICT, DROPPED; from SENT:
                LANDED, REFUSED, DIVERGED.
            now: our clock.
            reason: in words for a person, without the customer's data.
            transient: whether what refused it may pass.
            oid: of an insert, whom the server made.
            answer: the newest that is known of the customer, whatever came of the step: an answer with a
                `customer`, or with one row in `customers`, or the customer's own JSON. It goes to the
                lake.
            observed_at: when the answer came; `now` when it is not given.

        Raises:
            ValueError: it cannot be settled so: a bug.
        """
        document = None if answer is None else customer_in(answer)
        whose = None if document is None else oid_in(document)
        with self._file.transaction("journaling an outcome") as connection:
            self._move(
                number, _SETTLED_FROM[state],
                "state = ?, settled = ?, reason = ?, transient = ?, oid = coalesce(?, oid), landing = NULL,"
                " snapshot = NULL",
                state.value, instant(now), reason, transient, oid,
            )  # fmt: skip
            if document is not None and whose is not None:
                connection.execute(
                    "INSERT OR REPLACE INTO answers VALUES (?, ?, ?, ?)",
                    (number, whose, instant(observed_at or now), packed(document)),
                )

    def drop_dependents(self, number: int, reason: str, now: datetime) -> int:
        """Steps that wait, and rest on this one, which will not land, directly or not: → DROPPED.

        Returns:
            How many.
        """
        with self._file.transaction("dropping steps"):
            return self._drop_resting_on([number], reason, now)

    def drop(self, oids: Collection[int], reason: str, now: datetime) -> int:
        """Steps that wait and are about these customers, and those that rest on them: → DROPPED.

        Returns:
            How many.
        """
        with self._file.transaction("dropping steps") as connection:
            connection.execute("CREATE TEMP TABLE IF NOT EXISTS superseded (oid INTEGER PRIMARY KEY)")
            connection.execute("DELETE FROM superseded")
            connection.executemany("INSERT OR IGNORE INTO superseded VALUES (?)", ((oid,) for oid in oids))
            found = connection.execute(
                "SELECT number FROM steps JOIN outcomes USING (number) WHERE state = 'waiting'"
                " AND (steps.oid IN (SELECT oid FROM superseded)"
                " OR absorbed IN (SELECT oid FROM superseded))"
            ).fetchall()
            numbers = [number for (number,) in found]
            for number in numbers:
                self._move(
                    number, {StepState.WAITING}, "state = 'dropped', settled = ?, reason = ?",
                    instant(now), reason,
                )  # fmt: skip
            return len(numbers) + self._drop_resting_on(numbers, reason, now)

    def retry(self, now: datetime) -> int:
        """What was refused for a while only waits again, and so does what was dropped because of it.

        Returns:
            How many steps.
        """
        again = "state = 'waiting', attempts = 0, settled = NULL, reason = '', transient = 0, because = NULL"
        with self._file.transaction("trying again") as connection:
            count = connection.execute(
                f"UPDATE outcomes SET {again} WHERE state = 'refused' AND transient"  # noqa: S608  (constants)
            ).rowcount
            revived = -1
            while revived:  # one level of what rests on it at a time
                revived = connection.execute(
                    f"UPDATE outcomes SET {again} WHERE because IS NOT NULL AND state = 'dropped'"  # noqa: S608
                    " AND NOT EXISTS (SELECT 1 FROM rests JOIN outcomes AS others"
                    " ON others.number = rests.rests_on WHERE rests.number = outcomes.number"
                    " AND others.state NOT IN ('waiting', 'sent', 'landed', 'already'))"
                ).rowcount
                count += revived
            self._note("retried_at", instant(now))
        return count

    def archive(self, number: int, oid: int, document: bytes, now: datetime) -> None:
        """Keep a customer as they were just before a step was sent, in place of what an earlier try has kept:
        what others have changed between two tries is not the step's doing.

        Args:
            number: of the step.
            oid: whom.
            document: as an answer of `settle`.
            now: our clock.

        Raises:
            ValueError: it does not hold this customer.
        """
        found = customer_in(document)
        if found is None or oid_in(found) != oid:
            raise ValueError(f"not customer {oid}")
        with self._file.transaction("archiving a customer") as connection:
            connection.execute(
                "INSERT OR REPLACE INTO archives VALUES (?, ?, ?, ?)",
                (number, oid, instant(now), packed(found)),
            )

    def archived(self, number: int) -> dict[int, bytes]:
        """The customers that were kept before a step: JSON of each by oid."""
        query = "SELECT oid, document FROM archives WHERE number = ? ORDER BY oid"
        return {oid: unpacked(held) for oid, held in self._file.rows("reading the archive", query, (number,))}

    def answered(self, number: int) -> bytes | None:
        """The JSON of the customer in a step's newest answer, None when there is none, or it was published
        and nothing was archived that it might be compared with."""
        query = "SELECT document FROM answers WHERE number = ?"
        for (held,) in self._file.rows("reading an answer", query, (number,)):
            return unpacked(held)
        return None

    def note(self, key: str, value: object) -> None:
        """Keep something about the push as a whole, e.g. why it was halted; an earlier one is replaced.

        Args:
            key: its name.
            value: anything that JSON can hold; no personal data.
        """
        with self._file.transaction("noting how a push goes"):
            self._note(key, value)

    def noted(self, key: str) -> Any:
        """What was noted, None when nothing was."""
        for (value,) in self._file.rows("reading a note", "SELECT value FROM notes WHERE key = ?", (key,)):
            return decode_json(unpacked(value))
        return None

    def close(self) -> None:
        """Give the file up."""
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _note(self, key: str, value: object) -> None:
        self._file.connection.execute(
            "INSERT OR REPLACE INTO notes VALUES (?, ?)", (key, packed(encode_json(value)))
        )

    def _move(self, number: int, from_: Collection[StepState], to: str, *values: object) -> None:
        """Change the outcome of one step, which is in one of these states."""
        known = ", ".join(f"'{state.value}'" for state in from_)
        changed = self._file.connection.execute(
            f"UPDATE outcomes SET {to} WHERE number = ? AND state IN ({known})",  # noqa: S608  (constants)
            (*values, number),
        ).rowcount
        if changed != 1:
            raise ValueError(f"step {number} is not {' or '.join(sorted(state.value for state in from_))}")

    def _drop_resting_on(self, numbers: Sequence[int], reason: str, now: datetime) -> int:
        dropped, fresh = 0, list(numbers)
        while fresh:
            found = [
                row[0]
                for number in fresh
                for row in self._file.connection.execute(
                    "UPDATE outcomes SET state = 'dropped', settled = ?, reason = ?, because = ?"
                    " WHERE state = 'waiting' AND number IN (SELECT number FROM rests WHERE rests_on = ?)"
                    " RETURNING number",
                    (instant(now), reason, number, number),
                ).fetchall()
            ]
            dropped, fresh = dropped + len(found), found
        return dropped


def _entry(row: tuple[Any, ...]) -> JournalStep:
    _, step, state, attempts, sent, settled, reason, transient, oid, body = row
    planned = decoded(step)
    return JournalStep(
        step=planned,
        state=StepState(state),
        attempts=attempts,
        sent_at=None if sent is None else read_instant(sent),
        settled_at=None if settled is None else read_instant(settled),
        reason=reason,
        transient=bool(transient),
        oid=planned.oid if oid is None else oid,
        body=None if body is None else decode_json(unpacked(body)),
    )

"""Several merchants side by side: each on its own, one failure is nobody else's."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import partial
from typing import Any, Generic, Protocol, TypeVar

from ucsync.flow.workplace import Workplace
from ucsync.model import Clock, Stopped, UcsyncError
from ucsync.model.errors import CallFailed
from ucsync.store import Database, begin_run, end_run


class Result(Protocol):
    """What a verb came to, as far as the list of runs is concerned."""

    @property
    def exit_code(self) -> int: ...
    @property
    def requests(self) -> int: ...
    @property
    def snapshot(self) -> str: ...
    @property
    def line(self) -> str: ...
    def document(self) -> dict[str, object]: ...


R = TypeVar("R", bound=Result)


@dataclass(frozen=True, slots=True)
class Errand(Generic[R]):
    """What is to be done for one merchant.

    Attributes:
        merchant: its name.
        application: errands of one application take turns, because one request at a time is allowed.
        verb: for the list of runs.
        open: makes the workplace and holds its locks.
        work: what to do there.
    """

    merchant: str
    application: str
    verb: str
    open: Callable[[], AbstractAsyncContextManager[Workplace]]
    work: Callable[[Workplace], Awaitable[R]]


@dataclass(frozen=True, slots=True)
class Task(Generic[R]):
    """What is to be done for one merchant, by itself.

    Attributes:
        merchant, application: as of an errand.
        run: does it.
    """

    merchant: str
    application: str
    run: Callable[[], Awaitable[R]]


@dataclass(frozen=True, slots=True)
class Ended(Generic[R]):
    """How an errand ended: with a result or with a failure."""

    merchant: str
    result: R | None
    failure: UcsyncError | None

    @property
    def exit_code(self) -> int:
        """Of this merchant."""
        if self.failure is not None:
            return self.failure.exit_code
        return 0 if self.result is None else self.result.exit_code

    def document(self) -> dict[str, object]:
        """As one JSON object: the result's, or merchant, `error` and `exit_code`."""
        if self.result is not None:
            return self.result.document()
        return {"merchant": self.merchant, "error": in_full(self.failure), "exit_code": self.exit_code}


async def run_side_by_side(errands: Sequence[Errand[R]]) -> list[Ended[R]]:
    """Run them all; each ends by itself. What is no error of ours is raised once all have ended."""
    return await take_turns(
        [Task(errand.merchant, errand.application, partial(_at_its_place, errand)) for errand in errands]
    )


async def take_turns(tasks: Sequence[Task[R]]) -> list[Ended[R]]:
    """The same for work that finds its places itself."""
    turns: dict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def run(task: Task[R]) -> Ended[R]:
        async with turns[task.application]:
            try:
                return Ended(task.merchant, await task.run(), None)
            except UcsyncError as failure:
                return Ended(task.merchant, None, failure)

    ended = await asyncio.gather(*(run(task) for task in tasks), return_exceptions=True)
    for one in ended:
        if isinstance(one, BaseException):
            raise one
    return [one for one in ended if isinstance(one, Ended)]


async def _at_its_place(errand: Errand[R]) -> R:
    async with errand.open() as place:
        note = RunNote(errand.merchant, errand.verb, lambda: nullcontext(place.database), place.clock)
        return await noted(note, lambda: place.lister.requests_sent, partial(errand.work, place))


@dataclass(frozen=True, slots=True)
class RunNote:
    """Where a run stands in the list of runs.

    Attributes:
        merchant: its name.
        verb: what is done.
        state: opens the list.
        clock: ours.
    """

    merchant: str
    verb: str
    state: Callable[[], AbstractContextManager[Database]]
    clock: Clock


async def noted(note: RunNote, sent: Callable[[], int], work: Callable[[], Awaitable[R]]) -> R:
    """The work, with its beginning and its end in the list of runs.

    Args:
        sent: how many requests so far.
    """
    with note.state() as database:
        number = begin_run(database, note.merchant, note.verb, note.clock.now())
    before = sent()

    def end(exit_code: int, snapshot: str | None, line: str) -> None:
        with note.state() as database:
            end_run(
                database, number, note.clock.now(), exit_code=exit_code, requests=sent() - before,
                snapshot=snapshot, result=line,
            )  # fmt: skip

    try:
        result = await work()
    except UcsyncError as failure:
        end(failure.exit_code, None, without_words(failure))
        raise
    except asyncio.CancelledError:
        end(Stopped.exit_code, None, "given up")
        raise
    end(result.exit_code, result.snapshot, result.line)
    return result


def without_words(failure: UcsyncError) -> str:
    """What is kept of a failure: a server's own words may name a person."""
    if isinstance(failure, CallFailed):
        return f"{type(failure).__name__} in {failure.operation_id}, status {failure.status or 'none'}"
    return str(failure)


def in_full(failure: UcsyncError | None) -> str:
    """What is wrong and how to mend it, in one line."""
    return f"{failure}; {failure.mend}" if failure is not None and failure.mend else str(failure)


def worst_exit_code(ended: Sequence[Ended[Any]]) -> int:
    """The exit code of all together; see `worst`."""
    return worst([one.exit_code for one in ended])


def worst(codes: Sequence[int]) -> int:
    """Of several exit codes the one to leave with: a failure outweighs a guard, that outweighs rows set
    aside, and among failures the first one counts."""
    failures = [code for code in codes if code not in (0, 3, 4)]
    return failures[0] if failures else max(codes, default=0)

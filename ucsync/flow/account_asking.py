"""Asking for an account: nothing twice that is kept, everything kept before the next request leaves."""

import re
from collections.abc import Mapping
from typing import Final, Protocol

from ucsync.flow.stopping import Stop
from ucsync.model import (
    AnswerUnusable,
    BadRequest,
    Clock,
    ConnectionLost,
    InvalidRequest,
    NotFound,
    RateLimited,
    Unauthorised,
)
from ucsync.model.accounts import Unreadable
from ucsync.model.errors import CallFailed, Refused
from ucsync.store.account_archive import Asked, Kept, KeptPaging, Progress
from ucsync.store.exact_json import is_unicode
from ucsync.ultracart.my_account.answers import AccountAnswer

#: After so many answers that were no answers, one after the other, the server is asked for something that it
#: has answered before: is it away, or is it one operation that it cannot do?
FAULTS_IN_A_ROW_MAX: Final = 5
PROBE: Final = "getSettings"

#: These end the run; what is kept stays, and the next run goes on.
_ENDING: Final = (Unauthorised, ConnectionLost, RateLimited)

#: Of an id that may be shown as it is, on a terminal, too.
_SHOWN: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,29}")


class Reader(Protocol):
    """Asks the server, as the client does."""

    @property
    def requests_sent(self) -> int:
        """By it, so far."""
        ...

    async def call(
        self,
        operation_id: str,
        path: dict[str, object] | None = None,
        query: dict[str, object] | None = None,
    ) -> AccountAnswer:
        """One answer. Raises the error tree."""
        ...


class Asking:
    """The questions of one run.

    Args:
        reader: asks.
        progress: keeps.
        clock: ours.
        stop: ends the run.
        before: requests that runs before this one have sent for the archive.

    Attributes:
        unreadable: what this run has asked for, and nobody has answered.
    """

    def __init__(self, reader: Reader, progress: Progress, clock: Clock, stop: Stop, before: int) -> None:
        self.unreadable: list[Unreadable] = []
        self._reader = reader
        self._progress = progress
        self._clock = clock
        self._stop = stop
        self._before = before
        self._faults = 0
        self._known = {identity_of(one.asked): one for one in progress.kept}

    @property
    def requests(self) -> int:
        """Sent for the archive, by all runs."""
        return self._before + self._reader.requests_sent

    def kept(self, operation: str) -> list[Kept]:
        """All that is kept of an operation, in the order in which it came."""
        return [one for one in self._progress.kept if one.asked.operation == operation]

    async def once(self, operation: str, path: Mapping[str, str] | None = None) -> Kept | None:
        """An answer that is kept already, or a new one; see `ask`.

        Args:
            operation: its id.
            path: its parameters.
        """
        known = self._known.get((operation, tuple(sorted((path or {}).items()))))
        return known if known is not None else await self.ask(operation, path)

    async def ask(
        self,
        operation: str,
        path: Mapping[str, str] | None = None,
        query: Mapping[str, object] | None = None,
        *,
        walk: int = 1,
        optional: bool = False,
    ) -> Kept | None:
        """A new answer, on the disk when this returns; None, and noted as unreadable, when there is none.

        Args:
            operation: its id.
            path, query: its parameters.
            walk: of a paged list, in which reading of it.
            optional: nothing is missing where the server does not know what is asked for.

        Raises:
            Stopped: asked to.
            CallFailed: the login is over, no connection, too many requests, or the server is away, which is
                told from an operation that it cannot do by asking for something else.
            StorageFailed: the disk is full or failing.
        """
        answer = await self.look(operation, path, query, optional=optional)
        if answer is None:
            return None
        asked = asked_of(answer, self._clock, self.requests, path, query, walk)
        kept = self._progress.append(asked, answer.raw)
        self._known[identity_of(asked)] = kept
        return kept

    async def look(
        self,
        operation: str,
        path: Mapping[str, str] | None = None,
        query: Mapping[str, object] | None = None,
        *,
        optional: bool = False,
    ) -> AccountAnswer | None:
        """The same, of an answer that is not kept."""
        again = True
        while True:
            try:
                _check_askable(operation, path)
                asked = self._reader.call(operation, {**path} if path else None, {**query} if query else None)
                answer = await self._stop.unless(asked)
            except _ENDING:
                raise
            except (CallFailed, InvalidRequest) as failure:
                if again and _is_the_servers(failure) and await self._is_back():
                    again = False
                    continue
                if not (optional and isinstance(failure, BadRequest | NotFound)):
                    self.unreadable.append(Unreadable(what=_what(operation, path, query), why=_why(failure)))
                return None
            self._faults = 0
            return answer

    async def _is_back(self) -> bool:
        """After an answer that was none, of which several may come in a row: something else is asked for at
        the first and at each so many. Raises CallFailed when the server is away.

        Returns:
            Whether to ask once more: after the first, which a short outage may have cost.
        """
        self._faults += 1
        if self._faults == 1 or self._faults % FAULTS_IN_A_ROW_MAX == 0:
            await self._stop.unless(self._reader.call(PROBE))
        return self._faults == 1


def _is_the_servers(failure: CallFailed | InvalidRequest) -> bool:
    """Whether the server failed; else it said no, or nothing could be asked."""
    return isinstance(failure, CallFailed) and not isinstance(failure, Refused)


def _check_askable(operation: str, path: Mapping[str, str] | None) -> None:
    """Half a surrogate pair, which an id may hold that was cut off, no address can carry."""
    faults = tuple(
        (name, "text that is not Unicode") for name, own in (path or {}).items() if not is_unicode(own)
    )
    if faults:
        raise InvalidRequest(operation, faults)


def identity_of(asked: Asked) -> tuple[str, tuple[tuple[str, str], ...]]:
    """What is asked for, but for its pages."""
    return asked.operation, tuple(sorted(asked.path.items()))


def asked_of(
    answer: AccountAnswer,
    clock: Clock,
    requests: int,
    path: Mapping[str, str] | None = None,
    query: Mapping[str, object] | None = None,
    walk: int = 1,
) -> Asked:
    """What is known of an answer that has just come."""
    paging = answer.paging
    return Asked(
        operation=answer.operation.operation_id,
        path=dict(path or {}),
        query={name: f"{value}" for name, value in (query or {}).items()},
        status=answer.status,
        received_at=clock.now(),
        paging=None
        if paging is None
        else KeptPaging(paging.page_size, paging.page_number, paging.total_records, paging.total_pages),
        walk=walk,
        requests=requests,
    )


def _what(operation: str, path: Mapping[str, str] | None, query: Mapping[str, object] | None) -> str:
    told = [f"{value}" if _SHOWN.fullmatch(value) else "(of an odd id)" for value in (path or {}).values()]
    number = (query or {}).get("pageNumber")
    return " ".join([operation, *told, *([f"page {number}"] if number is not None else [])])


def _why(failure: CallFailed | InvalidRequest) -> str:
    """In our words: the server's may hold anything."""
    if isinstance(failure, InvalidRequest):
        return "its id cannot be asked for"
    words = {NotFound: "not there", BadRequest: "refused", AnswerUnusable: "an answer that cannot be used"}
    told = next((words[kind] for kind in words if isinstance(failure, kind)), "the server failed")
    return told if failure.status is None else f"{failure.status}: {told}"

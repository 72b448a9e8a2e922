"""Where a login to a customer's account has to pass: what was refused is known, and what is refused counts.

Too many wrong passwords may lock an account, so a login is noted before it is sent; see `store.logins`.
"""

from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final, Protocol, TypeVar

from ucsync.flow.stopping import Stop
from ucsync.model import Busy, Clock, InvalidRequest, LoginRefused, Outcome
from ucsync.model.errors import CallFailed
from ucsync.store.logins import Logins

T = TypeVar("T")

#: A lock that others hold for a moment only is tried for so many seconds, so many apart.
_MOMENT_S: Final = 2.0
_APART_S: Final = 0.05
#: Unauthorised, forbidden, locked: a password was looked at, or its account is shut for such.
_REFUSING: Final = (401, 403, 423)


class Guest(Protocol):
    """Who logs in, as the client does."""

    def login(self) -> Coroutine[Any, Any, Mapping[str, Any]]:
        """The account. Raises the error tree."""
        ...


@dataclass(frozen=True, slots=True)
class Door:
    """The logins of one address.

    Attributes:
        logins: those that were refused.
        clock: for the hour within which they count, and for waiting.
        email: the address.
    """

    logins: Logins
    clock: Clock
    email: str

    async def enter(self, guest: Guest, stop: Stop) -> Mapping[str, Any]:
        """Log in.

        Returns:
            The account, as answered.

        Raises:
            LoginRefused: by the server, and then this is counted; or too often before, and none was sent.
            Stopped: asked to; counted where a login was under way.
            Busy, StorageFailed: it cannot be counted; nothing was sent.
            CallFailed: no answer to rely on. Counted, too, where the login may have been refused unheard.
        """
        stop.check()
        at = self.clock.now()
        await soon(self.clock, lambda: self.logins.begin(self.email, at))
        try:
            account = await stop.unless(guest.login())
        except (CallFailed, InvalidRequest) as failure:
            if _was_not_refused(failure):
                await soon(self.clock, lambda: self.logins.withdraw(self.email, at))
            raise
        await soon(self.clock, lambda: self.logins.clear(self.email))
        return account

    @asynccontextmanager
    async def watched(self) -> AsyncIterator[None]:
        """What is done after that: a login that is renewed meanwhile, and refused, is counted, too."""
        try:
            yield
        except LoginRefused as refused:
            if refused.outcome is Outcome.REFUSED:
                await soon(self.clock, lambda: self.logins.refused(self.email, self.clock.now()))
            raise


def _was_not_refused(failure: CallFailed | InvalidRequest) -> bool:
    """Whether it is known that the password was not found wrong: nothing was sent, or another answer came."""
    if isinstance(failure, LoginRefused):
        return False
    if isinstance(failure, InvalidRequest) or failure.outcome is Outcome.NOT_SENT:
        return True
    return failure.status is not None and failure.status not in _REFUSING


async def soon(clock: Clock, act: Callable[[], T], within_s: float = _MOMENT_S) -> T:
    """What needs a lock that others hold for a moment only, tried until they have let it go.

    Raises:
        Busy: it is held for longer than `within_s` seconds.
    """
    end_s = clock.monotonic() + within_s
    while True:
        try:
            return act()
        except Busy:
            if clock.monotonic() >= end_s:
                raise
        await clock.sleep(_APART_S)

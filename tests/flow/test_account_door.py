"""Logins to accounts: only what the server refused counts, and it counts whenever it was."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.store.books import HandClock
from tests.store.faulty import QuickFiles
from ucsync.flow.account_door import Door, soon
from ucsync.flow.stopping import Stop
from ucsync.model import Busy, ConnectionLost, LoginRefused, Outcome, ServerFault, Stopped, UcsyncError
from ucsync.store import hold
from ucsync.store.logins import REFUSED_MAX, Logins

JO = "jo@post.example"
LOST = ConnectionLost("login", "the connection broke", outcome=Outcome.UNKNOWN)
UNREACHED = ConnectionLost("login", "no connection to the server", outcome=Outcome.NOT_SENT)
BROKEN = ServerFault("login", "503", status=503)
REFUSED = LoginRefused("login", "401", status=401)
NOT_SENT = LoginRefused("login", "refused before", status=None)


class Guest:
    """Meets one thing after another; None is a login that is taken."""

    def __init__(self, *met: UcsyncError | None) -> None:
        self.met = list(met)

    async def login(self) -> Mapping[str, Any]:
        failure = self.met.pop(0)
        if failure is not None:
            raise failure
        return {"email": JO}


def door(folder: Path, clock: HandClock) -> Door:
    return Door(Logins(QuickFiles(), folder / "logins", "shop"), clock, JO)


async def test_only_what_was_refused_or_may_have_been_counts(tmp_path: Path) -> None:
    clock = HandClock()
    here = door(tmp_path, clock)
    for met in (UNREACHED, REFUSED, BROKEN, LOST, UNREACHED, BROKEN, REFUSED):
        with pytest.raises(type(met)):
            await here.enter(Guest(met), Stop())
    unasked = Guest(None)
    with pytest.raises(LoginRefused) as caught:
        await here.enter(unasked, Stop())
    assert (caught.value.outcome, len(unasked.met)) == (Outcome.NOT_SENT, 1)
    clock.move(3600)
    assert (await here.enter(unasked, Stop()))["email"] == JO


async def test_a_login_that_is_taken_forgives_what_was_before(tmp_path: Path) -> None:
    here = door(tmp_path, HandClock())
    for _ in range(3):
        for met in (REFUSED,) * (REFUSED_MAX - 1):
            with pytest.raises(LoginRefused):
                await here.enter(Guest(met), Stop())
        await here.enter(Guest(None), Stop())


async def test_a_login_that_is_renewed_and_refused_counts_too(tmp_path: Path) -> None:
    here = door(tmp_path, HandClock())
    await here.enter(Guest(None), Stop())
    for met in (REFUSED, NOT_SENT, REFUSED, NOT_SENT, REFUSED):
        with pytest.raises(LoginRefused):
            async with here.watched():
                raise met
    with pytest.raises(LoginRefused, match="none was sent"):
        await here.enter(Guest(None), Stop())


async def test_whoever_is_to_stop_sends_nothing_and_is_not_counted(tmp_path: Path) -> None:
    here, stop = door(tmp_path, HandClock()), Stop()
    stop.ask()
    for _ in range(REFUSED_MAX + 1):
        unasked = Guest(None)
        with pytest.raises(Stopped):
            await here.enter(unasked, stop)
        assert unasked.met == [None]
    await here.enter(Guest(None), Stop())


async def test_a_list_that_others_hold_for_a_moment_is_waited_for_and_no_longer(tmp_path: Path) -> None:
    clock, tries = HandClock(), list[float]()

    def held() -> None:
        tries.append(clock.monotonic())
        with hold(tmp_path, ["shop"]):
            pass

    await soon(clock, held)
    with hold(tmp_path, ["shop"]), pytest.raises(Busy):
        await soon(clock, held, 1.0)
    assert tries[0] == 0
    assert 0.9 <= tries[-1] <= 1.1
    assert len(tries) > 10

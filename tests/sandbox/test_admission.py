"""Keys, versions, limits and one request at a time, over real sockets."""

import asyncio
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import pytest

from tests.sandbox.lab import ALL, GOOD, KEY, VERSION, lab, until
from ucsync.sandbox.settings import Limit


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 401),
        (VERSION, 401),
        ({**VERSION, "x-ultracart-simple-key": "other"}, 401),
        ({**VERSION, "Authorization": "Bearer other"}, 401),
        ({**VERSION, "Authorization": "Bearer sandbox-key"}, 401),
        ({**VERSION, "x-ultracart-simple-key": "sandbox-token"}, 401),
        ({**VERSION, "Authorization": "Basic sandbox-key"}, 401),
        ({**VERSION, "x-ultracart-browser-key": "sandbox-browser-key"}, 401),
        ({**VERSION, "Authorization": "Bearer sandbox-token"}, 200),
        ({**VERSION, "X-UltraCart-Simple-Key": "sandbox-key"}, 200),
        (KEY, 400),
        ({**KEY, "X-UltraCart-Api-Version": "2018-01-01"}, 400),
        (GOOD, 200),
    ],
)
async def test_a_request_needs_the_key_and_the_version(headers: dict[str, str], status: int) -> None:
    async with lab() as here:
        assert (await here.ask(ALL, headers=headers))[0] == status


async def test_the_browser_key_opens_one_operation() -> None:
    async with lab() as here:
        headers = {
            **VERSION, "x-ultracart-browser-key": "sandbox-browser-key", "Content-Type": "application/json"
        }  # fmt: skip
        body = b'{"category": "tags", "matches": "a", "maximum_hits": 5}'
        assert (await here.ask("/customer/search", "POST", headers, data=body))[0] == 200


@pytest.mark.parametrize(("quirk", "status"), [(None, 400), ("no-version-is-401", 401)])
async def test_the_status_without_a_version_is_a_quirk(quirk: str | None, status: int) -> None:
    async with lab(quirks=frozenset({quirk} if quirk else ())) as here:
        assert (await here.ask(ALL, headers=KEY))[0] == status


@pytest.mark.parametrize(("quirk", "status"), [(None, 401), ("scope-is-403", 403)])
async def test_a_key_that_may_only_read_does_not_write(quirk: str | None, status: int) -> None:
    async with lab(read_only_key=True, quirks=frozenset({quirk} if quirk else ())) as here:
        assert (await here.ask(f"{ALL}/{here.oid()}", "DELETE"))[0] == status
        assert here.sandbox.merchant.count() == 30
        assert (await here.ask(ALL))[0] == 200


async def test_a_disabled_application_is_410_but_a_wrong_key_still_401() -> None:
    async with lab() as here:
        here.sandbox.disabled = True
        assert (await here.ask(ALL))[0] == 410
        assert (await here.ask(ALL, headers=VERSION))[0] == 401


async def test_the_request_after_the_last_one_is_told_when_to_come_again() -> None:
    async with lab(limits=(Limit(2, 7), Limit(10_000, 86_400))) as here:
        assert [(await here.ask(ALL))[0] for _ in range(2)] == [200, 200]
        status, headers, value = await here.ask(ALL)
        assert status == 429
        assert headers["Retry-After"] == "4"  # 3.5 s, rounded up
        assert value["error"]["user_message"] == "rate of 2 per 7 second(s) exceeded."
        here.sandbox.clock.move(3.4)
        assert (await here.ask(ALL))[0] == 429
        here.sandbox.clock.move(0.1)
        assert (await here.ask(ALL))[0] == 200
        assert here.counted["too_many"] == {"concurrency": 0, "rate": 2, "fault": 0}


async def test_a_sliding_window_frees_its_slots_one_by_one() -> None:
    async with lab(limits=(Limit(2, 10),), sliding_window=True) as here:
        await here.ask(ALL)
        here.sandbox.clock.move(4)
        await here.ask(ALL)
        assert (await here.ask(ALL))[1]["Retry-After"] == "6"


async def test_retry_after_may_be_a_date_by_the_servers_own_clock() -> None:
    async with lab(limits=(Limit(1, 60),), quirks=frozenset({"retry-after-date"})) as here:
        here.sandbox.clock.set_to(datetime(2030, 1, 1, 12, 0, 0, 300_000, tzinfo=UTC))
        await here.ask(ALL)
        _, headers, _ = await here.ask(ALL)
        assert headers["Date"] == "Tue, 01 Jan 2030 12:00:00 GMT"
        assert parsedate_to_datetime(headers["Retry-After"]) == datetime(2030, 1, 1, 12, 1, 1, tzinfo=UTC)


async def test_retry_after_may_be_absent() -> None:
    async with lab(limits=(Limit(1, 60),), quirks=frozenset({"no-retry-after"})) as here:
        await here.ask(ALL)
        status, headers, _ = await here.ask(ALL)
        assert status == 429
        assert "Retry-After" not in headers


@pytest.mark.parametrize(("quirk", "later"), [(None, 200), ("refused-counts", 429)])
async def test_whether_a_refused_request_counts_is_a_quirk(quirk: str | None, later: int) -> None:
    async with lab(
        limits=(Limit(1, 10),), sliding_window=True, quirks=frozenset({quirk} if quirk else ())
    ) as here:
        await here.ask(ALL)
        here.sandbox.clock.move(9)
        assert (await here.ask(ALL))[0] == 429
        here.sandbox.clock.move(1)
        assert (await here.ask(ALL))[0] == later


@pytest.mark.parametrize(("quirk", "later"), [(None, 429), ("errors-are-free", 200)])
async def test_whether_errors_count_is_a_quirk(quirk: str | None, later: int) -> None:
    async with lab(limits=(Limit(2, 10),), quirks=frozenset({quirk} if quirk else ())) as here:
        assert (await here.ask(f"{ALL}/one"))[0] == 400
        assert (await here.ask(ALL, headers=KEY))[0] == 400
        assert (await here.ask(ALL))[0] == later


async def test_an_injected_429_uses_up_no_quota_and_another_fault_does() -> None:
    async with lab(limits=(Limit(2, 10),), faults={"429": 1.0}) as here:
        for _ in range(4):
            status, headers, _ = await here.ask(ALL)
            assert (status, headers["Retry-After"]) == (429, "1")
        here.sandbox.faults = {"500": 1.0}
        assert [(await here.ask(ALL))[0] for _ in range(3)] == [500, 500, 429]
        assert here.counted["too_many"] == {"concurrency": 0, "rate": 1, "fault": 4}


# --- one at a time


async def test_a_second_request_at_once_is_refused_and_does_not_disturb_the_first() -> None:
    async with lab(latency_s=2.0) as here:
        first = asyncio.ensure_future(here.ask(ALL))
        await here.clock.sleeping.wait()
        status, headers, _ = await here.ask(ALL)
        assert (status, headers["Retry-After"]) == (429, "1")
        here.clock.wake.set()
        assert (await first)[0] == 200
        assert here.clock.slept_s == [2.0]
        assert here.counted["in_flight_most"] == 2
        assert here.counted["too_many"]["concurrency"] == 1
        assert (await here.ask(ALL))[0] == 200


async def test_as_many_at_once_as_are_allowed_are_answered() -> None:
    async with lab(latency_s=2.0, in_flight_max=2) as here:
        pair = [asyncio.ensure_future(here.ask(ALL)) for _ in range(2)]
        await until(lambda: here.counted["in_flight"] == 2)
        here.clock.wake.set()
        assert [(await one)[0] for one in pair] == [200, 200]


async def test_the_next_request_may_leave_as_soon_as_the_answer_is_there() -> None:
    async with lab() as here:
        for _ in range(50):
            assert (await here.ask(ALL))[0] == 200
        assert here.counted["in_flight_most"] == 1


async def test_the_server_acts_and_stays_busy_though_the_client_went_away() -> None:
    async with lab(latency_s=2.0) as here:
        gone = asyncio.ensure_future(
            here.ask(ALL, "POST", {**GOOD, "Content-Type": "application/json"}, data=b'{"email": "n@x"}')
        )
        await here.clock.sleeping.wait()
        gone.cancel()
        await asyncio.wait([gone])
        server = here.runner.server
        assert server is not None
        await until(lambda: not server.connections)
        assert (await here.ask(ALL))[0] == 429
        here.clock.wake.set()
        await until(lambda: here.counted["in_flight"] == 0)
        assert here.sandbox.merchant.count() == 31


@pytest.mark.parametrize("sliding_window", [False, True], ids=["leaky", "sliding"])
@pytest.mark.parametrize("quirk", [None, "refused-counts"])
async def test_who_waits_as_long_as_told_gets_in(quirk: str | None, sliding_window: bool) -> None:
    quirks = frozenset({quirk} if quirk else ())
    async with lab(limits=(Limit(10, 36),), sliding_window=sliding_window, quirks=quirks) as here:
        for _ in range(12):
            statuses = [200]
            while statuses[-1] == 200 and len(statuses) < 20:
                status, headers, _ = await here.ask(ALL)
                statuses.append(status)
            assert statuses[-1] == 429
            here.sandbox.clock.move(int(headers["Retry-After"]))
            assert (await here.ask(ALL))[0] == 200


@pytest.mark.parametrize(
    ("path", "method", "headers", "status"),
    [
        (ALL, "GET", VERSION, 401),
        ("/customer/nowhere", "GET", GOOD, 404),
        ("/customer/nowhere", "GET", VERSION, 401),
        (ALL, "DELETE", GOOD, 405),
        (ALL, "GET", KEY, 400),
    ],
)
async def test_no_request_is_free(path: str, method: str, headers: dict[str, str], status: int) -> None:
    """Limits count by IP address too, so neither a wrong key nor a wrong path gets round them."""
    async with lab(limits=(Limit(3, 3600),)) as here:
        assert [(await here.ask(path, method, headers))[0] for _ in range(4)] == [status] * 3 + [429]
        assert (await here.ask(ALL))[0] == 429

"""Reads are repeated within bounds; a write is repeated only when it is known to have done nothing."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from aiohttp import web

from tests.net.scripted import CUSTOMER, ONE, Reply, ScriptedServer, answer, broken, error, memory_client
from ucsync import ClientSettings, Outcome, UltraCart
from ucsync.model import (
    AnswerUnusable,
    BadRequest,
    ConnectionLost,
    InvalidRequest,
    NotFound,
    RateLimited,
    ServerFault,
    UcsyncError,
)
from ucsync.plan import RetryPolicy
from ucsync.testing import run_virtual

HTML = answer(body=b"<html>", content_type="text/html")
DATE = "Sun, 22 Nov 2026 03:15:00 GMT"
LATER = "Sun, 22 Nov 2026 03:15:40 GMT"
FAILURE_500 = error("Internal error.  Please contact UltraCart Support.", 500)


def limited(**headers: str) -> Reply:
    return error("rate of 1000 per 3600 second(s) exceeded.", 429, **headers)


def read(client: UltraCart) -> Awaitable[object]:
    return client.get_customer(7)


WRITES: list[Callable[[UltraCart], Awaitable[object]]] = [
    lambda client: client.update_customer(7, {"terms": "N30"}),
    lambda client: client.insert_customer({"email": "ann@example.com"}),
    lambda client: client.merge_customer(7, {"customer_profile_oid": 8}),
    lambda client: client.delete_customer(7),
    lambda client: client.add_customer_store_credit(7, {"amount": 5}),
    lambda client: client.get_magic_link(7, "www.demo.example"),
]


async def outcome_of(
    server: ScriptedServer, call: Callable[[UltraCart], Awaitable[object]]
) -> tuple[object, float]:
    """What a call came to, and the virtual seconds that it took."""
    started = asyncio.get_running_loop().time()
    async with memory_client(server) as client:
        try:
            result = await call(client)
        except UcsyncError as failure:
            result = failure
        return result, asyncio.get_running_loop().time() - started


@pytest.mark.parametrize("fault", [broken, FAILURE_500, HTML, answer(body=b"{"), limited()])
def test_a_read_is_repeated_after_a_passing_fault(fault: Reply) -> None:
    server = ScriptedServer(fault, fault, ONE)
    result, took_s = run_virtual(outcome_of(server, read))
    assert result == CUSTOMER
    assert len(server.seen) == 3
    assert took_s >= 0.5 + 1.0  # half of 1 s, half of 2 s: the chance is 0.5


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (error("no", 400), BadRequest),
        (error("no", 404), NotFound),
        (answer({"customer": {"email": 5}}), AnswerUnusable),
        (answer(status=302), AnswerUnusable),
    ],
)
def test_a_read_is_not_repeated_when_the_answer_would_be_the_same(
    fault: Reply, kind: type[UcsyncError]
) -> None:
    server = ScriptedServer(fault)
    result, _ = run_virtual(outcome_of(server, read))
    assert isinstance(result, kind)
    assert len(server.seen) == 1


def test_repeating_is_bounded_in_count() -> None:
    server = ScriptedServer(FAILURE_500)
    result, _ = run_virtual(outcome_of(server, read))
    assert isinstance(result, ServerFault)
    assert len(server.seen) == 5


@pytest.mark.parametrize("write", WRITES)
@pytest.mark.parametrize("fault", [broken, FAILURE_500, HTML, answer(body=b"{")])
def test_a_write_that_may_have_happened_is_sent_once(
    write: Callable[[UltraCart], Awaitable[object]], fault: Reply
) -> None:
    server = ScriptedServer(fault, ONE)
    result, _ = run_virtual(outcome_of(server, write))
    assert isinstance(result, ConnectionLost | ServerFault | AnswerUnusable)
    assert result.outcome is Outcome.UNKNOWN
    assert len(server.seen) == 1


@pytest.mark.parametrize("write", WRITES)
def test_a_write_that_was_limited_is_sent_again(write: Callable[[UltraCart], Awaitable[object]]) -> None:
    server = ScriptedServer(limited(Retry_After="3"), error("enough", 400))
    result, took_s = run_virtual(outcome_of(server, write))
    assert isinstance(result, BadRequest)
    assert len(server.seen) == 2
    assert took_s >= 3


@pytest.mark.parametrize(
    ("reply", "least_s", "most_s"),
    [
        (limited(Retry_After="30"), 30, 31),
        (limited(Retry_After=LATER, Date=DATE), 40, 41),
        (limited(), 0.4, 0.6),
        (limited(Retry_After="-5"), 0.4, 0.6),
        (limited(Retry_After="soon"), 0.4, 0.6),
        (limited(Retry_After="99999999"), 0.4, 0.6),
        (limited(Retry_After="9" * 400), 0.4, 0.6),
        (limited(Retry_After=DATE, Date=LATER), 0.4, 0.6),
        (limited(Retry_After="Sun, 99 Nov 2026 03:15:00 GMT"), 0.4, 0.6),
        (limited(Retry_After="0"), 0.4, 0.6),
    ],
)  # fmt: skip
def test_the_wait_the_server_asks_for_is_kept_and_an_absurd_one_is_not(
    reply: Reply, least_s: float, most_s: float
) -> None:
    server = ScriptedServer(reply, ONE)
    result, took_s = run_virtual(outcome_of(server, read))
    assert result == CUSTOMER
    assert least_s <= took_s <= most_s


def test_a_maintenance_page_that_names_its_end_is_waited_out() -> None:
    server = ScriptedServer(error("down", 503, Retry_After="120"), ONE)
    result, took_s = run_virtual(outcome_of(server, read))
    assert result == CUSTOMER
    assert 120 <= took_s <= 121


def test_repeating_is_bounded_in_time() -> None:
    server = ScriptedServer(limited(Retry_After="140"))
    result, took_s = run_virtual(outcome_of(server, read))
    assert isinstance(result, RateLimited)
    assert len(server.seen) == 3  # at 0, 140.5 and 281.5 s; a fourth would begin after 300 s
    assert 280 <= took_s <= 300


def test_the_moment_after_a_loss_counts_as_time_to_repeat() -> None:
    async def main() -> None:
        retry = RetryPolicy(total_s=10)
        settings = ClientSettings(requests_per_s=None, pause_after_loss_s=30, retry=retry)
        server = ScriptedServer(broken, ONE)
        async with memory_client(server, settings=settings) as client:
            with pytest.raises(ConnectionLost):
                await client.get_customer(7)
        assert len(server.seen) == 1

    run_virtual(main())


def test_time_in_the_queue_is_not_taken_from_the_time_to_repeat() -> None:
    async def slow(request: web.Request) -> web.StreamResponse:
        await asyncio.sleep(1)
        return await ONE(request)

    async def main() -> None:
        server = ScriptedServer(*[slow] * 400, FAILURE_500, slow)
        async with memory_client(server) as client:
            answers = await asyncio.gather(*(client.get_customer(7) for _ in range(420)))
        assert len(answers) == 420
        assert len(server.seen) == 421

    run_virtual(main())


def test_a_request_that_is_repeated_keeps_its_turn() -> None:
    async def main() -> None:
        server = ScriptedServer(FAILURE_500, ONE)
        async with memory_client(server) as client:
            others = [client.get_customer(oid) for oid in (8, 9)]
            await asyncio.gather(client.get_customer(7), *others, return_exceptions=True)
        assert [path.rpartition("/")[2] for _, path in server.seen[:2]] == ["7", "7"]

    run_virtual(main())


def test_chance_spreads_the_waits() -> None:
    async def took_s(chance: float) -> float:
        async with memory_client(ScriptedServer(FAILURE_500, ONE), chance=lambda: chance) as client:
            started_s = asyncio.get_running_loop().time()
            await client.get_customer(7)
            return asyncio.get_running_loop().time() - started_s

    # not below the second that the server is given after a fault
    assert [round(run_virtual(took_s(chance)), 3) for chance in (0.0, 0.5, 0.999)] == [1.0, 1.0, 1.0]

    async def second_wait_s(chance: float) -> float:
        server = ScriptedServer(FAILURE_500, FAILURE_500, FAILURE_500, ONE)
        async with memory_client(server, chance=lambda: chance) as client:
            await client.get_customer(7)
            return asyncio.get_running_loop().time()

    assert [round(run_virtual(second_wait_s(chance)), 1) for chance in (0.0, 0.75)] == [3.0, 5.5]


def test_a_wait_beyond_the_bound_is_handed_to_the_caller_at_once() -> None:
    server = ScriptedServer(limited(Retry_After="3000"))
    result, took_s = run_virtual(outcome_of(server, read))
    assert isinstance(result, RateLimited)
    assert result.wait_s == 3000
    assert took_s < 1
    assert len(server.seen) == 1


def test_while_the_server_wants_to_be_left_alone_nobody_asks_it() -> None:
    async def main() -> None:
        server = ScriptedServer(limited(Retry_After="3000"), ONE)
        loop = asyncio.get_running_loop()
        async with memory_client(server) as client:
            for outcome in (Outcome.REFUSED, Outcome.NOT_SENT, Outcome.NOT_SENT):
                with pytest.raises(RateLimited) as caught:
                    await client.delete_customer(7)
                assert caught.value.outcome is outcome
            assert caught.value.status is None
            assert client.requests_sent == len(server.seen) == 1
            await asyncio.sleep(2900)
            await client.get_customer(7)
            assert loop.time() >= 3000
        assert len(server.seen) == 2

    run_virtual(main())


def test_a_wait_asked_of_one_caller_is_kept_by_all() -> None:
    async def main() -> None:
        server = ScriptedServer(limited(Retry_After="60"), ONE)
        async with memory_client(server) as client:
            await asyncio.gather(*(client.get_customer(7) for _ in range(5)))
            assert asyncio.get_running_loop().time() >= 60
        assert len(server.seen) == 6

    run_virtual(main())


def test_the_end_of_a_maintenance_is_kept_by_all() -> None:
    async def main() -> None:
        server = ScriptedServer(error("down", 503, Retry_After="60"), ONE)
        async with memory_client(server) as client:
            with pytest.raises(ServerFault):
                await client.delete_customer(7)
            await client.get_customer(7)
            assert asyncio.get_running_loop().time() >= 60

    run_virtual(main())


def test_jitter_comes_on_top_of_the_servers_wait() -> None:
    server = ScriptedServer(limited(Retry_After="30"), ONE)
    _, took_s = run_virtual(outcome_of(server, read))
    assert took_s == pytest.approx(30.5)


def test_after_a_caller_gave_up_the_server_is_given_a_moment() -> None:
    async def slow(request: web.Request) -> web.StreamResponse:
        await asyncio.sleep(1)
        return await ONE(request)

    async def main() -> None:
        async with memory_client(ScriptedServer(slow)) as client:
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.5):
                    await client.get_customer(7)
            await client.get_customer(7)
            assert asyncio.get_running_loop().time() == pytest.approx(0.5 + 1 + 1)

    run_virtual(main())


def test_no_attempt_leaves_after_its_time_however_many_are_in_flight() -> None:
    async def main() -> None:
        server = ScriptedServer(limited(Retry_After="290"))
        settings = ClientSettings(requests_per_s=None, in_flight_max=2)
        async with memory_client(server, settings=settings) as client:
            results = await asyncio.gather(
                *(client.get_customer(7) for _ in range(2)), return_exceptions=True
            )
            assert asyncio.get_running_loop().time() <= 300
        assert all(isinstance(result, RateLimited) for result in results)

    run_virtual(main())


def test_who_waits_is_let_go_when_the_client_is_left() -> None:
    async def main() -> None:
        server = ScriptedServer(limited(Retry_After="250"), ONE)
        async with memory_client(server) as client:
            calls = [asyncio.create_task(client.get_customer(7)) for _ in range(3)]
            await asyncio.sleep(1)
        results = await asyncio.gather(*calls, return_exceptions=True)
        assert all(isinstance(result, InvalidRequest) for result in results)
        assert asyncio.get_running_loop().time() < 2
        assert client.requests_sent == len(server.seen) == 1

    run_virtual(main())


def test_after_a_lost_answer_the_server_is_given_a_moment() -> None:
    async def main() -> None:
        server = ScriptedServer(broken, ONE)
        async with memory_client(server) as client:
            with pytest.raises(ConnectionLost):
                await client.delete_customer(7)
            await client.get_customer(7)
            assert asyncio.get_running_loop().time() >= 1

    run_virtual(main())


def test_a_caller_that_gives_up_neither_blocks_nor_crowds_the_others() -> None:
    async def main() -> None:
        server = ScriptedServer(answer({"customer": CUSTOMER}))
        async with memory_client(server) as client:
            tasks = [asyncio.create_task(client.get_customer(7)) for _ in range(4)]
            await asyncio.sleep(0)
            tasks[0].cancel()
            tasks[2].cancel()
            results = await asyncio.gather(*tasks, return_exceptions=True)
        kinds = [isinstance(result, asyncio.CancelledError) for result in results]
        assert kinds == [True, False, True, False]

    run_virtual(main())

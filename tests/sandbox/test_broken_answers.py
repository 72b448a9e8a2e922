"""What a client sees of each fault, and of churn, over real sockets."""

import asyncio
import json
from typing import Any

import aiohttp
import pytest

from tests.sandbox.lab import ALL, GOOD, Lab, lab, speak, until


async def insert_one(here: Lab) -> tuple[int, Any, str]:
    headers = {**GOOD, "Content-Type": "application/json", "Accept-Encoding": "identity"}
    async with here.client.post(here.url(ALL), headers=headers, data=b'{"email": "n@x"}') as answer:
        return answer.status, answer.headers, await answer.text()


@pytest.mark.parametrize(
    ("fault", "status", "content_type", "acts"),
    [
        ("500", 500, "application/json", False),
        ("503-html", 503, "text/html", False),
        ("429", 429, "application/json", False),
        ("html", 200, "text/html", False),
        ("garbage", 200, "application/json", True),
    ],
)
async def test_a_fault_that_answers_does_what_its_row_says(
    fault: str, status: int, content_type: str, acts: bool
) -> None:
    async with lab(faults={fault: 1.0}) as here:
        answered, headers, text = await insert_one(here)
        assert (answered, headers["Content-Type"].partition(";")[0]) == (status, content_type)
        assert here.sandbox.merchant.count() == 30 + acts
        if fault in ("garbage", "html", "503-html"):
            with pytest.raises(ValueError, match=r"."):
                json.loads(text)
        assert here.counted["faults"] == {fault: 1}
        assert here.counted["answered"] == {str(status): 1}
        assert here.counted["in_flight"] == 0


@pytest.mark.parametrize(("fault", "acts"), [("reset", False), ("lost-answer", True), ("truncate", True)])
async def test_a_fault_that_breaks_the_connection_does_what_its_row_says(fault: str, acts: bool) -> None:
    async with lab(faults={fault: 1.0}) as here:
        with pytest.raises((aiohttp.ServerDisconnectedError, aiohttp.ClientPayloadError, ConnectionError)):
            await insert_one(here)
        assert here.sandbox.merchant.count() == 30 + acts
        assert here.counted["faults"] == {fault: 1}
        assert (here.counted["answered"], here.counted["unanswered"]) == ({}, 1)
        assert here.counted["in_flight"] == 0


async def test_a_truncated_answer_promises_the_whole_and_brings_half() -> None:
    lines = [f"GET /rest/v2{ALL} HTTP/1.1", "Host: x", *(f"{name}: {value}" for name, value in GOOD.items())]
    request = "\r\n".join([*lines, "", ""])
    async with lab(faults={"truncate": 1.0}) as here:
        head, _, body = (await speak(here, request)).partition(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
        assert head.startswith(b"HTTP/1.1 200 ")
        assert len(body) == length // 2


async def test_a_stalled_request_holds_its_place_until_the_client_gives_up() -> None:
    async with lab(faults={"stall": 1.0}) as here:
        stalled = asyncio.ensure_future(here.ask(ALL))
        await until(lambda: here.counted["faults"] == {"stall": 1})
        assert (await here.ask(ALL))[0] == 429
        stalled.cancel()
        await until(lambda: here.counted["in_flight"] == 0)
        here.sandbox.faults = {}
        assert (await here.ask(ALL))[0] == 200


async def test_a_stalled_request_does_not_hold_up_the_end() -> None:
    async with lab(faults={"stall": 1.0}) as here:
        stalled = asyncio.ensure_future(here.ask(ALL))
        await until(lambda: here.counted["in_flight"] == 1)
        await here.runner.cleanup()
        with pytest.raises(aiohttp.ClientConnectionError):
            await stalled


async def test_churn_comes_between_two_requests_and_is_counted() -> None:
    async with lab(churn={"delete": 1.0}) as here:
        _, _, value = await here.ask(ALL)
        assert len(value["customers"]) == 30
        assert here.sandbox.merchant.count() == 29
        assert here.counted["churn"] == {"delete": 1}


async def test_the_same_seed_gives_the_same_run() -> None:
    async def run() -> tuple[list[int], list[int]]:
        async with lab(seed=5, faults={"500": 0.3, "429": 0.2}, churn={"insert": 0.5, "merge": 0.3}) as here:
            statuses = [(await here.ask(ALL))[0] for _ in range(25)]
            return statuses, list(here.sandbox.merchant.oids())

    assert await run() == await run()

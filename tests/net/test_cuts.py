"""Cut the connection at every byte of a two-page exchange: never a wrong row, never a hang."""

from typing import Any

import pytest
from aiohttp import web

from tests.net.scripted import ScriptedServer, answer, memory_client
from ucsync import ClientSettings, UltraCart
from ucsync.model import ConnectionLost
from ucsync.plan import RetryPolicy
from ucsync.testing import Cut, run_virtual

ROWS = [
    {"customer_profile_oid": oid, "email": f"c{oid}@example.com", "tags": [{"tag_value": "vip"}]}
    for oid in range(1, 5)
]
ONCE = ClientSettings(requests_per_s=None, retry=RetryPolicy(attempts_max=1))
AGAIN = ClientSettings(requests_per_s=None)


def paged(*, chunked: bool = False, compressed: bool = False) -> ScriptedServer:
    """Two pages of two customers, by the offset asked for."""

    async def reply(request: web.Request) -> web.StreamResponse:
        offset = int(request.query["_offset"])
        rows = ROWS[offset : offset + 2]
        result_set: dict[str, Any] = {"count": len(rows), "limit": 2, "offset": offset, "more": offset == 0}
        if offset == 0:
            result_set["next_offset"] = 2
        document = {"success": True, "customers": rows, "metadata": {"result_set": result_set}}
        response = await answer(document)(request)
        assert isinstance(response, web.Response)
        if chunked:
            response.enable_chunked_encoding()
        if compressed:
            response.enable_compression(web.ContentCoding.gzip)
        return response

    return ScriptedServer(reply)


async def rows_until_the_end(client: UltraCart) -> tuple[list[Any], bool]:
    """The customers that came, and whether the end was reached."""
    rows: list[Any] = []
    try:
        async for customer in client.customers(limit=2):
            rows.append(customer)
    except ConnectionLost:
        return rows, False
    return rows, True


def exchange(server: ScriptedServer, cut: Cut, settings: ClientSettings) -> tuple[list[Any], bool]:
    async def main() -> tuple[list[Any], bool]:
        async with memory_client(server, cut=cut, settings=settings) as client:
            return await rows_until_the_end(client)

    return run_virtual(main())


KINDS = [{}, {"chunked": True}, {"compressed": True}]


@pytest.mark.parametrize("kind", KINDS, ids=["length", "chunked", "gzip"])
def test_a_cut_at_any_byte_never_yields_a_wrong_row(kind: dict[str, bool]) -> None:
    whole = Cut()
    assert exchange(paged(**kind), whole, ONCE) == (ROWS, True)
    assert whole.seen_to_client > 500
    for after in range(whole.seen_to_client):
        rows, ended = exchange(paged(**kind), Cut(after_to_client=after), ONCE)
        assert rows == ROWS[: len(rows)], after
        # a page comes whole or not at all; the end is reached only if its last byte may be missing
        assert len(rows) in (0, 2) or (ended and rows == ROWS), after
        assert not ended or rows == ROWS, after


def test_a_cut_on_the_way_to_the_server_never_yields_a_wrong_row() -> None:
    whole = Cut()
    exchange(paged(), whole, ONCE)
    for after in range(whole.seen_to_server):
        rows, ended = exchange(paged(), Cut(after_to_server=after), ONCE)
        assert (rows, ended) in (([], False), (ROWS[:2], False)), after


def test_a_line_that_comes_back_is_gone_on_with() -> None:
    whole = Cut()
    exchange(paged(), whole, ONCE)
    for after in range(0, whole.seen_to_client, 7):
        cut = Cut(after_to_client=after, heals=True)
        assert exchange(paged(), cut, AGAIN) == (ROWS, True), after

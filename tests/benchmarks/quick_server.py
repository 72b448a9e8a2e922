"""A server that answers getCustomers as fast as it can, from rows that were made before: what a benchmark
of the client reads from. It knows `_limit`, `_offset` and `_since`, nothing else.

Run as a program: `python -m tests.benchmarks.quick_server CUSTOMERS CHANGED`; prints its port.
"""

import asyncio
import json
import sys
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from functools import cache
from urllib.parse import parse_qs, urlsplit

from tests.house import House, in_memory, small
from ucsync.ultracart import EXPANSIONS
from ucsync.ultracart.listing import split_rows

TEMPLATES = 1000
FIRST_OID = 1_000_001
#: Brings a row to about 3.4 KB, the size that the targets are stated for.
PADDING = 186
_OID, _EMAIL, _NOTE = b"@@oid@@", b"@@email@@", b"@@note@@"


@cache
def templates() -> list[bytes]:
    """Rows of the sandbox with holes for oid, e-mail and a note."""

    async def scenario(house: House) -> list[bytes]:
        rows: list[bytes] = []
        for offset in range(0, TEMPLATES, 200):
            page = await house.client.get_customers(limit=200, offset=offset, expand=EXPANSIONS)
            rows += [_with_holes(json.loads(row)) for row in split_rows(page.raw)]
        return rows

    return in_memory(scenario, small(TEMPLATES))


def _with_holes(row: dict[str, object]) -> bytes:
    held = {**row, "customer_profile_oid": "@@oid@@", "email": "@@email@@", "business_notes": "@@note@@"}
    return json.dumps(held, ensure_ascii=False).encode().replace(b'"@@oid@@"', _OID)


def row(number: int, note: str) -> bytes:
    """The customer of this number, with texts of its own."""
    words = " ".join(f"{number * step % 99_991:05d}" for step in range(7, 7 + PADDING // 6))
    template = templates()[number % TEMPLATES]
    filled = template.replace(_OID, str(FIRST_OID + number).encode())
    filled = filled.replace(_EMAIL, f"customer.{number}@example.com".encode())
    return filled.replace(_NOTE, f"{note} {words}".encode())


def page(numbers: list[int], offset: int, limit: int, note: str) -> bytes:
    """An answer that holds these of the customers."""
    rows = b",".join(row(number, note) for number in numbers[offset : offset + limit])
    count = len(numbers[offset : offset + limit])
    result_set = {
        "count": count, "limit": limit, "more": offset + count < len(numbers),
        "next_offset": offset + count, "offset": offset, "total_records": len(numbers),
    }  # fmt: skip
    head = json.dumps({"success": True, "metadata": {"result_set": result_set}}).encode()
    return head[:-1] + b', "customers": [' + rows + b"]}"


async def serve(customers: int, changed: int, spread: bool) -> None:
    """Until the process ends. Without `_since` everybody, the first time; with it those who changed."""
    everybody = list(range(customers))

    def answer(target: str) -> bytes:
        query = parse_qs(urlsplit(target).query)
        offset, limit = int(query["_offset"][0]), int(query["_limit"][0])
        if "_since" not in query:
            return page(everybody, offset, limit, "as it was")
        step = customers // changed if spread and changed else 1
        first = 0 if spread else customers - changed
        asked = datetime.fromisoformat(query["_since"][0])
        late = everybody[first : first + step * changed : step] if asked <= changed_at else []
        return page(late, offset, limit, "changed")

    changed_at = datetime.fromtimestamp(0, UTC)

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal changed_at
        head = await reader.readuntil(b"\r\n\r\n")
        target = head.split(b" ", 2)[1].decode()
        if target.endswith("/changes"):
            # so that the next incremental scan sees it, and its catch-up does not
            changed_at, body = datetime.now(UTC) - timedelta(seconds=3), b"{}"
        else:
            body = answer(target)
        date = format_datetime(datetime.now(UTC), usegmt=True)
        lines = ["HTTP/1.1 200 OK", "Content-Type: application/json", f"Date: {date}",
                 f"Content-Length: {len(body)}", "Connection: close", "", ""]  # fmt: skip
        writer.write("\r\n".join(lines).encode() + body)
        await writer.drain()
        writer.close()

    templates_ready = templates()
    server = await asyncio.start_server(connected, "127.0.0.1", 0, limit=2**20)
    print(server.sockets[0].getsockname()[1], len(templates_ready), flush=True)  # noqa: T201  (its caller reads it)
    await server.serve_forever()


if __name__ == "__main__":
    templates()
    asyncio.run(serve(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3] == "spread"))

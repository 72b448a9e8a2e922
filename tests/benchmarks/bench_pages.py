"""CPU of a 200-customer page, step by step, each beside the cost of decoding its JSON."""

import statistics
import time
from collections.abc import Callable

from rich.console import Console
from rich.table import Table

from tests.house import House, in_memory, small
from ucsync.ultracart import EXPANSIONS, OPERATIONS, RawAnswer, Request, build, decode
from ucsync.ultracart.codec import decode_json, encode_json

ROUNDS = 15


def cpu_ms(work: Callable[[], object]) -> float:
    """Median CPU milliseconds of several rounds."""
    figures = []
    for _ in range(ROUNDS):
        started = time.process_time()
        work()
        figures.append((time.process_time() - started) * 1000)
    return statistics.median(figures)


async def _page(house: House) -> bytes:
    return (await house.client.get_customers(limit=200, expand=EXPANSIONS)).raw


async def _fifteen_pages(house: House) -> tuple[float, int]:
    started = time.process_time()
    for _ in range(ROUNDS):
        await house.client.get_customers(limit=200, expand=EXPANSIONS)
    return (time.process_time() - started) * 1000 / ROUNDS, ROUNDS


def main() -> None:
    """Print the table."""
    settings = small(customers=200)
    body = in_memory(_page, settings)
    document = decode_json(body)
    operation = OPERATIONS["getCustomers"]
    request: Request = build(operation, {}, {"_limit": 200})
    raw = RawAnswer(200, {"content-type": "application/json"}, body)
    unit = cpu_ms(lambda: decode_json(body))
    rows = {
        "decoding the JSON alone": unit,
        "client: decoding and checking against the models": cpu_ms(lambda: decode(request, raw)),
        "client: encoding the same again": cpu_ms(lambda: encode_json(document)),
        "sandbox and client together, in memory, gzip": in_memory(_fifteen_pages, settings)[0],
    }
    table = Table(title=f"A page of 200 customers with every documented part, {len(body) / 1e3:.0f} kB")
    table.add_column("step")
    table.add_column("CPU ms", justify="right")
    table.add_column("× decoding", justify="right")
    for name, figure in rows.items():
        table.add_row(name, f"{figure:.1f}", f"{figure / unit:.1f}")
    Console().print(table)

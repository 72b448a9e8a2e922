"""`ucsync demo`: a sandbox and a client in one process."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import asdict
from typing import Annotated, Final

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from ucsync.app import read_everything, system_clock
from ucsync.flow import Reading
from ucsync.model import Secret
from ucsync.sandbox import SandboxSettings, parse_rates, serve

_FAULTS: Final = "500=0.05,429=0.05,html=0.05,truncate=0.05"


def demo(
    customers: Annotated[int, typer.Option(help="How many the sandbox holds.")] = 5000,
    faults: Annotated[str, typer.Option(help="Faults as NAME=RATE, see `ucsync sandbox --help`.")] = _FAULTS,
    seed: Annotated[int, typer.Option(help="The same seed gives the same run.")] = 1,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Start a sandbox that has bad moments and read every customer from it.

    Example:  ucsync demo --customers 20000 --faults 500=0.1
    """
    settings = SandboxSettings(customers=customers, seed=seed, faults=parse_rates(faults))
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
        task = progress.add_task("customers", total=customers)
        reading = asyncio.run(_run(settings, lambda rows: progress.advance(task, rows)))
    typer.echo(json.dumps(asdict(reading)) if as_json else _in_words(reading))


async def _run(settings: SandboxSettings, on_rows: Callable[[int], None]) -> Reading:
    address: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    server = asyncio.create_task(serve(settings, system_clock(), "127.0.0.1", 0, started=address.set_result))
    try:
        await asyncio.wait((address, server), return_when=asyncio.FIRST_COMPLETED)
        if server.done():
            server.result()  # it could not start: raises why
        url = address.result()
        typer.echo(f"sandbox at {url} with {settings.customers:,} customers and faults", err=True)
        return await read_everything(url, Secret(settings.key), on_rows=on_rows)
    finally:
        server.cancel()
        await asyncio.gather(server, return_exceptions=True)


def _in_words(reading: Reading) -> str:
    announced = "no total" if reading.announced is None else f"{reading.announced:,}"
    return "\n".join((
        f"customers read  {reading.customers:,}, {reading.distinct:,} different ones",
        f"announced       {announced}",
        f"pages           {reading.pages:,}, for which {reading.requests:,} requests were sent",
        f"JSON            {reading.body_bytes / 1e6:.1f} MB in {reading.seconds:.1f} s",
    ))  # fmt: skip

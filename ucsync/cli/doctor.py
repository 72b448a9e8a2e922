"""`ucsync doctor`: is this configuration usable?"""

import asyncio
import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from ucsync.app import examine_merchant, read_config
from ucsync.flow import Examination


def doctor(
    merchant: Annotated[
        str | None, typer.Argument(help="Name of a [merchants.NAME]; not needed when there is one.")
    ] = None,
    config: Annotated[
        Path | None, typer.Option(help="The file; else ./ucsync.toml, else $UCSYNC_CONFIG.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Check configuration, key, server and clock by asking for one customer.

    Example:  ucsync doctor demo --config ucsync.toml
    """
    found = read_config(config)
    name = found.merchant(merchant).name
    result = asyncio.run(examine_merchant(found, name))
    if as_json:
        typer.echo(json.dumps({"merchant": name, **asdict(result)}))
    else:
        typer.echo(_in_words(name, result))


def _in_words(name: str, result: Examination) -> str:
    customers = "an unnamed number of" if result.customers is None else f"{result.customers:,}"
    lines = [
        "configuration  good",
        f"key            taken by the server of {name}",
        f"customers      {customers}",
        f"answer after   {result.seconds:.2f} s",
        f"server's clock {_clock_in_words(result.clock_ahead_s)}",
    ]
    return "\n".join(lines)


def _clock_in_words(ahead_s: float | None) -> str:
    if ahead_s is None:
        return "not told"
    if abs(ahead_s) <= 2:  # the header is cut to the second
        return "agrees with ours"
    return f"{abs(ahead_s):.0f} s {'ahead of' if ahead_s > 0 else 'behind'} ours; set this machine's clock"

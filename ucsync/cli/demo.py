"""`ucsync demo`: the main job from end to end, on a sandbox in the same process."""

import asyncio
import json
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from ucsync.app import (
    disagreeing,
    read_config,
    reconcile_merchants,
    run_until_stopped,
    sync_merchants,
    system_clock,
)
from ucsync.cli.flags import AsJson
from ucsync.cli.progress import shown
from ucsync.cli.reconcile import in_words as reconcile_in_words
from ucsync.cli.sync import in_words as sync_in_words
from ucsync.flow import Ended, Price, Stop, Watcher, Wishes
from ucsync.reports import tables_of
from ucsync.sandbox import Sandbox, SandboxSettings, parse_rates, serve

_FAULTS: Final = "500=0.03,429=0.03,html=0.03,truncate=0.03"
_NAME: Final = "demo"
_QUERY: Final = """
    SELECT billing[1].country_code AS country, count(*) AS customers,
        sum(orders_summary.total)::DECIMAL(18, 2) AS spent
    FROM customers GROUP BY ALL ORDER BY spent DESC NULLS LAST, country LIMIT 5
"""

#: What happens between the two syncs: 300 changes, three customers gone.
_INSERTS: Final = 120
_UPDATES: Final = 177
_DELETES: Final = 2
_MERGES: Final = 1
#: So that so many changes find somebody.
CUSTOMERS_LEAST: Final = 200


def demo(
    customers: Annotated[int, typer.Option(help="How many the sandbox holds, 200 at least.")] = 5000,
    faults: Annotated[str, typer.Option(help="Faults as NAME=RATE, see `ucsync sandbox --help`.")] = _FAULTS,
    seed: Annotated[int, typer.Option(help="The same seed gives the same customers and faults.")] = 1,
    folder: Annotated[
        Path | None, typer.Option(help="Where lake and state go, a new folder; else a temporary one.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Sync a sandbox that has bad moments, let customers change, sync again, and compare.

    Example:  ucsync demo --customers 20000 --faults 500=0.1
    """
    settings = SandboxSettings(customers=customers, seed=seed, faults=parse_rates(faults))
    if customers < CUSTOMERS_LEAST:
        raise typer.BadParameter(
            f"{CUSTOMERS_LEAST} at least, so that 300 changes fit", param_hint="--customers"
        )
    place = _new_folder(folder)

    def say(text: str) -> None:
        typer.echo(text, err=as_json)

    with shown() as watch:
        told = run_until_stopped(lambda stop: _story(settings, place, stop, watch, say))
    if as_json:
        typer.echo(json.dumps(told))
    if told["disagreeing"]:
        raise typer.Exit(1)


async def _story(
    settings: SandboxSettings, folder: Path, stop: Stop, watch: Callable[[str], Watcher],
    say: Callable[[str], None],
) -> dict[str, Any]:  # fmt: skip
    async with _served(settings) as (url, sandbox):
        say(f"sandbox at {url} with {settings.customers:,} customers and faults; lake in {folder}\n")
        config = read_config(_configured(folder, url, settings.key))

        async def synced(wishes: Wishes) -> Any:
            return _result(
                await sync_merchants(config, [_NAME], wishes, on_quota=None, stop=stop, watch=watch)
            )

        first = await synced(Wishes())
        say(sync_in_words(first))
        say(f"\n{_change(sandbox)}\n")
        second = await synced(Wishes())
        say(sync_in_words(second) + "\n")
        third = _result(
            await reconcile_merchants(
                config, [_NAME], None, on_quota=None, stop=stop, watch=watch, on_price=_price_in_words(say)
            )
        )
        say(reconcile_in_words(third))
        merchant = sandbox.merchant
        truth = (merchant.truth(oid) or {} for oid in list(merchant.oids()))
        apart = await asyncio.to_thread(disagreeing, config, _NAME, truth)
        say(f"\n{_question(config)}\n\n{_agreement_in_words(merchant.count(), len(apart))}")
        return {
            "full": first.document(),
            "incremental": second.document(),
            "reconcile": third.document(),
            "customers": merchant.count(),
            "disagreeing": len(apart),
            "sandbox": sandbox.counters.document(),
        }


@asynccontextmanager
async def _served(settings: SandboxSettings) -> AsyncIterator[tuple[str, Sandbox]]:
    started: asyncio.Future[tuple[str, Sandbox]] = asyncio.get_running_loop().create_future()
    server = asyncio.create_task(
        serve(settings, system_clock(), "127.0.0.1", 0, started=lambda *told: started.set_result(told))
    )
    try:
        await asyncio.wait((started, server), return_when=asyncio.FIRST_COMPLETED)
        if server.done():
            server.result()  # it could not start: raises why
        yield started.result()
    finally:
        server.cancel()
        await asyncio.gather(server, return_exceptions=True)


def _new_folder(folder: Path | None) -> Path:
    if folder is None:
        return Path(tempfile.mkdtemp(prefix="ucsync-demo-"))
    if folder.exists():
        raise typer.BadParameter("this folder exists; name a new one", param_hint="--folder")
    folder.mkdir(mode=0o700, parents=True)
    return folder.absolute()


def _configured(folder: Path, url: str, key: str) -> Path:
    """A configuration as a user would write it, so that other commands can go on from here."""
    secret = folder / "demo.key"
    secret.touch(mode=0o600)
    secret.write_text(key + "\n", encoding="ascii")
    path = folder / "ucsync.toml"
    lines = [f"[merchants.{_NAME}]", f"server = {json.dumps(url)}", f"key_file = {json.dumps(str(secret))}"]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def _change(sandbox: Sandbox) -> str:
    """Let customers come, change, go and merge."""
    merchant = sandbox.merchant
    oids = list(merchant.oids())
    stride = len(oids) // (_UPDATES + _DELETES + 2 * _MERGES)
    picked = iter(oids[::stride])
    for _ in range(_UPDATES):
        merchant.update(next(picked), {"business_notes": "called us back"})
    for _ in range(_DELETES):
        merchant.delete(next(picked))
    for _ in range(_MERGES):
        merchant.merge(next(picked), next(picked))
    for number in range(_INSERTS):
        address = [{"first_name": "Newly", "last_name": f"Arrived {number}", "country_code": "US"}]
        merchant.insert({"email": f"arrived-{number}@example.com", "billing": address})
    return (
        f"{_INSERTS} customers come, {_UPDATES} change, {_DELETES} are deleted, "
        f"{_MERGES} is merged into another"
    )


def _question(config: Any) -> str:
    """The lake asked in SQL."""
    with tables_of(config, _NAME) as tables, tables.ask(_QUERY) as answer:
        assert answer is not None  # noqa: S101  (there is a statement in it)
        table = [answer.columns, *([cell or "" for cell in row] for row in answer.rows)]
    widths = [max(len(row[column]) for row in table) for column in range(len(table[0]))]
    lines = [
        "  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in table
    ]
    return "\n".join(lines)


def _result(ended: list[Ended[Any]]) -> Any:
    if ended[0].failure is not None:
        raise ended[0].failure
    return ended[0].result


def _price_in_words(say: Callable[[str], None]) -> Callable[[str, Price], None]:
    return lambda merchant, price: say(
        f"{merchant}: {price.missing} missing by the server's count; finding them takes up to "
        f"{price.requests_max} requests, a full scan {price.full_scan}"
    )


def _agreement_in_words(customers: int, apart: int) -> str:
    if apart:
        return f"lake and sandbox differ in {apart:,} customers"
    return f"lake and sandbox agree in every field of {customers:,} customers"

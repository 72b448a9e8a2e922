"""`ucsync warehouse`: one DuckDB file for analysts and their tools, built from the lake."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from ucsync.app import read_config
from ucsync.cli.flags import AsJson, ConfigFile, WarehouseTier
from ucsync.cli.words import block, columns, counted, instant, size, tell
from ucsync.model import Hashing, Tier
from ucsync.warehousing import WarehouseResult, WarehouseShown, build_warehouse, warehouse_shown

Merchant = Annotated[
    str | None, typer.Argument(help="Name of a [merchants.NAME]; not needed when there is one.")
]


def build(
    merchant: Merchant = None,
    config: ConfigFile = None,
    tier: WarehouseTier = None,
    hashing: Annotated[
        Literal["hmac-sha256", "sha256-base64"] | None,
        typer.Option(help="How hidden values are hashed; the second as UltraCart does; else as configured."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Else in the merchant's lake folder.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Build the warehouse of the current snapshot and its history: one DuckDB file.

    At tier standard no personal data is in it. It appears in one step; who has the one before open keeps
    that. No request is sent. Exit code 75: another build of this merchant is under way.

    Example:  ucsync warehouse build shop --tier medium
    """
    found = read_config(config)
    result = build_warehouse(
        found,
        found.merchant(merchant).name,
        tier=Tier(tier) if tier else None,
        hashing=Hashing(hashing) if hashing else None,
        out=out,
    )
    tell([result], [result.exit_code], _built_in_words, as_json=as_json)


def show(
    merchant: Merchant = None,
    config: ConfigFile = None,
    tier: WarehouseTier = None,
    as_json: AsJson = False,
) -> None:
    """Show what the warehouse has: its tables and views, each with its purpose and rows.

    Exit code 3: it is not of the current snapshot, so build it anew; 2: there is none.

    Example:  ucsync warehouse show shop
    """
    found = read_config(config)
    result = warehouse_shown(found, found.merchant(merchant).name, Tier(tier) if tier else None)
    tell([result], [result.exit_code], _shown_in_words, as_json=as_json)


def _built_in_words(result: WarehouseResult) -> str:
    about = result.about
    told = f"{counted(about.customers, 'customer')} of snapshot {about.snapshot}, {size(result.bytes)}"
    return "\n".join(
        [f"{result.merchant}: {told}", *block("tier", [about.tier.value]), *block("file", [str(result.path)])]
    )


def _shown_in_words(shown: WarehouseShown) -> str:
    about = shown.about
    lines = [f"{shown.merchant}: {'STALE' if shown.stale else 'of the current snapshot'}"]
    lines += block("", [shown.stale] if shown.stale else [])
    lines += block("file", [f"{shown.path}, {size(shown.bytes)}"])
    lines += block("tier", [f"{about.tier.value}, hashed by {about.hashing.value}"])
    lines += block("snapshot", [f"{about.snapshot}, {about.proof}"])
    lines += block("built", [f"{instant(about.built_at)}; history from {instant(about.history_from)}"])
    rows = [(name, f"{count:,}", purpose) for name, purpose, count in shown.relations]
    return "\n".join([*lines, "", *columns(rows, (False, True, False))])


warehouse = typer.Typer(
    help="Build and show the warehouse: one DuckDB file for analysts.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
warehouse.command(name="build")(build)
warehouse.command(name="show")(show)

"""`ucsync dashboard`: the figures of a merchant's customers as a page."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from ucsync.app import read_config, serve_until_stopped
from ucsync.cli.flags import AsJson, ConfigFile
from ucsync.cli.words import block, counted, size, tell
from ucsync.dashboards import Built, build_dashboard, serve_dashboard
from ucsync.flow.fleet import in_full
from ucsync.model import Tier, UcsyncError

Merchant = Annotated[
    str | None, typer.Argument(help="Name of a [merchants.NAME]; not needed when there is one.")
]
TierOption = Annotated[
    Literal["standard", "medium", "high"] | None,
    typer.Option(help="How much it shows: no personal data, personal data, tax ids too; else as configured."),
]


def build(
    merchant: Merchant = None,
    config: ConfigFile = None,
    tier: TierOption = None,
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Else dashboard.html in the merchant's lake folder.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Write the dashboard: one HTML file that needs nothing else, for any browser, from disk or by e-mail.

    The warehouse is built first where it is not of the newest snapshot. At tier standard no personal data
    is in the file. No request is sent. Exit code 78: the extra `ucsync[dashboard]` is not installed.

    Example:  ucsync dashboard build shop --out /srv/reports/shop.html
    """
    found = read_config(config)
    name = found.merchant(merchant).name
    built = build_dashboard(found, name, tier=Tier(tier) if tier else None, out=out)
    tell([built], [built.exit_code], _in_words, as_json=as_json)


def serve(
    merchant: Merchant = None,
    config: ConfigFile = None,
    tier: TierOption = None,
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes any free port.")] = 8766,
) -> None:
    """Show the dashboard live, on this machine only, until Ctrl-C; it follows each new snapshot.

    Example:  ucsync dashboard serve shop
    """
    found = read_config(config)
    name = found.merchant(merchant).name
    serving = serve_dashboard(
        found, name, tier=Tier(tier) if tier else None, port=port, started=_greet, say=_complain
    )
    serve_until_stopped(serving)


def _greet(address: str) -> None:
    typer.echo(f"the dashboard is at {address}; Ctrl-C stops it", err=True)


def _complain(failure: UcsyncError) -> None:
    typer.echo(f"ucsync: the page stays as it is: {in_full(failure)}", err=True)


def _in_words(built: Built) -> str:
    told = f"{counted(built.customers, 'customer')} of snapshot {built.snapshot}, {size(built.bytes)}"
    return "\n".join(
        [f"{built.merchant}: {told}", *block("tier", [built.tier.value]), *block("page", [str(built.path)])]
    )


dashboard = typer.Typer(
    help="Build and serve the dashboard: figures of all customers as one page.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
dashboard.command(name="build")(build)
dashboard.command(name="serve")(serve)

"""`ucsync report`: what a run has come to, as a page."""

from pathlib import Path
from typing import Annotated

import typer

from ucsync.app import read_config
from ucsync.cli.flags import AsJson, ConfigFile
from ucsync.cli.words import block, tell
from ucsync.dashboard.run_words import ending
from ucsync.run_reports import MadeReport, make_report


def report(
    merchant: Annotated[
        str | None, typer.Argument(help="Name of a [merchants.NAME]; not needed when there is one.")
    ] = None,
    run: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="The run of this number; else the newest.")
    ] = None,
    snapshot: Annotated[
        str | None, typer.Option(metavar="ID", help="A snapshot, by the beginning of its id.")
    ] = None,
    push: Annotated[
        str | None, typer.Option(metavar="ID", help="A push, by the beginning of its id.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="The file, or a folder for it; else report.html in the lake.")
    ] = None,
    config: ConfigFile = None,
    as_json: AsJson = False,
) -> None:
    """Write a page that tells what a run has come to: proof, changes, requests, quota; without a request.

    It holds counts and names of fields and nobody's data, so it may be sent on. An older report is
    replaced, any other file is left as it is. It takes no lock; of a run under way it tells what is known.

    Example:  ucsync report shop --out last-night.html
    """
    found = read_config(config)
    name = found.merchant(merchant).name
    made = make_report(found, name, run=run, snapshot=snapshot, push=push, out=out)
    tell([made], [made.exit_code], _in_words, as_json=as_json)


def _in_words(made: MadeReport) -> str:
    told = made.report
    _, title, points = ending(told)
    what = f"push {told.push.push}" if told.push else f"run {told.run.number}" if told.run else "snapshot"
    lines = [f"{told.merchant}: {what}: {title}"]
    lines += [line for point in points for line in block("", [point])]
    return "\n".join(lines + block("page", [str(made.path)]))

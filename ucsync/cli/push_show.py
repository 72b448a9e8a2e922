"""`ucsync push show` and `ucsync push status`: plans and pushes, looked at without a request."""

import json
import sys
from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Final

import typer

from ucsync.cli.flags import AsJson, ConfigFile, Merchants
from ucsync.cli.push_ends import Html, Table, as_typed, failing
from ucsync.cli.push_words import (
    counts_in_words,
    line_document,
    lines_in_words,
    next_in_words,
    plan_in_words,
    window_in_words,
)
from ucsync.cli.words import block, columns, instant, tame, tell
from ucsync.flow.push.plan_result import header_document
from ucsync.flow.push.push_reports import PushList, PushReport
from ucsync.flow.push.push_result import DONE
from ucsync.pushing import Pusher
from ucsync.sheets import Sheet, check_free

_RIGHT: Final = (False, False, False, True, True, False)

#: A terminal shows so many steps; a file or a pipe gets all.
STEPS_SHOWN: Final = 100


def show(
    plan_or_run: Annotated[
        str, typer.Argument(metavar="PLAN|RUN", help="A plan's file, or the beginning of an id.")
    ],
    html: Html = None,
    csv: Table = None,
    config: ConfigFile = None,
    as_json: AsJson = False,
) -> None:
    """Show every field that a plan changes, before and after, or what became of it; no request.

    It prints what customers have told the merchant: names, addresses. Numbers with a fraction are text in
    JSON, digit by digit.

    Example:  ucsync push show 20261122T143000Z-9f3c21aa --html plan.html
    """
    with failing(as_json=as_json):
        check_free(html, csv)
        with Pusher(config).show(plan_or_run) as sheet:
            if html is not None:
                sheet.write_page(html)
            if csv is not None:
                sheet.write_table(csv)
            if as_json:
                _print_json(sheet)
            else:
                by_file = not sheet.id.startswith(plan_or_run)
                place = as_typed(sheet.id, sheet.path if by_file else None, config)
                _print_words(sheet, place, brief=html is not None or csv is not None)


def status(merchants: Merchants = None, config: ConfigFile = None, as_json: AsJson = False) -> None:
    """List the newest pushes of each merchant and how they stand; without a request.

    It takes no lock and writes nothing, so it may be run at any time. Exit code 3: the newest push is not
    as it was asked for, or not yet; 4: it was halted; 74: a journal is damaged.

    Example:  ucsync push status shop --json
    """
    with failing(as_json=as_json):
        found = Pusher(config).status(merchants or ())
    tell(found, [one.exit_code for one in found], _list_in_words, as_json=as_json)


def _print_words(sheet: Sheet, place: str, *, brief: bool) -> None:
    """As text; the single changes only where they are not written to a file anyway."""
    head = (
        plan_in_words(sheet.id, sheet.header, sheet.path)
        if sheet.report is None
        else _push_in_words(sheet.report)
    )
    typer.echo("\n".join(head))
    if not brief:
        steps_max = STEPS_SHOWN if sys.stdout.isatty() else None
        for line in lines_in_words(sheet.lines(), steps_max):
            typer.echo(line)
        for row in sheet.rejected():
            where = f"row {row.row}" + (f", column {row.column}" if row.column else "")
            whom = f"  {row.key}" if row.key else ""
            typer.echo(tame(f"rejected  {where}{whom}: {row.problem}"))
    if sheet.report is None:
        typer.echo("\n".join(next_in_words(sheet.header, sheet.digest, place)))


def _print_json(sheet: Sheet) -> None:
    """Line by line: a plan may be large."""
    where = {"path": None if sheet.path is None else str(sheet.path), "digest": sheet.digest}
    head: dict[str, object] = (
        {"plan": sheet.id, **header_document(sheet.header)}
        if sheet.report is None
        else sheet.report.document()
    )
    sys.stdout.write(_json({**head, **where}).removesuffix("}"))
    parts: dict[str, Iterable[dict[str, object]]] = {
        "lines": map(line_document, sheet.lines()),
        "rejects": (asdict(row) for row in sheet.rejected()),
    }
    for name, held in parts.items():
        sys.stdout.write(f', "{name}": [')
        for position, document in enumerate(held):
            sys.stdout.write((", " if position else "") + _json(document))
        sys.stdout.write("]")
    sys.stdout.write("}\n")


def _json(document: dict[str, object]) -> str:
    return json.dumps(
        document, default=lambda held: held.isoformat() if isinstance(held, datetime) else str(held)
    )


def _push_in_words(report: PushReport) -> list[str]:
    header = report.header
    undone = f", takes back {header.undoes}" if header.undoes else ""
    lines = [f"{header.merchant}: push {report.push} of {header.source}{undone}"]
    lines += block("state", [f"{report.state}, begun {instant(report.begun_at)}"])
    if report.halted is not None:
        lines += block("HALTED", [report.halted])
    lines += block("steps", counts_in_words(report.counts))
    if report.window_s is not None:
        lines += block("window", [window_in_words(report.window_s)])
    return lines + block("next", [report.next] if report.next else [])


def _list_in_words(found: PushList) -> str:
    rows = [_row(one) for one in found.pushes]
    lines = columns([("push", "begun", "of", "steps", "done", "state"), *rows], _RIGHT) if rows else []
    if found.older:
        lines.append(f"and {found.older:,} older ones")
    lines += [f"damage: {fault}" for fault in found.damaged]
    many = len(rows) + len(found.damaged) + found.older
    heading = f"{found.merchant}: {many:,} push{'' if many == 1 else 'es'}"
    return "\n".join(
        [heading if many else f"{found.merchant}: no push yet", *(f"  {line}" for line in lines)]
    )


def _row(one: PushReport) -> tuple[str, ...]:
    total = sum(one.counts.values())
    done = sum(one.counts.get(state, 0) for state in DONE)
    why = f": {one.halted}" if one.halted else f"; {one.next}" if one.next else ""
    return (
        one.push, instant(one.begun_at), one.header.source, f"{total:,}", f"{done:,}", f"{one.state}{why}",
    )  # fmt: skip

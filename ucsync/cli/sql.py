"""`ucsync sql`: questions to the current snapshot."""

import csv
import json
import sys
from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from itertools import islice
from typing import Annotated, Final

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from ucsync.app import read_config
from ucsync.cli.flags import AsJson, ConfigFile, WarehouseTier
from ucsync.cli.words import columns, tame
from ucsync.model import Tier, UcsyncError
from ucsync.reports import Answer, Tables, tables_of
from ucsync.warehousing import warehouse_tables, why_stale

#: A terminal shows so many rows; a file or a pipe gets all.
ROWS_SHOWN: Final = 200

#: A table has a line a row only where each column can have so many characters.
COLUMN_WIDTH_LEAST: Final = 8

_HELP: Final = "end a statement with ; and Enter; .tables shows what there is, .exit or Ctrl-D leaves"


def sql(
    query: Annotated[
        str | None, typer.Argument(help="One statement that selects; without it, ask many.")
    ] = None,
    merchant: Annotated[
        str | None, typer.Option(help="Name of a [merchants.NAME]; not needed when there is one.")
    ] = None,
    warehouse: Annotated[
        bool, typer.Option("--warehouse", help="Ask the warehouse instead: history, marts, tiers.")
    ] = False,
    tier: WarehouseTier = None,
    config: ConfigFile = None,
    as_json: AsJson = False,
) -> None:
    """Ask the current snapshot in SQL (DuckDB); a table on a terminal, else CSV.

    There are the views customers, billing_addresses, shipping_addresses, tags, properties, changes,
    merges and receipts; once an account was exported with --into-lake, orders, order_items, cases and
    case_messages, too. Nothing else of this machine can be read, and nothing can be written. Without a
    query it reads statements until Ctrl-D. With --warehouse it asks the warehouse as it was built last;
    `ucsync warehouse show` says what that has. Exit code 2: DuckDB refuses the statement.

    Example:  ucsync sql "SELECT tag_value, count(*) FROM tags GROUP BY ALL ORDER BY 2 DESC"
    """
    found = read_config(config)
    name = found.merchant(merchant).name
    if tier is not None and not warehouse:
        raise typer.BadParameter("only the warehouse has tiers: say --warehouse", param_hint="--tier")
    shown = Tier(tier) if tier else None
    if warehouse and (stale := why_stale(found, name, shown)):
        typer.echo(f"the warehouse is to be built anew: {stale}", err=True)
    with warehouse_tables(found, name, shown) if warehouse else tables_of(found, name) as tables:
        for note in tables.notes:
            typer.echo(note, err=True)
        if query is not None:
            _ask(tables, query, as_json=as_json)
            return
        refused = False
        for statement in _statements(tables):
            try:
                _ask(tables, statement, as_json=as_json)
            except UcsyncError as failure:
                refused = True
                typer.echo(str(failure), err=True)
            except KeyboardInterrupt:
                typer.echo("given up", err=True)
        if refused and not sys.stdin.isatty():
            raise typer.Exit(2)


def _ask(tables: Tables, query: str, *, as_json: bool) -> None:
    with tables.ask(query, as_json=as_json) as answer:
        if answer is None:
            return
        if as_json:
            _print_json(answer)
        elif sys.stdout.isatty():
            _print_table(answer)
        else:
            writer = csv.writer(sys.stdout, lineterminator="\n")
            writer.writerow(answer.columns)
            writer.writerows(answer.rows)


def _print_json(answer: Answer) -> None:
    """Row by row; the cells are JSON already."""
    names = [json.dumps(name) for name in answer.columns]
    sys.stdout.write(f'{{"columns": [{", ".join(names)}], "rows": [')
    for position, row in enumerate(answer.rows):
        cells = (f"{name}: {cell or 'null'}" for name, cell in zip(names, row, strict=True))
        sys.stdout.write(f"{', ' if position else ''}{{{', '.join(cells)}}}")
    sys.stdout.write("]}\n")


def _print_table(answer: Answer) -> None:
    """As a table where it fits, else each row as lines."""
    console = Console()
    rows = islice(answer.rows, ROWS_SHOWN)
    if len(answer.columns) * COLUMN_WIDTH_LEAST > console.width:
        for row in rows:
            lines = zip(answer.columns, map(tame, row), strict=True)
            typer.echo("\n".join([*columns(list(lines), (False, False)), ""]))
    else:
        table = Table()
        for name, numeric in zip(answer.columns, answer.numeric, strict=True):
            table.add_column(Text(name), justify="right" if numeric else "left", overflow="fold")
        for row in rows:
            table.add_row(*(Text(tame(cell)) for cell in row))
        console.print(table)
    if next(answer.rows, None) is not None:
        typer.echo(f"only the first {ROWS_SHOWN} rows; into a file or a pipe go all", err=True)


def _statements(tables: Tables) -> Iterator[str]:
    """What is typed or piped in, up to each `;` at the end of a line; commands with a dot are done here."""
    lines: list[str] = []
    for line in _lines(lines):
        word = line.strip()
        if not lines and word in (".exit", ".quit"):
            return
        if not lines and word.startswith("."):
            typer.echo(_tables_in_words(tables) if word == ".tables" else _HELP)
            continue
        if word or lines:
            lines.append(line)
        if word.endswith(";"):
            yield "\n".join(lines)
            lines.clear()
    if lines:
        yield "\n".join(lines)


def _lines(pending: list[str]) -> Iterator[str]:
    """Line by line until the end; Ctrl-C drops what is `pending`."""
    if not sys.stdin.isatty():
        yield from (line.rstrip("\n") for line in sys.stdin)
        return
    if find_spec("readline"):
        import_module("readline")  # lets `input` be edited, where the system has it
    typer.echo(_HELP, err=True)
    while True:
        try:
            yield input("   ...> " if pending else "ucsync> ")
        except EOFError:
            typer.echo("")
            return
        except KeyboardInterrupt:
            pending.clear()
            typer.echo("")


def _tables_in_words(tables: Tables) -> str:
    return "\n".join(columns([(view.name, view.purpose) for view in tables.views], (False, False)))

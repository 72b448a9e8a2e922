"""How figures and instants read in text, and how reports on one or several merchants are printed."""

import json
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final, Protocol, TypeVar

import typer

from ucsync.flow.fleet import worst
from ucsync.flow.ledger import Spent

_HOUR_S: Final = 3600
_DAY_S: Final = 86_400
_WINDOWS: Final = {60: "a minute", _HOUR_S: "an hour", _DAY_S: "a day"}


class Report(Protocol):
    """What can be told as JSON."""

    def document(self) -> dict[str, object]: ...


T = TypeVar("T", bound=Report)


def tell(reports: Sequence[T], codes: Sequence[int], in_words: Callable[[T], str], *, as_json: bool) -> None:
    """Print reports on stdout and leave with the worst of their exit codes.

    With one report, JSON is its object; with several a list in `results`.
    """
    code = worst(codes)
    if not as_json:
        typer.echo("\n".join(in_words(report) for report in reports))
    elif len(reports) == 1:
        typer.echo(json.dumps(reports[0].document()))
    else:
        typer.echo(json.dumps({"results": [report.document() for report in reports], "exit_code": code}))
    raise typer.Exit(code)


def instant(at: datetime) -> str:
    """To the minute, in UTC."""
    return f"{at:%Y-%m-%d %H:%M} UTC"


def duration(seconds: float) -> str:
    """In the largest unit that fits."""
    if seconds < 90:
        return f"{max(0, seconds):.0f} s"
    if seconds < 90 * 60:
        return f"{seconds / 60:.0f} min"
    amount, unit = (seconds / _HOUR_S, "h") if seconds < 2 * _DAY_S else (seconds / _DAY_S, "days")
    return f"{f'{amount:.1f}'.removesuffix('.0')} {unit}"


def size(count: int) -> str:
    """Bytes in a unit of at most four digits."""
    amount, units = float(count), ["bytes", "kB", "MB", "GB", "TB"]
    while amount >= 1000 and len(units) > 1:
        amount, units = amount / 1000, units[1:]
    return f"{amount:.0f} {units[0]}" if units[0] == "bytes" else f"{amount:.1f} {units[0]}"


def tame(cell: str | None) -> str:
    """What a customer has typed must not steer the terminal."""
    return "".join(
        one if one.isprintable() or one == "\n" else "\N{REPLACEMENT CHARACTER}" for one in cell or ""
    )


def counted(count: int, noun: str) -> str:
    """`1 request`, `2 requests`."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def quota(spent: Spent) -> str:
    """One limit: what of it is left."""
    window = _WINDOWS.get(spent.limit.seconds, f"{spent.limit.seconds:,} s")
    left = max(0, spent.permitted - spent.used)
    free = "" if left else f"; the next at {instant(spent.free_at)}"
    return f"{spent.limit.requests:,} {window}: {spent.used:,} used, {left:,} left{free}"


def columns(rows: Sequence[Sequence[str]], right: Sequence[bool]) -> list[str]:
    """Rows as lines with aligned columns.

    Args:
        rows: the heading first.
        right: for each column whether it stands to the right.
    """
    widths = [max(len(row[place]) for row in rows) for place in range(len(right))]
    return [
        "  ".join(
            cell.rjust(width) if numeric else cell.ljust(width)
            for cell, width, numeric in zip(row, widths, right, strict=True)
        ).rstrip()
        for row in rows
    ]


def block(label: str, lines: Sequence[str], width: int = 10) -> list[str]:
    """Lines under a label that stands before the first."""
    return [f"  {label if not place else '':<{width}} {line}" for place, line in enumerate(lines)]

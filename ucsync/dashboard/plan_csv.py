"""A plan as CSV, one line for each change, to be looked through with a spreadsheet."""

import csv
import io
import json
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any, Final

from ucsync.dashboard.lines import REJECTED, Line, States, queued_line, step_lines
from ucsync.model.harmless import harmless
from ucsync.model.pushes import Queued, Rejected, Step

_COLUMNS: Final = (
    "state", "step", "action", "customer_profile_oid", "customer", "field", "before", "after", "rows",
    "worth", "reason",
)  # fmt: skip

# Without it a spreadsheet takes UTF-8 for whatever its country wrote before.
_MARK: Final = "\ufeff"


def plan_csv(
    steps: Iterable[Step],
    queued: Iterable[Queued],
    rejected: Iterable[Rejected],
    states: States | None = None,
) -> Iterator[str]:
    """The lines of a CSV file in the form of RFC 4180, with a byte order mark, each with its CRLF.

    What a spreadsheet would take for a formula has an apostrophe before it (`harmless`), so a negative
    number and a telephone number with its plus have one, too. The file holds personal data.

    Args:
        steps: of the plan.
        queued: changes that are held back.
        rejected: rows that cannot be sent.
        states: what became of the steps, None for a plan.
    """
    yield _MARK + _line(_COLUMNS)
    for step in steps:
        yield from (_line(_cells(line)) for line in step_lines(step, states))
    for change in queued:
        yield _line(_cells(queued_line(change)))
    for row in rejected:
        cells = dict.fromkeys(_COLUMNS, "")
        cells |= {"state": REJECTED, "customer": row.key, "field": row.column or "", "rows": str(row.row)}
        yield _line(tuple((cells | {"reason": row.problem}).values()))


def _cells(line: Line) -> tuple[str, ...]:
    return (
        line.state, _text(line.step), line.action, _text(line.oid), line.customer or "", line.path,
        _text(line.before), _text(line.after), " ".join(map(str, line.rows)), _text(line.worth), line.reason,
    )  # fmt: skip


def _text(value: Any) -> str:
    """A canonical value in one cell; rows of children as JSON, one without fields as `there`."""
    if value is None:
        return ""
    if value == {}:
        return "there"
    if isinstance(value, str):
        return value
    if isinstance(value, Decimal):
        return format(value, "f")
    return json.dumps(value, ensure_ascii=False, default=str)


def _line(cells: Iterable[str]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerow([harmless(cell) for cell in cells])
    return text.getvalue()

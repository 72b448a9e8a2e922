"""How a plan, a push and their lines read in text and in JSON."""

import json
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from ucsync.cli.words import block, columns, counted, duration, instant, tame
from ucsync.dashboard.lines import Line
from ucsync.model.pushes import Action, PlanHeader, PushPrice, StepState

_DAY_S: Final = 86_400
_HOUR_S: Final = 3600

_STATES: Final = {
    StepState.WAITING: "waiting",
    StepState.SENT: "sent, and not known yet what came of it",
    StepState.LANDED: "landed",
    StepState.ALREADY: "were so already, not sent",
    StepState.REFUSED: "refused by the server",
    StepState.CONFLICT: "in conflict: somebody else has changed the same since the plan",
    StepState.DIVERGED: "diverged: read back, and neither as it was nor as it was to be",
    StepState.DROPPED: "dropped, not sent",
}

#: Characters of a plan's digest that a person types to confirm it.
_CONFIRMED: Final = 8


def plan_in_words(plan_id: str, header: PlanHeader, path: Path | None) -> list[str]:
    """A plan as figures, without anybody's data."""
    lines = [
        f"{header.merchant}: plan {plan_id}" + (f", takes back {header.undoes}" if header.undoes else "")
    ]
    share = f" of {header.customers:,}" if header.customers else ""
    lines += block("customers", [f"{header.touched:,}{share} would change"])
    kinds = ", ".join(f"{count:,} {name.replace('_', ' ')}" for name, count in header.steps.items() if count)
    lines += block("steps", [kinds or _nothing(header)])
    lines += block("fields", [f"{header.changes:,} would change, {header.cleared:,} of them become empty"])
    if header.equal:
        lines += block("equal", [f"{counted(header.equal, 'row')} with nothing new"])
    if header.queued:
        lines += block("held back", [f"{counted(header.queued, 'change')} for a person to decide on"])
    if header.rejected:
        lines += block("rejected", [f"{counted(header.rejected, 'problem')} in rows that are not sent"])
    for guard in header.tripped:
        lines += block("STOPPED", [guard])
    lines += block("cost", _price_in_words(header.price))
    base = "" if header.base is None else f", the CRM's export with {header.base}"
    lines += block("against", [f"snapshot {header.snapshot}{base}"])
    lines += block("valid", [f"until {instant(header.expires_at)}, once"])
    if path is not None:
        lines += block("file", [str(path)])
    lines += [line for note in header.notes for line in block("note", [note])]
    return lines


def _nothing(header: PlanHeader) -> str:
    """Why there is no step, where that is not told in lines of its own."""
    if header.queued or header.rejected:
        return "none"
    return "none: everything is as the change set asks for" if header.equal else "none: nothing is asked for"


def next_in_words(header: PlanHeader, digest: str, place: str) -> list[str]:
    """What a person would type next.

    Args:
        header, digest: of the plan.
        place: how the plan and the configuration are named in a command.
    """
    steps = [f"ucsync push show {place}    every field, before and after"]
    if header.tripped:
        steps.append("nothing can be sent: make another plan, as the guard above says, or ask for less")
    elif sum(header.steps.values()):
        flags = confirmation(header, digest)
        steps.append(f"ucsync push apply {place}{flags}")
    return block("next", steps)


def confirmation(header: PlanHeader, digest: str) -> str:
    """The flags that merges and deletions want, with a blank before each; empty where there are none."""
    word, flags = digest[:_CONFIRMED], ""
    for action, flag in ((Action.MERGE, "--confirm-merges"), (Action.DELETE, "--confirm-deletes")):
        if count := header.steps.get(action.value, 0):
            flags += f" {flag} {word}:{count}"
    return f" --confirm {word}{flags}" if flags else ""


def counts_in_words(counts: Mapping[StepState, int]) -> list[str]:
    """How many steps there are in each state, states without any left out."""
    rows = [(f"{counts[state]:,}", _STATES[state]) for state in StepState if counts.get(state)]
    return columns(rows, (True, False)) if rows else ["none"]


def window_in_words(window_s: tuple[float, float]) -> str:
    """For how long somebody else's edit could have been overwritten unseen."""
    median, largest = (f"{seconds:.3g} s" if seconds < 90 else duration(seconds) for seconds in window_s)
    return f"updates rest on what was read {median} before (median), {largest} at the most"


def _price_in_words(price: PushPrice) -> list[str]:
    kinds = ", ".join(f"{name} {count:,}" for name, count in price.requests.items() if count)
    took = price.days * _DAY_S if price.days >= 2 else price.hours * _HOUR_S
    return [
        counted(price.total, "request") + (f": {kinds}" if kinds else ""),
        f"takes {duration(took)}; ends {instant(price.ends_at)} if it begins now",
    ]


def lines_in_words(lines: Iterable[Line], steps_max: int | None) -> Iterator[str]:
    """Before and after, step by step; personal data.

    Args:
        steps_max: so many steps, and customers held back, are told; None for all.
    """
    told, last = 0, object()
    rows: list[tuple[str, str]] = []
    for line in lines:
        key = (line.step, line.oid if line.step is None else None)
        if key != last:
            yield from _changes_in_words(rows)
            rows, last, told = [], key, told + 1
            if steps_max is not None and told > steps_max:
                yield f"only the first {steps_max} are shown; into a file or a pipe go all"
                return
            yield tame(_heading(line))
        rows.append((line.path, _before_and_after(line)))
        if line.step is None and line.reason:
            rows.append(("", f"held back: {line.reason}"))
    yield from _changes_in_words(rows)


def _heading(line: Line) -> str:
    number = "held back" if line.step is None else f"step {line.step}"
    whom = "a new customer" if line.oid is None else f"customer {line.oid}"
    rows = f"row{'s' if len(line.rows) > 1 else ''} {', '.join(map(str, line.rows))}" if line.rows else ""
    parts = [number, line.action.replace("_", " "), whom, line.customer or "", rows]
    if line.step is not None and line.state != "planned":
        parts.append(line.state + (f": {line.reason}" if line.reason else ""))
    return "  ".join(part for part in parts if part)


def _changes_in_words(rows: list[tuple[str, str]]) -> list[str]:
    return [tame(f"    {line}") for line in columns(rows, (False, False))] if rows else []


def _before_and_after(line: Line) -> str:
    if {} in (line.before, line.after) and None in (line.before, line.after):  # a tag and the like
        return "added" if line.before is None else "removed"
    return f"{_shown(line.before)} → {_shown(line.after)}"


def _shown(value: Any) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, dict):
        if value.keys() == {"value"}:  # a property
            return _shown(value["value"])
        return f"{{{', '.join(f'{json.dumps(name)}: {_shown(held)}' for name, held in value.items())}}}"
    return json.dumps(value, ensure_ascii=False, default=str)


def line_document(line: Line) -> dict[str, object]:
    """A line as JSON; numbers with a fraction are text, digit by digit."""
    return {
        "state": line.state,
        "step": line.step,
        "action": line.action,
        "customer_profile_oid": line.oid,
        "customer": line.customer,
        "path": line.path,
        "before": line.before,
        "after": line.after,
        "rows": list(line.rows),
        "worth": line.worth,
        "reason": line.reason,
    }

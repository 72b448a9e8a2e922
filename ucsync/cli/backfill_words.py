"""How backfills and their forecasts read for people."""

from typing import Final

from ucsync.cli.words import block, columns, counted, duration, instant, quota
from ucsync.flow.backfill.asking import range_in_words
from ucsync.flow.backfill.backfill_forecast import BackfillCase, BackfillForecast
from ucsync.flow.backfill.backfill_result import BackfillResult

#: A terminal has room for so many days.
DAYS_SHOWN: Final = 31


def forecast_in_words(found: BackfillForecast) -> str:
    """A forecast."""
    order = "newest" if found.newest_first else "oldest"
    asked = range_in_words(found.by, found.low, found.high)
    part = f", {asked}" if asked else ""
    lines = [f"{found.merchant}: backfill by {found.by.value}, {order} first{part} ({found.why})"]
    if found.known_from is None:
        lines += block("customers", ["not known without a request; say --customers N. For example:"])
    else:
        there = f", {found.there:,} are there" if found.goes_on else ""
        lines += block("customers", [f"{found.cases[0].cost.customers:,} to read, {found.known_from}{there}"])
    if found.pages_there:
        lines += block("staged", [f"{counted(found.pages_there, 'page')} there and not asked for again"])
    lines += block("cost", _costs(found))
    lines += block("nightly", [_nights(found)])
    lines += _limits(found)
    if found.known_from is not None and found.cases[0].days is not None:
        lines += block("days", _days(found, found.cases[0]))
    lines += [line for note in found.notes for line in block("note", [note])]
    return "\n".join(lines)


def result_in_words(result: BackfillResult) -> str:
    """What it came to."""
    told, receipt = result.backfill, result.receipt
    order = "newest" if told.newest_first else "oldest"
    asked = range_in_words(told.by, told.low, told.high)
    part = f", {asked}" if asked else ""
    lines = [f"{result.merchant}: backfill by {told.by.value}, {order} first{part}, {_ending(result)}"]
    lines += block("proof", [receipt.proof.value, *dict.fromkeys((*receipt.reasons, *told.doubts))])
    of_all = f" of about {told.total:,}" if told.total and told.whole and not told.finished else ""
    lines += block(
        "customers",
        [
            f"{told.rows:,}{of_all} read in {counted(told.windows, 'window')}, {told.deleted:,} deleted",
            f"{receipt.rows:,} are in the lake",
        ],
    )
    lines += block("requests", [f"{result.requests:,} by this run, {told.requests:,} for the windows in all"])
    lines += block("snapshot", [result.path])
    lines += block("took", [duration(result.seconds)])
    lines += [line for note in result.notes for line in block("note", [note])]
    if not result.is_done:
        lines += block("next", [f"ucsync backfill {result.merchant}    goes on"])
    return "\n".join(lines)


def _ending(result: BackfillResult) -> str:
    if result.is_done:
        return "is done"
    if result.paused_until is None:
        return "is paused"
    return f"is paused; it can go on at {instant(result.paused_until)}"


def _limits(found: BackfillForecast) -> list[str]:
    """What is left of them."""
    if found.quota is None:
        return []
    told = [quota(spent) for spent in found.quota]
    if found.budget is None:
        return block("quota", told or ["no limit"])
    return block("quota", told[:-1] or ["no limit"]) + block("budget", told[-1:])


def _costs(found: BackfillForecast) -> list[str]:
    heading = ("customers", "windows", "requests", "at least", "takes", "ends at")
    rows = [
        (
            f"{case.cost.customers:,}", f"{case.cost.windows:,}", f"{case.cost.likely:,}",
            f"{case.cost.floor:,}", "?" if case.seconds is None else duration(case.seconds),
            _end(case),
        )
        for case in found.cases
    ]  # fmt: skip
    return columns([heading, *rows], (True, True, True, True, True, False))


def _nights(found: BackfillForecast) -> str:
    habit = found.nightly
    if habit is None:
        return "no runs beside it"
    each = f"about {counted(habit.requests, 'request')} each"
    if found.known_from is None:
        each = f"of {found.cases[-1].cost.customers:,} customers {each}"
    return f"at {habit.at:%H:%M} ({habit.known_from}), {each}"


def _days(found: BackfillForecast, case: BackfillCase) -> list[str]:
    whole = found.there + case.cost.customers
    heading = ["day", "requests", "nightly", "customers", "of all"]
    numeric = [False, True, True, True, True]
    if found.a_day is not None:
        heading, numeric = [*heading, "of the day's limit"], [*numeric, True]
    days = case.days or ()
    rows = [
        [
            f"{day.day}", f"{day.backfill:,}", f"{day.nightly:,}", f"{there:,}", _share(there, whole),
            *([] if found.a_day is None else [_share(day.backfill + day.nightly, found.a_day)]),
        ]
        for day, there in zip(days, case.there, strict=True)
    ]  # fmt: skip
    lines = columns([heading, *rows], numeric)
    if (more := len(rows) - DAYS_SHOWN) > 0:
        lines[DAYS_SHOWN:-1] = [f"… {counted(more, 'day')} more; --json has them all"]
    return lines


def _share(part: int, whole: int) -> str:
    return f"{100 * part // max(1, whole)} %"


def _end(case: BackfillCase) -> str:
    if case.ends_at is not None:
        return instant(case.ends_at)
    return "?" if case.days is None else "not within a year"

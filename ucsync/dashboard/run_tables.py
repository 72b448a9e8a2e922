"""The tables of a run's page; each is left out where there is nothing to tell."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final

from ucsync.dashboard.cards import ACTION_WORDS, STATE_WORDS
from ucsync.dashboard.markup import Markup, element
from ucsync.dashboard.pieces import bar, instant
from ucsync.dashboard.run_words import SCAN_WORDS, ended_as, lasting
from ucsync.model import Pass, PassReport, Proof, QuotaUse, Receipt, ScanKind
from ucsync.model.pushes import StepState
from ucsync.model.runs import PushFigures, RunReport

_REASONS_MAX: Final = 20
_FIELDS_MAX: Final = 40
_PUBLISHED_MAX: Final = 60
_WALKS: Final[Mapping[Pass, str]] = {
    Pass.MAIN: "main pass",
    Pass.CATCH_UP: "catch-up",
    Pass.CONFIRM: "single customers",
}
_WINDOWS: Final = {60: "a minute", 3600: "an hour", 86_400: "a day"}
_GRAVE: Final = {"fine": "good", "warn": "warn", "stop": "bad"}

#: Heading of a column, and whether figures stand in it.
_Column = tuple[str, bool]


def before_table(report: RunReport) -> Markup | None:
    """This scan and those before it, to see what is usual."""
    told = report.told
    if told is None or not report.earlier:
        return None
    shown = [*([told] if report.is_new else []), *report.earlier]
    most = max((one.inserted + one.updated for one in shown if one.parent is not None), default=0)
    rows = [
        _tr(
            [
                instant(one.finished_at), SCAN_WORDS[one.kind], _proof(one), f"{one.rows:,}",
                f"{one.inserted:,}", f"{one.updated:,}", f"{one.deleted:,}", f"{one.quarantined:,}",
                f"{one.requests:,}", _changes_bar(one, most),
            ],
            _BEFORE, this=one is told,
        )
        for one in shown
    ]  # fmt: skip
    title = "Beside the scans before it" if report.is_new else "The scans before it"
    return _section(title, _BEFORE, rows)


_BEFORE: Final[Sequence[_Column]] = (
    ("Complete", False), ("What", False), ("Proof", False), ("Customers", True), ("New", True),
    ("Changed", True), ("Gone", True), ("Set aside", True), ("Requests", True), ("New and changed", False),
)  # fmt: skip


def passes_table(told: Receipt) -> Markup | None:
    """How the list was walked, which is what the proof rests on."""
    if not told.passes:
        return None
    columns: Sequence[_Column] = (
        ("Walk", False), ("Ordered by", False), ("Pages", True), ("Rows a page", True), ("Rows", True),
        ("Customers", True), ("Read twice", True), ("Stepped back", True), ("By the server's count", True),
    )  # fmt: skip
    rows = [
        _tr(
            [
                _WALKS[one.walk], one.order or "the server's own order", f"{one.pages:,}", f"{one.limit:,}",
                f"{one.rows:,}", f"{one.distinct:,}", f"{one.rows - one.distinct:,}", f"{one.repairs:,}",
                _counted(one),
            ],
            columns,
        )
        for one in told.passes
    ]  # fmt: skip
    said = (
        "Pages overlap, so that a row that moves while the list is read is seen: what is read twice is the "
        "overlap. A page that does not join the one before is stepped back from. The catch-up asks for what "
        "has changed since the scan began."
    )
    doubts = "; ".join(f"{_WALKS[one.walk]}: {reason}" for one in told.passes for reason in one.reasons)
    return _section("How it was read", columns, rows, said, f"Not proven: {doubts}." if doubts else None)


def requests_table(report: RunReport) -> Markup | None:
    """What it cost against the least that it could have, and what of the quota is used."""
    run, told = report.run, report.told
    sent = run.requests if run is not None else told.requests if told is not None else None
    lines: list[tuple[str, int, float, str]] = []
    if told is not None and report.is_new and report.push is None and told.requests:
        most = max(told.requests, told.requests_floor, sent or 0)
        lines += [
            ("At the least for these rows", told.requests_floor, told.requests_floor / most, ""),
            ("Sent for the scan", told.requests, told.requests / most, ""),
        ]
        if sent is not None and sent > told.requests:
            lines.append(("Sent by the whole run", sent, sent / most, ""))
    for use in report.quota or ():
        share = use.used / use.requests if use.requests else 0.0
        lines.append((f"Used of {_limit(use)}", use.used, share, f" ({100 * share:.0f} %)"))
    if not lines:
        return None
    columns: Sequence[_Column] = (("What", False), ("", False), ("Requests", True))
    rows = [
        _tr([name, bar(min(1.0, share)), f"{count:,}{more}"], columns, shares=(1,))
        for name, count, share, more in lines
    ]
    return _section("Requests and quota", columns, rows)


def aside_table(report: RunReport) -> Markup | None:
    """Why rows were set aside; the rows themselves are in the snapshot's quarantine."""
    if not report.aside:
        return None
    columns: Sequence[_Column] = (("What was wrong, and where in the customer", False), ("Rows", True))
    ranked = sorted(report.aside.items(), key=lambda one: (-one[1], one[0]))
    rows = [_tr([reason, f"{count:,}"], columns) for reason, count in ranked[:_REASONS_MAX]]
    left = len(ranked) - _REASONS_MAX
    said = "Of these customers the version before stays; each is asked for again until it can be read."
    return _section("Set aside", columns, rows, said, f"and {left:,} more reasons" if left > 0 else None)


def backfill_table(told: Receipt) -> Markup | None:
    """How far a backfill is."""
    held = told.backfill
    if held is None:
        return None
    share = held.rows / held.total if held.total else 0.0
    of_all = "" if held.total is None else f" of about {held.total:,} ({100 * min(1.0, share):.0f} %)"
    columns: Sequence[_Column] = (("What", False), ("", False), ("How many", True))
    lines = [
        ("Customers read", bar(min(1.0, share)), f"{held.rows:,}{of_all}"),
        ("Windows published", "", f"{held.windows:,}"),
        ("Requests for them", "", f"{held.requests:,}"),
        ("Found gone", "", f"{held.deleted:,}"),
    ]
    order = "newest" if held.newest_first else "oldest"
    state = "finished" if held.finished else "under way"
    said = f"By {held.by.value}, {order} first: {state}. {'; '.join(held.doubts)}".strip()
    rows = [_tr(line, columns, shares=(1,)) for line in lines]
    return _section("The backfill as a whole", columns, rows, said)


def published_table(report: RunReport) -> Markup | None:
    """Where a run has published several snapshots."""
    if len(report.published) < 2:
        return None
    columns: Sequence[_Column] = (
        ("Snapshot", False), ("What", False), ("Customers", True), ("New", True), ("Changed", True),
        ("Gone", True), ("Requests", True),
    )  # fmt: skip
    rows = [
        _tr(
            [
                one.snapshot, SCAN_WORDS[one.kind], f"{one.rows:,}", f"{one.inserted:,}", f"{one.updated:,}",
                f"{one.deleted:,}", f"{one.requests:,}",
            ],
            columns,
        )
        for one in report.published[-_PUBLISHED_MAX:]
    ]  # fmt: skip
    left = len(report.published) - _PUBLISHED_MAX
    return _section(
        "Published by it", columns, rows, None, f"and {left:,} before these" if left > 0 else None
    )


def runs_table(report: RunReport) -> Markup | None:
    """The runs before it, each of which has a report, too."""
    if not report.runs:
        return None
    columns: Sequence[_Column] = (
        ("Run", True), ("Begun", False), ("What", False), ("Ended", False), ("Took", True),
        ("Requests", True), ("In a line", False),
    )  # fmt: skip
    rows = []
    for run in report.runs:
        grave, words = ended_as(run)
        took = "—" if run.ended is None else lasting((run.ended - run.started).total_seconds())
        requests = "—" if run.requests is None else f"{run.requests:,}"
        cells = [f"{run.number}", instant(run.started), run.kind, _chip(_GRAVE[grave], words), took, requests]
        rows.append(_tr([*cells, run.result or "—"], columns, wide=(6,)))
    said = "`ucsync report --run` with one of these numbers tells of it."
    return _section("The runs before it", columns, rows, said.replace("`", ""))


def times_table(report: RunReport) -> Markup | None:
    """When what was."""
    run, told, push = report.run, report.told, report.push
    lines: list[tuple[str, datetime | None]] = []
    if push is not None:
        lines += [("Plan made", push.planned_at), ("Push begun", push.begun_at)]
    if run is not None:
        lines += [("Run begun", run.started), ("Run ended", run.ended)]
    if told is not None and push is None:
        name = "Snapshot complete" if report.is_new else "Newest snapshot then, complete"
        first = [("First page, by the server's clock", told.started_at)] if report.is_new else []
        lines += [
            *first,
            (name, told.finished_at),
            ("Watermark: the next scan asks from here", told.watermark),
            ("Newest proven full scan", told.full_at),
        ]
    columns: Sequence[_Column] = (("What", False), ("When", True))
    rows = [_tr([name, instant(at) if at else "—"], columns) for name, at in lines]
    return _section("When", columns, rows) if rows else None


def steps_table(push: PushFigures) -> Markup:
    """What became of the steps, by what they do."""
    return _by_state("Steps, by what they do", "Step", push.steps, ACTION_WORDS)


def fields_table(push: PushFigures) -> Markup | None:
    """Which fields it is about; whose and which values is on the page of the plan."""
    if not push.fields:
        return None
    shown = dict(list(push.fields.items())[:_FIELDS_MAX])
    left = len(push.fields) - len(shown)
    more = f"and {left:,} more fields" if left > 0 else None
    said = f"Whose, before and after: ucsync push show {push.push} --html plan.html"
    return _by_state("Changes, by field", "Field", shown, {}, said, more)


def _by_state(
    title: str,
    name: str,
    counts: Mapping[str, Mapping[str, int]],
    words: Mapping[str, str],
    said: str | None = None,
    more: str | None = None,
) -> Markup:
    states = [one.value for one in StepState if any(one.value in held for held in counts.values())]
    columns: Sequence[_Column] = (
        (name, False), ("All", True), *((STATE_WORDS[state].capitalize(), True) for state in states),
    )  # fmt: skip
    rows = []
    for key, held in counts.items():
        figures = [sum(held.values()), *(held.get(state, 0) for state in states)]
        rows.append(_tr([words.get(key, key), *(f"{figure:,}" for figure in figures)], columns))
    return _section(title, columns, rows, said, more)


def _section(
    title: str,
    columns: Sequence[_Column],
    rows: Iterable[Markup],
    said: str | None = None,
    more: str | None = None,
) -> Markup:
    kinds = ((name, "number" if figures else None) for name, figures in columns)
    heads = (element("th", name, scope="col", class_=kind) for name, kind in kinds)
    table = element("table", element("thead", element("tr", *heads)), element("tbody", *rows))
    return element(
        "section",
        element("h2", title),
        element("p", said, class_="facts") if said else None,
        element("div", table, class_="sheet", role="region", aria_label=title, tabindex="0"),
        element("p", more, class_="facts") if more else None,
    )


def _tr(
    cells: Sequence[str],
    columns: Sequence[_Column],
    *,
    this: bool = False,
    shares: Sequence[int] = (),
    wide: Sequence[int] = (),
) -> Markup:
    made = []
    for place, (cell, (_, figures)) in enumerate(zip(cells, columns, strict=True)):
        kind = "number" if figures else "share" if place in shares else "told" if place in wide else None
        if place:
            made.append(element("td", cell, class_=kind))
        else:
            made.append(element("th", cell, class_=kind, scope="row"))
    return element("tr", *made, class_="this" if this else None)


def _chip(grave: str, words: str) -> Markup:
    return element("span", words, class_=f"chip {grave}")


def _proof(told: Receipt) -> Markup:
    if told.kind is ScanKind.PUSH:
        return Markup("")
    return _chip("good" if told.proof is Proof.PROVEN else "warn", told.proof.value)


def _changes_bar(told: Receipt, most: int) -> Markup:
    """Of a first snapshot all are new: that is no measure of a night."""
    if told.parent is None or not most:
        return Markup("")
    changed = told.inserted + told.updated
    return bar(changed / most) if changed else Markup("")


def _counted(walk: PassReport) -> str:
    if walk.total_first is None:
        return "not"
    if walk.total_last in (None, walk.total_first):
        return f"{walk.total_first:,}"
    return f"{walk.total_first:,} to {walk.total_last:,}"


def _limit(use: QuotaUse) -> str:
    return f"{use.requests:,} {_WINDOWS.get(use.seconds, f'in {use.seconds:,} s')}"

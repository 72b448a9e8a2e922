"""What a run has come to, as one HTML page without a script, for those who were not there."""

from collections.abc import Iterator
from typing import Final

from ucsync.dashboard.markup import Markup, element
from ucsync.dashboard.pieces import banner, instant, origin_of, tile, tiles_of
from ucsync.dashboard.run_tables import (
    aside_table,
    backfill_table,
    before_table,
    fields_table,
    passes_table,
    published_table,
    requests_table,
    runs_table,
    steps_table,
    times_table,
)
from ucsync.dashboard.run_words import ending, kind_of, lasting, when
from ucsync.dashboard.shell import closing, masthead, opening
from ucsync.model import QuotaUse, Receipt
from ucsync.model.runs import PushFigures, RunReport

#: What a page begins with, and by which it is known again.
RUN_PAGE_MARK: Final = "<!-- ucsync run report -->\n"

_DAY_S: Final = 86_400


def run_page(report: RunReport) -> Iterator[str]:
    """The page in pieces, to be written in UTF-8. It holds counts, names of fields and instants, and nothing
    of a customer's.

    The page fetches nothing and runs nothing.

    Args:
        report: of a run, a snapshot or a push.
    """
    told, push = report.told, report.push
    name = push.push if push else told.snapshot if told and report.is_new else None
    yield RUN_PAGE_MARK
    yield opening(f"{kind_of(report)}: {report.merchant}", ["run_page.css"])
    why = f"Why this scan: {report.why}." if report.why else None
    yield masthead(kind_of(report), report.merchant, name, when(report), why)
    yield "\n<main>\n"
    yield banner(*ending(report))
    yield tiles_of(_push_tiles(report, push) if push else _scan_tiles(report))
    parts = [] if push is None else [steps_table(push), fields_table(push)]
    if told is not None and push is None:
        parts += [backfill_table(told), before_table(report), passes_table(told)]
    parts += [aside_table(report), published_table(report)]
    yield from (f"{part}\n" for part in parts if part is not None)
    side = [one for one in (requests_table(report), times_table(report)) if one is not None]
    yield element("div", *side, class_="side")
    yield f"{runs_table(report) or ''}\n"
    yield _origin(report)
    yield "</main>\n"
    yield from closing()


def _scan_tiles(report: RunReport) -> Iterator[Markup]:
    told, published = report.told, report.published
    if told is not None:
        stands = "in the snapshot" if report.is_new else "in the lake, as before"
        yield tile("Customers", f"{told.rows:,}", stands)
    if published:
        deleted, aside = sum(one.deleted for one in published), _set_aside(published[-1])
        merged = f"{report.merged:,} of them merged away" if report.merged else "deleted or merged away"
        yield tile("New", f"{sum(one.inserted for one in published):,}", "who were not in the lake")
        yield tile("Changed", f"{sum(one.updated for one in published):,}", "with at least one other value")
        yield tile("Gone", f"{deleted:,}", merged)
        yield tile("Set aside", f"{aside:,}", "not stored exactly, so not at all", "warn" * bool(aside))
    yield from _last_tiles(report, None if told is None or not report.is_new else told.requests_floor)


def _push_tiles(report: RunReport, push: PushFigures) -> Iterator[Markup]:
    care = push.count("conflict", "refused", "diverged", "sent", "dropped")
    share = f"of {push.customers:,} in the lake"
    yield tile("Customers in the plan", f"{push.touched:,}", share)
    yield tile("Steps", f"{push.count():,}", "one request each")
    yield tile("Landed", f"{push.count('landed'):,}", "read back, and as asked for")
    yield tile("So already", f"{push.count('already'):,}", "not sent")
    yield tile("Want care", f"{care:,}", "not as asked for", "warn" * bool(care))
    if waiting := push.count("waiting"):
        halted = push.halted_by is not None
        name, words = (
            ("Not sent", "it was halted") if halted else ("Still to send", "the same command goes on")
        )
        yield tile(name, f"{waiting:,}", words, "warn")
    if push.cleared:
        yield tile("Became empty", f"{push.cleared:,}", "fields that held something", "warn")
    if push.requests is not None:
        yield tile("Requests", f"{push.requests:,}", f"{push.priced:,} were expected at the most")
    if push.window_s is not None:
        median, most = (lasting(seconds) for seconds in push.window_s)
        yield tile("Window", median, f"median age of what updates rest on; {most} at the most", "long")
    yield from _quota_tile(report)


def _last_tiles(report: RunReport, floor: int | None) -> Iterator[Markup]:
    run, told = report.run, report.told
    requests = run.requests if run is not None else told.requests if told is not None else None
    if requests is not None:
        yield tile("Requests", f"{requests:,}", "sent" if floor is None else f"{floor:,} at the least")
    if run is not None and run.ended is not None:
        yield tile("Took", lasting((run.ended - run.started).total_seconds()), "from start to end")
    yield from _quota_tile(report)


def _quota_tile(report: RunReport) -> Iterator[Markup]:
    longest: QuotaUse | None = max(report.quota or (), key=lambda one: one.seconds, default=None)
    if longest is not None:
        left = max(0, longest.requests - longest.used)
        window = "a day" if longest.seconds == _DAY_S else f"{longest.seconds:,} s"
        told = f"requests, of {longest.requests:,} {window}, when this was written"
        yield tile("Quota left", f"{left:,}", told, "warn" * (left * 10 < longest.requests))


def _origin(report: RunReport) -> Markup:
    run, told, push = report.run, report.told, report.push
    number = None if run is None else f"{run.number}" if run.number else "not noted"
    facts = {
        "Run": None if run is None else f"{number} ({run.kind})",
        "Push": push.push if push else None,
        "Takes back": push.undoes if push else None,
        "Planned against snapshot": push.against if push else None,
        "Its answers are in": ", ".join(push.snapshots) or "no snapshot yet" if push else None,
    }
    if told is not None and push is None:
        facts |= {
            "Snapshot" if report.is_new else "Newest snapshot then": told.snapshot,
            "Built on": told.parent or "nothing: it is the first",
            "Scan": told.scan,
            "Files": f"{len(told.files):,} with {sum(one.bytes for one in told.files):,} bytes",
            "Fingerprint of what is asked": told.fingerprint,
            "Fingerprint of the columns": told.schema,
        }
    facts |= {"Written": instant(report.made_at), "Version": f"ucsync {report.version}"}
    return origin_of(facts)


def _set_aside(told: Receipt) -> int:
    return max(told.quarantined, len(told.aside))

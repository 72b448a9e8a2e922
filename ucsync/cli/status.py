"""`ucsync status`: how each merchant stands."""

from ucsync.app import read_config
from ucsync.cli.flags import AsJson, ConfigFile, Merchants
from ucsync.cli.words import block, columns, counted, duration, instant, quota, tell
from ucsync.flow.status import Status
from ucsync.model import Backfill
from ucsync.reports import statuses


def status(
    merchants: Merchants = None,
    config: ConfigFile = None,
    as_json: AsJson = False,
) -> None:
    """Show freshness, proof, last receipts and runs, and what is left of the quota; without a request.

    It takes no lock and writes nothing, so it may be run at any time. Exit code 3: a merchant is stale,
    or its newest snapshot is not proven (but that a backfill goes on) or has rows set aside; 74: its lake
    is damaged.

    Example:  ucsync status shop --json
    """
    found = statuses(read_config(config), merchants or ())
    tell(found, [one.exit_code for one in found], in_words, as_json=as_json)


def in_words(found: Status) -> str:
    """A merchant for people."""
    lines = [f"{found.merchant}: {_freshness(found)}"]
    told = found.current
    if told is not None:
        lines += block("snapshot", [told.snapshot])
        lines += block("proof", [told.proof.value, *told.reasons])
        aside = f", {told.quarantined:,} set aside" if told.quarantined else ""
        lines += block("customers", [f"{told.rows:,}{aside}"])
        lines += block("receipts", _receipts(found))
    if found.runs:
        lines += block("runs", _runs(found))
    if found.half_done is not None:
        held = found.half_done
        kind, pages = held.header.kind.value, counted(held.pages, "page")
        lines += block(
            "half done", [f"{kind} scan {held.header.scan}, {pages}: under way, or to be gone on with"]
        )
    if told is not None and told.backfill is not None:
        lines += block("backfill", _backfill(told.backfill, found.pages_there))
    if found.quota is not None:
        lines += block("quota", [quota(spent) for spent in found.quota] or ["no limit"])
    if found.next_at is not None and any(spent.used >= spent.permitted for spent in found.quota or ()):
        lines += block("", [f"the next request may leave at {instant(found.next_at)}"])
    lines += [line for fault in found.faults for line in block("damage", [fault])]
    lines += [line for note in found.notes for line in block("note", [note])]
    return "\n".join(lines)


def _freshness(found: Status) -> str:
    if found.age_h is None:
        return "no snapshot that can be used" if found.faults else "no snapshot yet; `ucsync sync` makes one"
    age, bound = duration(found.age_h * 3600), duration(found.stale_after_h * 3600)
    return f"{'STALE' if found.stale else 'fresh'}, {age} old, stale after {bound}"


def _receipts(found: Status) -> list[str]:
    rows = [
        (
            instant(one.finished_at), one.kind.value, one.proof.value, f"+{one.inserted:,}",
            f"~{one.updated:,}", f"-{one.deleted:,}", counted(one.requests, "request"),
        )
        for one in found.receipts
    ]  # fmt: skip
    return columns(rows, (False, False, False, True, True, True, True))


def _backfill(told: Backfill, pages_there: int) -> list[str]:
    order = "newest" if told.newest_first else "oldest"
    state = "finished" if told.finished else "under way, or to be gone on with by `ucsync backfill`"
    of_all = "" if told.total is None else f" of about {told.total:,}"
    lines = [
        f"{told.backfill} by {told.by.value}, {order} first: {state}",
        f"{counted(told.windows, 'window')} with {told.rows:,}{of_all} customers,"
        f" {counted(told.requests, 'request')}",
    ]
    if pages_there:
        lines.append(f"{counted(pages_there, 'page')} of the next window")
    return [*lines, *(f"doubt: {doubt}" for doubt in told.doubts)]


def _runs(found: Status) -> list[str]:
    rows = [
        (
            instant(run.started), run.kind,
            "under way, or killed" if run.exit_code is None else f"exit code {run.exit_code}",
            run.result,
        )
        for run in found.runs
    ]  # fmt: skip
    return columns(rows, (False, False, False, False))

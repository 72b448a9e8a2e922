"""The figures at the head of a plan's page, and where it comes from at its foot."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Final

from ucsync.dashboard.cards import ACTION_WORDS, STATE_WORDS
from ucsync.dashboard.markup import Markup, element
from ucsync.dashboard.pieces import banner, bar, instant, origin_of, span, tile, tiles_of
from ucsync.dashboard.tally import Tally
from ucsync.model.pushes import PlanHeader

_FIELDS_MAX: Final = 12
_PLAN_WORDS: Final = ("Held back", "for a person to decide", "Rejected", "problems in rows that are not sent")
_UNDO_WORDS: Final = ("Kept", "others have changed it since", "Not undone", "nothing can take it back")


def guards(header: PlanHeader, *, begun: bool) -> Markup:
    """Whether a guard stops the plan, and which."""
    if header.tripped:
        return banner("stop", "A person must decide: this plan is not applied", header.tripped)
    kept = "Within every limit" + ("." if begun else ". Nothing has been sent yet.")
    return element("section", element("p", kept, *_lasting(header, begun=begun)), class_="banner fine")


def tiles(header: PlanHeader, tally: Tally, *, begun: bool) -> Markup:
    """The totals."""
    share = f"of {header.customers:,} in the lake"
    if header.customers:
        share += f", {100 * header.touched / header.customers:.2g} %"
    price = header.price
    held, held_why, rejected, rejected_why = _UNDO_WORDS if header.undoes else _PLAN_WORDS
    figures = [
        ("Customers changed", f"{header.touched:,}", share, ""),
        ("Fields changed", f"{header.changes:,}", "before and after are listed below", ""),
        ("Become empty", f"{header.cleared:,}", "fields that hold something", "warn" * bool(header.cleared)),
        ("Equal already", f"{header.equal:,}", "rows that ask for nothing new; they cost nothing", ""),
        (held, f"{header.queued:,}", held_why, "warn" * bool(header.queued)),
        (rejected, f"{header.rejected:,}", rejected_why, "warn" * bool(header.rejected)),
        ("Requests", f"{price.total:,}", f"at most, in {span(price.hours)}", ""),
    ]
    if begun:
        landed = tally.states["landed"] + tally.states["already"]
        sent = tally.lines - tally.states["held_back"]
        figures.append(("Landed", f"{landed:,}", f"of {sent:,} lines of the plan", ""))
    else:
        figures.append(("Would be done", instant(price.ends_at), "if it began when it was planned", "long"))
    return tiles_of(tile(*figure) for figure in figures)


def breakdown(header: PlanHeader, tally: Tally) -> Markup:
    """Tables of the lines by action, field and state, and of the price by operation."""
    actions = Counter({name: count for name, count in header.steps.items() if count})
    parts = [
        _bars("Steps by action", "action", actions, ACTION_WORDS),
        _bars("Lines by state", "state", tally.states, STATE_WORDS),
        _bars("Changes by field", "field", +tally.changed, {}, tally.cleared),
        _bars("Requests by operation", None, Counter(dict(header.price.requests)), {}),
    ]
    return element("section", *parts, class_="breakdown")


def origin(header: PlanHeader, plan_id: str) -> Markup:
    """Where the plan comes from, for whoever has to answer for it."""
    limits = header.limits
    facts = {
        "Plan": plan_id,
        "Merchant": header.merchant,
        "Made": instant(header.created_at),
        "Has to begin before": instant(header.expires_at),
        "Takes back": header.undoes,
        "Change set": header.source,
        "SHA-256 of the change set": None if header.undoes else header.source_sha256,
        "SHA-256 of the mapping": header.mapping_sha256 or None,
        "Compared with snapshot": header.snapshot,
        "Base that the CRM exported from": header.base or "not named",
        "Limits": (
            f"{limits.customers_max:,} customers or {limits.percent_max:g} %, {limits.cleared_max:,} fields "
            f"emptied, {limits.deletes_max:,} deleted, {limits.merges_per_day:,} merges a day"
        ),
        "Protected fields": ", ".join(limits.protected) or "none",
        "Version": f"ucsync {header.version}",
    }
    return origin_of(facts)


def notes(header: PlanHeader) -> Markup | None:
    """What a person should know, if anything."""
    if not header.notes:
        return None
    return banner("note", "To know", header.notes)


def _lasting(header: PlanHeader, *, begun: bool) -> Iterator[str]:
    """What cannot be taken back is said before it is done."""
    merges, deletes = (header.steps.get(name, 0) for name in ("merge", "delete"))
    told = [f"{count:,} {name}{'s' if count > 1 else ''}" for name, count in
            (("merge", merges), ("delete", deletes)) if count]  # fmt: skip
    if told and not begun:
        yield f" {' and '.join(told)}: these cannot be taken back, and are confirmed by a second word."


def _bars(
    title: str,
    facet: str | None,
    counts: Counter[str],
    words: Mapping[str, str],
    cleared: Mapping[str, int] | None = None,
) -> Markup | None:
    """A table with a bar for each count, largest first; a name asks for its lines."""
    if not counts.total():
        return None
    largest = max(counts.values())
    rows = [
        element(
            "tr",
            element("th", _asking(facet, name, words.get(name, name)), scope="row"),
            element("td", bar(count / largest)),
            element("td", f"{count:,}", *_emptied(cleared, name), class_="number"),
        )
        for name, count in counts.most_common(_FIELDS_MAX)
    ]
    left = len(counts) - _FIELDS_MAX
    more = element("p", f"and {left:,} more", class_="facts") if left > 0 else None
    return element("div", element("h2", title), element("table", *rows), more)


def _emptied(cleared: Mapping[str, int] | None, name: str) -> Iterator[Markup]:
    if cleared is not None and cleared.get(name):
        yield element("span", f" ({cleared[name]:,} emptied)", class_="facts")


def _asking(facet: str | None, name: str, words: str) -> Markup:
    shown = element("bdi", words)
    if facet is None:
        return shown
    return element("button", shown, type="button", data_facet=facet, data_value=name)

"""A plan as one HTML page that needs nothing else, for whoever has to say yes to it."""

from collections.abc import Hashable, Iterable, Iterator, Mapping
from typing import Final

from ucsync.dashboard.cards import ACTION_WORDS, STATE_WORDS, card, rejected_row
from ucsync.dashboard.lines import REJECTED, Line, States, queued_line, step_lines
from ucsync.dashboard.markup import Markup, element, joined
from ucsync.dashboard.plan_figures import breakdown, guards, notes, origin, tiles
from ucsync.dashboard.shell import asset, closing, masthead, opening
from ucsync.dashboard.tally import Tally
from ucsync.model.pushes import PlanHeader, Queued, Rejected, Step

#: Customers that are listed one by one; the totals are of all.
CUSTOMERS_MAX: Final = 2000


def plan_page(
    header: PlanHeader,
    plan_id: str,
    steps: Iterable[Step],
    queued: Iterable[Queued],
    rejected: Iterable[Rejected],
    *,
    states: States | None = None,
    customers_max: int = CUSTOMERS_MAX,
) -> Iterator[str]:
    """The page in pieces, to be written in UTF-8. It holds personal data.

    The page fetches nothing and runs no script but its own, which a policy within it says to the browser.
    Its filters are in its address: `#action=update&field=billing.city&state=held_back&text=berlin`.

    Args:
        header: of the plan.
        plan_id: of the plan, or of the push that it has become.
        steps: in the order of sending.
        queued: changes that are held back.
        rejected: rows that cannot be sent.
        states: what became of the steps, None for a plan.
        customers_max: so many customers are listed, and so many rejected rows.
    """
    tally, cards = Tally(), dict[Hashable, list[Line]]()
    for line in _lines(steps, queued, states):
        key: Hashable = line.oid if line.oid is not None else ("new", line.step)
        tally.add(key, line)
        if key in cards or len(cards) < customers_max:
            cards.setdefault(key, []).append(line)
    rows, rejections = [], 0
    for row in rejected:
        rejections += 1
        if rejections <= customers_max:
            rows.append(rejected_row(row))
    begun = states is not None
    yield from _head(header, plan_id, begun=begun)
    yield from (guards(header, begun=begun), tiles(header, tally, begun=begun), notes(header) or "")
    yield breakdown(header, tally)
    yield _filters(tally, rejections)
    yield from _listed("Customers", "customers", len(tally.customers), len(cards))
    yield from (card(lines) + "\n" for lines in cards.values())
    yield "</section>\n"
    title = "What is not taken back" if header.undoes else "Rejected rows"
    yield from _rejected(title, rows, rejections)
    yield origin(header, plan_id)
    yield "</main>\n"
    yield from closing([asset("plan_page.js")])


def _lines(steps: Iterable[Step], queued: Iterable[Queued], states: States | None) -> Iterator[Line]:
    for step in steps:
        yield from step_lines(step, states)
    yield from map(queued_line, queued)


def _head(header: PlanHeader, plan_id: str, *, begun: bool) -> Iterator[str]:
    title = f"{'Push' if begun else 'Plan'} {plan_id} for {header.merchant}"
    yield opening(title, ["plan_page.css"], [asset("plan_page.js")])
    kind = "What a push of changes has come to" if begun else "Changes to customers, before they are made"
    if header.undoes is not None:
        kind = f"Takes back push {header.undoes}"
    until = f" It has to begin before {header.expires_at:%Y-%m-%d %H:%M} UTC." if not begun else ""
    said = f"From {header.source}, planned {header.created_at:%Y-%m-%d %H:%M} UTC.{until}"
    yield masthead(kind, header.merchant, plan_id, said)
    yield "\n<main>\n"


def _filters(tally: Tally, rejections: int) -> Markup:
    states = dict(tally.states) | ({REJECTED: rejections} if rejections else {})
    return element(
        "form",
        _choice("action", "Action", tally.actions, ACTION_WORDS),
        _choice("field", "Field", dict(sorted(tally.fields.items())), {}),
        _choice("state", "State", states, STATE_WORDS),
        element(
            "label", "Text", element("input", id="text", type="search", placeholder="e-mail, number, value …",
                                     autocomplete="off", spellcheck="false"),
        ),
        element("button", "Show all", type="reset", id="all"),
        element("output", f"{tally.lines:,} lines", id="found", aria_live="polite"),
        class_="filters", aria_label="Filters",
    )  # fmt: skip


def _choice(name: str, title: str, counts: Mapping[str, int], words: Mapping[str, str]) -> Markup:
    options = (
        element("option", f"{words.get(value, value)} ({count:,})", value=value)
        for value, count in counts.items()
    )
    return element("label", title, element("select", element("option", "all", value=""), *options, id=name))


def _listed(title: str, kind: str, count: int, shown: int) -> Iterator[str]:
    yield f'<section id="{kind}">\n'
    yield element("h2", f"{title} ({count:,})")
    if not count:
        yield element("p", "None.", class_="facts")
    if shown < count:
        yield element(
            "p", f"The first {shown:,} of {count:,} are listed here; the totals are of all, and so is the "
            "plan as CSV.", class_="facts",
        )  # fmt: skip


def _rejected(title: str, rows: list[Markup], count: int) -> Iterator[str]:
    if not count:
        return
    yield from _listed(title, "rejected", count, len(rows))
    titles = (element("th", title, scope="col") for title in ("Row", "Customer", "Column", "Problem"))
    yield element(
        "article",
        element("table", element("thead", element("tr", *titles)), element("tbody", joined(*rows))),
    )
    yield "</section>\n"

"""The dashboard of one merchant: one HTML page that needs nothing else."""

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from ucsync.dashboard.figures_data import figures_data
from ucsync.dashboard.figures_sections import SECTIONS, contents, section_of
from ucsync.dashboard.markup import Markup, element, joined
from ucsync.dashboard.pieces import bar, instant, origin_of, span, tile, tiles_of
from ucsync.dashboard.shell import asset, closing, masthead, opening
from ucsync.dashboard.vega import vega_scripts
from ucsync.model.figures import Figures, QuotaUse
from ucsync.model.privacy import Tier

_STYLES: Final = ("figures_page.css",)
_OURS: Final = (
    "figures_words.js", "figures_cube.js", "figures_sections.js", "figures_tables.js", "figures_charts.js",
    "figures_page.js",
)  # fmt: skip
_TILES: Final = {
    "customers": "Customers",
    "buyers": "Have ordered",
    "repeat": "Ordered again",
    "revenue": "Spent in total",
    "orders": "Orders",
    "active": "Ordered in the last 90 days",
    "opted": "Opted in to marketing",
    "members": "Loyalty members",
}
_TIERS: Final = {
    Tier.STANDARD: "No personal data is in this page.",
    Tier.MEDIUM: "This page holds personal data.",
    Tier.HIGH: "This page holds personal data.",
}
_WINDOWS: Final = {60: "a minute", 3600: "an hour", 86_400: "a day"}
_NOBODY: Final = "The shop has no customer yet. Figures come with the first one."
_STEPS: Final = ("month", "quarter", "year")


def figures_page(figures: Figures, *, version: str, live: str | None = None) -> Iterator[str]:
    """The page in pieces, to be written in UTF-8.

    It fetches nothing and runs no script but its own, which a policy within it says to the browser. Its
    filters are in its address: `#from=2024-01&to=2024-12&country=DE&segment=Loyal&step=month`.

    Args:
        figures: that it shows.
        version: of ucsync.
        live: names what is shown, for a page that is served by `Live` and loads itself anew when there is
            something newer; None for a file.

    Raises:
        ConfigurationInvalid: the library with the charts' scripts is not installed.
    """
    scripts = [vega_scripts(), f"(() => {{\n{''.join(map(asset, _OURS))}}})();\n"]
    scripts += [asset("live.js")] if live is not None else []
    yield opening(f"Customers of {figures.merchant}", _STYLES, scripts, live=live)
    yield element("a", "Skip to the figures", href="#figures", class_="skip")
    yield _masthead(figures)
    yield "\n<main>\n"
    yield _state(figures)
    yield element("noscript", element("p", "Charts, filters and tables need scripts, which are not run here. "
                                      "Open this file with a browser."))  # fmt: skip
    yield _filters()
    tiles = (tile(name, "–", "", id_=f"tile-{id_}") for id_, name in _TILES.items())
    yield element("div", tiles_of(tiles), id="figures", tabindex="-1")
    yield contents()
    yield from (section_of(one) + "\n" for one in SECTIONS)
    yield _quota(figures.quota) or ""
    yield _origin(figures, version)
    yield "</main>\n"
    for id_, data in (("figures-data", figures_data(figures)), ("charts-data", asset("charts.json"))):
        yield f'<script type="application/json" id="{id_}">{data}</script>\n'
    yield from closing(scripts)


def _masthead(figures: Figures) -> Markup:
    said = joined("As of ", _time(figures.taken_at, ago=True), ". ", _TIERS[figures.tier])
    return masthead("Customers", figures.merchant, figures.snapshot, said)


def _time(at: datetime, *, ago: bool = False) -> Markup:
    """An instant, which the script puts in the reader's own way."""
    return element("time", instant(at), datetime=at.isoformat(), data_ago="" if ago else None)


def _state(figures: Figures) -> Markup:
    """Whether one can go by it: first of all."""
    if figures.proof == "proven":
        told = "Proven complete: every customer that the shop had at that time is in here, once."
        state = element("section", element("p", told), class_="banner fine")
    else:
        why = element("ul", *(element("li", reason) for reason in figures.reasons))
        state = element("section", element("h2", "Not proven complete"), why, class_="banner warn")
    nobody = element("section", element("p", _NOBODY), class_="banner") if not figures.customers else None
    late = f"The newest snapshot is older than {span(figures.stale_after_h)}: figures may have changed since."
    return joined(
        state, nobody, element("section", element("p", late), id="stale", class_="banner warn", hidden="")
    )


def _filters() -> Markup:
    steps = (element("option", step, value=step) for step in _STEPS)
    grouped = element("select", element("option", "auto", value=""), *steps, id="step")
    return element(
        "form",
        _choice("from", "Signed up from", "the beginning"),
        _choice("to", "Signed up to", "the end"),
        _choice("country", "Country", "all"),
        _choice("segment", "Segment", "all"),
        element("label", "Group by", grouped),
        element("button", "Show all", type="reset", id="all"),
        element("output", "", id="found", aria_live="polite"),
        class_="filters", aria_label="Filters",
    )  # fmt: skip


def _choice(name: str, title: str, every: str) -> Markup:
    return element("label", title, element("select", element("option", every, value=""), id=name))


def _quota(quota: tuple[QuotaUse, ...] | None) -> Markup | None:
    """How much of the application's quota was left when the page was made."""
    if not quota:
        return None
    rows = []
    for limit in quota:
        left = max(0, limit.requests - limit.used)
        told = f"{limit.used:,} used, {left:,} left"
        name = f"{limit.requests:,} {_WINDOWS.get(limit.seconds, f'in {limit.seconds:,} s')}"
        used = bar(min(1.0, limit.used / limit.requests)) if limit.requests else None
        rows.append(element("tr", element("th", name, scope="row"), element("td", used), element("td", told)))
    return element(
        "section",
        element("h2", "Quota of requests"),
        element("p", "As it was when this page was made.", class_="facts"),
        element("table", *rows, class_="quota"),
        class_="part", id="quota",
    )  # fmt: skip


def _origin(figures: Figures, version: str) -> Markup:
    return origin_of(
        {
            "Merchant": figures.merchant,
            "Snapshot": figures.snapshot,
            "Taken": instant(figures.taken_at),
            "The next scan asks from": instant(figures.watermark),
            "Warehouse built": instant(figures.built_at),
            "Tier": figures.tier.value,
            "Version": f"ucsync {version}",
        }
    )

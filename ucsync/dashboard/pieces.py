"""Pieces that pages are put together from: tiles, facts, banners, bars, and how instants read."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final

from ucsync.dashboard.markup import Markup, element

_BAR: Final = 100


def tile(name: str, figure: str, told: str, kind: str = "", id_: str | None = None) -> Markup:
    """One figure with its name.

    Args:
        name, figure: of it.
        told: a few words below.
        kind: `warn`, `bad`, or `long` for a figure that is a text.
        id_: by which a script finds it.
    """
    return element(
        "div",
        element("h2", name),
        element("strong", figure),
        element("p", told),
        class_=f"tile {kind}".strip(),
        id=id_,
    )


def tiles_of(tiles: Iterable[Markup], label: str = "Totals") -> Markup:
    """Tiles in their grid."""
    return element("section", *tiles, class_="tiles", aria_label=label)


def banner(kind: str, title: str, lines: Iterable[str]) -> Markup:
    """What has to be seen before anything else.

    Args:
        kind: `stop`, `warn`, `fine` or `note`.
        title: its heading.
        lines: one each point.
    """
    told = element("ul", *(element("li", line) for line in lines))
    role = "alert" if kind == "stop" else None
    return element("section", element("h2", title), told, class_=f"banner {kind}", role=role)


def origin_of(facts: Mapping[str, str | None], title: str = "Where this comes from") -> Markup:
    """Names and values at the foot of a page; None is left out."""
    pairs = (
        node
        for name, told in facts.items()
        if told is not None
        for node in (element("dt", name), element("dd", element("bdi", told)))
    )
    return element("section", element("h2", title), element("dl", *pairs), class_="origin")


def bar(share: float) -> Markup:
    """A bar of so much of its width; for the eye only, so the figure stands beside it."""
    rect = element("rect", width=f"{max(1, share * _BAR):.1f}", height="8", rx="2")
    return element(
        "svg", rect, viewBox=f"0 0 {_BAR} 8", preserveAspectRatio="none", aria_hidden="true", class_="bar"
    )


def instant(at: datetime) -> str:
    """To the minute, in UTC."""
    return f"{at:%Y-%m-%d %H:%M} UTC"


def span(hours: float) -> str:
    """So many hours, as people say it."""
    minutes = round(hours * 60)
    if minutes < 1:
        return "less than a minute"
    if minutes < 120:
        return f"{minutes} minutes" if minutes > 1 else "a minute"
    if hours < 48:
        return f"{hours:.1f} hours"
    return f"{hours / 24:.1f} days"

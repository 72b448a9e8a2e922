"""What every page of ours has around it: its head, its policy, the look of the house."""

import base64
import hashlib
from collections.abc import Iterator, Sequence
from functools import cache
from importlib.resources import files as resources
from typing import Final

from ucsync.dashboard.markup import Markup, element

#: Variables, headings, banners, tiles, filters, facts, print: what all pages have in common.
HOUSE: Final = "house.css"


def opening(
    title: str, styles: Sequence[str] = (), scripts: Sequence[str] = (), *, live: str | None = None
) -> str:
    """A page up to and with `<body>`.

    Args:
        title: of the page; data.
        styles: names of our files, added to those of the house.
        scripts: all that the page will run, as they stand between the tags (`closing`).
        live: names what is shown on a page that we serve, and that may ask whether there is something newer.
    """
    style = "".join(map(asset, (HOUSE, *styles)))
    policy = ["default-src 'none'", *_allowed("script-src", scripts), *_allowed("style-src", [style])]
    policy += [*(["connect-src 'self'"] if live is not None else []), "base-uri 'none'", "form-action 'none'"]
    about = [
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content="; ".join(policy)),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="referrer", content="no-referrer"),
        element("meta", name="robots", content="noindex"),
        *([element("meta", name="shown", content=live)] if live is not None else []),
        element("title", title),
        element("style", Markup(style)),
    ]
    return f'<!doctype html>\n<html lang="en">\n{element("head", *about)}\n<body>\n'


def closing(scripts: Sequence[str] = ()) -> Iterator[str]:
    """The scripts of a page, and its end."""
    for script in scripts:
        yield f"<script>{script}</script>\n"
    yield "</body>\n</html>\n"


def masthead(kind: str, name: str, id_: str | None, *said: str | None) -> Markup:
    """What the page is and whose: the first that one sees of it.

    Args:
        kind: of page.
        name: whose; data, as are the others.
        id_: of what is shown.
        said: a line each below.
    """
    return element(
        "header",
        element("p", kind, class_="kind"),
        element("h1", element("bdi", name), element("code", id_) if id_ else None),
        *(element("p", line) for line in said if line),
    )


@cache
def asset(name: str) -> str:
    """One of our files."""
    return resources("ucsync.dashboard").joinpath(name).read_text(encoding="utf-8")


def _allowed(kind: str, texts: Sequence[str]) -> Iterator[str]:
    """By which a browser knows that a script or a style is ours."""
    if texts:
        yield " ".join([kind, *(f"'{_hash(text)}'" for text in texts)])


@cache
def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()

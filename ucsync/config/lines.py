"""On which line of a TOML text a key stands, because the standard library's reader does not say.

The text has been read by `tomllib` before, so it is known to be TOML, and what is found here is
compared with what was read there: where the two disagree there are no lines, rather than wrong ones.
"""

import re
import tomllib
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from typing import Final

#: Keys from the top of the file down to one of them; a number is a position in a list.
KeyPath = tuple[str | int, ...]

DEPTH_MAX: Final = 16  # beyond it a file is not one of ours, and looking for lines would take long

_BASIC: Final = r'"(?:[^"\\\n]|\\.)*+"'
_LITERAL: Final = r"'[^'\n]*+'"
_TEXT = re.compile(
    r'"""(?:[^"\\]|\\.|"{1,2}(?!"))*+"{3,5}'
    r"|'''(?:[^']|'{1,2}(?!'))*+'{3,5}"
    rf"|{_BASIC}|{_LITERAL}",
    re.DOTALL,
)
_BLANKS = re.compile(r"(?:[ \t\r\n]|#[^\n]*+)*+")
_SCALAR = re.compile(r"[^,\]}#\n]*+")
_KEYS_BEFORE = {stop: re.compile(rf"""(?:[^"'\n{re.escape(stop)}]|{_BASIC}|{_LITERAL})*+""") for stop in "=]"}


class Lines:
    """The lines of one text."""

    def __init__(self, text: str, document: Mapping[str, object]) -> None:
        """`document` is what `tomllib` has made of `text`."""
        try:
            found = _Walk(text).lines()
            known = set(_paths(document, ()))
        except (_Lost, tomllib.TOMLDecodeError, IndexError):
            found, known = {}, set()
        self._lines = found if found.keys() == known else {}

    def of(self, path: KeyPath) -> int | None:
        """The line, from 1, where `path` stands; else of the nearest section that it would be in.

        A section that has no heading of its own stands where it is first mentioned. None when neither
        is known.
        """
        for length in range(len(path), 0, -1):
            if path[:length] in self._lines:
                return self._lines[path[:length]]
        return None


class _Lost(Exception):
    """The text is not what this walk can follow."""


class _Walk:
    """One way through a text, key by key."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._starts = [0, *(found.end() for found in re.finditer("\n", text))]
        self._named: dict[KeyPath, int] = {}
        self._mentioned: dict[KeyPath, int] = {}
        self._lengths: dict[KeyPath, int] = {}  # of lists that are made of [[headings]]

    def lines(self) -> dict[KeyPath, int]:
        """The line of every key, section and position in a list."""
        section: KeyPath = ()
        while self._next():
            if self._next() == "[":
                section = self._heading()
            else:
                self._pair(section)
        return self._mentioned | self._named

    def _next(self) -> str:
        """The character after blanks and comments, "" at the end."""
        self._skip(_BLANKS)
        return self._text[self._at : self._at + 1]

    def _skip(self, pattern: re.Pattern[str]) -> str:
        found = pattern.match(self._text, self._at)
        if found is None:
            raise _Lost
        self._at = found.end()
        return found.group()

    def _heading(self) -> KeyPath:
        line = self._line()
        width = 2 if self._text.startswith("[[", self._at) else 1
        self._at += width
        keys = _split(self._skip(_KEYS_BEFORE["]"]))
        self._at += width
        path: KeyPath = ()
        for key in keys[:-1]:
            path = self._newest((*path, key))
            self._mentioned.setdefault(path, line)
        path = (*path, keys[-1])
        if width == 1:
            self._named[path] = line
            return path
        self._mentioned.setdefault(path, line)
        self._lengths[path] = self._lengths.get(path, 0) + 1
        self._named[self._newest(path)] = line
        return self._newest(path)

    def _newest(self, path: KeyPath) -> KeyPath:
        """Of a list of sections, its last one, which is what a heading speaks of."""
        return (*path, self._lengths[path] - 1) if path in self._lengths else path

    def _pair(self, section: KeyPath) -> None:
        line = self._line()
        keys = _split(self._skip(_KEYS_BEFORE["="]))
        path = section
        for key in keys[:-1]:
            path = (*path, key)
            self._mentioned.setdefault(path, line)
        path = (*path, keys[-1])
        self._named[path] = line
        self._at += 1
        self._value(path)

    def _value(self, path: KeyPath) -> None:
        if len(path) > DEPTH_MAX:
            raise _Lost
        start = self._next()
        if start in ("'", '"'):
            self._skip(_TEXT)
        elif start == "[":
            self._list(path)
        elif start == "{":
            self._at += 1
            while self._more("}"):
                self._pair(path)
        else:
            self._skip(_SCALAR)

    def _list(self, path: KeyPath) -> None:
        self._at += 1
        position = 0
        while self._more("]"):
            self._named[(*path, position)] = self._line()
            self._value((*path, position))
            position += 1

    def _more(self, end: str) -> bool:
        """Whether a list or an inline table has another element, which is then next."""
        if self._next() == ",":
            self._at += 1
        if not self._next():
            raise _Lost
        if self._next() != end:
            return True
        self._at += 1
        return False

    def _line(self) -> int:
        return bisect_right(self._starts, self._at)


def _split(dotted: str) -> list[str]:
    """`a."b.c"` as its parts, as the standard library's reader takes them."""
    parts: list[str] = []
    held: object = tomllib.loads(f"{dotted} = 0")
    while isinstance(held, dict):
        ((key, held),) = held.items()
        parts.append(key)
        if len(parts) > DEPTH_MAX:
            raise _Lost
    return parts


def _paths(value: object, path: KeyPath) -> Iterator[KeyPath]:
    if len(path) > DEPTH_MAX:
        raise _Lost
    below: Iterator[tuple[str | int, object]]
    if isinstance(value, dict):
        below = iter(value.items())
    elif isinstance(value, list):
        below = iter(enumerate(value))
    else:
        return
    for key, held in below:
        yield (*path, key)
        yield from _paths(held, (*path, key))

"""What never reaches the disk: passwords, and all of a card number but its last four digits.

The server masks both itself. Should it not, they are masked in the text of the answer, token by token, before
a byte of it is written anywhere; all else stays as it came, and an answer with nothing to mask is the very
bytes. A name given twice hides nothing, because what is masked is the text and not what it was decoded to.
"""

import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import Enum
from functools import lru_cache
from typing import Final

from ucsync.store.exact_json import is_unicode

#: Shown instead of a password.
HIDDEN: Final = "********"

#: Shorter passwords are not looked for in other texts: too much would be found that is none.
PASSWORD_MIN: Final = 6
_SHOWN: Final = 4

#: A text, perhaps with the colon that makes it a name; where something begins or ends; a number.
_TOKEN: Final = re.compile(
    r'("[^"\\]*(?:\\.[^"\\]*)*")([ \t\n\r]*:)?|([{}\[\]])|(-?\d[^\s{}\[\],:"]*)', re.DOTALL
)


class _Nature(Enum):
    """What stands under a name; the first three go for all that is inside it, too."""

    SECRET = "a password"  # noqa: S105
    CARD = "a card's number"
    CARD_TOKEN = "what stands for a card's number"  # noqa: S105
    ID = "what things are told apart and asked for by: masked, they would be others"
    LONG = "digits that are no card's: a parcel's number in six would pass for one; dates"
    FREE = "anything else"


#: Names as they are compared: in lower case, letters and digits only.
_NATURES: Final = {
    _Nature.SECRET: (
        "password oldpassword newpassword cvv cvv2 cvc cvvcode cardverificationnumber "
        "creditcardverificationnumber"
    ),
    _Nature.CARD: "cardnumber creditcardnumber",
    _Nature.CARD_TOKEN: "creditcardnumbertoken cardnumbertoken",
    _Nature.ID: (
        "id merchantid orderid itemid caseoid casemessageoid reviewoid wishlistoid merchantitemoid "
        "customerprofileid customerprofileoid"
    ),
    _Nature.LONG: "trackingnumber trackingnumbers trackingurl shipping3rdpartyaccountnumber",
}
_NATURE_OF: Final = {name: nature for nature, names in _NATURES.items() for name in names.split()}
_DATES: Final = ("date", "dateformatted")
_INHERITED: Final = (_Nature.SECRET, _Nature.CARD, _Nature.CARD_TOKEN)

#: Digits in groups, as people write a card's: blanks, dashes, dots and the like between, or what nobody sees.
_BETWEEN: Final = r"[\s\-\u2010-\u2015._/,\u200b-\u200d\u2060\ufeff]"
_RUN: Final = re.compile(rf"(?<!\d)[2-6](?:{_BETWEEN}{{0,3}}\d){{12,}}")
_GROUP: Final = re.compile(r"\d+")
_SHORTEST, _LONGEST = 13, 19
_CARD_BEGINS: Final = range(2, 7)


@dataclass(frozen=True, slots=True)
class Masked:
    """An answer as it may be kept.

    Attributes:
        body: the very bytes where nothing was masked.
        places: how many texts were, by where: `[].cardNumber`.
    """

    body: bytes = field(repr=False)
    places: dict[str, int]


class Mask:
    """Masks answers; holds the password that was logged in with, and shows it nowhere."""

    def __init__(self, password: str | None = None) -> None:
        """`password`: None where there is none."""
        self._spoken = password if password is not None and len(password) >= PASSWORD_MIN else None

    def masked(self, body: bytes) -> Masked:
        """An answer without what must not be kept."""
        text = body.decode("utf-8", "surrogateescape")
        places: dict[str, int] = {}
        pieces: list[str] = []
        done = 0
        for start, end, new, where in self._changes(text):
            pieces += [text[done:start], new]
            done = end
            places[where] = places.get(where, 0) + 1
        if not places:
            return Masked(body, {})
        return Masked("".join([*pieces, text[done:]]).encode("utf-8", "surrogateescape"), places)

    def _changes(self, text: str) -> Iterator[tuple[int, int, str, str]]:
        """From where to where in a text something else is to stand, what, and how that place is called."""
        path: list[str] = []  # of each level the name last seen; "[]" of a list
        natures = [_Nature.FREE]  # the same, what it means; that of all first
        harmless: set[str] = set()  # names that were looked at; they come again with each row
        for match in _TOKEN.finditer(text):
            quoted, colon, bracket, bare = match.groups()
            if colon is not None:
                held, nature = _unquoted(quoted), _Nature.FREE
                if path:
                    path[-1], natures[-1] = held, _nature_of(held, natures[-2])
                if held in harmless:
                    continue
                harmless.add(held)
            elif bracket is not None:
                if bracket in "{[":
                    path.append("" if bracket == "{" else "[]")
                    natures.append(natures[-1])
                elif path:
                    path.pop()
                    natures.pop()
                continue
            else:
                held, nature = _unquoted(quoted) if bare is None else bare, natures[-1]
            new = self._hidden(held, nature, text=bare is None)
            if new != held:
                harmless.discard(held)
                start, end = match.span(1 if bare is None else 4)
                yield start, end, _quoted(new), _where(path, colon is not None)

    def _hidden(self, held: str, nature: _Nature, *, text: bool) -> str:
        if nature is _Nature.SECRET:
            return held if not held.strip("*\u2022\u25cf ") else HIDDEN
        if nature is _Nature.CARD:
            return _but_the_last(held, str.isdigit)
        if nature is _Nature.CARD_TOKEN:
            return _but_the_last(held, str.isalnum)
        if nature is _Nature.ID:
            return held
        if text and self._spoken is not None and self._spoken in held:
            held = held.replace(self._spoken, HIDDEN)
        if nature is _Nature.LONG or len(held) < _SHORTEST or (not text and not held.isdigit()):
            return held
        return _RUN.sub(lambda run: _without_cards(run[0]), held)


@lru_cache(maxsize=4096)
def _nature_of(name: str, around: _Nature) -> _Nature:
    """What stands under a name inside something."""
    if around in _INHERITED:
        return around
    folded = "".join(filter(str.isalnum, name)).casefold()
    return _NATURE_OF.get(folded, _Nature.LONG if folded.endswith(_DATES) else _Nature.FREE)


def _unquoted(token: str) -> str:
    if "\\" not in token:
        return token[1:-1]
    try:
        held: str = json.loads(token, strict=False)
    except ValueError:
        return token[1:-1]
    return held


_PLAIN: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}")


def _where(path: Sequence[str], is_name: bool) -> str:
    """`[].items[].description`; a name that does not look like a field's may be somebody's."""
    names = (name if name == "[]" or _PLAIN.fullmatch(name) else "(a name)" for name in path)
    told = "".join(name if name == "[]" else f".{name}" for name in names).lstrip(".")
    return f"{told} (the name)" if is_name else told


def _but_the_last(text: str, counts: Callable[[str], bool]) -> str:
    """The last four of what counts stay; where there are no more than four, all."""
    places = [place for place, sign in enumerate(text) if counts(sign)]
    hidden = set(places[:-_SHOWN])
    return "".join("*" if place in hidden else sign for place, sign in enumerate(text))


def _without_cards(run: str) -> str:
    """Digits in groups, with those hidden that make a card's number: from the start of a group to the end of
    one, of a card's length, and with a check digit that fits."""
    groups = [found.span() for found in _GROUP.finditer(run)]
    pieces: list[str] = []
    first = done = 0
    while first < len(groups):
        last = _card_from(run, groups, first)
        if last is None:
            first += 1
            continue
        start, end = groups[first][0], groups[last][1]
        pieces += [run[done:start], _but_the_last(run[start:end], str.isdigit)]
        first, done = last + 1, end
    return "".join([*pieces, run[done:]])


def _card_from(run: str, groups: list[tuple[int, int]], first: int) -> int | None:
    """The last group of the longest card's number that begins with this one; None where none does."""
    digits: list[int] = []
    found = None
    for last in range(first, min(first + _LONGEST, len(groups))):
        start, end = groups[last]
        if end - start + len(digits) > _LONGEST:
            break
        digits += map(int, run[start:end])
        if len(digits) >= _SHORTEST and digits[0] in _CARD_BEGINS and _fits(digits):
            found = last
    return found


def _fits(digits: list[int]) -> bool:
    """Whether the last one is the check digit of the others, by Luhn's rule."""
    doubled = (sum(divmod(2 * digit, 10)) for digit in digits[-2::-2])
    return (sum(doubled) + sum(digits[-1::-2])) % 10 == 0


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=not is_unicode(text))

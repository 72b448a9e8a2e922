"""Whom `ucsync forget` has forgotten: none of them is imported again, though the server may still have them.

The list is one file of the lake, `forgotten.json`, so that a state that is lost brings nobody back. It names
no one: oids and e-mail addresses stand there as keyed hashes, with the key beside them. That keeps them from
being read, not from being tried out: oids are small numbers, and whoever has the file can ask it about each.
It is written first when somebody is forgotten, and says until the end that this is not finished. A list that
is damaged is an error, never an empty one.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cached_property
from hashlib import blake2b, sha256
from pathlib import Path
from secrets import token_bytes
from typing import Final

import msgspec

from ucsync.store.cutting import cut
from ucsync.store.files import Files, storage
from ucsync.store.lasting import damaged, make_lasting, write_lasting
from ucsync.ultracart.codec import encode_json
from ucsync.ultracart.listing import RowKey, look_at

FORGOTTEN: Final = "forgotten.json"

_FORMAT: Final = 1
_KEY_BYTES: Final = 16
_HASH_BYTES: Final = 16
_MEND: Final = (
    "restore it from a backup of the lake; without it the next run would bring back everybody who was "
    "forgotten. Where there is none, remove the file and forget them anew"
)


class Forgotten(msgspec.Struct, frozen=True):
    """Who was forgotten by one command: hashes, in hex, and when."""

    at: str
    oids: tuple[str, ...]
    emails: tuple[str, ...]


class _File(msgspec.Struct, frozen=True):
    format: int
    key: str
    unfinished: bool
    people: tuple[Forgotten, ...]
    sha256: str = ""


@dataclass(frozen=True)
class Suppression:
    """The list, as a value.

    Attributes:
        key: of the hashes, in hex.
        people: those who were forgotten, in the order in which they were.
        unfinished: whether something of somebody may still be there.
    """

    key: str = ""
    people: tuple[Forgotten, ...] = field(default=(), repr=False)
    unfinished: bool = False

    @property
    def customers(self) -> int:
        """How many oids there are on it."""
        return len(self._oids)

    @property
    def entries(self) -> int:
        """How many oids and addresses there are on it."""
        return len(self._oids) + len(self._emails)

    def covers(self, oids: Iterable[int]) -> set[int]:
        """Which of these customers are on it; what is below 1 is nobody."""
        if not self._oids:
            return set()
        return {oid for oid in set(oids) if oid > 0 and self._hash("oid", str(oid)) in self._oids}

    def covers_email(self, email: str | None) -> bool:
        """Whether an address is on it, in whatever case it is written."""
        return bool(self._emails and email) and self._hash("email", _plain(email or "")) in self._emails

    def with_people(self, oids: Iterable[int], emails: Iterable[str], at: datetime) -> "Suppression":
        """The list with these, too; who is on it already is not put there twice."""
        keyed = self if self.key else replace(self, key=token_bytes(_KEY_BYTES).hex())
        told = Forgotten(
            at=at.astimezone(UTC).isoformat(timespec="seconds"),
            oids=tuple(sorted({keyed._hash("oid", str(oid)) for oid in oids} - self._oids)),
            emails=tuple(sorted({keyed._hash("email", _plain(one)) for one in emails} - self._emails)),
        )
        return replace(keyed, people=(*self.people, told)) if told.oids or told.emails else keyed

    def without(self, oids: Iterable[int], emails: Iterable[str]) -> "Suppression":
        """The list without these: they may be imported again."""
        gone = {self._hash("oid", str(oid)) for oid in oids} | {
            self._hash("email", _plain(one)) for one in emails
        }
        left = [
            Forgotten(
                at=one.at,
                oids=tuple(held for held in one.oids if held not in gone),
                emails=tuple(held for held in one.emails if held not in gone),
            )
            for one in self.people
        ]
        return replace(self, people=tuple(one for one in left if one.oids or one.emails))

    def stubbed(self, body: bytes) -> bytes:
        """A page of customers, of those on the list no more than what a walk over a list goes by: the oid,
        when they were changed, and whose customers they are. The same bytes where nobody on it is there."""
        if not self._oids and not self._emails:
            return body
        keys = look_at(body).get("customers") or []
        hidden = self.covers(key.oid or 0 for key in keys)
        flags = [key.oid in hidden if key.oid is not None else self._has_nameless(key) for key in keys]
        return stubbed(body, keys, flags)

    def _has_nameless(self, key: RowKey) -> bool:
        return isinstance(key.email, str) and self.covers_email(key.email)

    def _hash(self, kind: str, text: str) -> str:
        key = bytes.fromhex(self.key)
        return blake2b(text.encode(), digest_size=_HASH_BYTES, key=key, person=kind.encode()).hexdigest()

    @cached_property
    def _oids(self) -> frozenset[str]:
        return frozenset(held for one in self.people for held in one.oids)

    @cached_property
    def _emails(self) -> frozenset[str]:
        return frozenset(held for one in self.people for held in one.emails)


def stubbed(body: bytes, keys: Iterable[RowKey], flags: Iterable[bool]) -> bytes:
    """A page of customers in which of some only a stub is left; see `Suppression.stubbed`.

    Args:
        body: of the page.
        keys: of its rows, as `look_at` gives them.
        flags: for each row whether it becomes a stub.
    """
    flagged = list(zip(keys, flags, strict=True))
    if not any(flag for _, flag in flagged):
        return body
    pieces, end = [], 0
    for raw, (key, flag) in zip(cut(body), flagged, strict=True):
        row = bytes(raw)
        start = body.index(row, end)
        pieces.append(body[end:start])
        pieces.append(_stub(key) if flag else row)
        end = start + len(row)
    return b"".join([*pieces, body[end:]])


def _stub(key: RowKey) -> bytes:
    kept = {
        "customer_profile_oid": key.oid,
        "last_modified_dts": key.last_modified_dts if isinstance(key.last_modified_dts, str) else None,
        "merchant_id": key.merchant_id if isinstance(key.merchant_id, str) else None,
    }
    return encode_json({name: held for name, held in kept.items() if held is not None})


def read_suppression(folder: Path) -> Suppression:
    """The list of a lake; an empty one where nobody was ever forgotten.

    Raises:
        StorageFailed: it is damaged, or cannot be read.
    """
    path = folder / FORGOTTEN
    with storage("reading the list of forgotten customers"):
        if not path.exists():
            return Suppression()
        data = path.read_bytes()
    try:
        told = msgspec.json.decode(data, type=_File)
        sound = told.format == _FORMAT and _text(told) == data and len(bytes.fromhex(told.key)) == _KEY_BYTES
    except (msgspec.MsgspecError, ValueError):
        sound = False
    if not sound:
        raise damaged(f"the list of forgotten customers, {FORGOTTEN}, is damaged", _MEND)
    return Suppression(key=told.key, people=told.people, unfinished=told.unfinished)


def write_suppression(files: Files, folder: Path, told: Suppression) -> None:
    """Replace the list of a lake; it is on the disk when this returns. Raises StorageFailed."""
    text = _text(_File(format=_FORMAT, key=told.key, unfinished=told.unfinished, people=told.people))
    made = folder / f"{FORGOTTEN}.next"
    with storage("writing the list of forgotten customers"):
        make_lasting(files, folder)
        files.remove(made)
        write_lasting(files, made, text)
        files.rename(made, folder / FORGOTTEN)
        files.sync_folder(folder)


def _text(told: _File) -> bytes:
    """The one text of a list, with the digest of all the rest."""
    blank = msgspec.json.encode(msgspec.structs.replace(told, sha256=""))
    sealed = msgspec.structs.replace(told, sha256=sha256(blank).hexdigest())
    return msgspec.json.format(msgspec.json.encode(sealed), indent=2) + b"\n"


def _plain(email: str) -> str:
    return email.strip().lower()

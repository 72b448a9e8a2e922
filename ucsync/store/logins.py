"""Refused logins to customers' accounts: too many wrong passwords may lock one, so they are counted.

A try is noted, on the disk, before it is sent; so a death between sending and answer leaves it counted, and
so does an answer that was lost. It is taken back when it turns out not to have been refused. Addresses are
kept as salted digests only.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Final

import msgspec

from ucsync.model import LoginRefused
from ucsync.store.files import Files, storage
from ucsync.store.lasting import damaged, make_lasting, write_lasting
from ucsync.store.locks import hold

#: So many refusals of one address within the hour; the next login is not sent.
REFUSED_MAX: Final = 3
WITHIN: Final = timedelta(hours=1)

_SALT_BYTES: Final = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class _Book:
    """The file: tries that were refused, or whose end nobody knows, by the digest of their address."""

    salt: str
    refused: Mapping[str, tuple[datetime, ...]] = field(default_factory=dict)

    def key_of(self, email: str) -> str:
        return sha256(f"{self.salt} {email.strip().lower()}".encode()).hexdigest()

    def since(self, now: datetime) -> "_Book":
        """Without what is too long ago; what a clock that was set back calls the future is soon so."""
        held = {
            key: tuple(at for at in tries if abs(now - at) < WITHIN) for key, tries in self.refused.items()
        }
        return replace(self, refused={key: tries for key, tries in held.items() if tries})

    def having(self, key: str, tries: tuple[datetime, ...]) -> "_Book":
        others = {held: of for held, of in self.refused.items() if held != key}
        return replace(self, refused={**others, key: tries} if tries else others)


class Logins:
    """The refused logins of one merchant's customers.

    Whatever changes the file holds its lock for a moment; each such method raises Busy when somebody else
    does, which may be tried again at once, and StorageFailed when the disk refuses or the file is damaged.

    Args:
        files: to write with.
        folder: `<state>/logins`; made where it is missing.
        merchant: its name in the configuration.
    """

    def __init__(self, files: Files, folder: Path, merchant: str) -> None:
        self._files = files
        self._folder = folder
        self._merchant = merchant
        self._path = folder / f"{merchant}.json"

    def key_of(self, email: str) -> str:
        """64 hex digits that stand for an address, in any case, at this merchant and in this state."""
        with hold(self._folder, [self._merchant]), storage("looking at refused logins"):
            if not self._path.exists():
                self._write(self._read())
            return self._read().key_of(email)

    def begin(self, email: str, now: datetime) -> None:
        """Note a login that is about to be sent.

        Raises:
            LoginRefused: too many of this address were refused within the hour; nothing is to be sent.
        """
        with hold(self._folder, [self._merchant]), storage("noting a login"):
            book = self._read().since(now)
            key = book.key_of(email)
            tries = book.refused.get(key, ())
            if len(tries) >= REFUSED_MAX:
                again = sorted(tries)[-REFUSED_MAX] + WITHIN
                raise LoginRefused(
                    "login",
                    f"{REFUSED_MAX} logins with this address were refused within the hour, or their answers "
                    f"lost, so none was sent; it may be tried again at {again:%Y-%m-%d %H:%M:%S} UTC",
                    status=None,
                )
            self._write(book.having(key, (*tries, now)))

    def refused(self, email: str, at: datetime) -> None:
        """A login that nobody had noted before was refused."""
        with hold(self._folder, [self._merchant]), storage("noting a login"):
            book = self._read().since(at)
            key = book.key_of(email)
            self._write(book.having(key, (*book.refused.get(key, ()), at)))

    def withdraw(self, email: str, at: datetime) -> None:
        """The login that was noted for this instant was not refused, whatever else came of it."""
        with hold(self._folder, [self._merchant]), storage("taking back a login"):
            book = self._read()
            key = book.key_of(email)
            tries = list(book.refused.get(key, ()))
            if at in tries:
                tries.remove(at)
                self._write(book.having(key, tuple(tries)))

    def clear(self, email: str) -> None:
        """A login of this address was taken: what was refused before counts no more."""
        with hold(self._folder, [self._merchant]), storage("clearing refused logins"):
            book = self._read()
            key = book.key_of(email)
            if key in book.refused:
                self._write(book.having(key, ()))

    def _read(self) -> _Book:
        if not self._path.exists():
            return _Book(salt=secrets.token_hex(_SALT_BYTES))
        try:
            return msgspec.json.decode(self._path.read_bytes(), type=_Book)
        except (msgspec.MsgspecError, UnicodeDecodeError):
            mend = f"if no wrong password was sent within the hour, remove {self._path}"
            raise damaged("the list of refused logins is damaged", mend) from None

    def _write(self, book: _Book) -> None:
        building = self._path.with_suffix(".building")
        make_lasting(self._files, self._folder)
        self._files.remove(building)
        write_lasting(self._files, building, msgspec.json.encode(book))
        self._files.rename(building, self._path)
        self._files.sync_folder(self._folder)

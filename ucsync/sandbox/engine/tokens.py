"""Tokens that were issued to verify an e-mail address."""

from hashlib import blake2b
from typing import Final, NamedTuple

from ucsync.sandbox.engine.instants import DAY_S
from ucsync.sandbox.settings import SandboxSettings

_LIFETIME_S: Final = DAY_S  # UNKNOWN at the vendor's (fact sheet §4)
_TOKENS_MAX: Final = 10_000  # the oldest are forgotten, and with that invalid


class _Issued(NamedTuple):
    oid: int
    expires_s: int


class Tokens:
    """Numbers, and what each token stands for; the same seed gives the same tokens."""

    def __init__(self, settings: SandboxSettings) -> None:
        self._seed = f"{settings.seed}\0{settings.merchant_id}"
        self._single_use = settings.has("token-single-use")
        self._count = 0
        self._issued: dict[str, _Issued] = {}

    def next_text(self) -> str:
        """40 hexadecimal characters that were not given out before."""
        self._count += 1
        return blake2b(f"{self._seed}\0{self._count}".encode(), digest_size=20).hexdigest()

    def issue(self, oid: int, now_s: int) -> str:
        """A token for a customer, valid for a day."""
        token = self.next_text()
        self._issued[token] = _Issued(oid, now_s + _LIFETIME_S)
        if len(self._issued) > _TOKENS_MAX:
            del self._issued[next(iter(self._issued))]
        return token

    def redeem(self, token: str, now_s: int) -> int | None:
        """Whose token this is, while it is valid."""
        issued = self._issued.get(token)
        if issued is None or now_s >= issued.expires_s:
            return None
        if self._single_use:
            del self._issued[token]
        return issued.oid

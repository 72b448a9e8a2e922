"""Deterministic draws: one digest per (seed, merchant, topic, oid), read as 32 small integers.

No generator object and no ``hash()``: the same arguments give the same draws in every process,
on every machine and Python version.
"""

from collections.abc import Mapping
from hashlib import blake2b
from struct import Struct
from types import MappingProxyType
from typing import TypeAlias

Draws: TypeAlias = tuple[int, ...]
"""32 integers in 0..65535; take one with ``draws[i] % n`` (the bias for n < 1000 is below 2 %)."""

_READ = Struct("<32H").unpack
_DRAWN: Mapping[int, int] = MappingProxyType({})


class Source:
    """Where all draws of one population come from.

    Attributes:
        merchant_id: whose customers they are.
        order_counts: how many orders single customers have, whatever was drawn for them.
    """

    __slots__ = ("_prefix", "merchant_id", "order_counts")

    def __init__(self, seed: int, merchant_id: str, order_counts: Mapping[int, int] = _DRAWN) -> None:
        self.merchant_id = merchant_id
        self.order_counts = order_counts
        name = f"{seed}\0{merchant_id}".encode()
        self._prefix = blake2b(name, digest_size=16).digest()

    def draws(self, topic: bytes, oid: int) -> Draws:
        """The draws of a topic for a customer; about one microsecond."""
        return _READ(blake2b(self._prefix + oid.to_bytes(4, "little") + topic).digest())

    def salt(self) -> int:
        """A number in 0..2**31-1 that is the population's own."""
        return int.from_bytes(self._prefix[:4], "little") & 0x7FFF_FFFF


def wide(draws: Draws, index: int) -> int:
    """Two neighbouring draws as one integer in 0..2**32-1."""
    return draws[index] << 16 | draws[index + 1]


def hexadecimal(draws: Draws, first: int, count: int) -> str:
    """``count`` draws as lower-case hexadecimal text, four digits each."""
    return "".join([f"{n:04x}" for n in draws[first : first + count]])


def uuid_text(draws: Draws, first: int) -> str:
    """Eight draws as text of a version 4 UUID."""
    text = hexadecimal(draws, first, 8)
    return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-a{text[17:20]}-{text[20:]}"

"""Short tokens that stand for an oid and can be turned back into it without an index.

The token is a permutation of the 31-bit integers in base 36: multiply by an odd number and fold
the high half into the low half, twice. Both steps have an inverse.
"""

_BITS = 31
_MASK = (1 << _BITS) - 1
# 2 * _FOLD >= _BITS makes `x ^ x >> _FOLD` its own inverse.
_FOLD = 16
_FIRST, _SECOND = 1_540_483_477, 668_265_263
_FIRST_BACK = pow(_FIRST, -1, 1 << _BITS)
_SECOND_BACK = pow(_SECOND, -1, 1 << _BITS)

_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
_PAIRS = tuple(high + low for high in _DIGITS for low in _DIGITS)

TOKEN_LENGTH = 6
"""36**6 > 2**31."""


def scramble(number: int, salt: int) -> int:
    """A 31-bit integer for a 31-bit integer, one to one."""
    number = (number ^ salt) * _FIRST & _MASK
    number = (number ^ number >> _FOLD) * _SECOND & _MASK
    return number ^ number >> _FOLD


def unscramble(number: int, salt: int) -> int:
    """The inverse of ``scramble`` under the same salt."""
    number = (number ^ number >> _FOLD) * _SECOND_BACK & _MASK
    number = (number ^ number >> _FOLD) * _FIRST_BACK & _MASK
    return number ^ salt


def token_of(oid: int, salt: int) -> str:
    """Six lower-case letters or digits."""
    high, rest = divmod(scramble(oid, salt), 36**4)
    middle, low = divmod(rest, 36**2)
    return _PAIRS[high] + _PAIRS[middle] + _PAIRS[low]


def oid_of(token: str, salt: int) -> int | None:
    """The number whose token this would be; None when it is no base-36 number of 31 bits.

    Lenient about spelling (case, signs): the caller verifies by making the token again.
    """
    try:
        number = int(token, 36)
    except ValueError:
        return None
    return unscramble(number, salt) if 0 <= number <= _MASK else None

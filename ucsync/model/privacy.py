"""How much of a person a copy of the customers shows."""

from enum import Enum


class Tier(Enum):
    """A level of the vendor's data warehouse (`api/customer_api.md` §8); each shows more than the one before.

    STANDARD has no personal data: texts that may tell who somebody is are keyed hashes, or left out.
    MEDIUM shows them. HIGH adds tax ids, and what has no declared shape.
    """

    STANDARD = "standard"
    MEDIUM = "medium"
    HIGH = "high"

    @property
    def shows_people(self) -> bool:
        """Whether personal data is in it."""
        return self is not Tier.STANDARD


class Hashing(Enum):
    """How a hidden value is told apart from others.

    HMAC_SHA256 is keyed, so nobody without the key can try out names. SHA256_BASE64 is what the vendor's
    warehouse has: joins with it work, and whoever guesses a value can check the guess.
    """

    HMAC_SHA256 = "hmac-sha256"
    SHA256_BASE64 = "sha256-base64"

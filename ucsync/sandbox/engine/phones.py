"""The read-only E.164 form of a phone number, as far as it can be told simply."""

from typing import Final

from ucsync.sandbox.reply import Document

_NANP: Final = frozenset({"US", "CA"})
_NANP_DIGITS: Final = 10


def with_e164(row: Document, before: Document) -> Document:
    """An address row whose `*_phone_e164` fit its phones: kept where the phone is as it was before."""
    for name in ("day_phone", "evening_phone"):
        if name in row and row.get(name) == before.get(name):
            continue
        row.pop(f"{name}_e164", None)
        if (number := _e164(row.get(name, ""), row.get("country_code", ""))) is not None:
            row[f"{name}_e164"] = number
    return row


def _e164(phone: str, country: str) -> str | None:
    digits = "".join(character for character in phone if character in "0123456789")
    if phone.strip().startswith("+") and digits:
        return f"+{digits}"
    if country in _NANP and len(digits) == _NANP_DIGITS:
        return f"+1{digits}"
    return None

"""The mail that the server has sent: nobody delivers it, the lab reads it."""

from collections import deque
from typing import Final

MAIL_MAX: Final = 1000  # the oldest are forgotten


class Outbox:
    """Mail by the order in which it was sent."""

    def __init__(self) -> None:
        self._mail: deque[dict[str, str]] = deque(maxlen=MAIL_MAX)

    def post(self, to: str, kind: str, **details: str) -> None:
        """Send one.

        Args:
            to: whose it is.
            kind: what it is about, as a word.
            details: what stands in it; a password or a link may, as in the vendor's own.
        """
        self._mail.append({"to": to, "kind": kind, **details})

    def document(self) -> list[dict[str, str]]:
        """All that is kept, oldest first."""
        return [dict(mail) for mail in self._mail]

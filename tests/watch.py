"""Keeps an eye on what is shown: every error and answer of a watched client, for the whole suite."""

from typing import Final

from ucsync import UcsyncError, UltraCart
from ucsync.ultracart import Answer

#: Run through the suite and must turn up in no log, exception text or repr.
KEY: Final = "never-show-this-key-5be1c0"
NAME: Final = "Quillfeather-Umberfield"

#: What has been shown since the running test began.
SHOWN: Final[list[str]] = []


def betrayed(texts: list[str]) -> list[str]:
    """Those texts in which a key or a name can be read."""
    return [text for text in texts if NAME.lower() in text.lower() or KEY in text]


def note(*held: object) -> None:
    """Remember how these render."""
    SHOWN.extend(f"{one!s}\n{one!r}" for one in held)


class WatchedClient(UltraCart):
    """A client whose errors and answers are noted as they would be rendered."""

    async def call(
        self,
        operation_id: str,
        path: dict[str, object] | None = None,
        query: dict[str, object] | None = None,
        body: object = None,
        *,
        look: bool = False,
    ) -> Answer:
        """As `UltraCart.call`, under watch."""
        try:
            answer = await super().call(operation_id, path, query, body, look=look)
        except UcsyncError as failure:
            note(self, failure, vars(failure), failure.__cause__, failure.__context__)
            raise
        note(answer)
        return answer

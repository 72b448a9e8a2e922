"""Keeps an eye on what clients of accounts show: whoever is forbidden may turn up in no error and no log."""

from typing import Final

from tests.watch import SHOWN, note
from ucsync.model import UcsyncError
from ucsync.net import MyAccount
from ucsync.ultracart.my_account import AccountAnswer

#: Texts that must not be shown, in any case: passwords, addresses, card numbers, cart ids.
FORBIDDEN: Final[set[str]] = set()


def forbid(*texts: str) -> None:
    """From now on these may not be shown."""
    FORBIDDEN.update(text.lower() for text in texts if text)


def nothing_forbidden_is_shown() -> None:
    """In all that has been shown since the running test began."""
    assert [text for text in SHOWN if any(secret in text.lower() for secret in FORBIDDEN)] == []


class WatchedAccount(MyAccount):
    """A client whose errors and answers are noted as they would be rendered."""

    async def call(
        self,
        operation_id: str,
        path: dict[str, object] | None = None,
        query: dict[str, object] | None = None,
        body: object = None,
    ) -> AccountAnswer:
        """As `MyAccount.call`, under watch."""
        try:
            answer = await super().call(operation_id, path, query, body)
        except UcsyncError as failure:
            note(self, failure, vars(failure), failure.__cause__, failure.__context__)
            raise
        finally:
            if self.session.cart_id is not None:
                forbid(self.session.cart_id.reveal())
            note(self.session)
        note(answer, answer.paging, answer.odd)
        return answer

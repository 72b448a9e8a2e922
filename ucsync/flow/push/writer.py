"""The requests of a push: each step is one operation of the vendor's, each doubt is settled by a read."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from ucsync.model import BadRequest, NotFound
from ucsync.model.pushes import Action
from ucsync.net import UltraCart
from ucsync.ultracart import Answer

OPERATION_OF: Final[Mapping[Action, str]] = {
    Action.UPDATE: "updateCustomer",
    Action.INSERT: "insertCustomer",
    Action.MERGE: "mergeCustomer",
    Action.DELETE: "deleteCustomer",
    Action.STORE_CREDIT: "addCustomerStoreCredit",
    Action.CASHBACK: "adjustInternalCertificate",
    Action.EMAIL_LISTS: "updateCustomerEmailLists",
}
_ECHOES: Final = (Action.UPDATE, Action.INSERT)


class Writer:
    """Writes to, and reads single customers of, one merchant's server.

    Args:
        client: of the merchant.
        expansions: parts that are read, and so may be written; asked for with every update, so that its
            answer is its verification.
    """

    def __init__(self, client: UltraCart, expansions: Sequence[str]) -> None:
        self._client = client
        self._expand: dict[str, object] = {"_expand": list(expansions)} if expansions else {}

    @property
    def requests_sent(self) -> int:
        """By the client, repetitions included."""
        return self._client.requests_sent

    async def send(self, action: Action, oid: int | None, body: Mapping[str, Any]) -> Answer:
        """One request that changes something; it is never repeated where it may have acted.

        Args:
            action: which operation.
            oid: whom; None for an insert.
            body: as the operation's model has it; nothing of it is sent with a delete.

        Raises:
            CallFailed: its `outcome` says whether the server may have acted.
        """
        path: dict[str, object] = {} if oid is None else {"customer_profile_oid": oid}
        query = self._expand if action in _ECHOES else None
        sent = None if action is Action.DELETE else dict(body)
        return await self._client.call(OPERATION_OF[action], path, query, sent)

    async def customer(self, oid: int) -> Answer | None:
        """One customer with all parts that are read, None when there is none (any more)."""
        return await self._found("getCustomer", {"customer_profile_oid": oid}, self._expand)

    async def customer_by_email(self, email: str) -> Answer | None:
        """The same, by e-mail address."""
        return await self._found("getCustomerByEmail", {"email": email}, self._expand)

    async def store_credit(self, oid: int) -> Answer | None:
        """Sums and movements of a customer's store credit."""
        return await self._found("getCustomerStoreCredit", {"customer_profile_oid": oid}, None)

    async def _found(
        self, operation_id: str, path: dict[str, object], query: dict[str, object] | None
    ) -> Answer | None:
        try:
            return await self._client.call(operation_id, path, query)
        except NotFound:
            return None
        except BadRequest as refusal:
            # A 400 that names what it was asked by is the other way to say so (fact sheet §10).
            words = f"{refusal.words.user_message} {refusal.words.developer_message}".lower()
            if not any(name in words for name in path):
                raise
            return None

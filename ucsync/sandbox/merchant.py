"""The front of the engine: an UltraCart merchant's customers, in memory."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from ucsync.sandbox import engine
from ucsync.sandbox.clock import ServerClock
from ucsync.sandbox.reply import Document, Refusal, Reply
from ucsync.sandbox.settings import SandboxSettings
from ucsync.ultracart.models import MODELS
from ucsync.ultracart.operations import Operation

_ERROR_HEADER: Final = "UC-REST-ERROR"
_ERROR_INSIDE: Final = (400, 404)


class Merchant:
    """All operations with their effects; deterministic in settings, clock and what was asked."""

    def __init__(self, settings: SandboxSettings, clock: ServerClock) -> None:
        self._settings = settings
        self._shop = engine.Shop.opened(settings, clock)
        self._behind = self._shop.behind_the_counter()

    @property
    def shop(self) -> engine.Shop:
        """The state, for the other API over the same customers."""
        return self._shop

    def perform(
        self,
        operation: Operation,
        path: Mapping[str, str],
        query: Sequence[tuple[str, str]],
        raw_query: str,
        body: object,
        form: Mapping[str, str],
    ) -> Reply:
        """Answer one request; what the server would refuse comes back as an ErrorResponse.

        Args:
            operation: a row of `OPERATIONS`.
            path: the decoded path parameters by name.
            query: the decoded query in its order; a `+` that was not encoded has become a space.
            raw_query: the query as it came, for the one rule about such a `+`.
            body: the decoded JSON, numbers with a fraction as Decimal; None when there was none.
            form: the fields of a form-encoded body, else empty.
        """
        call = engine.Call(operation, path, query, raw_query, body, form)
        try:
            reply = engine.ACTIONS[operation.operation_id](self._shop, call)
        except engine.Missing as refusal:
            if operation.method != "GET" or not self._settings.has("missing-is-200-empty"):
                return self.error_reply(refusal.status, refusal.message, refusal.headers)
            reply = engine.envelope(self._shop, call)
        except Refusal as refusal:
            return self.error_reply(refusal.status, refusal.message, refusal.headers)
        return engine.finished(self._settings, operation.answer, reply)

    def error_reply(self, status: int, message: str, headers: Mapping[str, str] | None = None) -> Reply:
        """An ErrorResponse with the readable message also in a header (fact sheet §2.4)."""
        error = {"developer_message": message, "error_code": str(status), "user_message": message}
        document: Document = {"error": error, "metadata": {}, "success": False}
        shown = 200 if status in _ERROR_INSIDE and self._settings.has("error-in-200") else status
        said = message.encode("ascii", "replace").decode().replace("\r", " ").replace("\n", " ")
        reply = Reply(shown, document, {_ERROR_HEADER: said, **(headers or {})})
        return engine.finished(self._settings, MODELS["ErrorResponse"], reply)

    # What the control API and churn ask for. What they do is done by other hands than the client's, so
    # no quirk of the API has a part in it, but for what the server does to last_modified_dts by itself.

    def count(self) -> int:
        """How many customers are live."""
        return len(self._shop.store.oids)

    def oids(self) -> Iterator[int]:
        """The live oids, ascending."""
        return iter(self._shop.store.oids)

    def truth(self, oid: int) -> Document | None:
        """The customer with every part as it is now, whatever the quirks; None when there is none."""
        return engine.truth(self._shop, oid) if oid in self._shop.store else None

    def insert(self, document: Mapping[str, Any]) -> int:
        """insertCustomer; the new oid. Raises Refusal."""
        return engine.insert(self._behind, document)

    def update(self, oid: int, changes: Mapping[str, Any]) -> None:
        """updateCustomer. Raises Refusal."""
        engine.update(self._behind, self._live(oid), changes)

    def delete(self, oid: int) -> None:
        """deleteCustomer. Raises Refusal."""
        self._shop.store.drop(self._live(oid))

    def merge(self, survivor: int, absorbed: int) -> None:
        """mergeCustomer. Raises Refusal."""
        engine.merge(self._behind, self._live(survivor), self._live(absorbed))

    def _live(self, oid: int) -> int:
        if oid not in self._shop.store:
            raise engine.missing(self._behind, "customer_profile_oid")
        return oid

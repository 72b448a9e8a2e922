"""One request to the portal as an operation sees it, and what the operation gives back."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ucsync.ultracart.my_account.operations import AccountOperation


@dataclass(slots=True)
class Cart:
    """A shopping cart, which is all there is of a session.

    Attributes:
        cart_id: what the customer's browser holds.
        oid: who is logged in on it; None for nobody.
        seen_s: when it was last used, by the server's clock.
    """

    cart_id: str
    oid: int | None = None
    seen_s: int = 0


@dataclass(frozen=True, slots=True)
class Visit:
    """One request, decoded; the values may be personal, so none of them is shown.

    Attributes:
        operation: the row that it came by.
        path: the decoded path parameters by name.
        query: the decoded query parameters; one sent with an empty text is not in it.
        body: the decoded JSON; None where the row takes none.
        cart: the cart that was passed and is known; None otherwise.
        merchant_id: as passed; None where it was not.
        customer: who is logged in; None for nobody, which a protected operation never sees.
    """

    operation: AccountOperation
    path: Mapping[str, str] = field(repr=False)
    query: Mapping[str, str] = field(repr=False)
    body: Any = field(repr=False)
    cart: Cart | None = field(repr=False)
    merchant_id: str | None = field(repr=False)
    customer: int | None = field(repr=False)

    @property
    def oid(self) -> int:
        """Who is logged in. Raises LookupError for nobody: only protected operations may ask."""
        if self.customer is None:
            raise LookupError(f"{self.operation.operation_id} is answered to nobody in particular")
        return self.customer


@dataclass(frozen=True, slots=True)
class Given:
    """What an operation answers.

    Attributes:
        status: of the answer.
        document: JSON to be; None for none, while {} and [] are sent as they are.
        text: plain text to be instead; None for none.
        headers: further ones, several may have one name.
    """

    status: int = 200
    document: Any = field(default=None, repr=False)
    text: str | None = field(default=None, repr=False)
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)

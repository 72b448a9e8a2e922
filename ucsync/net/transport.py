"""What carries one request to the server, and what the layers around it need to know of a request."""

from collections.abc import Awaitable, Callable
from typing import Protocol, TypeVar

from ucsync.ultracart import RawAnswer, Request, Retry


class Row(Protocol):
    """An operation, as far as sending goes: a row of either API's table."""

    @property
    def operation_id(self) -> str: ...

    @property
    def method(self) -> str: ...

    @property
    def retry(self) -> Retry: ...


class Outgoing(Protocol):
    """A request, complete but for the server's address and what says who is asking."""

    @property
    def operation(self) -> Row: ...

    @property
    def target(self) -> str: ...

    @property
    def headers(self) -> tuple[tuple[str, str], ...]: ...

    @property
    def body(self) -> bytes | None: ...


Q = TypeVar("Q", bound=Outgoing)
Q_contra = TypeVar("Q_contra", bound=Outgoing, contravariant=True)
A = TypeVar("A")

#: Has a request answered, checked and decoded.
Send = Callable[[Q], Awaitable[A]]


class Carrier(Protocol[Q_contra]):
    """Sends a request once, and never again by itself."""

    async def send(self, request: Q_contra) -> RawAnswer:
        """The answer, whatever its status.

        Raises:
            ConnectionLost: no complete answer came; its `outcome` says whether the server may have acted.
            AnswerUnusable: the answer is larger than allowed.
        """
        ...

    async def close(self) -> None:
        """Give up connections."""
        ...


#: Of the Customer API.
Transport = Carrier[Request]

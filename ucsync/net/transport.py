"""What carries one request to the server."""

from collections.abc import Awaitable, Callable
from typing import Protocol

from ucsync.ultracart import Answer, RawAnswer, Request

#: Has a request answered, checked and decoded.
Send = Callable[[Request], Awaitable[Answer]]


class Transport(Protocol):
    """Sends a request once, and never again by itself."""

    async def send(self, request: Request) -> RawAnswer:
        """The answer, whatever its status.

        Raises:
            ConnectionLost: no complete answer came; its `outcome` says whether the server may have acted.
            AnswerUnusable: the answer is larger than allowed.
        """
        ...

    async def close(self) -> None:
        """Give up connections."""
        ...

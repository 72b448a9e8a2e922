"""A MyAccount server that answers what a test lays down for it, and clients to it in memory."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, Final

from tests.net.my_account.portal_watch import WatchedAccount, forbid
from tests.net.scripted import Reply, ScriptedServer, answer
from ucsync import ClientSettings, Secret
from ucsync.net import ACCOUNT_PATH, AiohttpTransport
from ucsync.testing import Cut, MemoryServer, VirtualClock
from ucsync.ultracart.my_account import Credentials, Session

MERCHANT: Final = "DEMO"
EMAIL: Final = "Ann.Example-Person@mail.example"
PASSWORD: Final = "own-Password+1"
CART: Final = "Wombat.Zephyr_Quarry"
ANN: Final = Credentials(EMAIL, Secret(PASSWORD))
ACCOUNT: Final = {"email": EMAIL, "customerProfileId": 7}

#: No session, no page, no login: as the portal sees it.
NOT_LOGGED_IN: Final = answer(
    {"error": "Login required."}, status=401, headers={"UC-REST-ERROR": "Login required."}
)


def cart(cart_id: str = CART, *, name: str = "UltraCartShoppingCartID", document: Any = ACCOUNT) -> Reply:
    """A login that succeeds and sets the cart's cookie, under this spelling."""
    return answer(document, headers={"Set-Cookie": f"{name}={cart_id}; Path=/; Secure; HttpOnly"})


def paged(document: Any, **figures: int) -> Reply:
    """A page with its headers: page_size, page_number, total_records, total_pages."""
    return answer(document, headers=paging(**figures))


def paging(**figures: int) -> Mapping[str, str]:
    """The paging headers of these figures."""
    return {f"uc-pagination-{name.replace('_', '-')}": str(figure) for name, figure in figures.items()}


@asynccontextmanager
async def account(
    *replies: Reply,
    credentials: Credentials | None = ANN,
    session: Session | None = None,
    settings: ClientSettings | None = None,
    cut: Cut | None = None,
) -> AsyncIterator[tuple[WatchedAccount, ScriptedServer]]:
    """A client and the server that answers the n-th request with the n-th reply."""
    forbid(EMAIL, PASSWORD, CART)
    server, settings = ScriptedServer(*replies), settings or ClientSettings(requests_per_s=None)
    async with MemoryServer(server.application()) as memory:
        transport = AiohttpTransport(
            "http://localhost", None, settings, base_path=ACCOUNT_PATH, connector=memory.connector(cut)
        )
        async with WatchedAccount(
            MERCHANT, credentials, transport=transport, settings=settings, clock=VirtualClock(),
            chance=lambda: 0.0, session=session,
        ) as client:  # fmt: skip
            yield client, server

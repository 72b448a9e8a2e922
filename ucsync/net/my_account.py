"""The client of the MyAccount API: what it is made of, and the operations of session and account."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from types import TracebackType
from typing import Final, Self, cast

from ucsync.model import AnswerUnusable, Clock, ConfigurationInvalid, InvalidRequest, Secret
from ucsync.net.account_operations import AccountOperations
from ucsync.net.account_session import AccountTransport, Entrance, SessionTransport
from ucsync.net.aiohttp_transport import AiohttpTransport
from ucsync.net.pacing import Pacer
from ucsync.net.settings import ACCOUNT_PATH, PRODUCTION, ClientSettings
from ucsync.net.stack import stack
from ucsync.ultracart import RawAnswer
from ucsync.ultracart.my_account import (
    ACCOUNT_OPERATIONS,
    AccountAnswer,
    AccountRequest,
    Credentials,
    Session,
    build_account,
    decode_account,
)
from ucsync.ultracart.my_account import models as m
from ucsync.ultracart.my_account.operations import PAGE_SIZE_MAX

#: A list that has not ended after so many pages has no end.
PAGES_MAX: Final = 100_000


class MyAccount(AccountOperations):
    """One customer's account at one merchant, as the customer sees it.

    An async context manager, entered once. Its coroutines may be called from any number of tasks of one event
    loop: they take turns and share one session. Where an answer is 401 because the session has run out, the
    client logs in once, for all of them, and repeats the call once. A login that is refused is not tried
    again with the same e-mail address and password. After `logout` the client stays out until `login`.
    Answers are dictionaries as they came over the wire; what in them does not fit the vendor's models is
    neither refused nor changed (`call` tells it, as `AccountAnswer.odd`).

    Every coroutine raises:
        InvalidRequest: an argument does not fit; nothing was sent.
        LoginRefused: e-mail address and password are not those of a customer.
        SessionExpired: not logged in, and nothing at hand to log in with.
        BadRequest, NotFound, RateLimited: UltraCart said no.
        ServerFault, ConnectionLost, AnswerUnusable: no answer to rely on. After a write `outcome` says
            whether the server may have acted; `operation_id` is `login` where it was the login that failed.

    Args:
        merchant_id: UltraCart's name of the merchant, e.g. `DEMO`.
        credentials: to log in with; a login that succeeds with others makes those the client's own.
        server: scheme, host and port; UltraCart's own by default.
        settings: bounds on time, size, concurrency and repetition.
        transport: what sends, instead of aiohttp to `server`.
        clock: time and waiting.
        pacer: spaces requests; by default as `settings.requests_per_s` says.
        chance: draws evenly from [0, 1) for the jitter of retries.
        session: to go on with, e.g. another client's; by default a new one.

    Source: fact sheet `my_account_api.md` §1 (sessions), §2 (operations), §3 (paging).
    """

    def __init__(
        self,
        merchant_id: str,
        credentials: Credentials | None = None,
        *,
        server: str | None = None,
        settings: ClientSettings | None = None,
        transport: AccountTransport | None = None,
        clock: Clock | None = None,
        pacer: Pacer | None = None,
        chance: Callable[[], float] | None = None,
        session: Session | None = None,
    ) -> None:
        if server is not None and transport is not None:
            raise ConfigurationInvalid("give a server or a transport: a transport has its own")
        if session is not None and session.merchant_id != merchant_id:
            raise ConfigurationInvalid("the session is one with another merchant")
        settings = settings or ClientSettings()
        session = session or Session(merchant_id)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._merchant_id = merchant_id
        inner = transport or AiohttpTransport(server or PRODUCTION, None, settings, base_path=ACCOUNT_PATH)
        self._transport = SessionTransport(inner, session)
        self._entrance = Entrance(merchant_id, credentials)
        self._stack = stack(
            self._transport, self._decoded, settings, clock=clock, pacer=pacer, chance=chance,
            within=self._entrance.around,
        )  # fmt: skip

    async def __aenter__(self) -> Self:
        self._loop = asyncio.get_running_loop()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop = None
        self._stack.gate.close()
        await self._transport.close()

    @property
    def session(self) -> Session:
        """The session as it is now; another client may go on with it."""
        return self._transport.session

    @property
    def requests_sent(self) -> int:
        """How many requests this client has sent or tried to, logins and repetitions included."""
        return self._stack.gate.attempts

    async def call(
        self,
        operation_id: str,
        path: dict[str, object] | None = None,
        query: dict[str, object] | None = None,
        body: object = None,
    ) -> AccountAnswer:
        """Any operation by its name in `ACCOUNT_OPERATIONS`, with all that its answer says.

        Args:
            operation_id: e.g. `getOrders`.
            path, query: parameters under the vendor's names.
            body: what the operation's body model describes; an e-mail address for forgotPassword.
        """
        if self._loop is not asyncio.get_running_loop():
            wrong = ("client", "not open in this event loop; use `async with MyAccount(...)`")
            raise InvalidRequest(operation_id, (wrong,))
        operation = ACCOUNT_OPERATIONS.get(str(operation_id))
        if operation is None:
            raise InvalidRequest("", (("operation", f"none of {', '.join(ACCOUNT_OPERATIONS)}"),))
        return await self._stack.send(build_account(operation, path, query, body))

    async def pages(
        self, operation_id: str, query: dict[str, object] | None = None, *, page_size: int = PAGE_SIZE_MAX
    ) -> AsyncIterator[AccountAnswer]:
        """Page after page of a paged list to its end: the page that the server's headers call the last, and
        without headers one that is shorter than asked for.

        A list that changes meanwhile may yield a row twice or leave one out; `paging.total_records` of each
        answer helps to see it.

        Raises:
            AnswerUnusable: the pages contradict themselves, or never end.
        """
        row = ACCOUNT_OPERATIONS.get(str(operation_id))
        if row is None or not row.paged:
            raise InvalidRequest(operation_id, (("operation", "has no pages"),))
        before = b""
        for number in range(1, PAGES_MAX + 1):
            asked = {**(query or {}), "pageNumber": number, "pageSize": page_size}
            answer = await self.call(operation_id, None, asked)
            ends = _is_last(answer, number, page_size)
            if not ends and answer.raw == before:
                text = f"answer unusable: page {number} is the one before it again"
                raise AnswerUnusable(operation_id, text, status=answer.status)
            yield answer
            if ends:
                return
            before = answer.raw
        raise AnswerUnusable(operation_id, f"answer unusable: no end after {PAGES_MAX} pages", status=None)

    def _decoded(self, request: AccountRequest, raw: RawAnswer) -> AccountAnswer:
        credentials, request = self._entrance.credentials, self.session.on(request)
        if credentials is not None:
            secrets = {credentials.email, credentials.password.reveal()}
            request = replace(request, masked=request.masked | secrets)
        return decode_account(request, raw)

    # Session and account

    async def logged_in(self) -> m.MyAccountDetail | None:
        """The account when this session is logged in, else None. Never logs in."""
        value = await self._value("loggedIn")
        return cast(m.MyAccountDetail, value) if value.get("email") else None

    async def login(self, credentials: Credentials | None = None) -> m.MyAccountDetail:
        """Log in, with the client's own credentials or with others, which then become its own."""
        body = self._to_log_in_with("login", credentials)
        return cast(m.MyAccountDetail, await self._value("login", body=body))

    async def login_by_query(self, credentials: Credentials | None = None) -> m.MyAccountDetail:
        """As `login`, but with the password in the address, which servers and proxies write into logs."""
        query = self._to_log_in_with("loginByQuery", credentials)
        return cast(m.MyAccountDetail, await self._value("loginByQuery", None, query))

    async def logout(self) -> None:
        """Log out; the cart stays."""
        await self.call("logout")

    async def logout_by_query(self) -> None:
        """As `logout`, by GET."""
        await self.call("logoutByQuery")

    async def change_password(self, old: Secret, new: Secret) -> None:
        """Change the password; the client goes on with the new one. Raises Unauthorised for a wrong `old`."""
        body = {"oldPassword": old.reveal(), "newPassword": new.reveal()}
        await self.call("changePassword", body=body)

    async def forgot_password(self, email: str) -> str:
        """Have the customer sent a mail about the password; what comes back is meant to be shown."""
        query: dict[str, object] = {"merchantId": self._merchant_id}
        return cast(str, await self._value("forgotPassword", None, query, email))

    async def get_settings(self) -> m.MyAccountDetail:
        """The account with the address of record."""
        return cast(m.MyAccountDetail, await self._value("getSettings"))

    async def register(
        self,
        my_account: m.MyAccountDetail,
        *,
        redirect_url: str | None = None,
        theme_code: str | None = None,
    ) -> m.MyAccountDetail:
        """Make an account; the customer has to follow a link in a mail before it can be used.

        Args:
            my_account: at least e-mail address and password; the merchant is this client's unless named.
            redirect_url: where that link leads to in the end; the merchant must have allowed it.
            theme_code: of the merchant's pages.
        """
        body = {"merchantId": self._merchant_id, **my_account}
        query: dict[str, object] = {"redirectUrl": redirect_url, "themeCode": theme_code}
        return cast(m.MyAccountDetail, await self._value("register", None, query, body))

    async def update_settings(self, my_account: m.MyAccountDetail) -> m.MyAccountDetail:
        """Change the account; e-mail address, merchant and password stay as they are."""
        return cast(m.MyAccountDetail, await self._value("updateSettings", body=my_account))

    async def delete_settings(self) -> None:
        """Delete the account for good."""
        await self.call("deleteSettings")

    def _to_log_in_with(self, operation_id: str, credentials: Credentials | None) -> dict[str, object]:
        credentials = credentials or self._entrance.credentials
        if credentials is None:
            raise InvalidRequest(operation_id, (("credentials", "missing: this client has none"),))
        return {**credentials.as_sent(self._merchant_id)}


def _is_last(answer: AccountAnswer, number: int, page_size: int) -> bool:
    """Whether no page follows this one. Raises AnswerUnusable where its rows contradict its headers."""
    total = answer.paging.total_pages if answer.paging is not None else None
    if not total:  # absent, or 0, which a page with rows belies
        return len(answer.value) < page_size
    if number < total and not answer.value:
        operation_id = answer.operation.operation_id
        text = f"answer unusable: page {number} of {total} is empty"
        raise AnswerUnusable(operation_id, text, status=answer.status)
    return number >= total

"""The session of a MyAccount client: one for all its tasks, logged in again once for all of them.

Every request carries the session as it is when the request leaves, and what an answer says of it is kept
before the answer is looked at. The entrance stands inside the lane, around the repetitions: whoever meets a
401 logs in within its own turn, so with one request at a time nobody else is refused meanwhile.
"""

import asyncio
from dataclasses import replace
from typing import Final
from urllib.parse import parse_qs, urlsplit

from ucsync.model import LoginRefused, Secret, SessionExpired, Unauthorised
from ucsync.net.transport import Carrier, Send
from ucsync.ultracart import RawAnswer
from ucsync.ultracart.codec import decode_json
from ucsync.ultracart.my_account import (
    ACCOUNT_OPERATIONS,
    AccountAnswer,
    AccountRequest,
    Credentials,
    Session,
    build_account,
)

_LOGINS: Final = frozenset({"login", "loginByQuery"})
_LOGOUTS: Final = frozenset({"logout", "logoutByQuery"})

#: Sends requests of the MyAccount API.
AccountTransport = Carrier[AccountRequest]

_AccountSend = Send[AccountRequest, AccountAnswer]


class SessionTransport:
    """Puts the session on every request, and keeps what the answers say of it.

    Attributes:
        session: as it is now.
    """

    def __init__(self, inner: AccountTransport, session: Session) -> None:
        self._inner = inner
        self.session = session

    async def send(self, request: AccountRequest) -> RawAnswer:
        """See `Carrier.send`."""
        sent = self.session
        raw = await self._inner.send(sent.on(request))
        # an answer that was overtaken says nothing of the session that has come since; a login always does
        if sent is self.session or request.operation.operation_id in _LOGINS:
            self.session = self.session.after(raw)
        return raw

    async def close(self) -> None:
        """See `Carrier.close`."""
        await self._inner.close()


class Entrance:
    """Sends; where the server knows the session no longer, logs in and sends once more.

    Args:
        merchant_id: whose account it is.
        credentials: to log in with; None for none.
    """

    def __init__(self, merchant_id: str, credentials: Credentials | None) -> None:
        self._merchant_id = merchant_id
        self._credentials = credentials
        self._refused: set[Credentials] = set()
        self._left = False
        self._logins = 0
        self._logging_in = asyncio.Lock()

    @property
    def credentials(self) -> Credentials | None:
        """Those of the last login that succeeded, or those given; with a changed password, the new one."""
        return self._credentials

    def around(self, send: _AccountSend) -> _AccountSend:
        """What to send through instead of `send`, which is everything that one request needs.

        Raises:
            LoginRefused: the server refuses e-mail address and password, or has refused them before; then
                nothing is sent (`outcome` NOT_SENT).
            SessionExpired: not logged in, and nothing at hand to log in with; or refused again right after a
                login.
            CallFailed: as `send` does, for the request or for the login that it needed (`operation_id`).
        """

        async def sent(request: AccountRequest) -> AccountAnswer:
            operation_id = request.operation.operation_id
            if operation_id in _LOGINS:
                async with self._logging_in:
                    return await self._log_in(send, request)
            if operation_id in _LOGOUTS:
                self._left = True  # beforehand: whatever becomes of it, this person wants to be out
            answer = await self._sent_inside(send, request)
            if operation_id == "changePassword":
                self._learn_password(request)
            elif operation_id == "deleteSettings":
                self._left = True
            return answer

        return sent

    async def _sent_inside(self, send: _AccountSend, request: AccountRequest) -> AccountAnswer:
        known, operation = self._logins, request.operation
        answer = await _unless_refused(send, request)
        if isinstance(answer, AccountAnswer):
            return answer
        # of changePassword a 401 also says that the old password is wrong, which is not sent twice
        ambiguous = operation.operation_id == "changePassword"
        if ambiguous and (await send(_IS_LOGGED_IN)).value.get("email"):
            raise answer
        async with self._logging_in:
            if self._logins == known:
                await self._log_in_again(send, request)
        answer = await _unless_refused(send, request)
        if isinstance(answer, AccountAnswer):
            return answer
        if ambiguous:
            raise answer
        raise SessionExpired(operation.operation_id, "401: not logged in, right after a login", status=401)

    async def _log_in_again(self, send: _AccountSend, request: AccountRequest) -> None:
        if self._credentials is None or self._left:
            why = "logged out" if self._left else "no password at hand to log in with"
            raise SessionExpired(request.operation.operation_id, f"401: not logged in; {why}", status=401)
        login = build_account(ACCOUNT_OPERATIONS["login"], body=self._credentials.as_sent(self._merchant_id))
        # whatever a server says in between, it may be about the request that was refused
        await self._log_in(send, replace(login, masked=login.masked | request.masked))

    async def _log_in(self, send: _AccountSend, request: AccountRequest) -> AccountAnswer:
        credentials = _credentials_in(request)
        if credentials in self._refused:
            text = "not sent: the e-mail address and password were refused before"
            raise LoginRefused(request.operation.operation_id, text, status=None)
        try:
            answer = await send(request)
        except LoginRefused:
            self._refused.add(credentials)  # a wrong password too many may lock the account
            raise
        self._credentials, self._left = credentials, False
        self._logins += 1
        return answer

    def _learn_password(self, request: AccountRequest) -> None:
        new = decode_json(request.body or b"{}")["newPassword"]
        if self._credentials is not None:
            self._credentials = replace(self._credentials, password=Secret(new))


_IS_LOGGED_IN: Final = build_account(ACCOUNT_OPERATIONS["loggedIn"])


async def _unless_refused(send: _AccountSend, request: AccountRequest) -> AccountAnswer | Unauthorised:
    """The answer, or the 401 of an operation that needs a login: returned, so that what is raised later does
    not hang on it."""
    try:
        return await send(request)
    except Unauthorised as refused:
        if refused.status != 401 or not request.operation.protected:
            raise
        return refused


def _credentials_in(request: AccountRequest) -> Credentials:
    """Those that a login sends, in its body or its query."""
    if request.body is not None:
        sent = decode_json(request.body)
    else:
        sent = {name: held[0] for name, held in parse_qs(urlsplit(request.target).query).items()}
    return Credentials(sent["email"], Secret(sent["password"]))

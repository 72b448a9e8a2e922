"""The one error tree, grouped by what the caller does next.

Every error knows its exit code (design §7) and, where a request was involved, its `outcome`: what is
known of the request's effect. Texts name the operation, the place and the mend; they never hold a
key, an e-mail address or a value that was sent. UltraCart's own words are kept whole in
`ServerWords`, which masks them in every rendering.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum


class Outcome(Enum):
    """What is known of a request that failed."""

    NOT_SENT = "nothing left this machine"
    REFUSED = "the server answered that it did nothing"
    UNKNOWN = "the server may have acted: read back before sending again"


@dataclass(frozen=True, slots=True)
class ServerWords:
    """What UltraCart said, unmasked: for a caller that may see personal data.

    `repr` and `str` show nothing of it. Fields as in the vendor's model `Error`.
    """

    user_message: str = ""
    developer_message: str = ""
    error_code: str = ""
    more_info: str = ""
    object_id: str = ""

    def __repr__(self) -> str:
        return "ServerWords(masked)"


class UcsyncError(Exception):
    """Anything that ucsync raises on purpose; can be pickled, as process pools do.

    `mend` is what a person can do about any error of its kind, for the command line.
    """

    exit_code = 1
    mend = ""
    outcome = Outcome.NOT_SENT

    def __reduce__(self) -> tuple[object, ...]:
        return _rebuilt, (type(self), self.args, vars(self))


def _rebuilt(kind: type[UcsyncError], args: tuple[object, ...], state: dict[str, object]) -> UcsyncError:
    failure = kind.__new__(kind, *args)
    failure.args = args
    vars(failure).update(state)
    return failure


class ConfigurationInvalid(UcsyncError):
    """A setting cannot be used; nothing was sent."""

    exit_code = 78


class InvalidRequest(UcsyncError):
    """An argument does not fit its operation; nothing was sent.

    Attributes:
        operation_id: the vendor's name, or "" where none was named.
        faults: `(where, what is wrong)` pairs, e.g. `("customer.billing[0].city", "longer than 32")`.
    """

    exit_code = 2

    def __init__(self, operation_id: str, faults: tuple[tuple[str, str], ...]) -> None:
        self.operation_id = operation_id
        self.faults = faults
        lines = "; ".join(f"{where}: {what}" for where, what in faults[:5])
        more = f"; and {len(faults) - 5} more" if len(faults) > 5 else ""
        super().__init__(f"{operation_id or 'request'} not sent: {lines}{more}")


class CallFailed(UcsyncError):
    """A request did not come to a usable answer.

    Attributes:
        operation_id: the vendor's name of the operation.
        outcome: what is known of its effect.
        status: the HTTP status, or None when there was no answer.
    """

    exit_code = 69

    def __init__(self, operation_id: str, text: str, *, outcome: Outcome, status: int | None = None) -> None:
        self.operation_id = operation_id
        self.outcome = outcome
        self.status = status
        super().__init__(f"{operation_id}: {text}")


class Refused(CallFailed):
    """The server said no, in words (`words`) or by status alone; `text` is masked.

    A wait that it asked for earlier is a no to later requests, too: they have no `status` and the
    `outcome` NOT_SENT.
    """

    def __init__(
        self, operation_id: str, text: str, *, status: int | None, words: ServerWords | None = None
    ) -> None:
        outcome = Outcome.NOT_SENT if status is None else Outcome.REFUSED
        super().__init__(operation_id, text, outcome=outcome, status=status)
        self.words = words or ServerWords()


class BadRequest(Refused):
    """400, or an error inside a 200: mend the input.

    Attributes:
        field: the vendor's name of the field it complains of, e.g. `customer.email`, or None.
    """

    exit_code = 2
    field: str | None = None


class NotFound(Refused):
    """No such customer or item: a 404, or a 200 without what was asked for."""

    exit_code = 2


class Unauthorised(Refused):
    """401: the key is wrong, or lacks the permission this operation needs."""

    exit_code = 77
    mend = "check the key, and in UltraCart's back office what it may do and from which addresses"


class LoginRefused(Unauthorised):
    """A customer's e-mail address and password do not fit; or they did not before, so that nothing was sent
    this time (`outcome` NOT_SENT): an account may be locked by too many attempts."""

    mend = "check the e-mail address and the password; too many wrong ones may lock the account"


class SessionExpired(Unauthorised):
    """A customer's login holds no longer, and could not be renewed."""

    mend = "log in again"


class ApplicationDisabled(Refused):
    """410: UltraCart has switched the application off."""

    exit_code = 77
    mend = "ask UltraCart's support why the application is disabled"


class RateLimited(Refused):
    """429: over the hourly or daily limit, or two requests at once.

    Attributes:
        wait_s: seconds the server asks to wait, or None when it does not say anything usable.
        limit: `(requests, seconds)` of the limit that the server names, or None.
    """

    exit_code = 76
    mend = "run it again later"
    wait_s: float | None = None
    limit: tuple[int, int] | None = None


class ServerFault(CallFailed):
    """5xx: UltraCart failed; whether it had acted is unknown.

    Attributes:
        wait_s: seconds the server asks to wait (a 503 may), or None.
    """

    mend = "the server fails; run it again later"
    wait_s: float | None = None

    def __init__(
        self, operation_id: str, text: str, *, status: int, words: ServerWords | None = None
    ) -> None:
        super().__init__(operation_id, text, outcome=Outcome.UNKNOWN, status=status)
        self.words = words or ServerWords()


class ConnectionLost(CallFailed):
    """No answer came. `outcome` tells the two kinds apart: NOT_SENT (no connection was made, so the
    server cannot have acted) and UNKNOWN (the connection broke, or the deadline passed, after it)."""

    mend = "check the server's address and the network, and run it again"


class AnswerUnusable(CallFailed):
    """An answer came that cannot be trusted: no JSON, too large, a redirect, a value of the wrong kind.

    Attributes:
        passing: whether asking again may well help (a maintenance page, a broken body), as it will
            not when an answer has the wrong shape.
    """

    def __init__(self, operation_id: str, text: str, *, status: int | None, passing: bool = False) -> None:
        super().__init__(operation_id, text, outcome=Outcome.UNKNOWN, status=status)
        self.passing = passing


class Busy(UcsyncError):
    """Another run holds this application or merchant; no request was sent."""

    exit_code = 75
    mend = "wait until it has ended"


class QuotaSpent(UcsyncError):
    """The quota book permits no request now, and the caller did not want to wait.

    Attributes:
        until: when the next request may leave.
    """

    exit_code = 76

    def __init__(self, text: str, *, until: datetime) -> None:
        super().__init__(text)
        self.until = until


class Guarded(UcsyncError):
    """A guard stopped a run before it changed anything: a person must decide."""

    exit_code = 4


class Stopped(UcsyncError):
    """The run was asked to stop; what was fetched is kept, and the next run goes on from there."""

    exit_code = 130
    mend = "run it again to go on"


class StorageFailed(UcsyncError):
    """The disk is full or failing, or a file of the lake is damaged; what was there before stands."""

    exit_code = 74


class DatabaseRefused(UcsyncError):
    """Another database, to which something is written, cannot be reached or refuses; what was there before
    stands, unless the text says that this is not known."""

    exit_code = 69


class InputUnusable(UcsyncError):
    """A file that was handed in cannot be used; nothing was done."""

    exit_code = 65


class Misused(UcsyncError):
    """A person has asked for what does not exist, or cannot be understood; nothing was done."""

    exit_code = 2

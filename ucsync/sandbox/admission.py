"""What stands between a request and its operation, in the order in which it is asked.

Concurrency and rate, credentials, application, route, version, permission (fact sheet §2.1, §2.4, §2.8,
§10). UltraCart counts by application and by IP address. The sandbox has one application and sees all
requests come from one address, so one count serves for both, and a request with a wrong key, or to a
wrong path, costs as much as any other.
"""

import hmac
import math
from collections.abc import Mapping
from datetime import timedelta
from email.utils import format_datetime
from typing import Final

from ucsync.sandbox.clock import ServerClock
from ucsync.sandbox.limits import Exceeded, Grant, Quota
from ucsync.sandbox.reply import Refusal
from ucsync.sandbox.routes import BASE, Match, match
from ucsync.sandbox.settings import SandboxSettings
from ucsync.sandbox.state import Counters, Sandbox
from ucsync.ultracart.operations import OPERATIONS, Operation

API_VERSION: Final = "2017-03-01"
BROWSER_KEY_PATH: Final = BASE + OPERATIONS["searchCustomerProfileValues"].path  # the only one (§1)


class Admission:
    """Of the one application that this sandbox has."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._settings: SandboxSettings = sandbox.settings
        self._clock: ServerClock = sandbox.clock
        self._counters: Counters = sandbox.counters
        self._quota = Quota(sandbox.settings.limits, sliding_window=sandbox.settings.sliding_window)

    def admit(self, method: str, raw_path: str, headers: Mapping[str, str]) -> tuple[Match, Grant]:
        """Let a request in: it is in flight until its grant is handed to `leave`, once.

        Args:
            method: of the request.
            raw_path: percent-encoded as it came, without the query.
            headers: of the request; looked up in any case of letters.

        Raises:
            Refusal: 429, 401, 410, 404, 405 or 400; nothing is in flight then.
        """
        self._check_concurrency()
        grant = self._take()
        self._counters.in_flight += 1
        try:
            return self._checked(method, raw_path, headers), grant
        except Refusal as refusal:
            self.leave(grant, refusal.status)
            raise
        except BaseException:  # a bug must not hold the only place for ever
            self.leave(grant, 500)
            raise

    def leave(self, grant: Grant, status: int | None) -> None:
        """A request is answered with `status`, or not at all (None)."""
        self._counters.in_flight -= 1
        self._settle(grant, status)

    def too_many(self, cause: str, message: str, wait_s: float) -> Refusal:
        """A 429 that says when to come again; counted by its cause."""
        self._counters.too_many[cause] += 1
        return Refusal(429, message, self._retry_after(wait_s))

    def _checked(self, method: str, raw_path: str, headers: Mapping[str, str]) -> Match:
        self._check_credentials(raw_path, headers)
        if self._sandbox.disabled:
            raise Refusal(410, "The application has been disabled.")
        found = match(method, raw_path)
        self._check_version(headers)
        self._check_permission(found.operation)
        return found

    def _check_credentials(self, raw_path: str, headers: Mapping[str, str]) -> None:
        simple = headers.get("x-ultracart-simple-key")
        scheme, _, token = headers.get("Authorization", "").partition(" ")
        browser = headers.get("x-ultracart-browser-key")
        if simple is not None:
            right = _same(simple, self._settings.key)
        elif scheme.lower() == "bearer":
            right = _same(token.strip(), self._settings.access_token)
        elif browser is not None and raw_path == BROWSER_KEY_PATH:
            right = _same(browser, self._settings.browser_key)
        else:
            right = False
        if not right:
            raise Refusal(401, "Credentials are missing or invalid.")

    def _check_concurrency(self) -> None:
        counters = self._counters
        at_once = counters.in_flight + 1
        counters.in_flight_most = max(counters.in_flight_most, at_once)
        if at_once > self._settings.in_flight_max:
            self._charge_refused()
            exceeded = self._quota.exceeded(self._now_s())
            wait_s = max(1, exceeded.wait_s if exceeded else 0)
            raise self.too_many("concurrency", "Too many concurrent requests.", wait_s)

    def _take(self) -> Grant:
        taken = self._quota.take(self._now_s())
        if not isinstance(taken, Exceeded):
            return taken
        self._charge_refused()
        # asked again, because being refused may have cost something: the wait has to be enough
        exceeded = self._quota.exceeded(self._now_s()) or taken
        limit = exceeded.limit
        text = f"rate of {limit.requests} per {limit.seconds} second(s) exceeded."
        raise self.too_many("rate", text, exceeded.wait_s)

    def _check_version(self, headers: Mapping[str, str]) -> None:
        if headers.get("X-UltraCart-Api-Version") != API_VERSION:
            status = 401 if self._settings.has("no-version-is-401") else 400
            raise Refusal(status, f"X-UltraCart-Api-Version must be {API_VERSION}.")

    def _check_permission(self, operation: Operation) -> None:
        if self._settings.read_only_key and operation.scope == "customer_write":
            status = 403 if self._settings.has("scope-is-403") else 401
            raise Refusal(status, f"The key lacks the permission {operation.scope}.")

    def _settle(self, grant: Grant, status: int | None) -> None:
        """Give the slot back where the request turns out to cost nothing."""
        if status is None or status < 400:
            return
        name, free = ("refused-counts", False) if status == 429 else ("errors-are-free", True)
        if self._settings.has(name) is free:
            self._quota.give_back(grant)

    def _charge_refused(self) -> None:
        if self._settings.has("refused-counts"):
            self._quota.charge(self._now_s())

    def _retry_after(self, wait_s: float) -> dict[str, str]:
        if self._settings.has("no-retry-after"):
            return {}
        seconds = math.ceil(wait_s)
        if self._settings.has("retry-after-date"):
            now = self._clock.now()
            then = now + timedelta(seconds=seconds)
            whole = then if then.microsecond == 0 else then + timedelta(seconds=1)
            return {"Retry-After": format_datetime(whole, usegmt=True)}
        return {"Retry-After": str(seconds)}

    def _now_s(self) -> float:
        return self._clock.now().timestamp()


def _same(given: str, right: str) -> bool:
    return hmac.compare_digest(given.encode(errors="surrogateescape"), right.encode())

"""Bugs of asking: what the server sees, and what the quota book knows of it."""

from typing import Final

from tests.planted.plants import Plant

ASKING: Final = (
    Plant(
        name="redirect followed",
        breaks="the key goes to whomever the server names",
        file="ucsync/net/aiohttp_transport.py",
        old="allow_redirects=False,",
        new="allow_redirects=True,",
        tests=("tests/net/test_wire.py::test_a_redirect_is_not_followed_with_the_key_in_hand",),
    ),
    Plant(
        name="key in an error",
        breaks="the key is in the log of whoever keeps one",
        file="ucsync/net/aiohttp_transport.py",
        old='        return "the answer is not HTTP"\n    return "the connection broke"',
        new='        return f"the answer is not HTTP ({fault!r})"\n    return "the connection broke"',
        tests=("tests/net/test_no_http.py::test_what_is_not_http_is_an_error_without_the_key",),
    ),
    Plant(
        name="Retry-After ignored",
        breaks="a server that asks to be left alone is asked again at once",
        file="ucsync/plan/retry.py",
        old="asked = failure.wait_s if isinstance(failure, (RateLimited, ServerFault)) else None",
        new="asked = None",
        tests=("tests/plan/test_retry.py::test_the_servers_wait_is_the_least",),
    ),
    Plant(
        name="Retry-After not in the book",
        breaks="other runs go on asking a server that wants to be left alone",
        file="ucsync/flow/budget.py",
        old="            self._book.shut(refusal.wait_s)\n",
        new="            self._refusals += 0\n",
        tests=(
            "tests/flow/test_quota_in_virtual_time.py::test_a_short_wait_that_the_server_asks_for_is_no_spent_quota",
        ),
    ),
    Plant(
        name="blind repetition of a write",
        breaks="a customer is merged, or paid, twice when an answer is lost",
        file="ucsync/plan/retry.py",
        old="return safe or failure.outcome is Outcome.NOT_SENT",
        new="return True",
        tests=("tests/plan/test_retry.py::test_a_write_is_repeated_only_when_nothing_happened",),
    ),
    Plant(
        name="two in flight",
        breaks="UltraCart answers 429 to the second one",
        file="ucsync/net/lane.py",
        old="asyncio.Semaphore(in_flight_max)",
        new="asyncio.Semaphore(in_flight_max + 1)",
        tests=(
            "tests/net/test_one_at_a_time.py::test_a_thousand_callers_make_one_request_at_a_time_and_no_429",
        ),
    ),
    Plant(
        name="wait for quota counted as trying",
        breaks="a run gives up because it has waited for the quota",
        file="ucsync/net/gate.py",
        old="        self._started_s += seconds\n",
        new="        self._started_s += 0 * seconds\n",
        tests=("tests/net/test_budget.py::test_waiting_for_quota_is_neither_an_attempt_nor_time_to_repeat",),
    ),
    Plant(
        name="no pause after a loss",
        breaks="the next request meets one that the server is still at, and is answered 429",
        file="ucsync/net/gate.py",
        old="self._quiet_until_s = self._clock.monotonic() + self._pause_after_loss_s",
        new="self._quiet_until_s = self._clock.monotonic()",
        tests=("tests/net/test_retries.py::test_after_a_lost_answer_the_server_is_given_a_moment",),
    ),
    Plant(
        name="grant not written down",
        breaks="a killed run's requests are spent twice",
        file="ucsync/store/quota_book.py",
        old='page.transaction.put("quota_unanswered", self._application, page.tickets, latest_us)',
        new="assert latest_us",
        tests=("tests/store/test_quota_book.py::test_a_grant_is_on_the_disk_before_its_request_leaves",),
    ),
    Plant(
        name="grant given back after an unknown outcome",
        breaks="a request that the server has counted is spent twice",
        file="ucsync/flow/budget.py",
        old="elif failure.outcome is Outcome.NOT_SENT:",
        new="else:",
        tests=(
            "tests/flow/test_quota_in_virtual_time.py::test_what_never_reached_the_server_costs_nothing_and_what_may_have_counts",
        ),
    ),
    Plant(
        name="clock set back frees quota",
        breaks="more requests leave than the server permits",
        file="ucsync/store/quota_book.py",
        old="own_us += min(max(0, now_us - seen_us), _STEP_US_MAX)",
        new="own_us += min(abs(now_us - seen_us), _STEP_US_MAX)",
        tests=(
            "tests/store/test_quota_book.py::test_a_clock_that_is_set_back_frees_nothing_and_what_passes_from_there_on_counts",
        ),
    ),
    Plant(
        name="one request too many in a window",
        breaks="every full window ends with a 429",
        file="ucsync/plan/quota.py",
        old="return max(1, limit.requests - int(limit.requests * shares[lane]))",
        new="return max(1, limit.requests - int(limit.requests * shares[lane]) + 1)",
        tests=("tests/plan/test_quota.py::test_a_push_may_use_all_and_the_others_leave_their_reserve",),
    ),
    Plant(
        name="journal after sending",
        breaks="a write that was sent before a death is sent again",
        file="ucsync/flow/push/attempt.py",
        old="""    run.journal.intend(number, body, run.now)
    try:
        answer = await stop.unless(writer.send(entry.step.action, oid, body))
""",
        new="""    try:
        answer = await stop.unless(writer.send(entry.step.action, oid, body))
        run.journal.intend(number, body, run.now)
""",
        tests=(
            "tests/flow/push/test_applying_dies.py::test_a_death_between_any_two_things_costs_nothing_but_a_look",
        ),
    ),
    Plant(
        name="lost answer taken for a refusal",
        breaks="a write of unknown outcome is sent again without a look",
        file="ucsync/flow/push/attempt.py",
        old="if failure.outcome is Outcome.NOT_SENT:",
        new="if failure.outcome is not None:",
        tests=(
            "tests/flow/push/test_settling.py::test_an_update_whose_answer_was_lost_is_done_once_however_it_was_lost",
        ),
    ),
    Plant(
        name="read back too early",
        breaks="a request that acts late is sent a second time",
        file="ucsync/flow/push/run.py",
        old="return timedelta(seconds=self.place.push.late_s)",
        new="return timedelta(seconds=0 * self.place.push.late_s)",
        tests=(
            "tests/flow/push/test_settling.py::test_an_update_whose_answer_was_lost_is_done_once_however_it_was_lost",
        ),
    ),
    Plant(
        name="somebody's edit overwritten",
        breaks="what a person has typed since the plan is gone",
        file="ucsync/flow/push/updating.py",
        old="    elif found is Standing.ELSE:\n        others",
        new="    elif found is Standing.THERE:\n        others",
        tests=(
            "tests/flow/push/test_applying.py::test_an_edit_of_the_same_field_is_a_conflict_and_of_another_one_stays",
        ),
    ),
    Plant(
        name="canary not compared",
        breaks="a server that changes more than it was asked to is not noticed",
        file="ucsync/flow/push/updating.py",
        old="beside = unplanned(before, told.record, changes) if canary else []",
        new="beside = []",
        tests=(
            "tests/flow/push/test_canary.py::test_a_server_that_changes_what_was_not_planned_is_stopped_at_the_first_update",
        ),
    ),
)

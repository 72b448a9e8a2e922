"""`ucsync push apply` and `ucsync push retry`: send what a plan shows."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Annotated, Final

import typer

from ucsync.app import read_config
from ucsync.cli.flags import AsJson, ConfigFile, OnQuota, Report
from ucsync.cli.progress import log_to_stderr, shown
from ucsync.cli.push_ends import as_typed, failing, told
from ucsync.cli.push_words import counts_in_words, window_in_words
from ucsync.cli.words import block, counted, instant
from ucsync.flow import Ended
from ucsync.flow.push.push_result import TROUBLES, Problem, PushResult
from ucsync.model import UcsyncError
from ucsync.model.pushes import StepState
from ucsync.pushing import Pusher
from ucsync.run_reports import Reporter

#: A terminal or a mail has room for so many.
PROBLEMS_SHOWN: Final = 20

Confirm = Annotated[
    str | None, typer.Option(metavar="DIGEST", help="That merges or deletions of this plan are meant.")
]
ConfirmMerges = Annotated[str | None, typer.Option(metavar="DIGEST:COUNT", help="And so many merges.")]
ConfirmDeletes = Annotated[str | None, typer.Option(metavar="DIGEST:COUNT", help="And so many deletions.")]
ReadFirst = Annotated[
    bool,
    typer.Option("--read-first", help="Read each customer just before it is written: twice the requests."),
]


def apply(
    plan: Annotated[str, typer.Argument(metavar="PLAN", help="Its file, or the beginning of its id.")],
    confirm: Confirm = None,
    confirm_merges: ConfirmMerges = None,
    confirm_deletes: ConfirmDeletes = None,
    read_first: ReadFirst = False,
    on_quota: OnQuota = None,
    report: Report = None,
    config: ConfigFile = None,
    as_json: AsJson = False,
) -> None:
    """Send what a plan shows and nothing else; the answers go into the lake.

    It may be killed or stopped at any moment: the same command goes on, and nothing is sent twice. Where
    somebody else has changed the same field since the plan, the step waits for a person. Exit code 3: some
    steps were refused or are in conflict; 4: halted, or a confirmation is missing; 76: paused.

    Example:  ucsync push apply 20261122T143000Z-9f3c21aa
    """
    log_to_stderr()
    tell_of = _reporting(config, plan, "push apply", report, as_json=as_json)

    def work() -> PushResult:
        with shown() as watch:
            return Pusher(config, on_quota=on_quota, watch=watch).apply(
                plan, confirm=confirm, confirm_merges=confirm_merges, confirm_deletes=confirm_deletes,
                read_first=read_first,
            )  # fmt: skip

    told(work, partial(_in_words, config), as_json=as_json, tell_of=tell_of)


def retry(
    run: Annotated[str, typer.Argument(metavar="RUN", help="The beginning of a push's id.")],
    confirm: Confirm = None,
    confirm_merges: ConfirmMerges = None,
    confirm_deletes: ConfirmDeletes = None,
    read_first: ReadFirst = False,
    on_quota: OnQuota = None,
    report: Report = None,
    config: ConfigFile = None,
    as_json: AsJson = False,
) -> None:
    """Send again what failed for a passing reason; what was refused for good is reported again.

    Example:  ucsync push retry 20261122T143000Z-9f3c21aa
    """
    log_to_stderr()
    tell_of = _reporting(config, run, "push retry", report, as_json=as_json)

    def work() -> PushResult:
        with shown() as watch:
            return Pusher(config, on_quota=on_quota, watch=watch).retry(
                run, confirm=confirm, confirm_merges=confirm_merges, confirm_deletes=confirm_deletes,
                read_first=read_first,
            )  # fmt: skip

    told(work, partial(_in_words, config), as_json=as_json, tell_of=tell_of)


def _reporting(
    config: Path | None, plan: str, verb: str, where: Path | None, *, as_json: bool
) -> Callable[[PushResult | UcsyncError], Sequence[UcsyncError]]:
    """What writes the page of a push, if one is wanted; what is wrong with that is said before it begins."""
    if where is None:
        return lambda outcome: ()
    with failing(as_json=as_json):
        merchant = Pusher(config).merchant_of(plan)
        reporter = Reporter(read_config(config), [merchant], verb, where)

    def tell_of(outcome: PushResult | UcsyncError) -> Sequence[UcsyncError]:
        result, failure = (None, outcome) if isinstance(outcome, UcsyncError) else (outcome, None)
        return reporter.tell([Ended(merchant, result, failure)])

    return tell_of


def _in_words(config: Path | None, result: PushResult) -> str:
    """What came of it, for people; without anybody's data."""
    place = as_typed(result.push, None, config)
    lines = [f"{result.merchant}: push {result.push} {_ending(result)}"]
    lines += block("steps", counts_in_words(result.counts))
    lines += [
        line for problem in result.problems[:PROBLEMS_SHOWN] for line in block("problem", [_problem(problem)])
    ]
    if (more := len(result.problems) - PROBLEMS_SHOWN) > 0:
        lines += block("", [f"and {more:,} more; `ucsync push show {place}` has them all"])
    lines += block("requests", [f"{result.requests:,}"])
    if result.window_s is not None:
        lines += block("window", [window_in_words(result.window_s)])
    if result.snapshot:
        lines += block("snapshot", [result.snapshot])
    lines += block("took", [f"{result.seconds:.1f} s"])
    lines += [line for note in result.notes for line in block("note", [note])]
    return "\n".join(lines + block("next", _next(result, place)))


def _ending(result: PushResult) -> str:
    if result.halted is not None:
        return f"HALTED: {result.halted}"
    if result.paused_until is not None:
        return f"is paused; it can go on at {instant(result.paused_until)}"
    left = sum(result.counts.get(state, 0) for state in (StepState.WAITING, StepState.SENT))
    return f"is not done: {counted(left, 'step')} left" if left else "is done"


def _problem(problem: Problem) -> str:
    rows = f"row{'s' if len(problem.rows) != 1 else ''} {', '.join(map(str, problem.rows))}: "
    whom = "" if problem.oid is None else f"customer {problem.oid}, "
    return f"{rows if problem.rows else ''}{whom}{problem.state.value}: {problem.reason}"


def _next(result: PushResult, place: str) -> list[str]:
    if result.halted is not None:
        return [f"ucsync push undo {place}    or make a new plan"]
    steps = []
    if any(result.counts.get(state, 0) for state in (StepState.WAITING, StepState.SENT)):
        steps.append(f"ucsync push apply {place}    goes on")
    if result.transient:
        steps.append(f"ucsync push retry {place}    sends again what failed for a passing reason")
    if any(result.counts.get(state, 0) for state in TROUBLES):
        steps.append(f"ucsync push show {place}    tells which and why")
    return steps

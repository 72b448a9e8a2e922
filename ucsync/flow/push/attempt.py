"""One request that changes something: journaled, sent, and its failure put where it belongs."""

from collections.abc import Mapping
from typing import Any

from ucsync.flow.push.run import Run
from ucsync.model import (
    ApplicationDisabled,
    BadRequest,
    InvalidRequest,
    NotFound,
    Outcome,
    QuotaSpent,
    RateLimited,
    StorageFailed,
    Unauthorised,
)
from ucsync.model.errors import CallFailed
from ucsync.model.pushes import StepState
from ucsync.store.journal import JournalStep
from ucsync.ultracart import Answer


async def attempt(run: Run, entry: JournalStep, oid: int | None, body: Mapping[str, Any]) -> Answer | None:
    """Journal the intent, then send it (design §6.8).

    Args:
        run: of the push.
        entry: a step that waits.
        oid: whom; None for an insert.
        body: what to send.

    Returns:
        The answer, to be settled by the caller; or None, when the step was refused or is in doubt, which
        the journal knows by then.

    Raises:
        NotFound: there is no such customer; the step is to be settled by the caller.
        Stopped: the run was asked to stop; given up on the way, the step stays in doubt.
        CallFailed, QuotaSpent, StorageFailed: nothing was sent, the step waits again, and the run ends;
            or many requests in a row came to nothing.
    """
    number, writer, stop = entry.step.number, run.place.writer, run.place.stop
    stop.check()
    # From here to the request nothing is awaited, so being asked to stop cannot come between.
    run.journal.intend(number, body, run.now)
    try:
        answer = await stop.unless(writer.send(entry.step.action, oid, body))
    except NotFound:
        raise
    except BadRequest as refusal:
        run.answered()
        run.settle(entry, StepState.REFUSED, str(refusal))
    except InvalidRequest as fault:
        if any(where == "client" for where, _ in fault.faults):  # it was closed meanwhile
            run.journal.take_back(number)
            raise
        run.settle(entry, StepState.REFUSED, str(fault))
    except (RateLimited, Unauthorised, ApplicationDisabled, QuotaSpent, StorageFailed):
        run.journal.take_back(number)
        raise
    except CallFailed as failure:
        if failure.outcome is Outcome.NOT_SENT:
            run.journal.take_back(number)
            raise
        run.lose(entry, failure)
    else:
        run.answered()
        return answer
    return None

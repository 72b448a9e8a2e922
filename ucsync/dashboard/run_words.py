"""What is said of a run at the head of its page: how it ended, and what is to be done about it."""

from collections.abc import Iterator, Mapping
from typing import Final

from ucsync.model import Proof, Receipt, ScanKind
from ucsync.model.runs import PushFigures, Run, RunReport

#: Verbs of the list of runs as people read them.
_KINDS: Final[Mapping[str, str]] = {
    "sync": "What a sync has come to",
    "reconcile": "What reconciling has come to",
    "backfill": "What a backfill has come to",
    "push plan": "What planning a push has come to",
    "push undo": "What planning to take a push back has come to",
}

SCAN_WORDS: Final[Mapping[ScanKind, str]] = {
    ScanKind.FULL: "full scan",
    ScanKind.INCREMENTAL: "incremental scan",
    ScanKind.RECONCILE: "reconciling",
    ScanKind.WINDOW: "window of a backfill",
    ScanKind.PUSH: "answers to a push",
}

# By exit code: how grave it is, and in a few words.
_ENDINGS: Final[Mapping[int, tuple[str, str]]] = {
    0: ("fine", "Done"),
    1: ("stop", "It failed: a bug of ucsync"),
    2: ("stop", "It was refused: wrong usage, or UltraCart refused the input"),
    3: ("warn", "Done, but this wants looking at"),
    4: ("stop", "A guard stopped it: a person must decide"),
    65: ("stop", "A file that was handed in cannot be used"),
    69: ("stop", "The server was out of reach, or did not get well"),
    74: ("stop", "The disk is full or failing, or a file is damaged"),
    75: ("warn", "Another run was at it; no request was sent"),
    76: ("warn", "Paused: it can be gone on with"),
    77: ("stop", "The key was refused, or the application is disabled"),
    78: ("stop", "The configuration cannot be used"),
    130: ("warn", "It was stopped, as asked"),
    143: ("warn", "It was stopped, as asked"),
}
_MENDS: Final[Mapping[int, str]] = {
    1: "report it; the log of the run has where it happened",
    4: "see whether that is meant; the command itself says with which option it goes on then",
    69: "run it again later; `ucsync doctor` tells whether the server answers",
    74: "make room, or see what `ucsync doctor` and `ucsync snapshots verify` find",
    75: "wait until the other run has ended",
    76: "run it again when there is quota",
    77: "check the key, and in UltraCart's back office what it may do and from which addresses",
    78: "`ucsync doctor` names every fault",
    130: "run it again to go on",
    143: "run it again to go on",
}
_FAILED: Final = ("stop", "It failed")
_HALTS: Final[Mapping[str, str]] = {
    "canary": "one of the first customers was not, after the update, what the plan had shown",
    "merge": "a survivor lacked something after a merge",
    "trouble": "too many steps were refused or in conflict",
}
_TROUBLES: Final[Mapping[str, str]] = {
    "conflict": "in conflict: somebody else has changed the same field since the plan",
    "refused": "refused by the server",
    "diverged": "neither as before nor as asked for",
    "sent": "of unknown outcome; the next run reads back first",
    "waiting": "still to be sent",
    "dropped": "dropped: superseded, or what they rest on did not land",
}


def kind_of(report: RunReport) -> str:
    """What the page is, in a few words."""
    if report.push is not None:
        return "What a push has come to"
    if report.run is None:
        return "How a snapshot came to be"
    return _KINDS.get(report.run.kind, f"What ucsync {report.run.kind} has come to")


def ending(report: RunReport) -> tuple[str, str, list[str]]:
    """How it ended: how grave that is (`fine`, `warn`, `stop`), in a few words, and what there is to say."""
    run = report.run
    if run is not None and run.ended is None:
        return _without_end(report)
    code = report.exit_code
    grave, title = _FAILED if code is None else _ENDINGS.get(code, _FAILED)
    if report.push is not None and report.push.halted_by is not None:
        grave, title = "stop", "Halted: nothing more of this push is sent"
    return grave, title, list(_points(report, code))


def when(report: RunReport) -> str | None:
    """When it was, and for how long."""
    run, told = report.run, report.told
    if run is not None:
        took = "" if run.ended is None else f", took {lasting((run.ended - run.started).total_seconds())}"
        number = f"Run {run.number}" if run.number else "A run that did not get as far as its first request"
        return f"{number}, begun {run.started:%Y-%m-%d %H:%M:%S} UTC{took}."
    if report.push is not None:
        return f"Begun {report.push.begun_at:%Y-%m-%d %H:%M:%S} UTC."
    return None if told is None else f"Complete {told.finished_at:%Y-%m-%d %H:%M:%S} UTC."


def lasting(seconds: float) -> str:
    """So long, in the unit that fits."""
    if seconds < 90:
        return f"{max(0.0, seconds):.3g} s"
    if seconds < 90 * 60:
        return f"{seconds / 60:.0f} min"
    hours = seconds / 3600
    return f"{hours:.1f} h" if hours < 48 else f"{hours / 24:.1f} days"


def ended_as(run: Run) -> tuple[str, str]:
    """How a run of a list ended: how grave that is, and its exit code in a word or two."""
    if run.exit_code is None:
        return "warn", "no end"
    return _ENDINGS.get(run.exit_code, _FAILED)[0], f"exit code {run.exit_code}"


def _without_end(report: RunReport) -> tuple[str, str, list[str]]:
    if report.is_over:
        told = ["It was killed, or the machine went down. Nothing is lost: the next run went on from there."]
        return "warn", "It has no end", told
    told = ["Nothing is noted of its end yet. If it was killed, the same command goes on where it was."]
    return "warn", "Under way, or killed", told + list(_kept(report))


def _points(report: RunReport, code: int | None) -> Iterator[str]:
    run, push = report.run, report.push
    if code not in (0, 3) and run is not None and run.result and push is None:
        yield _sentence(run.result)
    if report.push is None and code in (0, 3) and report.is_new:
        yield from _proof(report)
    if push is not None:
        yield from _of_push(push)
    elif code == 3:
        yield from (_sentence(doubt) for doubt in report.doubts)
    if push is None and report.told is not None and report.is_new:
        yield from _forgotten(report.told)
    if code not in (0, 3) and push is None:
        yield from _kept(report)
        if (mend := _MENDS.get(code or 0)) is not None:
            yield _sentence(f"what can be done: {mend}")
    yield from (_sentence(note) for note in report.notes)


def _proof(report: RunReport) -> Iterator[str]:
    told = report.told
    if told is None or told.kind is ScanKind.PUSH:
        return
    if told.proof is Proof.PROVEN:
        yield (
            "Proven: every page joined the one before, the end was reached, and the counts agree. Whoever "
            "was there during the whole scan is in the snapshot, once."
        )
    elif told.sound_so_far and told.backfill is not None:
        yield _sentence(f"in order so far: {told.backfill.lacks}")


def _forgotten(told: Receipt) -> Iterator[str]:
    if told.suppressed:
        who = "One who was" if told.suppressed == 1 else f"{told.suppressed:,} who were"
        yield f"{who} read had been forgotten, and so left out."
    if told.rewritten is not None:
        yield "People were forgotten since it was published: what is told here is without them."


def _of_push(push: PushFigures) -> Iterator[str]:
    if push.halted_by is not None:
        yield _sentence(f"why: {_HALTS.get(push.halted_by, 'what came of a step was not as planned')}")
    for state, words in _TROUBLES.items():
        if count := push.count(state):
            told = "not sent" if state == "waiting" and push.halted_by is not None else words
            yield f"{count:,} step{' is' if count == 1 else 's are'} {told}."
    if not any(push.count(state) for state in _TROUBLES):
        yield "Every step is as it was asked for."
    if push.next is not None:
        yield _sentence(f"what can be done: {push.next}")


def _kept(report: RunReport) -> Iterator[str]:
    if report.kept_pages:
        pages = f"{report.kept_pages:,} page{' is' if report.kept_pages == 1 else 's are'}"
        yield f"{pages} kept; the next run goes on with them and asks for none of them again."


def _sentence(text: str) -> str:
    """With a capital and a full stop; a page shows no marks of a terminal's."""
    text = text.replace("`", "")
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "?", "!")) else ".")

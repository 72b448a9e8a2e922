"""Plans with people in them, and what was rejected beside them: they are removed, to be made again.

A plan cannot lose steps and stay what a person has seen and confirmed; and one that was begun is known by
its digest. Its journal has all that is needed to go on with it.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from ucsync.model import InputUnusable
from ucsync.model.pushes import Step
from ucsync.store.files import Files, storage
from ucsync.store.forgetting.people import People
from ucsync.store.forgetting.tables import texts_held, texts_of_step
from ucsync.store.plan_files import PlanFile, read_plan

_PLAN: Final = ".plan"


def texts_planned(folder: Path, people: People) -> Iterator[str]:
    """The texts in plans about people. Raises StorageFailed."""
    for path in _plans(folder):
        plan = _read(path)
        if plan is not None:
            for step in plan.steps():
                yield from texts_of_step(step) if _is_step(step, people) else ()
            for queued in plan.queued():
                if people.are(queued.oid):
                    yield from texts_held((queued.change.before, queued.change.after))


def erase_planned(files: Files, folder: Path, people: People) -> list[str]:
    """Remove every plan that is about people, with what lies beside it.

    What a death leaves is there as a whole or gone: a plan goes after what belongs to it.

    Returns:
        The names of the plans.

    Raises:
        StorageFailed: the disk refuses.
    """
    names = []
    with storage("removing plans"):
        gone = {path.stem for path in _plans(folder) if is_plan_about(path, people)}
        for path in sorted(folder.iterdir(), key=lambda path: path.suffix == _PLAN) if gone else ():
            if path.name.lstrip(".").split(".")[0] in gone:
                files.remove(path)
                names += [path.stem] if path.suffix == _PLAN else []
        for path in sorted(folder.iterdir()) if folder.is_dir() else ():
            if path.suffix != _PLAN and path.is_file() and people.told_in(_text(path)):
                files.remove(path)  # its plan is gone, and was not removed by us
                names.append(path.name)
        if names:
            files.sync_folder(folder)
    return names


def _plans(folder: Path) -> list[Path]:
    with storage("looking for plans"):
        return sorted(folder.glob(f"*{_PLAN}")) if folder.is_dir() else []


def is_plan_about(path: Path, people: People) -> bool:
    """Whether a plan is about people; one that cannot be read any more is when one of their addresses or oids
    is in it. Raises OSError."""
    plan = _read(path)
    if plan is not None:
        return _is_about(plan, people)
    text = _text(path)
    return people.told_in(text) or any(str(oid) in text for oid in people.oids)


def _is_about(plan: PlanFile, people: People) -> bool:
    if any(_is_step(step, people) for step in plan.steps()):
        return True
    if any(people.are(queued.oid) for queued in plan.queued()):
        return True
    rejected = (
        people.are(None, one.key) or (one.key.isdecimal() and people.are(int(one.key)))
        for one in plan.rejected()
    )
    return any(rejected) or people.told_in(_text(plan.path))


def _is_step(step: Step, people: People) -> bool:
    return people.are(step.oid) or people.are(step.absorbed) or people.are(None, step.email)


def _read(path: Path) -> PlanFile | None:
    try:
        plan = read_plan(path)
        for _ in plan.steps():
            pass
    except InputUnusable:
        return None
    return plan


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace")

"""The file of what cannot be sent, for whoever mends the change set."""

import csv
import io
from pathlib import Path
from typing import Final

from ucsync.model.harmless import harmless
from ucsync.store.files import Files, storage
from ucsync.store.plan_files import PlanFile

HEADER: Final = ("row", "key", "column", "problem")


def rejects_path(plan: PlanFile) -> Path:
    """Beside the plan, under its name."""
    return plan.path.with_name(f"{plan.path.stem}.rejects.csv")


def write_rejects(files: Files, plan: PlanFile) -> Path | None:
    """One line for each problem, as CSV that a spreadsheet opens without harm, for its owner only.

    Args:
        files: the file system.
        plan: what it belongs to; what is there under that name belongs to no plan any more, and goes.

    Returns:
        The file, None when there is no problem.

    Raises:
        StorageFailed: the disk refuses.
    """
    path = rejects_path(plan)
    building = path.with_name(f".{path.name}.building")
    with storage("writing the rejects"):
        files.remove(path)
        if not plan.header.rejected:
            return None
        files.remove(building)
        with files.create(building) as file:
            files.write(file, _line(HEADER))
            for one in plan.rejected():
                files.write(file, _line((str(one.row), one.key, one.column or "", one.problem)))
            files.sync(file)
        files.rename(building, path)
        files.sync_folder(path.parent)
    return path


def _line(cells: tuple[str, ...]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerow([harmless(cell) for cell in cells])
    return text.getvalue().encode()

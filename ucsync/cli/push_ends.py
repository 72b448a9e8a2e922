"""Run a command of `ucsync push` to its end: what came of it on stdout, and its exit code."""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from shlex import quote
from typing import Annotated, Protocol, TypeVar

import typer

from ucsync.cli.words import tell
from ucsync.flow import in_full, worst
from ucsync.model import UcsyncError

AcceptChanges = Annotated[
    int | None,
    typer.Option(metavar="N", min=0, help="So many customers may change, whatever the limits say."),
]
AcceptCleared = Annotated[
    int | None, typer.Option(metavar="N", min=0, help="So many fields may become empty.")
]
AcceptDeletes = Annotated[
    int | None, typer.Option(metavar="N", min=0, help="So many customers may be deleted.")
]
NoRefresh = Annotated[
    bool, typer.Option("--no-refresh", help="Plan against the lake as it is, without a request.")
]
Out = Annotated[Path | None, typer.Option(help="The plan's file, or a folder for it; else beside the state.")]
Html = Annotated[Path | None, typer.Option(help="Write it as a page for a browser, too; a new file.")]
Table = Annotated[Path | None, typer.Option("--csv", help="Write it as CSV, too; a new file.")]


class Told(Protocol):
    """What a verb came to."""

    @property
    def exit_code(self) -> int: ...
    def document(self) -> dict[str, object]: ...


R = TypeVar("R", bound=Told)


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What a verb came to as JSON, and what went wrong besides."""

    told: dict[str, object]
    besides: Sequence[UcsyncError]
    code: int

    def document(self) -> dict[str, object]:
        if not self.besides:
            return self.told
        return {**self.told, "besides": list(map(in_full, self.besides)), "exit_code": self.code}


def told(
    work: Callable[[], R],
    in_words: Callable[[R], str],
    *,
    as_json: bool,
    tell_of: Callable[[R | UcsyncError], Sequence[UcsyncError]] = lambda outcome: (),
) -> None:
    """Do it, print what came of it, and leave with its exit code.

    Args:
        work: what to do; what it raises is shown as JSON, too, and raised again.
        in_words: renders the result for people.
        tell_of: is given the result, or what was raised, before anything is printed; what goes wrong with
            it is printed, too.
    """
    with failing(as_json=as_json):
        try:
            result = work()
        except UcsyncError as failure:
            _print(tell_of(failure))
            raise
    besides = tell_of(result)
    _print(besides)
    code = worst([result.exit_code, *(failure.exit_code for failure in besides)])
    tell([_Outcome(result.document(), besides, code)], [code], lambda _: in_words(result), as_json=as_json)


@contextmanager
def failing(*, as_json: bool) -> Iterator[None]:
    """What is raised within is shown as JSON, too, if that is wanted, and raised again."""
    try:
        yield
    except UcsyncError as failure:
        if as_json:
            typer.echo(json.dumps({"error": in_full(failure), "exit_code": failure.exit_code}))
        raise


def _print(failures: Sequence[UcsyncError]) -> None:
    for failure in failures:
        typer.echo(f"ucsync: {in_full(failure)}", err=True)


def as_typed(plan_id: str, path: Path | None, config: Path | None) -> str:
    """How a plan is named in the next command: by its id where that is enough."""
    place = plan_id if path is None else quote(str(path))
    return place + ("" if config is None else f" --config {quote(str(config))}")

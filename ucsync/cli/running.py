"""Say how a verb ended, for each merchant, and leave with the exit code of all."""

import json
from collections.abc import Callable, Sequence
from typing import Any

import typer

from ucsync.flow import Ended, in_full, worst, worst_exit_code
from ucsync.model import UcsyncError


def finish(
    ended: Sequence[Ended[Any]],
    in_words: Callable[[Any], str],
    *,
    as_json: bool,
    besides: Sequence[UcsyncError] = (),
) -> None:
    """Print what came of it and leave with its exit code.

    Args:
        ended: of each merchant; with one, JSON is its object, with several a list in `results`.
        in_words: renders a result for people.
        besides: what went wrong afterwards, and is nothing of the runs themselves.
    """
    code = worst([worst_exit_code(ended), *(failure.exit_code for failure in besides)])
    if as_json:
        told = [one.document() for one in ended]
        whole: dict[str, object] = told[0] if len(told) == 1 else {"results": told}
        failed = {"besides": [in_full(failure) for failure in besides], "exit_code": code} if besides else {}
        typer.echo(json.dumps({**whole, **failed}))
    for one in ended:
        if one.failure is not None:
            why = in_full(one.failure).removeprefix(f"{one.merchant}: ")  # some name it already
            typer.echo(f"ucsync: {one.merchant}: {why}", err=True)
        elif not as_json:
            typer.echo(in_words(one.result))
    for failure in besides:
        typer.echo(f"ucsync: {in_full(failure)}", err=True)
    raise typer.Exit(code)

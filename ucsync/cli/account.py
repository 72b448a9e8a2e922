"""`ucsync account`: what UltraCart's MyAccount API shows a customer, as an archive of files."""

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)

from ucsync.accounts import (
    PASSWORDS_FROM,
    AccountWishes,
    CheckedArchive,
    ExportedAccount,
    Watch,
    check_archive_at,
    export_account_of,
    password_of,
)
from ucsync.app import read_config, system_clock
from ucsync.cli.flags import AsJson, ConfigFile
from ucsync.cli.progress import LINE_EVERY_S, log_to_stderr
from ucsync.cli.words import block, columns, counted, instant, size, tell
from ucsync.model import Misused, Secret, Stopped
from ucsync.model.accounts import AccountExport

_log = logging.getLogger("ucsync.run")

#: What a person gives for "read it from stdin".
STDIN: Final = "-"
#: Of what could not be read so many are named; the manifest has all.
UNREADABLE_SHOWN: Final = 20
_LINE_MAX: Final = 65_536

account = typer.Typer(
    help="A customer's own account: exported by MyAccount, and checked.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@account.command("export")
def export(
    email: Annotated[
        str, typer.Option(metavar="ADDRESS", help="Of the customer's account; - reads it from stdin.")
    ],
    out: Annotated[
        Path, typer.Option(metavar="DIR", help="The folder of the archive; made if it is not there.")
    ],
    merchant: Annotated[str | None, typer.Argument(help="Not needed when there is one.")] = None,
    password_file: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="The password: in a file that only you can read; - for stdin."),
    ] = None,
    password_credential: Annotated[
        str | None, typer.Option(metavar="NAME", help="Or in a systemd credential.")
    ] = None,
    password_env: Annotated[
        str | None, typer.Option(metavar="VAR", help="Or in an environment variable; else it is asked for.")
    ] = None,
    every_order: Annotated[
        bool, typer.Option("--every-order", help="Ask each order for tracking and case, whatever it says.")
    ] = False,
    into_lake: Annotated[
        bool, typer.Option("--into-lake", help="Publish orders and cases for `ucsync sql`, too.")
    ] = False,
    zipped: Annotated[bool, typer.Option("--zip", help="Pack the archive as DIR.zip, too.")] = False,
    force: Annotated[
        bool,
        typer.Option(
            "--force", help="Replace a finished archive and its zip file, or an old unfinished one."
        ),
    ] = False,
    config: ConfigFile = None,
    as_json: AsJson = False,
) -> None:
    """Export everything that UltraCart shows a customer of their own account: an archive of files.

    It holds every answer as received, tables in Parquet, a page to read, and a manifest that proves what is
    complete. It may be killed at any moment: within a day the same goes on where it was. Exit code 3: done,
    but a list is not proven or something cannot be read; 4: a finished archive is there; 77: address and
    password do not fit, or were refused three times within the hour.

    Example:  ucsync account export shop --email - --password-file jo.password --out jo
    """
    sources = {"file": password_file, "credential": password_credential, "env": password_env}
    given = {kind: place for kind, place in sources.items() if place is not None}
    if len(given) > 1:
        raise typer.BadParameter("give one place of the password", param_hint="--password-…")
    found = read_config(config)
    name = found.merchant(merchant).name
    address = (_line("the address") if email == STDIN else email).strip()
    wishes = AccountWishes(
        email=address, password=_password(given), out=out, every_order=every_order, into_lake=into_lake,
        zipped=zipped, force=force,
    )  # fmt: skip
    log_to_stderr()
    with _shown(name) as watch:
        result = export_account_of(found, name, wishes, watch=watch)
    tell([result], [result.exit_code], in_words, as_json=as_json)


@account.command("check")
def check(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Of a finished archive.")],
    as_json: AsJson = False,
) -> None:
    """Compare a finished archive with its manifest: every file's bytes, every table's rows.

    Needs no configuration and sends nothing. Exit code 74: something is not as it was written.

    Example:  ucsync account check jo
    """
    checked = check_archive_at(folder)
    tell([checked], [checked.exit_code], _check_in_words, as_json=as_json)


def _password(given: dict[str, str]) -> Secret:
    """From its place, or typed by somebody without being seen."""
    for kind, place in given.items():
        if kind != "file" or place != STDIN:
            return password_of(kind, place)
        if not sys.stdin.isatty():  # who sits at one is asked, and not overheard
            return Secret(_line("the password"))
    if not sys.stdin.isatty():
        ways = ", ".join(f"--password-{kind}" for kind in PASSWORDS_FROM)
        raise Misused(f"there is no terminal to ask for the password; say where it is: {ways}")
    return Secret(_typed("password", hidden=True))


def _typed(what: str, *, hidden: bool = False) -> str:
    try:
        return str(typer.prompt(what, hide_input=hidden, err=True))
    except typer.Abort:  # Ctrl-C, Ctrl-D
        typer.echo(err=True)
        raise Stopped(f"stopped before the {what} was given; nothing was sent") from None


def _line(what: str) -> str:
    """The next of stdin, without its end; somebody at a terminal is asked for it."""
    if sys.stdin.isatty():
        return _typed(what.removeprefix("the "))
    try:
        line = sys.stdin.readline(_LINE_MAX).removesuffix("\n").removesuffix("\r")
    except UnicodeDecodeError:
        raise Misused(f"stdin has {what} in bytes that are not UTF-8") from None
    if not line:
        raise Misused(f"stdin does not say {what}")
    return line


@contextmanager
def _shown(merchant: str) -> Iterator[Watch]:
    """A bar for each list on a terminal; else a line of the log now and then."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield _Lines(merchant).watch
        return
    shown = (
        SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(),
        TimeElapsedColumn(),
    )  # fmt: skip
    with Progress(*shown, console=console) as progress:
        tasks: dict[str, TaskID] = {}

        def watch(name: str, done: int, total: int | None) -> None:
            if name not in tasks:
                tasks[name] = progress.add_task(name, total=None)
            progress.update(tasks[name], completed=done, total=total)

        yield watch


class _Lines:
    """The log of one export."""

    def __init__(self, merchant: str) -> None:
        self._merchant = merchant
        self._clock = system_clock()
        self._next_s = float("-inf")

    def watch(self, name: str, done: int, total: int | None) -> None:
        now_s = self._clock.monotonic()
        if now_s >= self._next_s:
            self._next_s = now_s + LINE_EVERY_S
            facts = {"merchant": self._merchant, "list": name, "done": done, "total": total}
            _log.info("exporting", extra={"facts": facts})


def in_words(result: ExportedAccount) -> str:
    """What is in an archive, for people; without anybody's data but the oid."""
    before = ", exported before; no request was sent" if result.was_complete else ""
    lines = _account_in_words(result.account, before)
    if result.zip is not None:
        lines += block("zip", [str(result.zip)])
    if result.published is not None:
        lines += block("lake", [str(result.published)])
    return "\n".join(lines)


def _account_in_words(told: AccountExport, how: str) -> list[str]:
    rows = [
        (one.name, counted(one.rows, "row"), "proven" if one.proven else f"not proven: {one.reason}")
        for one in told.lists
    ]
    lines = [f"{told.merchant}: account of customer {told.customer_profile_oid}{how}"]
    lines += block("lists", columns(rows, (False, True, False)))
    unread = [f"{one.what}: {one.why}" for one in told.unreadable[:UNREADABLE_SHOWN]]
    if len(told.unreadable) > len(unread):
        unread.append(f"and {len(told.unreadable) - len(unread):,} more; the manifest names all of them")
    lines += block("unreadable", unread) if unread else []
    if told.masked:
        lines += block("masked", [f"{counted(told.masked, 'place')}, named in the manifest"])
    written = sum(file.bytes for file in told.files)
    lines += block("requests", [f"{told.requests:,}"])
    return lines + block("archive", [f"{told.out}: {counted(len(told.files), 'file')}, {size(written)}"])


def _check_in_words(checked: CheckedArchive) -> str:
    if checked.account is not None:
        at = instant(checked.account.finished_at)
        return "\n".join(_account_in_words(checked.account, f", of {at}: every file is as it was written"))
    return "\n".join([f"{checked.out}: not as it should be", *(f"  {fault}" for fault in checked.faults)])

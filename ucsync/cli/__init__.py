"""The command line: one file a command; parse, call, render.

Owns flags and words for people. Never decides anything. Data goes to stdout, talk to stderr; the exit
codes are those of the README.
"""

import io
import sys
import traceback
from importlib.metadata import version
from typing import Annotated

import typer

from ucsync.app import prepare_process
from ucsync.cli.account import account
from ucsync.cli.backfill import backfill
from ucsync.cli.dashboard import dashboard
from ucsync.cli.demo import demo
from ucsync.cli.doctor import doctor
from ucsync.cli.export import export
from ucsync.cli.forget import forget
from ucsync.cli.init import init
from ucsync.cli.plan import plan
from ucsync.cli.push import push
from ucsync.cli.reconcile import reconcile
from ucsync.cli.report import report
from ucsync.cli.sandbox import sandbox
from ucsync.cli.snapshots import snapshots
from ucsync.cli.sql import sql
from ucsync.cli.status import status
from ucsync.cli.sync import sync
from ucsync.cli.warehouse import warehouse
from ucsync.model import StorageFailed, UcsyncError

__all__ = ["main"]

application = typer.Typer(
    help="The customers of an UltraCart merchant, read in bulk and written back with care.",
    no_args_is_help=True,
    add_completion=False,
    # typer's own rendering would print local variables, and with them keys and customers
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
for command in (backfill, demo, doctor, export, forget, init, reconcile, report, sandbox, sql, status, sync):
    application.command()(command)
for name, group in {
    "account": account,
    "dashboard": dashboard,
    "plan": plan,
    "push": push,
    "snapshots": snapshots,
    "warehouse": warehouse,
}.items():
    application.add_typer(group, name=name)


def _show_version(asked: bool) -> None:
    if asked:
        typer.echo(f"ucsync {version('ucsync')}")
        raise typer.Exit


@application.callback()
def _options(
    _version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """The customers of an UltraCart merchant, read in bulk and written back with care."""


def main() -> None:
    """Run the command; an error of ours becomes one clear message and its exit code."""
    prepare_process()
    try:
        try:
            application()
        finally:
            sys.stdout.flush()
    except OSError as fault:  # of stdout; whatever else fails on a disk is told where it happens
        sys.stdout = io.StringIO()  # what waits there would fail again at the end of the process
        typer.echo(f"ucsync: writing to stdout: {fault.strerror}", err=True)
        sys.exit(StorageFailed.exit_code)
    except UcsyncError as failure:
        mend = f"; {failure.mend}" if failure.mend else ""
        typer.echo(f"ucsync: {failure}{mend}", err=True)
        sys.exit(failure.exit_code)
    except Exception as bug:  # noqa: BLE001  (the outermost place: what arrives here is a bug of ours)
        where = "".join(traceback.format_tb(bug.__traceback__))
        # the text of a foreign exception may hold anything, a customer included, so it is not shown
        typer.echo(f"ucsync: a bug of ours, {type(bug).__name__}, please report:\n{where}", err=True)
        sys.exit(1)

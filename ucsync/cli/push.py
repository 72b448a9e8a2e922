"""`ucsync push`: CRM changes back into UltraCart."""

from collections.abc import Callable

import typer

from ucsync.cli.push_apply import apply, retry
from ucsync.cli.push_plan import plan, undo
from ucsync.cli.push_show import show, status

push = typer.Typer(
    help="Plan, apply and undo changes that a CRM asks for.", no_args_is_help=True, rich_markup_mode=None
)
_COMMANDS: dict[str, Callable[..., None]] = {
    "plan": plan, "apply": apply, "show": show, "status": status, "retry": retry, "undo": undo,
}  # fmt: skip
for name, command in _COMMANDS.items():
    push.command(name)(command)

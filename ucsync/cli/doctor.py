"""`ucsync doctor`: is everything as it must be, and if not, what to do?"""

import asyncio
from typing import Annotated

import typer

from ucsync.app import read_config
from ucsync.cli.flags import AsJson, ConfigFile
from ucsync.cli.words import columns, tell
from ucsync.flow.checkup import Checkup, Finding
from ucsync.reports import checked_up


def doctor(
    merchant: Annotated[
        str | None, typer.Argument(help="Name of a [merchants.NAME]; not needed when there is one.")
    ] = None,
    config: ConfigFile = None,
    deep: Annotated[
        bool, typer.Option("--deep", help="Compute the hash of every file of the current snapshot.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Check configuration, permissions, lake, locks, quota, key, server and clock; one request.

    Each check is one line, with what to do where it is bad. The exit code is that of the worst.

    Example:  ucsync doctor demo --config ucsync.toml
    """
    found = read_config(config)
    result = asyncio.run(checked_up(found, found.merchant(merchant).name, deep=deep))
    tell([result], [result.exit_code], in_words, as_json=as_json)


def in_words(result: Checkup) -> str:
    """The findings for people."""
    return "\n".join(columns([_row(finding) for finding in result.findings], (False, False, False)))


def _row(finding: Finding) -> tuple[str, ...]:
    mend = f"; {finding.mend}" if finding.mend else ""
    return ("bad" if finding.exit_code else "good", finding.check, f"{finding.text}{mend}")

"""Flags that several commands take, each written once."""

from pathlib import Path
from typing import Annotated, Literal

import typer

Merchants = Annotated[
    list[str] | None, typer.Argument(help="Names of [merchants.NAME]; all when none is given.")
]
ConfigFile = Annotated[
    Path | None, typer.Option("--config", help="The file; else ./ucsync.toml, else $UCSYNC_CONFIG.")
]
AcceptDeletes = Annotated[
    int | None, typer.Option(metavar="N", min=0, help="So many customers may vanish from the lake.")
]
OnQuota = Annotated[
    Literal["wait", "stop"] | None, typer.Option(help="When the quota is spent; else as configured.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]

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
WarehouseTier = Annotated[
    Literal["standard", "medium", "high"] | None,
    typer.Option(
        "--tier", help="How much it shows: no personal data, personal data, tax ids too; else as configured."
    ),
]
Report = Annotated[
    Path | None,
    typer.Option("--report", metavar="FILE", help="Write a page of it there, or into that folder, too."),
]

#: Of a backfill:
By = Annotated[
    Literal["oid", "modified", "signup"] | None,
    typer.Option(help="What windows are cut by: oids, or dates of change or sign-up; else oids."),
]
Since = Annotated[
    str | None, typer.Option("--from", metavar="DATE|OID", help="Only from here on; else from the oldest.")
]
Before = Annotated[
    str | None, typer.Option("--to", metavar="DATE|OID", help="Only up to here, itself not included.")
]
OldestFirst = Annotated[bool, typer.Option("--oldest-first", help="Else the newest windows come first.")]
Budget = Annotated[
    str | None, typer.Option(metavar="N/day|N/hour", help="No more requests than so many, beside the limits.")
]
WindowPages = Annotated[
    int, typer.Option("--window-pages", metavar="N", min=1, max=10_000, help="About so many pages a window.")
]

"""`ucsync snapshots`: what is in the lake, and whether it is sound."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Literal

import typer

from ucsync.app import read_config, run_until_stopped
from ucsync.cli.words import block, columns, counted, duration, instant, size, tell
from ucsync.flow import Stop
from ucsync.flow.sampling import SampleResult
from ucsync.flow.snapshots import Listed, SnapshotList, Verification, receipt_document
from ucsync.model import Backfill, Receipt, ScanKind
from ucsync.reports import (
    EXPORTS,
    exported,
    merchant_and_snapshot,
    pruned,
    receipt_named,
    sampled,
    snapshots_of,
    verified,
)

ConfigOption = Annotated[Path | None, typer.Option(help="The file; else ./ucsync.toml, else $UCSYNC_CONFIG.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
MerchantArgument = Annotated[
    str | None, typer.Argument(help="Name of a [merchants.NAME]; not needed when there is one.")
]
NamesArgument = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[MERCHANT] [SNAPSHOT]",
        help="The merchant, not needed when there is one; and the beginning of an id, else the current one.",
    ),
]


def list_(
    merchant: MerchantArgument = None, config: ConfigOption = None, as_json: JsonOption = False
) -> None:
    """List the snapshots of a merchant, oldest first.

    A size counts every file; a part that did not change is shared with the snapshot before.

    Example:  ucsync snapshots list shop
    """
    found = read_config(config)
    result = snapshots_of(found, found.merchant(merchant).name)
    tell([result], [result.exit_code], _list_in_words, as_json=as_json)


def show(names: NamesArgument = None, config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """Show the receipt of a snapshot; with --json the receipt itself.

    Example:  ucsync snapshots show shop 20261122
    """
    found = read_config(config)
    receipt = receipt_named(found, *merchant_and_snapshot(found, _two(names)))
    typer.echo(json.dumps(receipt_document(receipt)) if as_json else _receipt_in_words(receipt))


def verify(
    names: NamesArgument = None,
    config: ConfigOption = None,
    sample: Annotated[
        int, typer.Option(metavar="N", min=0, help="Compare N customers with the server: N requests.")
    ] = 0,
    as_json: JsonOption = False,
) -> None:
    """Check that every byte of a snapshot is as it was published; the server is not needed.

    Where none is named, the exports of accounts in the lake are checked, too.
    With --sample, customers spread over the snapshot are read from the server and compared field by
    field; one that was changed there after the snapshot is no fault. Exit code 74: damaged; 3: rows
    differ from the server's.

    Example:  ucsync snapshots verify shop --sample 20
    """
    found = read_config(config)
    name, wanted = merchant_and_snapshot(found, _two(names))
    result = verified(found, name, wanted)
    if sample and not result.faults:
        typer.echo(f"reading up to {counted(sample, 'customer')} from the server, a request each", err=True)

        async def main(stop: Stop) -> SampleResult:
            return await sampled(found, name, result.snapshot, sample, stop=stop)

        result = result.with_sample(run_until_stopped(main))
    tell([result], [result.exit_code], _verification_in_words, as_json=as_json)


def export(
    target: Annotated[Path, typer.Argument(help="The file to write; its folder must exist.")],
    names: NamesArgument = None,
    config: ConfigOption = None,
    to: Annotated[
        Literal["parquet", "csv", "ndjson"] | None, typer.Option(help="Else by the ending of TARGET.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace TARGET if it is there.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Write the full state of a snapshot to one file that only you can read: Parquet, CSV or JSON lines.

    Example:  ucsync snapshots export customers.csv shop
    """
    kind = to or EXPORTS.get(target.suffix.lower())
    if kind is None:
        raise typer.BadParameter("say --to parquet, csv or ndjson", param_hint="TARGET")
    found = read_config(config)
    name, wanted = merchant_and_snapshot(found, _two(names))
    snapshot = exported(found, name, wanted, target, kind, force=force)
    if as_json:
        told = {"merchant": name, "snapshot": snapshot, "path": str(target), "kind": kind}
        typer.echo(json.dumps(told))
    else:
        typer.echo(f"{name}: snapshot {snapshot} is in {target}")


def prune(
    merchant: MerchantArgument = None,
    config: ConfigOption = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be removed.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Remove the full states that the configuration's `keep` does not keep, as each sync does.

    Receipts and changes stay, and so do the full states of the first snapshot, of the current one and of
    the one before it.

    Example:  ucsync snapshots prune shop --dry-run
    """
    found = read_config(config)
    name = found.merchant(merchant).name
    gone = pruned(found, name, dry_run=dry_run)
    if as_json:
        typer.echo(json.dumps({"merchant": name, "dry_run": dry_run, "snapshots": gone}))
        return
    verb = "would be removed" if dry_run else "removed"
    states = counted(len(gone), "full state") if gone else "no full state"
    typer.echo("\n".join([f"{name}: {states} {verb}", *(f"  {snapshot}" for snapshot in gone)]))


def _two(names: list[str] | None) -> list[str]:
    if names and len(names) > 2:
        raise typer.BadParameter("at most a merchant and a snapshot", param_hint="[MERCHANT] [SNAPSHOT]")
    return names or []


def _list_in_words(found: SnapshotList) -> str:
    heading = ("snapshot", "kind", "proof", "customers", "new", "changed", "gone", "requests", "size", "")
    right = (False, False, False, True, True, True, True, True, True, False)
    lines = columns([heading, *map(_row, found.snapshots)], right) if found.snapshots else []
    lines += [f"{snapshot}  receipt damaged" for snapshot in found.damaged]
    if found.fault:
        lines.append(f"damage: {found.fault}")
    return "\n".join(lines) or f"{found.merchant}: no snapshot yet; `ucsync sync` makes one"


def _row(one: Listed) -> tuple[str, ...]:
    told = one.receipt
    state = "current" if one.current else "" if one.whole else "pruned: only its changes are there"
    return (
        told.snapshot, told.kind.value, told.proof.value, f"{told.rows:,}", f"+{told.inserted:,}",
        f"~{told.updated:,}", f"-{told.deleted:,}", f"{told.requests:,}", size(one.bytes), state,
    )  # fmt: skip


def _receipt_in_words(told: Receipt) -> str:
    lines = [f"snapshot {told.snapshot} of {told.merchant}"]
    lines += block("proof", [told.proof.value, *told.reasons])
    lines += block("scan", [_scan(told)])
    lines += block("customers", [f"{told.rows:,}"])
    changes = f"{told.inserted:,} inserted, {told.updated:,} updated, {told.deleted:,} deleted"
    lines += block("changes", [f"{changes}; {told.unchanged:,} read and found unchanged"])
    lines += block("set aside", [f"{told.quarantined:,}"])
    lines += block("requests", [f"{told.requests:,}, {told.requests_floor:,} at the least"])
    lines += block("passes", _passes(told) or ["none"])
    lines += block("watermark", [f"the next one asks for changes since {instant(told.watermark)}"])
    full = "none yet" if told.full_at is None else f"{told.full_snapshot}, begun {instant(told.full_at)}"
    lines += block("full scan", [f"newest proven one: {full}"])
    if told.backfill is not None:
        lines += block("backfill", [_backfill(told.backfill)])
    lines += block("parent", [told.parent or "none"])
    files = f"{counted(len(told.files), 'file')}, {size(sum(entry.bytes for entry in told.files))}"
    lines += block("files", [files])
    lines += block("version", [told.version])
    return "\n".join(lines)


def _scan(told: Receipt) -> str:
    if told.kind is ScanKind.PUSH:
        return f"push: what the server answered, on top of the scan begun {instant(told.started_at)}"
    if told.kind is ScanKind.WINDOW:
        return f"window of a backfill, on top of the scan begun {instant(told.started_at)}"
    took = duration((told.finished_at - told.started_at).total_seconds())
    return f"{told.kind.value}, begun {instant(told.started_at)}, published after {took}"


def _backfill(told: Backfill) -> str:
    so_far = f"{counted(told.windows, 'window')} with {told.rows:,} customers"
    return f"{told.backfill} by {told.by.value}: {so_far}{', finished' if told.finished else ''}"


def _passes(told: Receipt) -> list[str]:
    rows = [
        (
            one.walk.value, f"by {one.order or 'the order of the server'}", counted(one.pages, "page"),
            f"of {one.limit}", f"{one.rows:,} rows", f"{one.distinct:,} different",
            f"{one.repairs:,} stepped back",
        )
        for one in told.passes
    ]  # fmt: skip
    return columns(rows, (False, False, True, False, True, True, True)) if rows else []


def _verification_in_words(found: Verification) -> str:
    what = f"{counted(found.files, 'file')}, {size(found.bytes)}"
    state = "is DAMAGED" if found.faults else f"is as it was published: {what}"
    lines = [f"{found.merchant}: snapshot {found.snapshot} {state}", *(f"  {one}" for one in found.faults)]
    if found.accounts or found.account_faults:
        state = "DAMAGED" if found.account_faults else "as they were published"
        lines += [f"{counted(found.accounts, 'account export')}: {state}"]
        lines += [f"  {fault}" for fault in found.account_faults]
    if found.sample is not None:
        lines += _sample_in_words(found.sample)
    return "\n".join(lines)


def _sample_in_words(sample: SampleResult) -> list[str]:
    lines = block("sample", [f"{counted(sample.read, 'customer')} read from the server"])
    lines += block("", [f"{sample.same:,} agree in every field"])
    if sample.changed:
        lines += block("", [f"{sample.changed:,} changed there since, which is no fault"])
    if sample.gone:
        lines += block("", [f"{len(sample.gone):,} deleted there; `ucsync reconcile` finds such"])
    for oid, fields in sample.differing:
        lines += block("", [f"customer {oid} DIFFERS in {', '.join(fields)}"])
    return lines


snapshots = typer.Typer(
    help="List, show, verify, export and prune snapshots.", no_args_is_help=True, rich_markup_mode=None
)
_COMMANDS: dict[str, Callable[..., None]] = {
    "list": list_, "show": show, "verify": verify, "export": export, "prune": prune,
}  # fmt: skip
for name, command in _COMMANDS.items():
    snapshots.command(name)(command)

"""`ucsync sync`: customers to Parquet snapshots."""

from typing import Annotated

import typer

from ucsync.app import read_config, run_until_stopped, sync_merchants
from ucsync.cli.flags import AcceptDeletes, AsJson, ConfigFile, Merchants, OnQuota, Report
from ucsync.cli.progress import log_to_stderr, shown
from ucsync.cli.running import finish
from ucsync.flow import Ended, Stop, SyncResult, Wishes
from ucsync.run_reports import Reporter


def sync(
    merchants: Merchants = None,
    config: ConfigFile = None,
    full: Annotated[
        bool, typer.Option("--full", help="Read everything, whatever the calendar says.")
    ] = False,
    accept_deletes: AcceptDeletes = None,
    restart: Annotated[
        bool, typer.Option("--restart", help="Forget a scan that was left half done.")
    ] = False,
    on_quota: OnQuota = None,
    report: Report = None,
    as_json: AsJson = False,
) -> None:
    """Read what changed (the first time everything) and publish a snapshot with a receipt.

    It may be killed at any moment and goes on where it was. Exit code 3: published, but not proven
    complete or with rows set aside; 4: a person must decide; 75: another run is at it; 76: quota spent.

    Example:  ucsync sync shop --on-quota stop
    """
    found = read_config(config)
    reporter = Reporter(found, merchants or (), "sync", report)
    log_to_stderr()
    wishes = Wishes(full=full, accept_deletes=accept_deletes, restart=restart)
    with shown() as watch:

        async def main(stop: Stop) -> list[Ended[SyncResult]]:
            return await sync_merchants(
                found, merchants or (), wishes, on_quota=on_quota, stop=stop, watch=watch
            )

        ended = run_until_stopped(main)
    finish(ended, in_words, as_json=as_json, besides=reporter.tell(ended))


def in_words(result: SyncResult) -> str:
    """A result for people."""
    told = result.receipt
    aside = max(told.quarantined, len(told.aside))
    lines = [
        f"{result.merchant}: {told.kind.value} scan ({result.why})",
        f"  proof      {told.proof.value}" + "".join(f"\n             {why}" for why in told.reasons),
        f"  customers  {told.rows:,}: {told.inserted:,} inserted, {told.updated:,} updated, "
        f"{told.deleted:,} deleted" + (f", {aside:,} set aside" if aside else ""),
        f"  requests   {told.requests:,}, {told.requests_floor:,} at the least",
        f"  watermark  {told.watermark:%Y-%m-%d %H:%M:%S} UTC",
        f"  snapshot   {result.path}",
        f"  took       {result.seconds:.1f} s",
    ]
    lines.extend(f"  note       {note}" for note in result.notes)
    return "\n".join(lines)

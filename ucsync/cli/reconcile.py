"""`ucsync reconcile`: find deletions between two full scans."""

import typer

from ucsync.app import read_config, reconcile_merchants, run_until_stopped
from ucsync.cli.flags import AcceptDeletes, AsJson, ConfigFile, Merchants, OnQuota, Report
from ucsync.cli.progress import log_to_stderr, shown
from ucsync.cli.running import finish
from ucsync.cli.sync import in_words as sync_in_words
from ucsync.flow import Ended, Price, ReconcileResult, Stop
from ucsync.run_reports import Reporter


def reconcile(
    merchants: Merchants = None,
    config: ConfigFile = None,
    accept_deletes: AcceptDeletes = None,
    on_quota: OnQuota = None,
    report: Report = None,
    as_json: AsJson = False,
) -> None:
    """Sync, then find customers deleted on the server by counting, cheaper than by reading everything.

    It compares how many customers signed up in windows of time, looks closer only where the server has
    fewer than the lake, and reads each one that is missing to make sure.

    Example:  ucsync reconcile shop
    """
    found = read_config(config)
    reporter = Reporter(found, merchants or (), "reconcile", report)
    log_to_stderr()
    with shown() as watch:

        async def main(stop: Stop) -> list[Ended[ReconcileResult]]:
            return await reconcile_merchants(
                found, merchants or (), accept_deletes, on_quota=on_quota, stop=stop, watch=watch,
                on_price=_say,
            )  # fmt: skip

        ended = run_until_stopped(main)
    finish(ended, in_words, as_json=as_json, besides=reporter.tell(ended))


def _say(merchant: str, price: Price) -> None:
    if price.missing == 0:
        words = "nothing is missing by the server's count"
    elif price.worth_it:
        words = f"{price.missing:,} missing; finding them takes up to {price.requests_max:,} requests"
    else:
        words = (
            f"{price.missing:,} missing; a full scan of {price.full_scan:,} requests is cheaper, so do that"
        )
    typer.echo(f"{merchant}: {words}", err=True)


def in_words(result: ReconcileResult) -> str:
    """A result for people."""
    found = "a full scan has settled it" if result.price is None else f"{result.price.missing:,} were missing"
    return "\n".join((
        sync_in_words(result.synced),
        f"{result.synced.merchant}: reconciled, {found}",
        f"  customers  {result.receipt.rows:,}: {result.deleted:,} deleted by reconciling",
        f"  requests   {result.requests:,} in all",
        f"  snapshot   {result.path}",
    ))  # fmt: skip

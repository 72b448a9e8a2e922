"""The wiring of dashboards: figures of a warehouse become a page, in a file or served.

Owns where the file lies. Never decides what is shown, prints or parses.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from secrets import token_urlsafe
from typing import Final

from ucsync.app import VERSION, lake_of, merchants_of, read_config, system_clock, written_of
from ucsync.config import Config
from ucsync.dashboard import figures_page, vega_scripts
from ucsync.dashboard.live import Source, serve_page
from ucsync.flow import Ended
from ucsync.model import Figures, Guarded, QuotaUse, Tier, UcsyncError
from ucsync.plan import Spent
from ucsync.reports import statuses
from ucsync.store.warehouse import receipt_digest
from ucsync.store.warehouse.figures import read_figures
from ucsync.store.written import Deed, Wrote, check_target
from ucsync.warehousing import fresh_warehouse

_OF: Final = "dashboard"


@dataclass(frozen=True, slots=True, kw_only=True)
class Built:
    """A dashboard that was written.

    Attributes:
        merchant: whose.
        tier: how much it shows.
        snapshot: that it is of.
        customers: in it.
        path, bytes: of the file.
    """

    merchant: str
    tier: Tier
    snapshot: str
    customers: int
    path: Path
    bytes: int

    @property
    def exit_code(self) -> int:
        """0: it is there."""
        return 0

    @property
    def requests(self) -> int:
        """None was sent."""
        return 0

    @property
    def line(self) -> str:
        """In one line."""
        return f"{self.customers:,} customers of snapshot {self.snapshot} in {self.path}"

    def document(self) -> dict[str, object]:
        """As one JSON object."""
        return {
            "merchant": self.merchant,
            "tier": self.tier.value,
            "snapshot": self.snapshot,
            "customers": self.customers,
            "path": str(self.path),
            "bytes": self.bytes,
            "exit_code": 0,
        }


def build_dashboard(config: Config, name: str, *, tier: Tier | None = None, out: Path | None = None) -> Built:
    """Write a merchant's dashboard; the warehouse is built first where it is not of the newest snapshot.

    Args:
        config: where the lake is.
        name: of the merchant.
        tier: None for what the configuration says.
        out: the file; None for `dashboard.html` in the merchant's lake folder, `dashboard-TIER.html` where
            the tier shows people.

    Raises:
        Busy: a build of the warehouse is under way.
        ConfigurationInvalid: the library with the charts' scripts is not installed.
        Guarded: `out` is there and no dashboard of ours.
        Misused: there is no snapshot yet, or no folder for `out`.
        StorageFailed: the lake is damaged, or the disk refuses.
    """
    merchant = config.merchant(name)
    tier = tier or merchant.warehouse.tier
    target = out or config.lake / name / (f"{_OF}-{tier.value}.html" if tier.shows_people else f"{_OF}.html")
    written = written_of(config, name)
    vega_scripts()  # what is missing is said before a warehouse is built
    if out is not None:
        place = str(target.parent.resolve() / target.name)
        ours = any(entry.place == place and entry.deed.what is Wrote.DASHBOARD for entry in written.entries())
        try:
            check_target(target, replace=ours)
        except Guarded as stopped:
            stopped.mend = "name another file, or remove it"
            raise
    figures = _figures(config, name, tier)
    deed = Deed(what=Wrote.DASHBOARD, of=_OF, tier=tier, at=system_clock().now())
    pieces = (piece.encode() for piece in figures_page(figures, version=VERSION))
    written.write(target, deed, pieces, replace=True)
    return Built(
        merchant=name,
        tier=tier,
        snapshot=figures.snapshot,
        customers=figures.customers,
        path=target,
        bytes=target.stat().st_size,
    )


def build_dashboards(
    config: Path | None = None, merchants: Sequence[str] = (), *, tier: Tier | None = None
) -> list[Ended[Built]]:
    """Write the dashboards of several merchants as `ucsync dashboard build` does: for scripts and schedulers.

    Args:
        config: the file; None for ./ucsync.toml, or what the environment says.
        merchants: names; all when none is named.
        tier: None for what the configuration says.

    Returns:
        How it ended for each: one failure is nobody else's.

    Raises:
        ConfigurationInvalid: the configuration is wrong, there is no such merchant, or the library with the
            charts' scripts is not installed. Nothing was done.
    """
    found = read_config(config)
    named = merchants_of(found, merchants)
    vega_scripts()
    ended: list[Ended[Built]] = []
    for merchant in named:
        try:
            ended.append(Ended(merchant.name, build_dashboard(found, merchant.name, tier=tier), None))
        except UcsyncError as failure:
            ended.append(Ended(merchant.name, None, failure))
    return ended


async def serve_dashboard(
    config: Config,
    name: str,
    *,
    tier: Tier | None,
    port: int,
    started: Callable[[str], None],
    say: Callable[[UcsyncError], None],
) -> None:
    """Serve a merchant's dashboard on loopback until cancelled; see `serve_page`.

    It is made anew when a snapshot is published, or rewritten because somebody was forgotten. Where the
    tier shows people, the address has a part that nobody can guess: other users of this machine can reach
    the port, too.

    Args:
        config, name, tier: as in `build_dashboard`.
        port: 0 for any free one.
        started: called once, with the address.
        say: told what went wrong when a newer page could not be made.

    Raises:
        Busy, ConfigurationInvalid, Misused, StorageFailed: as `build_dashboard`, before anything is served.
    """
    merchant = config.merchant(name)
    tier = tier or merchant.warehouse.tier
    lake = lake_of(config, merchant)

    def newest() -> str | None:
        current = lake.current()
        return None if current is None else f"{current.snapshot}-{receipt_digest(current)[:8]}"

    def make() -> tuple[str, str]:
        shown = newest() or ""  # before it is read: what comes meanwhile is shown next
        figures = _figures(config, name, tier)
        return "".join(figures_page(figures, version=VERSION, live=shown)), shown

    source = Source(newest=newest, make=lambda: asyncio.to_thread(make), say=say)
    path = f"/{token_urlsafe(16)}/" if tier.shows_people else "/"
    await serve_page(source, system_clock(), port, path=path, started=started)


def _figures(config: Config, name: str, tier: Tier) -> Figures:
    path = fresh_warehouse(config, name, tier)
    [standing] = statuses(config, [name])
    quota = None if standing.quota is None else tuple(map(_use, standing.quota))
    return read_figures(path, stale_after_h=standing.stale_after_h, quota=quota)


def _use(spent: Spent) -> QuotaUse:
    return QuotaUse(requests=spent.limit.requests, seconds=spent.limit.seconds, used=spent.used)

"""Is everything as it must be for a run? One finding a check, each with its mend."""

from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from ucsync.flow.examine import Examination, examine
from ucsync.flow.fleet import worst
from ucsync.flow.snapshots import files_amiss
from ucsync.flow.workplace import Workplace
from ucsync.model import (
    ApplicationDisabled,
    Busy,
    ConfigurationInvalid,
    QuotaSpent,
    RateLimited,
    StorageFailed,
    UcsyncError,
    Unauthorised,
)
from ucsync.store import Lake
from ucsync.store.permissions import open_to_others, why_not_writable
from ucsync.store.verifying import verify

#: More than this is a wrong clock: staleness, names of snapshots and waits for quota go by it.
SKEW_S_MAX: Final = 60.0
_SAME_S: Final = 2  # the Date header is cut to the second

_BAD_CONFIGURATION: Final = ConfigurationInvalid.exit_code
_DAMAGE: Final = StorageFailed.exit_code


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found.

    Attributes:
        check: its name.
        text: what was found.
        mend: what to do about it, "" when all is well.
        exit_code: 0 when all is well.
    """

    check: str
    text: str
    mend: str = ""
    exit_code: int = 0


@dataclass(frozen=True, slots=True)
class Checkup:
    """All findings about a merchant, in the order in which they were made."""

    merchant: str
    findings: tuple[Finding, ...]
    examined: Examination | None

    @property
    def exit_code(self) -> int:
        """The worst of all."""
        return worst([finding.exit_code for finding in self.findings])

    def document(self) -> dict[str, object]:
        """All of it as one JSON object."""
        told = asdict(self.examined) if self.examined else {}
        findings = [{**asdict(finding), "good": not finding.exit_code} for finding in self.findings]
        return {"merchant": self.merchant, **told, "findings": findings, "exit_code": self.exit_code}


@dataclass(frozen=True, slots=True, kw_only=True)
class Premises:
    """What belongs to a merchant, before a run.

    Attributes:
        merchant: its name.
        merchants: how many the configuration names.
        lake_folder, state_folder: of all merchants.
        lake: of this one.
        open: makes its workplace, and holds its locks.
    """

    merchant: str
    merchants: int
    lake_folder: Path
    state_folder: Path
    lake: Lake
    open: Callable[[], AbstractAsyncContextManager[Workplace]]


async def check_up(premises: Premises, *, deep: bool) -> Checkup:
    """Every check; of the server, one request.

    Args:
        deep: compute the hash of every file of the current snapshot.
    """
    many = f"{premises.merchants} merchant{'' if premises.merchants == 1 else 's'}"
    found = [Finding("configuration", f"no fault in it, {many}")]
    found.extend(_permissions(premises))
    found.append(_lake(premises.lake, deep=deep))
    if any(finding.check == "writing" for finding in found if finding.exit_code):
        return Checkup(premises.merchant, tuple(found), None)  # no run could begin
    examined = None
    try:
        async with premises.open() as place:
            found.append(Finding("other runs", "none"))
            found.extend(_quota(place))
            examined = await examine(place.lister, place.clock)
            found.extend(_server(premises.merchant, examined))
    except UcsyncError as failure:
        found.append(_failed(failure))
    return Checkup(premises.merchant, tuple(found), examined)


def _permissions(premises: Premises) -> Iterator[Finding]:
    folders = (premises.lake_folder, premises.state_folder)
    reasons = [reason for reason in map(why_not_writable, folders) if reason]
    if reasons:
        mend = "give it to the user that runs ucsync, or name another folder in the configuration"
        yield Finding("writing", "; ".join(reasons), mend, _BAD_CONFIGURATION)
    else:
        yield Finding("writing", "lake and state can be written to")
    opened = [
        *open_to_others(premises.lake_folder, _some(premises.lake_folder.glob("*/snapshots/*/*"))),
        *open_to_others(premises.lake_folder, _some(premises.lake_folder.glob("*/accounts/*/*"))),
        *open_to_others(premises.state_folder, _some(premises.state_folder.glob("staging/*/*/*"))),
    ]
    if opened:
        folder = premises.lake_folder if premises.lake_folder in (opened[0], *opened[0].parents) else None
        folder = folder or premises.state_folder
        text = f"any user of this machine can read or replace what is in {folder}"
        yield Finding("privacy", text, f"chmod -R go-rwx {folder}", _BAD_CONFIGURATION)
    else:
        yield Finding("privacy", "other users of this machine cannot read customers")


def _some(paths: Iterator[Path]) -> list[Path]:
    """The newest, by name; older ones were made in the same way."""
    return sorted(paths)[-50:]


def _lake(lake: Lake, *, deep: bool) -> Finding:
    try:
        current, spoilt = lake.current(), lake.damaged_ids()
        if current is None:
            return Finding("lake", "no snapshot yet; `ucsync sync` makes one")
        faults = verify(lake, current.snapshot) if deep else files_amiss(lake, current)
    except StorageFailed as failure:
        return Finding("lake", str(failure), failure.mend, _DAMAGE)
    faults.extend(f"the receipt of snapshot {snapshot} is damaged" for snapshot in spoilt)
    if faults:
        more = f", and {len(faults) - 1} more" if len(faults) > 1 else ""
        mend = f"restore snapshots/{current.snapshot} from a backup, or read all again: ucsync sync --full"
        return Finding("lake", f"{faults[0]}{more}", mend, _DAMAGE)
    how = "every byte as published" if deep else "receipt sound, every file there with its length"
    return Finding("lake", f"snapshot {current.snapshot} of {current.rows:,} customers: {how}")


def _server(merchant: str, examined: Examination) -> Iterator[Finding]:
    customers = "an unnamed number of" if examined.customers is None else f"{examined.customers:,}"
    yield Finding("key", f"taken by the server of {merchant}")
    yield Finding("server", f"{customers} customers, answered in {examined.seconds:.2f} s")
    ahead_s = examined.clock_ahead_s
    if ahead_s is None:
        mend = "no scan can be proven; look for what removes the Date header on the way"
        yield Finding("server's clock", "not told", mend, 3)
    elif abs(ahead_s) <= _SAME_S:
        yield Finding("server's clock", "agrees with ours")
    else:
        skew = f"{abs(ahead_s):.0f} s {'ahead of' if ahead_s > 0 else 'behind'} ours"
        wrong = abs(ahead_s) > SKEW_S_MAX
        mend = "set this machine's clock" if wrong else ""
        yield Finding("server's clock", skew, mend, 3 if wrong else 0)


def _quota(place: Workplace) -> Iterator[Finding]:
    """Where nothing is left, asking the server says until when."""
    left = place.ledger.left()
    if left is None:
        yield Finding("quota", "no limit is configured or known")
    elif left:
        yield Finding("quota", f"{left:,} requests may be sent without waiting")


def _failed(failure: UcsyncError) -> Finding:
    check = next((name for kinds, name in _CHECKS if isinstance(failure, kinds)), "server")
    return Finding(check, str(failure), failure.mend, failure.exit_code)


_CHECKS: Final = (
    ((Busy,), "other runs"),
    ((QuotaSpent, RateLimited), "quota"),
    ((StorageFailed,), "state"),
    ((ConfigurationInvalid, Unauthorised, ApplicationDisabled), "key"),
)

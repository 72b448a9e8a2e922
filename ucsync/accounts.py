"""The wiring of exports of customers' accounts: the locks, the login, the archive, and where it goes besides.

A login that the server refuses is counted before anything else of an export is there, because too many of
them may lock an account. Never decides what is in an archive, prints or parses.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Final

from ucsync.app import VERSION, lake_of, run_until_stopped, written_of
from ucsync.config import PASSWORD_SOURCES, Config, MerchantConfig, read_password
from ucsync.dashboard.account_page import account_page
from ucsync.flow import Stop
from ucsync.flow.account_door import Door, soon
from ucsync.flow.account_export import Desk, check_archive, export_account
from ucsync.flow.account_leftover import complete_archive, is_published
from ucsync.model import (
    Busy,
    ConfigurationInvalid,
    Guarded,
    Misused,
    Secret,
    Tier,
)
from ucsync.model.accounts import AccountExport
from ucsync.net import MyAccount
from ucsync.store import hold, is_held
from ucsync.store.account_archive import Archive, result_of, verify_archive
from ucsync.store.account_archive.manifest import MANIFEST
from ucsync.store.account_lake import check_not_forgotten, publish_account
from ucsync.store.archive_zip import has_file, zip_files
from ucsync.store.exact_json import is_unicode
from ucsync.store.logins import Logins
from ucsync.store.written import Deed, Wrote, check_target
from ucsync.ultracart.my_account import Credentials
from ucsync.world import SYSTEM, World

#: Kinds of places that a password may be in, with what each is called in `read_password`, safest first.
PASSWORDS_FROM: Final = {source.removeprefix("password_"): source for source in PASSWORD_SOURCES}

Watch = Callable[[str, int, int | None], None]

#: Locks that others hold for no longer: while they look, and while they publish.
_LOOK_S: Final = 0.5
_PUBLISHING_S: Final = 60.0
#: Of the digest that names a lock: there are so few names that none tells an address. Two accounts that share
#: one by chance are not exported at the same time.
_KEY_DIGITS: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountWishes:
    """What is asked for.

    Attributes:
        email, password: of the customer's account.
        out: the folder of the archive.
        every_order: ask each order for its tracking and its case, though it says that it has none.
        into_lake: publish orders and cases into the lake, too.
        zipped: pack the finished archive, too.
        force: a finished archive that is there, and its zip file, may be replaced, and an unfinished one that
            cannot be gone on with.

    Raises:
        Misused: address or password came in bytes that are no text.
    """

    email: str = field(repr=False)
    password: Secret
    out: Path
    every_order: bool = False
    into_lake: bool = False
    zipped: bool = False
    force: bool = False

    def __post_init__(self) -> None:
        for what, text in (("address", self.email), ("password", self.password.reveal())):
            if not is_unicode(text):
                raise Misused(f"the {what} is not UTF-8")

    @property
    def zip(self) -> Path | None:
        """Where the archive is packed, if it is to be."""
        out = self.out if self.out.name not in ("", "..") else self.out.resolve()
        return out.with_name(f"{out.name}.zip") if self.zipped else None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportedAccount:
    """An account that was exported.

    Attributes:
        account: what is in the archive.
        zip: the file that it was packed into; None where nobody asked for one.
        published: the folder of the lake where its orders are, likewise.
        was_complete: whether an earlier run had made the archive, and only the rest was left to do.
    """

    account: AccountExport
    zip: Path | None = None
    published: Path | None = None
    was_complete: bool = False

    @property
    def exit_code(self) -> int:
        """3 when something is unproven or could not be read, else 0."""
        return self.account.exit_code

    def document(self) -> dict[str, object]:
        """As one JSON object."""
        places = {"zip": self.zip, "published": self.published}
        told = {name: None if path is None else str(path) for name, path in places.items()}
        return {**self.account.document(), **told, "was_complete": self.was_complete}


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedArchive:
    """An archive that was compared with its manifest.

    Attributes:
        out: its folder.
        faults: what is not as the manifest says, one line each.
        account: what is in it; None where it is damaged.
    """

    out: Path
    faults: tuple[str, ...]
    account: AccountExport | None = None

    @property
    def exit_code(self) -> int:
        """74 when it is damaged, else 0."""
        return 74 if self.faults else 0

    def document(self) -> dict[str, object]:
        """As one JSON object."""
        told = {} if self.account is None else self.account.document()
        return {**told, "out": str(self.out), "faults": list(self.faults), "exit_code": self.exit_code}


def password_of(kind: str, place: str) -> Secret:
    """The password that is kept there.

    Args:
        kind: one of `PASSWORDS_FROM`.
        place: of the file, the credential's name, or the environment variable's.

    Raises:
        ConfigurationInvalid: it is not there, or others may read it.
    """
    try:
        return read_password(PASSWORDS_FROM[kind], place, os.environ)
    except ConfigurationInvalid as fault:
        raise ConfigurationInvalid(f"--password-{kind}: {fault}") from None


def export_account_of(
    config: Config,
    name: str,
    wishes: AccountWishes,
    *,
    watch: Watch = lambda name, done, total: None,
    world: World = SYSTEM,
) -> ExportedAccount:
    """Everything that UltraCart's MyAccount API shows a customer, as a folder of files.

    Ctrl-C and SIGTERM let it finish its request; what was answered is kept, and the same goes on from there.

    Args:
        config: where lake and state are.
        name: of the merchant.
        wishes: what is asked for.
        watch: told of each list, how many of it are done, and of how many if that is known.
        world: in which it happens.

    Raises:
        LoginRefused: the address and the password do not fit, or did not three times within the hour.
        Misused: the folder cannot be the archive's, as none in the lake or the state can.
        Guarded: there is a finished archive, or something else; or the customer is on the list of those
            who were forgotten, and is not to come into the lake.
        ConfigurationInvalid: UltraCart's id of the merchant is not known.
        Busy: this account is being exported, or another one into this folder; or customers of this merchant
            are being forgotten.
        CallFailed, Stopped, StorageFailed: what was answered is kept; run it again.
    """
    merchant = config.merchant(name)

    _check_place(config, wishes.out)

    async def main(stop: Stop) -> ExportedAccount:
        logins = Logins(world.files, config.state / "logins", name)
        key = await soon(world.clock, lambda: logins.key_of(wishes.email))
        with hold(_locks(config), [f"{_prefix(name)}{key[:_KEY_DIGITS]}", _folder_of(wishes.out)]):
            await soon(world.clock, lambda: _check_nobody_forgets(config, name), _LOOK_S)
            errand = _Errand(
                config=config, merchant=merchant, merchant_id=_merchant_id(config, merchant), wishes=wishes,
                archive=Archive(world.files, written_of(config, name), wishes.out), world=world,
            )  # fmt: skip
            complete = errand.left_over()
            if complete is not None:
                return await errand.rest(complete, was_complete=True)
            errand.check()
            door = Door(logins, world.clock, wishes.email)
            return await errand.rest(await errand.exported(door, stop, watch))

    return run_until_stopped(main)


def check_archive_at(out: Path) -> CheckedArchive:
    """Compare a finished archive with its manifest: every file's length and SHA-256, every table's rows.

    Raises:
        Misused: there is no such folder.
        StorageFailed: the disk refuses to tell.
    """
    if not out.is_dir():
        raise Misused(f"there is no folder {out}")
    faults = tuple(verify_archive(out))
    return CheckedArchive(out=out, faults=faults, account=None if faults else result_of(out))


@contextmanager
def accounts_kept_out(config: Config, name: str) -> Iterator[None]:
    """Keeps exports of a merchant's accounts from beginning, for as long as its customers are forgotten.

    Raises:
        Busy: one is under way.
    """
    # The lock is taken first and then looked for the others; an export does it the other way round. So at
    # least one of two sees the other, and no export waits for a forgetting or is waited for.
    with hold(_locks(config), [_forgetting(name)]):
        folder = _locks(config)
        # merchants' names may begin alike, so the digits are part of the pattern
        for path in sorted(folder.glob(f"{_prefix(name)}{'[0-9a-f]' * _KEY_DIGITS}.lock")):
            if is_held(folder, path.stem):
                raise Busy(f"another run holds {path.stem}; nothing was done")
        yield


@dataclass(frozen=True, slots=True, kw_only=True)
class _Errand:
    """One export, with all that it goes by."""

    config: Config
    merchant: MerchantConfig
    merchant_id: str
    wishes: AccountWishes
    archive: Archive
    world: World

    @property
    def lake(self) -> Path:
        return lake_of(self.config, self.merchant).folder

    def check(self) -> None:
        """What would be said at the end is said before anything is spent."""
        check_archive(
            self.archive, merchant=self.merchant.name, merchant_id=self.merchant_id, email=self.wishes.email,
            clock=self.world.clock, version=VERSION, replace=self.wishes.force,
        )  # fmt: skip
        if self.wishes.zip is not None:
            self._check_zip(self.wishes.zip)
        if self.wishes.into_lake:
            check_not_forgotten(self.lake, email=self.wishes.email)

    def left_over(self) -> AccountExport | None:
        """A complete archive of this account of which only the zip file is missing, or its place in the
        lake: what an earlier run did not come to. None where there is something to be asked for."""
        wishes = self.wishes
        found = None if wishes.force else complete_archive(wishes.out, self.merchant.name, wishes.email)
        if found is None:
            return None
        self.archive.tidy()
        unpacked = wishes.zip is not None and not self._is_packed(wishes.zip)
        return found if unpacked or (wishes.into_lake and not self._is_published(found)) else None

    async def rest(self, account: AccountExport, *, was_complete: bool = False) -> ExportedAccount:
        if self.wishes.zip is not None and not (was_complete and self._is_packed(self.wishes.zip)):
            self._check_zip(self.wishes.zip)
            self._pack(account, self.wishes.zip)
        return ExportedAccount(
            account=account, zip=self.wishes.zip, published=await self._published(account),
            was_complete=was_complete,
        )  # fmt: skip

    async def exported(self, door: Door, stop: Stop, watch: Watch) -> AccountExport:
        wishes, merchant, world = self.wishes, self.merchant, self.world
        credentials = Credentials(wishes.email, wishes.password)
        client = MyAccount(
            self.merchant_id, credentials, server=merchant.server, settings=merchant.settings,
            clock=world.clock, chance=world.chance,
        )  # fmt: skip
        async with client:
            oid = (await door.enter(client, stop)).get("customerProfileId")
            if wishes.into_lake and type(oid) is int:  # of another address than the one that was forgotten
                check_not_forgotten(self.lake, oid)
            desk = Desk(
                reader=client, credentials=credentials, archive=self.archive, merchant=merchant.name,
                merchant_id=self.merchant_id, every_order=wishes.every_order, replace=wishes.force,
                clock=world.clock, stop=stop, watch=watch, version=VERSION, page=account_page,
            )  # fmt: skip
            async with door.watched():
                return await export_account(desk)

    def _check_zip(self, target: Path) -> None:
        try:
            check_target(target, replace=self.wishes.force)
        except Guarded as stopped:
            stopped.mend = "move it away, or say --force"
            raise

    def _is_packed(self, target: Path) -> bool:
        return has_file(target, self.archive.out, MANIFEST)

    def _pack(self, account: AccountExport, target: Path) -> None:
        now, of = self.world.clock.now(), str(account.customer_profile_oid)
        deed = Deed(what=Wrote.ACCOUNT, of=of, tier=Tier.HIGH, at=now)
        names = [*(file.path for file in account.files), MANIFEST]
        written = written_of(self.config, self.merchant.name)
        with written.writing(target, deed, replace=self.wishes.force) as (_, file):
            zip_files(self.world.files, file, self.archive.out, names)

    def _is_published(self, account: AccountExport) -> bool:
        return is_published(self.lake, account.customer_profile_oid, account.finished_at)

    async def _published(self, account: AccountExport) -> Path | None:
        if not self.wishes.into_lake:
            return None

        def publish() -> Path:
            oid, tables = account.customer_profile_oid, self.archive.tables
            return publish_account(self.world.files, self.lake, oid, tables, account.note)

        return await soon(self.world.clock, publish, _PUBLISHING_S)


def _check_place(config: Config, out: Path) -> None:
    """Lake and state are for what ucsync keeps there itself; in them an archive would pass for damage."""
    place = _followed(out)
    for what, folder in (("lake", config.lake), ("state", config.state)):
        if place.is_relative_to(_followed(folder)):
            raise Misused(f"{out} lies in the {what}; name a folder elsewhere with --out")


def _followed(path: Path) -> Path:
    return Path(os.path.realpath(path))  # of a link to itself `Path.resolve` makes an error in some Pythons


def _merchant_id(config: Config, merchant: MerchantConfig) -> str:
    """As configured, else as the customers of the newest snapshot have it."""
    receipt = None if merchant.merchant_id else lake_of(config, merchant).current()
    found = merchant.merchant_id or (receipt.merchant_id if receipt else None)
    if not found:
        section = f"merchants.{merchant.name}"
        raise ConfigurationInvalid(
            f"{section}.merchant_id: not given, and no snapshot tells it; write UltraCart's id of the "
            f'merchant, e.g. merchant_id = "DEMO", into [{section}]'
        )
    return found


def _check_nobody_forgets(config: Config, name: str) -> None:
    with hold(_locks(config), [_forgetting(name)]):  # let go at once: it is only asked whether it is free
        return


def _locks(config: Config) -> Path:
    return config.state / "locks"


def _prefix(name: str) -> str:
    return f"account-{name}-"


def _folder_of(out: Path) -> str:
    """Names the folder, whichever way leads there: two accounts are never exported into one at a time."""
    return f"archive-{sha256(os.fsencode(_followed(out))).hexdigest()[:_KEY_DIGITS]}"


def _forgetting(name: str) -> str:
    return f"forget-{name}"

"""An export out of the sandbox whose runs die: what a ward's child does, and what is looked at afterwards.

Every life is a process: it makes the same sandbox from the same seed, in virtual time; only the folder stays.
"""

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from tests.flow.account.bureau import desk_of
from tests.flow.account.truths import differences
from tests.net.my_account.portal_house import OID, PortalHouse, credentials_of, in_memory, portal
from tests.store.faulty import QuickFiles, kill_this_process
from ucsync.flow.account_export import export_account
from ucsync.store.account_archive import verify_archive
from ucsync.ultracart.my_account import AccountAnswer

Told = dict[str, Any]


@dataclass(frozen=True)
class End:
    """How a life ends.

    Attributes:
        asked: before the request of this number.
        torn: in the middle of keeping the answer of this number.
        at: before this is done to a file of this name, `rename manifest.json`; "" for never.
    """

    asked: int = 0
    torn: int = 0
    at: str = ""


class MortalReader:
    """A client that dies before a request."""

    def __init__(self, inner: Any, end: End) -> None:
        self._inner = inner
        self._end = end
        self.asked = 0

    @property
    def requests_sent(self) -> int:
        return self.asked

    async def call(
        self, operation_id: str, path: dict[str, object] | None = None, query: dict[str, object] | None = None
    ) -> AccountAnswer:
        if self.asked + 1 == self._end.asked:
            die(self.asked)
        self.asked += 1
        answer: AccountAnswer = await self._inner.call(operation_id, path, query)
        return answer


class MortalFiles(QuickFiles):
    """Files that die in the middle of a write, or before something is done to a name."""

    def __init__(self, reader: MortalReader, end: End) -> None:
        self._reader = reader
        self._end = end
        self._progress = 0

    def write(self, file: BinaryIO, data: bytes | memoryview) -> None:
        if self._end.torn and self._reader.asked == self._end.torn and id(file) == self._progress:
            super().write(file, memoryview(data)[: len(data) // 2])
            die(self._reader.asked)
        super().write(file, data)

    def create(self, path: Path) -> BinaryIO:
        self._pass("create", path)
        file = super().create(path)
        if path.name == "..progress.partial":
            self._progress = id(file)
        return file

    def rename(self, path: Path, target: Path) -> None:
        self._pass("rename", target)
        super().rename(path, target)

    def remove(self, path: Path) -> None:
        self._pass("remove", path)
        super().remove(path)

    def _pass(self, what: str, path: Path) -> None:
        if f"{what} {path.name}" == self._end.at:
            die(self._reader.asked)


def die(asked: int) -> None:
    """As `kill -9` does, after a word to the parent."""
    os.write(1, json.dumps({"asked": asked}).encode())
    kill_this_process()


def be_mortal(folder: str, orders: int, end: Told) -> Told:
    """One run, in a process that may die; says how many requests it has sent."""

    async def scenario(house: PortalHouse) -> Told:
        await house.account.login()
        wish = End(**end)
        reader = MortalReader(house.account, wish)
        files = MortalFiles(reader, wish)
        told = await export_account(
            desk_of(reader, Path(folder), files, credentials=credentials_of(house.sandbox), clock=house.clock)
        )
        return {"asked": reader.asked, "exit_code": told.exit_code, "requests": told.requests}

    return in_memory(scenario, portal(orders={OID: orders}))


def look(folder: str, orders: int) -> Told:
    """What is wrong with what was left, and what a run without a fault would have asked for at the least."""

    async def scenario(house: PortalHouse) -> Told:
        truth = house.truth()
        out = Path(folder) / "out"
        sold = truth["orders"]
        lists = [sold, truth["reviews"], truth["notReviewedYet"], truth["wishlist"]]
        floor = 5 + sum(max(1, -(-len(one) // 10)) for one in lists)
        floor += sum(bool(one["order"]["trackingNumbers"]) + 2 * bool(one["case"]) for one in sold)
        floor += len({one["review"]["itemId"] for one in truth["reviews"]})
        wrong = [*verify_archive(out), *differences(out, truth, OID)]
        return {"wrong": wrong, "floor": floor, "left": sorted(path.name for path in out.iterdir())}

    return in_memory(scenario, portal(orders={OID: orders}))

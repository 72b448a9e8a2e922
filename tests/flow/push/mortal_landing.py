"""The publication of answers in a process that may be killed: what a ward's child does."""

from pathlib import Path
from typing import Any, Final

from tests.flow.push.by_hand import pushes_of
from tests.house import House, in_memory, small
from tests.lakes import Shop
from tests.store.faulty import FaultyFiles, How, QuickFiles, kill_this_process
from ucsync.flow.push.landing import publish_left_behind
from ucsync.store.files import Files

CUSTOMERS: Final = 12
EXPANSIONS: Final = ("billing", "tags")


def shop_in(house: House, folder: Path, files: Files | None = None) -> Shop:
    """The shop whose answers are to be published."""
    shop = Shop(house, folder, files=files or QuickFiles())
    return shop.with_settings(expansions=EXPANSIONS)


async def publish_all(shop: Shop) -> int:
    """Publish what the pushes of a shop have left; how many snapshots that gave."""
    with shop.database() as database:
        return len(await publish_left_behind(shop.place(database)))


def be_mortal(folder: str, at: int, how: str) -> dict[str, Any]:
    """Publish, and die at this change on the disk; says how far it came otherwise."""
    return _published(Path(folder), FaultyFiles(QuickFiles(), at, How[how], kill_this_process))


def _published(folder: Path, files: FaultyFiles) -> dict[str, Any]:
    told: dict[str, Any] = {}

    async def scenario(house: House) -> None:
        shop = shop_in(house, folder)
        with shop.database() as database:  # what fails is publishing, not opening the state
            mortal = shop_in(house, folder, files)
            told["snapshots"] = len(await publish_left_behind(mortal.place(database)))

    in_memory(scenario, small(CUSTOMERS))
    return {**told, "operations": files.operations}


def left(shop: Shop) -> list[str]:
    """Pushes that the lake may not know all about."""
    return pushes_of(shop).unpublished()

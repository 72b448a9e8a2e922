"""An export of a customer with many orders is killed again and again, and in the end equals the truth."""

import json
import os
from dataclasses import asdict
from pathlib import Path
from signal import SIGKILL
from typing import Any

import pytest

from tests.flow.account.mortal_account import End
from tests.store.books import quick_folder
from tests.ward import Ward

DEEP = "UCSYNC_DEEP" in os.environ
TASK = "tests.flow.account.mortal_account"
DONE = ["manifest.json", "received", "summary.html", "tables"]

#: Where a life ends, the next going on from there.
LIVES = (
    End(torn=90), End(asked=900), End(at="rename manifest.json"),
    *((
        End(asked=2), End(torn=1), End(torn=700), End(at="create getOrders.json"),
        End(at="create orders.parquet"),
    ) if DEEP else ()),
)  # fmt: skip
#: The same of somebody with less to tell, each at once.
ENDS = (
    *(End(asked=number) for number in range(1, 42, 1 if DEEP else 13)),
    *(End(torn=number) for number in range(1, 42, 1 if DEEP else 19)),
    End(at="remove .progress"), End(at="create .manifest.json.partial"), End(at="create summary.html"),
    End(at="rename .progress"),
)  # fmt: skip


def killed(ward: Ward, folder: Path, orders: int, end: End) -> int:
    """A life up to its end; how many requests it has sent."""
    ended = ward.run(f"{TASK}:be_mortal", str(folder), orders, asdict(end))
    assert ended.code == -SIGKILL, ended.err or ended.out
    asked: int = json.loads(ended.out)["asked"]
    return asked


def called(ward: Ward, task: str, *arguments: object) -> dict[str, Any]:
    told: dict[str, Any] = ward.run(f"{TASK}:{task}", *arguments).told
    return told


def test_two_thousand_orders_survive_every_death(ward: Ward) -> None:
    orders = 2000
    with quick_folder() as folder:
        sent = [killed(ward, folder, orders, end) for end in LIVES]
        told = called(ward, "be_mortal", str(folder), orders, asdict(End()))
        seen = called(ward, "look", str(folder), orders)
    assert (seen["wrong"], seen["left"], told["exit_code"]) == ([], DONE, 0)
    assert seen["floor"] > 1000
    assert seen["floor"] <= sum(sent) + told["asked"] <= seen["floor"] + 4 * len(LIVES)


@pytest.mark.parametrize(
    "end", ENDS, ids=lambda end: end.at or f"{end.asked or end.torn}{' torn' * bool(end.torn)}"
)
def test_a_death_anywhere_costs_an_answer_and_the_first_page(ward: Ward, end: End) -> None:
    orders = 25
    with quick_folder() as folder:
        sent = killed(ward, folder, orders, end)
        if end.at != "remove .progress":
            sent += called(ward, "be_mortal", str(folder), orders, asdict(End()))["asked"]
        else:  # the archive is there
            ended = ward.run(f"{TASK}:be_mortal", str(folder), orders, asdict(End()))
            assert "has an archive already" in ended.err
        seen = called(ward, "look", str(folder), orders)
    assert (seen["wrong"], seen["left"]) == ([], DONE)
    assert seen["floor"] <= sent <= seen["floor"] + 4

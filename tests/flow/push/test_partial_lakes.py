"""A lake into which a backfill has not brought everybody: who is known is changed, nobody is made twice."""

import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.flow.push.desk import BY_EMAIL, Desk, at_a_desk, columns
from tests.flow.windows import ByHand
from ucsync.model.pushes import Action

MAPPING = BY_EMAIL + "[actions]\ninsert = true\n" + columns('notes = "business_notes"')


async def begun_anew(desk: Desk) -> ByHand:
    """The lake is lost, and a backfill has begun to bring it in again."""
    shutil.rmtree(desk.shop.folder / "lake")
    hand = ByHand(desk.shop, pages=1, page_size=2)
    await hand.begin()
    return hand


def named(desk: Desk, email: str) -> Sequence[int]:
    """Who has an address on the server."""
    found = (desk.merchant.truth(oid) for oid in desk.merchant.oids())
    return [one["customer_profile_oid"] for one in found if one["email"] == email]


def test_who_is_known_is_changed_and_nobody_is_taken_for_new(tmp_path: Path) -> None:
    async def sitting(desk: Desk) -> None:
        hand = await begun_anew(desk)
        await hand.publish()  # the newest two
        rows = "email,notes\nann@example.com,a\ncas@example.com,c\nnew@example.com,d\n"
        told = await desk.told(rows, MAPPING)
        assert [(step.action, step.oid) for step in told.steps] == [(Action.UPDATE, desk.oids["cas"])]
        assert told.problems.keys() == {1, 3}
        assert all("not all customers are in the lake yet" in problem for problem in told.problems.values())
        assert any(note.startswith("a backfill is under way: 2 of about 3") for note in told.header.notes)
        done = await desk.apply(told)
        assert done.exit_code == 0
        assert desk.shop.receipt.backfill == hand.backfill
        await hand.windows()
        await hand.close()
        assert desk.shop.disagreements() == []
        again = await desk.told(rows, MAPPING)
        assert [step.action for step in again.steps] == [Action.UPDATE, Action.INSERT]

    at_a_desk(tmp_path, sitting, "ann", "bob", "cas")


@pytest.mark.parametrize("came_meanwhile", [True, False])
def test_a_plan_from_before_asks_the_server_who_is_there(tmp_path: Path, came_meanwhile: bool) -> None:
    async def sitting(desk: Desk) -> None:
        told = await desk.told("email,notes\nnew@example.com,d\n", MAPPING)
        assert [step.action for step in told.steps] == [Action.INSERT]
        if came_meanwhile:
            desk.merchant.insert({"email": "new@example.com"})
        await desk.shop.house.clock.sleep(3600)
        await begun_anew(desk)
        await desk.apply(told)
        assert len(named(desk, "new@example.com")) == 1

    at_a_desk(tmp_path, sitting, "ann", quirks=frozenset({"email-shared"}))

"""Steps of a push sent and settled by hand, so that a test knows what the journal holds."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from tests.lakes import NAME, Shop
from tests.store.journals import HEADER, a_step
from ucsync.flow.push.landing import publish_landed
from ucsync.flow.push.writer import Writer
from ucsync.model import Receipt
from ucsync.model.pushes import Action, Step, StepState
from ucsync.store.files import DiskFiles
from ucsync.store.journal import Journal
from ucsync.store.plan_files import PlanDraft
from ucsync.store.pushes import Pushes


def update(oid: int, **fields: Any) -> Step:
    """Set base fields of a customer."""
    return a_step(oid, body=fields)


def insert(email: str) -> Step:
    """A new customer."""
    return a_step(None, action=Action.INSERT, email=email, body={"email": email})


def delete(oid: int) -> Step:
    """A customer goes."""
    return a_step(oid, action=Action.DELETE)


def merge(survivor: int, absorbed: int) -> Step:
    """One customer is absorbed by another."""
    return a_step(survivor, action=Action.MERGE, absorbed=absorbed, body={"customer_profile_oid": absorbed})


def pushes_of(shop: Shop) -> Pushes:
    return Pushes(shop.files, shop.folder / "state" / "pushes" / NAME)


def begun(shop: Shop, steps: Sequence[Step]) -> Journal:
    """The journal of a new plan."""
    header = replace(HEADER, created_at=shop.house.clock.now())
    with PlanDraft(DiskFiles(), shop.folder) as draft:
        for step in steps:
            draft.add(step)
        plan = draft.seal(header)
    return pushes_of(shop).begin(plan, shop.house.clock.now())


async def send(shop: Shop, journal: Journal) -> None:
    """Every step that waits, each of which lands."""
    writer, clock = Writer(shop.house.client, shop.settings.expansions), shop.house.clock
    for entry in journal.waiting(1000):
        step = entry.step
        journal.intend(step.number, step.body, clock.now())
        answer = await writer.send(step.action, step.oid, step.body)
        told = await writer.customer(step.oid) if step.action is Action.MERGE and step.oid else answer
        found: Mapping[str, Any] = (told.payload if told else None) or {}
        journal.settle(
            step.number, StepState.LANDED, clock.now(), oid=found.get("customer_profile_oid"),
            answer=told.raw if told else None,
        )  # fmt: skip


async def land(shop: Shop, journal: Journal) -> Receipt | None:
    """Publish what a journal holds."""
    with shop.database() as database:
        return await publish_landed(shop.place(database), journal)


async def pushed(shop: Shop, *steps: Step) -> Receipt:
    """A push of these steps, sent, landed and published."""
    with begun(shop, steps) as journal:
        await send(shop, journal)
        receipt = await land(shop, journal)
        assert receipt is not None
        return receipt

"""A shop of a few named customers, and plans made there from a few lines of CSV."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any, Final

from tests.flow.push.rig import confirmations
from tests.house import House, in_memory, small
from tests.lakes import SETTINGS, Shop
from tests.store.faulty import QuickFiles
from ucsync.config.mapping import read_mapping
from ucsync.flow.push.applying import ApplyWishes, apply_push
from ucsync.flow.push.plan_result import PlanResult
from ucsync.flow.push.planning import PlanWishes, plan_push
from ucsync.flow.push.push_result import PushResult
from ucsync.model.pushes import Limits, PlanHeader, Queued, Rejected, Step
from ucsync.plan import SyncSettings
from ucsync.plan.push_settings import PushSettings

#: By e-mail address, with a column for each field; the columns of a test are added.
BY_EMAIL: Final = '[match]\nby = "email"\ncolumn = "email"\n[cells]\nclear = "-"\n'
BY_OID: Final = '[match]\nby = "customer_profile_oid"\ncolumn = "oid"\n[cells]\nclear = "-"\n'
#: Of customers of whom more than their address is given.
NAMES: Final = ("ann", "bob", "cyd", "dan", "eve")
PUSH: Final = PushSettings()
#: As wide as can be, so that no guard has a part in it.
WIDE: Final = Limits(customers_max=1000, percent_max=100, cleared_max=99, deletes_max=99)


def columns(*lines: str) -> str:
    """The section of columns: one TOML line each."""
    return "[columns]\n" + "\n".join(lines) + "\n"


@dataclass
class Desk:
    """Where a person makes plans.

    Attributes:
        shop: with its lake up to date.
        oids: of the customers by name; who is called `ann` has the address `ann@example.com`.
    """

    shop: Shop
    folder: Path
    oids: Mapping[str, int]
    _number: Any = field(default_factory=count)

    @property
    def merchant(self) -> Any:
        """The sandbox's, to act on directly."""
        return self.shop.house.sandbox.merchant

    @property
    def sent(self) -> int:
        """Requests so far."""
        return self.shop.house.sandbox.counters.requests

    def csv(self, text: str) -> str:
        """`{ann}` in a text stands for her oid."""
        return text.format(**self.oids)

    async def plan(
        self,
        csv: str,
        mapping: str | Callable[[Any], Any],
        *,
        base: str | None = None,
        limits: Limits = WIDE,
        **wishes: Any,
    ) -> PlanResult:
        """A plan from lines of CSV, the first of which is the header."""
        number = next(self._number)
        rules, source = self.folder / f"{number}.toml", self.folder / f"{number}.csv"
        if isinstance(mapping, str):
            rules.write_text(mapping, encoding="utf-8")
        source.write_text(self.csv(csv), encoding="utf-8")
        given: dict[str, Any] = {
            "source": source, "sql": None, "base": base,
            "mapping": read_mapping(rules) if isinstance(mapping, str) else mapping, "limits": limits,
            "out": self.folder / f"{number}.plan", **wishes,
        }  # fmt: skip
        with self.shop.database() as database:
            return await plan_push(self.shop.place(database), PlanWishes(**given))

    async def apply(self, told: "Told") -> PushResult:
        """Send it all, confirmed."""
        plan = told.result.plan
        with self.shop.database() as database:
            return await apply_push(self.shop.place(database), plan, ApplyWishes(**confirmations(plan)))

    async def told(self, csv: str, mapping: str | Callable[[Any], Any], **wishes: Any) -> "Told":
        """The same, with what it holds."""
        result = await self.plan(csv, mapping, **wishes)
        plan = result.plan
        return Told(result, plan.header, list(plan.steps()), list(plan.queued()), list(plan.rejected()))


@dataclass(frozen=True)
class Told:
    """What a plan says."""

    result: PlanResult
    header: PlanHeader
    steps: list[Step]
    queued: list[Queued]
    rejected: list[Rejected]

    @property
    def changes(self) -> dict[str, tuple[Any, Any]]:
        """Before and after of all updates, by path."""
        return {change.path: (change.before, change.after) for one in self.steps for change in one.changes}

    @property
    def problems(self) -> dict[int, str]:
        """The problem of each row, with its column."""
        return {
            one.row: f"{one.column}: {one.problem}" if one.column else one.problem for one in self.rejected
        }

    @property
    def nothing(self) -> bool:
        """Whether it holds nothing at all."""
        return not (self.steps or self.queued or self.rejected)


Sitting = Callable[[Desk], Awaitable[None]]


def at_a_desk(
    folder: Path,
    sitting: Sitting,
    *documents: Mapping[str, Any] | str,
    settings: SyncSettings = SETTINGS,
    push: PushSettings = PUSH,
    **sandbox: Any,
) -> None:
    """Run a test among some customers, in virtual time.

    Args:
        folder: for everything.
        sitting: the test.
        documents: see `seated`.
        settings, push: the owner's choices.
        sandbox: further settings of it.
    """

    async def scenario(house: House) -> None:
        await sitting(await seated(house, folder, *documents, settings=settings, push=push))

    in_memory(scenario, small(0, **sandbox))


async def seated(
    house: House,
    folder: Path,
    *documents: Mapping[str, Any] | str,
    settings: SyncSettings = SETTINGS,
    push: PushSettings = PUSH,
) -> Desk:
    """A desk among these customers, with the lake up to date.

    Args:
        documents: the customers; a name alone is one with nothing but an address, the others are called by
            NAMES in their order.
    """
    oids: dict[str, int] = {}
    for number, document in enumerate(documents):
        name = document if isinstance(document, str) else NAMES[number]
        more = {} if isinstance(document, str) else document
        oids[name] = house.sandbox.merchant.insert({"email": f"{name}@example.com", **more})
    await house.clock.sleep(3600)
    shop = Shop(house, folder, settings=settings, push=push, files=QuickFiles())
    await shop.sync()
    await house.clock.sleep(3600)
    (folder / "crm").mkdir()
    return Desk(shop, folder / "crm", oids)

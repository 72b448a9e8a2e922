"""What is to happen in a year: drawn from the seed, all of it, before the first night."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import chain
from random import Random
from typing import Final
from zoneinfo import ZoneInfo

from tests.store.faulty import How
from ucsync.sandbox.settings import FAULTS
from ucsync.testing import CLOCK, CUT_ANSWER, CUT_REQUEST, FILE, REFUSED, REQUEST, START, Fault, FaultPlan

NIGHTS: Final = 365
#: The merchant's wall clock, by which cron starts the nightly run; one of these is in the lost hour.
ZONE: Final = ZoneInfo("America/New_York")
TIMES: Final = (time(1, 30), time(2, 30), time(3, 15))

#: A process dies every so many nights.
KILL_EVERY: Final = 7
#: At a request: with its grant and before it leaves, while it is answered, with the answer in hand.
DEATHS: Final = ("die before", "die under way", "die after")
#: Changes to the disk of a run that reads little; to die at a later one might not happen.
OPERATIONS: Final = 45

#: How a rough night's requests fare: most kinds of fault, each at the same rate.
ROUGH: Final[Mapping[str, float]] = dict.fromkeys((*FAULTS, REFUSED, CUT_REQUEST, CUT_ANSWER), 0.025)
#: A night on which hardly anything gets through.
STORM: Final[Mapping[str, float]] = {"503-html": 0.5, "reset": 0.2, REFUSED: 0.2}
REQUESTS_FAULTED: Final = 60

#: On so many evenings at most a backfill is started, each time until the morning.
EVENINGS: Final = 5
#: Its requests within a day, of which two days are too few; then it is given more.
BUDGET: Final = 2
PLENTY: Final = 12
THIRD: Final = 2
#: Its number in the plan, however many processes it takes; a night's run has the night's.
BACKFILL_RUN: Final = 0
#: How its requests fare.
UNEVEN: Final[Mapping[str, float]] = dict.fromkeys(ROUGH, 0.01)

#: What changes in the shape of things, in this order.
CHANGES: Final = ("more expansions", "a new version", "new fields", "lost fields")


@dataclass(frozen=True, slots=True)
class Night:
    """One night, and the day before it.

    Attributes:
        number: from 1.
        at: when cron starts the run.
        calm: nothing goes wrong, and nobody works meanwhile.
        acts: of the merchant's people during the day.
        late_acts: theirs in the last minutes before the run.
        busy: how likely they do something before each request.
        full: everything is asked for.
        again: a run that failed is tried again an hour later, twice at most.
        left: somebody else leaves so many requests of the hour; None for all.
        change: one of `CHANGES`, before the run.
        full_disk: nothing more fits on the disk, from some change on.
    """

    number: int
    at: datetime
    calm: bool
    acts: int
    late_acts: int
    busy: float
    full: bool = False
    again: bool = True
    left: int | None = None
    change: str | None = None
    full_disk: bool = False

    def __str__(self) -> str:
        """What kind of night it is, in a few words."""
        words = {
            "calm": self.calm,
            f"busy {self.busy:g}": self.busy > 0,
            "full": self.full,
            "full disk": self.full_disk,
            f"{self.left} requests left": self.left is not None,
            self.change or "": self.change is not None,
        }
        held = ", ".join(word for word, there in words.items() if there) or "rough"
        return f"{self.number:3} {self.at.astimezone(ZONE):%Y-%m-%d %H:%M %Z} {held}"


@dataclass(frozen=True, slots=True)
class Script:
    """A year.

    Attributes:
        seed: all of it is drawn from.
        whole: nights that it was drawn for.
        nights: in their order, as many as are lived.
        plan: what goes wrong; a run of the plan is a night with its repetitions.
        backfill: the first of the evenings on which one is started; it is done before the night that is
            `EVENINGS` later.
        afresh: whether the lake is lost before it, so that it brings in everything.
    """

    seed: int
    whole: int
    nights: tuple[Night, ...]
    plan: FaultPlan = field(repr=False)
    backfill: int
    afresh: bool

    @classmethod
    def drawn(cls, seed: int, nights: int = NIGHTS) -> "Script":
        """The year of a seed; a shorter one has the same in it, closer together."""
        chance = Random(f"{seed} nights")  # noqa: S311  (a test's choice)
        special = _Special(chance, nights)
        hour = chance.choice(TIMES)
        drawn = tuple(_night(chance, number, hour, special) for number in range(1, nights + 1))
        rough = [night.number for night in drawn if not night.calm]
        storms = [number for number in rough if chance.random() < 0.04]
        plan = FaultPlan.drawn(seed, ROUGH, runs=rough, requests=REQUESTS_FAULTED)
        plan = plan.also(FaultPlan.drawn(seed, STORM, runs=storms, requests=12).faults)
        plan = plan.also([*_kills(chance, drawn), *_disks(chance, drawn), *_clocks(chance, drawn, special)])
        plan = plan.also(FaultPlan.drawn(seed, UNEVEN, runs=[BACKFILL_RUN], requests=60).faults)
        plan = plan.also(_backfill_kills(chance))
        return cls(seed, nights, drawn, plan, special.backfill, afresh=chance.random() < 0.5)

    def until(self, night: int) -> "Script":
        """The same, but for what comes after a night."""
        return replace(self, nights=self.nights[:night], plan=self.plan.until(night))


class _Special:
    """Which nights are like no other: none is two things at once, and the night after each is its own."""

    def __init__(self, chance: Random, nights: int) -> None:
        self._taken: set[int] = {number for number in range(1, nights + 1) if number % KILL_EVERY in (0, 1)}
        self._nights = nights
        self._chance: Random = chance
        self.backfill = self._pick(0.46, span=EVENINGS)
        self.spent = [self._pick(where, span=2) for where in (0.2, 0.6, 0.88)]
        self.changes = {
            self._pick(where, span=1): CHANGES[at] for at, where in enumerate((0.1, 0.3, 0.7, 0.8))
        }
        self.full_disk = self._pick(0.55, span=1)
        self.clocks = [self._pick(where, span=2) for where in (0.15, 0.38, 0.66, 0.95)]

    def _pick(self, where: float, span: int) -> int:
        """The first free stretch of so many nights from about there on."""
        start = 2 + int((where + 0.03 * self._chance.random()) * (self._nights - 10))
        for first in chain(range(start, self._nights - span), range(start, 1, -1)):
            wanted = set(range(first, first + span))
            if wanted.isdisjoint(self._taken):
                self._taken |= wanted
                return first
        raise ValueError(f"{self._nights} nights are too few for all of it")


def _night(chance: Random, number: int, hour: time, special: _Special) -> Night:
    day = date(START.year, START.month, START.day) + timedelta(days=number)
    at = datetime.combine(day, hour, ZONE).astimezone(UTC)
    killed = number % KILL_EVERY == 0
    spent = number in special.spent or number - 1 in special.spent
    disk = number == special.full_disk
    calm = not killed and (spent or disk or chance.random() < 0.4)
    return Night(
        number=number,
        at=at,
        calm=calm,
        acts=chance.randrange(6),
        late_acts=chance.randrange(3) if chance.random() < 0.5 else 0,
        busy=0.0 if calm else chance.choice((0.0, 0.0, 0.2, 0.5)),
        full=number in special.spent or (killed and _dies_at_request(number)) or number in special.changes,
        again=not spent and not disk and (not killed or chance.random() < 0.5),
        left=chance.randrange(1, 4) if number in special.spent else None,
        change=special.changes.get(number),
        full_disk=disk,
    )


def _dies_at_request(number: int) -> bool:
    """Every other death is at a request, in a scan of everything, which has several."""
    return number // KILL_EVERY % 2 == 0


def _kills(chance: Random, nights: tuple[Night, ...]) -> Iterator[Fault]:
    for night in nights:
        if night.number % KILL_EVERY:
            continue
        if _dies_at_request(night.number):
            yield Fault(night.number, REQUEST, chance.randrange(1, 6), chance.choice(DEATHS))
        else:
            how = chance.choice((How.KILL, How.DIE_AFTER, How.SHORT))
            yield Fault(night.number, FILE, chance.randrange(1, OPERATIONS + 1), how.name)


def _backfill_kills(chance: Random) -> list[Fault]:
    """A backfill dies at a request and at a change to the disk."""
    at, how = chance.randrange(2, 6), chance.choice((How.KILL, How.DIE_AFTER, How.SHORT))
    return [
        Fault(BACKFILL_RUN, REQUEST, at, chance.choice(DEATHS)),
        Fault(BACKFILL_RUN, FILE, chance.randrange(1, 80), how.name),
    ]


def _disks(chance: Random, nights: tuple[Night, ...]) -> Iterator[Fault]:
    """The full disk, and a few operations that are refused for no lasting reason."""
    for night in nights:
        if night.full_disk:
            yield Fault(night.number, FILE, chance.randrange(1, 26), How.ENOSPC.name)
        elif not night.calm and night.number % KILL_EVERY and chance.random() < 0.05:
            yield Fault(night.number, FILE, chance.randrange(1, OPERATIONS + 1), How.EIO.name)


def _clocks(chance: Random, nights: tuple[Night, ...], special: _Special) -> Iterator[Fault]:
    """The machine's clock goes wrong, and is put right a night later."""
    for first in special.clocks:
        step_s = chance.choice((-1, 1)) * chance.randrange(60, 2400)
        yield Fault(first, CLOCK, chance.randrange(3), "step", step_s)
        yield Fault(first + 1, CLOCK, 0, "step", -step_s)

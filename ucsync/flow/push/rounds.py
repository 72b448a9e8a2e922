"""The order of a run: a refresh, then rounds over the steps that wait, with what is in doubt in between."""

from contextlib import suppress
from datetime import datetime, timedelta
from typing import Final

from ucsync.flow.push.landing import publish_left_behind
from ucsync.flow.push.newest import Newest
from ucsync.flow.push.run import HALTED, PushHalted, Run, whom
from ucsync.flow.push.sending import take
from ucsync.flow.push.settling import settle_due, wait_and_settle
from ucsync.model import UcsyncError
from ucsync.model.pushes import Action, StepState
from ucsync.store.journal import JournalStep

#: Steps whose customers are in memory at a time.
BATCH: Final = 500
_DAY: Final = timedelta(hours=24)
#: Steps that rest on rows of the lake, which get old; for the others each customer is read.
_BY_THE_LAKE: Final = (Action.UPDATE, Action.INSERT)


class Rounds:
    """Carries a push to its end, or as far as it can go now.

    Args:
        run: of the push.

    Attributes:
        run: the same.
        merging_until: when merges can go on, where the daily cap has stopped them; else None.
    """

    def __init__(self, run: Run) -> None:
        self.run = run
        self.merging_until: datetime | None = None
        self._newest = Newest(run)
        self._notes: list[str] = []

    @property
    def notes(self) -> list[str]:
        """For a person, one line each."""
        return [*self._newest.notes, *self._notes]

    async def carry_out(self) -> None:
        """Send what waits and settle what is in doubt, until there is neither.

        Of a push that was halted, only what is in doubt.

        Raises:
            PushHalted: the push was stopped for good; the journal has the reason.
            Misused, Guarded: the lake cannot be refreshed.
            CallFailed, QuotaSpent, Stopped, StorageFailed: the run ends.
        """
        journal = self.run.journal
        await publish_left_behind(self.run.place)
        halted, counts = journal.noted(HALTED) is not None, journal.counts()
        if not counts[StepState.SENT] and (halted or not counts[StepState.WAITING]):
            return
        await self._newest.refresh()  # also says whether the key is this merchant's
        if halted:
            await _settle_all(self.run)
            return
        await self._clear_the_way()
        try:
            await self._go_round()
        except PushHalted:
            with suppress(UcsyncError):  # the halt is what counts; the next run looks again
                await _settle_all(self.run)
            raise

    async def _go_round(self) -> None:
        while True:
            while await self._round():
                pass
            if self.run.next_due() is None:
                return
            await wait_and_settle(self.run)
            self.run.check_trouble()

    async def _round(self) -> bool:
        """Take each step that waits and may be sent, once; whether there was any."""
        moved, after = False, None
        while batch := self.run.journal.waiting(BATCH, after):
            after = batch[-1].step.number
            loaded = False
            for place, entry in enumerate(batch):
                await settle_due(self.run)
                if not self._may_go(entry):
                    continue
                while entry.step.action in _BY_THE_LAKE and self._newest.is_stale():
                    await self._newest.refresh()
                    loaded = False
                if not loaded:
                    await self._newest.load(batch[place:])
                    loaded = True
                await take(self.run, self._newest, entry)
                moved = True
                self.run.check_trouble()
            self.run.note_windows()
        return moved

    def _may_go(self, entry: JournalStep) -> bool:
        if self.run.is_in_doubt(whom(entry)):
            return False
        return entry.step.action is not Action.MERGE or self._may_merge()

    def _may_merge(self) -> bool:
        """Whether the daily cap leaves room for a merge, all pushes of the merchant together."""
        if self.merging_until is None and not self._has_room(self.run.now):
            self.merging_until = self._room_at()
            cap = self.run.place.push.limits.merges_per_day
            self._notes.append(f"{cap} merges within 24 hours are all that the configuration permits")
        return self.merging_until is None

    def _has_room(self, at: datetime) -> bool:
        done = self.run.place.pushes.merges_since(at - _DAY)
        return done < self.run.place.push.limits.merges_per_day

    def _room_at(self) -> datetime:
        """When there is room, to the minute."""
        now, low, high = self.run.now, 0, 24 * 60 + 1
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (low, middle) if self._has_room(now + timedelta(minutes=middle)) else (middle, high)
        return now + timedelta(minutes=high)

    async def _clear_the_way(self) -> None:
        """Older pushes: what they left in doubt of the same customers is settled, what they had still to
        send to them is dropped, because this plan is the newer word."""
        place, journal = self.run.place, self.run.journal
        mine = {oid for entry in journal.steps(StepState.WAITING) for oid in whom(entry)}
        for push_id in place.pushes.in_doubt():
            if push_id < journal.id:
                await self._settle_older(push_id, mine)
        reason = f"superseded by the newer push {journal.id}"
        dropped = place.pushes.supersede(journal.id, mine, reason, self.run.now)
        if dropped:
            self._notes.append(f"{dropped} steps of older pushes were superseded")

    async def _settle_older(self, push_id: str, mine: set[int]) -> None:
        with self.run.place.pushes.open(push_id) as journal:
            if not any(mine.intersection(whom(entry)) for entry in journal.unsettled()):
                return
            older = Run(self.run.place, journal)
            with suppress(PushHalted):  # it is noted there, and that push's affair
                await _settle_all(older)
            self.run.hold_off(oid for entry in journal.unsettled() for oid in whom(entry))
        await publish_left_behind(self.run.place)


async def _settle_all(run: Run) -> None:
    """Whatever is in doubt and can be read back."""
    while run.next_due() is not None:
        await wait_and_settle(run)

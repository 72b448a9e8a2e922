"""Two million customers take days; not a request and not an hour more than they must."""

import os

from tests.flow.backfill.large import large
from ucsync.flow.turns import POLL_S
from ucsync.model import Proof

#: The whole of it takes minutes.
SCALE = 1 if os.environ.get("UCSYNC_DEEP") else 200
#: What it costs beside the pages, however large it is: to see what there is, and to read what changed.
BESIDE = 2


def test_a_backfill_of_days_takes_the_least_and_nightly_runs_are_on_time() -> None:
    found = large(SCALE)
    done = found.result
    assert (done.exit_code, done.receipt.proof, found.rows) == (0, Proof.PROVEN, 2_100_000 // SCALE)
    assert found.least <= done.requests <= 1.02 * found.least + BESIDE
    assert found.least_s < done.seconds <= 1.02 * found.least_s
    assert found.refused == 0
    assert len(found.nights) >= 4
    assert all(night.late_s <= 1 + POLL_S for night in found.nights)
    assert [night.exit_code for night in found.nights] == [0] * len(found.nights)

"""All planted bugs."""

from typing import Final

from tests.planted.of_accounts import ACCOUNTS
from tests.planted.of_asking import ASKING
from tests.planted.of_backfills import BACKFILLS
from tests.planted.of_keeping import KEEPING
from tests.planted.of_reading import READING
from tests.planted.plants import Plant

PLANTS: Final[tuple[Plant, ...]] = (*READING, *KEEPING, *ASKING, *BACKFILLS, *ACCOUNTS)

"""What every test of the shim is given."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.shim.warm import Warm
from tests.store.books import quick_folder
from tests.ward import Ward


@pytest.fixture
def warm(ward: Ward) -> Warm:
    return Warm(ward)


@pytest.fixture
def folder() -> Iterator[Path]:
    with quick_folder() as found:
        yield found.resolve()

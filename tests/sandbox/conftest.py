"""Merchants without HTTP, for the tests of the engine."""

from typing import Any

import pytest

from tests.sandbox.driver import Driver, Open
from ucsync.sandbox.settings import SandboxSettings


@pytest.fixture(scope="session")
def open_shop() -> Open:
    """Makes a Driver: `open_shop("quirk", ..., customers=40)`; 300 customers if not said otherwise."""

    def opened(*quirks: str, **settings: Any) -> Driver:
        return Driver(SandboxSettings(**{"customers": 300, "quirks": frozenset(quirks), **settings}))

    return opened

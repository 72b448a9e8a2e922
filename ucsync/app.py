"""The wiring: what is made of configuration and handed to the verbs.

Owns the choice of real clock, transport and pace. Never decides, prints or reads configuration itself.
"""

import os
from collections.abc import Callable
from pathlib import Path

from ucsync.config import Config, load_config
from ucsync.flow import Examination, Reading, examine, read
from ucsync.model import Clock, Secret
from ucsync.net import SystemClock, UltraCart
from ucsync.ultracart import EXPANSIONS, SimpleKey


def system_clock() -> Clock:
    """The machine's clock."""
    return SystemClock()


def read_config(path: Path | None) -> Config:
    """The configuration of this process; see `load_config`."""
    return load_config(path, os.environ)


async def examine_merchant(config: Config, name: str | None) -> Examination:
    """Examine the server of a configured merchant; see `examine`."""
    clock, merchant = system_clock(), config.merchant(name)
    credential = merchant.credential(os.environ)
    async with UltraCart(
        credential, server=merchant.server, settings=merchant.settings, clock=clock
    ) as client:
        return await examine(client, clock)


async def read_everything(server: str, key: Secret, *, on_rows: Callable[[int], None]) -> Reading:
    """Read all customers of one server, with every documented part: for the demonstration.

    Args:
        server: scheme, host and port.
        key: a simple key.
        on_rows: called with the number of rows of each page as it comes.
    """
    clock = system_clock()
    async with UltraCart(SimpleKey(key), server=server, clock=clock) as client:
        return await read(client, clock, expand=EXPANSIONS, on_page=lambda page: on_rows(len(page.customers)))

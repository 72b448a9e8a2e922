"""One server for the tests of a process, and a schema for each of them."""

from collections.abc import Iterator

import pytest

from tests.postgres.server import Server, commands


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    bin_ = commands()
    if bin_ is None:
        pytest.skip("there is no Postgres server (Debian: postgresql)")
    with Server(bin_) as started:
        yield started

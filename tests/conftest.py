"""How the property tests run, and the watch over what the whole suite shows."""

import logging
import os
from collections.abc import Iterator
from pathlib import Path
from shutil import disk_usage

import pytest
from hypothesis import HealthCheck, settings

from tests.shim.operations import preloading
from tests.ward import Ward
from tests.watch import SHOWN, betrayed

#: Tests make tens of thousands of durable files, and would wait for the disk with each. In memory, where
#: there is room for all of them, the same code runs; the deep run keeps to the disk.
MEMORY, ROOM = Path("/dev/shm"), 4 * 2**30  # noqa: S108  (pytest makes a private folder in it)
if "UCSYNC_DEEP" not in os.environ and MEMORY.is_dir() and disk_usage(MEMORY).free > ROOM:
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(MEMORY))

slow_machines = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture]
settings.register_profile("test", max_examples=25, deadline=None, suppress_health_check=slow_machines)
settings.register_profile("deep", max_examples=1000, deadline=None, suppress_health_check=slow_machines)
settings.load_profile("deep" if os.environ.get("UCSYNC_DEEP") else "test")


@pytest.fixture(scope="session")
def ward(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ward]:
    """The process that forks processes, for all tests; it has the shim loaded, if that can be made."""
    with Ward(preloading(tmp_path_factory.mktemp("shim"))) as opened:
        yield opened


#: Long tests begin first, so that no worker is left with one of them while the others have nothing to do.
LONG = (
    "tests/year/", "tests/shim/test_crash_matrix.py", "tests/flow/account/test_kills_account.py",
    "tests/machine/test_any_order.py", "tests/store/test_quota_traffic.py",
)  # fmt: skip


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The same order in every worker."""
    items.sort(key=lambda item: not item.nodeid.startswith(LONG))


class _Noting(logging.Handler):
    """Notes every record as it would be written."""

    def emit(self, record: logging.LogRecord) -> None:
        SHOWN.append(self.format(record))


@pytest.fixture(autouse=True)
def nothing_secret_is_shown() -> Iterator[None]:
    """In no test does the suite's key, or a name that went through it, turn up in a log or an error."""
    SHOWN.clear()
    root, handler = logging.getLogger(), _Noting(logging.DEBUG)
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield
    root.removeHandler(handler)
    root.setLevel(level)
    assert betrayed(SHOWN) == []

"""How the property tests run, and the watch over what the whole suite shows."""

import logging
import os
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

from tests.shim.operations import preloading
from tests.ward import Ward
from tests.watch import SHOWN, betrayed

slow_machines = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture]
settings.register_profile("test", max_examples=25, deadline=None, suppress_health_check=slow_machines)
settings.register_profile("deep", max_examples=1000, deadline=None, suppress_health_check=slow_machines)
settings.load_profile("deep" if os.environ.get("UCSYNC_DEEP") else "test")


@pytest.fixture(scope="session")
def ward(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ward]:
    """The process that forks processes, for all tests; it has the shim loaded, if that can be made."""
    with Ward(preloading(tmp_path_factory.mktemp("shim"))) as opened:
        yield opened


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

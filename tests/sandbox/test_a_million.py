"""A million customers start at once and need memory only for what is changed."""

import os
import sys
from urllib.parse import quote

import pytest

from tests.benchmarks.bench_sandbox import Served
from ucsync.ultracart import EXPANSIONS

in_the_deep_run = pytest.mark.skipif(not os.environ.get("UCSYNC_DEEP"), reason="UCSYNC_DEEP asks for it")
EVERYTHING = "_expand=" + quote(",".join(EXPANSIONS))


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="memory is read from /proc")
@pytest.mark.parametrize(
    "queries",
    [
        ("_limit=200", "_limit=200&_offset=999800"),
        # an index, as the sort by e-mail has one that is larger
        pytest.param(("_since=" + quote("2025-12-30T00:00:00-05:00"),), marks=in_the_deep_run),
        ("_sort=email",),
    ],
)
def test_a_million_customers_fit_into_300_mb(queries: tuple[str, ...]) -> None:
    served = Served(1_000_000)
    try:
        for query in queries:
            assert served.page(f"{query}&{EVERYTHING}") >= 100
        assert served.peak_mb() < 300
    finally:
        served.stop()

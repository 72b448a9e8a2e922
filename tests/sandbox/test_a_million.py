"""A million customers start at once and need memory only for what is changed."""

import sys
from urllib.parse import quote

import pytest

from tests.benchmarks.bench_sandbox import Served
from ucsync.ultracart import EXPANSIONS

EVERYTHING = "_expand=" + quote(",".join(EXPANSIONS))


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="memory is read from /proc")
@pytest.mark.parametrize(
    "query",
    [
        "_limit=200",
        "_limit=200&_offset=999800",
        "_since=" + quote("2025-12-30T00:00:00-05:00"),
        "_sort=email",
    ],
)
def test_a_million_customers_fit_into_300_mb(query: str) -> None:
    served = Served(1_000_000)
    try:
        assert served.page(f"{query}&{EVERYTHING}") >= 100
        assert served.peak_mb() < 300
    finally:
        served.stop()

"""`make bench`: run every benchmark and print its table."""

from tests.benchmarks import (
    bench_backfill,
    bench_dashboard,
    bench_marts,
    bench_pages,
    bench_publishing,
    bench_push,
    bench_sandbox,
    bench_sync,
    bench_warehouse,
)


def main() -> None:
    """Run them all; none asserts anything."""
    bench_pages.main()
    bench_sandbox.main()
    bench_publishing.main()
    bench_sync.main()
    bench_push.main()
    bench_backfill.main()
    bench_warehouse.main()
    bench_marts.main()
    bench_dashboard.main()


if __name__ == "__main__":
    main()

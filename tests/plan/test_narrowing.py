"""Finding deletions by counting, against a server that is a list."""

from bisect import bisect_left, bisect_right

from hypothesis import given
from hypothesis import strategies as st

from ucsync.plan.narrowing import Question, narrow, price


def answered(server: list[tuple[int, int]], question: Question, *, inclusive: bool) -> int | frozenset[int]:
    """By a server of (second, oid) pairs."""
    seconds = [second for second, _ in server]
    ends = (bisect_left, bisect_right) if inclusive else (bisect_right, bisect_left)
    within = server[ends[0](seconds, question.start_s) : ends[1](seconds, question.end_s)]
    return frozenset(oid for _, oid in within) if question.oids else len(within)


def found(lake: list[tuple[int, int]], server: list[tuple[int, int]], page_size: int, *, inclusive: bool) \
        -> tuple[list[int], int]:  # fmt: skip
    """The missing oids, and what they cost in questions."""
    course = narrow([second for second, _ in lake], [oid for _, oid in lake], page_size)
    asked, answer = 0, None
    while True:
        try:
            question = next(course) if answer is None else course.send(answer)
        except StopIteration as end:
            return sorted(end.value), asked
        asked += 1
        answer = answered(server, question, inclusive=inclusive)


@given(
    st.lists(st.integers(0, 500), max_size=200), st.data(), st.integers(1, 40), st.booleans(),
)  # fmt: skip
def test_every_deletion_is_found_however_the_server_takes_the_bounds(
    seconds: list[int], data: st.DataObject, page_size: int, inclusive: bool
) -> None:
    lake = [(second, oid) for oid, second in enumerate(sorted(seconds), 1)]
    gone = data.draw(st.sets(st.sampled_from(lake))) if lake else set()
    server = [pair for pair in lake if pair not in gone]
    oids, _ = found(lake, server, page_size, inclusive=inclusive)
    assert oids == sorted(oid for _, oid in gone)


def test_no_deletion_costs_one_request() -> None:
    lake = [(second * 10, second) for second in range(1, 100_001)]
    assert found(lake, lake, 200, inclusive=True) == ([], 1)


def test_the_price_is_not_exceeded() -> None:
    lake = [(second * 10, second) for second in range(1, 100_001)]
    server = [pair for pair in lake if pair[1] % 25_000]
    oids, asked = found(lake, server, 200, inclusive=True)
    assert len(oids) == 4
    assert asked + len(oids) <= 1 + price(100_000, 4, 200)
    assert price(100_000, 4, 200) < 100

"""What holds for every change set: each row has one end, and a step does what it says and no more."""

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.flow.push.desk import BY_EMAIL, NAMES, Desk, Told, at_a_desk, columns
from ucsync.model.pushes import Action, Standing
from ucsync.ultracart.changes import after_changes, standing
from ucsync.ultracart.codec import decode_json, encode_json
from ucsync.ultracart.records import Record, record_of

KEEP = '[[merge.keep]]\nfields = ["billing", "email"]\nfrom = ["least minimum_subtotal"]\n'
MERGES = {
    "pairs": '[merge]\nsurvivor = "email"\nabsorbed = "from"\n' + KEEP,
    "groups": '[merge]\ngroup = "from"\nsurvivor = ["most minimum_subtotal"]\n' + KEEP,
}
MAPPING = (
    BY_EMAIL
    + '[actions]\ninsert = true\ndelete = true\ncolumn = "do"\n'
    + columns(
        'notes = { to = "business_notes", rule = "queue" }', 'city = "billing[default].city"',
        'tags = { to = "tags", mode = "set" }', 'rank = "properties.rank"', 'mail = "email"',
        'credit = "store_credit"', 'sub = "minimum_subtotal"',
    )
)  # fmt: skip
HEADER = "email,do,from,notes,city,tags,rank,mail,credit,sub\n"

TEXTS = st.text(st.sampled_from("aB -;=+@\t\"',0.5\n€😀"), max_size=6)
KEYS = st.one_of(st.sampled_from([f"{name}@example.com" for name in (*NAMES, "new", "other")]), TEXTS)
ROWS = st.lists(
    st.tuples(
        KEYS, st.sampled_from(["", "", "", "", "update", "insert", "delete", "merge", "?"]),
        st.one_of(st.just(""), st.just(""), KEYS), *(st.one_of(st.just(""), TEXTS) for _ in range(4)),
        st.one_of(st.just(""), st.just(""), KEYS), st.sampled_from(["", "", "5", "-1", "x"]),
        st.sampled_from(["", "-", "7.50", "1e9", "=1"]),
    ),
    max_size=8,
)  # fmt: skip
CUSTOMERS: list[dict[str, Any]] = [
    {
        "business_notes": "a", "billing": [{"city": "Ulm", "default_billing": True}],
        "minimum_subtotal": Decimal("7.5"),
    },
    {
        "tags": [{"tag_value": "a"}, {"tag_value": "B"}], "properties": [{"name": "rank", "value": "5"}],
        "minimum_subtotal": 5, "billing": [{"city": "Kiel", "company": "K", "default_billing": True}],
    },
    {"billing": [{"city": "Ulm"}, {"city": "Bonn"}], "minimum_subtotal": 9}, {}, {"business_notes": "a"},
]  # fmt: skip


def cell(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def record(document: Mapping[str, Any]) -> Record:
    """As the server would answer it."""
    return record_of(decode_json(encode_json(document)))


def judge(told: Told, rows: int, before: Mapping[int, Record]) -> None:
    """The laws."""
    planned = {row for step in told.steps for row in step.rows}
    held = {queued.row for queued in told.queued}
    rejected = {one.row for one in told.rejected}
    merging = {row for step in told.steps if step.action is Action.MERGE for row in step.rows}
    assert planned | held | rejected <= set(range(1, rows + 1))
    assert planned & rejected <= merging, "what a row asks for beside a merge may be dropped, and is said"
    assert len(planned | held | rejected) + told.header.equal == rows
    assert told.header.rejected == len(told.rejected)
    assert [step.number for step in told.steps] == list(range(1, len(told.steps) + 1))
    for step in told.steps:
        assert all(number < step.number for number in step.rests_on)
        if step.action is Action.UPDATE and step.oid is not None:
            record_before = before[step.oid]
            assert standing(record_before, step.changes) is Standing.UNTOUCHED
            assert standing(after_changes(record_before, step.changes), step.changes) is Standing.THERE
            assert set(step.body) == {change.part for change in step.changes}
        if step.action is Action.INSERT:
            assert "@" in (step.email or "")


@pytest.mark.parametrize("merges", MERGES)
@given(ROWS)
def test_every_row_ends_in_one_way_and_every_step_does_what_it_says(
    tmp_path_factory: pytest.TempPathFactory, merges: str, rows: list[tuple[str, ...]]
) -> None:
    csv = HEADER + "".join(",".join(map(cell, row)) + "\n" for row in rows)

    async def sitting(desk: Desk) -> None:
        told = await desk.told(csv.replace("{", "{{").replace("}", "}}"), MERGES[merges] + MAPPING)
        before = {oid: record(desk.merchant.truth(oid)) for oid in desk.oids.values()}
        judge(told, len(rows), before)

    at_a_desk(tmp_path_factory.mktemp("law"), sitting, *CUSTOMERS)


def test_the_law_has_teeth(tmp_path: Path) -> None:
    """Rows of each kind come out as what they are, so that the law above is about something."""
    lines = [
        ("ann@example.com", "", "", "b", "Bonn", "", "", "", "", ""),
        ("bob@example.com", "", "", "", "", "a", "", "", "5", ""),
        ("cyd@example.com", "", "", "", "Kiel", "", "", "", "", ""),
        ("dan@example.com", "delete", "", "", "", "", "", "", "", ""),
        ("new@example.com", "", "", "x", "", "", "", "", "", "7.50"),
        ("eve@example.com", "", "", "a", "", "", "", "", "", ""),
    ]
    csv = HEADER + "".join(",".join(row) + "\n" for row in lines)

    async def sitting(desk: Desk) -> None:
        told = await desk.told(csv, MERGES["pairs"] + MAPPING)
        actions = sorted(step.action.value for step in told.steps)
        assert actions == ["delete", "insert", "store_credit", "update", "update"]
        assert (len(told.queued), list(told.problems), told.header.equal) == (1, [3], 1)

    at_a_desk(tmp_path, sitting, *CUSTOMERS)

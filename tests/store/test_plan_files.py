"""Plans as files: sealed, ordered by worth, and unusable once anybody has touched them."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.store.faulty import FaultyFiles, How, Killed
from tests.store.samples import MIDNIGHT
from ucsync.model import InputUnusable, Misused, StorageFailed
from ucsync.model.pushes import Action, Change, Limits, PlanHeader, PushPrice, Queued, Rejected, Step
from ucsync.store.files import DiskFiles
from ucsync.store.plan_files import PlanDraft, PlanFile, read_plan

HEADER = PlanHeader(
    merchant="shop", application="0" * 16, fingerprint="f" * 16, version="1", snapshot="20261122T000000Z-0a",
    base=None, created_at=MIDNIGHT, expires_at=MIDNIGHT, source="crm.csv", source_sha256="s" * 64,
    mapping_sha256="m" * 64, limits=Limits(protected=("email",)), tripped=(), customers=5, touched=1,
    steps={"update": 1}, changes=1, cleared=0, equal=3, queued=0, rejected=0,
    price=PushPrice(requests={"updateCustomer": 1}, total=1, hours=0.0, days=0.0, ends_at=MIDNIGHT),
    notes=("one",),
)  # fmt: skip

CHANGE = Change("billing", 55, "city", None, 'Köln "am Rhein"\n')
STEP = Step(
    number=0, action=Action.UPDATE, oid=7, email="a@example.com",
    changes=(CHANGE, Change("tags", "vip", None, None, {})),
    body={"free_shipping_minimum": Decimal("1.5"), "billing": [{"customer_billing_oid": 55, "city": None}]},
    rows=(3,),
)  # fmt: skip
QUEUED = Queued(row=2, oid=8, change=CHANGE, reason="theirs stands")
REJECTED = Rejected(row=1, key="x@example.com", column="City", problem="too long")


def step(worth: int | None = None, rests_on: tuple[int, ...] = (), oid: int = 7) -> Step:
    return replace(STEP, worth=None if worth is None else Decimal(worth), rests_on=rests_on, oid=oid)


def sealed(folder: Path, steps: Iterable[Step] = (STEP,), out: str = "a.plan", files: Any = None) -> PlanFile:
    with PlanDraft(files or DiskFiles(), folder / out) as draft:
        for one in steps:
            draft.add(one)
        draft.reject(replace(REJECTED, row=4))
        draft.reject(REJECTED)
        draft.queue(QUEUED)
        return draft.seal(HEADER)


def test_what_was_planned_is_read_back(tmp_path: Path) -> None:
    plan = read_plan(sealed(tmp_path).path)
    assert plan.header == HEADER
    assert list(plan.steps()) == [replace(STEP, number=1)]
    assert list(plan.queued()) == [QUEUED]
    assert list(plan.rejected()) == [REJECTED, replace(REJECTED, row=4)]


def test_the_digest_is_that_of_all_bytes_before_the_last_line_and_names_the_plan(tmp_path: Path) -> None:
    plan = sealed(tmp_path)
    lines = plan.path.read_bytes().splitlines(keepends=True)
    assert plan.digest == sha256(b"".join(lines[:-1])).hexdigest()
    assert plan.id == f"20261122T000000Z-{plan.digest[:8]}"
    assert read_plan(plan.path) == plan


def test_only_its_owner_reads_it_and_nothing_else_is_left(tmp_path: Path) -> None:
    plan = sealed(tmp_path)
    assert plan.path.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [plan.path]


def test_in_a_folder_it_is_named_by_its_id(tmp_path: Path) -> None:
    plan = sealed(tmp_path, out=".")
    assert plan.path == tmp_path / f"{plan.id}.plan"


def test_a_plan_is_written_once(tmp_path: Path) -> None:
    sealed(tmp_path)
    with pytest.raises(Misused, match=r"a\.plan already"):
        sealed(tmp_path)


def test_a_file_that_appears_meanwhile_is_left_alone(tmp_path: Path) -> None:
    with PlanDraft(DiskFiles(), tmp_path / "a.plan") as draft:
        (tmp_path / "a.plan").write_text("mine")
        with pytest.raises(Misused):
            draft.seal(HEADER)
    assert (tmp_path / "a.plan").read_text() == "mine"
    assert len(list(tmp_path.iterdir())) == 1


def test_the_most_valuable_come_first_and_the_others_as_they_were_added(tmp_path: Path) -> None:
    worths = [None, 5, None, 20, 5]
    plan = sealed(tmp_path, [step(worth, oid=oid) for oid, worth in enumerate(worths, 1)])
    assert [one.oid for one in plan.steps()] == [4, 2, 5, 1, 3]
    assert [one.number for one in plan.steps()] == [1, 2, 3, 4, 5]


def test_what_a_valuable_step_rests_on_is_as_valuable(tmp_path: Path) -> None:
    steps = [step(oid=1), step(5, oid=2), step(9, (1,), oid=3), step(None, (2, 3), oid=4)]
    found = {one.oid: one for one in sealed(tmp_path, steps).steps()}
    assert list(found) == [1, 3, 2, 4]
    assert (found[3].rests_on, found[4].rests_on) == ((1,), (2, 3))


@given(
    st.lists(st.tuples(st.one_of(st.none(), st.integers(-3, 3)), st.sets(st.integers(1, 15))), max_size=15)
)
def test_what_a_step_rests_on_always_comes_before_it(
    tmp_path_factory: pytest.TempPathFactory, asked: list[tuple[int | None, set[int]]]
) -> None:
    steps = [
        step(worth, tuple(sorted(one for one in others if one < number)), oid=number)
        for number, (worth, others) in enumerate(asked, 1)
    ]
    found = list(sealed(tmp_path_factory.mktemp("plan"), steps).steps())
    names = {one.number: one.oid for one in found}
    assert sorted(names) == list(range(1, len(steps) + 1))
    for one in found:
        assert all(other < one.number for other in one.rests_on)
        original = next(given_ for given_ in steps if given_.oid == one.oid)
        assert {names[other] for other in one.rests_on} == set(original.rests_on)


NUMBERS = st.one_of(
    st.integers(-(10**30), 10**30), st.decimals(allow_nan=False, allow_infinity=False), st.booleans()
)
VALUES = st.recursive(
    st.one_of(st.none(), NUMBERS, st.text(st.characters(exclude_categories=["Cs"]))),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner, max_size=3),
    ),
    max_leaves=6,
)


@given(VALUES, VALUES)
def test_every_value_survives_by_its_digits(
    tmp_path_factory: pytest.TempPathFactory, before: Any, after: Any
) -> None:
    whole = replace(STEP, changes=(Change("x", None, None, before, after),), body={"x": after})
    (found,) = sealed(tmp_path_factory.mktemp("plan"), [whole]).steps()
    assert found == replace(whole, number=1)


EDITS: dict[str, Callable[[bytes], bytes]] = {
    "a value changed": lambda data: data.replace(b"K\xc3\xb6ln", b"Bonn!"),
    "a header changed": lambda data: data.replace(b'"merchant":"shop"', b'"merchant":"sho2"'),
    "a line left out": lambda data: b"".join(
        line for line in data.splitlines(keepends=True) if b'"queued":{' not in line
    ),
    "a line added": lambda data: data.replace(b'{"digest"', b'{"step":{}}\n{"digest"', 1),
    "something after the end": lambda data: data + b"\n",
    "the last line torn": lambda data: data[:-1],
    "the last line gone": lambda data: data[: data.rindex(b'{"digest"')],
    "half of it gone": lambda data: data[: len(data) // 2],
    "another digest": lambda data: data[:-10] + b"0000000" + data[-3:],
    "another format": lambda data: data.replace(b'{"format":1,', b'{"format":2,'),
    "no plan": lambda data: b"id,name\n1,x\n",
    "no text": lambda data: b"\xff\xfe\x00" * 9,
    "nothing": lambda data: b"",
}


@pytest.mark.parametrize("edit", EDITS.values(), ids=EDITS)
def test_a_plan_that_is_not_as_it_was_written_is_unusable(
    tmp_path: Path, edit: Callable[[bytes], bytes]
) -> None:
    path = sealed(tmp_path).path
    path.write_bytes(edit(path.read_bytes()))
    with pytest.raises(InputUnusable) as failure:
        read_plan(path)
    assert failure.value.mend == "make the plan again"
    assert "example.com" not in str(failure.value)


def test_a_plan_that_is_not_there_is_unusable(tmp_path: Path) -> None:
    for path, why in ((tmp_path / "none", "there is no such file"), (tmp_path, "it cannot be read")):
        with pytest.raises(InputUnusable, match=f"{path.name}: {why}"):
            read_plan(path)


def test_a_plan_that_changes_while_it_is_read_is_unusable_at_its_end(tmp_path: Path) -> None:
    plan = sealed(tmp_path)
    plan.path.write_bytes(plan.path.read_bytes().replace(b"K\xc3\xb6ln", b"Bonn!"))
    with pytest.raises(InputUnusable, match="changed while it was read"):
        list(plan.steps())


def outcomes() -> list[tuple[int, How]]:
    return [(at, how) for how in How for at in range(1, 12)]


@pytest.mark.parametrize(
    ("at", "how"), outcomes(), ids=lambda held: held.name if isinstance(held, How) else str(held)
)
def test_a_plan_is_there_as_a_whole_or_not_at_all(tmp_path: Path, at: int, how: How) -> None:
    try:
        plan = sealed(tmp_path, files=FaultyFiles(DiskFiles(), at, how))
    except (Killed, StorageFailed):
        if (tmp_path / "a.plan").exists():
            read_plan(tmp_path / "a.plan")
    else:
        assert read_plan(plan.path) == plan


def test_what_a_death_has_left_is_no_hindrance(tmp_path: Path) -> None:
    with pytest.raises(Killed):
        sealed(tmp_path, files=FaultyFiles(DiskFiles(), 4, How.SHORT))
    assert len(list(tmp_path.iterdir())) == 1
    plan = sealed(tmp_path)
    assert list(tmp_path.iterdir()) == [plan.path]

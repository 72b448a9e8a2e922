"""Mapping files: all that they can say, and every fault in one at once, with its line."""

import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ucsync.config.mapping import default_mapping, read_mapping
from ucsync.model import ConfigurationInvalid, InputUnusable
from ucsync.model.pushes import Rule
from ucsync.ultracart.wishes import KeepGroup, ListMode

EXAMPLES = sorted((Path(__file__).parent.parent / "pipelines" / "mappings").glob("*.toml"))
REFERENCE = next(path for path in EXAMPLES if path.stem == "reference")


def write(folder: Path, text: str) -> Path:
    path = folder / "mapping.toml"
    path.write_text(text, encoding="utf-8")
    return path


def faults_of(folder: Path, text: str) -> list[str]:
    """The lines of the refusal, without the path."""
    path = write(folder, text)
    with pytest.raises(ConfigurationInvalid) as caught:
        read_mapping(path)
    lines = str(caught.value).split("\n")
    told = lines[1:] if lines[0].endswith("faults:") else lines
    assert all(str(path) in line for line in told)
    return [line.strip().removeprefix(f"{path}:") for line in told]


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_every_example_is_without_fault_and_lists_what_it_maps(path: Path) -> None:
    mapping = read_mapping(path)
    assert mapping.columns
    assert mapping.digest == read_mapping(path).digest
    assert len(mapping.digest) == 64


def test_the_reference_shows_every_setting() -> None:
    text = REFERENCE.read_text(encoding="utf-8")
    for name in (
        "rule", "worth", "ignore", "credit_description", "by", "column", "clear", "separator", "insert",
        "delete", "group", "survivor", "fields", "from", "absorbed", "to", "mode", "values", "line",
        "drop_apostrophe",
    ):  # fmt: skip
        assert re.search(rf"(?m)(^#?\s*|[{{,] ?){name} = ", text), name
    mapping = read_mapping(REFERENCE)
    assert {column.mode for column in mapping.columns} == {None, *ListMode}
    assert {"store_credit", "cashback", "email_lists", "cc_emails"} <= {
        c.target.part for c in mapping.columns
    }


def test_the_least_mapping_is_one_column(tmp_path: Path) -> None:
    mapping = read_mapping(write(tmp_path, '[columns]\n"Tax" = "tax_id"\n'))
    assert (mapping.match_by, mapping.match_column) == ("customer_profile_oid", "customer_profile_oid")
    assert (mapping.insert, mapping.delete, mapping.clear, mapping.merge) == (False, False, None, None)
    (column,) = mapping.columns
    assert (column.name, column.rule, column.mode, column.separator) == ("Tax", Rule.OURS, None, ";")


def test_one_column_may_be_about_several_fields(tmp_path: Path) -> None:
    mapping = read_mapping(
        write(tmp_path, '[columns]\nStreet = [{ to = "fax", line = 2 }, "billing[default].address1"]\n')
    )
    assert [(column.name, column.line, column.lines_max) for column in mapping.columns] == [
        ("Street", 2, 2),
        ("Street", None, 2),
    ]


def test_whole_parts_are_kept_by_all_their_fields(tmp_path: Path) -> None:
    text = (
        '[merge]\nsurvivor = "A"\nabsorbed = "B"\n'
        '[[merge.keep]]\nfields = ["shipping", "tax_id", "edi"]\nfrom = ["latest last_modified_dts"]\n'
    )
    merge = read_mapping(write(tmp_path, text)).merge
    assert merge is not None
    (group,) = merge.keep
    assert group.fields[0] == "shipping[default].address1"
    assert "shipping[default].default_shipping" not in group.fields
    assert group.fields[-4:] == (
        "tax_id", "edi.channel_partner_oid", "edi.distribution_center_number", "edi.store_number",
    )  # fmt: skip
    assert group == KeepGroup(group.fields, ("latest last_modified_dts",))


FAULTY = """\
rule = "mine"
worth = 5
ignores = ["*"]
credit_description = "%s"
[match]
by = "phone"
[cells]
clear = " - "
separator = 1
[actions]
insert = "yes"
[columns]
"A" = "first_name"
"B" = { to = "tags", line = 1, mode = "all" }
"C" = { rule = "ours" }
"D" = { to = "tax_id", mode = "add", lines = 2 }
"E" = 5
"F" = [{ to = "fax" }, { to = "loyalty.current_points" }]
"G" = { to = "email_lists", mode = "set" }
"H" = { to = "store_credit", rule = "queue" }
"I" = "password"
"J" = "fax"
[merge]
survivor = ["most money"]
absorbed = "Old"
keep = [{ fields = ["tags", "billing", "billing[default].city"], from = [], about = 1 }]
""" % ("x" * 41)
FAULTS_OF_FAULTY = {
    1: ["rule: expected one of ours, theirs, fill_empty, queue"],
    2: ["worth: expected text"],
    3: ["ignores: no such setting; did you mean ignore?"],
    4: ["credit_description: expected one line of at most 40 characters"],
    6: ["match.by: expected one of customer_profile_oid, email"],
    8: ["cells.clear: begins or ends with a blank"],
    9: ["cells.separator: expected text"],
    11: ["actions.insert: expected true or false"],
    13: ["columns.A: no such target; did you mean billing[default].first_name"],
    14: ["columns.B.mode: expected one of set, add, remove", "columns.B: a list has no lines"],
    15: ['columns.C: names no field; add to = "…"'],
    16: ["columns.D.lines: no such setting; did you mean line?", "columns.D: mode is for lists"],
    17: ["columns.E.to: expected text"],
    18: ["columns.F[1]: loyalty is never written by a push"],
    19: ["columns.G: who is on an e-mail list cannot be read"],
    20: ["columns.H: store_credit is never compared"],
    21: ["columns.I: password is for new customers only"],
    22: ["columns.J: fax is written by column 'F' already"],
    23: ["merge: name two columns, survivor and absorbed; or one, group"],
    24: ["merge.survivor[0]: no number of a customer"],
    26: [
        "merge.keep[0].about: no such setting",
        "merge.keep[0].from: expected a list of rules",
        "merge.keep[0].fields[0]: nothing that one customer takes over",
        "merge.keep[0].fields[2]: is kept already",
    ],
}


def test_every_fault_is_told_at_once_with_its_line(tmp_path: Path) -> None:
    told = faults_of(tmp_path, FAULTY)
    wanted = [(line, text) for line, texts in FAULTS_OF_FAULTY.items() for text in texts]
    for line, text in wanted:
        assert any(one.startswith(f"{line}: ") and text in one for one in told), (line, text, told)
    assert len(told) == len(wanted)


UNMEANT = [
    ("", "columns: none, so nothing would ever change"),
    ("[columns]\n", "1: columns: none, so nothing would ever change"),
    ("columns = 5\n", "not a section"),
    ("match = 5\n[columns]\nA = 'tax_id'", "1: match: not a section; write [match]"),
    ("[columns]\nA = 'tax_id'\n[cells]\nworth = 'W'", "4: cells.worth: belongs at the top of the file"),
    (
        "[match]\nby = 'email'\n[columns]\nemail = 'email'",
        "says whom a row means; an address that changes",
    ),
    ("[columns]\nA = {to='tags', mode='set'}\nB = 'tags'", "3: columns.B: tags is written by column 'A'"),
    (
        "[columns]\nA = 'cc_emails'\nB = 'cc_emails[label=\"X\"].email'",
        "3: columns.B: cc_emails is written as a list already",
    ),
    ("[columns]\nA = {to='tax_id', values={x=1}}", "columns.A.values.x: expected text"),
    ("[columns]\nA = {to='tax_id', values='x'}", "columns.A.values: expected a table"),
    ("[columns]\nA = {to='tax_id', line=0}", "columns.A.line: 0 is below 1"),
    ("[merge]\nsurvivor = 'A'", "merge: name two columns"),
    ("[merge]\nsurvivor = 'A'\ngroup = 'B'", "merge: name two columns"),
    ("[merge]\nsurvivor = []\ngroup = 'B'", "merge.survivor: expected a list of rules"),
    ("[merge]\nsurvivor = 'A'\nabsorbed = 'B'\nkeep = 5", "merge.keep: expected sections [[merge.keep]]"),
    ("[merge]\nsurvivor = 'A'\nabsorbed = 'B'\nkeep = [5]", "merge.keep[0]: expected a section"),
    (
        "[merge]\nsurvivor = 'A'\nabsorbed = 'B'\n[[merge.keep]]\nfields = 5\nfrom = ['latest signup_dts']",
        "5: merge.keep[0].fields: expected a list of fields",
    ),
    (
        "[merge]\nsurvivor = 'A'\nabsorbed = 'B'\n[[merge.keep]]\n"
        "fields = ['billing[title=\"X\"].city']\nfrom = ['best', 7, 'most signup_dts']",
        "only the default address means the same to all",
    ),
    ("[columns]\nA = 'tax_id'\nA = 'fax'", "Cannot overwrite a value"),
    ("[columns", "Expected ']'"),
    ("a = " + "[" * 5000, "nests too deep"),
]


@pytest.mark.parametrize(("text", "problem"), UNMEANT, ids=[problem for _, problem in UNMEANT])
def test_what_a_mapping_cannot_mean_is_told(tmp_path: Path, text: str, problem: str) -> None:
    told = faults_of(tmp_path, text)
    assert any(problem in line for line in told), told


@pytest.mark.parametrize(
    ("held", "problem"),
    [(b"\xff\xfe", ":1: not UTF-8"), (b"a = 1\n\xe9", ":2: not UTF-8"), (b"#" * 1_048_577, "larger than")],
    ids=["utf-16", "latin-1", "too large"],
)
def test_a_file_that_is_no_text_is_told_as_such(tmp_path: Path, held: bytes, problem: str) -> None:
    path = tmp_path / "mapping.toml"
    path.write_bytes(held)
    with pytest.raises(ConfigurationInvalid, match=re.escape(problem)):
        read_mapping(path)


def test_a_file_that_is_not_there_is_told_as_such(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationInvalid, match=r"none\.toml: no such file; pipelines/mappings/"):
        read_mapping(tmp_path / "none.toml")
    for path in (tmp_path, Path("a\0b")):
        with pytest.raises(ConfigurationInvalid, match="cannot be read"):
            read_mapping(path)


@pytest.mark.parametrize("setting", ['rule = "theirs"', 'ignore = ["*"]', 'worth = "Spent"'])
def test_a_setting_that_slipped_below_the_columns_is_told_where_it_belongs(
    tmp_path: Path, setting: str
) -> None:
    [told] = faults_of(tmp_path, f'[columns]\n"Tax" = "tax_id"\n{setting}\n')
    assert told.startswith("3: columns.")
    name = setting.partition(" ")[0]
    assert told.endswith(
        "the setting of that name belongs at the top of the file, before the first [section]"
    )
    assert f"columns.{name}" in told


def test_a_target_like_no_other_is_told_with_where_all_of_them_stand(tmp_path: Path) -> None:
    [told] = faults_of(tmp_path, '[columns]\n"A" = "xyzzyx"\n')
    assert told.endswith("no such target; pipelines/mappings/reference.toml shows what there is")


def test_editors_marks_and_line_ends_make_no_difference(tmp_path: Path) -> None:
    path = write(tmp_path, "")
    path.write_bytes(b'\xef\xbb\xbf[columns]\r\n"Tax" = "tax_id"\r\n')
    assert read_mapping(path).columns[0].target.part == "tax_id"


VALUES: st.SearchStrategy[Any] = st.sampled_from(
    [
        "5",
        "true",
        "[]",
        "{}",
        "'tags'",
        "'email'",
        "['*']",
        "{ to = 'tags' }",
        "[{ to = 5 }, 'fax']",
        "2020-01-01",
    ]
)
KEYS = st.sampled_from(
    ["rule", "worth", "ignore", "match", "match.by", "match.column", "cells", "cells.clear", "actions",
     "actions.insert", "columns", "columns.A", "columns.B", "columns.email", "merge", "merge.group",
     "merge.survivor", "merge.absorbed", "merge.keep", "columns.C.to", "columns.C.mode",
     "columns.C.values", "odd"]
)  # fmt: skip


@given(settings=st.dictionaries(KEYS, VALUES, max_size=6))
def test_any_file_is_a_mapping_or_told_in_words(
    settings: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = write(
        tmp_path_factory.getbasetemp(), "".join(f"{key} = {value}\n" for key, value in settings.items())
    )
    try:
        read_mapping(path)
    except ConfigurationInvalid as failure:
        assert "Traceback" not in str(failure)


def test_without_a_mapping_columns_are_named_as_what_they_are_about() -> None:
    mapping = default_mapping(["tax_id", "email", "customer_profile_oid", "tags", 'properties["A b"]'])
    assert (mapping.match_by, mapping.match_column) == ("customer_profile_oid", "customer_profile_oid")
    assert [column.target.text for column in mapping.columns] == [
        "tax_id",
        "email",
        "tags",
        'properties["A b"]',
    ]
    assert mapping.columns[2].mode is ListMode.ADD
    by_email = default_mapping(["email", "tax_id"])
    assert (by_email.match_by, [column.name for column in by_email.columns]) == ("email", ["tax_id"])
    assert mapping.digest != by_email.digest


def test_without_a_mapping_other_columns_are_told_all_at_once() -> None:
    with pytest.raises(InputUnusable, match="--mapping") as caught:
        default_mapping(["email", "First Name", "tax_id", "orders", "password"])
    told = str(caught.value)
    assert '"First Name": ' in told
    assert "orders: orders is never written" in told
    assert "password is for new customers only" in told
    assert "tax_id:" not in told


def test_without_a_mapping_a_headerless_file_is_not_repeated() -> None:
    with pytest.raises(InputUnusable, match="says whom a row means") as caught:
        default_mapping(["Ann", "ann@shop.example"])
    assert "Ann" not in str(caught.value)

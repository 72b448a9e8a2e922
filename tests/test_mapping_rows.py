"""What the rows of a change set ask for under a mapping, and every fault that a row has."""

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ucsync.config.mapping import default_mapping, read_mapping
from ucsync.model.pushes import Action, Rule
from ucsync.ultracart.asked import check_columns, read_row
from ucsync.ultracart.wishes import Asked, Cell, ListMode, Mapping

Reader = Callable[[str], Mapping]

PLAIN = """
rule = "queue"
worth = "Worth"
[match]
column = "ID"
[cells]
clear = "(none)"
[columns]
"Tax ID" = "tax_id"
"Exempt" = "tax_exempt"
"Mail" = "email"
"City" = { to = "billing[default].city", rule = "fill_empty" }
"Ship city" = "shipping[customer_shipping_oid=@Ship ID].city"
"Street" = [{ to = "billing[default].address1", line = 1 }, { to = "billing[default].address2", line = 2 }]
"Tags" = { to = "tags", mode = "set", separator = "," }
"Tiers off" = { to = "pricing_tiers", mode = "remove" }
"Copies" = "cc_emails"
"Least" = "minimum_subtotal"
"Score" = "properties.Score"
"Credit" = "store_credit"
"Cashback" = "cashback"
"Phone" = { to = "billing[default].day_phone", drop_apostrophe = true }
[columns.Mute]
to = "do_not_send_mail"
values = { agreed = "no", refused = "yes", unknown = "", gone = "(none)" }
"""
ACTIONS = """
[match]
column = "ID"
[actions]
insert = true
delete = true
column = "Do"
[columns]
"Tax ID" = "tax_id"
"Mail" = "email"
"Password" = "password"
"""
PAIRS = """
[match]
by = "email"
[actions]
column = "Do"
[columns]
"Tax ID" = "tax_id"
[merge]
survivor = "Kept"
absorbed = "Gone"
"""
GROUPS = """
[match]
column = "ID"
[merge]
group = "Group"
survivor = ["earliest signup_dts"]
"""


@pytest.fixture
def mapping(tmp_path: Path) -> Reader:
    def read(text: str) -> Mapping:
        path = tmp_path / "mapping.toml"
        path.write_text(text, encoding="utf-8")
        return read_mapping(path)

    return read


def asked(mapping: Mapping, **cells: Cell) -> Asked:
    """The row; cells are named with _ for a blank."""
    read, rejected = read_row(mapping, 7, {name.replace("_", " "): cell for name, cell in cells.items()})
    assert rejected == []
    assert read is not None
    assert read.row == 7
    return read


def refused(mapping: Mapping, **cells: Cell) -> list[tuple[str | None, str]]:
    read, rejected = read_row(mapping, 7, {name.replace("_", " "): cell for name, cell in cells.items()})
    assert read is None
    assert all(one.row == 7 and "\n" not in one.problem for one in rejected)
    return [(one.column, one.problem) for one in rejected]


def wished(mapping: Mapping, **cells: Cell) -> dict[str, object]:
    return {wish.target.text: wish.after for wish in asked(mapping, ID="5", **cells).wishes}


def test_a_row_says_whom_what_and_by_which_rule(mapping: Reader) -> None:
    row = asked(mapping(PLAIN), ID=" 12.0 ", Tax_ID="AB-1", City="Rome", Worth="99.50")
    assert (row.key, row.oid, row.email, row.action) == ("12.0", 12, None, Action.UPDATE)
    assert row.worth == Decimal("99.5")
    assert [(wish.column, wish.target.text, wish.rule, wish.after) for wish in row.wishes] == [
        ("Tax ID", "tax_id", Rule.QUEUE, "AB-1"),
        ("City", "billing[default].city", Rule.FILL_EMPTY, "Rome"),
    ]


@pytest.mark.parametrize("cell", ["", None, []], ids=["empty", "missing", "an empty list"])
def test_an_empty_cell_changes_nothing_whatever_its_field(mapping: Reader, cell: Cell) -> None:
    names = ("Tax ID", "Exempt", "Mail", "Least", "Tags", "Credit", "Ship city", "Street", "Score", "Worth")
    read, rejected = read_row(mapping(PLAIN), 1, {"ID": "5"} | dict.fromkeys(names, cell))
    assert rejected == []
    assert read is not None
    assert read.wishes == ()


def test_clearing_is_said_with_the_token_and_with_nothing_else(mapping: Reader) -> None:
    rules = mapping(PLAIN)
    assert wished(rules, Tax_ID="(none)", Score=" (none) ", Least="(none)", Tags=["(none)"]) == {
        "tax_id": None,
        "properties.Score": None,
        "minimum_subtotal": None,
        "tags": (),
    }
    assert wished(mapping(PLAIN.replace('clear = "(none)"', "")), Tax_ID="(none)") == {"tax_id": "(none)"}
    assert wished(rules, Tags=" (none) ") == {"tags": ()}
    assert refused(rules, ID="5", Tags="a,(none)") == [("Tags", "clears the list and names something in it")]
    told = refused(rules, ID="5", Mail="(none)", Mute="gone", Credit="(none)", Tiers_off="(none)")
    assert told == [
        ("Mail", "email cannot be cleared"),
        ("Tiers off", 'a list is cleared only where its mode is "set"'),
        ("Credit", "store_credit cannot be cleared"),
        ("Mute", "do_not_send_mail cannot be cleared"),
    ]


def test_names_are_split_trimmed_and_said_once(mapping: Reader) -> None:
    rules = mapping(PLAIN)
    row = asked(rules, ID="5", Tags=" vip , new,,vip,VIP ", Tiers_off="old", Copies="A@b.example;a@B.example")
    found = {wish.column: (wish.mode, wish.after) for wish in row.wishes}
    assert found["Tags"] == (ListMode.SET, ("vip", "new", "VIP"))
    assert found["Tiers off"] == (ListMode.REMOVE, ("old",))
    assert found["Copies"] == (ListMode.ADD, ("A@b.example",))
    assert wished(rules, Tags=["one, two", "three"]) == {"tags": ("one, two", "three")}
    assert refused(rules, ID="5", Tags=" , ") == [
        ("Tags", "holds no name; leave the cell empty for no change")
    ]


def test_a_name_is_not_added_and_removed_by_one_row(mapping: Reader) -> None:
    rules = mapping(
        '[match]\ncolumn = "ID"\n[columns]\nIn = "tags"\nOut = { to = "tags", mode = "remove" }\n'
        'Cc = "cc_emails"\nNoCc = { to = "cc_emails", mode = "remove" }\n'
    )
    assert len(asked(rules, ID="5", In="a;b", Out="c;B").wishes) == 2
    told = refused(rules, ID="5", In="a;b", Out="c;b", Cc="A@b.example", NoCc="a@b.example")
    assert told == [
        ("Out", "removes a name that column 'In' adds"),
        ("NoCc", "removes a name that column 'Cc' adds"),
    ]


def test_a_cell_can_mean_another_value_than_it_says(mapping: Reader) -> None:
    rules = mapping(PLAIN)
    assert [wished(rules, Mute=cell) for cell in (" agreed ", "refused", "unknown", "yes")] == [
        {"do_not_send_mail": False},
        {"do_not_send_mail": True},
        {},
        {"do_not_send_mail": True},
    ]


def test_lines_of_a_street_become_fields_and_none_is_lost(mapping: Reader) -> None:
    rules = mapping(PLAIN)
    first, second = "billing[default].address1", "billing[default].address2"
    assert wished(rules, Street="1 Mill Lane") == {first: "1 Mill Lane"}
    assert wished(rules, Street="1 Mill Lane\r\n\r\n Flat 2 \n") == {first: "1 Mill Lane", second: "Flat 2"}
    assert refused(rules, ID="5", Street="a\nb\nc") == [
        ("Street", "3 lines, and the mapping takes 2; the last would be lost")
    ]


def test_an_apostrophe_goes_only_where_the_mapping_says_so(mapping: Reader) -> None:
    assert wished(mapping(PLAIN), Phone="'+15550100", City="'s-Hertogenbosch", Score="'7") == {
        "billing[default].day_phone": "+15550100",
        "billing[default].city": "'s-Hertogenbosch",
        "properties.Score": "'7",
    }


def test_a_child_row_is_picked_by_the_oid_in_its_column(mapping: Reader) -> None:
    rules = mapping(PLAIN)
    (wish,) = asked(rules, ID="5", Ship_city="Rome", Ship_ID="77").wishes
    assert (wish.pick_oid, wish.after) == (77, "Rome")
    assert asked(rules, ID="5", Ship_ID="77").wishes == ()
    assert refused(rules, ID="5", Ship_city="Rome") == [
        ("Ship city", "no own oid in column 'Ship ID' says which row is meant")
    ]
    assert refused(rules, ID="5", Ship_city="Rome", Ship_ID="x")[0][0] == "Ship city"


def test_every_fault_of_a_row_is_told_and_nothing_of_it_is_kept(mapping: Reader) -> None:
    told = refused(
        mapping(PLAIN), ID="x", Tax_ID="x" * 16, Exempt="?", Least=" ", Credit="-1", Worth="dear",
        Mail="no mail", City=["a", "b"],
    )  # fmt: skip
    assert [column for column, _ in told] == [
        "Tax ID", "Exempt", "Mail", "City", "Least", "Credit", "ID", "Worth",
    ]  # fmt: skip


def test_a_row_without_customer_or_without_anything_is_told(mapping: Reader) -> None:
    rules = mapping(PLAIN)
    assert refused(rules, ID=" ", Tax_ID="1") == [("ID", "empty, so it names no customer")]
    assert refused(rules, ID="", Tax_ID=None) == [(None, "an empty row")]
    assert refused(rules, ID=["5"], Tax_ID="1")[0] == ("ID", "a list, where one value is wanted")


def test_actions_are_words_and_insert_and_delete_have_to_be_switched_on(mapping: Reader) -> None:
    rules = mapping(ACTIONS)
    assert [asked(rules, ID="5", Do=word).action for word in ("", "Update", " DELETE ")] == [
        Action.UPDATE, Action.UPDATE, Action.DELETE,
    ]  # fmt: skip
    assert asked(rules, ID="5", Do="delete", Tax_ID="x" * 99).wishes == ()
    off = mapping(ACTIONS.replace("= true", "= false").replace('"Password" = "password"', ""))
    for word, problem in (
        ("insert", "inserting is not switched on"),
        ("delete", "deleting is not switched on"),
        ("merge", "nothing says who is merged"),
        ("erase", "no action; write update, insert, merge, delete"),
    ):
        ((column, told),) = refused(off, ID="5", Do=word)
        assert column == "Do"
        assert problem in told


def test_who_has_no_oid_yet_is_inserted_with_the_address_of_the_row(mapping: Reader) -> None:
    rules = mapping(ACTIONS)
    for word in ("", "update", "insert"):
        row = asked(rules, ID="", Do=word, Mail="ann@shop.example", Password="sesame 1")
        assert (row.action, row.oid, row.email) == (Action.INSERT, None, "ann@shop.example")
        assert [wish.target.part for wish in row.wishes] == ["email", "password"]
    assert refused(rules, ID="", Tax_ID="1")[0][1].startswith("empty, and without an e-mail address")
    assert refused(rules, ID="5", Do="insert")[0][1].startswith("an insert has no oid yet")
    assert refused(rules, ID="", Do="delete") == [("ID", "empty, so it names no customer")]


def test_an_address_finds_whoever_has_it_but_inserts_only_as_an_address(mapping: Reader) -> None:
    rules = mapping(
        '[match]\nby = "email"\n[actions]\ninsert = true\ncolumn = "Do"\n[columns]\nTax = "tax_id"\n'
    )
    row = asked(rules, email=" Sample.test ", Tax="1")
    assert (row.action, row.oid, row.email, row.key) == (Action.UPDATE, None, "Sample.test", "Sample.test")
    assert refused(rules, email="Sample.test", Do="insert")[0][1].startswith("not an e-mail address")
    assert refused(rules, email="a b@shop.example", Tax="1") == [
        ("email", "holds a blank, as no e-mail address does")
    ]


def test_pairs_to_merge_name_survivor_and_absorbed(mapping: Reader) -> None:
    rules = mapping(PAIRS)
    row = asked(rules, Kept="ann@shop.example", Gone=" old@shop.example ", Tax_ID="1")
    assert (row.action, row.email, row.absorbed) == (Action.MERGE, "ann@shop.example", "old@shop.example")
    assert [wish.after for wish in row.wishes] == ["1"]
    assert asked(rules, Kept="ann@shop.example", Tax_ID="1").action is Action.UPDATE
    assert refused(rules, Gone="old@shop.example") == [("Kept", "empty, so it names no customer")]
    assert refused(rules, Kept="ann@shop.example", Do="merge")[0][0] == "Do"
    assert refused(rules, Kept="a@shop.example", Gone="b@shop.example", Do="update")[0][0] == "Do"
    by_oid = mapping(PAIRS.replace('by = "email"', ""))
    assert asked(by_oid, Kept="7", Gone="8.0").absorbed == "8"
    assert refused(by_oid, Kept="7", Gone="b@shop.example")[0][0] == "Gone"


def test_rows_of_a_group_are_merged_and_a_row_may_keep_out_of_it(mapping: Reader) -> None:
    row = asked(mapping(GROUPS), ID="5", Group=" G1 ")
    assert (row.action, row.oid, row.group, row.absorbed) == (Action.MERGE, 5, "G1", None)
    assert asked(mapping(GROUPS), ID="5", Group="").action is Action.UPDATE
    out = mapping(GROUPS + '[actions]\ncolumn = "Do"\n')
    row = asked(out, ID="5", Group="G1", Do="update")
    assert (row.action, row.group) == (Action.UPDATE, None)


def test_a_file_fits_a_mapping_when_every_column_is_mapped_or_ignored(mapping: Reader) -> None:
    rules = mapping('ignore = ["Notes", "My * field"]\n' + PAIRS)
    columns = ["Kept", "Gone", "Do", "Tax ID"]
    assert check_columns(rules, [*columns, "Notes", "My own field"]) == []
    assert check_columns(
        rules, ["kept", "Gone", "Do", "Tax ID", "My field", "ann@shop.example", "05550100"]
    ) == [
        "column 'Kept' is mapped and missing; there is 'kept', and names are compared exactly",
        "column 'kept' is neither mapped nor ignored; map it, or add it to ignore",
        "column 'My field' is neither mapped nor ignored; map it, or add it to ignore",
        "column 6 is neither mapped nor ignored; map it, or add it to ignore",
        "column 7 is neither mapped nor ignored; map it, or add it to ignore",
    ]
    assert check_columns(mapping('ignore = ["*"]\n' + PAIRS), [*columns, "whatever"]) == []


def test_a_file_without_a_header_is_told_as_such_and_not_repeated(mapping: Reader) -> None:
    (told,) = check_columns(mapping(PAIRS), ["Ann", "12 Mill Lane", "ann@shop.example"])
    assert "is its first line a header?" in told
    assert "Ann" not in told


def test_the_column_that_picks_a_row_has_to_be_there(mapping: Reader) -> None:
    rules = mapping(PLAIN)
    assert "Ship ID" in rules.names
    columns = [name for name in rules.names if name != "Ship ID"]
    assert check_columns(rules, columns) == ["column 'Ship ID' is mapped and missing"]


WORDS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
CELLS = (
    st.none()
    | WORDS
    | st.sampled_from(["5", "yes", "(none)", "a@b.example", "1.5", "'7"])
    | st.lists(WORDS, max_size=3)
)
NAMED = default_mapping(
    ["customer_profile_oid", "email", "tax_id", "tax_exempt", "billing[default].city", "tags", "cc_emails",
     "properties.Any", "minimum_subtotal", "store_credit", "pricing_tiers", "email_lists"]
)  # fmt: skip


@given(cells=st.fixed_dictionaries(dict.fromkeys(NAMED.names, CELLS)))
def test_whatever_the_cells_hold_a_row_is_good_or_all_its_faults_are_told(cells: dict[str, Cell]) -> None:
    read, rejected = read_row(NAMED, 1, cells)
    assert (read is None) == bool(rejected)
    assert len(set(rejected)) == len(rejected)
    if read is not None:
        for wish in read.wishes:
            assert cells[wish.column]
            assert wish.after is not None or wish.target.is_list
            assert (wish.mode is not None) == wish.target.is_list

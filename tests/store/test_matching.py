from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.store.documents import snapshot_of
from tests.store.faulty import QuickFiles
from ucsync.model import Receipt, StorageFailed
from ucsync.store.lake import Lake
from ucsync.store.matching import match_emails, oids_there

EMAILS = {
    3: "ann@example.com",
    5: "Ann@Example.com",
    6: "bob@example.com",
    8: "",
    9: None,
    11: "Straße@example.com",
    12: "ΟΔΟΣ@example.com",
    14: "\u212aelvin@example.com",  # the sign for a kelvin, whose small letter is an ASCII k
    15: "İzmir@example.com",
}


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> tuple[Lake, Receipt]:
    documents = [{"customer_profile_oid": oid, "email": email} for oid, email in EMAILS.items()]
    return snapshot_of(tmp_path_factory.mktemp("shop"), documents, rows_part=2)


@pytest.mark.parametrize(
    ("asked", "key", "oids"),
    [
        pytest.param("bob@example.com", "bob@example.com", [6], id="one"),
        pytest.param("BOB@example.COM", "bob@example.com", [6], id="other case"),
        pytest.param("aNN@example.com", "ann@example.com", [3, 5], id="several"),
        pytest.param("nobody@example.com", "nobody@example.com", [], id="nobody"),
        pytest.param("straße@example.com", "straße@example.com", [11], id="beyond ASCII"),
        pytest.param("οδος@example.com", "οδος@example.com", [12], id="final sigma"),
        pytest.param("KELVIN@example.com", "kelvin@example.com", [14], id="ASCII for what is not"),
        pytest.param("\u212aELVIN@example.com", "kelvin@example.com", [14], id="what is not ASCII"),
        pytest.param("İZMİR@example.com", "i\u0307zmi\u0307r@example.com", [], id="another word"),
    ],
)
def test_an_address_finds_its_customers_in_whatever_case(
    shop: tuple[Lake, Receipt], asked: str, key: str, oids: list[int]
) -> None:
    assert match_emails(*shop, [asked]) == {key: oids}


@given(st.lists(st.sampled_from([email for email in EMAILS.values() if email]) | st.text(max_size=5)))
def test_it_is_pythons_small_letters_that_count(shop: tuple[Lake, Receipt], asked: list[str]) -> None:
    wanted = {email.lower() for email in asked if email}
    plain = {
        email: [oid for oid, held in EMAILS.items() if held and held.lower() == email] for email in wanted
    }
    assert match_emails(*shop, [email for email in asked if email]) == plain


def test_asking_for_nobody_reads_nothing(shop: tuple[Lake, Receipt], tmp_path: Path) -> None:
    elsewhere = Lake(QuickFiles(), tmp_path)
    assert match_emails(elsewhere, shop[1], []) == {}
    assert oids_there(elsewhere, shop[1], [1, 2, 99]) == set()


@given(st.lists(st.integers(1, 20)))
def test_the_oids_that_are_there_are_told(shop: tuple[Lake, Receipt], asked: list[int]) -> None:
    assert oids_there(*shop, asked) == set(asked) & EMAILS.keys()


def test_a_damaged_part_is_refused(tmp_path: Path) -> None:
    lake, receipt = snapshot_of(tmp_path, [{"customer_profile_oid": 1, "email": "a@example.com"}])
    part = lake.path_of(receipt.snapshot) / receipt.files[0].path
    part.write_bytes(part.read_bytes()[:-1] + b"?")
    with pytest.raises(StorageFailed):
        match_emails(lake, receipt, ["a@example.com"])
    with pytest.raises(StorageFailed):
        oids_there(lake, receipt, [1])

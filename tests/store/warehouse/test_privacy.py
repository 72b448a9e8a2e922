"""What of a person a warehouse shows: nothing at standard, whatever they put into whichever field."""

import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from tests.store.warehouse.nights import KEY, Document, Nights, asked, people, texts_in
from ucsync.model import Hashing, Tier
from ucsync.store.schema import CUSTOMER
from ucsync.store.warehouse import Shown, about_warehouse, open_warehouse
from ucsync.store.warehouse.privacy import RULES, is_shown

STANDARD, MEDIUM, HIGH = Tier


def texts_of(fields: Any, path: str = "") -> Iterator[str]:
    """The paths of all texts."""
    for field in fields:
        here, type_ = f"{path}.{field.name}" if path else field.name, field.type
        while pa.types.is_list(type_):
            type_ = type_.value_type
        if pa.types.is_struct(type_):
            yield from texts_of(type_, here)
        elif pa.types.is_string(type_):
            yield here


PATHS = list(texts_of(CUSTOMER))
#: Of these the lake decides itself what is in them.
_OF_THE_LAKE = ("_scan", "_extras", "orders", "quotes")


def test_every_text_of_a_customer_has_a_rule_of_its_own_and_no_rule_is_of_nothing() -> None:
    assert set(PATHS) == set(RULES)


def test_what_a_tier_shows_a_higher_one_shows_too() -> None:
    for rule in RULES.values():
        shown = [is_shown(rule, tier) for tier in Tier]
        assert shown == sorted(shown)
    assert {path for path in PATHS if not is_shown(RULES[path], HIGH)} == set()
    assert {path for path in PATHS if is_shown(RULES[path], HIGH) and not is_shown(RULES[path], MEDIUM)} == {
        "tax_id", "_extras", "orders", "quotes",
    }  # fmt: skip


def test_a_new_field_is_hidden_until_somebody_decides() -> None:
    schema = CUSTOMER.append(pa.field("maiden_name", pa.string()))
    assert all("maiden_name" not in Shown(tier, Hashing.HMAC_SHA256).columns(schema, "held") for tier in Tier)


class Canary:
    """A customer whose every text can be told from any other."""

    def __init__(self, oid: int, text: str, paths: list[str]) -> None:
        """`text` has {} for the number of the text's path; other paths keep what they have."""
        self.texts = {path: text.format(PATHS.index(path)) for path in paths}
        (self.document,) = people(1)
        self.document |= {"customer_profile_oid": oid}
        for name in CUSTOMER.names:
            if not name.startswith("_") and name not in ("orders", "quotes"):
                self.document[name] = self._filled(CUSTOMER.field(name).type, name, self.document.get(name))
        order = {"billing": {"last_name": self.texts.get("orders", "none")}}
        self.document |= {"orders": [order], "quotes": [{"note": self.texts.get("quotes", "none")}]}
        self.document["nickname_of_old"] = self.texts.get("_extras", "none")

    def _filled(self, type_: Any, path: str, held: Any) -> Any:
        if pa.types.is_list(type_):
            items = held or [None]
            return [self._filled(type_.value_type, path, item) for item in items]
        if pa.types.is_struct(type_):
            inner = {
                field.name: self._filled(field.type, f"{path}.{field.name}", (held or {}).get(field.name))
                for field in type_
            }
            return {name: value for name, value in inner.items() if value is not None}
        return self.texts.get(path, held)


def hidden(tier: Tier) -> list[str]:
    return [path for path in PATHS if not is_shown(RULES[path], tier)]


#: All that is hidden at standard, in words that no form of a text would keep out; and a person who has put
#: an e-mail address or a sentence into every field there is.
CANARIES = {
    "hidden": Canary(1, "Qanari{}xyz", [path for path in hidden(STANDARD) if path not in _OF_THE_LAKE[:1]]),
    "everywhere": Canary(2, "zoë.{}.qanary@mail.example", [path for path in PATHS if path != "_scan"]),
    "deleted": Canary(3, "Zzyzx{}gone", [path for path in hidden(STANDARD) if path != "_scan"]),
}


@pytest.fixture(scope="module")
def nights(tmp_path_factory: pytest.TempPathFactory) -> Nights:
    """A lake in which they are, were before they changed, or were before they were deleted."""
    made = Nights(tmp_path_factory.mktemp("canaries"))
    others: list[Document] = [{"customer_profile_oid": 90 + number, "tags": []} for number in range(3)]
    made.publish([*(canary.document for canary in CANARIES.values()), *others])
    changed = {
        **CANARIES["hidden"].document,
        "business_notes": "Qanari-was-here",
        "email": "q@nowhere.example",
    }
    made.publish([changed, others[0] | {"fax": "qanari-fax"}], gone=[3])
    return made


@pytest.fixture(scope="module")
def tiers(nights: Nights) -> dict[Tier, Path]:
    """A warehouse of each."""
    return {tier: nights.build(tier) for tier in Tier}


def pieces() -> Iterator[str]:
    """Whatever would tell who one of them is, in small letters."""
    yield from ("qanari", "qanary", "zzyzx", "zoë.")
    for canary in CANARIES.values():
        for text in canary.texts.values():
            yield from (text[:-1].lower(), text[1:].lower())


@pytest.mark.parametrize("hashing", Hashing)
def test_at_standard_no_byte_and_no_value_tells_a_person(
    nights: Nights, tiers: dict[Tier, Path], hashing: Hashing
) -> None:
    path = (
        tiers[STANDARD] if hashing is Hashing.HMAC_SHA256 else nights.build(STANDARD, hashing, name="other")
    )
    raw, decoded = path.read_bytes().lower(), texts_in(path).lower()
    assert "customer_history" in decoded
    for piece in pieces():
        assert piece not in decoded
        assert piece.encode() not in raw


def test_each_tier_has_a_file_of_its_own_that_only_its_owner_reads(tiers: dict[Tier, Path]) -> None:
    assert [path.name for path in tiers.values()] == [
        "warehouse.duckdb", "warehouse-medium.duckdb", "warehouse-high.duckdb",
    ]  # fmt: skip
    for tier, path in tiers.items():
        about = about_warehouse(path)
        assert about is not None
        assert about.tier is tier
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_neither_the_key_nor_where_the_lake_is_stands_in_a_warehouse(tiers: dict[Tier, Path]) -> None:
    for path in tiers.values():
        raw = path.read_bytes()
        assert str(path.parent).encode() not in raw
        for mask in (0, 0x36, 0x5C):
            masked = bytes(byte ^ mask for byte in KEY)
            assert masked not in raw
            assert masked.hex().encode() not in raw.lower()


@pytest.mark.parametrize("tier", [MEDIUM, HIGH])
def test_higher_tiers_show_what_is_theirs_and_no_more(tiers: dict[Tier, Path], tier: Tier) -> None:
    decoded = texts_in(tiers[tier])
    for name, canary in CANARIES.items():
        for where, text in canary.texts.items():
            assert (text in decoded) == is_shown(RULES[where], tier), (name, where)


def test_what_is_hidden_has_no_column_at_standard_but_its_hash(tiers: dict[Tier, Path]) -> None:
    with open_warehouse(tiers[STANDARD]) as warehouse:
        row = asked(warehouse, "FROM customers WHERE customer_profile_oid = 2")[0]
    assert {"email", "fax", "tax_id", "business_notes", "orders", "_extras"}.isdisjoint(row)
    assert {"email_hash", "tax_id_hash", "last_modified_dts", "signup_dts"} <= set(row)
    (address, *_) = row["billing"]
    assert {"first_name", "last_name", "address1", "address2", "city", "day_phone"}.isdisjoint(address)
    assert address["last_name_hash"]
    assert address["country_code"] is None  # this person has written something else there


def test_business_words_are_open_at_standard(tmp_path: Path) -> None:
    nights = Nights(tmp_path)
    nights.publish(
        [
            {
                "customer_profile_oid": 1,
                "tags": [{"tag_value": "VIP"}, {"tag_value": "ann@example.com"}],
                "terms": "Net 30",
                "billing": [
                    {"country_code": "US", "state_region": "CA", "city": "Fresno"},
                    {"country_code": "us", "state_region": "California"},
                    {"country_code": "AU", "state_region": "NSW"},
                ],
                "pricing_tiers": [{"name": "Wholesale", "pricing_tier_oid": 1}],
                "loyalty": {"internal_gift_certificate_balance": "$12.50", "loyalty_tier_name": "Gold"},
                "signup_dts": "2024-05-01T10:00:00-04:00",
            }
        ]
    )
    with open_warehouse(nights.build()) as warehouse:
        row = asked(warehouse, "FROM customers")[0]
        tags = asked(warehouse, "FROM tags")
    assert [(one["country_code"], one["state_region"]) for one in row["billing"]] == [
        ("US", "CA"), (None, None), ("AU", "NSW"),
    ]  # fmt: skip
    assert [tag["tag_value"] for tag in tags] == ["VIP", None]
    assert (row["terms"], row["pricing_tiers"][0]["name"]) == ("Net 30", "Wholesale")
    assert row["loyalty"]["internal_gift_certificate_balance"] == "$12.50"
    assert row["loyalty"]["loyalty_tier_name"] == "Gold"
    assert row["signup_dts"] == "2024-05-01T10:00:00-04:00"

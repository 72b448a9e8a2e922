"""Hashes that others can make, too, who have the key; and the key itself."""

import hmac
import stat
from base64 import b64encode
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from tests.store.faulty import QuickFiles, trials
from tests.store.warehouse.nights import KEY, Nights, asked
from ucsync.model import Hashing, StorageFailed, Tier
from ucsync.store.files import Files
from ucsync.store.warehouse import key_of, open_warehouse

FILES = QuickFiles()
CUSTOMER: dict[str, Any] = {
    "customer_profile_oid": 1,
    "email": " Zoë@Example.COM ",
    "tax_id": "12-3456789",
    "referral_source": "",
    "billing": [
        {"first_name": "Zoë", "last_name": "O'Hara \\x41", "city": "Köln", "day_phone": "+1 555 0100"},
        {"first_name": None, "last_name": "李"},
    ],
    "cc_emails": [{"email": "ZOË@example.com"}],
}


def keyed(text: str) -> str:
    return b64encode(hmac.new(KEY, text.encode(), sha256).digest()).decode()


def plain(text: str) -> str:
    return b64encode(sha256(text.encode()).digest()).decode()


def hashes(folder: Path, hashing: Hashing, tier: Tier = Tier.STANDARD) -> dict[str, Any]:
    nights = Nights(folder)
    nights.publish([CUSTOMER])
    with open_warehouse(nights.build(tier, hashing)) as warehouse:
        (row,) = asked(warehouse, "FROM customers")
    return row


@pytest.mark.parametrize("tier", Tier)
def test_a_keyed_hash_is_the_hmac_that_any_library_makes(tmp_path: Path, tier: Tier) -> None:
    row = hashes(tmp_path, Hashing.HMAC_SHA256, tier)
    assert row["tax_id_hash"] == keyed("12-3456789")
    assert row["referral_source_hash"] == keyed("")
    first, second = row["billing"]
    told = [first[f"{name}_hash"] for name in ("first_name", "last_name", "city", "day_phone")]
    assert told == [keyed("Zoë"), keyed("O'Hara \\x41"), keyed("Köln"), keyed("+1 555 0100")]
    assert (second["first_name_hash"], second["last_name_hash"]) == (None, keyed("李"))
    assert second["address1_hash"] is None


def test_an_email_is_hashed_without_regard_to_case_and_space_so_that_joins_find_it(tmp_path: Path) -> None:
    row = hashes(tmp_path, Hashing.HMAC_SHA256)
    assert row["email_hash"] == keyed("zoë@example.com") == row["cc_emails"][0]["email_hash"]


def test_the_compatible_mode_hashes_what_the_vendor_hashes_as_it_stands_and_nothing_else(
    tmp_path: Path,
) -> None:
    row = hashes(tmp_path, Hashing.SHA256_BASE64)
    assert row["email_hash"] == plain(" Zoë@Example.COM ")
    assert row["tax_id_hash"] == plain("12-3456789")
    assert row["billing"][0]["last_name_hash"] == plain("O'Hara \\x41")
    # short lists of what they can be are public: a hash that anybody can make would hide nothing
    assert row["billing"][0]["city_hash"] is row["referral_source_hash"] is None


def test_the_key_is_made_once_and_for_its_owner_only(tmp_path: Path) -> None:
    key = key_of(FILES, tmp_path / "privacy", "shop")
    assert len(key) == 32
    assert key_of(FILES, tmp_path / "privacy", "shop") == key
    assert key_of(FILES, tmp_path / "privacy", "outlet") != key
    path = tmp_path / "privacy" / "shop.key"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    path.write_bytes(key[:-1])
    with pytest.raises(StorageFailed, match=r"privacy/shop\.key of the state is damaged"):
        key_of(FILES, tmp_path / "privacy", "shop")


def test_whatever_dies_a_key_is_whole_or_not_there(tmp_path: Path) -> None:
    def make(files: Files, folder: Path) -> bytes:
        return key_of(files, folder / "privacy", "shop", lambda count: bytes(count))

    for trial in trials(make, tmp_path):
        path = trial.folder / "privacy" / "shop.key"
        assert not path.exists() or path.read_bytes() == bytes(32)
        assert trial.ended is not None or path.exists()
        assert make(FILES, trial.folder) == bytes(32)

"""Exports as HubSpot, Salesforce and Shopify write them, read with the mappings that are made for them."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from ucsync.config.mapping import read_mapping
from ucsync.store.change_sets import open_change_set
from ucsync.ultracart.asked import check_columns, read_row
from ucsync.ultracart.wishes import ListMode

HERE = Path(__file__).parent
MAPPINGS = HERE.parent / "pipelines" / "mappings"
EXPORTS = {
    "hubspot": "hubspot_contacts.csv",
    "salesforce": "salesforce_contacts.csv",
    "shopify": "shopify_customers.csv",
}


def wishes_of(product: str) -> tuple[list[dict[str, Any]], list[tuple[int, str | None, str]]]:
    """For each good row its key, its worth and its wishes by target; and what is wrong with the others."""
    mapping = read_mapping(MAPPINGS / f"{product}.toml")
    changes = open_change_set(HERE / "exports" / EXPORTS[product], None)
    assert check_columns(mapping, changes.columns) == []
    rows, faults = [], []
    for position, cells in enumerate(changes.cells(range(changes.rows), mapping.names)):
        asked, rejected = read_row(mapping, position + 1, cells)
        faults += [(one.row, one.column, one.problem) for one in rejected]
        if asked is not None:
            found = {wish.target.text: wish.after for wish in asked.wishes}
            rows.append({"key": asked.key, "worth": asked.worth, **found})
    return rows, faults


def test_a_hubspot_export_is_read_as_it_comes() -> None:
    rows, faults = wishes_of("hubspot")
    assert faults == []
    assert rows[0] == {
        "key": "ines.okafor@example.com",
        "worth": None,
        'properties["HubSpot record id"]': "51",
        "billing[default].first_name": "Ines",
        "billing[default].last_name": "Okafor",
        "billing[default].company": "Okafor & Daughters",
        "billing[default].address1": "14 Harbour Road",
        "billing[default].city": "Portland",
        "billing[default].postal_code": "97201",
        "billing[default].country_code": "US",
        "billing[default].day_phone": "+1 555 0100",
        "billing[default].evening_phone": "+1 555 0101",
        "website_url": "https://okafor.example.com",
        'properties["HubSpot lifecycle stage"]': "Customer",
        "billing[default].state_region": "OR",
    }
    assert rows[1]["billing[default].company"] == 'Groß "Feinkost" GmbH'
    assert rows[1]["billing[default].state_region"] == "Nordrhein-Westfalen"
    assert rows[1]["do_not_send_mail"] is True
    assert len(rows[2]) == 4, "who has only an address keeps all that UltraCart knows"
    assert rows[3]["billing[default].day_phone"] == "=555-0104"
    assert rows[3]["billing[default].country_code"] == "JP"


def test_a_salesforce_export_is_read_as_it_comes() -> None:
    rows, faults = wishes_of("salesforce")
    assert faults == [
        (3, "MailingStreet", "3 lines, and the mapping takes 2; the last would be lost"),
        (4, "Email", "empty, so it names no customer"),
    ]
    assert rows[0]["billing[default].address1"] == "12 quai des Fleurs"
    assert rows[0]["billing[default].address2"] == "Bâtiment B"
    assert rows[0]["billing[default].country_code"] == "FR"
    assert rows[0]["business_notes"] == "Prefers mail.\nNever call before ten."
    assert rows[0]["do_not_send_mail"] is False
    assert rows[1]["billing[default].last_name"] == "O'Brien"
    assert rows[1]["do_not_send_mail"] is True
    assert "billing[default].address2" not in rows[1]


def test_a_shopify_export_is_read_as_it_comes() -> None:
    rows, faults = wishes_of("shopify")
    assert faults == [(3, "Email", "empty, so it names no customer")]
    assert rows[0] == {
        "key": "femke.thooft@example.com",
        "worth": Decimal(1240),
        'properties["Shopify customer id"]': "6021440001001",
        "billing[default].first_name": "Femke",
        "billing[default].last_name": "'t Hooft",
        "billing[default].address1": "Dorpsstraat 1",
        "billing[default].city": "'s-Hertogenbosch",
        "billing[default].country_code": "NL",
        "billing[default].postal_code": "5211 AA",
        "billing[default].day_phone": "+31735550101",
        "billing[default].evening_phone": "+31655550101",
        "do_not_send_mail": False,
        "tax_exempt": False,
        "tags": ("stamklant", "vip"),
    }
    assert rows[1]["do_not_send_mail"] is True
    assert rows[1]["tax_exempt"] is True
    assert rows[2]["billing[default].address1"] == "77 Pine St, Apt 4"


@pytest.mark.parametrize("product", EXPORTS)
def test_no_export_takes_anything_away(product: str) -> None:
    mapping = read_mapping(MAPPINGS / f"{product}.toml")
    assert (mapping.clear, mapping.delete, mapping.insert, mapping.merge) == (None, False, False, None)
    assert {column.mode for column in mapping.columns} <= {None, ListMode.ADD}

"""Exports as HubSpot, Salesforce and Shopify write them, all the way: plan, apply, the lake afterwards."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import pytest

from tests.flow.push.desk import WIDE, Desk, at_a_desk
from tests.test_mapping_exports import EXPORTS, HERE, MAPPINGS
from ucsync.config.mapping import read_mapping
from ucsync.flow.push.applying import ApplyWishes, apply_push
from ucsync.flow.push.plan_result import PlanResult
from ucsync.flow.push.planning import PlanWishes, plan_push
from ucsync.flow.push.push_result import PushResult
from ucsync.model.pushes import StepState

#: Who of an export can be found, as UltraCart writes them; and rows of it that cannot be sent.
KNOWN: Final = {
    "hubspot": ("INES.okafor@example.com", "juergen.gross@example.com", "aiko.tanaka@example.com"),
    "salesforce": ("noe.delacroix@example.com", "Mary.OBrien@example.com"),
    "shopify": ("femke.thooft@example.com", "lina.lund@example.com", "omar.haddad@example.com"),
}
UNSENT: Final = {"hubspot": [], "salesforce": [3, 4], "shopify": [3]}
#: Of one customer of each export, what the CRM says.
TOLD: Final[Mapping[str, tuple[str, Mapping[str, Any]]]] = {
    "hubspot": (
        "juergen.gross@example.com",
        {
            "billing": {
                "first_name": "Jürgen", "last_name": "Groß", "company": 'Groß "Feinkost" GmbH',
                "city": "Köln", "address1": "Lindenstraße 5, Hinterhaus",
                "state_region": "Nordrhein-Westfalen", "postal_code": "50667", "country_code": "DE",
            },
            "properties": {"HubSpot record id": "1052", "HubSpot lifecycle stage": "Lead"},
            "fax": "+49 221 555 01",
            "do_not_send_mail": True,
        },
    ),
    "salesforce": (
        "noe.delacroix@example.com",
        {
            "billing": {
                "first_name": "Noé", "last_name": "Delacroix", "address1": "12 quai des Fleurs",
                "address2": "Bâtiment B", "city": "Lyon", "country_code": "FR",
            },
            "properties": {"Salesforce contact id": "0035e00000AbCdEAAV"},
            "referral_source": "Trade Show",
            "business_notes": "Prefers mail.\nNever call before ten.",
        },
    ),
    "shopify": (
        "lina.lund@example.com",
        {
            "billing": {
                "first_name": "Lina", "last_name": "Lund", "company": "Lund Foto AB", "postal_code": "41101",
                "address2": "lgh 1102", "country_code": "SE",
            },
            "properties": {"Shopify customer id": "6021440001002"},
            "tax_exempt": True,
            "do_not_send_mail": True,
        },
    ),
}  # fmt: skip


def shop_of(product: str) -> list[dict[str, Any]]:
    """Customers as the shop has them: some with addresses, and with much that no export is about."""
    other = {"address1": "Elsewhere 9", "city": "Old Town", "country_code": "US", "default_billing": False}
    default = {"first_name": "Old", "city": "Old City", "day_phone": "1", "default_billing": True}
    return [
        {
            "email": email,
            "tags": [{"tag_value": "kept"}],
            "properties": [{"name": "kept", "value": "as it is"}],
            "shipping": [{"city": "Harbour", "default_shipping": True}],
            **({"billing": [other, default]} if number != 1 else {}),
        }
        for number, email in enumerate(KNOWN[product])
    ]


async def planned(desk: Desk, product: str, mapping: Path) -> PlanResult:
    with desk.shop.database() as database:
        return await plan_push(
            desk.shop.place(database),
            PlanWishes(
                source=HERE / "exports" / EXPORTS[product], sql=None, mapping=read_mapping(mapping),
                base=None, limits=WIDE, out=desk.folder,
            ),
        )  # fmt: skip


async def applied(desk: Desk, plan: PlanResult) -> PushResult:
    with desk.shop.database() as database:
        return await apply_push(desk.shop.place(database), plan.plan, ApplyWishes())


def reached(result: PushResult) -> dict[StepState, int]:
    """What has become of the steps."""
    return {state: count for state, count in result.counts.items() if count}


def default_address(customer: Mapping[str, Any]) -> Mapping[str, Any]:
    """Of billing."""
    found: Mapping[str, Any] = next(row for row in customer["billing"] if row.get("default_billing"))
    return found


def assert_told(customer: Mapping[str, Any], told: Mapping[str, Any]) -> None:
    """What the CRM says is there."""
    address = default_address(customer)
    assert {name: address.get(name) for name in told["billing"]} == told["billing"]
    held = {row["name"]: row["value"] for row in customer["properties"]}
    assert told["properties"].items() <= held.items()
    plain = {name: value for name, value in told.items() if name not in ("billing", "properties")}
    assert {name: customer.get(name) for name in plain} == plain


@pytest.mark.parametrize("product", EXPORTS)
def test_an_export_changes_whom_the_shop_knows_and_nothing_else_of_them(tmp_path: Path, product: str) -> None:
    async def sitting(desk: Desk) -> None:
        before = {one["customer_profile_oid"]: one for one in desk.shop.truth()}
        plan = await planned(desk, product, MAPPINGS / f"{product}.toml")
        unknown = {
            one.row for one in plan.plan.rejected() if "no customer has this e-mail address" in one.problem
        }
        assert [one.row for one in plan.plan.rejected() if one.row not in unknown] == UNSENT[product]
        assert plan.plan.header.steps == {"update": len(KNOWN[product])}
        assert plan.plan.header.cleared == 0
        result = await applied(desk, plan)
        assert reached(result) == {StepState.LANDED: len(KNOWN[product])}
        assert desk.shop.disagreements() == []
        after = {one["customer_profile_oid"]: one for one in desk.shop.truth()}
        whose, told = TOLD[product]
        assert_told(next(one for one in after.values() if one["email"] == whose), told)
        for oid, one in after.items():
            assert one["email"] == before[oid]["email"], "the shop's own way to write it"
            assert one["shipping"] == before[oid]["shipping"]
            assert {"kept"} <= {row["tag_value"] for row in one["tags"]}
            assert before[oid]["properties"][0] in one["properties"]
            others = [row for row in before[oid].get("billing", []) if not row.get("default_billing")]
            assert [row for row in one["billing"] if not row.get("default_billing")] == others
        sent = desk.sent
        again = await planned(desk, product, MAPPINGS / f"{product}.toml")
        assert again.plan.header.steps == {}
        assert desk.sent - sent == again.requests == 1
        assert desk.shop.disagreements() == []

    at_a_desk(tmp_path, sitting, *shop_of(product))


@pytest.mark.parametrize("product", EXPORTS)
def test_with_inserting_switched_on_an_export_fills_an_empty_shop(tmp_path: Path, product: str) -> None:
    async def sitting(desk: Desk) -> None:
        mapping = tmp_path / "inserting.toml"
        text = (MAPPINGS / f"{product}.toml").read_text(encoding="utf-8")
        mapping.write_text(f"{text}\n[actions]\ninsert = true\n", encoding="utf-8")
        plan = await planned(desk, product, mapping)
        assert [one.row for one in plan.plan.rejected()] == UNSENT[product]
        result = await applied(desk, plan)
        assert set(reached(result)) == {StepState.LANDED}
        assert desk.shop.disagreements() == []
        whose, told = TOLD[product]
        found = {one["email"].lower(): one for one in desk.shop.truth()}
        assert_told(found[whose], told)
        assert {email.lower() for email in KNOWN[product]} <= found.keys()
        again = await planned(desk, product, mapping)
        assert again.plan.header.steps == {}, "who was inserted is known by then"

    at_a_desk(tmp_path, sitting, "somebody")

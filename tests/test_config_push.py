"""Configuration of pushes: what each setting takes, what it refuses, and how it says so."""

from dataclasses import fields
from pathlib import Path

import pytest

from tests.test_config import LEAST, UNCOMMENTED, faults_of, write
from tests.test_config_sync import merchant_of
from ucsync.config import load_config, scan_fingerprint
from ucsync.config.table import PUSH
from ucsync.model.pushes import Limits
from ucsync.plan.push_settings import PushSettings


def push_of(folder: Path, text: str) -> PushSettings:
    return merchant_of(folder, text).push


def test_every_choice_of_a_push_has_a_setting_and_every_setting_its_choice() -> None:
    choices = {field.name for field in fields(PushSettings)} - {"limits"} | {
        field.name for field in fields(Limits)
    }
    assert {row.name for row in PUSH.settings} == {f"push.{name}" for name in choices}


def test_unasked_nothing_is_cleared_deleted_or_merged_in_numbers(tmp_path: Path) -> None:
    push = push_of(tmp_path, "")
    assert push == PushSettings()
    assert (push.limits.cleared_max, push.limits.deletes_max, push.limits.merges_per_day) == (0, 0, 50)


def test_what_is_given_reaches_the_push_whether_with_dots_or_as_a_section(tmp_path: Path) -> None:
    given = {
        "customers_max": 7, "percent_max": 0.5, "cleared_max": 3, "deletes_max": 2, "merges_per_day": 9,
        "protected": '["email", "billing.city"]', "plan_max_age_h": 0.5, "canary_rows": 1, "recheck_min": 5,
        "late_s": 60, "trouble_percent_max": 2.5, "blocking_tags": '["subscriber"]',
        "blocking_properties": '["Plan"]', "block_two_credits": "false",
    }  # fmt: skip
    lines = [f"{name} = {value}" for name, value in given.items()]
    dotted = push_of(tmp_path, "".join(f"push.{line}\n" for line in lines))
    section = push_of(tmp_path, "[merchants.shop.push]\n" + "\n".join(lines))
    assert dotted == section == PushSettings(
        limits=Limits(
            customers_max=7, percent_max=0.5, cleared_max=3, deletes_max=2, merges_per_day=9,
            protected=("email", "billing.city"),
        ),
        plan_max_age_h=0.5, canary_rows=1, recheck_min=5, late_s=60, trouble_percent_max=2.5,
        blocking_tags=("subscriber",), blocking_properties=("Plan",), block_two_credits=False,
    )  # fmt: skip


@pytest.mark.parametrize(
    "name", ["email", "billing", "billing.city", "tax_codes.taxjar_exemption_type", "properties.VAT id",
             "tags.vip", "store_credit", "email_lists"],
)  # fmt: skip
def test_whatever_a_push_can_change_can_be_protected(tmp_path: Path, name: str) -> None:
    assert push_of(tmp_path, f'push.protected = ["{name}"]').limits.protected == (name,)


def test_the_example_shows_the_defaults(tmp_path: Path) -> None:
    shown = load_config(write(tmp_path, UNCOMMENTED.partition("[merchants.demo.query]")[0]), {})
    assert shown.merchant("demo").push == PushSettings()


def test_choices_of_a_push_do_not_make_the_next_scan_a_full_one(tmp_path: Path) -> None:
    plain, choosy = (merchant_of(tmp_path, text) for text in ("", "push.customers_max = 1"))
    assert scan_fingerprint(plain) == scan_fingerprint(choosy)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("push = 5", ":3: merchants.shop.push: not a section; write [merchants.shop.push]"),
        ("customers_max = 5", "customers_max: belongs in [merchants.shop.push]"),
        ("push.customers = 5", "push.customers: no such setting; did you mean customers_max?"),
        ("push.customers_max = -1", "push.customers_max: -1 is below 0"),
        ('push.customers_max = "all"', "push.customers_max: expected a whole number"),
        ("push.percent_max = 101", "push.percent_max: 101 is out of bounds; write percent from 0 to 100"),
        ("push.percent_max = nan", "push.percent_max: that number is out of bounds"),
        ("push.cleared_max = true", "push.cleared_max: expected a whole number"),
        ("push.deletes_max = 0.5", "push.deletes_max: expected a whole number"),
        ("push.merges_per_day = -5", "push.merges_per_day: -5 is below 0"),
        ("push.plan_max_age_h = 0", "push.plan_max_age_h: 0 is out of bounds; write hours from 0.25 to 8766"),
        ("push.canary_rows = 0", "push.canary_rows: 0 is below 1; write a whole number from 1 to 1000"),
        ("push.recheck_min = 0", "push.recheck_min: 0 is out of bounds; write minutes from 1 to 1440"),
        ("push.late_s = 0", "push.late_s: 0 is out of bounds; write seconds from 1 to 86400"),
        ("push.trouble_percent_max = inf", "push.trouble_percent_max: that number is out of bounds"),
        ('push.protected = "email"', 'push.protected: expected a list of names in "quotes", found text'),
        ('push.protected = ["emial"]', "push.protected[0]: no such field of a customer; did you mean email?"),
        ('push.protected = ["tags", "billing.town"]', "push.protected[1]: no such field of a customer"),
        ("push.protected = [5]", 'push.protected[0]: expected a name in "quotes", found a whole number'),
        ('push.blocking_tags = [""]', 'push.blocking_tags[0]: expected a name in "quotes", found empty text'),
        ("push.blocking_properties = {}", "push.blocking_properties: expected a list of names"),
        ('push.block_two_credits = "no"', "push.block_two_credits: expected true or false, without quotes"),
    ],
)  # fmt: skip
def test_what_cannot_be_a_choice_is_told_with_its_mend(tmp_path: Path, text: str, expected: str) -> None:
    assert expected in faults_of(tmp_path, f"{LEAST}{text}\n")


def test_a_setting_that_belongs_into_the_section_is_sent_there_from_the_top(tmp_path: Path) -> None:
    told = faults_of(tmp_path, f"late_s = 5\n{LEAST}")
    assert ":1: late_s: belongs in [merchants.NAME.push]" in told

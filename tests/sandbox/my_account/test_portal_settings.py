"""What may be set about the portal, and what the command says of it."""

import re

import pytest
import typer
from typer.testing import CliRunner

from tests.sandbox.my_account.visitor import FIRST, Shopfront
from ucsync.cli.sandbox import sandbox
from ucsync.model import ConfigurationInvalid
from ucsync.sandbox import SandboxSettings, parse_orders

app = typer.Typer(rich_markup_mode=None)
app.command()(sandbox)


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"customers": 3, "orders": {FIRST + 3: 1}}, "1000001 to 1000003"),
        ({"orders": {FIRST - 1: 1}}, "1000001 to 1002000"),
        ({"orders": {FIRST: -1}}, "0 to 100000"),
        ({"orders": {FIRST: 100_001}}, "0 to 100000"),
        ({"redirects": ("shop.example/welcome",)}, "redirect"),
        ({"redirects": ("https://shop.example/a b",)}, "redirect"),
        ({"origins": ("https://shop.example/",)}, "origin"),
        ({"origins": ("*",)}, "origin"),
    ],
)
def test_what_cannot_be_set_is_a_clear_line(settings: dict[str, object], told: str) -> None:
    with pytest.raises(ConfigurationInvalid, match=told):
        SandboxSettings(**settings)  # type: ignore[arg-type]


@pytest.mark.parametrize("text", ["1000001", "1000001=", "x=1", "1000001=-1", "1000001=1.5", "=2"])
def test_orders_that_are_not_oid_and_number_are_a_clear_line(text: str) -> None:
    with pytest.raises(ConfigurationInvalid, match=re.escape(repr(text))):
        parse_orders(text)


def test_orders_are_read_from_the_command_line() -> None:
    assert parse_orders("") == {}
    assert parse_orders("1000001=2000,1000002=0") == {1_000_001: 2000, 1_000_002: 0}


@pytest.mark.parametrize(
    "arguments", [["--orders", "12"], ["--orders", "12=1"], ["--redirect", "x"], ["--origin", "x"]]
)
def test_an_option_that_cannot_be_is_reported_before_anything_starts(arguments: list[str]) -> None:
    result = CliRunner().invoke(app, arguments)
    assert isinstance(result.exception, ConfigurationInvalid)


def test_the_help_tells_of_the_portal_and_its_options() -> None:
    result = CliRunner().invoke(app, ["--help"], env={"COLUMNS": "80", "TERM": "dumb", "NO_COLOR": "1"})
    said = " ".join(result.stdout.split())
    for word in ("/rest/myaccount", "/sandbox/mail", "--orders", "--no-profiles", "--redirect", "--origin"):
        assert word in said


def test_a_customer_has_as_many_orders_as_were_asked_for() -> None:
    visitor = Shopfront(orders={FIRST: 23}).visitor(FIRST)
    headers = dict(visitor.ask("GET", "/orders").headers)
    assert headers["uc-pagination-total-records"] == "23"

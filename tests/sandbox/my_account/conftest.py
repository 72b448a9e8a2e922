"""Shops with a portal, for the tests of it."""

import pytest

from tests.sandbox.my_account.visitor import FIRST, Shopfront, Visitor


@pytest.fixture
def shop() -> Shopfront:
    return Shopfront()


@pytest.fixture
def visitor(shop: Shopfront) -> Visitor:
    """The first customer, logged in."""
    return shop.visitor(FIRST)

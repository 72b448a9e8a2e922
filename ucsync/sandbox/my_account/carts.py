"""Sessions: carts, and who is logged in on them.

A cart is known by its id alone. That somebody is logged in is a mark on the server's own record (fact sheet
§1), which lasts while the cart is used; how long is UNKNOWN, here half an hour.
"""

from typing import Final

from ucsync.sandbox.engine import Shop
from ucsync.sandbox.my_account.visit import Cart

IDLE_S_MAX: Final = 30 * 60
CARTS_MAX: Final = 10_000  # the one not used for longest is forgotten


class Carts:
    """Every cart that was given out, the one used last at the end."""

    def __init__(self, shop: Shop) -> None:
        self._shop = shop
        self._carts: dict[str, Cart] = {}

    def find(self, cart_id: str | None) -> Cart | None:
        """The cart of this id, which is used by that; None when there is none.

        Who was away for too long, or is no customer any more, is not logged in on it.
        """
        cart = self._carts.get(cart_id or "")
        if cart is None:
            return None
        now_s = self._shop.clock.now_s()
        if not self._is_in(cart, now_s):
            cart.oid = None
        cart.seen_s = now_s
        self._carts[cart.cart_id] = self._carts.pop(cart.cart_id)
        return cart

    def log_in(self, cart: Cart | None, oid: int) -> Cart:
        """Somebody logs in on a cart, or on a new one where there is none."""
        cart = cart or self._new()
        cart.oid = oid
        return cart

    def counted(self) -> dict[str, int]:
        """How many there are, and on how many somebody is logged in."""
        now_s = self._shop.clock.now_s()
        return {
            "carts": len(self._carts),
            "logged_in": sum(self._is_in(cart, now_s) for cart in self._carts.values()),
        }

    def _is_in(self, cart: Cart, now_s: int) -> bool:
        live = cart.oid is not None and cart.oid in self._shop.store
        return live and now_s - cart.seen_s <= IDLE_S_MAX

    def _new(self) -> Cart:
        cart = Cart(self._shop.tokens.next_text().upper(), seen_s=self._shop.clock.now_s())
        self._carts[cart.cart_id] = cart
        if len(self._carts) > CARTS_MAX:
            del self._carts[next(iter(self._carts))]
        return cart

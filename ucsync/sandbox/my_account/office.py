"""What every operation of the portal is given: the merchant, and what the portal keeps beside it."""

from collections.abc import Callable
from typing import TypeAlias

from ucsync.sandbox.engine import Shop
from ucsync.sandbox.my_account.carts import Carts
from ucsync.sandbox.my_account.desk import Desk
from ucsync.sandbox.my_account.ledger import Ledger
from ucsync.sandbox.my_account.outbox import Outbox
from ucsync.sandbox.my_account.visit import Given, Visit


class Office:
    """Attributes:
    shop: settings, clock and customers, the same that `/rest/v2` has.
    carts: the sessions.
    ledger: what an account has that no customer of `/rest/v2` has.
    outbox: the mail that was sent.
    desk: orders, cases and reviews.
    """

    def __init__(self, shop: Shop) -> None:
        self.shop = shop
        self.carts = Carts(shop)
        self.ledger = Ledger(shop)
        self.outbox = Outbox()
        self.desk = Desk(shop)


#: An operation. Raises Refusal (`ucsync.sandbox.reply`) when it will not.
Action: TypeAlias = Callable[[Office, Visit], Given]

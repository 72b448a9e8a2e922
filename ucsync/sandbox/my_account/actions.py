"""Which function answers which operation of the portal."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from ucsync.sandbox.my_account import accounts, cards, sessions, wishes
from ucsync.sandbox.my_account.addresses import ADDRESS_ACTIONS
from ucsync.sandbox.my_account.desk_actions import DESK_ACTIONS
from ucsync.sandbox.my_account.office import Action

#: Every operation of the portal by its id; each raises Refusal when it will not.
ACTIONS: Final[Mapping[str, Action]] = MappingProxyType({
    "loggedIn": sessions.logged_in,
    "loginByQuery": sessions.login_by_query,
    "login": sessions.login,
    "logoutByQuery": sessions.logout,
    "logout": sessions.logout,
    "changePassword": sessions.change_password,
    "forgotPassword": sessions.forgot_password,
    "getSettings": accounts.get_settings,
    "register": accounts.register,
    "updateSettings": accounts.update_settings,
    "deleteSettings": accounts.delete_settings,
    **ADDRESS_ACTIONS,
    "getCreditCards": cards.list_cards,
    "getCreditCard": cards.get_card,
    "insertCreditCard": cards.insert_card,
    "updateCreditCard": cards.update_card,
    "deleteCreditCard": cards.delete_card,
    **DESK_ACTIONS,
    "getWishlist": wishes.list_wishes,
    "getWishlistItem": wishes.get_wish,
    "insertWishlistItem": wishes.insert_wish,
    "updateWishlistItem": wishes.update_wish,
    "deleteWishlistItem": wishes.delete_wish,
})  # fmt: skip

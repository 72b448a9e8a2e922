"""The customers' own half of the sandbox: UltraCart's MyAccount API, `/rest/myaccount`.

Owns: sessions (carts that may be logged in), the operations of the portal as plain functions over the same
customers that `/rest/v2` has, what an account has beside them, the mail that is sent to customers.
Never: speaks HTTP itself, waits, or asks the client's side of ucsync whether a body is right: what is refused
is decided here anew. Rows and models alone are shared.

Words: the *office* is the state; a *cart* is a session; a *visit* is one request; what is *given* is its
answer; a *form* is a body with the rules of its row; the *outbox* is mail that nobody delivers.
"""

from ucsync.sandbox.my_account.account_routes import BASE
from ucsync.sandbox.my_account.accounts import validate
from ucsync.sandbox.my_account.placing import place
from ucsync.sandbox.my_account.portal import Portal, PortalReply

__all__ = ["BASE", "Portal", "PortalReply", "place", "validate"]

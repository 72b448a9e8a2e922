"""Every question about the real server that no source answers, as a switch.

Without a switch the sandbox takes the choice recommended by the fact sheet, §10 (for the customer portal
`my_account_api.md`, §7). A switch takes the other choice, and ucsync has to be correct under all of them.
"""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Quirk:
    """One switch: the question, what happens without it, and what happens with it."""

    name: str
    question: str
    default: str
    effect: str


_OF_CUSTOMERS = (
    # answers
    ("delete-answers-200", "success of deletes and merge", "204, empty", "200 with an envelope"),
    ("missing-is-400", "unknown oid or e-mail", "404", "400"),
    ("missing-is-200-empty", "unknown oid or e-mail when read", "404", "200 without the payload"),
    ("error-in-200", "status of a refused request (400, 404)", "as it is", "200 with an error object"),
    ("no-success-key", "is `success` always there", "yes", "left out"),
    ("send-nulls", "null scalars in answers (the vendor's Python SDK refuses them)", "left out",
     "sent as null"),
    ("no-payload-name", "metadata.payload_name", "the payload's key", "left out"),
    ("timestamps-utc", "offset of answered instants", "America/New_York", "+00:00"),
    ("timestamps-z", "form of answered instants", "America/New_York offset", "UTC with Z"),
    ("warn-on-write", "warnings of insert and update", "none", "each one carries a warning"),
    # admission
    ("no-version-is-401", "missing version header", "400", "401"),
    ("scope-is-403", "key without the permission", "401", "403"),
    ("no-retry-after", "Retry-After on a 429", "seconds", "absent"),
    ("retry-after-date", "form of Retry-After", "seconds", "an HTTP date"),
    ("refused-counts", "does a request answered 429 use up quota", "no", "yes"),
    ("errors-are-free", "do requests answered 4xx or 5xx use up quota", "yes", "no"),
    # paging and sorting
    ("limit-cap-100", "largest `_limit`", "200", "100"),
    ("limit-clamped", "`_limit` above the largest", "400", "silently lowered"),
    ("limit-zero-is-default", "`_limit=0`", "400", "100"),
    ("bad-paging-ignored", "negative or non-numeric `_limit`, `_offset`", "400", "the default"),
    ("past-end-is-400", "`_offset` past the end", "an empty page", "400"),
    ("no-total", "total_records (the vendor's Python SDK refuses null)", "a number", "null"),
    ("no-result-set", "metadata.result_set", "always there", "left out"),
    ("order-by-email", "default order", "customer_profile_oid", "email"),
    ("order-last-modified", "default order", "customer_profile_oid", "last_modified_dts, newest first"),
    ("sort-email-only", "what `_sort` takes", "§10's list", "email alone"),
    ("sort-refused", "what `_sort` takes", "§10's list", "nothing at all: 400"),
    ("sort-unknown-ignored", "unknown `_sort` name", "400", "ignored"),
    ("sort-plus-accepted", "a `+` in `_sort` that was not encoded", "400", "taken as ascending"),
    ("expand-unknown-is-400", "unknown `_expand` name", "ignored", "400"),
    ("expand-documented-only", "`_expand` of orders, quotes, activity, edi", "yielded", "ignored"),
    # filters and windows
    ("filter-contains", "match of text filters", "whole value, any case", "part of it, any case"),
    ("filter-prefix", "match of text filters", "whole value, any case", "its start, any case"),
    ("filter-case-sensitive", "case in text filters", "ignored", "matters"),
    ("filters-any", "several filters together", "all must match", "one is enough"),
    ("address-default-only", "rows that billing and shipping filters look at", "all of them",
     "the default row, or the first when none is"),
    ("emails-intersect", "email with emails", "either", "both must match"),
    ("since-exclusive", "a customer modified exactly at `_since`", "included", "left out"),
    ("windows-exclusive", "a customer exactly at the end of a window", "included", "left out"),
    ("windows-start-exclusive", "a customer exactly at the start of a window", "included", "left out"),
    ("insert-unmodified", "does creation set last_modified_dts", "yes",
     "no; `_since` then looks at signup_dts"),
    ("zoneless-utc", "an instant without offset", "Eastern time", "UTC"),
    ("zoneless-is-400", "an instant without offset", "Eastern time", "400"),
    ("z-is-400", "an instant with Z for its offset", "taken", "400"),
    ("children-touch", "do store credit, cashback, wish list and e-mail lists move last_modified_dts",
     "no", "yes"),
    ("merge-does-not-touch", "does a merge move the survivor's last_modified_dts", "yes", "no"),
    # writes
    ("put-null-ignored", "a null scalar in an update", "clears", "changes nothing"),
    ("put-absent-clears", "a part absent from an update", "untouched", "wiped"),
    ("put-array-append", "a list of children in an update", "replaces, matched by oid", "is added"),
    ("put-array-merge", "a list of children in an update", "replaces, matched by oid",
     "changes those it names, keeps the others"),
    ("unknown-child-inserts", "a child oid that the customer has not", "400", "inserted as new"),
    ("read-only-is-400", "a read-only field in a body", "ignored", "400"),
    ("overlong-cut", "a text over its length", "400", "cut without a word"),
    ("oid-mismatch-is-400", "body oid other than the path's", "the path wins", "400"),
    ("email-shared", "two customers of one e-mail", "400", "allowed"),
    ("email-case-matters", "e-mails that differ in case only (filters aside)", "are one", "are two"),
    ("email-optional", "an insert without an e-mail", "400", "allowed"),
    ("email-strict", "an e-mail without @", "allowed", "400"),
    ("merge-drops-children", "addresses, cards, tags … of the absorbed", "move over", "are lost"),
    ("merge-fills", "blank scalars of the survivor", "stay blank", "are filled from the absorbed"),
    ("negative-cashback-is-400", "a negative adjustment_amount", "allowed", "400"),
    ("wrong-password-is-200", "e-mail verification with a wrong password", "400", "200 without a token"),
    ("token-single-use", "how often a verification token is valid", "until it expires", "once"),
    ("lists-by-name", "how updateCustomerEmailLists names a list", "email_list_uuid", "name"),
)  # fmt: skip

_OF_ACCOUNTS = (
    ("account-lines-50", "length of address1 and address2 there", "32, as its page says",
     "50, as its portal has it"),
    ("account-cut", "a text over its length there", "400", "cut without a word, as its portal says"),
    ("account-register-message-only", "what a registration answers", "the account and a message",
     "a message alone"),
    ("account-logout-cart", "what a logout answers", "204, empty", "200 with the cart"),
    ("account-put-gives-settings", "what a changed address answers", "the address", "the account"),
    ("account-forgot-unknown-404", "forgotPassword of an unknown e-mail", "200, as of a known one", "404"),
    ("account-id-is-text", "ids of addresses, cards and accounts in answers", "numbers", "texts"),
    ("account-cookies-Id", "names of the cookies that a login sets", "…MerchantID, …CartID",
     "…MerchantId, …CartId"),
    ("account-no-echo", "X-UC-Shopping-Cart-Id in answers", "there", "left out"),
    ("account-error-text", "form of a refusal's body there", "an object with `error`", "plain text"),
    ("account-unmasked", "card numbers and passwords in answers (which must never be)", "masked", "whole"),
    ("account-last6months", "orders when no _filterTime is given", "all", "those of the last six months"),
    ("account-page-size-400", "pageSize above 10", "silently 10", "400"),
    ("account-no-paging-headers", "uc-pagination-… headers", "sent", "left out"),
    ("account-light-orders", "trackingNumbers and orderCase in lists of orders", "there",
     "left out; one order has them"),
    ("account-order-case-empty", "orderCase of an order without one", "null", "{}"),
    ("account-message-gives-case", "what a posted case message answers", "the message", "the case"),
    ("account-dates-zoneless", "offset of answered instants there", "America/New_York", "left out"),
    ("account-review-read-only", "PUT of a review", "200, as the portal uses it", "405, as the page says"),
)  # fmt: skip

#: Switches of the Customer API by name.
CUSTOMER_QUIRKS: Final = {row[0]: Quirk(*row) for row in _OF_CUSTOMERS}
#: Those of the customer portal, MyAccount.
ACCOUNT_QUIRKS: Final = {row[0]: Quirk(*row) for row in _OF_ACCOUNTS}
#: All of them.
QUIRKS: Final = {**CUSTOMER_QUIRKS, **ACCOUNT_QUIRKS}

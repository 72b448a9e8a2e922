"""Which function answers which operation."""

from collections.abc import Callable, Mapping
from typing import Final

from ucsync.sandbox.engine import (
    cashback,
    credit,
    lists,
    lookups,
    merging,
    reading,
    verification,
    wishes,
    writing,
)
from ucsync.sandbox.engine.shop import Call, Shop
from ucsync.sandbox.reply import Reply

#: Every operation of the API by its operationId; each raises Refusal when it will not.
ACTIONS: Final[Mapping[str, Callable[[Shop, Call], Reply]]] = {
    "addCustomerStoreCredit": credit.add_customer_store_credit,
    "adjustInternalCertificate": cashback.adjust_internal_certificate,
    "deleteCustomer": writing.delete_customer,
    "deleteWishListItem": wishes.delete_wish_list_item,
    "getCustomer": reading.get_customer,
    "getCustomerByEmail": reading.get_customer_by_email,
    "getCustomerEditorValues": lookups.get_customer_editor_values,
    "getCustomerEmailLists": lists.get_customer_email_lists,
    "getCustomerStoreCredit": credit.get_customer_store_credit,
    "getCustomerWishList": wishes.get_customer_wish_list,
    "getCustomerWishListItem": wishes.get_customer_wish_list_item,
    "getCustomers": reading.get_customers,
    "getCustomersByQuery": reading.get_customers_by_query,
    "getCustomersForDataTables": reading.get_customers_for_data_tables,
    "getEmailVerificationToken": verification.get_email_verification_token,
    "getMagicLink": verification.get_magic_link,
    "insertCustomer": writing.insert_customer,
    "insertWishListItem": wishes.insert_wish_list_item,
    "mergeCustomer": merging.merge_customer,
    "searchCustomerProfileValues": lookups.search_customer_profile_values,
    "searchCustomers": reading.search_customers,
    "updateCustomer": writing.update_customer,
    "updateCustomerEmailLists": lists.update_customer_email_lists,
    "updateWishListItem": wishes.update_wish_list_item,
    "validateEmailVerificationToken": verification.validate_email_verification_token,
}

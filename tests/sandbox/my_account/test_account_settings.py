"""The account itself, over the customer that the merchant has."""

from tests.sandbox.my_account.visitor import ADDRESS, FIRST, MERCHANT, Shopfront, Visitor

FULL = {**ADDRESS, "company": "Tea & Co", "fax": "+49 1", "taxId": "DE123", "title": "Dr.", "dayPhone": "1"}


def test_the_address_of_record_is_at_first_the_default_billing_address(visitor: Visitor) -> None:
    account = visitor.get("/settings")
    (row,) = visitor.get("/billingAddresses")
    row.pop("id")
    assert {name: account[name] for name in row} == row
    visitor.send("PUT", f"/billingAddresses/{visitor.get('/billingAddresses')[0]['id']}", ADDRESS)
    assert visitor.get("/settings") == account


def test_a_change_replaces_the_address_of_record_and_no_other(visitor: Visitor) -> None:
    before = visitor.shop.customer(FIRST)
    visitor.shop.clock.move(60)
    account = visitor.send("PUT", "/settings", FULL)
    assert {name: account[name] for name in FULL} == FULL
    assert account["address2"] is None
    assert account == visitor.get("/settings")
    after = visitor.shop.customer(FIRST)
    assert (after["fax"], after["tax_id"]) == ("+49 1", "DE123")
    changed = {name for name in after if after[name] != before.get(name)}
    assert changed <= {"fax", "tax_id", "last_modified_by", "last_modified_dts"}
    assert after["last_modified_by"] == "customer"
    visitor.send("PUT", "/settings", ADDRESS)
    assert "fax" not in visitor.shop.customer(FIRST)


def test_what_the_merchant_changes_is_there(visitor: Visitor) -> None:
    visitor.shop.merchant_asks("updateCustomer", FIRST, {"fax": "7", "tax_id": "X", "email": "b@example.com"})
    account = visitor.get("/settings")
    assert (account["fax"], account["taxId"], account["email"]) == ("7", "X", "b@example.com")


def test_password_email_merchant_and_ids_are_not_changed_here(visitor: Visitor) -> None:
    email = visitor.email
    sent = {
        **visitor.get("/settings"), **ADDRESS, "password": "x" * 40, "email": "other@example.com",
        "merchantId": "OTHER", "customerProfileId": 5, "customerProfileOid": "6",
    }  # fmt: skip
    account = visitor.send("PUT", "/settings", sent)
    assert (account["email"], account["merchantId"], account["customerProfileId"]) == (email, MERCHANT, FIRST)
    assert visitor.log_in(FIRST).status == 200


def test_what_is_read_can_be_sent_back(shop: Shopfront) -> None:
    sent_back = 0
    for oid in shop.merchant.oids():
        if not shop.merchant.shop.store.email(oid):
            continue
        visitor = shop.visitor(oid)
        account = visitor.get("/settings")
        if all(account[name] for name in ADDRESS) and all(len(account[name]) <= 30 for name in ADDRESS):
            assert visitor.send("PUT", "/settings", account) == account
            sent_back += 1
    assert sent_back > 10


def test_the_truth_of_the_lab_is_what_the_customer_reads(visitor: Visitor) -> None:
    truth = visitor.shop.portal.truth(FIRST)
    assert truth is not None
    assert truth["account"] == visitor.get("/settings")
    assert truth["shippingAddresses"] == visitor.get("/shippingAddresses")
    assert truth["billingAddresses"] == visitor.get("/billingAddresses")
    assert truth["creditCards"] == visitor.get("/creditCards")
    assert truth["wishlist"] == visitor.get("/wishlist")
    assert len(truth["orders"]) == len(visitor.get("/orders"))
    assert visitor.shop.portal.truth(12) is None

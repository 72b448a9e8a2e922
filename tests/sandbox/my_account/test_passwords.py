"""Changing and forgetting a password, which is the same one that `/rest/v2` knows."""

from tests.sandbox.my_account.visitor import FIRST, Shopfront, Visitor, document

OLD = f"password-{FIRST}"


def change(old: object, new: object) -> dict[str, object]:
    return {"oldPassword": old, "newPassword": new}


def test_a_changed_password_is_the_one_from_now_on(visitor: Visitor) -> None:
    before = visitor.shop.customer(FIRST)
    visitor.shop.clock.move(60)
    reply = visitor.ask("POST", "/changePassword", change(OLD, "another one"))
    assert (reply.status, reply.content) == (204, None)
    assert visitor.status("GET", "/settings") == 200
    assert visitor.log_in(FIRST, OLD).status == 401
    assert visitor.log_in(FIRST, "another one").status == 200
    request = {"email": visitor.email, "password": "another one"}
    assert visitor.shop.merchant_asks("getEmailVerificationToken", FIRST, request)["token"]
    after = visitor.shop.customer(FIRST)
    assert after["last_modified_dts"] > before["last_modified_dts"]
    assert after["last_modified_by"] == "customer"


def test_the_merchants_password_is_the_customers(visitor: Visitor) -> None:
    visitor.shop.merchant_asks("updateCustomer", FIRST, {"password": "from the merchant"})
    assert visitor.log_in(FIRST).status == 401
    assert visitor.log_in(FIRST, "from the merchant").status == 200
    visitor.shop.merchant_asks("updateCustomer", FIRST, {"password": None})
    assert visitor.log_in(FIRST, "from the merchant").status == 401


def test_a_wrong_old_password_is_401_and_changes_nothing(visitor: Visitor) -> None:
    assert visitor.status("POST", "/changePassword", change("wrong", "new")) == 401
    assert visitor.log_in(FIRST).status == 200


def test_a_password_that_lacks_or_is_too_long_is_400(visitor: Visitor) -> None:
    for body in ({}, {"oldPassword": OLD}, change(OLD, None), change("", "new"), change(OLD, " ")):
        assert "missing" in visitor.complaint("POST", "/changePassword", body)
    for body in (change("x" * 31, "new"), change(OLD, "x" * 31)):
        assert "longer" in visitor.complaint("POST", "/changePassword", body)
    for body in (change(1, "new"), change(OLD, ["x"])):
        assert "string" in visitor.complaint("POST", "/changePassword", body)
    assert visitor.status("POST", "/changePassword", change(OLD, "x" * 30)) == 204


def test_a_new_password_comes_by_mail_and_ends_the_old_one(shop: Shopfront) -> None:
    visitor = shop.visitor()
    email = shop.merchant.shop.store.email(FIRST)
    reply = visitor.ask("POST", "/forgotPassword", email.upper())
    assert (reply.status, reply.content_type) == (200, "text/plain; charset=UTF-8")
    (mail,) = shop.mail("new-password")
    assert mail["to"] == email
    assert mail["password"].encode() not in (reply.content or b"")
    assert visitor.log_in(FIRST).status == 401
    assert visitor.log_in(FIRST, mail["password"]).status == 200


def test_whether_an_address_is_known_is_not_told(shop: Shopfront) -> None:
    visitor = shop.visitor()
    known = visitor.ask("POST", "/forgotPassword", shop.merchant.shop.store.email(FIRST))
    unknown = visitor.ask("POST", "/forgotPassword", "nobody@example.com")
    assert known == unknown
    assert len(shop.mail("new-password")) == 1


def test_the_merchant_may_be_named_in_the_query_and_must_be_somewhere(shop: Shopfront) -> None:
    visitor = shop.visitor()
    email = shop.merchant.shop.store.email(FIRST)
    assert visitor.status("POST", "/forgotPassword", email, headers={}, query="merchantId=DEMO") == 200
    assert visitor.status("POST", "/forgotPassword", email, headers={}) == 400
    assert visitor.status("POST", "/forgotPassword", email, headers={}, query="merchantId=OTHER") == 400


def test_what_is_no_address_is_400(shop: Shopfront) -> None:
    visitor = shop.visitor()
    for body in ("", " ", {"email": "a@example.com"}, ["a@example.com"], 1, True, "x" * 101):
        assert visitor.complaint("POST", "/forgotPassword", body)
    assert visitor.status("POST", "/forgotPassword", None, raw=b"null") == 400
    assert (
        document(visitor.ask("POST", "/forgotPassword", None, raw=b"a@example.com"))["error"]
        == "Invalid JSON."
    )

"""A refusal is the error that its status says, with the server's words and no secret in them."""

import pytest

from tests.ultracart.my_account.examples import HTML, JSON, ROWS, TEXT, answered, refused, request_of
from ucsync.model import (
    AnswerUnusable,
    BadRequest,
    LoginRefused,
    NotFound,
    Outcome,
    RateLimited,
    Secret,
    ServerFault,
    SessionExpired,
    UcsyncError,
    Unauthorised,
)
from ucsync.ultracart import RawAnswer
from ucsync.ultracart.codec import encode_json
from ucsync.ultracart.my_account import AccountOperation, Session, decode_account

WORDS = {"uc-rest-error": "no such thing"}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.operation_id)
def test_a_401_is_a_refused_login_of_a_login_and_of_nothing_else(row: AccountOperation) -> None:
    for raw in (
        RawAnswer(401, {}, b""),
        RawAnswer(401, JSON | WORDS, b'{"error":"no"}'),
        RawAnswer(401, HTML, b""),
    ):
        failure = refused(row.operation_id, raw)
        assert isinstance(failure, Unauthorised)
        assert type(failure) is (
            LoginRefused if row.operation_id in ("login", "loginByQuery") else Unauthorised
        )
        assert failure.exit_code == 77
        assert failure.outcome is Outcome.REFUSED
        assert "key" not in failure.mend
    mend = refused("changePassword", RawAnswer(401, {}, b"")).mend
    assert "old password" in mend
    assert refused("getOrders", RawAnswer(401, {}, b"")).mend == SessionExpired.mend


def test_a_login_that_is_not_even_sent_says_so() -> None:
    for kind in (LoginRefused, SessionExpired):
        failure = kind("login", "refused before", status=None)
        assert failure.outcome is Outcome.NOT_SENT
        assert failure.exit_code == 77
        assert failure.mend != Unauthorised.mend


@pytest.mark.parametrize(
    ("status", "kind"),
    [(400, BadRequest), (403, BadRequest), (404, NotFound), (405, BadRequest), (410, BadRequest),
     (429, RateLimited), (500, ServerFault), (503, ServerFault), (302, AnswerUnusable),
     (100, AnswerUnusable)],
)  # fmt: skip
@pytest.mark.parametrize("operation_id", ["getOrders", "login", "insertCreditCard", "deleteSettings"])
def test_a_status_is_its_error(status: int, kind: type[UcsyncError], operation_id: str) -> None:
    assert type(refused(operation_id, RawAnswer(status, JSON | WORDS, b"{}"))) is kind


def test_the_words_of_an_error_are_in_the_header_or_in_the_body_in_any_form() -> None:
    said = "Pages hold ten at most."
    for raw in (
        RawAnswer(400, JSON | {"uc-rest-error": said}, b"{}"),
        RawAnswer(400, {"uc-rest-error": said}, b""),
        RawAnswer(400, JSON, encode_json({"error": said})),
        RawAnswer(400, JSON, encode_json({"error": {"user_message": said}})),
        RawAnswer(400, TEXT, said.encode()),
    ):
        failure = refused("getOrders", raw)
        assert isinstance(failure, BadRequest)
        assert str(failure) == f"getOrders: 400: {said}"
        assert failure.words.user_message == said
    for nothing in (b"", b"[]", b'"no"', b'{"error":null}', b'{"error":7}', b"\xff", b'{"error":""}'):
        assert str(refused("getOrders", RawAnswer(400, JSON, nothing))) == "getOrders: 400"
    assert str(refused("getOrders", RawAnswer(400, HTML, b"<p>no</p>"))) == "getOrders: 400"


def test_the_field_that_an_error_names_is_known_again() -> None:
    failure = refused("insertShippingAddress", RawAnswer(400, JSON, b'{"error":"firstName is required"}'))
    assert isinstance(failure, BadRequest)
    assert failure.field == "address.firstName"


def test_a_404_that_a_proxy_may_have_given_is_not_believed() -> None:
    for raw in (
        RawAnswer(404, HTML, b"<p>404</p>"),
        RawAnswer(404, TEXT, b"404 page not found"),
        RawAnswer(404, {}, b""),
    ):
        failure = refused("getOrder", raw)
        assert isinstance(failure, AnswerUnusable)
        assert failure.passing
    assert isinstance(refused("getOrder", RawAnswer(404, WORDS, b"")), NotFound)


def test_a_wait_that_the_server_asks_for_is_read() -> None:
    for status in (429, 503):
        failure = refused("getOrders", RawAnswer(status, {"retry-after": "7"}, b""))
        assert isinstance(failure, RateLimited | ServerFault)
        assert failure.wait_s == 7


def test_an_error_inside_a_200_is_no_success() -> None:
    error = {"error": "Customer profiles are not on."}
    assert isinstance(refused("getSettings", RawAnswer(200, JSON, encode_json(error))), BadRequest)
    for operation_id in ("register", "logout", "deleteSettings"):
        failure = refused(operation_id, RawAnswer(200, JSON, encode_json(error)))
        assert isinstance(failure, AnswerUnusable)
        assert failure.outcome is Outcome.UNKNOWN
    coded = {"error": {"error_code": "400", "user_message": "no"}}
    failure = refused("insertWishlistItem", RawAnswer(200, JSON, encode_json(coded)))
    assert isinstance(failure, AnswerUnusable)
    coded = {"error": {"error_code": "401", "user_message": "log in"}}
    failure = refused("getSettings", RawAnswer(200, JSON, encode_json(coded)))
    assert type(failure) is Unauthorised
    assert failure.mend == SessionExpired.mend
    assert answered("getSettings", {"email": "ann@example.com", "error": None}).value["error"] is None


def test_no_secret_that_the_server_repeats_is_shown() -> None:
    told = (
        ("login", "ann@example.com and right-horse, RIGHT-HORSE, do not fit"),
        ("loginByQuery", "no password=right-horse for ann%40example.com"),
        ("changePassword", "right-horse is not new-horse"),
        ("insertCreditCard", "4111 1111 1111 1111, 4111111111111111 and 4111-1111 exist"),
        ("forgotPassword", "nobody is ann@example.com"),
        ("getOrderCase", "no order DEMO-0007"),
    )
    for operation_id, words in told:
        for status in (400, 401, 404, 500):
            failure = refused(operation_id, RawAnswer(status, {"uc-rest-error": words}, b""))
            for secret in ("horse", "ann", "example.com", "4111", "0007"):
                assert secret not in f"{failure} {failure!r} {failure.args} {vars(failure)}".lower()
    request = Session("DEMO", Secret("C4F7-77")).on(request_of("getOrders"))
    with pytest.raises(BadRequest) as caught:
        decode_account(request, RawAnswer(400, {"uc-rest-error": "cart C4F7-77 is closed"}, b""))
    assert str(caught.value) == "getOrders: 400: cart •••-••• is closed"

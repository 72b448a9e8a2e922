"""No password and no card number gets onto the disk, in whatever disguise; all else stays as it came."""

import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ucsync.store.account_archive import Mask

PASSWORD = "cobalt-heron-44"
MASK = Mask(PASSWORD)
#: Numbers that the card companies give out for tests.
CARDS = ("4111111111111111", "5500000000000004", "340000000000009", "6011000990139424", "30000000000004",
         "3566002020360505", "4222222222222", "2223003122003222")  # fmt: skip


def masked(body: str) -> tuple[str, dict[str, int]]:
    found = MASK.masked(body.encode())
    return found.body.decode(), found.places


@pytest.mark.parametrize(
    ("body", "after", "where"),
    [
        ('{"password":"secret"}', '{"password":"********"}', "password"),
        ('{"oldPassword" : "a"}', '{"oldPassword" : "********"}', "oldPassword"),
        ('{"NEW_PASSWORD":"a"}', '{"NEW_PASSWORD":"********"}', "NEW_PASSWORD"),
        (r'{"pass\u0077ord":"a"}', r'{"pass\u0077ord":"********"}', "password"),
        ('{"password":12345}', '{"password":"********"}', "password"),
        ('{"password":{"is":["a"]}}', '{"password":{"is":["********"]}}', "password.is[]"),
        ('{"password":"****","password":"a"}', '{"password":"****","password":"********"}', "password"),
        ('[{"cvv2":"123"}]', '[{"cvv2":"********"}]', "[].cvv2"),
        ('{"cardNumber":"4111111111111111"}', '{"cardNumber":"************1111"}', "cardNumber"),
        ('{"cardNumber":"411111******1111"}', '{"cardNumber":"************1111"}', "cardNumber"),
        ('{"cardNumber":"4111-1111 1111.1111"}', '{"cardNumber":"****-**** ****.1111"}', "cardNumber"),
        ('{"cardNumber":4111111111111111}', '{"cardNumber":"************1111"}', "cardNumber"),
        (r'{"cardNumber":"\u0034111111111111111"}', '{"cardNumber":"************1111"}', "cardNumber"),
        ('{"cardNumber":"1234567"}', '{"cardNumber":"***4567"}', "cardNumber"),
        ('{"cardNumberToken":"Ab-12cd34"}', '{"cardNumberToken":"**-**cd34"}', "cardNumberToken"),
        ('{"message":"4111 1111 1111 1111 12/30"}', '{"message":"**** **** **** 1111 12/30"}', "message"),
        ('{"message":"1 5500-0000-0000-0004."}', '{"message":"1 ****-****-****-0004."}', "message"),
        ('{"giftMessage":["x 4111111111111111"]}', '{"giftMessage":["x ************1111"]}', "giftMessage[]"),
        ('{"unknown":{"x":"4111111111111111"}}', '{"unknown":{"x":"************1111"}}', "unknown.x"),
        ('{"figure":4111111111111111}', '{"figure":"************1111"}', "figure"),
        ('{"4111111111111111":1}', '{"************1111":1}', "(a name) (the name)"),
        (f'{{"comments":"it is {PASSWORD}!"}}', '{"comments":"it is ********!"}', "comments"),
        (r'{"comments":"it is cobalt\u002dheron-44"}', '{"comments":"it is ********"}', "comments"),
        (f'"{PASSWORD}"', '"********"', ""),
    ],
)  # fmt: skip
def test_what_must_not_be_kept_is_masked_where_it_stands(body: str, after: str, where: str) -> None:
    assert masked(body) == (after, {where: 1})
    assert masked(after) == (after, {}), "and stays so"


@pytest.mark.parametrize(
    "body",
    [
        '{"password":"********"}', '{"password":""}', '{"password":null}', '{"password":"••••"}',
        '{"cardNumber":"************1111"}', '{"cardNumber":"xxxx-1111"}', '{"cardNumber":null}',
        '{"trackingNumbers":["4111111111111111"]}', '{"trackingNumber":"9400111899223"}',
        '{"orderId":"4111111111111111"}', f'{{"itemId":"{PASSWORD}"}}', '{"reviewOid":4111111111111111}',
        '{"creationDate":"4111111111111111"}', '{"lastUsedDateFormatted":"4111111111111111"}',
        '{"message":"4111111111111112, 1234567890123, 411111111111, 00411111111111111100"}',
        '{"total":4111111111111111.5}', '{"text":"cobalt-heron"}', '[]', "null", '"', '{"a":"b', "][", "}{",
    ],
)  # fmt: skip
def test_all_else_is_the_very_bytes(body: str) -> None:
    found = MASK.masked(body.encode())
    assert (found.body, found.places) == (body.encode(), {})


def test_a_short_password_is_looked_for_in_its_own_fields_alone() -> None:
    found = Mask("abcde").masked(b'{"comments":"abcde","password":"abcde"}')
    assert found.body == b'{"comments":"abcde","password":"********"}'
    assert Mask().masked(b'{"comments":"abcdefg"}').places == {}


def test_nothing_of_it_is_rendered() -> None:
    assert PASSWORD not in f"{MASK!r} {MASK}"
    assert "4111" not in repr(Mask().masked(b'{"x":"4111"}'))


BETWEEN = st.sampled_from(["", " ", "-", " - ", ".", "/", "_", ", ", "\u2013", "\u00a0", "\u200b"])


@given(st.sampled_from(CARDS), st.lists(BETWEEN, min_size=20, max_size=20), st.integers(1, 6), st.data())
def test_a_card_number_is_found_however_it_is_grouped(
    card: str, between: list[str], size: int, data: st.DataObject
) -> None:
    groups = [card[at : at + size] for at in range(0, len(card), size)]
    text = "".join(group + gap for group, gap in zip(groups, between, strict=False)).rstrip(
        " -./_,\u2013\u00a0\u200b"
    )
    before, after = (data.draw(st.sampled_from(["", "card ", "No:", "x", "("])) for _ in range(2))
    body = json.dumps({"message": f"{before}{text}{after}"}, ensure_ascii=data.draw(st.booleans()))
    found = json.loads(MASK.masked(body.encode()).body)["message"]
    assert re.sub(r"\D", "", found) == card[-4:]


NAMES = st.text(max_size=8) | st.sampled_from(["password", "cardNumber", "id", "message"])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=12) | st.sampled_from([*CARDS, PASSWORD]),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=20,
)  # fmt: skip


def shape(value: Any) -> Any:
    """What stays whatever is masked."""
    if isinstance(value, dict):
        return [shape(held) for held in value.values()]
    if isinstance(value, list):
        return [shape(held) for held in value]
    return None


@given(JSON, st.booleans(), st.sampled_from([None, 2]))
def test_any_json_stays_json_of_the_same_shape(value: Any, ascii_only: bool, indent: int | None) -> None:
    body = json.dumps(value, ensure_ascii=ascii_only, indent=indent).encode()
    found = MASK.masked(body)
    told = json.loads(found.body)
    assert (found.body == body) == (not found.places)
    if not any("name" in where for where in found.places):
        assert shape(told) == shape(value)
    assert MASK.masked(found.body).places == {}


def test_a_text_of_tens_of_thousands_of_digits_is_gone_through_once() -> None:
    """Were each start tried with each end, this would not end within the day."""
    card = "4111 1111 1111 1111"
    text = f"2{' 0' * 30_000} {card} {f'{card}, ' * 1000}"
    masked = Mask("secret-password").masked(json.dumps([{"message": text}]).encode())
    (row,) = json.loads(masked.body)
    assert card not in row["message"]
    assert row["message"].count("**** **** **** 1111") >= 1000
    assert len(row["message"]) == len(text)

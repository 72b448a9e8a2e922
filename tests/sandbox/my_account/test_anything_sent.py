"""Whatever is sent is answered: with what the row promises, or with a refusal that says why."""

import re
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, urlencode

from hypothesis import example, given
from hypothesis import strategies as st

from tests.sandbox.my_account.visitor import ADDRESS, FIRST, Shopfront
from ucsync.sandbox import my_account
from ucsync.ultracart.codec import decode_json, encode_json
from ucsync.ultracart.my_account import ACCOUNT_OPERATIONS, AccountOperation
from ucsync.ultracart.my_account.operations import Gives

ROWS: Final = [row for row in ACCOUNT_OPERATIONS.values() if row.operation_id != "deleteSettings"]
TEXTS: Final = st.sampled_from(["", " ", "0", "-1", "1", "4111111111111111", "VISA", "x" * 60]) | st.text(
    max_size=9
)
SCALARS: Final = st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.just(1.5) | TEXTS
VALUES: Final = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=6,
)


def bodies(row: AccountOperation) -> st.SearchStrategy[Any]:
    """Objects with the names of the row's model, some of whose values are right; or anything."""
    if row.body is None or row.body.model is None:
        return VALUES
    names = st.sampled_from(sorted(row.body.model.fields))
    objects = st.dictionaries(names, VALUES, max_size=6)
    right = {name: held for name, held in ADDRESS.items() if name in row.body.model.fields}
    return objects.map(lambda drawn: {**right, **drawn}) | VALUES


@st.composite
def requests(draw: st.DrawFn) -> tuple[AccountOperation, str, str, bytes]:
    row = draw(st.sampled_from(ROWS))
    path = row.path
    for parameter in row.path_parameters:
        path = path.replace(f"{{{parameter.field.name}}}", quote(draw(TEXTS) or "x", safe=""))
    names = [parameter.field.name for parameter in row.query] + ["_"]
    query = draw(st.dictionaries(st.sampled_from(names), TEXTS, max_size=3))
    return row, path, urlencode(query), encode_json(draw(bodies(row)))


def is_what_the_row_gives(row: AccountOperation, content: bytes | None) -> bool:
    if content is None:
        return row.gives in (Gives.NOTHING, Gives.ANYTHING)
    if row.gives is Gives.TEXT:
        return bool(content)
    kind = list if row.gives is Gives.LIST else dict
    return isinstance(decode_json(content), kind)


@given(asked=requests(), logged_in=st.booleans())
@example(asked=(ACCOUNT_OPERATIONS["getOrders"], "/orders", "pageNumber=" + "9" * 18, b""), logged_in=True)
def test_it_is_answered_as_the_row_says_or_refused_with_a_reason(
    asked: tuple[AccountOperation, str, str, bytes], logged_in: bool
) -> None:
    row, path, query, body = asked
    shop = Shopfront(customers=3, orders={FIRST: 4})
    visitor = shop.visitor(FIRST if logged_in else None)
    reply = visitor.ask(row.method, path, raw=body, query=query)
    if reply.status in (200, 204):
        assert logged_in or not row.protected
        assert is_what_the_row_gives(row, reply.content)
        return
    assert reply.status in (400, 401, 404, 405)
    assert reply.content is not None
    said = decode_json(reply.content)["error"]
    assert said
    assert dict(reply.headers)["UC-REST-ERROR"].isascii()


def test_the_portal_asks_the_clients_side_nothing() -> None:
    """Rows, models, fields and JSON are shared; what is right to send or answer is decided twice."""
    shared = {"fields", "codec", "operations", "models", "my_account.operations", "my_account.models"}
    files = sorted(Path(my_account.__file__).parent.glob("*.py"))
    assert len(files) > 10
    for file in files:
        for module in re.findall(
            r"^from ucsync\.ultracart\.(\S+) import", file.read_text("utf-8"), re.MULTILINE
        ):
            assert any(module == name or module.startswith(f"{name}.") for name in shared), (
                file.name,
                module,
            )

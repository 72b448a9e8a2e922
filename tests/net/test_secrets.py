"""Keys and personal data are in no exception text, repr or log."""

import logging

import pytest

from tests.net.scripted import CUSTOMER, KEY, ScriptedServer, answer, broken, error, memory_client
from ucsync import BearerToken, ClientSettings, Secret, SimpleKey, UltraCart
from ucsync.model import UcsyncError
from ucsync.net import AiohttpTransport
from ucsync.plan import RetryPolicy
from ucsync.testing import MemoryServer, VirtualClock, run_virtual

ONCE = RetryPolicy(attempts_max=1)
NAME = "Ottoline-Quarrington"


def test_neither_key_nor_name_is_in_any_error_or_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    email = f"{NAME}@example.com"
    echoing = error(f"customer.email {email} of {NAME} with {KEY} is wrong", 400)
    html = answer(body=f"<html>{NAME} {KEY}".encode(), content_type="text/html", status=502)
    wrong = answer({"customer": {"affiliate_oid": NAME}})
    replies = [
        echoing,
        html,
        wrong,
        broken,
        error(f"{KEY} {email}", 429),
        error(KEY, 401),
        answer(body=NAME.encode()),
    ]
    shown: list[str] = []

    async def main() -> None:
        for reply in replies:
            settings = ClientSettings(requests_per_s=None)
            async with memory_client(ScriptedServer(reply), settings=settings) as client:
                for call in (
                    client.get_customer_by_email(email),
                    client.insert_customer({"email": email, "terms": NAME}),
                ):
                    with pytest.raises(UcsyncError) as caught:
                        await call
                    failure: BaseException | None = caught.value
                    while failure is not None:
                        shown.extend((str(failure), repr(failure), repr(vars(failure))))
                        failure = failure.__cause__ or failure.__context__
            shown.extend((repr(client), repr(settings)))

    run_virtual(main())
    shown.append(caplog.text)
    assert len(shown) > 40
    for text in shown:
        assert NAME.lower() not in text.lower()
        assert KEY not in text


def test_a_warning_of_the_server_is_logged_without_its_words(caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> None:
        document = {"customer": CUSTOMER, "warning": {"warning_message": NAME, "warning_code": "x"}}
        async with memory_client(ScriptedServer(answer(document))) as client:
            await client.update_customer(7, {"terms": "N30"})

    run_virtual(main())
    assert "updateCustomer: answered with a warning" in caplog.text
    assert NAME not in caplog.text


def test_a_secret_is_masked_wherever_it_is_rendered() -> None:
    secret = Secret("hidden-value")
    rendered = [
        str(secret),
        repr(secret),
        f"{secret}",
        f"{[secret]}",
        repr(SimpleKey(secret)),
        repr(BearerToken(secret)),
    ]
    assert all("hidden" not in text for text in rendered)
    assert secret.reveal() == "hidden-value"
    assert secret == Secret("hidden-value")
    with pytest.raises(UcsyncError):
        Secret(None)  # type: ignore[arg-type]  # what an untyped caller does


def test_the_clients_own_key_is_masked_when_the_server_repeats_it() -> None:
    async def main() -> None:
        key, settings = SimpleKey(Secret("plain-words")), ClientSettings(requests_per_s=None, retry=ONCE)
        server = ScriptedServer(error("plain-words is no key", 401))
        async with MemoryServer(server.application()) as memory:
            transport = AiohttpTransport("http://localhost", key, settings, connector=memory.connector())
            async with UltraCart(key, transport=transport, settings=settings, clock=VirtualClock()) as client:
                with pytest.raises(UcsyncError) as caught:
                    await client.get_customer(7)
        assert str(caught.value) == "getCustomer: 401: •••-••• is no key"

    run_virtual(main())

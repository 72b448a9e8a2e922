"""A server, or what stands between, that does not speak HTTP: said in our words, and without the key."""

import pytest

from tests.house import ONCE
from tests.net.test_wire import HostileProtocol
from tests.watch import KEY
from ucsync import Secret, SimpleKey, UltraCart
from ucsync.model import ConnectionLost
from ucsync.net import AiohttpTransport
from ucsync.testing import MemoryConnector, VirtualClock, run_virtual

#: aiohttp's own exceptions for these hold the request, and with it the key.
GREETINGS = (
    b"SSH-2.0-OpenSSH_9.2\r\n",
    b"HTTP/1.1 two hundred OK\r\n\r\n",
    b"HTTP/1.1 200 OK\r\n no colon\r\n\r\n",
)


@pytest.mark.parametrize("greeting", GREETINGS, ids=["another protocol", "no status", "no headers"])
def test_what_is_not_http_is_an_error_without_the_key(greeting: bytes) -> None:
    async def main() -> None:
        credential = SimpleKey(Secret(KEY))
        connector = MemoryConnector(lambda: HostileProtocol(greeting))
        transport = AiohttpTransport("http://localhost", credential, ONCE, connector=connector)
        async with UltraCart(credential, transport=transport, settings=ONCE, clock=VirtualClock()) as client:
            with pytest.raises(ConnectionLost) as caught:
                await client.get_customer(7)
        failure: BaseException | None = caught.value
        while failure is not None:
            assert KEY not in f"{failure} {failure!r} {vars(failure)!r}"
            failure = failure.__cause__ or failure.__context__

    run_virtual(main())

"""The server's certificate is checked, and a key is not sent to one that cannot be trusted."""

import asyncio
import shutil
import ssl
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.house import ONCE
from ucsync import ConnectionLost, Outcome, Secret, SimpleKey, UltraCart
from ucsync.net import AiohttpTransport

OPENSSL = shutil.which("openssl")
KEY = SimpleKey(Secret("k" * 20))
ANSWER = b"HTTP/1.1 204 No Content\r\n\r\n"

pytestmark = pytest.mark.skipif(OPENSSL is None, reason="needs the openssl command to make a certificate")


@asynccontextmanager
async def self_signed(folder: Path, received: list[bytes]) -> AsyncIterator[tuple[str, Path]]:
    """A server with a certificate of its own making; its address and the certificate."""
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    made = await asyncio.create_subprocess_exec(
        str(OPENSSL), "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
        "-addext", "subjectAltName=DNS:localhost", "-keyout", str(key), "-out", str(certificate),
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    assert await made.wait() == 0
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        received.append(await reader.read(1000))
        writer.write(ANSWER)
        writer.close()

    server = await asyncio.start_server(serve, "localhost", 0, ssl=context)
    async with server:
        yield f"https://localhost:{server.sockets[0].getsockname()[1]}", certificate


async def test_a_certificate_that_nobody_vouches_for_ends_the_connection(tmp_path: Path) -> None:
    received: list[bytes] = []
    async with self_signed(tmp_path, received) as (url, _), UltraCart(
        KEY, server=url, settings=ONCE
    ) as client:  # fmt: skip
        with pytest.raises(ConnectionLost, match="certificate is not trusted") as caught:
            await client.delete_customer(7)
    assert caught.value.outcome is Outcome.NOT_SENT
    assert b"".join(received) == b""


async def test_a_certificate_that_the_caller_vouches_for_is_trusted(tmp_path: Path) -> None:
    received: list[bytes] = []
    async with self_signed(tmp_path, received) as (url, certificate):
        trust = ssl.create_default_context(cafile=certificate)
        transport = AiohttpTransport(url, KEY, ONCE, tls=trust)
        async with UltraCart(KEY, transport=transport, settings=ONCE) as client:
            await client.delete_customer(7)
    assert received[0].startswith(b"DELETE /rest/v2/customer/customers/7 HTTP/1.1")

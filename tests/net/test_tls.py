"""The server's certificate is checked, and a key is not sent to one that cannot be trusted."""

import asyncio
import shutil
import ssl
import subprocess
from pathlib import Path

import pytest

from tests.house import ONCE
from ucsync import ConnectionLost, Outcome, Secret, SimpleKey, UltraCart

OPENSSL = shutil.which("openssl")


@pytest.mark.skipif(OPENSSL is None, reason="needs the openssl command to make a certificate")
async def test_a_certificate_that_nobody_vouches_for_ends_the_connection(tmp_path: Path) -> None:
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    made = await asyncio.create_subprocess_exec(
        str(OPENSSL), "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
        "-addext", "subjectAltName=DNS:localhost", "-keyout", str(key), "-out", str(certificate),
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    assert await made.wait() == 0
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)
    received: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        received.append(await reader.read(1000))
        writer.close()

    server = await asyncio.start_server(serve, "localhost", 0, ssl=context)
    port = server.sockets[0].getsockname()[1]
    async with server, UltraCart(
        SimpleKey(Secret("k" * 20)), server=f"https://localhost:{port}", settings=ONCE
    ) as client:  # fmt: skip
        with pytest.raises(ConnectionLost, match="certificate is not trusted") as caught:
            await client.delete_customer(7)
    assert caught.value.outcome is Outcome.NOT_SENT
    assert b"".join(received) == b""

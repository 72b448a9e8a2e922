"""`ucsync sandbox`: its help, its greeting, its end; and serving on a port."""

import asyncio
import shlex
import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
import pytest
import typer
from typer.testing import CliRunner

from ucsync.cli.sandbox import sandbox
from ucsync.model import ConfigurationInvalid
from ucsync.net.clock import SystemClock
from ucsync.sandbox.quirks import QUIRKS
from ucsync.sandbox.serving import serve
from ucsync.sandbox.settings import CHURN, FAULTS, SandboxSettings

# a run in the background has SIGINT ignored, and its children too; a person's terminal has not
COMMAND = (
    "import signal, typer; from ucsync.cli.sandbox import sandbox;"
    "signal.signal(signal.SIGINT, signal.default_int_handler); typer.run(sandbox)"
)
ENOUGH_S = 30  # only a hung test takes so long

app = typer.Typer(rich_markup_mode=None)
app.command()(sandbox)


@asynccontextmanager
async def running(*arguments: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """The command in a process of its own, on a free port."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", COMMAND, "--port", "0", "--customers", "20", *arguments,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        async with asyncio.timeout(ENOUGH_S):
            yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def greeting(process: asyncio.subprocess.Process) -> str:
    assert process.stderr is not None
    lines = [await process.stderr.readline()]
    while b"application, settings" not in lines[-1]:
        lines.append(await process.stderr.readline())
        assert lines[-1], b"".join(lines).decode()
    return b"".join(lines).decode()


def url_in(text: str) -> str:
    return text.partition(" at ")[2].partition(",")[0]


async def page_status(url: str, key: str) -> int:
    headers = {"x-ultracart-simple-key": key, "X-UltraCart-Api-Version": "2017-03-01"}
    async with (
        aiohttp.ClientSession() as client,
        client.get(f"{url}/customer/customers?_limit=2", headers=headers) as answer,
    ):
        return answer.status


def test_the_help_names_every_quirk_and_fault_within_80_columns() -> None:
    result = CliRunner().invoke(app, ["--help"], env={"COLUMNS": "80", "TERM": "dumb", "NO_COLOR": "1"})
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert max(map(len, lines)) <= 80
    said = " ".join(result.stdout.split())
    for quirk in QUIRKS.values():
        assert f"{quirk.name}: {quirk.question}: {quirk.effect}; default: {quirk.default}" in said
    for name, effect in FAULTS.items():
        assert f"{name}: {effect}" in said
    assert all(kind in said for kind in CHURN)
    assert any(line.strip().startswith("ucsync sandbox --") for line in lines)


async def test_it_greets_answers_and_stops_cleanly_on_ctrl_c() -> None:
    async with running() as process:
        said = await greeting(process)
        assert "x-ultracart-simple-key: sandbox-key" in said
        assert "/sandbox/counters" in said
        assert await page_status(url_in(said), "sandbox-key") == 200
        process.send_signal(signal.SIGINT)
        out, rest = await process.communicate()
        assert (process.returncode, out, rest) == (0, b"", b"")


async def test_the_login_that_it_greets_with_is_one_that_works() -> None:
    async with running() as process:
        words = shlex.split((await greeting(process)).partition("log in: ")[2].partition("\ncontrol")[0])
        body, url = words[words.index("-d") + 1], words[-1]
        sent = {"Content-Type": words[words.index("-H") + 1].partition(": ")[2]}
        async with (
            aiohttp.ClientSession() as client,
            client.post(url, data=body, headers=sent) as answer,
        ):
            assert answer.status == 200
            assert "email" in await answer.json()


async def test_a_key_that_was_given_is_not_repeated() -> None:
    async with running("--key", "a-key-of-mine") as process:
        said = await greeting(process)
        assert "a-key-of-mine" not in said
        assert await page_status(url_in(said), "a-key-of-mine") == 200
        assert await page_status(url_in(said), "sandbox-key") == 401


@pytest.mark.parametrize(
    "arguments",
    [
        ["--quirk", "no-such"],
        ["--faults", "501=0.1"],
        ["--faults", "often"],
        ["--churn", "insert=2"],
        ["--limits", "1000"],
        ["--in-flight", "0"],
        ["--latency", "-1"],
        ["--late", "-1"],
        ["--merchant", "no good"],
        ["--customers", "-1"],
    ],
)
def test_a_setting_that_cannot_be_is_reported_before_anything_starts(arguments: list[str]) -> None:
    result = CliRunner().invoke(app, arguments)
    assert isinstance(result.exception, ConfigurationInvalid)


async def test_a_port_that_is_taken_is_a_clear_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ConfigurationInvalid, match=rf"127\.0\.0\.1, port {port}: ") as raised:
            await serve(SandboxSettings(customers=1), SystemClock(), "127.0.0.1", port, started=print)
        assert raised.value.exit_code == 78
        assert "in use" in str(raised.value)


async def test_an_address_of_another_machine_is_a_clear_line() -> None:
    with pytest.raises(ConfigurationInvalid, match=r"cannot listen on 192\.0\.2\.1, port 0"):
        await serve(SandboxSettings(customers=1), SystemClock(), "192.0.2.1", 0, started=print)


@pytest.mark.parametrize(
    ("host", "shown"),
    [("127.0.0.1", "127.0.0.1"), ("0.0.0.0", "127.0.0.1"), ("localhost", None)],  # noqa: S104
)
async def test_the_url_that_is_told_can_be_asked(host: str, shown: str | None) -> None:
    told: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    server = asyncio.ensure_future(
        serve(
            SandboxSettings(customers=3), SystemClock(), host, 0, started=lambda url, _: told.set_result(url)
        )
    )
    url = await told
    assert shown is None or url.startswith(f"http://{shown}:")
    assert await page_status(f"{url}/rest/v2", "sandbox-key") == 200
    server.cancel()
    with pytest.raises(asyncio.CancelledError):
        await server

"""A sandbox on a TCP port."""

import asyncio
import logging
import os
from collections.abc import Callable
from typing import Any, Final

from aiohttp import web

from ucsync.model import Clock, ConfigurationInvalid
from ucsync.sandbox.application import make_application
from ucsync.sandbox.settings import SandboxSettings
from ucsync.sandbox.state import SANDBOX, Sandbox

#: A request that is being answered gets so long at shutdown.
SHUTDOWN_S_MAX: Final = 1.0

_SILENT: Final = logging.getLogger("ucsync.sandbox.http")
_SILENT.setLevel(logging.CRITICAL)

_ANYWHERE: Final = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104  (translated, not bound to)


async def serve(
    settings: SandboxSettings, clock: Clock, host: str, port: int, *, started: Callable[[str, Sandbox], None]
) -> None:
    """Serve until cancelled, then close what is open; stalled requests do not hold that up.

    Args:
        settings: of the sandbox.
        clock: real time, as a rule.
        host: name or address to listen on; anything but loopback opens it to other machines.
        port: 0 for any free one.
        started: called once, when requests are taken, with the real URL, e.g. `http://127.0.0.1:8765`,
            and the sandbox itself.

    Raises:
        ConfigurationInvalid: the address cannot be listened on.
    """
    # No access log, and nothing of aiohttp's on broken requests: paths and queries hold e-mail addresses.
    application = make_application(settings, clock)
    runner = web.AppRunner(application, access_log=None, logger=_SILENT, shutdown_timeout=SHUTDOWN_S_MAX)
    await runner.setup()
    try:
        await _listen(runner, host, port)
        started(_url(runner.addresses[0]), application[SANDBOX])
        await asyncio.Event().wait()
    finally:
        await runner.cleanup()


async def _listen(runner: web.AppRunner, host: str, port: int) -> None:
    try:
        await web.TCPSite(runner, host, port).start()
    except (OSError, OverflowError) as fault:
        reason = _reason(fault)
        text = f"sandbox: cannot listen on {host}, port {port}: {reason}; choose others with --host, --port"
        raise ConfigurationInvalid(text) from None


def _reason(fault: OSError | OverflowError) -> str:
    """In the system's words; asyncio's own are longer, and a name that is not resolved has no errno."""
    if isinstance(fault, OSError) and fault.errno:
        return os.strerror(fault.errno) if fault.errno > 0 else str(fault.strerror)
    return "no such place"


def _url(address: Any) -> str:
    host, port = address[:2]
    shown = _ANYWHERE.get(host, host)
    return f"http://[{shown}]:{port}" if ":" in shown else f"http://{shown}:{port}"

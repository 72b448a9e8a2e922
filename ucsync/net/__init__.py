"""Bytes on the wire: aiohttp in one file, and around it the lane, retries and the client.

Owns sockets, pacing and the one-at-a-time rule. Never touches the lake or the state on disk.
Words: a lane is the way of one application to its server; an attempt is one request sent.
"""

from ucsync.net.account_session import AccountTransport
from ucsync.net.aiohttp_transport import AiohttpTransport
from ucsync.net.client import UltraCart
from ucsync.net.clock import SystemClock
from ucsync.net.my_account import MyAccount
from ucsync.net.pacing import NoPacer, Pacer, ThrottlePacer
from ucsync.net.settings import ACCOUNT_PATH, PRODUCTION, ClientSettings, api_address
from ucsync.net.transport import Transport

__all__ = [
    "ACCOUNT_PATH",
    "PRODUCTION",
    "AccountTransport",
    "AiohttpTransport",
    "ClientSettings",
    "MyAccount",
    "NoPacer",
    "Pacer",
    "SystemClock",
    "ThrottlePacer",
    "Transport",
    "UltraCart",
    "api_address",
]

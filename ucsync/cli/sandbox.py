"""`ucsync sandbox`: an UltraCart to test against, until Ctrl-C."""

import textwrap
from typing import Annotated, Final

import typer

from ucsync.app import serve_until_stopped, system_clock
from ucsync.sandbox import (
    CHURN,
    FAULTS,
    QUIRKS,
    Sandbox,
    SandboxSettings,
    parse_limits,
    parse_orders,
    parse_rates,
    serve,
)

COLUMNS: Final = 76  # of an 80-column terminal, less the frame around help texts

_AS_IT_IS: Final = "\b\n"  # tells the help formatter to leave the lines of a paragraph alone
_DEFAULTS: Final = SandboxSettings()
_CURL: Final = (
    "curl -s -H 'x-ultracart-simple-key: {key}' -H 'X-UltraCart-Api-Version: 2017-03-01' \\\n    '{url}'"
)
_LOGIN: Final = (
    "curl -s -c cookies.txt -H 'Content-Type: application/json' \\\n"
    """    -d '{{"merchantId":"{merchant}","email":"{email}","password":"password-{oid}"}}' \\\n"""
    "    '{url}/rest/myaccount/login'"
)
_PORTAL: Final = """\
Both APIs are there, over the same customers: /rest/v2 for the merchant,
/rest/myaccount (MyAccount) for the customers themselves, who log in with
their e-mail address and password-OID, like password-1000001. Mail that it
sends (new passwords, links of registrations) is in /sandbox/mail; a link is
followed by POST /sandbox/my_account/validate {"token": …}. It has no key and
no quota; --faults, --churn and --latency are for both. Of --orders,
--profiles, --redirect and --origin see below."""


def sandbox(
    host: Annotated[
        str, typer.Option(help="Address to listen on; anything but loopback lets other machines in.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes any free port.")] = 8765,
    customers: Annotated[int, typer.Option(help="How many there are at the start.")] = _DEFAULTS.customers,
    seed: Annotated[int, typer.Option(help="The same seed gives the same run.")] = _DEFAULTS.seed,
    key: Annotated[str, typer.Option(help="The simple key that is taken.")] = _DEFAULTS.key,
    access_token: Annotated[
        str, typer.Option(help="The OAuth access token that is taken.")
    ] = _DEFAULTS.access_token,
    browser_key: Annotated[
        str, typer.Option(help="The browser key that searchCustomerProfileValues takes.")
    ] = _DEFAULTS.browser_key,
    merchant: Annotated[str, typer.Option(help="Merchant id.")] = _DEFAULTS.merchant_id,
    limits: Annotated[
        str, typer.Option(metavar="N/S,…", help="Requests/seconds, comma between; or none.")
    ] = "1000/3600,10000/86400",
    sliding_window: Annotated[
        bool, typer.Option("--sliding-window", help="Count in sliding windows, not in leaky buckets.")
    ] = False,
    in_flight: Annotated[
        int, typer.Option(help="Requests at once; one more is answered 429.")
    ] = _DEFAULTS.in_flight_max,
    quirk: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="Switch on, may be repeated; see above.")
    ] = None,
    faults: Annotated[str, typer.Option(metavar="RATES", help="NAME=RATE, comma between; see above.")] = "",
    churn: Annotated[
        str, typer.Option(metavar="RATES", help=f"KIND=RATE, comma between: {', '.join(CHURN)}.")
    ] = "",
    latency: Annotated[
        float,
        typer.Option(help="Seconds that each answer takes; with 0, two at once may go unseen."),
    ] = _DEFAULTS.latency_s,
    late: Annotated[
        float, typer.Option(help="Seconds after which a request acts that met the fault late.")
    ] = _DEFAULTS.late_s,
    orders: Annotated[
        str, typer.Option(metavar="OID=N,…", help="Customers with so many orders, comma between.")
    ] = "",
    profiles: Annotated[
        bool, typer.Option("--profiles/--no-profiles", help="Whether customers may register in the portal.")
    ] = _DEFAULTS.profiles,
    redirect: Annotated[
        list[str] | None,
        typer.Option(metavar="URL", help="Where a registration may lead to; may be repeated."),
    ] = None,
    origin: Annotated[
        list[str] | None,
        typer.Option(metavar="URL", help="Whose pages may read the portal's answers; may be repeated."),
    ] = None,
    read_only_key: Annotated[bool, typer.Option("--read-only-key", help="The key may not write.")] = False,
) -> None:
    """Run an UltraCart to test against on this machine, until Ctrl-C."""
    settings = SandboxSettings(
        customers=customers,
        seed=seed,
        merchant_id=merchant,
        key=key,
        access_token=access_token,
        browser_key=browser_key,
        read_only_key=read_only_key,
        limits=parse_limits(limits),
        sliding_window=sliding_window,
        in_flight_max=in_flight,
        quirks=frozenset(quirk or ()),
        faults=parse_rates(faults),
        churn=parse_rates(churn),
        latency_s=latency,
        late_s=late,
        orders=parse_orders(orders),
        profiles=profiles,
        redirects=tuple(redirect or ()),
        origins=tuple(origin or ()),
    )
    serve_until_stopped(
        serve(
            settings, system_clock(), host, port, started=lambda url, running: _greet(settings, url, running)
        )
    )


def _greet(settings: SandboxSettings, url: str, running: Sandbox) -> None:
    """Say on stderr where it is and how to use it; a key that was given is not repeated."""
    given = settings.key != _DEFAULTS.key
    shown = "the one given with --key" if given else _DEFAULTS.key
    curl = _CURL.format(
        key="KEY" if given else _DEFAULTS.key, url=f"{url}/rest/v2/customer/customers?_limit=2"
    )
    lines = (
        f"UltraCart sandbox at {url}/rest/v2, merchant {settings.merchant_id}, "
        f"{settings.customers} customers; Ctrl-C stops it",
        f"key: {shown}, in the header x-ultracart-simple-key",
        f"try: {curl}",
        *_portal_lines(settings, url, running),
        f"control, from this machine only: {url}/sandbox/counters, and there also",
        "    truth, mutate, orders, my_account, mail, clock, faults, churn, application, settings",
    )
    typer.echo("\n".join(lines), err=True)


def _portal_lines(settings: SandboxSettings, url: str, running: Sandbox) -> tuple[str, ...]:
    """How the first customer with an e-mail address logs in; nothing where there is none."""
    store = running.merchant.shop.store
    oid = next(filter(store.email, running.merchant.oids()), None)
    if oid is None:
        return ()
    login = _LOGIN.format(merchant=settings.merchant_id, email=store.email(oid), oid=oid, url=url)
    return (f"customer portal at {url}/rest/myaccount; passwords are password-OID", f"log in: {login}")


def _help() -> str:
    """The text above the options: an example, then every fault and every switch from their tables."""
    example = "  ucsync sandbox --faults 500=0.02,reset=0.01 --quirk since-exclusive"
    faults = (_entry(name, effect) for name, effect in FAULTS.items())
    quirks = (
        _entry(row.name, f"{row.question}: {row.effect}; default: {row.default}") for row in QUIRKS.values()
    )
    return "\n\n".join((
        "Run an UltraCart to test against on this machine, until Ctrl-C.",
        f"{_AS_IT_IS}Example:\n{example}",
        f"{_AS_IT_IS}{_PORTAL}",
        f"{_AS_IT_IS}Faults (--faults), each with the chance that a request meets it:\n" + "\n".join(faults),
        f"{_AS_IT_IS}Quirks (--quirk), for what nobody knows of the real server:\n" + "\n".join(quirks),
    ))  # fmt: skip


def _entry(name: str, text: str) -> str:
    return textwrap.fill(
        f"{name}: {text}", COLUMNS, initial_indent="  ", subsequent_indent="      ", break_on_hyphens=False
    )


sandbox.__doc__ = _help()

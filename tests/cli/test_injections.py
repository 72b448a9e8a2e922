"""Who asks in SQL, and who is asked about, may write what they like: nothing of it is run or betrayed."""

import csv
import json
import shutil
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, Final

import pyarrow.parquet as pq
import pytest

from tests.cli.attempts import ASKERS, READERS, SETTERS, WRITERS
from tests.cli.conftest import Shop, listing
from tests.postgres.server import Server, commands
from tests.store.account_canary import filled
from tests.store.lake_accounts import put
from tests.store.warehouse.nights import Nights
from ucsync.model.harmless import harmless
from ucsync.store.account_archive.columns import TABLES as SCHEMAS
from ucsync.store.account_lake import TABLES

#: What none of the questions may bring to light.
SECRET: Final = "this-is-in-another-file"


@pytest.fixture(scope="module")
def place(synced: Shop, tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """A shop with a warehouse, beside files that are nobody's business and another merchant's lake."""
    folder = tmp_path_factory.mktemp("injections") / "shop"
    shutil.copytree(synced.folder, folder)
    shop = Shop(folder, synced.url)
    assert shop.run("warehouse", "build").code == 0
    (folder / "secret.csv").write_text(f"secret\n{SECRET}\n", encoding="utf-8")
    shutil.copytree(shop.lake / "snapshots", folder / "lake" / "rival" / "snapshots")
    shutil.copy(shop.lake / "warehouse.duckdb", folder / "other.duckdb")
    return shop


def meant(shop: Shop, attempt: str) -> str:
    """An attempt on the files of this shop."""
    older, part = (next(one.glob("customers/*.parquet")) for one in shop.snapshots())
    return attempt.format(
        secret=shop.folder / "secret.csv", key=shop.folder / "state" / "privacy" / "demo.key",
        state=shop.folder / "state" / "ucsync.db", other=shop.folder / "other.duckdb", folder=shop.folder,
        warehouse=shop.lake / "warehouse.duckdb", part=part, older=older,
        rival=next((shop.folder / "lake" / "rival").rglob("*.parquet")),
    )  # fmt: skip


@pytest.mark.parametrize("words", [("sql",), ("sql", "--warehouse")], ids=" ".join)
def test_no_question_reads_or_writes_what_is_not_its_own(place: Shop, words: tuple[str, ...]) -> None:
    refused = [*READERS, *WRITERS, *SETTERS]
    assert len(refused) > 100
    before = listing(place.folder)
    key = (place.folder / "state" / "privacy" / "demo.key").read_bytes()
    attempts = [meant(place, attempt) for attempt in refused]
    typed = "".join(f"{attempt};\nSELECT 7 AS n;\n" for attempt in attempts)
    done = place.run(*words, typed=typed, key="the-key-of-the-merchant")
    said = done.err.splitlines()
    answers = done.out.splitlines()
    assert done.code == 2
    assert (len(said), len(answers)) == (len(attempts), 2 * len(attempts))
    assert [line for line in said if not line.startswith("sql: ")] == []
    assert set(answers) == {"n", "7"}  # each is refused, and nothing of it is left for the next
    for secret in (SECRET, "the-key-of-the-merchant", key.hex()):
        assert secret not in done.err
    assert listing(place.folder) == before


@pytest.mark.parametrize("words", [("sql",), ("sql", "--warehouse")], ids=" ".join)
def test_what_duckdb_tells_of_itself_betrays_nothing(place: Shop, words: tuple[str, ...]) -> None:
    before = listing(place.folder)
    typed = "".join(f"{meant(place, attempt)};\n" for attempt in ASKERS)
    done = place.run(*words, typed=typed, key="the-key-of-the-merchant")
    assert len(done.out.splitlines()) > len(ASKERS)
    for secret in (SECRET, "the-key-of-the-merchant", "secret.csv,"):
        assert secret not in done.out + done.err
    assert listing(place.folder) == before


#: Of one customer each: they have called themselves so, and written it wherever else they can.
PAYLOADS: Final = (
    "'; DROP TABLE customers; --", "'); DELETE FROM ucsync.customers; --", "x' OR '1'='1",
    '"; DROP SCHEMA ucsync CASCADE; --', "$$; DROP TABLE t; $$", "\\'; COPY t TO PROGRAM 'id'; --", "\\N",
    "\\.", "\\\\t\\b\\x41", "=1+1", '=HYPERLINK("http://h/?"&A1)', "+cmd|' /C calc'!A0",
    "-2+3+cmd|' /C calc'!A0", "@SUM(1:9)", "\t=1+1", "\r\n=1+1", ";=1+1;", "＝1+1", " \u200b=1+1",
    "<script>document.title='harmed'</script>", "</script><script>document.title='harmed'</script>",
    "<img src=x onerror=\"document.title='harmed'\">", "--><svg/onload=document.title='harmed'>",
    "\"><iframe srcdoc='<script>parent.document.title=1</script>'>", "javascript:document.title='harmed'",
    "<!--<script>", "{{7*7}}${7*7}", "\u202etxt.exe\u2028", "O'Brien & Søn \\ \"Ltd\"", "%s %(x)s {0} :x ?",
)  # fmt: skip


def harmful(number: int, payload: str) -> list[dict[str, Any]]:
    """Customers whose every text says this, so many that their region is named; the first has spent most."""
    who = dict.fromkeys(("first_name", "last_name", "company", "address1", "city", "title"), payload)
    address = {**who, "country_code": payload, "state_region": payload, "default_billing": True}
    return [
        {
            "customer_profile_oid": 100 * number + one + 1,
            "email": f"{number}.{one}@shop.example",
            "business_notes": payload,
            "signup_dts": "2026-01-02T03:04:05Z",
            "billing": [address, {**address, "country_code": "US"}],
            "tags": [{"tag_value": payload}],
            "properties": [{"name": payload, "value": payload}],
            "pricing_tiers": [{"name": payload, "pricing_tier_oid": number}],
            "loyalty": {"loyalty_tier_name": payload, "current_points": 7},
            "orders_summary": {"order_count": 3, "total": 1000 - one},
        }
        for one in range(5)
    ]


def ordered(table: str, payload: str) -> dict[str, Any]:
    """A row of an account's export in which every text says this."""
    row = {field.name: filled(field.type, field.name, lambda path: payload) for field in SCHEMAS[table]}
    return row | {"customer_profile_oid": 1}


@pytest.fixture(scope="module")
def harmed(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """A shop whose customers they are, with a warehouse that shows them."""
    nights = Nights(tmp_path_factory.mktemp("harmed"))
    nights.publish([one for number, payload in enumerate(PAYLOADS) for one in harmful(number, payload)])
    shop = Shop(nights.folder, "http://127.0.0.1:1")
    shop.configure()
    nights.home.rename(shop.lake)
    put(shop.lake, 1, {table: [ordered(table, payload) for payload in PAYLOADS] for table in TABLES})
    assert shop.run("warehouse", "build", "--tier", "medium").code == 0
    return shop


def told(rows: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """The first of each, by their e-mail addresses."""
    return {row["email"]: row for row in rows if ".0@" in row["email"]}


def wanted(cell: Any = str) -> dict[str, str]:
    return {f"{number}.0@shop.example": cell(payload) for number, payload in enumerate(PAYLOADS)}


def test_files_hold_what_they_wrote_as_text(harmed: Shop, tmp_path: Path) -> None:
    assert len(PAYLOADS) >= 20
    out = tmp_path / "c.parquet"
    assert harmed.run("export", "customers", "--tier", "medium", "--out", str(out)).code == 0
    rows = told(pq.read_table(out).to_pylist())
    found = {email: rows[email]["business_notes"] for email in wanted()}
    assert found == wanted()
    assert {email: rows[email]["billing"][0]["last_name"] for email in wanted()} == wanted()
    assert {email: rows[email]["tags"][0]["tag_value"] for email in wanted()} == wanted()
    out = tmp_path / "c.ndjson"
    assert harmed.run("export", "customers", "--tier", "medium", "--out", str(out)).code == 0
    lines = out.read_text(encoding="utf-8").removesuffix("\n").split("\n")
    rows = told([json.loads(line) for line in lines])
    assert {email: rows[email]["properties"][0]["value"] for email in wanted()} == wanted()
    for table, column in (
        ("orders", "comments"),
        ("order_items", "description"),
        ("case_messages", "message"),
    ):
        out = tmp_path / f"{table}.parquet"
        assert harmed.run("export", table, "--tier", "medium", "--out", str(out)).code == 0
        texts = [row[column] for row in pq.read_table(out).to_pylist()]
        assert texts == [[one] if column == "comments" else one for one in PAYLOADS]


def test_no_cell_of_a_table_for_spreadsheets_is_a_formula(harmed: Shop, tmp_path: Path) -> None:
    done = harmed.run("export", "--all", "--to", "csv", "--tier", "medium", "--out", str(tmp_path))
    assert done.code == 0
    with (tmp_path / "customers.csv").open(encoding="utf-8", newline="") as file:
        rows = told(list(csv.DictReader(file)))
    assert {email: rows[email]["business_notes"] for email in wanted()} == wanted(harmless)
    assert {email: json.loads(rows[email]["tags"])[0]["tag_value"] for email in wanted()} == wanted()
    for path in tmp_path.iterdir():
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.reader(file):
                for cell in row:
                    assert cell == harmless(cell) or _is_number(cell), path.name


def _is_number(cell: str) -> bool:
    return cell.removeprefix("-").replace(".", "", 1).isdigit()


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    bin_ = commands()
    if bin_ is None:
        pytest.skip("there is no Postgres server (Debian: postgresql)")
    with Server(bin_) as started:
        yield started


def test_no_statement_of_theirs_reaches_postgres(
    harmed: Shop, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WHERE", server.conninfo)
    schema = 'uc"; DROP SCHEMA public; --'
    for _ in range(2):
        words = ("--all", "--to", "postgres", "--tier", "medium", "--dsn-env", "WHERE", "--schema", schema)
        done = harmed.run("export", *words, "--json")
        assert done.code == 0, done.err
    quoted = '"' + schema.replace('"', '""') + '"'
    with server.connect() as owner:
        assert owner.execute("SELECT count(*) FROM pg_namespace WHERE nspname = 'public'").fetchone() == (1,)
        tables = owner.execute("SELECT tablename FROM pg_tables WHERE schemaname = %s", (schema,)).fetchall()
        assert len(tables) == len(done.told["views"])
        owner.execute(f"SET search_path = {quoted}")
        rows = owner.execute(
            "SELECT email, business_notes, billing->0->>'last_name', tags->0->>'tag_value' FROM customers "
            "WHERE email LIKE '%.0@shop.example'"
        ).fetchall()
    assert sorted(rows) == sorted((email, text, text, text) for email, text in wanted().items())


class _Page(HTMLParser):
    """What a browser would run of a page, or fetch for it."""

    def __init__(self) -> None:
        super().__init__()
        self.scripts = 0
        self.wrong: list[str] = []
        self.texts: list[str] = []

    def handle_data(self, data: str) -> None:
        """See `HTMLParser`."""
        self.texts.append(data)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """See `HTMLParser`."""
        self.scripts += tag == "script"
        self.wrong += [tag] if tag in ("img", "iframe", "svg/onload=document.title='harmed'", "base") else []
        self.wrong += [
            f"{tag} {name}" for name, _ in attrs if name.startswith("on") or name in ("src", "srcdoc")
        ]


def test_no_script_of_theirs_is_in_the_dashboard(harmed: Shop, place: Shop, tmp_path: Path) -> None:
    pages = []
    for number, (shop, tier) in enumerate(((place, "standard"), (harmed, "medium"))):
        out = tmp_path / f"{number}.html"
        done = shop.run("dashboard", "build", "--tier", tier, "--out", str(out))
        assert done.code == 0, done.err
        page = _Page()
        page.feed(out.read_text(encoding="utf-8"))
        page.close()
        pages.append(page)
    clean, other = pages
    assert (other.scripts, other.wrong) == (clean.scripts, [])
    assert any("harmed" in text for text in other.texts)  # they are in it, and do nothing


def test_no_view_and_no_file_is_named_by_a_question(place: Shop, tmp_path: Path) -> None:
    for view in (
        "customers; DROP TABLE customers",
        "customers'",
        'main.customers" UNION FROM x',
        "../customers",
    ):
        done = place.run("export", view, "--to", "csv", "--out", str(tmp_path / "x.csv"))
        assert (done.code, list(tmp_path.iterdir())) == (2, []), view
    odd = tmp_path / 'it\'s "a"; COPY x TO y; --.csv'
    assert place.run("export", "tags", "--to", "csv", "--out", str(odd)).code == 0
    assert list(tmp_path.iterdir()) == [odd]

"""The marts: they agree with the customers that they are of, and with one another, whoever opens the file."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.store.documents import snapshot_of
from tests.store.shop import NOON
from tests.store.warehouse.marts import Document, figures_in, odd_customers, opened, warehouse_of
from tests.truth import CHECKS, SEGMENTS, figures_of
from tests.truth_people import Person, people_of
from ucsync.store.warehouse.views import view_files

DOCUMENTS = odd_customers(seed=4, count=800)


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    lake, _ = snapshot_of(tmp_path_factory.mktemp("lake"), DOCUMENTS, rows_part=300)
    with warehouse_of(lake) as path:
        yield path


@pytest.fixture(scope="module")
def people() -> list[Person]:
    return people_of(DOCUMENTS, NOON)


@pytest.fixture
def connection(warehouse: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with opened(warehouse) as connection:
        yield connection


def rows(connection: duckdb.DuckDBPyConnection, query: str) -> list[Any]:
    return connection.execute(query).fetchall()


def test_the_facts_of_every_customer_are_those_of_the_truth(
    connection: duckdb.DuckDBPyConnection, people: list[Person]
) -> None:
    found = rows(
        connection,
        "SELECT customer_profile_oid, signup_month, country, region, order_count, total, "
        "strftime(make_timestamp(epoch_us(last_order_at)), '%Y-%m-%dT%H:%M:%S'), segment, marketing, "
        "no_mail, loyalty_member, loyalty_tier, points FROM customer_facts ORDER BY customer_profile_oid",
    )
    expected = [
        (
            each.oid, each.month, each.country, each.region, each.orders, each.total,
            each.last.replace(tzinfo=None).isoformat() if each.last else None, each.segment, each.marketing,
            each.no_mail, each.member, each.tier, each.points,
        )
        for each in people
    ]  # fmt: skip
    assert found == expected


def test_every_flag_of_every_customer_is_that_of_the_truth(
    connection: duckdb.DuckDBPyConnection, people: list[Person]
) -> None:
    found = rows(connection, f"SELECT {', '.join(CHECKS)} FROM customer_facts ORDER BY customer_profile_oid")  # noqa: S608  (names of ours)
    assert [{check for check, held in zip(CHECKS, row, strict=True) if held} for row in found] == [
        each.wrong for each in people
    ]
    assert not any(held is None for row in found for held in row)


def test_days_and_averages_are_those_of_the_orders(
    connection: duckdb.DuckDBPyConnection, people: list[Person]
) -> None:
    found = rows(
        connection,
        "SELECT days_since_last_order, average_order FROM customer_facts ORDER BY customer_profile_oid",
    )
    for (days, average), each in zip(found, people, strict=True):
        assert days == (None if each.last is None else max((NOON - each.last).days, 0))
        if each.orders:
            assert float(average) == pytest.approx(float(each.total / each.orders), rel=1e-9, abs=1e-4)
        else:
            assert average is None


def test_growth_and_cohorts_are_of_the_months(
    connection: duckdb.DuckDBPyConnection, people: list[Person]
) -> None:
    months: dict[str, list[Person]] = defaultdict(list)
    for each in people:
        months[each.month].append(each)
    so_far = 0
    growth = rows(connection, "FROM mart_growth")
    cohorts = rows(connection, "FROM mart_cohorts")
    assert [row[0] for row in growth] == [row[0] for row in cohorts] == sorted(months)
    for (month, *told), (_, *cohort) in zip(growth, cohorts, strict=True):
        held = months[month]
        so_far += len(held)
        total = sum((each.total for each in held), Decimal(0))
        buyers = sum(each.orders > 0 for each in held)
        assert told == [len(held), so_far, buyers, total]
        assert cohort[:3] == [len(held), buyers, sum(each.orders > 1 for each in held)]
        assert cohort[5:7] == [sum(each.orders for each in held), total]
        assert cohort[7] == pytest.approx(float(total) / len(held))


def test_order_value_has_every_customer_in_one_band(
    connection: duckdb.DuckDBPyConnection, people: list[Person]
) -> None:
    found = rows(connection, "FROM mart_order_value")
    assert sum(row[2] for row in found) == len(people)
    assert sum(row[4] for row in found) == sum(each.total for each in people)
    of = {(row[0], row[1]): row for row in found}
    assert len(of) == len(found)
    ten = [each for each in people if each.orders >= 10 and each.total >= 1000]
    assert of["10+", "1000+"][2:5] == (
        len(ten), sum(each.orders for each in ten), sum(each.total for each in ten),
    )  # fmt: skip
    assert of["0", None][2] == sum(not each.orders for each in people)


def test_segments_are_all_there_in_their_order(
    connection: duckdb.DuckDBPyConnection, people: list[Person]
) -> None:
    found = rows(connection, "FROM mart_rfm_segments")
    sizes = Counter(each.segment for each in people)
    assert [row[:4] for row in found] == [
        (place, segment, meaning, sizes[segment])
        for place, (segment, meaning) in enumerate(SEGMENTS.items(), 1)
    ]
    assert [(row[4], row[5]) for row in found] == [
        (sum(each.orders for each in held), sum((each.total for each in held), Decimal(0)))
        for held in ([each for each in people if each.segment == segment] for segment in SEGMENTS)
    ]


def test_loyalty_and_consent_count_everybody_once(
    connection: duckdb.DuckDBPyConnection, people: list[Person]
) -> None:
    members = [each for each in people if each.member]
    found = rows(connection, "SELECT tier, customers, points FROM mart_loyalty")
    assert {row[0]: row[1:] for row in found} == {
        tier: (len(held), sum(each.points for each in held))
        for tier in {each.tier for each in members}
        if (held := [each for each in members if each.tier == tier])
    }
    consent = rows(connection, "SELECT country, marketing, may_be_mailed, customers FROM mart_consent")
    assert {row[:3]: row[3] for row in consent} == Counter(
        (each.country, each.marketing, not each.no_mail) for each in people
    )


#: Each two e-mail addresses, and whether they reach one mailbox.
MAILBOXES = (
    ("one@example.com", "ONE@Example.COM ", True),
    ("two@example.com", "two+shop@example.com", True),
    ("th.ree@example.com", "three@example.com", False),
    ("fo.u.r@gmail.com", "four+x.y@googlemail.com", True),
    ("+a@five.example", "+b@five.example", False),
    ("six@example.com", "six@example.org", False),
    ("seven", "seven", False),
    ("İ@eight.example", "i@eight.example", True),
    ("ΟΔΟΣ@nine.example", "οδοσ@nine.example", True),
    ("ten@gmail.com.example", "t.en@gmail.com.example", False),
)


def test_likely_duplicates_are_those_of_one_mailbox(tmp_path: Path) -> None:
    emails = [email for first, second, _ in MAILBOXES for email in (first, second)]
    documents = [{"customer_profile_oid": oid, "email": email} for oid, email in enumerate(emails, 1)]
    lake, receipt = snapshot_of(tmp_path, documents, rows_part=50)
    with warehouse_of(lake) as path, opened(path) as connection:
        found = rows(connection, "SELECT email_twice FROM customer_facts ORDER BY customer_profile_oid")
    assert found == [(same,) for _, _, same in MAILBOXES for _ in range(2)]
    assert figures_in(lake) == figures_of(documents, [receipt])


def test_quality_says_the_share_and_names_columns(connection: duckdb.DuckDBPyConnection) -> None:
    found = rows(connection, "FROM mart_data_quality")
    assert [row[1:3] for row in found] == list(CHECKS.items())
    for _, _, _, customers, share in found:
        assert share == pytest.approx(customers / len(DOCUMENTS))


def test_sync_health_tells_how_long_each_snapshot_came_after_the_one_before(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    found = rows(connection, "SELECT kind, proof, rows, seconds, hours_since_last FROM mart_sync_health")
    assert found == [("full", "proven", len(DOCUMENTS), 0, None)]


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "America/New_York"])
def test_months_and_days_are_of_utc_wherever_the_file_is_opened(warehouse: Path, zone: str) -> None:
    marts = [file.name for file in view_files() if file.name.startswith("mart_")]
    assert len(marts) == 10
    found: list[list[Any]] = []
    for of in ("UTC", zone):
        with opened(warehouse, TimeZone=of) as connection:
            found.append([])
            for mart in marts:
                columns = "* EXCLUDE (finished_at)" if mart == "mart_sync_health" else "*"
                found[-1].append(rows(connection, f"SELECT {columns} FROM {mart} ORDER BY ALL"))  # noqa: S608  (names of ours)
    assert found[0] == found[1]


def test_where_months_are_many_fewer_countries_stand_alone(tmp_path: Path) -> None:
    countries = ["US", "DE", "FR", "GB", "CA", "AU", "NL", "JP", "PL", "ES", "IT", "MX", "IN", "IE"]

    def customer(oid: int) -> Document:
        month = datetime(1990 + oid % 432 // 12, 1 + oid % 12, 28).strftime("%Y-%m-%d")
        country = countries[min(oid % 23, oid % 17, oid % 13)]
        return {
            "customer_profile_oid": oid,
            "signup_dts": f"{month}T00:00:00Z",
            "billing": [{"country_code": country}],
        }

    documents = [customer(oid) for oid in range(1, 901)]
    lake, receipt = snapshot_of(tmp_path, documents, rows_part=1000)
    found = figures_in(lake)
    assert found == figures_of(documents, [receipt])
    assert len(set(found.cube.values[0])) == 432
    assert set(found.cube.values[1]) == {"US", "DE", "FR", "*"}


def test_customers_by_themselves_have_facts_however_odd_they_are(tmp_path: Path) -> None:
    """What is the same for all, or missing for all, is where a query may be rewritten wrongly."""
    lake, receipt = snapshot_of(tmp_path, odd_customers(seed=5, count=60), rows_part=60)
    (part,) = lake.path_of(receipt.snapshot).joinpath("customers").iterdir()
    facts = next(file for file in view_files() if file.name == "customer_facts")
    with duckdb.connect(config={"TimeZone": "UTC", "autoinstall_known_extensions": False}) as connection:
        connection.execute("ATTACH ':memory:' AS lake")
        connection.execute(f"CREATE TABLE everybody AS FROM '{part}'")
        connection.execute("CREATE TABLE lake.customers AS FROM everybody LIMIT 0")
        connection.execute("CREATE TABLE warehouse AS SELECT TIMESTAMPTZ '2026-11-22 12:00:00Z' AS taken_at")
        for place in range(60):
            size = 1 + place % 3
            connection.execute(
                f"CREATE OR REPLACE TABLE lake.customers AS FROM everybody LIMIT {size} OFFSET {place}"
            )
            connection.execute(f"CREATE OR REPLACE TABLE found AS {facts.text}")
            assert rows(connection, "SELECT count(*) FROM found") == [(min(size, 60 - place),)]

"""What the dashboard has to show of figures, in American English: thought out in Python."""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from ucsync.model import Figures, Sheet

#: Of the countries that the sandbox's people live in.
NAMES = {
    "AE": "United Arab Emirates", "AU": "Australia", "BG": "Bulgaria", "BR": "Brazil", "CA": "Canada",
    "CN": "China", "DE": "Germany", "EG": "Egypt", "ES": "Spain", "FR": "France", "GB": "United Kingdom",
    "GR": "Greece", "HK": "Hong Kong", "IE": "Ireland", "IL": "Israel", "IN": "India", "JP": "Japan",
    "KR": "South Korea", "MX": "Mexico", "NZ": "New Zealand", "PL": "Poland", "SE": "Sweden",
    "TH": "Thailand", "UA": "Ukraine", "US": "United States", "VN": "Vietnam",
    "": "Not known", "*": "Other countries",
}  # fmt: skip

ORDERS = {
    "0": "orders_0", "1": "orders_1", "2": "orders_2", "3–4": "orders_3_4", "5–9": "orders_5_9",
    "10+": "orders_10",
}  # fmt: skip
SPENT = {
    "0–50": "spent_0_50", "50–100": "spent_50_100", "100–250": "spent_100_250", "250–500": "spent_250_500",
    "500–1,000": "spent_500_1000", "1,000+": "spent_1000",
}  # fmt: skip

Row = dict[str, Any]
Cells = list[str]


def rows_of(sheet: Sheet) -> list[Row]:
    return [dict(zip(sheet.columns, row, strict=True)) for row in zip(*sheet.values, strict=True)]


def half_up(value: Decimal, digits: str) -> Decimal:
    return value.quantize(Decimal(digits), ROUND_HALF_UP)


def whole(count: int) -> str:
    return f"{count:,}"


def money(e4: int) -> str:
    return f"{half_up(Decimal(e4).scaleb(-4), '0.01'):,}"


def each(e4: int, count: int) -> str:
    return f"{half_up(Decimal(e4).scaleb(-4) / count, '0.01'):,}" if count else "–"


def share(count: int, of: int) -> str:
    return f"{half_up(Decimal(100 * count) / of, '0.1')}%" if of else "–"


def day(text: str | None) -> str:
    return f"{date.fromisoformat(text):%b %-d, %Y}" if text else "–"


def moment(text: str) -> str:
    return f"{datetime.fromisoformat(text).astimezone(UTC):%b %-d, %Y, %-I:%M %p}"


def lasting(seconds: int) -> str:
    if seconds < 90:
        return f"{seconds} sec"
    if seconds < 5400:
        return f"{half_up(Decimal(seconds) / 60, '1')} min"
    return f"{half_up(Decimal(seconds) / 3600, '0.1')}".removesuffix(".0") + " hr"


def period(key: str) -> str:
    if not key:
        return "No date"
    if "Q" in key:
        return f"{key[5:]} {key[:4]}"
    return f"{date.fromisoformat(key + '-01'):%b %Y}" if len(key) == 7 else key


def key_of(month: str, step: str) -> str:
    if not month or step == "month":
        return month
    return month[:4] if step == "year" else f"{month[:4]}-Q{(int(month[5:]) + 2) // 3}"


def every_month(first: str, last: str) -> list[str]:
    def number(month: str) -> int:
        return int(month[:4]) * 12 + int(month[5:]) - 1

    return [f"{at // 12:04}-{at % 12 + 1:02}" for at in range(number(first), number(last) + 1)]


class Seen:
    """What a reader has to see under some filters.

    Args:
        figures: of the page.
        wish: the filters as they are in the address.
    """

    def __init__(self, figures: Figures, wish: Mapping[str, str]) -> None:
        self.figures = figures
        self.country = {"": None, "-": ""}.get(wish.get("country", ""), wish.get("country"))
        self.segment = wish.get("segment")
        low, high = wish.get("from", ""), wish.get("to", "9999-99")
        dated = "from" in wish or "to" in wish
        self.cells = [
            row
            for row in rows_of(figures.cube)
            if self.country in (None, row["country"])
            and self.segment in (None, row["segment"])
            and (not dated or (row["month"] and low <= row["month"] <= high))
        ]
        known = sorted({row["month"] for row in self.cells} - {""})
        self.months = every_month(known[0], known[-1]) if known else []
        steps = ((36, "month"), (120, "quarter"))
        self.step = wish.get("step") or next(
            (step for most, step in steps if len(self.months) <= most), "year"
        )

    def sum(self, name: str, **of: str) -> int:
        """Of a measure, over the cells of these."""
        if name == "orders_0":
            return self.sum("customers", **of) - self.sum("buyers", **of)
        return sum(row[name] for row in self.cells if all(row[key] == value for key, value in of.items()))

    def tiles(self) -> dict[str, list[str]]:
        """Figure and words of each."""
        get, nobody = self.sum, "nobody yet"
        customers, buyers, all_of_them = get("customers"), get("buyers"), self.figures.customers
        of = f"of {whole(all_of_them)}, {share(customers, all_of_them)}"
        spent = money(get("revenue_e4"))
        spent = spent if len(spent) <= 9 else f"{half_up(Decimal(get('revenue_e4')).scaleb(-4), '1'):,}"
        average = each(get("revenue_e4"), get("orders"))
        return {
            "customers": [whole(customers), "in the lake" if customers == all_of_them else of],
            "buyers": [whole(buyers), f"{share(buyers, customers)} of customers" if customers else nobody],
            "repeat": [
                whole(get("repeat_buyers")),
                f"{share(get('repeat_buyers'), buyers)} of those who ordered" if buyers else nobody,
            ],
            "revenue": [spent, f"{each(get('revenue_e4'), buyers)} each who ordered" if buyers else nobody],
            "orders": [whole(get("orders")), f"{average} on average" if get("orders") else nobody],
            "active": [whole(get("active_90")), f"{whole(get('active_365'))} within a year"],
            "opted": [
                whole(get("opted_in")),
                f"{share(get('opted_in'), customers)} of customers" if customers else nobody,
            ],
            "members": [
                whole(get("loyalty_members")),
                f"{whole(get('points'))} point{'' if get('points') == 1 else 's'}",
            ],
        }  # fmt: skip

    def tables(self) -> dict[str, list[Cells]]:
        """All rows of each; a table of which nothing is shown is empty."""
        found = {
            "growth": self.growth(), "countries": self.countries(), "regions": self.regions(),
            "orders": self.bands(ORDERS, "customers"), "spent": self.bands(SPENT, "buyers"),
            "cohorts": self.cohorts(), "segments": self.segments(), "consent": self.consent(),
        }  # fmt: skip
        if not self.cells:
            found = {name: [] for name in found}
        return found | {
            "tiers": self.tiers(), "changes": self.changes(), "quality": self.quality(),
            "syncs": self.syncs(), "top": self.top(),
        }  # fmt: skip

    def by_period(self) -> list[tuple[str, Callable[[str], int]]]:
        """Periods, oldest first, those without anybody too; the last is of those without a date."""
        keys = list(dict.fromkeys(key_of(month, self.step) for month in self.months))
        if any(not row["month"] for row in self.cells):
            keys.append("")

        def summing(key: str) -> Callable[[str], int]:
            rows = [row for row in self.cells if key_of(row["month"], self.step) == key]
            return lambda name: sum(row[name] for row in rows)

        return [(key, summing(key)) for key in keys]

    def growth(self) -> list[Cells]:
        rows, undated, so_far = list[Cells](), list[Cells](), 0
        for key, get in self.by_period():
            so_far += get("customers") if key else 0
            row = [period(key), whole(get("customers")), whole(so_far) if key else "–"]
            (rows if key else undated).append(row)
        return rows[::-1] + undated

    def cohorts(self) -> list[Cells]:
        rows, undated = list[Cells](), list[Cells]()
        for key, get in self.by_period():
            there = get("customers")
            names = ("buyers", "repeat_buyers", "active_365")
            row = [period(key), whole(there), *(share(get(name), there) for name in names)]
            if there:
                (rows if key else undated).append([*row, each(get("revenue_e4"), there)])
        return rows[::-1] + undated

    def by_country(self) -> list[str]:
        """Largest first, those without a name last."""
        return sorted(
            {row["country"] for row in self.cells},
            key=lambda code: (len(code) < 2, -self.sum("customers", country=code), code),
        )

    def countries(self) -> list[Cells]:
        rows = []
        for code in self.by_country():
            there, spent = self.sum("customers", country=code), self.sum("revenue_e4", country=code)
            bought = whole(self.sum("buyers", country=code))
            name, part = NAMES[code], share(there, self.sum("customers"))
            rows.append([name, whole(there), part, bought, money(spent), each(spent, there)])
        return rows

    def regions(self) -> list[Cells]:
        return [
            [
                row["region"] or "Other or none", NAMES[row["country"]], whole(row["customers"]),
                whole(row["buyers"]), money(row["revenue_e4"]), each(row["revenue_e4"], row["customers"]),
            ]
            for row in rows_of(self.figures.regions)
            if self.country in (None, row["country"])
        ]  # fmt: skip

    def bands(self, bands: Mapping[str, str], of: str) -> list[Cells]:
        return [
            [label, whole(self.sum(name)), share(self.sum(name), self.sum(of))]
            for label, name in bands.items()
        ]

    def segments(self) -> list[Cells]:
        rows = []
        for row in rows_of(self.figures.segments):
            there, spent = (self.sum(name, segment=row["segment"]) for name in ("customers", "revenue_e4"))
            orders, all_spent = whole(self.sum("orders", segment=row["segment"])), self.sum("revenue_e4")
            part = share(spent, all_spent) if spent >= 0 and all_spent > 0 else "–"
            rows.append(
                [
                    row["segment"],
                    whole(there),
                    share(there, self.sum("customers")),
                    orders,
                    money(spent),
                    part,
                ]
            )
        return rows

    def consent(self) -> list[Cells]:
        rows = []
        for code in self.by_country():
            there, into, out, no_mail = (
                self.sum(name, country=code) for name in ("customers", "opted_in", "opted_out", "no_mail")
            )
            silent = whole(there - into - out)
            row = [NAMES[code], whole(there), whole(into), share(into, there), whole(out), silent]
            rows.append([*row, whole(no_mail)])
        return rows

    def tiers(self) -> list[Cells]:
        found = rows_of(self.figures.tiers)
        return [[row["tier"] or "No tier", whole(row["customers"]), whole(row["points"])] for row in found]

    def changes(self) -> list[Cells]:
        names = ("inserted", "updated", "deleted", "merged")
        found = rows_of(self.figures.changes)[::-1]
        return [[day(row["day"]), *(whole(row[name]) for name in names)] for row in found]

    def quality(self) -> list[Cells]:
        found = sorted(rows_of(self.figures.quality), key=lambda row: -row["customers"])
        all_of_them = self.figures.customers
        names = [row["check"].replace("_", " ").capitalize() for row in found]
        counts = [row["customers"] for row in found]
        rows = [
            [name, whole(count), share(count, all_of_them)] for name, count in zip(names, counts, strict=True)
        ]
        return rows if all_of_them else []

    def syncs(self) -> list[Cells]:
        return [
            [
                moment(row["at"]), row["kind"], row["proof"], whole(row["rows"]), whole(row["requests"]),
                whole(row["requests_floor"]), lasting(row["seconds"]), whole(row["quarantined"]),
            ]
            for row in rows_of(self.figures.syncs)[::-1]
        ]  # fmt: skip

    def top(self) -> list[Cells]:
        named = set(self.figures.cube.values[1])
        rows = []
        for row in rows_of(self.figures.top):
            folded = row["country"] if row["country"] in named else "*"
            if self.country in (None, folded) and self.segment in (None, row["segment"]):
                people = [row[name] or "" for name in ("name", "email") if name in row]
                rest = [NAMES[row["country"]], row["segment"], day(row["last_order"])]
                orders = [whole(row["orders"]), money(row["revenue_e4"])]
                rows.append([str(row["customer_profile_oid"]), *people, *rest, *orders])
        return rows

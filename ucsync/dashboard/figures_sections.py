"""The sections of the dashboard: what each is called, and what it draws and lists."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from ucsync.dashboard.markup import Markup, element


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart.

    Attributes:
        id: by which the script gives it its rows.
        kind: name of its specification in `charts.json`.
        title: of it.
    """

    id: str
    kind: str
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A part of the page.

    Attributes:
        part: by which the script knows it.
        title: of it.
        about: what is counted, and how; a sentence or two.
        charts, tables: in their order; tables by their names in the script.
        follows: the filters that it follows.
        nothing: what is said when there is nothing to show.
        layout: `even` with tables beside the charts, `table` with more room for them, `wide` with tables
            below.
    """

    part: str
    title: str
    about: str
    charts: tuple[Chart, ...]
    tables: tuple[str, ...]
    follows: tuple[str, ...] = ("sign-up", "country", "segment")
    nothing: str = "No customer is left by these filters."
    layout: str = "even"


SECTIONS: Final = (
    Section(
        part="growth", title="Growth",
        about="Customers who are there today, by when they signed up. Who has been deleted is not counted.",
        charts=(
            Chart("growth", "columns", "New customers"),
            Chart("total", "mountain", "Customers in total"),
        ),
        tables=("growth",),
    ),
    Section(
        part="geography", title="Where they are",
        about="By the country of the address that an invoice goes to, else of the one that parcels go to.",
        charts=(
            Chart("countries", "bars", "Customers by country"),
            Chart("regions", "bars", "Regions with most customers, of all times and segments"),
        ),
        tables=("countries", "regions"), layout="table",
    ),
    Section(
        part="worth", title="Orders and spending",
        about="All that UltraCart has ever counted for a customer, in the merchant's currency.",
        charts=(
            Chart("orders", "histogram", "Customers by number of orders"),
            Chart("spent", "histogram", "Those who ordered, by what they have spent"),
        ),
        tables=("orders", "spent"),
    ),
    Section(
        part="cohorts", title="Who comes back",
        about="Those who signed up at the same time, and the share of them that has ordered since. Active: "
        "within the last 365 days.",
        charts=(Chart("cohorts", "lines", "Share of those who signed up then"),),
        tables=("cohorts",), layout="table",
    ),
    Section(
        part="segments", title="Segments",
        about="By how recent, how frequent and how large the orders are, each in fifths of all who ordered.",
        charts=(Chart("segments", "pairs", "Share of customers, and of what was spent"),),
        tables=("segments",), layout="table",
    ),
    Section(
        part="loyalty", title="Loyalty",
        about="Members of the loyalty programme, their tiers and points. Tiers are those of all members.",
        charts=(Chart("tiers", "bars", "Members by tier"),), tables=("tiers",),
        nothing="Nobody is in the loyalty programme.",
    ),
    Section(
        part="consent", title="Consent",
        about="What customers have said to marketing. “No mail” is do-not-send, or unsubscribed from all.",
        charts=(Chart("consent", "parts", "Opted in, opted out, not said"),),
        tables=("consent",), layout="table",
    ),
    Section(
        part="changes", title="Changes",
        about="What each day's snapshots found new, changed, deleted or merged; days in UTC.",
        charts=(Chart("changes", "stacked", "Customers changed, the last 90 days with a snapshot"),),
        tables=("changes",), follows=(), nothing="There is no snapshot after the first yet.",
    ),
    Section(
        part="quality", title="Data quality",
        about="What is missing, malformed, contradictory, or likely there twice.",
        charts=(Chart("quality", "bars", "Customers with a finding"),), tables=("quality",), follows=(),
        nothing="There is no customer to check yet.", layout="table",
    ),
    Section(
        part="syncs", title="Snapshots",
        about="Each snapshot with its proof, and the requests it took against the least that was possible.",
        charts=(
            Chart("syncs", "against", "Requests of each snapshot, logarithmic; the line is the least"),
            Chart("rows", "mountain", "Customers in each snapshot"),
        ),
        tables=("syncs",), follows=(), nothing="There is no snapshot yet.", layout="wide",
    ),
    Section(
        part="highest", title="Top customers",
        about="Those who have spent most of all.",
        charts=(), tables=("top",), follows=("country", "segment"),
        nothing="Nobody here has ordered.", layout="wide",
    ),
)  # fmt: skip


def section_of(one: Section) -> Markup:
    """Its frame; the script fills it."""
    charts = (
        element(
            "figure",
            element("figcaption", chart.title),
            element(
                "div", id=f"chart-{chart.id}", class_="chart", role="img", aria_label=chart.title,
                data_chart=chart.kind, data_title=chart.title,
            ),
        )
        for chart in one.charts
    )  # fmt: skip
    tables = (element("div", data_table=name, class_="listed") for name in one.tables)
    return element(
        "section",
        element("h2", one.title, tabindex="-1", id=f"title-{one.part}"),
        element("p", class_="lead", hidden=""),
        element("p", one.about, class_="facts"),
        element("p", class_="limits", hidden=""),
        element("p", one.nothing, class_="nothing", hidden=""),
        element(
            "div",
            element("div", *charts, class_="charts") if one.charts else None,
            element("div", *tables, class_="tables"),
            class_=f"shown {one.layout}",
        ),
        id=one.part, class_="part", data_part=one.part, data_follows=" ".join(one.follows),
        aria_labelledby=f"title-{one.part}",
    )  # fmt: skip


def contents(sections: Sequence[Section] = SECTIONS) -> Markup:
    """Links to the sections."""
    links = (element("li", element("a", one.title, href=f"#{one.part}")) for one in sections)
    return element("nav", element("ul", *links), aria_label="Sections")

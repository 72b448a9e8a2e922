"""What of a person leaves with an export: at standard nothing, in whichever kind of file."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from tests.store.faulty import QuickFiles
from tests.store.warehouse.marked import MARK, marked_nights
from ucsync.model import Tier
from ucsync.store.exporting import ExportKind
from ucsync.store.exporting_views import export_views
from ucsync.store.warehouse import open_warehouse
from ucsync.store.written import Deed, Written, Wrote, partial_of

AT = datetime(2026, 11, 22, tzinfo=UTC)


@pytest.fixture(scope="module")
def warehouses(tmp_path_factory: pytest.TempPathFactory) -> dict[Tier, Path]:
    """Two of a lake where somebody is marked."""
    nights = marked_nights(tmp_path_factory.mktemp("marked"))
    return {tier: nights.build(tier) for tier in (Tier.STANDARD, Tier.HIGH)}


def exported(path: Path, tier: Tier, kind: ExportKind, folder: Path) -> dict[str, Path]:
    """All views of the warehouse."""
    folder.mkdir()
    with open_warehouse(path) as warehouse:
        targets = {view.name: folder / f"{view.name}.{kind.value}" for view in warehouse.views}
    with open_warehouse(path, exports=[partial_of(target) for target in targets.values()]) as warehouse:
        deeds = [(to, Deed(what=Wrote.EXPORT, of=view, tier=tier, at=AT)) for view, to in targets.items()]
        export_views(warehouse.connection, Written(QuickFiles(), folder.parent / "state"), deeds, kind)
    return targets


def texts(files: dict[str, Path], kind: ExportKind) -> Iterator[tuple[str, bytes]]:
    """Each file, raw and decoded."""
    for view, path in files.items():
        yield view, path.read_bytes().lower()
        if kind is ExportKind.PARQUET:
            rows = pq.read_table(path).to_pylist()
            yield view, json.dumps(rows, default=str, ensure_ascii=False).lower().encode()


@pytest.mark.parametrize("kind", list(ExportKind))
def test_at_standard_no_byte_of_any_view_tells_a_person(
    warehouses: dict[Tier, Path], tmp_path: Path, kind: ExportKind
) -> None:
    files = exported(warehouses[Tier.STANDARD], Tier.STANDARD, kind, tmp_path / "standard")
    assert len(files) > 20
    assert [view for view, text in texts(files, kind) if MARK.encode() in text] == []
    shown = exported(warehouses[Tier.HIGH], Tier.HIGH, kind, tmp_path / "high")
    telling = {view for view, text in texts(shown, kind) if MARK.encode() in text}
    assert {"customers", "customer_history", "billing_addresses", "ultracart_dw.uc_customers"} <= telling

"""`pipelines/dashboard.py`: what a scheduler runs after the nightly job."""

import json

from tests.cli.conftest import CUSTOMERS, Shop
from tests.ward import ROOT, Ward


def test_every_merchant_gets_its_page_and_one_failure_is_nobody_elses(shop: Shop, ward: Ward) -> None:
    text = (shop.folder / "ucsync.toml").read_text(encoding="utf-8")
    (shop.folder / "ucsync.toml").write_text(text + text.replace("demo", "empty", 1), encoding="utf-8")
    seen = shop.requests()

    def run(*arguments: str) -> tuple[int, list[dict[str, object]], str]:
        pipeline = str(ROOT / "pipelines" / "dashboard.py")
        ended = ward.start("tests.ward:script", pipeline, *arguments, folder=shop.folder).end()
        return ended.code, [json.loads(line) for line in ended.out.splitlines()], ended.err

    code, told, _ = run("ucsync.toml")
    assert [one["merchant"] for one in told] == ["demo", "empty"]
    assert (code, told[1]["exit_code"], told[0]["exit_code"]) == (2, 2, 0)  # no snapshot yet
    assert (told[0]["customers"], told[0]["tier"]) == (CUSTOMERS + 1, "standard")
    page = (shop.lake / "dashboard.html").read_text(encoding="utf-8")
    assert "new@shop.example" not in page
    built = (shop.lake / "warehouse.duckdb").stat()
    code, told, _ = run("ucsync.toml", "demo")
    assert (code, len(told)) == (0, 1)
    assert (shop.lake / "warehouse.duckdb").stat().st_mtime_ns == built.st_mtime_ns
    code, told, said = run("ucsync.toml", "nobody")
    assert (code, told) == (78, [])
    assert said.startswith("ucsync: ")
    assert shop.requests() == seen

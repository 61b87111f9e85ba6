"""Every question gives the numbers of the Python interface, in every format."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

from journeymap.cli.printing import records_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from typer.testing import Result

    from journeymap.api import Journeys

QUESTIONS: list[tuple[list[str], Callable[[Journeys], pd.DataFrame]]] = [
    (["outcomes"], lambda shop: shop.outcomes()),
    (["outcomes", "--by", "region,device"], lambda shop: shop.outcomes(by=["region", "device"])),
    (["touchpoints", "--by", "region"], lambda shop: shop.touchpoints(by="region")),
    (["touchpoints", "--by", "channel"], lambda shop: shop.touchpoints(by="channel")),
    (["transitions"], lambda shop: shop.transitions()),
    (["transitions", "--where", "region=north"], lambda shop: shop.where(region="north").transitions()),
    (["dropoff", "--by", "region", "--by", "gender"], lambda shop: shop.dropoff(by=["region", "gender"])),
    (["dropoff", "--where", "age >= 30", "--where", "region=east"],
     lambda shop: shop.where("age >= 30").where(region="east").dropoff()),
    (["dropoff", "--where", "age_band=60 and over"], lambda shop: shop.where(age_band="60 and over").dropoff()),
    (["dropoff", "--since", "2026-04-01", "--until", "2026-05-01", "--as-of", "2026-06-01", "--end-at", "goal"],
     lambda shop: shop.where(since="2026-04-01", until="2026-05-01", as_of="2026-06-01", end_at="goal").dropoff()),
    (["funnel", "--step", "product", "--step", "cart", "--step", "order", "--window", "7d", "--by", "region"],
     lambda shop: shop.funnel(["product", "cart", "order"], window="7d", by="region")),
    (["funnel", "--step", "cart, checkout,order", "--order", "strict"],
     lambda shop: shop.funnel(["cart", "checkout", "order"], order="strict")),
    (["paths", "--top", "5", "--from", "cart", "--to", "order"],
     lambda shop: shop.paths(top=5, from_="cart", to="order")),
    (["painpoints", "--by", "region"], lambda shop: shop.pain_points(by="region").to_frame()),
    (["painpoints", "--after", "checkout", "--without", "order", "--within", "3d"],
     lambda shop: shop.pain_points(after="checkout", without="order", within="3d").to_frame()),
    (["removal", "--by", "region"], lambda shop: shop.removal_effects(by="region")),
    (["decisive", "--top", "3", "--by", "device"], lambda shop: shop.decisive(by="device", top=3)),
    (["whatif", "--at", "cart", "--to", "0.01"], lambda shop: shop.what_if("cart", 0.01)),
    (["whatif", "--at", "delivery", "--to-best", "--by", "age_band"],
     lambda shop: shop.what_if("delivery", by="age_band")),
    (["times", "--event", "return", "--by", "region"], lambda shop: shop.times("return", by="region")),
    (["segments"], lambda shop: shop.segments()),
    (["transitions", "--segment", "buyer=yes: purchases >= 1; else no", "--segment", "x=buyer / device", "--by", "x",
      "--where", "buyer=yes", "--where", "x <> 'yes / tablet'"],
     lambda shop: shop.define("buyer", "yes: purchases >= 1; else no").define("x", "buyer / device")
     .where(buyer="yes").where("x <> 'yes / tablet'").transitions(by="x")),
]  # fmt: skip


def same(found: list[dict[str, Any]], frame: pd.DataFrame) -> None:
    wanted = records_of(frame)
    assert [list(record) for record in found] == [list(record) for record in wanted]
    for record, want in zip(found, wanted, strict=True):
        for name, value in want.items():
            if isinstance(value, float):
                assert record[name] == pytest.approx(value, rel=1e-9), name
            else:
                assert record[name] == value, name
                assert type(record[name]) is type(value), name


@pytest.mark.parametrize(("words", "ask"), QUESTIONS, ids=lambda item: " ".join(item) if isinstance(item, list) else "")
def test_json_is_the_frame(
    words: list[str],
    ask: Callable[[Journeys], pd.DataFrame],
    store: Path,
    shop: Journeys,
    journeymap: Callable[..., Result],
) -> None:
    result = journeymap(words[0], store, *words[1:], "--format", "json")
    assert result.exit_code == 0, result.output
    frame = ask(shop)
    assert len(frame)
    same(json.loads(result.stdout), frame)


def test_csv_has_every_number_in_full(store: Path, shop: Journeys, journeymap: Callable[..., Result]) -> None:
    result = journeymap("transitions", store, "--format", "csv")
    read = pd.read_csv(io.StringIO(result.stdout))
    pd.testing.assert_frame_equal(read, shop.transitions(), check_dtype=False, check_exact=False, rtol=1e-12)
    assert "," not in next(csv.reader(io.StringIO(result.stdout)))[0]


def test_csv_joins_paths(store: Path, shop: Journeys, journeymap: Callable[..., Result]) -> None:
    rows = list(csv.DictReader(io.StringIO(journeymap("paths", store, "--format", "csv", "--top", 30).stdout)))
    assert [row["path"] for row in rows] == [" > ".join(path) for path in shop.paths(top=30)["path"]]


def test_a_table_for_a_pipe_is_aligned_and_readable(store: Path, journeymap: Callable[..., Result]) -> None:
    result = journeymap("dropoff", store)
    lines = result.stdout.splitlines()
    assert "\x1b" not in result.stdout
    assert lines[0].split() == [
        "touchpoint", "stage", "mature", "visits", "dropped", "drop", "rate", "95", "%", "interval", "baseline", "lift",
    ]  # fmt: skip
    assert lines[1].split()[:4] == ["product", "consideration", "12,092", "372"]
    ends = {line.rstrip().rfind("%") for line in lines[1:]}
    assert len(ends) == 1


def test_one_level_can_be_chosen_by_a_name_that_where_has_itself(
    tmp_path: Path, journeymap: Callable[..., Result]
) -> None:
    (tmp_path / "e.csv").write_text(
        "customer_id,timestamp,event,until\nA,2026-01-01,order,x\nB,2026-01-01,order,y\n", encoding="utf-8"
    )
    result = journeymap("outcomes", tmp_path / "e.csv", "--where", "until=x", "--format", "json")
    assert json.loads(result.stdout)[0]["customers"] == 1


def test_levels_of_a_segment(store: Path, shop: Journeys, journeymap: Callable[..., Result]) -> None:
    for words in (["list", "region"], ["region"]):
        result = journeymap("segments", store, *words, "--format", "json")
        same(json.loads(result.stdout), shop.outcomes(by="region"))


def test_explain_prints_the_sql_on_stderr_alone(store: Path, journeymap: Callable[..., Result]) -> None:
    plain = journeymap("dropoff", store, "--where", "region=north", "--format", "json")
    result = journeymap("dropoff", store, "--where", "region=north", "--format", "json", "--explain")
    assert result.stdout == plain.stdout
    assert "SELECT" in result.stderr
    assert "= 'north'" in result.stderr


def test_few_customers_are_marked(tmp_path: Path, journeymap: Callable[..., Result]) -> None:
    rows = "".join(f"c{at},2026-01-01,order,{'rare' if at == 0 else 'common'}\n" for at in range(8))
    (tmp_path / "e.csv").write_text("customer_id,timestamp,event,kind\n" + rows, encoding="utf-8")
    result = journeymap("outcomes", tmp_path / "e.csv", "--by", "kind")
    assert "Fewer than 5 customers stand behind: rare." in result.stderr


def test_nothing_is_said_and_is_an_empty_list(store: Path, journeymap: Callable[..., Result]) -> None:
    result = journeymap("dropoff", store, "--until", "2020-01-01", "--format", "json")
    assert (result.exit_code, json.loads(result.stdout)) == (0, [])
    assert "no such visits" in result.stderr
    for words in (["outcomes"], ["funnel", "--step", "cart,order"], ["paths"], ["transitions"], ["painpoints"]):
        result = journeymap(words[0], store, *words[1:], "--until", "2020-01-01")
        assert result.exit_code == 0, result.output
        assert result.stderr


def test_raw_files_are_read_on_the_fly(events: Path, journeymap: Callable[..., Result]) -> None:
    result = journeymap("touchpoints", events, "--goal", "購入", "--format", "json")
    assert result.exit_code == 0, result.output
    assert {record["touchpoint"]: record["visits"] for record in json.loads(result.stdout)} == {
        "café": 2, "order": 1, "購入": 1,
    }  # fmt: skip
    assert "購入" in result.stdout  # and no escapes
    assert "4 rows read: 4 accepted" in result.stderr
    assert "customer = customer_id" in result.stderr
    guessed = journeymap("touchpoints", events)
    assert guessed.stderr.count("The goal was guessed: 'order'") == 1


def test_a_segment_may_be_called_as_a_column_is(tmp_path: Path, journeymap: Callable[..., Result]) -> None:
    rows = "".join(
        f"c{at},2026-01-0{day},{name},k{at % 2}\n" for at in range(4) for day, name in ((1, "cart"), (9, "home"))
    )
    (tmp_path / "e.csv").write_text("customer_id,timestamp,event,kind\n" + rows, encoding="utf-8")
    words = ["painpoints", tmp_path / "e.csv", "--by", "kind", "--after", "cart", "--without", "home", "--within", "2d"]
    records = json.loads(journeymap(*words, "--format", "json").stdout)
    assert [(record["by_kind"], record["kind"]) for record in records] == [("k0", "abandonment"), ("k1", "abandonment")]

"""The commands that write: ingest, check, map, graph, demo, generate."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import networkx as nx
import pytest
from cli.console import commands, first_difference

from journeymap.cli.demo import EACH

if TYPE_CHECKING:
    from collections.abc import Callable

    from typer.testing import Result

    from journeymap.api import Journeys

CLI_PAGE = Path(__file__).parents[2] / "docs/cli.md"
RECORD = [
    "read", "accepted", "duplicates", "filtered", "rejected", "rejected_by_reason", "events", "customers", "journeys",
    "touchpoints", "ties", "first_event", "last_event", "converted", "ended", "abandoned", "open", "mature",
]  # fmt: skip


def test_ingest_gives_one_object_and_talks_on_stderr(events: Path, journeymap: Callable[..., Result]) -> None:
    into = events.with_name("shop.duckdb")
    result = journeymap("ingest", events, "--into", into, "--goal", "order", "--format", "json")
    assert result.exit_code == 0, result.output
    record = json.loads(result.stdout)
    assert list(record) == RECORD
    assert (record["read"], record["accepted"], record["converted"]) == (4, 4, 1)
    again = json.loads(journeymap("ingest", events, "--into", into, "--format", "json").stdout)
    assert (again["accepted"], again["duplicates"], again["events"]) == (0, 4, 4)
    table = journeymap("ingest", events, "--into", into).stdout
    assert table.splitlines()[0] == "read" + " " * 9 + "4"


def test_the_options_of_ingest(tmp_path: Path, journeymap: Callable[..., Result]) -> None:
    source = tmp_path / "lines.csv"
    source.write_bytes(
        "who;when;what;amount;place\n"
        "A;02/01/2026 10:00;1;2;Köln\nA;02/01/2026 10:00;1;3;Köln\nA;03/01/2026 10:00;2;5;Köln\n".encode("latin-1")
    )
    people = tmp_path / "people.csv"
    people.write_text("who,tier\nA,gold\n", encoding="utf-8")
    result = journeymap(
        "ingest", source, "--into", tmp_path / "s.duckdb", "--customer", "who", "--timestamp", "when",
        "--touchpoint-name", "purchase", "--value", "amount * 2", "--one-event-per", "what",
        "--timezone", "Europe/Berlin",
        "--time-format", "%d/%m/%Y %H:%M", "--delimiter", ";", "--encoding", "ISO-8859-1", "--customers", people,
        "--journey-gap", "none", "--horizon", "10d", "--session-timeout", "1h", "--memory-limit", "1GB",
        "--format", "json",
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    record = json.loads(result.stdout)
    assert (record["accepted"], record["events"], record["journeys"]) == (3, 2, 1)
    assert record["first_event"] == "2026-01-02T09:00:00Z"
    asked = journeymap("outcomes", tmp_path / "s.duckdb", "--by", "tier", "--format", "json")
    assert json.loads(asked.stdout)[0]["tier"] == "gold"
    assert json.loads(asked.stdout)[0]["value"] == 20.0


def test_settings_beside_the_source_are_taken_and_named(tmp_path: Path, journeymap: Callable[..., Result]) -> None:
    (tmp_path / "e.csv").write_text("customer_id,timestamp,event\nA,2026-01-01,a\nA,2026-01-02,b\n", encoding="utf-8")
    (tmp_path / "journeymap.toml").write_text('[journey]\ngoal = "b"\nfinal = "a"\n', encoding="utf-8")
    result = journeymap("outcomes", tmp_path / "e.csv", "--format", "json")
    assert f"Settings: {tmp_path / 'journeymap.toml'}" in result.stderr
    assert "guessed: 'b'" not in result.stderr
    over = journeymap("touchpoints", tmp_path / "e.csv", "--goal", "a", "--final", "b", "--format", "json")
    assert [record["converted"] for record in json.loads(over.stdout) if record["touchpoint"] == "b"] == [1]


def test_check_reports_the_quality_and_stores_nothing(tmp_path: Path, journeymap: Callable[..., Result]) -> None:
    source = tmp_path / "e.csv"
    source.write_text(
        "customer_id,timestamp,event,note\nA,2026-01-01,order,\n,2026-01-01,order,\nB,never,order,x\nC,2026-01-01,cart,y\n",
        encoding="utf-8",
    )
    result = journeymap("check", source, "--format", "json")
    assert result.exit_code == 0, result.output
    record = json.loads(result.stdout)
    assert list(record) == [*RECORD, "columns", "times", "null_shares", "rejected_rows", "notes"]
    assert record["rejected_by_reason"] == {"no_customer": 1, "bad_time": 1}
    assert record["columns"] == {"customer": "customer_id", "timestamp": "timestamp", "touchpoint": "event"}
    assert record["null_shares"] == {"note": 0.5}
    rows = {row["reason_code"]: row["row"] for row in record["rejected_rows"]}
    assert rows["bad_time"]["timestamp"] == "never"
    assert list(tmp_path.iterdir()) == [source]
    assert "note" in journeymap("check", source).stdout
    assert journeymap("check", source, "--fail-over", 0.5).exit_code == 0
    failed = journeymap("check", source, "--fail-over", 0.4)
    assert failed.exit_code == 1
    assert "rejected rows: their share is 50 %" in failed.stderr


def test_one_picture_per_level(store: Path, tmp_path: Path, journeymap: Callable[..., Result]) -> None:
    out = tmp_path / "new" / "maps"
    words = ["map", store, "--by", "urban_rural", "--out", out, "--image", "svg", "--detail", 20, "--page", "a4"]
    result = journeymap(*words)
    assert result.exit_code == 0, result.output
    written = [Path(line) for line in result.stdout.splitlines()]
    assert sorted(written) == sorted(out.iterdir())
    assert [path.name for path in written] == [
        "urban_rural-rural.svg", "urban_rural-suburban.svg", "urban_rural-urban.svg"
    ]  # fmt: skip
    whole = journeymap("map", store, "--where", "region=north", "--out", out)
    assert whole.stdout.splitlines() == [str(out / "all.png")]
    assert (out / "all.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("words", "names"),
    [
        (["flow", "--steps", 2, "--before", "order"], ["flow-before-order-all.svg"]),
        (["steps", "--by", "country", "--steps", 3], ["steps-country-Austria.svg", "steps-country-Germany.svg"]),
        (["matrix"], ["matrix-all.svg"]),
        (["network", "--color", "time", "--by", "country"], ["network-by-time-country-Austria.svg"]),
        (
            ["funnel", "--step", "cart,order", "--by", "region,device", "--window", "7d"],
            ["funnel-by-region-device.svg"],
        ),
    ],
)
def test_other_kinds_of_pictures(
    words: list[object], names: list[str], store: Path, tmp_path: Path, journeymap: Callable[..., Result]
) -> None:
    result = journeymap("map", store, "--out", tmp_path, "--image", "svg", "--where", "city<>'Köln'", "--style", *words)
    assert result.exit_code == 0, result.output
    written = [Path(line) for line in result.stdout.splitlines()]
    assert sorted(written) == sorted(tmp_path.iterdir())
    assert [path.name for path in written][: len(names)] == names
    assert all(path.read_bytes().startswith(b"<?xml") for path in written)


def test_a_hundred_pictures_are_asked_for_twice(store: Path, tmp_path: Path, journeymap: Callable[..., Result]) -> None:
    result = journeymap("map", store, "--by", "city,age_band", "--out", tmp_path / "maps")
    assert result.exit_code == 2
    assert "--all-levels" in result.stderr
    assert not (tmp_path / "maps").exists()


def test_colours_of_the_network(events: Path, tmp_path: Path, journeymap: Callable[..., Result]) -> None:
    words = ["map", events, "--goal", "order", "--out", tmp_path / "maps", "--image", "svg"]
    for more, message in (
        (["--color", "satisfaction"], "no scores, and so no satisfaction to colour by"),
        (["--style", "lanes", "--color", "volume"], "--color does not belong to the style 'lanes'"),
        (["--color", "loudness"], "'loudness'"),
    ):
        wrong = journeymap(*words, *more)
        assert wrong.exit_code == 2
        assert message in " ".join(wrong.stderr.replace("\N{BOX DRAWINGS LIGHT VERTICAL}", " ").split())
        assert not list((tmp_path / "maps").glob("*"))
    done = journeymap(*words, "--color", "volume")
    assert done.exit_code == 0, done.output
    assert done.stdout.splitlines() == [str(tmp_path / "maps" / "network-by-volume-all.svg")]


def test_timelines(store: Path, tmp_path: Path, journeymap: Callable[..., Result]) -> None:
    words = ["map", store, "--style", "timeline", "--image", "svg", "--out", tmp_path]
    result = journeymap(*words, "--by", "urban_rural", "--rows", 2)
    assert result.exit_code == 0, result.output
    assert len(result.stdout.splitlines()) == 3
    assert journeymap(*words, "--id", "c0001316", "--show-ids").exit_code == 0
    assert (tmp_path / "timeline-all.svg").is_file()
    for more, message in (
        (["--id", "nobody"], "There is no customer 'nobody'"),
        (["--id", "c0001316", "--rows", 2], "exclude each other"),
        (["--rows", 51], "1 to 50 customers"),
        (["--style", "network", "--show-ids"], "--show-ids does not belong to the style 'network'"),
        (["--style", "timelime"], "Did you mean 'timeline'"),
    ):
        wrong = journeymap(*words, *more)
        assert (wrong.exit_code, wrong.stdout) == (2, "")
        assert message in wrong.stderr


def test_a_grid_of_all_levels_is_one_picture(store: Path, tmp_path: Path, journeymap: Callable[..., Result]) -> None:
    words = ["map", store, "--style", "grid", "--image", "svg", "--out", tmp_path]
    result = journeymap(*words, "--by", "urban_rural,device")
    assert result.exit_code == 0, result.output
    assert result.stdout.splitlines() == [str(tmp_path / "grid-by-urban_rural-device.svg")]
    wrong = journeymap(*words)
    assert wrong.exit_code == 2
    assert "Split it: --by region" in wrong.stderr


def test_a_deck_has_a_slide_a_level(store: Path, tmp_path: Path, journeymap: Callable[..., Result]) -> None:
    from pptx import Presentation

    words = ["map", store, "--by", "urban_rural", "--image", "pptx", "--out", tmp_path]
    result = journeymap(*words, "--style", "timeline", "--rows", 1)
    assert result.exit_code == 0, result.output
    assert result.stdout.splitlines() == [str(tmp_path / "timeline.pptx")]
    assert len(Presentation(str(tmp_path / "timeline.pptx")).slides) == 3
    wrong = journeymap(*words, "--page", "a4")
    assert (wrong.exit_code, wrong.stdout) == (2, "")
    assert "Slides are not a4" in wrong.stderr


@pytest.mark.parametrize("style", ["network", "timeline"])
def test_letters_that_no_font_has_are_one_note_a_run(
    style: str, tmp_path: Path, journeymap: Callable[..., Result]
) -> None:
    source = tmp_path / "log.csv"
    source.write_text(
        "customer_id,timestamp,event,plan\nA,2026-01-01,購入,x\nB,2026-01-01,بحث,y\nC,2026-01-02,pay 💳,z\n"
        "D,2026-01-02,\u0f40,x\n",
        encoding="utf-8",
    )
    sheet = tmp_path / "plain.mplstyle"
    sheet.write_text("font.family: DejaVu Sans\n", encoding="utf-8")
    words = ["map", source, "--by", "plan", "--style", style, "--image", "svg", "--out", tmp_path, "--theme", sheet]
    result = journeymap(*words)
    assert result.exit_code == 0, result.output
    assert result.stderr.count("in no installed font") == 1
    assert "'Noto Sans Tibetan'" in result.stderr


def test_pictures_in_a_house_style(store: Path, tmp_path: Path, journeymap: Callable[..., Result]) -> None:
    sheet = tmp_path / "house.mplstyle"
    sheet.write_text("figure.facecolor: FFF8E7\nfont.family: Quite Unknown Grotesk\n", encoding="utf-8")
    words = ["map", store, "--by", "urban_rural", "--out", tmp_path / "maps", "--image", "svg", "--theme"]
    result = journeymap(*words, sheet)
    assert result.exit_code == 0, result.output
    assert result.stderr.count("Install the font 'Quite Unknown Grotesk'") == 1
    assert "#fff8e7" in (tmp_path / "maps" / "urban_rural-rural.svg").read_text(encoding="utf-8")
    for bad, message in (("gplot", "Did you mean 'ggplot'"), (tmp_path / "no.toml", "There is no settings file")):
        wrong = journeymap(*words, bad)
        assert (wrong.exit_code, wrong.stdout) == (2, "")
        assert message in wrong.stderr


@pytest.mark.parametrize("ending", ["graphml", "gexf", "json", "dot", "mmd"])
def test_graphs(ending: str, store: Path, shop: Journeys, tmp_path: Path, journeymap: Callable[..., Result]) -> None:
    out = tmp_path / f"shop.{ending}"
    result = journeymap("graph", store, "--out", out)
    assert result.exit_code == 0, result.output
    assert result.stdout.splitlines() == [str(out)]
    graph = shop.graph()
    if ending == "graphml":
        assert nx.read_graphml(out).number_of_edges() == graph.number_of_edges()
    small = journeymap("graph", store, "--out", out, "--detail", 40)
    assert f"of {graph.number_of_edges()} edges" in small.stderr


def test_generate(tmp_path: Path, journeymap: Callable[..., Result]) -> None:
    result = journeymap(
        "generate", "--customers", 30, "--days", 40, "--out", tmp_path / "g", "--file-format", "parquet"
    )
    assert result.exit_code == 0, result.output
    written = [Path(line) for line in result.stdout.splitlines()]
    assert sorted(written) == sorted((tmp_path / "g").iterdir())
    assert any(path.suffix == ".parquet" for path in written)
    wrong = journeymap("generate", "--customers", 0, "--out", tmp_path / "h")
    assert wrong.exit_code == 2


def test_demo_leaves_everything_and_says_where(
    store: Path,
    shop: Journeys,
    sample: Path,
    tmp_path: Path,
    journeymap: Callable[..., Result],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    out = Path("demo")
    # What an earlier demo left is replaced.
    (out / "maps").mkdir(parents=True)
    (out / "maps" / "region-gone.png").touch()
    shutil.copytree(sample, out / "sample_events")
    (on_page,) = (typed for typed in commands(CLI_PAGE.read_text(encoding="utf-8")) if typed.words[1] == "demo")
    result = journeymap(*on_page.words[1:], "--sample", out / "sample_events")
    assert result.exit_code == 0, result.output
    writing, *expected = on_page.expected
    assert writing == "Writing the sample shop to demo/sample_events"
    assert first_difference(tuple(expected), result.output.splitlines()) is None
    assert sorted(path.name for path in out.iterdir()) == [
        "dropoff.csv", "maps", "painpoints.csv", "sample_events", "shop.duckdb"
    ]  # fmt: skip
    assert len(list((out / "maps").iterdir())) == 5
    assert not (out / "maps" / "region-gone.png").exists()
    with (out / "painpoints.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    found = shop.pain_points(each=EACH)
    assert [(row["segment"], row["level"], row["kind"], row["place"]) for row in rows] == [
        (record["segment"], record["level"], record["kind"], record["place"]) for record in found.records()
    ]
    asked = [journeymap("outcomes", path, "--format", "json").stdout for path in (store, out / "shop.duckdb")]
    assert asked[0] == asked[1]


def test_demo_writes_the_sample_itself(tmp_path: Path, journeymap: Callable[..., Result]) -> None:
    (tmp_path / "shop.duckdb").write_text("something else", encoding="utf-8")
    result = journeymap("demo", "--out", tmp_path)
    assert result.exit_code == 2
    assert result.output.splitlines()[0] == f"Writing the sample shop to {tmp_path / 'sample_events'}"
    assert (tmp_path / "shop.duckdb").read_text(encoding="utf-8") == "something else"
    assert (tmp_path / "sample_events" / "journeymap.toml").is_file()

"""The benchmark against the peers: its arithmetic by hand, and its contestants on a small shop."""

from __future__ import annotations

import doctest
import json
import sys
from importlib import import_module
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import journeymap as jm
from journeymap.datasets import generate_shop

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

FOLDER = Path(__file__).parents[2] / "benchmarks"
SCRIPTS = (
    "agreement", "benchmark_goals", "benchmark_page", "benchmark_tables", "bounded", "cost_picture", "event_data",
    "ratios", "sizes", "tasks",
)  # fmt: skip
CONTESTANTS = (
    "job",
    "store_summary",
    "raw_sql",
    "store_sql",
    "stored_questions",
    "by_journeymap",
    "by_duckdb",
    "by_pandas",
)


def imported(folder: Path, names: tuple[str, ...]) -> Iterator[dict[str, ModuleType]]:
    """Import scripts, which find each other beside themselves."""
    sys.path.insert(0, str(folder))
    try:
        yield {name: import_module(name) for name in names}
    finally:
        sys.path.remove(str(folder))
        for name in names:
            sys.modules.pop(name, None)


@pytest.fixture(scope="module")
def scripts() -> Iterator[dict[str, ModuleType]]:
    yield from imported(FOLDER, SCRIPTS)


@pytest.fixture(scope="module")
def contestants() -> Iterator[dict[str, ModuleType]]:
    for modules in imported(FOLDER / "contestants", CONTESTANTS):
        modules["job"].MOST_ASKS = 1
        yield modules


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder: Path = tmp_path_factory.mktemp("peers") / "400-customers"
    generate_shop(folder, customers=400, file_format="parquet")
    return folder


def run(
    name: str, repeat: int, seconds: float, *, case: str = "", step: str = "transitions", **more: Any
) -> dict[str, Any]:
    taken = {
        step: {"seconds": seconds, "cpu_seconds": 2 * seconds, "first_seconds": 2 * seconds, "peak_mb": 100 * seconds}
    }
    return {"case": case, "contestant": name, "status": "done", "repeat": repeat, "steps": taken, **more}


def result(task: str, events: int, runs: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    told = {
        "processor": "a processor",
        "cores": 2,
        "memory_gb": 8.0,
        "system": "Linux",
        "python": "3",
        "journeymap": "1",
    }
    return {
        "task": task, "events": events, "shape": "ordered", "rows": events, "date": "2026-01-01", "machine": told,
        "bounds": {"memory_mb": 16000.0, "minutes": 20.0}, "memory_limit": None, "runs": runs, "agreement": [], **more,
    }  # fmt: skip


# Sizes and ratios


def test_what_the_docstrings_show_is_so(scripts: dict[str, ModuleType]) -> None:
    tried = [doctest.testmod(module) for module in scripts.values()]
    assert sum(one.failed for one in tried) == 0
    assert sum(one.attempted for one in tried) >= 10


@pytest.mark.parametrize("text", ["", "M", "10GB", "-5", "1.5", "10", "ten"])
def test_what_is_no_number_of_events_is_refused(scripts: dict[str, ModuleType], text: str) -> None:
    with pytest.raises(ValueError, match="events"):
        scripts["sizes"].parse_events(text)


def test_an_amount_of_memory_has_its_unit(scripts: dict[str, ModuleType]) -> None:
    with pytest.raises(ValueError, match="16GB"):
        scripts["sizes"].parse_megabytes("16")


def test_ratios_are_within_repeats_that_both_finished(scripts: dict[str, ModuleType]) -> None:
    ratios = scripts["ratios"]
    runs = [run("a", 0, 4.0), run("b", 0, 2.0), run("a", 1, 9.0), run("b", 1, 3.0) | {"status": "over time"}]
    ours, theirs = (ratios.seconds_of(runs, name, "transitions") for name in ("a", "b"))
    assert (ours, theirs) == ({0: 4.0, 1: 9.0}, {0: 2.0})
    assert ratios.ratio(ours, theirs) == ratios.Ratio(2.0, (2.0,))
    assert ratios.ratio(ours, {}) is None
    assert ratios.peaks_of(runs, "a", "transitions") == {0: 400.0, 1: 900.0}
    assert ratios.seconds_of(runs, "a", "funnel") == {}


# Agreement

MOVES = [
    {"source": "(start)", "target": "a", "count": 5, "customers": 4},
    {"source": "a", "target": "b", "count": 3, "customers": 2},
    {"source": "a", "target": "(dropped)", "count": 2, "customers": 2},
    {"source": "b", "target": "(open)", "count": 1, "customers": 1},
    {"source": "b", "target": "(converted)", "count": 2, "customers": 2},
]


def test_the_order_of_records_does_not_matter(scripts: dict[str, ModuleType]) -> None:
    found = scripts["agreement"].compare(MOVES, MOVES[::-1], ["count", "customers"])
    assert (found.agrees, found.n_records) == (True, 5)


@pytest.mark.parametrize(
    ("theirs", "told"),
    [
        (MOVES[1:], "only here"),
        ([*MOVES, {"source": "b", "target": "c", "count": 1, "customers": 1}], "b / c is only there"),
        ([*MOVES[:1], MOVES[1] | {"count": 4}, *MOVES[2:]], "count of a / b is 3 here and 4 there"),
        ([*MOVES[:1], MOVES[1] | {"count": None}, *MOVES[2:]], "count of a / b"),
        ([*MOVES, MOVES[0]], "a name stands twice"),
    ],
)
def test_what_differs_is_said(scripts: dict[str, ModuleType], theirs: list[dict[str, Any]], told: str) -> None:
    found = scripts["agreement"].compare(MOVES, theirs, ["count", "customers"])
    assert not found.agrees
    assert told in found.differs


@pytest.mark.parametrize(
    ("other", "rough", "agrees"),
    [
        (10.5, False, True), (10.5 + 1e-10, False, True), (10.5001, False, False), (10.0, True, True),
        (11.5, True, False), (None, False, False),
    ],
)  # fmt: skip
def test_times_agree_to_nine_digits_or_within_a_second(
    scripts: dict[str, ModuleType], other: float | None, *, rough: bool, agrees: bool
) -> None:
    columns = ["median_seconds"]
    found = scripts["agreement"].compare(
        [{"step": 1, "median_seconds": 10.5}], [{"step": 1, "median_seconds": other}], columns,
        whole_seconds=columns if rough else (),
    )  # fmt: skip
    assert found.agrees is agrees


def test_peers_see_starts_and_ends_apart(scripts: dict[str, ModuleType]) -> None:
    agreement = scripts["agreement"]
    assert agreement.between_touchpoints(MOVES) == [MOVES[1]]
    assert agreement.starts_of(MOVES) == [{"touchpoint": "a", "count": 5}]
    assert agreement.ends_of(MOVES) == [{"touchpoint": "a", "count": 2}, {"touchpoint": "b", "count": 3}]
    assert agreement.nonzero([{"count": 0}, {"count": 1}]) == [{"count": 1}]
    paths = [{"path": [name], "journeys": n} for name, n in (("a", 9), ("b", 4), ("c", 4))]
    assert agreement.without_ties(paths) == paths[:1]
    assert agreement.without_ties([]) == []


def test_peers_are_held_against_whole_histories(scripts: dict[str, ModuleType]) -> None:
    tasks = scripts["tasks"]
    ours = {"transitions": MOVES, "by region": [], "funnel": [{"touchpoint": "a", "reached": 4}]}
    whole = ours | {"transitions": [MOVES[0] | {"count": 6}, MOVES[1] | {"count": 7}, *MOVES[2:]]}
    peer = {
        "transitions": [{"source": "a", "target": "b", "count": 7}], "by region": [],
        "starts": [{"touchpoint": "a", "count": 6}], "ends": [{"touchpoint": "a", "count": 2}],
    }  # fmt: skip
    hand = {"transitions": [MOVES[1]], "by region": [], "funnel": [{"touchpoint": "a", "reached": 5}]}
    given = {tasks.OURS: ours, tasks.LEAN: ours, tasks.WHOLE: whole, "PM4Py": peer, tasks.HAND: hand}
    found = tasks.check(tasks.RAW, {("", name): answers for name, answers in given.items()})
    said = {(one["contestant"], one["what"]): (one["against"], one["agrees"]) for one in found}
    assert said == {
        (tasks.LEAN, "transitions"): (tasks.OURS, True), (tasks.LEAN, "by region"): (tasks.OURS, True),
        (tasks.LEAN, "funnel"): (tasks.OURS, True),
        ("PM4Py", "transitions"): (tasks.WHOLE, True), ("PM4Py", "starts"): (tasks.WHOLE, True),
        ("PM4Py", "ends"): (tasks.WHOLE, False), ("PM4Py", "by region"): (tasks.WHOLE, True),
        (tasks.HAND, "transitions"): (tasks.OURS, True), (tasks.HAND, "by region"): (tasks.OURS, True),
        (tasks.HAND, "funnel"): (tasks.OURS, False),
    }  # fmt: skip


def test_text_files_are_held_against_the_store_from_parquet(scripts: dict[str, ModuleType]) -> None:
    tasks = scripts["tasks"]
    parquet, text = {"store": [{"events": 10, "cells": "7"}]}, {"store": [{"events": 10, "cells": "8"}]}
    bare = {"read": [{"event": 12}]}
    given = {
        ("Parquet", tasks.OURS): parquet, ("CSV", "DuckDB, bare reading"): bare, ("CSV", tasks.OURS): text,
        ("JSON lines", tasks.OURS): parquet,
    }  # fmt: skip
    found = tasks.check(tasks.TEXT, given)
    assert [(one["case"], one["agrees"], one["differs"]) for one in found] == [
        ("CSV", False, "cells of the record is 7 here and 8 there"),
        ("JSON lines", True, ""),
    ]


# Goals, page and picture


def raw_runs(events: int) -> list[dict[str, Any]]:
    size = events / 1e7
    names = {"journeymap": 5.0, "PM4Py": 20.0, "retentioneering": 12.5}
    return [
        run(name, repeat, size * seconds)
        | {
            "steps": {
                "transitions": {"seconds": size * seconds, "cpu_seconds": seconds, "peak_mb": 100 * seconds},
                "load": {"seconds": size * seconds / 2, "peak_mb": 100 * seconds},
                **({"later": {"seconds": size / 10, "peak_mb": 500}} if name == "journeymap" else {}),
                "by region": {
                    "seconds": size * seconds / (100 if name == "journeymap" else 2),
                    "peak_mb": 100 * seconds,
                },
            }
        }
        for repeat in range(3)
        for name, seconds in names.items()
    ]


def test_goals_are_held_against_the_faster_and_the_leaner_peer(scripts: dict[str, ModuleType]) -> None:
    results = [result("raw", 10_000_000, raw_runs(10_000_000)), result("raw", 1_000_000, raw_runs(1_000_000))]
    found = scripts["benchmark_goals"].goals(results)
    assert [(goal.where, goal.measured, goal.reached) for goal in found] == [
        ("10M ordered", "2.50", "yes"),
        ("10M ordered", "0.40", "yes"),
        ("10M ordered", "125", "yes"),  # half of 12.5 to load and half of it to count, over 0.1
        ("10M ordered", "125", "yes"),
    ]


def test_the_growth_of_the_store_is_told(scripts: dict[str, ModuleType]) -> None:
    def store(events: int, seconds: float) -> dict[str, Any]:
        return result(
            "store", events, [run("journeymap", 0, seconds, step="store"), run("DuckDB by hand", 0, 1.0, step="store")]
        )

    found = scripts["benchmark_goals"].goals([store(100_000_000, 200.0), store(1_000_000, 2.0), store(10_000, 9.0)])
    assert [(goal.where, goal.measured, goal.reached) for goal in found] == [
        ("1M ordered", "2.00", "no"),
        ("100M ordered", "200", "no"),
        ("1M to 100M ordered", "exponent 1.00", "yes"),
    ]
    assert found[-1].each == "seconds per million: 1M 2.00, 100M 2.00"


def test_questions_at_a_hundred_million_have_a_bound_in_seconds(scripts: dict[str, ModuleType]) -> None:
    runs = [
        run(name, 0, taken, case="funnel", step="funnel")
        for name, taken in (("journeymap", 2.0), ("DuckDB by hand", 1.0))
    ]
    found = scripts["benchmark_goals"].goals([result("questions", 100_000_000, runs)])
    assert [(goal.measured, goal.reached) for goal in found] == [("2.00", "no"), ("2.00 s", "under 3 s")]


def test_the_page_says_who_could_not_and_what_does_not_agree(scripts: dict[str, ModuleType]) -> None:
    runs = raw_runs(10_000_000)
    runs += [{"case": "", "contestant": "pandas by hand", "status": "over memory", "repeat": 0}]
    runs += [{"case": "", "contestant": "Polars by hand", "status": "not installed", "repeat": 0, "said": ""}]
    bad = {
        "case": "", "contestant": "PM4Py", "against": "journeymap", "what": "transitions", "agrees": False,
        "n_records": 3, "columns": ["count"], "differs": "count of a / b is 3 here and 4 there",
    }  # fmt: skip
    page = scripts["benchmark_page"].page_text([result("raw", 10_000_000, runs, agreement=[bad])])
    assert "| pandas by hand | over 16 GB |" in page
    assert "| Polars by hand | not installed |" in page
    assert "| retentioneering | 12.5 (2.5x) |" in page
    assert "| PM4Py | has no funnel |" in page
    assert "| PM4Py | 20.0 (200x) |" in page  # in a new session: it loads again, while the store is there
    assert "10M ordered: no: count of a / b is 3 here and 4 there" in page
    assert "Not run." in page  # the other tasks


def test_the_page_has_every_task(scripts: dict[str, ModuleType]) -> None:
    hand, bare = "DuckDB by hand", "DuckDB, bare reading"
    store = [run(name, 0, taken, step="store") for name, taken in (("journeymap", 3.0), (hand, 2.0))]
    asked = [run(name, 0, taken, case="paths", step="paths") for name, taken in (("journeymap", 0.03), (hand, 0.02))]
    text = [run("journeymap", 0, 3.0, case="Parquet", step="store"), run(bare, 0, 1.0, case="CSV", step="read")]
    text.append(run("journeymap", 0, 5.0, case="CSV", step="store"))
    given = [("store", store), ("questions", asked), ("text", text)]
    page = scripts["benchmark_page"].page_text([result(task, 10_000_000, runs) for task, runs in given])
    assert "| 10M ordered | 3.00 | 2.00 | 1.50 | 1.50 | 300 | 200 |" in page
    assert "| 10M ordered | paths | 0.030 (0.060) | 0.020 (0.040) | 1.50 | 1.50 |" in page
    assert "| 10M ordered | CSV | 5.00 | 1.00 | 3.00 | 1.25 |" in page
    assert "| 10M ordered | JSON lines | no result | no result | 3.00 |  |" in page


def test_a_run_becomes_a_page_and_a_picture(scripts: dict[str, ModuleType], tmp_path: Path) -> None:
    results = [result("raw", events, raw_runs(events)) for events in (1_000_000, 10_000_000)]
    files = scripts["benchmark_page"].write_page(json.loads(json.dumps(results)), tmp_path)
    assert [file.name for file in files] == ["benchmarks.md", "benchmarks.png"]
    assert files[1].stat().st_size > 20_000
    assert scripts["cost_picture"].cost_lines(scripts["benchmark_page"].by_task(results, "raw"), "transitions") == {
        "journeymap": [(1_000_000, 0.5), (10_000_000, 5.0)],
        "PM4Py": [(1_000_000, 2.0), (10_000_000, 20.0)],
        "retentioneering": [(1_000_000, 1.25), (10_000_000, 12.5)],
    }
    assert scripts["benchmark_page"].write_page([], tmp_path) == []


def test_labels_keep_their_order_and_their_distance(scripts: dict[str, ModuleType]) -> None:
    moved = scripts["cost_picture"].spread([3.0, 1.0, 1.2, 1.1, 2.9], 0.5)
    assert sorted(range(5), key=moved.__getitem__) == [1, 3, 2, 4, 0]
    placed = sorted(moved)
    assert min(high - low for low, high in pairwise(placed)) >= 0.5 - 1e-9


# Processes within bounds


def test_a_process_is_told_of_as_it_ended(scripts: dict[str, ModuleType]) -> None:
    bounded = scripts["bounded"].run_bounded
    done = bounded([sys.executable, "-c", "print('so')"], most_mb=1e6, most_seconds=60)
    assert (done.status, done.out) == ("done", "so\n")
    assert done.cpu_seconds > 0
    assert done.peak_mb > 1
    failed = bounded([sys.executable, "-c", "raise SystemExit('no')"], most_mb=1e6, most_seconds=60)
    assert (failed.status, failed.error) == ("failed", "no\n")


def test_a_process_that_takes_too_long_is_ended(scripts: dict[str, ModuleType]) -> None:
    late = scripts["bounded"].run_bounded([sys.executable, "-c", "while True: pass"], most_mb=1e6, most_seconds=0.2)
    assert late.status == "over time"


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="the system does not tell what a process holds")
def test_a_process_that_takes_too_much_is_ended(scripts: dict[str, ModuleType]) -> None:
    code = "held = b'x' * 300_000_000\nwhile True: pass"
    large = scripts["bounded"].run_bounded([sys.executable, "-c", code], most_mb=150, most_seconds=60)
    assert large.status == "over memory"


# The contestants on a small shop


def test_hand_written_ways_agree_with_journeymap(
    scripts: dict[str, ModuleType], contestants: dict[str, ModuleType], shop: Path, tmp_path: Path
) -> None:
    job = contestants["job"]
    tasks = scripts["tasks"]
    answers = {
        ("", name): contestants[script].raw(job.Job("raw", shop, tmp_path / "raw.duckdb"), job.Clock())
        for name, script in ((tasks.OURS, "by_journeymap"), (tasks.HAND, "by_duckdb"), ("pandas by hand", "by_pandas"))
    }
    found = tasks.check(tasks.RAW, answers)
    assert len(found) == 6
    assert [one for one in found if not one["agrees"]] == []


def test_the_store_by_hand_has_the_same_cells_and_gives_the_same_answers(
    scripts: dict[str, ModuleType], contestants: dict[str, ModuleType], shop: Path, tmp_path: Path
) -> None:
    job = contestants["job"]
    tasks = scripts["tasks"]
    made = {}
    for name, script in ((tasks.OURS, "by_journeymap"), (tasks.HAND, "by_duckdb")):
        clock = job.Clock()
        made["", name] = contestants[script].store(job.Job("store", shop, tmp_path / f"{script}.duckdb"), clock)
        assert clock.steps["store"]["seconds"] > 0
    assert [one["agrees"] for one in tasks.check(tasks.STORE, made)] == [True]
    assert made["", tasks.OURS]["store"][0]["customers"] == 400
    assert made["", tasks.OURS]["store"][0]["misplaced_events"] == 0
    # The columns of the tables, not only their cells.
    store = tmp_path / "by_journeymap.duckdb"
    with jm.open(store) as ours:
        engine = ours.store.engine
        engine.execute(f"ATTACH '{tmp_path / 'by_duckdb.duckdb'}' AS hand (READ_ONLY)")
        for table in ("events", "journeys", "customers", "touchpoints", "channels"):
            assert engine.columns(f"hand.{table}") == engine.columns(table)
    asked = {
        (question, name): contestants[script].questions(
            job.Job("questions", shop, store, question=question), job.Clock()
        )
        for question in tasks.STORED
        for name, script in ((tasks.OURS, "by_journeymap"), (tasks.HAND, "by_duckdb"))
    }
    found = tasks.check(tasks.QUESTIONS, asked)
    assert [one["what"] for one in found] == list(tasks.STORED)
    assert [one for one in found if not one["agrees"]] == []


def test_every_shape_has_the_same_rows(scripts: dict[str, ModuleType], shop: Path) -> None:
    import duckdb

    data = scripts["event_data"]
    folders = {shape: data.make_shape(shop.parent, 8000, shape) for shape in data.SHAPES}
    assert folders["ordered"] == shop
    counted = {
        shape: duckdb.execute(
            f"SELECT count(*), count(DISTINCT event_id), sum(event_id), count(DISTINCT customer_id), "
            f"count(timestamp), count(event) FROM '{folder}/events*.parquet'"
        ).fetchall()[0]
        for shape, folder in folders.items()
    }
    assert counted["ordered"][3] == 400
    assert counted["shuffled"] == counted["ordered"]
    assert counted["long"][:3] == counted["ordered"][:3]
    assert counted["long"][3] == 400 // data.JOINED
    assert counted["long"][4:] == counted["ordered"][4:]
    text = data.make_text(shop.parent, 8000, "long", "CSV")
    assert text.read_text(encoding="utf-8").count("\n") == data.count_rows(folders["long"]) + 1

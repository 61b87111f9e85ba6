"""The arithmetic of the simulation by hand, and one small simulation through to the page."""

from __future__ import annotations

import json
import sys
from importlib import import_module
from math import sqrt
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

FOLDER = Path(__file__).parents[2] / "benchmarks"
NAMES = ("simulate", "simulated_run", "tallies", "evidence", "evidence_picture")


@pytest.fixture(scope="module")
def scripts() -> Iterator[dict[str, Any]]:
    """The scripts, which find each other beside themselves."""
    sys.path.insert(0, str(FOLDER))
    try:
        yield {name: import_module(name) for name in NAMES}
    finally:
        sys.path.remove(str(FOLDER))
        for name in NAMES:
            sys.modules.pop(name, None)


def note(name: str, *roles: str, kind: str = "error", customers: int = 3000, **more: Any) -> dict[str, Any]:
    reported = [[role, kind, "after payment", "payment", "device=mobile", 0.2, 0.1, 0.01] for role in roles]
    return {
        "name": name, "customers": customers, "effect": 1.0, "seed": 0, "events": 10, "seconds": [0.1, 0.2, 0.3],
        "examined": 5, "reported": reported, "intervals": [], **more,
    }  # fmt: skip


def interval(hits: int, units: int, low: float, high: float, *, kind: str = "error", place: str = "pay") -> list[Any]:
    return [kind, place, "device=mobile", hits, units, low, high, 0]


def test_recall_counts_runs_not_findings(scripts: dict[str, Any]) -> None:
    runs = [
        note("error", "hit", "hit"), note("error", "stray"), note("error"), note("error", "consequence"),
        note("error", "hit", customers=1000), note("loop"),
    ]  # fmt: skip
    found = scripts["tallies"].recall(runs)
    assert {key: (share.n_hits, share.n_runs) for key, share in found.items()} == {
        ("error", 3000, 1.0): (1, 4),
        ("error", 1000, 1.0): (1, 1),
        ("loop", 3000, 1.0): (0, 1),
    }


def test_the_interval_of_a_share_is_wilsons(scripts: dict[str, Any]) -> None:
    share = scripts["tallies"].Share(180, 200)
    z, n = 1.959964, 200
    middle = (0.9 + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z * sqrt(0.9 * 0.1 / n + z**2 / (4 * n**2)) / (1 + z**2 / n)
    assert share.interval == pytest.approx((middle - half, middle + half), abs=1e-6)
    nothing = scripts["tallies"].Share(0, 0)
    assert np.isnan([nothing.rate, *nothing.interval]).all()


def test_false_findings_are_those_that_nothing_explains(scripts: dict[str, Any]) -> None:
    runs = [note("nothing"), note("nothing", "stray", "stray"), note("error", "hit", "consequence"),
            note("nothing", "stray", kind="loop")]  # fmt: skip
    share, by_kind = scripts["tallies"].false_findings(runs)
    assert (share.n_hits, share.n_runs) == (2, 4)
    assert {kind: one.n_hits for kind, one in by_kind.items()} == {"error": 1, "loop": 1}
    assert scripts["tallies"].strays(runs) == [
        (("nothing", "error", "payment", "device=mobile"), 1),
        (("nothing", "loop", "payment", "device=mobile"), 1),
    ]


def test_the_true_rate_leaves_the_own_run_out(scripts: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scripts["tallies"], "FEWEST_RUNS", 3)
    runs = [
        note("nothing", intervals=[interval(1, 10, 0.0, 0.2), interval(3, 10, 0.2, 0.4)]),
        note("nothing", intervals=[interval(2, 10, 0.1, 0.3), interval(1, 1, 0.9, 1.0, place="rare")]),
        note("nothing", intervals=[interval(6, 10, 0.5, 0.7)]),
    ]
    table = scripts["tallies"].interval_table(runs, by_level=False)
    # The first run: 8 of 20 elsewhere; the second: 10 of 30; the third: 6 of 30.
    assert table["truth"].tolist() == pytest.approx([0.4, 0.4, 1 / 3, np.nan, 0.2], nan_ok=True)
    assert table["covered"].tolist() == [False, True, False, False, False]
    coverage = scripts["tallies"].coverage_of(table, "all")
    assert (coverage.n_covered, coverage.n_intervals, coverage.n_places) == (1, 4, 1)
    # Apart from a quarter of their intervals, the runs are 1 - 0.5, 0 - 0.25 and 0 - 0.25.
    assert coverage.standard_error == pytest.approx(sqrt(3 / 2 * (0.25 + 2 * 0.0625)) / 4)


def test_what_never_happens_is_told_apart(scripts: dict[str, Any]) -> None:
    rows = [interval(0, 10, 0.0, 0.3, place="never"), interval(4, 4, 0.5, 1.0, place="always")]
    runs = [note("nothing", intervals=[*rows, interval(int(run == 0), 10, 0.0, 0.3)]) for run in range(20)]
    table = scripts["tallies"].interval_table(runs, by_level=False)
    assert table["certain"].tolist() == [True, True, False] * 20
    assert table["covered"].all()


def test_levels_have_a_truth_of_their_own_where_something_is_planted(scripts: dict[str, Any]) -> None:
    runs = [
        note("error", intervals=[interval(5, 10, 0.4, 0.6), ["error", "pay", "device=tablet", 1, 10, 0.0, 0.2, 0]])
        for _ in range(20)
    ]
    apart = scripts["tallies"].interval_table(runs, by_level=True)
    assert sorted(set(apart["truth"])) == [0.1, 0.5]
    assert apart["covered"].all()
    together = scripts["tallies"].interval_table(runs, by_level=False)
    assert set(together["truth"]) == {0.3}
    assert not together["covered"].any()


def test_coverage_of_good_and_of_short_intervals(scripts: dict[str, Any]) -> None:
    """Normal intervals of binomial rates hold the rate in about 95 % of cases; half as long ones in about 67 %."""
    tallies, rng = scripts["tallies"], np.random.default_rng(5)
    shares = []
    for length in (1.96, 0.98):
        runs = []
        for _ in range(200):
            hits = rng.binomial(400, [0.2, 0.5])
            half = length * np.sqrt(hits / 400 * (1 - hits / 400) / 400)
            runs.append(
                note("nothing", intervals=[interval(int(n), 400, n / 400 - h, n / 400 + h, place=p)
                                           for n, h, p in zip(hits, half, "ab", strict=True)])
            )  # fmt: skip
        table = tallies.interval_table(runs, by_level=False)
        shares.append(tallies.coverage_of(table, "all").rate)
        rows = tallies.coverage_by_rate(table)
        assert [(row.label, row.n_intervals) for row in rows] == [("10% to 30%", 200), ("30% to 70%", 200)]
        assert sum(row.n_intervals for row in tallies.coverage_by_hits(table)) == 400
    assert shares[0] == pytest.approx(0.95, abs=0.035)
    assert shares[1] == pytest.approx(0.673, abs=0.08)


def test_permuting_labels_keeps_the_labels_and_moves_them(scripts: dict[str, Any]) -> None:
    run = scripts["simulated_run"]
    shop = run.draw_shop(300, seed=1)
    permuted = run.permute_labels(shop, 1)
    assert permuted.events is shop.events
    old, new = shop.customers.to_pandas(), permuted.customers.to_pandas()
    assert (old["customer_id"] == new["customer_id"]).all()
    labels = ["region", "device", "gender"]
    assert old[labels].value_counts().to_dict() == new[labels].value_counts().to_dict()
    assert (old[labels] != new[labels]).any(axis=1).mean() > 0.5


def test_a_plan_has_every_run_once(scripts: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    simulate = scripts["simulate"]
    monkeypatch.setattr(sys, "argv", ["simulate.py", "--kinds", "error,nothing", "--seeds", "3", "--null-seeds", "5",
                                      "--side-seeds", "2", "--customers", "1000"])  # fmt: skip
    tasks = simulate.plan(simulate.parse())
    assert len(tasks) == len(set(tasks)) == 5 + 3 + 2 * (1 + 2)
    effects = sorted({task.plant.effect for task in tasks if task.plant})
    assert effects == pytest.approx([0.15, 0.25, 0.45])


def test_a_broken_line_is_run_again(scripts: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    simulate = scripts["simulate"]
    monkeypatch.setattr(simulate, "RESULTS", tmp_path)
    whole = json.dumps(note("error", seed=1))
    (tmp_path / "abc.jsonl").write_text(f"{whole}\n{whole[:40]}", encoding="utf-8")
    (tmp_path / "old.jsonl").write_text(json.dumps(note("error", seed=2)), encoding="utf-8")
    assert [task.seed for task in simulate.read_notes("abc", any_code=False)] == [1]
    assert sorted(task.seed for task in simulate.read_notes("abc", any_code=True)) == [1, 2]


def test_a_small_simulation_through_to_the_page(scripts: dict[str, Any], tmp_path: Path) -> None:
    run, evidence = scripts["simulated_run"], scripts["evidence"]
    found = json.loads(json.dumps(run.run(run.Task("abandonment", 400, 2.0, 1))))
    assert any(one[0] == "hit" for one in found["reported"])
    assert 0 < len(found["intervals"]) <= found["examined"]
    null = [note("nothing", customers=400, intervals=[interval(5, 10, 0.4, 0.6)]) for _ in range(20)]
    null.append(note("permuted", "stray", customers=400))
    page, picture = evidence.write_evidence([{**found, "effect": 1.0}, *null], tmp_path, customers=400)
    text = page.read_text(encoding="utf-8")
    assert "| abandonment | after cart, region south leaves" in text
    assert "100 % (21 to 100 %; 1)" in text
    assert "| nothing planted | 20 | 0 | 0.0 % (0.0 to 16.1 %) | none |" in text
    assert "customer labels permuted | 1 | 1 | 100.0 %" in text
    assert "| all | 1 | 20 | 100.0 % ± 0.0 |" in text
    assert "| all others | 1 | 20 | 100.0 % ± 0.0 |" in text
    assert max(len(line) for line in text.splitlines() if not line.startswith("|")) <= 120
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_where_nothing_was_run_the_page_says_so(scripts: dict[str, Any]) -> None:
    evidence = scripts["evidence"]
    text = evidence.page_text(evidence.gather([], customers=3000))
    assert "Not run yet." in text
    assert "nan" not in text
    assert text.count("| not run |") >= 2

"""Everything together: the planted stories, several segments at once, changes in time, plug-ins."""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

import journeymap as jm
from journeymap.painpoints.correct import MOST_Q
from journeymap.painpoints.registry import detectors

if TYPE_CHECKING:
    from journeymap.painpoints.table import PainPoints

SAMPLE = Path(__file__).parents[2] / "sample_events"
EACH = ["region", "device", "channel", "age_band", "lifestyle"]


@pytest.fixture(scope="module")
def sample() -> jm.Journeys:
    return jm.open(SAMPLE / "events-*.csv", settings=SAMPLE / "journeymap.toml")


@pytest.fixture(scope="module")
def ranked(sample: jm.Journeys) -> PainPoints:
    return sample.pain_points(each=EACH)


@pytest.mark.parametrize(
    ("level", "kind", "touchpoint"),
    [
        (("region", "south"), "abandonment", "cart"),
        (("region", "south"), "drop_off", "shipping_info"),
        (("region", "south"), "low_score", "shipping_info"),
        (("region", "east"), "support_contact", "delivery"),
        (("region", "east"), "low_score", "support_call"),
        (("device", "tablet"), "slow_step", "product"),
        (("channel", "app"), "loop", "checkout"),
        (("age_band", "60 and over"), "regret", "return_request"),
    ],
)
def test_planted_stories_are_in_the_list(
    ranked: PainPoints, level: tuple[str, str], kind: str, touchpoint: str
) -> None:
    assert any((item.kind, item.touchpoint) == (kind, touchpoint) and item.levels == (level,) for item in ranked)


def test_the_payment_fault_is_found_on_its_days(ranked: PainPoints) -> None:
    (fault,) = [item for item in ranked if item.kind == "sudden_change" and item.touchpoint == "payment_error"]
    assert (fault.began, fault.ended) == ("2026-05-11", "2026-05-17")
    assert fault.rate is not None
    assert fault.rate > 0.5


def test_what_is_reported_stands_up(ranked: PainPoints) -> None:
    assert ranked.n_examined > 1000
    for item in ranked:
        assert item.q_value is not None
        assert item.q_value <= MOST_Q
        assert item.lift is not None
        assert item.lift >= 1.2
        assert item.customers >= 5
    assert [item.severity for item in ranked] == sorted((item.severity for item in ranked), reverse=True)


def test_levels_of_each_segment_add_up_to_the_whole(sample: jm.Journeys) -> None:
    kinds = ["abandonment", "drop_off", "low_score", "error"]
    whole = {(item.kind, item.place): item for item in sample.pain_points(kinds=kinds, examined=True)}
    parts: dict[tuple[str, str, str], list[Any]] = {}
    for item in sample.pain_points(each=["region", "device"], kinds=kinds, examined=True):
        parts.setdefault((item.levels[0][0], item.kind, item.place), []).append(item)
    assert len(parts) == 2 * len(whole)
    for (_, kind, place), levels in parts.items():
        all_of_it = whole[kind, place]
        assert sum(item.n_units for item in levels) == all_of_it.n_units
        assert sum(item.n_hits for item in levels) == all_of_it.n_hits
        assert sum(item.journeys for item in levels) == all_of_it.journeys
        baselines = {item.baseline for item in levels}
        assert len(baselines) == 1 or kind == "drop_off"


def test_each_is_as_by_but_for_the_correction(sample: jm.Journeys) -> None:
    each = sample.pain_points(each=["region"], kinds="error", examined=True)
    by = sample.pain_points(by="region", kinds="error", examined=True)
    assert [(item.place, item.levels, item.rate, item.p_value) for item in each] == [
        (item.place, item.levels, item.rate, item.p_value) for item in by
    ]
    assert list(each.to_frame().columns[:3]) == ["segment", "level", "kind"]
    assert list(by.to_frame().columns[:2]) == ["region", "kind"]


def test_by_and_each_are_not_asked_together(sample: jm.Journeys) -> None:
    with pytest.raises(jm.JourneymapError, match="not both"):
        sample.pain_points(by="region", each="device")
    with pytest.raises(jm.JourneymapError, match="not by --each"):
        sample.pain_points(after="cart", each="device")


def payments(fault: range) -> pd.DataFrame:
    """Ten customers pay every day for 60 days; on the days of the fault eight of them meet an error, else one."""
    start = datetime(2024, 1, 1, tzinfo=UTC)
    rows = []
    for day in range(60):
        for at in range(10):
            who, when = f"c{(day * 7 + at * 11) % 97}-{at}", start + timedelta(days=day, minutes=10 * at)
            fails = at < (8 if day in fault else 1)
            rows += [(who, when, "pay"), (who, when + timedelta(minutes=1), "pay_error" if fails else "paid")]
    rows.append(("z", start + timedelta(days=70), "home"))
    return pd.DataFrame(rows, columns=["customer_id", "timestamp", "event"])


def test_a_sudden_change_is_found_on_its_days() -> None:
    found = jm.open(payments(range(30, 34))).pain_points(kinds="sudden_change")
    errors = [item for item in found if "pay_error after pay" in item.place]
    assert [(item.began, item.ended) for item in errors] == [("2024-01-31", "2024-02-03")]
    (error,) = errors
    assert (error.n_hits, error.n_units) == (32, 40)
    assert error.baseline == pytest.approx(56 / 560)
    assert error.lift == pytest.approx(8)
    assert error.compared_with == "the other days of the period"


def test_an_event_of_long_ago_hides_no_change_within_few_days() -> None:
    log = payments(range(30, 34))
    for day, name in enumerate(("pay", "paid", "pay_error")):
        log.loc[len(log)] = ("old", datetime(1900, 1, 1 + day, tzinfo=UTC), name)
    log.loc[len(log)] = ("coming", datetime(2026, 3, 1, tzinfo=UTC), "pay")
    found = jm.open(log).pain_points(kinds="sudden_change")
    assert [(item.began, item.ended) for item in found if "pay_error after pay" in item.place] == [
        ("2024-01-31", "2024-02-03")
    ]


def test_no_change_is_none() -> None:
    assert list(jm.open(payments(range(0))).pain_points(kinds="sudden_change")) == []


PLUG_IN = '''
from dataclasses import replace

from journeymap.painpoints.look import Detector, Look
from journeymap.store.sql import Step


def look(site):
    """Visits to touchpoints whose name is longer than the limit."""
    steps = (
        Step(
            "units",
            """
            SELECT v.touchpoint_key AS place_key, v.customer_key, v.journey_key, v.position, v.at_us, 0 AS stratum,
                TRUE AS is_mature, length(t.touchpoint) > $longest AS is_hit
            FROM visits v JOIN touchpoints t ON t.touchpoint_key = v.touchpoint_key
            """,
        ),
        Step("places", "SELECT touchpoint_key AS place_key, touchpoint AS place, touchpoint FROM touchpoints"),
    )
    return [Look("long_name", "visits", steps, {"longest": 20}, floor=0.5, least_units=1)]


def look_miscounted(site):
    """Give units the strata 1 to 3, and say that there are three."""
    (found,) = look(site)
    units, places = found.steps
    steps = (Step("units", units.sql.replace("0 AS stratum", "v.position AS stratum")), places)
    return [replace(found, steps=steps, n_strata=3)]


LONG_NAME = Detector("long_name", look)
MISCOUNTED = Detector("long_name", look_miscounted)
BROKEN = "no detector"
'''


def plug_in(folder: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Put a package with an entry point on the path, as an installer does."""
    (folder / "journeymap_long_names.py").write_text(PLUG_IN, encoding="utf-8")
    info = folder / "journeymap_long_names-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: journeymap-long-names\nVersion: 1.0\n", encoding="utf-8"
    )
    (info / "entry_points.txt").write_text(
        f"[journeymap.detectors]\nlong_name = journeymap_long_names:{name}\n", encoding="utf-8"
    )
    monkeypatch.syspath_prepend(str(folder))
    monkeypatch.delitem(sys.modules, "journeymap_long_names", raising=False)


def test_a_plug_in_is_a_detector_like_ours(log: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plug_in(tmp_path, monkeypatch, "LONG_NAME")
    assert "long_name" in detectors()
    text = "\n".join(f"{name} 0d a_touchpoint_with_a_long_name\n{name} 1d home" for name in "ABCDEFG")
    (found,) = log(text, goal=()).pain_points(kinds="long_name")
    assert (found.place, found.n_hits, found.n_units) == ("a_touchpoint_with_a_long_name", 7, 7)


@pytest.mark.parametrize("kinds", [("long_name",), ("sudden_change",)])
def test_a_plug_in_with_strata_that_it_does_not_announce_is_told(
    log: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kinds: tuple[str, ...]
) -> None:
    plug_in(tmp_path, monkeypatch, "MISCOUNTED")
    with pytest.raises(jm.JourneymapError, match=r"'long_name' has strata that it does not announce: .* 0 to 2"):
        log("A 0d home\nA 1d cart\nA 2d order", goal=()).pain_points(kinds=kinds)


def test_a_plug_in_that_is_none_is_refused(log: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plug_in(tmp_path, monkeypatch, "BROKEN")
    with pytest.raises(jm.JourneymapError, match=r"plug-in 'long_name' .* is no detector"):
        log("A 0d home", goal=()).pain_points()


def test_the_readme_shows_the_list(ranked: PainPoints) -> None:
    page = (SAMPLE.parent / "README.md").read_text(encoding="utf-8")
    shown = [line for line in page.splitlines() if line.startswith("|") and line.endswith(" |") and " % | " in line]
    assert shown == [
        f"| {' '.join(item.levels[0]) if item.levels else '(all)'} | {item.kind} | {item.place} | "
        f"{100 * item.rate:.0f} % | {100 * item.baseline:.0f} % | {item.customers} |"
        for item in ranked
    ]

"""A watch over weeks that are made so that one thing goes wrong in each."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from scipy import stats

from journeymap.compare.correction import benjamini_hochberg
from journeymap.compare.differences import clustered_differences
from journeymap.compare.drift import mix_drift
from journeymap.errors import QuestionError, SettingsError, SourceNotFoundError
from journeymap.model.watched import WatchCheck
from journeymap.painpoints.baseline import baseline_text
from journeymap.profiles.period_counts import count_periods
from journeymap.profiles.watch_checks import ratio_test
from journeymap.settings import JourneySettings, Settings, WatchSettings

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from conftest import Logs

    from journeymap.api import Journeys
    from journeymap.profiles.watch import Watched

# Weeks of journeys with one cart each. A journey is over after two days; week 5 ends with the data, on day 41.
WEEK = {"north": (60, 30), "south": (40, 20)}


def weeks(log: Logs, made: Sequence[dict[str, tuple[int, int]]], *, watched: WatchSettings | None = None) -> Journeys:
    """Give each week's customers per region, and how many of them convert."""
    lines, people = [], {"customer": ["first", "last"], "region": [None, None]}
    for week, levels in enumerate(made):
        for region, (everyone, converted) in levels.items():
            for at in range(everyone):
                name = f"{region}{week}x{at}"
                lines.append(f"{name} {7 * week + at % 4}d+1h cart")
                if at < converted:
                    lines.append(f"{name} {7 * week + at % 4 + 1}d order")
                people["customer"].append(name)
                people["region"].append(region)
    lines += ["first 0d home", f"last {7 * len(made) - 1}d+1h home"]
    settings = Settings(
        journey=JourneySettings(goal=("order",), gap_us=2 * 86_400_000_000), watch=watched or WatchSettings()
    )
    return log("\n".join(lines), settings=settings, customers=people)


def alerts(found: Watched) -> list[tuple[str, str]]:
    return [(check.what, check.level) for check in found.alerts]


def test_nothing_to_say_where_all_weeks_are_alike(log: Logs) -> None:
    found = weeks(log, [WEEK] * 6).watch("region")
    assert found.alerts == ()
    assert {(check.what, check.level) for check in found.checks} == {
        ("conversion", "(all)"), ("conversion", "north"), ("conversion", "south"), ("volume", "(all)"),
        ("volume", "north"), ("volume", "south"), ("drift", "(all)"), ("share", "north"), ("share", "south"),
    }  # fmt: skip
    assert len(found.to_frame()) == len(found.checks)
    assert found.to_frame().columns.tolist() == [field.name for field in fields(WatchCheck)]


def test_two_customers_who_stay_away_are_no_alert(log: Logs) -> None:
    lines = [f"c{at} {7 * week + at % 7}d+{at % 24}h home" for week in range(5) for at in range(60)]
    lines += [f"t{at} {7 * week + 2 * day}d+5h home" for week in range(4) for at in (1, 2) for day in range(3)]
    people = {"customer": [f"c{at}" for at in range(60)] + ["t1", "t2"], "region": ["big"] * 60 + ["tiny"] * 2}
    shop = log("\n".join(lines), customers=people, gap="1d")
    assert shop.outcomes(by="region").set_index("region").loc["tiny", "journeys"] == 24
    found = shop.watch("region")
    assert found.alerts == ()
    assert {check.level for check in found.checks} == {"(all)", "big"}
    # What two customers did is as likely by chance, however often they came.
    assert ratio_test(np.zeros(100), np.full(100, 0.24), 0.25, n_customers=2)[2] == pytest.approx(0.64)


def test_a_morning_is_no_day(log: Logs, at: Callable[[str], Any]) -> None:
    whole = [f"c{day}x{hour} {day}d+{hour}h home" for day in range(10) for hour in range(0, 24 - day % 2, 2)]
    morning = [f"m{hour} 10d+{hour}h home" for hour in range(0, 7, 2)]
    shop = log("\n".join([*whole, *morning]))
    found = shop.watch(period="day")
    assert found.alerts == ()
    assert found.notes[0] == (
        "2024-01-11 is left out: its last event is at 06:00 of 2024-01-11, and on the days before events came until "
        "22:00 or later. If the day is over: --as-of 2024-01-12."
    )
    assert {check.period for check in found.checks} == {"2024-01-10"}
    over = shop.where(as_of=at("11d")).watch(period="day")
    assert {check.period for check in over.checks} == {"2024-01-11"}
    assert not any("left out" in note for note in over.notes)
    with pytest.raises(QuestionError, match=r"(?s)no two to compare.*2024-W02 is left out: its last event is at 06:00"):
        log(
            "\n".join([*(f"w{at} {at}d+{hour}h home" for at in range(13) for hour in (9, 22)), "w 13d+6h home"])
        ).watch()
    # Where days end at eight in the evening, such a day is over.
    assert not any("left out" in note for note in log("\n".join(whole)).watch(period="day").notes)


def test_conversion_that_fell_is_that_of_the_last_mature_week(log: Logs) -> None:
    worse = {"north": (60, 30), "south": (40, 4)}
    shop = weeks(log, [WEEK, WEEK, WEEK, WEEK, worse])
    found = shop.watch("region")
    # The last journey began on the last day: the last week is not mature, and the worse one is not yet seen.
    assert found.alerts == ()
    assert found.notes == ("Conversion is that of 2024-W04: journeys of 2024-W05 are too young to judge.",)
    shop = weeks(log, [WEEK, WEEK, WEEK, WEEK, worse, WEEK])
    whole, check = shop.watch("region").alerts
    assert (whole.what, whole.level, whole.was, whole.now) == ("conversion", "(all)", pytest.approx(200 / 401), 0.34)
    assert (check.what, check.level, check.period, check.before) == (
        "conversion", "south", "2024-W05", "2024-W01 to 2024-W04",
    )  # fmt: skip
    assert (check.was, check.now, check.change, check.limit) == (0.5, 0.1, -0.4, 0.1)
    counted = count_periods(shop.store, shop.question.split(("region",)), "week")
    plain = clustered_differences(counted.rates("in_time", [4]), counted.rates("in_time", [0, 1, 2, 3]))
    at = counted.levels.index(("south",))
    assert (check.p_value, check.ci_low, check.ci_high) == (plain.p_value[at], plain.ci_low[at], plain.ci_high[at])
    assert check.ci_low < -0.4 < check.ci_high < 0


def test_limits_are_the_users(log: Logs) -> None:
    worse = {"north": (60, 30), "south": (40, 4)}
    shop = weeks(log, [WEEK, WEEK, WEEK, WEEK, worse, WEEK])
    assert shop.watch("region", conversion_drop=0.9).alerts == ()
    (check,) = shop.watch("region", conversion_drop=0.9, conversion_drop_points=0.3).alerts
    assert check.limit == 0.3
    assert shop.watch("region", conversion_drop=0.9, conversion_drop_points=0.45).alerts == ()
    assert {check.before for check in shop.watch("region", periods_before=1).alerts} == {"2024-W04"}
    kept = weeks(log, [WEEK, WEEK, WEEK, WEEK, worse, WEEK], watched=WatchSettings(conversion_drop=0.95))
    assert kept.watch("region").alerts == ()
    assert len(kept.watch("region", conversion_drop=0.1).alerts) == 2


def test_what_moves_by_chance_is_never_said(log: Logs) -> None:
    few = {"north": (6, 3), "south": (6, 1)}
    shop = weeks(log, [few, few, few, few, {"north": (6, 1), "south": (5, 2)}, few])
    found = shop.watch("region", conversion_drop=0, share_change=0, drift=0, volume_drop=0)
    assert found.alerts == ()
    assert all(check.q_value is None or check.q_value > 0.05 for check in found.checks)


def test_fewer_journeys_and_another_mix(log: Logs) -> None:
    shop = weeks(log, [WEEK] * 5 + [{"north": (60, 30), "south": (8, 4)}])
    found = shop.watch("region", share_change=0.1, drift=0.1)
    assert sorted(alerts(found)) == [
        ("drift", "(all)"), ("share", "north"), ("share", "south"), ("volume", "(all)"), ("volume", "south"),
    ]  # fmt: skip
    by_name = {(check.what, check.level): check for check in found.checks}
    whole = by_name["volume", "(all)"]
    assert (whole.was, whole.now, whole.period, whole.before) == (100, 69, "2024-W06", "2024-W02 to 2024-W05")
    assert whole.change == pytest.approx(-0.31)
    drift = by_name["drift", "(all)"]
    counted = count_periods(shop.store, shop.question.split(("region",)), "week")
    plain = mix_drift(counted.shares([5]).hits, counted.shares([1, 2, 3, 4]).hits)
    assert (drift.now, drift.p_value, drift.change, drift.was) == (plain.index, plain.p_value, None, None)
    p_values = [check.p_value for check in found.checks]
    assert [check.q_value for check in found.checks] == pytest.approx(benjamini_hochberg(p_values))
    assert drift.now > 0.4


def test_a_longer_month_has_more_journeys_and_no_alert(log: Logs) -> None:
    lines = [f"c{day}x{at} {day}d+1h home" for day in range(91) for at in range(4)]  # to the end of March
    found = log("\n".join(lines)).watch(period="month", volume_drop=0)
    (check,) = [check for check in found.checks if check.what == "volume"]
    assert (check.period, check.now, check.was) == ("2024-03", 124, pytest.approx(124))
    assert check.p_value > 0.5
    february = log("\n".join(lines[: 60 * 4])).watch(period="month", volume_drop=0)
    assert (february.checks[0].now, february.checks[0].was) == (116, pytest.approx(116))


def test_a_week_without_a_journey(log: Logs, at: Callable[[str], Any]) -> None:
    found = weeks(log, [WEEK] * 5).where(as_of=at("42d-1us")).watch("region")
    assert ("volume", "(all)") in alerts(found)
    check = next(check for check in found.alerts if check.what == "volume")
    assert (check.now, check.change, check.ci_low) == (0, -1, None)
    assert check.p_value < 1e-6
    assert not any(check.what in {"share", "drift"} for check in found.checks)


def test_the_ratio_by_plain_loops() -> None:
    rng = np.random.default_rng(4)
    now, before = rng.poisson(2, 100).astype(float), rng.poisson(6, 100).astype(float)
    low, high, p_value = ratio_test(now, before, 0.25, n_customers=100)
    centre = np.log(now.sum() / before.sum() / 0.25)
    moved = [np.log((now.sum() - a) / (before.sum() - b) / 0.25) - centre for a, b in zip(now, before, strict=True)]
    error = np.sqrt(0.99 * np.sum(np.square(moved)))
    half = stats.t.ppf(0.975, 99) * error
    assert (low, high) == pytest.approx((np.exp(centre - half) - 1, np.exp(centre + half) - 1))
    assert p_value == pytest.approx(2 * stats.t.sf(abs(centre) / error, 99))
    # Strangers who come once each: the error is about that of two Poisson counts.
    assert error == pytest.approx(np.sqrt(1 / now.sum() + 1 / before.sum()), rel=0.25)


def test_older_weeks_have_had_no_longer(log: Logs) -> None:
    """Whoever converts after the horizon counts in no week, or the older ones would always look better."""
    lines = []
    for week in range(6):
        for at in range(50):
            lines += [f"c{week}x{at} {7 * week}d cart", f"c{week}x{at} {7 * week + 2}d cart"]
            if week < 5:
                lines += [f"c{week}x{at} {7 * week + 4}d cart", f"c{week}x{at} {7 * week + 6}d order"]
    shop = log("\n".join([*lines, "z 41d home"]), goal=("order",), gap="2d")
    assert shop.over_time()["conversion_rate"].tolist()[:5] == [1.0] * 5
    found = shop.watch()
    assert found.notes == ("Conversion is not compared, since no journey converted within one horizon of its start.",)
    assert [check.what for check in found.checks] == ["volume"]


def test_pain_points_against_a_baseline(log: Logs, tmp_path: Path) -> None:
    worse = {"north": (60, 6), "south": (40, 4)}
    shop = weeks(log, [WEEK, WEEK, WEEK, WEEK, worse, WEEK])
    earlier = weeks(log, [WEEK, WEEK, WEEK, WEEK, WEEK, WEEK])
    kept = earlier.watch(finds_pains=True).examined
    assert ("abandonment", "after cart without order within 7d") in {(item.kind, item.place) for item in kept}
    file = tmp_path / "pains.json"
    file.write_text(baseline_text(kept), encoding="utf-8")
    found = [check for check in shop.watch(against=file).alerts if check.what == "pain_point"]
    assert [(check.place, check.was, check.now, check.period) for check in found] == [
        ("abandonment: after cart without order within 7d", 0.5, 0.9, "2024-W05")
    ]
    file.write_text(baseline_text(()), encoding="utf-8")
    new = [check for check in earlier.watch(against=file).alerts if check.what == "pain_point"]
    reported = [item for item in kept if item.is_reported]
    assert len(kept) > len(reported) > 0
    assert (len(new), new[0].was, new[0].before) == (len(reported), None, str(file))
    file.write_text(baseline_text(kept), encoding="utf-8")
    with pytest.raises(QuestionError, match="kept with no --by, and this is asked with --by region: everything would"):
        earlier.watch("region", against=file)
    with pytest.raises(SourceNotFoundError, match="cannot be read"):
        earlier.watch(against=tmp_path / "none.json")


def test_mistakes(log: Logs) -> None:
    shop = weeks(log, [WEEK] * 2)
    with pytest.raises(QuestionError, match="no whole months: there are no two to compare"):
        shop.watch(period="month")
    with pytest.raises(QuestionError, match=r"There is no limit 'drfit'\. Did you mean 'drift'"):
        shop.watch(drfit=1)
    with pytest.raises(SettingsError, match=r"\[watch\] share_change: must be 0 to 1, not 5"):
        shop.watch(share_change=5)
    with pytest.raises(SettingsError, match=r"\[watch\] period"):
        shop.watch(period="year")
    (note,) = shop.watch().notes
    assert note == (
        "Conversion is not compared, since 1 whole week of the data is mature: each journey that starts in one needs a "
        "horizon until the data end. Take a shorter --period, or wait."
    )
    with pytest.raises(QuestionError, match="no whole week is mature"):
        log("A 0d home\nA 8d home\nA 13d home").watch(finds_pains=True)
    no_goal = log("A 0d home\nB 8d home\nC 13d home").watch()
    assert no_goal.notes == ("Conversion is not compared, since the store has no goal.",)

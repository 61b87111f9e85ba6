"""Segments by whatever name: in other capitals, of a column, of a measure, of a built-in segment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

import journeymap as jm
from journeymap.errors import QuestionError, UnknownNameError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from conftest import Logs

    from journeymap.api import Journeys

ROWS = """
    A 0d home n
    A 1d cart n
    A 2d order n
    B 0d home s
    B 1d cart s
    C 60d home s
    C 61d order s
"""


@pytest.fixture
def shop(log: Logs) -> Callable[[str], Journeys]:
    """Give the shop with its last column called so."""
    return lambda name: log(ROWS, columns=("customer", "timestamp", "event", name), goal=("order",))


@pytest.fixture
def frames() -> Iterator[Callable[..., Journeys]]:
    opened: list[Journeys] = []

    def open_frame(events: dict[str, list[Any]], **named: Any) -> Journeys:
        opened.append(jm.open(pd.DataFrame(events), **named))
        return opened[-1]

    yield open_frame
    for store in opened:
        store.close()


def test_capitals_do_not_matter(shop: Callable[[str], Journeys]) -> None:
    journeys = shop("region")
    found = journeys.pain_points(by="REGION", after="cart")
    assert {dict(item.levels)["region"] for item in found} == {"n", "s"}
    assert journeys.outcomes(by="Region").columns[0] == "region"
    assert journeys.where(REGION="n").question.levels == (("region", "n"),)
    with pytest.raises(QuestionError, match="names a segment twice"):
        journeys.outcomes(by=["region", "REGION"])
    with pytest.raises(UnknownNameError, match="Did you mean 'region'"):
        journeys.outcomes(by="regio")


@pytest.mark.parametrize(
    "ask",
    [
        lambda it, name: it.compare(name, ["n", "s"]),
        lambda it, name: it.compare(name),
        lambda it, name: it.mix_effects("DEVICE", ["a", "b"], within=name),
        lambda it, name: it.rank_segments(name, n_permutations=20).to_frame(),
        lambda it, name: it.variants(name).to_frame(),
        lambda it, name: it.profile(name).to_frame(),
        lambda it, name: it.difference_map(name, ["n", "s"]),
        lambda it, name: it.audience(levels={name: "n"}, minimum=1),
    ],
)
def test_capitals_do_not_matter_for_what_is_compared(frames: Callable[..., Journeys], ask: Callable[..., Any]) -> None:
    rows = [
        (f"{region}{at}", pd.Timestamp("2026-01-01") + pd.Timedelta(hours=at + hour), touchpoint)
        for region in ("n", "s")
        for at in range(40)
        for hour, touchpoint in enumerate(("home", "cart", "order")[: 2 + (at % (3 if region == "n" else 2) == 0)])
    ]
    customers = [(f"{region}{at}", region, "ab"[at % 2]) for region in ("n", "s") for at in range(40)]
    journeys = frames(
        {name: [row[at] for row in rows] for at, name in enumerate(("customer", "timestamp", "event"))},
        customers=pd.DataFrame(customers, columns=["customer", "region", "device"]),
    )
    assert str(ask(journeys, "REGION")) == str(ask(journeys, "region"))


@pytest.mark.parametrize("name", ["share", "self", "state", "journeys", "period", "__level0", "count"])
def test_a_segment_may_have_any_name(shop: Callable[[str], Journeys], name: str) -> None:
    journeys, plain = shop(name), shop("region")
    assert journeys.where(**{name: "n"}).outcomes()["journeys"].tolist() == [1]
    for ask in (
        lambda store, by: store.outcomes(by=by),
        lambda store, by: store.transitions(by=by),
        lambda store, by: store.over_time(by=by, period="month"),
        lambda store, by: store.what_if("cart", drop_rate=0.1, by=by),
        lambda store, by: store.removal_effects(by=by),
    ):
        as_named, as_region = ask(journeys, name), ask(plain, "region")
        assert len(as_named.columns) == len(set(as_named.columns)) == len(as_region.columns)
        assert as_named.iloc[:, 0].tolist() == as_region.iloc[:, 0].tolist()
    maps, usual = journeys.maps(name), plain.maps("region")
    assert [len(drawn.edges) for drawn in maps.values()] == [len(drawn.edges) for drawn in usual.values()]


def test_a_column_called_like_the_name_that_another_is_given(log: Logs) -> None:
    rows = "A 0d home web x\nA 1d order app y"
    journeys = log(rows, columns=("customer", "timestamp", "event", "channel", "by_channel"), goal=("order",))
    frame = journeys.touchpoints(by=["channel", "by_channel"])
    assert list(frame.columns[:2]) == ["by_by_channel", "by_channel"]
    assert set(frame["by_channel"]) == {"x"}


def test_texts_of_digits_are_compared_as_they_are(frames: Callable[..., Journeys]) -> None:
    """More than twenty numbers are cut into quarters when they split; a condition is about the values."""
    people = [f"c{at:02}" for at in range(30)]
    journeys = frames(
        {"customer": people, "timestamp": [pd.Timestamp("2026-01-01")] * 30, "event": ["home"] * 30},
        customers=pd.DataFrame({"customer": people, "zip": [f"010{at:02}" for at in range(30)]}),
    )
    assert journeys.where("zip = '01005'").outcomes()["journeys"].tolist() == [1]
    assert journeys.where("zip in ('01005', '01006')").outcomes()["journeys"].tolist() == [2]
    assert journeys.outcomes(by="zip")["zip"].nunique() == 4


def test_numbers_beyond_all_whole_ones(frames: Callable[..., Journeys]) -> None:
    journeys = frames(
        {"customer": list("abcd"), "timestamp": [pd.Timestamp("2026-01-01")] * 4, "event": ["home"] * 4},
        customers=pd.DataFrame({"customer": list("abcd"), "spent": [1e20, 2.5, 3.0, float("inf")]}),
    )
    levels = journeys.outcomes(by="spent")["spent"].tolist()  # engines write them in their own ways
    assert {"2.5", "3"} < set(levels)
    assert sorted(map(float, levels)) == [2.5, 3.0, 1e20, float("inf")]


def test_an_attribute_goes_before_a_built_in_segment(frames: Callable[..., Journeys]) -> None:
    days = [pd.Timestamp(f"2026-0{month}-01") for month in (1, 2, 3, 4)]
    journeys = frames(
        {"customer": ["a"] * 4 + ["b"] * 4, "timestamp": [*days, *days], "event": ["home"] * 8},
        customers=pd.DataFrame({"customer": ["a", "b"], "engagement": ["gold", "silver"]}),
    )
    assert set(journeys.outcomes(by="engagement")["engagement"]) == {"gold", "silver"}
    moved = journeys.migration("engagement", period="month")
    assert set(moved["level_before"]) == {"gold", "silver"}


def test_segments_of_ones_own_are_gone_through(shop: Callable[[str], Journeys]) -> None:
    journeys = shop("region").define("buyers", "yes: region = 'n'; else no")
    assert "buyers" in journeys.pain_points(each="all").each


def test_bins_of_what_holds_no_numbers(shop: Callable[[str], Journeys]) -> None:
    with pytest.raises(QuestionError, match="holds no numbers to cut"):
        shop("region").define("cut", "region: 1, 2").outcomes(by="cut")


def test_changes_are_counted_as_of_the_data_end(log: Logs, at: Callable[[str], Any]) -> None:
    rows = f"{ROWS}\n    A 70d home s"
    journeys = log(rows, columns=("customer", "timestamp", "event", "region"), goal=("order",))
    said = "Customers whose events have more than one"
    assert any(f"{said}: 1" in note for note in journeys.notes("region"))
    assert not any(said in note and ": 0" not in note for note in journeys.where(as_of=at("10d")).notes("region"))


def test_dates_narrow_and_never_widen(shop: Callable[[str], Journeys], at: Callable[[str], Any]) -> None:
    later = shop("region").where(since=at("50d"))
    assert later.where(since=at("0d")).question.since_us == later.question.since_us
    early = shop("region").where(until=at("10d"))
    assert early.where(until=at("90d")).question.until_us == early.question.until_us
    with pytest.raises(QuestionError, match="no date or time"):
        shop("region").where(since=pd.NaT)
    with pytest.raises(QuestionError, match="no date or time"):
        shop("region").where(since=5)  # type: ignore[arg-type] # as a slip in a notebook


def test_funnels_and_scores_by_awkward_ways(shop: Callable[[str], Journeys]) -> None:
    found = shop("region").funnel(["cart", "order"], order="any", by="first_touchpoint")
    assert found["entered"].sum() + found["immature"].sum() > 0
    assert shop("region").funnel(["home", "cart"])["step"].tolist() == [1, 2]
    with pytest.raises(QuestionError, match="Use stage or touchpoint"):
        shop("region").scores(per="foo")  # type: ignore[arg-type] # as a slip in a notebook

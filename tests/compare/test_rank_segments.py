"""What divides the sample shop, and what does not; small logs by hand."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import journeymap as jm
from journeymap.compare import compared_journeys
from journeymap.compare.compared_journeys import ComparedJourneys
from journeymap.compare.correction import benjamini_hochberg
from journeymap.datasets import NO_EFFECT
from journeymap.errors import QuestionError, UnknownNameError
from journeymap.segments.segment import Segment
from journeymap.segments.sources import Needs

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conftest import Logs

    from journeymap.api import Journeys

SAMPLE = Path(__file__).parents[2] / "sample_events"


@pytest.fixture(scope="module")
def shop() -> Iterator[Journeys]:
    with jm.open(SAMPLE) as journeys:
        yield journeys


@pytest.fixture(scope="module")
def ranked(shop: Journeys) -> Any:
    names = (*NO_EFFECT, "region", "device", "age_band", "lifestyle")
    return shop.rank_segments(*names, n_permutations=60).to_frame().set_index("segment")


def test_what_has_no_effect_is_not_found(ranked: Any) -> None:
    none = ranked.loc[list(NO_EFFECT), ["conversion_q", "path_q"]]
    assert (none > 0.05).all(axis=None)
    assert (ranked.loc[list(NO_EFFECT), "conversion_effect"] < 0.02).all()


def test_what_was_planted_is_found_where_it_was(ranked: Any) -> None:
    planted = ranked.loc[["region", "device", "age_band", "lifestyle"], ["conversion_q", "path_q"]]
    assert (planted.min(axis=1) < 0.05).all()
    at = {
        "region": "shipping_info > checkout", "age_band": "delivery > return_request",
        "lifestyle": "email_open > product",
    }  # fmt: skip
    assert ranked.loc[list(at), "differs_at"].to_dict() == at
    assert ranked.loc["region", "lowest"] == "south"
    assert ranked.index[0] == "region"


def test_rates_are_those_of_the_outcomes(shop: Journeys, ranked: Any) -> None:
    for segment in ("region", "device"):
        rates = shop.outcomes(by=segment).set_index(segment)["conversion_rate"]
        assert ranked.loc[segment, "lowest_rate"] == rates[ranked.loc[segment, "lowest"]] == rates.min()
        assert ranked.loc[segment, "highest_rate"] == rates[ranked.loc[segment, "highest"]] == rates.max()


def test_q_values_are_corrected_over_all_looks(ranked: Any) -> None:
    p_values = ranked[["conversion_p", "path_p"]].to_numpy().ravel().tolist()
    assert ranked[["conversion_q", "path_q"]].to_numpy().ravel().tolist() == pytest.approx(benjamini_hochberg(p_values))


def test_the_order_is_as_asked(shop: Journeys) -> None:
    by_paths = shop.rank_segments("gender", "lifestyle", "usage_rate", rank_by="paths", n_permutations=25)
    assert [one.segment for one in by_paths.effects] == ["lifestyle", "usage_rate", "gender"]
    by_conversion = shop.rank_segments("gender", "lifestyle", "usage_rate", n_permutations=25)
    assert [one.segment for one in by_conversion.effects] == ["usage_rate", "lifestyle", "gender"]
    assert by_conversion == shop.rank_segments("gender", "lifestyle", "usage_rate", n_permutations=25)


def plain(log: Logs, n: int = 80, **attributes: list[Any]) -> Journeys:
    """Give customers of which every second one orders, and a last one later."""
    lines = []
    for at in range(n):
        lines += [f"c{at:02} {at}m home", f"c{at:02} {at}m+1s {'order' if at % 2 else 'leave'}"]
    customers = {"customer": [f"c{at:02}" for at in range(n)], **attributes}
    return log("\n".join([*lines, "z 90d home"]), goal=("order",), customers=customers)


def test_an_attribute_that_decides_everything(log: Logs) -> None:
    store = plain(log, buys=["yes" if at % 2 else "no" for at in range(80)], coin=["a", "a", "b", "b"] * 20)
    first, second = store.rank_segments("coin", "buys").effects
    assert (first.segment, first.lowest, first.lowest_rate, first.highest, first.highest_rate) == (
        "buys", "no", 0.0, "yes", 1.0,
    )  # fmt: skip
    assert first.conversion_effect == pytest.approx(1, abs=0.01)
    assert first.differs_at in ("home > leave", "home > order")
    # From home half go to order: one bit; it is 80 of 241 transitions, the start and the ends included.
    assert first.path_divergence == pytest.approx(80 / 241, abs=0.01)
    assert second.conversion_effect < 0.2
    assert (first.conversion_q or 1) < 1e-6
    assert (second.conversion_q or 0) > 0.1


def test_where_journeys_begin_says_nothing_of_a_segment_of_first_events() -> None:
    shop = jm.open(SAMPLE / "*.csv").define("begun", "channel @first")
    found = shop.rank_segments("first_channel", "first_touchpoint", "begun", n_permutations=20).effects
    assert all(not (one.differs_at or "").startswith("(start)") for one in found)
    (email,) = shop.profile("first_channel", "email")
    aside = [item for item in email.contrasts if item.place == "(start)" or item.what == "channel"]
    assert {item.q_value for item in aside} == {None}
    assert "begin" not in email.paragraph


def test_what_cannot_be_compared_is_said(log: Logs) -> None:
    names = [f"name {at}" for at in range(80)]
    found = plain(log, who=names, same=["x"] * 80, half=["h"] * 40 + [None] * 40).rank_segments()
    assert [one.segment for one in found.effects] == ["half", "same"]  # the last customer has none
    assert dict(found.skipped) == {"channel": "one level", "who": "nearly a level per customer"}
    assert found.notes == (
        "Not compared, one level: channel.",
        "Not compared, nearly a level per customer: who.",
    )
    assert "half" in found._repr_html_()


def test_many_small_levels_do_not_win_by_chance(log: Logs) -> None:
    random = np.random.default_rng(2)
    many = plain(log, many=[f"level {at}" for at in random.integers(30, size=80)]).rank_segments("many").effects[0]
    assert many.levels > 20
    assert (many.path_q or 0) > 0.05
    assert (many.conversion_q or 0) > 0.05
    assert many.conversion_effect < 0.3


def test_clusters_are_made_of_paths_and_stay_out(log: Logs) -> None:
    store = plain(log, coin=["a", "a", "b", "b"] * 20)
    store.keep_clusters(store.discover(n_clusters=2, n_resamples=0), "behaviour")
    assert "behaviour" not in store.rank_segments(n_permutations=20).to_frame()["segment"].tolist()
    assert store.rank_segments("behaviour", n_permutations=20).effects[0].segment == "behaviour"


def test_a_sample_of_whole_customer_groups(shop: Journeys, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compared_journeys, "SAMPLE_CUSTOMERS", 600)
    read = ComparedJourneys.read(shop.store, shop.question)
    assert read.n_groups == 20
    assert set(read.customers % 100) == set(range(20))
    assert read.counts.keys.tolist() == sorted(read.keys.tolist()) == read.keys.tolist()
    found = shop.rank_segments("region", n_permutations=25)
    assert 400 < found.n_sampled < 800
    assert found.notes == (f"From a sample of {found.n_sampled} of 2,999 customers.",)
    assert (found.effects[0].path_q or 1) < 0.05


def test_the_question_narrows_it(shop: Journeys) -> None:
    south = shop.where(region="south").rank_segments("region", "device", n_permutations=20)
    assert dict(south.skipped) == {"region": "one level"}
    assert south.n_customers < 1000
    nobody = shop.where(since="2030-01-01").rank_segments("region", n_permutations=20)
    assert nobody.effects == ()
    cut = shop.where(end_at="goal").rank_segments("region", n_permutations=20)
    assert cut.effects[0].conversion_effect > 0.05


def test_mistakes_are_told(shop: Journeys) -> None:
    with pytest.raises(UnknownNameError, match="Did you mean 'region'"):
        shop.rank_segments("regoin")
    with pytest.raises(QuestionError, match="number from 20 on"):
        shop.rank_segments(n_permutations=5)
    with pytest.raises(QuestionError, match="neither"):
        shop.rank_segments(rank_by="name")  # type: ignore[arg-type]


@pytest.mark.slow
def test_attributes_of_chance_are_found_as_seldom_as_they_say(shop: Journeys) -> None:
    random = np.random.default_rng(11)
    read = ComparedJourneys.read(shop.store, shop.question)
    chance = Segment("chance", "customer", "", "", {}, Needs())
    customer = np.unique(read.customers, return_inverse=True)[1]
    found = []
    for at in range(200):
        levels = random.choice(4, p=[0.5, 0.3, 0.15, 0.05], size=customer.max() + 1)[customer]
        one = read.effect_of(chance, np.arange(4), levels, 5, n=200, seed=at)
        found.append((one.conversion_p, one.path_p))
    shares = (np.array(found, dtype=float) < 0.05).mean(axis=0)
    assert (shares < 0.1).all()

"""The planted shop against its own numbers, by plain pandas: each plant is there and nowhere else."""

from __future__ import annotations

from dataclasses import replace
from math import sqrt
from typing import Any

import pandas as pd
import pytest
from scipy import stats

import journeymap as jm
from journeymap.datasets.planted_rows import (
    AWAY,
    COMPLAINING_VARIES_AT,
    ENTRIES,
    LEAVING_VARIES_AT,
    N_TYPES,
    ROWS,
    next_rates,
    type_rates,
)
from journeymap.datasets.plants import ATTRIBUTES, PLANTS, VARIANTS, Plant, PlantedShop, draw_shop
from journeymap.errors import QuestionError

EVERY = {**PLANTS, **VARIANTS}
START = pd.Timestamp("2026-03-03", tz="UTC")
KINDS = {
    "abandonment", "drop_off", "loop", "slow_step", "support_contact", "failed_search", "dead_end", "error",
    "low_score", "channel_switch", "regret", "sudden_change",
}  # fmt: skip


def rows(shop: PlantedShop) -> pd.DataFrame:
    """The events in each customer's order, with attributes, what came next and after how many seconds."""
    events = shop.events.to_pandas().merge(shop.customers.to_pandas(), on="customer_id", validate="many_to_one")
    events = events.sort_values(["customer_id", "timestamp"], kind="stable", ignore_index=True)
    by_customer = events.groupby("customer_id")
    events["following"] = by_customer["event"].shift(-1)
    events["seconds"] = (by_customer["timestamp"].shift(-1) - events["timestamp"]).dt.total_seconds()
    events["day"] = (events["timestamp"] - START).dt.days
    return events


@pytest.fixture(scope="module")
def base() -> pd.DataFrame:
    return rows(draw_shop(6000, seed=11))


def seen_targets(plant: Plant) -> list[str]:
    """The targets that can be told from coming in again."""
    return [name for name in plant.targets if name not in ENTRIES]


def values_of(plant: Plant, events: pd.DataFrame) -> pd.Series[float]:
    """What the plant's number is the mean (a share, a score) or the median (a time) of, by row."""
    at = events[events["event"] == plant.source]
    if plant.measure == "score":
        return at["score"].dropna().astype(float)
    if plant.measure == "load":
        return at["page_load_ms"].dropna().astype(float)
    if plant.measure == "gap":
        return at.loc[at["following"].isin(plant.targets), "seconds"]
    # What begins a visit an hour or more later was not next; near the end of the data nobody can say.
    away = at["following"].isna() | (at["seconds"] >= 3600) & at["following"].isin(ENTRIES)
    come = at["following"].isin(seen_targets(plant))
    return ((come | away) if AWAY in plant.targets else come)[at["day"] < events["day"].max() - 14].astype(float)


def truth_of(plant: Plant, *, there: bool) -> float:
    if plant.measure == "score":
        return plant.effect if there else plant.usual
    row = next_rates(plant.source, plant if there else None)
    return sum(row[name] for name in seen_targets(plant))


def is_there(plant: Plant, events: pd.DataFrame) -> pd.Series[bool]:
    return events["day"].between(*plant.days) if plant.days else events[plant.segment] == plant.level


@pytest.mark.parametrize("name", EVERY)
def test_the_plant_is_there_and_not_elsewhere(name: str) -> None:
    plant = EVERY[name]
    events = rows(draw_shop(6000, seed=5, plant=plant))
    values = values_of(plant, events)
    hit = is_there(plant, events).loc[values.index]
    if plant.measure in {"gap", "load"}:
        assert values[hit].median() / values[~hit].median() == pytest.approx(plant.effect, rel=0.12)
        return
    # Where customers differ, those who leave less, and so those who order more, are seen more often.
    slack = 0.07 if plant.source in LEAVING_VARIES_AT else 0.03 if plant.source in COMPLAINING_VARIES_AT else 0.0
    for group, there in ((values[hit], True), (values[~hit], False)):
        number = truth_of(plant, there=there)
        spread = group.std() if plant.measure == "score" else sqrt(number * (1 - number))
        assert group.mean() == pytest.approx(number, abs=4 * spread / sqrt(len(group)) + slack)


@pytest.mark.parametrize("name", EVERY)
def test_a_plant_says_what_the_tables_say(name: str) -> None:
    plant = EVERY[name]
    if plant.measure == "next":
        assert sum(ROWS[plant.source][target] for target in plant.targets) == pytest.approx(plant.usual)
        assert sum(next_rates(plant.source, plant)[target] for target in plant.targets) == pytest.approx(plant.effect)
    assert f"{plant.effect:g}" in plant.describe()
    assert (plant.days is None) == (plant.level in ATTRIBUTES.get(plant.segment, ()))
    assert {*plant.touchpoints, *plant.mentions, plant.source} <= ROWS.keys()


def test_every_kind_has_a_plant() -> None:
    assert PLANTS.keys() == KINDS == {plant.kind for plant in PLANTS.values()}
    assert {plant.kind for plant in VARIANTS.values()} <= KINDS


@pytest.mark.parametrize("plant", [None, *(plant.scaled(factor) for plant in EVERY.values() for factor in (1, 2))])
def test_rows_add_up_to_one(plant: Plant | None) -> None:
    for place in ROWS:
        for customer_type in range(N_TYPES):
            row = type_rates(place, customer_type, plant)
            assert sum(row.values()) == pytest.approx(1)
            assert min(row.values()) >= 0


@pytest.mark.parametrize("attribute", ATTRIBUTES)
def test_without_a_plant_no_level_differs(base: pd.DataFrame, attribute: str) -> None:
    # One visit a customer, since those of one customer are alike.
    p_values = []
    for place in ROWS:
        at = base[base["event"] == place].drop_duplicates("customer_id")
        table = pd.crosstab(at[attribute], at["following"].fillna("(nothing)"))
        table = table.loc[table.sum(axis=1) >= 100, table.sum() >= 30]
        if min(table.shape) > 1:
            p_values.append(stats.chi2_contingency(table).pvalue)
    for number in ("score", "page_load_ms", "seconds"):
        once = base.dropna(subset=[number]).drop_duplicates("customer_id")
        p_values.append(stats.kruskal(*(group for _, group in once.groupby(attribute)[number])).pvalue)
    assert len(p_values) > 20
    assert min(p_values) * len(p_values) > 0.01


def test_without_a_plant_nothing_changes_over_time(base: pd.DataFrame) -> None:
    months = base["day"] // 30
    for place in ("product", "cart", "payment", "delivery"):
        chosen = (base["event"] == place) & (base["day"] < 105)  # later, what comes next is cut off
        seconds = base["seconds"].where(base["seconds"] < 15 * 86_400)
        following = base["following"].where(seconds.notna(), "(nothing)")[chosen]
        table = pd.crosstab(months[chosen], following)
        table = table.loc[:, table.sum() >= 50]
        assert stats.chi2_contingency(table).pvalue > 0.001, place
    customers_by_month = base.groupby(months)["customer_id"].nunique()
    assert customers_by_month.max() / customers_by_month.min() < 1.05


def test_visits_of_a_customer_are_alike(base: pd.DataFrame) -> None:
    carts = base[base["event"] == "cart"]
    went_on = carts["following"].eq("checkout").astype(float)
    per_customer = went_on.groupby(carts["customer_id"])
    several = per_customer.transform("size") >= 2
    within = (went_on - per_customer.transform("mean"))[several]
    n_customers = carts.loc[several, "customer_id"].nunique()
    mean_square_within = (within**2).sum() / (several.sum() - n_customers)
    assert mean_square_within < 0.95 * went_on.var()
    visits = base.groupby("customer_id").size()
    assert visits.var() > 5 * visits.mean()  # of equal customers it would be about twice: visits come in bunches


def test_the_rows_are_sane(base: pd.DataFrame) -> None:
    shop = draw_shop(6000, seed=11)
    assert shop.customers.num_rows == base["customer_id"].nunique() == 6000
    assert shop.events.column_names == [
        "customer_id", "timestamp", "event", "channel", "value", "score", "page_load_ms",
    ]  # fmt: skip
    assert 12 * 6000 < len(base) < 25 * 6000
    assert base["timestamp"].between(START, START + pd.Timedelta(days=120), inclusive="left").all()
    assert (base["seconds"].dropna() >= 0).all()
    assert set(base["event"]) == set(ROWS)
    assert (base["value"].notna() == (base["event"] == "order")).all()
    assert base["score"].dropna().between(1, 5).all()
    assert base.loc[base["event"] == "return_request", "score"].notna().mean() == pytest.approx(0.9, abs=0.05)
    assert set(base.loc[base["event"] == "product", "channel"]) == {"web", "app"}
    assert set(base.loc[base["event"] == "support_call", "channel"]) == {"call_centre"}
    for attribute, shares in ATTRIBUTES.items():
        found = shop.customers.to_pandas()[attribute].value_counts(normalize=True)
        for level, share in shares.items():
            assert found[level] == pytest.approx(share, abs=0.03)


def test_the_same_seed_gives_the_same_shop() -> None:
    one, two, other = (draw_shop(200, seed=seed, plant=PLANTS["loop"]) for seed in (4, 4, 5))
    assert one.events.equals(two.events)
    assert one.customers.equals(two.customers)
    assert not one.events.equals(other.events)


@pytest.mark.parametrize(("customers", "days"), [(1, 1), (30, 2), (500, 10)])
def test_small_shops_have_all_their_customers(customers: int, days: int) -> None:
    shop = draw_shop(customers, seed=1, days=days)
    assert shop.events.to_pandas()["customer_id"].nunique() == shop.customers.num_rows == customers


def test_the_shop_opens_without_a_word() -> None:
    shop = draw_shop(300, seed=2)
    with jm.open(shop.events, customers=shop.customers, settings=shop.settings) as opened:
        assert opened.report is not None
        assert (opened.report.rejected, opened.report.duplicates, opened.report.notes) == (0, 0, ())
        assert opened.report.accepted == shop.events.num_rows
        assert opened.outcomes(by="region")["customers"].sum() == 300


def test_the_counted_share_is_the_known_one() -> None:
    shop = draw_shop(6000, seed=12)
    with jm.open(shop.events, customers=shop.customers, settings=shop.settings) as opened:
        counted = opened.transitions().set_index(["source", "target"])
    for source, target in (("payment", "payment_error"), ("checkout", "shipping_info"), ("return_request", "refund")):
        found = counted.loc[(source, target)]
        n = found["count"] / found["probability"]
        share = next_rates(source)[target]
        # The last steps of some are cut off at the end of the data.
        assert found["probability"] == pytest.approx(share, abs=4 * sqrt(share * (1 - share) / n) + 0.05 * share)


def test_half_and_twice_the_effect() -> None:
    assert PLANTS["error"].scaled(0.5).effect == pytest.approx(0.15)
    assert PLANTS["sudden_change"].scaled(2).effect == 0.95
    assert PLANTS["low_score"].scaled(2).effect == 1.2
    assert VARIANTS["slow_page"].scaled(2).effect == pytest.approx(16)


def test_what_counts_as_found() -> None:
    plant = PLANTS["slow_step"]
    west = (("region", "west"),)
    assert plant.is_hit("slow_step", "cart -> checkout", "checkout", west)
    assert not plant.is_hit("slow_step", "shipping_info -> checkout", "checkout", west)
    assert not plant.is_hit("slow_step", "cart -> checkout", "checkout", (("region", "east"),))
    assert not plant.is_hit("slow_step", "cart -> checkout", "checkout", ())
    assert not plant.is_hit("error", "cart -> checkout", "checkout", west)
    fault = PLANTS["sudden_change"]
    place = ("sudden_change", "payment_error after payment", "payment_error", ())
    assert fault.is_hit(*place, began="2026-05-18", ended="2026-05-20")
    assert not fault.is_hit(*place, began="2026-05-19", ended="2026-05-20")
    assert not fault.is_hit(*place, began="2026-05-01", ended="2026-05-11")
    assert not fault.is_hit(*place)
    assert PLANTS["error"].is_consequence("abandonment", "cart", (("device", "mobile"),))
    assert not PLANTS["error"].is_consequence("abandonment", "cart", (("device", "tablet"),))
    assert not PLANTS["error"].is_consequence("low_score", "delivery", (("device", "mobile"),))


@pytest.mark.parametrize(
    "asked",
    [
        {"customers": 0},
        {"seed": -1},
        {"days": 0},
        {"days": 60, "plant": PLANTS["sudden_change"]},
        {"plant": replace(PLANTS["error"], level="watch")},
    ],
)
def test_what_cannot_be_drawn(asked: dict[str, Any]) -> None:
    with pytest.raises(QuestionError):
        draw_shop(**asked)

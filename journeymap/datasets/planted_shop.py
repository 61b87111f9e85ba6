"""Draws a shop with at most one planted pain point, in memory and fast: what the detectors are measured with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from journeymap.datasets.planted_rows import (
    ANSWERS,
    CHANNELS,
    DAY,
    FIRST_DAY,
    LOAD,
    MOOD,
    N_TYPES,
    ORDER_VALUE,
    PAGES,
    RETURNS_CONSTANT,
    RETURNS_PER_DAY,
    RETURNS_SHAPE,
    SCORES,
    SLOWNESS_SIGMA,
)
from journeymap.datasets.planted_walk import NUMBER, TOUCHPOINTS, Crowd, Walked, walk
from journeymap.errors import QuestionError
from journeymap.settings import CustomerSettings, EventSettings, JourneySettings, Settings

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa
    from numpy.typing import NDArray

    from journeymap.datasets.plant import Plant

ATTRIBUTES: Final[dict[str, dict[str, float]]] = {
    "region": {"north": 0.25, "south": 0.25, "east": 0.25, "west": 0.25},
    "device": {"mobile": 0.45, "desktop": 0.35, "tablet": 0.20},
    "gender": {"female": 0.49, "male": 0.49, "diverse": 0.02},
}
"""The attributes of customers and the share of each level; drawn apart from each other and from all behaviour."""

STAGES: Final = (
    ("awareness", ("ad_click", "email_open", "search_engine", "store_visit", "app_open")),
    ("consideration", ("home", "category", "search", "product", "reviews")),
    ("purchase", ("cart", "shipping_info", "checkout", "payment", "payment_error", "order")),
    ("service", ("delivery", "help_page", "support_chat", "support_call", "return_request", "refund")),
    ("loyalty", ("review_written", "newsletter_unsubscribe")),
)
SETTINGS: Final = Settings(
    events=EventSettings(
        customer="customer_id",
        timestamp="timestamp",
        touchpoint="event",
        channel="channel",
        value="value",
        score="score",
    ),
    customers=CustomerSettings(customer="customer_id"),
    stages=STAGES,
    journey=JourneySettings(goal=("order",)),
)

_WARM_UP_DAYS: Final = 30
_SHARE_WHO_COME: Final = 0.9  # in 120 days; more are drawn where it turns out lower


@dataclass(frozen=True, slots=True)
class PlantedShop:
    """A drawn shop; open it with ``jm.open(shop.events, customers=shop.customers, settings=shop.settings)``.

    Attributes
    ----------
    events
        customer_id, timestamp (UTC), event, channel, value (of orders), score (1 to 5, where one was given) and
        page_load_ms (of pages), in order of time.
    customers
        customer_id and the attributes; each has at least one event.
    settings
        The settings that fit.
    plant
        What is planted; None where nothing is.
    """

    events: pa.Table
    customers: pa.Table
    settings: Settings
    plant: Plant | None


def draw_shop(customers: int = 3000, seed: int = 0, plant: Plant | None = None, days: int = 120) -> PlantedShop:
    """Draw a shop.

    Parameters
    ----------
    customers
        How many have at least one event; each has about 18 in 120 days.
    seed
        The same arguments give the same shop on the same machine.
    plant
        What is planted; None: no level differs, and nothing changes over time.
    days
        How many days from the third of March 2026.

    Returns
    -------
    PlantedShop
        The events and customers.

    Raises
    ------
    QuestionError
        When a number is too small, or the plant's level or days are not in the shop.

    Examples
    --------
    >>> shop = draw_shop(100, seed=3)
    >>> shop.customers.num_rows, shop.customers.column_names
    (100, ['customer_id', 'region', 'device', 'gender'])
    """
    _check(customers, seed, plant, days)
    rng = np.random.default_rng([seed, customers, days])
    codes: list[dict[str, NDArray[np.int64]]] = []
    parts: list[Walked] = []
    moods: list[NDArray[np.float64]] = []
    slowness: list[NDArray[np.float64]] = []
    n_found, share = 0, _SHARE_WHO_COME
    while n_found < customers:
        n_more = int((customers - n_found) / share) + 20
        drawn = {name: _choose(rng, shares, n_more) for name, shares in ATTRIBUTES.items()}
        crowd = _draw_crowd(rng, drawn, plant)
        walked = walk(crowd, plant, rng, seconds=days * DAY, warm_up=_WARM_UP_DAYS * DAY)
        mood = rng.uniform(-MOOD, MOOD, n_more)
        # Those who came, in the order they were drawn, numbered from there on.
        came = np.unique(walked.who)
        share = max(came.size, 1) / n_more
        came = came[: customers - n_found]
        number = np.full(n_more, -1)
        number[came] = np.arange(came.size) + n_found
        kept = number[walked.who] >= 0
        parts.append(Walked(number[walked.who[kept]], walked.place[kept], walked.seconds[kept], walked.in_app[kept]))
        codes.append({name: values[came] for name, values in drawn.items()})
        moods.append(mood[came])
        slowness.append(crowd.slowness[came])
        n_found += came.size
    return _shop(rng, parts, codes, np.concatenate(moods), np.concatenate(slowness), plant)


def _check(customers: int, seed: int, plant: Plant | None, days: int) -> None:
    for name, number, least in (("customers", customers, 1), ("seed", seed, 0), ("days", days, 1)):
        if number < least:
            raise QuestionError(f"{name}: {number} is too small.", hint=f"It has to be at least {least}.")
    if plant is None:
        return
    if plant.segment and plant.level not in ATTRIBUTES.get(plant.segment, {}):
        raise QuestionError(
            f"The plant is for {plant.segment} {plant.level}, which the shop does not have.",
            hint="There are: " + "; ".join(f"{name} {', '.join(levels)}" for name, levels in ATTRIBUTES.items()) + ".",
        )
    if plant.days is not None and not 0 <= plant.days[0] <= plant.days[1] < days:
        raise QuestionError(
            f"The plant holds from day {plant.days[0]} to day {plant.days[1]}; the shop has {days} days.",
            hint=f"The days are numbered from 0 to {days - 1}.",
        )


def _choose(rng: np.random.Generator, shares: dict[str, float], n: int) -> NDArray[np.int64]:
    bounds = np.cumsum(list(shares.values()))[:-1]
    return np.searchsorted(bounds, rng.random(n), side="right")


def _draw_crowd(rng: np.random.Generator, codes: dict[str, NDArray[np.int64]], plant: Plant | None) -> Crowd:
    n = next(iter(codes.values())).size
    is_hit = np.ones(n, dtype=np.bool_)
    if plant is not None and plant.segment:
        is_hit = _has_level(codes, plant)
    pace = RETURNS_CONSTANT + (1 - RETURNS_CONSTANT) * rng.gamma(RETURNS_SHAPE, 1 / RETURNS_SHAPE, n)
    return Crowd(
        customer_type=rng.integers(0, N_TYPES, n),
        returns_per_day=RETURNS_PER_DAY * pace,
        slowness=np.exp(SLOWNESS_SIGMA * rng.standard_normal(n)),
        is_hit=is_hit,
    )


def _shop(
    rng: np.random.Generator,
    parts: list[Walked],
    codes: list[dict[str, NDArray[np.int64]]],
    mood: NDArray[np.float64],
    slowness: NDArray[np.float64],
    plant: Plant | None,
) -> PlantedShop:
    """Put the tables together."""
    import pyarrow as pa

    who, place, seconds, in_app = (
        np.concatenate([getattr(part, name) for part in parts]) for name in ("who", "place", "seconds", "in_app")
    )
    order = np.argsort(seconds, kind="stable")
    who, place, seconds, in_app = who[order], place[order], seconds[order], in_app[order]
    levels = {name: np.concatenate([part[name] for part in codes]) for name in ATTRIBUTES}
    hit = np.ones(who.size, dtype=np.bool_)
    if plant is not None and plant.segment:
        hit = _has_level(levels, plant)[who]
    ids = pa.array(np.char.add("c", np.char.zfill(np.arange(mood.size).astype(str), 6)))
    at = np.datetime64(FIRST_DAY, "ms") + np.rint(seconds * 1000).astype("timedelta64[ms]")
    value = np.round(ORDER_VALUE[0] * np.exp(ORDER_VALUE[1] * rng.standard_normal(who.size)), 2)
    load = np.rint(slowness[who] * _loads(rng, place, hit, plant)).astype(np.int64)
    score, has_score = _scores(rng, place, mood[who], hit, plant)
    events = pa.table(
        {
            "customer_id": ids.take(pa.array(who)),
            "timestamp": pa.array(at, pa.timestamp("ms", "UTC")),
            "event": _texts(TOUCHPOINTS, place),
            "channel": _channels(place, in_app),
            "value": pa.array(value, mask=~np.isin(place, _numbers(["order"]))),
            "score": pa.array(score, mask=~has_score),
            "page_load_ms": pa.array(load, mask=~np.isin(place, _numbers(PAGES))),
        }
    )
    columns = {name: _texts(tuple(ATTRIBUTES[name]), levels[name]) for name in ATTRIBUTES}
    return PlantedShop(events, pa.table({"customer_id": ids, **columns}), SETTINGS, plant)


def _has_level(levels: dict[str, NDArray[np.int64]], plant: Plant) -> NDArray[np.bool_]:
    has: NDArray[np.bool_] = levels[plant.segment] == list(ATTRIBUTES[plant.segment]).index(plant.level)
    return has


def _numbers(names: Sequence[str]) -> list[int]:
    return [NUMBER[name] for name in names]


def _texts(names: Sequence[str], chosen: NDArray[np.int64]) -> Any:  # noqa: ANN401 - an Arrow array has no type here
    import pyarrow as pa

    return pa.DictionaryArray.from_arrays(pa.array(chosen), pa.array(names)).dictionary_decode()


def _channels(place: NDArray[np.int64], in_app: NDArray[np.bool_]) -> Any:  # noqa: ANN401 - an Arrow array has no type here
    names = list(dict.fromkeys(CHANNELS.values()))
    fixed = np.array([names.index(CHANNELS.get(name, "web")) for name in TOUCHPOINTS])
    is_free = np.array([name not in CHANNELS for name in TOUCHPOINTS])
    return _texts(names, np.where(is_free[place] & in_app, names.index("app"), fixed[place]))


def _loads(
    rng: np.random.Generator, place: NDArray[np.int64], hit: NDArray[np.bool_], plant: Plant | None
) -> NDArray[np.float64]:
    load = LOAD[0] * np.exp(LOAD[1] * rng.standard_normal(place.size))
    if plant is not None and plant.measure == "load":
        load[hit & (place == NUMBER[plant.source])] *= plant.effect / plant.usual
    return load


def _scores(
    rng: np.random.Generator,
    place: NDArray[np.int64],
    mood: NDArray[np.float64],
    hit: NDArray[np.bool_],
    plant: Plant | None,
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    mean = np.array([SCORES.get(name, 0.0) for name in TOUCHPOINTS])[place]
    asked = mean > 0
    if plant is not None and plant.measure == "score":
        mean = np.where(hit & (place == NUMBER[plant.source]), plant.effect, mean)
    share = np.clip((mean - 1) / 4, 0, 1)
    share += mood * np.minimum(share, 1 - share)
    score: NDArray[np.int64] = 1 + rng.binomial(4, share)
    return score, asked & (rng.random(place.size) < ANSWERS)

"""What stands in an event besides who, when and where: channel, device, revenue, score, loading time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from journeymap.datasets.behaviour import PLACES, TWINS, VISIT_TRAITS, Trait
from journeymap.datasets.tables import ALL_PLACES, QUANTILES, quantiles, tables
from journeymap.datasets.touchpoints import CHANNELS, DEVICES, GOAL, OFFLINE_CHANNELS, TOUCHPOINTS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from journeymap.datasets.people import People
    from journeymap.datasets.walk import Steps

NO_SCORE = 0
NO_VALUE = -1
NO_LOAD = -1
OFFLINE = -1

# How often a survey is answered at a place (in percent), and the mean of its scores.
_SURVEYS: dict[str, tuple[int, float]] = {
    "store_visit": (10, 4.2),
    "product": (2, 3.9),
    "shipping_info": (8, 3.5),
    "shipping_again": (8, 3.0),
    "voucher_problem": (15, 2.0),
    "checkout": (4, 3.8),
    "payment_error": (16, 1.6),
    "order": (18, 4.3),
    "order_store": (18, 4.4),
    "delivery": (32, 4.1),
    "help_page": (12, 3.2),
    "support_chat": (50, 3.6),
    "chat_payment": (50, 2.8),
    "support_call": (50, 3.3),
    "return_request": (70, 3.3),
    "refund": (35, 3.5),
    "review_written": (100, 4.1),
    "loyalty_join": (20, 4.4),
}
# Where the stories change the mean.
_GRUDGES: tuple[tuple[Trait, str, float], ...] = (
    (Trait.SOUTH, "shipping_info", 2.0),
    (Trait.EAST, "support_call", 2.2),
    (Trait.SENIOR, "return_request", 1.7),
    (Trait.SENIOR, "refund", 2.3),
    (Trait.TABLET, "product", 2.8),
    (Trait.APP, "shipping_again", 2.1),
)
_SCORE_SIGMA = 0.95
_BASKET_CENTS = 5900
_BASKET_SIGMA = 0.7
_BASKET_PERCENT = np.array([80, 100, 145, 100])  # by income band: low, medium, high, missing
_LOAD_MS = (850, 610, 3600)  # web, app, tablet
_LOAD_SIGMA = 0.35
_PERCENT_SLOTS = 1 << 14


def touchpoint_names() -> tuple[str, ...]:
    """Give the names of the touchpoints in the order of their numbers."""
    return tuple(touchpoint.name for touchpoint in TOUCHPOINTS)


def touchpoint_codes(steps: Steps) -> NDArray[np.int8]:
    """Give the number of each event's touchpoint: that of its place, or of the place it is a twin of."""
    names = touchpoint_names()
    codes = np.array([names.index(TWINS.get(place, place)) for place in PLACES], dtype=np.int8)
    touchpoints: NDArray[np.int8] = codes[steps.place]
    return touchpoints


def channel_codes(steps: Steps) -> NDArray[np.int8]:
    """Give the number of each event's channel."""
    fixed = {touchpoint.name: touchpoint.channel for touchpoint in TOUCHPOINTS} | {"order_store": "store"}
    by_place = np.empty((len(PLACES), 2), dtype=np.int8)
    for number, place in enumerate(PLACES):
        always = fixed[place] if place in fixed else fixed[TWINS[place]]
        by_place[number] = [CHANNELS.index(always or "web"), CHANNELS.index(always or "app")]
    in_app = (steps.traits & np.uint16(Trait.APP) != 0).astype(np.int64)
    codes: NDArray[np.int8] = by_place.ravel()[steps.place.astype(np.int64) * 2 + in_app]
    return codes


def device_codes(steps: Steps, channels: NDArray[np.int8]) -> NDArray[np.int8]:
    """Give the number of each event's device, or `OFFLINE`."""
    by_visit = np.full(8, DEVICES.index("mobile"), dtype=np.int8)
    by_visit[int(Trait.DESKTOP)] = DEVICES.index("desktop")
    by_visit[int(Trait.TABLET)] = DEVICES.index("tablet")
    codes: NDArray[np.int8] = by_visit[steps.traits & np.uint16(VISIT_TRAITS)]
    offline = np.array([channel in OFFLINE_CHANNELS for channel in CHANNELS])
    codes[offline[channels]] = OFFLINE
    return codes


def basket_cents(steps: Steps, people: People, rng: np.random.Generator) -> NDArray[np.int64]:
    """Draw the revenue of the orders; every other event gets `NO_VALUE`."""
    cents = np.full(steps.place.size, NO_VALUE, dtype=np.int64)
    orders = np.flatnonzero(_is_one_of(steps, (GOAL, "order_store")))
    spread = np.rint(np.exp(_BASKET_SIGMA * quantiles(QUANTILES)) * _BASKET_CENTS).astype(np.int64)
    percent = _BASKET_PERCENT[people.codes["income_band"][steps.who[orders]]]
    drawn = spread[rng.integers(0, QUANTILES, orders.size)] + rng.integers(0, 100, orders.size)
    cents[orders] = drawn * percent // 100
    return cents


def scores(steps: Steps, rng: np.random.Generator) -> NDArray[np.int8]:
    """Draw how satisfied customers are where they were asked and answered; elsewhere `NO_SCORE`."""
    percent = np.zeros(len(ALL_PLACES), dtype=np.int64)
    for place, (answered, _) in _SURVEYS.items():
        percent[ALL_PLACES.index(place)] = answered * _PERCENT_SLOTS // 100
    asked = np.flatnonzero(percent[steps.place])
    bits = rng.integers(0, 1 << 24, asked.size)
    answer = bits % _PERCENT_SLOTS < percent[steps.place[asked]]
    asked, bits = asked[answer], bits[answer] // _PERCENT_SLOTS
    z = quantiles(QUANTILES)
    result = np.zeros(steps.place.size, dtype=np.int8)
    result[asked] = _score(_means(steps, asked) + _SCORE_SIGMA * z[bits])
    return result


def load_times(steps: Steps, rng: np.random.Generator) -> NDArray[np.int32]:
    """Draw how long the pages took to load; what is no page gets `NO_LOAD`."""
    result = np.full(steps.place.size, NO_LOAD, dtype=np.int32)
    pages = np.flatnonzero(tables().is_page[steps.place])
    spread = np.exp(_LOAD_SIGMA * quantiles(QUANTILES))
    drawn = np.stack([np.rint(median * spread) for median in _LOAD_MS]).astype(np.int32)
    traits = steps.traits[pages]
    kind = np.where(traits & np.uint16(Trait.TABLET) != 0, 2, traits & np.uint16(Trait.APP) != 0)
    result[pages] = drawn.ravel()[kind * QUANTILES + rng.integers(0, QUANTILES, pages.size)]
    return result


def _score(wish: NDArray[np.float64]) -> NDArray[np.int8]:
    return np.clip(np.rint(wish), 1, 5).astype(np.int8)


def _means(steps: Steps, asked: NDArray[np.int64]) -> NDArray[np.float64]:
    means = np.zeros(len(ALL_PLACES))
    for name, (_, mean) in _SURVEYS.items():
        means[ALL_PLACES.index(name)] = mean
    place, traits = steps.place[asked], steps.traits[asked]
    wish: NDArray[np.float64] = means[place]
    for trait, where, mean in _GRUDGES:
        wish[(place == ALL_PLACES.index(where)) & (traits & np.uint16(trait) != 0)] = mean
    return wish


def _is_one_of(steps: Steps, places: tuple[str, ...]) -> NDArray[np.bool_]:
    hit = np.zeros(len(ALL_PLACES), dtype=bool)
    hit[[ALL_PLACES.index(place) for place in places]] = True
    found: NDArray[np.bool_] = hit[steps.place]
    return found

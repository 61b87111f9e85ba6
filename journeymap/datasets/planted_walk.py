"""The walk through the planted shop: all customers take a step at once, until the time is over."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from journeymap.datasets.planted_rows import (
    AWAY,
    AWAY_LEAST,
    DAY,
    ENTRIES,
    HOUR,
    N_TYPES,
    ROWS,
    time_to,
    type_rates,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from journeymap.datasets.plant import Plant

    Floats = NDArray[np.float64]
    Whole = NDArray[np.int64]
    Flags = NDArray[np.bool_]

TOUCHPOINTS: Final = tuple(ROWS)
NUMBER: Final[Mapping[str, int]] = {name: number for number, name in enumerate((*TOUCHPOINTS, AWAY))}
_AWAY: Final = NUMBER[AWAY]


@dataclass(frozen=True, slots=True)
class Crowd:
    """Who walks: one entry a customer.

    Attributes
    ----------
    customer_type
        What no attribute tells, below ``N_TYPES``.
    returns_per_day
        How often the customer comes back when away.
    slowness
        The factor of the customer's times from page to page.
    is_hit
        Whether the customer has the plant's level.
    """

    customer_type: Whole
    returns_per_day: Floats
    slowness: Floats
    is_hit: Flags


@dataclass(frozen=True, slots=True)
class Walked:
    """What they did: one entry an event, by time.

    Attributes
    ----------
    who
        The customer's position in the crowd.
    place
        The touchpoint's position in ``TOUCHPOINTS``.
    seconds
        When, after the shop's first moment.
    in_app
        Whether the visit began in the app.
    """

    who: Whole
    place: Whole
    seconds: Floats
    in_app: Flags


@dataclass(frozen=True, slots=True)
class _Tables:
    """Per row the numbers of the possible next places, and the cumulated probabilities below each but the last."""

    targets: Whole
    bounds: Floats
    median: Floats
    sigma: Floats


def walk(crowd: Crowd, plant: Plant | None, rng: np.random.Generator, *, seconds: float, warm_up: float) -> Walked:
    """Let a crowd walk.

    Parameters
    ----------
    crowd
        Who.
    plant
        What is planted, if anything.
    rng
        Where chance comes from.
    seconds
        How long; what is later is left out.
    warm_up
        How long before the first moment the walk begins, so that at the first moment it is under way already.

    Returns
    -------
    Walked
        The events from 0 to ``seconds``.
    """
    tables = _tables(plant)
    who = np.arange(crowd.customer_type.size)
    place = np.full(who.size, _AWAY)
    at = np.full(who.size, -warm_up)
    in_app = np.zeros(who.size, dtype=np.bool_)
    log: list[tuple[Whole, Whole, Floats, Flags]] = []
    while who.size:
        coming = _next(tables, plant, crowd, who, place, at, rng)
        later = at + _gaps(tables, plant, crowd, who, place, coming, rng)
        in_app = np.where(place == _AWAY, coming == NUMBER["app_open"], in_app)
        stays = later < seconds
        who, place, at, in_app = who[stays], coming[stays], later[stays], in_app[stays]
        seen = (at >= 0) & (place != _AWAY)
        log.append((who[seen], place[seen], at[seen], in_app[seen]))
    if not log:
        return Walked(who, place, at, in_app)
    found = [np.concatenate(parts) for parts in zip(*log, strict=True)]
    order = np.argsort(found[2], kind="stable")
    return Walked(*(part[order] for part in found))


def _is_planted(plant: Plant | None, crowd: Crowd, who: Whole, at: Floats) -> Flags:
    if plant is None:
        return np.zeros(who.size, dtype=np.bool_)
    hit = crowd.is_hit[who]
    if plant.days is None:
        return hit
    first, last = plant.days
    return hit & (at >= first * DAY) & (at < (last + 1) * DAY)


def _next(
    tables: _Tables, plant: Plant | None, crowd: Crowd, who: Whole, place: Whole, at: Floats, rng: np.random.Generator
) -> Whole:
    row = (place * N_TYPES + crowd.customer_type[who]) * 2 + _is_planted(plant, crowd, who, at)
    at_most = (rng.random(who.size)[:, None] >= tables.bounds[row]).sum(axis=1)
    chosen: Whole = tables.targets[row, at_most]
    return chosen


def _gaps(
    tables: _Tables,
    plant: Plant | None,
    crowd: Crowd,
    who: Whole,
    place: Whole,
    coming: Whole,
    rng: np.random.Generator,
) -> Floats:
    """Draw how long it takes: leaving takes no time, coming back the customer's own, all else a log-normal."""
    gap: Floats = tables.median[coming] * np.exp(tables.sigma[coming] * rng.standard_normal(who.size))
    gap *= np.where(tables.median[coming] < HOUR, crowd.slowness[who], 1.0)
    if plant is not None and plant.measure == "gap":
        slow = crowd.is_hit[who] & (place == NUMBER[plant.source])
        slow &= np.isin(coming, [NUMBER[name] for name in plant.targets])
        gap[slow] *= plant.effect / plant.usual
    gap[coming == _AWAY] = 0.0
    back = np.flatnonzero(place == _AWAY)
    gap[back] = AWAY_LEAST + rng.exponential(DAY / crowd.returns_per_day[who[back]])
    return gap


def _tables(plant: Plant | None) -> _Tables:
    rows = [
        list((ENTRIES if place == AWAY else type_rates(place, customer_type, chosen)).items())
        for place in NUMBER
        for customer_type in range(N_TYPES)
        for chosen in (None, plant)
    ]
    width = max(len(row) for row in rows)
    targets = np.zeros((len(rows), width), dtype=np.int64)
    bounds = np.ones((len(rows), width - 1))
    for number, row in enumerate(rows):
        targets[number, : len(row)] = [NUMBER[name] for name, _ in row]
        bounds[number, : len(row) - 1] = np.cumsum([share for _, share in row])[:-1]
    times = [time_to(place) for place in NUMBER]
    return _Tables(targets, bounds, np.array([median for median, _ in times]), np.array([sigma for _, sigma in times]))

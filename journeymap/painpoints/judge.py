"""Turns counts into findings: rate, interval, what it is compared with, what it costs, how severe it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from journeymap.compare.shrinkage import shrink_rates
from journeymap.compare.stratified import expected_rate, stratified_difference
from journeymap.measure.interval import clustered_interval
from journeymap.model.finding import Finding
from journeymap.model.numbers import known_number
from journeymap.painpoints.severity import severity
from journeymap.store.schema import N_GROUPS

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    from journeymap.painpoints.count import Counted
    from journeymap.painpoints.division import Key, Levels
    from journeymap.painpoints.look import Look

    Floats = npt.NDArray[np.float64]
    Places = npt.NDArray[np.int64]
    Flags = npt.NDArray[np.bool_]

_IMMATURE, _WON = 2, 3


@dataclass(frozen=True, slots=True)
class Ground:
    """What findings of one split stand on.

    Attributes
    ----------
    segments
        The segments of the split.
    levels
        Its levels, with the distinct customers of each.
    mean_goal_value
        Mean value of a goal visit; None where goals carry none.
    minimum_customers
        A level with fewer is thin.
    """

    segments: tuple[str, ...]
    levels: Levels
    mean_goal_value: float | None
    minimum_customers: int


@dataclass(frozen=True, slots=True)
class _Table:
    """Counts of one split as arrays: hits and units of shape (places, levels, strata, groups)."""

    places: list[tuple[str, str]]
    levels: list[Key]
    hits: Floats
    units: Floats
    immature: Floats
    spread: dict[str, Floats]


def judge(
    look: Look,
    places: pd.DataFrame,
    counted: Counted,
    split: int,
    ground: Ground,
) -> list[Finding]:
    """Judge every place and level of one split of a look; ``q_value`` and ``is_reported`` are not yet set.

    Parameters
    ----------
    look
        What was counted.
    places
        Its places: ``place_key``, ``place``, ``touchpoint``.
    counted
        The counts.
    split
        Which of the counted splits.
    ground
        What the findings stand on.

    Returns
    -------
    list of Finding
        One per place with enough mature units in all, and level with a mature unit.
    """
    table = _table(places, counted, split, ground.levels, look.least_units)
    if not table.places:
        return []
    whole_hits, whole_units = table.hits.sum(axis=1), table.units.sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        rates = table.hits.sum(axis=(2, 3)) / table.units.sum(axis=(2, 3))
    sizes = np.minimum(table.units.sum(axis=(2, 3)), table.spread["unit_customers"])
    shrunken = np.vstack([shrink_rates(rate, size) for rate, size in zip(rates, sizes, strict=True)])
    usable = np.where(table.spread["unit_customers"] >= ground.minimum_customers, shrunken, np.nan)
    found: list[Finding] = []
    for at, level in enumerate(table.levels):
        hits, units = table.hits[:, at], table.units[:, at]
        if split_is_whole := not ground.segments:
            all_hits = np.broadcast_to(whole_hits.sum(axis=0), hits.shape)
            all_units = np.broadcast_to(whole_units.sum(axis=0), units.shape)
        else:
            all_hits, all_units = whole_hits, whole_units
        is_compared = bool(look.peers) if split_is_whole else True
        tested = stratified_difference(hits, units, all_hits - hits, all_units - units)
        baseline = expected_rate(units.sum(axis=2), all_hits.sum(axis=2), all_units.sum(axis=2))
        low, high = clustered_interval(hits.sum(axis=1), units.sum(axis=1), table.spread["unit_customers"][:, at])
        for place in range(len(table.places)):
            if units[place].sum() == 0:
                continue
            best = _best(usable[place], baseline[place], whole=split_is_whole, is_compared=is_compared)
            numbers = _Numbers(
                rate=float(rates[place, at]),
                low=float(low[place]),
                high=float(high[place]),
                baseline=float(baseline[place]) if is_compared else None,
                p_value=known_number(tested.p_value[place]) if is_compared else None,
                shrunken=None if split_is_whole else known_number(shrunken[place, at]),
                best=best,
            )
            found.append(_finding(look, table, place, at, level, ground, numbers))
    return found


@dataclass(frozen=True, slots=True)
class _Numbers:
    rate: float
    low: float
    high: float
    baseline: float | None
    p_value: float | None
    shrunken: float | None
    best: float | None


def _finding(look: Look, table: _Table, place: int, at: int, level: Key, ground: Ground, numbers: _Numbers) -> Finding:
    def count(name: str) -> int:
        return int(table.spread[name][place, at])

    n_units = int(table.units[place, at].sum())
    n_hits = int(table.hits[place, at].sum())
    with_hit = count("hit_converted") / count("hit_journeys") if count("hit_journeys") else None
    spared = count("spared_converted") / count("spared_journeys") if count("spared_journeys") else None
    lost = 1.0 if look.is_loss else _loss(with_hit, spared)
    value = ground.mean_goal_value
    worth = None if lost is None else lost * (1.0 if value is None else value)
    won = None if numbers.best is None or worth is None else worth * n_units
    where, touchpoint = table.places[place]
    consequences = [("conversion of journeys hit", with_hit), ("conversion of journeys not hit", spared)]
    return Finding(
        kind=look.kind,
        place=where,
        touchpoint=touchpoint,
        levels=tuple(zip(ground.segments, level, strict=True)),
        severity=severity(count("customers"), ground.levels.customers[at], numbers.low),
        n_hits=n_hits,
        n_units=n_units,
        n_immature=int(table.immature[place, at].sum()),
        rate=numbers.rate,
        ci_low=numbers.low,
        ci_high=numbers.high,
        baseline=numbers.baseline,
        lift=numbers.rate / numbers.baseline if numbers.baseline else None,
        q_value=None,
        customers=count("customers"),
        journeys=count("journeys"),
        revenue_at_risk=None if value is None or worth is None else worth * n_hits,
        opportunity=None if won is None or numbers.best is None else won * max(0.0, numbers.rate - numbers.best),
        opportunity_low=None if won is None or numbers.best is None else won * max(0.0, numbers.low - numbers.best),
        opportunity_high=None if won is None or numbers.best is None else won * max(0.0, numbers.high - numbers.best),
        window_seconds=None if look.window_us is None else look.window_us / 1e6,
        thin=count("unit_customers") < ground.minimum_customers,
        unit=look.unit,
        assumption=_assumption(look, numbers, has_value=value is not None),
        compared_with="" if numbers.baseline is None else _compared_with(look, ground),
        p_value=numbers.p_value,
        shrunken_rate=numbers.shrunken,
        n_excess=count("excess") if look.excess else None,
        excess=look.excess,
        consequences=() if look.is_loss else tuple((what, known) for what, known in consequences if known is not None),
    )


def _assumption(look: Look, numbers: _Numbers, *, has_value: bool) -> str:
    if numbers.best is None:
        return ""
    unit = "their mean value" if has_value else "one goal each"
    if look.is_loss:
        return f"if the rate fell to the best level's ({numbers.best:.1%}) and the {look.unit} won were worth {unit}"
    return (
        f"if the rate fell to {numbers.best:.1%}, the best to compare with, and journeys spared converted as those not "
        f"hit do, worth {unit}"
    )


def _compared_with(look: Look, ground: Ground) -> str:
    if not ground.segments:
        return look.peers
    return f"all levels of {' and '.join(ground.segments)} together"


def _best(rates: Floats, baseline: float, *, whole: bool, is_compared: bool) -> float | None:
    """Give the rate that could be reached: the best level's that enough customers stand behind, or the baseline."""
    if whole:
        return known_number(baseline) if is_compared else None
    known = rates[np.isfinite(rates)]
    return float(known.min()) if len(known) > 1 else None


def _loss(with_hit: float | None, spared: float | None) -> float | None:
    """Give the chance of converting that a hit costs; None where it is unknown, or where none is lost."""
    if with_hit is None or spared is None or spared <= with_hit:
        return None
    return spared - with_hit


def _table(named: pd.DataFrame, counted: Counted, split: int, levels: Levels, least_units: int) -> _Table:
    groups = _of_split(counted.groups, split)
    is_mature = groups["outcome"] < _IMMATURE
    keys, place = np.unique(groups["place_key"], return_inverse=True)
    enough = keys[np.bincount(place[is_mature], groups["n"][is_mature], len(keys)) >= least_units]
    known = named[named["place_key"].isin(enough)]
    order = pd.Index(known["place_key"])
    at = order.get_indexer(pd.Index(groups["place_key"]))
    groups, at = {name: numbers[at >= 0] for name, numbers in groups.items()}, at[at >= 0]
    n_strata = int(groups["stratum"].max()) + 1 if len(at) else 1
    made = np.zeros((_IMMATURE + 1, len(order), len(levels.keys), n_strata, N_GROUPS))
    made[groups["outcome"], at, groups["level"], groups["stratum"], groups["customer_group"]] = groups["n"]
    return _Table(
        list(zip(known["place"].astype(str), known["touchpoint"].astype(str), strict=True)),
        list(levels.keys), made[1], made[0] + made[1], made[2], _spread(counted, split, order, levels),
    )  # fmt: skip


def _spread(counted: Counted, split: int, order: pd.Index[int], levels: Levels) -> dict[str, Floats]:
    """Count customers and journeys, per place and level."""
    shape = (len(order), len(levels.keys))

    def counting(frame: pd.DataFrame) -> tuple[dict[str, Places], Callable[[Flags], Floats]]:
        rows = _of_split(frame, split)
        place = order.get_indexer(pd.Index(rows["place_key"]))
        cell = place * shape[1] + rows["level"]

        def count(chosen: Flags) -> Floats:
            chosen = chosen & (place >= 0)
            made = np.bincount(cell[chosen], rows["n"][chosen], shape[0] * shape[1])
            return made.reshape(shape).astype(np.float64)

        return rows, count

    (journeys, count), (shared, count_shared) = counting(counted.journeys), counting(counted.shared)
    is_hit, is_only = journeys["is_hit"] == 1, journeys["is_only"] == 1
    is_mature, is_won = journeys["fate"] >= 1, journeys["fate"] == _WON
    found = {
        # Who has one journey is counted with it.
        "unit_customers": count(is_only) + count_shared(shared["n"] > 0),
        "customers": count(is_only & is_hit) + count_shared(shared["is_hit"] == 1),
        "journeys": count(is_hit),
        "hit_journeys": count(is_mature & is_hit),
        "hit_converted": count(is_won & is_hit),
        "spared_journeys": count(is_mature & ~is_hit),
        "spared_converted": count(is_won & ~is_hit),
    }
    if counted.excess is not None:
        excess, count_excess = counting(counted.excess)
        found["excess"] = count_excess(excess["n"] > 0)
    return found


def _of_split(frame: pd.DataFrame, split: int) -> dict[str, Places]:
    """Give the columns of one split's rows as whole numbers."""
    rows = frame["split"].to_numpy() == split
    return {str(name): frame[name].to_numpy()[rows].astype(np.int64) for name in frame.columns}

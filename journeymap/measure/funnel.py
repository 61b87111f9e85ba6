"""The funnel: how far customers come along given steps, from their first attempt."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from journeymap.errors import QuestionError
from journeymap.measure.quantiles import Quantiles, quantiles_of
from journeymap.measure.tables import arrange, touchpoint_keys
from journeymap.segments.population import choose_population
from journeymap.store.sql import Step

if TYPE_CHECKING:
    from collections.abc import Sequence

    from journeymap.segments.population import Population
    from journeymap.segments.question import Question
    from journeymap.store.store import Store

Order = Literal["ordered", "strict", "any"]


def funnel(
    store: Store,
    question: Question,
    steps: Sequence[str],
    *,
    window_us: int | None = None,
    order: Order = "ordered",
) -> pd.DataFrame:
    """Follow customers along steps.

    Parameters
    ----------
    store
        The open store.
    question
        Whom it is about, and the segments that split it. A segment of journeys looks for each customer's first attempt
        within the journeys of each level.
    steps
        Two or more touchpoints.
    window_us
        The time that an attempt may take, in microseconds; None: no limit, and an attempt is mature after one horizon.
    order
        ``ordered``: each step after the one before, with anything between; ``strict``: with nothing between; ``any``:
        in any order, so that step k counts customers who did k of them.

    Returns
    -------
    DataFrame
        One row per level and step: the levels, then ``step`` (1, 2 ...), ``touchpoint``, ``entered`` (mature customers
        who came this far), ``overall_conversion`` (entered / entered at step 1), ``step_conversion`` (entered / entered
        at the step before; 1 at step 1), ``dropped`` (entered here and not at the next step), ``immature`` (customers
        who came this far, whose attempt began too late to judge), ``median_seconds`` (from the step before, mature
        customers). Rates are 0 to 1 and missing where their denominator is 0.

    Raises
    ------
    QuestionError
        When there are fewer than two steps, or the order is none of the three.
    UnknownNameError
        When a segment, level or touchpoint is not known.

    Notes
    -----
    The unit is the customer, and the attempt begins at the first visit to step 1 (to any of the steps for ``any``).
    Not counted: a later attempt of a customer whose first one failed, and steps in journeys that the question leaves
    out.
    """
    if len(steps) < 2:  # noqa: PLR2004 - one step has no conversion
        raise QuestionError("A funnel has two steps or more.", hint="Such as --step cart --step order.")
    if order not in ("ordered", "strict", "any"):
        raise QuestionError(f"--order: there is no order '{order}'.", hint="Use ordered, strict or any.")
    keys = touchpoint_keys(store, steps, what="--step")
    population = choose_population(store, question)
    made, values = attempt_steps(population, keys, window_us=window_us, order=order)
    if order == "any":
        sources = ["attempts"] * len(keys)
    else:
        # Who came to a step is counted where they did: putting the steps side by side takes as long as finding them.
        made = made[:-1]
        sources = [f"reached{at}" for at in range(len(keys))]
    selects = []
    for at, source in enumerate(sources):
        counting, select = _count(store, population, at, source)
        made += counting
        selects.append(select)
    frame = store.frame(population.query(made, "\nUNION ALL\n".join(selects), **values))
    frame = _with_every_step(frame, population.level_names, len(keys))
    return _rates(frame, population, list(steps))


def attempt_steps(
    population: Population, keys: list[int], *, window_us: int | None, order: Order
) -> tuple[list[Step], dict[str, object]]:
    """Give steps that end in ``attempts``: one row per level and customer, with the time of each step reached, or null.

    Returns
    -------
    steps, values : list of Step, dict
        The columns are ``t0``, ``t1`` ...; an attempt is mature where ``t0 + $mature_us <= $data_end_us``. But for
        ``any``, the steps before are ``reached0``, ``reached1`` ...: those who came so far, with the times until then.
    """
    values: dict[str, object] = {"window_us": window_us, "mature_us": window_us or population.horizon_us}
    values |= {f"key{at}": key for at, key in enumerate(keys)}
    if order == "any":
        return _any_order(population, keys, bounded=window_us is not None), values
    return _in_order(population, keys, bounded=window_us is not None, strict=order == "strict"), values


def _in_order(population: Population, keys: list[int], *, bounded: bool, strict: bool) -> list[Step]:
    """Give steps that end in ``attempts``: one row per level and customer, with the time of each step reached."""
    levels = population.level_columns()
    group = f"{levels}customer_key"
    on = " AND ".join(f"v.{name} = s.{name}" for name in [*population.level_names, "customer_key"])
    within = "AND v.at_us <= s.t0 + $window_us" if bounded else ""
    place = "position"
    steps = []
    source = "visits"
    if strict:
        # Places are counted among the visits of the question, whatever their level.
        place = "visit_number"
        source = "placed"
        steps.append(
            Step(
                "placed",
                "SELECT *, row_number() OVER (PARTITION BY customer_key ORDER BY position) AS visit_number FROM visits",
            )
        )
    # The visits to any of the steps are taken once, so that no step looks through all visits again; by a join, since a
    # scan that compares each row with several keys takes longer.
    wanted = ", ".join(f"$key{at}" for at in range(len(keys)))
    listed = "".join(f"v.{name}, " for name in population.level_names)
    steps += [
        Step(
            "wanted_visits",
            f"""
            SELECT {listed}v.customer_key, w.touchpoint_key, v.{place} AS place, v.at_us
            FROM {source} v JOIN touchpoints w ON w.touchpoint_key = v.touchpoint_key
            WHERE w.touchpoint_key IN ({wanted})
            """,
        ),
        Step(
            "reached0",
            f"SELECT {group}, min(place) AS p0, min(at_us) AS t0 FROM wanted_visits WHERE touchpoint_key = $key0 "
            f"GROUP BY {group}",
        ),
    ]
    for at in range(1, len(keys)):
        before = ", ".join(f"s.t{done}" for done in range(at))
        after = f"v.place = s.p{at - 1} + 1" if strict else f"v.place > s.p{at - 1}"
        listed = "".join(f"s.{name}, " for name in population.level_names)
        steps.append(
            Step(
                f"reached{at}",
                f"""
                SELECT {listed}s.customer_key, min(v.place) AS p{at}, min(v.at_us) AS t{at}, {before}
                FROM reached{at - 1} s
                JOIN (SELECT * FROM wanted_visits WHERE touchpoint_key = $key{at}) v ON {on} AND {after} {within}
                GROUP BY {listed}s.customer_key, {before}
                """,
            )
        )
    using = f"USING ({group})"
    joined = "reached0 r0 " + " ".join(f"LEFT JOIN reached{at} r{at} {using}" for at in range(1, len(keys)))
    times = ", ".join(f"r{at}.t{at} AS t{at}" for at in range(len(keys)))
    steps.append(Step("attempts", f"SELECT {group}, {times} FROM {joined}"))
    return steps


def _any_order(population: Population, keys: list[int], *, bounded: bool) -> list[Step]:
    levels = population.level_columns()
    group = f"{levels}customer_key"
    wanted = ", ".join(f"$key{at}" for at in range(len(keys)))
    within = "WHERE f.at_us <= b.t0 + $window_us" if bounded else ""
    times = ", ".join(f"min(CASE WHEN nth = {at + 1} THEN at_us END) AS t{at}" for at in range(len(keys)))
    return [
        Step(
            "wanted_visits",
            f"SELECT {group}, touchpoint_key, position, at_us FROM visits WHERE touchpoint_key IN ({wanted})",
        ),
        Step("begun", f"SELECT {group}, min(at_us) AS t0 FROM wanted_visits GROUP BY {group}"),
        Step(
            "first_visits",
            f"""
            SELECT {group}, touchpoint_key, min(f.at_us) AS at_us, min(position) AS position
            FROM wanted_visits f JOIN begun b USING ({group}) {within}
            GROUP BY {group}, touchpoint_key
            """,
        ),
        Step(
            "placed",
            f"SELECT *, row_number() OVER (PARTITION BY {group} ORDER BY position) AS nth FROM first_visits",
        ),
        Step("attempts", f"SELECT {group}, {times} FROM placed GROUP BY {group}"),
    ]


def _count(store: Store, population: Population, at: int, source: str) -> tuple[list[Step], str]:
    """Give steps that count who came to one step of the funnel, and the select of what they counted."""
    mature = "t0 + $mature_us <= $data_end_us"
    if at == 0:
        gaps = Quantiles("", (), "", ("NULL",))  # nothing lies before the first step
    else:
        gap_us = f"(CASE WHEN {mature} THEN t{at} - t{at - 1} END)"
        gaps = quantiles_of(store, source, gap_us, [0.5], keys=population.level_keys(), name=f"gaps{at}")
    levels = population.level_columns()
    counted = Step(
        f"counted{at}",
        f"""
        SELECT {levels}{gaps.aggregate}count(t{at}) FILTER (WHERE {mature}) AS entered,
            count(t{at}) FILTER (WHERE NOT ({mature})) AS immature
        FROM {source}{population.group_by()}
        """,
    )
    select = f"""
        SELECT {levels}{at + 1} AS step, entered, immature, CAST({gaps.columns[0]} / 1e6 AS DOUBLE) AS median_seconds
        FROM counted{at} {gaps.join}
    """
    return [counted, *gaps.steps], select


def _with_every_step(frame: pd.DataFrame, levels: list[str], n_steps: int) -> pd.DataFrame:
    """Add the steps to which nobody of a level came."""
    if not levels:
        return frame
    steps = pd.DataFrame({"step": range(1, n_steps + 1)}).astype(frame.dtypes[["step"]])
    every = frame.loc[frame["step"] == 1, levels].merge(steps, how="cross")
    filled = every.merge(frame, on=[*levels, "step"], how="left")
    return filled.fillna({"entered": 0, "immature": 0}).astype({"entered": "int64", "immature": "int64"})


def _rates(frame: pd.DataFrame, population: Population, names: list[str]) -> pd.DataFrame:
    frame["touchpoint"] = [names[step - 1] for step in frame["step"]]
    # All columns are there before the levels are named, so that a segment called like one of them stays apart.
    frame[["overall_conversion", "step_conversion", "dropped"]] = np.nan
    frame = arrange(frame, population, [("step", True)], whole=["step", "entered", "immature"])
    levels = list(frame.columns[: len(population.by)])
    grouped = frame.groupby(levels, sort=False)["entered"] if levels else frame.groupby(lambda _: 0)["entered"]
    entered = frame["entered"].astype("float64")
    first, before, after = grouped.transform("first"), grouped.shift(1), grouped.shift(-1)
    frame["overall_conversion"] = (entered / first.where(first > 0)).astype("float64")
    frame["step_conversion"] = (entered / before.where(before > 0)).astype("float64")
    frame.loc[(frame["step"] == 1) & (entered > 0), "step_conversion"] = 1.0
    frame["dropped"] = np.where(after.isna(), 0, entered - after.fillna(0)).astype("int64")
    columns = [
        "step", "touchpoint", "entered", "overall_conversion", "step_conversion", "dropped", "immature",
        "median_seconds",
    ]  # fmt: skip
    return pd.DataFrame(frame[[*levels, *columns]])

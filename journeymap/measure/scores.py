"""Scores: mean satisfaction of stages and touchpoints, with its interval."""

from __future__ import annotations

from math import ceil, floor
from typing import TYPE_CHECKING, Final, Literal, get_args

import numpy as np

from journeymap.errors import QuestionError
from journeymap.measure.interval import clustered_mean_interval
from journeymap.measure.tables import arrange
from journeymap.segments.population import choose_population
from journeymap.store.schema import N_GROUPS
from journeymap.store.sql import Step, exact_mean, exact_sum

if TYPE_CHECKING:
    import pandas as pd

    from journeymap.segments.question import Question
    from journeymap.store.store import Store

Per = Literal["stage", "touchpoint"]

SCALES: Final = (
    (0.0, 1.0), (-1.0, 1.0), (1.0, 5.0), (0.0, 5.0), (1.0, 7.0), (1.0, 10.0), (0.0, 10.0), (0.0, 100.0),
    (-100.0, 100.0),
)  # fmt: skip
"""The scales that surveys use, the narrowest first."""


def scale_of(lowest: float, highest: float) -> tuple[float, float]:
    """Give the scale that scores are on: the first usual one that holds them all, else whole numbers around them.

    Examples
    --------
    >>> scale_of(1, 5), scale_of(2, 4), scale_of(0, 9), scale_of(-250, 3.5)
    ((1.0, 5.0), (1.0, 5.0), (0.0, 10.0), (-250.0, 4.0))
    """
    for low, high in SCALES:
        if low <= lowest and highest <= high:
            return low, high
    return float(floor(lowest)), float(ceil(highest))


def score_scale(store: Store) -> tuple[float, float] | None:
    """Give the scale of all scores in a store, whatever the question, so that pictures compare; None without scores."""
    lowest, highest = store.engine.execute("SELECT min(score), max(score) FROM events")[0]
    return None if lowest is None else scale_of(float(lowest), float(highest))


def scores(store: Store, question: Question, *, per: Per = "stage") -> pd.DataFrame:
    """Give the mean score of each stage, or of each touchpoint.

    Parameters
    ----------
    store
        The open store.
    question
        Whom it is about, and the segments that split it.
    per
        ``stage`` or ``touchpoint``.

    Returns
    -------
    DataFrame
        One row per level and stage (touchpoint) that has a score, lowest mean first: the levels, then ``stage``
        (``touchpoint``), ``scores`` (visits with a score, mature or not: a score is known at once), ``customers``
        (distinct, who gave one), ``mean_score``, ``ci_low`` and ``ci_high`` (95 %, clustered by customer, within the
        scale of the store's scores).

    Raises
    ------
    UnknownNameError
        When a segment or level is not known.

    Notes
    -----
    Not counted: visits without a score. Those who answer need not be like those who do not.
    """
    if per not in get_args(Per):
        raise QuestionError(f"Scores are not given per '{per}'.", hint=f"Use {' or '.join(get_args(Per))}.")
    population = choose_population(store, question)
    levels, visit_levels = population.level_columns(), population.level_columns("v.")
    scored = Step(
        "scored",
        f"""
        SELECT {visit_levels}t.{per} AS place, v.customer_key, v.score
        FROM visits v JOIN touchpoints t ON t.touchpoint_key = v.touchpoint_key
        WHERE v.score IS NOT NULL
        """,
    )
    groups = store.frame(
        population.query(
            [scored],
            f"""
            SELECT {levels}place, customer_key % {N_GROUPS} AS customer_group, {exact_sum("score")} AS total,
                count(*) AS scores, count(DISTINCT customer_key) AS customers
            FROM scored GROUP BY {levels}place, customer_key % {N_GROUPS}
            """,
        )
    )
    select = f"SELECT {levels}place, {exact_mean('score')} AS mean_score FROM scored GROUP BY {levels}place"
    means = store.frame(population.query([scored], select))
    keys = [*population.level_names, "place"]
    totals = groups.groupby(keys, sort=False)[["scores", "customers"]].sum().reset_index()
    place = groups.groupby(keys, sort=False).ngroup().to_numpy()
    group = groups["customer_group"].to_numpy(dtype=np.int64)
    sums, counts = np.zeros((len(totals), N_GROUPS)), np.zeros((len(totals), N_GROUPS))
    np.add.at(sums, (place, group), groups["total"].to_numpy(dtype=np.float64))
    np.add.at(counts, (place, group), groups["scores"].to_numpy(dtype=np.float64))
    totals["ci_low"], totals["ci_high"] = clustered_mean_interval(
        sums, counts, totals["customers"].to_numpy(dtype=np.float64), bounds=score_scale(store) or (0.0, 1.0)
    )
    frame = totals.merge(means, on=keys).rename(columns={"place": per})
    columns = [*population.level_names, per, "scores", "customers", "mean_score", "ci_low", "ci_high"]
    order = [("mean_score", True), (per, True)]
    return arrange(frame[columns], population, order, whole=["scores", "customers"])

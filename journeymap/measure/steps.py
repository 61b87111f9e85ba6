"""Steps: where journeys are at each place from an anchor on, where they go next, and where they end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from journeymap.errors import QuestionError, expect_count
from journeymap.journeys.status import END_SQL
from journeymap.measure.tables import arrange, touchpoint_keys
from journeymap.model.names import START
from journeymap.segments.population import choose_population
from journeymap.store.sql import Step

if TYPE_CHECKING:
    import pandas as pd

    from journeymap.segments.population import Population
    from journeymap.segments.question import Question
    from journeymap.store.store import Store

DEFAULT_STEPS: Final = 6
MOST_STEPS: Final = 100


def steps(
    store: Store,
    question: Question,
    *,
    n_steps: int = DEFAULT_STEPS,
    after: str | None = None,
    before: str | None = None,
) -> pd.DataFrame:
    """Count journeys step by step.

    The anchor is step 0: ``(start)``, or a journey's first visit to the touchpoint ``after`` or ``before``. Steps count
    from 1 after the anchor, and from -1 backwards before it.

    Parameters
    ----------
    store
        The open store.
    question
        Whom it is about, and the segments that split it.
    n_steps
        How many steps, 1 to 100.
    after, before
        The anchor, one of the two; None: the journey's start. Journeys that do not visit it are left out.

    Returns
    -------
    DataFrame
        One row per level, step and link, largest first within a step: the levels, then ``step`` (that of the source),
        ``source``, ``target`` (touchpoints, ``(start)`` or an end), ``journeys``. The target is one step later; an end
        is where a journey leaves its last touchpoint, by its status at the data end, mature or not. At each step
        from the anchor on the links out of its touchpoints, and the journeys that ended at earlier steps, add up to all
        journeys that have the anchor; before it the links into its touchpoints, and the journeys that begin later, do.

    Raises
    ------
    QuestionError
        When ``n_steps`` is out of its range, or both anchors are given.
    UnknownNameError
        When a segment, level or touchpoint is not known.

    Notes
    -----
    Not counted: what follows or precedes a journey's later visits to the anchor, as such.
    """
    expect_count(n_steps, what="--steps", most=MOST_STEPS)
    if after is not None and before is not None:
        raise QuestionError("--after and --before contradict each other.", hint="Give one of them.")
    population = choose_population(store, question)
    levels = population.level_columns()
    values: dict[str, object] = {"n_steps": n_steps}
    if after is not None:
        values["anchor_key"] = touchpoint_keys(store, [after], what="--after")[0]
        made = [_ANCHORS, *_after_anchor(population)]
    elif before is not None:
        values["anchor_key"] = touchpoint_keys(store, [before], what="--before")[0]
        made = [_ANCHORS, *_before_anchor(population)]
    else:
        made = _from_start(population)
    parts = " UNION ALL ".join(f"SELECT * FROM {step.name}" for step in made if step.name in _LINKS)
    made.append(Step("links", parts))
    select = f"""
        SELECT {levels}step, coalesce(f.touchpoint, '{START}') AS source,
            coalesce(t.touchpoint, {END_SQL}) AS target,
            journeys
        FROM links
        LEFT JOIN touchpoints f ON f.touchpoint_key = source_key
        LEFT JOIN touchpoints t ON t.touchpoint_key = target_key
    """
    frame = store.frame(population.query(made, select, **values))
    order = [("step", True), ("journeys", False), ("source", True), ("target", True)]
    return arrange(frame, population, order, whole=["step", "journeys"])


_LINKS: Final = ("begins", "moves", "ends")
_NO_KEY, _NO_STATUS = "CAST(NULL AS INTEGER)", "CAST(NULL AS VARCHAR)"

_ANCHORS: Final = Step(
    "anchors",
    "SELECT journey_key, min(step) AS anchor_step FROM visits WHERE touchpoint_key = $anchor_key GROUP BY journey_key",
)


def _from_start(population: Population) -> list[Step]:
    levels = population.level_columns()
    return [
        Step(
            "begins",
            f"""
            SELECT {levels}0 AS step, {_NO_KEY} AS source_key, first_touchpoint_key AS target_key,
                {_NO_STATUS} AS status, count(*) AS journeys
            FROM population GROUP BY {levels}first_touchpoint_key
            """,
        ),
        Step(
            "moves",
            f"""
            SELECT {levels}step, touchpoint_key AS source_key, next_touchpoint_key AS target_key,
                {_NO_STATUS} AS status, count(*) AS journeys
            FROM visits WHERE next_touchpoint_key IS NOT NULL AND step <= $n_steps
            GROUP BY {levels}step, touchpoint_key, next_touchpoint_key
            """,
        ),
        # A journey's facts know where it ended: the events need not be looked at for it.
        Step(
            "ends",
            f"""
            SELECT {levels}steps AS step, last_touchpoint_key AS source_key, {_NO_KEY} AS target_key, status,
                count(*) AS journeys
            FROM population WHERE steps <= $n_steps GROUP BY {levels}steps, last_touchpoint_key, status
            """,
        ),
    ]


def _after_anchor(population: Population) -> list[Step]:
    levels = population.level_columns()
    return [
        Step(
            "moves",
            f"""
            SELECT {levels}v.step - a.anchor_step AS step, touchpoint_key AS source_key,
                next_touchpoint_key AS target_key, {_NO_STATUS} AS status, count(*) AS journeys
            FROM visits v JOIN anchors a ON a.journey_key = v.journey_key
            WHERE next_touchpoint_key IS NOT NULL AND v.step BETWEEN a.anchor_step AND a.anchor_step + $n_steps
            GROUP BY {levels}v.step - a.anchor_step, touchpoint_key, next_touchpoint_key
            """,
        ),
        Step(
            "ends",
            f"""
            SELECT {levels}p.steps - a.anchor_step AS step, last_touchpoint_key AS source_key,
                {_NO_KEY} AS target_key, status, count(*) AS journeys
            FROM population p JOIN anchors a ON a.journey_key = p.journey_key
            WHERE p.steps <= a.anchor_step + $n_steps
            GROUP BY {levels}p.steps - a.anchor_step, last_touchpoint_key, status
            """,
        ),
    ]


def _before_anchor(population: Population) -> list[Step]:
    levels = population.level_columns()
    return [
        Step(
            "begins",
            f"""
            SELECT {levels}0 - a.anchor_step AS step, {_NO_KEY} AS source_key, first_touchpoint_key AS target_key,
                {_NO_STATUS} AS status, count(*) AS journeys
            FROM population p JOIN anchors a ON a.journey_key = p.journey_key
            WHERE a.anchor_step <= $n_steps + 1
            GROUP BY {levels}0 - a.anchor_step, first_touchpoint_key
            """,
        ),
        # One step further than asked for, so that what comes from there is told from what begins here.
        Step(
            "moves",
            f"""
            SELECT {levels}v.step - a.anchor_step AS step, touchpoint_key AS source_key,
                next_touchpoint_key AS target_key, {_NO_STATUS} AS status, count(*) AS journeys
            FROM visits v JOIN anchors a ON a.journey_key = v.journey_key
            WHERE v.step BETWEEN a.anchor_step - $n_steps - 1 AND a.anchor_step - 1
            GROUP BY {levels}v.step - a.anchor_step, touchpoint_key, next_touchpoint_key
            """,
        ),
    ]

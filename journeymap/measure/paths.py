"""Paths: the most frequent ways through the journeys."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pandas as pd

from journeymap.errors import expect_count
from journeymap.measure.quantiles import quantiles_of
from journeymap.measure.tables import arrange, touchpoint_keys
from journeymap.segments.population import choose_population
from journeymap.store.hashing import path_hash_sql
from journeymap.store.sql import Step

if TYPE_CHECKING:
    from journeymap.segments.population import Population
    from journeymap.segments.question import Question
    from journeymap.store.store import Store

_MOST_TIES: Final = 1000


def paths(
    store: Store, question: Question, *, top: int = 20, from_: str | None = None, to: str | None = None
) -> pd.DataFrame:
    """Give the most frequent paths.

    Parameters
    ----------
    store
        The open store.
    question
        Whom it is about, and the segments that split it.
    top
        How many paths to give per level, at least 1.
    from_
        Start each path at the journey's first visit to this touchpoint; journeys without it are left out.
    to
        End each path at the first visit to this touchpoint after that start.

    Returns
    -------
    DataFrame
        One row per level and path, most frequent first: the levels, then ``path`` (a list of touchpoints),
        ``journeys``, ``share`` (of the journeys of the level that have such a path; of all of them where neither
        ``from_`` nor ``to`` is given; 0 to 1), ``converted`` (journeys that reached a goal, anywhere),
        ``median_seconds`` (from the path's first touchpoint to its last). Equal counts are ordered by the names; of
        more than a thousand equally frequent paths at the last place, the shortest are looked at.

    Raises
    ------
    QuestionError
        When ``top`` is less than 1.
    UnknownNameError
        When a segment, level or touchpoint is not known.
    """
    expect_count(top, what="--top")
    population = choose_population(store, question)
    steps, values = _paths_from_to(store, from_, to) if from_ or to else (_WHOLE_JOURNEYS, {})
    levels = population.level_columns()
    group = ", ".join([*population.level_names, "variant"])
    times = quantiles_of(store, "usual_facts", "duration_us", [0.5], keys=population.level_keys(variant="variant"))
    partition = f"PARTITION BY {levels.rstrip(', ')} " if levels else ""
    ranked = [
        Step(
            "variants",
            f"""
            SELECT {levels}variant, count(*) AS journeys,
                count(*) FILTER (WHERE status = 'converted') AS converted,
                min(n_steps) AS n_steps, min(journey_key) AS example_key
            FROM path_facts GROUP BY {group}
            """,
        ),
        # Paths are ranked by how often each count is there: there are few counts, and very many paths.
        Step("counts", f"SELECT {levels}journeys, count(*) AS n_paths FROM variants GROUP BY {levels}journeys"),
        Step(
            "ranked",
            f"""
            SELECT {levels}journeys, sum(journeys * n_paths) OVER ({partition.rstrip()}) AS all_journeys,
                (sum(n_paths) OVER (
                    {partition}ORDER BY journeys DESC ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
                )) - n_paths + 1 AS place
            FROM counts
            """,
        ),
        # Ties at the last place are kept, so that the order by names decides among them; but not millions of them.
        Step(
            "placed",
            f"""
            SELECT variants.*, CAST(journeys AS DOUBLE) / all_journeys AS share,
                row_number() OVER ({partition}ORDER BY journeys DESC, n_steps, variant) AS nth
            FROM variants JOIN ranked USING ({levels}journeys) WHERE place <= $top
            """,
        ),
        Step("most_frequent", "SELECT * FROM placed WHERE nth <= $top + $most_ties"),
        # The median is taken of the most frequent paths, and not of every path.
        Step("usual_facts", "SELECT * FROM path_facts WHERE variant IN (SELECT variant FROM most_frequent)"),
        *times.steps,
        Step("timed", f"SELECT {times.aggregate}{group} FROM usual_facts GROUP BY {group}"),
        Step(
            "examples",
            """
            SELECT v.journey_key, v.step, t.touchpoint
            FROM path_visits v JOIN touchpoints t USING (touchpoint_key)
            WHERE v.journey_key IN (SELECT example_key FROM most_frequent)
            """,
        ),
        Step(
            "spelled",
            """
            SELECT journey_key AS example_key, list(touchpoint ORDER BY step) AS path
            FROM examples GROUP BY journey_key
            """,
        ),
    ]
    select = f"""
        SELECT {levels}path, journeys, share, converted, {times.columns[0]} / 1e6 AS median_seconds
        FROM most_frequent JOIN spelled USING (example_key) JOIN timed USING ({group}) {times.join}
    """
    frame = store.frame(population.query([*steps, *ranked], select, top=top, most_ties=_MOST_TIES, **values))
    return _first(frame, population, top)


def _first(frame: pd.DataFrame, population: Population, top: int) -> pd.DataFrame:
    frame["path"] = pd.Series([list(path) for path in frame["path"]], index=frame.index, dtype="object")
    names, counts = ["\x00".join(path) for path in frame["path"]], frame["journeys"].tolist()
    by_count = sorted(range(len(names)), key=lambda at: (-counts[at], names[at]))
    sorted_frame = arrange(frame.iloc[by_count], population, [], whole=["journeys", "converted"])
    levels = list(sorted_frame.columns[: len(population.by)])
    kept = sorted_frame.groupby(levels, sort=False).head(top) if levels else sorted_frame.head(top)
    return kept.reset_index(drop=True)


_WHOLE_JOURNEYS = [
    Step(
        "path_facts",
        "SELECT *, end_us - start_us AS duration_us, steps AS n_steps FROM population",
    ),
    Step("path_visits", "SELECT journey_key, step, touchpoint_key FROM visits"),
]


def _paths_from_to(store: Store, from_: str | None, to: str | None) -> tuple[list[Step], dict[str, object]]:
    """Give the steps that cut each journey's path out of it."""
    values: dict[str, object] = {}
    begins = "min(step)"
    if from_ is not None:
        values["from_key"] = touchpoint_keys(store, [from_], what="--from")[0]
        begins = "min(CASE WHEN touchpoint_key = $from_key THEN step END)"
    if to is not None:
        values["to_key"] = touchpoint_keys(store, [to], what="--to")[0]
    steps = [
        Step("begins", f"SELECT journey_key, {begins} AS first_step FROM visits GROUP BY journey_key"),
    ]
    after = "v.step > b.first_step" if from_ is not None else "v.step >= b.first_step"
    last = f"min(CASE WHEN v.touchpoint_key = $to_key AND {after} THEN v.step END)" if to else "max(v.step)"
    steps += [
        Step(
            "spans",
            f"""
            SELECT v.journey_key, b.first_step, {last} AS last_step
            FROM visits v JOIN begins b ON b.journey_key = v.journey_key
            WHERE b.first_step IS NOT NULL
            GROUP BY v.journey_key, b.first_step
            """,
        ),
        Step(
            "path_visits",
            """
            SELECT v.journey_key, v.step - s.first_step + 1 AS step, v.touchpoint_key, v.at_us
            FROM visits v JOIN spans s ON s.journey_key = v.journey_key
            WHERE v.step BETWEEN s.first_step AND s.last_step
            """,
        ),
        Step(
            "path_hashes",
            f"""
            SELECT journey_key, max(at_us) - min(at_us) AS duration_us, count(*) AS n_steps,
                {path_hash_sql()} AS variant
            FROM path_visits GROUP BY journey_key
            """,
        ),
        Step(
            "path_facts",
            """
            SELECT p.* EXCLUDE (variant), h.duration_us, h.n_steps, h.variant
            FROM population p JOIN path_hashes h ON h.journey_key = p.journey_key
            """,
        ),
    ]
    return steps, values

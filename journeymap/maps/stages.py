"""The stages of journey maps and what their levels are like, from measured tables."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from journeymap.measure.friction import friction
from journeymap.measure.scores import score_scale, scores
from journeymap.measure.stages import channel_visits, stages
from journeymap.measure.summary import by_level
from journeymap.model.map_stage import MapProfile, MapStage
from journeymap.model.names import ENDS, START
from journeymap.model.numbers import known_number
from journeymap.model.rate import Mean, Rate
from journeymap.segments.population import choose_population

if TYPE_CHECKING:
    from collections.abc import Hashable

    import pandas as pd

    from journeymap.model.journey_map import JourneyMap
    from journeymap.segments.question import Question
    from journeymap.store.store import Store

    Row = dict[Hashable, Any]


def stage_tables(store: Store, question: Question) -> dict[str, pd.DataFrame]:
    """Measure the stages of all levels, one question for each table.

    Returns
    -------
    dict
        ``stages`` and ``channels``; and ``scores`` and ``touchpoint_scores`` where the store has scores, else
        ``friction``.
    """
    tables = {"stages": stages(store, question), "channels": channel_visits(store, question)}
    if score_scale(store) is None:
        return tables | {"friction": friction(store, question)}
    return tables | {
        "scores": scores(store, question),
        "touchpoint_scores": scores(store, question, per="touchpoint"),
    }


def with_stages(
    maps: dict[tuple[str, ...], JourneyMap], store: Store, question: Question, tables: dict[str, pd.DataFrame]
) -> dict[tuple[str, ...], JourneyMap]:
    """Give maps the numbers of their stages and the profiles of their levels.

    Parameters
    ----------
    maps
        The maps of all levels of a question.
    store, question
        What they are of.
    tables
        The question's ``outcomes``, ``touchpoints`` and ``transitions``, of all levels.

    Returns
    -------
    dict
        The same maps with ``stage_facts``, ``profile``, ``kpis`` and ``owners``.
    """
    tables = tables | stage_tables(store, question)
    parts = {name: by_level(table, len(question.by)) for name, table in tables.items()}
    settings, scale = store.settings, score_scale(store)
    minimum = settings.journey.minimum_customers
    once = all(segment.unit == "customer" for segment in choose_population(store, question).by)
    found = {}
    for key, value in maps.items():
        own = {name: part.get(key, tables[name].head(0)) for name, part in parts.items()}
        places = {node.touchpoint for node in value.nodes} | set(value.stages)
        found[key] = replace(
            value,
            stage_facts=build_stages(own, value.stages, minimum_customers=minimum),
            profile=build_profile(
                own,
                all_outcomes=tables["outcomes"],
                customers_once=once,
                scale=scale,
                minimum_customers=minimum,
            ),
            kpis=tuple(pair for pair in settings.kpis if pair[0] in places),
            owners=tuple(pair for pair in settings.owners if pair[0] in places),
        )
    return found


def build_stages(
    tables: dict[str, pd.DataFrame], order: tuple[str, ...], *, minimum_customers: int
) -> tuple[MapStage, ...]:
    """Put the stages of one level together.

    Parameters
    ----------
    tables
        The level's own part of the tables of :func:`stage_tables`, with ``touchpoints`` and ``transitions``.
    order
        The stages, in their order.
    minimum_customers
        Stages that fewer customers visited are thin.

    Returns
    -------
    tuple of MapStage
        One for each name in ``order``.
    """
    stage_of = {str(row["touchpoint"]): str(row["stage"]) for row in _rows(tables, "touchpoints")}
    moves = stage_moves(tables["transitions"], stage_of)
    by_stage = {str(row["stage"]): row for row in _rows(tables, "stages")}
    means = {str(row["stage"]): _mean(row, "mean_score", "scores") for row in _rows(tables, "scores")}
    eases = {str(row["stage"]): _mean(row, "ease", "mature_visits") for row in _rows(tables, "friction")}
    found = []
    for name in order:
        row = by_stage[name]
        found.append(
            MapStage(
                stage=name,
                visits=int(row["visits"]),
                customers=int(row["customers"]),
                journeys=int(row["journeys"]),
                journey_share=float(row["journey_share"]),
                moves_in=_most_first({source: n for (source, target), n in moves.items() if target == name}),
                moves_out=_most_first({target: n for (source, target), n in moves.items() if source == name}),
                drop_off=Rate(
                    int(row["dropped"]),
                    int(row["mature_journeys"]),
                    known_number(row["drop_rate"]),
                    known_number(row["ci_low"]),
                    known_number(row["ci_high"]),
                ),
                mature_customers=int(row["mature_customers"]),
                median_seconds=known_number(row["median_seconds"]),
                timed_journeys=int(row["timed_journeys"]),
                score=means.get(name),
                touchpoint_scores=tuple(
                    (str(part["touchpoint"]), _mean(part, "mean_score", "scores"))
                    for part in _rows(tables, "touchpoint_scores")
                    if stage_of[str(part["touchpoint"])] == name
                ),
                ease=eases.get(name),
                channels=tuple(
                    (str(part["channel"]), int(part["visits"]))
                    for part in _rows(tables, "channels")
                    if part["stage"] == name
                ),
                thin=int(row["customers"]) < minimum_customers,
            )
        )
    return tuple(found)


def stage_moves(transitions: pd.DataFrame, stage_of: dict[str, str]) -> dict[tuple[str, str], int]:
    """Add up the transitions between stages; those within a stage are left out.

    Parameters
    ----------
    transitions
        One level's transitions, ``(start)`` and the ends included.
    stage_of
        The stage of each touchpoint.

    Returns
    -------
    dict
        (stage or ``(start)``, stage or end) to count.
    """
    found: Counter[tuple[str, str]] = Counter()
    for row in transitions[["source", "target", "count"]].to_dict("records"):
        source, target = str(row["source"]), str(row["target"])
        # A stage may be called as a touchpoint is, so the ends are told by the transition's own names.
        one = START if source == START else stage_of[source]
        other = target if target in ENDS else stage_of[target]
        if one != other or source == START:
            found[one, other] += int(row["count"])
    return dict(found)


def build_profile(
    tables: dict[str, pd.DataFrame],
    *,
    all_outcomes: pd.DataFrame,
    customers_once: bool,
    scale: tuple[float, float] | None,
    minimum_customers: int,
) -> MapProfile:
    """Say what one level is like.

    Parameters
    ----------
    tables
        The level's own part of ``outcomes`` and ``channels``.
    all_outcomes
        The outcomes of all levels.
    customers_once
        Whether each customer is in one level only.
    scale
        The scale of the store's scores.
    minimum_customers
        Numbers that fewer customers stand behind are thin.

    Returns
    -------
    MapProfile
        For the head of a picture.
    """
    row = _rows(tables, "outcomes")[0]
    customers, journeys = int(all_outcomes["customers"].sum()), int(all_outcomes["journeys"].sum())
    visits: Counter[str] = Counter()
    for part in _rows(tables, "channels"):
        visits[str(part["channel"])] += int(part["visits"])
    return MapProfile(
        customer_share=int(row["customers"]) / customers if customers and customers_once else None,
        journey_share=int(row["journeys"]) / journeys if journeys else 0.0,
        median_seconds=known_number(row["median_seconds"]),
        mean_steps=known_number(row["mean_steps"]),
        value=known_number(row["value"]),
        channels=_most_first(visits),
        score_scale=scale,
        minimum_customers=minimum_customers,
    )


def _rows(tables: dict[str, pd.DataFrame], name: str) -> list[Row]:
    return tables[name].to_dict("records") if name in tables else []


def _mean(row: Row, value: str, n: str) -> Mean:
    return Mean(
        float(row[value]), int(row[n]), int(row["customers"]), float(row["ci_low"]), float(row["ci_high"])
    )  # fmt: skip


def _most_first(counts: dict[str, int]) -> tuple[tuple[str, int], ...]:
    return tuple(sorted(counts.items(), key=lambda item: (-item[1], item[0])))

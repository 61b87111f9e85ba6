"""Put journey maps together, all levels from one set of questions."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from journeymap.graph.build import graph_of
from journeymap.graph.simplify import DEFAULT_EDGES, simplify
from journeymap.measure.dropoff import dropoff
from journeymap.measure.outcomes import outcomes
from journeymap.measure.touchpoints import touchpoints
from journeymap.measure.transitions import transitions
from journeymap.model.journey_map import Coverage, JourneyMap, MapEdge, MapNode, MapSummary
from journeymap.model.rate import Rate
from journeymap.painpoints.registry import find_pain_points
from journeymap.segments.population import choose_population

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import networkx as nx
    import pandas as pd

    from journeymap.model.finding import Finding
    from journeymap.segments.question import Question
    from journeymap.settings import ThemeSettings
    from journeymap.store.store import Store

LevelKey = tuple[str, ...]


def build_maps(store: Store, question: Question, *, edges: int = DEFAULT_EDGES) -> dict[LevelKey, JourneyMap]:
    """Build the journey map of each level.

    Parameters
    ----------
    store
        The open store.
    question
        Whom the maps are about, and the segments that split it.
    edges
        About how many transitions a map shows; more where a touchpoint would be cut off.

    Returns
    -------
    dict
        A map for each level, in the order of the levels; the key is a text per segment. Without segments one map under
        ``()``, also where nobody is in the question.

    Raises
    ------
    UnknownNameError
        When a segment or level is not known.
    """
    return _build_all(
        store, question, find_pain_points(store, question), chosen=partial(simplify, edges=edges), most=None
    )


def build_comparable_maps(
    store: Store, question: Question, *, keep: frozenset[tuple[str, str]], most: int
) -> tuple[dict[LevelKey, JourneyMap], int]:
    """Build maps that show the same transitions, for the levels with the most journeys; they have no findings.

    Parameters
    ----------
    store, question
        As for :func:`build_maps`.
    keep
        (source, target) pairs: the transitions that every map shows.
    most
        How many levels to keep.

    Returns
    -------
    dict
        A map for each level kept, in the order of the levels.
    int
        How many levels there are.
    """
    n_levels = len(outcomes(store, question)) if question.by else 1
    return _build_all(store, question, [], chosen=partial(_only, keep=keep), most=most), n_levels


def _build_all(
    store: Store,
    question: Question,
    findings: Sequence[Finding],
    *,
    chosen: Callable[[nx.DiGraph[str]], nx.DiGraph[str]],
    most: int | None,
) -> dict[LevelKey, JourneyMap]:
    tables = {
        "outcomes": outcomes(store, question),
        "touchpoints": touchpoints(store, question),
        "transitions": transitions(store, question),
        "dropoff": dropoff(store, question),
    }
    if most is not None:
        tables = _of_largest(tables, list(tables["outcomes"].columns[: len(question.by)]), most)
    parts = {name: _by_level(table, len(question.by)) for name, table in tables.items()}
    stages = list(stage_names(store))
    facts = _facts(store, question)
    maps = {}
    for key in parts["outcomes"]:
        levels = tuple(zip(question.by, key, strict=True))
        level_tables = {name: part.get(key, tables[name].head(0)) for name, part in parts.items()}
        maps[key] = _build(
            level_tables,
            levels=levels,
            facts=facts,
            stages=stages,
            findings=tuple(item for item in findings if item.levels == levels),
            notes=store.settings.notes,
            theme=store.settings.theme,
            chosen=chosen,
        )
    return maps


def _of_largest(tables: dict[str, pd.DataFrame], by: list[str], most: int) -> dict[str, pd.DataFrame]:
    """Keep the rows of the levels with the most journeys, in their order."""
    kept = tables["outcomes"].sort_values("journeys", ascending=False, kind="stable")[by].head(most)
    found = {}
    for name, table in tables.items():
        # Levels may be called otherwise where the measure has a column of their name itself.
        keys = table[list(table.columns[: len(by)])].apply(tuple, axis=1)
        found[name] = table[keys.isin(set(map(tuple, kept.to_numpy())))] if len(table) else table
    return found


def summaries(store: Store, question: Question) -> dict[LevelKey, MapSummary]:
    """Give the numbers of the header for each level, in the order of the levels."""
    parts = _by_level(outcomes(store, question), len(question.by))
    facts = _facts(store, question)
    return {key: _summary(part, facts) for key, part in parts.items()}


def stage_names(store: Store) -> tuple[str, ...]:
    """Give the stages of all touchpoints, in their order."""
    rows = store.engine.execute("SELECT stage FROM touchpoints GROUP BY stage ORDER BY min(stage_order), stage")
    return tuple(str(row[0]) for row in rows)


def _facts(store: Store, question: Question) -> dict[str, Any]:
    goals = store.engine.execute("SELECT touchpoint FROM touchpoints WHERE is_goal ORDER BY touchpoint")
    population = choose_population(store, question.split(()))
    return {
        "goals": tuple(str(row[0]) for row in goals),
        "data_end": _date(population.data_end_us),
        "horizon_days": population.horizon_us / 86_400_000_000,
        "minimum": store.settings.journey.minimum_customers,
    }


def _by_level(table: pd.DataFrame, n_levels: int) -> dict[LevelKey, pd.DataFrame]:
    if n_levels == 0:
        return {(): table}
    names = list(table.columns[:n_levels])
    return {
        tuple(str(level) for level in key): part.drop(columns=names) for key, part in table.groupby(names, sort=False)
    }


def _build(
    tables: dict[str, pd.DataFrame],
    *,
    levels: tuple[tuple[str, str], ...],
    facts: dict[str, Any],
    stages: list[str],
    findings: tuple[Finding, ...],
    notes: tuple[tuple[str, str], ...],
    theme: ThemeSettings,
    chosen: Callable[[nx.DiGraph[str]], nx.DiGraph[str]],
) -> JourneyMap:
    graph = graph_of(tables["touchpoints"], tables["transitions"], tables["dropoff"])
    small = chosen(graph)
    nodes = _nodes(small, stages, facts["goals"])
    order = {stage: at for at, stage in enumerate(stages)}
    return JourneyMap(
        title="Customer journey map",
        levels=levels,
        summary=_summary(tables["outcomes"], facts),
        stages=tuple(sorted({node.stage for node in nodes}, key=lambda stage: order.get(stage, len(order)))),
        nodes=nodes,
        edges=_edges(small),
        coverage=_coverage(graph, small),
        findings=findings,
        totals=tuple((name, data["visits"]) for name, data in graph.nodes(data=True) if data["kind"] != "touchpoint"),
        notes=tuple(note for note in notes if note[0] in graph or note[0] in stages),
        theme=theme,
    )


def _only(graph: nx.DiGraph[str], keep: frozenset[tuple[str, str]]) -> nx.DiGraph[str]:
    small = graph.copy()
    small.remove_edges_from([edge for edge in graph.edges if edge not in keep])
    return small


def _nodes(graph: nx.DiGraph[str], stages: list[str], goals: tuple[str, ...]) -> tuple[MapNode, ...]:
    order = {stage: at for at, stage in enumerate(stages)}
    found = []
    for name, data in graph.nodes(data=True):
        if data["kind"] == "touchpoint":
            drop_off = Rate(
                data["dropped"],
                data["mature_visits"],
                data.get("drop_rate"),
                data.get("ci_low"),
                data.get("ci_high"),
            )
            node = MapNode(
                name, data["stage"], data["channel"], data["visits"], data["customers"], data["journeys"],
                data["journey_share"], drop_off, name in goals,
            )  # fmt: skip
            found.append(node)
    return tuple(sorted(found, key=lambda node: (order.get(node.stage, len(order)), -node.visits, node.touchpoint)))


def _edges(graph: nx.DiGraph[str]) -> tuple[MapEdge, ...]:
    found = [
        MapEdge(source, target, data["count"], data["customers"], data["probability"], data.get("median_seconds"))
        for source, target, data in graph.edges(data=True)
    ]
    return tuple(sorted(found, key=lambda edge: (-edge.count, edge.source, edge.target)))


def _coverage(graph: nx.DiGraph[str], small: nx.DiGraph[str]) -> Coverage:
    whole, shown = graph.size(weight="count"), small.size(weight="count")
    return Coverage(
        shown_transitions=small.number_of_edges(),
        all_transitions=graph.number_of_edges(),
        transition_share=shown / whole if whole else 1.0,
        journey_share=1.0,  # simplifying leaves no touchpoint out
        hidden_touchpoints=0,
    )


def _summary(table: pd.DataFrame, facts: dict[str, Any]) -> MapSummary:
    row = table.to_dict("records")[0]

    def number(name: str) -> float | None:
        return None if row[name] is None or np.isnan(row[name]) else float(row[name])

    first_us = number("first_us")
    return MapSummary(
        customers=int(row["customers"]),
        journeys=int(row["journeys"]),
        mature=int(row["mature"]),
        converted=int(row["converted"]),
        ended=int(row["ended"]),
        abandoned=int(row["abandoned"]),
        open=int(row["open"]),
        conversion=Rate(
            int(row["converted"]),
            int(row["mature"]),
            number("conversion_rate"),
            number("ci_low"),
            number("ci_high"),
        ),
        goals=facts["goals"],
        first_at="" if first_us is None else _date(int(first_us)),
        data_end=facts["data_end"],
        horizon_days=facts["horizon_days"],
        thin=int(row["customers"]) < facts["minimum"],
    )


def _date(at_us: int) -> str:
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=at_us)).date().isoformat()

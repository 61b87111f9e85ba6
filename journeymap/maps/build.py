"""Put journey maps together, all levels from one set of questions."""

from __future__ import annotations

from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING

from journeymap.graph.build import graph_of
from journeymap.graph.simplify import DEFAULT_EDGES, simplify
from journeymap.maps.happy_path import happy_path
from journeymap.maps.stages import with_stages
from journeymap.measure.converting import converting_moves
from journeymap.measure.dropoff import dropoff
from journeymap.measure.outcomes import outcomes
from journeymap.measure.summary import by_level, summary_of, whole_of
from journeymap.measure.touchpoints import touchpoints
from journeymap.measure.transitions import transitions
from journeymap.model.journey_map import Coverage, JourneyMap, MapEdge, MapNode
from journeymap.model.rate import Rate
from journeymap.painpoints.examine import examine

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    import networkx as nx
    import pandas as pd

    from journeymap.measure.summary import LevelKey, Whole
    from journeymap.model.finding import Finding
    from journeymap.model.journey_map import HappyPath
    from journeymap.segments.question import Question
    from journeymap.settings import ThemeSettings
    from journeymap.store.store import Store


def build_maps(
    store: Store,
    question: Question,
    *,
    edges: int = DEFAULT_EDGES,
) -> dict[LevelKey, JourneyMap]:
    """Build the journey map of each level.

    Parameters
    ----------
    store
        The open store.
    question
        Whom the maps are about, and the segments that split it.
    edges
        About how many transitions a map shows; more where a touchpoint would be cut off. Those of the happy path are
        always among them.

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
    findings = [item for item in examine(store, question, in_itself=True).findings if item.is_reported]
    happy = _happy_paths(store, question)
    maps, tables = _build_all(store, question, findings, chosen=partial(simplify, edges=edges), happy=happy)
    return with_stages(maps, store, question, tables)


def build_plain_map(
    store: Store, question: Question, *, edges: int = DEFAULT_EDGES, always: Collection[tuple[str, str]] = ()
) -> JourneyMap:
    """Build the map of the whole for comparing graphs: without findings and the numbers of its stages.

    Parameters
    ----------
    store, question, edges
        As for :func:`build_maps`; what splits the question is left aside.
    always
        (source, target) pairs: transitions that it shows besides, where they occur.

    Returns
    -------
    JourneyMap
        The map.
    """

    def chosen(graph: nx.DiGraph[str]) -> nx.DiGraph[str]:
        return _with(simplify(graph, edges=edges), graph, always)

    maps, _ = _build_all(store, question.split(()), [], chosen=chosen)
    return maps[()]


def build_comparable_maps(
    store: Store, question: Question, *, keep: frozenset[tuple[str, str]], most: int
) -> tuple[dict[LevelKey, JourneyMap], int]:
    """Build maps that show the same transitions, for the levels with the most journeys.

    They are for comparing graphs, and have neither findings nor the numbers of their stages.

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
    maps, _ = _build_all(store, question, [], chosen=partial(_only, keep=keep), most=most)
    return maps, n_levels


def _build_all(
    store: Store,
    question: Question,
    findings: Sequence[Finding],
    *,
    chosen: Callable[[nx.DiGraph[str]], nx.DiGraph[str]],
    most: int | None = None,
    happy: Mapping[LevelKey, HappyPath | None] = MappingProxyType({}),
) -> tuple[dict[LevelKey, JourneyMap], dict[str, pd.DataFrame]]:
    tables = {
        "outcomes": outcomes(store, question),
        "touchpoints": touchpoints(store, question),
        "transitions": transitions(store, question),
        "dropoff": dropoff(store, question),
    }
    if most is not None:
        tables = _of_largest(tables, list(tables["outcomes"].columns[: len(question.by)]), most)
    parts = {name: by_level(table, len(question.by)) for name, table in tables.items()}
    whole = whole_of(store, question)
    maps = {}
    for key in parts["outcomes"]:
        levels = tuple(zip(question.by, key, strict=True))
        level_tables = {name: part.get(key, tables[name].head(0)) for name, part in parts.items()}
        maps[key] = _build(
            level_tables,
            levels=levels,
            whole=whole,
            findings=tuple(item for item in findings if item.levels == levels),
            notes=store.settings.notes,
            theme=store.settings.theme,
            chosen=chosen,
            happy=happy.get(key),
        )
    return maps, tables


def _happy_paths(store: Store, question: Question) -> dict[LevelKey, HappyPath | None]:
    """Find the happy path of each level in which journeys converted."""
    goals = [str(row[0]) for row in store.engine.execute("SELECT touchpoint FROM touchpoints WHERE is_goal")]
    if not goals:
        return {}
    parts = by_level(converting_moves(store, question), len(question.by))
    return {key: happy_path(part, goals) for key, part in parts.items()}


def _with(small: nx.DiGraph[str], graph: nx.DiGraph[str], always: Collection[tuple[str, str]]) -> nx.DiGraph[str]:
    """Add edges of the whole graph, where they occur."""
    small.add_edges_from((*pair, graph.edges[pair]) for pair in always if pair in graph.edges)
    return small


def _of_largest(tables: dict[str, pd.DataFrame], by: list[str], most: int) -> dict[str, pd.DataFrame]:
    """Keep the rows of the levels with the most journeys, in their order."""
    kept = tables["outcomes"].sort_values("journeys", ascending=False, kind="stable")[by].head(most)
    found = {}
    for name, table in tables.items():
        # Levels may be called otherwise where the measure has a column of their name itself.
        keys = table[list(table.columns[: len(by)])].apply(tuple, axis=1)
        found[name] = table[keys.isin(set(map(tuple, kept.to_numpy())))] if len(table) else table
    return found


def _build(
    tables: dict[str, pd.DataFrame],
    *,
    levels: tuple[tuple[str, str], ...],
    whole: Whole,
    findings: tuple[Finding, ...],
    notes: tuple[tuple[str, str], ...],
    theme: ThemeSettings,
    chosen: Callable[[nx.DiGraph[str]], nx.DiGraph[str]],
    happy: HappyPath | None,
) -> JourneyMap:
    graph = graph_of(tables["touchpoints"], tables["transitions"], tables["dropoff"])
    small = _with(chosen(graph), graph, () if happy is None else happy.moves)
    nodes = _nodes(small, whole)
    return JourneyMap(
        title="Customer journey map",
        levels=levels,
        summary=summary_of(tables["outcomes"], whole),
        stages=tuple(sorted({node.stage for node in nodes}, key=whole.stage_place)),
        nodes=nodes,
        edges=_edges(small),
        coverage=_coverage(graph, small),
        findings=findings,
        totals=tuple((name, data["visits"]) for name, data in graph.nodes(data=True) if data["kind"] != "touchpoint"),
        notes=tuple(note for note in notes if note[0] in graph or note[0] in whole.stages),
        theme=theme,
        happy_path=happy,
    )


def _only(graph: nx.DiGraph[str], keep: frozenset[tuple[str, str]]) -> nx.DiGraph[str]:
    small = graph.copy()
    small.remove_edges_from([edge for edge in graph.edges if edge not in keep])
    return small


def _nodes(graph: nx.DiGraph[str], whole: Whole) -> tuple[MapNode, ...]:
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
                data["journey_share"], drop_off, name in whole.goals,
            )  # fmt: skip
            found.append(node)
    return tuple(sorted(found, key=lambda node: (whole.stage_place(node.stage), -node.visits, node.touchpoint)))


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

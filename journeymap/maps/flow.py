"""Put flow maps together: journeys step by step, all levels from one set of questions."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from journeymap.measure.outcomes import outcomes
from journeymap.measure.steps import DEFAULT_STEPS, steps
from journeymap.measure.summary import by_level, staged_touchpoints, summary_of, whole_of
from journeymap.model.flow_map import FlowLink, FlowMap, FlowNode
from journeymap.model.names import START

if TYPE_CHECKING:
    from journeymap.measure.summary import LevelKey
    from journeymap.segments.question import Question
    from journeymap.store.store import Store


def build_flow_maps(
    store: Store,
    question: Question,
    *,
    n_steps: int = DEFAULT_STEPS,
    after: str | None = None,
    before: str | None = None,
) -> dict[LevelKey, FlowMap]:
    """Build the flow map of each level.

    Parameters
    ----------
    store
        The open store.
    question
        Whom the maps are about, and the segments that split it.
    n_steps, after, before
        As for :func:`journeymap.measure.steps.steps`.

    Returns
    -------
    dict
        A map for each level, in the order of the levels; the key is a text per segment. A level in which no journey has
        the anchor has a map without nodes. Without segments one map under ``()``.

    Raises
    ------
    QuestionError
        When ``n_steps`` is out of its range, or both anchors are given.
    UnknownNameError
        When a segment, level or touchpoint is not known.
    """
    table = steps(store, question, n_steps=n_steps, after=after, before=before)
    n_levels = len(question.by)
    parts = by_level(table, n_levels)
    whole = whole_of(store, question)
    title = f"What follows {after}" if after else f"What leads to {before}" if before else "Journeys step by step"
    maps = {}
    for key, row in by_level(outcomes(store, question), n_levels).items():
        part = parts.get(key, table.iloc[:0, n_levels:])
        links = tuple(
            FlowLink(int(step), str(source), str(target), int(journeys))
            for step, source, target, journeys in part[["step", "source", "target", "journeys"]].itertuples(
                index=False, name=None
            )
        )
        counts = _journeys_at(links, n_steps, backwards=before is not None)
        total = sum(journeys for (step, _), journeys in counts.items() if step == 0) or sum(
            link.journeys for link in links if link.step == 0
        )
        over_steps: Counter[str] = Counter()
        for (_, name), journeys in counts.items():
            over_steps[name] += journeys
        maps[key] = FlowMap(
            title=title,
            levels=tuple(zip(question.by, key, strict=True)),
            summary=summary_of(row, whole),
            anchor=after or before or START,
            direction="before" if before is not None else "after",
            n_steps=n_steps,
            journeys=total,
            touchpoints=staged_touchpoints(store, whole, over_steps),
            nodes=tuple(
                FlowNode(step, name, journeys, journeys / total)
                for (step, name), journeys in sorted(
                    counts.items(), key=lambda item: (item[0][0], -item[1], item[0][1])
                )
            ),
            links=links,
            theme=store.settings.theme,
        )
    return maps


def _journeys_at(links: tuple[FlowLink, ...], n_steps: int, *, backwards: bool) -> Counter[tuple[int, str]]:
    """Add up the journeys at each step and touchpoint: what leaves it, or before the anchor what comes to it."""
    counts: Counter[tuple[int, str]] = Counter()
    for link in links:
        if backwards:
            if link.step + 1 >= -n_steps:
                counts[link.step + 1, link.target] += link.journeys
        elif link.source != START:
            counts[link.step, link.source] += link.journeys
    return counts

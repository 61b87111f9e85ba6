"""The chain of each level of a question: its counts, and answers put together again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from journeymap.graph.counts import ChainCounts, counts_of
from journeymap.measure.chain import count_chains, goal_values
from journeymap.measure.tables import shown_names

if TYPE_CHECKING:
    from collections.abc import Sequence

    from journeymap.segments.question import Question
    from journeymap.store.store import Store

Level = tuple[str, ...]
"""The levels of a split, one of each of its segments."""


def counts_by_level(store: Store, question: Question) -> dict[Level, ChainCounts]:
    """Give the chain's counts of each level that has a mature journey, in the order of the levels.

    Parameters
    ----------
    store
        The open store.
    question
        Whom it is about, and the segments that split it; nothing splits it: the one level is ``()``.

    Returns
    -------
    dict
        Levels to counts. The goal values in each are those of all levels together, so that revenues add up over levels.

    Raises
    ------
    QuestionError
        When the store has no goal.
    UnknownNameError
        When a segment or level is not known.
    """
    (counts,) = counts_by_splits(store, question, (question.by,))
    return counts


def counts_by_splits(
    store: Store, question: Question, splits: Sequence[Sequence[str]]
) -> list[dict[Level, ChainCounts]]:
    """Give what :func:`counts_by_level` gives for each of several splits, cutting the journeys once.

    Parameters
    ----------
    store
        The open store.
    question
        Whom it is about.
    splits
        The segments of each split.
    """
    values = goal_values(store, question)
    return [
        _by_level(rows, len(split), values)
        for rows, split in zip(count_chains(store, question, splits), splits, strict=True)
    ]


def _by_level(rows: pd.DataFrame, n_segments: int, values: pd.DataFrame) -> dict[Level, ChainCounts]:
    names = list(rows.columns[:n_segments])
    if not names:
        return {(): counts_of(rows, values)} if len(rows) else {}
    return {
        tuple(str(part) for part in level): counts_of(inside, values)
        for level, inside in rows.groupby(names, sort=False)
    }


def put_together(
    question: Question, parts: Sequence[tuple[Level, pd.DataFrame]], columns: Sequence[str], *, whole: Sequence[str]
) -> pd.DataFrame:
    """Stack the rows of the levels, their levels first; a segment that has a column's name becomes ``by_NAME``."""
    shown = shown_names(question.by, set(columns))
    texts = {"touchpoint", "source", "target", "assumption"}
    frames = [_with_level(part[list(columns)], shown, level) for level, part in parts if len(part)]
    frame = pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=[*shown, *columns])
    kinds = dict.fromkeys([*shown, *(texts & set(columns))], "str" if not frames else None)
    numbers = {name: "int64" if name in whole else "float64" for name in columns if name not in texts}
    return frame.astype(numbers | {name: kind for name, kind in kinds.items() if kind})


def _with_level(part: pd.DataFrame, names: Sequence[str], level: Level) -> pd.DataFrame:
    """Put the columns of a level before the others; by their place, since a segment may have any name."""
    found = part.copy()
    for at, (name, value) in enumerate(zip(names, level, strict=True)):
        found.insert(at, name, value)
    return found

"""Which segments divide conversion and paths the most: all of them, side by side, corrected for their number."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final, Literal

import numpy as np

from journeymap.compare.compared_journeys import MOST_LEVELS, ComparedJourneys
from journeymap.compare.correction import benjamini_hochberg
from journeymap.compare.segment_effects import SegmentEffect, SegmentRanking
from journeymap.errors import QuestionError, expect_count
from journeymap.segments.define import own_names
from journeymap.segments.keep import kept_names

if TYPE_CHECKING:
    from collections.abc import Sequence

    from journeymap.segments.question import Question
    from journeymap.store.store import Store

RankBy = Literal["conversion", "paths"]

N_PERMUTATIONS: Final = 200
"""How often customers change their levels with one another."""

_SIGNIFICANT: Final = 0.05


def rank_segments(
    store: Store,
    question: Question,
    *,
    names: Sequence[str] = (),
    rank_by: RankBy = "conversion",
    n_permutations: int = N_PERMUTATIONS,
    seed: int = 0,
) -> SegmentRanking:
    """Rank segments by how much their levels divide conversion and paths.

    Parameters
    ----------
    store
        The open store.
    question
        Whom it is about.
    names
        The segments to look at; none: all that can split a question, but for clusters that were discovered, which
        are made of paths.
    rank_by
        ``conversion``: by Cramér's V, or ``paths``: by the divergence.
    n_permutations
        How often customers change their levels with one another, at least 20.
    seed
        Of these changes.

    Returns
    -------
    SegmentRanking
        The segments, the strongest first.

    Raises
    ------
    QuestionError
        When a number is out of its range.
    UnknownNameError
        When there is no segment of a name.
    """
    expect_count(n_permutations, what="--permutations", least=20)  # the variance of fewer is a guess
    if rank_by not in ("conversion", "paths"):
        raise QuestionError(f"--rank-by: '{rank_by}' is neither 'conversion' nor 'paths'.")
    kept = set(kept_names(store))
    looked_at = list(dict.fromkeys(names)) or [name for name in own_names(store) if name not in kept]
    journeys = ComparedJourneys.read(store, question)
    measured: list[SegmentEffect] = []
    skipped: list[tuple[str, str]] = []
    for name in looked_at:
        labels, segment = journeys.levels(store, question, name)
        found, codes = np.unique(labels, return_inverse=True)
        reason = _unfit(len(found), journeys.n_sampled)
        if reason:
            skipped.append((name, reason))
            continue
        minimum = store.settings.journey.minimum_customers
        measured.append(journeys.effect_of(segment, found, codes, minimum, n=n_permutations, seed=seed))
    corrected = benjamini_hochberg([p_value for one in measured for p_value in (one.conversion_p, one.path_p)])
    measured = [
        replace(one, conversion_q=corrected[2 * at], path_q=corrected[2 * at + 1]) for at, one in enumerate(measured)
    ]
    key = _by_conversion if rank_by == "conversion" else _by_paths
    return SegmentRanking(tuple(sorted(measured, key=key)), tuple(skipped), journeys.n_customers, journeys.n_sampled)


def _by_conversion(one: SegmentEffect) -> tuple[bool, float, float, str]:
    return not _is_found(one.conversion_q), -one.conversion_effect, -one.path_divergence, one.segment


def _by_paths(one: SegmentEffect) -> tuple[bool, float, float, str]:
    return not _is_found(one.path_q), -one.path_divergence, -one.conversion_effect, one.segment


def _is_found(q_value: float | None) -> bool:
    return q_value is not None and q_value < _SIGNIFICANT


def _unfit(n_levels: int, n_customers: int) -> str:
    if n_levels < 2:  # noqa: PLR2004 - one level divides nothing
        return "one level"
    return "nearly a level per customer" if n_levels > max(MOST_LEVELS, n_customers // 2) else ""

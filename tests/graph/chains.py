"""Small chains as counts, and other roads to what is worked out from them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from hypothesis import strategies as st

from journeymap.graph.counts import ChainCounts, counts_of
from journeymap.model.names import CONVERTED, DROPPED, START

if TYPE_CHECKING:
    from collections.abc import Sequence

Path = tuple[str, ...]


def counts_of_paths(
    groups: Sequence[Sequence[Path]], values: dict[int, tuple[int, float]] | None = None
) -> ChainCounts:
    """Count journeys: per customer group a list of paths, each with its end; ``values`` are goals and their sum."""
    rows = [
        (START if at == 0 else path[at - 1], name, group)
        for group, paths in enumerate(groups)
        for path in paths
        for at, name in enumerate(path)
    ]
    frame = pd.DataFrame(rows, columns=["source", "target", "customer_group"])
    frame = (
        frame.value_counts()
        .rename("count")
        .reset_index()
        .assign(source_customers=1, source_converting=0, source_converted=0)
    )
    worth = pd.DataFrame(
        [(group, goals, value) for group, (goals, value) in (values or {}).items()],
        columns=["customer_group", "goals", "value"],
    )
    return counts_of(frame, worth)


def chance_by_solving(
    counts: ChainCounts, change: dict[str, float] | None = None, removed: str = ""
) -> dict[str, float]:
    """Solve the whole chain anew, as a textbook does: with some drop-off rates changed, or a touchpoint removed."""
    names = [START, *counts.touchpoints]
    n = len(names)
    shares = np.zeros((n, n + 4))
    np.add.at(shares, (counts.sources + 1, counts.targets + 1), counts.counts.sum(axis=0))
    shares /= np.maximum(shares.sum(axis=1, keepdims=True), 1)
    dropped = n + 2  # the ends are converted, ended, dropped, open
    for name, rate in (change or {}).items():
        row = shares[names.index(name)]
        stay = 1 - row[dropped]
        row *= (1 - rate) / stay
        row[dropped] = rate
    if removed:
        shares[names.index(removed)] = 0
        shares[names.index(removed), dropped] = 1
    chances = np.linalg.solve(np.eye(n) - shares[:, :n], shares[:, n])
    return dict(zip(names, chances.tolist(), strict=True))


@st.composite
def journeys(draw: st.DrawFn) -> list[list[Path]]:
    """Draw journeys of a few customer groups over a few touchpoints; a goal ends the journey."""
    step = st.sampled_from(["a", "b", "c", "d"])
    end = st.sampled_from([("goal", CONVERTED), (DROPPED,), (DROPPED,), ("(ended)",), ("(open)",)])
    path = st.builds(lambda steps, last: (*steps, *last), st.lists(step, min_size=1, max_size=6), end)
    return draw(st.lists(st.lists(path, min_size=1, max_size=4), min_size=2, max_size=5))

"""What the measures share: names for keys, the order of levels, whole numbers, customer groups."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from journeymap.errors import UnknownNameError, suggest
from journeymap.measure.interval import clustered_interval
from journeymap.segments.population import level_order
from journeymap.store.schema import N_GROUPS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import pandas as pd

    from journeymap.segments.population import Population
    from journeymap.store.store import Store


def touchpoint_keys(store: Store, names: Sequence[str], *, what: str) -> list[int]:
    """Give the keys of touchpoints.

    Raises
    ------
    UnknownNameError
        When the store has no touchpoint of a name; says which was probably meant.
    """
    known = store.touchpoint_keys()
    keys = []
    for name in names:
        if name not in known:
            raise UnknownNameError(
                f"{what}: there is no touchpoint '{name}'. {suggest(name, known)}",
                hint=f"See them all: journeymap touchpoints {store.name}",
            )
        keys.append(known[name])
    return keys


def arrange(
    frame: pd.DataFrame,
    population: Population,
    order: Sequence[tuple[str, bool]],
    *,
    whole: Iterable[str] = (),
) -> pd.DataFrame:
    """Name the levels' columns, sort by levels in their order and then as given, and make counts whole numbers.

    The levels' columns come first. They are named as the segments are, but ``by_NAME`` where the measure has a column
    of that name itself (``channel`` of touchpoints).

    Parameters
    ----------
    frame
        The measure's rows.
    population
        For the order of levels.
    order
        (column, ascending) pairs.
    whole
        Columns that are counts.
    """
    shown = shown_names(population.names, set(frame.columns) - set(population.level_names))
    # Each of these takes as long as a small question, also where there is nothing to do.
    frame = frame.rename(columns=dict(zip(population.level_names, shown, strict=True))) if shown else frame.copy()
    for name in whole:
        if frame[name].dtype != "int64":
            frame[name] = frame[name].fillna(0).astype("int64")
    if order:
        names, ascending = [name for name, _ in order], [rises for _, rises in order]
        frame = frame.sort_values(names, ascending=ascending, kind="stable")
    # The last segment first: a stable sort keeps what was put in order before.
    for segment, column in reversed(list(zip(population.by, shown, strict=True))):
        levels = sorted({str(level) for level in frame[column]}, key=level_order(segment))
        rank = {level: place for place, level in enumerate(levels)}
        frame = frame.iloc[frame[column].map(rank).to_numpy().argsort(kind="stable")]
    return frame.reset_index(drop=True)


def shown_names(segments: Sequence[str], taken: set[str]) -> list[str]:
    """Name the columns of levels: as the segments are, but ``by_NAME`` where that is taken.

    Examples
    --------
    >>> shown_names(["region", "channel", "by_channel"], {"channel", "count"})
    ['region', 'by_by_channel', 'by_channel']
    """
    others = taken | set(segments)
    shown = []
    for name in segments:
        free = name
        while free in taken or (free != name and free in others):
            free = f"by_{free}"
        shown.append(free)
    return shown


def group_intervals(
    groups: pd.DataFrame, keys: list[str], numerator: str, denominator: str, n_customers: str
) -> pd.DataFrame:
    """Add up counts per customer group and give each key its rate and interval.

    Parameters
    ----------
    groups
        One row per key and customer group, with ``customer_group``, the counts and the distinct customers.
    keys
        The columns that name a rate; may be empty.
    numerator, denominator, n_customers
        The columns with the counts.

    Returns
    -------
    DataFrame
        keys, numerator, denominator, ``rate``, ``ci_low``, ``ci_high``.
    """
    work = groups.copy()
    if not keys:
        work["__all"] = 0
    used = keys or ["__all"]
    totals = work.groupby(used, sort=False)[[numerator, denominator, n_customers]].sum().reset_index()
    place = work.groupby(used, sort=False).ngroup().to_numpy()
    hits = np.zeros((len(totals), N_GROUPS))
    units = np.zeros((len(totals), N_GROUPS))
    group = work["customer_group"].to_numpy(dtype=np.int64)
    np.add.at(hits, (place, group), work[numerator].to_numpy(dtype=np.float64))
    np.add.at(units, (place, group), work[denominator].to_numpy(dtype=np.float64))
    low, high = clustered_interval(hits, units, totals[n_customers].to_numpy(dtype=np.float64))
    with np.errstate(divide="ignore", invalid="ignore"):
        totals["rate"] = totals[numerator].to_numpy(dtype=np.float64) / totals[denominator].to_numpy(dtype=np.float64)
    totals["ci_low"], totals["ci_high"] = low, high
    return totals[[*keys, numerator, denominator, n_customers, "rate", "ci_low", "ci_high"]]

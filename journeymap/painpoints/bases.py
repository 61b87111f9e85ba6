"""Places that share their units: the steps from A to B and those from A to C, of the same visits to A.

Their units are counted once, at their base (A), and of each place the units hit. What was spared is the difference.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from journeymap.measure.key_sets import first_of_next
from journeymap.painpoints.packing import SPARED
from journeymap.store.sql import Step

if TYPE_CHECKING:
    from journeymap.painpoints.look import Look

_UNIT = "customer_key, journey_key, position, at_us, stratum"


def units_of_bases(*, excess: bool = False) -> Step:
    """Write the step ``units`` of a look whose places share their units: a row per unit and place.

    Parameters
    ----------
    excess
        Whether ``bases`` and ``hits`` have ``n_excess``.
    """
    unit = _UNIT.replace(", ", ", b.") + (", b.n_excess" if excess else "")
    return Step(
        "units",
        f"""
        SELECT p.place_key, b.{unit}, b.is_mature, h.place_key IS NOT NULL AS is_hit
        FROM bases b
        JOIN places p ON p.base_key = b.base_key
        LEFT JOIN hits h ON h.place_key = p.place_key AND h.customer_key = b.customer_key AND h.position = b.position
        """,
    )


def counted_rows(look: Look, places: pd.DataFrame) -> str:
    """Write the relation that is counted: the units; or the bases, numbered after the places, and the units hit."""
    if not look.shares_units:
        return "units"
    more = ", n_excess" if look.excess else ""
    return f"""(
        SELECT base_key + {_first_base(places)} AS place_key, {_UNIT}{more}, is_mature, FALSE AS is_hit FROM bases
        UNION ALL
        SELECT place_key, {_UNIT}{more}, TRUE AS is_mature, TRUE AS is_hit FROM hits
    )"""


def most_keys(look: Look, places: pd.DataFrame) -> int:
    """Give the largest key that is counted by."""
    if places.empty:
        return 0
    return int(places["base_key"].max()) + _first_base(places) if look.shares_units else int(places["place_key"].max())


def with_base(look: Look, places: pd.DataFrame, keys: pd.Series[int]) -> pd.Series[int]:
    """Give the key by which the units of places are counted: their own, or their base's."""
    if not look.shares_units:
        return keys
    return keys.map(places.set_index("place_key")["base_key"]) + _first_base(places)


def at_places(look: Look, places: pd.DataFrame, counts: pd.DataFrame, hit: str) -> pd.DataFrame:
    """Turn counts of bases and of units hit into counts of places.

    Parameters
    ----------
    look
        What was counted.
    places
        Its places.
    counts
        ``place_key``, other columns to count by, and ``n``.
    hit
        The column that says whether it was hit: its value is 0 for what was spared.

    Returns
    -------
    DataFrame
        The same columns: of each place what was hit, and what remains of its base's.
    """
    if not look.shares_units or counts.empty:
        return counts
    is_base = counts["place_key"] >= _first_base(places)
    shared = counts[is_base].assign(base_key=counts["place_key"] - _first_base(places)).drop(columns="place_key")
    hits = counts[~is_base]
    spared = hits.assign(**{hit: type(counts[hit].iloc[0])(SPARED), "n": -hits["n"]})
    each = shared.merge(places[["place_key", "base_key"]], on="base_key")[list(counts.columns)]
    made = _added_up(pd.concat([each, hits, spared]))
    remaining: pd.DataFrame = made[made["n"] != 0]
    return remaining


def _added_up(counts: pd.DataFrame) -> pd.DataFrame:
    """Add up ``n`` by all other columns, which are small whole numbers or flags: one number stands for all of them."""
    spans = {}
    code = np.zeros(len(counts), dtype=np.int64)
    for name in counts.columns.drop("n"):
        values = counts[name].to_numpy(dtype=np.int64)
        least = int(values.min())
        spans[name] = least, int(values.max()) - least + 1
        code = code * spans[name][1] + (values - least)
    made = counts[["n"]].groupby(code).sum()
    left = made.index.to_numpy(dtype=np.int64)
    found = {}
    for name, (least, size) in reversed(spans.items()):
        left, place = np.divmod(left, size)
        found[name] = place + least
    kinds = {name: counts[name].dtype for name in found}
    return pd.DataFrame(dict(reversed(found.items()))).astype(kinds).assign(n=made["n"].to_numpy())


def _first_base(places: pd.DataFrame) -> int:
    # Bases begin with a set of their own, so that those of a journey are few sets.
    return 0 if places.empty else first_of_next(int(places["place_key"].max()))

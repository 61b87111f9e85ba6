"""Which segments a store has, and how large their levels are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from journeymap.segments.define import find_segment, segment_names
from journeymap.segments.population import choose_population, level_order
from journeymap.segments.question import Question
from journeymap.store.sql import Step

if TYPE_CHECKING:
    from journeymap.store.store import Store


def list_segments(store: Store) -> pd.DataFrame:
    """List what can be used as a segment.

    Parameters
    ----------
    store
        The open store.

    Returns
    -------
    DataFrame
        One row per segment: ``segment``, ``unit`` (customer or journey), ``levels`` (how many), ``without`` (customers
        or journeys in ``(none)``), ``largest`` (the level with most), ``changed`` (for an event column: customers
        with journeys of more than one level; missing for attributes).
    """
    rows = []
    for name, unit in segment_names(store).items():
        segment = find_segment(store, name, tag="listed")
        population = choose_population(store, Question(by=(name,)))
        counted = store.frame(
            population.query(
                [],
                f"SELECT level0 AS level, count(DISTINCT {unit}_key) AS n FROM population GROUP BY level0",
            )
        )
        changed = None
        if unit == "journey":
            query = population.query(
                [
                    Step(
                        "per_customer",
                        "SELECT customer_key, count(DISTINCT level0) AS n FROM population GROUP BY 1",
                    )
                ],
                "SELECT count(*) FILTER (WHERE n > 1) FROM per_customer",
            )
            changed = int(store.rows(query)[0][0])
        named = counted[counted["level"] != "(none)"]
        ordered = sorted(named.to_dict("records"), key=lambda row: (-row["n"], level_order(segment)(row["level"])))
        rows.append(
            {
                "segment": name,
                "unit": unit,
                "levels": len(named),
                "without": int(counted.loc[counted["level"] == "(none)", "n"].sum()),
                "largest": ordered[0]["level"] if ordered else "",
                "changed": changed,
            }
        )
    frame = pd.DataFrame(rows, columns=["segment", "unit", "levels", "without", "largest", "changed"])
    return frame.astype({"levels": "int64", "without": "int64", "changed": "Int64"})

"""The hash of a journey's path. Engines hash differently, so that a store notes which one hashed its paths."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from journeymap.store.schema import KEY_SPAN
from journeymap.store.sql import identifier

if TYPE_CHECKING:
    from journeymap.store.store import Store


def path_hash_sql(touchpoint_key: str = "touchpoint_key") -> str:
    """Write the hash of a path, as an aggregate over a journey's events with their steps.

    It is the exclusive or of one hash per step and touchpoint (Zobrist, 1970), which needs no ordered list.

    Examples
    --------
    >>> path_hash_sql()
    'bit_xor(CAST(hash(CAST(step AS BIGINT) * 4294967296 + touchpoint_key) >> 1 AS BIGINT))'
    """
    return f"bit_xor(CAST(hash(CAST(step AS BIGINT) * {KEY_SPAN} + {touchpoint_key}) >> 1 AS BIGINT))"


def hash_paths_as(store: Store, engine: Literal["duckdb", "spark"]) -> None:
    """Hash the paths of a store that is open for writing anew, unless this engine has hashed them.

    Otherwise the journeys that come later would have other hashes than those that are there, and one path would be
    counted as two.
    """
    if (store.setting("hashed_by") or "duckdb") == engine:
        return
    if store.engine.has_tables("events"):
        columns = [name for name, _ in store.engine.columns("journeys")]
        listed = ", ".join(f"{'h' if name == 'variant' else 'j'}.{identifier(name)}" for name in columns)
        store.engine.execute_long(
            f"CREATE OR REPLACE TABLE journeys AS WITH hashed AS ("
            f"SELECT journey_key, {path_hash_sql()} AS variant FROM events GROUP BY journey_key"
            f") SELECT {listed} FROM journeys j JOIN hashed h ON h.journey_key = j.journey_key"
        )
    store.write_setting("hashed_by", engine)

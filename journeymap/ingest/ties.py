"""Events that share their customer and time with another: their order is that of arrival."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from journeymap.store.store import Store

_SETTING = "ties"


def keep_ties(store: Store, *, before: str | None, after: str, journeys_are_named: bool) -> int:
    """Count the store's ties, and keep the number for the next ingest.

    A tie is a matter of one customer, so that only the customers whose events changed are counted again.

    Parameters
    ----------
    store
        The store being written; its events are complete.
    before, after
        The events of the customers that an ingest touched, before it and now. ``before`` None: there were none.
    journeys_are_named
        Whether a column names journeys, so that events of one instant may be in several.

    Returns
    -------
    int
        Events of the store that share customer and time with another.
    """
    known = store.setting(_SETTING)
    count = _count_any if journeys_are_named else _count_linked
    if before is None or known is None:
        ties = count(store, "events")
    else:
        ties = int(known) - count(store, before) + count(store, after)
    store.write_setting(_SETTING, str(ties))
    return ties


def _count_linked(store: Store, events: str) -> int:
    # Where silence alone cuts, the events of an instant follow one another without a gap; the last is one more.
    sql = f"""
        WITH tied AS (
            SELECT count(*) + 1 AS n FROM {events} WHERE gap_us = 0 GROUP BY customer_key, at_us
        )
        SELECT coalesce(sum(n), 0) FROM tied
    """
    return int(store.engine.execute_long(sql)[0][0])


def _count_any(store: Store, events: str) -> int:
    # Events that share an instant stand next to one another in their customer's order.
    sql = f"""
        WITH neighbours AS (
            SELECT
                at_us = lag(at_us) OVER history AS ties_before,
                at_us = lead(at_us) OVER history AS ties_after
            FROM (SELECT customer_key, at_us, position FROM {events})
            WINDOW history AS (PARTITION BY customer_key ORDER BY position)
        )
        SELECT count(*) FROM neighbours WHERE ties_before OR ties_after
    """
    return int(store.engine.execute_long(sql)[0][0])

"""Examples: the visits of a few customers that stand for all, or of customers that are named."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from journeymap.errors import QuestionError, UnknownNameError
from journeymap.journeys.status import STATUSES
from journeymap.measure.tables import arrange
from journeymap.segments.population import choose_population
from journeymap.store.sql import Step

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from journeymap.segments.question import Question
    from journeymap.store.store import Store

DEFAULT_CUSTOMERS: Final = 8
MOST_CUSTOMERS: Final = 50


def examples(store: Store, question: Question, customers: int | Sequence[str] = DEFAULT_CUSTOMERS) -> pd.DataFrame:
    """Give the visits of a few customers.

    A number of customers is a systematic sample: the customers of a level are put in order by their best outcome
    (converted, ended, abandoned, open), then by their number of visits, then by their id, and cut into that many equal
    groups; the middle one of each stands for its group. So outcomes and lengths have about the shares that they have
    in the level, and the same store always gives the same customers.

    Parameters
    ----------
    store
        The open store.
    question
        Whom it is about, and the segments that split it.
    customers
        How many customers per level, 1 to 50; or their ids.

    Returns
    -------
    DataFrame
        One row per visit of the question's journeys: the levels, then ``place`` (the customer's place among those
        chosen, from 1), ``customer`` (the id), ``n_customers`` (all of the level), ``journey_key``, ``session_key``,
        ``status`` (the journey's), ``at_us`` (microseconds UTC), ``touchpoint``, ``stage``, ``is_goal``; ordered by
        level, place and time.

    Raises
    ------
    QuestionError
        When no customer, or too many, are asked for.
    UnknownNameError
        When a customer is not in the question, or a segment or level is not known.

    References
    ----------
    Cochran, W. G. (1977): Sampling Techniques, 3rd edition, chapter 8 (systematic sampling, centred).
    """
    ids = () if isinstance(customers, int) else tuple(str(customer) for customer in customers)
    wanted = customers if isinstance(customers, int) else len(ids)
    if not 1 <= wanted <= MOST_CUSTOMERS:
        raise QuestionError(
            f"A timeline shows 1 to {MOST_CUSTOMERS} customers, not {wanted}.", hint="Ask for fewer, or name some."
        )
    population = choose_population(store, question)
    levels = population.level_columns()
    same_level = population.level_names
    partition = f"PARTITION BY {', '.join(same_level)} " if same_level else ""
    in_tile = f"PARTITION BY {', '.join([*same_level, 'tile'])}"
    order = "ORDER BY outcome, n_visits, customer_id"
    ranks = " ".join(f"WHEN '{status}' THEN {rank}" for rank, status in enumerate(STATUSES))
    steps = [
        Step(
            "people",
            f"""
            SELECT {levels}customer_key, sum(CAST(steps AS BIGINT)) AS n_visits, min(CASE status {ranks} END) AS outcome
            FROM population GROUP BY {", ".join([*same_level, "customer_key"])}
            """,
        ),
        Step(
            "tiled",
            f"""
            SELECT p.*, c.customer_id, count(*) OVER ({partition.rstrip()}) AS n_customers,
                ntile($n_tiles) OVER ({partition}{order}) AS tile
            FROM people p JOIN customers c ON c.customer_key = p.customer_key
            """,
        ),
        Step(
            "placed",
            f"""
            SELECT *, row_number() OVER ({in_tile} {order}) AS nth, count(*) OVER ({in_tile}) AS n_in_tile FROM tiled
            """,
        ),
        Step("chosen", _OF_IDS if ids else "SELECT * FROM placed WHERE 2 * nth IN (n_in_tile, n_in_tile + 1)"),
    ]
    level_pairs = [f" AND x.{name} = v.{name}" for name in same_level]
    frame = store.frame(
        population.query(
            steps,
            f"""
            SELECT {population.level_columns("v.")}x.tile AS place, x.customer_id AS customer, x.n_customers,
                v.journey_key, v.session_key, j.status, v.at_us, v.position, t.touchpoint, t.stage, t.is_goal
            FROM visits v
            JOIN chosen x ON x.customer_key = v.customer_key{"".join(level_pairs)}
            JOIN population j ON j.journey_key = v.journey_key
            JOIN touchpoints t ON t.touchpoint_key = v.touchpoint_key
            """,
            n_tiles=wanted,
            ids=list(ids),
        )
    )
    if ids:
        _expect_all(ids, set(frame["customer"]))
        frame["place"] = frame["customer"].map({customer: place for place, customer in enumerate(ids, start=1)})
    order_by = [("place", True), ("at_us", True), ("position", True)]
    return arrange(frame, population, order_by, whole=["place", "n_customers"]).drop(columns="position")


_OF_IDS = "SELECT * FROM placed WHERE customer_id IN (SELECT unnest($ids))"


def _expect_all(ids: Sequence[str], found: set[str]) -> None:
    missing = [customer for customer in ids if customer not in found]
    if missing:
        more = f" (and {len(missing) - 1} more)" if len(missing) > 1 else ""
        raise UnknownNameError(
            f"There is no customer '{missing[0]}' in the question{more}.",
            hint="Ids are written as in the events; a condition or a date may leave the customer out.",
        )
    if len(set(ids)) < len(ids):
        raise QuestionError("A customer is named twice.", hint="Name each once.")

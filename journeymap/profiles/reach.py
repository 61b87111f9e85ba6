"""Hands an audience on: as a frame, or as a file for a mailing, an ad platform, a call list."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import pandas as pd

from journeymap.errors import OutputError, QuestionError
from journeymap.model.names import ALL_LEVELS
from journeymap.profiles.audience import TABLE, expect_some, find_groups, gathered
from journeymap.profiles.cell_sql import cell_values
from journeymap.profiles.next_action import next_actions, pain_advice
from journeymap.profiles.reach_columns import NEXT_ACTION, Handing, audience_columns, present_sql
from journeymap.store.row_files import RowFormat, expect_place, lent_rows, write_rows
from journeymap.store.sql import Query, identifier

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    import pyarrow as pa

    from journeymap.profiles.audience import Gathered, Group
    from journeymap.profiles.wanted import Wanted
    from journeymap.segments.question import Question
    from journeymap.store.store import Store

FORMATS: Final[dict[str, RowFormat]] = {".csv": "csv", ".parquet": "parquet"}
_WORDS: Final = "audience_words"


@dataclass(frozen=True, slots=True)
class Handed:
    """What was handed on.

    Attributes
    ----------
    path
        The file.
    customers
        Distinct customers in it.
    rows
        Its rows: one per customer and reason.
    left_out
        The audiences with too few customers, in words.
    minimum
        How many customers were needed.
    without_id
        Distinct customers left out since they have no id of the kind asked for.
    n_back
        Distinct customers hit by a pain point who have reached the goal since.
    n_young
        Per unit (attempts, visits ...) how many are too young to judge.
    data_end_us
        The data end, in microseconds UTC.
    """

    path: Path
    customers: int
    rows: int
    left_out: tuple[str, ...]
    minimum: int
    without_id: int
    n_back: int
    n_young: tuple[tuple[str, int], ...]
    data_end_us: int


def audience(store: Store, question: Question, wanted: Wanted, handing: Handing) -> pd.DataFrame:
    """Give an audience as a frame.

    Parameters
    ----------
    store
        The open store.
    question
        Whom it is about, and the segments whose levels are audiences of their own.
    wanted
        Which of them.
    handing
        Which columns, and how ids are written.

    Returns
    -------
    DataFrame
        One row per customer and reason: the ids, the levels, ``reason`` (in words, with the day, UTC), ``last_at``
        (when it last happened, UTC; without a pain point the last event), ``times`` (how often; without a pain point
        the journeys), ``value`` (the sum of the customer's goal visits' values up to the data end; missing where none
        has one), ``next_action`` (from the playbook). By reason, level, the latest first.

    Raises
    ------
    UnknownNameError, QuestionError
        As :func:`journeymap.profiles.audience.gathered`; when a column is not known; when fewer customers than the
        minimum are in it.
    """
    with _asked(store, question, wanted, handing, form="frame") as (query, _, _):
        frame = store.frame(query)
    if "last_at" in frame:
        frame["last_at"] = pd.to_datetime(frame["last_at"], unit="us", utc=True)
    return frame


def write_audience(store: Store, question: Question, wanted: Wanted, handing: Handing, path: Path) -> Handed:
    """Write an audience to a file; the rows do not pass through Python's memory.

    Parameters
    ----------
    store, question, wanted, handing
        As for :func:`audience`.
    path
        The file; it ends in ``.csv`` or ``.parquet``. One that is there is replaced, once all is written.

    Returns
    -------
    Handed
        What is in it, and what was left out.

    Raises
    ------
    OutputError
        When it cannot be written, or ends otherwise.
    UnknownNameError, QuestionError
        As :func:`audience`; nothing is written.
    """
    form = FORMATS.get(path.suffix.lower())
    if form is None:
        raise OutputError(
            f"The file {path} ends in neither {' nor '.join(FORMATS)}.", hint="Name it such as audience.csv."
        )
    expect_place(path)
    with _asked(store, question, wanted, handing, form=form) as (query, found, small):
        write_rows(store, query, path, form=form)
        return _handed(store, found, small, handing, path)


@contextmanager
def _asked(
    store: Store, question: Question, wanted: Wanted, handing: Handing, *, form: str
) -> Iterator[tuple[Query, Gathered, list[Group]]]:
    """Give the question for an audience's rows, while they are there."""
    minimum = _minimum(store, handing)
    with gathered(store, question, wanted) as found:
        columns = audience_columns(store, found, handing, form)
        groups = find_groups(store, found, present=present_sql(store, handing))
        if not groups:
            _expect_ids(store, handing)
        kept, small = expect_some(groups, minimum)
        words = _words(store, found, kept, with_actions=NEXT_ACTION in dict(columns))
        with lent_rows(store, _WORDS, words):
            yield _rows_query(found, columns, present_sql(store, handing)), found, small


def _expect_ids(store: Store, handing: Handing) -> None:
    """Say so where somebody is in the audience, but nobody has the ids that are asked for."""
    (n_customers,) = store.rows(Query((), f"SELECT count(DISTINCT customer_key) FROM {TABLE}"))[0]
    if n_customers:
        raise QuestionError(
            f"None of the customers in this audience has {' and '.join(handing.ids)}.",
            hint="Name another attribute with --id, or leave it out for the id of the events.",
        )


def _minimum(store: Store, handing: Handing) -> int:
    return store.settings.journey.minimum_customers if handing.minimum is None else handing.minimum


def _words(store: Store, found: Gathered, groups: Sequence[Group], *, with_actions: bool) -> pa.Table:
    """Give what is said of each group: its reason, and what is next."""
    import pyarrow as pa

    actions = _actions(store, found, groups) if with_actions else [""] * len(groups)
    names = ["look_key", "place_key", *found.population.level_names]
    table = {
        name: pa.array([group.key[at] for group in groups], pa.int64() if at <= 1 else pa.string())
        for at, name in enumerate(names)
    }
    reasons = [_reason(found, group) for group in groups]
    return pa.table(
        {
            **table,
            "place_in_order": pa.array(range(len(groups)), pa.int64()),
            "reason": pa.array(reasons, pa.string()),
            NEXT_ACTION: pa.array(actions, pa.string()),
        }
    )


def _reason(found: Gathered, group: Group) -> str:
    """Write why customers are in a group, up to the day."""
    if group.pain is not None:
        return f"{group.pain.words}, "
    question = found.question
    parts = [f"{segment} is {level}" for segment, level in (*group.levels, *question.levels)]
    return f"{'; '.join([*parts, *question.conditions]) or ALL_LEVELS}, last seen "


def _actions(store: Store, found: Gathered, groups: Sequence[Group]) -> list[str]:
    if all(group.pain is not None for group in groups):
        return [pain_advice(store, group.pain) for group in groups if group.pain is not None]
    advice = {
        item.levels: item.advice
        for item in next_actions(store, found.question, levels_as_of=found.question.levels_as_of)
    }
    return [advice.get(group.levels, "") for group in groups]


def _rows_query(found: Gathered, columns: Sequence[tuple[str, str]], present: str) -> Query:
    same = "".join(f" AND w.{name} = a.{name}" for name in found.population.level_names)
    listed = ", ".join(f"{part} AS {identifier(name)}" for name, part in columns)
    return Query(
        (),
        f"""
        SELECT {listed}
        FROM {TABLE} a
        JOIN {_WORDS} w ON w.look_key = a.look_key AND w.place_key = a.place_key{same}
        JOIN customers c ON c.customer_key = a.customer_key
        WHERE {present}
        ORDER BY w.place_in_order, a.last_us DESC, c.customer_id
        """,
        cell_values(),
    )


def _handed(store: Store, found: Gathered, small: Sequence[Group], handing: Handing, path: Path) -> Handed:
    same = "".join(f" AND w.{name} = a.{name}" for name in found.population.level_names)
    present = present_sql(store, handing)
    there = f"w.look_key IS NOT NULL AND {present}"
    query = Query(
        (),
        f"""
        SELECT count(DISTINCT CASE WHEN {there} THEN a.customer_key END),
            count(CASE WHEN {there} THEN 1 END),
            count(DISTINCT CASE WHEN NOT coalesce({present}, FALSE) THEN a.customer_key END),
            count(DISTINCT CASE WHEN {there} AND a.is_back THEN a.customer_key END)
        FROM {TABLE} a
        LEFT JOIN {_WORDS} w ON w.look_key = a.look_key AND w.place_key = a.place_key{same}
        JOIN customers c ON c.customer_key = a.customer_key
        """,
        cell_values(),
    )
    customers, rows, without_id, n_back = (int(number) for number in store.rows(query)[0])
    return Handed(
        path, customers, rows, tuple(group.words for group in small), _minimum(store, handing), without_id,
        n_back if found.pains else 0, tuple(sorted(found.n_young.items())), found.population.data_end_us,
    )  # fmt: skip

"""How customers move between the levels of a segment from one period to the next."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING, Final, Literal, get_args

import pandas as pd

from journeymap.errors import QuestionError, expect_count, suggest
from journeymap.measure.interval import wilson_interval
from journeymap.segments.define import find_segment
from journeymap.segments.periods import calendar_periods
from journeymap.segments.population import choose_population, level_order
from journeymap.segments.snapshot import depends_on_silence, latest_question

if TYPE_CHECKING:
    from journeymap.model.period import Period
    from journeymap.segments.question import Question
    from journeymap.segments.segment import Segment
    from journeymap.settings import PeriodLength
    from journeymap.store.store import Store

ABSENT: Final = "(absent)"
"""The level of a customer who is not in a period."""

Among = Literal["active", "seen"]
COLUMNS: Final = ("before", "period", "level_before", "level", "customers", "of", "share", "ci_low", "ci_high")
_LEAST: Final = 2


def migration(
    store: Store, question: Question, *, length: PeriodLength, among: Among | None = None, last: int | None = None
) -> pd.DataFrame:
    """Count the customers of each level in a period by their level in the next one: a migration matrix, in rows.

    Parameters
    ----------
    store
        The open store.
    question
        Whom it is about, and the segment whose levels it is, or several that are taken together.
    length
        How long a period is.
    among
        Who is in a period: ``active``, who has an event in it; or ``seen``, who has had one by its end. None: ``seen``
        where the levels are made of facts, so that silence is part of what they are (lifecycle: at risk, lapsed), and
        ``active`` where they are columns. Who is not in one of the two periods is ``(absent)`` there.
    last
        Only the last so many steps from a period to the next; None: all.

    Returns
    -------
    DataFrame
        One row per step, level before and level after that a customer has: ``before`` and ``period``, two consecutive
        complete periods; ``level_before`` and ``level``; ``customers``; ``of`` (customers of ``level_before``);
        ``share`` (customers / of: the shares of a level add up to 1), with its 95 % interval ``ci_low`` and ``ci_high``
        (Wilson, 1927: a customer is one unit).

    Raises
    ------
    QuestionError
        When no segment splits the question, or there are fewer than two complete periods.

    Notes
    -----
    A customer's level in a period is that **as of the period's end**: facts are over all events until then, and a
    column of the events is what stands at the customer's latest event until then. It is not that of a journey's start,
    as where an outcome is explained: no outcome is here, and no later event counts. Journeys are not asked when they
    start, for who has one journey of many weeks is in all of them. Bounds that come from the data (quantiles) are
    those of the last period. A built-in segment that compares customers with each other (``rfm``, ``value_tier``,
    ``engagement``) does so as of each period's end.

    Examples
    --------
    >>> import journeymap as jm
    >>> days = pd.to_datetime(["2026-01-05", "2026-01-12", "2026-01-13", "2026-01-18"])
    >>> log = {"customer": ["A", "A", "B", "C"], "timestamp": days, "event": "home", "device": ["pc", "tv", "tv", "pc"]}
    >>> shop = jm.open(pd.DataFrame(log))
    >>> found = migration(shop.store, shop.question.split(("device",)), length="week")
    >>> found[["level_before", "level", "customers"]].to_numpy().tolist()
    [['pc', 'tv', 1], ['(absent)', 'pc', 1], ['(absent)', 'tv', 1]]
    """
    if not question.by:
        raise QuestionError("Customers move between the levels of a segment.", hint="Name one, such as --by lifecycle.")
    if among not in (None, *get_args(Among)):
        raise QuestionError(f"among: {suggest(str(among), get_args(Among))}")
    if last is not None:
        expect_count(last, what="The last periods")
    periods = [period for period in calendar_periods(store, replace(question, period=length)) if period.is_complete]
    if len(periods) < _LEAST:
        raise QuestionError(
            f"The data reach over {len(periods) or 'no'} whole {length}{'' if len(periods) == 1 else 's'}: "
            "two are needed to see who moves.",
            hint="Take a shorter --period.",
        )
    periods = periods[-(last + 1) :] if last is not None else periods
    whole = replace(question, since_us=None, until_us=None, period=None, as_of_us=periods[-1].end_us - 1)
    asked = latest_question(store, whole)
    segments = [find_segment(store, name, tag=f"by{at}", question=asked) for at, name in enumerate(question.by)]
    for segment in segments:
        if segment.unit == "journey":
            raise QuestionError(
                f"'{segment.name}' is a segment of journeys at any instant: customers have no level in it.",
                hint="Name the segments that it is made of.",
            )
    if among is None:
        among = "seen" if any(depends_on_silence(segment) for segment in segments) else "active"
    tables = []
    before = _levels(store, asked, periods[0], among)
    for earlier, later in pairwise(periods):
        now = _levels(store, asked, later, among)
        tables.append(_matrix(before, now, segments).assign(before=earlier.name, period=later.name))
        before = now
    return pd.concat(tables, ignore_index=True)[list(COLUMNS)]


def _levels(store: Store, question: Question, period: Period, among: Among) -> pd.DataFrame:
    """Give the level of each customer who is in a period, as of its end."""
    population = choose_population(store, replace(question, as_of_us=period.end_us - 1))
    since = "\nWHERE at_us >= $period_start_us" if among == "active" else ""
    select = f"SELECT DISTINCT {population.level_columns()}customer_key FROM visits{since}"
    return store.frame(population.query([], select, period_start_us=period.start_us)).set_index("customer_key")


def _matrix(before: pd.DataFrame, now: pd.DataFrame, segments: list[Segment]) -> pd.DataFrame:
    both = pd.concat([before.add_suffix("_before"), now], axis=1, join="outer").fillna(ABSENT)
    absent = (ABSENT,) * len(segments)
    orders = [level_order(segment) for segment in segments]

    def place(level: tuple[str, ...]) -> tuple[object, ...]:
        return (level == absent, *(order(name) for order, name in zip(orders, level, strict=True)))

    counts = [
        (tuple(map(str, key[: len(segments)])), tuple(map(str, key[len(segments) :])), int(n))
        for key, n in both.value_counts(sort=False).items()
        if isinstance(key, tuple)
    ]
    of: Counter[tuple[str, ...]] = Counter()
    for one, _, n in counts:
        of[one] += n
    rows = [
        (_name(one), _name(two), n, of[one])
        for one, two, n in sorted(counts, key=lambda row: (place(row[0]), place(row[1])))
    ]
    frame = pd.DataFrame(rows, columns=["level_before", "level", "customers", "of"])
    frame["share"] = frame["customers"] / frame["of"]
    frame["ci_low"], frame["ci_high"] = wilson_interval(frame["share"].to_numpy(), frame["of"].to_numpy())
    return frame


def _name(level: tuple[str, ...]) -> str:
    return ABSENT if level[0] == ABSENT else " / ".join(level)

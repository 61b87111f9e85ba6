"""What to do next for the customers of each level: from the playbook, by the level, its worst pain point or profile."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Literal

import pandas as pd

from journeymap.measure.outcomes import outcomes
from journeymap.measure.tables import shown_names
from journeymap.model.names import NO_LEVEL
from journeymap.model.numbers import known_number
from journeymap.painpoints.correct import MOST_Q
from journeymap.painpoints.examine import examine
from journeymap.painpoints.look import LEAST_LIFT
from journeymap.painpoints.playbook import advice_on, level_entry, playbook
from journeymap.painpoints.registry import detectors
from journeymap.segments.population import choose_population

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from journeymap.model.finding import Finding
    from journeymap.profiles.wanted import Pain
    from journeymap.segments.question import Question
    from journeymap.settings.values import AsOf
    from journeymap.store.store import Store

BasedOn = Literal["level", "pain point", "profile"]
RICH_FROM: Final = 1.5
"""A level is worth much where its share of the value is so many times its share of the customers."""


@dataclass(frozen=True, slots=True)
class NextAction:
    """What to do next for the customers of a level.

    Attributes
    ----------
    levels
        (segment, level) pairs; empty for the whole.
    customers
        Distinct customers.
    value
        The sum of their goal visits' values; None where none has one.
    value_share
        Their share of the value of all levels, 0 to 1; None where there is none.
    conversion_rate, ci_low, ci_high
        Converted / mature journeys, 0 to 1, with its 95 % interval, clustered by customer; None without mature ones.
    based_on
        What it follows from: the level itself, its worst pain point, or its profile.
    advice
        What to do.
    text
        The same with the level and the numbers.
    """

    levels: tuple[tuple[str, str], ...]
    customers: int
    value: float | None
    value_share: float | None
    conversion_rate: float | None
    ci_low: float | None
    ci_high: float | None
    based_on: BasedOn
    advice: str
    text: str


def next_actions(store: Store, question: Question, *, levels_as_of: AsOf = "latest") -> list[NextAction]:
    """Suggest what to do next for each level.

    Parameters
    ----------
    store
        The open store.
    question
        Whom it is about, and the segments that split it.
    levels_as_of
        The instant that levels and conditions are of. At the data end it is about who customers are now.

    Returns
    -------
    list of NextAction
        One per level, in their order. The playbook's entry for the level comes first: of its name in its segment, of
        the built-in kind that the segment is, of its name alone. Else that for the worst pain point that hits it more
        than others, corrected for all that was looked at. Else that for its profile: conversion below that of all (the
        interval's upper bound), value share at least 1.5 times its share of the customers, conversion above that of
        all (the lower bound), or none of these.

    Raises
    ------
    UnknownNameError
        When a segment or level is not known.
    """
    asked = replace(question, levels_as_of=levels_as_of)
    book = playbook(store.settings.playbook)
    rows = _profiles(store, asked)
    known = {row.levels: _level_advice(store, asked, row.levels, book) for row in rows}
    pains = _worst_pains(store, asked) if not all(known.values()) else {}
    whole = _profiles(store, asked.split(()))[0] if rows else None
    found = []
    for row in rows:
        pain = pains.get(row.levels)
        if known[row.levels]:
            found.append(_told(row, "level", known[row.levels]))
        elif pain is not None and pain.action:
            advice = advice_on(pain.kind, pain.touchpoint, book)
            found.append(replace(row, based_on="pain point", advice=advice, text=pain.action))
        else:
            found.append(_told(row, "profile", book.get(f"profile {_profile(row, whole)}", "")))
    return found


def next_actions_frame(found: Sequence[NextAction], segments: Sequence[str]) -> pd.DataFrame:
    """Give next actions as a frame.

    Parameters
    ----------
    found
        The actions.
    segments
        The segments that split the question.

    Returns
    -------
    DataFrame
        One row per level: the levels (``by_NAME`` where a column is called so), ``customers``, ``value``,
        ``value_share``, ``conversion_rate``, ``ci_low``, ``ci_high``, ``based_on`` and ``next_action`` (with the level
        and the numbers), as :class:`NextAction` says.
    """
    columns = ("customers", "value", "value_share", "conversion_rate", "ci_low", "ci_high", "based_on", "next_action")
    shown = shown_names(segments, set(columns))
    records = [
        {
            **dict(zip(shown, (level for _, level in item.levels), strict=True)),
            **{name: getattr(item, name) for name in columns[:-1]},
            "next_action": item.text,
        }
        for item in found
    ]
    frame = pd.DataFrame(records, columns=[*shown, *columns])
    return frame.astype(dict.fromkeys(columns[1:6], "float64"))


def pain_advice(store: Store, pain: Pain) -> str:
    """Give what is usually done about a pain point."""
    return advice_on(pain.kind, pain.touchpoint, playbook(store.settings.playbook))


def _profiles(store: Store, question: Question) -> list[NextAction]:
    frame = outcomes(store, question)
    levels = list(frame.columns[: len(question.by)])
    total = frame["value"].sum()
    found = []
    for row in frame.to_dict("records"):
        value = known_number(row["value"])
        pairs = tuple(zip(question.by, (str(row[name]) for name in levels), strict=True))
        share = value / float(total) if value is not None and total > 0 else None
        rate, low, high = (known_number(row[name]) for name in ("conversion_rate", "ci_low", "ci_high"))
        found.append(NextAction(pairs, int(row["customers"]), value, share, rate, low, high, "profile", "", ""))
    return [row for row in found if row.customers]


def _level_advice(store: Store, question: Question, levels: Sequence[tuple[str, str]], book: Mapping[str, str]) -> str:
    """Give the playbook's entry for a level: of a combination, that of the first part that has one."""
    segments = choose_population(store, question).by
    kinds = {segment.name: segment.kind for segment in segments}
    for segment, level in (*levels, *question.levels):
        if level == NO_LEVEL:
            continue
        keys = (level_entry(segment, level), level_entry(kinds.get(segment, segment), level), level_entry(level))
        advice = next((book[key] for key in keys if key in book), "")
        if advice:
            return advice
    return ""


def _worst_pains(store: Store, question: Question) -> dict[tuple[tuple[str, str], ...], Finding]:
    """Give the worst pain point of each level, of those that are worse there; of the whole, the worst of all."""
    minimum = store.settings.journey.minimum_customers
    worst: dict[tuple[tuple[str, str], ...], Finding] = {}
    for finding in examine(store, question, kinds=tuple(detectors())).findings:  # the worst first
        if finding.is_reported and (not finding.levels or _is_worse_there(finding, minimum)):
            worst.setdefault(finding.levels, finding)
    return worst


def _is_worse_there(finding: Finding, minimum: int) -> bool:
    """Say whether a pain is one of the level's own: abandonment is reported however it compares."""
    return (
        finding.q_value is not None
        and finding.q_value <= MOST_Q
        and finding.lift is not None
        and finding.lift >= LEAST_LIFT
        and finding.customers >= minimum
    )


def _profile(row: NextAction, whole: NextAction | None) -> str:
    if whole is None or not row.levels:
        return "usual"
    rate, base = row.conversion_rate, whole.conversion_rate
    if rate is not None and base is not None and row.ci_high is not None and row.ci_high < base:
        return "low_conversion"
    if row.value_share is not None and row.value_share >= RICH_FROM * row.customers / whole.customers:
        return "high_value"
    if rate is not None and base is not None and row.ci_low is not None and row.ci_low > base:
        return "high_conversion"
    return "usual"


def _told(row: NextAction, based_on: BasedOn, advice: str) -> NextAction:
    whom = "".join(f", for {segment} {level}" for segment, level in row.levels)
    share = "" if row.value_share is None else f", {row.value_share:.1%} of value".replace("%", " %")
    number = "1 customer" if row.customers == 1 else f"{row.customers:,} customers"
    text = f"{advice}{whom}: {number}{share}" if advice else ""
    return replace(row, based_on=based_on, advice=advice, text=text)

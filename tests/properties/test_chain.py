"""The chain's counts and the times are those of the plain model, for random logs and questions."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from oracle.journeys import population
from oracle.model import Scope

from journeymap.measure.chain import count_chain
from properties.comparing import rows_of
from properties.logs import Log, opened, stores
from properties.questions import Asked, cases

if TYPE_CHECKING:
    from oracle.model import Journey

OF_SOURCE = ("source_customers", "source_converting", "source_converted")
ENDS = {"converted": "(converted)", "ended": "(ended)", "abandoned": "(dropped)", "open": "(open)"}


def transitions_of(journey: Journey) -> list[tuple[str, str]]:
    nodes = ["(start)", *journey.path, ENDS[journey.status]]
    return list(pairwise(nodes))


@stores
@given(cases())
def test_counts(case: tuple[Log, Asked]) -> None:
    log, asked = case
    assume(log.rules.goals)
    with opened(log) as store:
        frame = count_chain(store.store, asked.of_engine(store).question.split(asked.by))
    cut = replace(asked, end_at="goal").of_model(log)
    n_levels = len(asked.by)
    found: Counter[tuple[str, ...]] = Counter()
    for row in rows_of(frame):
        key = (*list(row.values())[:n_levels], row["source"], row["target"])
        found[key] += row["count"]
    mature = [journey for journey in cut.journeys if journey.mature]
    assert found == Counter((*journey.level, *move) for journey in mature for move in transitions_of(journey))
    through = frame.drop_duplicates([*frame.columns[:n_levels], "source", "customer_group"])
    counted: dict[str, Counter[tuple[str, ...]]] = {name: Counter() for name in OF_SOURCE}
    for row in rows_of(through):
        for name in OF_SOURCE:
            counted[name][*list(row.values())[:n_levels], row["source"]] += row[name]
    who = {(*one.level, name, one.customer) for one in mature for name in ("(start)", *one.path)}
    assert counted["source_customers"] == Counter(key[:-1] for key in who)
    converted = [one for one in mature if one.status == "converted"]
    last = {(*one.level, one.path[-1], one.customer) for one in converted}
    assert +counted["source_converting"] == Counter(key[:-1] for key in last)
    by = [(*one.level, name) for one in converted for name in {"(start)", *one.path}]
    assert +counted["source_converted"] == Counter(by)


def product_limit(waits: list[tuple[int, bool]]) -> list[tuple[float, float]]:
    """Give the textbook's estimate: seconds, and the share that has reached it by then."""
    still, found = 1.0, []
    for moment in sorted({wait for wait, reached in waits if reached}):
        at_risk = sum(wait >= moment for wait, _ in waits)
        still *= 1 - sum(wait == moment and reached for wait, reached in waits) / at_risk
        found.append((moment / 1e6, 1 - still))
    return found


@stores
@given(cases(), st.sampled_from(["convert", "return"]))
def test_times(case: tuple[Log, Asked], event: str) -> None:
    log, asked = case
    assume(log.rules.goals)
    with opened(log) as store:
        frame = asked.of_engine(store).time_curve(event, by=asked.by)
        counted = asked.of_engine(store).times(event, by=asked.by, shares=(0.5,))
    people = asked.of_model(log)
    everyone = population(
        log.accepted, log.rules, Scope(as_of_us=asked.as_of_us, end_at=asked.end_at), log.customers
    )  # fmt: skip
    starts: dict[str, list[tuple[int, int]]] = {}
    for journey in everyone.journeys:
        starts.setdefault(journey.customer, []).append((journey.first.position, journey.first.at_us))
    waits: dict[tuple[str, ...], list[tuple[int, bool]]] = {}
    for journey in people.journeys:
        if event == "convert":
            until, since = journey.converted_at, journey.first.at_us
        else:
            later = sorted(start for start in starts[journey.customer] if start[0] > journey.first.position)
            until, since = (later[0][1] if later else None), journey.last.at_us
        wait = max((people.data_end if until is None else until) - since, 0)
        waits.setdefault(journey.level, []).append((wait, until is not None))
    n_levels = len(asked.by)
    curves: dict[tuple[str, ...], list[tuple[float, float]]] = {}
    for row in rows_of(frame):
        curves.setdefault(tuple(list(row.values())[:n_levels]), []).append((row["seconds"], row["share"]))
        assert 0 <= row["ci_low"] <= row["share"] <= row["ci_high"] <= 1
    expected = {level: product_limit(some) for level, some in waits.items()}
    assert set(curves) == {level for level, curve in expected.items() if curve}
    for level, curve in curves.items():
        assert [pair for point in curve for pair in point] == pytest.approx(
            [pair for point in expected[level] for pair in point]
        )
    for row in rows_of(counted):
        level = tuple(list(row.values())[:n_levels])
        assert (row["journeys"], row["reached"]) == (len(waits[level]), sum(reached for _, reached in waits[level]))
        median = next((seconds for seconds, share in expected[level] if share >= 0.5 - 1e-12), None)
        assert row["seconds"] == (None if median is None else pytest.approx(median))

"""Facts against a plain count over each customer's events."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from properties.logs import TIMES, Log, logs, opened

from journeymap.segments.define import find_condition
from journeymap.segments.facts import FACTS
from journeymap.segments.operands import Scope, find_operand
from journeymap.segments.question import Question
from journeymap.segments.sources import Needs, joined_sources, seen_steps, source_steps
from journeymap.settings.durations import DAY_US
from journeymap.store.sql import Query, identifier

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from conftest import Logs

    from journeymap.api import Journeys
    from journeymap.settings.values import AsOf


@dataclass(frozen=True)
class Visit:
    """One row of the store's events."""

    customer: int
    journey: int
    position: int
    at_us: int
    touchpoint: str
    channel: str | None
    value: float | None
    session: int
    is_goal: bool


def visits_of(store: Journeys, as_of_us: int) -> list[Visit]:
    rows = store.store.engine.execute(
        "SELECT customer_key, journey_key, position, at_us, touchpoint, h.channel, value, session_key, is_goal "
        "FROM events JOIN touchpoints USING (touchpoint_key) LEFT JOIN channels h USING (channel_key) "
        "WHERE at_us <= $as_of_us ORDER BY customer_key, position",
        {"as_of_us": as_of_us},
    )
    return [Visit(*row) for row in rows]


def plain_facts(before: Sequence[Visit], first: Visit | None, now_us: int) -> dict[str, Any]:
    """Count the facts of one customer from the events that count, and the customer's first event of all."""
    goals = [visit for visit in before if visit.is_goal]
    valued = [visit.value for visit in goals if visit.value is not None]
    spend: float | None = sum(valued) if valued else None

    def days(visit: Visit | None) -> float | None:
        return None if visit is None else (now_us - visit.at_us) / DAY_US

    return {
        "n_events": len(before),
        "visits": len(before),
        "journeys": len({visit.journey for visit in before}),
        "sessions": len({visit.session for visit in before}),
        "active_days": len({visit.at_us // DAY_US for visit in before}),
        "purchases": len(goals),
        "spend": 0.0 if not goals else spend,
        "mean_order_value": None if spend is None else spend / len(valued),
        "days_since_last": days(before[-1] if before else None),
        "days_since_first": days(before[0] if before else None),
        "days_since_purchase": days(goals[-1] if goals else None),
        "purchase_gap_days": (goals[-1].at_us - goals[-2].at_us) / DAY_US if len(goals) > 1 else None,
        "first_touchpoint": None if first is None else first.touchpoint,
        "first_channel": None if first is None else first.channel,
    }


def counted(visits: Sequence[Visit], as_of: AsOf, data_end_us: int) -> dict[int, dict[str, Any]]:
    """Give the facts of every journey, or every customer, by key."""
    found: dict[int, dict[str, Any]] = {}
    customers = {visit.customer for visit in visits}
    for customer in customers:
        own = [visit for visit in visits if visit.customer == customer]
        if as_of == "start":
            for journey in {visit.journey for visit in own}:
                start = next(visit for visit in own if visit.journey == journey)
                before = [visit for visit in own if visit.position < start.position]
                found[journey] = plain_facts(before, own[0], start.at_us)
        elif as_of == "first":
            first = [visit for visit in own if visit.journey == own[0].journey]
            found[customer] = plain_facts(first, own[0], first[-1].at_us)
        else:
            found[customer] = plain_facts(own, own[0], data_end_us)
    return found


def asked(
    store: Journeys, needs: Needs, sql: Mapping[str, str], values: Mapping[str, object], question: Question, unit: Any
) -> dict[int, dict[str, Any]]:
    """Ask the engine for some SQL of every journey or customer."""
    last_us = store.store.span.last_us or 0
    data_end_us = last_us if question.as_of_us is None else question.as_of_us
    steps, events, journeys = seen_steps(data_end_us, last_us)
    source, key = joined_sources(needs, journeys, unit=unit)
    listed = ", ".join(f"{item} AS {identifier(name)}" for name, item in sql.items())
    query = Query(
        (*steps, *source_steps(store.store, needs, events)),
        f"SELECT {key} AS key, {listed} FROM {source}",
        {**values, "data_end_us": data_end_us},
    )
    frame = store.store.frame(query).astype(object)
    rows = frame.where(frame.notna(), None).to_dict("records")
    return {int(row.pop("key")): {str(name): value for name, value in row.items()} for row in rows}


@hypothesis_settings(max_examples=hypothesis_settings.default.max_examples // 5)  # type: ignore[union-attr]
@given(logs(), st.data())
def test_every_fact_is_what_a_plain_count_gives(log: Log, data: st.DataObject) -> None:
    names = sorted({event.touchpoint for event in log.events})
    x, y = data.draw(st.sampled_from(names)), data.draw(st.sampled_from(names))
    as_of_us = data.draw(st.none() | TIMES)
    with opened(log) as store:
        question = Question(as_of_us=as_of_us)
        data_end_us = (store.store.span.last_us or 0) if as_of_us is None else as_of_us
        visits = visits_of(store, data_end_us)
        for as_of in ("start", "first", "latest"):
            # One question for all facts at once: their tallies are shared.
            needs, sql = Needs(), {}
            for name in FACTS:
                operand = find_operand(Scope.of(store.store, question), name, as_of, tag="fact")
                assert operand is not None
                needs |= operand.needs
                sql[name] = operand.sql
            expected = counted(visits, as_of, data_end_us)
            found = asked(store, needs, sql, {}, question, "journey" if as_of == "start" else "customer")
            for key, facts in expected.items():
                for name, value in facts.items():
                    ours = found[key][name]
                    assert ours == (value if value is None or isinstance(value, str) else pytest.approx(value)), (
                        as_of, name,
                    )  # fmt: skip
        calls: dict[str, Callable[[list[Visit]], Any]] = {
            f"used({quoted(x)})": lambda before: any(visit.touchpoint == x for visit in before),
            f"count({quoted(x)}) >= 2": lambda before: sum(visit.touchpoint == x for visit in before) >= 2,
            f"before({quoted(x)}, {quoted(y)})": lambda before: comes_before(before, x, y),
            f"count('*') > count({quoted(y)})": lambda before: any(visit.touchpoint != y for visit in before),
        }
        needs, sql, values = Needs(), {}, {}
        for at, text in enumerate(calls):
            condition = find_condition(store.store, text, what="--where", tag=f"asked{at}", question=question)
            needs |= condition.needs
            values |= condition.values
            sql[text] = condition.sql
        found = asked(store, needs, sql, values, question, "journey")
        for journey in {visit.journey for visit in visits}:
            start = next(visit for visit in visits if visit.journey == journey)
            before = [visit for visit in visits if visit.customer == start.customer and visit.position < start.position]
            for text, holds in calls.items():
                assert bool(found[journey][text]) == holds(before), (text, journey)


def quoted(name: str) -> str:
    return "'" + name.replace("'", "''") + "'"


def comes_before(visits: Sequence[Visit], x: str, y: str) -> bool:
    first = {name: next((visit.position for visit in visits if visit.touchpoint == name), None) for name in (x, y)}
    return first[x] is not None and first[y] is not None and first[x] < first[y]


def test_the_future_does_not_explain_the_past(log: Logs) -> None:
    store = log("A 0d home\nA 40d order web 10\nA 80d home\nB 0d order app 5\nB 1d order app 5", goal=("order",))
    by = store.outcomes(by="purchases").set_index("purchases")["journeys"].to_dict()
    assert by == {"0": 3, "1": 1}  # B's two are within one journey
    assert store.where("purchases = 0 and spend = 0").outcomes()["journeys"].item() == 3
    assert store.where("purchases >= 1").outcomes()["journeys"].item() == 1
    assert store.where("days_since_purchase = 40").outcomes()["journeys"].item() == 1
    # What is asked as of an earlier day knows no more than that day.
    later = store.define("now", "purchases @latest")
    assert later.outcomes(by="now").set_index("now")["journeys"].to_dict() == {"1": 3, "2": 1}
    assert later.where(as_of="2024-01-10").outcomes(by="now").set_index("now")["journeys"].to_dict() == {"0": 1, "2": 1}


def test_a_day_that_two_journeys_share_is_one(log: Logs) -> None:
    store = log("A 1h a\nA 5h a\nA 9h a\nA 2d a", gap="3h")
    assert store.outcomes(by="active_days").set_index("active_days")["journeys"].to_dict() == {"0": 1, "1": 3}
    assert store.outcomes(by="journeys").set_index("by_journeys")["journeys"].tolist() == [1, 1, 1, 1]


def test_a_purchase_without_a_value_is_not_worth_nothing(log: Logs) -> None:
    store = log("A 0d order web\nA 40d home\nB 0d order web 0\nB 40d home\nC 0d home\nC 40d home", goal=("order",))
    levels = store.where("journeys = 1").outcomes(by="spend").set_index("spend")["journeys"].to_dict()
    assert levels == {"0": 2, "(none)": 1}


def test_a_column_goes_before_a_fact_of_its_name_but_not_within_a_built_in_segment(log: Logs) -> None:
    store = log(
        "A 0d order web 10\nA 40d home\nB 0d home", goal=("order",),
        customers={"customer": ["A", "B"], "purchases": [7, 9]},
    )  # fmt: skip
    assert store.outcomes(by="purchases")["purchases"].tolist() == ["7", "9"]
    assert store.where("purchases = 7").outcomes()["journeys"].item() == 2
    assert store.outcomes(by="lifecycle").set_index("lifecycle")["journeys"].to_dict() == {"new": 2, "one-time": 1}


def test_facts_are_compared_as_numbers_with_one_another(log: Logs) -> None:
    store = log("\n".join(f"A {40 * at}d home" for at in range(11)) + "\nB 0d home\nB 1d home\nB 40d home")
    assert store.where("journeys < n_events").outcomes()["journeys"].item() == 1
    assert store.where("journeys >= 9").outcomes()["journeys"].item() == 2  # 9 and 10
    assert store.where("count('home') > 9.5").outcomes()["journeys"].item() == 1


def test_visits_on_a_channel(log: Logs) -> None:
    store = log("A 0d a social\nA 1d b social\nA 40d a web\nB 0d a web\nB 40d a web")
    found = store.define("social", "some: on_channel('social') >= 1; else none").outcomes(by="social")
    assert found.set_index("social")["journeys"].to_dict() == {"some": 1, "none": 3}
    assert store.where("on_channel('so*') = 2").outcomes()["journeys"].item() == 1

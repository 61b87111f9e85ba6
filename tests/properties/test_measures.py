"""Every measure gives what the plain model gives, for random logs and questions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from hypothesis import given
from hypothesis import strategies as st
from oracle import tables
from oracle.abandonment import abandonment, where_next
from oracle.arithmetic import median_seconds
from oracle.counts import dropoff, journey_steps, touchpoints, transitions
from oracle.funnel import Order, funnel
from oracle.model import DAY, Population, Row
from oracle.paths import paths

from properties.comparing import assert_interval, assert_same, rows_of
from properties.logs import Log, opened, stores
from properties.questions import Asked, cases

if TYPE_CHECKING:
    import pandas as pd

Case = tuple[Log, Asked]
WINDOWS = st.sampled_from([("1d", DAY), ("2d", 2 * DAY), ("3d", 3 * DAY), ("1s", 1_000_000)])


@stores
@given(cases())
def test_touchpoints(case: Case) -> None:
    log, asked = case
    with opened(log) as store:
        frame = asked.of_engine(store).touchpoints(by=asked.by)
    assert_same(frame, touchpoints(asked.of_model(log)), by=asked.by, key=["touchpoint"])


@stores
@given(cases())
def test_transitions(case: Case) -> None:
    log, asked = case
    with opened(log) as store:
        frame = asked.of_engine(store).transitions(by=asked.by)
    expected = transitions(asked.of_model(log))
    assert_same(frame, expected, by=asked.by, key=["source", "target"])


@stores
@given(cases(), st.data())
def test_steps(case: Case, data: st.DataObject) -> None:
    log, asked = case
    n_steps = data.draw(st.sampled_from([1, 2, 6]), label="steps")
    way = data.draw(st.sampled_from([None, "after", "before"]), label="way")
    anchor = {way: data.draw(st.sampled_from(log.touchpoints), label="anchor")} if way else {}
    with opened(log) as store:
        frame = asked.of_engine(store).steps(n_steps, **anchor, by=asked.by)
    expected = journey_steps(asked.of_model(log), n_steps, **anchor)
    assert_same(frame, expected, by=asked.by, key=["step", "source", "target"])


@stores
@given(cases())
def test_dropoff(case: Case) -> None:
    log, asked = case
    with opened(log) as store:
        frame = asked.of_engine(store).dropoff(by=asked.by)
    assert_same(frame, dropoff(asked.of_model(log)), by=asked.by, key=["touchpoint"])


@stores
@given(cases())
def test_dropoff_intervals(case: Case) -> None:
    log, asked = case
    with opened(log) as store:
        frame = asked.of_engine(store).dropoff(by=asked.by)
    assert_interval(frame, "drop_rate")


def outcomes_of(people: Population) -> list[Row]:
    """Give the model's statuses under the engine's names: the statuses of mature journeys."""
    rows = []
    for row, level in zip(tables.statuses(people), people.levels(), strict=True):
        every = people.of_level(level)
        values = [journey.value for journey in every if journey.value is not None]
        rows.append(
            people.level_columns(level)
            | {name: row[name] for name in ("customers", "journeys", "mature", "immature")}
            | {status: row[f"mature_{status}"] for status in tables.STATUSES}
            | {
                "conversion_rate": row["conversion"],
                "value": float(sum(values)) if values else None,
                "median_seconds": median_seconds([item.last.at_us - item.first.at_us for item in every]),
                "mean_steps": row["visits"] / len(every) if every else None,
                "first_us": min((item.first.at_us for item in every), default=None),
                "last_us": max((item.last.at_us for item in every), default=None),
            }
        )
    return rows


@stores
@given(cases())
def test_outcomes(case: Case) -> None:
    log, asked = case
    with opened(log) as store:
        frame = asked.of_engine(store).outcomes(by=asked.by)
    assert_same(frame, outcomes_of(asked.of_model(log)), by=asked.by, key=[])
    assert_interval(frame, "conversion_rate")


@stores
@given(cases(), st.data())
def test_funnel(case: Case, data: st.DataObject) -> None:
    log, asked = case
    steps = data.draw(st.lists(st.sampled_from(log.touchpoints), min_size=2, max_size=4), label="steps")
    order: Order = data.draw(st.sampled_from(["ordered", "strict", "any"]), label="order")
    window, window_us = data.draw(st.just((None, None)) | WINDOWS, label="window")
    with opened(log) as store:
        frame = asked.of_engine(store).funnel(steps, window=window, order=order, by=asked.by)
    people = asked.of_model(log)
    expected = without_idle(funnel(people, steps, window_us, order), people, ("entered", "immature"), group="step")
    assert_same(without_idle_frame(frame, asked), expected, by=asked.by, key=["step", "touchpoint"])


def without_idle(
    rows: list[Row], people: Population, counts: tuple[str, ...], *, group: str | None = None
) -> list[Row]:
    """Leave out levels in which nothing happened: the engine has no row for them."""

    def level(row: Row) -> tuple[object, ...]:
        return tuple(row[name] for name in people.by)

    busy = {level(row) for row in rows if any(row[name] for name in counts)}
    assert group is None or all(group in row for row in rows)
    return [row for row in rows if level(row) in busy]


def without_idle_frame(frame: pd.DataFrame, asked: Asked) -> pd.DataFrame:
    """Leave out the row, or rows, of zeros that the engine gives where nobody is in the population at all."""
    counts = [name for name in ("entered", "attempts", "immature") if name in frame.columns]
    if asked.by or frame[counts].to_numpy().any():
        return frame
    return frame.iloc[:0]


@stores
@given(cases(), st.data())
def test_paths(case: Case, data: st.DataObject) -> None:
    log, asked = case
    name = st.none() | st.sampled_from(log.touchpoints)
    from_, to = data.draw(name, label="from"), data.draw(name, label="to")
    top = data.draw(st.sampled_from([1, 2, 20]), label="top")
    with opened(log) as store:
        frame = asked.of_engine(store).paths(top=top, from_=from_, to=to, by=asked.by)
    expected = paths(asked.of_model(log), top, from_, to)
    assert_same(frame, [{**row, "path": tuple(row["path"])} for row in expected], by=asked.by, key=["path"])
    if not asked.by:
        assert [row["path"] for row in rows_of(frame)] == [tuple(row["path"]) for row in expected]


@stores
@given(cases(), st.data())
def test_abandonment(case: Case, data: st.DataObject) -> None:
    log, asked = case
    after = data.draw(st.sampled_from(log.touchpoints), label="after")
    without = data.draw(st.lists(st.sampled_from(log.touchpoints), min_size=1, max_size=2), label="without")
    window, window_us = data.draw(WINDOWS, label="window")
    from journeymap.measure.abandonment import went_instead

    with opened(log) as store:
        narrowed = asked.of_engine(store)
        frame = narrowed.abandonment(after, without=without, within=window, by=asked.by)
        went = went_instead(
            store.store, narrowed.question.split(asked.by), after=after, without=without, window_us=window_us
        )
    people = asked.of_model(log)
    found = abandonment(people, after, set(without), window_us)
    expected = without_idle(found, people, ("attempts", "immature"))
    assert_same(without_idle_frame(frame, asked), expected, by=asked.by, key=[])
    assert_interval(frame, "rate")
    assert_same(went, where_next(people, after, set(without), window_us), by=asked.by, key=["touchpoint"])


@stores
@given(cases())
def test_the_default_end_of_an_attempt_is_the_goal(case: Case) -> None:
    log, asked = case
    if not log.rules.goals:
        return
    after = log.touchpoints[0]
    with opened(log) as store:
        frame = asked.of_engine(store).abandonment(after, within="2d", by=asked.by)
    people = asked.of_model(log)
    expected = without_idle(abandonment(people, after, None, 2 * DAY), people, ("attempts", "immature"))
    assert_same(without_idle_frame(frame, asked), expected, by=asked.by, key=[])


STORED: tuple[Literal["position", "step", "at_us", "touchpoint", "next_touchpoint", "gap_us"], ...] = (
    "position", "step", "at_us", "touchpoint", "next_touchpoint", "gap_us",
)  # fmt: skip


@stores
@given(cases())
def test_the_stored_tables(case: Case) -> None:
    """What anybody who opens the store with DuckDB reads: visits in their places, journeys with their facts."""
    log, _ = case
    asked = Asked(end_at="journey")
    people = asked.of_model(log)
    with opened(log) as store:
        report = store.report
        visits = store.store.engine.execute(
            """
            SELECT c.customer_id, e.position, e.step, e.at_us, t.touchpoint, n.touchpoint, e.gap_us, h.channel, e.value,
                dense_rank() OVER (PARTITION BY e.customer_key ORDER BY e.session_key) AS session,
                dense_rank() OVER (PARTITION BY e.customer_key ORDER BY e.journey_key) AS journey
            FROM events e JOIN customers c USING (customer_key)
            JOIN touchpoints t ON t.touchpoint_key = e.touchpoint_key
            LEFT JOIN touchpoints n ON n.touchpoint_key = e.next_touchpoint_key
            LEFT JOIN channels h ON h.channel_key = e.channel_key
            """
        )
        journeys = store.store.engine.execute(
            """
            SELECT c.customer_id, j.start_us, j.end_us, j.steps, j.converted_at_us, j.value, f.touchpoint, l.touchpoint,
                dense_rank() OVER (PARTITION BY j.customer_key ORDER BY j.journey_key) AS journey
            FROM journeys j JOIN customers c USING (customer_key)
            JOIN touchpoints f ON f.touchpoint_key = j.first_touchpoint_key
            JOIN touchpoints l ON l.touchpoint_key = j.last_touchpoint_key
            """
        )
        variants = store.store.engine.execute("SELECT journey_key, variant FROM journeys ORDER BY journey_key")
        assert len(variants) == len({key for key, _ in variants})
    expected = {
        (
            row["customer"], row["position"], row["step"], row["at_us"], row["touchpoint"], row["next_touchpoint"],
            row["gap_us"], visit.event.channel, visit.value, row["session"], row["journey"],
        )
        for row, visit in zip(
            tables.visits(people),
            [visit for history in people.histories().values() for _, visit in history],
            strict=True,
        )
    }  # fmt: skip
    assert len(visits) == len(log.accepted)
    assert set(visits) == expected
    assert sorted(journeys, key=str) == sorted(
        [
            (
                item.customer, item.first.at_us, item.last.at_us, len(item.visits), item.converted_at, item.value,
                item.first.touchpoint, item.last.touchpoint, item.number,
            )
            for item in people.journeys
        ],
        key=str,
    )  # fmt: skip
    assert report is not None
    summary = tables.summary(people)
    for name in ("customers", "journeys", "touchpoints", "converted", "ended", "abandoned", "open", "mature"):
        if log.rules.end_at == "journey" or name in {"customers", "touchpoints"}:
            assert getattr(report, name) == summary[name], name

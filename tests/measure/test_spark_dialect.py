"""Every question can be asked of Spark: sqlglot translates it, and what it does not know is put right."""

from __future__ import annotations

import re
from functools import cache

import pytest
import sqlglot
from conftest import opened
from sqlglot import exp

from journeymap.journeys.sequences import sequence_events, summarise_journeys
from journeymap.measure.abandonment import went_instead
from journeymap.measure.activity import activity_groups, goal_times
from journeymap.measure.converting import converting_moves
from journeymap.measure.friction import friction
from journeymap.measure.stages import channel_visits
from journeymap.profiles.traits import compare_with_others
from journeymap.segments.define import find_segment
from journeymap.segments.transition_counts import count_transitions
from journeymap.settings import EventSettings, JourneySettings, SegmentSettings, Settings
from journeymap.store.spark_dialect import to_spark

SHOP = """
    A 0d  home  web
    A 1d  cart  web
    A 5d  order app 10
    A 6d  home  app
    B 2d  cart  web
    B 5d  home  web
    C 50d order app 20
    D 80d home  -
"""
SETTINGS = Settings(
    journey=JourneySettings(goal=("order",)), segments=(("group", SegmentSettings(column="age", bins=(18, 30))),)
)
SEGMENTS = {
    "both": "region / channel", "tree": "region > group", "rest": "dear: spend > 1; seen: used('*'); else none",
    "mail": "a: on_channel('web') > count('home'); b: before('home', 'order')", "now": "lifecycle @latest",
    "begun": "days_since_first: 3 quantiles @first", "last": "channel @latest", "entry": "channel @first",
    "rfm now": "rfm @latest", "worth": "mean_order_value: 5, 10 @latest", "busy": "sessions", "days": "active_days",
}  # fmt: skip
BUILT_IN = (
    "rfm", "lifecycle", "value_tier", "pareto", "engagement", "first_channel", "first_touchpoint", "m_score", "visits",
)  # fmt: skip


@cache
def questions() -> dict[str, str]:
    """Ask everything in every way, and give the SQL of each under a name."""
    found: dict[str, str] = {}
    with opened(here=True) as log:
        store = log(
            SHOP, settings=SETTINGS,
            customers={"customer": ["A", "B"], "region": ["n", "s"], "age": [20.5, 40.0], "size": [1, 2]},
        )  # fmt: skip
        heard: list[str] = []
        store.explain_to(heard.append)
        narrow = store.where(
            "age >= 20 AND region LIKE 'n%' AND size IN (1, 2)", as_of="2024-02-01", since="2023-12-01",
            until="2024-03-01", end_at="goal", region="n",
        )  # fmt: skip
        for whom, asked in (("all", store), ("few", narrow)):
            for by in (None, ["group", "channel"]):
                for what, ask in {
                    "touchpoints": lambda it, by: it.touchpoints(by),
                    "transitions": lambda it, by: it.transitions(by),
                    "dropoff": lambda it, by: it.dropoff(by),
                    "outcomes": lambda it, by: it.outcomes(by),
                    "stages": lambda it, by: it.stages(by),
                    "scores": lambda it, by: it.scores(by),
                    "friction": lambda it, by: friction(it.store, it._by(by)),
                    "channels": lambda it, by: channel_visits(it.store, it._by(by)),
                    "funnel": lambda it, by: it.funnel(["home", "cart", "order"], window="2d", by=by),
                    "strict": lambda it, by: it.funnel(["home", "cart"], order="strict", by=by),
                    "any": lambda it, by: it.funnel(["home", "cart"], order="any", window="2d", by=by),
                    "paths": lambda it, by: it.paths(by=by),
                    "from to": lambda it, by: it.paths(from_="home", to="cart", by=by),
                    "steps": lambda it, by: it.steps(by=by),
                    "converting moves": lambda it, by: converting_moves(it.store, it._by(by)),
                    "abandonment": lambda it, by: it.abandonment("cart", by=by),
                    "removal effects": lambda it, by: it.removal_effects(by=by),
                    "times to convert": lambda it, by: it.times("convert", by=by),
                    "times to return": lambda it, by: it.times("return", by=by),
                }.items():
                    heard.clear()
                    ask(asked, by)
                    found.update({f"{what} of {whom} by {by}, {at}": sql for at, sql in enumerate(heard)})
            for way in ("after", "before"):
                heard.clear()
                asked.steps(2, by="region", **{way: "cart"})
                found.update({f"steps {way} of {whom}, {at}": sql for at, sql in enumerate(heard)})
            for what, ask in {
                "levels": lambda it: it.compare("region", ["n", "s"], steps=["home", "cart"], window="2d"),
                "rest": lambda it: it.compare("channel", "web"),
                "periods": lambda it: it.compare(after="2024-01-05"),
                "others": lambda it: compare_with_others(
                    it.store, it.question, find_segment(it.store, "region", tag="by0"), ["n"]
                ),
                "goal times": lambda it: goal_times(it.store, it.question.split(("region", "channel"))),
                "activity": lambda it: activity_groups(it.store, it.question.split(("region", "channel"))),
                "mix": lambda it: it.mix_effects("group", ["18 to under 30"], within="channel"),
                "difference": lambda it: it.difference_map("region", "n"),
                "facts": lambda it: it.define("known", "yes: journeys >= 1; else no @latest").compare("known", "yes"),
                "facts before": lambda it: it.define("known", "no: journeys < 1; else yes").compare("known", "no"),
                "first": lambda it: it.define("entry", "channel @first").compare("entry", "web"),
            }.items():
                heard.clear()
                ask(asked)
                found.update({f"{what} of {whom}, {at}": sql for at, sql in enumerate(heard)})
            heard.clear()
            went_instead(
                asked.store, asked.question.split(("region",)), after="cart", without=["order"], window_us=10**9
            )
            found.update({f"went instead of {whom}, {at}": sql for at, sql in enumerate(heard)})
            heard.clear()
            count_transitions(asked.store, asked.question)
            found.update({f"transition counts of {whom}, {at}": sql for at, sql in enumerate(heard)})
        for name, line in SEGMENTS.items():
            store = store.define(name, line)
        narrow = store.where("used('home') and purchases >= 0 and days_since_last < 99", as_of="2024-02-01")
        # Several segments at once: each has its own relations and levels in the one question, and its own cuts before.
        names = (*SEGMENTS, *BUILT_IN)
        for whom, asked, size in (("all", store, 11), ("few", narrow.where(end_at="goal"), 21)):
            for by in (list(names[first : first + size]) for first in range(0, len(names), size)):
                heard.clear()
                asked.touchpoints(by)
                found.update({f"touchpoints of {whom} by {by}, {at}": sql for at, sql in enumerate(heard)})
        trips = log(
            "A 0d home x\nA 1d cart y\nA 2d home x", columns=("customer", "timestamp", "event", "trip"),
            settings=Settings(events=EventSettings(journey="trip"), journey=JourneySettings(goal=("cart",))),
        )  # fmt: skip
        heard.clear()
        trips.explain_to(heard.append)
        trips.where("active_days >= 0 and purchase_gap_days is null and before('home', 'cart')").outcomes()
        found.update({f"facts of named journeys, {at}": sql for at, sql in enumerate(heard)})
    journey = JourneySettings()
    found["sequences"] = sequence_events("arrivals", journey, journey_column=None, others=["a b"]).text()
    found["named journeys"] = sequence_events("arrivals", journey, journey_column="trip", others=["trip"]).text()
    found["journeys"] = summarise_journeys("events").text()
    found["journeys of a column"] = summarise_journeys("events", journey_column="trip").text()
    return found


@cache
def translated() -> dict[str, str]:
    return {name: to_spark(sql) for name, sql in questions().items()}


def test_every_measure_is_asked() -> None:
    assert len(questions()) > 100
    assert all(sql.lstrip(" \n").startswith(("--", "WITH", "SELECT")) for sql in questions().values())


TRAPS = {
    "a named window without parentheses": re.compile(r"\bOVER \w+ (?!AS\b|FROM\b)(?:[-+*/<>=]|IS\b)", re.IGNORECASE),
    "a quantile that is called otherwise there": re.compile(r"quantile_cont|percentile_cont", re.IGNORECASE),
    "microseconds of a time": re.compile(r"\bepoch_us\b", re.IGNORECASE),
    "a hash of 32 bits": re.compile(r"(?<!xx)\bhash\s*\(", re.IGNORECASE),
    "a list without its order": re.compile(r"collect_list\s*\((?!NAMED_STRUCT)|array_agg|\blist\s*\(", re.IGNORECASE),
    "the first of two, by its DuckDB name": re.compile(r"\barg_(min|max)\b", re.IGNORECASE),
    "columns left out, by their DuckDB name": re.compile(r"\bEXCLUDE\b", re.IGNORECASE),
    "a type that is not there": re.compile(
        r"\b(U(TINY|SMALL|BIG)INT|UINTEGER|U?HUGEINT|INT128|VARCHAR)\b", re.IGNORECASE
    ),
    "an unnested list": re.compile(r"\bunnest\b", re.IGNORECASE),
    "a value that is not bound": re.compile(r"\$\w+|@\w+"),
    "a truncation, which is of dates": re.compile(r"\btrunc\s*\(", re.IGNORECASE),
    "a name in double quotes": re.compile(r'"'),
    "rows chosen by a window": re.compile(r"\bQUALIFY\b", re.IGNORECASE),
    "columns listed by themselves": re.compile(r"\bGROUP BY ALL\b|\bBY NAME\b", re.IGNORECASE),
}


@pytest.mark.parametrize("trap", TRAPS)
def test_no_question_falls_into_a_known_trap(trap: str) -> None:
    fallen = {name: found.group(0) for name, sql in translated().items() if (found := TRAPS[trap].search(sql))}
    assert fallen == {}


@pytest.mark.parametrize("trap", ["a quantile that is called otherwise there", "a hash of 32 bits"])
def test_without_our_help_they_would(trap: str) -> None:
    """So that what is put right is dropped when sqlglot learns it."""
    plain = [sqlglot.transpile(sql, read="duckdb", write="spark", comments=False)[0] for sql in questions().values()]
    assert any(TRAPS[trap].search(sql) for sql in plain)


@pytest.mark.slow  # Spark itself reads many of them in tests/spark
def test_what_is_translated_can_be_read_as_sparks() -> None:
    for name, sql in translated().items():
        tree = sqlglot.parse_one(sql, read="spark")
        assert not list(tree.find_all(exp.Command)), name
        assert tree.sql(dialect="spark") == sqlglot.parse_one(tree.sql(dialect="spark"), read="spark").sql(
            dialect="spark"
        )


def test_values_stay_bound() -> None:
    for name, sql in questions().items():
        wanted = {
            found.name for found in sqlglot.parse_one(sql, read="duckdb").find_all(exp.Parameter, exp.Placeholder)
        }
        there = set(re.findall(r"(?<![:\w?]):(\w+)", translated()[name]))
        assert there == {value for value in wanted if value}, name


@pytest.mark.parametrize(
    ("duckdb", "spark"),
    [
        ("quantile_cont(x, 0.9) / 1e6", "PERCENTILE(x, 0.9) / 1e6"),
        ("quantile_cont(x, [0.5, 0.9])", "PERCENTILE(x, ARRAY(0.5, 0.9))"),
        ("quantile_cont(x, 0.5) FILTER (WHERE y)", "PERCENTILE(x, 0.5) FILTER(WHERE y)"),
        ("quantile_cont(hash(x), 0.5)", "PERCENTILE(XXHASH64(x), 0.5)"),
        ("hash(x, y) >> 1", "SHIFTRIGHT(XXHASH64(x, y), 1)"),
        (
            "list(x ORDER BY y)",
            "TRANSFORM(SORT_ARRAY(COLLECT_LIST(NAMED_STRUCT('key0', y, 'item', x)), TRUE), pair -> pair.item)",
        ),
        (
            "list(x ORDER BY y DESC, z DESC)",
            (
                "TRANSFORM(SORT_ARRAY(COLLECT_LIST(NAMED_STRUCT('key0', y, 'key1', z, 'item', x)), FALSE), "
                "pair -> pair.item)"
            ),
        ),
        ("list(x)", "TRANSFORM(COLLECT_LIST(NAMED_STRUCT('item', x)), pair -> pair.item)"),
        ("arg_min(x, y)", "MIN_BY(x, CASE WHEN NOT x IS NULL THEN y END)"),
        ("bit_xor(x)", "BIT_XOR(x)"),
        ("epoch_us(x)", "UNIX_MICROS(x)"),
        (
            "epoch_us(CAST(x AS TIMESTAMP))",
            "TIMESTAMPDIFF(MICROSECOND, CAST('1970-01-01 00:00:00' AS TIMESTAMP_NTZ), CAST(x AS TIMESTAMP_NTZ))",
        ),
        ("trunc(x)", "CASE WHEN x < 0 THEN CEIL(x) ELSE FLOOR(x) END"),
        ("x // 100", "x DIV 100"),
        ("lead(x) OVER w - x", "(LEAD(x) OVER w) - x"),
        ("x - lag(x) OVER w", "x - (LAG(x) OVER w)"),
        ("(lag(x) OVER w) IS DISTINCT FROM x", "(LAG(x) OVER w) IS DISTINCT FROM x"),
        ("lag(x) OVER w IS NULL", "(LAG(x) OVER w) IS NULL"),
        ("lag(x) OVER w", "LAG(x) OVER w"),
        ("CAST(x AS UINTEGER)", "CAST(x AS BIGINT)"),
        ("CAST(x AS HUGEINT)", "CAST(x AS DECIMAL(38, 0))"),
        ("CAST(x AS VARCHAR)", "CAST(x AS STRING)"),
        ('"a""b"', '`a"b`'),
        ("x IN (SELECT unnest($names))", "x IN (SELECT EXPLODE(:names))"),
    ],
)
def test_what_spark_says_otherwise(duckdb: str, spark: str) -> None:
    window = " WINDOW w AS (ORDER BY x)"
    assert to_spark(f"SELECT {duckdb} AS a FROM t{window}") == f"SELECT {spark} AS a FROM t{window[:-1]} NULLS LAST)"


def test_columns_left_out() -> None:
    assert to_spark("SELECT * EXCLUDE (a, b) FROM t") == "SELECT * EXCEPT (a, b) FROM t"


def test_what_has_no_counterpart_is_refused() -> None:
    for call in ("list(x ORDER BY y, z DESC)", "list(DISTINCT x ORDER BY x)"):
        with pytest.raises(ValueError, match="no counterpart"):
            to_spark(f"SELECT {call} FROM t")


def test_a_step_that_refers_to_itself_adds_nothing_up() -> None:
    """Spark refuses an aggregate over the recursive reference; a join is allowed."""
    for name, sql in translated().items():
        tree = sqlglot.parse_one(sql, read="spark")
        for step in tree.find_all(exp.CTE):
            branches = list(step.this.find_all(exp.Select)) if isinstance(step.this, exp.Union) else []
            for branch in branches:
                tables = {table.name for table in branch.find_all(exp.Table)}
                if step.alias in tables:
                    assert not list(branch.find_all(exp.AggFunc)), (name, step.alias)

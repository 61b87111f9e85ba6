"""Every kind of question gives on Spark what it gives on DuckDB: the same rows in the same order, of the same types."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
from conftest import opened
from on_spark import moved

from journeymap.errors import StoreError
from journeymap.settings import JourneySettings, SegmentSettings, Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from journeymap.api import Journeys

pytestmark = pytest.mark.spark

# Customers who convert and who do not, two channels, ties, a return after the gap, no channel, a goal that is repeated.
LOG = "\n".join(
    f"""
    {one}A 0d        home         web  -   4  100
    {one}A 0d        search       web  -   -  300
    {one}A 0d+5m     cart         web  -   2  900
    {one}A 1d        order        app  {10 + at}  5  100
    {one}A 2d        support_call call -   1  -
    {one}A 40d       home         app  -   -  100
    {one}A 41d       cart         app  -   -  -
    {one}B {at}d     home         app  -   3  100
    {one}B {at}d+1m  pay_error    app  -   -  100
    {one}B {at}d+2m  home         app  -   -  100
    {one}C 3d        cart         -    -   -  -
    {one}D 4d        home         web  -   -  200
    {one}D 5d        search       web  -   -  200
    {one}D 5d+1h     order        web  -   5  200
    {one}D 90d       home         web  -   -  200
    """
    for at, one in enumerate("KÖP")
)


@pytest.fixture(scope="module")
def both() -> Iterator[tuple[Journeys, Journeys]]:
    columns = ("customer", "timestamp", "event", "channel", "value", "score", "load_ms")
    names = [f"{one}{kind}" for one in "KÖP" for kind in "ABC"]
    people = {
        "customer": names,
        "region": ["north", "south", None] * 3,
        "age": [17.5 + at for at in range(len(names))],
    }
    settings = Settings(
        journey=JourneySettings(goal=("order",)),
        segments=(("group", SegmentSettings(column="age", bins=(18, 30))),),
    )
    with opened(here=True) as log:
        here, there = (log(LOG, columns=columns, customers=people, settings=settings) for _ in range(2))
        with moved(there) as spark:
            yield here, spark


def ask_all(by: Any) -> dict[str, Callable[[Journeys], Any]]:
    return {
        "touchpoints": lambda it: it.touchpoints(by),
        "transitions": lambda it: it.transitions(by),
        "dropoff": lambda it: it.dropoff(by),
        "outcomes": lambda it: it.outcomes(by),
        "stages": lambda it: it.stages(by),
        "scores": lambda it: it.scores(by),
        "funnel": lambda it: it.funnel(["home", "cart", "order"], window="2d", by=by),
        "paths": lambda it: it.paths(by=by),
        "steps": lambda it: it.steps(by=by),
        "abandonment": lambda it: it.abandonment("cart", by=by),
        "times": lambda it: it.times("convert", by=by),
    }


QUESTIONS: dict[str, Callable[[Journeys], Any]] = {
    **ask_all("channel"),
    "pieces": lambda it: it.where(as_of="2024-02-20", end_at="goal", since="2024-01-02").transitions(),
    "strict funnel": lambda it: it.funnel(["home", "cart"], order="strict"),
    "funnel in any order": lambda it: it.funnel(["home", "cart"], order="any", window="2d", by="region"),
    "paths between": lambda it: it.paths(from_="home", to="cart"),
    "steps after": lambda it: it.steps(2, after="cart"),
    "times to return": lambda it: it.times("return"),
    "a condition": lambda it: it.where("age >= 20 and region like 'n%' and used('home')").outcomes(),
    "an attribute": lambda it: it.outcomes("region"),
    "bins": lambda it: it.outcomes("group"),
    "recency, frequency, money": lambda it: it.outcomes("rfm"),
    "the life cycle": lambda it: it.outcomes("lifecycle"),
    "a rule": lambda it: it.define("seen", "buyer: purchases >= 1; looker: used('home'); else none").outcomes("seen"),
    "quantiles": lambda it: it.define("dear", "spend: 3 quantiles").outcomes("dear"),
    "a tree": lambda it: it.define("tree", "region > group").outcomes("tree"),
    "combined": lambda it: it.define("both", "region / channel").outcomes("both"),
    "two levels": lambda it: it.compare("channel", ["web", "app"]),
}


@pytest.mark.parametrize("name", QUESTIONS)
def test_the_answer_is_the_same(both: tuple[Journeys, Journeys], name: str) -> None:
    here, there = (_frame(QUESTIONS[name](journeys)) for journeys in both)
    assert len(here) > 0
    pd.testing.assert_frame_equal(here, there)


def _frame(answer: Any) -> pd.DataFrame:
    return answer if isinstance(answer, pd.DataFrame) else answer.frame


@pytest.mark.slow  # half a minute of small jobs; make test-spark runs it
def test_pain_points_are_the_same(both: tuple[Journeys, Journeys]) -> None:
    here, there = (journeys.pain_points() for journeys in both)
    assert here.skipped == there.skipped
    assert len(here) > 0
    assert list(here) == list(there)


def test_the_graph_is_the_same(both: tuple[Journeys, Journeys]) -> None:
    here, there = (journeys.graph() for journeys in both)
    assert here.number_of_edges() > 5
    assert dict(here.nodes(data=True)) == dict(there.nodes(data=True))
    assert list(here.edges(data=True)) == list(there.edges(data=True))


@pytest.mark.slow
def test_the_map_is_the_same(both: tuple[Journeys, Journeys]) -> None:
    here, there = (journeys.map() for journeys in both)
    assert here.stages
    assert here == there


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_audiences_are_written_as_duckdb_writes_them(
    both: tuple[Journeys, Journeys], tmp_path: Path, form: str
) -> None:
    how: dict[str, Any] = {"by": "region", "after": "cart", "within": "2d", "minimum": 1}
    handed = [
        shop.export_audience(
            tmp_path / f"{shop.store.engine.kind}.{form}", columns=["customer", "region", "last_at", "age"], **how
        )
        for shop in both
    ]
    read = pd.read_csv if form == "csv" else pd.read_parquet
    here, there = (read(tmp_path / f"{kind}.{form}") for kind in ("duckdb", "spark"))
    assert len(here) == handed[0].rows == handed[1].rows > 1
    pd.testing.assert_frame_equal(there, here)


def test_a_statement_that_is_not_carried_out_is_told(both: tuple[Journeys, Journeys], tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="does not carry out 'COPY'"):
        both[1].store.engine.execute(f"COPY (SELECT 1) TO '{tmp_path / 'a.csv'}'")

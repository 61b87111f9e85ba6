"""The facade: where stores come from, and how questions are narrowed."""

from __future__ import annotations

import shutil
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

import journeymap as jm
from journeymap.errors import (
    NothingAcceptedError,
    QuestionError,
    SourceNotFoundError,
    StoreError,
    UnknownNameError,
)
from journeymap.settings import JourneySettings, Settings

LOG = "user_id,ts,event,plan\nA,2026-01-01,home,x\nA,2026-01-02,order,x\nB,2026-01-01,home,y\n"
SMALL = """
A 0d home web
A 1d order app 5
B 0d home app
B 50d home web
C 60d home
"""


@pytest.fixture
def log_file(tmp_path: Path) -> Path:
    path = tmp_path / "log.csv"
    path.write_text(LOG, encoding="utf-8")
    return path


def n_events(shop: jm.Journeys) -> int:
    return int(shop.touchpoints()["visits"].sum())


def test_open_reads_raw_events_into_memory(log_file: Path) -> None:
    with jm.open(log_file) as shop:
        assert shop.report is not None
        assert shop.report.accepted == n_events(shop) == 3
        assert shop.store.path is None
        assert repr(shop) == "<Journeys of the events in memory>"
    assert [item.name for item in log_file.parent.iterdir()] == ["log.csv"]


def test_ingest_makes_a_store_that_open_opens(log_file: Path, tmp_path: Path) -> None:
    store = tmp_path / "shop.duckdb"
    with jm.ingest(str(log_file), into=store) as shop:
        assert shop.report is not None
        assert n_events(shop) == 3
    with jm.open(store) as shop:
        assert shop.report is None
        assert n_events(shop) == 3
        assert shop.settings.journey.goal == ("order",)
        assert repr(shop) == f"<Journeys of {store}>"


def test_ingest_while_the_store_is_open_gives_the_new_state(log_file: Path, tmp_path: Path) -> None:
    store = tmp_path / "shop.duckdb"
    more = tmp_path / "more.csv"
    more.write_text("user_id,ts,event,plan\nC,2026-01-05,home,z\n", encoding="utf-8")
    with jm.ingest(log_file, into=store) as before, jm.ingest([more], into=store) as after:
        assert (n_events(before), n_events(after)) == (3, 4)


def test_a_failed_ingest_leaves_the_store_as_it_was(log_file: Path, tmp_path: Path) -> None:
    store = tmp_path / "shop.duckdb"
    jm.ingest(log_file, into=store).close()
    before = store.read_bytes()
    bad = tmp_path / "bad.csv"
    bad.write_text("user_id,ts,event\nA,never,home\n", encoding="utf-8")
    with pytest.raises(NothingAcceptedError):
        jm.ingest(bad, into=store)
    assert store.read_bytes() == before
    assert sorted(item.name for item in tmp_path.iterdir()) == ["bad.csv", "log.csv", "shop.duckdb"]
    with pytest.raises(NothingAcceptedError):
        jm.ingest(bad, into=tmp_path / "new.duckdb")
    assert not (tmp_path / "new.duckdb").exists()


def test_a_store_has_its_settings_already(log_file: Path, tmp_path: Path) -> None:
    store = tmp_path / "shop.duckdb"
    jm.ingest(log_file, into=store).close()
    with pytest.raises(QuestionError, match="is a store: it was built with its own settings"):
        jm.open(store, settings=Settings())
    with pytest.raises(QuestionError, match="is a store"):
        jm.open(store, customers=log_file)


@pytest.mark.parametrize("name", ["shop.duckdb", "shop.db"])
def test_a_store_that_is_missing_or_none(tmp_path: Path, name: str) -> None:
    with pytest.raises(SourceNotFoundError, match="There is no file"):
        jm.open(tmp_path / name)
    (tmp_path / name).write_text(LOG, encoding="utf-8")
    with pytest.raises(StoreError, match="is no journey store"):
        jm.open(tmp_path / name)


def test_settings_are_given_as_value_or_file_or_lie_beside(log_file: Path, tmp_path: Path) -> None:
    settings = tmp_path / "other.toml"
    settings.write_text('[journey]\ngoal = "home"\n', encoding="utf-8")
    for given in (settings, str(settings), Settings(journey=JourneySettings(goal=("home",)))):
        with jm.open(log_file, settings=given) as shop:
            assert shop.settings.journey.goal == ("home",)
    shutil.copy(settings, tmp_path / "journeymap.toml")
    for source in (log_file, tmp_path, str(tmp_path / "*.csv")):
        with jm.open(source) as shop:
            assert shop.settings.journey.goal == ("home",)
    with jm.ingest([log_file], into=tmp_path / "shop.duckdb") as shop:
        assert shop.settings.journey.goal == ("home",)


def test_customers_are_given_as_file_or_frame(log_file: Path, tmp_path: Path) -> None:
    import pandas as pd

    customers = tmp_path / "people.csv"
    customers.write_text("user_id,age\nA,30\n", encoding="utf-8")
    for given in (customers, str(customers), pd.DataFrame({"user_id": ["A"], "age": [30]})):
        with jm.open(log_file, customers=given) as shop:
            assert shop.outcomes(by="age")["age"].tolist() == ["30", "(none)"]


def test_what_is_done_is_told(log_file: Path) -> None:
    told: list[tuple[str, float]] = []
    jm.open(log_file, told=lambda stage, share: told.append((stage, share))).close()
    assert told[-1] == ("done", 1.0)
    assert all(0 <= share <= 1 for _, share in told)


def test_where_narrows_and_leaves_the_old_question_alone(log: Any) -> None:
    shop = log(SMALL, goal=("order",), customers={"customer": ["A", "B"], "age": [30, 50]})
    young = shop.where("age < 40")
    assert n_events(young) == 2
    assert n_events(shop) == 5
    assert n_events(shop.where(age="50").where(channel="web")) == 1
    assert n_events(shop.where(channel="app")) == 1
    assert (
        repr(shop.where("age < 40", channel="web"))
        == "<Journeys of the events in memory where channel = web and age < 40>"
    )
    assert shop.where("age < 40").where("age > 35").outcomes()["journeys"].sum() == 0


def test_where_takes_dates_and_times(log: Any) -> None:
    shop = log(SMALL, goal=("order",))
    for since in ("2024-02-01", date(2024, 2, 1), datetime(2024, 2, 1, tzinfo=UTC), datetime(2024, 2, 1)):  # noqa: DTZ001 - naive times are UTC
        assert n_events(shop.where(since=since)) == 2
        assert n_events(shop.where(until=since)) == 3
    assert n_events(shop.where(as_of="2024-01-01T12:00")) == 2
    assert shop.where(since="2024-01-01T00:00:00+00:00").question.since_us == 1_704_067_200_000_000


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"since": "soon"}, "since: 'soon' is no date or time"),
        ({"until": "2024-02-30"}, "until: '2024-02-30' is no date"),
        ({"since": "2024-02-01", "until": "2024-02-01"}, "since must be before until"),
        ({"end_at": "order"}, "end_at: 'order' is neither"),
    ],
)
def test_questions_that_cannot_be_asked(log: Any, asked: dict[str, Any], message: str) -> None:
    with pytest.raises(QuestionError, match=message):
        log(SMALL, goal=("order",)).where(**asked)


@pytest.mark.parametrize(
    "ask",
    [
        lambda it: it.transitions(by=3),
        lambda it: it.funnel(3),
        lambda it: it.funnel(["home", 1]),
        lambda it: it.paths(top="5"),
        lambda it: it.paths(top=0),
        lambda it: it.map(detail="40"),
        lambda it: it.map(detail=-1),
        lambda it: it.decisive(top=1.5),
        lambda it: it.steps("3"),
        lambda it: it.discover(n_clusters="3"),
        lambda it: it.define("x", None),
        lambda it: it.pains_over_time(last=0),
        lambda it: jm.open(it.touchpoints(), memory_limit=2),  # type: ignore[arg-type] # as a slip in a notebook
    ],
)
def test_arguments_of_a_wrong_kind(log: Any, ask: Any) -> None:
    with pytest.raises(QuestionError):
        ask(log(SMALL, goal=("order",)))


def test_unknown_names_are_told_with_what_was_meant(log: Any) -> None:
    shop = log(SMALL, goal=("order",))
    with pytest.raises(UnknownNameError, match=r"no segment 'chanel'. Did you mean 'channel'"):
        shop.touchpoints(by="chanel")
    with pytest.raises(UnknownNameError, match=r"has no level 'wev'. Did you mean 'web'"):
        shop.where(channel="wev").touchpoints()
    with pytest.raises(UnknownNameError, match=r"there is no touchpoint 'ordr'. Did you mean 'order'"):
        shop.funnel(["home", "ordr"])
    with pytest.raises(QuestionError, match="names a segment twice"):
        shop.touchpoints(by=["channel", "channel"])


def test_every_question_can_be_split_and_narrowed(log: Any) -> None:
    shop = log(SMALL, goal=("order",)).where(end_at="goal")
    for name, asked in {
        "touchpoints": {}, "transitions": {}, "dropoff": {}, "outcomes": {}, "paths": {"top": 5},
        "funnel": {"steps": ["home", "order"], "window": "7d"}, "abandonment": {"after": "home"},
    }.items():  # fmt: skip
        whole = getattr(shop, name)(**asked)
        split = getattr(shop, name)(**asked, by="channel")
        assert "by_channel" in split.columns or "channel" in split.columns
        assert len(split) >= len(whole)
    assert shop.graph().number_of_nodes() > 0
    listed = shop.segments().set_index("segment")
    assert listed.index[listed["kind"] == "column"].tolist() == ["channel"]


def test_paths_of_the_same_touchpoints_in_another_order_are_other_paths(log: Any) -> None:
    ways = [
        "abcd",
        "abdc",
        "acbd",
        "acdb",
        "adbc",
        "badc",
        "dcba",
        "aabb",
        "abab",
        "abba",
        "bbaa",
        "cc",
        "dd",
        "c",
        "ccaa",
    ]
    rows = "".join(f"{at} {day}d {name}\n" for at, way in enumerate(ways) for day, name in enumerate(way))
    found = log(rows, goal=()).paths(top=100)
    assert sorted("".join(path) for path in found["path"]) == sorted(ways)
    assert set(found["journeys"]) == {1}


def test_maps_by_one_two_and_no_segment(log: Any) -> None:
    shop = log(SMALL, goal=("order",), customers={"customer": ["A", "B"], "age": [30, 50]})
    assert list(shop.maps()) == ["(all)"]
    assert list(shop.maps(by="age")) == ["30", "50", "(none)"]
    assert ("30", "web") in shop.maps(by=["age", "channel"])
    assert shop.map().levels == ()


def test_every_question_is_told_before_it_runs(log: Any) -> None:
    shop = log(SMALL, goal=("order",))
    heard: list[str] = []
    shop.explain_to(heard.append)
    shop.where(channel="web").touchpoints()
    assert len(heard) == 1
    assert heard[0].startswith("-- $")
    assert "WITH " in heard[0]
    assert heard[0].endswith(";")


def test_notes_say_what_was_decided(log: Any) -> None:
    text = "".join(f"c{at} 0d home\n" for at in range(30))
    ages = {"customer": [f"c{at}" for at in range(30)], "age": list(range(30))}
    shop = log(text, customers=ages, goal=())
    assert shop.notes() == ()
    (note,) = shop.notes(by="age")
    assert "30 values" in note
    assert "quarters" in note


def test_a_closed_store_answers_no_more(log: Any) -> None:
    shop = log(SMALL, goal=("order",))
    shop.close()
    with pytest.raises(Exception, match=r"(?i)closed"):
        shop.touchpoints()


def test_own_sql_runs_on_the_open_store(log: Any) -> None:
    shop = log(SMALL, goal=("order",))
    assert shop.store.engine.execute("SELECT count(*) FROM events") == [(5,)]


def test_the_sample_beside_its_settings() -> None:
    sample = Path(__file__).parents[1] / "sample_events"
    with jm.open(sample / "*.csv") as shop:
        report = shop.report
        assert report is not None
        assert (report.read, report.accepted, report.duplicates, report.rejected) == (61_219, 61_190, 14, 15)
        assert report.customers <= 3_000
        assert shop.where(region="north").outcomes()["customers"].item() < report.customers

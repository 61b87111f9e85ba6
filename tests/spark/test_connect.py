"""A store over Spark Connect: the same answers from a server that is reached by its address."""

from __future__ import annotations

import os
import re
import subprocess
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
from conftest import events_table, opened

import journeymap as jm
from journeymap.errors import SourceNotFoundError
from journeymap.settings import JourneySettings, Settings
from journeymap.store import spark_store
from journeymap.store.spark_session import end_session, is_remote, own_session

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from journeymap.api import Journeys

pytestmark = [pytest.mark.spark, pytest.mark.slow]  # a server of its own; make test-spark runs it

LOG = "A 0d home web\nA 1d cart web\nA 2d order web 10\nA 40d home app\nB 0d cart app\nB 3d home app\nÄ 5d cart -"
SETTINGS = Settings(journey=JourneySettings(goal=("order",)))
SERVER = "org.apache.spark.sql.connect.service.SparkConnectServer"
CONF = {
    "spark.connect.grpc.binding.port": "0",
    "spark.sql.shuffle.partitions": "2",
    "spark.ui.enabled": "false",
    "spark.driver.memory": "1200m",
}


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Start a server in a process of its own, and give its address."""
    import pyspark

    settings = [word for name, value in CONF.items() for word in ("--conf", f"{name}={value}")]
    program = Path(pyspark.__file__).parent / "bin" / "spark-submit"
    server = subprocess.Popen(  # noqa: S603 - Spark's own program
        [program, "--master", "local[2]", *settings, "--class", SERVER, "spark-internal"],
        cwd=tmp_path_factory.mktemp("server"),
        env={**os.environ, "SPARK_HOME": str(Path(pyspark.__file__).parent), "PYSPARK_SUBMIT_ARGS": ""},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert server.stderr is not None
    try:
        said = (re.search(r"Spark Connect server started at: .*?:(\d+)$", line.strip()) for line in server.stderr)
        port = next((found.group(1) for found in said if found), None)
        assert port is not None
        # What it says from now on must not fill the pipe.
        rest = threading.Thread(target=server.stderr.read, daemon=True)
        rest.start()
        yield f"sc://localhost:{port}"
    finally:
        server.terminate()
        server.wait()
        rest.join()
        server.stderr.close()


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory, address: str) -> Iterator[tuple[Journeys, Journeys]]:
    folder = tmp_path_factory.mktemp("stores") / "shop"
    with opened(here=True) as log:
        here = log(LOG, settings=SETTINGS)
        here.export_store(folder)
        with jm.open(folder, engine=address) as there:
            yield here, there


QUESTIONS: dict[str, Callable[[Journeys], Any]] = {
    "outcomes": lambda it: it.outcomes("channel"),
    "transitions": lambda it: it.transitions(),
    "dropoff": lambda it: it.dropoff(),
    "funnel": lambda it: it.funnel(["home", "cart", "order"], window="2d", by="channel"),
    "paths": lambda it: it.paths(),
    "abandonment": lambda it: it.abandonment("cart"),  # a recursive question
    "narrowed": lambda it: it.where("used('home')", as_of="2024-03-01").outcomes(),
}


@pytest.mark.parametrize("name", QUESTIONS)
def test_the_answer_is_the_same(both: tuple[Journeys, Journeys], name: str) -> None:
    here, there = (QUESTIONS[name](journeys) for journeys in both)
    assert len(here) > 0
    pd.testing.assert_frame_equal(here, there)


def test_two_stores_of_one_server_do_not_see_each_other(address: str) -> None:
    one, two = own_session(address), own_session(address)
    try:
        assert is_remote(one)
        assert one.conf.get("spark.sql.session.timeZone") == "UTC"
        one.range(3).createOrReplaceTempView("events")
        assert not two.catalog.tableExists("events")
        beside = own_session(one)
        beside.range(4).createOrReplaceTempView("events")
        assert one.table("events").count() == 3
        end_session(beside)
    finally:
        end_session(one)
        end_session(two)


def test_what_is_ingested_is_read_back(address: str, tmp_path: Path) -> None:
    """The first file, and then both: what is known already is added only once; as DuckDB does it."""
    one, two = tmp_path / "one.csv", tmp_path / "two.csv"
    one.write_text("user_id,ts,event\nA,2026-01-01,home\nA,2026-01-02,order\nB,2026-01-01,home\nB,x,home\n", "utf-8")
    two.write_text("user_id,ts,event\nA,2026-01-01T12:00,cart\nC,2026-01-01,hömé\nA,2026-01-01,home\n", "utf-8")
    found = []
    for into, engine in ((tmp_path / "here.duckdb", None), (tmp_path / "there", address)):
        told = []
        for sources in ([one], [one, two]):
            with jm.ingest(sources, into=into, engine=engine, settings=SETTINGS) as shop:
                told.append((shop.report.read, shop.report.accepted, shop.report.duplicates, shop.report.rejected))
        with jm.open(into, engine=engine) as shop:
            rejected = shop.store.engine.execute("SELECT row_number, reason_code FROM rejected")
            found.append((told, rejected, shop.transitions()))
    assert found[0][0] == [(4, 3, 0, 1), (7, 2, 4, 1)]
    assert found[1][:2] == found[0][:2]
    pd.testing.assert_frame_equal(found[1][2], found[0][2])


def test_what_is_read_on_the_fly_lasts_as_long_as_its_session(address: str) -> None:
    before = own_session(address)
    with opened(here=True) as log, jm.open(events_table(LOG), settings=SETTINGS, engine=address) as shop:
        pd.testing.assert_frame_equal(log(LOG, settings=SETTINGS).outcomes(), shop.outcomes())
    assert shop.store.chosen_engine.client.is_closed
    assert before.range(3).count() == 3
    end_session(before)


def test_where_there_is_no_store_it_says_so(address: str, tmp_path: Path) -> None:
    with pytest.raises(SourceNotFoundError, match=r"no file|holds no store"):
        jm.open(tmp_path / "nothing", engine=address)


def test_what_fails_gives_its_session_back(address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[Any] = []

    def noted(*args: Any, **kwargs: Any) -> Any:
        made.append(own_session(*args, **kwargs))
        return made[-1]

    monkeypatch.setattr(spark_store, "own_session", noted)
    with pytest.raises(SourceNotFoundError):
        spark_store.open_spark_store(str(tmp_path / "nothing"), address)
    with pytest.raises(ZeroDivisionError), spark_store.writable_spark_store(str(tmp_path / "shop"), address):
        raise ZeroDivisionError
    assert [session.client.is_closed for session in made] == [True, True]

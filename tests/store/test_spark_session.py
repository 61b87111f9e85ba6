"""What is said where Spark cannot be had."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from journeymap.errors import QuestionError, StoreError
from journeymap.store import spark_session
from journeymap.store.spark_session import first_line, is_session, own_session

if TYPE_CHECKING:
    from pathlib import Path

pytest.importorskip("pyspark")


@pytest.fixture
def no_session(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spark_session, "_active_session", lambda: None)


def test_without_pyspark_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyspark", None)
    with pytest.raises(StoreError, match="which is not installed") as caught:
        own_session("spark")
    assert 'pip install "journeymap[spark]"' in caught.value.hint


@pytest.mark.usefixtures("no_session")
def test_without_java_it_says_where_it_looked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    with pytest.raises(StoreError, match=f"needs Java 17 or later, and none was found: JAVA_HOME is {tmp_path}"):
        own_session("spark")
    monkeypatch.delenv("JAVA_HOME")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(StoreError, match="no java on the PATH") as caught:
        own_session("spark")
    assert "export JAVA_HOME=" in caught.value.hint


@pytest.mark.usefixtures("no_session")
def test_an_old_java_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    program = tmp_path / "bin" / "java"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\necho 'openjdk version \"11.0.2\" 2019-01-15' >&2\n", encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    with pytest.raises(StoreError, match="is Java 11"):
        own_session("spark")


def test_the_memory_of_a_running_cluster_cannot_be_changed() -> None:
    with pytest.raises(QuestionError, match="cannot change a Spark that is running"):
        own_session("sc://localhost:1", memory_limit="2GB")
    assert not is_session("spark")


def test_the_line_that_says_what_is_wrong_is_found() -> None:
    java = "An error occurred while calling o1\n: a.Foo: bar\n\tat x\nCaused by: a.CException: the disk is full"
    assert first_line(RuntimeError(java)) == "the disk is full"
    assert first_line(RuntimeError("[A_B] No such thing. SQLSTATE: 42703\n more")) == "[A_B] No such thing."
    assert first_line(RuntimeError()) == "RuntimeError"


def test_a_server_that_does_not_answer_is_not_waited_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spark_session, "_SECONDS_TO_ANSWER", 0.3)
    with pytest.raises(StoreError, match="No Spark Connect server answers at sc://localhost:1 within") as caught:
        own_session("sc://localhost:1/;token=secret")
    assert "secret" not in str(caught.value)
    assert "15002" in caught.value.hint


def test_what_spark_connect_lacks_is_said_with_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "grpc", None)
    with pytest.raises(StoreError, match=r"Spark Connect needs what pyspark alone .*grpc") as caught:
        own_session("sc://localhost:1")
    assert 'pip install "journeymap[spark]"' in caught.value.hint

"""A writer works on a copy; readers keep what they opened; whatever fails leaves the store as it was."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from journeymap.errors import OutputError, StoreBusyError, StoreError
from journeymap.ingest.load import ingest
from journeymap.settings import Settings
from journeymap.store.files import writing
from journeymap.store.opening import open_store, writable_store

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def beside(path: Path) -> list[str]:
    """Give what lies in the folder of a store, but for the store and the log."""
    return sorted(item.name for item in path.parent.iterdir() if item.name not in {path.name, "log.csv"})


def test_a_new_file_is_put_in_place_when_the_block_ends(tmp_path: Path) -> None:
    path = tmp_path / "x.bin"
    with writing(path) as copy:
        assert not copy.exists()
        copy.write_bytes(b"new")
        assert not path.exists()
    assert path.read_bytes() == b"new"
    assert beside(path) == []


def test_the_copy_is_the_old_file_and_takes_its_place(tmp_path: Path) -> None:
    path = tmp_path / "x.bin"
    path.write_bytes(b"old")
    with writing(path) as copy:
        assert copy.read_bytes() == b"old"
        assert copy.parent == path.parent
        copy.write_bytes(b"new")
        assert path.read_bytes() == b"old"
    assert path.read_bytes() == b"new"
    assert beside(path) == []


@pytest.mark.skipif(os.name != "posix", reason="links and modes are of POSIX")
def test_a_link_stays_one_and_who_may_read_it_stays_too(store_file: Path, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    link = tmp_path / "other" / "shop.duckdb"
    link.symlink_to(store_file)
    store_file.chmod(0o600)
    with writable_store(link) as store:
        store.write_setting("note", "new")
        with pytest.raises(StoreBusyError), writable_store(store_file):
            pass  # by either name it is one store
    assert link.is_symlink()
    assert store_file.stat().st_mode & 0o777 == 0o600
    with open_store(store_file) as store:
        assert store.setting("note") == "new"


def test_a_store_that_may_only_be_read_is_not_written(store_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = store_file.read_bytes()
    monkeypatch.setattr("journeymap.store.files.os.access", lambda *_: False)
    with pytest.raises(OutputError, match="may only be read"), writable_store(store_file):
        pass
    assert store_file.read_bytes() == before
    assert beside(store_file) == []


@pytest.mark.skipif(os.name != "posix", reason="a limit of POSIX stands for a full disk")
@pytest.mark.parametrize("kilobytes", [100, 600])
def test_a_full_disk_is_told(store_file: Path, tmp_path: Path, kilobytes: int) -> None:
    rows = "".join(f"{at},2026-01-01,home,{at * 7919 % 100_003}\n" for at in range(60_000))
    (tmp_path / "large.csv").write_text(f"user_id,timestamp,event,note\n{rows}", encoding="utf-8")
    before = store_file.read_bytes()
    asked = [sys.executable, "-m", "journeymap", "ingest", str(tmp_path / "large.csv"), "--into", str(store_file)]
    limited = f'ulimit -f {kilobytes * 2 if sys.platform == "darwin" else kilobytes}; exec "$@"'
    done = subprocess.run(["/bin/bash", "-c", limited, "bash", *asked], capture_output=True, text=True, check=False)  # noqa: S603 - our own code
    assert done.returncode == 2, done.stderr
    assert "could not be written" in done.stderr or "cannot be copied" in done.stderr
    assert "Traceback" not in done.stderr
    assert store_file.read_bytes() == before
    assert beside(store_file) == ["large.csv"]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, SystemExit])
def test_a_block_that_fails_leaves_the_old_bytes_and_nothing_else(tmp_path: Path, error: type[BaseException]) -> None:
    path = tmp_path / "x.bin"
    path.write_bytes(b"old")
    with pytest.raises(error), writing(path) as copy:  # noqa: PT012 - the block fails half way
        copy.write_bytes(b"half")
        raise error
    assert path.read_bytes() == b"old"
    assert beside(path) == []


def test_what_a_dead_writer_left_is_cleaned(store_file: Path) -> None:
    for name in (".shop.duckdb.writing", ".shop.duckdb.writing.wal", ".shop.duckdb.lock"):
        (store_file.parent / name).write_bytes(b"left")
    with writable_store(store_file) as store:
        assert store.has_tables()
    assert beside(store_file) == []


def test_a_second_writer_is_told(store_file: Path) -> None:
    before = store_file.read_bytes()
    with writing(store_file):
        with pytest.raises(StoreBusyError, match="Another process is writing to") as caught, writing(store_file):
            pass
        assert isinstance(caught.value, BlockingIOError)
        assert "Try again" in caught.value.hint
    with writing(store_file):
        pass
    assert store_file.read_bytes() == before


def test_a_writer_in_another_process_is_told(store_file: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from journeymap.store.files import writing; "
        "from journeymap.errors import StoreBusyError\n"
        "try:\n    with writing(Path(sys.argv[1])): print('free')\n"
        "except StoreBusyError: print('busy')"
    )

    def ask() -> str:
        run = subprocess.run(  # noqa: S603 - our own interpreter
            [sys.executable, "-c", code, str(store_file)], capture_output=True, text=True, check=True
        )
        return run.stdout.strip()

    with writing(store_file):
        assert ask() == "busy"
    assert ask() == "free"


def test_a_second_writer_waits_as_long_as_it_was_told_to(store_file: Path) -> None:
    with writing(store_file):
        began = time.monotonic()
        with (
            pytest.raises(StoreBusyError, match="It still was after 0"),
            writing(store_file, wait_seconds=0.2),
        ):
            pass
        assert time.monotonic() - began >= 0.2
    with writing(store_file, wait_seconds=60):  # nobody is there to be waited for
        pass


def test_a_writer_that_waits_adds_to_what_the_first_one_wrote(store_file: Path, log_file: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from journeymap.ingest.load import ingest; "
        "from journeymap.settings import Settings; from journeymap.store.opening import writable_store\n"
        "sys.stdin.readline(); print('up', flush=True)\n"
        "with writable_store(Path(sys.argv[1]), wait_seconds=60) as store:\n"
        "    print(ingest(store, [Path(sys.argv[2])], Settings()).events)"
    )
    second = log_file.with_name("second.csv")
    second.write_text("user_id,ts,event\nD,2026-01-05,home\n", encoding="utf-8")
    third = log_file.with_name("third.csv")
    third.write_text("user_id,ts,event\nE,2026-01-05,home\n", encoding="utf-8")
    with begun(code, store_file, second) as waiting:
        with writable_store(store_file) as store:
            asked(waiting)
            assert ingest(store, [third], Settings()).events == 4
        assert said(waiting) == "5"


def test_a_reader_in_another_process_keeps_what_it_opened(store_file: Path, log_file: Path) -> None:
    code = (
        "import sys; from journeymap.store.opening import open_store\n"
        "count = lambda store: print(store.engine.execute('SELECT count(*) FROM events')[0][0], flush=True)\n"
        "before = open_store(sys.argv[1]); count(before)\n"
        "for _ in range(2):\n    sys.stdin.readline(); count(before); count(open_store(sys.argv[1]))"
    )
    more = log_file.with_name("more.csv")
    more.write_text("user_id,ts,event\nC,2026-01-05,home\n", encoding="utf-8")
    with begun(code, store_file) as reader:
        assert said(reader) == "3"
        with writable_store(store_file) as store:
            ingest(store, [more], Settings())
            assert (asked(reader), said(reader)) == ("3", "3")  # while the writer writes
        assert (asked(reader), said(reader)) == ("3", "4")  # the reader of old, and one that opens the store now


def test_a_writer_that_is_killed_leaves_nothing_in_the_way(store_file: Path) -> None:
    before = store_file.read_bytes()
    code = (
        "import sys; from journeymap.store.opening import writable_store\n"
        "with writable_store(sys.argv[1]) as store:\n"
        "    store.engine.execute('DELETE FROM events'); store.engine.execute('CHECKPOINT')\n"
        "    print('deleted', flush=True); sys.stdin.readline()"
    )
    with begun(code, store_file) as writer:
        assert said(writer) == "deleted"
        writer.kill()
    assert store_file.read_bytes() == before
    assert beside(store_file) != []
    with writable_store(store_file) as store:
        assert store.engine.execute("SELECT count(*) FROM events") == [(3,)]
    assert beside(store_file) == []


@contextmanager
def begun(code: str, *arguments: Path) -> Iterator[subprocess.Popen[str]]:
    """Start Python with some code, to be talked to line by line."""
    with subprocess.Popen(  # noqa: S603 - our own interpreter
        [sys.executable, "-c", code, *map(str, arguments)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def said(process: subprocess.Popen[str]) -> str:
    """Give the next line that a process writes."""
    assert process.stdout is not None
    return process.stdout.readline().strip()


def asked(process: subprocess.Popen[str]) -> str:
    """Let a process go on, and give the next line that it writes."""
    assert process.stdin is not None
    process.stdin.write("\n")
    process.stdin.flush()
    return said(process)


def test_a_reader_keeps_what_it_opened(store_file: Path, tmp_path: Path) -> None:
    more = tmp_path / "more.csv"
    more.write_text("user_id,ts,event\nC,2026-01-05,home\n", encoding="utf-8")
    counting = "SELECT count(*) FROM events"
    reader = open_store(store_file)
    with writable_store(store_file) as store:
        ingest(store, [more], Settings())
        assert reader.engine.execute(counting) == [(3,)]
    assert reader.engine.execute(counting) == [(3,)]
    later = open_store(store_file)
    assert later.engine.execute(counting) == [(4,)]
    reader.close()
    later.close()


def test_an_ingest_that_fails_leaves_the_store_as_it_was(store_file: Path) -> None:
    before = store_file.read_bytes()
    with pytest.raises(RuntimeError), writable_store(store_file) as store:  # noqa: PT012 - the block fails half way
        store.engine.execute("DELETE FROM events")
        raise RuntimeError
    assert store_file.read_bytes() == before
    assert beside(store_file) == []


def test_a_new_store_that_fails_is_not_there(tmp_path: Path) -> None:
    path = tmp_path / "new.duckdb"
    with pytest.raises(RuntimeError), writable_store(path):
        raise RuntimeError
    assert not path.exists()
    assert beside(path) == []


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="There is no folder"), writable_store(tmp_path / "no" / "shop.duckdb"):
        pass


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="whoever may do everything can write everywhere")
def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    folder = tmp_path / "closed"
    folder.mkdir()
    folder.chmod(0o500)
    try:
        with pytest.raises(OutputError, match="cannot be written"), writable_store(folder / "shop.duckdb"):
            pass
    finally:
        folder.chmod(0o700)


def test_a_folder_of_the_stores_name(tmp_path: Path) -> None:
    (tmp_path / "shop.duckdb").mkdir()
    with pytest.raises(StoreError, match="is a folder"), writable_store(tmp_path / "shop.duckdb"):
        pass
    assert beside(tmp_path / "shop.duckdb") == []

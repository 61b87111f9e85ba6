"""Stores as folders of Parquet tables: there and back again, versions, samples and what can go wrong."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

import pyarrow.parquet as pq
import pytest

import journeymap as jm
from journeymap.errors import OutputError, QuestionError, SourceNotFoundError, StoreBusyError, StoreError
from journeymap.store import moving
from journeymap.store.files import locked
from journeymap.store.local_folder import append_manifest, read_manifest
from journeymap.store.manifest import TableFolders, Version, retired_folders, versions_in_order
from journeymap.store.opening import open_store
from journeymap.store.spark_types import carrier

if TYPE_CHECKING:
    from pathlib import Path

    from journeymap.store.store import Store

LOG = """user_id,ts,event,na"me,size
A,2026-01-01,home,ü,1
A,2026-01-02,order,,2
B,2026-01-01,home,x y,
B,2026-01-01,cart,x y,
C,2026-01-05,home,z,3
"""


@pytest.fixture
def shop(tmp_path: Path) -> jm.Journeys:
    source = tmp_path / "log.csv"
    source.write_text(LOG, encoding="utf-8")
    return jm.ingest(source, into=tmp_path / "shop.duckdb")


def contents(store: Store) -> dict[str, list[tuple[Any, ...]]]:
    names = ("customers", "touchpoints", "channels", "events", "journeys", "rejected", "ingests", "settings")
    found = {name: store.engine.execute(f"SELECT * FROM {name} ORDER BY ALL") for name in names}
    found["settings"] = [row for row in found["settings"] if row[0] != "hashed_by"]
    found["types"] = [tuple(store.engine.columns(name)) for name in names]
    return found


def test_there_and_back_again(shop: jm.Journeys, tmp_path: Path) -> None:
    shop.export_store(tmp_path / "folder")
    with jm.import_store(tmp_path / "folder", into=tmp_path / "back.duckdb") as back:
        assert contents(back.store) == contents(shop.store)
        assert back.paths().equals(shop.paths())


def test_what_was_appended_after_the_way_back_joins_the_same_paths(shop: jm.Journeys, tmp_path: Path) -> None:
    shop.export_store(tmp_path / "folder")
    rows = read_manifest(tmp_path / "folder")
    (version,) = versions_in_order(rows)
    # As if Spark had hashed the paths.
    (file,) = (tmp_path / "folder" / version.tables["journeys"].folders[0]).glob("*.parquet")
    table = pq.read_table(file)
    at = table.column_names.index("variant")
    pq.write_table(table.set_column(at, "variant", [[7] * table.num_rows]), file)
    settings = tmp_path / "folder" / version.tables["settings"].folders[0]
    (file,) = settings.glob("*.parquet")
    pq.write_table(pq.read_table(file).slice(0, 0), file)
    known = shop.store.engine.execute("SELECT name, value FROM settings")
    import pyarrow as pa

    columns = list(zip(*[*known, ("hashed_by", "spark")], strict=True))
    pq.write_table(pa.table({"name": list(columns[0]), "value": list(columns[1])}), file)
    with jm.import_store(tmp_path / "folder", into=tmp_path / "back.duckdb") as back:
        assert back.store.setting("hashed_by") == "duckdb"
        assert back.paths().equals(shop.paths())


def test_a_second_export_is_a_second_version_and_the_one_before_stays(shop: jm.Journeys, tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    for _ in range(3):
        shop.export_store(folder)
    chain = versions_in_order(read_manifest(folder))
    assert [version.number for version in chain] == [1, 2, 3]
    runs = {path.name for path in (folder / "events").iterdir()}
    assert runs == {f"{version.run}-000" for version in chain[1:]}


def test_an_export_that_fails_leaves_the_folder_as_it_was(
    shop: jm.Journeys, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "folder"
    shop.export_store(folder)
    before = sorted(path for path in folder.rglob("*") if path.is_file())

    def fail(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(moving, "append_manifest", fail)
    with pytest.raises(KeyboardInterrupt):
        shop.export_store(folder)
    assert sorted(path for path in folder.rglob("*") if path.is_file()) == before


def test_after_an_export_that_failed_the_same_one_may_be_tried_again(
    shop: jm.Journeys, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "folder"

    def fail(*_: object) -> None:
        raise OutputError("full")

    with monkeypatch.context() as patch:
        patch.setattr(moving, "append_manifest", fail)
        with pytest.raises(OutputError, match="full"):
            shop.export_store(folder)
    assert not folder.exists()
    (folder / "events").mkdir(parents=True)  # as a writer leaves it that was stopped between two tables
    shop.export_store(folder)
    (tmp_path / "taken" / "events").mkdir(parents=True)
    (tmp_path / "taken" / "events" / "theirs.txt").write_text("x", encoding="utf-8")
    with pytest.raises(OutputError, match="is there already"):
        shop.export_store(tmp_path / "taken")


@pytest.mark.parametrize("name", ["My Data", "sö ü", "a[1]", "a{b,c}*?", "50%25"])
def test_folders_have_any_name(shop: jm.Journeys, tmp_path: Path, name: str) -> None:
    (tmp_path / name).mkdir()
    shop.export_store(tmp_path / name / "shop")
    with jm.import_store(tmp_path / name / "shop", into=tmp_path / "back.duckdb") as back:
        assert contents(back.store) == contents(shop.store)


def test_what_a_dead_writer_left_is_removed_by_the_next(shop: jm.Journeys, tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    shop.export_store(folder)
    left = folder / "events" / "dead-000"
    left.mkdir()
    shop.export_store(folder)
    assert not left.exists()


def test_a_sample_has_whole_customers_and_a_larger_one_has_them_too(tmp_path: Path) -> None:
    rows = "\n".join(f"c{at},2026-01-{1 + at % 20:02d},home\nc{at},2026-01-25,order" for at in range(400))
    (tmp_path / "log.csv").write_text(f"user_id,ts,event\n{rows}\n", encoding="utf-8")
    with jm.ingest(tmp_path / "log.csv", into=tmp_path / "shop.duckdb") as shop:
        shop.export_store(tmp_path / "folder")
    found = {}
    for share in (0.1, 0.3):
        with jm.import_store(tmp_path / "folder", into=tmp_path / f"{share}.duckdb", sample=share) as part:
            execute = part.store.engine.execute
            found[share] = {row[0] for row in execute("SELECT customer_id FROM customers")}
            assert execute("SELECT count(*) FROM events")[0][0] == 2 * len(found[share])
            assert part.outcomes()["journeys"].item() == len(found[share])
    assert 15 < len(found[0.1]) < 70 < len(found[0.3]) < 180
    assert found[0.1] < found[0.3]


def test_what_is_known_of_the_customers_file_is_not_known_of_a_sample(tmp_path: Path) -> None:
    rows = "\n".join(f"c{at},2026-01-{1 + at % 20:02d},home" for at in range(200))
    (tmp_path / "log.csv").write_text(f"user_id,ts,event\n{rows}\n", encoding="utf-8")
    people = tmp_path / "customers.csv"
    people.write_text("user_id,region\n" + "".join(f"c{at},r{at}\n" for at in range(250)), encoding="utf-8")
    with jm.ingest(tmp_path / "log.csv", into=tmp_path / "shop.duckdb", customers=people) as shop:
        shop.export_store(tmp_path / "folder")
    for share, n_unseen in ((0.5, None), (None, 50)):
        path = tmp_path / f"{share}.duckdb"
        with jm.import_store(tmp_path / "folder", into=path, sample=share) as part:
            n_customers = part.store.engine.execute("SELECT count(*) FROM customers")[0][0]
        (tmp_path / "more.csv").write_text("user_id,ts,event\nc249,2026-01-25,home\n", encoding="utf-8")
        with jm.ingest(tmp_path / "more.csv", into=path, customers=people) as grown:
            asked = "SELECT count(*) FROM customers WHERE region = replace(customer_id, 'c', 'r')"
            assert grown.store.engine.execute(asked)[0][0] == n_customers + 1
            unseen = (n_unseen or 250 - n_customers) - 1
            assert any(f"that have no events: {unseen}." in note for note in grown.report.notes)


def test_mistakes_are_told(shop: jm.Journeys, tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "file").touch()
    with pytest.raises(OutputError, match="is no store of Parquet tables"):
        shop.export_store(tmp_path / "other")
    with pytest.raises(OutputError, match="There is no folder"):
        shop.export_store(tmp_path / "none" / "folder")
    with pytest.raises(QuestionError, match="not on this machine"):
        shop.export_store("s3a://bucket/shop")
    with pytest.raises(SourceNotFoundError, match="holds no store"):
        jm.import_store(folder, into=tmp_path / "back.duckdb")
    shop.export_store(folder)
    with pytest.raises(OutputError, match="is there already"):
        jm.import_store(folder, into=tmp_path / "shop.duckdb")
    with pytest.raises(QuestionError, match="no share"):
        jm.import_store(folder, into=tmp_path / "back.duckdb", sample=1.5)
    with pytest.raises(StoreError, match="which Spark reads") as caught:
        jm.open(folder)
    assert "--engine spark" in caught.value.hint
    with pytest.raises(QuestionError, match="'pandas' is no engine"):
        jm.open(folder, engine="pandas")
    with locked(tmp_path / ".folder.lock", folder), pytest.raises(StoreBusyError):
        shop.export_store(folder)


def test_a_damaged_folder_is_told_and_no_file_is_left(shop: jm.Journeys, tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    shop.export_store(folder)
    (version,) = versions_in_order(read_manifest(folder))
    shutil.rmtree(folder / version.tables["events"].folders[0])
    with pytest.raises(StoreError, match="cannot be read"):
        jm.import_store(folder, into=tmp_path / "back.duckdb")
    assert not (tmp_path / "back.duckdb").exists()


def test_of_two_writers_on_one_version_the_first_counts(tmp_path: Path) -> None:
    tables = {"events": TableFolders((("step", "INTEGER"),), ("events/a",))}
    first = Version(1, "a", "", 5, tables)
    others = [
        Version(2, run, "a", at, {"events": TableFolders((), (f"events/{run}",))}) for run, at in (("c", 8), ("b", 7))
    ]
    for version in (first, *others, Version(3, "d", "c", 9, tables)):
        append_manifest(tmp_path, version)
    rows = read_manifest(tmp_path)
    assert [version.run for version in versions_in_order(rows)] == ["a", "b"]
    assert retired_folders(rows) == ["events/c"]
    assert versions_in_order([]) == []


@pytest.mark.parametrize(
    ("kind", "carried"),
    [
        ("UBIGINT", "DECIMAL(20,0)"), ("TIMESTAMP_NS", "TIMESTAMP"), ("ENUM('a', 'b')", "VARCHAR"), ("TIME", "VARCHAR"),
        ("TIMESTAMP WITH TIME ZONE", "TIMESTAMP WITH TIME ZONE"), ("UHUGEINT[]", "DECIMAL(38,0)[]"),
    ],
)  # fmt: skip
def test_types_that_spark_lacks_travel_in_others(kind: str, carried: str) -> None:
    assert carrier(kind) == carried


def test_a_store_on_duckdb_is_opened_with_its_name(shop: jm.Journeys) -> None:
    assert open_store(shop.store.path or "", engine="duckdb").chosen_engine is None

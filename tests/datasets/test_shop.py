from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from collections import Counter
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest

from journeymap.datasets import STAGES, TOUCHPOINTS, ShopFiles, generate_shop, shop_settings
from journeymap.errors import OutputError, QuestionError

REPOSITORY = Path(__file__).parents[2]
COLUMNS = [
    "event_id",
    "customer_id",
    "timestamp",
    "event",
    "channel",
    "device",
    "value",
    "score",
    "page_load_ms",
]


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> ShopFiles:
    return generate_shop(tmp_path_factory.mktemp("shop"))


def rows(files: ShopFiles) -> pd.DataFrame:
    return pd.concat([pd.read_csv(path) for path in files.events], ignore_index=True)


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def test_the_repository_holds_what_the_generator_writes(sample: ShopFiles) -> None:
    kept = contents(REPOSITORY / "sample_events")
    made = contents(sample.folder)
    assert kept.keys() == made.keys()
    assert [name for name in kept if kept[name] != made[name]] == []


def test_the_sample_has_the_size_that_is_told(sample: ShopFiles) -> None:
    events = rows(sample)
    people = pd.read_csv(sample.customers)
    told = json.loads(sample.stories.read_text(encoding="utf-8"))["shop"]
    assert len(events) == sample.n_events == told["n_events"]
    assert len(people) == sample.n_customers == told["n_customers"] == 3000
    assert 55_000 < len(events) < 65_000
    assert sum(len(data) for data in contents(sample.folder).values()) < 7_000_000
    assert list(events.columns) == COLUMNS
    assert people["customer_id"].is_unique
    assert set(events["customer_id"].dropna()) <= set(people["customer_id"])


def test_the_files_are_months_in_order_of_time(sample: ShopFiles) -> None:
    assert [path.name for path in sample.events] == [f"events-2026-0{month}.csv" for month in (3, 4, 5, 6)]
    for path in sample.events:
        times = pd.read_csv(path)["timestamp"]
        good = times[times.str.fullmatch(r"2026-0[3-6]-[0-3]\dT[0-2]\d:[0-5]\d:[0-5]\d\.\d{3}Z")]
        good = good[good != "2026-02-30T09:15:00.000Z"]
        assert good.is_monotonic_increasing
        assert good.str.startswith(path.stem.removeprefix("events-")).all()
    assert pd.read_csv(sample.events[0])["timestamp"].iloc[0].startswith("2026-03-03T")
    assert pd.read_csv(sample.events[-1])["timestamp"].iloc[-1].startswith("2026-06-30T")


def test_dirt_is_what_is_told(sample: ShopFiles) -> None:
    events = rows(sample)
    told = json.loads(sample.stories.read_text(encoding="utf-8"))["dirt"]
    times = pd.to_datetime(events["timestamp"], format="%Y-%m-%dT%H:%M:%S.%fZ", errors="coerce", utc=True)
    found = {
        "duplicates": int(events.duplicated().sum()),
        "missing_customer": int(events["customer_id"].isna().sum()),
        "bad_time": int(times.isna().sum()),
        "missing_event": int(events["event"].isna().sum()),
    }
    unusable = events["customer_id"].isna() | times.isna() | events["event"].isna()
    assert found | {"rejected": int(unusable.sum())} == told
    assert min(found.values()) > 0
    assert events.drop_duplicates()["event_id"].is_unique


def test_columns_hold_what_the_readme_says(sample: ShopFiles) -> None:
    events = rows(sample).dropna(subset=["event"])
    known = {touchpoint.name: touchpoint for touchpoint in TOUCHPOINTS}
    assert set(events["event"]) == set(known)
    paid = events["value"].notna()
    assert set(events.loc[paid, "event"]) == {"order"}
    assert (events.loc[events["event"] == "order", "value"] > 0).all()
    assert set(events["score"].dropna()) == {1, 2, 3, 4, 5}
    is_page = events["event"].map(lambda name: known[name].page)
    assert (events["page_load_ms"].notna() == is_page).all()
    offline = events["channel"].isin(["store", "courier", "call_centre"])
    assert (events["device"].isna() == offline).all()
    ties = events.drop_duplicates().duplicated(["customer_id", "timestamp"]).mean()
    assert 0 < ties < 0.005


def test_journeys_look_like_those_of_a_shop(sample: ShopFiles) -> None:
    events = rows(sample).drop_duplicates().dropna(subset=["customer_id", "event"])
    events["at"] = pd.to_datetime(events["timestamp"], format="%Y-%m-%dT%H:%M:%S.%fZ", errors="coerce", utc=True)
    events = events.dropna(subset=["at"]).sort_values(["customer_id", "at"], kind="stable")
    gap = events.groupby("customer_id")["at"].diff()
    events["journey"] = (gap.isna() | (gap > pd.Timedelta(days=30))).cumsum()
    journeys = events.groupby("journey").agg(
        customer=("customer_id", "first"),
        begin=("at", "min"),
        last=("at", "max"),
        bought=("event", lambda names: "order" in set(names)),
    )
    mature = events["at"].max() - pd.Timedelta(days=30)
    assert 0.25 < journeys.loc[journeys["begin"] <= mature, "bought"].mean() < 0.42
    still_open = ~journeys["bought"] & (journeys["last"] > mature)
    assert 0.15 < still_open.mean() < 0.35
    assert (~journeys["bought"] & ~still_open).mean() > 0.25
    assert (journeys.groupby("customer").size() > 1).mean() > 0.15


def test_attributes_fit_the_behaviour(sample: ShopFiles) -> None:
    events = rows(sample).drop_duplicates()
    people = pd.read_csv(sample.customers).set_index("customer_id")
    spent = events.groupby("customer_id")["value"].sum()
    assert (people["lifetime_value"] >= spent.reindex(people.index).fillna(0) - 0.005).all()
    visits = events.groupby("customer_id").size().reindex(people.index).groupby(people["usage_rate"]).mean()
    assert visits["heavy"] > visits["medium"] > visits["light"]
    in_app = (events["channel"] == "app").groupby(events["customer_id"]).mean().reindex(people.index)
    by_signup = in_app.groupby(people["signup_channel"]).mean()
    assert by_signup["app"] > 2 * by_signup["web"]
    basket = events.join(people["income_band"], on="customer_id").groupby("income_band")["value"].mean()
    assert basket["high"] > basket["medium"] > basket["low"]
    assert 0.015 < people["region"].isna().mean() < 0.045
    assert (people["region"].isna() == people["city"].isna()).all()


def test_the_same_arguments_give_the_same_bytes(tmp_path: Path) -> None:
    for file_format in ("csv", "parquet"):
        first = generate_shop(tmp_path / f"a-{file_format}", customers=300, file_format=file_format)
        again = generate_shop(tmp_path / f"b-{file_format}", customers=300, file_format=file_format)
        assert contents(first.folder) == contents(again.folder)
    other = generate_shop(tmp_path / "c", customers=300, seed=1)
    assert other.customers.read_bytes() != (tmp_path / "a-csv" / "customers.csv").read_bytes()


def test_parquet_holds_the_same_events_as_csv(tmp_path: Path) -> None:
    text = generate_shop(tmp_path / "csv", customers=400, customers_per_chunk=150)
    binary = generate_shop(tmp_path / "parquet", customers=400, customers_per_chunk=150, file_format="parquet")
    assert [path.name for path in binary.events] == [f"events-2026-0{month}.parquet" for month in (3, 4, 5, 6)]
    left = rows(text)
    left["timestamp"] = pd.to_datetime(left["timestamp"], format="%Y-%m-%dT%H:%M:%S.%fZ", errors="coerce", utc=True)
    right = pd.concat([pd.read_parquet(path) for path in binary.events], ignore_index=True)
    left["timestamp"] = left["timestamp"].astype(right["timestamp"].dtype)
    pd.testing.assert_frame_equal(left, right[left.columns], check_dtype=False)
    people = pd.read_parquet(binary.customers)
    pd.testing.assert_frame_equal(pd.read_csv(text.customers), people, check_dtype=False)
    assert pq.ParquetFile(binary.events[0]).schema_arrow.field("event").type == "string"
    assert 'file = "customers.parquet"' in binary.settings.read_text(encoding="utf-8")


def test_each_chunk_is_a_row_group_of_its_own(tmp_path: Path) -> None:
    files = generate_shop(tmp_path, customers=1000, customers_per_chunk=300, file_format="parquet")
    assert pq.ParquetFile(files.customers).num_row_groups == 4
    sizes: Counter[int] = Counter()
    for path in files.events:
        data = pq.ParquetFile(path)
        assert data.num_row_groups == 4
        for group in range(4):
            sizes[group] += data.metadata.row_group(group).num_rows
            times = data.read_row_group(group, columns=["timestamp"])["timestamp"].to_pandas().dropna()
            assert times.is_monotonic_increasing
    assert sum(sizes.values()) == files.n_events
    assert max(sizes.values()) < 40 * 300


def test_a_customer_does_not_depend_on_later_chunks(tmp_path: Path) -> None:
    few = generate_shop(tmp_path / "few", customers=200, customers_per_chunk=100)
    many = generate_shop(tmp_path / "many", customers=500, customers_per_chunk=100)
    small, large = rows(few), rows(many)
    known = large[large["event_id"] <= small["event_id"].max()].sort_values("event_id", kind="stable")
    pd.testing.assert_frame_equal(
        small.sort_values("event_id", kind="stable", ignore_index=True), known.reset_index(drop=True)
    )
    assert many.customers.read_bytes().startswith(few.customers.read_bytes())


def test_the_settings_name_every_touchpoint_once(sample: ShopFiles) -> None:
    text = sample.settings.read_text(encoding="utf-8")
    assert text == shop_settings()
    settings = tomllib.loads(text)
    assert list(settings["stages"]) == list(STAGES)
    assert [name for names in settings["stages"].values() for name in names] == [t.name for t in TOUCHPOINTS]
    assert set(settings["map"]["notes"]) <= {touchpoint.name for touchpoint in TOUCHPOINTS}
    assert settings["segments"]["age_band"]["bins"] == [25, 40, 60]
    assert settings["customers"]["file"] == sample.customers.name


@pytest.mark.parametrize(("customers", "days"), [(1, 1), (1, 120), (7, 3650), (40, 31)])
def test_any_size_works(tmp_path: Path, customers: int, days: int) -> None:
    files = generate_shop(tmp_path, customers=customers, days=days)
    assert files.n_events == len(rows(files)) >= customers
    first = pd.Timestamp("2026-07-01") - pd.Timedelta(days=days)
    assert files.events[0].name == f"events-{first:%Y-%m}.csv"
    assert all(path.exists() for path in files.events)


def test_a_new_run_takes_the_files_of_the_last_away_and_no_others(tmp_path: Path) -> None:
    generate_shop(tmp_path, customers=5, days=200)
    (tmp_path / "events-2025-01.csv").write_text("mine")
    (tmp_path / "notes.txt").write_text("mine")
    files = generate_shop(tmp_path, customers=5, file_format="parquet")
    written = {path.name for path in (*files.events, files.customers)}
    texts = {"README.md", "journeymap.toml", "stories.json"}
    assert {path.name for path in tmp_path.iterdir()} == written | texts | {"events-2025-01.csv", "notes.txt"}


@pytest.mark.parametrize("stories", [None, "{", "[]", '{"generator": "another"}'])
def test_files_of_others_are_not_overwritten(tmp_path: Path, stories: str | None) -> None:
    (tmp_path / "README.md").write_text("mine")
    if stories is not None:
        (tmp_path / "stories.json").write_text(stories)
    with pytest.raises(OutputError, match=r"README\.md") as error:
        generate_shop(tmp_path, customers=5)
    assert "empty folder" in error.value.hint
    assert (tmp_path / "README.md").read_text() == "mine"


def test_only_its_own_kind_of_names_is_taken_away(tmp_path: Path) -> None:
    (tmp_path / "precious.txt").write_text("mine")
    shop = tmp_path / "shop"
    shop.mkdir()
    (shop / "stories.json").write_text(
        '{"generator": "journeymap.datasets", "files": ["../precious.txt", "events-2020-01.csv"]}'
    )
    generate_shop(shop, customers=5)
    assert (tmp_path / "precious.txt").exists()


def test_a_folder_that_cannot_be_made_is_the_users_mistake(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    for out in (blocked, blocked / "below"):
        with pytest.raises(OutputError, match="cannot be written") as error:
            generate_shop(out, customers=5)
        assert error.value.hint


@pytest.mark.parametrize(
    "wrong",
    [
        {"customers": 0},
        {"days": 0},
        {"days": 4000},
        {"seed": -1},
        {"customers_per_chunk": 0},
        {"file_format": "xlsx"},
    ],
)
def test_what_cannot_be_generated_is_told(tmp_path: Path, wrong: dict[str, object]) -> None:
    with pytest.raises(QuestionError) as error:
        generate_shop(tmp_path / "shop", **wrong)  # type: ignore[arg-type]
    assert error.value.hint
    assert not (tmp_path / "shop").exists()


def test_importing_is_light() -> None:
    code = "import sys, journeymap.datasets; print({'numpy', 'pyarrow', 'pandas'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, cwd=REPOSITORY)  # noqa: S603 - our own code
    assert done.stdout.strip() == b"set()"

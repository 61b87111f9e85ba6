"""Clusters from a store: found, described, kept, and given to those who come later."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from profiles.conftest import SETTINGS, two_kinds
from segments.chains import rand_index

import journeymap as jm
from journeymap.datasets.types import draw_customers, events_of, make_types, most_likely_types
from journeymap.errors import QuestionError, UnknownNameError
from journeymap.segments import keep
from journeymap.segments.keep import kept_names

if TYPE_CHECKING:
    from pathlib import Path

    from journeymap.api import Journeys


def test_two_kinds_of_customers_are_two_clusters(kinds: Journeys) -> None:
    found = kinds.discover(n_resamples=2)
    shoppers, readers = found.clusters
    assert [shoppers.customers, readers.customers] == [61, 60]
    assert shoppers.share == pytest.approx(61 / 121)
    assert (shoppers.journeys, shoppers.mature, shoppers.conversion_rate) == (61, 60, 0.8)
    assert readers.conversion_rate == 0
    assert shoppers.path == ("home", "product", "cart", "order")
    assert readers.path == ("home", "blog", "product", "blog", "product", "blog")
    assert shoppers.name == "1: cart, order"
    assert readers.name == "2: blog"
    assert min(one.certainty for one in found.clusters) > 0.99
    assert min(one.stability or 0 for one in found.clusters) > 0.95
    assert readers.traits[0].lift == float("inf")
    assert "only here" in str(readers.traits[0])


def test_the_numbers_are_those_of_the_measures(kinds: Journeys) -> None:
    found = kinds.discover(n_resamples=0)
    kinds.keep_clusters(found, "kind")
    frame = found.to_frame()
    measured = kinds.outcomes(by="kind")
    assert frame["cluster"].tolist() == measured["kind"].tolist()
    for name in ("customers", "conversion_rate", "ci_low", "ci_high"):
        assert frame[name].tolist() == measured[name].tolist()
    assert frame["share"].sum() == pytest.approx(1)
    assert frame["stability"].isna().all()
    assert list(kinds.maps(by="kind")) == frame["cluster"].tolist()


def test_types_of_the_generator_are_recovered_from_a_store() -> None:
    types = make_types(3, separation=0.8, mean_steps=15, n_touchpoints=6, seed=1)
    drawn = draw_customers(types, 800, seed=2)
    with jm.open(events_of(types, drawn)) as store:
        later = store.where(as_of="2027-01-01")
        assigned = later.discover(n_resamples=0).assign(later)
    assert assigned["customer"].tolist() == [f"c{at + 1:07}" for at in range(800)]
    numbers = [int(name.partition(":")[0]) for name in assigned["cluster"]]
    best = most_likely_types(types, drawn.paths).tolist()
    assert rand_index(drawn.types.tolist(), numbers) >= 0.9 * rand_index(drawn.types.tolist(), best) > 0.4


def test_where_all_are_alike_there_is_one_cluster() -> None:
    types = make_types(1, mean_steps=10, seed=1)
    with jm.open(events_of(types, draw_customers(types, 300, seed=1))) as store:
        found = store.discover()
    assert [one.name for one in found.clusters] == ["1: everyone"]
    assert found.clusters[0].traits == ()
    assert "One cluster" in " ".join(found.notes)


def test_what_the_data_do_not_bear_out_is_said() -> None:
    types = make_types(1, mean_steps=10, seed=1)
    with jm.open(events_of(types, draw_customers(types, 300, seed=1))) as store:
        notes = " ".join(store.discover(n_clusters=3, n_resamples=2).notes)
        assert "By BIC there would be 1" in notes
        assert "Not stable" in notes


def test_the_largest_number_tried_is_said(kinds: Journeys) -> None:
    assert "--most tries more" in " ".join(kinds.discover(most=2, n_resamples=0).notes)
    assert "--most tries more" not in " ".join(kinds.discover(most=3, n_resamples=0).notes)


def test_the_same_seed_gives_the_same_and_the_notebook_a_table(kinds: Journeys) -> None:
    one, other = kinds.discover(seed=3, n_resamples=2), kinds.discover(seed=3, n_resamples=2)
    assert one == other
    assert one.model.to_json() == other.model.to_json()
    assert "2: blog" in one._repr_html_()
    assert "BIC" in one._repr_html_()


def test_kept_clusters_survive_and_come_later_to_others(kinds: Journeys, kinds_path: Path) -> None:
    kinds.keep_clusters(kinds.discover(n_resamples=0), "kind")
    before = kinds.outcomes(by="kind").set_index("kind")["customers"].to_dict()
    assert before == {"1: cart, order": 61, "2: blog": 60}
    with jm.ingest(two_kinds(10, first=500), into=kinds_path, settings=SETTINGS) as store:
        assert store.outcomes(by="kind").set_index("kind")["customers"]["(none)"] == 21
        frame = store.assign_clusters("kind")
        assert frame["before"].isna().sum() == 21
        assert (frame["before"] == frame["cluster"])[frame["before"].notna()].all()
        after = store.outcomes(by="kind").set_index("kind")["customers"]
        assert after.to_dict() == {"1: cart, order": 72, "2: blog": 70}


def test_an_old_model_describes_another_store(kinds: Journeys, tmp_path: Path) -> None:
    path = tmp_path / "model.json"
    path.write_text(kinds.discover(n_resamples=0).model.to_json(), encoding="utf-8")
    events = two_kinds(8, first=100)
    events.loc[events["event"] == "order", "event"] = "purchase"
    with jm.open(events, settings=jm.Settings()) as other:
        found = other.discover(model=path)
        assert [one.customers for one in found.clusters] == [9, 8]
        assert found.unknown_share > 0
        assert "do not know" in " ".join(found.notes)
        with pytest.raises(QuestionError, match="number of clusters"):
            other.discover(model=path, n_clusters=2)
        other.keep_clusters(found, "kind")
        assert other.outcomes(by="kind")["customers"].tolist() == [9, 8]


def test_a_cluster_that_nobody_is_in_is_shown_empty(kinds: Journeys) -> None:
    model = kinds.discover(n_resamples=0).model
    events = two_kinds(8)
    readers_only = events["customer"].isin(events.loc[events["event"] == "blog", "customer"])
    with jm.open(events[readers_only]) as readers:
        empty, full = readers.discover(model=model).clusters
        assert (empty.customers, empty.share, empty.conversion_rate, empty.path) == (0, 0.0, None, ())
        assert full.customers == 8


def test_clusters_of_a_part_leave_the_others_without(kinds: Journeys) -> None:
    part = kinds.where(until="2026-02-01")
    part.keep_clusters(part.discover(n_resamples=0), "kind")
    assert part.outcomes(by="kind")["customers"].sum() == 120
    with jm.open(kinds.store.path or "") as again:
        assert again.outcomes(by="kind").set_index("kind")["customers"]["(none)"] == 1


def test_a_name_that_is_taken_is_refused(tmp_path: Path) -> None:
    import pandas as pd

    path = tmp_path / "shop.duckdb"
    people = pd.DataFrame({"customer": ["c0000"], "region": ["north"]})
    with jm.ingest(two_kinds(20), into=path, settings=SETTINGS, customers=people) as store:
        found = store.discover(n_clusters=2, n_resamples=0)
        store.keep_clusters(found, "kind")
        state = path.read_bytes()
        for name in ("channel", "Customer_ID", "customer_key", "", " a", "a,b", "region", "Kind"):
            with pytest.raises(QuestionError, match=r"taken|cannot name"):
                store.keep_clusters(found, name)
    assert path.read_bytes() == state


def test_keeping_again_replaces(kinds: Journeys) -> None:
    kinds.keep_clusters(kinds.discover(n_clusters=3, n_resamples=0), "kind")
    kinds.keep_clusters(kinds.discover(n_clusters=2, n_resamples=0), "kind")
    assert len(kinds.outcomes(by="kind")) == 2
    assert kept_names(kinds.store) == ["kind"]


def test_a_failure_leaves_the_store_as_it_was(
    kinds: Journeys, kinds_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = kinds.discover(n_resamples=0)
    state = kinds_path.read_bytes()

    def fail(*_: object) -> str:
        raise RuntimeError("in the middle")

    monkeypatch.setattr(keep.ClusterModel, "to_json", fail)  # the customers are written by then
    with pytest.raises(RuntimeError, match="in the middle"):
        kinds.keep_clusters(found, "kind")
    assert kinds_path.read_bytes() == state
    assert kinds.outcomes()["customers"].item() == 121
    assert [path.name for path in kinds_path.parent.iterdir()] == [kinds_path.name]


def test_what_cannot_be_discovered(kinds: Journeys) -> None:
    with pytest.raises(QuestionError, match="number from 1 on"):
        kinds.discover(n_clusters=0)
    with pytest.raises(QuestionError, match="number from 1 on"):
        kinds.discover(most=0)
    with pytest.raises(QuestionError, match="need at least 20"):
        kinds.where(since="2026-05-01").discover()
    with pytest.raises(QuestionError, match="need at least 200"):
        kinds.discover(n_clusters=100)
    with pytest.raises(UnknownNameError, match="No clusters are kept as 'knid'"):
        kinds.assign_clusters("knid")
    found = kinds.discover(n_resamples=0)
    with pytest.raises(QuestionError, match="no customers"):
        kinds.where(since="2027-01-01").discover(model=found.model)


def test_looking_leaves_nothing_behind(kinds: Journeys) -> None:
    before = kinds.segments()["segment"].tolist()
    kinds.discover(n_resamples=0)
    assert kinds.segments()["segment"].tolist() == before
    left = kinds.store.engine.execute("SELECT table_name FROM duckdb_tables() WHERE temporary")
    assert all(str(name).startswith("kept_rows") for (name,) in left)  # which are of questions, not of looking

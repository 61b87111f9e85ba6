"""Segments: who is in which level, and what cannot be asked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from journeymap.errors import ColumnError, ExpressionError, QuestionError, UnknownNameError
from journeymap.settings import JourneySettings, SegmentSettings, Settings

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Logs

    from journeymap.api import Journeys

DEVICES = ("customer", "timestamp", "event", "channel", "device")


def levels(store: Journeys, by: str | list[str]) -> dict[Any, int]:
    """Give the journeys of each level, in the order of the levels."""
    frame = store.outcomes(by=by)
    names = [by] if isinstance(by, str) else by
    keys = frame[names[0]].tolist() if len(names) == 1 else list(frame[names].itertuples(index=False, name=None))
    return dict(zip(keys, frame["journeys"].tolist(), strict=True))


def people(log: Logs, ages: list[Any], **segment: Any) -> Journeys:
    """Open a store with a customer for each age, and a segment over it."""
    names = [f"c{at:03}" for at in range(len(ages))]
    defined = (("group", SegmentSettings(column="age", **segment)),) if segment else ()
    return log(
        "\n".join(f"{name} 0d home" for name in names),
        customers={"customer": names, "age": ages},
        settings=Settings(journey=JourneySettings(goal=()), segments=defined),
    )


def test_who_has_no_value_is_in_none_and_never_left_out(log: Logs) -> None:
    store = log(
        "A 0d home\nB 0d home\nC 0d home\nD 0d home",
        customers={"customer": ["A", "B", "C", "unseen"], "region": ["north", None, "", "south"]},
    )
    assert levels(store, "region") == {"north": 1, "(none)": 3}
    assert store.where(region="(none)").outcomes()["customers"].item() == 3


def test_a_journeys_level_is_that_of_its_start(log: Logs) -> None:
    store = log("A 0d a web x\nA 1d b app y\nA 60d a - y\nB 0d a app -", columns=DEVICES)
    assert levels(store, "channel") == {"app": 1, "web": 1, "(none)": 1}
    assert levels(store, "device") == {"x": 1, "y": 1, "(none)": 1}
    listed = store.segments().set_index("segment")
    assert listed.loc["device", ["unit", "levels", "without", "changed"]].tolist() == ["journey", 2, 1, 1]


def test_the_latest_value_can_decide_instead(log: Logs) -> None:
    store = log(
        "A 0d a web x\nA 1d b app y", columns=DEVICES,
        settings=Settings(
            journey=JourneySettings(goal=()), segments=(("last", SegmentSettings(column="device", as_of="latest")),)
        ),
    )  # fmt: skip
    assert levels(store, "last") == {"y": 1}
    assert levels(store, "device") == {"x": 1}


@pytest.mark.parametrize("name", ["channel", "device"])
def test_an_attribute_goes_before_a_column_of_the_events_of_the_same_name(log: Logs, name: str) -> None:
    store = log(
        "A 0d a web x\nA 60d a app y\nB 0d b app -", columns=DEVICES,
        customers={"customer": ["A"], name: ["of the customer"]},
    )  # fmt: skip
    assert levels(store, name) == {"of the customer": 2, "(none)": 1}
    assert "touchpoint" in store.touchpoints(by=name)
    assert store.touchpoints(by=name).iloc[:, 0].tolist() == ["of the customer", "(none)"]
    assert store.where(**{name: "of the customer"}).outcomes()["customers"].item() == 1


def test_the_events_channel_is_not_another_column_that_sounds_like_it(log: Logs) -> None:
    from journeymap.settings import EventSettings

    settings = Settings(events=EventSettings(channel="channel"), journey=JourneySettings(goal=()))
    store = log(
        "A 0d a web tv\nB 0d a app tv", columns=("customer", "timestamp", "event", "channel", "channel_name"),
        settings=settings,
    )  # fmt: skip
    assert levels(store, "channel") == {"app": 1, "web": 1}
    assert levels(store, "channel_name") == {"tv": 2}


def test_two_segments_make_every_pair_that_is_there(log: Logs) -> None:
    store = log("A 0d a web\nB 0d a app\nC 0d a web", customers={"customer": ["A", "B"], "region": ["n", "n"]})
    assert levels(store, ["region", "channel"]) == {("n", "app"): 1, ("n", "web"): 1, ("(none)", "web"): 1}
    assert list(store.outcomes(by=["channel", "region"]).columns[:2]) == ["channel", "region"]


def test_bins_have_upper_bounds_that_do_not_belong_to_them(log: Logs) -> None:
    store = people(log, [17, 18, 24, 25, 40, None], bins=(18, 25))
    assert levels(store, "group") == {"under 18": 1, "18 to 24": 2, "25 and over": 2, "(none)": 1}


def test_bins_of_numbers_with_a_point(log: Logs) -> None:
    store = people(log, [1.0, 1.5, 1.49, 2.75], bins=(1.5, 2.5))
    assert levels(store, "group") == {"under 1.5": 2, "1.5 to under 2.5": 1, "2.5 and over": 1}


def test_bins_can_be_named_and_keep_their_order(log: Logs) -> None:
    store = people(log, [10, 30, 60], bins=(18, 50), labels=("young", "middle", "elder"))
    assert levels(store, "group") == {"young": 1, "middle": 1, "elder": 1}
    assert list(levels(store, "group")) == ["young", "middle", "elder"]
    assert store.where(group="young").outcomes()["customers"].item() == 1


def test_an_empty_bin_is_no_level_but_may_be_asked_for(log: Logs) -> None:
    store = people(log, [10, 60], bins=(18, 50), labels=("young", "middle", "elder"))
    assert levels(store, "group") == {"young": 1, "elder": 1}
    assert store.where(group="middle").outcomes()["customers"].item() == 0


@pytest.mark.parametrize("n_levels", [2, 3, 4, 10])
def test_quantiles_share_customers_evenly(log: Logs, n_levels: int) -> None:
    store = people(log, list(range(1, 61)), quantiles=n_levels)
    sizes = levels(store, "group")
    assert len(sizes) == n_levels
    assert sum(sizes.values()) == 60
    assert max(sizes.values()) - min(sizes.values()) <= 1


def test_quantiles_of_equal_values_keep_equals_together(log: Logs) -> None:
    store = people(log, [5] * 30 + [7] * 10, quantiles=4)
    sizes = levels(store, "group")
    assert sum(sizes.values()) == 40
    assert sorted(sizes.values()) == [10, 30]


def test_numbers_of_many_values_are_cut_into_quarters_and_few_are_not(log: Logs) -> None:
    many = people(log, list(range(40)))
    assert len(levels(many, "age")) == 4
    assert "quarters" in many.notes("age")[0]
    few = people(log, [1, 2, 10] * 7)
    assert list(levels(few, "age")) == ["1", "2", "10"]
    assert few.notes("age") == ()


def test_whole_numbers_are_levels_without_a_point(log: Logs) -> None:
    assert list(levels(people(log, [1.0, 2.5, None]), "age")) == ["1", "2.5", "(none)"]


def test_levels_with_quotes_and_signs(log: Logs) -> None:
    names = ["it's", 'say "x"', "$level0", "a;b", "東京", "--", "%"]
    store = log(
        "\n".join(f"c{at} 0d home" for at in range(len(names))),
        customers={"customer": [f"c{at}" for at in range(len(names))], "region": names},
    )
    assert sorted(levels(store, "region")) == sorted(names)
    for name in names:
        assert store.where(region=name).outcomes()["customers"].item() == 1
        quoted = name.replace("'", "''")
        assert store.where(f"region = '{quoted}'").outcomes()["customers"].item() == 1


UNKNOWN: dict[str, tuple[Callable[[Journeys], Any], str]] = {
    "segment": (lambda store: store.touchpoints(by="regoin"), "Did you mean 'region'"),
    "segment among two": (lambda store: store.outcomes(by=["region", "chanel"]), "Did you mean 'channel'"),
    "segment to narrow by": (lambda store: store.where(regoin="north").outcomes(), "Did you mean 'region'"),
    "level": (lambda store: store.where(region="nroth").outcomes(), "Did you mean 'north'"),
    "level in a condition": (lambda store: store.where("region = 'nroth'").outcomes(), "Did you mean 'north'"),
    "level in a list": (lambda store: store.where("region IN ('north', 'sotuh')").outcomes(), "Did you mean 'south'"),
    "step": (lambda store: store.funnel(["home", "crat"]), "Did you mean 'cart'"),
    "from": (lambda store: store.paths(from_="hmoe"), "Did you mean 'home'"),
    "to": (lambda store: store.paths(to="hmoe"), "Did you mean 'home'"),
    "after": (lambda store: store.abandonment("crat"), "Did you mean 'cart'"),
    "without": (lambda store: store.abandonment("cart", without="ordre"), "Did you mean 'order'"),
}


@pytest.mark.parametrize("what", UNKNOWN)
def test_unknown_names_are_told_with_what_was_meant(log: Logs, what: str) -> None:
    store = log(
        "A 0d home web\nA 1d cart web\nB 0d order app", goal=("order",),
        customers={"customer": ["A", "B"], "region": ["north", "south"]},
    )  # fmt: skip
    ask, meant = UNKNOWN[what]
    with pytest.raises(UnknownNameError, match=meant):
        ask(store)


def test_questions_that_cannot_be_asked(log: Logs) -> None:
    store = log("A 0d home web", customers={"customer": ["A"], "age": [3]})
    with pytest.raises(QuestionError, match="since must be before until"):
        store.where(since="2024-02-01", until="2024-02-01")
    with pytest.raises(QuestionError, match="no date"):
        store.where(as_of="yesterday")
    with pytest.raises(QuestionError, match="twice"):
        store.touchpoints(by=["age", "age"])
    with pytest.raises(QuestionError, match="end_at"):
        store.where(end_at="noon")  # type: ignore[arg-type]
    with pytest.raises(ExpressionError, match="hieght"):
        store.where("hieght > 3").outcomes()
    with pytest.raises(ExpressionError, match="refused"):
        store.where("(SELECT 1) = 1").outcomes()


def test_conditions_are_of_whole_customers_or_whole_journeys(log: Logs) -> None:
    store = log(
        "A 0d a web\nA 1d b app\nA 60d c app\nB 0d a app\nC 0d a -",
        customers={"customer": ["A", "B"], "age": [30, 40], "region": ["n", None]},
    )
    assert store.where("age > 30").touchpoints()["visits"].sum() == 1
    assert store.where("channel = 'web'").touchpoints()["visits"].sum() == 2  # A's first journey, its b on the app too
    assert store.where("channel IS NULL").touchpoints()["visits"].sum() == 1
    assert (
        store.where("NOT (region = 'n')").outcomes()["journeys"].item() == 0
    )  # of nobody it is known that they are not
    assert store.where("age = 40 OR channel = 'web'").outcomes()["journeys"].item() == 2
    assert store.where("age >= 30").where(channel="app").outcomes()["journeys"].item() == 2
    assert store.outcomes()["journeys"].item() == 4  # the store asked first stays as it is


def test_a_customers_file_that_fits_no_customer_is_refused(log: Logs) -> None:
    with pytest.raises(ColumnError, match="Not one"):
        log("A 0d home", customers={"customer": ["x"], "region": ["north"]})

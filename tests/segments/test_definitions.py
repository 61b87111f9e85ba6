"""Rules, combinations, hierarchies and one-line definitions; and those that are refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from conftest import opened

from journeymap.errors import ExpressionError, JourneymapError, QuestionError, SettingsError, UnknownNameError
from journeymap.segments.one_line import parse_definition
from journeymap.settings import JourneySettings, SegmentRule, SegmentSettings, Settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conftest import Logs

    from journeymap.api import Journeys

PLACES = {
    "customer": ["A", "B", "C", "D", "E", "F"],
    "country": ["DE", "DE", "DE", "AT", None, "AT"],
    "region": ["south", "south", "north", None, None, "south"],
    "city": ["Ulm", None, "Kiel", None, None, "Graz"],
    "age": [17, 30, 70, 40, None, 65],
}
LOG = """
    A 0d home web
    A 1d order app 10
    A 40d home tablet
    B 0d home web
    C 0d home -
    D 0d ad web
    E 0d home app
    F 0d order web 5
"""


@pytest.fixture(scope="module")
def store() -> Iterator[Journeys]:
    with opened() as log:
        yield log(LOG, goal=("order",), customers=PLACES)


def levels(store: Journeys, by: str, unit: str = "journeys") -> dict[Any, int]:
    frame = store.outcomes(by=by)
    return dict(zip(frame.iloc[:, 0], frame[unit].tolist(), strict=True))


def rules(*pairs: tuple[str, str], **more: Any) -> SegmentSettings:
    return SegmentSettings(rules=tuple(SegmentRule(name, when) for name, when in pairs), **more)


def test_the_first_rule_that_holds_gives_the_level(store: Journeys) -> None:
    definition = rules(("young", "age < 31"), ("southern", "region = 'south'"), ("old", "age >= 60"))
    asked = store.define("who", definition)
    # Of E nothing is known; of D its age: it is the rest.
    assert levels(asked, "who", "customers") == {"young": 2, "southern": 1, "old": 1, "other": 1, "(none)": 1}
    assert list(levels(asked, "who")) == ["young", "southern", "old", "other", "(none)"]
    assert asked.segments().set_index("segment").loc["who", ["kind", "unit", "levels"]].tolist() == [
        "rules", "customer", 4,
    ]  # fmt: skip
    assert asked.where(who="southern").outcomes()["customers"].item() == 1
    assert asked.where("who = 'young' and age > 20").outcomes()["customers"].item() == 1
    with pytest.raises(UnknownNameError, match="Did you mean 'southern'"):
        asked.where(who="suothern").outcomes()


def test_rules_over_columns_facts_and_other_segments(store: Journeys) -> None:
    asked = store.define("band", "age: 18, 60").define(
        "group",
        "web buyer: purchases >= 1 and channel = 'web'; buyer: purchases >= 1; grown: band = '18 to 59'; else no",
    )
    assert levels(asked, "group") == {"buyer": 1, "grown": 2, "no": 4}
    assert "as of each journey's start" in " ".join(asked.notes("group"))


def test_rules_as_of_the_data_end_are_of_customers(store: Journeys) -> None:
    asked = store.define("end", "buyer: purchases >= 1; on the web: channel = 'web'; else no @latest")
    assert levels(asked, "end", "customers") == {"buyer": 2, "on the web": 2, "no": 2}
    assert sum(levels(asked, "end", "customers").values()) == 6
    first = store.define("begin", "bought at once: purchases >= 1; else no @first")
    assert levels(first, "begin", "customers") == {"bought at once": 2, "no": 4}
    assert "first journey" in " ".join(first.notes("begin"))


def test_a_combination_has_a_level_for_each_pair_that_is_there(store: Journeys) -> None:
    asked = store.define("both", SegmentSettings(of=("region", "channel")))
    assert levels(asked, "both") == {
        "north / (none)": 1, "south / tablet": 1, "south / web": 3, "(none) / app": 1, "(none) / web": 1,
    }  # fmt: skip
    nobody = store.define("both", "country / region")
    assert levels(nobody, "both")["(none)"] == 1
    assert nobody.where(both="DE / north").outcomes()["customers"].item() == 1
    three = store.define("a", "region / country").define("three", "a / city")
    assert levels(three, "three")["south / DE / Ulm"] == 2


def test_a_hierarchy_and_its_depth(store: Journeys) -> None:
    path = ("country", "region", "city")
    deep = store.define("place", SegmentSettings(path=path))
    assert levels(deep, "place", "customers") == {
        "AT > south > Graz": 1, "AT > (none) > (none)": 1, "DE > north > Kiel": 1, "DE > south > Ulm": 1,
        "DE > south > (none)": 1, "(none)": 1,
    }  # fmt: skip
    two = store.define("place", SegmentSettings(path=path, depth=2))
    assert levels(two, "place", "customers") == {
        "AT > south": 1, "AT > (none)": 1, "DE > north": 1, "DE > south": 2, "(none)": 1,
    }  # fmt: skip
    one = store.define("place", SegmentSettings(path=path, depth=1))
    assert levels(one, "place") == levels(store, "country")


def test_parts_keep_their_order_in_a_combination(store: Journeys) -> None:
    asked = store.define("age band", "age: young < 31, middle < 60, elder").define("x", '"age band" / country')
    assert list(levels(asked, "x")) == [
        "young / DE", "middle / AT", "elder / AT", "elder / DE", "(none)",
    ]  # fmt: skip


def test_event_columns_as_of_each_instant(log: Logs) -> None:
    store = log("A 0d home web\nA 1d home app\nA 60d home tv\nA 61d home -\nB 0d home app")
    assert levels(store, "channel") == {"app": 1, "tv": 1, "web": 1}
    first, latest = store.define("x", "channel @first"), store.define("x", "channel @latest")
    assert levels(first, "x") == {"app": 1, "web": 2}
    assert levels(latest, "x") == {"app": 1, "(none)": 2}
    assert "a segment of customers" in latest.notes("x")[0]
    assert levels(latest.where(as_of="2024-03-01"), "x") == {"app": 1, "tv": 2}


def test_the_name_of_a_segment_within_its_definition_is_the_columns(log: Logs) -> None:
    own = (
        ("age", rules(("young", "age < 31"), ("old", "age >= 31"))),
        ("region", SegmentSettings(of=("region", "age"))),
    )
    store = log(LOG, customers=PLACES, settings=Settings(journey=JourneySettings(goal=("order",)), segments=own))
    assert levels(store, "age", "customers") == {"young": 2, "old": 3, "(none)": 1}
    assert levels(store, "region", "customers")["south / young"] == 2


ONE_LINES = {
    "region": SegmentSettings(column="region"),
    " region @latest ": SegmentSettings(column="region", as_of="latest"),
    '"region"': SegmentSettings(column="region"),
    "age: 18, 60": SegmentSettings(column="age", bins=(18.0, 60.0)),
    "age: 18": SegmentSettings(column="age", bins=(18.0,)),
    "age: young < 18, in between < 60.5, old": SegmentSettings(
        column="age", bins=(18.0, 60.5), labels=("young", "in between", "old")
    ),
    "spend: 4 quantiles @latest": SegmentSettings(column="spend", quantiles=4, as_of="latest"),
    "young: age < 18": rules(("young", "age < 18")),
    "young: age < 18; else grown up": rules(("young", "age < 18"), other="grown up"),
    "a: region = 'x;y: z' ; b: used('a / b')": rules(("a", "region = 'x;y: z'"), ("b", "used('a / b')")),
    "region / channel": SegmentSettings(of=("region", "channel")),
    'region / "a / b" / age': SegmentSettings(of=("region", "a / b", "age")),
    "country > region > city": SegmentSettings(path=("country", "region", "city")),
    "rfm": SegmentSettings(kind="rfm"),
    "lifecycle @first": SegmentSettings(kind="lifecycle", as_of="first"),
    "{kind = 'lifecycle', loyal = 3}": SegmentSettings(kind="lifecycle", loyal=3),
    "{rule = [{name = 'a', when = 'age < 3'}]}": rules(("a", "age < 3")),
}


@pytest.mark.parametrize("text", ONE_LINES)
def test_one_line_says_what_a_table_of_the_settings_says(store: Journeys, text: str) -> None:
    assert parse_definition(store.store, 'any "name"', text) == ONE_LINES[text]


def test_what_is_a_column_is_a_column_whatever_it_looks_like(log: Logs) -> None:
    names = ["a:b", "a / b", "x @latest", "rfm", "a > b; c"]
    store = log("A 0d home", customers={"customer": ["A"]} | {name: ["here"] for name in names})
    for name in names:
        assert levels(store.define("it", name), "it") == {"here": 1}
        assert levels(store, name) == {"here": 1}


REFUSED: dict[str, tuple[str, type[JourneymapError], str]] = {
    "unknown column": ("regoin", UnknownNameError, "no column 'regoin'. Did you mean 'region'"),
    "unknown column in a rule": ("a: aeg > 3", ExpressionError, "names 'aeg', which is not known. Did you mean 'age'"),
    "unknown part": ("region / chanel", UnknownNameError, "no segment 'chanel'. Did you mean 'channel'"),
    "unknown touchpoint": ("a: used('hmoe')", UnknownNameError, r"rule 'a': there is no touchpoint 'hmoe'. .* 'home'"),
    "unknown channel": ("a: on_channel('wbe') > 1", UnknownNameError, "no channel 'wbe'. Did you mean 'web'"),
    "pattern for nothing": ("a: used('x*')", UnknownNameError, "no touchpoint 'x*'"),
    "unsorted bins": ("age: 60, 18", SettingsError, "must rise, but 18.0 comes after 60.0"),
    "overlapping bins": ("age: 18, 18", SettingsError, "must rise, but 18.0 comes after 18.0"),
    "bins of no number": ("age: 18, nan", SettingsError, "finite"),
    "bins of texts": ("region: 2 quantiles", QuestionError, "holds no numbers to cut"),
    "no rule": ("a: age", ExpressionError, "no comparison"),
    "half a rule": ("a: age >", ExpressionError, "cannot read"),
    "two statements": ("a: age > 1 b: age < 1", ExpressionError, "cannot read"),
    "a command": ("a: DROP TABLE events", ExpressionError, "refused"),
    "a query": ("a: (SELECT 1) = 1", ExpressionError, "refused"),
    "a function": ("a: getenv('HOME') = ''", ExpressionError, "refused"),
    "a count of all": ("a: count(*) > 1", ExpressionError, "needs one name"),
    "a distinct count": ("a: count(DISTINCT home) > 1", ExpressionError, "needs one name"),
    "too few names": ("a: before('home')", ExpressionError, "needs 2 names"),
    "a number as a rule": ("a: count('home')", ExpressionError, "is no comparison"),
    "a truth as a number": ("a: used('home') > 1", ExpressionError, "is no number"),
    "a level twice": ("a: age > 1; a: age < 1", SettingsError, "'a' is there twice"),
    "the rest as a rule": ("other: age > 1", SettingsError, "'other' is the name of another level"),
    "a level of others": ("a: age > 1; else (none)", SettingsError, "is the name of another level"),
    "a reserved label": ("age: (none) < 3, b", SettingsError, "is the name of another level"),
    "labels alike": ("age: a < 3, a", SettingsError, "there twice"),
    "a part twice": ("age / age", SettingsError, "there twice"),
    "by itself": ("who / region", QuestionError, "defined by itself"),
    "an unknown kind": ("{kind = 'rmf'}", SettingsError, "must be rfm, lifecycle"),
    "an unknown entry": ("{kin = 'rfm'}", SettingsError, "Did you mean 'kind'"),
    "an unknown instant": ("region @last", QuestionError, "'@last' is no instant"),
    "nothing": ("  ", QuestionError, "has no definition"),
    "no level": ("age > 3; b: age < 3", QuestionError, "no level before a colon"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_is_refused_is_told(store: Journeys, what: str) -> None:
    text, kind, message = REFUSED[what]
    with pytest.raises(kind, match=message.replace("*'", r"\*'")) as error:
        store.define("who", text).outcomes(by="who")
    assert type(error.value) is kind


def test_circles_are_found(store: Journeys) -> None:
    asked = store.define("a", "b / region").define("b", "a / age")
    with pytest.raises(QuestionError, match="a, b"):
        asked.outcomes(by="a")
    listed = asked.segments().set_index("segment")
    assert listed.loc["a", "definition"].startswith("cannot be used: [segments.a] is defined by itself")
    assert listed.loc["region", "levels"] == 2  # the others are there


def test_levels_of_a_combination_that_would_have_one_name(log: Logs) -> None:
    places = {"customer": ["A", "B"], "x": ["a / b", "a"], "y": ["c", "b / c"]}
    store = log("A 0d home\nB 0d home", customers=places).define("both", "x / y")
    with pytest.raises(QuestionError, match="two combinations have the same name 'a / b / c'"):
        store.outcomes(by="both")
    assert levels(log("A 0d home", customers=places).define("both", "x / y"), "both") == {"a / b / c": 1}


def test_more_levels_than_can_be_told_apart(log: Logs) -> None:
    names = [f"c{at}" for at in range(10_001)]
    store = log(
        "\n".join(f"{name} 0d home" for name in names),
        customers={"customer": names, "email": [f"{name}@example.org" for name in names]},
    )
    for asked, by in ((store, "email"), (store.define("x", "email / channel"), "x")):
        with pytest.raises(QuestionError, match="has 10,001 levels; at most 10,000"):
            asked.outcomes(by=by)
    assert store.where(email="c7@example.org").outcomes()["customers"].item() == 1
    assert "too many levels" in store.segments().set_index("segment").loc["email", "definition"]
    cut = store.define("short", "c1: email like 'c1%'")
    assert levels(cut, "short") == {"c1": 1112, "other": 8889}


def test_a_level_may_hold_quotes_and_signs(log: Logs) -> None:
    store = log("A 0d home\nB 0d home\nB 40d home").define(
        "x", rules(("it's $x0", "journeys >= 1"), other='"none"; --')
    )
    assert levels(store, "x") == {"it's $x0": 1, '"none"; --': 2}


def test_the_account_as_the_unit(log: Logs) -> None:
    """B2B: two people of one account make one journey, and the account's attributes split it."""
    from journeymap.settings import EventSettings

    store = log(
        "acme ann 0d visit web\nacme bob 2d demo web\nacme ann 9d contract web\nxy zoe 60d visit web",
        columns=("account_id", "person", "timestamp", "event", "channel"),
        settings=Settings(events=EventSettings(customer="account_id"), journey=JourneySettings(goal=("contract",))),
        customers={"account_id": ["acme", "xy"], "employees": [250, 3], "industry": ["steel", "shop"]},
    )  # fmt: skip
    asked = store.define("size", "employees: small < 10, medium < 250, large")
    assert levels(asked, "size", "customers") == {"small": 1, "large": 1}
    assert asked.where(industry="steel").outcomes()["converted"].item() == 1
    assert levels(store, "person") == {"ann": 1, "zoe": 1}

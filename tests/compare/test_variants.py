"""Two variants: by hand, against scipy, by plain loops, and the mistakes that are made with experiments."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from conftest import opened
from measure.test_spark_dialect import TRAPS
from scipy import stats

from journeymap.compare.stratified import stratified_difference
from journeymap.errors import QuestionError, UnknownNameError
from journeymap.measure.variants import variant_groups
from journeymap.settings import JourneySettings, Settings
from journeymap.store.spark_dialect import to_spark

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from conftest import Logs

    from journeymap.api import Journeys

COLUMNS = ("customer", "timestamp", "event", "channel", "value", "page")
# The horizon is seven days; the data end on day 40.
LOG = """
    A  0d    home  web -  -
    A  1d    cart  web -  new
    A  2d    order web 10 new
    B  0d    order web 5  -
    B  1d    cart  web -  new
    C  0d    cart  app -  old
    C  7d    order app 20 -
    D  0d    cart  app -  old
    D  7d+1us order app 30 -
    E  0d    cart  web -  old
    E  1d    cart  web -  new
    E  1d    order web 99 new
    F  38d   cart  web -  new
    G  3d    order web -  old
    H  5d    home  app -  -
    I  10d   home  web -  new
    I  12d   order web 7  -
    I  13d   order web 8  -
    Z  40d   home  web -  -
"""


@pytest.fixture(scope="module")
def logs() -> Iterator[Logs]:
    with opened() as made:
        yield made


@pytest.fixture(scope="module")
def shop(logs: Logs) -> Journeys:
    settings = Settings(journey=JourneySettings(goal=("order",), gap_us=7 * 86_400_000_000, minimum_customers=1))
    people = {"customer": list("ABCDEFGHIZ"), "region": ["n", "n", "s", "s", "n", "n", "n", "s", "s", "n"]}
    return logs(LOG, columns=COLUMNS, settings=settings, customers=people)


def rows(shop: Journeys, **asked: Any) -> dict[str, Any]:
    return dict(shop.variants("page", **asked).to_frame().iloc[0])


def test_customers_by_hand(shop: Journeys) -> None:
    """New: A converted with 10; B not, the order was before; F too young; I 15. Old: C in time, D too late, G at once.

    E was given both; H and Z neither.
    """
    test = shop.variants("page", control="old", treatment="new")
    row = test.to_frame().iloc[0]
    assert (row["customers_control"], row["customers_treatment"]) == (3, 4)
    assert (row["mature_control"], row["mature_treatment"]) == (3, 3)
    assert (row["converted_control"], row["converted_treatment"]) == (2, 2)
    assert row["difference"] == pytest.approx(0)
    # G's order has no value: it adds nothing.
    assert (row["value_control"], row["value_treatment"]) == pytest.approx((20 / 3, 25 / 3))
    assert (test.n_several, test.n_without, test.n_others, test.n_immature) == (1, 2, 0, 1)
    assert (test.control, test.treatment, test.ratio) == ("old", "new", 0.5)


def test_the_level_is_that_of_the_journey_in_which_it_was_given(shop: Journeys) -> None:
    frame = shop.variants("page", by="channel").to_frame()
    assert frame["channel"].tolist() == ["(all)", "app", "web"]
    assert frame["customers_control"].tolist() == [3, 2, 1]
    assert frame["customers_treatment"].tolist() == [4, 0, 4]
    assert frame["verdict"].tolist()[1] == "thin"
    frame = shop.variants("page", by=["region", "channel"]).to_frame()
    assert frame["customers_treatment"].tolist() == [4, 3, 0, 1]
    assert list(frame.columns[:2]) == ["region", "channel"]


@pytest.mark.parametrize("name", ["verdict", "difference", "ratio_p"])
def test_a_segment_may_be_called_like_a_column(logs: Logs, name: str) -> None:
    settings = Settings(journey=JourneySettings(goal=("order",), minimum_customers=1))
    people = {"customer": list("ABCDEFGHIZ"), name: ["n", "n", "s", "s", "n", "n", "n", "s", "s", "n"]}
    shop = logs(LOG, columns=COLUMNS, settings=settings, customers=people)
    frame = shop.variants("page", by=name).to_frame()
    assert frame[f"by_{name}"].tolist() == ["(all)", "n", "s"]
    assert len(set(frame.columns)) == len(frame.columns)


def test_who_was_given_it_outside_of_the_question_is_not_in_it(shop: Journeys, at: Callable[[str], Any]) -> None:
    test = shop.where(since=at("2d")).variants("page")
    assert test.to_frame().iloc[0][["customers_control", "customers_treatment"]].tolist() == [1, 2]  # G; F and I
    assert test.n_several == 0  # E was given both on the first days
    assert (test.n_without, test.n_elsewhere) == (2, 1)  # H and Z; D, whose second journey begins after a week
    only = shop.where("region = 'n'").variants("page")
    assert (only.n_several, only.n_without) == (1, 1)
    early = shop.where(as_of=at("12d")).variants("page").to_frame().iloc[0]
    assert (early["mature_treatment"], early["customers_treatment"], early["converted_treatment"]) == (2, 3, 1)


def test_an_attribute_is_given_with_the_first_journey(shop: Journeys) -> None:
    frame = shop.variants("region", control="s", treatment="n").to_frame()
    # North: A, B, E and G ordered within a week of their first event; F and Z are too young. South: C; I too.
    row = frame.iloc[0]
    assert (row["customers_control"], row["customers_treatment"]) == (4, 6)
    assert (row["mature_control"], row["mature_treatment"]) == (4, 4)
    assert (row["converted_control"], row["converted_treatment"]) == (2, 4)


def test_a_definition_can_say_which(shop: Journeys) -> None:
    made = shop.define("arm", "b: page = 'new'; a: page = 'old'")
    assert made.variants("arm").to_frame()["customers_treatment"].tolist() == [4]
    assert shop.define("half", "one: region = 'n'; else two").variants("half").control == "one"


MANY = {"a": (400, 120), "b": (430, 170)}


def experiment(log: Logs, given: dict[str, tuple[int, int]] = MANY, *, helped: str = "south") -> Journeys:
    """Customers of two regions; the second variant helps in one of them only."""
    lines, people = ["Z 60d home - - -"], {"customer": ["Z"], "region": ["north"], "arm": [None]}
    number = 0
    for arm, (everyone, converted) in given.items():
        for at in range(everyone):
            region = "south" if at % 2 else "north"
            good = at < converted if arm == "a" or region == helped else at < given["a"][1]
            lines.append(f"c{number} {at % 20}d cart web - {arm}")
            lines += [f"c{number} {at % 20 + 1}d order web {10 + at % 7} -"] if good else []
            people["customer"].append(f"c{number}")
            people["region"].append(region)
            people["arm"].append(arm)
            number += 1
    return log("\n".join(lines), columns=COLUMNS, customers=people, goal=("order",))


@pytest.fixture(scope="module")
def tested(logs: Logs) -> Journeys:
    return experiment(logs)


def test_the_numbers_are_those_of_scipy(tested: Journeys) -> None:
    test = tested.variants("page")
    row = test.to_frame().iloc[0]
    table = [[row["converted_control"], 400 - row["converted_control"]],
             [row["converted_treatment"], 430 - row["converted_treatment"]]]  # fmt: skip
    plain = stats.chi2_contingency(table, correction=False)
    assert row["p_value"] == pytest.approx(plain.pvalue, rel=0.7)
    assert test.ratio_p == pytest.approx(stats.chisquare([400, 430]).pvalue)
    assert row["ratio_p"] == test.ratio_p
    uneven = tested.variants("page", ratio=(9, 1))
    assert uneven.ratio_p == pytest.approx(stats.chisquare([400, 430], [747, 83]).pvalue)
    assert (uneven.is_mismatch, test.is_mismatch) == (True, False)


def test_value_and_interval_are_those_of_plain_loops(tested: Journeys) -> None:
    row = tested.variants("page").to_frame().iloc[0]
    events = tested.store.engine.execute(
        "SELECT customer_key, page, touchpoint, value FROM events JOIN touchpoints USING (touchpoint_key)"
    )
    arm = {key: page for key, page, *_ in events if page}
    value = dict.fromkeys(arm, 0.0) | {key: value for key, _, name, value in events if name == "order"}

    def difference(without: int | None) -> float:
        kept = {a: [value[key] for key in arm if arm[key] == a and key % 100 != without] for a in "ab"}
        return float(np.mean(kept["b"]) - np.mean(kept["a"]))

    whole = difference(None)
    error = np.sqrt(99 / 100 * sum((difference(group) - whole) ** 2 for group in range(100)))
    assert row["value_difference"] == pytest.approx(whole)
    half = stats.t.ppf(0.975, 99) * error
    assert row["value_difference_low"] == pytest.approx(whole - half)
    assert row["value_difference_high"] == pytest.approx(whole + half)
    assert row["value_p"] == pytest.approx(2 * stats.t.sf(abs(whole) / error, 99))
    values = [[value[key] for key in arm if arm[key] == a] for a in "ab"]
    assert row["value_p"] == pytest.approx(stats.ttest_ind(*values).pvalue, rel=0.6)


def test_levels_are_corrected_and_compared_with_each_other(log: Logs) -> None:
    shop = experiment(log, {"a": (800, 240), "b": (800, 460)})
    test = shop.variants("page", by="region")
    frame = test.to_frame().set_index("region")
    assert frame["verdict"].to_dict() == {"(all)": "higher", "north": "unclear", "south": "higher"}
    assert frame["q_value"]["(all)"] == frame["p_value"]["(all)"]
    assert frame["q_value"][["north", "south"]].tolist() == pytest.approx(
        stats.false_discovery_control(frame["p_value"][["north", "south"]].to_numpy())
    )
    for name in ("customers", "mature", "converted"):
        assert frame[f"{name}_control"][["north", "south"]].sum() == frame[f"{name}_control"]["(all)"]
    # Cochran's Q of two levels is the square of the difference of their differences over its standard error.
    groups = variant_groups(shop.store, shop.question.split(("region",)), "page").frame
    parts = []
    for region in ("north", "south"):
        arrays = []
        for arm in "ba":
            rows = groups[(groups["region"] == region) & (groups["variant"] == arm)]
            arrays += [np.bincount(rows["customer_group"], rows[name], 100) for name in ("converted", "mature")]
        found = stratified_difference(*(array[None, None, :] for array in arrays))
        parts.append((found.difference[0], found.standard_error[0]))
    (d1, s1), (d2, s2) = parts
    assert test.heterogeneity_p == pytest.approx(2 * stats.norm.sf(abs(d1 - d2) / np.hypot(s1, s2)))
    assert test.heterogeneity_p < 0.001
    same = experiment(log, {"a": (400, 120), "b": (400, 120)}).variants("page", by="region")
    assert same.heterogeneity_p > 0.05
    assert shop.variants("page").heterogeneity_p is None


def test_column_and_attribute_say_the_same(tested: Journeys) -> None:
    assert tested.variants("page", by="region").to_frame().equals(tested.variants("arm", by="region").to_frame())


def test_without_values_nothing_is_said_of_them(log: Logs) -> None:
    shop = log("A 0d home - - a\nB 0d home - - b\nC 0d order - - b\nZ 60d home", columns=COLUMNS, goal=("order",))
    frame = shop.variants("page").to_frame()
    assert frame["value_difference"].isna().all()
    assert frame["verdict"].tolist() == ["thin"]


def test_three_variants_are_named(log: Logs) -> None:
    text = "\n".join(
        [*(f"{who} 0d home - - {arm}" for who, arm in zip("ABCDE", "abcca", strict=True)), "E 1d home - - c"]
    )
    shop = log(f"{text}\nZ 60d home", columns=COLUMNS)
    with pytest.raises(QuestionError, match="gives 3 variants, and two are compared: a, b, c"):
        shop.variants("page")
    test = shop.variants("page", control="b", treatment="c")
    assert (test.n_others, test.n_several) == (1, 1)
    assert test.to_frame().iloc[0][["customers_control", "customers_treatment"]].tolist() == [1, 2]


def test_mistakes(shop: Journeys, log: Logs) -> None:
    with pytest.raises(UnknownNameError, match=r"no segment 'pgae'\. Did you mean 'page'"):
        shop.variants("pgae")
    with pytest.raises(UnknownNameError, match=r"no customer the variant 'neu'\. Did you mean 'new'"):
        shop.variants("page", control="neu")
    with pytest.raises(QuestionError, match="as control and as treatment"):
        shop.variants("page", control="new", treatment="new")
    with pytest.raises(QuestionError, match="follows from what customers do"):
        shop.variants("lifecycle")
    with pytest.raises(QuestionError, match="is what is compared"):
        shop.variants("page", by="page")
    for ratio in ((1, 0), (1, -1), (1, 1, 1), (1, float("nan"))):
        with pytest.raises(QuestionError, match="none of two variants"):
            shop.variants("page", ratio=ratio)
    one = log("A 0d home - - a\nB 0d home - - a\nZ 60d home", columns=COLUMNS)
    with pytest.raises(QuestionError, match="'page' only gives 'a': two variants are compared"):
        one.variants("page")
    both = log("A 0d home - - a\nA 1d home - - b\nZ 60d home", columns=COLUMNS)
    with pytest.raises(QuestionError, match=r"gives nobody a variant \(customers who were given more than one: 1\)"):
        both.variants("page")


def test_it_translates_to_spark(shop: Journeys) -> None:
    heard: list[str] = []
    shop.explain_to(heard.append)
    shop.variants("page", by="channel")
    shop.variants("region")
    assert heard
    for sql in heard:
        text = to_spark(sql)
        assert not [name for name, trap in TRAPS.items() if trap.search(text)], text


@pytest.mark.slow
def test_it_is_rarely_wrong(log: Logs) -> None:
    """Customers dealt by chance, who convert alike: at most a twentieth of the tests says that they differ."""
    rng = np.random.default_rng(2)
    n_wrong = 0
    for _ in range(60):
        lines = ["Z 60d home - - -"]
        for at in range(300):
            lines.append(f"c{at} 0d cart - - {'ab'[rng.integers(2)]}")
            lines += [f"c{at} 1d order - 1 -"] if rng.random() < 0.2 else []
        n_wrong += (
            log("\n".join(lines), columns=COLUMNS, goal=("order",)).variants("page").to_frame()["p_value"][0] < 0.05
        )
    assert n_wrong <= 8

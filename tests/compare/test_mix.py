"""Mix and rate effects: by hand, with Simpson's paradox, and that everything adds up."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from journeymap.compare.mix import _effects, _table
from journeymap.errors import QuestionError, UnknownNameError

if TYPE_CHECKING:
    from conftest import Logs

    import journeymap as jm


def stones(log: Logs, others: int = 0) -> jm.Journeys:
    """A tenth of the kidney stones of Charig et al. (1986), Simpson's paradox of the textbooks, rounded.

    Others of a third size are not cured by open surgery, and are by the closed one.
    """
    made = {
        ("open", "small"): (8, 9), ("open", "large"): (19, 26),
        ("closed", "small"): (23, 27), ("closed", "large"): (5, 8),
        ("open", "tiny"): (0, others), ("closed", "tiny"): (others, others),
    }  # fmt: skip
    lines, people = ["X 200d visit"], {"customer": ["X"], "treatment": [None], "size": [None]}
    for (treatment, size), (good, everyone) in made.items():
        for at in range(everyone):
            name = f"{treatment}{size}{at}"
            lines.append(f"{name} {at}d visit")
            lines += [f"{name} {at}d+1h cured"] if at < good else []
            for column, value in (("customer", name), ("treatment", treatment), ("size", size)):
                people[column].append(value)
    return log("\n".join(lines), customers=people, goal=("cured",))


def test_simpsons_paradox_is_shown(log: Logs) -> None:
    frame = stones(log).mix_effects("treatment", ["open", "closed"], within="size").set_index("level")
    assert frame["difference"].tolist() == pytest.approx([19 / 26 - 5 / 8, 8 / 9 - 23 / 27, 27 / 35 - 28 / 35])
    assert frame.index.tolist() == ["large", "small", "(all)"]
    # Open surgery is better for either size and worse on the whole: it got the large stones.
    assert frame["is_reversed"].tolist() == [True, True, True]
    share = {"large": (26 / 35, 8 / 35), "small": (9 / 35, 27 / 35)}
    rate = {"large": (19 / 26, 5 / 8), "small": (8 / 9, 23 / 27)}
    for level, (wa, wb) in share.items():
        ra, rb = rate[level]
        assert frame.loc[level, "rate_effect"] == pytest.approx((ra - rb) * (wa + wb) / 2)
        assert frame.loc[level, "mix_effect"] == pytest.approx((wa - wb) * ((ra + rb) / 2 - (27 + 28) / 70))
    whole = frame.loc["(all)"]
    assert whole["rate_effect"] > 0 > whole["mix_effect"]
    assert whole["mix_effect"] + whole["rate_effect"] == pytest.approx(whole["difference"])
    assert (whole["hits_a"], whole["units_a"], whole["hits_b"], whole["units_b"]) == (27, 35, 28, 35)


def test_levels_with_few_customers_do_not_decide_about_the_paradox(log: Logs) -> None:
    shop = stones(log, others=4)
    frame = shop.mix_effects("treatment", ["open", "closed"], within="size").set_index("level")
    assert frame.loc["tiny", "difference"] < 0  # as on the whole, but of four customers only
    assert frame["is_reversed"].to_dict() == {"large": True, "small": True, "tiny": False, "(all)": True}
    enough = stones(log, others=5).mix_effects("treatment", ["open", "closed"], within="size")
    assert not enough["is_reversed"].iloc[-1]
    one = shop.where(size="small").mix_effects("treatment", ["open", "closed"], within="size")
    assert not one["is_reversed"].any()  # one level has the rates of the whole


COUNTS = st.integers(0, 9).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@given(st.lists(st.tuples(COUNTS, COUNTS), min_size=1, max_size=6))
def test_effects_add_up_to_the_difference(levels: list[tuple[tuple[int, int], tuple[int, int]]]) -> None:
    totals = np.array([[[pair[side][part] for pair in levels] for side in (0, 1)] for part in (0, 1)], dtype=float)
    units = totals[1].sum(axis=1)
    if not units.all():
        return
    mix, rate = _effects(totals)
    difference = totals[0, 0].sum() / units[0] - totals[0, 1].sum() / units[1]
    assert mix[:-1].sum() == pytest.approx(mix[-1], abs=1e-12)
    assert mix[-1] + rate[-1] == pytest.approx(difference, abs=1e-12)
    for at in range(len(levels)):
        if not totals[1, 0, at] or not totals[1, 1, at]:
            assert rate[at] == 0  # a level that one side lacks has no rates to differ


def test_the_same_mix_has_no_mix_effect_and_the_same_rates_have_no_rate_effect() -> None:
    units = np.array([[30.0, 70.0], [60.0, 140.0]])
    mix, rate = _effects(np.stack([units * [[0.5, 0.2], [0.4, 0.1]], units]))
    assert mix == pytest.approx([0, 0, 0])
    assert rate == pytest.approx([0.03, 0.07, 0.1])
    units = np.array([[30.0, 70.0], [90.0, 10.0]])
    mix, rate = _effects(np.stack([units * [[0.5, 0.2]], units]))
    assert rate == pytest.approx([0, 0, 0])
    assert mix[-1] == pytest.approx(0.29 - 0.47)
    assert (mix[:-1] < 0).all()  # less of the better, more of the worse


def test_intervals_hold_the_effect_and_shrink_with_customers() -> None:
    rng = np.random.default_rng(2)

    def table(n: int) -> np.ndarray:
        units = rng.poisson(n, (2, 2, 100)).astype(float)
        hits = rng.binomial(units.astype(int), np.array([[[0.5], [0.2]], [[0.4], [0.2]]])).astype(float)
        return np.stack([hits, units])

    widths = []
    for n in (3, 300):
        found = _table(table(n), ["x", "y"], ("a", "b"), np.array([True, True])).iloc[-1]
        assert found["rate_effect_low"] < found["rate_effect"] < found["rate_effect_high"]
        widths.append(found["rate_effect_high"] - found["rate_effect_low"])
    assert widths[1] == pytest.approx(widths[0] / 10, rel=0.35)
    alone = _table(table(3)[..., :1], ["x", "y"], ("a", "b"), np.array([True, True]))
    assert alone["rate_effect_low"].isna().all()


def test_the_whole_is_that_of_the_outcomes(shop: jm.Journeys) -> None:
    frame = shop.mix_effects("region", "south", within="device")
    south = shop.where(region="south").outcomes().iloc[0]
    whole = frame.iloc[-1]
    assert (whole["hits_a"], whole["units_a"]) == (south["converted"], south["mature"])
    assert (
        whole["rate_effect"] < -0.12 < whole["mix_effect"] < 0.02
    )  # the south acts otherwise; its devices are the same
    assert frame["level"].tolist() == ["desktop", "mobile", "tablet", "(none)", "(all)"]
    period = shop.mix_effects(after="2026-05-11", within="region")
    assert period.iloc[-1][["a", "b"]].tolist() == ["from 2026-05-11", "before 2026-05-11"]


def test_nobody(shop: jm.Journeys) -> None:
    frame = shop.where("age > 500").mix_effects("region", "south", within="device")
    assert frame["level"].tolist() == ["(all)"]
    assert frame["rate_a"].isna().all()
    assert not frame["is_reversed"].any()


def test_mistakes(shop: jm.Journeys) -> None:
    with pytest.raises(QuestionError, match="not 3"):
        shop.mix_effects("region", ["north", "south", "west"], within="device")
    with pytest.raises(QuestionError, match="'region' is what is compared"):
        shop.mix_effects("region", ["north"], within="region")
    with pytest.raises(UnknownNameError, match="Did you mean 'device'"):
        shop.mix_effects("region", ["north"], within="devise")

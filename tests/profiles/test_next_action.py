"""What to do next for each level: the playbook by level, worst pain point, profile."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

import journeymap as jm
from journeymap.painpoints.playbook import level_entry, playbook
from journeymap.segments.kinds import kinds_of, rules_of_kind
from journeymap.segments.operands import Scope
from journeymap.settings import (
    JourneySettings,
    SegmentRule,
    SegmentSettings,
    Settings,
    dump_settings,
    parse_settings,
)

if TYPE_CHECKING:
    from pathlib import Path

LOG = """
    A 0d   order web 60
    A 40d  home  web
    B 250d order web 30
    B 280d order web 10
    C 299d home  web
    Z 300d home  web
"""


def test_levels_of_the_life_cycle_worked_by_hand(log: Any) -> None:
    frame = log(LOG, goal=("order",)).next_actions("lifecycle")
    assert list(frame.columns) == [
        "lifecycle", "customers", "value", "value_share", "conversion_rate", "ci_low", "ci_high", "based_on",
        "next_action",
    ]  # fmt: skip
    rows = frame.set_index("lifecycle")
    assert rows["next_action"].to_dict() == {
        "new": "welcome series: what others like, and help with the first order, for lifecycle new: 2 customers",
        "repeat": "loyalty offer, and what goes with what they bought, for lifecycle repeat: 1 customer, "
        "40.0 % of value",
        "lapsed": "win-back offer, for lifecycle lapsed: 1 customer, 60.0 % of value",
    }
    assert set(rows["based_on"]) == {"level"}
    assert rows.loc["lapsed", ["customers", "value", "value_share", "conversion_rate"]].tolist() == [1, 60.0, 0.6, 0.5]


def test_every_level_of_every_built_in_segment_has_an_entry(log: Any) -> None:
    shop = log(LOG, goal=("order",))
    book = playbook()
    scope = Scope.of(shop.store)
    assert len(kinds_of(shop.store)) == 5
    for kind in kinds_of(shop.store):
        for level in rules_of_kind(scope, kind, SegmentSettings(kind=kind)).labels:
            assert level_entry(kind, level) in book, (kind, level)


def test_a_segment_of_ones_own_is_known_by_its_kind_or_the_name_of_its_level(log: Any) -> None:
    shop = log(LOG, goal=("order",)).define("phase", "lifecycle")
    shop = shop.define("buyers", "Repeat: purchases >= 2; one-time: purchases = 1; else none")
    assert shop.next_actions("phase")["next_action"][2].startswith("win-back offer, for phase lapsed")
    found = shop.next_actions("buyers").set_index("buyers")["next_action"]
    assert found["Repeat"].startswith("loyalty offer")
    assert found["one-time"].startswith("thank-you")
    assert found["none"] == "nothing of its own: what is done for all, for buyers none: 2 customers"


def test_the_settings_come_first(log: Any) -> None:
    text = (
        '[journey]\ngoal = "order"\n[playbook]\n"level lifecycle LAPSED" = "Gutschein"\n"level phase new" = "Hallo"\n'
    )
    settings = parse_settings(text)
    assert parse_settings(dump_settings(settings)) == settings
    shop = log(LOG, settings=settings).define("phase", "lifecycle")
    assert shop.next_actions("lifecycle")["next_action"][2].startswith("Gutschein, for lifecycle lapsed: 1 customer")
    # The segment's own name is nearer than the kind that it is of.
    found = shop.next_actions("phase").set_index("phase")["next_action"]
    assert (found["new"][:5], found["lapsed"][:9]) == ("Hallo", "Gutschein")


def levels_log(n_each: int) -> tuple[str, dict[str, list[str]]]:
    """Make two regions: in the one all abandon the cart, in the other every third does."""
    lines, customers, regions = [], [], []
    for at in range(2 * n_each):
        name, is_bad = f"c{at:03}", at % 2 == 0
        customers.append(name)
        regions.append("bad" if is_bad else "good")
        lines += [f"{name} {at % 30}d home web", f"{name} {at % 30}d+1m cart web"]
        if not is_bad and at % 3:
            lines.append(f"{name} {at % 30}d+2m order web 10")
    lines.append("Z 99d home web")
    return "\n".join(lines), {"customer": customers, "region": regions}


def test_else_the_worst_pain_point_of_the_level_and_else_its_profile(log: Any) -> None:
    text, customers = levels_log(60)
    shop = log(text, goal=("order",), customers=customers)
    rows = shop.next_actions("region").set_index("region")
    assert rows["based_on"].to_dict() == {"bad": "pain point", "good": "profile", "(none)": "profile"}
    # 60 of 60 abandon, and 20 of 60: 80 of 120 in all.
    assert rows.loc["bad", "next_action"] == (
        "free shipping over a threshold, costs shown in the cart, and a reminder within a day, for region bad: 60 "
        "customers hit in 60 of 60 attempts (100.0 %), 1.5 times the baseline"
    )
    # The good region has abandoned carts too, but fewer than all have: its own is that it converts and pays.
    assert rows.loc["good", "next_action"].startswith(
        "loyalty offer and a personal contact, for region good: 60 customers"
    )
    assert rows.loc["(none)", "next_action"].startswith("nothing of its own")
    given = shop.audience(by="region", columns=["region", "next_action"]).drop_duplicates()
    assert given["region"].tolist() == ["bad", "good"]  # and one without a region, which is too few
    for region, advice in given.to_numpy().tolist():
        assert advice
        assert rows.loc[region, "next_action"].startswith(advice)
    (whole,) = shop.next_actions().to_dict("records")
    assert whole["based_on"] == "pain point"
    assert "for region" not in whole["next_action"]
    # A level that the playbook knows needs no pain point, in whatever part of a combination it is.
    both = shop.next_actions(["region", "lifecycle"])
    assert both.loc[both["lifecycle"] == "one-time", "next_action"].str.startswith("thank-you").all()


def test_a_profile_of_low_conversion(log: Any) -> None:
    # Of the first group nobody converts, without any pain point that says why; neither group has values.
    lines = [f"c{at:03} {at % 30}d {'order' if at % 2 and at % 5 else 'home'} web" for at in range(200)]
    customers = {
        "customer": [f"c{at:03}" for at in range(200)], "half": ["few" if at % 2 == 0 else "many" for at in range(200)],
    }  # fmt: skip
    shop = log("\n".join([*lines, "Z 99d home web"]), goal=("order",), customers=customers)
    rows = shop.next_actions("half").set_index("half")
    assert rows.loc["few", "next_action"].startswith("question to those who left without success")
    assert rows.loc["many", "next_action"].startswith("look-alike audience")
    assert rows["value_share"].isna().all()


def test_the_export_has_the_same_action(log: Any) -> None:
    lapsed = log(LOG, goal=("order",)).where(lifecycle="lapsed").audience(minimum=1)
    assert lapsed["next_action"].tolist() == ["win-back offer"]


def test_who_is_nobody(log: Any) -> None:
    shop = log(LOG, goal=("order",))
    assert shop.where("purchases > 9").next_actions("lifecycle").empty
    assert shop.where("purchases > 9").next_actions().empty


def test_rules_of_the_settings_are_of_the_data_end(log: Any, tmp_path: Path) -> None:
    settings = Settings(
        journey=JourneySettings(goal=("order",)),
        segments=(("had", SegmentSettings(rules=(SegmentRule("bought", "purchases >= 1"),), other="not")),),
    )
    shop = log(LOG, settings=settings)
    frame = shop.next_actions("had").set_index("had")
    assert frame["customers"].to_dict() == {"bought": 2, "not": 2}
    with pytest.raises(jm.JourneymapError, match="Did you mean 'had'"):
        shop.next_actions("hat")
    assert not list(tmp_path.iterdir())

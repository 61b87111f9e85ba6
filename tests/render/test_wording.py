"""Findings in words: every kind makes a sentence with its numbers."""

from __future__ import annotations

import dataclasses

import pytest

from journeymap.model.finding import Finding
from journeymap.render.wording import evidence, headline, say_finding, say_gain, say_opportunity

CART = Finding(
    kind="abandonment", place="after cart without order within 7d", touchpoint="cart", levels=(), severity=0.5,
    n_hits=747, n_units=956, n_immature=3, rate=747 / 956, ci_low=0.754, ci_high=0.806, baseline=0.6, lift=1.3,
    q_value=0.01, customers=700, journeys=720, revenue_at_risk=58_300.0, opportunity=None,
)  # fmt: skip


def changed(**changes: object) -> Finding:
    return dataclasses.replace(CART, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "78 % of attempts after cart end without order within 7d"),
        ({"place": "after cart"}, "78 % of attempts after cart are abandoned"),
        ({"kind": "drop_off", "place": "payment", "unit": "visits"}, "78 % of visits leave for good at payment"),
        (
            {"kind": "loop", "place": "between a and b", "unit": "visits"},
            "78 % of visits go in circles between a and b",
        ),
        ({"kind": "error", "place": "", "rate": None}, "700 customers run into an error at cart"),
        ({"kind": "low_score", "place": "cart", "rate": None, "customers": 1}, "1 customer is dissatisfied at cart"),
        ({"kind": "slow_step", "place": "cart", "rate": None, "customers": 1}, "1 customer takes too long at cart"),
        (
            {"kind": "loop", "place": "from a to b and back", "unit": "sessions"},
            "78 % of sessions go from a to b and back",
        ),
        ({"kind": "slow_step", "place": "home (load_ms)"}, "78 % of attempts wait too long at home (load_ms)"),
        ({"kind": "slow_step", "place": "a to b", "unit": "steps"}, "78 % of steps from a to b take too long"),
        ({"kind": "failed_search", "place": "search without a find"}, "78 % of attempts find nothing at search"),
        ({"kind": "low_score", "place": "low score of call", "unit": "scores"}, "78 % of scores of call are low"),
        (
            {"kind": "regret", "place": "refund after order", "unit": "goals"},
            "78 % of goals (order) are followed by refund",
        ),
        (
            {"kind": "sudden_change", "place": "e after p (error), 2026-05-11 to 2026-05-17", "unit": "visits"},
            "for some days 78 % of visits: e after p",
        ),
        ({"kind": "something-new_here", "place": "cart"}, "something new here at cart: 78 % of attempts"),
    ],
)
def test_headlines(changes: dict[str, object], words: str) -> None:
    assert headline(changed(**changes)) == words


def test_evidence_names_what_there_is() -> None:
    range_ = "75\N{EN DASH}81 %"
    assert evidence(CART) == f"747 of 956 ({range_}), 1.3x all, 58.3 k at risk"
    assert evidence(changed(lift=1.01), money=False) == f"747 of 956 ({range_})"
    assert evidence(changed(rate=None, lift=None, revenue_at_risk=None)) == ""
    dated = changed(lift=None, revenue_at_risk=None, began="2026-05-11", ended="2026-05-17", thin=True, ci_low=None)
    assert evidence(dated) == "747 of 956, 2026-05-11 to 2026-05-17, thin data"
    assert evidence(changed(compared_with="all levels of region together")).split(", ")[1] == "1.3x all"
    assert evidence(changed(compared_with="the weeks before")).split(", ")[1] == "1.3x the weeks before"
    assert say_finding(changed(rate=None, lift=None, revenue_at_risk=None)) == headline(changed(rate=None))


def test_opportunities() -> None:
    assert say_opportunity(CART) == "cart: 58.3 k at risk"
    assert say_opportunity(changed(revenue_at_risk=None)) == ""
    goals = changed(revenue_at_risk=None, opportunity=12.0, opportunity_low=4.0, opportunity_high=19.0,
                    assumption="if half found it")  # fmt: skip
    assert say_opportunity(goals) == "cart: +12 goals (4 to 19) if half found it"
    assert say_opportunity(changed(opportunity=9_000.0, action="Show the costs.")) == (
        "cart: 58.3 k at risk; +9 k. Show the costs."
    )
    assert say_opportunity(changed(opportunity=9_000.0, action="show the costs")).endswith("+9 k. Show the costs")


def test_gains_in_few_words() -> None:
    assert say_gain(CART) == ""
    assert say_gain(changed(opportunity=9_000.0)) == "cart: +9 k, 58.3 k at risk"
    goals = changed(revenue_at_risk=None, opportunity=12.0, opportunity_low=4.0, opportunity_high=19.0)
    assert say_gain(goals) == "cart: +12 goals (4 to 19)"

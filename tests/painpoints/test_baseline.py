"""Baselines: what goes on is not new, and what is no number is no baseline."""

from __future__ import annotations

from dataclasses import replace

import pytest

from journeymap.errors import QuestionError
from journeymap.model.finding import Finding
from journeymap.painpoints.baseline import baseline_text, worse_than

CHANGE = Finding(
    kind="sudden_change", place="cart (drop_off), 2026-01-31 to 2026-02-04", touchpoint="cart", levels=(), severity=0.5,
    n_hits=30, n_units=60, n_immature=0, rate=0.5, ci_low=0.4, ci_high=0.6, baseline=0.25, lift=2.0, q_value=0.01,
    customers=30, journeys=30, revenue_at_risk=None, opportunity=None,
)  # fmt: skip


def test_a_change_that_goes_on_is_not_new() -> None:
    kept = baseline_text([CHANGE])
    assert worse_than([CHANGE], kept, origin="it") == []
    assert worse_than([replace(CHANGE, place="cart (drop_off), 2026-01-31 to 2026-02-05")], kept, origin="it") == []
    later = replace(CHANGE, place="cart (drop_off), 2026-03-02 to 2026-03-05")
    assert [(item.finding, item.was) for item in worse_than([later], kept, origin="it")] == [(later, None)]
    (worse,) = worse_than([replace(CHANGE, ci_low=0.7)], kept, origin="it")
    assert worse.was == 0.5


@pytest.mark.parametrize("number", ['"0.6"', "[0.6]", "{}"])
def test_what_is_no_number(number: str) -> None:
    kept = baseline_text([CHANGE]).replace('"ci_high": 0.6', f'"ci_high": {number}')
    with pytest.raises(QuestionError, match="is no baseline of pain points"):
        worse_than([CHANGE], kept, origin="b.json")

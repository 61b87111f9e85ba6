"""Counting rule 3 for segments of every kind: the levels add up to the whole, and nobody is left out."""

from __future__ import annotations

from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from journeymap.segments.define import find_segment
from properties.logs import TIMES, Log, logs, opened
from properties.questions import moment

KINDS = {
    "cut": "page: 5, 10",
    "parts": "device / channel",
    "tree": "device > page > channel @first",
    "ruled": "many: n_events >= 3 and active_days > 1; odd: device = 'north' or count('*') = 1; few: spend < 3",
    "known": "south: page = 'south'; else elsewhere @latest",
    "tiers": "visits: 3 quantiles",
    "life": "lifecycle",
    "life now": "{kind = 'lifecycle', as_of = 'latest', at_risk = '1d', lapsed = '2d', loyal = 2}",
    "life first": "lifecycle @first",
    "value": "value_tier",
    "worth": "pareto @latest",
    "rfm": "rfm",
    "active": "engagement",
    "entry": "first_touchpoint",
    "source": "first_channel",
}
NEED_VALUES = ("value", "worth", "rfm")
few = hypothesis_settings(max_examples=hypothesis_settings.default.max_examples // 10)  # type: ignore[union-attr]


@few
@given(logs(), st.none() | TIMES, st.sampled_from([None, "goal"]))
def test_levels_of_every_kind_add_up_to_the_whole(log: Log, as_of_us: int | None, end_at: str | None) -> None:
    has_goal = bool(log.rules.goals & set(log.touchpoints))
    has_values = any(event.value is not None and event.touchpoint in log.rules.goals for event in log.accepted)
    with opened(log) as store:
        whole = store.where(as_of=moment(as_of_us), end_at=end_at)  # type: ignore[arg-type]
        outcomes = whole.outcomes()
        visits = whole.touchpoints().set_index("touchpoint")["visits"].to_dict()
        transitions = whole.transitions().set_index(["source", "target"])["count"].to_dict()
        visited = {"life", "parts", "known"}
        for name, line in KINDS.items():
            if (name in NEED_VALUES and not has_values) or (name.startswith("life") and not has_goal):
                continue
            asked = whole.define(name, line)
            split = asked.outcomes(by=name)
            for column in ("journeys", "mature", "converted", "ended", "abandoned", "open", "immature"):
                assert split[column].sum() == outcomes[column].item(), (name, column)
            unit = find_segment(store.store, name, tag="x", question=asked.question).unit
            customers = split["customers"].sum()
            assert customers == outcomes["customers"].item() if unit == "customer" else customers >= 0, name
            if name in visited:  # for the others the transitions say so: visits are the transitions in
                assert asked.touchpoints(by=name).groupby("touchpoint")["visits"].sum().to_dict() == visits, name
            found = asked.transitions(by=name).groupby(["source", "target"])["count"].sum().to_dict()
            assert found == transitions, name
            assert not split.iloc[:, 0].isna().any()

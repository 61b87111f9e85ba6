"""The playbook: ours, the settings', for a kind and for one touchpoint of a kind."""

from __future__ import annotations

from typing import Any

from journeymap.painpoints import sudden_change
from journeymap.painpoints.playbook import _ours
from journeymap.painpoints.registry import DETECTORS
from journeymap.settings import JourneySettings, Settings

LOG = "A 0d cart\nB 0d cart\nC 0d cart\nC 1d order\nZ 90d home"


def test_every_kind_has_an_action() -> None:
    assert {*DETECTORS, sudden_change.KIND} <= set(_ours())


def test_ours_names_the_touchpoint_it_knows(log: Any) -> None:
    (found,) = log(LOG, goal=("order",)).pain_points(kinds="abandonment")
    assert found.action.startswith("free shipping over a threshold")
    assert found.action.endswith(": 2 customers hit in 2 of 3 attempts (66.7 %)")


def test_the_settings_come_first(log: Any) -> None:
    for key, text in (("abandonment", "an die Kasse führen"), ("abandonment Cart", "Versand ab 50 € frei")):
        settings = Settings(journey=JourneySettings(goal=("order",)), playbook=((key, text),))
        (found,) = log(LOG, settings=settings).pain_points(kinds="abandonment")
        # What is said of a cart is nearer than what is said of the kind.
        expected = text if "Cart" in key else "free shipping"
        assert found.action.startswith(expected)


def test_roles_of_the_settings_say_what_a_search_is(log: Any) -> None:
    text = "\n".join(f"{name} 0d nachschlagen" for name in "ABCDEFGHIJKLMNOPQRSTUVW") + "\nZ 3d home"
    plain = log(text, goal=()).pain_points(kinds="failed_search")
    assert [skipped.kind for skipped in plain.skipped] == ["failed_search"]
    settings = Settings(journey=JourneySettings(goal=()), roles=(("search", ("nach*",)),))
    (found,) = log(text, settings=settings).pain_points(kinds="failed_search")
    assert (found.n_hits, found.n_units) == (23, 23)

"""What a value is at Python's prompt and in a notebook: a name and a picture, or a table with notes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import journeymap as jm

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SAMPLE = Path(__file__).parents[2] / "sample_events"
NORTH = "'Customer journey map': region = north"


@pytest.fixture(scope="module")
def shop() -> Iterator[jm.Journeys]:
    with jm.open(SAMPLE / "*.csv") as opened:
        yield opened


@pytest.mark.parametrize(
    ("ask", "named"),
    [
        (lambda it: it.maps("region")["north"], f"<JourneyMap {NORTH}>"),
        (lambda it: it.where(region="north").map(), f"<JourneyMap {NORTH}>"),
        (lambda it: it.flow_map(), "<FlowMap 'Journeys step by step': (all)>"),
        (lambda it: it.matrix_map(), "<MatrixMap 'Transitions from touchpoint to touchpoint': (all)>"),
        (lambda it: it.funnel_map(["product", "cart"]), "<FunnelMap 'Funnel from product to cart': (all)>"),
        (lambda it: it.map_grid("region"), "<MapGrid 'Customer journeys by region': (all)>"),
        (lambda it: it.timeline(customers=2), "<Timeline 'Customer journeys, one by one': (all)>"),
        (lambda it: it.profile("region", "north")["north"], "<LevelProfile 'Segment profile': region = north>"),
        (
            lambda it: it.difference_map("region", ["north", "south"]),
            "<DifferenceMap 'What differs: north against south': region = north, region = south>",
        ),
    ],
)
def test_pictures_have_a_name_and_are_drawn(shop: jm.Journeys, ask: Callable[[Any], Any], named: str) -> None:
    value = ask(shop)
    assert repr(value) == named
    picture, size = value._repr_png_()
    assert picture.startswith(b"\x89PNG")
    assert set(size) == {"width", "height"}


@pytest.mark.parametrize(
    "ask",
    [
        lambda it: it.watch(by="region"),
        lambda it: it.discover(n_clusters=2, n_resamples=0),
        lambda it: it.rank_segments("region", "device", n_permutations=20),
        lambda it: it.variants("device", control="mobile", treatment="desktop"),
    ],
)
def test_tables_have_their_notes(shop: jm.Journeys, ask: Callable[[Any], Any]) -> None:
    value = ask(shop)
    lines = repr(value).splitlines()
    n_rows = len(value.to_frame())
    assert lines[n_rows + 1 :] == list(value.notes)
    page = value._repr_html_()
    assert page.count("<tr") == n_rows + 1
    assert page.count("<p>") == len(value.notes)


def test_a_test_that_was_dealt_wrongly_says_so_wherever_it_is_shown(shop: jm.Journeys) -> None:
    test = shop.variants("device", control="mobile", treatment="desktop")
    assert test.is_mismatch
    assert test.notes[0].startswith("Sample ratio mismatch: 482 customers should have been given 'desktop', and 323")
    assert test.notes[1] == "1,932 customers were given more than one variant and are left out."


def test_evidence_is_named_by_its_finding(shop: jm.Journeys) -> None:
    worst = shop.pain_points(by="region", kinds="abandonment")[0]
    assert repr(shop.evidence(worst)).startswith(
        f"<Evidence of abandonment '{worst.place}', region = {worst.levels[0][1]}: {worst.n_hits:,} of "
    )


def test_profiles_are_their_paragraphs(shop: jm.Journeys) -> None:
    found = shop.profile("region", ["north", "south"])
    assert repr(found) == "\n\n".join(found[level].paragraph for level in ("north", "south"))

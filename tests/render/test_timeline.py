"""What must be true of every timeline."""

from __future__ import annotations

import dataclasses
import random
from typing import TYPE_CHECKING

import pytest
from render import cases
from render.looking import area, bounds, overlaps, words

from journeymap.errors import QuestionError
from journeymap.model.timeline import Timeline, TimelineJourney, TimelineRow, TimelineVisit
from journeymap.render import Theme, draw, save
from journeymap.render.scene import Shape
from journeymap.render.timeline import timeline
from journeymap.settings import ThemeSettings

if TYPE_CHECKING:
    from pathlib import Path

    from journeymap.render.scene import Scene

SLIDE = (960.0, 540.0)
THEME = Theme.default
STAGES = ("awareness", "consideration", "purchase", "(no stage)")
HOUR, DAY = 3600.0, 86400.0


NAMES = ("home", "search", "product page", "cart", "checkout_address", "order")


def journey(
    seed: int, n: int, status: str = "abandoned", silence: float | None = None, names: tuple[str, ...] = NAMES
) -> TimelineJourney:
    choose = random.Random(seed)  # noqa: S311 - cases, not secrets
    visits, at = [], 0
    for number in range(n):
        gap = None if number == 0 else choose.choice([40.0, 300.0, 5 * HOUR, 3 * DAY, 20 * DAY])
        at += int((gap or 0) * 1e6)
        name = choose.choice(names)
        stage = STAGES[names.index(name) % len(STAGES)]
        visits.append(TimelineVisit(name, stage, at, gap, gap is None or gap > HOUR / 2, name == names[-1]))
    return TimelineJourney(tuple(visits), status, silence)


def value(rows: list[list[TimelineJourney]], **changes: object) -> Timeline:
    base = Timeline(
        "Customer journeys, one by one", (("region", "north"),), cases.three().summary, STAGES,
        tuple(TimelineRow(f"customer {at}", tuple(row)) for at, row in enumerate(rows, 1)),
    )  # fmt: skip
    return dataclasses.replace(base, **changes)  # type: ignore[arg-type]


LONG = (cases.LONG, cases.LONG_WORD, "cart_$total$", r"pay \frac{1}{2} $", "x", "order")
VALUES = {
    "eight": lambda: value(
        [[journey(at, 2 + 2 * at), journey(at + 50, 3, "converted", 40 * DAY)] for at in range(8)]
    ),
    "one event": lambda: value([[journey(1, 1, "open")]]),
    "nobody": lambda: value([]),
    "long rows": lambda: value([[journey(3, 30)], [journey(4, 200, "converted")]]),
    "long names": lambda: value([[journey(at, 8, names=LONG)] for at in range(4)]),
    "fifty": lambda: value([[journey(at, 6)] for at in range(50)]),
    "many journeys": lambda: value([[journey(at, 2, "ended", None if at == 0 else 35 * DAY) for at in range(9)]]),
    "long ids": lambda: dataclasses.replace(
        value([]), rows=tuple(TimelineRow("customer-0123456789-" * 4, (journey(at, 1),)) for at in range(3))
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def scenes() -> dict[str, Scene]:
    return {name: timeline(make(), THEME, SLIDE) for name, make in VALUES.items()}


@pytest.mark.parametrize("name", VALUES)
def test_words_are_on_the_page_readable_and_apart(scenes: dict[str, Scene], name: str) -> None:
    scene = scenes[name]
    areas = [area(word) for word in words(scene)]
    assert overlaps(areas) == []
    assert min(item.left for item in areas) >= 0
    assert min(item.top for item in areas) >= 0
    assert max(item.right for item in areas) <= scene.width
    assert max(item.bottom for item in areas) <= scene.height
    assert min(word.size for word in words(scene)) >= 7.0
    assert scene.width / scene.height == pytest.approx(16 / 9)


@pytest.mark.parametrize("name", VALUES)
def test_words_stand_clear_of_discs_and_pills(scenes: dict[str, Scene], name: str) -> None:
    shapes = [mark for mark in scenes[name].marks if isinstance(mark, Shape)]
    discs = [bounds(mark) for mark in shapes if mark.role == "visit"]
    pills = [bounds(mark) for mark in shapes if mark.role in ("end", "left out")]
    assert overlaps(discs + pills) == []
    said = [area(word) for word in words(scenes[name]) if word.role in ("name", "times", "silence", "")]
    assert [(one, other) for one in said for other in discs + pills if one.meets(other)] == []


def test_every_visit_is_there_once(scenes: dict[str, Scene]) -> None:
    for name in ("eight", "one event", "fifty", "many journeys"):
        made = VALUES[name]()
        visits = sum(len(journey.visits) for row in made.rows for journey in row.journeys)
        discs = sum(1 for mark in scenes[name].marks if isinstance(mark, Shape) and mark.role == "visit")
        more = sum(int(word.text[1:]) - 1 for word in words(scenes[name], "times"))
        assert discs + more == visits
        journeys = sum(len(row.journeys) for row in made.rows)
        assert len(words(scenes[name], "end")) == journeys


def test_names_are_written_whole(scenes: dict[str, Scene]) -> None:
    made = VALUES["long names"]()
    written = {"".join(word.text for word in words(scenes["long names"], "name"))}
    expected = ""
    for row in made.rows:
        before = None
        for visit in row.journeys[0].visits:
            if visit.touchpoint != before or visit.begins_session:
                expected += "".join(visit.touchpoint.split())
            before = visit.touchpoint
    assert {"".join("".join(written).split())} == {expected}


def test_the_middle_of_a_long_row_is_left_out_and_counted(scenes: dict[str, Scene]) -> None:
    said = " ".join(word.text for word in words(scenes["long rows"]))
    discs = sum(1 for mark in scenes["long rows"].marks if isinstance(mark, Shape) and mark.role == "visit")
    more = sum(int(word.text[1:]) - 1 for word in words(scenes["long rows"], "times"))
    left_out = 230 - discs - more
    assert left_out > 100
    assert f"… {left_out} visits …" in said
    assert f"{left_out} visits in the middle of long rows are not shown" in said
    assert "200 visits in" in said


def test_silences_breaks_goals_and_statuses_are_marked() -> None:
    made = value(
        [[
            TimelineJourney(
                (
                    TimelineVisit("home", "awareness", 0, None, True, False),
                    TimelineVisit("home", "awareness", 10**7, 10.0, False, False),
                    TimelineVisit("order", "purchase", 2 * 86400 * 10**6, 2 * DAY, True, True),
                ), "converted", None,
            ),
            TimelineJourney(
                (TimelineVisit("home", "awareness", 50 * 86400 * 10**6, None, True, False),), "open", 48 * DAY
            ),
        ]]
    )  # fmt: skip
    scene = timeline(made, THEME, SLIDE)
    assert [word.text for word in words(scene, "silence")] == ["2 d", "48 d"]
    assert [word.text for word in words(scene, "end")] == ["converted", "open"]
    assert [word.text for word in words(scene, "times")] == ["×2"]  # noqa: RUF001 - as printed
    shapes = [mark for mark in scene.marks if isinstance(mark, Shape)]
    assert sum(mark.role == "goal" for mark in shapes) == 1
    assert sum(mark.role == "break" for mark in shapes) == 2
    fills = [mark.fill for mark in shapes if mark.role == "visit"]
    assert fills == [THEME.palette[0], THEME.palette[2], THEME.palette[0]]
    said = " ".join(word.text for word in words(scene))
    for part in ("4 visits in 50 d", "region = north", "Ids are not shown", "silence between journeys", "goal"):
        assert part in said


def test_the_footer_says_how_customers_were_chosen() -> None:
    made = VALUES["eight"]()
    total = made.summary.customers
    said = " ".join(word.text for word in words(timeline(made, THEME, SLIDE)))
    assert f"8 of {total:,} customers, each in the middle of one of 8 equal groups" in said
    named = dataclasses.replace(made, is_sample=False, is_masked=False)
    said = " ".join(word.text for word in words(timeline(named, THEME, SLIDE)))
    assert "equal groups" not in said
    assert "Ids are" not in said
    assert "No journeys" in " ".join(word.text for word in words(timeline(VALUES["nobody"](), THEME, SLIDE)))


def test_a_style_shows_its_own_kind_of_value(tmp_path: Path) -> None:
    made = VALUES["one event"]()
    assert draw(made) is not None
    assert save(made, tmp_path / "x.svg", style="timeline").exists()
    with pytest.raises(QuestionError, match="'network' shows a JourneyMap, and this is a Timeline") as raised:
        draw(made, style="network")
    assert raised.value.hint == "Choose a style of: timeline."
    with pytest.raises(QuestionError, match="'timeline' shows a Timeline, and this is a JourneyMap"):
        draw(cases.three(), style="timeline")
    with pytest.raises(QuestionError, match="A str cannot be drawn"):
        draw("a map")  # type: ignore[call-overload]


def test_colors_of_stages_begin_again_and_larger_letters_are_kept() -> None:
    stages = tuple(f"stage {at}" for at in range(12))
    visits = tuple(TimelineVisit(f"t{at}", stage, at, None, False, False) for at, stage in enumerate(stages))
    made = value(
        [[TimelineJourney(visits, "open", None)]], stages=stages, theme=ThemeSettings(palette=("#112233", "#445566"))
    )
    theme = dataclasses.replace(THEME, palette=("#112233", "#445566"), smallest=10.0, body=11.0)
    scene = timeline(made, theme, SLIDE)
    fills = [mark.fill for mark in scene.marks if isinstance(mark, Shape) and mark.role == "visit"]
    assert fills == ["#112233", "#445566"] * 6
    assert min(word.size for word in words(scene)) >= 10.0

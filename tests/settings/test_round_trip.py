from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from journeymap.errors import SettingsError
from journeymap.settings import (
    CustomerSettings,
    EventSettings,
    JourneySettings,
    SegmentRule,
    SegmentSettings,
    Settings,
    ThemeSettings,
    TouchpointRule,
    TouchpointSettings,
    WatchSettings,
    dump_settings,
    format_duration,
    parse_gap,
    parse_settings,
    settings_from_json,
    settings_to_json,
)

names = st.text(min_size=1, max_size=8).filter(str.strip)
maybe = st.none() | names
lengths = st.integers(1, 100 * 366 * 24 * 3600 * 10**6)
finite = st.floats(allow_nan=False, allow_infinity=False)
pairs = st.dictionaries(names, names, max_size=4).map(lambda found: tuple(found.items()))


@st.composite
def groups(draw: st.DrawFn) -> tuple[tuple[str, tuple[str, ...]], ...]:
    patterns = draw(st.lists(names, unique=True, max_size=8))
    found: dict[str, list[str]] = {name: [] for name in draw(st.lists(names, unique=True, max_size=4))}
    for pattern in patterns:
        if found:
            found[draw(st.sampled_from(sorted(found)))].append(pattern)
    return tuple((name, tuple(items)) for name, items in found.items())


instants = st.sampled_from(["start", "first", "latest"])
level_names = names.filter(lambda name: name not in {"(none)", "(all)", "no purchase", "other"})


@st.composite
def segments_by_rules(draw: st.DrawFn) -> SegmentSettings:
    levels = draw(st.lists(level_names, min_size=2, max_size=4, unique=True))
    rules = tuple(SegmentRule(name, draw(names)) for name in levels[1:])
    return SegmentSettings(rules=rules, other=draw(st.sampled_from(["other", levels[0]])), as_of=draw(instants))


@st.composite
def segments_of_parts(draw: st.DrawFn) -> SegmentSettings:
    parts = tuple(draw(st.lists(names, min_size=2, max_size=4, unique=True)))
    if draw(st.booleans()):
        return SegmentSettings(of=parts, as_of=draw(instants))
    return SegmentSettings(path=parts, depth=draw(st.none() | st.integers(1, len(parts))), as_of=draw(instants))


@st.composite
def segments_of_kinds(draw: st.DrawFn) -> SegmentSettings:
    kind = draw(st.sampled_from(["rfm", "lifecycle", "value_tier", "pareto", "engagement"]))
    silences = sorted(draw(st.sets(lengths, min_size=2, max_size=2)))
    more: dict[str, Any] = {}
    if kind == "lifecycle":
        more = {"at_risk_us": silences[0], "lapsed_us": silences[1], "loyal": draw(st.none() | st.integers(2, 9))}
    elif kind == "engagement":
        more = {"lapsed_us": silences[1]}
    elif kind == "value_tier":
        labels = tuple(draw(st.lists(level_names, min_size=2, max_size=5, unique=True)))
        more = {"quantiles": len(labels), "labels": labels}
    elif kind == "pareto":
        more = {"bins": draw(st.sampled_from([(), (0.8,), (0.25, 0.5, 0.75)]))}
    return SegmentSettings(kind=kind, as_of=draw(instants), **more)


@st.composite
def segments_of_columns(draw: st.DrawFn) -> SegmentSettings:
    bins: tuple[float, ...] = ()
    quantiles = draw(st.none() | st.integers(2, 6))
    if quantiles is None:
        bins = tuple(sorted(draw(st.sets(finite | st.integers(-(10**20), 10**20).map(float), max_size=4))))
    levels = quantiles or len(bins) + 1
    exact = st.lists(level_names, min_size=levels, max_size=levels, unique=True).map(tuple)
    labels = draw(st.just(()) | exact) if bins or quantiles else ()
    return SegmentSettings(draw(names), bins, quantiles, labels, draw(instants))


segments = segments_of_columns() | segments_by_rules() | segments_of_parts() | segments_of_kinds()


@st.composite
def journeys(draw: st.DrawFn, *, from_column: bool) -> JourneySettings:
    gap_us = draw(st.none() | lengths)
    free = gap_us is None or from_column
    touchpoints = draw(st.lists(names, max_size=6, unique=True))
    cut = draw(st.integers(0, len(touchpoints)))
    return JourneySettings(
        gap_us=gap_us,
        horizon_us=draw(st.none() | (lengths if free else st.just(gap_us))),
        session_timeout_us=draw(lengths),
        goal=draw(st.just(tuple(touchpoints[:cut])) | st.none()),
        final=tuple(touchpoints[cut:]),
        end_at=draw(st.sampled_from(["journey", "goal"])),
        minimum_customers=draw(st.integers(1, 10**6)),
    )


colors = st.from_regex(r"#[0-9A-Fa-f]{6}", fullmatch=True)


@st.composite
def themes(draw: st.DrawFn) -> ThemeSettings:
    return ThemeSettings(
        style=draw(st.none() | st.sampled_from(["ggplot", "house.mplstyle"])),
        font=tuple(draw(st.lists(names, max_size=3))),
        logo=draw(st.none() | st.sampled_from(["logo.png", "marks/logo.JPG"])),
        **{name: draw(st.none() | colors) for name in ("accent", "loss", "line", "back")},
        text=draw(st.sampled_from([None, "#000", "#112233"])),
        paper=draw(st.sampled_from([None, "#FFF", "#FDFCF5"])),
        palette=tuple(draw(st.lists(colors, max_size=20))),
        scale=tuple(draw(st.just([]) | st.lists(colors, min_size=2, max_size=9))),
        smallest_size=draw(st.none() | st.floats(7.0, 24.0)),
    )


watches = st.builds(
    WatchSettings,
    period=st.sampled_from(["day", "week", "month", "quarter"]),
    periods_before=st.integers(1, 99),
    conversion_drop_points=st.none() | st.floats(0, 1),
    drift=st.floats(0, 1e9),
    **{name: st.floats(0, 1) for name in ("conversion_drop", "share_change", "volume_drop")},
)


@st.composite
def all_settings(draw: st.DrawFn) -> Settings:
    columns = {
        name: draw(maybe)
        for name in EventSettings.__slots__
        if name not in {"keep_duplicates", "timezone", "delimiter", "encoding"}
    }
    return Settings(
        events=EventSettings(
            **columns,
            keep_duplicates=draw(st.booleans()),
            timezone=draw(st.sampled_from(["UTC", "Europe/Berlin", "America/New_York"])),
            delimiter=draw(st.none() | st.sampled_from([",", ";", "\t", " ", "|"])),
            encoding=draw(st.sampled_from(["utf-8", "latin-1", "utf-16"])),
        ),
        customers=CustomerSettings(file=draw(maybe), customer=draw(maybe)),
        touchpoints=TouchpointSettings(
            rename=draw(pairs),
            patterns=draw(pairs),
            drop=tuple(draw(st.lists(names, max_size=3))),
            rules=tuple(draw(st.lists(st.builds(TouchpointRule, names, names), max_size=3))),
        ),
        stages=draw(groups()),
        channels=draw(groups()),
        journey=draw(journeys(from_column=columns["journey"] is not None)),
        segments=tuple(draw(st.dictionaries(names, segments, max_size=3)).items()),
        notes=draw(pairs),
        kpis=draw(pairs),
        owners=draw(pairs),
        theme=draw(themes()),
        watch=draw(watches),
    )


@given(all_settings())
def test_the_file_reads_back_equal(settings: Settings) -> None:
    text = dump_settings(settings)
    again = parse_settings(text)
    assert again == settings
    assert all(isinstance(bound, float) for _, segment in again.segments for bound in segment.bins)
    assert dump_settings(again) == text
    # Written in Windows' way it says the same.
    assert parse_settings(text.replace("\n", "\r\n")) == settings


@given(all_settings())
def test_the_json_reads_back_equal(settings: Settings) -> None:
    text = settings_to_json(settings)
    assert settings_from_json(text) == settings
    assert hash(settings_from_json(text)) == hash(settings)


@given(st.none() | lengths)
def test_every_length_of_time_reads_back_equal(length_us: int | None) -> None:
    assert parse_gap(format_duration(length_us)) == length_us


def test_defaults_are_an_empty_file() -> None:
    assert dump_settings(Settings()) == ""
    assert parse_settings("") == Settings()


def test_no_goal_is_not_an_unknown_goal() -> None:
    none = Settings(journey=JourneySettings(goal=()))
    assert parse_settings(dump_settings(none)).journey.goal == ()
    assert parse_settings("").journey.goal is None


def test_a_long_list_is_written_on_several_lines() -> None:
    stages = (("purchase", tuple(f"/checkout/step-{number}/*" for number in range(8))),)
    text = dump_settings(Settings(stages=stages))
    assert text.count("\n") == 11
    assert parse_settings(text).stages == stages


def test_what_could_not_be_read_again_is_not_written() -> None:
    broken = Settings(
        journey=JourneySettings(session_timeout_us=0, end_at="gaol"),  # type: ignore[arg-type]
        notes=(("cart", "a"), ("cart", "b")),
        kpis=(("cart", ""),),
        owners=(("cart", "a"), ("cart", "b")),
        theme=ThemeSettings(font=("",), smallest_size=float("nan")),
    )
    with pytest.raises(SettingsError) as error:
        dump_settings(broken)
    assert str(error.value).splitlines() == [
        "The settings: 7 faults.",
        "  [map.kpis] cart: must not be empty.",
        "  [theme] font: must not be empty.",
        "  [map.notes] cart: is there twice.",
        "  [map.owners] cart: is there twice.",
        "  [journey] session_timeout: must be more than 0 and at most 100 years.",
        "  [journey] end_at: must be journey or goal, not 'gaol'.",
        (
            "  [theme] smallest_size: must be between 7 and 24 points, not nan. "
            "Smaller letters cannot be read from a slide."
        ),
    ]


def test_json_holds_the_defaults_too() -> None:
    assert '"session_timeout_us": 1800000000' in settings_to_json(Settings())


@pytest.mark.parametrize(
    "text",
    ["", "[]", "3", '{"evnts": {}}', '{"journey": {"gapp": 1}}', '{"touchpoints": 3}', '{"events": 1}'],
)
def test_broken_json_is_a_settings_error(text: str) -> None:
    with pytest.raises(SettingsError, match="stored settings"):
        settings_from_json(text)


def test_json_cannot_hold_a_number_that_is_not_finite() -> None:
    with pytest.raises(SettingsError, match="not finite"):
        settings_to_json(Settings(theme=ThemeSettings(smallest_size=float("inf"))))

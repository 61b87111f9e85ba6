"""The settings as frozen values. What is None or empty is recognised from the data, or not used."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, Literal

from journeymap.settings.durations import DAY_US, MINUTE_US

ROLES: Final = ("search", "help", "support", "error", "regret")
"""What touchpoints may be for; see ``[roles]``."""

EndAt = Literal["journey", "goal"]
AsOf = Literal["start", "first", "latest"]
PeriodLength = Literal["day", "week", "month", "quarter"]
SegmentKind = Literal["rfm", "lifecycle", "value_tier", "pareto", "engagement"]

DEFAULT_GAP_US: Final = 30 * DAY_US
DEFAULT_HORIZON_US: Final = 30 * DAY_US
DEFAULT_SESSION_TIMEOUT_US: Final = 30 * MINUTE_US
DEFAULT_MINIMUM_CUSTOMERS: Final = 5


@dataclass(frozen=True, slots=True)
class EventSettings:
    """``[events]``: which column of the source holds what, and how to read it.

    Attributes
    ----------
    customer, timestamp, touchpoint, channel, value, score, event_id, journey
        Column names; ``value`` may be arithmetic over columns. None: recognised by common names (``journey``
        is never guessed).
    touchpoint_name
        One name for every event of a log that has no event names.
    one_event_per
        A column whose value makes one event of several lines of a customer.
    keep_duplicates
        Whether rows that are equal in every column count as often as they are there.
    timezone
        The time zone of times without an offset.
    time_format
        A strptime format for times that are neither ISO 8601 nor epoch numbers.
    delimiter, encoding
        How text files are written; None: recognised (delimiter), UTF-8 (encoding).
    """

    customer: str | None = None
    timestamp: str | None = None
    touchpoint: str | None = None
    channel: str | None = None
    value: str | None = None
    score: str | None = None
    event_id: str | None = None
    journey: str | None = None
    touchpoint_name: str | None = None
    one_event_per: str | None = None
    keep_duplicates: bool = False
    timezone: str = "UTC"
    time_format: str | None = None
    delimiter: str | None = None
    encoding: str = "utf-8"


@dataclass(frozen=True, slots=True)
class CustomerSettings:
    """``[customers]``: the file with one row per customer.

    Attributes
    ----------
    file
        Its path; in a settings file, relative to that file's folder.
    customer
        The column with the customer's id; None: recognised, or the name the events use.
    """

    file: str | None = None
    customer: str | None = None


@dataclass(frozen=True, slots=True)
class TouchpointRule:
    """``[[touchpoints.rule]]``: the touchpoint's name where an expression over the source's columns holds."""

    name: str
    when: str


@dataclass(frozen=True, slots=True)
class TouchpointSettings:
    """``[touchpoints]``: how event names become touchpoints.

    Attributes
    ----------
    rename
        (event name, touchpoint) pairs.
    patterns
        (pattern, touchpoint) pairs; ``*`` stands for any text. The first that fits is taken.
    drop
        Patterns of event names that are no touchpoints; these rows count as filtered.
    rules
        Rules over columns, tried in order before the names; see :class:`TouchpointRule`.
    """

    rename: tuple[tuple[str, str], ...] = ()
    patterns: tuple[tuple[str, str], ...] = ()
    drop: tuple[str, ...] = ()
    rules: tuple[TouchpointRule, ...] = ()


@dataclass(frozen=True, slots=True)
class JourneySettings:
    """``[journey]``: where journeys begin and end, and what success is.

    Attributes
    ----------
    gap_us
        The silence that cuts a customer's touchpoints into journeys; None keeps the whole history in one.
    horizon_us
        The silence after which a journey is over; None: the gap, or 30 days where there is none.
    session_timeout_us
        The silence that cuts sessions.
    goal, final
        Touchpoints that mean success, and touchpoints that end a journey without it. ``goal`` None:
        recognised by common names; an empty tuple: there is no goal.
    end_at
        ``goal`` cuts a journey after each goal.
    minimum_customers
        Levels with fewer customers are marked.
    """

    gap_us: int | None = DEFAULT_GAP_US
    horizon_us: int | None = None
    session_timeout_us: int = DEFAULT_SESSION_TIMEOUT_US
    goal: tuple[str, ...] | None = None
    final: tuple[str, ...] = ()
    end_at: EndAt = "journey"
    minimum_customers: int = DEFAULT_MINIMUM_CUSTOMERS


@dataclass(frozen=True, slots=True)
class SegmentRule:
    """``[[segments.NAME.rule]]``: a level's name, and the expression that holds for its customers or journeys."""

    name: str
    when: str


@dataclass(frozen=True, slots=True)
class SegmentSettings:
    """``[segments.NAME]``: one of ``column``, ``kind``, ``of``, ``path`` and ``rules``, and how it is cut.

    Attributes
    ----------
    column
        A customer attribute, an event column, or a fact such as ``spend``.
    bins
        Upper bounds, exclusive and rising; n bounds make n + 1 levels. For Pareto classes: cumulative shares of the
        value, 0 to 1.
    quantiles
        The number of levels with (about) as many customers each.
    labels
        The levels' names, in rising order.
    as_of
        When a level that depends on time is taken: at each journey's start, in the customer's first journey, or at the
        data end.
    kind
        One of the built-in segments.
    of
        Segments whose levels are combined.
    path
        Segments from the whole to its parts, such as country, region, city.
    depth
        How many of the path's segments are used; None: all.
    rules
        Tried in order; the first that holds gives the level.
    other
        The level where no rule holds.
    at_risk_us, lapsed_us
        The silence since the last purchase after which a customer is at risk, and lapsed; None: 3 and 6 horizons.
    loyal
        The purchases from which a customer is loyal; None: 5.
    """

    column: str | None = None
    bins: tuple[float, ...] = ()
    quantiles: int | None = None
    labels: tuple[str, ...] = ()
    as_of: AsOf = "start"
    kind: SegmentKind | None = None
    of: tuple[str, ...] = ()
    path: tuple[str, ...] = ()
    depth: int | None = None
    rules: tuple[SegmentRule, ...] = ()
    other: str = "other"
    at_risk_us: int | None = None
    lapsed_us: int | None = None
    loyal: int | None = None


@dataclass(frozen=True, slots=True)
class ThemeSettings:
    """``[theme]``: how pictures look. Colours are written as ``#RRGGBB``.

    Attributes
    ----------
    style
        A style of matplotlib: the name of one that it brings, or a file that ends in ``.mplstyle``. The entries
        below have precedence over it.
    font
        Font families in order of preference, before those that journeymap tries by itself.
    logo
        A PNG or JPEG file, drawn in the corner of every picture.
    accent, loss
        What means success, and what means loss.
    text, paper, line, back
        Letters, the background, transitions forward, and ways back to an earlier step.
    palette
        Colours that tell things apart, such as stages.
    scale
        The colours of the drop-off scale, from none to much.
    smallest_size
        The smallest size of letters in points, at least 7.
    """

    style: str | None = None
    font: tuple[str, ...] = ()
    logo: str | None = None
    accent: str | None = None
    loss: str | None = None
    text: str | None = None
    paper: str | None = None
    line: str | None = None
    back: str | None = None
    palette: tuple[str, ...] = ()
    scale: tuple[str, ...] = ()
    smallest_size: float | None = None


@dataclass(frozen=True, slots=True)
class WatchSettings:
    """``[watch]``: from when on ``journeymap watch`` says something. What moves by chance is never said.

    Attributes
    ----------
    period
        How long a period is.
    periods_before
        How many periods before it, at the most, it is held against, taken together.
    conversion_drop
        The relative fall of conversion that is allowed, 0 to 1.
    conversion_drop_points
        The fall of conversion itself that is allowed, 0 to 1; None: not looked at.
    share_change
        By how much the share of a level may move, 0 to 1.
    drift
        The population stability index that is allowed.
    volume_drop
        The relative fall of the number of journeys that is allowed, 0 to 1.
    """

    period: PeriodLength = "week"
    periods_before: int = 4
    conversion_drop: float = 0.1
    conversion_drop_points: float | None = None
    share_change: float = 0.05
    drift: float = 0.2
    volume_drop: float = 0.2


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that can be set, as one value that round-trips to ``journeymap.toml``.

    Attributes
    ----------
    stages
        (stage, patterns of touchpoint names) pairs in the order of the stages; empty: guessed from names.
    channels
        (channel, patterns of touchpoint names) pairs, for events that name no channel.
    segments
        (name, definition) pairs.
    notes
        (touchpoint or stage, text) pairs that are written on maps; each line of a text is a note of its own.
    kpis, owners
        (touchpoint or stage, text) pairs: what a place is measured by, and who answers for it.
    theme
        How pictures look.
    roles
        (role, patterns of touchpoint names) pairs: what searches, help, support, errors and regret are.
    playbook
        (kind of pain point, what is usually done about it) pairs.
    watch
        When a change over time is worth an alert.
    """

    events: EventSettings = field(default_factory=EventSettings)
    customers: CustomerSettings = field(default_factory=CustomerSettings)
    touchpoints: TouchpointSettings = field(default_factory=TouchpointSettings)
    stages: tuple[tuple[str, tuple[str, ...]], ...] = ()
    channels: tuple[tuple[str, tuple[str, ...]], ...] = ()
    journey: JourneySettings = field(default_factory=JourneySettings)
    segments: tuple[tuple[str, SegmentSettings], ...] = ()
    notes: tuple[tuple[str, str], ...] = ()
    kpis: tuple[tuple[str, str], ...] = ()
    owners: tuple[tuple[str, str], ...] = ()
    theme: ThemeSettings = field(default_factory=ThemeSettings)
    roles: tuple[tuple[str, tuple[str, ...]], ...] = ()
    playbook: tuple[tuple[str, str], ...] = ()
    watch: WatchSettings = field(default_factory=WatchSettings)


def effective_horizon_us(journey: JourneySettings, *, journeys_from_column: bool) -> int:
    """Give the horizon in microseconds: what is set, else the journey gap, else 30 days.

    Examples
    --------
    >>> effective_horizon_us(JourneySettings(gap_us=None), journeys_from_column=False) // DAY_US
    30
    """
    if journeys_from_column or journey.gap_us is None:
        return DEFAULT_HORIZON_US if journey.horizon_us is None else journey.horizon_us
    return journey.gap_us

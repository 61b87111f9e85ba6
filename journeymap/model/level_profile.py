"""What a level of a segment is like beside all others, finished: for a page, a table or a picture."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from journeymap.model.shown import Shown
from journeymap.settings import ThemeSettings

if TYPE_CHECKING:
    from journeymap.model.finding import Finding
    from journeymap.model.journey_map import MapSummary
    from journeymap.model.rate import Rate

STANDS_OUT: Final = ("channel", "visit", "transition", "dropoff")
"""What can be over- or under-represented; outcomes are told apart from it."""


@dataclass(frozen=True, slots=True)
class Contrast:
    """A rate of a level beside that of all others, at one place.

    Attributes
    ----------
    what
        ``outcome``, ``channel`` (mature visits in it / mature visits), ``visit`` (mature journeys that visit the
        touchpoint / mature journeys), ``dropoff`` (visits that are the last of an abandoned journey / mature visits) or
        ``transition`` (mature visits that go on to the target / mature visits of the source; for ``(start)`` mature
        journeys).
    place, target
        The outcome, channel or touchpoint ("" for visits that name no channel), and the target of a transition, else
        "".
    here, others
        The rates, 0 to 1, with their counts and 95 % intervals.
    difference
        Rate here - rate of the others, -1 to 1; None where a side has no mature units.
    difference_low, difference_high
        Its 95 % interval, clustered by customer.
    ratio
        Rate here / rate of the others; None where that is 0.
    effect_size
        Cohen's h.
    q_value
        Corrected over everything that was looked at; None where too few customers stand behind a side to test.
    is_clear
        Whether it is significant after correction, and large enough to matter.
    """

    what: str
    place: str
    target: str
    here: Rate
    others: Rate
    difference: float | None
    difference_low: float | None
    difference_high: float | None
    ratio: float | None
    effect_size: float | None
    q_value: float | None
    is_clear: bool

    @property
    def is_over(self) -> bool:
        """Whether the level has clearly more of it than the others."""
        return self.is_clear and (self.difference or 0.0) > 0

    @property
    def is_under(self) -> bool:
        """Whether the level has clearly less of it than the others."""
        return self.is_clear and (self.difference or 0.0) < 0


@dataclass(frozen=True, slots=True)
class Figure:
    """A mean of a level beside that of all others.

    Attributes
    ----------
    name
        ``goal_value`` (value of a goal visit), ``visits_per_customer`` or ``active_days_per_customer`` (of mature
        journeys, per customer with one).
    here, others
        The means; None where there is nothing to take one of.
    here_low, here_high, others_low, others_high
        Their 95 % intervals, by a jackknife over customer groups; None where it has nothing to go by.
    n_here, n_others
        What the means are over: goal visits with a value, or customers.
    difference, difference_low, difference_high
        Here less others, with its 95 % interval.
    q_value
        Corrected over everything that was looked at; None where it was not tested.
    is_clear
        Whether it is significant after correction, and large enough to matter.
    """

    name: str
    here: float | None
    here_low: float | None
    here_high: float | None
    others: float | None
    others_low: float | None
    others_high: float | None
    n_here: int
    n_others: int
    difference: float | None
    difference_low: float | None
    difference_high: float | None
    q_value: float | None
    is_clear: bool


@dataclass(frozen=True, slots=True, repr=False)
class LevelProfile(Shown):
    """What one level of a segment is like. A notebook shows it as a picture.

    Attributes
    ----------
    title
        A line for the head of the picture.
    levels
        The one (segment, level) pair.
    unit
        ``customer`` or ``journey``: what the segment divides.
    summary
        Its size, how its journeys ended, and its conversion.
    mature_customers
        Distinct customers with a mature journey.
    customer_share
        Its customers over those of all levels, 0 to 1; None where a segment is of journeys, since a customer can then
        be in several levels.
    journey_share
        Its journeys over those of all levels, 0 to 1.
    value
        The sum over the goal visits of all its journeys; None where none has a value.
    seconds_to_goal, others_seconds_to_goal
        The median time from the start of a mature journey that converted to its first goal, here and of all others;
        None where none did.
    figures
        Means: the value of a goal, visits and active days per customer.
    contrasts
        Everything that was compared with all others, clear differences first, the largest first.
    n_looked_at
        How many comparisons the q-values are corrected for, those of the other levels that were asked for included.
    findings
        The pain points that it has more of than all levels together, worst first.
    support
        What its customers turn to support after, most contacts first: findings of the kind ``support_contact`` with a
        hit, whether they stand out or not.
    paragraph
        Its behaviour and its needs in plain English.
    theme
        How it is drawn unless a theme is given then.
    """

    title: str
    levels: tuple[tuple[str, str], ...]
    unit: str
    summary: MapSummary
    mature_customers: int
    customer_share: float | None
    journey_share: float
    value: float | None
    seconds_to_goal: float | None
    others_seconds_to_goal: float | None
    figures: tuple[Figure, ...]
    contrasts: tuple[Contrast, ...]
    n_looked_at: int
    findings: tuple[Finding, ...]
    support: tuple[Finding, ...]
    paragraph: str
    theme: ThemeSettings = field(default_factory=ThemeSettings)

    @property
    def segment(self) -> str:
        """The segment's name."""
        return self.levels[0][0]

    @property
    def level(self) -> str:
        """The level's name."""
        return self.levels[0][1]

    @property
    def conversion(self) -> Contrast | None:
        """Conversion beside that of the others; None where nobody in any level converted."""
        return next((item for item in self.contrasts if (item.what, item.place) == ("outcome", "converted")), None)

    @property
    def channels(self) -> tuple[Contrast, ...]:
        """The channels that it uses, most visits first; then those that only others use."""
        found = [item for item in self.contrasts if item.what == "channel"]
        return tuple(sorted(found, key=lambda item: (-item.here.numerator, -item.others.numerator, item.place)))

    @property
    def standing_out(self) -> tuple[Contrast, ...]:
        """Channels, touchpoints, transitions and drop-offs that are clearly over- or under-represented.

        The largest effect is first.
        """
        return tuple(item for item in self.contrasts if item.is_clear and item.what in STANDS_OUT)

    def figure(self, name: str) -> Figure | None:
        """Give the figure of a name; None where there is none."""
        return next((item for item in self.figures if item.name == name), None)

"""What the colours of the journey graph say: drop-off, volume, time or satisfaction, each with its scale."""

from __future__ import annotations

from dataclasses import dataclass
from math import log, sqrt
from typing import TYPE_CHECKING, Final, Literal, Protocol

from journeymap.errors import QuestionError, UnknownNameError, suggest
from journeymap.render import amounts
from journeymap.render.scales import SURE, UNSURE_PALE, Key, color_scale, drop_color, drop_scale, ramp, scale_top
from journeymap.render.theme import blend

if TYPE_CHECKING:
    from collections.abc import Callable

    from journeymap.model.journey_map import JourneyMap, MapEdge, MapNode
    from journeymap.model.rate import Mean
    from journeymap.render.theme import Theme

ColorName = Literal["drop-off", "volume", "time", "satisfaction"]

LETTERS: Final = 0.55
"""How strong the colours of satisfaction are at the most, so that the text on them is read."""

_DROP_IN_BOX: Final = "in a box: visits · share of journeys, ↓ drop-off of mature visits"
_DROP_UNSURE: Final = f"fewer than {SURE} mature visits: dashed"


@dataclass(frozen=True, slots=True)
class Fill:
    """How a box is filled, and whether enough stands behind it."""

    color: str
    is_sure: bool


class Coloring(Protocol):
    """A way to colour the journey graph."""

    @property
    def shows_direction(self) -> bool:
        """Whether arrows that go back, and the happy path's, have colours of their own."""

    @property
    def unsure(self) -> str:
        """What the dashed border of a box means."""

    @property
    def in_box(self) -> str:
        """What is written in a box, in words."""

    def box(self, node: MapNode) -> Fill:
        """Say how a touchpoint is filled."""

    def fact(self, node: MapNode) -> str:
        """Write the last line of a box."""

    def arrow(self, edge: MapEdge) -> str:
        """Give the colour of a transition."""

    def scale(self, size: float) -> Key:
        """Draw the scale."""


def coloring(journey_map: JourneyMap, name: str, theme: Theme) -> Coloring:
    """Return a way to colour a map.

    Parameters
    ----------
    journey_map
        The finished numbers.
    name
        ``drop-off``, ``volume``, ``time`` or ``satisfaction``.
    theme
        Whose colours are used.

    Raises
    ------
    UnknownNameError
        There is no such way.
    QuestionError
        Satisfaction is asked for, and the events have no scores.
    """
    if name not in COLORINGS:
        raise UnknownNameError(
            f"There is no colouring '{name}'. {suggest(name, COLORINGS)}",
            hint=f"Choose one of: {', '.join(COLORINGS)}.",
        )
    return COLORINGS[name](journey_map, theme)


def drop_words(node: MapNode) -> str:
    """Write a touchpoint's drop-off, with its mature visits."""
    rate = node.drop_off
    return f"↓ {amounts.share(rate.rate)} of {amounts.count(rate.denominator)}" if rate.denominator else "↓ none mature"


@dataclass(frozen=True, slots=True)
class DropOff:
    """Boxes by their drop-off."""

    top: float
    theme: Theme
    shows_direction: bool = True
    unsure: str = f"{_DROP_UNSURE} and pale"
    in_box: str = _DROP_IN_BOX

    def box(self, node: MapNode) -> Fill:
        """Fill it the deeper, the higher the drop-off; pale where few visits are behind it."""
        sure = node.drop_off.denominator >= SURE
        color = drop_color(node.drop_off.rate, self.top, self.theme)
        return Fill(color if sure else blend(color, self.theme.paper, UNSURE_PALE), sure)

    def fact(self, node: MapNode) -> str:
        """Write the drop-off."""
        return drop_words(node)

    def arrow(self, edge: MapEdge) -> str:
        """Give the one colour of transitions."""
        del edge
        return self.theme.line

    def scale(self, size: float) -> Key:
        """Draw the scale of the drop-off."""
        return drop_scale(self.top, self.theme, size)


@dataclass(frozen=True, slots=True)
class Volume:
    """Boxes by their visits and arrows by their counts, on one scale, by the square root."""

    top: int
    theme: Theme
    shows_direction: bool = False
    unsure: str = _DROP_UNSURE
    in_box: str = _DROP_IN_BOX

    def box(self, node: MapNode) -> Fill:
        """Fill it the deeper, the more visits."""
        color = ramp(self.theme.shares, sqrt(node.visits / self.top))
        return Fill(color, node.drop_off.denominator >= SURE)

    def fact(self, node: MapNode) -> str:
        """Write the drop-off."""
        return drop_words(node)

    def arrow(self, edge: MapEdge) -> str:
        """Give it the darker, the larger the count."""
        return ramp(line_ramp(self.theme.shares[-1], self.theme), sqrt(edge.count / self.top))

    def scale(self, size: float) -> Key:
        """Draw the scale of counts, for boxes and for arrows."""
        ramps = (self.theme.shares, line_ramp(self.theme.shares[-1], self.theme))
        ticks = ((0.0, "0"), (0.5, amounts.count(self.top / 4)), (1.0, amounts.count(self.top)))
        label = "volume: visits of a touchpoint (above), count of a transition (below)"
        return color_scale(label, ramps, ticks, self.theme, size)


@dataclass(frozen=True, slots=True)
class Time:
    """Arrows by their median time, by its logarithm."""

    least: float
    most: float
    theme: Theme
    shows_direction: bool = False
    unsure: str = _DROP_UNSURE
    in_box: str = _DROP_IN_BOX

    def box(self, node: MapNode) -> Fill:
        """Leave it as the paper is: times are of transitions."""
        return Fill(self.theme.paper, node.drop_off.denominator >= SURE)

    def fact(self, node: MapNode) -> str:
        """Write the drop-off."""
        return drop_words(node)

    def arrow(self, edge: MapEdge) -> str:
        """Give it the darker, the longer it takes; what has no time has the colour of lines."""
        if edge.median_seconds is None:
            return self.theme.line
        return ramp(line_ramp(self.theme.back, self.theme), self._part(edge.median_seconds))

    def _part(self, seconds: float) -> float:
        if self.most <= self.least:
            return 1.0
        return log(max(seconds, self.least) / self.least) / log(self.most / self.least)

    def scale(self, size: float) -> Key:
        """Draw the scale of times."""
        label = "median time from touchpoint to touchpoint (grey: from the start, which has none)"
        if not self.most:
            return color_scale("No transition between touchpoints has a time.", (), (), self.theme, size)
        ticks = [(1.0, amounts.duration(self.most))]
        if self.most > self.least:
            ticks = [(0.0, amounts.duration(self.least)), (0.5, amounts.duration(sqrt(self.least * self.most))), *ticks]
        return color_scale(label, (line_ramp(self.theme.back, self.theme),), ticks, self.theme, size)


@dataclass(frozen=True, slots=True)
class Satisfaction:
    """Boxes by the mean score of their visits, on the scale of the store's scores."""

    means: dict[str, Mean]
    low: float
    high: float
    minimum: int
    theme: Theme
    shows_direction: bool = True

    @property
    def unsure(self) -> str:
        """Say what is dashed."""
        return f"no score, or of fewer than {self.minimum} customers: dashed" + (" and pale" if self.means else "")

    @property
    def in_box(self) -> str:
        """Say what is written in a box."""
        return "in a box: visits · share of journeys, mean score · n, its scores"

    def box(self, node: MapNode) -> Fill:
        """Fill it by its mean score; pale where few customers gave one."""
        mean = self.means.get(node.touchpoint)
        if mean is None:
            return Fill(self.theme.paper, is_sure=False)
        sure = mean.customers >= self.minimum
        color = ramp(self._ramp, (mean.value - self.low) / (self.high - self.low))
        return Fill(color if sure else blend(color, self.theme.paper, UNSURE_PALE), sure)

    def fact(self, node: MapNode) -> str:
        """Write the mean score and how many scores it is of."""
        mean = self.means.get(node.touchpoint)
        return "no score" if mean is None else f"{mean.value:.2f} · n {amounts.count(mean.n)}"

    def arrow(self, edge: MapEdge) -> str:
        """Give the one colour of transitions."""
        del edge
        return self.theme.line

    @property
    def _ramp(self) -> tuple[str, str, str]:
        paper = self.theme.paper
        return blend(paper, self.theme.dropped, LETTERS), paper, blend(paper, self.theme.converted, LETTERS)

    def scale(self, size: float) -> Key:
        """Draw the scale of scores."""
        middle = (self.low + self.high) / 2
        ticks = ((0.0, f"{self.low:g}"), (0.5, f"{middle:g}"), (1.0, f"{self.high:g}"))
        label = "satisfaction: mean score of a touchpoint's visits that have one"
        if not self.means:
            label = "satisfaction: no visit of this level has a score"
        return color_scale(label, (self._ramp,), ticks, self.theme, size)


def line_ramp(color: str, theme: Theme) -> tuple[str, str, str]:
    """Return a ramp for lines: its least is still seen on the bands, and it runs in lightness."""
    return blend(color, theme.paper, 0.45), color, blend(color, theme.ink, 0.65)


def _drop_off(journey_map: JourneyMap, theme: Theme) -> Coloring:
    return DropOff(scale_top(journey_map), theme)


def _volume(journey_map: JourneyMap, theme: Theme) -> Coloring:
    counts = [*(node.visits for node in journey_map.nodes), *(edge.count for edge in journey_map.edges)]
    return Volume(max(counts, default=1), theme)


def _time(journey_map: JourneyMap, theme: Theme) -> Coloring:
    times = [edge.median_seconds for edge in journey_map.edges if edge.median_seconds]
    return Time(min(times, default=0.0), max(times, default=0.0), theme)


def _satisfaction(journey_map: JourneyMap, theme: Theme) -> Coloring:
    profile = journey_map.profile
    if profile is None or profile.score_scale is None:
        raise QuestionError(
            "These events have no scores, and so no satisfaction to colour by.",
            hint="Choose drop-off, volume or time; or name the column of scores when reading: --score COLUMN.",
        )
    means = {name: mean for stage in journey_map.stage_facts for name, mean in stage.touchpoint_scores}
    low, high = profile.score_scale
    return Satisfaction(means, low, max(high, low + 1.0), profile.minimum_customers, theme)


COLORINGS: Final[dict[str, Callable[[JourneyMap, Theme], Coloring]]] = {
    "drop-off": _drop_off,
    "volume": _volume,
    "time": _time,
    "satisfaction": _satisfaction,
}
"""The ways to colour the journey graph, the usual one first."""

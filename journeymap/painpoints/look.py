"""What a detector says: where it looks, what a unit is there, and when a unit is hit."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from journeymap.segments.population import Population
    from journeymap.store.sql import Step
    from journeymap.store.store import Store

LEAST_DIFFERENCE: Final = 0.02
LEAST_LIFT: Final = 1.2
LEAST_UNITS: Final = 20


@dataclass(frozen=True, slots=True)
class Look:
    """One thing that a detector counts, at all its places at once.

    Attributes
    ----------
    kind
        The detector's name.
    unit
        What a unit is, in the plural: ``visits``, ``attempts``, ``journeys``.
    steps
        They follow the steps of a population and end in two relations. ``units`` has one row per unit: ``place_key``,
        ``customer_key``, ``journey_key``, ``position`` (of the visit that the unit stands for, in its customer's
        history), ``at_us``, ``stratum`` (units are compared within it), ``is_mature`` and ``is_hit`` (only the mature
        are). ``places`` has ``place_key``, ``place`` (in words) and ``touchpoint`` (where it stands on a map).
    values
        What the steps bind.
    peers
        What the whole is compared with where nothing splits the question: other places of this look, in words; "" where
        the places cannot be compared with each other.
    is_loss
        Whether a unit that is hit is a goal lost.
    floor
        The lower bound of the rate from which on the rate itself is a pain, with nothing to compare; None where only a
        comparison tells.
    least_difference, least_lift
        The least effect that is reported, however certain: in the rate, and as a ratio of the rates of those hit, or of
        those spared, to the baseline's.
    least_units
        Places with fewer mature units in all are not looked at: nothing could be said of them.
    is_always_shown
        Whether it is reported however it compares, unless each segment is gone through: the user knows the pair.
    window_us
        The time allowed, where there is one.
    excess
        What is too much in a unit that is hit, in words, such as ``visits beyond the first``; ``units`` then has a
        column ``n_excess`` that counts it. "" where nothing is.
    n_strata
        Strata are 0 to ``n_strata - 1``; a unit in another is an error. Fewer are counted faster.
    shares_units
        Whether several places share their units, such as the steps from one touchpoint to several. The steps then have
        ``bases`` (the units: ``base_key``, ``customer_key``, ``journey_key``, ``position``, ``at_us``, ``stratum``,
        ``is_mature``), ``hits`` (those hit, of the mature: ``place_key`` and the same columns without the last),
        ``places`` with a ``base_key``, and ``units`` by :func:`journeymap.painpoints.bases.units_of_bases`. Each unit
        is counted once then, and not at every place.
    shared
        Steps, in order, that are worth keeping as tables while units are counted: those that other looks of the
        detector have too, and those that both ``units`` and ``places`` stand on. By their names what is selected of
        them: ``*``, or fewer columns, since counting asks for no ``customer_key`` and no ``position``.
    """

    kind: str
    unit: str
    steps: tuple[Step, ...]
    values: Mapping[str, object] = field(default_factory=dict)
    peers: str = ""
    is_loss: bool = False
    floor: float | None = None
    least_difference: float = LEAST_DIFFERENCE
    least_lift: float = LEAST_LIFT
    least_units: int = LEAST_UNITS
    is_always_shown: bool = False
    window_us: int | None = None
    excess: str = ""
    n_strata: int = 128
    shares_units: bool = False
    shared: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Skipped:
    """A detector that cannot run on these events, and why in one line."""

    kind: str
    why: str


@dataclass(frozen=True, slots=True)
class Site:
    """What a detector may know before it looks.

    Attributes
    ----------
    store
        The open store.
    population
        Whom the question is about.
    touchpoints
        Every touchpoint with its stage, its channel ("" for none), and whether it is a goal.
    """

    store: Store
    population: Population
    touchpoints: tuple[Place, ...]

    @property
    def goals(self) -> list[str]:
        """The touchpoints that mean success."""
        return [place.name for place in self.touchpoints if place.is_goal]


@dataclass(frozen=True, slots=True)
class Place:
    """A touchpoint as detectors see it."""

    name: str
    key: int
    stage: str
    channel: str
    is_goal: bool


@dataclass(frozen=True, slots=True)
class Detector:
    """A kind of pain point.

    Attributes
    ----------
    kind
        Its name, as in the column ``kind``.
    look
        Says what to count, or why that cannot be done.
    """

    kind: str
    look: Callable[[Site], Sequence[Look] | Skipped]


STEP_BAND_SQL: Final = (
    "CASE WHEN step = 1 THEN 0 WHEN step = 2 THEN 1 WHEN step <= 4 THEN 2 WHEN step <= 8 THEN 3 "
    "WHEN step <= 16 THEN 4 ELSE 5 END"
)
"""How far along a visit is in its journey: the position, by powers of two."""
N_STEP_BANDS: Final = 6


def site_of(store: Store, population: Population) -> Site:
    """Look around once for all detectors."""
    rows = store.engine.execute(
        "SELECT touchpoint, touchpoint_key, stage, coalesce(channel, ''), is_goal FROM touchpoints ORDER BY touchpoint"
    )
    places = tuple(
        Place(str(name), int(key), str(stage), str(channel), bool(is_goal))
        for name, key, stage, channel, is_goal in rows
    )
    return Site(store, population, places)

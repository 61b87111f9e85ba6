"""The built-in segments, written as rules over facts: what a user could have written too."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, get_args

from journeymap.errors import QuestionError
from journeymap.model.names import NO_LEVEL
from journeymap.segments.operands import Scope, find_fact, pareto_cuts, tier_cuts
from journeymap.settings import SegmentKind, SegmentRule, SegmentSettings
from journeymap.settings.durations import DAY_US

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from journeymap.segments.operands import Operand
    from journeymap.settings.values import AsOf
    from journeymap.store.store import Store

KINDS: Final[tuple[SegmentKind, ...]] = get_args(SegmentKind)
FIRST_FACTS: Final = ("first_touchpoint", "first_channel")
"""The facts that are listed as segments of their own."""

LOYAL_FROM: Final = 5
AT_RISK_HORIZONS: Final = 3
LAPSED_HORIZONS: Final = 6
PARETO_SHARES: Final = (0.8, 0.95)
PARETO_CLASSES: Final = ("A", "B", "C")
VALUE_TIERS: Final = ("low", "medium", "high", "top")
NO_PURCHASE: Final = "no purchase"
_ACTIVITY: Final = ("low", "medium", "high")


@dataclass(frozen=True, slots=True)
class Ruled:
    """Rules that make a segment.

    Attributes
    ----------
    rules
        In order; the first that holds gives the level.
    labels
        The levels in the order in which they are shown.
    other
        The level where none holds.
    """

    rules: tuple[SegmentRule, ...]
    labels: tuple[str, ...]
    other: str = NO_LEVEL


def kinds_of(store: Store) -> tuple[SegmentKind, ...]:
    """Give the kinds that a store has the events for: a goal for the life cycle, goal values for the others."""
    n_goals, n_valued = store.remember("goals", lambda: store.engine.execute(
        "SELECT (SELECT count(*) FROM touchpoints WHERE is_goal), (SELECT count(value) FROM journeys)"
    ))[0]  # fmt: skip
    missing: set[str] = set()
    if not n_goals:
        missing = {"lifecycle"}
    if not n_valued:
        missing |= {"rfm", "value_tier", "pareto"}
    return tuple(kind for kind in KINDS if kind not in missing)


def rules_of_kind(scope: Scope, name: str, definition: SegmentSettings) -> Ruled:
    """Write a built-in segment as rules.

    Parameters
    ----------
    scope
        The question's.
    name
        What the segment is called.
    definition
        Its kind, and what is set of it.

    Returns
    -------
    Ruled
        The rules. What they compare with, such as the least spend of a tier, is found among those who are compared: the
        journeys at their starts, or the customers at the instant that the segment is of. The limits of Pareto classes
        are always those of the customers as of the data end, or a customer with many journeys would count for many.

    Raises
    ------
    QuestionError
        When the store has no goal, or no values of goal visits, and the kind needs them.
    """
    kind = definition.kind or "engagement"
    if kind not in kinds_of(scope.store):
        raise QuestionError(
            f"The segment '{name}' needs {'a goal' if kind == 'lifecycle' else 'goal visits that have a value'}, "
            "and the store has none.",
            hint="Ingest with --goal TOUCHPOINT" + ("." if kind == "lifecycle" else " and --value COLUMN."),
        )
    return _WRITERS[kind](scope, definition)


def _ruled(rules: Sequence[tuple[str, str]], labels: Sequence[str]) -> Ruled:
    return Ruled(tuple(SegmentRule(name, when) for name, when in rules), tuple(labels))


def _days(length_us: float) -> str:
    return f"{length_us / DAY_US:g}" if length_us % DAY_US == 0 else repr(length_us / DAY_US)


def _number(number: float) -> str:
    return str(int(number)) if number.is_integer() else repr(number)


def _silences(scope: Scope, definition: SegmentSettings) -> tuple[str, str]:
    """Give the days of silence after which a customer is at risk, and lapsed."""
    at_risk, lapsed = definition.at_risk_us, definition.lapsed_us
    ratio = LAPSED_HORIZONS / AT_RISK_HORIZONS
    if at_risk is None:
        at_risk = round(lapsed / ratio) if lapsed is not None else AT_RISK_HORIZONS * scope.horizon_us
    return _days(at_risk), _days(round(at_risk * ratio) if lapsed is None else lapsed)


def _lifecycle(scope: Scope, definition: SegmentSettings) -> Ruled:
    at_risk, lapsed = _silences(scope, definition)
    loyal = definition.loyal or LOYAL_FROM
    new = "journeys = 0"
    if definition.as_of != "start":  # the first journey is there already; it is new while it may go on
        new = f"journeys <= 1 AND purchases = 0 AND days_since_last <= {_days(scope.horizon_us)}"
    return _ruled(
        [
            ("new", new),
            ("prospect", "purchases = 0"),
            ("lapsed", f"days_since_purchase > {lapsed}"),
            ("at risk", f"days_since_purchase > {at_risk}"),
            ("won back", f"purchase_gap_days > {lapsed}"),
            ("loyal", f"purchases >= {loyal}"),
            ("repeat", "purchases >= 2"),
            ("one-time", "purchases = 1"),
        ],
        ("new", "prospect", "one-time", "repeat", "loyal", "won back", "at risk", "lapsed"),
    )


def _engagement(scope: Scope, definition: SegmentSettings) -> Ruled:
    _, lapsed = _silences(scope, definition)
    rules = [("new", "n_events = 0"), ("dormant", f"days_since_last > {lapsed}")]
    cuts = tier_cuts(scope, _of_those_with("n_events", "active_days", definition.as_of), len(_ACTIVITY))
    rules += _tiers("active_days", cuts, _ACTIVITY, least="active_days >= 1")
    return _ruled(rules, ("new", *_ACTIVITY, "dormant"))


def _value_tier(scope: Scope, definition: SegmentSettings) -> Ruled:
    n_tiers = definition.quantiles or len(VALUE_TIERS)
    labels = definition.labels or (
        VALUE_TIERS if n_tiers == len(VALUE_TIERS) else tuple(f"tier {at}" for at in range(1, n_tiers + 1))
    )
    cuts = tier_cuts(scope, _of_those_with("purchases", "spend", definition.as_of), n_tiers)
    rules = [(NO_PURCHASE, "purchases = 0"), *_tiers("spend", cuts, labels, least="spend IS NOT NULL")]
    return _ruled(rules, (NO_PURCHASE, *labels))


def _pareto(scope: Scope, definition: SegmentSettings) -> Ruled:
    shares = definition.bins or PARETO_SHARES
    named = tuple(f"class {at}" for at in range(1, len(shares) + 2))
    labels = definition.labels or (PARETO_CLASSES if len(named) == len(PARETO_CLASSES) else named)
    rules = [(NO_PURCHASE, "purchases = 0")]
    for label, cut in zip(
        labels, pareto_cuts(scope, _of_those_with("purchases", "spend", "latest"), shares), strict=False
    ):
        if cut is not None:
            rules.append((label, f"spend >= {_number(cut)}"))
    return _ruled([*rules, (labels[-1], "spend IS NOT NULL")], (*labels, NO_PURCHASE))


def _rfm(_: Scope, __: SegmentSettings) -> Ruled:
    worth = "(f_score + m_score) / 2"
    return _ruled(
        [
            (NO_PURCHASE, "purchases = 0"),
            ("champions", f"r_score >= 4 AND {worth} >= 4"),
            ("loyal", f"r_score >= 3 AND {worth} >= 3"),
            ("promising", f"r_score >= 3 AND {worth} < 3"),
            ("at risk", f"r_score < 3 AND {worth} >= 3"),
            ("hibernating", f"r_score < 3 AND {worth} < 3"),
        ],
        ("champions", "loyal", "promising", "at risk", "hibernating", NO_PURCHASE),
    )


_WRITERS: Final[dict[SegmentKind, Callable[[Scope, SegmentSettings], Ruled]]] = {
    "rfm": _rfm,
    "lifecycle": _lifecycle,
    "value_tier": _value_tier,
    "pareto": _pareto,
    "engagement": _engagement,
}


def _tiers(fact: str, cuts: Sequence[float | None], labels: Sequence[str], *, least: str) -> list[tuple[str, str]]:
    """Write tiers from the highest to the lowest; a tier that nobody reaches has no rule."""
    rules = [
        (label, f"{fact} >= {_number(cut)}") for label, cut in zip(labels[1:], cuts, strict=True) if cut is not None
    ]
    return [*reversed(rules), (labels[0], least)]


def _of_those_with(some: str, fact: str, as_of: AsOf) -> Operand:
    """Give a fact of those who have some of another."""
    found, there = find_fact(fact, as_of), find_fact(some, as_of)
    return replace(found, sql=f"CASE WHEN {there.sql} > 0 THEN {found.sql} END", needs=found.needs | there.needs)

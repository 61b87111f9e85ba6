"""Put the map of a difference together: both sides on one layout, and what differs between them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from journeymap.compare.levels import CLEAR, LEAST_EFFECT, PROFILE, compare_sides
from journeymap.errors import QuestionError
from journeymap.graph.simplify import DEFAULT_EDGES
from journeymap.maps.build import build_plain_map
from journeymap.measure.outcomes import outcomes
from journeymap.model.difference_map import ComparedSide, Comparison, DifferenceMap
from journeymap.model.names import DROPPED
from journeymap.model.numbers import known_number
from journeymap.model.rate import Rate
from journeymap.segments.sides import SIDE

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

    from journeymap.measure.funnel import Order
    from journeymap.segments.question import Question, Sides
    from journeymap.store.store import Store

    Row = dict[Hashable, Any]


def build_difference_map(
    store: Store,
    question: Question,
    sides: Sides,
    *,
    edges: int = DEFAULT_EDGES,
    least_effect: float = LEAST_EFFECT,
    steps: Sequence[str] = (),
    window_us: int | None = None,
    order: Order = "ordered",
) -> DifferenceMap:
    """Build the map of a difference.

    Parameters
    ----------
    store
        The open store.
    question
        Whom it is about; segments that split it are not looked at.
    sides
        The two sides.
    edges
        About how many transitions it shows; those that clearly differ are always among them.
    least_effect
        The least effect size (Cohen's h) that is called clear.
    steps, window_us, order
        A funnel that is compared too. It is not drawn; what is looked at together is corrected together.

    Returns
    -------
    DifferenceMap
        The finished numbers; see :func:`journeymap.compare.levels.compare_sides` for what they are of.

    Raises
    ------
    UnknownNameError
        When the segment or a level is not known.
    QuestionError
        When there are not exactly two sides.
    """
    names = sides.names
    if len(names) != 2:  # noqa: PLR2004 - a difference has two
        raise QuestionError(
            f"A picture shows the difference of two sides, not of {len(names)}.", hint="Name one level, or two."
        )
    compared = compare_sides(
        store, question, [sides], steps=steps, window_us=window_us, order=order, least_effect=least_effect
    )
    rows: list[Row] = compared.to_dict("records")
    comparisons = tuple(_comparison(row) for row in rows if row["what"] != PROFILE)
    profile = next(row["p_value"] for row in rows if row["what"] == PROFILE)
    clear = [
        (item.place, item.target if item.what == "transition" else DROPPED)
        for item in comparisons
        if item.is_clear and item.what in ("transition", "dropoff")
    ]
    pooled = replace(question, by=(), sides=sides, by_side=False)
    both = build_plain_map(store, pooled, edges=edges, always=clear)
    sided = {str(row[SIDE]): row for row in outcomes(store, replace(pooled, by_side=True)).to_dict("records")}
    minimum = store.settings.journey.minimum_customers
    a, b = (_side(name, sided.get(name), minimum) for name in names)
    return DifferenceMap(
        title=f"What differs: {names[0]} against {names[1]}",
        segment=sides.segment,
        a=a,
        b=b,
        both=both,
        comparisons=comparisons,
        profile_p_value=known_number(profile),
        least_effect=least_effect,
    )


def _comparison(row: Row) -> Comparison:
    return Comparison(
        what=str(row["what"]),
        place=str(row["place"]),
        target=str(row["target"]),
        units_a=int(row["units_a"]),
        units_b=int(row["units_b"]),
        is_clear=row["verdict"] in CLEAR,
        **{
            name: known_number(row[name])
            for name in ("rate_a", "rate_b", "difference", "ci_low", "ci_high", "effect_size", "q_value")
        },
    )


def _side(name: str, row: Row | None, minimum: int) -> ComparedSide:
    if row is None:
        return ComparedSide(name, 0, 0, 0, Rate(0, 0, None, None, None), thin=True)
    conversion = Rate(
        int(row["converted"]), int(row["mature"]), known_number(row["conversion_rate"]), known_number(row["ci_low"]),
        known_number(row["ci_high"]),
    )  # fmt: skip
    customers = int(row["customers"])
    return ComparedSide(name, customers, int(row["journeys"]), int(row["mature"]), conversion, customers < minimum)

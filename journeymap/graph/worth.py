"""What it would be worth if fewer customers dropped off at a touchpoint, and what that assumes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from journeymap.errors import QuestionError
from journeymap.graph.absorbing import solve
from journeymap.measure.jackknife import interval_of_amount
from journeymap.model.names import DROPPED
from journeymap.model.numbers import known_number

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from journeymap.graph.absorbing import Absorption
    from journeymap.graph.counts import ChainCounts

    Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Worth:
    """What mending a touchpoint would bring over the period of the counts.

    Attributes
    ----------
    conversions
        Additional conversions: journeys started times the rise of the chance of converting. None where it cannot be
        said: nobody visits the touchpoint, everybody drops there, or those who would stay could never leave.
    ci_low, ci_high
        Their 95 % interval, clustered by customer, for the journeys that there were; None where fewer than two customer
        groups know something, or they do not differ.
    revenue
        The additional conversions times the mean goal value; None where goals carry no value.
    revenue_low, revenue_high
        Its 95 % interval; the mean goal value's own doubt is in it.
    assumption
        What this assumes, in words.
    visits, dropped
        Visits of mature journeys, and those that were the last of an abandoned one.
    drop_rate, mended_rate
        dropped / visits, and what it would fall to; 0 to 1. None where there are no visits.
    revenue_at_risk
        The plain count beside it: dropped times the mean goal value; None where goals carry no value.
    """

    conversions: float | None
    ci_low: float | None
    ci_high: float | None
    revenue: float | None
    revenue_low: float | None
    revenue_high: float | None
    assumption: str
    visits: int
    dropped: int
    drop_rate: float | None
    mended_rate: float | None
    revenue_at_risk: float | None


def worth_of_mending(counts: ChainCounts, touchpoint: str, drop_rate: float) -> Worth:
    """Say what it would bring if a touchpoint's drop-off fell to a rate.

    See :func:`worths_of_mending`, which does many at once.
    """
    return worths_of_mending(counts, [touchpoint], [drop_rate])[0]


def worths_of_mending(
    counts: ChainCounts, touchpoints: Sequence[str], drop_rates: Sequence[float], *, solved: Absorption | None = None
) -> list[Worth]:
    """Say for each touchpoint what it would bring if its drop-off, and no other's, fell to a rate.

    Parameters
    ----------
    counts
        The transitions of one level's mature journeys, cut at the goal.
    touchpoints
        Their names; one may come several times.
    drop_rates
        What each one's drop-off would fall to, 0 to 1, as a share of the visits of mature journeys. One that is at or
        below it already gains nothing.
    solved
        The counts' solution, where it is there already.

    Returns
    -------
    list of Worth
        In the order of the touchpoints.

    Raises
    ------
    QuestionError
        When a rate is not between 0 and 1.

    Notes
    -----
    The other ways out of the touchpoint are scaled up in proportion, and the chance of converting follows from the
    absorbing chain: see :meth:`journeymap.graph.absorbing.Absorption.gains`. The rate fallen to is taken as given, also
    where it is another level's. Not counted: what journeys do after the further conversion.

    Examples
    --------
    Of 100 journeys 40 drop at the cart, 30 order there and 30 end otherwise. If only 10 dropped, the other 90 would
    order and end in equal parts.

    >>> import pandas as pd
    >>> rows = [("(start)", "cart", 100), ("cart", "(dropped)", 40), ("cart", "order", 30), ("cart", "(ended)", 30),
    ...         ("order", "(converted)", 30)]
    >>> frame = pd.DataFrame(rows, columns=["source", "target", "count"]).assign(
    ...     customer_group=0, source_customers=1, source_converting=0, source_converted=0)
    >>> from journeymap.graph.counts import counts_of
    >>> round(worth_of_mending(counts_of(frame), "cart", 0.1).conversions, 9)
    15.0
    """
    if any(not 0 <= rate <= 1 for rate in drop_rates):
        raise QuestionError("A drop-off rate must be between 0 and 1.", hint="Ten percent is 0.1.")
    chain = solve(counts) if solved is None else solved
    places = [counts.place(name) for name in touchpoints]
    known = [at for at, place in enumerate(places) if place is not None]
    at_place = np.array([places[at] for at in known], dtype=np.int64)
    now = chain.drop_rates[0, at_place]
    rates = np.minimum(np.array([drop_rates[at] for at in known], dtype=np.float64), now)
    unchanged = rates == now
    conversions = np.where(unchanged, 0.0, chain.n_journeys[0] * chain.gains(at_place, rates))
    n_groups = chain.n_groups[at_place]
    low, high = _interval(conversions, n_groups, unchanged)
    mean_value = counts.mean_goal_value
    revenue = conversions * _mean_values(counts)[:, None]  # NaN where goals carry no value
    revenue_low, revenue_high = _interval(revenue, n_groups, unchanged)
    visits, dropped = counts.visits, counts.leaving(DROPPED)
    found: dict[int, Worth] = {}
    for row, at in enumerate(known):
        here = int(at_place[row])
        found[at] = Worth(
            conversions=known_number(conversions[0, row]),
            ci_low=known_number(low[row]),
            ci_high=known_number(high[row]),
            revenue=known_number(revenue[0, row]),
            revenue_low=None if mean_value is None else known_number(revenue_low[row]),
            revenue_high=None if mean_value is None else known_number(revenue_high[row]),
            assumption=assumption_of(touchpoints[at], drop_rates[at], mean_value),
            visits=int(visits[here]),
            dropped=int(dropped[here]),
            drop_rate=float(now[row]),
            mended_rate=float(rates[row]),
            revenue_at_risk=None if mean_value is None else float(dropped[here] * mean_value),
        )
    return [
        found[at] if at in found else _nobody(assumption_of(name, drop_rates[at], mean_value), mean_value)
        for at, name in enumerate(touchpoints)
    ]


def assumption_of(touchpoint: str, drop_rate: float, mean_goal_value: float | None, *, as_in: str = "") -> str:
    """Say in a sentence what the worth of mending a touchpoint assumes; ``as_in`` is the level whose rate it is.

    Examples
    --------
    >>> print(assumption_of("cart", 0.1, None))
    If the drop-off at cart fell to 10.0 % of its visits, those who stayed went on as the others there do now,
    whatever way they had come, and nothing else changed.
    """
    return f"If {assumed_of(touchpoint, drop_rate, mean_goal_value, as_in=as_in)}."


def assumed_of(touchpoint: str, drop_rate: float, mean_goal_value: float | None, *, as_in: str = "") -> str:
    """Say what :func:`assumption_of` says as a part of another sentence, to follow an "if"."""
    worth = "" if mean_goal_value is None else f", each further conversion were worth {mean_goal_value:,.2f}"
    whose = f", as in {as_in}" if as_in else ""
    return (
        f"the drop-off at {touchpoint} fell to {drop_rate * 100:.1f} % of its visits{whose}, those who stayed went "
        f"on as the others there do now, whatever way they had come{worth}, and nothing else changed"
    )


def nothing_to_mend(touchpoint: str, now: float, drop_rate: float) -> str:
    """Say that a drop-off is lower already than what it is asked to fall to.

    Examples
    --------
    >>> nothing_to_mend("cart", 0.03, 0.9)
    'The drop-off at cart is 3.0 % of its visits already, less than 90.0 %: there is nothing to mend.'
    """
    return (
        f"The drop-off at {touchpoint} is {now * 100:.1f} % of its visits already, less than {drop_rate * 100:.1f} %: "
        "there is nothing to mend."
    )


def _interval(
    values: Floats, n_groups: npt.NDArray[np.int64], unchanged: npt.NDArray[np.bool_]
) -> tuple[Floats, Floats]:
    """Give the interval of amounts; where nothing changes, it is 0 whoever is left out."""
    low, high = interval_of_amount(values, n_groups)
    return np.where(unchanged, 0.0, low), np.where(unchanged, 0.0, high)


def _mean_values(counts: ChainCounts) -> Floats:
    """Give the mean goal value, and that without each customer group: a row as in the solved chain."""
    goals, values = counts.goals, counts.values
    with np.errstate(divide="ignore", invalid="ignore"):
        without = (values.sum() - values[counts.filled]) / (goals.sum() - goals[counts.filled])
        return np.concatenate([[np.divide(values.sum(), goals.sum())], without])


def _nobody(assumption: str, mean_value: float | None) -> Worth:
    at_risk = None if mean_value is None else 0.0
    return Worth(None, None, None, None, None, None, assumption, 0, 0, None, None, at_risk)

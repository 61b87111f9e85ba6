"""Customers of known behavioural types: each type is a Markov chain, and who is of which type is known.

What discovers types can be held against this: the chains say how well anybody could tell the types apart at all.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from journeymap.errors import QuestionError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Integers = NDArray[np.integer[Any]]

_START_US: Final = 1_767_225_600_000_000  # 2026-01-01
_DAY_US: Final = 86_400_000_000
_MINUTE_US: Final = 60_000_000
_MOST_STEPS: Final = 1_000


@dataclass(frozen=True, slots=True, eq=False)
class BehaviouralTypes:
    """Types of customers, each a Markov chain over the same touchpoints.

    Attributes
    ----------
    touchpoints
        Their names.
    shares
        How many of the customers are of each type, shape (types,); they add up to 1.
    starts
        Where a journey of each type begins, shape (types, touchpoints).
    moves
        What follows each touchpoint, shape (types, touchpoints, touchpoints + 1); the last column is the end.
    """

    touchpoints: tuple[str, ...]
    shares: Floats
    starts: Floats
    moves: Floats


@dataclass(frozen=True, slots=True, eq=False)
class TypedCustomers:
    """Customers that were drawn from known types.

    Attributes
    ----------
    paths
        One row per customer: the numbers of the touchpoints in order, -1 behind the end.
    types
        The type of each customer.
    """

    paths: Integers
    types: Integers


def make_types(
    n_types: int,
    *,
    n_touchpoints: int = 10,
    separation: float = 0.5,
    mean_steps: float = 8.0,
    shares: Sequence[float] | None = None,
    seed: int = 0,
) -> BehaviouralTypes:
    """Make chains that differ by a stated amount.

    Each row of a type's chain is ``(1 - separation)`` of a row that all types share, and ``separation`` of a row of its
    own; both are drawn evenly from all rows there are. The share that ends is the same everywhere.

    Parameters
    ----------
    n_types
        How many types.
    n_touchpoints
        How many touchpoints.
    separation
        From 0, all types are the same, to 1, they have nothing in common.
    mean_steps
        The mean length of a journey, at least 1.
    shares
        How many customers are of each type; None: as many of each.
    seed
        Another seed, other chains.

    Returns
    -------
    BehaviouralTypes
        The chains.

    Raises
    ------
    QuestionError
        When a number is out of its range.

    Examples
    --------
    >>> types = make_types(2, n_touchpoints=3, separation=0.0)
    >>> bool(np.allclose(types.moves[0], types.moves[1])), types.shares.tolist()
    (True, [0.5, 0.5])
    """
    chosen = np.full(n_types, 1 / max(n_types, 1)) if shares is None else np.asarray(shares, dtype=np.float64)
    if n_types < 1 or n_touchpoints < 1 or not 0 <= separation <= 1 or mean_steps < 1 or len(chosen) != n_types:
        raise QuestionError(
            "Types need at least one type and touchpoint, a separation from 0 to 1, a mean of at least 1 step and "
            "one share per type."
        )
    random = np.random.default_rng(seed)
    evenly = np.ones(n_touchpoints)
    common = random.dirichlet(evenly, size=n_touchpoints + 1)
    own = random.dirichlet(evenly, size=(n_types, n_touchpoints + 1))
    rows = (1 - separation) * common[None] + separation * own
    goes_on = 1 - 1 / mean_steps
    ends = np.full((n_types, n_touchpoints, 1), 1 - goes_on)
    names = tuple(f"touchpoint {at + 1:02}" for at in range(n_touchpoints))
    moves = np.concatenate([rows[:, 1:] * goes_on, ends], axis=2)
    return BehaviouralTypes(names, chosen / chosen.sum(), rows[:, 0], moves)


def draw_customers(
    types: BehaviouralTypes, n_customers: int, *, n_steps: int | None = None, seed: int = 0
) -> TypedCustomers:
    """Draw customers with one journey each.

    Parameters
    ----------
    types
        Their types.
    n_customers
        How many.
    n_steps
        The length of every journey; None: as the chains end them.
    seed
        Another seed, other customers.

    Returns
    -------
    TypedCustomers
        Their paths, and what type each is of.

    Examples
    --------
    >>> drawn = draw_customers(make_types(2), 5, n_steps=3)
    >>> drawn.paths.shape, len(drawn.types)
    ((5, 3), 5)
    """
    random = np.random.default_rng(seed)
    end = len(types.touchpoints)
    of_type = random.choice(len(types.shares), size=n_customers, p=types.shares)
    first = np.cumsum(types.starts, axis=1)
    moves = types.moves
    if n_steps is not None:
        moves = moves[:, :, :end] / moves[:, :, :end].sum(axis=2, keepdims=True)
    following = np.cumsum(moves, axis=2)
    at = _draw(first[of_type], random)
    steps = [np.minimum(at, end - 1)]
    going = np.arange(n_customers)
    while len(going) and len(steps) < (n_steps or _MOST_STEPS):
        now = _draw(following[of_type[going], steps[-1][going]], random)
        now = np.minimum(now, end - 1) if n_steps is not None else now
        column = np.full(n_customers, -1, dtype=np.int64)
        column[going] = np.where(now >= end, -1, now)
        going = going[now < end]
        steps.append(column)
    return TypedCustomers(np.stack(steps, axis=1), of_type.astype(np.int64))


def _draw(cumulative: Floats, random: np.random.Generator) -> Integers:
    passed = random.random(len(cumulative))[:, None] > cumulative
    return np.asarray(passed.sum(axis=1), dtype=np.int64)


def most_likely_types(types: BehaviouralTypes, paths: Integers) -> Integers:
    """Tell the types apart as well as anybody can: by Bayes' rule with the true chains.

    Parameters
    ----------
    types
        The true chains.
    paths
        As in :class:`TypedCustomers`; the end is not counted where all paths are of the same length.

    Returns
    -------
    array of int, shape (customers,)
        The most likely type of each.
    """
    with np.errstate(divide="ignore"):
        likelihood = np.log(types.shares) + np.log(types.starts[:, paths[:, 0]]).T
        logs = np.log(types.moves)
    for source, target in zip(paths.T[:-1], paths.T[1:], strict=True):
        here = source >= 0
        likelihood[here] += logs[:, source[here], target[here]].T  # -1, the end, is the last column
    return np.asarray(likelihood.argmax(axis=1), dtype=np.int64)


def events_of(types: BehaviouralTypes, drawn: TypedCustomers) -> pd.DataFrame:
    """Write drawn customers as events: a customer's journey begins on one of thirty days and moves on by the minute.

    Returns
    -------
    DataFrame
        One row per event: ``customer`` (``c0000001`` is the first), ``timestamp`` (UTC) and ``event``.

    Examples
    --------
    >>> types = make_types(1, n_touchpoints=1)
    >>> events_of(types, draw_customers(types, 1, n_steps=2))["event"].tolist()
    ['touchpoint 01', 'touchpoint 01']
    """
    customer, step = np.nonzero(drawn.paths >= 0)
    at_us = _START_US + (customer % 30) * _DAY_US + step * _MINUTE_US
    ids = np.array([f"c{at + 1:07}" for at in range(len(drawn.paths))], dtype=object)
    names = np.array(types.touchpoints, dtype=object)
    return pd.DataFrame(
        {
            "customer": ids[customer],
            "timestamp": pd.to_datetime(at_us, unit="us", utc=True),
            "event": names[drawn.paths[customer, step]],
        }
    )

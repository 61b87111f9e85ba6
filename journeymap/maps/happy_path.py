"""The happy path: the widest way to the goal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from journeymap.model.journey_map import HappyPath
from journeymap.model.names import START

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    import pandas as pd

    Move = tuple[str, str]


def happy_path(moves: pd.DataFrame, goals: Collection[str]) -> HappyPath | None:
    """Find the happy path of one level.

    It is the way from ``(start)`` to a goal on which the narrowest transition is as wide as can be, in converted
    journeys; on both sides of that transition it is the widest way again, and so on. It shows the road that most
    converted journeys are on for a part of their way. Few, or none, need have gone all of it: in real events the most
    frequent whole sequence is seldom that of more than some in a hundred, and the shortest ones win.

    Parameters
    ----------
    moves
        The level's own part of :func:`journeymap.measure.converting.converting_moves`.
    goals
        The touchpoints that mean success.

    Returns
    -------
    HappyPath or None
        None where no journey converted.

    References
    ----------
    Pollack, M. (1960): The maximum capacity through a network. Operations Research 8(5), 733-736.

    Examples
    --------
    >>> import pandas as pd
    >>> rows = [("(start)", "ad", 9), ("ad", "cart", 7), ("ad", "order", 2), ("cart", "order", 6)]
    >>> moves = pd.DataFrame(rows, columns=["source", "target", "journeys"]).assign(converted=9)
    >>> happy_path(moves, ["order"])
    HappyPath(touchpoints=('ad', 'cart', 'order'), journeys=6, converted=9)
    """
    rows = [
        (int(journeys), str(source), str(target))
        for source, target, journeys in moves[["source", "target", "journeys"]].itertuples(index=False, name=None)
        if source != target
    ]
    if not rows:
        return None
    rows.sort(key=lambda row: (-row[0], row[1], row[2]))
    width = {(source, target): journeys for journeys, source, target in rows}
    way = widest_way([(source, target) for _, source, target in rows], START, frozenset(goals))
    return HappyPath(
        touchpoints=tuple(target for _, target in way),
        journeys=min(width[move] for move in way),
        converted=int(moves["converted"].iloc[0]),
    )


def widest_way(moves: Sequence[Move], source: str, targets: Collection[str]) -> list[Move]:
    """Find the way on which the narrowest move is widest, and the parts before and after it are widest again.

    Parameters
    ----------
    moves
        The widest first.
    source, targets
        Where it begins, and where it may end.

    Returns
    -------
    list of (source, target)
        The moves of the way; empty where it begins at a target.

    Raises
    ------
    ValueError
        There is no way.

    Examples
    --------
    >>> widest_way([("a", "b"), ("b", "d"), ("a", "c"), ("c", "d")], "a", ["d"])
    [('a', 'b'), ('b', 'd')]
    """
    if source in targets:
        return []
    # The move that first joins source and targets is on every way of those so wide: the narrowest of the widest way.
    last = _joining(moves, source, targets)
    one, other = moves[last]
    wider = moves[:last]
    return [*widest_way(wider, source, [one]), (one, other), *widest_way(wider, other, targets)]


def _joining(moves: Sequence[Move], source: str, targets: Collection[str]) -> int:
    """Give the number of the move with which, added in their order, the source first reaches a target."""
    after: dict[str, list[str]] = {}
    reached = {source}
    for number, (one, other) in enumerate(moves):
        after.setdefault(one, []).append(other)
        waiting = [other] if one in reached and other not in reached else []
        while waiting:
            here = waiting.pop()
            if here in targets:
                return number
            if here not in reached:
                reached.add(here)
                waiting += [there for there in after.get(here, ()) if there not in reached]
    raise ValueError(f"No way leads from {source} to {', '.join(targets)}.")

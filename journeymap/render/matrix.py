"""The transition matrix: from each touchpoint to each, as a heat map of what leaves the source."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from journeymap.model.names import ENDS, START
from journeymap.render import amounts
from journeymap.render.flow_words import end_color, end_ink
from journeymap.render.furniture import MARGIN, Piece, closing, header, nothing, young
from journeymap.render.gathering import filled
from journeymap.render.heat import heat, share_key
from journeymap.render.heat_sizes import UNNAMED, Cell, Grid, Line, stage_group
from journeymap.render.scene import moved

if TYPE_CHECKING:
    from journeymap.model.matrix_map import MatrixMap
    from journeymap.render.scene import Scene
    from journeymap.render.theme import Theme

LEAST = 6
"""The fewest touchpoints that a page shows before it grows."""
_OTHER = "\x00other"


def matrix(matrix_map: MatrixMap, theme: Theme, page: tuple[float, float]) -> Scene:
    """Draw the transition matrix.

    Parameters
    ----------
    matrix_map
        The finished numbers.
    theme
        Colours, fonts and sizes.
    page
        Width and height in points. Touchpoints for which it has no room are gathered, the least visited first.

    Returns
    -------
    Scene
        The picture.
    """
    if not matrix_map.touchpoints:
        head = header(matrix_map, page[0], theme)
        return nothing(head, closing([young(matrix_map.summary)], page[0], theme), theme, page)

    return filled(
        len(matrix_map.touchpoints),
        LEAST,
        page,
        head=lambda width, scale: header(matrix_map, width, theme, scale),
        base=lambda width, scale, most: _base(matrix_map, most, width, theme, scale),
        body=lambda most, width, height: heat(grid_of(matrix_map, most, theme), theme, width, height),
    )


def _kept(matrix_map: MatrixMap, most: int) -> list[str]:
    """Give the touchpoints shown, in the order of the stages."""
    ranked = sorted(matrix_map.touchpoints, key=lambda item: (-item.visits, item.touchpoint))[:most]
    names = {item.touchpoint for item in ranked}
    return [item.touchpoint for item in matrix_map.touchpoints if item.touchpoint in names]


def grid_of(matrix_map: MatrixMap, most: int, theme: Theme) -> Grid:
    """Lay the transitions out with the ``most`` visited touchpoints, the others gathered in one row and column."""
    kept = _kept(matrix_map, most)
    stages = {item.touchpoint: stage_group(item.stage) for item in matrix_map.touchpoints}
    others = len(matrix_map.touchpoints) - len(kept)
    inner = [*kept, *([_OTHER] if others else [])]
    ends = [end for end in ENDS if any(edge.target == end for edge in matrix_map.edges)]
    counts: Counter[tuple[str, str]] = Counter()
    for edge in matrix_map.edges:
        source = edge.source if edge.source == START or edge.source in kept else _OTHER
        target = edge.target if edge.target in ends or edge.target in kept else _OTHER
        counts[source, target] += edge.count
    leaves: Counter[str] = Counter()
    for (source, _), count in counts.items():
        leaves[source] += count

    def name(key: str) -> str:
        return f"{others} others" if key == _OTHER else key

    sources, targets = [START, *inner], [*inner, *ends]
    rows = tuple(Line(name(key), amounts.count(leaves[key]), stages.get(key, f"{UNNAMED}{key}")) for key in sources)
    columns = tuple(
        Line(name(key), "", stages[key])
        if key in stages
        else Line(name(key), "", f"{UNNAMED}ends", end_ink(key, theme), end_color(key, theme))
        if key in ends
        else Line(name(key), "", f"{UNNAMED}others")
        for key in targets
    )
    place = {key: at for at, key in enumerate(targets)}
    cells = {}
    for row, source in enumerate(sources):
        for (one, target), count in counts.items():
            if one == source:
                share = count / leaves[source]
                percent, number = amounts.share(share, 0), amounts.count(count)
                cells[row, place[target]] = Cell(share, ((percent, number), (number,), (_tight(count),)))
    return Grid(rows, columns, cells)


def _tight(count: int) -> str:
    """Write a count in three or four signs, for small cells.

    Examples
    --------
    >>> _tight(950), _tight(1336), _tight(38_004), _tight(2_500_000)
    ('950', '1.3k', '38k', '2.5M')
    """
    for unit, sign in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if count >= unit:
            return f"{count / unit:.1f}{sign}" if count < 10 * unit else f"{count / unit:.0f}{sign}"
    return str(count)


def _base(matrix_map: MatrixMap, most: int, width: float, theme: Theme, scale: float) -> Piece:
    """Set the key and the footer: what is gathered, and what the shares are of."""
    key = share_key("share of what leaves the row's touchpoint, ends included", theme, scale)
    kept = set(_kept(matrix_map, most))
    whole = sum(edge.count for edge in matrix_map.edges)
    shown = sum(
        edge.count
        for edge in matrix_map.edges
        if (edge.source in kept or edge.source == START) and (edge.target in kept or edge.target in ENDS)
    )
    hidden = len(matrix_map.touchpoints) - len(kept)
    said = [
        "Each row adds up to 100 % of the number beside its name: what leaves the touchpoint.",
        "In the cells: share and count, or the count, where there is room.",
        f"Shows {amounts.share(shown / whole)} of transitions"
        + (
            f" by name; the {amounts.count(hidden)} least visited touchpoints are gathered as others."
            if hidden
            else ", 100 % of journeys."
        ),
        young(matrix_map.summary),
    ]
    foot = closing(said, width, theme, scale)
    marks = (
        *(moved(mark, 1.0, width - MARGIN - key.width, 0.0) for mark in key.marks),
        *(moved(mark, 1.0, 0.0, key.height + 4.0) for mark in foot.marks),
    )
    return Piece(marks, key.height + 4.0 + foot.height)

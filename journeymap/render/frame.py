"""A graph on a page: header, graph and base, on a page that grows until the letters are large enough."""

from __future__ import annotations

from typing import TYPE_CHECKING

from journeymap.render.fit import FACT, STAGE, best_plan, place
from journeymap.render.furniture import MARGIN
from journeymap.render.scene import Scene, moved

if TYPE_CHECKING:
    from collections.abc import Callable

    from journeymap.model.journey_map import JourneyMap
    from journeymap.render.fit import Placed
    from journeymap.render.furniture import Piece
    from journeymap.render.scene import Mark
    from journeymap.render.theme import Theme


def framed(
    journey_map: JourneyMap,
    theme: Theme,
    page: tuple[float, float],
    *,
    head: Callable[[float, float], Piece],
    base: Callable[[float, float, int], Piece],
    graph: Callable[[Placed], tuple[list[Mark], int]],
) -> Scene:
    """Lay a map's graph out between what stands above and below it.

    Parameters
    ----------
    journey_map
        The map whose touchpoints and transitions are laid out.
    theme
        Colours, fonts and sizes.
    page
        Width and height in points.
    head
        Sets what stands above, of a width and a scale of its text.
    base
        Sets what stands below, of a width, a scale, and how many labels found no room.
    graph
        Draws the placed graph; gives the marks and how many labels found no room.

    Returns
    -------
    Scene
        On the page, or on a larger one of the same shape where letters would be smaller than the theme's smallest.
    """
    grow = 1.0
    while True:
        width, height = page[0] * grow, page[1] * grow
        # The titles of a poster are read from farther away, yet need not grow as fast as its sheet.
        scale = grow**0.6
        above = head(width, scale)
        # The footer is measured with the longest text that it may get.
        below = base(width, scale, len(journey_map.edges))
        room = (width - 2 * MARGIN, height - above.height - below.height - 10.0)
        if room[1] > 0:
            plan = best_plan(journey_map, theme, room, STAGE * scale)
            need = max(plan.width / room[0], plan.height / room[1]) * theme.smallest / FACT
            if need <= 1.0 + 1e-9:
                break
        else:
            need = 1.2
        grow *= min(max(need * 0.98, 1.01), 1.5)
    placed = place(plan, room, theme.smallest / FACT)
    inner, left_out = graph(placed)
    marks = [
        *above.marks,
        *(moved(mark, placed.scale, MARGIN, above.height) for mark in inner),
        *(moved(mark, 1.0, 0.0, height - below.height) for mark in base(width, scale, left_out).marks),
    ]
    return Scene(width, height, tuple(marks))

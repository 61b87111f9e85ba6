"""The step matrix: the share of journeys at each touchpoint by step, and of those that have ended."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from journeymap.model.names import CONVERTED, DROPPED, ENDED, ENDS, OPEN, START
from journeymap.render import amounts
from journeymap.render.flow_words import about, away_at, end_color, end_ink, nothing_to_follow, step_name
from journeymap.render.furniture import MARGIN, Piece, closing, header, young
from journeymap.render.gathering import filled
from journeymap.render.heat import heat, share_key
from journeymap.render.heat_sizes import UNNAMED, Cell, Grid, Line, stage_group
from journeymap.render.scene import moved

if TYPE_CHECKING:
    from journeymap.model.flow_map import FlowMap
    from journeymap.render.scene import Scene
    from journeymap.render.theme import Theme

LEAST = 6
"""The fewest touchpoints that a page shows before it grows."""
_SAID = {CONVERTED: "converted", ENDED: "ended", DROPPED: "dropped", OPEN: "open", START: "to begin"}
_AWAY = {"after": "ended earlier", "before": "begin later"}


def steps(flow_map: FlowMap, theme: Theme, page: tuple[float, float]) -> Scene:
    """Draw the step matrix.

    Parameters
    ----------
    flow_map
        The finished numbers.
    theme
        Colours, fonts and sizes.
    page
        Width and height in points. Touchpoints for which it has no room are gathered, the smallest first.

    Returns
    -------
    Scene
        The picture.

    Notes
    -----
    The step matrix is that of Retentioneering, with the ends told apart.
    """
    if not flow_map.nodes:
        return nothing_to_follow(flow_map, theme, page)

    return filled(
        len(flow_map.touchpoints),
        LEAST,
        page,
        head=lambda width, scale: header(flow_map, width, theme, scale, extra=about(flow_map)),
        base=lambda width, scale, most: _base(flow_map, most, width, theme, scale),
        body=lambda most, width, height: heat(grid_of(flow_map, most, theme), theme, width, height),
    )


def _kept(flow_map: FlowMap, most: int) -> list[str]:
    """Give the touchpoints shown, in the order of the stages."""
    ranked = sorted(flow_map.touchpoints, key=lambda item: (-item.visits, item.touchpoint))[:most]
    names = {item.touchpoint for item in ranked}
    return [item.touchpoint for item in flow_map.touchpoints if item.touchpoint in names]


def grid_of(flow_map: FlowMap, most: int, theme: Theme) -> Grid:
    """Lay out the shares: a row per touchpoint, the small ones gathered, and below who ended before each step."""
    kept = _kept(flow_map, most)
    stages = {item.touchpoint: stage_group(item.stage) for item in flow_map.touchpoints}
    others = len(flow_map.touchpoints) - len(kept)
    columns = sorted({node.step for node in flow_map.nodes})
    counts: Counter[tuple[str, int]] = Counter()
    for node in flow_map.nodes:
        counts[node.touchpoint if node.touchpoint in kept else "", columns.index(node.step)] += node.journeys
    away = [away_at(flow_map, step) for step in columns]
    rows = [Line(name, "", stages[name]) for name in kept]
    keys: list[str] = list(kept)
    if others:
        rows.append(Line(f"{others} others", "", f"{UNNAMED}others"))
        keys.append("")
    for end in (START, *ENDS):
        if any(there[end] for there in away):
            rows.append(Line(_SAID[end], "", _AWAY[flow_map.direction], end_ink(end, theme), end_color(end, theme)))
            keys.append(end)
    heads = tuple(
        Line(
            step_name(flow_map, step),
            amounts.count(sum(node.journeys for node in flow_map.nodes if node.step == step)),
        )
        for step in columns
    )
    cells = {}
    for row, key in enumerate(keys):
        for column in range(len(columns)):
            count = away[column][key] if key in _SAID else counts[key, column]
            if count:
                share = count / flow_map.journeys
                cells[row, column] = Cell(share, ((amounts.share(share),), (amounts.share(share, 0),)))
    return Grid(tuple(rows), heads, cells)


def _base(flow_map: FlowMap, most: int, width: float, theme: Theme, scale: float) -> Piece:
    """Set the key and the footer: what is gathered, and what the shares are of."""
    key = share_key(f"share of the {amounts.counted(flow_map.journeys, 'journey')}", theme, scale)
    kept = set(_kept(flow_map, most))
    whole = sum(node.journeys for node in flow_map.nodes)
    shown = sum(node.journeys for node in flow_map.nodes if node.touchpoint in kept)
    hidden = len(flow_map.touchpoints) - len(kept)
    said = [
        f"Each column adds up to 100 % of the {amounts.counted(flow_map.journeys, 'journey')}, mature or not.",
        "The number over it is of those that are at a touchpoint.",
        f"Shows {amounts.share(shown / whole)} of the visits in these steps in rows of their own"
        + (f"; {amounts.count(hidden)} touchpoints are gathered as others." if hidden else "."),
        young(flow_map.summary),
    ]
    foot = closing(said, width, theme, scale)
    marks = (
        *(moved(mark, 1.0, width - MARGIN - key.width, 0.0) for mark in key.marks),
        *(moved(mark, 1.0, 0.0, key.height + 4.0) for mark in foot.marks),
    )
    return Piece(marks, key.height + 4.0 + foot.height)

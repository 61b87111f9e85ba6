"""What the flow and the step matrix say alike: whom they follow, what steps are called, the colours of ends."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from journeymap.model.names import CONVERTED, DROPPED, ENDED, ENDS, OPEN, START
from journeymap.render import amounts
from journeymap.render.furniture import closing, header, nothing, young

if TYPE_CHECKING:
    from journeymap.model.flow_map import FlowMap
    from journeymap.render.scene import Scene
    from journeymap.render.theme import Theme


def nothing_to_follow(flow_map: FlowMap, theme: Theme, page: tuple[float, float]) -> Scene:
    """Say that no journey has the anchor, or that there is none at all."""
    head = header(flow_map, page[0], theme)
    foot = closing([young(flow_map.summary)], page[0], theme)
    if not flow_map.summary.journeys:
        return nothing(head, foot, theme, page)
    more = f"This level has {amounts.counted(flow_map.summary.journeys, 'journey')}."
    return nothing(head, foot, theme, page, f"No journey visits {flow_map.anchor}.", more)


def about(flow_map: FlowMap) -> tuple[str, ...]:
    """Say which journeys are followed, where not all are."""
    if flow_map.anchor == START:
        return ()
    part = flow_map.journeys / flow_map.summary.journeys if flow_map.summary.journeys else None
    order = "from their first visit on" if flow_map.direction == "after" else "up to their first visit"
    counted = amounts.counted(flow_map.journeys, "journey")
    return (f"{counted} with {flow_map.anchor} ({amounts.share(part)} of all), {order}",)


def away_at(flow_map: FlowMap, step: int) -> Counter[str]:
    """Count who is at no touchpoint at a step: by the end who ended before it, or ``(start)`` who begins after it."""
    counts: Counter[str] = Counter()
    for link in flow_map.links:
        if flow_map.direction == "after" and link.target in ENDS and link.step < step:
            counts[link.target] += link.journeys
        elif flow_map.direction == "before" and link.source == START and link.step >= step:
            counts[START] += link.journeys
    return counts


def step_name(flow_map: FlowMap, step: int) -> str:
    """Call a step as people do.

    Returns
    -------
    str
        ``Step 2``; or ``First visit``, ``2 steps later``, ``2 steps before``, where a touchpoint is the anchor.
    """
    if flow_map.anchor == START:
        return f"Step {step}"
    if step == 0:
        return "First visit"
    plural = "step" if abs(step) == 1 else "steps"
    return f"{abs(step)} {plural} {'later' if step > 0 else 'before'}"


def end_color(end: str, theme: Theme) -> str:
    """Return the colour of an end, or of the start."""
    colors = {CONVERTED: theme.converted, ENDED: theme.ended, DROPPED: theme.dropped, OPEN: theme.open}
    return colors.get(end, theme.muted)


def end_ink(end: str, theme: Theme) -> str:
    """Return the colour of text about an end: dark enough to read."""
    return theme.muted if end == OPEN else theme.readable(end_color(end, theme))

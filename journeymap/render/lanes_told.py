"""What is told above and below the lanes: what the level is like, what the numbers are of, what found no room."""

from __future__ import annotations

from typing import TYPE_CHECKING

from journeymap.model.names import UNSTAGED
from journeymap.render import amounts
from journeymap.render.furniture import MARGIN, Piece, paragraph
from journeymap.render.lanes_words import findings_of, notes_of, opportunities_of

if TYPE_CHECKING:
    from journeymap.model.journey_map import JourneyMap
    from journeymap.render.lanes_frame import Frame


def profile_words(value: JourneyMap) -> str:
    """Say in a line what a level is like, from the numbers of its map.

    Returns
    -------
    str
        ``25.1 % of all customers, 24.8 % of all journeys · a journey has 17.0 touchpoints (mean) · ...``, or nothing.
    """
    profile, summary = value.profile, value.summary
    if profile is None or not summary.journeys:
        return ""
    said = []
    if value.levels:
        whose = "these" if summary.narrowed else "all"  # of those whom the map is about
        share = profile.customer_share
        shares = [] if share is None else [f"{amounts.share(share)} of {whose} customers"]
        said.append(", ".join([*shares, f"{amounts.share(profile.journey_share)} of {whose} journeys"]))
    if profile.mean_steps is not None:
        said.append(f"a journey has {profile.mean_steps:.1f} touchpoints (mean)")
    if profile.median_seconds is not None:
        said.append(f"lasts {amounts.duration(profile.median_seconds)} (median)")
    if profile.value is not None and summary.customers:
        said.append(
            f"value {amounts.short(profile.value)}, {amounts.short(profile.value / summary.customers)} per customer"
        )
    known = [pair for pair in profile.channels if pair[0]]
    if known:
        visits = sum(count for _, count in profile.channels)
        told = ", ".join(f"{channel} {amounts.share(count / visits, 0)}" for channel, count in known[:2])
        said.append(f"most visits: {told}")
    words = " · ".join(said)
    return words[:1].upper() + words[1:]


def foot_of(frame: Frame, scale: float) -> Piece:
    """Say what the numbers are of, how thin data are drawn, and what found no place."""
    value, theme = frame.value, frame.theme
    said = ["Rates use mature units only, with 95 % intervals clustered by customer."]
    young = value.summary.journeys - value.summary.mature
    if young:
        noun = "1 immature journey is" if young == 1 else f"{amounts.count(young)} immature journeys are"
        said.append(f"{noun} too young to judge.")
    if frame.minimum > 1:
        said.append(f"Pale and dashed: fewer than {frame.minimum} customers.")
    placed = sum(len(findings_of(frame, stage)) for stage in value.stages)
    left_out = sum(1 for item in value.findings if item.is_reported) - placed
    notes = sum(len(notes_of(frame, stage)) for stage in value.stages)
    gains = sum(len(opportunities_of(frame, stage)) for stage in value.stages)
    for n, shown, one, many in (
        (gains, frame.detail.opportunities, "opportunity", "opportunities"),
        (notes, frame.detail.notes, "note", "notes"),
    ):
        if n and not shown:
            said.append(f"{amounts.count(n)} {one if n == 1 else many} found no room; a larger page has more.")
    if left_out:
        noun = "1 pain point belongs" if left_out == 1 else f"{amounts.count(left_out)} pain points belong"
        said.append(f"{noun} to no stage.")
    if value.stages == (UNSTAGED,):
        said.append("Stages are not set: name them under [stages] in the settings.")
    if any(stage.score is None and stage.ease is not None for stage in frame.stages):
        said.append("Derived experience = (1 - drop-off) x (1 - repeated visits) x (1 - error visits).")
    size = theme.smallest * scale
    body = paragraph(" ".join(said), MARGIN, 5.0, frame.width - 2 * MARGIN, size, theme, color=theme.muted)
    return Piece(body.marks, body.height + 5.0 + 9.0)

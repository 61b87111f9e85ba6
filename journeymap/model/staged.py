"""A touchpoint with its place among the stages."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class StagedTouchpoint:
    """A touchpoint as it stands in a list that is ordered by stage.

    Attributes
    ----------
    touchpoint, stage
        Its name and its stage.
    visits
        Its visits in the level, mature or not.
    is_goal
        Whether reaching it is success.
    """

    touchpoint: str
    stage: str
    visits: int
    is_goal: bool = False

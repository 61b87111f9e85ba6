"""Names that every part of journeymap shares: the graph's ends, the level of those without a value."""

from __future__ import annotations

from typing import Final

START: Final = "(start)"
CONVERTED: Final = "(converted)"
ENDED: Final = "(ended)"
DROPPED: Final = "(dropped)"
OPEN: Final = "(open)"
ENDS: Final = (CONVERTED, ENDED, DROPPED, OPEN)
"""The nodes that a journey ends in, one per status."""

NO_LEVEL: Final = "(none)"
"""The level of customers or journeys that have no value in a segment."""

ALL_LEVELS: Final = "(all)"
"""The name of the whole, where a picture or a file needs a level and no segment was asked for."""

REST: Final = "(rest)"
"""Everyone who is not in the one level that is compared."""

UNSTAGED: Final = "(no stage)"
"""The stage of a touchpoint that no pattern of the settings puts in one."""

DEFAULT_STAGES: Final = ("awareness", "consideration", "purchase", "service", "loyalty")

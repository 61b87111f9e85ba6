"""What a journey's facts mean at a data end: its status, and whether it is mature.

The one definition: every surface composes these expressions. They bind ``$data_end_us`` and ``$horizon_us``.
"""

from __future__ import annotations

from typing import Final

from journeymap.model.names import CONVERTED, DROPPED, ENDED, OPEN

STATUS_SQL: Final = """CASE
    WHEN converted_at_us IS NOT NULL THEN 'converted'
    WHEN ended_at_us IS NOT NULL THEN 'ended'
    WHEN $data_end_us - end_us > $horizon_us THEN 'abandoned'
    ELSE 'open'
END"""
"""Over the columns of ``journeys``: converted, ended, abandoned or open."""

MATURE_JOURNEY_SQL: Final = "start_us + $horizon_us <= $data_end_us"
"""Whether a journey has one horizon between its start and the data end."""

MATURE_VISIT_SQL: Final = "at_us + $horizon_us <= $data_end_us"
"""Whether a visit has one horizon between it and the data end."""

END_SQL: Final = (
    f"CASE status WHEN 'converted' THEN '{CONVERTED}' WHEN 'ended' THEN '{ENDED}' "
    f"WHEN 'abandoned' THEN '{DROPPED}' ELSE '{OPEN}' END"
)
"""What the end of a journey with a ``status`` is called in a graph."""

STATUSES: Final = ("converted", "ended", "abandoned", "open")

"""The detectors by name: ours, and those that other packages bring."""

from __future__ import annotations

from importlib.metadata import entry_points
from typing import Final

from journeymap.errors import QuestionError
from journeymap.painpoints import (
    abandonment,
    channel_switch,
    dead_end,
    drop_off,
    error,
    failed_search,
    loop,
    low_score,
    regret,
    slow_step,
    support_contact,
)
from journeymap.painpoints.look import Detector

PLUG_INS: Final = "journeymap.detectors"
"""The entry point group of detectors that other packages bring."""

DETECTORS: Final[dict[str, Detector]] = {
    detector.kind: detector
    for detector in (
        Detector(abandonment.KIND, abandonment.look),
        Detector(drop_off.KIND, drop_off.look),
        Detector(loop.KIND, loop.look),
        Detector(slow_step.KIND, slow_step.look),
        Detector(support_contact.KIND, support_contact.look),
        Detector(failed_search.KIND, failed_search.look),
        Detector(dead_end.KIND, dead_end.look),
        Detector(error.KIND, error.look),
        Detector(low_score.KIND, low_score.look),
        Detector(channel_switch.KIND, channel_switch.look),
        Detector(regret.KIND, regret.look),
    )
}


def detectors() -> dict[str, Detector]:
    """Give the detectors of journeymap and those that plug-ins bring under :data:`PLUG_INS`."""
    found = dict(DETECTORS)
    for point in entry_points(group=PLUG_INS):
        detector = point.load()
        if not isinstance(detector, Detector):
            raise QuestionError(
                f"The plug-in '{point.name}' ({point.value}) is no detector.",
                hint="Its entry point should name a journeymap.painpoints.look.Detector.",
            )
        found[detector.kind] = detector
    return found

"""journeymap: from raw customer events to a journey map per segment.

>>> import journeymap as jm
>>> shop = jm.open("sample_events/*.csv")
>>> list(shop.funnel(["cart", "checkout", "order"], window="7d")["step"])
[1, 2, 3]
"""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from journeymap.api import Journeys, import_store, ingest, open  # noqa: A004 - jm.open is the name that people expect
    from journeymap.errors import JourneymapError
    from journeymap.graph.export import write_graph
    from journeymap.graph.simplify import simplify
    from journeymap.model.difference_map import DifferenceMap
    from journeymap.model.finding import Finding
    from journeymap.model.journey_map import JourneyMap
    from journeymap.render import Theme, draw, save, save_slides
    from journeymap.settings import Settings, dump_settings, load_settings

__version__ = "0.1.0"

_PLACES = {
    "DifferenceMap": "journeymap.model.difference_map",
    "Finding": "journeymap.model.finding",
    "JourneyMap": "journeymap.model.journey_map",
    "JourneymapError": "journeymap.errors",
    "Journeys": "journeymap.api",
    "Settings": "journeymap.settings",
    "Theme": "journeymap.render",
    "draw": "journeymap.render",
    "dump_settings": "journeymap.settings",
    "import_store": "journeymap.api",
    "ingest": "journeymap.api",
    "load_settings": "journeymap.settings",
    "open": "journeymap.api",
    "save": "journeymap.render",
    "save_slides": "journeymap.render",
    "simplify": "journeymap.graph.simplify",
    "write_graph": "journeymap.graph.export",
}

__all__ = [
    "DifferenceMap",
    "Finding",
    "JourneyMap",
    "JourneymapError",
    "Journeys",
    "Settings",
    "Theme",
    "draw",
    "dump_settings",
    "import_store",
    "ingest",
    "load_settings",
    "open",
    "save",
    "save_slides",
    "simplify",
    "write_graph",
]


def __getattr__(name: str) -> Any:  # noqa: ANN401 - the module's public names, loaded when they are first used
    place = _PLACES.get(name)
    if place is None:
        raise AttributeError(f"module 'journeymap' has no attribute '{name}'")
    return getattr(import_module(place), name)


class _Package(ModuleType):
    """Keeps ``journeymap.ingest`` the public function: importing the package of that name would take its place."""

    def __setattr__(self, name: str, value: object) -> None:
        if not (name in _PLACES and isinstance(value, ModuleType)):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])

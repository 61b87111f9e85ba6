"""Pictures of finished values: each kind is one file, and one line in the registry."""

from journeymap.render.files import draw, save
from journeymap.render.registry import STYLES
from journeymap.render.text import MissingGlyphWarning
from journeymap.render.theme import Theme

__all__ = ["STYLES", "MissingGlyphWarning", "Theme", "draw", "save"]

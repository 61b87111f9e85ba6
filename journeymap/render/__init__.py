"""Pictures of finished values: each kind is one file, and one line in the registry."""

from journeymap.render.files import NOTEBOOK_SIZE, draw, png, save
from journeymap.render.fonts import MissingGlyphWarning, fonts_told_once
from journeymap.render.many import Appearance, save_many
from journeymap.render.registry import STYLES
from journeymap.render.slides import save_slides
from journeymap.render.theme import Theme
from journeymap.render.theming import load_theme

__all__ = [
    "NOTEBOOK_SIZE",
    "STYLES",
    "Appearance",
    "MissingGlyphWarning",
    "Theme",
    "draw",
    "fonts_told_once",
    "load_theme",
    "png",
    "save",
    "save_many",
    "save_slides",
]

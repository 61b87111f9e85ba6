"""A team's logo: read once, measured, and set in the corner of the header."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from PIL import Image as Pixels
from PIL import UnidentifiedImageError

from journeymap.errors import SettingsError
from journeymap.render.scene import Image

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from journeymap.render.theme import Theme

HIGHEST, WIDEST = 32.0, 120.0
"""The room of a logo on a slide, in points."""
_MOST_PIXELS: Final = 800
"""A logo that is larger is reduced: no picture shows more of it, and every file would carry it."""


def logo(theme: Theme, right: float, top: float, scale: float = 1.0) -> Image | None:
    """Place the logo of a theme, as large as its room, with its right upper corner at a point.

    Raises
    ------
    SettingsError
        The file is not there, or is no picture.
    """
    if theme.logo is None:
        return None
    high, wide = pixels(theme.logo).shape[:2]
    size = min(HIGHEST / high, WIDEST / wide) * scale
    return Image(right - wide * size, top, wide * size, high * size, theme.logo, role="logo")


@lru_cache(maxsize=8)
def pixels(path: str) -> NDArray[np.uint8]:
    """Read a picture as rows of red, green, blue and opacity, 0 to 255.

    Raises
    ------
    SettingsError
        The file is not there, or is no picture.
    """
    hint = "Name a PNG or JPEG file as logo in [theme], or leave the entry out."
    try:
        with Pixels.open(Path(path)) as file:
            picture = file.convert("RGBA")
    except FileNotFoundError:
        raise SettingsError(f"[theme] logo: there is no file '{path}'.", hint=hint) from None
    except (UnidentifiedImageError, OSError, ValueError, Pixels.DecompressionBombError):
        raise SettingsError(f"[theme] logo: '{path}' is no picture that can be read.", hint=hint) from None
    picture.thumbnail((_MOST_PIXELS, _MOST_PIXELS))
    found: NDArray[np.uint8] = np.asarray(picture)
    return found

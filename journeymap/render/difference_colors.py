"""The colours of a difference: the hue says which side has more, the strength how large the effect is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from journeymap.model.difference_map import Comparison
    from journeymap.render.theme import Theme

STRENGTHS: Final = (0.2, 0.5)
"""From these effect sizes on a colour is stronger: Cohen's small and medium effects."""


def stronger(effect_size: float) -> int:
    """Say how strong a colour is for an effect.

    Examples
    --------
    >>> stronger(0.1), stronger(-0.3), stronger(0.8)
    (0, 1, 2)
    """
    return sum(abs(effect_size) >= least for least in STRENGTHS)


def hue(told: Comparison | None, theme: Theme) -> str:
    """Return the colour of a difference."""
    if told is None or not told.is_clear or told.difference is None or told.effect_size is None:
        return theme.same
    return shades(told, theme)[stronger(told.effect_size)]


def ink(told: Comparison, theme: Theme) -> str:
    """Return the colour of a difference's text: the strongest of its hue, as far as it is read on the bands."""
    return theme.readable(shades(told, theme)[-1], theme.band)


def shades(told: Comparison, theme: Theme) -> tuple[str, ...]:
    """Return the shades of the side that has more, from weak to strong."""
    return theme.more_a if (told.difference or 0.0) > 0 else theme.more_b

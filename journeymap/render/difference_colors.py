"""The colours of a difference: the hue says which side has more, the strength how large the effect is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from journeymap.model.difference_map import Comparison

Shades = tuple[str, str, str]

# Orange and blue stay apart for every kind of colour-blindness, and run in lightness, so that they read in grey too.
MORE_A: Final[Shades] = ("#F2C08A", "#E08A2E", "#A85400")
"""Where the first side has more, from a weak to a strong effect."""

MORE_B: Final[Shades] = ("#A9C9E8", "#4F91CC", "#1B5A99")
"""Where the second side has more."""

SAME: Final = "#CDD5DD"
"""What does not clearly differ."""

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


def hue(told: Comparison | None) -> str:
    """Return the colour of a difference."""
    if told is None or not told.is_clear or told.difference is None or told.effect_size is None:
        return SAME
    return shades(told)[stronger(told.effect_size)]


def ink(told: Comparison) -> str:
    """Return the colour of a difference's text: always the strongest of its hue."""
    return shades(told)[-1]


def shades(told: Comparison) -> Shades:
    """Return the shades of the side that has more."""
    return MORE_A if (told.difference or 0.0) > 0 else MORE_B

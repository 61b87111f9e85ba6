"""Which colours all eyes tell apart."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, Final

import numpy as np
from matplotlib.colors import to_rgb

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

LEAST_APART: Final = 25.0
"""How far two colours are apart at the least, in units of CIE L*a*b*, for whoever looks."""

# Machado, Oliveira and Fernandes (2009), severity 1.0, on linear RGB.
_EYES: Final = (
    ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)),
    ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.011820, 0.042940, 0.968881)),
    ((1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602), (0.004733, 0.691367, 0.303900)),
)
_TO_XYZ: Final = (
    (0.4124564, 0.3575761, 0.1804375),
    (0.2126729, 0.7151522, 0.0721750),
    (0.0193339, 0.1191920, 0.9503041),
)
_WHITE: Final = (0.95047, 1.0, 1.08883)


def apart(one: str, other: str) -> float:
    """Return how far two colours are apart for whoever tells them apart worst.

    Parameters
    ----------
    one, other
        Colours as ``#rrggbb``.

    Returns
    -------
    float
        The least distance in CIE L*a*b* (CIE76) over normal sight, protanopia, deuteranopia and tritanopia.

    References
    ----------
    Machado, G. M., Oliveira, M. M. and Fernandes, L. A. F. (2009): A physiologically-based model for simulation of
    color vision deficiency. IEEE Transactions on Visualization and Computer Graphics 15(6), 1291-1298.

    Examples
    --------
    >>> apart("#E08A2E", "#4F91CC") > LEAST_APART > apart("#E08A2E", "#7FA02E")
    True
    """
    return min(float(np.linalg.norm(_seen(one, eye) - _seen(other, eye))) for eye in _EYES)


def apart_for_all(colors: Sequence[str]) -> tuple[str, str] | None:
    """Return the first two of some colours that all eyes tell apart, where there are any.

    Examples
    --------
    >>> apart_for_all(["#00539F", "#0A5AA5", "#E08A2E"])
    ('#00539F', '#E08A2E')
    >>> apart_for_all(["#C04040", "#40A040"]) is None
    True
    """
    return next((pair for pair in combinations(colors, 2) if apart(*pair) >= LEAST_APART), None)


def _seen(color: str, eye: Sequence[Sequence[float]]) -> NDArray[np.float64]:
    """Return a colour as an eye sees it, in CIE L*a*b*."""
    given = np.array(to_rgb(color))
    linear = np.where(given <= 0.04045, given / 12.92, ((given + 0.055) / 1.055) ** 2.4)  # noqa: PLR2004 - of sRGB
    light = np.clip(np.array(eye) @ linear, 0.0, 1.0)
    share = np.array(_TO_XYZ) @ light / np.array(_WHITE)
    root = np.where(share > (6 / 29) ** 3, np.cbrt(share), share / (3 * (6 / 29) ** 2) + 4 / 29)
    return np.array([116 * root[1] - 16, 500 * (root[0] - root[1]), 200 * (root[1] - root[2])])

"""How wide each column of a table is on a terminal, and which ones it has no room for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    from journeymap.cli.cells import Column

BETWEEN: Final = 2
"""Blanks between two columns."""

# Texts keep this width at the cost of columns that a narrow terminal can do without; then they are folded further.
_GOOD_TEXT: Final = 24
_NARROWEST_TEXT: Final = 12
# What a narrow terminal does without, the least missed first; the rest is never left out.
_DISPENSABLE: Final = (
    "here_low", "immature_a", "immature_b", "hits_a", "hits_b", "ratio", "customers_a", "customers_b", "mix_effect_low",
    "rate_effect_low", "a", "b", "units_a", "units_b", "effect_size", "p_value",
    "kind", "step", "source_file", "first_us", "last_us", "p90_seconds", "mean_steps", "mean_seconds", "value",
    "q_value", "channel", "stage", "baseline", "opportunity", "ended", "journeys", "entries", "open", "severity",
    "median_seconds", "abandoned", "converted", "immature", "mature",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Fitted:
    """The columns that fit, each with its width, and the headings of those that do not."""

    columns: tuple[tuple[Column, int], ...]
    left_out: tuple[str, ...]


def fit_columns(columns: Sequence[Column], width: int) -> Fitted:
    """Choose columns and their widths for a terminal.

    Numbers are never folded or cut; their headings are folded between words. Texts are folded where that keeps them
    readable, and columns are left out where it does not.

    Parameters
    ----------
    columns
        All of them.
    width
        The terminal's, in cells.
    """
    kept = list(columns)
    for name in _DISPENSABLE:
        if _total([_least(column, _GOOD_TEXT) for column in kept]) <= width:
            break
        kept = [column for column in kept if column.is_level or column.name != name]
    least = [_least(column, _NARROWEST_TEXT) for column in kept]
    widths = [_widest([column.heading, *column.cells]) for column in kept]
    while _total(widths) > width:
        shrinkable = [at for at in range(len(kept)) if widths[at] > least[at]]
        if not shrinkable:
            break
        # Headings of numbers are folded first, then the widest text.
        widths[max(shrinkable, key=lambda at: (kept[at].is_number, widths[at]))] -= 1
    left_out = tuple(column.heading for column in columns if column not in kept)
    return Fitted(tuple(zip(kept, widths, strict=True)), left_out)


def _least(column: Column, text: int) -> int:
    """Give the width below which a column is of no use; ``text`` is that of long texts."""
    if column.is_number:
        return _widest([*column.heading.split(), *column.cells])
    return min(text, _widest([column.heading, *column.cells]))


def _total(widths: Sequence[int]) -> int:
    return sum(widths) + BETWEEN * (len(widths) - 1)


def _widest(texts: Sequence[str]) -> int:
    from rich.cells import cell_len

    return max(cell_len(text) for text in texts)

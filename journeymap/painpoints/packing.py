"""How units are packed: what a unit is counted by in one whole number, the levels of its journey in others.

Millions of units are kept while a look is counted. Writing them takes a third of the time where a row has three numbers
in place of eleven.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from journeymap.measure.key_sets import KeySets
from journeymap.store.schema import N_GROUPS

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt
    import pandas as pd

_OUTCOME_BITS: Final = 2
_WORD_BITS: Final = 31
_LARGEST: Final = {"TINYINT": 2**7 - 1, "SMALLINT": 2**15 - 1, "INTEGER": 2**31 - 1}

SPARED: Final = 0
HIT: Final = 1
IMMATURE: Final = 2
"""The outcomes of a unit: mature and not hit, mature and hit, immature."""


@dataclass(frozen=True, slots=True)
class Cells:
    """How customer group, place, stratum and outcome stand in one number, ``cell``.

    The group stands first: what is counted for a customer, row after row, then lies close together.

    Attributes
    ----------
    n_strata
        Strata are 0 to ``n_strata - 1``.
    most_places
        No place has a larger key.

    Examples
    --------
    >>> cells = Cells(n_strata=6, most_places=26)
    >>> cells.group, cells.place, cells.outcome
    ('(cell >> 10)', '((cell >> 5) & 31)', '(cell & 3)')
    """

    n_strata: int
    most_places: int

    @property
    def place_sets(self) -> KeySets:
        """How places are put into sets."""
        return KeySets(self.most_places)

    @property
    def group(self) -> str:
        """The SQL of the customer group."""
        return f"(cell >> {self._group_at})"

    @property
    def place(self) -> str:
        """The SQL of the place."""
        return f"((cell >> {self._place_at}) & {2**self._place_bits - 1})"

    @property
    def outcome(self) -> str:
        """The SQL of the outcome."""
        return f"(cell & {2**_OUTCOME_BITS - 1})"

    @property
    def without_group(self) -> str:
        """The SQL of all but the customer group, as a cell of group 0."""
        return f"(cell & {2**self._group_at - 1})"

    def packed(self, place: str, stratum: str, outcome: str, group: str) -> str:
        """Write the SQL of a cell; it is null where the stratum is none of those announced."""
        kind = integer_for(N_GROUPS * 2**self._group_at)
        return (
            f"CAST({group} AS {kind}) * {2**self._group_at} + CAST({place} AS {kind}) * {2**self._place_at} "
            # A stratum too many would run into the place.
            f"+ CASE WHEN {stratum} BETWEEN 0 AND {self.n_strata - 1} THEN CAST({stratum} AS {kind}) END "
            f"* {2**_OUTCOME_BITS} + ({outcome})"
        )

    def unpacked(self, counts: pd.DataFrame) -> pd.DataFrame:
        """Put ``place_key``, ``stratum``, ``outcome`` and ``customer_group`` in place of ``cell``.

        Examples
        --------
        >>> import pandas as pd
        >>> counts = pd.DataFrame({"cell": [99 * 1024 + 3 * 32 + 2 * 4 + 1], "n": [5]})
        >>> Cells(n_strata=6, most_places=26).unpacked(counts).to_dict("records")
        [{'place_key': 3, 'stratum': 2, 'outcome': 1, 'customer_group': 99, 'n': 5}]
        """
        cell = counts["cell"].to_numpy(dtype=np.int64)
        parts = {
            "place_key": (cell >> self._place_at) & (2**self._place_bits - 1),
            "stratum": (cell >> _OUTCOME_BITS) & (2**self._stratum_bits - 1),
            "outcome": cell & (2**_OUTCOME_BITS - 1),
            "customer_group": cell >> self._group_at,
        }
        return counts.drop(columns="cell").assign(**parts)[[*parts, *counts.columns.drop("cell")]]

    @property
    def _stratum_bits(self) -> int:
        return (self.n_strata - 1).bit_length()

    @property
    def _place_bits(self) -> int:
        return self.most_places.bit_length()

    @property
    def _place_at(self) -> int:
        return _OUTCOME_BITS + self._stratum_bits

    @property
    def _group_at(self) -> int:
        return self._place_at + self._place_bits


@dataclass(frozen=True, slots=True)
class PackedLevel:
    """Where the code of a level lies: in which word, from which bit on, and how many bits it takes."""

    word: int
    at: int
    bits: int

    @property
    def sql(self) -> str:
        """The code, read from the words."""
        return f"((levels{self.word} >> {self.at}) & {2**self.bits - 1})"

    def code(self, words: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """Read the code from values of its word."""
        code: npt.NDArray[np.int64] = (words >> self.at) & (2**self.bits - 1)
        return code


def integer_for(n: int) -> str:
    """Give the narrowest type that numbers n things.

    Examples
    --------
    >>> integer_for(100), integer_for(10**6), integer_for(10**10)
    ('TINYINT', 'INTEGER', 'BIGINT')
    """
    return next((name for name, most in _LARGEST.items() if n <= most), "BIGINT")


def pack_levels(sizes: Sequence[int], steady: Sequence[bool]) -> list[PackedLevel]:
    """Put the codes of several splits in as few words as hold them; those that a customer keeps stand apart.

    Parameters
    ----------
    sizes
        How many levels each split has.
    steady
        Whether no customer changes within it. Words of such levels do not change within a customer either.

    Returns
    -------
    list of PackedLevel
        One per split.

    Examples
    --------
    >>> [level.sql for level in pack_levels([4, 3], [True, True])]
    ['((levels0 >> 0) & 3)', '((levels0 >> 2) & 3)']
    >>> [level.word for level in pack_levels([4, 3, 2], [True, False, True])]
    [0, 1, 0]
    """
    found: dict[int, PackedLevel] = {}
    word, used = -1, _WORD_BITS
    for kept in (True, False):
        used = _WORD_BITS
        for split in (split for split, is_steady in enumerate(steady) if is_steady == kept):
            bits = max(1, (sizes[split] - 1).bit_length())
            if used + bits > _WORD_BITS:
                word, used = word + 1, 0
            found[split] = PackedLevel(word, used, bits)
            used += bits
    return [found[split] for split in range(len(sizes))]

"""The correction for the number of looks, against the plain rule."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from journeymap.compare.correction import benjamini_hochberg

P_VALUES = st.lists(st.none() | st.floats(0, 1, allow_nan=False), max_size=12)


def plain_correction(p_values: list[float | None]) -> list[float | None]:
    """Follow Benjamini and Hochberg: the smallest p times n / rank at this rank or any later one."""
    known = sorted(value for value in p_values if value is not None)

    def corrected(value: float) -> float:
        ranks = [rank for rank, other in enumerate(known, start=1) if other >= value]
        return min(1.0, *(known[rank - 1] * len(known) / rank for rank in ranks))

    return [None if value is None else corrected(value) for value in p_values]


@given(P_VALUES)
def test_correction_is_the_plain_one(p_values: list[float | None]) -> None:
    found, expected = benjamini_hochberg(p_values), plain_correction(p_values)
    assert [value is None for value in found] == [value is None for value in p_values]
    known = [(ours, theirs) for ours, theirs in zip(found, expected, strict=True) if theirs is not None]
    assert [ours for ours, _ in known] == pytest.approx([theirs for _, theirs in known])


@given(P_VALUES)
def test_correction_keeps_the_order_and_only_raises(p_values: list[float | None]) -> None:
    pairs = [
        (p, q) for p, q in zip(p_values, benjamini_hochberg(p_values), strict=True) if p is not None and q is not None
    ]
    assert all(p <= q + 1e-15 <= 1 + 1e-12 for p, q in pairs)
    ordered = [q for _, q in sorted(pairs)]
    assert ordered == sorted(ordered)

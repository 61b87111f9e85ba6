"""Levels, a level and the rest, or periods against each other: at every place, corrected, with effect sizes."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from journeymap.compare.correction import benjamini_hochberg
from journeymap.compare.dealing import read_dealt
from journeymap.compare.differences import clustered_differences
from journeymap.compare.places import count_places
from journeymap.compare.profile_permutation import LEAST_HITS, permutation_test
from journeymap.errors import QuestionError
from journeymap.model.names import ALL_LEVELS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from journeymap.compare.differences import Counts, Differences
    from journeymap.compare.places import Places
    from journeymap.measure.funnel import Order
    from journeymap.segments.question import Question, Sides
    from journeymap.store.store import Store

LEAST_EFFECT: Final = 0.1
SIGNIFICANT: Final = 0.05
PROFILE: Final = "profile"
CLEAR: Final = ("higher", "lower")
"""The verdicts of differences that are significant after correction and at least as large as asked for."""

COLUMNS: Final = (
    "what", "place", "target", "a", "b", "rate_a", "rate_b", "difference", "ci_low", "ci_high", "ratio", "effect_size",
    "p_value", "q_value", "verdict", "hits_a", "units_a", "hits_b", "units_b", "customers_a", "customers_b",
    "immature_a", "immature_b",
)  # fmt: skip
_COUNTS: Final = COLUMNS[-8:]


def compare_sides(
    store: Store,
    question: Question,
    sides: Sequence[Sides],
    *,
    steps: Sequence[str] = (),
    window_us: int | None = None,
    order: Order = "ordered",
    least_effect: float = LEAST_EFFECT,
) -> pd.DataFrame:
    """Compare sides, every two of them, at every place.

    Parameters
    ----------
    store
        The open store.
    question
        Whom it is about; segments that split it are not looked at.
    sides
        What is compared; several comparisons are corrected together.
    steps, window_us, order
        A funnel whose steps are compared too; see :func:`journeymap.measure.funnel.funnel`.
    least_effect
        The least effect size, as Cohen's h, that counts as a difference; 0 or more.

    Returns
    -------
    DataFrame
        One row per pair of sides and place, clear differences first: ``what`` and ``place``, for transitions and steps
        also ``target``; the sides ``a`` and ``b``; ``rate_a`` and ``rate_b`` (0 to 1); ``difference`` (rate_a - rate_b)
        with its 95 % interval ``ci_low`` and ``ci_high``; ``ratio`` (rate_a / rate_b); ``effect_size`` (Cohen's h);
        ``p_value`` (two-sided, the customer is the unit); ``q_value`` (corrected over all rows but the profiles:
        Benjamini and Hochberg, 1995); ``verdict``; and what the rates are made of: ``hits_a`` / ``units_a``, ``hits_b``
        / ``units_b``, from ``customers_a`` and ``customers_b`` distinct customers; ``immature_a`` and ``immature_b``
        are units too young to count.

        ``what`` is one of: ``profile`` (all transitions together: the p-value of a permutation test, see
        :func:`journeymap.compare.profile_permutation.permutation_test`), ``outcome`` (converted, ended, abandoned or
        open / mature journeys), ``step`` (mature customers who came from one step to the next / those at the one),
        ``visit`` (mature journeys that visit the touchpoint / mature journeys), ``dropoff`` (visits that are the last
        of an abandoned journey / mature visits), ``transition`` (the next touchpoint or end / mature visits of the
        source).

        The verdict is ``higher`` or ``lower`` (a against b: q at the most 0.05 and an effect of ``least_effect`` or
        more), ``small`` (significant, but smaller), ``unclear``, or ``thin`` (fewer customers on a side than the
        minimum of the settings; not tested). That of a profile is ``differs`` or ``unclear``.

    Raises
    ------
    UnknownNameError
        When the segment, a level or a touchpoint is not known.
    QuestionError
        When there are not two sides, a funnel has one step, or the least effect is negative.

    Notes
    -----
    Not counted: transitions that fewer than five mature visits of all sides made, and whatever is immature.
    """
    if not least_effect >= 0:
        raise QuestionError(f"The least effect {least_effect:g} is negative.", hint="Give 0 or more, such as 0.2.")
    looked_at = [
        _compared(store, question, compared, steps=steps, window_us=window_us, order=order) for compared in sides
    ]
    frame = pd.concat([rows for rows, _ in looked_at], ignore_index=True)
    p_values = [None if np.isnan(value) else float(value) for value in frame["p_value"]]
    frame["q_value"] = np.array(benjamini_hochberg(p_values), dtype=np.float64)
    frame["verdict"] = _verdicts(frame, least_effect)
    profiles = pd.DataFrame([row for _, rows in looked_at for row in rows])
    frame = pd.concat([profiles, frame], ignore_index=True).loc[:, list(COLUMNS)]
    return _arranged(frame, [name for compared in sides for name in compared.names])


def _compared(
    store: Store, question: Question, sides: Sides, *, steps: Sequence[str], window_us: int | None, order: Order
) -> tuple[pd.DataFrame, list[dict[str, object]]]:
    """Give the rows of all pairs of sides, uncorrected, and those of their profiles."""
    asked = replace(question, by=(), sides=sides, by_side=True)
    names = sides.names
    minimum = store.settings.journey.minimum_customers
    places = count_places(store, asked, names, steps=steps, window_us=window_us, order=order, least_hits=LEAST_HITS)
    parts = []
    for (one, name_a), (two, name_b) in combinations(enumerate(names), 2):
        a, b = places.sides[one], places.sides[two]
        found = clustered_differences(a, b)
        tested = np.minimum(a.customers, b.customers) >= minimum
        parts.append(_rows(places, (a, name_a), (b, name_b), found, tested))
    enough = [bool(side.customers.max(initial=0.0) >= minimum) for side in places.sides]
    return pd.concat(parts, ignore_index=True), _profiles(store, asked, sides, enough)


def _rows(
    places: Places, a: tuple[Counts, str], b: tuple[Counts, str], found: Differences, tested: np.ndarray
) -> pd.DataFrame:
    rows: dict[str, object] = {
        "what": [what for what, _, _ in places.names],
        "place": [place for _, place, _ in places.names],
        "target": [target for _, _, target in places.names],
        "a": a[1],
        "b": b[1],
        "rate_a": a[0].rate,
        "rate_b": b[0].rate,
        "difference": found.difference,
        "ci_low": found.ci_low,
        "ci_high": found.ci_high,
        "ratio": found.ratio,
        "effect_size": found.effect_size,
        "p_value": np.where(tested, found.p_value, np.nan),
    }
    for name, side in (("a", a[0]), ("b", b[0])):
        rows |= {f"hits_{name}": side.n_hits, f"units_{name}": side.n_units, f"customers_{name}": side.customers}
        rows[f"immature_{name}"] = side.immature
    return pd.DataFrame(rows)


def _verdicts(frame: pd.DataFrame, least_effect: float) -> np.ndarray:
    significant = frame["q_value"] <= SIGNIFICANT
    large = frame["effect_size"].abs() >= least_effect
    return np.select(
        [
            frame["p_value"].isna(),
            significant & large & (frame["difference"] > 0),
            significant & large & (frame["difference"] < 0),
            significant & ~large,
        ],
        ["thin", *CLEAR, "small"],
        "unclear",
    )


def _profiles(store: Store, question: Question, sides: Sides, enough: Sequence[bool]) -> list[dict[str, object]]:
    """Test the profiles of every two sides that enough customers stand behind."""
    rows: list[dict[str, object]] = []
    for (name_a, enough_a), (name_b, enough_b) in combinations(zip(sides.names, enough, strict=True), 2):
        pair = question
        if len(sides.names) > 2:  # noqa: PLR2004 - with two they are the question's own
            pair = replace(question, sides=replace(sides, levels=(name_a, name_b)))
        p_value = permutation_test(read_dealt(store, pair)) if enough_a and enough_b else None
        verdict = "thin" if p_value is None else "differs" if p_value <= SIGNIFICANT else "unclear"
        rows.append(
            {"what": PROFILE, "place": ALL_LEVELS, "target": "", "a": name_a, "b": name_b}
            | {"p_value": np.nan if p_value is None else p_value, "verdict": verdict}
        )
    return rows


def _arranged(frame: pd.DataFrame, names: Sequence[str]) -> pd.DataFrame:
    """Put profiles first, then clear differences, the largest first, then the others, the least likely first."""
    order = {name: at for at, name in enumerate(dict.fromkeys(names))}
    work = frame.assign(
        __rank=frame["what"] != PROFILE,
        __clear=~frame["verdict"].isin(CLEAR),
        __small=frame["verdict"].map({"thin": 2, "unclear": 1}).fillna(0),
        __size=(-frame["effect_size"].abs()).where(frame["verdict"].isin(CLEAR), frame["p_value"]).fillna(1),
        __a=frame["a"].map(order),
        __b=frame["b"].map(order),
    )
    keys = ["__rank", "__clear", "__small", "__size", "what", "place", "target", "__a", "__b"]
    done = work.sort_values(keys, kind="stable").reset_index(drop=True)[list(COLUMNS)]
    return done.astype(dict.fromkeys(_COUNTS, "Int64"))

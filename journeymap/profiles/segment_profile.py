"""The profiles of a segment's levels as one value: a list by level, tables, and what to know of them."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any, Final

from journeymap.errors import UnknownNameError, suggest

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

    from journeymap.model.finding import Finding
    from journeymap.model.level_profile import Contrast, LevelProfile

_FIGURES: Final = ("goal_value", "visits_per_customer", "active_days_per_customer")
_TEXTS: Final = frozenset({"segment", "level", "paragraph", "what", "place", "target"})
_COUNTS: Final = frozenset(
    {"customers", "mature_customers", "journeys", "mature", "converted", "standing_out", "pain_points", "hits",
     "units", "hits_others", "units_others"}
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class SegmentProfile:
    """What each level of a segment is like beside all others.

    Attributes
    ----------
    segment
        Its name.
    profiles
        Of its levels, in their order.
    n_looked_at
        How many comparisons with all others were tested; q-values are corrected for all of them.
    n_examined
        How many places and levels were examined for pain points, which are corrected for among themselves.
    """

    segment: str
    profiles: tuple[LevelProfile, ...]
    n_looked_at: int
    n_examined: int

    def __len__(self) -> int:
        return len(self.profiles)

    def __iter__(self) -> Iterator[LevelProfile]:
        return iter(self.profiles)

    def __getitem__(self, level: str) -> LevelProfile:
        for item in self.profiles:
            if item.level == level:
                return item
        known = [item.level for item in self.profiles]
        raise UnknownNameError(
            f"There is no profile of the level '{level}' of '{self.segment}'. {suggest(level, known)}",
            hint="Ask for it: shop.profile(segment, level).",
        )

    def to_frame(self) -> pd.DataFrame:
        """Give one row per level.

        Returns
        -------
        DataFrame
            ``segment``, ``level``, ``customers``, ``customer_share`` (of all; missing where the segment is of
            journeys), ``mature_customers`` (with a mature journey), ``journeys``, ``journey_share``, ``mature``
            (journeys), ``converted``, ``conversion_rate`` (converted / mature) with ``ci_low`` and ``ci_high``,
            ``conversion_rate_others``, ``difference`` with ``difference_low`` and ``difference_high``, ``q_value``,
            ``value`` (of all its goal visits), ``goal_value`` (mean), ``visits_per_customer`` and
            ``active_days_per_customer`` (mature journeys per customer with one), each with its ``_low`` and ``_high``,
            ``seconds_to_goal`` (median of mature converted journeys), ``standing_out`` (how many channels, touchpoints,
            transitions and drop-offs clearly do), ``pain_points`` (how many it has more of), and the ``paragraph``.
        """
        return _frame([_facts(item) for item in self.profiles])

    def contrasts(self) -> pd.DataFrame:
        """Give one row per level and place that was compared with all others.

        Returns
        -------
        DataFrame
            ``segment``, ``level``, ``what``, ``place``, ``target``, ``rate`` (``hits`` / ``units``) with ``ci_low`` and
            ``ci_high``, ``rate_others``, ``difference`` with ``difference_low`` and ``difference_high``, ``ratio``,
            ``effect_size``, ``q_value``, ``is_clear``, ``hits``, ``units``, ``hits_others``, ``units_others``; see
            :class:`journeymap.model.level_profile.Contrast`. The clear ones of a level come first.
        """
        return _frame(
            [
                {"segment": item.segment, "level": item.level} | contrast_record(told)
                for item in self.profiles
                for told in item.contrasts
            ]
        )

    def records(self) -> list[dict[str, Any]]:
        """Give what :meth:`to_frame` has as records, with ``channels``, ``standing_out``, ``pain_points`` and
        ``support`` as lists of records instead of counts.
        """  # noqa: D205 - one sentence
        found = []
        for item in self.profiles:
            record = _facts(item)
            for name in ("standing_out", "pain_points", "paragraph"):
                del record[name]
            found.append(
                record
                | {
                    "paragraph": item.paragraph,
                    "channels": [contrast_record(told) for told in item.channels],
                    "standing_out": [contrast_record(told) for told in item.standing_out],
                    "pain_points": [_finding_record(told) for told in item.findings],
                    "support": [_finding_record(told) for told in item.support],
                }
            )
        return found

    def __repr__(self) -> str:
        return "\n\n".join(item.paragraph for item in self.profiles)

    def _repr_html_(self) -> str:
        """Draw the table for a notebook."""
        rows = "".join(
            f"<tr><td>{escape(item.level)}</td><td style='text-align: left'>{escape(item.paragraph)}</td></tr>"
            for item in self.profiles
        )
        return f"<table><thead><tr><th>{escape(self.segment)}</th><th></th></tr></thead><tbody>{rows}</tbody></table>"


def contrast_record(item: Contrast) -> dict[str, Any]:
    """Give a comparison as one record."""
    return {
        "what": item.what,
        "place": item.place,
        "target": item.target,
        "rate": item.here.rate,
        "ci_low": item.here.ci_low,
        "ci_high": item.here.ci_high,
        "rate_others": item.others.rate,
        "difference": item.difference,
        "difference_low": item.difference_low,
        "difference_high": item.difference_high,
        "ratio": item.ratio,
        "effect_size": item.effect_size,
        "q_value": item.q_value,
        "is_clear": item.is_clear,
        "hits": item.here.numerator,
        "units": item.here.denominator,
        "hits_others": item.others.numerator,
        "units_others": item.others.denominator,
    }


def _finding_record(item: Finding) -> dict[str, Any]:
    names = ("kind", "place", "severity", "rate", "ci_low", "ci_high", "baseline", "lift", "q_value", "customers")
    more = ("n_hits", "n_units", "is_reported")
    return {name: getattr(item, name) for name in (*names, *more)}


def _facts(item: LevelProfile) -> dict[str, Any]:
    summary, told = item.summary, item.conversion
    record: dict[str, Any] = {
        "segment": item.segment,
        "level": item.level,
        "customers": summary.customers,
        "customer_share": item.customer_share,
        "mature_customers": item.mature_customers,
        "journeys": summary.journeys,
        "journey_share": item.journey_share,
        "mature": summary.mature,
        "converted": summary.converted,
        "conversion_rate": summary.conversion.rate,
        "ci_low": summary.conversion.ci_low,
        "ci_high": summary.conversion.ci_high,
        "conversion_rate_others": None if told is None else told.others.rate,
        "difference": None if told is None else told.difference,
        "difference_low": None if told is None else told.difference_low,
        "difference_high": None if told is None else told.difference_high,
        "q_value": None if told is None else told.q_value,
        "value": item.value,
    }
    for name in _FIGURES:
        figure = item.figure(name)
        record[name] = None if figure is None else figure.here
        record[f"{name}_low"] = None if figure is None else figure.here_low
        record[f"{name}_high"] = None if figure is None else figure.here_high
    return record | {
        "seconds_to_goal": item.seconds_to_goal,
        "standing_out": len(item.standing_out),
        "pain_points": len(item.findings),
        "paragraph": item.paragraph,
    }


def _frame(records: list[dict[str, Any]]) -> pd.DataFrame:
    import pandas as pd

    frame = pd.DataFrame(records)
    plain = _TEXTS | _COUNTS | {"is_clear"}
    return frame.astype({name: "float64" for name in frame.columns if name not in plain})

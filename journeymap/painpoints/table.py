"""Findings as a list that is also a table."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

from journeymap.measure.tables import shown_names
from journeymap.model.names import ALL_LEVELS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import pandas as pd

    from journeymap.model.finding import Finding
    from journeymap.painpoints.look import Skipped

COLUMNS = (
    "kind", "place", "severity", "rate", "ci_low", "ci_high", "baseline", "lift", "q_value", "customers", "journeys",
    "revenue_at_risk", "opportunity",
)  # fmt: skip


class PainPoints(list["Finding"]):
    """Findings, worst first: a list, with a frame and a table for notebooks.

    Attributes
    ----------
    segments
        The segments that split the question together; each is a column.
    each
        The segments that split it one at a time; then there are the columns ``segment`` and ``level``.
    skipped
        The detectors that could not run, and why.
    n_examined
        The places and levels that were looked at, reported or not.
    """

    def __init__(
        self,
        findings: Iterable[Finding] = (),
        segments: Sequence[str] = (),
        *,
        each: Sequence[str] = (),
        skipped: Sequence[Skipped] = (),
        n_examined: int | None = None,
    ) -> None:
        super().__init__(findings)
        self.segments = tuple(segments)
        self.each = tuple(each)
        self.skipped = tuple(skipped)
        self.n_examined = len(self) if n_examined is None else n_examined

    @property
    def level_columns(self) -> list[str]:
        """The columns of the levels, which stand first."""
        return ["segment", "level"] if self.each else shown_names(self.segments, set(COLUMNS))

    def records(self) -> list[dict[str, Any]]:
        """Give one record per finding: the levels, then the columns of the command line."""
        return [self._levels(finding) | {name: getattr(finding, name) for name in COLUMNS} for finding in self]

    def to_frame(self) -> pd.DataFrame:
        """Give the findings as a pandas frame; a missing number is NaN."""
        import pandas as pd

        frame = pd.DataFrame(self.records(), columns=[*self.level_columns, *COLUMNS])
        numbers = [name for name in COLUMNS if name not in {"kind", "place", "customers", "journeys"}]
        return frame.astype(dict.fromkeys(numbers, "float64"))

    def __repr__(self) -> str:
        return self.to_frame().to_string() if self else "PainPoints([])"

    def _repr_html_(self) -> str:
        """Draw the table for a notebook."""
        if not self:
            return "<p>No pain points were found.</p>"
        heads = [*self.level_columns, "kind", "place", "rate (95 % interval)", "lift", "customers", "severity"]
        rows = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in self._cells(finding))}</tr>" for finding in self)
        head = "".join(f"<th>{escape(name)}</th>" for name in heads)
        return f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"

    def _levels(self, finding: Finding) -> dict[str, str]:
        if self.each:
            segment, level = finding.levels[0] if finding.levels else ("", ALL_LEVELS)
            return {"segment": segment, "level": level}
        levels = dict(finding.levels)
        named = zip(self.level_columns, self.segments, strict=True)
        return {column: levels.get(name, ALL_LEVELS) for column, name in named}

    def _cells(self, finding: Finding) -> list[str]:
        rate = "" if finding.rate is None else (
            f"{finding.rate:.1%} of {finding.n_units:,} ({finding.ci_low:.1%} to {finding.ci_high:.1%})"
        )  # fmt: skip
        lift = "" if finding.lift is None else f"{finding.lift:.2f}"
        levels = [escape(level) for level in self._levels(finding).values()]
        return [
            *levels, escape(finding.kind), escape(finding.place), rate, lift, f"{finding.customers:,}",
            f"{finding.severity:.2f}",
        ]  # fmt: skip

"""Findings as a list that is also a table."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

    from journeymap.model.finding import Finding

COLUMNS = (
    "kind", "place", "severity", "rate", "ci_low", "ci_high", "baseline", "lift", "q_value", "customers", "journeys",
    "revenue_at_risk", "opportunity",
)  # fmt: skip


class PainPoints(list["Finding"]):
    """Findings, worst first: a list, with a frame and a table for notebooks."""

    def records(self) -> list[dict[str, Any]]:
        """Give one record per finding: the levels, then the columns of the command line."""
        return [
            {_level_column(name): level for name, level in finding.levels}
            | {name: getattr(finding, name) for name in COLUMNS}
            for finding in self
        ]

    def to_frame(self) -> pd.DataFrame:
        """Give the findings as a pandas frame; a missing number is NaN."""
        import pandas as pd

        levels = [_level_column(name) for name, _ in self[0].levels] if self else []
        frame = pd.DataFrame(self.records(), columns=[*levels, *COLUMNS])
        numbers = [name for name in COLUMNS if name not in {"kind", "place", "customers", "journeys"}]
        return frame.astype(dict.fromkeys(numbers, "float64"))

    def __repr__(self) -> str:
        return self.to_frame().to_string() if self else "PainPoints([])"

    def _repr_html_(self) -> str:
        """Draw the table for a notebook."""
        if not self:
            return "<p>No pain points were found.</p>"
        heads = [
            *(name for name, _ in self[0].levels),
            "place",
            "rate (95 % interval)",
            "lift",
            "customers",
            "severity",
        ]
        rows = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in _cells(finding))}</tr>" for finding in self)
        head = "".join(f"<th>{escape(name)}</th>" for name in heads)
        return f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"


def _level_column(segment: str) -> str:
    """Name the column of a segment's levels as the measures do: ``by_NAME`` where a column is called so already."""
    return f"by_{segment}" if segment in COLUMNS else segment


def _cells(finding: Finding) -> list[str]:
    rate = "" if finding.rate is None else (
        f"{finding.rate:.1%} of {finding.n_units:,} ({finding.ci_low:.1%} to {finding.ci_high:.1%})"
    )  # fmt: skip
    lift = "" if finding.lift is None else f"{finding.lift:.2f}"
    levels = [escape(level) for _, level in finding.levels]
    return [*levels, escape(finding.place), rate, lift, f"{finding.customers:,}", f"{finding.severity:.2f}"]

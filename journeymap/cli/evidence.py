"""What stands behind a pain point, as lines for the prompt."""

from __future__ import annotations

from typing import TYPE_CHECKING

from journeymap.cli.limits import place_of
from journeymap.cli.talk import visible

if TYPE_CHECKING:
    from journeymap.painpoints.evidence import Evidence


def evidence_lines(evidence: Evidence) -> str:
    """Write the evidence: counts, comparison, consequences, where they went, whom it hits hardest, and the SQL."""
    item = evidence.finding
    lines = [f"{item.kind}: {place_of(item.levels, item.place)}", ""]

    def say(head: str, text: str) -> None:
        if text:
            lines.append(f"{head:<22}{text}")

    say("Counts", f"{item.n_hits:,} of {item.n_units:,} {item.unit} hit; {item.n_immature:,} are too young to judge")
    say("Whom", f"{item.customers:,} customers, {item.journeys:,} journeys{' (few: thin data)' if item.thin else ''}")
    if item.rate is not None:
        say("Rate", f"{_share(item.rate)}, 95 % interval {_share(item.ci_low)} to {_share(item.ci_high)}")
    say("Shrunken rate", _share(item.shrunken_rate))
    if item.baseline is not None:
        lift = "" if item.lift is None else f", {item.lift:.2f} times that"
        say("Compared with", f"{item.compared_with}: {_share(item.baseline)}{lift}")
    say("Certainty", "" if item.q_value is None else f"q = {item.q_value:.2g}, corrected for all that was looked at")
    say("Days", f"{item.began} to {item.ended}" if item.began else "")
    if item.n_excess is not None:
        say("In excess", f"{item.n_excess:,} {item.excess}, in {item.n_hits:,} {item.unit} hit")
    say("What goes with it", ", ".join(f"{what}: {_share(number)}" for what, number in item.consequences))
    say("Revenue at risk", "" if item.revenue_at_risk is None else f"{item.revenue_at_risk:,.0f}")
    if item.opportunity is not None:
        low_high = (
            "" if item.opportunity_low is None or item.opportunity_high is None
            else f" ({item.opportunity_low:,.0f} to {item.opportunity_high:,.0f})"
        )  # fmt: skip
        say("Opportunity", f"{item.opportunity:,.0f}{low_high} {item.assumption}")
    say("What is usually done", item.action)
    say("Where they went", ", ".join(f"{name} {count:,}" for name, count in evidence.went))
    say("Whom it hits hardest", "; ".join(
        f"{place_of(other.levels, _share(other.rate))}, {other.lift:.1f} times" for other in evidence.hardest
    ))  # fmt: skip
    say("Examples", ", ".join(evidence.examples))
    return "\n".join(visible(line) for line in lines) + f"\n\n{evidence.query}\n"


def _share(rate: float | None) -> str:
    return "" if rate is None else f"{rate * 100:.1f} %"

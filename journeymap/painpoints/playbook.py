"""What is usually done about a pain point, filled in with whom it hits and the numbers."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from journeymap.model.catalog import plain_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    from journeymap.model.finding import Finding


def with_actions(findings: Sequence[Finding], own: Sequence[tuple[str, str]] = ()) -> list[Finding]:
    """Give findings their ``action``.

    Parameters
    ----------
    findings
        What was found.
    own
        The settings' ``[playbook]``: (kind, or kind and touchpoint, what is done) pairs, which come before ours.
    """
    book = {**_ours(), **{_entry(key): text for key, text in own}}
    return [replace(finding, action=action(finding, book)) for finding in findings]


def action(finding: Finding, book: dict[str, str]) -> str:
    """Write the action for a finding, "" where the book has none.

    Examples
    --------
    >>> from journeymap.model.finding import Finding
    >>> found = Finding(
    ...     kind="abandonment", place="after cart without order within 7d", touchpoint="cart",
    ...     levels=(("region", "south"),), severity=0.5, n_hits=747, n_units=956, n_immature=0, rate=0.78, ci_low=0.75,
    ...     ci_high=0.81, baseline=0.6, lift=1.3, q_value=0.001, customers=458, journeys=502, revenue_at_risk=None,
    ...     opportunity=None,
    ... )
    >>> action(found, {"abandonment": "remind within a day"})
    'remind within a day, for region south: 458 customers hit in 747 of 956 attempts (78.0 %), 1.3 times the baseline'
    """
    words = plain_name(finding.touchpoint).split("_")
    keys = [
        f"{finding.kind} {plain_name(finding.touchpoint)}",
        *(f"{finding.kind} {word}" for word in words),
        finding.kind,
    ]
    advice = next((book[key] for key in keys if key in book), None)
    if advice is None:
        return ""
    whom = "".join(f", for {segment} {level}" for segment, level in finding.levels)
    when = f", {finding.began} to {finding.ended}" if finding.began else ""
    share = "" if finding.rate is None else f" ({finding.rate:.1%})".replace("%", " %")
    told = f"{finding.customers:,} customers hit in {finding.n_hits:,} of {finding.n_units:,} {finding.unit}{share}"
    lift = "" if finding.lift is None else f", {finding.lift:.1f} times the baseline"
    return f"{advice}{whom}{when}: {told}{lift}"


@cache
def _ours() -> dict[str, str]:
    text = files("journeymap.painpoints").joinpath("playbook.toml").read_text(encoding="utf-8")
    return {_entry(key): str(value) for key, value in tomllib.loads(text).items()}


def _entry(key: str) -> str:
    """Write a key as kind, or kind and touchpoint, in one spelling."""
    kind, _, touchpoint = key.strip().partition(" ")
    return f"{kind} {plain_name(touchpoint)}" if touchpoint else kind

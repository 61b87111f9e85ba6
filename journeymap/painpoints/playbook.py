"""What is usually done about a pain point, filled in with whom it hits and the numbers."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Final

from journeymap.model.catalog import plain_name

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from journeymap.model.finding import Finding

LEVEL: Final = "level"
"""How the entries of levels begin."""


def with_actions(findings: Sequence[Finding], own: Sequence[tuple[str, str]] = ()) -> list[Finding]:
    """Give findings their ``action``.

    Parameters
    ----------
    findings
        What was found.
    own
        The settings' ``[playbook]``: (kind, or kind and touchpoint, what is done) pairs, which come before ours.
    """
    book = playbook(own)
    return [replace(finding, action=action(finding, book)) for finding in findings]


def playbook(own: Sequence[tuple[str, str]] = ()) -> dict[str, str]:
    """Give what is usually done, by entry: a kind, a kind and a touchpoint, or :func:`level_entry`.

    Parameters
    ----------
    own
        The settings' ``[playbook]``, which comes before ours.
    """
    return {**_ours(), **{_entry(key): text for key, text in own}}


def advice_on(kind: str, touchpoint: str, book: Mapping[str, str]) -> str:
    """Give what is usually done about a kind of pain point at a touchpoint, "" where the book has nothing.

    Examples
    --------
    >>> advice_on("abandonment", "addToCart", {"abandonment": "remind", "abandonment cart": "free shipping"})
    'free shipping'
    """
    name = plain_name(touchpoint)
    keys = [f"{kind} {name}", *(f"{kind} {word}" for word in name.split("_")), kind]
    return next((book[key] for key in keys if key in book), "")


def level_entry(*names: str) -> str:
    """Write the entry of a level: ``level``, the segment (or a built-in kind) and the level, in one spelling.

    Examples
    --------
    >>> level_entry("lifecycle", "At  risk"), level_entry("repeat")
    ('level lifecycle at risk', 'level repeat')
    """
    return " ".join(f"{LEVEL} {' '.join(names)}".casefold().split())


def action(finding: Finding, book: Mapping[str, str]) -> str:
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
    advice = advice_on(finding.kind, finding.touchpoint, book)
    if not advice:
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
    """Write a key as kind, kind and touchpoint, or level, in one spelling."""
    kind, _, touchpoint = key.strip().partition(" ")
    if kind.casefold() == LEVEL and touchpoint:
        return level_entry(touchpoint)
    return f"{kind} {plain_name(touchpoint)}" if touchpoint else kind

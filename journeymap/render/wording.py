"""Findings in words for people: short sentences that name the place and carry the numbers."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from journeymap.render import amounts

if TYPE_CHECKING:
    from journeymap.model.finding import Finding

_HAPPENS: Final = {
    "drop_off": "leave for good",
    "loop": "go in circles",
    "slow_step": "take too long",
    "support_contact": "need support",
    "failed_search": "search in vain",
    "dead_end": "find no way on",
    "error": "run into an error",
    "low_score": "are dissatisfied",
    "channel_switch": "change the channel",
    "regret": "undo what they did",
    "sudden_change": "changed suddenly",
}
"""What happens to the units of a kind of finding."""

_OF_ONE: Final = {"go": "goes", "search": "searches", "are": "is", "undo": "undoes", "changed": "changed"}
"""The verbs of those as one customer does them, where an s is not enough."""

_SENTENCES: Final = {
    "loop": (
        (r"(.+) again and again", "{who} repeat {0}"),
        (r"from (.+) back to an earlier stage", "{who} fall back from {0} to an earlier stage"),
        (r"from (.+) to (.+) and back", "{who} go from {0} to {1} and back"),
    ),
    "slow_step": (
        (r"(.+) \((.+)\)", "{who} wait too long at {0} ({1})"),
        (r"(.+) to (.+)", "{who} from {0} to {1} take too long"),
    ),
    "support_contact": ((r"support after (.+)", "{who} need support after {0}"),),
    "failed_search": ((r"(.+) without a find", "{who} find nothing at {0}"),),
    "dead_end": ((r"left after (.+)", "{who} leave right after {0}"),),
    "error": ((r"(.+) after (.+)", "{who} run into {0} after {1}"),),
    "low_score": ((r"low score of (.+)", "{who} of {0} are low"),),
    "channel_switch": ((r"from (.+) to (.+)", "{who} change from {0} to {1}"),),
    "regret": ((r"(.+) after (.+)", "{who} ({1}) are followed by {0}"),),
    "sudden_change": ((r"(.+) \(\w+\), \S+ to \S+", "for some days {who}: {0}"),),
}
"""What our own detectors' places make of a sentence."""

_PLACED: Final = ("after ", "at ", "before ", "between ", "from ", "in ", "on ", "to ", "within ", "without ")
_CLOSE: Final = 0.05
"""A lift this near to 1 is not worth a word."""


def headline(finding: Finding) -> str:
    """Say in one sentence what hurts and where, whatever the kind.

    Returns
    -------
    str
        ``78 % of attempts after cart end without order within 7d``, ``40 % of visits leave for good at payment``. Where
        there is no rate: ``700 customers run into an error at payment``.
    """
    who = f"{amounts.share(finding.rate, 0)} of {finding.unit}" if finding.rate is not None else _customers(finding)
    place = finding.place or finding.touchpoint
    if finding.kind == "abandonment" and place.startswith("after "):
        start, found, end = place.partition(" without ")
        return f"{who} {start} end without {end}" if found else f"{who} {place} are abandoned"
    for pattern, sentence in _SENTENCES.get(finding.kind, ()) if finding.rate is not None else ():
        if found_in := re.fullmatch(pattern, place):
            return sentence.format(*found_in.groups(), who=who)
    happens = _HAPPENS.get(finding.kind)
    if happens is not None and finding.rate is None and finding.customers == 1:
        first, _, rest = happens.partition(" ")
        happens = f"{_OF_ONE.get(first, f'{first}s')} {rest}"
    where = place if place.startswith(_PLACED) else f"at {place}"
    if happens is None:
        return f"{finding.kind.replace('_', ' ').replace('-', ' ')} {where}: {who}"
    return f"{who} {happens} {where}"


def evidence(finding: Finding, *, money: bool = True) -> str:
    """Say what a finding stands on; ``money`` says whether what is at risk belongs to it.

    Returns
    -------
    str
        ``747 of 956 (75-81 %), 1.3x all, 58.3 k at risk``.
    """
    said = []
    if finding.rate is not None:
        counts = f"{amounts.count(finding.n_hits)} of {amounts.count(finding.n_units)}"
        if finding.ci_low is not None and finding.ci_high is not None:
            counts += f" ({finding.ci_low * 100:.0f}–{finding.ci_high * 100:.0f} %)"  # noqa: RUF001 - a range
        said.append(counts)
    if finding.lift is not None and abs(finding.lift - 1) > _CLOSE:
        is_all = not finding.compared_with or finding.compared_with.startswith("all levels")
        said.append(f"{finding.lift:.1f}x {'all' if is_all else finding.compared_with}")
    if money and finding.revenue_at_risk:
        said.append(f"{amounts.short(finding.revenue_at_risk)} at risk")
    if finding.began:
        said.append(finding.began if finding.ended in ("", finding.began) else f"{finding.began} to {finding.ended}")
    if finding.thin:
        said.append("thin data")
    return ", ".join(said)


def say_finding(finding: Finding) -> str:
    """Say a finding with what it stands on, in one line."""
    shown = evidence(finding)
    return f"{headline(finding)}: {shown}" if shown else headline(finding)


def say_opportunity(finding: Finding) -> str:
    """Say what mending a finding would gain, and what is usually done; "" where neither is known.

    Returns
    -------
    str
        ``cart: 58.3 k at risk; +12.3 k if the rate fell to the best level's (60.2 %) and the attempts won were worth
        their mean value``.
    """
    gain = f"{_gain(finding)} {finding.assumption}".strip() if finding.opportunity else ""
    money = "; ".join(part for part in (_at_risk(finding), gain) if part)
    said = [part for part in (money, finding.action[:1].upper() + finding.action[1:]) if part]
    return f"{finding.touchpoint}: {'. '.join(said)}" if said else ""


def say_gain(finding: Finding) -> str:
    """Say in few words what mending a finding would gain; "" where that is not known.

    Returns
    -------
    str
        ``cart: +12.3 k (11.1 k to 13.7 k), 58.3 k at risk``.
    """
    parts = [part for part in (_gain(finding), _at_risk(finding)) if part]
    return f"{finding.touchpoint}: {', '.join(parts)}" if finding.opportunity else ""


def _gain(finding: Finding) -> str:
    if not finding.opportunity:
        return ""
    unit = "" if finding.revenue_at_risk is not None else " goals"
    gain = f"+{amounts.short(finding.opportunity)}{unit}"
    if finding.opportunity_low is None or finding.opportunity_high is None:
        return gain
    return f"{gain} ({amounts.short(finding.opportunity_low)} to {amounts.short(finding.opportunity_high)})"


def _at_risk(finding: Finding) -> str:
    return f"{amounts.short(finding.revenue_at_risk)} at risk" if finding.revenue_at_risk else ""


def _customers(finding: Finding) -> str:
    return f"{amounts.count(finding.customers)} {'customer' if finding.customers == 1 else 'customers'}"

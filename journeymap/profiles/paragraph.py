"""One paragraph on a level: how it behaves and what it needs. It says only what stands up, with the tables' numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from journeymap.model.names import CONVERTED, ENDED, OPEN, START

if TYPE_CHECKING:
    from collections.abc import Sequence

    from journeymap.model.finding import Finding
    from journeymap.model.level_profile import Contrast, Figure, LevelProfile

N_TOLD: Final = 3
"""How many differences of a kind are told, and in a way: more, less."""
N_NEEDS: Final = 4
"""How many pain points are told."""

_LEAST_SHOWN: Final = 0.0005

_NEEDS: Final = {
    "abandonment": "a way to finish what they began",
    "drop_off": "a reason to go on",
    "loop": "a straight way on",
    "slow_step": "less waiting",
    "support_contact": "an answer before they have to ask",
    "failed_search": "a search that finds",
    "dead_end": "a way on",
    "error": "a way without errors",
    "low_score": "a better experience",
    "channel_switch": "to get it done in one channel",
    "regret": "to get what they expected",
}
"""What a pain point of a kind says that customers lack."""

_PLACES: Final = {"drop_off": "leaving for good at {}", "slow_step": "waiting at {}"}
"""How the place of a kind is told where the place alone does not say what happens there."""

_ENDS: Final = {CONVERTED: "end there, converted", ENDED: "end there without success", OPEN: "have not gone on so far"}
"""What it means that a journey goes on to an end."""


def write_paragraph(profile: LevelProfile) -> str:
    """Write what a level is like.

    Parameters
    ----------
    profile
        Its numbers; the paragraph that it has is not looked at.

    Returns
    -------
    str
        Its size and its conversion; then differences from all others that are significant after correction and large
        enough; then what it needs, from the pain points that it has more of than all levels together. Where nothing of
        that stands up, it says so.
    """
    summary = profile.summary
    name = f"{profile.segment} = {profile.level}"
    if not summary.journeys:
        return f"{name} has no journeys."
    said = [_size(profile, name)]
    if summary.thin:
        return " ".join([*said, "That is too few to say how they differ from all others."])
    said.append(_conversion(profile))
    differences = [
        *(_mean(item) for item in profile.figures if item.is_clear),
        _channels(profile.standing_out),
        _visits(profile.standing_out),
        *_transitions(profile.standing_out),
        _dropoffs(profile.standing_out),
        _needs(profile.findings),
    ]
    told = [sentence for sentence in differences if sentence]
    conversion = profile.conversion
    tested = [item.q_value for item in profile.contrasts] + [item.q_value for item in profile.figures]
    if not told and all(q_value is None for q_value in tested):
        told = ["There is too little to compare them with all others."]
    if not told:
        also = "else " if conversion is not None and conversion.is_clear else ""
        told = [f"Nothing {also}that was looked at sets them clearly apart from all others."]
    return " ".join([*said, *told])


def _size(profile: LevelProfile, name: str) -> str:
    customers, journeys = profile.summary.customers, profile.summary.journeys
    if profile.customer_share is not None:
        return f"{name} has {_counted(customers, 'customer')}, {percent(profile.customer_share)} of all."
    return (
        f"{name} has {_counted(journeys, 'journey')}, {percent(profile.journey_share)} of all, "
        f"by {_counted(customers, 'customer')}."
    )


def _conversion(profile: LevelProfile) -> str:
    summary = profile.summary
    if not summary.goals:
        return "No goal is known, so nothing can be said of conversion."
    if not summary.mature:
        return "None of its journeys is old enough to judge."
    mature = _counted(summary.mature, "mature journey")
    told = profile.conversion
    if told is None or told.here.rate is None or told.others.rate is None:
        return f"{percent(summary.conversion.rate or 0.0)} of {mature} converted."
    here, others = percent(told.here.rate), percent(told.others.rate)
    if told.is_clear:
        way = "more" if told.is_over else "less"
        return f"They convert {way} often than all others: {here} of {mature}, against {others}."
    return f"{here} of {mature} converted, which is not clearly different from all others ({others})."


def _mean(item: Figure) -> str:
    if item.here is None or item.others is None:
        return ""
    is_more = item.here > item.others
    if item.name == "goal_value":
        return (
            f"A goal is worth {'more' if is_more else 'less'}: {amount(item.here)} on average, "
            f"against {amount(item.others)}."
        )
    numbers = f"{item.here:.1f} against {item.others:.1f} per customer"
    if item.name == "visits_per_customer":
        return f"They make {'more' if is_more else 'fewer'} visits: {numbers}."
    return f"They come on {'more' if is_more else 'fewer'} days: {numbers}."


def _channels(found: Sequence[Contrast]) -> str:
    chosen = [item for item in found if item.what == "channel" and item.place]
    return _both_ways(chosen, "{} of their visits are by", "{} by", ("more", "fewer"))


def _visits(found: Sequence[Contrast]) -> str:
    chosen = [item for item in found if item.what == "visit"]
    return _both_ways(chosen, "{} of their journeys come to", "{} to", ("more", "fewer"))


def _dropoffs(found: Sequence[Contrast]) -> str:
    chosen = [item for item in found if item.what == "dropoff"]
    return _both_ways(chosen, "they leave for good {} often after", "{} often after", ("more", "less"))


def _transitions(found: Sequence[Contrast]) -> list[str]:
    """Tell the largest differences of what follows, by where from."""
    chosen = [item for item in found if item.what == "transition"][:N_TOLD]
    sentences = []
    for source in dict.fromkeys(item.place for item in chosen):
        own = [item for item in chosen if item.place == source]
        parts = [f"{_way(item)} often at {item.target} ({_against(item)})" for item in own]
        if source == START:
            sentences.append(f"Their journeys begin {_joined(parts)}.")
            continue
        parts = [f"{_way(item)} often to {item.target} ({_against(item)})" for item in own if item.target not in _ENDS]
        if parts:
            sentences.append(f"From {source} they go on {_joined(parts)}.")
        sentences += [
            f"After {source} {'more' if item.is_over else 'fewer'} journeys {_ENDS[item.target]} ({_against(item)})."
            for item in own
            if item.target in _ENDS
        ]
    return sentences


def _needs(findings: Sequence[Finding]) -> str:
    """Tell what customers lack, each once, with the places that say so."""
    told: dict[str, list[str]] = {}
    for item in findings[:N_NEEDS]:
        if item.rate is None:
            continue
        place = _PLACES.get(item.kind, "{}").format(item.place)
        need = _NEEDS.get(item.kind, f"help with {item.kind.replace('_', ' ')}")
        against = "" if item.baseline is None else f" against {percent(item.baseline)}"
        told.setdefault(need, []).append(f"{place}, {percent(item.rate)} of {item.unit}{against}")
    parts = [f"{need} ({'; '.join(places)})" for need, places in told.items()]
    return f"By what hurts them more than all levels together, they need {_joined(parts)}." if parts else ""


def _way(item: Contrast) -> str:
    return "more" if item.is_over else "less"


def _both_ways(found: Sequence[Contrast], opening: str, again: str, words: tuple[str, str]) -> str:
    """Tell in one sentence what there is more of, then what there is less of."""
    ways = ([item for item in found if item.is_over], [item for item in found if item.is_under])
    parts: list[str] = []
    for word, items in zip(words, ways, strict=True):
        if items:
            parts.append(f"{(again if parts else opening).format(word)} {_listed(items[:N_TOLD])}")
    text = "; ".join(parts)
    return f"{text[0].upper()}{text[1:]}." if text else ""


def _listed(items: Sequence[Contrast]) -> str:
    return _joined([f"{item.place} ({_against(item)})" for item in items])


def _against(item: Contrast) -> str:
    return f"{percent(item.here.rate or 0.0)} against {percent(item.others.rate or 0.0)}"


def _joined(parts: Sequence[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def percent(share: float) -> str:
    """Write a share as percent; what is there does not become nothing.

    Examples
    --------
    >>> percent(0.2618), percent(0.0), percent(0.0002)
    ('26.2 %', '0.0 %', 'under 0.1 %')
    """
    return "under 0.1 %" if 0 < share < _LEAST_SHOWN else f"{share * 100:.1f} %"


def amount(number: float) -> str:
    """Write a mean amount; from a hundred on without decimals.

    Examples
    --------
    >>> amount(78.016), amount(1234.5)
    ('78.02', '1,234')
    """
    return f"{number:,.0f}" if abs(number) >= 100 else f"{number:,.2f}"  # noqa: PLR2004 - three digits say enough

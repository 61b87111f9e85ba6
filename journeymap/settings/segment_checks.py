"""Whether the entries of a ``[segments.NAME]`` table can be used, and go together."""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING, Final, get_args

from journeymap.settings.faults import Fault, Place, choice, shown
from journeymap.settings.schema import length_can_be_written
from journeymap.settings.values import AsOf, SegmentKind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from journeymap.settings.values import SegmentSettings

FEWEST_QUANTILES: Final = 2
MOST_QUANTILES: Final = 100
RESERVED_LEVELS: Final = ("(none)", "(all)")
_SOURCES: Final = ("column", "kind", "of", "path", "rule")
_USED_WITH: Final = {
    "bins": "column or kind = 'pareto'",
    "quantiles": "column or kind = 'value_tier'",
    "labels": "a column that is cut, or kind = 'value_tier' or 'pareto'",
    "depth": "path",
    "at_risk": "kind = 'lifecycle'",
    "lapsed": "kind = 'lifecycle' or 'engagement'",
    "loyal": "kind = 'lifecycle'",
    "other": "rule",
}


def segment_texts(place: Place, segment: SegmentSettings) -> Iterator[tuple[Place, str]]:
    """Give every text of a segment that must not be empty, and its place."""
    for key, text in (("column", segment.column), ("kind", segment.kind), ("other", segment.other)):
        if text is not None:
            yield (*place, key), text
    for key, texts in (("labels", segment.labels), ("of", segment.of), ("path", segment.path)):
        for index, text in enumerate(texts):
            yield (*place, key, index), text
    for index, rule in enumerate(segment.rules):
        yield (*place, "rule", index, "name"), rule.name
        yield (*place, "rule", index, "when"), rule.when


def segment_faults(place: Place, segment: SegmentSettings) -> Iterator[Fault]:
    """Find what is wrong with a segment's entries, types apart.

    Examples
    --------
    >>> from journeymap.settings.values import SegmentSettings
    >>> [str(fault) for fault in segment_faults(("segments", "a"), SegmentSettings(column="age", depth=2))]
    ['[segments.a] depth: is of no use here']
    """
    sources = _sources(segment)
    if not sources:
        hint = "Name the column, or a kind such as 'rfm', or write rules."
        yield Fault(place, "needs one of column, kind, of, path and rule", hint=hint, rests_on=((*place, "rule"),))
    elif len(sources) > 1:
        yield Fault((*place, sources[1]), f"cannot be set together with {sources[0]}", hint="Keep one of the two.")
    else:
        yield from _strangers(place, segment, sources[0])
    yield from _cuts(place, segment)
    yield from _names(place, segment)
    yield from _parts(place, segment)
    yield from _numbers(place, segment)
    yield from choice((*place, "as_of"), segment.as_of, get_args(AsOf))
    if segment.kind is not None:
        yield from choice((*place, "kind"), segment.kind, get_args(SegmentKind))


def _sources(segment: SegmentSettings) -> list[str]:
    filled = (segment.column is not None, segment.kind is not None, segment.of, segment.path, segment.rules)
    return [name for name, there in zip(_SOURCES, filled, strict=True) if there]


def _strangers(place: Place, segment: SegmentSettings, source: str) -> Iterator[Fault]:
    """Find entries that say nothing about a segment of its source."""
    kind = segment.kind
    given = {
        "bins": (bool(segment.bins), source == "column" or kind == "pareto"),
        "quantiles": (segment.quantiles is not None, source == "column" or kind == "value_tier"),
        "labels": (bool(segment.labels), source == "column" or kind in {"value_tier", "pareto"}),
        "depth": (segment.depth is not None, source == "path"),
        "at_risk": (segment.at_risk_us is not None, kind == "lifecycle"),
        "lapsed": (segment.lapsed_us is not None, kind in {"lifecycle", "engagement"}),
        "loyal": (segment.loyal is not None, kind == "lifecycle"),
        "other": (segment.other != "other", source == "rule"),
    }
    for key, (is_there, is_used) in given.items():
        if is_there and not is_used:
            yield Fault((*place, key), "is of no use here", hint=f"It goes with {_USED_WITH[key]}.")


def _cuts(place: Place, segment: SegmentSettings) -> Iterator[Fault]:
    bins: Place = (*place, "bins")
    quantiles: Place = (*place, "quantiles")
    labels: Place = (*place, "labels")
    both = bool(segment.bins) and segment.quantiles is not None
    if both:
        yield Fault(bins, "cannot be set together with quantiles", hint="Keep one of the two.")
    yield from _bins(bins, segment)
    if segment.quantiles is not None and not FEWEST_QUANTILES <= segment.quantiles <= MOST_QUANTILES:
        yield Fault(
            quantiles,
            f"must be between {FEWEST_QUANTILES} and {MOST_QUANTILES}, not {shown(segment.quantiles)}",
        )
    if not segment.labels or both:
        return
    count = len(segment.labels)
    levels, reason = len(segment.bins) + 1, f"{len(segment.bins)} bound{'s' if len(segment.bins) != 1 else ''} in bins"
    if segment.quantiles is not None:
        levels, reason = segment.quantiles, f"quantiles = {shown(segment.quantiles)}"
    elif not segment.bins and segment.kind is not None:
        levels, reason = {"value_tier": 4, "pareto": 3}.get(segment.kind, count), f"kind = {shown(segment.kind)}"
    elif not segment.bins:
        yield Fault(labels, "need bins or quantiles", hint="They name the levels of a cut.", rests_on=(bins, quantiles))
        return
    if count != levels:
        message = f"must be {levels} for {reason}, but there {'is' if count == 1 else 'are'} {count}"
        yield Fault(labels, message, rests_on=(bins, quantiles))


def _bins(place: Place, segment: SegmentSettings) -> Iterator[Fault]:
    for index, bound in enumerate(segment.bins):
        if not math.isfinite(bound):
            yield Fault((*place, index), "must be finite numbers")
        elif index and bound <= segment.bins[index - 1]:
            message = f"must rise, but {shown(bound)} comes after {shown(segment.bins[index - 1])}"
            yield Fault((*place, index), message)
        elif segment.kind == "pareto" and not 0 < bound < 1:
            yield Fault((*place, index), f"must be shares between 0 and 1, not {shown(bound)}")


def _names(place: Place, segment: SegmentSettings) -> Iterator[Fault]:
    """Find names of levels that collide."""
    for name, times in Counter(segment.labels).items():
        if times > 1:
            yield Fault((*place, "labels"), f"{shown(name)} is there twice; levels need different names")
    reserved = (*RESERVED_LEVELS, "no purchase") if segment.kind is not None else RESERVED_LEVELS
    for index, name in enumerate(segment.labels):
        if name in reserved:
            yield Fault((*place, "labels", index), f"{shown(name)} is the name of another level", hint=_RESERVED_HINT)
    seen: set[str] = set()
    for index, rule in enumerate(segment.rules):
        where = (*place, "rule", index, "name")
        if rule.name in seen:
            message = f"{shown(rule.name)} is there twice; levels need different names"
            yield Fault(where, message, hint="Put both conditions in one rule, with OR.")
        elif rule.name in RESERVED_LEVELS or rule.name == segment.other:
            hint = _RESERVED_HINT if rule.name != segment.other else "It is the level where no rule holds; set other."
            yield Fault(where, f"{shown(rule.name)} is the name of another level", hint=hint)
        seen.add(rule.name)


def _parts(place: Place, segment: SegmentSettings) -> Iterator[Fault]:
    if segment.other in RESERVED_LEVELS:
        yield Fault((*place, "other"), f"{shown(segment.other)} is the name of another level", hint=_RESERVED_HINT)
    for key, parts in (("of", segment.of), ("path", segment.path)):
        if len(parts) == 1:
            yield Fault((*place, key), "needs two names or more")
        for name, times in Counter(parts).items():
            if times > 1:
                yield Fault((*place, key), f"{shown(name)} is there twice")


_RESERVED_HINT: Final = "'(none)' is for those without a value, '(all)' for the whole."


def _numbers(place: Place, segment: SegmentSettings) -> Iterator[Fault]:
    if segment.depth is not None and segment.path and not 1 <= segment.depth <= len(segment.path):
        message = f"must be between 1 and {len(segment.path)}, the length of path, not {shown(segment.depth)}"
        yield Fault((*place, "depth"), message, rests_on=((*place, "path"),))
    if segment.loyal is not None and segment.loyal < 2:  # noqa: PLR2004 - one purchase is 'one-time'
        yield Fault((*place, "loyal"), f"must be at least 2 purchases, not {shown(segment.loyal)}")
    for key, length_us in (("at_risk", segment.at_risk_us), ("lapsed", segment.lapsed_us)):
        if length_us is not None and not length_can_be_written(length_us):
            yield Fault((*place, key), "must be more than 0 and at most 100 years")
    both = segment.at_risk_us is not None and segment.lapsed_us is not None
    if both and not (segment.at_risk_us or 0) < (segment.lapsed_us or 0):
        yield Fault(
            (*place, "at_risk"), "must be shorter than lapsed", hint="Customers are at risk before they have lapsed.",
            rests_on=((*place, "lapsed"),),
        )  # fmt: skip

"""Synthetic journey maps to draw: simulated walks, so that the counts on a map fit each other."""

from __future__ import annotations

import dataclasses
import random
from collections import Counter
from itertools import pairwise
from math import sqrt

from journeymap.model.finding import Finding
from journeymap.model.journey_map import Coverage, JourneyMap, MapEdge, MapNode, MapSummary
from journeymap.model.names import CONVERTED, DEFAULT_STAGES, DROPPED, ENDED, ENDS, OPEN, START
from journeymap.model.rate import Rate

SHOP: dict[str, tuple[str, dict[str, float]]] = {
    "Ad click": ("awareness", {"Landing page": 8, "Product page": 3, DROPPED: 2}),
    "Newsletter": ("awareness", {"Landing page": 4, "Offer page": 4, DROPPED: 1.2}),
    "Landing page": ("awareness", {"Search": 5, "Category page": 6, "Blog article": 1.5, DROPPED: 2.8}),
    "Blog article": ("awareness", {"Category page": 2, "Newsletter": 0.6, DROPPED: 1.8}),
    "Store visit": ("awareness", {"Product page": 2, "Chat": 0.6, DROPPED: 1}),
    "Search": ("consideration", {"Product page": 8, "Search": 2, "Category page": 1.5, DROPPED: 1.2}),
    "Category page": ("consideration", {"Product page": 9, "Search": 2, "Offer page": 1, DROPPED: 1.3}),
    "Offer page": ("consideration", {"Product page": 4, "Cart": 1.5, DROPPED: 0.9}),
    "Product page": (
        "consideration",
        {
            "Reviews": 4,
            "Compare products": 2,
            "Cart": 7,
            "Search": 3,
            "Size guide": 1.5,
            DROPPED: 3,
            OPEN: 0.4,
        },
    ),
    "Reviews": ("consideration", {"Product page": 3, "Cart": 3.5, DROPPED: 1}),
    "Compare products": ("consideration", {"Product page": 3, "Cart": 1, "Chat": 0.5, DROPPED: 0.8}),
    "Size guide": ("consideration", {"Product page": 2, "Cart": 1, DROPPED: 0.3}),
    "Cart": (
        "purchase",
        {"Checkout: address": 7, "Product page": 2.5, "Coupon code": 1.4, DROPPED: 3.4, OPEN: 0.5},
    ),
    "Coupon code": ("purchase", {"Checkout: address": 2, "Cart": 1, DROPPED: 1.1}),
    "Checkout: address": ("purchase", {"Checkout: delivery": 8, "Cart": 1, "Sign in": 2, DROPPED: 1.1}),
    "Sign in": ("purchase", {"Checkout: delivery": 3, "Password reset": 1, DROPPED: 0.8}),
    "Password reset": ("purchase", {"Sign in": 2, DROPPED: 1.4, "Call centre": 0.4}),
    "Checkout: delivery": ("purchase", {"Payment": 9, DROPPED: 0.7}),
    "Payment": ("purchase", {"Order confirmed": 9, "Payment failed": 1.3, DROPPED: 0.5}),
    "Payment failed": ("purchase", {"Payment": 3, "Call centre": 1, DROPPED: 2}),
    "Order confirmed": ("purchase", {"Parcel tracking": 5, CONVERTED: 5, "Chat": 0.5}),
    "Parcel tracking": ("service", {CONVERTED: 6, "Call centre": 0.8, "Parcel tracking": 1, "Return": 1.2}),
    "Chat": ("service", {"Call centre": 1, "Product page": 0.8, DROPPED: 1, OPEN: 0.3}),
    "Call centre": ("service", {"Return": 1, CONVERTED: 1.2, DROPPED: 0.8, ENDED: 0.5}),
    "Return": ("service", {ENDED: 2, CONVERTED: 1.6, "Order confirmed": 0.2}),
    "Product review": ("loyalty", {CONVERTED: 2, "Referral": 0.5}),
    "Loyalty sign-up": ("loyalty", {CONVERTED: 2, "Referral": 1, "Product page": 0.5}),
    "Referral": ("loyalty", {CONVERTED: 1}),
}
"""A shop: touchpoint -> its stage and the odds of what comes next."""

SHOP_STARTS = {
    "Ad click": 6,
    "Newsletter": 3,
    "Landing page": 4,
    "Search": 2,
    "Store visit": 1.4,
    "Product page": 1.5,
    "Blog article": 1.6,
}
Walks = dict[str, tuple[str, dict[str, float]]]


def rate(numerator: int, denominator: int) -> Rate:
    if denominator == 0:
        return Rate(0, 0, None, None, None)
    share = numerator / denominator
    half = 1.96 * sqrt(max(share * (1 - share), 0.002) / denominator)
    return Rate(numerator, denominator, share, max(0.0, share - half), min(1.0, share + half))


def build(
    walks: Walks,
    starts: dict[str, float],
    *,
    goals: tuple[str, ...],
    stages: tuple[str, ...] = DEFAULT_STAGES,
    journeys: int = 4000,
    keep: int = 50,
    seed: int = 7,
    title: str = "Customer journeys",
    levels: tuple[tuple[str, str], ...] = (),
    findings: tuple[Finding, ...] = (),
    max_steps: int = 40,
) -> JourneyMap:
    """Simulate journeys over the odds, count them, and keep the largest transitions."""
    draw = random.Random(seed)  # noqa: S311 - cases, not secrets
    counts: Counter[tuple[str, str]] = Counter()
    visits: Counter[str] = Counter()
    seen: Counter[str] = Counter()
    status: Counter[str] = Counter()
    for _ in range(journeys):
        here = draw.choices(list(starts), list(starts.values()))[0]
        path = [here]
        end = DROPPED
        while len(path) < max_steps:
            after = walks[here][1]
            here = draw.choices(list(after), list(after.values()))[0]
            if here in ENDS:
                end = here
                break
            path.append(here)
        if end in (DROPPED, OPEN, ENDED) and any(step in goals for step in path):
            end = CONVERTED
        if end == CONVERTED and not any(step in goals for step in path):
            end = DROPPED
        status[end] += 1
        visits.update(path)
        seen.update(set(path))
        steps = [START, *path, end]
        counts.update(pairwise(steps))
    ranked = sorted(counts, key=lambda pair: (-counts[pair], pair))
    shown = set(ranked[:keep])
    for name in visits:
        for side in (0, 1):
            if not any(pair[side] == name and pair[0] != pair[1] for pair in shown):
                shown.add(next(pair for pair in ranked if pair[side] == name and pair[0] != pair[1]))
    out_of: Counter[str] = Counter()
    for (source, _), count in counts.items():
        out_of[source] += count
    nodes = [
        MapNode(
            touchpoint=name,
            stage=walks[name][0],
            channel="web",
            visits=visits[name],
            customers=int(seen[name] * 0.9) or 1,
            journeys=seen[name],
            journey_share=seen[name] / journeys,
            drop_off=rate(counts[name, DROPPED], max(counts[name, DROPPED], int(visits[name] * 0.93))),
            is_goal=name in goals,
        )
        for name in visits
    ]
    nodes.sort(key=lambda node: (stages.index(node.stage), -node.visits, node.touchpoint))
    edges = tuple(
        MapEdge(
            source=source,
            target=target,
            count=counts[source, target],
            customers=max(1, int(counts[source, target] * 0.8)),
            probability=counts[source, target] / out_of[source],
            median_seconds=None
            if source == START or target in ENDS
            else draw.choice([8, 45, 190, 820, 8300, 40000, 190000]) * (0.6 + draw.random()),
        )
        for source, target in ranked
        if (source, target) in shown
    )
    mature = journeys - status[OPEN]
    return JourneyMap(
        title=title,
        levels=levels,
        summary=MapSummary(
            customers=int(journeys * 0.8),
            journeys=journeys + 212,
            mature=mature,
            converted=status[CONVERTED],
            ended=status[ENDED],
            abandoned=status[DROPPED],
            open=0,
            conversion=rate(status[CONVERTED], mature),
            goals=goals,
            first_at="2024-01-01",
            data_end="2024-06-30",
            horizon_days=30.0,
        ),
        stages=tuple(stage for stage in stages if any(node.stage == stage for node in nodes)),
        nodes=tuple(nodes),
        edges=edges,
        coverage=Coverage(
            shown_transitions=len(shown),
            all_transitions=len(counts),
            transition_share=sum(counts[pair] for pair in shown) / counts.total(),
            journey_share=1.0,
            hidden_touchpoints=0,
        ),
        findings=findings,
    )


def finding(touchpoint: str, place: str, kind: str = "abandonment", **changes: object) -> Finding:
    base = Finding(
        kind=kind,
        place=place,
        touchpoint=touchpoint,
        levels=(("region", "north"),),
        severity=0.6,
        n_hits=758,
        n_units=1204,
        n_immature=31,
        rate=758 / 1204,
        ci_low=0.594,
        ci_high=0.672,
        baseline=0.48,
        lift=1.31,
        q_value=0.001,
        customers=700,
        journeys=720,
        revenue_at_risk=41_230.0,
        opportunity=9_000.0,
    )
    return dataclasses.replace(base, **changes)  # type: ignore[arg-type]


SHOP_FINDINGS = (
    finding("Cart", "after Cart no Order confirmed"),
    finding(
        "Payment failed",
        "Payment failed",
        "drop_off",
        n_hits=96,
        n_units=240,
        rate=0.4,
        ci_low=0.34,
        ci_high=0.46,
        baseline=0.21,
        lift=1.9,
        revenue_at_risk=8_410.0,
    ),
    finding(
        "Password reset",
        "Password reset",
        "loop",
        n_hits=61,
        n_units=188,
        rate=0.324,
        ci_low=0.26,
        ci_high=0.39,
        baseline=None,
        lift=None,
        revenue_at_risk=None,
    ),
    finding("Call centre", "after Payment failed Call centre", "escalation"),
)


def shop(**changes: object) -> JourneyMap:
    """Twenty-five touchpoints, five stages, about fifty transitions, loops and ways back."""
    walks = {name: value for name, value in SHOP.items() if name not in {"Size guide", "Store visit", "Coupon code"}}
    walks["Order confirmed"] = (
        "purchase",
        {"Parcel tracking": 5, CONVERTED: 4, "Product review": 1.2, "Loyalty sign-up": 1},
    )
    walks = {
        name: (stage, {after: odds for after, odds in odds_of.items() if after in walks or after in ENDS})
        for name, (stage, odds_of) in walks.items()
    }
    starts = {name: odds for name, odds in SHOP_STARTS.items() if name in walks}
    options: dict[str, object] = {
        "goals": ("Order confirmed",),
        "keep": 62,
        "title": "Customer journeys",
        "levels": (("region", "north"),),
        "findings": SHOP_FINDINGS,
        "journeys": 12000,
    }
    return build(walks, starts, **{**options, **changes})  # type: ignore[arg-type]


def many(
    touchpoints: int,
    stages: int,
    *,
    keep: int,
    seed: int = 3,
    journeys: int = 4000,
    name: str = "Touchpoint {0}",
) -> JourneyMap:
    """As many touchpoints and stages as asked for, with random odds that lean forward."""
    draw = random.Random(seed)  # noqa: S311 - cases, not secrets
    stage_names = tuple(f"stage {number + 1}" for number in range(stages)) if stages != 5 else DEFAULT_STAGES
    names = [name.format(number + 1) for number in range(touchpoints)]
    walks: Walks = {}
    for at, label in enumerate(names):
        after: dict[str, float] = {}
        for _ in range(4):
            step = draw.choice([1, 1, 1, 2, 2, 3, 5, -1, -2, 0])
            target = min(max(at + step, 0), touchpoints - 1)
            after[names[target]] = after.get(names[target], 0) + draw.random() * (3 if step > 0 else 0.7)
        after[names[min(at + 1, touchpoints - 1)]] = after.get(names[min(at + 1, touchpoints - 1)], 0) + 2
        after[DROPPED] = draw.random() * (6.0 / touchpoints + 0.15)
        if at >= touchpoints * 0.9 or at == touchpoints - 1:
            after[CONVERTED] = 1.5
        walks[label] = (stage_names[at * stages // touchpoints], after)
    starts = {names[at]: 1.0 / (1 + at) for at in range(0, touchpoints, max(1, touchpoints // 12))}
    return build(
        walks,
        starts,
        goals=(names[-1],),
        stages=stage_names,
        journeys=journeys,
        keep=keep,
        seed=seed,
        title="Customer journeys",
        max_steps=touchpoints * 4,
    )


def renamed(journey_map: JourneyMap, names: dict[str, str]) -> JourneyMap:
    """Return the same map with other names for some touchpoints."""
    return dataclasses.replace(
        journey_map,
        nodes=tuple(
            dataclasses.replace(node, touchpoint=names.get(node.touchpoint, node.touchpoint))
            for node in journey_map.nodes
        ),
        edges=tuple(
            dataclasses.replace(
                edge, source=names.get(edge.source, edge.source), target=names.get(edge.target, edge.target)
            )
            for edge in journey_map.edges
        ),
        findings=tuple(
            dataclasses.replace(item, touchpoint=names.get(item.touchpoint, item.touchpoint))
            for item in journey_map.findings
        ),
        summary=dataclasses.replace(
            journey_map.summary, goals=tuple(names.get(goal, goal) for goal in journey_map.summary.goals)
        ),
    )


LONG = "Checkout step 2 of 5: delivery address, invoice address and the wish for a slot_"
LONG_WORD = "https://shop.example/account/orders/*/returns/label/download/pdf/confirmation/v2"


def long_names() -> JourneyMap:
    """Names of eighty characters, with and without spaces."""
    return renamed(
        shop(),
        {
            "Checkout: address": LONG,
            "Landing page": LONG_WORD,
            "Product page": LONG + "%",
            "Return": LONG_WORD + "x",
        },
    )


def odd_names() -> JourneyMap:
    """Signs that mathtext would eat."""
    return renamed(
        shop(),
        {
            "Cart": "cart_$total$",
            "Search": "100 % off_sale",
            "Payment": r"pay \frac{1}{2} $",
            "Reviews": 'a^b_{c} & <d> "e"',
        },
    )


def world_names() -> JourneyMap:
    """Chinese, Arabic and emoji."""
    return renamed(
        shop(),
        {
            "Cart": "购物车结算页面",
            "Search": "صفحة البحث عن المنتجات",
            "Payment": "Payment 💳 🎉",
            "Reviews": "レビュー",
        },
    )


def one_event() -> JourneyMap:
    """Journeys of one event, none of which converts."""
    return build({"Visit": ("awareness", {DROPPED: 1})}, {"Visit": 1}, goals=(), journeys=12, title="One event")


def no_conversions() -> JourneyMap:
    """Nobody reaches the goal."""
    walks: Walks = {
        "Visit": ("awareness", {"Product": 2, DROPPED: 1}),
        "Product": ("consideration", {"Cart": 1, "Visit": 0.5, DROPPED: 1}),
        "Cart": ("purchase", {DROPPED: 1, "Product": 0.4}),
    }
    return build(walks, {"Visit": 1}, goals=("Order",), journeys=400)


def three() -> JourneyMap:
    """Three touchpoints in three stages."""
    walks: Walks = {
        "Visit": ("awareness", {"Product": 2, DROPPED: 1}),
        "Product": ("consideration", {"Order": 1, "Visit": 0.5, DROPPED: 1, "Product": 0.3}),
        "Order": ("purchase", {CONVERTED: 1, "Product": 0.2}),
    }
    return build(
        walks,
        {"Visit": 1},
        goals=("Order",),
        journeys=4000,
        levels=(("region", "south"), ("device", "phone")),
    )


def empty() -> JourneyMap:
    """A level with nothing in it."""
    nothing = rate(0, 0)
    return JourneyMap(
        title="Customer journeys",
        levels=(("region", "west"),),
        summary=MapSummary(0, 0, 0, 0, 0, 0, 0, nothing, ("Order",), "", "", 30.0, thin=True),
        stages=(),
        nodes=(),
        edges=(),
        coverage=Coverage(0, 0, 0.0, 0.0, 0),
    )


def thin() -> JourneyMap:
    """The shop with only a few customers, so that most rates stand on little."""
    value = shop(journeys=40)
    return dataclasses.replace(value, summary=dataclasses.replace(value.summary, customers=3, thin=True))


CASES = {
    "shop": shop,
    "three": three,
    "sixty": lambda: many(60, 5, keep=130),
    "three_hundred": lambda: many(300, 5, keep=520, journeys=2500),
    "one_stage": lambda: many(12, 1, keep=34),
    "twelve_stages": lambda: many(30, 12, keep=70),
    "long_names": long_names,
    "odd_names": odd_names,
    "one_event": one_event,
    "no_conversions": no_conversions,
    "empty": empty,
    "thin": thin,
}
"""The cases whose glyphs every machine has."""

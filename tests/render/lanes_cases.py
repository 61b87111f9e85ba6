"""Synthetic maps with stages to draw in lanes: the cases of the journey graph, with numbers for their stages."""

from __future__ import annotations

import dataclasses
import random
from collections import Counter
from typing import TYPE_CHECKING

from render import cases

from journeymap.model.map_stage import MapProfile, MapStage
from journeymap.model.names import DROPPED, ENDS, START
from journeymap.model.rate import Mean

if TYPE_CHECKING:
    from journeymap.model.journey_map import JourneyMap

CHANNELS = ("web", "app", "email", "call_centre", "store", "courier", "social", "ads", "chat", "Fax", "")


def mean(value: float, n: int, customers: int, half: float, bounds: tuple[float, float]) -> Mean:
    return Mean(value, n, customers, max(bounds[0], value - half), min(bounds[1], value + half))


def staged(
    journey_map: JourneyMap,
    *,
    scale: tuple[float, float] | None = (1.0, 5.0),
    channels: tuple[str, ...] = CHANNELS,
    unscored: tuple[int, ...] = (),
    seed: int = 5,
    **changes: object,
) -> JourneyMap:
    """Give a map numbers for its stages; visits and moves are those of its touchpoints and transitions."""
    draw = random.Random(seed)  # noqa: S311 - cases, not secrets
    nodes = tuple(
        dataclasses.replace(node, channel=channels[draw.randrange(len(channels))] if channels else "")
        for node in journey_map.nodes
    )
    stage_of = {node.touchpoint: node.stage for node in nodes}
    moves: Counter[tuple[str, str]] = Counter()
    for edge in journey_map.edges:
        one = START if edge.source == START else stage_of[edge.source]
        other = edge.target if edge.target in ENDS else stage_of[edge.target]
        if one != other:
            moves[one, other] += edge.count
    facts = []
    everything = sum(node.visits for node in nodes)
    for at, stage in enumerate(journey_map.stages):
        inside = [node for node in nodes if node.stage == stage]
        visits = sum(node.visits for node in inside)
        journeys = min(journey_map.summary.journeys, max(node.journeys for node in inside) + len(inside) - 1)
        customers = max(node.customers for node in inside)
        dropped = min(moves[stage, DROPPED], journeys)
        by_channel: Counter[str] = Counter()
        for node in inside:
            by_channel[node.channel] += node.visits
        score = None
        if scale is not None and at not in unscored:
            width = scale[1] - scale[0]
            score = mean(scale[0] + width * draw.random(), max(2, visits // 20), max(1, customers // 20),
                         width * draw.random() * 0.1, scale)  # fmt: skip
        facts.append(
            MapStage(
                stage=stage,
                visits=visits,
                customers=customers,
                journeys=journeys,
                journey_share=journeys / journey_map.summary.journeys,
                moves_in=tuple((a, n) for (a, b), n in moves.most_common() if b == stage),
                moves_out=tuple((b, n) for (a, b), n in moves.most_common() if a == stage),
                drop_off=cases.rate(dropped, journeys),
                mature_customers=customers,
                median_seconds=None if visits == everything and len(nodes) == 1 else draw.random() * 10 ** (2 + at % 5),
                timed_journeys=journeys // 2,
                score=score,
                touchpoint_scores=()
                if score is None
                else tuple((node.touchpoint, score) for node in inside if draw.random() < 0.7),
                ease=mean(0.3 + 0.6 * draw.random(), visits, customers, 0.04, (0.0, 1.0)) if scale is None else None,
                channels=tuple(by_channel.most_common()),
                thin=customers < 5,
            )
        )
    total: Counter[str] = Counter()
    for node in nodes:
        total[node.channel] += node.visits
    profile = MapProfile(
        customer_share=0.251 if journey_map.levels else 1.0,
        journey_share=0.248,
        median_seconds=1_028_215.0,
        mean_steps=17.02,
        value=17_778.43,
        channels=tuple(total.most_common()),
        score_scale=scale,
        minimum_customers=5,
    )
    return dataclasses.replace(
        journey_map,
        nodes=nodes,
        stage_facts=tuple(facts),
        profile=profile,
        **changes,  # type: ignore[arg-type]
    )


NOTES = (
    ("Cart", "I only wanted to see what it costs with shipping.\nWhy do I have to sign in first?"),
    ("Payment failed", "My card works everywhere else."),
    ("service", "Service promises an answer within a day."),
    ("Call centre", "Nobody could tell me which neighbour has my parcel."),
)
ACTION = "Show the shipping costs on the product page, and let the north order without an account."
FINDINGS = (
    *cases.SHOP_FINDINGS,
    cases.finding("Product page", "Product page", "slow_step", rate=None, ci_low=None, ci_high=None, n_units=0,
                  unit="visits", customers=1, lift=None, action=ACTION, revenue_at_risk=None, opportunity=0.0),
    cases.finding("Search", "Search", "failed_search", unit="visits", opportunity=12.0, revenue_at_risk=None,
                  opportunity_low=4.0, opportunity_high=19.0, assumption="if half of them found what they sought"),
    cases.finding("purchase", "between Cart and Payment", "regret", thin=True),
    cases.finding("Reviews", "Reviews", "sudden_change", began="2024-03-01", ended="2024-03-09", unit="visits",
                  compared_with="the weeks before"),
    cases.finding("Elsewhere", "Elsewhere", "loop"),
    cases.finding("Cart", "Cart", "a-kind_of_its own", is_reported=False),
)  # fmt: skip


def shop() -> JourneyMap:
    return staged(
        cases.shop(findings=FINDINGS), notes=NOTES,
        kpis=(("purchase", "Conversion of 30 % by autumn"), ("Cart", "fewer than 60 % abandoned")),
        owners=(("awareness", "Marketing"), ("service", "Service, Ms Berg\nand her team")),
    )  # fmt: skip


CASES = {
    "shop": shop,
    "derived": lambda: staged(cases.shop(), scale=None),
    "promoters": lambda: staged(cases.shop(), scale=(-100.0, 100.0), unscored=(2,)),
    "no_channels": lambda: staged(cases.shop(), channels=()),
    "three": lambda: staged(cases.three()),
    "one_stage": lambda: staged(cases.many(30, 1, keep=50)),
    "many": lambda: staged(cases.many(60, 5, keep=90)),
    "three_hundred": lambda: staged(cases.many(300, 12, keep=300, journeys=1500)),
    "twelve": lambda: staged(cases.many(24, 12, keep=50), unscored=(0, 4, 5, 11)),
    "long_names": lambda: staged(cases.long_names()),
    "odd_names": lambda: staged(cases.odd_names()),
    "world_names": lambda: staged(
        cases.world_names(), notes=(("购物车结算页面", "太贵了,运费也不清楚。"), ("service", "خدمة بطيئة جدا"))
    ),
    "one_event": lambda: staged(cases.one_event()),
    "no_conversions": lambda: staged(cases.no_conversions(), scale=None),
    "thin": lambda: staged(cases.thin()),
    "empty": cases.empty,
    "unmeasured": cases.three,
}

"""Flow, matrix and funnel maps to draw, counted in the plainest way from simulated walks."""

from __future__ import annotations

import random
from collections import Counter
from itertools import pairwise
from typing import TYPE_CHECKING

from render import cases

from journeymap.model.flow_map import FlowLink, FlowMap, FlowNode
from journeymap.model.funnel_map import FunnelLevel, FunnelMap, FunnelStep
from journeymap.model.journey_map import MapEdge, MapSummary
from journeymap.model.matrix_map import MatrixMap
from journeymap.model.names import CONVERTED, DROPPED, ENDED, ENDS, OPEN, START
from journeymap.model.staged import StagedTouchpoint

if TYPE_CHECKING:
    from collections.abc import Sequence

Journey = tuple[list[str], str]
"""A path, and the end it has."""


def walks(
    odds: cases.Walks, starts: dict[str, float], *, n: int, goals: Sequence[str] = (), most: int = 40
) -> list[Journey]:
    """Simulate journeys; one that passes a goal is converted."""
    draw = random.Random(5)  # noqa: S311 - cases, not secrets
    found = []
    for _ in range(n):
        here = draw.choices(list(starts), list(starts.values()))[0]
        path, end = [here], DROPPED
        while len(path) < most:
            after = odds[here][1]
            here = draw.choices(list(after), list(after.values()))[0]
            if here in ENDS:
                end = here
                break
            path.append(here)
        found.append((path, CONVERTED if set(path) & set(goals) else DROPPED if end == CONVERTED else end))
    return found


def summary(journeys: Sequence[Journey], goals: tuple[str, ...] = ()) -> MapSummary:
    status = Counter(end for _, end in journeys)
    mature = len(journeys) - status[OPEN]
    return MapSummary(
        customers=len(journeys) * 4 // 5 + 1 if journeys else 0,
        journeys=len(journeys),
        mature=mature,
        converted=status[CONVERTED],
        ended=status[ENDED],
        abandoned=status[DROPPED],
        open=0,
        conversion=cases.rate(status[CONVERTED], mature),
        goals=goals,
        first_at="2024-01-01" if journeys else "",
        data_end="2024-06-30",
        horizon_days=30.0,
        thin=len(journeys) < 5,
    )


def staged(stages: dict[str, str], visits: Counter[str], goals: tuple[str, ...]) -> tuple[StagedTouchpoint, ...]:
    order = list(dict.fromkeys(stages.values()))
    found = [StagedTouchpoint(name, stages[name], count, name in goals) for name, count in visits.items()]
    return tuple(sorted(found, key=lambda item: (order.index(item.stage), -item.visits, item.touchpoint)))


def flow_map(
    journeys: Sequence[Journey],
    stages: dict[str, str],
    *,
    steps: int = 6,
    after: str | None = None,
    before: str | None = None,
    goals: tuple[str, ...] = (),
    levels: tuple[tuple[str, str], ...] = (("region", "north"),),
) -> FlowMap:
    """Count each journey's places by walking along it."""
    anchor = after or before
    links: Counter[tuple[int, str, str]] = Counter()
    nodes: Counter[tuple[int, str]] = Counter()
    total = 0
    for path, end in journeys:
        if anchor is not None and anchor not in path:
            continue
        total += 1
        zero = -1 if anchor is None else path.index(anchor)
        whole = [START, *path, end]
        lowest, highest = (-steps, 0) if before else (0 if after else 1, steps)
        for place, name in enumerate(path):
            if lowest <= place - zero <= highest:
                nodes[place - zero, name] += 1
        for place, (one, other) in enumerate(pairwise(whole)):
            step = place - 1 - zero
            if (before and lowest - 1 <= step < 0) or (
                not before and (0 if anchor is None or after else 1) <= step <= steps
            ):
                links[step, one, other] += 1
    visits: Counter[str] = Counter()
    for (_, name), count in nodes.items():
        visits[name] += count
    return FlowMap(
        title=f"What follows {after}" if after else f"What leads to {before}" if before else "Journeys step by step",
        levels=levels,
        summary=summary(journeys, goals),
        anchor=anchor or START,
        direction="before" if before else "after",
        n_steps=steps,
        journeys=total,
        touchpoints=staged(stages, visits, goals),
        nodes=tuple(
            FlowNode(step, name, count, count / total)
            for (step, name), count in sorted(nodes.items(), key=lambda item: (item[0][0], -item[1], item[0][1]))
        ),
        links=tuple(
            FlowLink(step, one, other, count)
            for (step, one, other), count in sorted(links.items(), key=lambda item: (item[0][0], -item[1], item[0][1:]))
        ),
    )


def matrix_map(journeys: Sequence[Journey], stages: dict[str, str], goals: tuple[str, ...] = ()) -> MatrixMap:
    counts: Counter[tuple[str, str]] = Counter()
    for path, end in journeys:
        counts.update(pairwise([START, *path, end]))
    leaves: Counter[str] = Counter()
    for (source, _), count in counts.items():
        leaves[source] += count
    visits = Counter({name: count for name, count in leaves.items() if name != START})
    return MatrixMap(
        title="Transitions from touchpoint to touchpoint",
        levels=(("region", "north"),),
        summary=summary(journeys, goals),
        touchpoints=staged(stages, visits, goals),
        edges=tuple(
            MapEdge(one, other, count, count, count / leaves[one], None)
            for (one, other), count in sorted(counts.items(), key=lambda item: (-item[1], item[0]))
        ),
    )


def funnel_map(
    counts: dict[str, Sequence[int]],
    touchpoints: Sequence[str],
    *,
    by: tuple[str, ...] = ("region",),
    window_seconds: float | None = 7 * 86_400.0,
) -> FunnelMap:
    """Give a funnel in which these many customers of each level entered each step."""
    funnels = []
    for level, entered in counts.items():
        before = [entered[0], *entered[:-1]]
        funnels.append(
            FunnelLevel(
                levels=tuple((name, level) for name in by),
                customers=entered[0] + 40,
                thin=entered[0] + 40 < 45,
                steps=tuple(
                    FunnelStep(
                        touchpoint=touchpoints[at],
                        entered=entered[at],
                        overall=cases.rate(entered[at], entered[0]),
                        of_before=cases.rate(entered[at], before[at]),
                        lost=before[at] - entered[at],
                        immature=3 if at == 0 else 0,
                        median_seconds=None if not at or not entered[at] else 45.0 * 30**at,
                    )
                    for at in range(len(touchpoints))
                ),
            )
        )
    return FunnelMap(
        title=f"Funnel from {touchpoints[0]} to {touchpoints[-1]}",
        levels=(),
        by=by,
        touchpoints=tuple(touchpoints),
        order="ordered",
        window_seconds=window_seconds,
        first_at="2024-01-01",
        data_end="2024-06-30",
        horizon_days=30.0,
        funnels=tuple(funnels),
    )


def shop_walks(n: int = 900) -> list[Journey]:
    return walks(cases.SHOP, cases.SHOP_STARTS, n=n, goals=("Order confirmed",))


SHOP_STAGES = {name: stage for name, (stage, _) in cases.SHOP.items()}
NAMES = {
    "long": {
        "Product page": cases.LONG,
        "Landing page": cases.LONG_WORD,
        "Cart": cases.LONG + "%",
        "Search": cases.LONG_WORD + "x",
    },
    "odd": {
        "Cart": "cart_$total$",
        "Search": "100 % off_sale",
        "Reviews": 'a^b_{c} & <d> "e"',
        "Product page": r"\frac{1}{2} $",
    },
    "world": {
        "Cart": "购物车结算页面",
        "Search": "صفحة البحث عن المنتجات",
        "Payment": "Payment 💳 🎉",
        "Reviews": "レビュー",
    },
}


def renamed(kind: str, n: int = 500) -> tuple[list[Journey], dict[str, str]]:
    names = NAMES[kind]
    journeys = [([names.get(name, name) for name in path], end) for path, end in shop_walks(n)]
    return journeys, {names.get(name, name): stage for name, stage in SHOP_STAGES.items()}


def many(touchpoints: int, stages: int, n: int = 1200) -> tuple[list[Journey], dict[str, str]]:
    """Journeys over many touchpoints that lean forward, all of them begun among the first twelfth."""
    draw = random.Random(9)  # noqa: S311 - cases, not secrets
    names = [f"Touchpoint {number + 1}" for number in range(touchpoints)]
    stage_of = {name: f"stage {at * stages // touchpoints + 1}" for at, name in enumerate(names)}
    journeys = []
    for _ in range(n):
        at = int(draw.random() ** 2 * touchpoints)
        path = [names[at]]
        while draw.random() > 0.12:
            at = min(max(at + draw.choice([1, 1, 1, 2, 2, 7, 31, -1, -2, 0]), 0), touchpoints - 1)
            path.append(names[at])
        journeys.append((path, draw.choice([DROPPED, DROPPED, CONVERTED, OPEN, ENDED])))
    return journeys, stage_of


THREE = {"Visit": "awareness", "Product": "consideration", "Order": "purchase"}
LOGS = {
    "shop": lambda: (shop_walks(), SHOP_STAGES),
    "three": lambda: (
        walks(
            {
                "Visit": ("awareness", {"Product": 2, DROPPED: 1}),
                "Product": ("consideration", {"Order": 1, "Visit": 0.5, DROPPED: 1, "Product": 0.3}),
                "Order": ("purchase", {CONVERTED: 1, "Product": 0.2}),
            },
            {"Visit": 1},
            n=400,
            goals=("Order",),
        ),
        THREE,
    ),
    "three_hundred": lambda: many(300, 5),
    "one_stage": lambda: many(12, 1, 400),
    "twelve_stages": lambda: many(30, 12, 500),
    "long_names": lambda: renamed("long"),
    "odd_names": lambda: renamed("odd"),
    "one_event": lambda: ([(["Visit"], DROPPED)] * 12, {"Visit": "awareness"}),
    "one_journey": lambda: ([(["Visit", "Product", "Order"], CONVERTED)], THREE),
    "no_conversions": lambda: ([(path, DROPPED) for path, _ in shop_walks(60)], SHOP_STAGES),
    "empty": lambda: ([], {}),
}
"""Journeys and the stages of their touchpoints; every machine has the letters."""

FIVE = ("Product page", "Cart", "Checkout: address", "Payment", "Order confirmed")
FUNNELS = {
    "four_by_five": lambda: funnel_map(
        {
            "north": (642, 432, 309, 278, 217),
            "south": (652, 423, 295, 115, 82),
            "east": (551, 352, 238, 217, 155),
            "west": (656, 433, 285, 253, 188),
        },
        FIVE,
    ),
    "twelve": lambda: funnel_map(
        {f"city {at}": (900 - 50 * at, 400 - 9 * at, 120, 80 - at, 12) for at in range(12)}, FIVE
    ),
    "fifty": lambda: funnel_map({f"city {at}": (900, 400 - at, 120, 80 - at, 12) for at in range(50)}, FIVE),
    "one": lambda: funnel_map({"(all)": (2579, 1683, 891, 664)}, FIVE[:4], by=()),
    "two_steps": lambda: funnel_map({"north": (100, 0), "south": (7, 7)}, FIVE[:2], window_seconds=None),
    "twelve_steps": lambda: funnel_map(
        {"north": tuple(range(130, 10, -10))}, [f"{FIVE[at % 5]} {at}" for at in range(12)], by=()
    ),
    "large_numbers": lambda: funnel_map(
        {"north": (98_765_432, 87_654_321, 10_000), "south": (123_456, 99_999, 99_998)}, FIVE[:3]
    ),
    "long_names": lambda: funnel_map(
        {cases.LONG: (600, 400, 20), cases.LONG_WORD: (500, 300, 0)},
        (cases.LONG, cases.LONG_WORD, "Order"),
        by=("customer lifetime segment", "kind of device"),
    ),
    "some_nobody": lambda: funnel_map({"north": (600, 400, 20), "south": (0, 0, 0), "west": (1, 0, 0)}, FIVE[:3]),
    "nobody": lambda: funnel_map({"north": (0, 0, 0), "south": (0, 0, 0)}, FIVE[:3]),
    "no_levels": lambda: funnel_map({}, FIVE[:3]),
}

"""The plants that the detectors are measured with: one for each kind of pain point, and the shop that has it.

>>> shop = draw_shop(300, seed=1, plant=PLANTS["error"])
>>> shop.plant.describe()
'after payment, device mobile gets payment_error with probability 0.25 instead of 0.05'
"""

from __future__ import annotations

from typing import Final

from journeymap.datasets.plant import Plant
from journeymap.datasets.planted_rows import AWAY
from journeymap.datasets.planted_shop import ATTRIBUTES, PlantedShop, draw_shop

__all__ = ["ATTRIBUTES", "PLANTS", "VARIANTS", "Plant", "PlantedShop", "draw_shop"]

_LESS_SUCCESS: Final = (("abandonment", ""), ("drop_off", ""))
"""Who is kept from going on orders less often: that may show at every touchpoint before."""

PLANTS: Final[dict[str, Plant]] = {
    "abandonment": Plant(
        kind="abandonment",
        place="cart",
        segment="region",
        level="south",
        effect=0.65,
        usual=0.45,
        measure="next",
        source="cart",
        targets=(AWAY,),
        touchpoints=("cart",),
        words="after cart, region south leaves with probability {effect} instead of {usual}",
        also=(*_LESS_SUCCESS, ("dead_end", "cart")),
    ),
    "drop_off": Plant(
        kind="drop_off",
        place="category",
        segment="device",
        level="tablet",
        effect=0.55,
        usual=0.20,
        measure="next",
        source="category",
        targets=(AWAY,),
        touchpoints=("category",),
        words="after category, device tablet leaves with probability {effect} instead of {usual}",
        also=(*_LESS_SUCCESS, ("dead_end", "category"), ("failed_search", "search")),
    ),
    "loop": Plant(
        kind="loop",
        place="checkout -> shipping_info -> checkout",
        segment="region",
        level="east",
        effect=0.30,
        usual=0.06,
        measure="next",
        source="checkout",
        targets=("shipping_info",),
        touchpoints=("checkout", "shipping_info"),
        words="after checkout, region east is sent back to shipping_info with probability {effect} instead of {usual}",
        also=(*_LESS_SUCCESS, ("slow_step", "")),
    ),
    "slow_step": Plant(
        kind="slow_step",
        place="cart -> checkout",
        segment="region",
        level="west",
        effect=4.0,
        usual=1.0,
        measure="gap",
        source="cart",
        targets=("checkout",),
        touchpoints=("cart", "checkout"),
        mentions=("cart", "checkout"),
        words="from cart to checkout region west takes {effect} times as long as the others (a median of 42 s)",
        also=(("slow_step", ""),),
    ),
    "support_contact": Plant(
        kind="support_contact",
        place="delivery -> support_call",
        segment="region",
        level="east",
        effect=0.26,
        usual=0.08,
        measure="next",
        source="delivery",
        targets=("support_call",),
        touchpoints=("delivery", "support_call"),
        words="after delivery, region east calls support next, nearly always within 2 days, with probability {effect} "
        "instead of {usual}",
        also=(("support_contact", ""), ("channel_switch", "")),
    ),
    "failed_search": Plant(
        kind="failed_search",
        place="search",
        segment="device",
        level="tablet",
        effect=0.70,
        usual=0.35,
        measure="next",
        source="search",
        targets=("search", AWAY),
        touchpoints=("search",),
        words="after search, device tablet searches again or leaves with probability {effect} instead of {usual}",
        also=(*_LESS_SUCCESS, ("loop", "search"), ("dead_end", "search")),
    ),
    "dead_end": Plant(
        kind="dead_end",
        place="help_page",
        segment="region",
        level="south",
        effect=0.70,
        usual=0.35,
        measure="next",
        source="help_page",
        targets=(AWAY,),
        touchpoints=("help_page",),
        words="after help_page, region south leaves with probability {effect} instead of {usual}",
        also=_LESS_SUCCESS,
    ),
    "error": Plant(
        kind="error",
        place="payment -> payment_error",
        segment="device",
        level="mobile",
        effect=0.25,
        usual=0.05,
        measure="next",
        source="payment",
        targets=("payment_error",),
        touchpoints=("payment", "payment_error"),
        words="after payment, device mobile gets payment_error with probability {effect} instead of {usual}",
        also=(
            *_LESS_SUCCESS,
            ("loop", "payment"),
            ("loop", "payment_error"),
            ("support_contact", ""),
            ("channel_switch", ""),
        ),
    ),
    "low_score": Plant(
        kind="low_score",
        place="return_request",
        segment="region",
        level="west",
        effect=1.8,
        usual=3.5,
        measure="score",
        source="return_request",
        targets=(),
        touchpoints=("return_request",),
        words="at return_request region west gives a mean score of {effect} instead of {usual}, of 1 to 5",
    ),
    "channel_switch": Plant(
        kind="channel_switch",
        place="product -> support_call or store_visit",
        segment="region",
        level="north",
        effect=0.10,
        usual=0.02,
        measure="next",
        source="product",
        targets=("support_call", "store_visit"),
        touchpoints=("product", "support_call", "store_visit"),
        mentions=("product",),
        words="after product, region north calls or goes to the store with probability {effect} instead of {usual}",
        also=(*_LESS_SUCCESS, ("channel_switch", ""), ("support_contact", ""), ("loop", ""), ("dead_end", "")),
    ),
    "regret": Plant(
        kind="regret",
        place="order -> return_request",
        segment="region",
        level="south",
        effect=0.30,
        usual=0.10,
        measure="next",
        source="delivery",
        targets=("return_request",),
        touchpoints=("order", "delivery", "return_request"),
        mentions=("return_request",),
        words="after delivery, which follows an order within days, region south sends back with probability {effect} "
        "instead of {usual}",
        also=(("support_contact", ""), ("regret", "")),
    ),
    "sudden_change": Plant(
        kind="sudden_change",
        place="payment -> payment_error",
        segment="",
        level="",
        effect=0.60,
        usual=0.05,
        measure="next",
        source="payment",
        targets=("payment_error",),
        touchpoints=("payment", "payment_error"),
        words="from day 70 to day 76, everybody's payment ends in payment_error with probability {effect} instead of "
        "{usual}",
        days=(70, 76),
        also=(("sudden_change", ""),),
    ),
}
"""The plant of each kind, with an effect that should be found among 3,000 customers."""

VARIANTS: Final[dict[str, Plant]] = {
    "slow_page": Plant(
        kind="slow_step",
        place="product",
        segment="device",
        level="tablet",
        effect=4.0,
        usual=1.0,
        measure="load",
        source="product",
        targets=(),
        touchpoints=("product",),
        words="on device tablet product takes {effect} times as long to load as elsewhere (a median of 420 ms)",
    ),
}
"""Further plants that a kind should find, by a name of their own."""

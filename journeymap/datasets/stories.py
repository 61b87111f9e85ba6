"""The stories that are planted in the sample shop, as data that tests and demonstrations can read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

Measure = Literal["next", "abandonment", "mean_score", "median_load_ms"]


@dataclass(frozen=True, slots=True)
class Fact:
    """A number that can be measured in the events, where the story holds and elsewhere.

    Parameters
    ----------
    measure
        ``next``: the share of visits to `touchpoint` that go on to `target`, the customer's next event.
        ``abandonment``: the share of attempts at `touchpoint` without `target` within 7 days.
        ``mean_score`` and ``median_load_ms``: of the visits to `touchpoint`.
    touchpoint
        Where it is measured.
    target
        The touchpoint that follows, or the goal, where the measure has one.
    at_level
        The number where the story holds.
    elsewhere
        The number for all others.
    planted
        Whether the generator draws with these very numbers; otherwise they are what follows from those, in a
        large sample.
    not_after
        Visits to `touchpoint` that come straight from this one are left out.
    """

    measure: Measure
    touchpoint: str
    target: str
    at_level: float
    elsewhere: float
    planted: bool = True
    not_after: str = ""


@dataclass(frozen=True, slots=True)
class Story:
    """One thing that is wrong, or right, in the sample shop.

    Parameters
    ----------
    name
        A short stable name.
    title
        One line for a heading.
    what
        What happens, in a sentence or two.
    touchpoints
        Where it happens.
    segment
        The column of the customers or events that tells who is concerned, or the segment of that name in
        ``journeymap.toml``; empty where it is everybody.
    level
        The value of that column, or the level of that segment.
    direction
        Whether the first fact is ``higher`` or ``lower`` at the level than elsewhere.
    good
        Whether it is good for the shop.
    facts
        The numbers, the most telling first.
    first_day, last_day
        The days on which it happens, both included; ``None`` where it always does.
    """

    name: str
    title: str
    what: str
    touchpoints: tuple[str, ...]
    segment: str
    level: str
    direction: Literal["higher", "lower"]
    good: bool
    facts: tuple[Fact, ...]
    first_day: date | None = None
    last_day: date | None = None


SHIPPING_COST = Story(
    name="shipping_cost_south",
    title="Shipping costs scare off the south",
    what="In the region south the shipping costs that shipping_info shows are twice as high. "
    "Many customers leave there and abandon the cart.",
    touchpoints=("cart", "shipping_info"),
    segment="region",
    level="south",
    direction="higher",
    good=False,
    facts=(
        Fact("abandonment", "cart", "order", 0.79, 0.55, planted=False),
        Fact("next", "shipping_info", "checkout", 0.34, 0.84, not_after="checkout"),
        Fact("mean_score", "shipping_info", "", 2.1, 3.3, planted=False),
    ),
)

SUPPORT_CALLS = Story(
    name="support_calls_east",
    title="The east calls support after the delivery",
    what="In the region east the courier leaves parcels with neighbours. "
    "Three times as many deliveries are followed by a call, and the calls are rated lower.",
    touchpoints=("delivery", "support_call"),
    segment="region",
    level="east",
    direction="higher",
    good=False,
    facts=(
        Fact("next", "delivery", "support_call", 0.27, 0.08),
        Fact("mean_score", "support_call", "", 2.2, 3.3, planted=False),
    ),
)

SLOW_TABLET = Story(
    name="slow_tablet_pages",
    title="Pages are slow on tablets",
    what="On tablets a page takes four times as long to load. Fewer visitors go from the product to "
    "the cart, and the time between two pages is longer.",
    touchpoints=("product",),
    segment="device",
    level="tablet",
    direction="lower",
    good=False,
    facts=(
        Fact("next", "product", "cart", 0.15, 0.29),
        Fact("median_load_ms", "product", "", 3600.0, 780.0, planted=False),
    ),
)

CHECKOUT_LOOP = Story(
    name="checkout_loop_app",
    title="The checkout of the app leads in circles",
    what="In the app the button for the delivery address sends customers from checkout back to "
    "shipping_info, often more than once.",
    touchpoints=("checkout", "shipping_info"),
    segment="channel",
    level="app",
    direction="higher",
    good=False,
    facts=(Fact("next", "checkout", "shipping_info", 0.46, 0.05),),
)

PAYMENT_FAULT = Story(
    name="payment_fault_may",
    title="A payment fault in one week of May",
    what="From 11 to 17 May 2026 the payment provider refused most cards. Payments ended in payment_error, "
    "and orders were lost.",
    touchpoints=("payment", "payment_error"),
    segment="",
    level="",
    direction="higher",
    good=False,
    facts=(
        Fact("next", "payment", "payment_error", 0.62, 0.05),
        Fact("next", "payment", "order", 0.34, 0.91),
    ),
    first_day=date(2026, 5, 11),
    last_day=date(2026, 5, 17),
)

SENIOR_RETURNS = Story(
    name="returns_age_60",
    title="Customers of 60 and over send more back, and hate how",
    what="The size guide does not suit customers of 60 and over, and the form for returns is in small print. "
    "They send back three times as many deliveries and rate the return low.",
    touchpoints=("delivery", "return_request", "refund"),
    segment="age_band",
    level="60 and over",
    direction="higher",
    good=False,
    facts=(
        Fact("next", "delivery", "return_request", 0.27, 0.09),
        Fact("mean_score", "return_request", "", 1.8, 3.3, planted=False),
    ),
)

SPRING_MAILING = Story(
    name="mailing_outdoor",
    title="The spring mailing works for outdoor people",
    what="The mailing of the season shows tents and boots. Who lives an outdoor lifestyle goes from "
    "the email to a product more than twice as often.",
    touchpoints=("email_open", "product"),
    segment="lifestyle",
    level="outdoor",
    direction="higher",
    good=True,
    facts=(Fact("next", "email_open", "product", 0.64, 0.26),),
)

STORIES = (
    SHIPPING_COST,
    SUPPORT_CALLS,
    SLOW_TABLET,
    CHECKOUT_LOOP,
    PAYMENT_FAULT,
    SENIOR_RETURNS,
    SPRING_MAILING,
)

# Columns that the generator draws without looking at them again: whatever is found in them is chance.
NO_EFFECT = ("gender", "education", "household", "urban_rural")

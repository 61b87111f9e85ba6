"""How customers of the sample shop move: from each place the probabilities of the next, and who differs.

Places are touchpoints, a few of them twice where what follows depends on what came before (`shipping_again`
is the touchpoint shipping_info when reached from the checkout). Ways out of the shop are places too: their
probabilities say where the customer comes in again.
"""

from __future__ import annotations

from enum import IntFlag
from typing import TYPE_CHECKING

from journeymap.datasets import stories
from journeymap.datasets.touchpoints import TOUCHPOINTS

if TYPE_CHECKING:
    from collections.abc import Mapping


class Trait(IntFlag):
    """What about a customer, a visit or a moment changes the probabilities."""

    TABLET = 1
    DESKTOP = 2
    APP = 4
    SOUTH = 8
    EAST = 16
    SENIOR = 32
    OUTDOOR = 64
    FAULT = 128
    LOYAL = 256


N_TRAITS = 512
VISIT_TRAITS = Trait.TABLET | Trait.DESKTOP | Trait.APP

# Places that stand for a touchpoint which another place stands for already.
TWINS = {"shipping_again": "shipping_info", "order_store": "order", "chat_payment": "support_chat"}
PLACES = (*(touchpoint.name for touchpoint in TOUCHPOINTS), *TWINS)
ARRIVE = "arrive"
LEFT_CART = "left_cart"
LEFT_BROWSING = "left_browsing"
LEFT_AFTER = "left_after"
GONE = "gone"
EXITS = (ARRIVE, LEFT_CART, LEFT_BROWSING, LEFT_AFTER, GONE)

# The place written last in a row takes what the others leave of 1.
_WALK: dict[str, dict[str, float]] = {
    ARRIVE: {
        "ad_click": 0.23,
        "social_post": 0.11,
        "search_engine": 0.22,
        "email_open": 0.13,
        "store_visit": 0.06,
        "product": 0.06,
        "home": 0.19,
    },
    "ad_click": {"product": 0.50, "category": 0.21, "home": 0.09, LEFT_BROWSING: 0.20},
    "social_post": {"product": 0.42, "category": 0.18, LEFT_BROWSING: 0.40},
    "email_open": {"product": 0.26, "category": 0.15, "home": 0.10, LEFT_BROWSING: 0.49},
    "search_engine": {"product": 0.44, "category": 0.21, "home": 0.13, LEFT_BROWSING: 0.22},
    "store_visit": {"order_store": 0.14, "product": 0.22, LEFT_BROWSING: 0.64},
    "home": {
        "category": 0.40,
        "search": 0.32,
        "product": 0.12,
        "newsletter_signup": 0.02,
        LEFT_BROWSING: 0.14,
    },
    "category": {"product": 0.60, "search": 0.12, "category": 0.10, LEFT_BROWSING: 0.18},
    "search": {"product": 0.57, "search": 0.15, "category": 0.09, LEFT_BROWSING: 0.19},
    "product": {
        "cart": 0.29,
        "product": 0.26,
        "reviews": 0.14,
        "category": 0.11,
        "search": 0.07,
        LEFT_BROWSING: 0.13,
    },
    "reviews": {"product": 0.46, "cart": 0.32, LEFT_BROWSING: 0.22},
    "cart": {"shipping_info": 0.49, "product": 0.14, "voucher_problem": 0.07, LEFT_CART: 0.30},
    "voucher_problem": {"shipping_info": 0.42, "cart": 0.20, LEFT_CART: 0.38},
    "shipping_info": {"checkout": 0.84, "cart": 0.02, LEFT_CART: 0.14},
    "checkout": {"payment": 0.76, "shipping_again": 0.05, LEFT_CART: 0.19},
    "shipping_again": {"checkout": 0.93, LEFT_CART: 0.07},
    "payment": {"order": 0.91, "payment_error": 0.05, LEFT_CART: 0.04},
    "payment_error": {"payment": 0.40, "chat_payment": 0.10, LEFT_CART: 0.50},
    "chat_payment": {"payment": 0.45, LEFT_CART: 0.55},
    "order": {"delivery": 0.95, "help_page": 0.02, LEFT_AFTER: 0.03},
    "order_store": {"loyalty_join": 0.12, LEFT_AFTER: 0.88},
    "delivery": {
        "support_call": 0.08,
        "return_request": 0.09,
        "review_written": 0.13,
        "support_chat": 0.05,
        "help_page": 0.05,
        "loyalty_join": 0.05,
        "newsletter_signup": 0.03,
        LEFT_AFTER: 0.52,
    },
    "help_page": {"support_chat": 0.26, "support_call": 0.12, LEFT_AFTER: 0.62},
    "support_chat": {"support_call": 0.10, "return_request": 0.07, LEFT_AFTER: 0.83},
    "support_call": {"return_request": 0.08, "support_call": 0.05, LEFT_AFTER: 0.87},
    "return_request": {"refund": 0.86, "support_call": 0.06, LEFT_AFTER: 0.08},
    "refund": {"support_chat": 0.05, LEFT_AFTER: 0.95},
    "review_written": {"loyalty_join": 0.15, "newsletter_signup": 0.05, LEFT_AFTER: 0.80},
    "newsletter_signup": {"home": 0.12, LEFT_AFTER: 0.88},
    "loyalty_join": {"newsletter_signup": 0.15, LEFT_AFTER: 0.85},
    LEFT_CART: {"cart": 0.17, "email_open": 0.21, "product": 0.20, "home": 0.31, GONE: 0.11},
    LEFT_BROWSING: {
        "ad_click": 0.16,
        "email_open": 0.17,
        "search_engine": 0.15,
        "home": 0.30,
        "social_post": 0.08,
        "store_visit": 0.04,
        GONE: 0.10,
    },
    LEFT_AFTER: {
        "email_open": 0.28,
        "home": 0.30,
        "search_engine": 0.14,
        "ad_click": 0.10,
        "store_visit": 0.06,
        GONE: 0.12,
    },
}

_COMES_BACK = {GONE: 0.05}  # the loyal; what it takes from leaving for good goes to the other ways in, evenly

# Who differs, where, and the probabilities that are then others; the last place of the row takes the rest.
_VARIANTS: tuple[tuple[Trait, str, dict[str, float]], ...] = (
    (Trait.SOUTH, "shipping_info", {"checkout": stories.SHIPPING_COST.facts[1].at_level, "cart": 0.04}),
    (Trait.EAST, "delivery", {"support_call": stories.SUPPORT_CALLS.facts[0].at_level}),
    (
        Trait.TABLET,
        "product",
        {
            "cart": stories.SLOW_TABLET.facts[0].at_level,
            "product": 0.12,
            "reviews": 0.10,
            "category": 0.07,
            "search": 0.04,
        },
    ),
    (
        Trait.APP,
        "checkout",
        {"payment": 0.36, "shipping_again": stories.CHECKOUT_LOOP.facts[0].at_level},
    ),
    (
        Trait.FAULT,
        "payment",
        {
            "payment_error": stories.PAYMENT_FAULT.facts[0].at_level,
            "order": stories.PAYMENT_FAULT.facts[1].at_level,
        },
    ),
    (Trait.SENIOR, "delivery", {"return_request": stories.SENIOR_RETURNS.facts[0].at_level}),
    (
        Trait.OUTDOOR,
        "email_open",
        {"product": stories.SPRING_MAILING.facts[0].at_level, "category": 0.14, "home": 0.07},
    ),
)

MINUTE = 60
HOUR = 3600
DAY = 86400

# The median time until a place is reached, in seconds, and how much it scatters (the sigma of a log-normal).
_PAGE_TIME = (42.0, 0.9)
TIMES: Mapping[str, tuple[float, float]] = {
    "email_open": (10.0 * MINUTE, 0.6),
    "order": (25.0, 0.6),
    "order_store": (22.0 * MINUTE, 0.6),
    "chat_payment": (4.0 * MINUTE, 0.6),
    "delivery": (2.6 * DAY, 0.35),
    "help_page": (18.0 * HOUR, 0.8),
    "support_chat": (5.0 * HOUR, 1.2),
    "support_call": (20.0 * HOUR, 1.0),
    "return_request": (3.0 * DAY, 0.7),
    "refund": (6.0 * DAY, 0.4),
    "review_written": (5.0 * DAY, 0.7),
    "newsletter_signup": (3.0 * MINUTE, 0.9),
    "loyalty_join": (1.5 * DAY, 1.0),
    LEFT_CART: (1.8 * DAY, 1.4),
    LEFT_BROWSING: (6.5 * DAY, 1.4),
    LEFT_AFTER: (24.0 * DAY, 1.0),
}


def time_to(place: str) -> tuple[float, float]:
    """Give the median seconds until a place is reached and their scatter."""
    return TIMES.get(place, _PAGE_TIME)


def next_places(place: str, traits: Trait) -> dict[str, float]:
    """Give the probabilities of what follows a place for a customer with these traits.

    Parameters
    ----------
    place
        Where the customer is, or the way out that was taken.
    traits
        What sets the customer, the visit and the moment apart.

    Returns
    -------
    dict of str to float
        The probabilities by place; they add up to 1.

    Examples
    --------
    >>> next_places("shipping_info", Trait.SOUTH)["checkout"]
    0.34
    """
    row = dict(_WALK[place])
    last = next(reversed(row))
    for trait, where, changed in _VARIANTS:
        if where == place and trait in traits:
            row.update(changed)
    if Trait.LOYAL in traits and GONE in row:
        row = _share(row, _COMES_BACK[GONE])
    row[last] = round(1.0 - sum(value for name, value in row.items() if name != last), 6)
    return row


def _share(row: dict[str, float], gone: float) -> dict[str, float]:
    """Scale the ways back so that the share who are gone for good is as given."""
    scale = (1.0 - gone) / (1.0 - row[GONE])
    return {name: round(value * scale, 6) for name, value in row.items() if name != GONE} | {GONE: gone}

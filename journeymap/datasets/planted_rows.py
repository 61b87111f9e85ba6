"""How customers of the planted shop move: from each touchpoint the probabilities and the times of what comes next.

Nothing here depends on who a customer is (region, device, gender) or on the day, except where a plant says so.
Customers do differ, in ways that no attribute tells: how often they come, how easily they leave, how often they
complain. So visits of one customer are alike, as in real data, and an interval that takes visits for independent is too
short.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from journeymap.datasets.plant import Plant

AWAY: Final = "(away)"
"""The customer leaves, and comes back at a time of their own."""

FIRST_DAY: Final = date(2026, 3, 3)

MINUTE: Final = 60.0
HOUR: Final = 3600.0
DAY: Final = 86_400.0

# Where a visit begins, wherever the one before ended.
ENTRIES: Final[dict[str, float]] = {
    "ad_click": 0.20,
    "email_open": 0.16,
    "search_engine": 0.20,
    "home": 0.20,
    "app_open": 0.14,
    "store_visit": 0.05,
    "help_page": 0.05,
}

ROWS: Final[dict[str, dict[str, float]]] = {
    "ad_click": {"product": 0.52, "category": 0.22, AWAY: 0.26},
    "email_open": {"product": 0.30, "category": 0.20, "home": 0.10, "newsletter_unsubscribe": 0.02, AWAY: 0.38},
    "search_engine": {"product": 0.46, "category": 0.22, "home": 0.12, AWAY: 0.20},
    "app_open": {"home": 0.48, "search": 0.20, "product": 0.16, AWAY: 0.16},
    "store_visit": {"product": 0.20, AWAY: 0.80},
    "home": {"category": 0.38, "search": 0.32, "product": 0.14, "help_page": 0.04, AWAY: 0.12},
    "category": {"product": 0.60, "search": 0.12, "category": 0.08, AWAY: 0.20},
    "search": {"product": 0.56, "category": 0.09, "search": 0.14, AWAY: 0.21},
    "product": {
        "cart": 0.30,
        "product": 0.20,
        "reviews": 0.12,
        "category": 0.10,
        "search": 0.06,
        "support_call": 0.01,
        "store_visit": 0.01,
        AWAY: 0.20,
    },
    "reviews": {"product": 0.42, "cart": 0.32, AWAY: 0.26},
    "cart": {"checkout": 0.47, "product": 0.06, "help_page": 0.02, AWAY: 0.45},
    "checkout": {"payment": 0.82, "shipping_info": 0.06, AWAY: 0.12},
    "shipping_info": {"checkout": 0.85, AWAY: 0.15},
    "payment": {"order": 0.92, "payment_error": 0.05, AWAY: 0.03},
    "payment_error": {"payment": 0.45, "support_chat": 0.05, AWAY: 0.50},
    "order": {"delivery": 0.97, AWAY: 0.03},
    "delivery": {
        "support_call": 0.08,
        "return_request": 0.10,
        "review_written": 0.12,
        "support_chat": 0.04,
        "help_page": 0.04,
        AWAY: 0.62,
    },
    "help_page": {"search": 0.22, "home": 0.13, "support_chat": 0.20, "support_call": 0.10, AWAY: 0.35},
    "support_chat": {"support_call": 0.08, "return_request": 0.05, AWAY: 0.87},
    "support_call": {"support_call": 0.04, "return_request": 0.05, AWAY: 0.91},
    "return_request": {"refund": 0.88, "support_call": 0.04, AWAY: 0.08},
    "refund": {"support_chat": 0.03, AWAY: 0.97},
    "review_written": {"home": 0.10, AWAY: 0.90},
    "newsletter_unsubscribe": {AWAY: 1.0},
}
"""The probabilities of what comes next, for the middle customer."""

# Kinds of customer that no attribute tells: a third each leaves less, as usual and more, and a third each calls or
# sends back less, as usual and more. A probability p becomes p - 0.6 min(p, 1 - p) to p + 0.6 min(p, 1 - p).
VARIES: Final = (-0.6, 0.0, 0.6)
N_TYPES: Final = len(VARIES) ** 2
LEAVING_VARIES_AT: Final = ("category", "product", "cart")
COMPLAINING_VARIES_AT: Final = ("delivery",)
COMPLAINTS: Final = ("support_call", "return_request")

# The median time until a touchpoint is reached, in seconds, and its scatter (the sigma of a log-normal).
PAGE_TIME: Final = (42.0, 0.7)
TIMES: Final[Mapping[str, tuple[float, float]]] = {
    "order": (25.0, 0.6),
    "store_visit": (20 * HOUR, 0.6),
    "delivery": (2.6 * DAY, 0.35),
    "help_page": (70.0, 0.9),
    "support_chat": (20 * MINUTE, 0.9),
    "support_call": (9 * HOUR, 0.8),
    "return_request": (3 * DAY, 0.6),
    "refund": (5 * DAY, 0.35),
    "review_written": (4 * DAY, 0.6),
}
# A customer away comes back after an hour and an exponential time; how often differs from customer to customer: a
# constant part and a gamma, with this mean per day.
AWAY_LEAST: Final = HOUR
RETURNS_PER_DAY: Final = 1 / 27
RETURNS_CONSTANT: Final = 0.3
RETURNS_SHAPE: Final = 1.3

# Every customer's time from page to page and time to load is longer or shorter by a factor of their own, a log-normal.
SLOWNESS_SIGMA: Final = 0.35

# Loading times of pages in milliseconds (median and sigma of a log-normal), and scores: 1 plus a binomial of 4, so that
# the mean is 1 + 4 p; a customer's p lies up to MOOD times min(p, 1 - p) above or below, evenly.
PAGES: Final = (
    "home", "search", "category", "product", "reviews", "cart", "shipping_info", "checkout", "payment", "payment_error",
    "help_page", "return_request",
)  # fmt: skip
LOAD: Final = (420.0, 0.4)
SCORES: Final[Mapping[str, float]] = {
    "order": 4.2,
    "delivery": 4.0,
    "support_chat": 3.4,
    "support_call": 3.2,
    "return_request": 3.5,
}
ANSWERS: Final = 0.9  # the share who give a score where they are asked
MOOD: Final = 0.5
ORDER_VALUE: Final = (60.0, 0.6)

CHANNELS: Final[Mapping[str, str]] = {
    "ad_click": "ads",
    "email_open": "email",
    "newsletter_unsubscribe": "email",
    "refund": "email",
    "store_visit": "store",
    "delivery": "courier",
    "support_call": "call_centre",
    "app_open": "app",
    "search_engine": "web",
}
"""Where a touchpoint happens; the others on the web, or in the app where the visit began there."""


def with_share(row: Mapping[str, float], targets: Collection[str], share: float) -> dict[str, float]:
    """Give targets another share of what comes next; they and the others keep their proportions among themselves.

    Examples
    --------
    >>> with_share({"a": 0.25, "b": 0.25, "c": 0.5}, ["a"], 0.5)
    {'a': 0.5, 'b': 0.16666666666666666, 'c': 0.3333333333333333}
    """
    before = sum(row[name] for name in targets)
    return {
        name: value * (share / before if name in targets else (1 - share) / (1 - before)) for name, value in row.items()
    }


def next_rates(place: str, plant: Plant | None = None) -> dict[str, float]:
    """Give the probabilities of what the middle customer does next: the truth behind the events.

    Parameters
    ----------
    place
        A touchpoint.
    plant
        Where given, the probabilities at its level (or on its days).

    Returns
    -------
    dict of str to float
        By touchpoint and ``(away)``; they add up to 1. At ``category``, ``product`` and ``cart`` customers differ in
        how likely they go away, and after ``delivery`` in how likely they call or send back: see ``VARIES``. Elsewhere
        the probabilities hold for every customer.

    Notes
    -----
    In a journey, what follows a touchpoint is also where a customer who was away comes in again within the journey gap;
    that is always one of ``ENTRIES``. So for a target that is none of them this is the very share that the transitions
    show.

    Examples
    --------
    >>> next_rates("payment")["payment_error"]
    0.05
    """
    row = ROWS[place]
    if plant is not None and plant.measure == "next" and plant.source == place:
        return with_share(row, plant.targets, plant.effect)
    return dict(row)


def type_rates(place: str, customer_type: int, plant: Plant | None = None) -> dict[str, float]:
    """Give the probabilities of what a customer of one of the ``N_TYPES`` types does next."""
    row = next_rates(place, plant)
    leaving, complaining = divmod(customer_type, len(VARIES))
    if place in LEAVING_VARIES_AT:
        row = with_share(row, [AWAY], _varied(row[AWAY], VARIES[leaving]))
    if place in COMPLAINING_VARIES_AT:
        row = with_share(row, COMPLAINTS, _varied(sum(row[name] for name in COMPLAINTS), VARIES[complaining]))
    return row


def _varied(share: float, by: float) -> float:
    return share + by * min(share, 1 - share)


def time_to(place: str) -> tuple[float, float]:
    """Give the median seconds until a touchpoint is reached and their scatter."""
    return TIMES.get(place, PAGE_TIME)

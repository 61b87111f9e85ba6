"""The touchpoints of the sample shop: which there are, their stage and their channel."""

from __future__ import annotations

from dataclasses import dataclass

STAGES = ("awareness", "consideration", "purchase", "service", "loyalty")
CHANNELS = ("ads", "social", "email", "web", "app", "store", "courier", "call_centre")
DEVICES = ("mobile", "desktop", "tablet")
OFFLINE_CHANNELS = ("store", "courier", "call_centre")
GOAL = "order"


@dataclass(frozen=True, slots=True)
class ShopTouchpoint:
    """One touchpoint of the sample shop.

    Parameters
    ----------
    name
        What stands in the column ``event``.
    stage
        The stage that the shop's settings put it in.
    channel
        The channel it always has; empty where it happens on the web or in the app, as the visit does.
    page
        Whether it is a page that has a loading time.
    """

    name: str
    stage: str
    channel: str = ""
    page: bool = False


TOUCHPOINTS = (
    ShopTouchpoint("ad_click", "awareness", "ads"),
    ShopTouchpoint("social_post", "awareness", "social"),
    ShopTouchpoint("email_open", "awareness", "email"),
    ShopTouchpoint("search_engine", "awareness", "web"),
    ShopTouchpoint("store_visit", "awareness", "store"),
    ShopTouchpoint("home", "consideration", page=True),
    ShopTouchpoint("category", "consideration", page=True),
    ShopTouchpoint("search", "consideration", page=True),
    ShopTouchpoint("product", "consideration", page=True),
    ShopTouchpoint("reviews", "consideration", page=True),
    ShopTouchpoint("cart", "purchase", page=True),
    ShopTouchpoint("voucher_problem", "purchase", page=True),
    ShopTouchpoint("shipping_info", "purchase", page=True),
    ShopTouchpoint("checkout", "purchase", page=True),
    ShopTouchpoint("payment", "purchase", page=True),
    ShopTouchpoint("payment_error", "purchase", page=True),
    ShopTouchpoint("order", "purchase"),
    ShopTouchpoint("delivery", "service", "courier"),
    ShopTouchpoint("help_page", "service", page=True),
    ShopTouchpoint("support_chat", "service"),
    ShopTouchpoint("support_call", "service", "call_centre"),
    ShopTouchpoint("return_request", "service", page=True),
    ShopTouchpoint("refund", "service", "email"),
    ShopTouchpoint("review_written", "loyalty"),
    ShopTouchpoint("newsletter_signup", "loyalty"),
    ShopTouchpoint("loyalty_join", "loyalty"),
)

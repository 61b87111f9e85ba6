"""The touchpoint catalog: from event names to touchpoints, stages and goals. Pure text work."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fnmatch import translate
from typing import TYPE_CHECKING, Final

from journeymap.model.names import DEFAULT_STAGES, ENDS, START, UNSTAGED

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

# The first of these that a log has is its goal, where nobody names one.
_GOAL_NAMES: Final = (
    "order_completed", "purchase_completed", "checkout_completed", "transaction_completed", "payment_completed",
    "order_placed", "place_order", "purchase", "purchased", "order", "ordered", "transaction", "completed_order",
    "complete_purchase", "completed_purchase", "complete_order", "buy", "bought", "sale", "conversion", "converted",
    "subscription_started", "subscribe", "subscribed", "booking_completed", "booked", "booking",
)  # fmt: skip
_STAGE_WORDS: Final[dict[str, tuple[str, ...]]] = {
    "awareness": (
        "ad", "ads", "advert", "banner", "campaign", "impression", "social", "mailing", "newsletter_open", "email_open",
        "landing", "organic", "search_engine", "sms", "push", "store_visit", "first_visit", "visit",
    ),
    "consideration": (
        "home", "homepage", "product", "category", "catalog", "catalogue", "search", "view", "page_view", "compare",
        "wishlist", "review", "reviews", "pricing", "browse", "list", "detail", "details", "demo", "quote", "coupon",
    ),
    "purchase": (
        "cart", "addtocart", "basket", "checkout", "shipping", "payment", "order", "purchase", "transaction", "buy",
        "pay", "billing", "voucher", "subscribe", "booking", "sale", "redeem", "redemption",
    ),
    "service": (
        "support", "help", "call", "ticket", "complaint", "return", "returns", "refund", "delivery", "chat", "contact",
        "cancel", "cancellation", "faq", "service", "claim", "repair", "cancelled",
    ),
    "loyalty": (
        "loyalty", "referral", "refer", "recommend", "review_written", "renew", "renewal", "reward", "points",
        "membership", "member", "newsletter_signup", "repeat", "feedback", "nps", "survey",
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Naming:
    """How event names become touchpoints; see :class:`journeymap.settings.TouchpointSettings`."""

    rename: tuple[tuple[str, str], ...] = ()
    patterns: tuple[tuple[str, str], ...] = ()
    drop: tuple[str, ...] = ()

    def touchpoints(self, names: Iterable[str]) -> dict[str, str | None]:
        """Give each event name its touchpoint, or None where it is dropped.

        Examples
        --------
        >>> Naming(patterns=(("/product/*", "product"),), drop=("ping",)).touchpoints(["/product/7", "ping", "cart"])
        {'/product/7': 'product', 'ping': None, 'cart': 'cart'}
        """
        renamed = dict(self.rename)
        dropped = _matcher(self.drop)
        patterns = [(_matcher((pattern,)), touchpoint) for pattern, touchpoint in self.patterns]
        found: dict[str, str | None] = {}
        for name in names:
            if dropped(name):
                found[name] = None
            elif name in renamed:
                found[name] = renamed[name]
            else:
                found[name] = next((touchpoint for fits, touchpoint in patterns if fits(name)), name)
        return {name: _not_reserved(touchpoint) for name, touchpoint in found.items()}


def _not_reserved(touchpoint: str | None) -> str | None:
    """Keep the names of the graph's own nodes free."""
    if touchpoint is not None and touchpoint in (START, *ENDS):
        return f"{touchpoint[1:-1]} (event)"
    return touchpoint


class _Matcher:
    def __init__(self, patterns: Sequence[str]) -> None:
        joined = "|".join(translate(re.sub(r"([\[\]?])", r"[\1]", pattern)) for pattern in patterns)
        self._fits = re.compile(joined or r"(?!)", re.IGNORECASE)

    def __call__(self, name: str) -> bool:
        return self._fits.match(name) is not None


def _matcher(patterns: Sequence[str]) -> _Matcher:
    """Match names against patterns in which only ``*`` is special; case does not matter."""
    return _Matcher(patterns)


def match_group(
    names: Iterable[str], groups: Sequence[tuple[str, tuple[str, ...]]], *, otherwise: str
) -> dict[str, str]:
    """Give each name the first group (a stage, a channel) one of whose patterns it fits.

    Examples
    --------
    >>> match_group(["ad_click", "cart"], [("awareness", ("ad_*",))], otherwise="-")
    {'ad_click': 'awareness', 'cart': '-'}
    """
    matchers = [(group, _matcher(patterns)) for group, patterns in groups]
    return {name: next((group for group, fits in matchers if fits(name)), otherwise) for name in names}


def guess_stages(names: Sequence[str]) -> dict[str, str]:
    """Give each touchpoint a stage by the words in its name; none at all where fewer than half have one.

    A few stages among many touchpoints without one would mislead more than they say.

    Examples
    --------
    >>> guess_stages(["ad_click", "product", "cart", "order"])
    {'ad_click': 'awareness', 'product': 'consideration', 'cart': 'purchase', 'order': 'purchase'}
    >>> guess_stages(["A_SUBMITTED", "W_Completeren aanvraag"])["A_SUBMITTED"]
    '(no stage)'
    """
    found = {name: _stage_of(plain_name(name)) for name in names}
    if 2 * sum(stage is not None for stage in found.values()) < len(found):
        return dict.fromkeys(found, UNSTAGED)
    return {name: stage or UNSTAGED for name, stage in found.items()}


def _stage_of(name: str) -> str | None:
    words = set(name.split("_")) | {name}
    pairs = {"_".join(pair) for pair in zip(name.split("_"), name.split("_")[1:], strict=False)}
    # Two words together say more than one: newsletter_signup is loyalty, not awareness.
    for candidates in ({name}, pairs, words):
        for stage in DEFAULT_STAGES:
            if candidates & set(_STAGE_WORDS[stage]):
                return stage
    return None


def guess_goal(names: Iterable[str]) -> str | None:
    """Give the touchpoint that most likely means success, or None.

    Examples
    --------
    >>> guess_goal(["Product Viewed", "Order Completed"])
    'Order Completed'
    """
    by_plain: dict[str, str] = {}
    for name in sorted(names):
        by_plain.setdefault(plain_name(name), name)
    return next((by_plain[goal] for goal in _GOAL_NAMES if goal in by_plain), None)


def plain_name(name: str) -> str:
    """Write a name in lower case with underscores, so that spellings of one name compare equal.

    Examples
    --------
    >>> plain_name("Order Completed"), plain_name("orderCompleted")
    ('order_completed', 'order_completed')
    """
    parted = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)
    return re.sub(r"[^0-9a-z]+", "_", parted.lower()).strip("_")

"""What touchpoints are for, by the words in their names: searches, help, support, errors, regret."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

from journeymap.model.catalog import match_group, plain_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from journeymap.painpoints.look import Place

Role = Literal["search", "help", "support", "error", "regret"]

_WORDS: Final[dict[str, frozenset[str]]] = {
    "search": frozenset({"search", "searched", "find", "query", "lookup"}),
    "help": frozenset({"help", "faq", "faqs", "helpcenter", "howto", "knowledge"}),
    "support": frozenset(
        {"support", "call", "calls", "called", "phone", "chat", "ticket", "complaint", "hotline", "agent", "contact"}
    ),
    "error": frozenset(
        {"error", "errors", "fail", "failed", "failure", "fault", "invalid", "crash", "crashed", "exception", "timeout",
         "refused", "rejected", "problem", "broken"}
    ),
    "regret": frozenset(
        {"return", "returned", "returns", "refund", "refunded", "cancel", "canceled", "cancelled", "cancellation",
         "complaint", "complained", "unsubscribe", "unsubscribed", "chargeback", "dispute", "churn", "churned"}
    ),
}  # fmt: skip
# A search engine brings customers; it is no search in the shop.
_NOT: Final[dict[str, frozenset[str]]] = {
    "search": frozenset({"engine", "ad", "ads", "organic", "paid", "seo", "sem", "click"}),
    "help": frozenset(),
    "support": frozenset({"action", "roll"}),
    "error": frozenset(),
    "regret": frozenset({"policy", "visitor", "customer"}),
}


def with_role(places: Iterable[Place], role: Role, declared: Sequence[tuple[str, tuple[str, ...]]] = ()) -> list[Place]:
    """Give the touchpoints of a role: those that the settings declare, else those whose name has a word of it.

    Examples
    --------
    >>> from journeymap.painpoints.look import Place
    >>> names = ("search", "search_engine", "Payment Failed")
    >>> places = [Place(name, at, "", "", is_goal=False) for at, name in enumerate(names)]
    >>> [place.name for place in with_role(places, "search")], [place.name for place in with_role(places, "error")]
    (['search'], ['Payment Failed'])
    >>> [place.name for place in with_role(places, "error", [("error", ("search*",))])]
    ['search', 'search_engine']
    """
    places = list(places)
    patterns = dict(declared).get(role)
    if patterns is not None:
        fits = match_group([place.name for place in places], [(role, patterns)], otherwise="")
        return [place for place in places if fits[place.name]]
    found = []
    for place in places:
        words = set(plain_name(place.name).split("_"))
        if words & _WORDS[role] and not words & _NOT[role]:
            found.append(place)
    return found


def keys_of(places: Iterable[Place]) -> list[int]:
    """Give the keys of touchpoints, for a list that a question binds."""
    return [place.key for place in places]

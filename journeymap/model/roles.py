"""What touchpoints are for, by the words in their names: searches, help, support, errors, regret."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

from journeymap.model.catalog import match_group, plain_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Role = Literal["search", "help", "support", "error", "regret"]

_WORDS: Final[dict[str, frozenset[str]]] = {
    "search": frozenset({"search", "searched", "find", "query", "lookup"}),
    "help": frozenset({"help", "faq", "faqs", "helpcenter", "howto", "knowledge"}),
    "support": frozenset(
        {"support", "call", "calls", "called", "phone", "chat", "ticket", "complaint", "hotline", "agent", "contact"}
    ),
    "error": frozenset(
        {"error", "errors", "fail", "failed", "fails", "failure", "fault", "invalid", "crash", "crashed", "exception",
         "timeout", "refused", "rejected", "denied", "problem", "problems", "broken"}
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


def names_with_role(
    names: Iterable[str], role: Role, declared: Sequence[tuple[str, tuple[str, ...]]] = ()
) -> list[str]:
    """Give the names of a role: those that the settings' ``[roles]`` declare, else those that have a word of it.

    Examples
    --------
    >>> names = ["search", "search_engine", "Payment Failed", "A_DECLINED"]
    >>> names_with_role(names, "search"), names_with_role(names, "error")
    (['search'], ['Payment Failed'])
    >>> names_with_role(names, "error", [("error", ("search*",))])
    ['search', 'search_engine']
    """
    known = list(names)
    patterns = dict(declared).get(role)
    if patterns is not None:
        fits = match_group(known, [(role, patterns)], otherwise="")
        return [name for name in known if fits[name]]
    words = {name: set(plain_name(name).split("_")) for name in known}
    return [name for name in known if words[name] & _WORDS[role] and not words[name] & _NOT[role]]

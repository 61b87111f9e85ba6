"""Abandonment: after X no Y within W.

What it is
    A customer begins something (puts a product in the cart) and does not finish it (order) within a window.
Why it hurts
    The customer wanted it enough to begin. What stopped them is often small and can be mended: a cost shown late, a
    form, a fault.
How it is measured
    By attempts (see :func:`journeymap.measure.abandonment.abandonment`): the rate is the abandoned over the mature
    attempts. Revenue at risk is the mean goal value times the abandoned attempts.
What can be set
    ``after`` (X), ``without`` (Y, the goal unless said), ``window_us`` (7 days unless said). Without ``after``, the
    touchpoints that look like a cart or a checkout are taken.
Known false alarms
    A cart used as a wish list. A purchase made where no events come from, such as a shop without a till feed. A window
    shorter than people take to decide.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from journeymap.measure.abandonment import attempt_steps, attempt_values, went_instead
from journeymap.model.catalog import plain_name
from journeymap.painpoints.look import Look, Skipped
from journeymap.settings import format_duration
from journeymap.settings.durations import DAY_US
from journeymap.store.sql import Step

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from journeymap.model.finding import Finding
    from journeymap.painpoints.look import Site
    from journeymap.segments.question import Question
    from journeymap.store.store import Store

KIND: Final = "abandonment"
DEFAULT_WINDOW_US: Final = 7 * DAY_US
_BEGIN_WORDS: Final = ("cart", "basket", "checkout", "addtocart", "trial", "bag")
_N_SHOWN: Final = 5


def guess_starts(names: Sequence[str], goals: Sequence[str]) -> list[str]:
    """Give the touchpoints that look like the begin of something that should end in a goal.

    Examples
    --------
    >>> guess_starts(["product", "add_to_cart", "checkout", "order"], ["order"])
    ['add_to_cart', 'checkout']
    """
    found = []
    for name in names:
        words = plain_name(name).split("_")
        finished = {"completed", "complete", "removed", "remove", "abandoned"} & set(words)
        if name not in goals and not finished and any(word in _BEGIN_WORDS for word in words):
            found.append(name)
    return found


def look(site: Site) -> list[Look] | Skipped:
    """Look at the touchpoints that seem to begin something, until the goal."""
    if not site.goals:
        return Skipped(KIND, "no touchpoint is known as a goal")
    starts = guess_starts([place.name for place in site.touchpoints], site.goals)
    if not starts:
        return Skipped(KIND, "no touchpoint looks like a cart, a checkout or a trial")
    return [look_after(site, start, site.goals, DEFAULT_WINDOW_US) for start in starts]


def look_after(site: Site, after: str, without: Sequence[str], window_us: int) -> Look:
    """Look at one pair: after X none of Y within W.

    Raises
    ------
    UnknownNameError
        When a touchpoint is not known.
    QuestionError
        When there is nothing to wait for.
    """
    values = attempt_values(site.store, after, without, window_us)
    place = f"after {after} without {' or '.join(without)} within {format_duration(window_us)}"
    steps = (
        *attempt_steps(site.population),
        Step(
            "units",
            """
            SELECT 0 AS place_key, customer_key, journey_key, position, start_us AS at_us, 0 AS stratum, is_mature,
                is_abandoned AS is_hit
            FROM attempts
            """,
        ),
        Step("places", "SELECT 0 AS place_key, $place AS place, $place_touchpoint AS touchpoint"),
    )
    return Look(
        KIND, "attempts", steps, {**values, "place": place, "place_touchpoint": after},
        is_loss=True, least_units=1, is_always_shown=True,
        n_strata=1, window_us=window_us,
    )  # fmt: skip


def with_went(
    store: Store, question: Question, findings: Sequence[Finding], *, after: str, without: Sequence[str], window_us: int
) -> list[Finding]:
    """Add to the findings of one pair what should have followed, and where those went who abandoned."""
    instead = went_instead(store, question, after=after, without=without, window_us=window_us)
    columns = list(instead.columns[: len(question.by)])
    return [
        replace(finding, without=tuple(without), went_instead=_went(instead, columns, finding)) for finding in findings
    ]


def _went(instead: pd.DataFrame, columns: list[str], finding: Finding) -> tuple[tuple[str, int], ...]:
    chosen = instead
    for name, (_, level) in zip(columns, finding.levels, strict=True):
        chosen = chosen[chosen[name] == level]
    return tuple((str(row["touchpoint"]), int(row["count"])) for row in chosen.head(_N_SHOWN).to_dict("records"))

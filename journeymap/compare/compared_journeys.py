"""The journeys whose levels are compared: read once, asked for one segment after the other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from journeymap.compare.permutation import Effect, Exchange, PathDivergence, any_of, cramers_v_squared, measure_effects
from journeymap.compare.segment_effects import SegmentEffect
from journeymap.model.names import START
from journeymap.segments.population import choose_population
from journeymap.segments.transition_counts import TransitionCounts, gather_rare, number_sources, tabulate
from journeymap.store.schema import KEY_SPAN, N_GROUPS

if TYPE_CHECKING:
    from journeymap.compare.permutation import Floats, Integers
    from journeymap.segments.question import Question
    from journeymap.segments.segment import Segment
    from journeymap.store.store import Store

SAMPLE_CUSTOMERS: Final = 50_000
"""More customers than this are sampled, by whole customer groups."""

MOST_LEVELS: Final = 20
"""Beyond the largest of so many, levels are taken together."""

_REST: Final = "(other)"


@dataclass(frozen=True, slots=True, eq=False)
class ComparedJourneys:
    """The journeys that are compared, in the order of their customers.

    Attributes
    ----------
    keys, customers
        The key of each journey and of its customer, shape (journeys,).
    mature, converted
        1 where a journey is mature, and mature and converted; else 0.
    exchange
        Who can change levels with whom.
    counts
        The transitions of each journey.
    n_groups
        How many of the 100 customer groups are looked at.
    n_customers
        How many customers there are.
    """

    keys: Integers
    customers: Integers
    mature: Any
    converted: Any
    exchange: Exchange
    counts: TransitionCounts
    n_groups: int
    n_customers: int

    @property
    def n_sampled(self) -> int:
        """How many customers are looked at."""
        return len(np.unique(self.customers))

    @classmethod
    def read(cls, store: Store, question: Question) -> ComparedJourneys:
        """Read the journeys of a question, or those of a sample of its customers."""
        population = choose_population(store, question.split(()))
        counted = population.query([], "SELECT count(DISTINCT customer_key) FROM population")
        n_customers = int(store.rows(counted)[0][0])
        n_groups = N_GROUPS if n_customers <= SAMPLE_CUSTOMERS else max(1, N_GROUPS * SAMPLE_CUSTOMERS // n_customers)
        frame = store.frame(
            population.query(
                [],
                f"""
                SELECT journey_key, customer_key, CAST(is_mature AS INTEGER) AS mature,
                    CAST(is_mature AND status = 'converted' AS INTEGER) AS converted
                FROM population WHERE customer_key % {N_GROUPS} < $n_groups ORDER BY customer_key, journey_key
                """,
                n_groups=n_groups,
            )
        )
        within = f"unit_key // {KEY_SPAN} % {N_GROUPS} < $n_groups"
        counts = tabulate(store, population, "journey_key", narrowed=within, n_groups=n_groups)
        return cls(
            frame["journey_key"].to_numpy(),
            frame["customer_key"].to_numpy(),
            frame["mature"].to_numpy(np.float64),
            frame["converted"].to_numpy(np.float64),
            Exchange(frame["customer_key"].to_numpy()),
            gather_rare(counts),
            n_groups,
            n_customers,
        )

    def levels(self, store: Store, question: Question, name: str) -> tuple[Any, Segment]:
        """Give the level of each journey, and the segment."""
        population = choose_population(store, question.split((name,)))
        frame = store.frame(
            population.query(
                [],
                f"SELECT level0 AS level FROM population WHERE customer_key % {N_GROUPS} < $n_groups "
                "ORDER BY customer_key, journey_key",
                n_groups=self.n_groups,
            )
        )
        return frame["level"].to_numpy(dtype=str), population.by[0]

    def effect_of(
        self,
        segment: Segment,
        found: Any,  # noqa: ANN401 - an array of texts
        codes: Integers,
        minimum: int,
        *,
        n: int,
        seed: int,
    ) -> SegmentEffect:
        """Measure what a segment divides; the correction for many segments is still to come."""
        kept, codes = _largest(found, codes)
        counts = self.transitions(segment)
        divergence = PathDivergence(counts.counts, counts.sources)

        def both(levels: Integers) -> Floats:
            return np.append(divergence(levels), cramers_v_squared(levels, self.converted, self.mature))

        *of_transitions, whole, conversion = measure_effects(codes, self.exchange, both, n=n, seed=seed)
        path_p, place = any_of(of_transitions)
        differs_at = " > ".join(counts.transitions[divergence.tested[place]]) if path_p is not None else ""
        lowest, lowest_rate, highest, highest_rate = self.extremes(codes, kept, minimum)
        return SegmentEffect(
            segment=segment.name,
            unit=segment.unit,
            levels=len(found),
            conversion_effect=_beyond_chance(conversion) ** 0.5,
            lowest=lowest,
            lowest_rate=lowest_rate,
            highest=highest,
            highest_rate=highest_rate,
            conversion_p=conversion.p_value,
            conversion_q=None,
            path_divergence=max(whole.observed - whole.by_chance, 0.0),
            differs_at=differs_at,
            path_p=path_p,
            path_q=None,
        )

    def transitions(self, segment: Segment) -> TransitionCounts:
        """Give the transitions that levels can divide: not where journeys start, where that is part of the level."""
        counts = self.counts
        if segment.unit == "customer" and not segment.is_of_first_events:
            return counts
        kept = [at for at, (source, _) in enumerate(counts.transitions) if source != START]
        transitions = tuple(counts.transitions[at] for at in kept)
        return TransitionCounts(counts.keys, transitions, number_sources(transitions), counts.counts[:, kept])

    def extremes(
        self, codes: Integers, names: list[str], minimum: int
    ) -> tuple[str | None, float | None, str | None, float | None]:
        """Give the level with the lowest conversion and its rate, and those of the highest."""
        units = np.bincount(codes, self.mature, minlength=len(names))
        hits = np.bincount(codes, self.converted, minlength=len(names))
        pairs = np.unique(np.stack([codes, self.customers])[:, self.mature > 0], axis=1)
        enough = np.bincount(pairs[0], minlength=len(names)) >= minimum
        rates = [(hits[at] / units[at], names[at]) for at in range(len(names)) if enough[at] and units[at] > 0]
        if not rates:
            return None, None, None, None
        (low, lowest), (high, highest) = min(rates), max(rates)
        return lowest, float(low), highest, float(high)


def _beyond_chance(effect: Effect) -> float:
    """Give a share as what is beyond chance of what could be beyond chance."""
    return max(effect.observed - effect.by_chance, 0.0) / (1 - effect.by_chance) if effect.by_chance < 1 else 0.0


def _largest(found: Any, codes: Integers) -> tuple[list[str], Integers]:  # noqa: ANN401 - an array of texts
    """Keep the largest levels and take the rest together."""
    names = [str(name) for name in found]
    if len(names) <= MOST_LEVELS:
        return names, codes
    order = np.argsort(-np.bincount(codes), kind="stable")[: MOST_LEVELS - 1]
    place = np.full(len(names), MOST_LEVELS - 1)
    place[order] = np.arange(MOST_LEVELS - 1)
    return [*(names[at] for at in order), _REST], place[codes]

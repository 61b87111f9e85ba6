"""Which customers are wanted: levels, pain points and a time; looked up in a store."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from journeymap.errors import QuestionError, UnknownNameError, suggest
from journeymap.painpoints import abandonment, sudden_change
from journeymap.painpoints.look import Skipped
from journeymap.painpoints.registry import detectors
from journeymap.settings import format_duration, parse_duration

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from journeymap.painpoints.look import Look, Site
    from journeymap.settings.values import AsOf

_SAID: Final = {
    "abandonment": "abandoned",
    "drop_off": "left for good at",
    "loop": "went in circles",
    "slow_step": "had to wait",
    "support_contact": "contacted",
    "failed_search": "searched in vain",
    "dead_end": "found no way on",
    "error": "met an error",
    "low_score": "was dissatisfied",
    "channel_switch": "switched the channel",
    "regret": "regretted it",
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which customers of a question are wanted.

    Attributes
    ----------
    levels
        (segment, levels) pairs: only customers in one of the levels of each.
    kinds
        Pain points: only customers who were hit by one of these kinds.
    places
        Where: touchpoints, or places as ``painpoints`` names them; empty: everywhere.
    without, window_us
        For abandonment: what should have followed (empty: the goal), and the time allowed (None: 7 days).
    last_us
        Only what happened within so many microseconds before the data end; None: ever.
    not_since
        Leave out who has visited one of these touchpoints since.
    levels_as_of
        The instant that levels and conditions are of: ``latest``, at the data end; or ``start`` of each journey, as in
        the questions about what happened.
    """

    levels: tuple[tuple[str, tuple[str, ...]], ...] = ()
    kinds: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    window_us: int | None = None
    last_us: int | None = None
    not_since: tuple[str, ...] = ()
    levels_as_of: AsOf = "latest"


def parse_wanted(
    *,
    levels: Mapping[str, str | Sequence[str]] | None = None,
    kinds: Sequence[str] = (),
    places: Sequence[str] = (),
    after: str | None = None,
    without: Sequence[str] = (),
    within: str | None = None,
    last: str | None = None,
    not_since: Sequence[str] = (),
    as_of_start: bool = False,
) -> Wanted:
    """Read which customers are wanted from what people write.

    Parameters
    ----------
    levels
        Segment to level, or levels.
    kinds, places, without, not_since
        As the attributes of :class:`Wanted`.
    after
        One abandonment: where attempts begin; the same as the kind ``abandonment`` at this place.
    within, last
        Lengths of time such as ``24h`` and ``7d``.
    as_of_start
        Whether levels and conditions are as of each journey's start, and not of the data end.

    Raises
    ------
    QuestionError
        When a length of time cannot be read, or ``after`` does not go with the kinds.

    Examples
    --------
    >>> parse_wanted(after="cart", within="24h").places
    ('cart',)
    """
    if after is not None and kinds and set(kinds) != {abandonment.KIND}:
        raise _pair_alone()
    return Wanted(
        tuple((name, (given,) if isinstance(given, str) else tuple(given)) for name, given in (levels or {}).items()),
        tuple(kinds) or ((abandonment.KIND,) if after is not None else ()),
        (*places, *(() if after is None else (after,))),
        tuple(without),
        None if within is None else parse_duration(within, what="within"),
        None if last is None else parse_duration(last, what="last"),
        tuple(not_since),
        "start" if as_of_start else "latest",
    )


@dataclass(frozen=True, slots=True)
class Pain:
    """A pain point whose customers are wanted: one place of a look.

    Attributes
    ----------
    kind
        The detector's name.
    place
        Where, in words.
    touchpoint
        Where it stands on a map.
    """

    kind: str
    place: str
    touchpoint: str

    @property
    def words(self) -> str:
        """What happened to its customers.

        Examples
        --------
        >>> Pain("abandonment", "after cart without order within 1d", "cart").words
        'abandoned: cart without order within 1d'
        >>> Pain("error", "payment_error after payment", "payment_error").words
        'met an error: payment_error after payment'
        """
        said = _SAID.get(self.kind, self.kind.replace("_", " "))
        return f"{said}: {self.place.removeprefix('after ') if self.kind == abandonment.KIND else self.place}"


@dataclass(frozen=True, slots=True)
class WantedLook:
    """A look and those of its places that are wanted, by their keys."""

    look: Look
    places: dict[int, Pain]


def wanted_looks(site: Site, wanted: Wanted) -> list[WantedLook]:
    """Give the looks behind the wanted pain points.

    Raises
    ------
    UnknownNameError
        When there is no such kind, or nothing is looked at in a place.
    QuestionError
        When a kind cannot be looked for, or what is asked does not go together.
    """
    kinds = _kinds(wanted)
    found: list[WantedLook] = []
    known: list[str] = []
    for kind in kinds:
        for look in _looks(site, kind, wanted):
            rows = site.store.rows(
                site.population.query(look.steps, "SELECT place_key, place, touchpoint FROM places", **look.values)
            )
            places = {int(key): Pain(kind, str(place), str(touchpoint)) for key, place, touchpoint in rows}
            known += [name for pain in places.values() for name in (pain.touchpoint, pain.place)]
            if wanted.places:
                names = set(wanted.places)
                places = {key: pain for key, pain in places.items() if names & {pain.place, pain.touchpoint}}
            if places:
                found.append(WantedLook(look, places))
    for name in wanted.places:
        if name not in known:
            raise UnknownNameError(
                f"--at: nothing is looked at in '{name}' ({', '.join(kinds)}). {suggest(name, known)}",
                hint=f"See the places: journeymap painpoints {site.store.name} --kind {kinds[0]} --all",
            )
    return found


def _kinds(wanted: Wanted) -> list[str]:
    known = list(detectors())
    is_pair = bool(wanted.without) or wanted.window_us is not None
    kinds = list(dict.fromkeys(wanted.kinds or ((abandonment.KIND,) if is_pair else ())))
    for kind in kinds:
        if kind == sudden_change.KIND:
            raise QuestionError(
                f"'{kind}' says when another pain point was worse, and has no customers of its own.",
                hint="Name the kind that stands in brackets in its place, such as --pain error.",
            )
        if kind not in known:
            raise UnknownNameError(
                f"There is no pain point '{kind}'. {suggest(kind, known)}", hint=f"There are: {', '.join(known)}."
            )
    if is_pair and kinds != [abandonment.KIND]:
        raise _pair_alone()
    if wanted.places and not kinds:
        raise QuestionError(
            "A place alone says nothing of what happened there.", hint="Name the pain point: --pain KIND."
        )
    return kinds


def _pair_alone() -> QuestionError:
    return QuestionError(
        "Where an attempt begins, what should follow and the time allowed are about abandonment alone.",
        hint=f"Leave out --after, --without and --within, or ask for --pain {abandonment.KIND} alone.",
    )


def _looks(site: Site, kind: str, wanted: Wanted) -> Sequence[Look]:
    if kind == abandonment.KIND:
        return _abandonments(site, wanted)
    found = detectors()[kind].look(site)
    if isinstance(found, Skipped):
        raise QuestionError(
            f"'{kind}' cannot be looked for, since {found.why}.", hint="[roles] in the settings says what is what."
        )
    return found


def _abandonments(site: Site, wanted: Wanted) -> list[Look]:
    """Look at the touchpoints that seem to begin something, and at those that are named."""
    names = [place.name for place in site.touchpoints]
    ends = list(wanted.without) or site.goals
    starts = list(dict.fromkeys([*abandonment.guess_starts(names, ends), *(set(wanted.places) & set(names))]))
    if not starts and wanted.places:
        raise UnknownNameError(
            f"--at: there is no touchpoint '{wanted.places[0]}'. {suggest(wanted.places[0], names)}",
            hint=f"See them all: journeymap touchpoints {site.store.name}",
        )
    if not starts:
        raise QuestionError(
            "No touchpoint looks like a cart, a checkout or a trial.",
            hint="Say where attempts begin: --at TOUCHPOINT.",
        )
    window_us = abandonment.DEFAULT_WINDOW_US if wanted.window_us is None else wanted.window_us
    return [abandonment.look_after(site, start, ends, window_us) for start in sorted(starts)]


def too_young(look: Look, wanted: Wanted, n_young: int) -> QuestionError:
    """Say that nothing of the wanted time can be judged yet, and what to do."""
    last = "" if wanted.last_us is None else f" of the last {format_duration(wanted.last_us)}"
    hint = "Ask for a longer time with --last" if last else "Wait for more events"
    if look.kind == abandonment.KIND and look.window_us is not None:
        hint = f"Give a shorter time to finish in with --within (now {format_duration(look.window_us)})"
        hint += ", or a longer one with --last" if last else ""
    return QuestionError(
        f"None of the {n_young:,} {look.unit}{last} can be judged yet: they are too young.",
        hint=f"{hint}.",
    )

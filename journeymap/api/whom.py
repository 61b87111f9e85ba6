"""Whom the questions are about: a store with a population that can be narrowed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Self

from journeymap.errors import QuestionError
from journeymap.segments.define import known_name
from journeymap.segments.one_line import FORMS, parse_definition
from journeymap.segments.overview import every_level, list_segments, notes_on
from journeymap.segments.question import Question, parse_time, sides_of
from journeymap.settings import SegmentSettings, Settings, check_settings, parse_duration

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import date, datetime
    from pathlib import Path

    import pandas as pd

    from journeymap.model.ingest_report import IngestReport
    from journeymap.segments.question import Sides
    from journeymap.settings import EndAt
    from journeymap.store.store import Store

    By = str | Sequence[str] | None
    When = str | date | datetime | None


class Whom:
    """A store with a population."""

    def __init__(self, store: Store, question: Question, report: IngestReport | None = None) -> None:
        self._store = store
        self._question = question
        self.report = report

    def __repr__(self) -> str:
        whom = f" where {' and '.join(self._question.narrowed)}" if self._question.narrowed else ""
        return f"<Journeys of {self._store.name}{whom}>"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def settings(self) -> Settings:
        """What the store was built with."""
        return self._store.settings

    @property
    def question(self) -> Question:
        """Whom the questions are about."""
        return self._question

    @property
    def store(self) -> Store:
        """The open store, for SQL of one's own: ``shop.store.engine.execute("SELECT ...")``."""
        return self._store

    def export_store(self, folder: str | Path) -> None:
        """Write the whole store to a folder of Parquet tables, which Spark opens; see :mod:`journeymap.store.moving`.

        Parameters
        ----------
        folder
            A new folder on this machine's disk; one that is a store already gets a new version.

        Raises
        ------
        QuestionError, OutputError
            When the store is such a folder already, or the folder cannot be written.
        """
        from journeymap.store.moving import export_store

        export_store(self._store, folder)

    def where(
        self,
        /,
        condition: str | None = None,
        *,
        since: When = None,
        until: When = None,
        as_of: When = None,
        end_at: EndAt | None = None,
        **levels: str,
    ) -> Self:
        """Narrow the population to whole customers or whole journeys.

        Parameters
        ----------
        condition
            An expression over segments, attributes and event columns (a journey's are those of its first event), such
            as ``"age >= 30 and region <> 'south'"``.
        since, until
            Only journeys that start at or after, and before, these dates or times (UTC); what was asked before holds
            as well. Pieces of a journey that is cut at goals go with the whole of it.
        as_of
            The data end: events after it are as if they had never been there.
        end_at
            ``goal`` cuts journeys after each goal; ``journey`` does not.
        **levels
            Segments and the level that must hold: ``region="north"``.

        Returns
        -------
        Journeys
            The same store with a narrower question; this one stays as it is.

        Raises
        ------
        QuestionError
            When a date cannot be read, or since is not before until.
        """
        old = self._question
        names = self._named(tuple(levels))
        narrowed = replace(
            old,
            levels=(*old.levels, *zip(names, map(str, levels.values()), strict=True)),
            conditions=(*old.conditions, *([condition] if condition else [])),
            since_us=_narrower(max, old.since_us, parse_time(since, what="since")),
            until_us=_narrower(min, old.until_us, parse_time(until, what="until")),
            as_of_us=old.as_of_us if as_of is None else parse_time(as_of, what="as_of"),
            end_at=end_at or old.end_at,
        )
        if narrowed.since_us is not None and narrowed.until_us is not None and narrowed.since_us >= narrowed.until_us:
            raise QuestionError("since must be before until.", hint="Journeys are chosen by their start.")
        if narrowed.end_at not in (None, "journey", "goal"):
            raise QuestionError(f"end_at: '{narrowed.end_at}' is neither 'journey' nor 'goal'.")
        return type(self)(self._store, narrowed, self.report)

    def define(self, name: str, definition: str | SegmentSettings) -> Self:
        """Define a segment for further questions, to split by and to narrow with.

        Parameters
        ----------
        name
            What it is called; it goes before a segment or column of that name.
        definition
            What would stand in ``[segments.NAME]``; or one line, such as ``"repeat: purchases >= 2; else once"``
            (:mod:`journeymap.segments.one_line`).

        Returns
        -------
        Journeys
            The same store with one more segment; this one stays as it is.

        Raises
        ------
        QuestionError, SettingsError
            When it is no definition, or one that cannot be used.

        Examples
        --------
        >>> import journeymap as jm
        >>> shop = jm.open("sample_events/*.csv").define("buyer", "yes: purchases >= 1; else no")
        >>> int(shop.outcomes(by="buyer")["journeys"].sum()) == int(shop.outcomes()["journeys"].item())
        True
        """
        if isinstance(definition, str):
            definition = parse_definition(self._store, name, definition)
        elif not isinstance(definition, SegmentSettings):
            raise QuestionError(f"{definition!r} is no definition of a segment.", hint=FORMS)
        else:
            check_settings(Settings(segments=((name, definition),)), origin="--segment")
        others = tuple(pair for pair in self._question.segments if pair[0] != name)
        narrowed = replace(self._question, segments=(*others, (name, definition)))
        return type(self)(self._store, narrowed, self.report)

    def segments(self) -> pd.DataFrame:
        """List the segments; see :func:`journeymap.segments.overview.list_segments`."""
        return list_segments(self._store, self._question)

    def notes(self, by: By = None) -> tuple[str, ...]:
        """Say what a reader should know of a question's segments; see :mod:`journeymap.segments.overview`."""
        return notes_on(self._store, self._by(by))

    def explain_to(self, listener: Callable[[str], None]) -> None:
        """Tell every question's SQL to a listener before it runs."""
        self._store.engine.listeners.append(listener)

    def close(self) -> None:
        """Close the store; further questions fail."""
        self._store.close()

    def _by(self, by: By) -> Question:
        return self._question.split(self._named(by))

    def _named(self, segments: By) -> tuple[str, ...]:
        """Give the names of segments as they are written where they come from."""
        return tuple(known_name(self._store, name, self._question) for name in texts(segments, what="a segment"))

    def _two_sides(self, segment: str | None, levels: str | Sequence[str] | None, after: When, before: When) -> Sides:
        """Give the sides where there must be two: of a segment with two levels, these need not be named."""
        if segment is None or texts(levels) or after is not None or before is not None:
            return self._sides(segment, levels, after, before)
        pairs = every_level(self._store, self._named(segment)[0], self._question)
        if len(pairs) > 1:
            raise QuestionError(
                f"'{segment}' has {len(pairs)} levels, and two sides are compared.",
                hint=f"Name one, against the rest, or two: {', '.join(pair.levels[0] for pair in pairs[:12])}.",
            )
        return pairs[0]

    def _sides(self, segment: str | None, levels: str | Sequence[str] | None, after: When, before: When) -> Sides:
        named = self._named(segment)
        return sides_of(named[0] if named else None, texts(levels), after=after, before=before)


def _narrower(choose: Callable[[int, int], int], old_us: int | None, new_us: int | None) -> int | None:
    if old_us is None or new_us is None:
        return new_us if old_us is None else old_us
    return choose(old_us, new_us)


def texts(given: str | Sequence[str] | None, *, what: str = "a name") -> tuple[str, ...]:
    """Give one text or several as a tuple; nothing is an empty one."""
    if given is None:
        return ()
    many = (given,) if isinstance(given, str) or not isinstance(given, Iterable) else tuple(given)
    for one in many:
        if not isinstance(one, str):
            raise QuestionError(f"{one!r} is not {what}.", hint="Give a text, or a list of texts.")
    return many


def window_us_of(window: str | None) -> int | None:
    """Read what a funnel may take, such as ``7d``; None: as long as it likes."""
    return None if window is None else parse_duration(window, what="window")

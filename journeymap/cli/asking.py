"""From the first arguments of a question to an open store with a population."""

from __future__ import annotations

import inspect
import re
from contextlib import contextmanager
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Final

from journeymap.cli.progress import progress
from journeymap.cli.reading import settings_for_reading
from journeymap.cli.talk import tell, tell_note, tell_report
from journeymap.errors import QuestionError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from journeymap.api import Journeys
    from journeymap.cli.options import Reading, Whom

# region=north: a name, an equals sign and a text without quotes, further signs or brackets.
_PLAIN_LEVEL: Final = re.compile(r"\s*([^=<>!'\"()]+?)\s*==?\s*([^=<>!'\"()]+?)\s*")


@contextmanager
def opened(sources: Sequence[str], reading: Reading) -> Iterator[Journeys]:
    """Open a store, or read raw files into memory and say how they were read.

    Parameters
    ----------
    sources
        A store's file; or raw files, folders and globs.
    reading
        How raw files are read.

    Yields
    ------
    Journeys
        What to ask; it is closed when the block ends.

    Raises
    ------
    JourneymapError
        When it is neither, or options for raw files are given with a store.
    """
    from journeymap import api
    from journeymap.store.manifest import is_folder_store
    from journeymap.store.opening import is_store_of

    first = sources[0]
    if len(sources) == 1 and is_store_of(first, reading.engine):
        if reading.given():
            raise QuestionError(
                f"{first} is a store, and {', '.join(reading.given())} is about raw files.",
                hint="A store keeps what it was ingested with: leave it out, or ingest the files again with it.",
            )
        with api.open(first, memory_limit=reading.memory_limit, engine=reading.engine) as journeys:
            yield journeys
        return
    if len(sources) == 1 and (Path(first).suffix in {".duckdb", ".db"} or is_folder_store(Path(first))):
        api.open(first)  # raises: it is missing, or no store, or one for Spark
    settings = settings_for_reading(sources, reading)
    with progress() as told:
        journeys = api.open(
            list(sources),
            settings=settings,
            customers=reading.customers,
            memory_limit=reading.memory_limit,
            engine=reading.engine,
            told=told,
        )
    with journeys:
        if journeys.report is not None:
            tell_report(journeys.report)
        yield journeys


@contextmanager
def asked(
    sources: Sequence[str],
    reading: Reading,
    whom: Whom,
    by: Sequence[str] = (),
    *,
    each: Sequence[str] = (),
    as_of_end: bool = False,
) -> Iterator[Journeys]:
    """Open what is asked, narrow it to whom it is about, and say what was decided on the way.

    Parameters
    ----------
    sources, reading
        As for :func:`opened`.
    whom
        Whom it is about.
    by
        The segments that will split it.
    each
        Those that will split it one at a time.
    as_of_end
        Whether levels and conditions will be of the data end; the notes then are those of whoever asks.

    Yields
    ------
    Journeys
        The narrowed population.
    """
    with opened(sources, reading) as everyone:
        journeys = define(everyone, whom.segment)
        for condition in whom.where or ():
            journeys = _where(journeys, condition)
        journeys = journeys.where(
            since=whom.since,
            until=whom.until,
            as_of=whom.as_of,
            end_at=None if whom.end_at is None else whom.end_at.value,
        )
        for names in () if as_of_end else (by, *((name,) for name in each)):
            for note in journeys.notes(names):
                tell_note(note)
        if whom.explain:
            journeys.explain_to(lambda sql: tell(sql + "\n"))
        yield journeys


def define(journeys: Journeys, definitions: Sequence[str] | None) -> Journeys:
    """Define the segments that were given as ``NAME=DEFINITION``."""
    for text in definitions or ():
        name, _, definition = text.partition("=")
        journeys = journeys.define(name.strip(), definition)
    return journeys


def _where(journeys: Journeys, condition: str) -> Journeys:
    """Narrow by an expression, or by what people type first: ``region=north``, without quotes."""
    plain = _PLAIN_LEVEL.fullmatch(condition)
    if plain is None or _is_number(plain.group(2)):
        return journeys.where(condition)
    name, level = plain.group(1).strip('"'), plain.group(2)
    if name in inspect.signature(journeys.where).parameters:
        return journeys.where(f"\"{name}\" = '{level}'")
    return journeys.where(**{name: level})  # type: ignore[arg-type]  # a segment, as checked above


def _is_number(text: str) -> bool:
    try:
        return isfinite(float(text))
    except ValueError:
        return False

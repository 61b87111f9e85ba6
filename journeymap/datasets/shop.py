"""Generates the sample shop: draws it chunk by chunk and writes its files."""

from __future__ import annotations

import json
import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, get_args

import numpy as np

from journeymap.datasets.chunk import draw_chunk
from journeymap.datasets.dirt import Dirt
from journeymap.datasets.stories import PAYMENT_FAULT
from journeymap.datasets.texts import GENERATOR, Facts, readme_text, settings_text, stories_json
from journeymap.datasets.walk import Period
from journeymap.datasets.writer import FileFormat, ShopWriter, customers_name, events_name
from journeymap.errors import OutputError, QuestionError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from concurrent.futures import Future
    from pathlib import Path

    from journeymap.datasets.chunk import Chunk

LAST_DAY = date(2026, 6, 30)
MOST_DAYS = 3650
_TABLES = re.compile(r"(events-\d{4}-\d{2}|customers)\.(csv|parquet)")


@dataclass(frozen=True, slots=True)
class ShopFiles:
    """The files of a generated shop.

    Parameters
    ----------
    folder
        Where they are.
    events
        The files of the events, one a month, in order.
    customers, settings, stories, readme
        The other files.
    n_customers
        How many customers there are.
    n_events
        How many rows the files of the events have, dirty ones included.
    dirt
        How many of these are dirty.
    """

    folder: Path
    events: tuple[Path, ...]
    customers: Path
    settings: Path
    stories: Path
    readme: Path
    n_customers: int
    n_events: int
    dirt: Dirt


def write_shop(
    out: Path,
    *,
    customers: int,
    days: int,
    seed: int,
    file_format: FileFormat,
    customers_per_chunk: int,
) -> ShopFiles:
    """Generate a shop; see `journeymap.datasets.generate_shop`."""
    _check(customers, days, seed, file_format, customers_per_chunk)
    first_day = LAST_DAY - timedelta(days=days - 1)
    months = _months(first_day)
    facts = Facts(
        n_customers=customers,
        n_events=0,
        days=days,
        first_day=first_day,
        last_day=LAST_DAY,
        seed=seed,
        file_format=file_format,
        customers_per_chunk=customers_per_chunk,
        files=(*(events_name(month, file_format) for month in months), customers_name(file_format)),
        dirt=Dirt(),
    )
    try:
        _make_room(out, facts)
        # First, so that the folder is known as ours if the work is broken off.
        (out / "stories.json").write_text(stories_json(facts), encoding="utf-8", newline="\n")
        with ShopWriter(out, months, file_format) as writer:
            for chunk in _chunks(customers, customers_per_chunk, seed, _period(first_day)):
                writer.write(chunk)
                n_events = facts.n_events + chunk.events.num_rows
                dirt = chunk.dirt if chunk.dirt.duplicates or chunk.dirt.rejected else facts.dirt
                facts = replace(facts, n_events=n_events, dirt=dirt)
        _write_texts(out, facts)
    except OSError as error:
        if isinstance(error, OutputError):
            raise
        raise OutputError(
            f"The sample shop cannot be written to {out}: {error.strerror or error}.",
            hint="Choose another folder, or make room and see that you may write there.",
        ) from error
    return ShopFiles(
        folder=out,
        events=tuple(out / name for name in facts.files[:-1]),
        customers=out / facts.files[-1],
        settings=out / "journeymap.toml",
        stories=out / "stories.json",
        readme=out / "README.md",
        n_customers=customers,
        n_events=facts.n_events,
        dirt=facts.dirt,
    )


def _check(customers: int, days: int, seed: int, file_format: str, customers_per_chunk: int) -> None:
    for name, number, least in (
        ("customers", customers, 1),
        ("days", days, 1),
        ("seed", seed, 0),
        ("customers per chunk", customers_per_chunk, 1),
    ):
        if number < least:
            raise QuestionError(
                f"The number of {name} is {number}." if name != "seed" else f"The seed is {number}.",
                hint=f"It has to be at least {least}.",
            )
    if days > MOST_DAYS:
        raise QuestionError(f"The number of days is {days}.", hint=f"It can be {MOST_DAYS} at the most.")
    if file_format not in get_args(FileFormat):
        raise QuestionError(f"The sample cannot be written as '{file_format}'.", hint="There are: csv, parquet.")


def _months(first_day: date) -> list[np.datetime64]:
    months = np.arange(np.datetime64(first_day, "M"), np.datetime64(LAST_DAY, "M") + np.timedelta64(1, "M"))
    return list(months)


def _period(first_day: date) -> Period:
    assert PAYMENT_FAULT.first_day is not None  # noqa: S101 - tells the type checker what the story holds
    assert PAYMENT_FAULT.last_day is not None  # noqa: S101
    return Period(
        start=_ms(first_day),
        end=_ms(LAST_DAY + timedelta(days=1)),
        fault_start=_ms(PAYMENT_FAULT.first_day),
        fault_end=_ms(PAYMENT_FAULT.last_day + timedelta(days=1)),
    )


def _ms(day: date) -> int:
    return int(datetime.combine(day, time(), tzinfo=UTC).timestamp()) * 1000


def _chunks(customers: int, per_chunk: int, seed: int, period: Period) -> Iterator[Chunk]:
    """Draw the chunks in order, the next one while the present one is being written."""
    sizes = [min(per_chunk, customers - first) for first in range(0, customers, per_chunk)]
    with ThreadPoolExecutor(1) as pool:
        coming: Future[Chunk] | None = None
        for number in range(len(sizes) + 1):
            ready = coming
            coming = None
            if number < len(sizes):
                first = number * per_chunk + 1
                coming = pool.submit(draw_chunk, number, first, sizes[number], seed, period)
            if ready is not None:
                yield ready.result()


def _make_room(out: Path, facts: Facts) -> None:
    """Make the folder, keep the files of others, take away those that only an earlier run wrote."""
    out.mkdir(parents=True, exist_ok=True)
    wanted = (*facts.files, "journeymap.toml", "stories.json", "README.md")
    earlier = _earlier_files(out / "stories.json")
    if earlier is None:
        strange = [name for name in wanted if (out / name).exists()]
        if strange:
            raise OutputError(
                f"{out} holds {', '.join(strange[:3])}, which no sample shop was written to.",
                hint="Choose an empty folder, or move these files away.",
            )
        return
    for name in earlier:
        # Only names that this generator gives: the list comes from a file that anybody can edit.
        if name not in wanted and _TABLES.fullmatch(name):
            (out / name).unlink(missing_ok=True)


def _earlier_files(stories: Path) -> list[str] | None:
    try:
        found = json.loads(stories.read_text(encoding="utf-8"))
        if found["generator"] != GENERATOR:
            return None
        return [str(name) for name in found["files"]]
    except (FileNotFoundError, ValueError, LookupError, TypeError):
        return None


def _write_texts(out: Path, facts: Facts) -> None:
    for name, text in (
        ("journeymap.toml", settings_text(facts.file_format)),
        ("README.md", readme_text(facts)),
        ("stories.json", stories_json(facts)),
    ):
        (out / name).write_text(text, encoding="utf-8", newline="\n")

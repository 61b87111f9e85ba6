"""Hypothesis profiles, and small logs written as text."""

from __future__ import annotations

import os
from contextlib import contextmanager
from dataclasses import dataclass
from functools import wraps
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import settings as hypothesis_settings
from on_spark import ENGINE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import pyarrow as pa

    from journeymap.api import Journeys
    from journeymap.settings import Settings

# The same examples in every run, so that a failure is a change of the code; the thorough profile looks further.
hypothesis_settings.register_profile("default", max_examples=14, deadline=None, derandomize=True)
hypothesis_settings.register_profile("thorough", max_examples=500, deadline=None, print_blob=True)
hypothesis_settings.load_profile("thorough" if os.environ.get("JOURNEYMAP_THOROUGH") == "1" else "default")


def pytest_configure() -> None:
    """With JOURNEYMAP_ENGINE=spark, let all that is read into memory be asked on Spark."""
    if ENGINE != "spark":
        return
    from on_spark import moved

    from journeymap import api

    read = api.open

    @wraps(read)
    def read_and_move(*args: Any, **named: Any) -> Journeys:
        journeys = read(*args, **named)
        is_read_here = journeys.report is not None and named.get("engine") is None
        return moved(journeys, quickly=True) if is_read_here else journeys

    api.open = read_and_move


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave out what an engine cannot do: ``@pytest.mark.not_on("spark", "why")``; what asks Spark comes first."""
    # Of several processes one takes them all then: one Java that starts, and compiles what it runs, in place of two.
    items.sort(key=lambda item: item.get_closest_marker("spark") is None)
    for item in items:
        for mark in item.iter_markers("not_on"):
            engine, reason = mark.args
            if engine == ENGINE:
                item.add_marker(pytest.mark.skip(reason=f"not on {engine}: {reason}"))


START_US = 1_704_067_200_000_000  # 2024-01-01
_UNITS_US = {"us": 1, "s": 10**6, "m": 60 * 10**6, "h": 3600 * 10**6, "d": 86_400 * 10**6}


def time_us(text: str) -> int:
    """Read ``3d``, ``3d+1us`` or ``3d-2h`` as microseconds after the first of January 2024."""
    total, sign = START_US, 1
    for part in text.replace("-", " - ").replace("+", " + ").split():
        if part in "+-":
            sign = 1 if part == "+" else -1
            continue
        unit = next(unit for unit in ("us", "s", "m", "h", "d") if part.endswith(unit))
        total += sign * round(float(part.removesuffix(unit)) * _UNITS_US[unit])
    return total


def events_table(
    text: str, columns: tuple[str, ...] = ("customer", "timestamp", "event", "channel", "value")
) -> pa.Table:
    """Read lines such as ``A 0d cart web 10.0``; ``-`` is nothing, and what a line leaves out at its end too."""
    import pyarrow as pa

    lines = [line.split() for line in text.strip().splitlines() if line.strip()]
    rows = [[None if field == "-" else field for field in line] for line in lines]
    made: dict[str, pa.Array] = {}
    for at, name in enumerate(columns):
        fields: list[Any] = [row[at] if at < len(row) else None for row in rows]
        if name == "timestamp":
            made[name] = pa.array([time_us(field) for field in fields], pa.timestamp("us"))
        elif name in {"value", "score"}:
            made[name] = pa.array([None if field is None else float(field) for field in fields], pa.float64())
        else:
            made[name] = pa.array(fields, pa.string())
    return pa.table(made)


@dataclass(frozen=True)
class Logs:
    """Makes stores in memory from logs written as text."""

    open: Callable[..., Journeys]

    def __call__(
        self,
        text: str,
        *,
        columns: tuple[str, ...] = ("customer", "timestamp", "event", "channel", "value"),
        customers: dict[str, list[Any]] | None = None,
        settings: Settings | None = None,
        **journey: Any,
    ) -> Journeys:
        """Open a log; further names are the journey's settings, with lengths such as ``gap="3d"``."""
        import pyarrow as pa

        from journeymap.settings import JourneySettings, Settings, parse_gap

        for name in ("gap", "horizon", "session_timeout"):
            if name in journey:
                journey[f"{name}_us"] = parse_gap(journey.pop(name))
        given = settings or Settings(journey=JourneySettings(**{"goal": (), **journey}))
        frame = None if customers is None else pa.table(customers)
        return self.open(events_table(text, columns), settings=given, customers=frame)


@contextmanager
def opened(*, here: bool = False) -> Iterator[Logs]:
    """Make stores from text until the block ends; here: by DuckDB, whatever JOURNEYMAP_ENGINE says."""
    import journeymap as jm

    stores: list[Journeys] = []
    read = getattr(jm.open, "__wrapped__", jm.open) if here else jm.open

    def open_one(*args: Any, **named: Any) -> Journeys:
        stores.append(read(*args, **named))
        return stores[-1]

    try:
        yield Logs(open_one)
    finally:
        for store in stores:
            store.close()


@pytest.fixture
def log() -> Iterator[Logs]:
    """Make stores from text: ``log("A 0d cart\\nA 1d order", goal=("order",))``."""
    with opened() as logs:
        yield logs


@pytest.fixture
def at() -> Callable[[str], Any]:
    """Give ``at("3d+1us")`` as a date and time, for since, until and as_of."""
    from datetime import UTC, datetime, timedelta

    return lambda text: datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=time_us(text))

"""Sample events with planted truth: a shop of any size, in which the pain points are known beforehand."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal

from journeymap.datasets.stories import NO_EFFECT, STORIES, Fact, Story
from journeymap.datasets.touchpoints import CHANNELS, STAGES, TOUCHPOINTS, ShopTouchpoint

if TYPE_CHECKING:
    from journeymap.datasets.dirt import Dirt
    from journeymap.datasets.shop import ShopFiles

__all__ = [
    "CHANNELS",
    "CUSTOMERS_PER_CHUNK",
    "NO_EFFECT",
    "STAGES",
    "STORIES",
    "TOUCHPOINTS",
    "Dirt",
    "Fact",
    "ShopFiles",
    "ShopTouchpoint",
    "Story",
    "generate_shop",
    "shop_settings",
]

# About half a million events: large enough for fast arrays, small enough for any memory. A constant, since
# it is part of what decides the bytes.
CUSTOMERS_PER_CHUNK = 25_000


def generate_shop(
    out: Path | str,
    *,
    customers: int = 3000,
    days: int = 120,
    seed: int = 2026,
    file_format: Literal["csv", "parquet"] = "csv",
    customers_per_chunk: int = CUSTOMERS_PER_CHUNK,
) -> ShopFiles:
    """Write the events and customers of a sample shop, with its settings, its stories and a README.

    The same arguments give the same bytes. A whole chunk of customers is the same however many chunks follow.
    Within a chunk the rows are in order of time; the chunks follow each other.

    Parameters
    ----------
    out
        The folder to write to; it is made where there is none. Files of an earlier sample are replaced,
        others are left alone.
    customers
        How many customers; each has about 20 events in 120 days.
    days
        How many days up to and including 30 June 2026.
    seed
        Another seed gives another shop with the same stories.
    file_format
        As what to write the events and customers.
    customers_per_chunk
        How many customers are drawn and kept in memory at a time.

    Returns
    -------
    ShopFiles
        The files, and how much is in them.

    Raises
    ------
    QuestionError
        If a number is out of its range.
    OutputError
        If the folder cannot be written to, or holds files of these names that are no sample shop's.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     files = generate_shop(folder, customers=50)
    ...     [path.name for path in files.events]
    ['events-2026-03.csv', 'events-2026-04.csv', 'events-2026-05.csv', 'events-2026-06.csv']
    >>> files.n_customers
    50
    """
    from journeymap.datasets.shop import write_shop

    return write_shop(
        Path(out),
        customers=customers,
        days=days,
        seed=seed,
        file_format=file_format,
        customers_per_chunk=customers_per_chunk,
    )


def shop_settings(file_format: Literal["csv", "parquet"] = "csv") -> str:
    """Give the settings that fit every generated shop.

    Parameters
    ----------
    file_format
        How the customers were written.

    Returns
    -------
    str
        The text of ``journeymap.toml``.

    Examples
    --------
    >>> import tomllib
    >>> tomllib.loads(shop_settings())["journey"]["goal"]
    ['order']
    """
    from journeymap.datasets.texts import settings_text

    return settings_text(file_format)


def __getattr__(name: str) -> object:
    if name == "ShopFiles":
        from journeymap.datasets.shop import ShopFiles

        return ShopFiles
    if name == "Dirt":
        from journeymap.datasets.dirt import Dirt

        return Dirt
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

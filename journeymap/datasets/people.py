"""Who the customers of the sample shop are: their attributes, and what of these changes how they behave."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from journeymap.datasets.behaviour import Trait
from journeymap.datasets.tables import quantiles, slots_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

_SLOTS = 1024
MISSING = ""

# What a customer can be, and how often of 1,024; an empty name is a missing value.
_COLUMNS: dict[str, dict[str, int]] = {
    "gender": {"female": 522, "male": 468, "diverse": 12, MISSING: 22},
    "income_band": {"low": 286, "medium": 482, "high": 215, MISSING: 41},
    "education": {"school": 250, "vocational": 340, "bachelor": 240, "master": 164, MISSING: 30},
    "region": {"north": 272, "south": 256, "east": 216, "west": 250, MISSING: 30},
    "urban_rural": {"urban": 500, "suburban": 320, "rural": 204},
    "lifestyle": {
        "outdoor": 214,
        "home and family": 262,
        "city and culture": 205,
        "trend seeker": 163,
        "bargain hunter": 160,
        MISSING: 20,
    },
    "usage_rate": {"light": 410, "medium": 400, "heavy": 214},
    "brand_loyalty": {"low": 400, "medium": 400, "high": 224},
    "signup_channel": {"web": 450, "app": 270, "store": 120, "email": 120, "call_centre": 64},
    "household": {"single": 310, "couple": 330, "family": 290, "shared": 94},
}

# Four cities a region (the first three in Germany, the last in Austria), with the share of each.
_CITIES = {
    "north": ("Hamburg", "Bremen", "Kiel", "Linz"),
    "south": ("München", "Stuttgart", "Freiburg", "Graz"),
    "east": ("Berlin", "Leipzig", "Dresden", "Wien"),
    "west": ("Köln", "Düsseldorf", "Dortmund", "Innsbruck"),
}
_CITY_SHARES = (480, 260, 140, 144)
COUNTRIES = ("Germany", "Austria")

# Four sets of interests a lifestyle.
_INTERESTS = {
    "outdoor": ("hiking", "hiking;climbing", "cycling;travel", "camping;photography"),
    "home and family": ("cooking", "gardening;cooking", "board games", "decoration;gardening"),
    "city and culture": ("music", "museums;travel", "reading;music", "photography"),
    "trend seeker": ("fashion", "fashion;music", "technology", "technology;gaming"),
    "bargain hunter": ("gaming", "decoration", "cooking;board games", "technology"),
    MISSING: ("", "", "", "reading"),
}

_PACE = (150, 100, 62)  # how long the light, medium and heavy users stay away, in percent
_SENIOR_AGE = 60
_YOUNG_AGE = 30
_AGE_MISSING_BELOW = 20  # of 1,024

# With which device a visit is made, of 256: mobile web, desktop web, tablet web, app. By habit.
_HABITS = ((76, 124, 38, 18), (128, 62, 38, 28), (34, 30, 24, 168))
_DEVICE_TRAITS = (0, int(Trait.DESKTOP), int(Trait.TABLET), int(Trait.APP))


@dataclass(frozen=True, slots=True)
class People:
    """The customers of one chunk.

    Parameters
    ----------
    codes
        For each column the number of each customer's value within `names`.
    names
        The values of each column; an empty text is a missing value.
    age
        In years; -1 where missing.
    earlier_cents
        What the customer spent before the first day.
    traits
        What changes the customer's probabilities.
    pace
        How long the customer stays away, in percent of the usual.
    habit
        Which devices the customer prefers.
    visit_traits
        The traits of a visit by habit and slot.
    """

    codes: dict[str, NDArray[np.int64]]
    names: dict[str, tuple[str, ...]]
    age: NDArray[np.int64]
    earlier_cents: NDArray[np.int64]
    traits: NDArray[np.uint16]
    pace: NDArray[np.int64]
    habit: NDArray[np.uint8]
    visit_traits: NDArray[np.uint16]

    @property
    def size(self) -> int:
        """How many customers there are."""
        return int(self.age.size)


def draw_people(n: int, rng: np.random.Generator) -> People:
    """Draw the customers of a chunk.

    Parameters
    ----------
    n
        How many.
    rng
        Where chance comes from.

    Returns
    -------
    People
        The customers.
    """
    names = {column: tuple(shares) for column, shares in _COLUMNS.items()}
    codes: dict[str, NDArray[np.int64]] = {}
    for column, shares in _COLUMNS.items():
        slots = slots_of(list(shares.values()), _SLOTS).astype(np.int64)
        codes[column] = slots[_draw(rng, n)]
    age = _ages(rng, n)
    city = slots_of(_CITY_SHARES, _SLOTS).astype(np.int64)[_draw(rng, n)]
    _add_places(names, codes, city)
    interest = _draw(rng, n) % 4
    names["interests"] = tuple(text for life in names["lifestyle"] for text in _INTERESTS[life])
    codes["interests"] = codes["lifestyle"] * 4 + interest
    spread = np.rint(np.exp(1.1 * quantiles(_SLOTS)) * 1000).astype(np.int64)
    earlier = 90 * spread[_draw(rng, n)] // 10
    earlier = earlier * np.array([40, 100, 260])[codes["brand_loyalty"]] // 100
    earlier = earlier * np.array([70, 100, 150, 100])[codes["income_band"]] // 100

    app = codes["signup_channel"] == names["signup_channel"].index("app")
    young = (age >= 0) & (age < _YOUNG_AGE)
    return People(
        codes=codes,
        names=names,
        age=age,
        earlier_cents=earlier,
        traits=_traits(names, codes, age),
        pace=np.array(_PACE)[codes["usage_rate"]],
        habit=np.where(app, 2, np.where(young, 1, 0)).astype(np.uint8),
        visit_traits=np.array([_DEVICE_TRAITS[i] for habit in _HABITS for i in slots_of(habit, 256)], dtype=np.uint16),
    )


def customer_table(people: People, ids: pa.Array, spent_cents: NDArray[np.int64]) -> pa.Table:
    """Put the customers of a chunk into a table.

    Parameters
    ----------
    people
        The customers.
    ids
        Their names, a pyarrow array.
    spent_cents
        What each spent within the sample.

    Returns
    -------
    pyarrow.Table
        One row each.
    """

    def texts(column: str) -> pa.Array:
        names = people.names[column]
        # A name may stand for several codes, but has to be in a dictionary once: otherwise Parquet files
        # differ from run to run.
        known = list(dict.fromkeys(name for name in names if name != MISSING))
        code_of = np.array([known.index(name) if name != MISSING else -1 for name in names], dtype=np.int8)
        codes = code_of[people.codes[column]]
        return pa.DictionaryArray.from_arrays(pa.array(codes, mask=codes < 0), pa.array(known))

    columns = {
        "customer_id": ids,
        "age": pa.array(people.age.astype(np.int16), mask=people.age < 0),
        **{name: texts(name) for name in ("gender", "income_band", "education")},
        **{name: texts(name) for name in ("country", "region", "city", "urban_rural")},
        **{name: texts(name) for name in ("lifestyle", "interests", "usage_rate", "brand_loyalty")},
        "lifetime_value": pa.array((people.earlier_cents + spent_cents) / 100.0),
        **{name: texts(name) for name in ("signup_channel", "household")},
    }
    return pa.table(columns)


def _draw(rng: np.random.Generator, n: int) -> NDArray[np.int64]:
    return rng.integers(0, _SLOTS, n, dtype=np.int64)


def _ages(rng: np.random.Generator, n: int) -> NDArray[np.int64]:
    ages = np.clip(np.rint(44.5 + 16.5 * quantiles(_SLOTS)), 18, 88).astype(np.int64)
    age = ages[_draw(rng, n)]
    return np.where(_draw(rng, n) < _AGE_MISSING_BELOW, -1, age)


def _add_places(
    names: dict[str, tuple[str, ...]], codes: dict[str, NDArray[np.int64]], city: NDArray[np.int64]
) -> None:
    """Add the country, which everybody has, and the city, which is known where the region is."""
    regions = names["region"]
    names["city"] = tuple(name for region in regions for name in _CITIES.get(region, (MISSING,) * 4))
    codes["city"] = codes["region"] * 4 + city
    names["country"] = COUNTRIES
    codes["country"] = (city == len(_CITY_SHARES) - 1).astype(np.int64)


def _traits(
    names: dict[str, tuple[str, ...]], codes: dict[str, NDArray[np.int64]], age: NDArray[np.int64]
) -> NDArray[np.uint16]:
    def having(trait: Trait, column: str, level: str) -> NDArray[np.uint16]:
        bits: NDArray[np.uint16] = (codes[column] == names[column].index(level)) * np.uint16(trait)
        return bits

    traits: NDArray[np.uint16] = (
        having(Trait.SOUTH, "region", "south")
        | having(Trait.EAST, "region", "east")
        | having(Trait.OUTDOOR, "lifestyle", "outdoor")
        | having(Trait.LOYAL, "brand_loyalty", "high")
        | ((age >= _SENIOR_AGE) * np.uint16(Trait.SENIOR))
    )
    return traits

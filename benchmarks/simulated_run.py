"""One simulated run: draw a shop, open it in memory, look for pain points, note what was found."""

from __future__ import annotations

import hashlib
import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

import journeymap as jm
from journeymap.datasets.plants import ATTRIBUTES, PLANTS, VARIANTS, Plant, PlantedShop, draw_shop

if TYPE_CHECKING:
    from journeymap.model.finding import Finding

EVERY_PLANT: dict[str, Plant] = {**PLANTS, **VARIANTS}
SEGMENTS = tuple(ATTRIBUTES)
NOTHING = "nothing"
PERMUTED = "permuted"


@dataclass(frozen=True, slots=True)
class Task:
    """What to run.

    Attributes
    ----------
    name
        The plant's name, or ``nothing`` (no plant), or ``permuted`` (no plant, and the customers' attributes dealt out
        anew among them).
    customers
        How many.
    effect
        How many times the plant's stated effect.
    seed
        The seed of the shop.
    """

    name: str
    customers: int
    effect: float
    seed: int

    @property
    def plant(self) -> Plant | None:
        """What is planted."""
        return EVERY_PLANT[self.name].scaled(self.effect) if self.name in EVERY_PLANT else None


def look(shop: jm.Journeys) -> list[Finding]:
    """Ask for everything that was examined, for each attribute by itself; ``is_reported`` says what stands up."""
    return list(shop.pain_points(each=SEGMENTS, examined=True))


def run(task: Task) -> dict[str, Any]:
    """Run a task.

    Returns
    -------
    dict
        The task's fields, ``events``, ``seconds`` (drawing, opening, looking), ``examined`` (how many findings),
        ``reported`` (role, kind, place, touchpoint, levels, rate, baseline, q_value of each that was) and ``intervals``
        (kind, place, levels, hits, units, low, high, thin): of everything examined where nothing is planted, of the
        plant's own kind and touchpoints where something is. A role is ``hit``, ``consequence`` or ``stray``.
    """
    began = time.perf_counter()
    drawn = draw_shop(task.customers, task.seed, task.plant)
    if task.name == PERMUTED:
        drawn = permute_labels(drawn, task.seed)
    drew = time.perf_counter()
    with jm.open(drawn.events, customers=drawn.customers, settings=drawn.settings) as shop:
        opened = time.perf_counter()
        shop.store.engine.execute("SET threads = 1")  # there are as many processes as cores
        found = look(shop)
        looked = time.perf_counter()
    plant = task.plant
    reported = [finding for finding in found if finding.is_reported]
    if task.name == PERMUTED:  # what changes over time for everybody has nothing to do with labels
        reported = [finding for finding in reported if finding.levels]
    return {
        **asdict(task),
        "events": drawn.events.num_rows,
        "seconds": [round(value, 3) for value in (drew - began, opened - drew, looked - opened)],
        "examined": len(found),
        "reported": [_note(finding, plant) for finding in reported],
        "intervals": [_interval(finding) for finding in found if _is_kept(finding, task)],
    }


def permute_labels(shop: PlantedShop, seed: int) -> PlantedShop:
    """Deal out the customers' attributes anew among them, each customer's attributes together."""
    order = np.random.default_rng([seed, 1]).permutation(shop.customers.num_rows)
    ids = shop.customers.column("customer_id")
    return replace(shop, customers=shop.customers.take(order).set_column(0, "customer_id", ids))


def role(plant: Plant | None, finding: Finding) -> str:
    """Say what a reported finding is."""
    if plant is None:
        return "stray"
    place = (finding.kind, finding.place, finding.touchpoint, finding.levels)
    if plant.is_hit(*place, began=finding.began, ended=finding.ended):
        return "hit"
    return "consequence" if plant.is_consequence(finding.kind, finding.touchpoint, finding.levels) else "stray"


def _note(finding: Finding, plant: Plant | None) -> list[Any]:
    levels = level_text(finding.levels)
    numbers = [
        None if value is None else round(value, 5) for value in (finding.rate, finding.baseline, finding.q_value)
    ]
    return [role(plant, finding), finding.kind, finding.place, finding.touchpoint, levels, *numbers]


def _is_kept(finding: Finding, task: Task) -> bool:
    if finding.rate is None or finding.ci_low is None or finding.n_units == 0:
        return False
    if task.plant is None:
        return task.name == NOTHING
    return finding.kind == task.plant.kind and finding.touchpoint in task.plant.touchpoints


def _interval(finding: Finding) -> list[Any]:
    low, high = (round(value or 0.0, 6) for value in (finding.ci_low, finding.ci_high))
    counts = [finding.n_hits, finding.n_units, low, high, int(finding.thin)]
    return [finding.kind, finding.place, level_text(finding.levels), *counts]


def level_text(levels: tuple[tuple[str, str], ...]) -> str:
    """Write levels as ``region=south``."""
    return ",".join(f"{name}={level}" for name, level in levels)


def stamp() -> str:
    """Name the state of the code that the results depend on: of other code they are results no more."""
    package = Path(jm.__file__).parent
    folders = ("painpoints", "compare", "measure", "segments", "journeys", "ingest", "store", "model")
    files = [path for folder in folders for path in sorted((package / folder).glob("**/*.py"))]
    files += [*sorted((package / "datasets").glob("plant*.py")), Path(__file__)]
    digest = hashlib.blake2b(digest_size=6)
    for path in files:
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()

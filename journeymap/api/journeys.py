"""What ``jm.open`` and ``jm.ingest`` return: each method is one call to a function below."""

from __future__ import annotations

from typing import Any

from journeymap.api.comparisons import Comparisons
from journeymap.api.customers import Customers
from journeymap.api.measures import Measures
from journeymap.api.pains import Pains
from journeymap.api.pictures import Pictures
from journeymap.model.shown import show_with


def _picture(value: Any) -> tuple[bytes, dict[str, int]]:  # noqa: ANN401 - whatever can be drawn
    from journeymap.render import NOTEBOOK_SIZE, png

    return png(value), NOTEBOOK_SIZE


show_with(_picture)


class Journeys(Measures, Comparisons, Pains, Pictures, Customers):
    """A store with a population: what to ask, and whom about.

    Every question takes ``by``, a segment or several; whom it is about is narrowed with :meth:`where`. The same
    questions at the prompt give the same numbers: both call the same functions.

    Examples
    --------
    >>> import journeymap as jm
    >>> shop = jm.open("sample_events/*.csv")
    >>> shop.where(region="north").outcomes()["customers"].item() < shop.outcomes()["customers"].item()
    True
    """

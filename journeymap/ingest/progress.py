"""The share done of a whole ingest: its steps, and how much of the time each takes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

READING_FILES: Final = "reading files"
CHECKING: Final = "checking rows"
READING: Final = "reading events"
DUPLICATES: Final = "looking for duplicates"
JOURNEYS: Final = "putting journeys together"
TIES: Final = "counting ties"
CUSTOMERS: Final = "reading customers"

WEIGHTS: Final = {
    READING_FILES: 14, CHECKING: 9, READING: 26, DUPLICATES: 5, JOURNEYS: 51, TIES: 1, CUSTOMERS: 8,
}  # fmt: skip
"""The steps in their order, and parts of the time, whatever they add up to. Measured with 10 million events from
Parquet; and, for the reading of text, with a million from CSV."""


class Progress:
    """Tells the share done of the whole ingest; it only rises.

    Parameters
    ----------
    told
        Is told what is being done, and the share done of the whole, 0 to 1; None: nobody is.
    leave_out
        Steps that this ingest has not; they are not told. At least one remains.

    Examples
    --------
    >>> progress = Progress(lambda step, share: print(f"{step}: {share:.2f}"), leave_out=(READING_FILES, CUSTOMERS))
    >>> told = progress.part(JOURNEYS, 0.0, 0.5)
    putting journeys together: 0.43
    >>> told(0.5)
    putting journeys together: 0.57
    >>> told(0.2)
    putting journeys together: 0.57
    """

    def __init__(self, told: Callable[[str, float], None] | None, *, leave_out: tuple[str, ...] = ()) -> None:
        self._told = told
        self._share = 0.0
        weights = {step: 0 if step in leave_out else weight for step, weight in WEIGHTS.items()}
        total, before = sum(weights.values()), 0
        self._stretches: dict[str, tuple[float, float]] = {}
        for step, weight in weights.items():
            self._stretches[step] = before / total, weight / total
            before += weight

    def part(self, step: str, begin: float = 0.0, end: float = 1.0) -> Callable[[float], None]:
        """Begin a part of a step, and give what its share is told to.

        Parameters
        ----------
        step
            One of the steps.
        begin, end
            The shares of the step at which the part begins and ends.
        """
        self._tell(step, begin)
        return lambda share: self._tell(step, begin + (end - begin) * min(1.0, max(0.0, share)))

    def done(self) -> None:
        """Say that all is done."""
        self._share = 1.0
        if self._told is not None:
            self._told("done", 1.0)

    def _tell(self, step: str, share: float) -> None:
        before, length = self._stretches[step]
        self._share = max(self._share, before + length * share)
        if self._told is not None and length:
            self._told(step, self._share)

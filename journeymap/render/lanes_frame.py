"""What the lanes of a journey map share: the columns of the stages, and text set into them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from journeymap.render import text
from journeymap.render.furniture import MARGIN, Piece
from journeymap.render.scene import Shape, Words, moved, rounded
from journeymap.render.theme import blend

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Literal

    from journeymap.model.journey_map import JourneyMap
    from journeymap.model.map_stage import MapStage
    from journeymap.render.scene import Mark
    from journeymap.render.theme import Theme

LEADING = 1.24
PAD = 5.0
GAP = 3.0
"""Between two columns."""
DASH = (2.2, 1.6)


@dataclass(frozen=True, slots=True)
class Detail:
    """How much the lanes tell: the most touchpoints, pain points, opportunities and notes of a stage.

    ``explains`` says of opportunities what they assume and what is usually done, too.
    """

    touchpoints: int
    findings: int
    opportunities: int
    notes: int
    explains: bool = False


@dataclass(frozen=True, slots=True)
class Frame:
    """The columns of the stages on a page, and the size of their text."""

    value: JourneyMap
    theme: Theme
    size: float
    width: float
    label: float
    detail: Detail

    @property
    def stages(self) -> tuple[MapStage, ...]:
        """The columns."""
        return self.value.stage_facts

    @property
    def left(self) -> float:
        """Where the columns begin."""
        return MARGIN + self.label

    @property
    def column(self) -> float:
        """How wide a column is."""
        n = len(self.stages)
        return (self.width - MARGIN - self.left - GAP * (n - 1)) / n

    @property
    def room(self) -> float:
        """How wide the content of a column may be."""
        return self.column - 2 * PAD

    @property
    def minimum(self) -> int:
        """Numbers that fewer customers stand behind are thin."""
        return self.value.profile.minimum_customers if self.value.profile is not None else 0

    @property
    def pale(self) -> str:
        """The colour of text that little data stand behind."""
        return blend(self.theme.muted, self.theme.paper, 0.18)

    def x(self, at: int) -> float:
        """Give the left edge of a column's content."""
        return self.left + at * (self.column + GAP) + PAD

    def middle(self, at: int) -> float:
        """Give the middle of a column."""
        return self.left + at * (self.column + GAP) + self.column / 2


@dataclass(frozen=True, slots=True)
class Lane:
    """A row of the map: a title, what it says in which unit, and a cell for each stage.

    ``span`` draws across all columns for a height at the least ``least``; a lane that grows takes up spare height.
    """

    title: str
    says: str
    cells: tuple[Piece, ...]
    span: Callable[[float], list[Mark]] | None = None
    least: float = 0.0


def setting(
    frame: Frame,
    words: str,
    x: float,
    y: float,
    room: float,
    *,
    size: float = 0.0,
    color: str = "",
    bold: bool = False,
    align: Literal["left", "center"] = "left",
    role: str = "",
) -> Piece:
    """Set words in lines no wider than ``room``, in narrow letters; ``y`` is their upper edge."""
    size = size or frame.size
    lines = text.wrap(words, room, size, frame.theme, bold=bold, narrow=True)
    at = x + room / 2 if align == "center" else x
    marks = tuple(
        Words(at, y + size * (0.95 + LEADING * number), line, size, color or frame.theme.ink, bold=bold, narrow=True,
              align=align, role=role)
        for number, line in enumerate(lines)
    )  # fmt: skip
    return Piece(marks, size * LEADING * len(lines))


def stacked(parts: list[Callable[[float], Piece]], gap: float = 0.0) -> Piece:
    """Put pieces below one another; each is given its upper edge."""
    marks: list[Mark] = []
    y = 0.0
    for at, part in enumerate(parts):
        piece = part(y)
        marks += piece.marks
        y += piece.height + (gap if at < len(parts) - 1 else 0.0)
    return Piece(tuple(marks), y)


def card(frame: Frame, inner: Callable[[float, float, float], Piece], x: float, y: float, *, fill: str, edge: str,
         dashed: bool = False, role: str = "card") -> Piece:  # fmt: skip
    """Put a piece on a card with a coloured edge; ``inner`` is given its left, its upper edge and its room."""
    inset = 6.0
    piece = inner(x + inset, y + 2.5, frame.room - inset - 3.0)
    height = piece.height + 5.0
    sheet = Shape(
        rounded(x, y, frame.room, height, 2.5),
        fill=frame.theme.paper if dashed else fill,
        color=edge if dashed else "none",
        width=0.7 if dashed else 0.0,
        dash=DASH if dashed else (),
        layer=8,
        role=role,
    )
    edge_mark = Shape(rounded(x, y, 2.2, height, 1.1), fill=edge, layer=9)
    return Piece((sheet, edge_mark, *piece.marks), height)


def shifted(mark: Mark, dy: float) -> Mark:
    """Move a mark down."""
    return moved(mark, 1.0, 0.0, dy)

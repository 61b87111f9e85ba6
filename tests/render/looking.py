"""What a test sees of a scene: the areas of its words, and which of them overlap."""

from __future__ import annotations

from typing import TYPE_CHECKING

from journeymap.render import Theme
from journeymap.render.labels import Area
from journeymap.render.scene import Shape, Words
from journeymap.render.text import width

if TYPE_CHECKING:
    from journeymap.render.scene import Scene


def words(scene: Scene, role: str | None = None) -> list[Words]:
    return [mark for mark in scene.marks if isinstance(mark, Words) and role in (None, mark.role)]


def shapes(scene: Scene, *roles: str) -> list[Shape]:
    return [mark for mark in scene.marks if isinstance(mark, Shape) and mark.role in roles]


def said(scene: Scene) -> str:
    return " ".join(word.text for word in words(scene))


def area(word: Words, theme: Theme = Theme.default) -> Area:
    """Give the area of the letters, from a little below the baseline to the height of capitals."""
    wide = width(word.text, word.size, theme, bold=word.bold, narrow=word.narrow) / 1.03
    start = {"left": 0.0, "center": wide / 2, "right": wide}[word.align]
    if word.angle:
        assert word.angle == 90
        bottom = word.y + start
        return Area(word.x - 0.75 * word.size, bottom - wide, word.x + 0.2 * word.size, bottom)
    left = word.x - start
    return Area(left, word.y - 0.75 * word.size, left + wide, word.y + 0.2 * word.size)


def bounds(shape: Shape) -> Area:
    xs, ys = zip(*shape.outline.points, strict=True)
    return Area(min(xs), min(ys), max(xs), max(ys))


def overlaps(areas: list[Area]) -> list[tuple[Area, Area]]:
    ordered = sorted(areas, key=lambda item: item.left)
    found = []
    for number, one in enumerate(ordered):
        for other in ordered[number + 1 :]:
            if other.left >= one.right:
                break
            if one.meets(other):
                found.append((one, other))
    return found


def overlapping(scene: Scene, theme: Theme = Theme.default) -> list[tuple[str, str]]:
    placed = sorted(((area(word, theme), word.text) for word in words(scene)), key=lambda item: item[0].left)
    found = []
    for number, (one, text) in enumerate(placed):
        for other, second in placed[number + 1 :]:
            if other.left >= one.right:
                break
            if one.meets(other):
                found.append((text, second))
    return found


def outside(scene: Scene, theme: Theme = Theme.default) -> list[str]:
    return [
        word.text
        for word in words(scene)
        for place in [area(word, theme)]
        if place.left < 0 or place.top < 0 or place.right > scene.width or place.bottom > scene.height
    ]

"""Marks for channels, drawn as shapes, so that no font with pictures is needed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from journeymap.model.catalog import plain_name
from journeymap.render.scene import Outline, Shape, Words, polygon, polyline, rounded

if TYPE_CHECKING:
    from collections.abc import Callable

    from journeymap.render.scene import Mark, Point
    from journeymap.render.theme import Theme

_WORDS: Final[dict[str, tuple[str, ...]]] = {
    "call": ("call", "phone", "telephone", "callcentre", "callcenter", "hotline", "ivr", "voice"),
    "chat": ("chat", "messenger", "whatsapp", "sms", "chatbot", "message"),
    "email": ("email", "mail", "mailing", "newsletter", "e"),
    "courier": ("courier", "delivery", "parcel", "post", "shipping", "logistics", "letter"),
    "social": ("social", "facebook", "instagram", "tiktok", "linkedin", "community"),
    "ads": ("ads", "ad", "advert", "advertising", "display", "banner", "paid", "campaign", "tv", "radio", "sem"),
    "store": ("store", "shop", "branch", "retail", "pos", "counter", "outlet", "offline"),
    "app": ("app", "mobile", "ios", "android", "tablet"),
    "web": ("web", "website", "site", "online", "browser", "desktop", "internet", "portal"),
}


def icon_name(channel: str) -> str:
    """Give the icon of a channel by the words in its name; "" where none fits.

    Examples
    --------
    >>> icon_name("call_centre"), icon_name("Mobile App"), icon_name("pigeon")
    ('call', 'app', '')
    """
    words = plain_name(channel).split("_")
    return next((name for name, known in _WORDS.items() if any(word in known for word in words)), "")


def icon(channel: str, x: float, y: float, size: float, theme: Theme, color: str = "") -> tuple[Mark, ...]:
    """Draw the mark of a channel into a square of ``size`` points with its upper left corner at (x, y).

    A channel that no icon fits gets a badge with the first letter of its name, and one without a name a ring.
    """
    color = color or theme.muted
    draw = _ICONS.get(icon_name(channel))
    unit = size / 10.0

    def at(px: float, py: float) -> Point:
        return x + px * unit, y + py * unit

    def stroke(outline: Outline) -> Shape:
        return Shape(outline, color=color, width=0.95 * unit, layer=32, role="icon")

    def full(outline: Outline) -> Shape:
        return Shape(outline, fill=color, layer=32, role="icon")

    if draw is not None:
        return tuple((stroke if kind == "stroke" else full)(_placed(outline, at)) for kind, outline in draw())
    if not channel:
        return (stroke(_placed(rounded(2.0, 2.0, 6.0, 6.0, 3.0), at)),)
    letter = channel.strip()[:1].upper()
    return (
        full(_placed(rounded(0.3, 0.3, 9.4, 9.4, 2.4), at)),
        Words(x + size / 2, y + size / 2 + theme.smallest * 0.36, letter, theme.smallest, theme.paper, bold=True,
              align="center", layer=52, role="badge"),
    )  # fmt: skip


def _placed(outline: Outline, at: Callable[[float, float], Point]) -> Outline:
    return Outline(tuple(at(*point) for point in outline.points), outline.codes)


_Parts = list[tuple[str, Outline]]


def _web() -> _Parts:
    return [
        ("stroke", rounded(0.5, 1.4, 9.0, 7.4, 1.2)),
        ("stroke", polyline((0.5, 3.6), (9.5, 3.6))),
        ("full", rounded(1.6, 2.1, 0.9, 0.9, 0.45)),
        ("full", rounded(3.1, 2.1, 0.9, 0.9, 0.45)),
    ]


def _app() -> _Parts:
    return [
        ("stroke", rounded(2.5, 0.5, 5.0, 9.0, 1.2)),
        ("stroke", polyline((4.3, 8.1), (5.7, 8.1))),
    ]


def _email() -> _Parts:
    return [
        ("stroke", rounded(0.5, 1.8, 9.0, 6.6, 0.8)),
        ("stroke", polyline((0.8, 2.4), (5.0, 5.8), (9.2, 2.4))),
    ]


def _ads() -> _Parts:
    return [
        ("stroke", polygon((1.0, 4.0), (3.6, 4.0), (8.4, 1.2), (8.4, 8.4), (3.6, 5.9), (1.0, 5.9))),
        ("stroke", polyline((2.6, 6.1), (3.3, 9.0), (4.6, 9.0), (4.2, 6.4))),
    ]


def _social() -> _Parts:
    return [
        ("stroke", polyline((8.0, 1.9), (2.4, 5.0), (8.0, 8.1))),
        ("full", rounded(6.6, 0.5, 2.8, 2.8, 1.4)),
        ("full", rounded(1.0, 3.6, 2.8, 2.8, 1.4)),
        ("full", rounded(6.6, 6.7, 2.8, 2.8, 1.4)),
    ]


def _store() -> _Parts:
    return [
        ("stroke", polyline((1.4, 4.6), (1.4, 9.2), (8.6, 9.2), (8.6, 4.6))),
        ("full", polygon((1.8, 1.0), (8.2, 1.0), (9.7, 4.4), (0.3, 4.4))),
        ("stroke", polyline((4.0, 9.0), (4.0, 6.4), (6.2, 6.4), (6.2, 9.0))),
    ]


def _call() -> _Parts:
    # A handset, from the ear at the upper left to the mouth at the lower right.
    points = (
        (1.2, 1.8), (2.6, 0.4), (3.6, 0.9), (4.2, 2.6), (4.4, 3.2), (3.4, 3.7), (3.4, 4.1), (4.0, 5.2), (4.8, 6.0),
        (5.9, 6.6), (6.3, 6.6), (6.8, 5.6), (7.4, 5.8), (9.1, 6.4), (9.6, 7.4), (8.2, 8.8), (5.2, 9.8), (0.2, 4.8),
        (1.2, 1.8), (1.2, 1.8),
    )  # fmt: skip
    return [("full", Outline(points, (1, *([4] * 18), 79)))]


def _courier() -> _Parts:
    return [
        ("stroke", polygon((1.0, 3.0), (5.0, 0.8), (9.0, 3.0), (9.0, 7.4), (5.0, 9.5), (1.0, 7.4))),
        ("stroke", polyline((1.0, 3.0), (5.0, 5.2), (9.0, 3.0))),
        ("stroke", polyline((5.0, 5.2), (5.0, 9.5))),
    ]


def _chat() -> _Parts:
    return [
        ("stroke", polygon((0.8, 1.2), (9.2, 1.2), (9.2, 7.0), (5.0, 7.0), (2.6, 9.2), (2.6, 7.0), (0.8, 7.0))),
        ("full", rounded(2.4, 3.6, 1.1, 1.1, 0.55)),
        ("full", rounded(4.5, 3.6, 1.1, 1.1, 0.55)),
        ("full", rounded(6.6, 3.6, 1.1, 1.1, 0.55)),
    ]


_ICONS: Final[dict[str, Callable[[], _Parts]]] = {
    "web": _web, "app": _app, "email": _email, "ads": _ads, "social": _social, "store": _store, "call": _call,
    "courier": _courier, "chat": _chat,
}  # fmt: skip


def face(x: float, y: float, radius: float, mood: float, theme: Theme, color: str) -> tuple[Mark, ...]:
    """Draw a face around (x, y) that smiles as much as its mood, from -1 to 1."""
    r = radius
    bend = 0.34 * max(-1.0, min(1.0, mood)) * r
    mouth_y = y + 0.34 * r
    mouth = Outline(
        ((x - 0.46 * r, mouth_y - bend / 2), (x - 0.2 * r, mouth_y + bend), (x + 0.2 * r, mouth_y + bend),
         (x + 0.46 * r, mouth_y - bend / 2)),
        (1, 4, 4, 4),
    )  # fmt: skip
    marks: list[Mark] = [
        Shape(rounded(x - r, y - r, 2 * r, 2 * r, r), fill=theme.paper, color=color, width=1.5, layer=40, role="face"),
        Shape(mouth, color=color, width=1.1, layer=41),
    ]
    for side in (-1, 1):
        eye = rounded(x + side * 0.34 * r - 0.13 * r, y - 0.3 * r, 0.26 * r, 0.34 * r, 0.13 * r)
        marks.append(Shape(eye, fill=color, layer=41))
    return tuple(marks)

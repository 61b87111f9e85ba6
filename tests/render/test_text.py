"""The wrapping of names, and colours."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from journeymap.render import Theme
from journeymap.render.text import width, wrap

THEME = Theme.default


@given(st.text(alphabet="abc XYZ/_-$%äé.購", max_size=90), st.sampled_from([40.0, 60.0, 120.0]))
def test_wrapping_loses_no_letter_and_no_line_is_too_wide(name: str, room: float) -> None:
    lines = wrap(name, room, 8.0, THEME, bold=True)
    assert "".join("".join(lines).split()) == "".join(name.split())
    for line in lines:
        assert width(line, 8.0, THEME, bold=True) <= room + 1e-6


def test_long_words_break_after_their_signs() -> None:
    lines = wrap("https://shop.example/account/orders", 80.0, 8.0, THEME)
    assert all(line[-1] in "/." for line in lines[:-1])


def test_contrast_of_text_and_lightness_of_the_scale() -> None:
    def light(color: str) -> float:
        parts = [int(color[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    def contrast(one: str, other: str) -> float:
        low, high = sorted((light(one), light(other)))
        return (high + 0.05) / (low + 0.05)

    for ground in (*THEME.drop_off, THEME.paper, THEME.band):
        assert contrast(THEME.ink, ground) >= 4.5
    for ink in (THEME.muted, THEME.back_ink):
        assert contrast(ink, THEME.band) >= 4.5
    for ink in (THEME.converted, THEME.dropped, THEME.ended, THEME.muted):
        assert contrast(ink, THEME.paper) >= 4.5
    lights = [light(color) for color in THEME.drop_off]
    assert lights == sorted(lights, reverse=True)


def test_colours_stay_apart_for_colour_blind_eyes() -> None:
    # Machado, Oliveira and Fernandes (2009), severity 1.
    blind = {
        "protan": (
            (0.152286, 1.052583, -0.204868),
            (0.114503, 0.786281, 0.099216),
            (-0.003882, -0.048116, 1.051998),
        ),
        "deutan": (
            (0.367322, 0.860646, -0.227968),
            (0.280085, 0.672501, 0.047413),
            (-0.011820, 0.042940, 0.968881),
        ),
        "tritan": (
            (1.255528, -0.076749, -0.178779),
            (-0.078411, 0.930809, 0.147602),
            (0.004733, 0.691367, 0.303900),
        ),
    }

    def seen(color: str, matrix: tuple[tuple[float, ...], ...]) -> list[float]:
        parts = [(int(color[at : at + 2], 16) / 255) ** 2.2 for at in (1, 3, 5)]
        mixed = [sum(a * b for a, b in zip(row, parts, strict=True)) for row in matrix]
        return [max(0.0, min(1.0, part)) ** (1 / 2.2) for part in mixed]

    lines = (THEME.converted, THEME.dropped, THEME.line, THEME.back)
    for matrix in blind.values():
        for number, one in enumerate(lines):
            for other in lines[number + 1 :]:
                distance = sum((a - b) ** 2 for a, b in zip(seen(one, matrix), seen(other, matrix), strict=True))
                if {one, other} != {THEME.line, THEME.back}:
                    assert distance**0.5 > 0.17, (one, other)

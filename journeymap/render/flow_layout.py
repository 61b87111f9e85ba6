"""How a flow fits its page: how many bands, in which letters, and where everything stands."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from journeymap.render import amounts, text
from journeymap.render.flow_bands import STUB, Away, Band, Label, Layout, away_of, choose_bands, flows

if TYPE_CHECKING:
    from journeymap.model.flow_map import FlowMap
    from journeymap.render.theme import Theme

NAME, FACT = 7.4, 7.0
LINE = 1.22
LARGEST = 1.35
ROOMY_BLOCK = 78.0
"""How wide a band is for each size of letters, that names do not wrap where they need not."""
MOST_BANDS = 10
GAP = 5.0
LEAST_BLOCK, MOST_BLOCK = 74.0, 150.0
LEAST_GAP, MOST_GAP = 26.0, 150.0
INSET = 12.0
"""How much narrower a label is than its band."""
FULL, LEAST_FULL = 0.5, 0.3
"""How much of the height all journeys should take, and must at the least: the rest is for letters and gaps."""


def arrange_flow(flow_map: FlowMap, theme: Theme, width: float, height: float) -> Layout | float:
    """Find the bands that fit with the largest letters, or say how many times too small the room is."""
    steps = tuple(sorted({node.step for node in flow_map.nodes}))
    n = len(steps)
    inner = width - 2 * STUB
    least = theme.smallest / FACT
    block = min(0.6 * width / n, MOST_BLOCK, (inner - (n - 1) * LEAST_GAP * least) / n)
    if block < LEAST_BLOCK * least:
        return ((n * LEAST_BLOCK + (n - 1) * LEAST_GAP) * least + 2 * STUB) / width
    gap = min((inner - n * block) / (n - 1), MOST_GAP) if n > 1 else 0.0

    away = away_of(flow_map, steps)

    def fit(most: int, letters: float) -> float:
        columns = list(zip(choose_bands(flow_map, steps, most), away, strict=True))
        return _fit(columns, flow_map.journeys, theme, block, height, letters)

    enough = FULL * height / flow_map.journeys
    most = next((most for most in range(MOST_BANDS, 2, -1) if fit(most, least) >= enough), 3)
    scale, letters = fit(most, least), least
    if scale < LEAST_FULL * height / flow_map.journeys:
        return 1.15
    chosen = choose_bands(flow_map, steps, most)
    names = {band.name for bands in chosen for band in bands}
    for larger in (LARGEST, 1.25, 1.15, 1.08):
        size = NAME * least * larger
        longest = max(text.longest_part(name, size, theme, bold=True, narrow=True) for name in names)
        roomy = larger <= block / ROOMY_BLOCK and longest <= block - INSET
        tried = fit(most, least * larger) if roomy else 0.0
        if tried >= max(0.88 * scale, LEAST_FULL * height / flow_map.journeys):
            letters, scale = least * larger, tried
            break
    left = (width - n * block - (n - 1) * gap) / 2
    lefts = tuple(left + at * (block + gap) for at in range(n))
    bands, gone = _placed(list(zip(chosen, away, strict=True)), scale, theme, block, letters, height)
    moves, exits = flows(flow_map, steps, bands)
    return Layout(steps, bands, gone, moves, exits, lefts, block, letters, scale, height)


def _label(band: Band, theme: Theme, room: float, letters: float, height: float) -> Label:
    """Write a band's label: in one line where the band is thin and it fits."""
    name = f"{band.gathered} others" if band.gathered else band.name
    lines = text.wrap(name, room, NAME * letters, theme, bold=True, narrow=True)
    full = LINE * letters * (NAME * len(lines) + FACT) + 2.0
    if len(lines) == 1 and height < full:
        short = amounts.count(band.journeys)
        used = text.width(name, NAME * letters, theme, bold=True, narrow=True)
        if used + text.width(f"  {short}", FACT * letters, theme, narrow=True) <= room:
            return Label(lines, short, is_one_line=True, height=LINE * letters * NAME)
    return Label(lines, f"{amounts.count(band.journeys)} · {amounts.share(band.share)}", is_one_line=False, height=full)


def _fit(
    columns: list[tuple[list[Band], list[Away]]],
    journeys: int,
    theme: Theme,
    block: float,
    height: float,
    letters: float,
) -> float:
    """Return the most points per journey with which every column fits the height; 0 where the letters alone do not."""
    room = block - INSET

    def tall(scale: float) -> float:
        found = 0.0
        for bands, away in columns:
            used = _away_slot(away, scale, letters)
            for band in bands:
                high = scale * band.journeys
                used += max(high, _label(band, theme, room, letters, high).height) + GAP
            found = max(found, used)
        return found

    low, high = 0.0, height / journeys
    if tall(low) > height:
        return 0.0
    for _ in range(20):
        middle = (low + high) / 2
        low, high = (middle, high) if tall(middle) <= height else (low, middle)
    return low


def _away_slot(away: list[Away], scale: float, letters: float) -> float:
    if not away:
        return 0.0
    return max(scale * sum(item.journeys for item in away), LINE * FACT * letters) + GAP


def _placed(
    columns: list[tuple[list[Band], list[Away]]],
    scale: float,
    theme: Theme,
    block: float,
    letters: float,
    height: float,
) -> tuple[dict[tuple[int, str], Band], dict[tuple[int, str], Away]]:
    bands: dict[tuple[int, str], Band] = {}
    gone: dict[tuple[int, str], Away] = {}
    for column, away in columns:
        y = 0.0
        for band in column:
            high = scale * band.journeys
            label = _label(band, theme, block - INSET, letters, high)
            slot = max(high, label.height)
            bands[band.column, band.name] = replace(
                band, label=label, y=y + (slot - high) / 2, height=high, slot_y=y, slot_height=slot
            )
            y += slot + GAP
        y = height
        for item in reversed(away):
            y -= scale * item.journeys
            gone[item.column, item.what] = replace(item, y=y, height=scale * item.journeys)
    return bands, gone

"""How a funnel fits its page: how much is said of each step, and in which letters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from journeymap.model.names import ALL_LEVELS
from journeymap.render import amounts, text
from journeymap.render.furniture import interval

if TYPE_CHECKING:
    from journeymap.model.funnel_map import FunnelLevel, FunnelMap, FunnelStep
    from journeymap.render.theme import Theme

_Said = tuple[str, float, bool, str]
"""A line, how much larger than the others, whether bold, and the colour's role: ink, muted or lost."""
SIZE: Final = 7.0
LINE: Final = 1.25
_LETTERS: Final = (1.7, 1.5, 1.3, 1.15, 1.0)
_LEAST_BAR, _MOST_BAR = 12.0, 84.0
_LONGEST_NAME: Final = 120.0
THEN: Final = " · "
"""Between the parts of a line; those after the first stand back."""
_FORMS: Final = ("full", "short", "wide", "shortest")
"""How much is said of a step, the most first."""


@dataclass(frozen=True, slots=True)
class Fit:
    """What fits a room: the letters, how much is said in a cell, and the sizes."""

    letters: float
    form: str
    name_room: float
    bar: float
    cell: float
    row: float
    heads: tuple[tuple[str, ...], ...]
    names: tuple[tuple[str, ...], ...]

    @property
    def head_room(self) -> float:
        """The height of the steps' names."""
        return max(len(lines) for lines in self.heads) * SIZE * self.letters * LINE + 8.0


def fit_funnel(funnel_map: FunnelMap, theme: Theme, width: float, height: float) -> Fit | None:
    """Find the most that can be said, in the largest letters."""
    for form in _FORMS:
        for letters in _LETTERS:
            found = _try(funnel_map, theme, width, height, letters * theme.smallest / SIZE, form)
            if found is not None:
                return found
    return None


def _try(funnel_map: FunnelMap, theme: Theme, width: float, height: float, letters: float, form: str) -> Fit | None:
    size = SIZE * letters
    line = size * LINE
    labels = [level_words(level, funnel_map) for level in funnel_map.funnels]
    names: tuple[tuple[str, ...], ...] = ((),)
    name_room = 0.0
    if len(labels) > 1:  # a single level needs no name: the header has its numbers
        widest = max(text.width(label, size * 1.1, theme, bold=True, narrow=True) for label in labels)
        facts = [fact for level in funnel_map.funnels for fact in row_facts(level, form)]
        widest_fact = max(text.width(fact, size, theme, narrow=True) for fact in facts)
        room = max(min(widest, _LONGEST_NAME * letters), widest_fact)
        names = tuple(text.wrap(label, room, size * 1.1, theme, bold=True, narrow=True) for label in labels)
        name_room = room + 10.0
    cell = (width - name_room) / len(funnel_map.touchpoints)
    said = [cell_lines(step, at, form) for level in funnel_map.funnels for at, step in enumerate(level.steps)]
    widest = max(
        text.width(words, size * grown, theme, bold=True, narrow=True) for lines in said for words, grown, _, _ in lines
    )
    bar = min(cell - widest - 16.0, _MOST_BAR, cell * 0.42)
    if bar < _LEAST_BAR:
        return None
    heads = tuple(
        text.wrap(name, cell - 12.0, size * 1.1, theme, bold=True, narrow=True) for name in _step_names(funnel_map)
    )
    need = max(sum(grown * line for _, grown, _, _ in lines) for lines in said)
    need = max(
        need,
        *(
            len(lines) * line * 1.1 + (len(row_facts(level, form)) * line if lines else 0.0)
            for lines, level in zip(names, funnel_map.funnels, strict=True)
        ),
    )
    row = (height - max(len(lines) for lines in heads) * line * 1.1 - 8.0) / len(labels)
    if row < need + 7.0:
        return None
    return Fit(letters, form, name_room, bar, cell, row, heads, names)


def level_words(level: FunnelLevel, funnel_map: FunnelMap) -> str:
    """Call a level of the funnel.

    Returns
    -------
    str
        ``north``, ``north, phone`` where several segments split; ``(all)`` where none does, or ``these customers``
        where the population is a narrower one, which the header names.
    """
    return ", ".join(name for _, name in level.levels) or ("these customers" if funnel_map.narrowed else ALL_LEVELS)


def _step_names(funnel_map: FunnelMap) -> list[str]:
    if funnel_map.order == "any":
        return [f"any {at + 1} of {len(funnel_map.touchpoints)}" for at in range(len(funnel_map.touchpoints))]
    return [f"{at + 1}  {name}" for at, name in enumerate(funnel_map.touchpoints)]


def row_facts(level: FunnelLevel, form: str) -> list[str]:
    """Say below a level's name how many of it are counted."""
    first = level.steps[0]
    entered = f"{amounts.count(first.entered)} of {amounts.count(level.customers)} enter"
    young = f"{amounts.count(first.immature)} immature"
    if not first.immature:
        return [entered]
    return [f"{entered}, {young}"] if form in {"wide", "shortest"} else [entered, young]


def _lost(step: FunnelStep) -> str:
    if step.of_before.rate is None:
        return "none left to lose"
    return f"↓ {amounts.share(1 - step.of_before.rate)}" if step.lost else "none lost"


def cell_lines(step: FunnelStep, at: int, form: str) -> list[_Said]:
    """Write the numbers of a step, the first the share of those who began."""
    share, number = amounts.share(step.overall.rate), amounts.count(step.entered)
    between = interval(step.overall.ci_low, step.overall.ci_high)
    lost = _lost(step)
    time = amounts.duration(step.median_seconds)
    if form == "full":
        lines: list[_Said] = [(share, 1.5, True, "ink"), (amounts.counted(step.entered, "customer"), 1.0, False, "ink")]
        if at:
            lines.append((between, 1.0, False, "muted"))
            lines.append((f"{lost} ({amounts.count(step.lost)})" if step.lost else lost, 1.0, False, "lost"))
            lines += [(f"after {time}", 1.0, False, "muted")] if time else []
        return lines
    lines = [(f"{share}, {number}{THEN}{between}" if at and form == "wide" else f"{share}, {number}", 1.0, True, "ink")]
    if not at:
        return lines
    if form == "short":
        lines.append((between, 1.0, False, "muted"))
    lines.append((THEN.join(part for part in (lost, time) if part), 1.0, False, "lost"))
    return lines

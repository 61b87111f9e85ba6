"""Many pictures at once: the same files as one by one, and what they say is said once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from render import cases

from journeymap.errors import OutputError
from journeymap.render import Appearance, MissingGlyphWarning, Theme, save, save_many
from journeymap.render.many import LEAST_EACH

if TYPE_CHECKING:
    from pathlib import Path


def test_processes_draw_the_same_files_and_tell_of_fonts_once(tmp_path: Path) -> None:
    theme = Theme(families=("DejaVu Sans",))
    values = [cases.three(), cases.world_names(), cases.three()]
    alone = [save(values[0], tmp_path / "alone.svg", theme=theme)]
    paths = [tmp_path / f"{at}.svg" for at in range(len(values))]
    told: list[tuple[str, float]] = []
    with pytest.warns(MissingGlyphWarning, match="Noto Sans CJK") as caught:
        found = save_many(
            list(zip(values, paths, strict=True)),
            Appearance(theme=theme),
            processes=2,
            told=lambda path, share: told.append((path.name, share)),
        )
    assert found == paths
    assert len(caught) == 1
    assert paths[0].read_bytes() == paths[2].read_bytes() == alone[0].read_bytes()
    assert sorted(name for name, _ in told) == ["0.svg", "1.svg", "2.svg"]
    assert [share for _, share in told] == pytest.approx([1 / 3, 2 / 3, 1])


def test_few_pictures_are_drawn_without_further_processes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("journeymap.render.many.ProcessPoolExecutor", None)
    pictures = [(cases.three(), tmp_path / f"{at}.svg") for at in range(2 * LEAST_EACH - 1)]
    told: list[float] = []
    save_many(pictures, Appearance(), told=lambda _, share: told.append(share))
    assert told[-1] == 1
    assert len({path.read_bytes() for _, path in pictures}) == 1
    assert save_many([], Appearance()) == []


def test_a_picture_that_cannot_be_written_is_told_as_elsewhere(tmp_path: Path) -> None:
    pictures = [(cases.three(), tmp_path / "a.svg"), (cases.three(), tmp_path / "there" / "b.svg")]
    with pytest.raises(OutputError, match=r"b\.svg") as caught:
        save_many(pictures, Appearance(), processes=2)
    assert caught.value.hint

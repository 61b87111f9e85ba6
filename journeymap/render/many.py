"""Many pictures: in processes of their own where that is faster."""

from __future__ import annotations

import os
import signal
import warnings
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from typing import TYPE_CHECKING, Final

from journeymap.render.files import save
from journeymap.render.fonts import fonts_gathered, tell_of_fonts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from journeymap.render.files import PageName
    from journeymap.render.fonts import FontNews
    from journeymap.render.registry import Drawable
    from journeymap.render.theme import Theme

LEAST_EACH: Final = 4
"""A process of its own is worth its start, about two pictures' time, from so many pictures on."""


@dataclass(frozen=True, slots=True)
class Appearance:
    """What pictures look like: as for :func:`journeymap.render.files.save`."""

    style: str | None = None
    theme: Theme | None = None
    page: PageName = "16:9"
    color: str | None = None


def save_many(
    pictures: Sequence[tuple[Drawable, Path]],
    look: Appearance,
    *,
    processes: int | None = None,
    told: Callable[[Path, float], None] | None = None,
) -> list[Path]:
    """Draw finished values into files.

    Parameters
    ----------
    pictures
        (value, file) pairs; see :func:`journeymap.render.files.save`.
    look
        What all of them look like.
    processes
        How many may draw at once; None: as many as there are processors, where there are enough pictures for that. The
        files are the same, byte for byte.
    told
        Is told each file that is done, and the share done.

    Returns
    -------
    list of Path
        The files, in the order given.

    Raises
    ------
    JourneymapError
        As for :func:`journeymap.render.files.save`, for the first picture that fails; those that are done stay.

    Notes
    -----
    What is to be said about fonts is said once, as a warning. The processes are new ones, not copies of this one: it
    may have threads of the database.
    """
    n_processes = processes or max(1, min(_processors(), len(pictures) // LEAST_EACH))
    say = told or _tell_nobody
    if n_processes == 1:
        with fonts_gathered() as news:
            for at, (value, path) in enumerate(pictures, start=1):
                _save(value, path, look)
                say(path, at / len(pictures))
    else:
        news = _save_beside(pictures, look, n_processes, say)
    tell_of_fonts(news, stacklevel=2)
    return [path for _, path in pictures]


def _save(value: Drawable, path: Path, look: Appearance) -> None:
    save(value, path, style=look.style, theme=look.theme, page=look.page, color=look.color)


def _save_alone(value: Drawable, path: Path, look: Appearance) -> tuple[FontNews, list[str]]:
    """Draw a picture in a process of its own, and give what it says to the one that waits."""
    with warnings.catch_warnings(record=True) as caught, fonts_gathered() as news:
        warnings.simplefilter("always", UserWarning)
        _save(value, path, look)
    return news, [str(item.message) for item in caught]


def _save_beside(
    pictures: Sequence[tuple[Drawable, Path]], look: Appearance, n_processes: int, say: Callable[[Path, float], None]
) -> FontNews:
    said: list[str] = []
    with fonts_gathered() as news, _pool(n_processes) as pool:
        waiting = {pool.submit(_save_alone, value, path, look): path for value, path in pictures}
        for n_done, future in enumerate(as_completed(waiting), start=1):
            found, messages = future.result()
            news.add(found)
            said += messages
            say(waiting[future], n_done / len(pictures))
    for message in dict.fromkeys(said):
        warnings.warn(message, UserWarning, stacklevel=3)
    return news


@contextmanager
def _pool(n_processes: int) -> Iterator[ProcessPoolExecutor]:
    """Give the processes; where the block fails, what has not begun is left undone."""
    # An interrupt reaches the whole group of processes: only the one that waits answers it.
    pool = ProcessPoolExecutor(n_processes, get_context("spawn"), signal.signal, (signal.SIGINT, signal.SIG_IGN))
    try:
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)


def _processors() -> int:
    """Count the processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _tell_nobody(_path: Path, _share: float) -> None:
    """Pass over what is told."""

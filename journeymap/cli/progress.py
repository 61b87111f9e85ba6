"""A progress bar on a terminal, and silence elsewhere."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Told = Callable[[str, float], None]


@contextmanager
def progress() -> Iterator[Told | None]:
    """Show a bar on stderr while the block runs.

    Yields
    ------
    callable or None
        Takes what is being done and the share done, 0 to 1; None where stderr is no terminal.
    """
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}", markup=False), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, redirect_stdout=False, redirect_stderr=False) as bar:
        task = bar.add_task("starting", total=1.0)

        def told(stage: str, share: float) -> None:
            bar.update(task, description=stage, completed=min(1.0, max(0.0, share)))

        yield told

"""Waiting for a statement in another thread: its progress is told meanwhile, and Ctrl-C interrupts it."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Final, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

    Result = TypeVar("Result")

_POLL_SECONDS: Final = 0.1


def watched(
    work: Callable[[], Result],
    *,
    share_done: Callable[[], float],
    interrupt: Callable[[], object],
    progress: Callable[[float], None] | None,
) -> Result:
    """Do work in a thread of its own and give what it gives, or raise what it raises.

    Parameters
    ----------
    work
        What is to be done.
    share_done
        Says how much of it is done, 0 to 1, while it runs.
    interrupt
        Stops it; it may be called before the work has begun, and several times.
    progress
        Is told the share done; None: nobody is.
    """
    given: list[Result] = []
    failed: list[BaseException] = []

    def run() -> None:
        try:
            given.append(work())
        except BaseException as error:  # noqa: BLE001 - handed over to the waiting thread, which raises it
            failed.append(error)
        finally:
            done.set()

    done = threading.Event()
    worker = threading.Thread(target=run, daemon=True)
    worker.start()
    try:
        while not done.wait(_POLL_SECONDS):
            if progress is not None:
                progress(share_done())
        if progress is not None:
            progress(1.0)
    except KeyboardInterrupt:
        # Again and again: an interrupt that comes before the statement has begun is lost. And with an event, since
        # Thread.join, once interrupted itself, takes the thread for dead (Python 3.11).
        while not done.is_set():
            interrupt()
            done.wait(_POLL_SECONDS)
        # The interpreter must not end while the thread is still on its way out of the engine.
        worker.join(1.0)
        raise
    if failed:
        raise failed[0]
    return given[0]

"""Portions that are worked on at once, each on a connection of its own, and written one after another in their order.

DuckDB puts rows in sequence, and packs columns for the disk, in one thread a statement where their order counts. So
several statements run at once; what each writes is added to the table when those before it have been.
"""

from __future__ import annotations

import threading
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from typing import TYPE_CHECKING, Final, Generic, TypeVar

from journeymap.store.waiting import watched

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from journeymap.store.duckdb_engine import DuckdbEngine

    Told = Callable[[float], None]

Portion = TypeVar("Portion")
_POLL_SECONDS: Final = 0.1


def write_in_turn(
    engine: DuckdbEngine,
    table: str,
    portions: Sequence[Portion],
    prepare: Callable[[DuckdbEngine, Portion, Told], str],
    *,
    n_at_once: int,
    told: Told | None = None,
) -> None:
    """Write portions to a table, in their order.

    Parameters
    ----------
    engine
        The connection whose tables are written; it must be in no transaction.
    table
        The table, which is there.
    portions
        What each portion is.
    prepare
        Does the work on one portion, on the connection given, and gives the select of its rows. It reads what all
        connections see, and makes temporary tables alone.
    n_at_once
        How many portions are worked on at once, at least 1.
    told
        Is told the share done.

    Raises
    ------
    ResourceError, KeyboardInterrupt
        What the first portion that failed raised. The portions before it may have been written.
    """
    with engine.connections(min(n_at_once, len(portions))) as workers:
        turns = _Turns(table, portions, prepare, workers)
        watched(turns.work_all, share_done=turns.share_done, interrupt=turns.stop, progress=told)


class _Turns(Generic[Portion]):
    def __init__(
        self,
        table: str,
        portions: Sequence[Portion],
        prepare: Callable[[DuckdbEngine, Portion, Told], str],
        workers: Sequence[DuckdbEngine],
    ) -> None:
        self._table, self._portions, self._prepare, self._workers = table, portions, prepare, workers
        self._shares = [0.0] * len(portions)
        self._written = [threading.Event() for _ in portions]
        self._left = iter(range(len(portions)))
        self._failed: list[BaseException] = []
        self._lock = threading.Lock()

    def work_all(self) -> None:
        with ThreadPoolExecutor(len(self._workers)) as pool:
            working = {pool.submit(self._work, worker) for worker in self._workers}
            while working:
                _, working = wait(working, _POLL_SECONDS if self._failed else None, FIRST_COMPLETED)
                if self._failed:
                    self.stop()  # again and again: what comes before a statement has begun is lost
        if self._failed:
            raise self._failed[0]

    def share_done(self) -> float:
        return sum(self._shares) / len(self._shares)

    def stop(self) -> None:
        for worker in self._workers:
            worker.interrupt()

    def _work(self, worker: DuckdbEngine) -> None:
        try:
            while (at := self._take()) is not None:
                self._write(worker, at)
        except BaseException as error:  # noqa: BLE001 - handed over, and raised when all have ended
            with self._lock:
                self._failed.append(error)
            for written in self._written:  # nobody waits for what does not come
                written.set()

    def _take(self) -> int | None:
        with self._lock:
            return None if self._failed else next(self._left, None)

    def _write(self, worker: DuckdbEngine, at: int) -> None:
        def tell(share: float) -> None:
            self._shares[at] = share

        select = self._prepare(worker, self._portions[at], lambda share: tell(share / 2))
        worker.execute("BEGIN")
        worker.execute_long(f"INSERT INTO {self._table} {select}", progress=lambda share: tell(0.5 + share / 2))
        if at:
            self._written[at - 1].wait()
        if not self._failed:
            worker.execute("COMMIT")
            self._written[at].set()

"""Runs a process within bounds of time and memory, and says what it took."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_POLL_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a process ended.

    Attributes
    ----------
    status
        ``done``, ``failed``, ``over memory`` or ``over time``.
    seconds, cpu_seconds
        From its start to its end.
    peak_mb
        The most memory it held, in megabytes.
    out, error
        What it printed.
    """

    status: str
    seconds: float
    cpu_seconds: float
    peak_mb: float
    out: str
    error: str


def run_bounded(
    command: Sequence[str], *, most_mb: float, most_seconds: float, environment: Mapping[str, str] | None = None
) -> Outcome:
    """Run a command; end it when it holds more memory, or runs longer, than it may.

    Memory is looked at twenty times a second where the system tells it (``/proc``); a process that the system itself
    ends for want of memory is over memory, too.
    """
    with tempfile.TemporaryFile("w+", errors="replace") as out, tempfile.TemporaryFile("w+", errors="replace") as error:
        began = time.perf_counter()
        process = subprocess.Popen(command, stdout=out, stderr=error, env=dict(environment or os.environ))
        status = ""
        while True:
            ended, code, usage = os.wait4(process.pid, os.WNOHANG)
            seconds = time.perf_counter() - began
            if ended:
                break
            if not status and seconds > most_seconds:
                status = "over time"
                process.send_signal(signal.SIGKILL)
            elif not status and _held_mb(process.pid) > most_mb:
                status = "over memory"
                process.send_signal(signal.SIGKILL)
            time.sleep(_POLL_SECONDS)
        process.returncode = os.waitstatus_to_exitcode(code)
        if not status:
            status = "done" if process.returncode == 0 else "failed"
            if process.returncode == -signal.SIGKILL:
                status = "over memory"
        out.seek(0)
        error.seek(0)
        peak_mb = usage.ru_maxrss / 1e6 if sys.platform == "darwin" else usage.ru_maxrss * 1024 / 1e6
        return Outcome(status, seconds, usage.ru_utime + usage.ru_stime, peak_mb, out.read(), error.read())


def _held_mb(pid: int) -> float:
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
    except (OSError, IndexError, ValueError):
        return 0.0
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6

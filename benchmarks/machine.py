"""Says what a table was measured with."""

from __future__ import annotations

import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path


def describe_machine() -> str:
    """Describe cores, memory, system, Python and the libraries that count, in one line."""
    libraries = ", ".join(f"{name} {version(name)}" for name in ("duckdb", "pyarrow", "pandas"))
    memory = memory_gb()
    told = f", {memory:.0f} GB of memory" if memory else ""
    return f"{os.cpu_count()} cores{told}, {platform.machine()}, Python {platform.python_version()}, {libraries}"


def machine() -> dict[str, object]:
    """Describe the machine for a result that is kept; nothing in it names the machine."""
    return {
        "cores": os.cpu_count(),
        "memory_gb": round(memory_gb(), 1),
        "processor": _processor(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "journeymap": _version("journeymap"),
    }


def memory_gb() -> float:
    """Give the machine's memory in gigabytes; 0 where the system does not tell."""
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 1e9
    except (AttributeError, OSError, ValueError):
        return 0.0


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        from journeymap import __version__

        return str(__version__)

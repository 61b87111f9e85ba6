"""Each peer's own environment: made once, of pinned versions, beside the benchmarks."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).parent / "environments"

# What is pinned is what the tables name; what these need besides is pip's choice, and the main parts are noted in the
# results. PM4Py is under the AGPL: it is installed here, when the benchmark runs, and nowhere else.
REQUIREMENTS = {
    "duckdb": ("duckdb==2.0.0", "pandas==3.1.1", "numpy==2.4.6", "scipy==1.17.1"),
    "polars": ("polars==2.1.0",),
    "pandas": ("pandas==3.1.1", "numpy==2.4.6", "pyarrow==26.0.1"),
    "pm4py": ("pm4py==2.7.23", "pandas==3.1.1", "numpy==2.4.6", "pyarrow==26.0.1"),
    "retentioneering": ("retentioneering==5.2.4", "pandas==3.1.1", "numpy==2.4.6", "pyarrow==26.0.1"),
}


class NotInstalledError(Exception):
    """A peer's environment could not be made."""


def environment_python(name: str) -> str:
    """Give the Python of a peer's environment, made where it is not there yet.

    Raises
    ------
    NotInstalledError
        When pip cannot install it. What pip said is on stderr.
    """
    wanted = REQUIREMENTS[name]
    folder = FOLDER / f"{name}-{_fingerprint(wanted)}"
    python = folder / ("Scripts" if sys.platform == "win32" else "bin") / "python"
    if (folder / "ready").exists():
        return str(python)
    print(f"making the environment of {name} ...", file=sys.stderr)
    shutil.rmtree(folder, ignore_errors=True)
    try:
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True, stdout=sys.stderr)
        subprocess.run([str(python), "-m", "pip", "install", "--quiet", *wanted], check=True, stdout=sys.stderr)
    except (OSError, subprocess.CalledProcessError) as error:
        raise NotInstalledError(f"pip could not install {wanted[0]}") from error
    (folder / "ready").write_text("\n".join(wanted) + "\n", encoding="utf-8")
    return str(python)


def _fingerprint(wanted: tuple[str, ...]) -> str:
    told = f"{sys.version_info[:2]} {' '.join(wanted)}"
    return hashlib.blake2b(told.encode(), digest_size=4).hexdigest()

"""Each notebook is run from its first cell to its last, and says what it says in the repository."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

FOLDER = Path(__file__).parent


def said(cell: Any) -> list[str]:
    """Give what a cell shows, as text; of a picture that there is one."""
    found = []
    for output in cell.get("outputs", []):
        if output["output_type"] == "stream":
            found.append(f"{output['name']}: {output['text']}")
        else:
            data = output["data"]
            found.append("picture" if "image/png" in data else re.sub(r"0x[0-9a-f]+", "0x", data["text/plain"]))
    return found


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.ipynb")), ids=lambda path: path.stem)
def test_notebook_runs_and_says_what_it_said(path: Path) -> None:
    kept = nbformat.read(path, as_version=4)
    run = nbformat.read(path, as_version=4)
    # What a cell prints arrives in as many pieces as the machine is busy.
    where = {"metadata": {"path": str(FOLDER)}}
    NotebookClient(run, timeout=300, coalesce_streams=True, resources=where).execute()
    for old, new in zip(kept.cells, run.cells, strict=True):
        assert said(new) == said(old), f"the cell that begins with {old['source'][:60]!r}"

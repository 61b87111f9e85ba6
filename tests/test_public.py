"""What the package shows to the world."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import journeymap as jm

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

ROOT = Path(__file__).parents[1]
HEAVY = ("pandas", "duckdb", "matplotlib", "numpy", "pyarrow", "scipy", "networkx", "sqlglot", "pyspark")
PUBLIC = [
    "DifferenceMap", "Finding", "JourneyMap", "JourneymapError", "Journeys", "Settings", "Theme", "draw",
    "dump_settings", "import_store", "ingest", "load_settings", "open", "save", "save_slides", "simplify",
    "write_graph",
]  # fmt: skip


def run(code: str) -> str:
    done = subprocess.run(  # noqa: S603 - our own interpreter
        [sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    return done.stdout.strip()


def test_the_public_names() -> None:
    assert jm.__all__ == PUBLIC
    assert dir(jm) == sorted([*PUBLIC, "__version__"])
    for name in PUBLIC:
        assert callable(getattr(jm, name))
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        jm.nothing  # noqa: B018


def test_the_version_is_that_of_the_project() -> None:
    with (ROOT / "pyproject.toml").open("rb") as file:
        assert jm.__version__ == tomllib.load(file)["project"]["version"]


@pytest.mark.parametrize(
    "statement", ["import journeymap", "import journeymap; journeymap.JourneymapError, journeymap.Settings"]
)
def test_importing_it_loads_nothing_heavy(statement: str) -> None:
    assert run(f"{statement}; import sys; print([name for name in {HEAVY} if name in sys.modules])") == "[]"


def test_public_functions_stay_functions_when_packages_of_their_names_are_imported() -> None:
    code = (
        "import journeymap as jm; jm.open; import journeymap.ingest.load; from journeymap.ingest import load; "
        "print(callable(jm.ingest), callable(jm.open), load.__name__)"
    )
    assert run(code) == "True True journeymap.ingest.load"


def modules() -> Iterator[ModuleType]:
    for found in pkgutil.walk_packages([str(ROOT / "journeymap")], "journeymap."):
        if not found.name.endswith("__main__"):
            yield importlib.import_module(found.name)


def public_parts() -> list[tuple[str, object]]:
    parts: list[tuple[str, object]] = []
    for module in modules():
        for name, value in vars(module).items():
            own = getattr(value, "__module__", None) == module.__name__
            made_within = "<locals>" in getattr(value, "__qualname__", "")  # documented where it is assigned
            if (
                name.startswith("_")
                or made_within
                or not own
                or not (inspect.isclass(value) or inspect.isfunction(value))
            ):
                continue
            parts.append((f"{module.__name__}.{name}", value))
            if inspect.isclass(value):
                parts += [
                    (f"{module.__name__}.{name}.{inner}", part)
                    for inner, part in vars(value).items()
                    if not inner.startswith("_") and (inspect.isfunction(part) or isinstance(part, property))
                ]
    return parts


def test_everything_public_is_documented() -> None:
    missing = [name for name, value in public_parts() if not (inspect.getdoc(value) or "").strip()]
    assert not missing


@pytest.mark.parametrize("name", [name for name in PUBLIC if name not in {"DifferenceMap", "Finding", "JourneyMap"}])
def test_public_names_have_numpydoc_texts(name: str) -> None:
    from numpydoc.docscrape import ClassDoc, FunctionDoc

    value = getattr(jm, name)
    reader = ClassDoc if inspect.isclass(value) else FunctionDoc
    text = reader(value)
    assert text["Summary"]
    assert text["Summary"][0].endswith(".") or text["Summary"][-1].endswith(".")
    if inspect.isfunction(value):
        named = [part.strip() for item in text["Parameters"] for part in item.name.split(",")]
        given = [one for one in inspect.signature(value).parameters if one != "self"]
        assert sorted(one.lstrip("*") for one in named) == sorted(given)


def test_public_methods_name_every_parameter_or_point_to_where_they_are() -> None:
    from numpydoc.docscrape import FunctionDoc

    for name, method in inspect.getmembers(jm.Journeys, inspect.isfunction):
        if name.startswith("_"):
            continue
        text = FunctionDoc(method)
        named = {part.strip().lstrip("*") for item in text["Parameters"] for part in item.name.split(",")}
        given = set(inspect.signature(method).parameters) - {"self"}
        points = ":func:" in (method.__doc__ or "") or ":meth:" in (method.__doc__ or "")
        assert named == given or points or len(given) <= 1, f"{name}: {given - named}"

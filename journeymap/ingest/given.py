"""What a user gives as a source: files, frames, and the settings that lie beside them."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from journeymap.errors import QuestionError
from journeymap.ingest.sources import is_far
from journeymap.settings import Settings, load_settings

if TYPE_CHECKING:
    from collections.abc import Iterable

SETTINGS_NAME: Final = "journeymap.toml"


def settings_for(source: object, given: Settings | str | Path | None) -> Settings:
    """Give the settings: those given, or ``journeymap.toml`` beside the first source, or the defaults."""
    if isinstance(given, Settings):
        return given
    if given is not None:
        return load_settings(given)
    found = settings_beside(source)
    return Settings() if found is None else load_settings(found)


def settings_beside(source: object) -> Path | None:
    """Give the path of ``journeymap.toml`` beside the first source, where there is one."""
    sources = source if isinstance(source, (list, tuple)) else [source]
    first = next(iter(sources), None)
    if not isinstance(first, (str, Path)) or is_far(first):
        return None
    path = Path(first)
    folder = path if path.is_dir() else path.parent
    found = folder / SETTINGS_NAME
    return found if found.is_file() else None


def given_sources(source: Any) -> Any:  # noqa: ANN401 - files, a frame or an Arrow table
    """Give a list of files, folders and globs, or an Arrow table."""
    if isinstance(source, (str, Path)):
        return [source]
    if isinstance(source, (list, tuple)):
        return list(source)
    return arrow_table(source)


def given_customers(customers: Any) -> Any:  # noqa: ANN401 - a file, a frame or an Arrow table
    """Give the path of a customers file as text, an Arrow table, or None."""
    if customers is None:
        return None
    return str(customers) if isinstance(customers, (str, Path)) else arrow_table(customers)


def arrow_table(frame: Any) -> Any:  # noqa: ANN401 - a frame or an Arrow table
    """Turn a pandas frame into an Arrow table; a column of mixed values becomes text.

    Raises
    ------
    QuestionError
        When it is neither a frame nor an Arrow table, or two of its columns have one name.
    """
    import pyarrow as pa

    if isinstance(frame, pa.Table):
        _expect_one_of_each(frame.column_names)
        return frame
    import pandas as pd

    if isinstance(frame, pd.DataFrame):
        plain = frame.reset_index(drop=frame.index.name is None)
        plain.columns = [str(name) for name in plain.columns]
        _expect_one_of_each(plain.columns)
        mixed = [name for name in plain.columns if plain[name].dtype == object]
        for name in mixed:  # a column of texts and numbers is text
            plain[name] = plain[name].map(lambda value: value if value is None or value != value else str(value))  # noqa: PLR0124 - NaN
        return pa.Table.from_pandas(plain, preserve_index=False)
    raise QuestionError(
        f"Events cannot be read from a {type(frame).__name__}.",
        hint="Give a file, folder or glob, a pandas frame or an Arrow table.",
    )


def _expect_one_of_each(names: Iterable[str]) -> None:
    twice = sorted(name for name, count in Counter(names).items() if count > 1)
    if twice:
        raise QuestionError(f"Two columns are called '{twice[0]}'.", hint="Rename one of them, or leave it out.")

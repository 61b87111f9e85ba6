"""Reading and writing ``journeymap.toml``."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from journeymap.errors import SettingsError, SourceNotFoundError, suggest
from journeymap.settings.checks import check_settings, find_faults
from journeymap.settings.document import read_document, write_document
from journeymap.settings.faults import Fault, related, settings_error
from journeymap.settings.theme import found_from, missing_files

if TYPE_CHECKING:
    from os import PathLike

    from journeymap.settings.values import Settings

FILE_NAME: Final = "journeymap.toml"

_POSITION: Final = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")
_SYNTAX_HINTS: Final = (
    (("Cannot overwrite", "Cannot declare", "Duplicate", "Cannot mutate"), "It is there already; keep one."),
    (
        ("Unescaped", "Invalid hex"),
        "Between double quotes a backslash begins an escape; use single quotes instead.",
    ),
    (("Illegal character '\\n'",), "A text needs its closing quote on the same line."),
    (("Invalid value", "Expected newline"), 'Texts and lengths of time need quotes: gap = "30d".'),
)
_LONGEST_ROW: Final = 90


def load_settings(path: str | PathLike[str]) -> Settings:
    """Read a settings file.

    Parameters
    ----------
    path
        The file, in UTF-8.

    Returns
    -------
    Settings
        The settings. The paths in ``[customers] file`` and ``[theme]`` are taken from the file's folder.

    Raises
    ------
    SourceNotFoundError
        When there is no such file.
    SettingsError
        Naming everything that is wrong with the file, with the lines.

    Examples
    --------
    >>> load_settings("no-such-folder/journeymap.toml")
    Traceback (most recent call last):
    journeymap.errors.SourceNotFoundError: There is no settings file 'no-such-folder/journeymap.toml'.
    Every setting is optional, so the file can be left out.
    """
    file = Path(path)
    try:
        content = file.read_bytes()
    except FileNotFoundError as error:
        raise _not_found(file) from error
    except OSError as error:
        reason = "it is a folder" if file.is_dir() else (error.strerror or str(error))
        raise SettingsError(f"The settings file '{file}' cannot be read: {reason}.") from error
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise SettingsError(
            f"{file}, line {line}: the file is not in UTF-8.",
            hint="Save it as UTF-8; [events] encoding is about the files with the events.",
        ) from error
    return parse_settings(text, origin=str(file), folder=file.parent)


def parse_settings(text: str, *, origin: str = FILE_NAME, folder: Path | None = None) -> Settings:
    r"""Read settings from TOML text.

    Parameters
    ----------
    text
        The text.
    origin
        What it is called in errors.
    folder
        Where the paths in ``[customers] file`` and ``[theme]`` start; None leaves those paths as they are.

    Returns
    -------
    Settings
        The settings.

    Raises
    ------
    SettingsError
        Naming everything that is wrong, with the lines.

    Examples
    --------
    >>> parse_settings('[journey]\ngoal = "order"\n').journey.goal
    ('order',)
    >>> parse_settings('[journey]\ngoals = "order"\n')
    Traceback (most recent call last):
    journeymap.errors.SettingsError: journeymap.toml, line 2: [journey] goals: there is no such entry.
    Did you mean 'goal'?
    """
    settings, faults = read_document(_parse(text, origin))
    if folder is not None:
        settings = replace(settings, theme=found_from(settings.theme, folder))
    wrong = [fault.place for fault in faults]
    found = [*find_faults(settings), *(missing_files(settings.theme) if folder is not None else ())]
    faults += [fault for fault in found if not _rests_on_any(fault, wrong)]
    if faults:
        from journeymap.settings.positions import find_lines

        raise settings_error(faults, origin=origin, lines=find_lines(text))
    file = settings.customers.file
    if folder is None or file is None:
        return settings
    return replace(settings, customers=replace(settings.customers, file=str(folder / file)))


def dump_settings(settings: Settings) -> str:
    """Write settings as TOML text that :func:`parse_settings` reads equal ones from.

    Parameters
    ----------
    settings
        The settings.

    Returns
    -------
    str
        The text. What has its default value is left out.

    Raises
    ------
    SettingsError
        When the settings are such that the text could not be read again.

    Examples
    --------
    >>> from journeymap.settings import JourneySettings, Settings
    >>> print(dump_settings(Settings(journey=JourneySettings(gap_us=None, goal=("order",)))))
    [journey]
    gap = "none"
    goal = ["order"]
    """
    import tomlkit

    check_settings(settings)
    return tomlkit.dumps(_laid_out(write_document(settings)))


def _laid_out(value: Any) -> Any:  # noqa: ANN401 - whatever a document holds
    """Put each item of a long list on its own line."""
    import tomlkit

    if isinstance(value, dict):
        return {key: _laid_out(item) for key, item in value.items()}
    if isinstance(value, list) and value and not isinstance(value[0], dict):
        items = tomlkit.array()
        items.extend(value)
        return items.multiline(multiline=len(items.as_string()) > _LONGEST_ROW)
    return value


def _rests_on_any(fault: Fault, wrong: list[tuple[str | int, ...]]) -> bool:
    return any(related(place, other) for place in (fault.place, *fault.rests_on) for other in wrong)


def _parse(text: str, origin: str) -> dict[str, Any]:
    import tomllib

    try:
        return tomllib.loads(text)
    except RecursionError:
        raise SettingsError(f"{origin}: lists or tables are nested too deeply.") from None
    except ValueError as error:  # of TOML, or of a number that is too long
        raise _syntax_error(str(error), text, origin) from None


def _syntax_error(reason: str, text: str, origin: str) -> SettingsError:
    found = _POSITION.search(reason)
    message = reason[: found.start()] if found else reason
    where = ""
    if found and found.group(1):
        where = f", line {found.group(1)}, column {found.group(2)}"
    elif found:
        rows = text.rstrip().split("\n")
        where = f", line {len(rows)}, column {len(rows[-1]) + 1}"
    hint = next((hint for starts, hint in _SYNTAX_HINTS if message.startswith(starts)), "")
    return SettingsError(f"{origin}{where}: this is not valid TOML: {message}.", hint=hint)


def _not_found(file: Path) -> SourceNotFoundError:
    others = [path.name for path in file.parent.glob("*.toml")] if file.parent.is_dir() else []
    hint = "Every setting is optional, so the file can be left out."
    if others:
        hint = f"{suggest(file.name, others)} {hint}"
    return SourceNotFoundError(f"There is no settings file '{file}'.", hint=hint)

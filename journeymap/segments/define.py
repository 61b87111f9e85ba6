"""What a segment's name stands for: the SQL of its level, per customer or per journey."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from journeymap.errors import QuestionError, UnknownNameError, suggest
from journeymap.model.names import NO_LEVEL
from journeymap.settings import SegmentSettings
from journeymap.store.sql import identifier

if TYPE_CHECKING:
    from journeymap.store.store import Store

Unit = Literal["customer", "journey"]
_WHOLE_NUMBERS: Final = frozenset({"TINYINT", "SMALLINT", "INTEGER", "BIGINT"})
CHANNEL_COLUMN: Final = '"(channel)"'
"""What the channel's name is called beside the columns of the events, whatever those are called."""

MANY_LEVELS: Final = 20
"""A column of numbers with more distinct values than this is cut into quarters when it is used as it is."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A segment of this store.

    Attributes
    ----------
    name
        What it is called.
    unit
        Whether customers or journeys have a level.
    raw_sql
        The column as it is: over ``c`` (customers) or ``s`` (the journey's event that decides).
    level_sql
        The level as text, never null.
    values
        What ``level_sql`` binds.
    labels
        The levels in their order, where the definition gives one; empty: by name.
    latest
        For journeys: whether the last event decides and not the first.
    note
        What was decided for the user, to be told; or "".
    """

    name: str
    unit: Unit
    raw_sql: str
    level_sql: str
    values: dict[str, object]
    labels: tuple[str, ...] = ()
    latest: bool = False
    note: str = ""


def segment_names(store: Store) -> dict[str, Unit]:
    """Give every name that can be used as a segment, and what has a level in it."""
    customers = [name for name, _ in store.customer_columns()]
    # An event's own id, and what named its journey, differ for each: they are no segment.
    roles = json.loads(store.setting("columns") or "{}")
    own = {roles.get("event_id"), roles.get("journey"), roles.get("one_event_per")}
    events = ["channel", *(name for name, _ in store.event_columns() if name not in own)]
    found: dict[str, Unit] = dict.fromkeys(events, "journey")
    found |= dict.fromkeys(customers, "customer")
    for name, definition in store.settings.segments:
        found[name] = found.get(definition.column, "customer")
    return found


def find_segment(store: Store, name: str, *, tag: str) -> Segment:
    """Look a segment up.

    Parameters
    ----------
    store
        The open store.
    name
        A segment of the settings, an attribute of customers, or a column of the events, in this order.
    tag
        How the names of its bound values begin; must differ between segments of one question.

    Raises
    ------
    UnknownNameError
        When there is none of that name, or the column of its definition is not there.
    """
    units = segment_names(store)
    if name not in units:
        same = [known for known in units if known.lower() == name.lower()]
        if len(same) != 1:
            raise UnknownNameError(
                f"There is no segment '{name}'. {suggest(name, units)}",
                hint="Segments are attributes of customers (--customers FILE), event columns, and [segments.NAME].",
            )
        name = same[0]
    definition = dict(store.settings.segments).get(name, SegmentSettings(column=name))
    column = definition.column
    if column not in units:
        raise UnknownNameError(
            f"[segments.{name}]: there is no column '{column}'. {suggest(column, units)}",
            hint="Name an attribute of customers or a column of the events.",
        )
    customer_kinds = dict(store.customer_columns())
    if column in customer_kinds:
        unit: Unit = "customer"
        raw, kind = f"c.{identifier(column)}", customer_kinds[column]
    else:
        unit = "journey"
        kinds = dict(store.event_columns()) | {"channel": "VARCHAR"}
        raw = f"s.{CHANNEL_COLUMN if column == 'channel' else identifier(column)}"
        kind = kinds[column]
    latest = definition.as_of == "latest"
    bounds: tuple[float, ...] = ()
    labels: tuple[str, ...] = ()
    note = ""
    if column != "channel" or unit == "customer":
        bounds, labels, note = _bounds(store, name, definition, unit, raw, kind)
    values: dict[str, object] = {}
    if bounds:
        level_sql = _cut_sql(raw, bounds, labels, tag, values)
    else:
        level_sql = f"coalesce(nullif({_text_sql(raw, kind)}, ''), '{NO_LEVEL}')"
        labels = ()
    return Segment(name, unit, raw, level_sql, values, labels, latest, note)


def _text_sql(raw: str, kind: str) -> str:
    if kind in {"DOUBLE", "FLOAT"}:
        whole = f"CAST(CAST({raw} AS BIGINT) AS VARCHAR)"
        return f"CASE WHEN {raw} = trunc({raw}) THEN {whole} ELSE CAST({raw} AS VARCHAR) END"
    return f"CAST({raw} AS VARCHAR)"


def _bounds(
    store: Store, name: str, definition: SegmentSettings, unit: Unit, raw: str, kind: str
) -> tuple[tuple[float, ...], tuple[str, ...], str]:
    """Give the upper bounds of a segment's levels, their labels, and a note; no bounds where values are levels."""
    number = f"TRY_CAST({raw} AS DOUBLE)"
    relation = "customers c" if unit == "customer" else "events s"
    where = "" if unit == "customer" else "AND s.step = 1"
    n_quantiles, note = definition.quantiles, ""
    if not definition.bins and n_quantiles is None:
        distinct, filled, numbers = store.engine.execute(
            f"SELECT count(DISTINCT {raw}), count({raw}), count({number}) FROM {relation} "
            f"WHERE {raw} IS NOT NULL {where}"
        )[0]
        if distinct <= MANY_LEVELS or numbers < filled:
            return (), (), ""
        n_quantiles = 4
        note = f"'{name}' has {distinct} values and was cut into quarters. Cut it yourself: [segments.NAME] bins"
    if definition.bins:
        bounds = tuple(float(bound) for bound in definition.bins)
        whole = kind in _WHOLE_NUMBERS
    else:
        shares = [at / (n_quantiles or 1) for at in range(1, n_quantiles or 1)]
        found, filled, whole = store.engine.execute(
            f"SELECT quantile_cont({number}, {shares}), count({number}), bool_and({number} = trunc({number})) "
            f"FROM {relation} WHERE {number} IS NOT NULL {where}"
        )[0]
        if not filled:
            raise QuestionError(
                f"[segments.{name}]: the column '{definition.column}' holds no numbers to cut.",
                hint="Use a column of numbers, or leave bins and quantiles out.",
            )
        # A share that ends within a run of equal values ends after it.
        bounds = tuple(sorted({float(bound) for bound in found}))
    labels = definition.labels
    if len(labels) != len(bounds) + 1:
        labels = _default_labels(bounds, whole=bool(whole))
    return bounds, labels, note


def _default_labels(bounds: tuple[float, ...], *, whole: bool) -> tuple[str, ...]:
    """Name levels by their bounds.

    Examples
    --------
    >>> _default_labels((25.0, 40.0), whole=True)
    ('under 25', '25 to 39', '40 and over')
    >>> _default_labels((1.5,), whole=False)
    ('under 1.5', '1.5 and over')
    """
    written = [f"{bound:g}" if abs(bound) < 1e6 else f"{bound:,.0f}" for bound in bounds]  # noqa: PLR2004 - width
    middle = []
    for low, high, text, next_text in zip(bounds, bounds[1:], written, written[1:], strict=False):
        plain = whole and low == int(low) and high == int(high)
        middle.append(f"{text} to {high - 1:g}" if plain else f"{text} to under {next_text}")
    return (f"under {written[0]}", *middle, f"{written[-1]} and over")


def _cut_sql(raw: str, bounds: tuple[float, ...], labels: tuple[str, ...], tag: str, values: dict[str, object]) -> str:
    number = f"TRY_CAST({raw} AS DOUBLE)"
    cases = ""
    for at, (bound, label) in enumerate(zip(bounds, labels, strict=False)):
        values[f"{tag}_bound{at}"] = bound
        values[f"{tag}_label{at}"] = label
        cases += f" WHEN {number} < ${tag}_bound{at} THEN ${tag}_label{at}"
    values[f"{tag}_last"] = labels[-1]
    return f"CASE WHEN {number} IS NULL THEN '{NO_LEVEL}'{cases} ELSE ${tag}_last END"

"""The columns of an audience that is handed on: ids, levels, what happened, and attributes of customers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from journeymap.errors import QuestionError, UnknownNameError, suggest
from journeymap.measure.tables import shown_names
from journeymap.profiles.cell_sql import hashed_sql, safe_name, safe_sql, trimmed_sql
from journeymap.segments.operands import customer_columns
from journeymap.store.sql import identifier, plain_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from journeymap.profiles.audience import Gathered
    from journeymap.store.store import Store

CUSTOMER: Final = "customer"
NEXT_ACTION: Final = "next_action"
FACTS: Final = ("reason", "last_at", "times", "value", NEXT_ACTION)
"""What is said of each customer, behind the ids and the levels."""


@dataclass(frozen=True, slots=True)
class Handing:
    """How an audience is handed on.

    Attributes
    ----------
    ids
        What names a customer: ``customer`` (the id of the events) or attributes such as ``email``. Who has none of one
        of them is left out.
    hashed
        Whether ids are written as the SHA-256 of the trimmed, lower-cased value.
    columns
        The columns, in their order; empty: the ids, the levels and :data:`FACTS`.
    minimum
        Audiences with fewer customers are not handed on; None: as the settings say (5).
    safe
        Whether texts that a spreadsheet would run are made harmless, in CSV.
    """

    ids: tuple[str, ...] = (CUSTOMER,)
    hashed: bool = False
    columns: tuple[str, ...] = ()
    minimum: int | None = None
    safe: bool = True


def _id_sql(store: Store, name: str) -> str:
    if name == CUSTOMER:
        return "CAST(c.customer_id AS VARCHAR)"
    attributes = customer_columns(store)
    if name not in attributes:
        raise UnknownNameError(
            f"--id: customers have no attribute '{name}'. {suggest(name, [CUSTOMER, *attributes])}",
            hint="Attributes come with --customers FILE, when the events are ingested.",
        )
    return plain_text(f"c.{identifier(name)}", attributes[name])


def present_sql(store: Store, handing: Handing) -> str:
    """Write what holds of those who have every id that is asked for."""
    found = {name: _id_sql(store, name) for name in handing.ids}
    # Every customer has the events' id: without one, an event is rejected.
    kept = [f"{trimmed_sql(sql)} <> ''" for name, sql in found.items() if name != CUSTOMER]
    return " AND ".join(kept) or "TRUE"


def audience_columns(store: Store, found: Gathered, handing: Handing, form: str) -> list[tuple[str, str]]:
    """Give (name, SQL) of the columns, in their order."""
    hashed = handing.hashed
    sql = {name: hashed_sql(_id_sql(store, name)) if hashed else _id_sql(store, name) for name in handing.ids}
    texts = set(sql)
    taken = {*sql, *FACTS}
    for shown, column in zip(shown_names(found.population.names, taken), found.population.level_names, strict=True):
        sql[shown] = f"a.{column}"
        texts.add(shown)
    day = "strftime(make_timestamp(a.last_us), '%Y-%m-%d')"
    at = {
        # Letters of its own within a format are not the same on every engine.
        "csv": f"{day} || 'T' || strftime(make_timestamp(a.last_us), '%H:%M:%S') || 'Z'",
        "parquet": "CAST(make_timestamp(a.last_us) AS TIMESTAMPTZ)",
        "frame": "a.last_us",
    }[form]
    sql |= {
        "reason": f"w.reason || {day}", "last_at": at, "times": "a.times", "value": "a.value",
        NEXT_ACTION: "w.next_action",
    }  # fmt: skip
    texts |= {"reason", NEXT_ACTION}
    chosen = list(handing.columns or sql)
    if handing.columns:
        attributes = customer_columns(store)
        known = {CUSTOMER: "CAST(c.customer_id AS VARCHAR)"} | {
            # A file of text has whole numbers without a point, as ids have.
            name: plain_text(f"c.{identifier(name)}", kind)
            if form == "csv" and kind in {"DOUBLE", "FLOAT"}
            else f"c.{identifier(name)}"
            for name, kind in attributes.items()
            if name not in sql
        }
        texts |= {CUSTOMER, *(name for name, kind in attributes.items() if kind == "VARCHAR")} & set(known)
        sql = {**known, **sql}
    _expect_columns(chosen, list(sql))
    made = [(name, sql[name]) for name in chosen]
    if form == "csv" and handing.safe:
        return [(safe_name(name), safe_sql(part) if name in texts else part) for name, part in made]
    return made


def _expect_columns(chosen: Sequence[str], known: Sequence[str]) -> None:
    for name in chosen:
        if name not in known:
            raise UnknownNameError(
                f"--columns: there is no column '{name}'. {suggest(name, known)}",
                hint="There are the ids, the levels asked for, reason, last_at, times, value, next_action, and the "
                "attributes of customers.",
            )
    lowered = [name.casefold() for name in chosen]
    twice = next((name for name in chosen if lowered.count(name.casefold()) > 1), None)
    if twice is not None:
        raise QuestionError(f"Two columns are called '{twice}'; capitals do not count.", hint="Name each once.")

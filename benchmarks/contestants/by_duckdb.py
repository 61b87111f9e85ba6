"""DuckDB with SQL written by hand: straight from the files, a store of its own, and questions on journeymap's store."""

from __future__ import annotations

from typing import TYPE_CHECKING

import duckdb
from job import FUNNEL, Clock, Job, records, run
from raw_sql import BY_REGION, LOAD, RAW_TRANSITIONS, funnel_sql
from store_sql import STORE
from store_summary import summary
from stored_questions import ASK

if TYPE_CHECKING:
    from job import Record


def raw(job: Job, clock: Clock) -> dict[str, list[Record]]:
    """Raw Parquet to the transitions, in memory; then further questions on the linked rows."""
    with duckdb.connect(config=_config(job)) as connection:
        with clock.step("transitions"):
            with clock.step("load"):
                for statement in LOAD:
                    connection.execute(_filled(statement, job))
            answer = connection.execute(RAW_TRANSITIONS).df()
        by_region = clock.ask("by region", lambda: connection.execute(_filled(BY_REGION, job)).df())
        funnel = clock.ask("funnel", lambda: connection.execute(funnel_sql(FUNNEL)).df())
    return {"transitions": records(answer), "by region": records(by_region), "funnel": records(funnel)}


def store(job: Job, clock: Clock) -> dict[str, list[Record]]:
    """Raw Parquet to the same tables with the same columns. Rejected rows are left out, and not kept."""
    job.store.unlink(missing_ok=True)
    with clock.step("store"), duckdb.connect(str(job.store), config=_config(job)) as connection:
        for statement in STORE:
            connection.execute(_filled(statement, job))
        connection.execute("CHECKPOINT")
    return {"store": summary(job.store)}


def questions(job: Job, clock: Clock) -> dict[str, list[Record]]:
    """One question on journeymap's store, the frame included."""
    name = job.question or ""
    with duckdb.connect(str(job.store), read_only=True, config=_config(job)) as connection:
        return {name: records(clock.ask(name, lambda: ASK[name](connection)))}


def text(job: Job, clock: Clock) -> dict[str, list[Record]]:
    """Read the text file and count every column: the least that reading it takes."""
    source = str(job.source).replace("'", "''")
    columns = [row[0] for row in duckdb.execute(f"DESCRIBE SELECT * FROM '{job.event_files()[0]}'").fetchall()]
    typed = "{" + ", ".join(f"'{name}': 'VARCHAR'" for name in columns) + "}"
    counts = ", ".join(f'count("{name}")' for name in columns)
    reader = (
        f"read_csv('{source}', header = true, columns = {typed})"
        if source.endswith(".csv")
        else f"read_json('{source}', format = 'newline_delimited', columns = {typed})"
    )
    with duckdb.connect(config=_config(job)) as connection, clock.step("read"):
        found = connection.execute(f"SELECT {counts} FROM {reader}").fetchall()
    return {"read": [dict(zip(columns, row, strict=True)) for row in found]}


def _config(job: Job) -> dict[str, str]:
    return {"memory_limit": job.memory_limit} if job.memory_limit else {}


def _filled(statement: str, job: Job) -> str:
    return statement.replace("{data}", str(job.data).replace("'", "''"))


if __name__ == "__main__":
    run({"raw": raw, "store": store, "questions": questions, "text": text}, ("duckdb", "pandas"))

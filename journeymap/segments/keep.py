"""Keep a level per customer in the store, as an attribute to split questions by."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pyarrow as pa

from journeymap.errors import QuestionError, UnknownNameError, suggest
from journeymap.segments.cluster_model import ClusterModel
from journeymap.segments.define import segment_names
from journeymap.segments.facts import FACTS
from journeymap.segments.operands import SCORES
from journeymap.store.sql import identifier

if TYPE_CHECKING:
    from collections.abc import Sequence

    from journeymap.store.store import Store

_SETTING: Final = "clusters:"
_OWN_NAMES: Final = frozenset({"customer_key", "customer_id", "channel"})


def check_name(store: Store, name: str) -> None:
    """Refuse a name for clusters that stands for something else already.

    Raises
    ------
    QuestionError
        When it is empty, or an attribute, a column of the events or a segment has it. A name that clusters were kept
        under before is free: they are replaced.
    """
    if not name.strip() or name != name.strip() or "," in name:
        raise QuestionError(f"'{name}' cannot name clusters.", hint="Give a name without commas, such as behaviour.")
    if name in kept_names(store):
        return
    # A column goes before a fact: definitions that take the fact would take the clusters.
    taken = {known.lower() for known in (*segment_names(store), *kept_names(store), *_OWN_NAMES, *FACTS, *SCORES)}
    if name.lower() in taken:
        raise QuestionError(
            f"'{name}' is taken: the store has a segment, column or fact of that name.", hint="Choose another name."
        )


def kept_names(store: Store) -> list[str]:
    """Give the names that clusters are kept under in this store."""
    found = store.engine.execute("SELECT name FROM settings WHERE starts_with(name, $prefix)", {"prefix": _SETTING})
    return sorted(str(row[0]).removeprefix(_SETTING) for row in found)


def kept_model(store: Store, name: str) -> ClusterModel:
    """Give the clusters that are kept under a name.

    Raises
    ------
    UnknownNameError
        When there are none.
    """
    text = store.setting(_SETTING + name)
    if text is None:
        raise UnknownNameError(
            f"No clusters are kept as '{name}'. {suggest(name, kept_names(store))}",
            hint=f"Discover and keep them: journeymap segments {store.name} discover --save {name}",
        )
    return ClusterModel.from_json(text, what=f"'{name}' in {store.name}")


def keep_clusters(
    store: Store, name: str, model: ClusterModel, customers: Sequence[str], levels: Sequence[str]
) -> None:
    """Write clusters into a store that is open for writing: a level per customer, and the model.

    Parameters
    ----------
    store
        The store being written.
    name
        What the attribute is called. One that is there under this name is replaced.
    model
        The clusters, for customers who come later.
    customers
        The ids of customers.
    levels
        The level of each; other customers have none.

    Raises
    ------
    QuestionError
        When the name is taken.
    """
    check_name(store, name)
    store.engine.register("given_levels", pa.table({"id": pa.array(customers, pa.string()), "level": pa.array(levels)}))
    known = [column for column, _ in store.customer_columns()]
    others = [f"c.{identifier(column)}" for column in ("customer_key", "customer_id", *known) if column != name]
    store.engine.execute(
        f"CREATE OR REPLACE TABLE customers AS SELECT {', '.join(others)}, g.level AS {identifier(name)} "
        "FROM customers c LEFT JOIN given_levels g ON g.id = c.customer_id ORDER BY c.customer_key"
    )
    store.engine.drop_temporary()
    store.write_setting(_SETTING + name, model.to_json())

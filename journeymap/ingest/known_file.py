"""The customers file that was read last: read again as it was, it says nothing new of those who were there then."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from journeymap.ingest.sources import is_far
from journeymap.store.schema import N_GROUPS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from journeymap.store.store import Store

_SETTING: Final = "customers_file"


@dataclass(frozen=True, slots=True)
class KnownFile:
    """A customers file, and what was found in it.

    Attributes
    ----------
    state
        Its content and how it was read, as BLAKE2.
    total, repeated, unseen
        Its rows with an id; those that repeat a customer; customers without events.
    n_taken
        How many customers each group had then: keys are given out in their order.
    """

    state: str
    total: int
    repeated: int
    unseen: int
    n_taken: tuple[int, ...]

    @property
    def newcomers(self) -> str:
        """The SQL of the customers who came to the store later."""
        taken = ", ".join(map(str, self.n_taken))
        return (
            f"(SELECT * FROM customers WHERE customer_key // {N_GROUPS} >= ([{taken}])[customer_key % {N_GROUPS} + 1])"
        )


def state_of(store: Store, files: Sequence[Path | str], read_as: Sequence[str | None]) -> str:
    """Name the content of a customers file, and how it is read; "" where it is no file on this machine.

    Parameters
    ----------
    store
        The store being written.
    files
        The file, or those that it stands for; none for a table.
    read_as
        What else decides what is read in it, such as the column that is named.
    """
    # What is no file may be there to be read once.
    is_here = all(not is_far(file) and Path(file).is_file() for file in files)
    if not files or not is_here or store.engine.kind != "duckdb":
        return ""
    digest = hashlib.blake2b(json.dumps(list(read_as)).encode(), digest_size=16)
    for path in map(Path, files):
        digest.update("".join(path.suffixes).encode())  # its ending says how it is written
        with path.open("rb") as opened:
            digest.update(hashlib.file_digest(opened, "blake2b").digest())
    return digest.hexdigest()


def known_file(store: Store, state: str) -> KnownFile | None:
    """Give what was found in the file, if it is the one that was read last."""
    kept = json.loads(store.setting(_SETTING) or "{}")
    if not state or kept.get("state") != state:
        return None
    return KnownFile(**{**kept, "n_taken": tuple(kept["n_taken"])})


def keep_known(store: Store, state: str, *, total: int, repeated: int, unseen: int) -> None:
    """Keep what was found in the file, for when it comes again; where it has no ``state``, forget the one before."""
    if not state:
        store.write_setting(_SETTING, "{}")
        return
    taken = dict(
        store.engine.execute(
            f"SELECT customer_key % {N_GROUPS}, max(customer_key // {N_GROUPS}) + 1 FROM customers GROUP BY 1"
        )
    )
    n_taken = tuple(int(taken.get(group, 0)) for group in range(N_GROUPS))
    store.write_setting(_SETTING, json.dumps(asdict(KnownFile(state, total, repeated, unseen, n_taken))))

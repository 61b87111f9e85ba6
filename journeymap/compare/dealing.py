"""Read what the customers of two sides did, so that they can be dealt anew."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
from scipy import sparse

from journeymap.compare.permutation import Dealt
from journeymap.errors import QuestionError
from journeymap.measure.dealing import transitions_by_block
from journeymap.measure.groups import journey_groups
from journeymap.segments.sides import SIDE

if TYPE_CHECKING:
    from journeymap.segments.question import Question
    from journeymap.store.store import Store

_BLOCKS: Final = 2000
_LEAST_BLOCKS: Final = 20


def read_dealt(store: Store, question: Question) -> Dealt:
    """Read the transitions of two sides per customer; where there are many customers, per small block of them.

    Parameters
    ----------
    store
        The open store.
    question
        Whom it is about; it has two sides.

    Returns
    -------
    Dealt
        A unit per customer and side. From about 4,000 customers on a unit is a block of them, of one size for all; the
        smaller side is never in fewer than 20 blocks for that.

    Raises
    ------
    QuestionError
        When there are not two sides.
    """
    names = question.sides.names if question.sides is not None else ()
    if len(names) != 2:  # noqa: PLR2004 - between two there is something to deal
        raise QuestionError(f"Customers are dealt to two sides, not {len(names)}.")
    customers = journey_groups(store, question).groupby(SIDE)["all_customers"].sum()
    per_block = 1
    if len(customers) == len(names):
        per_block = max(1, min(int(customers.sum()) // _BLOCKS, int(customers.min()) // _LEAST_BLOCKS))
    frame = transitions_by_block(store, question, customers_per_block=per_block)
    keys = zip(frame["side"].astype(str), frame["kind"].astype(str), frame["block"].tolist(), strict=True)
    found = list(keys)
    units = list(dict.fromkeys(unit for unit in found if unit[1]))
    # Who is on both sides has a part on each, though nothing may have happened in it.
    both = list(dict.fromkeys(block for _, kind, block in found if not kind))
    units += [(side, "", block) for block in both for side in names]
    number = {unit: at for at, unit in enumerate(units)}
    other = {names[0]: names[1], names[1]: names[0]}
    pairs = frame.groupby(["source_key", "target_key"], sort=True)
    transition = np.asarray(pairs.ngroup(), dtype=np.int64)
    counts = sparse.csr_matrix(
        (frame["count"].to_numpy(dtype=np.float64), ([number[unit] for unit in found], transition)),
        shape=(len(units), pairs.ngroups),
    )
    source = np.zeros(pairs.ngroups, dtype=np.int64)
    source[transition] = frame["source_key"].to_numpy(dtype=np.int64)
    return Dealt(
        counts,
        source,
        np.array([side == names[0] for side, _, _ in units], dtype=np.bool_),
        np.array([-1 if kind else number[other[side], kind, block] for side, kind, block in units], dtype=np.int64),
    )

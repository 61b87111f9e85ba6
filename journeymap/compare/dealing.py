"""Read what the customers of two sides did, so that they can be dealt anew."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
from scipy import sparse

from journeymap.compare.profile_permutation import Dealt
from journeymap.errors import QuestionError
from journeymap.measure.dealing import transitions_by_block
from journeymap.measure.groups import journey_groups
from journeymap.segments.sides import SIDE

if TYPE_CHECKING:
    from journeymap.segments.question import Question
    from journeymap.store.store import Store

_BLOCKS: Final = 2000
_LEAST_BLOCKS: Final = 20
_BOTH: Final = 2
"""The kind of the customers who are on both sides."""


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
    frame = transitions_by_block(store, question, names[0], customers_per_block=per_block)
    found = frame[["kind", "block", "side"]].to_numpy()
    # Who is on both sides has a part on each, though nothing may have happened in it.
    opposite = found[found[:, 0] == _BOTH] * [1, 1, -1] + [0, 0, 1]
    units, unit_of = np.unique(np.concatenate([found, opposite]), axis=0, return_inverse=True)
    is_both = units[:, 0] == _BOTH
    # The two parts of a block stand next to each other.
    partner = np.where(is_both, np.arange(len(units)) + 1 - 2 * units[:, 2], -1)
    pairs, transition = np.unique(frame[["source_key", "target_key"]].to_numpy(), axis=0, return_inverse=True)
    counts = sparse.csr_matrix(
        (frame["count"].to_numpy(dtype=np.float64), (unit_of.ravel()[: len(frame)], transition.ravel())),
        shape=(len(units), len(pairs)),
    )
    return Dealt(counts, pairs[:, 0].astype(np.int64), units[:, 2] == 0, partner.astype(np.int64))

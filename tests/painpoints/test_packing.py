"""What is packed in whole numbers comes out again as it went in."""

from __future__ import annotations

import random

import duckdb
import pandas as pd
import pytest

from journeymap.painpoints.packing import Cells, integer_for, pack_levels


@pytest.mark.parametrize(("n_strata", "most_places"), [(1, 0), (4, 26), (6, 300), (128, 2_000_000)])
def test_a_cell_gives_back_what_it_is_counted_by(n_strata: int, most_places: int) -> None:
    draw = random.Random(n_strata)  # noqa: S311 - numbers to try, no secret
    units = pd.DataFrame(
        {
            "place_key": [most_places, *(draw.randint(0, most_places) for _ in range(99))],
            "stratum": [n_strata - 1, *(draw.randrange(n_strata) for _ in range(99))],
            "outcome": [2, *(draw.randrange(3) for _ in range(99))],
            "customer_group": [99, *(draw.randrange(100) for _ in range(99))],
        }
    )
    cells = Cells(n_strata, most_places)
    packed = cells.packed("place_key", "stratum", "outcome", "customer_group")
    made = duckdb.sql(
        f"SELECT cell, {cells.place} AS place_key, {cells.outcome} AS outcome, {cells.group} AS customer_group, "
        f"{cells.without_group} AS alike FROM (SELECT {packed} AS cell FROM units)"
    ).df()
    assert made[["place_key", "outcome", "customer_group"]].astype("int64").equals(units.drop(columns="stratum"))
    assert cells.unpacked(made[["cell"]]).equals(units)
    assert cells.unpacked(made[["alike"]].set_axis(["cell"], axis=1)).equals(units.assign(customer_group=0))


def test_the_narrowest_type_holds_the_largest_number() -> None:
    assert [integer_for(n) for n in (127, 128, 32_767, 32_768, 2**31 - 1, 2**31)] == [
        "TINYINT", "SMALLINT", "SMALLINT", "INTEGER", "INTEGER", "BIGINT",
    ]  # fmt: skip


def test_codes_that_do_not_fit_one_word_stand_in_several() -> None:
    sizes, steady = [60_000, 2, 50_000, 1, 9], [True, False, True, True, False]
    packed = pack_levels(sizes, steady)
    # 16 and 16 bits are more than a word of 31; what customers change is apart.
    assert [level.word for level in packed] == [0, 2, 1, 1, 2]
    codes = [59_999, 1, 49_999, 0, 8]
    words = [
        sum(code << level.at for code, level in zip(codes, packed, strict=True) if level.word == at) for at in range(3)
    ]
    assert max(words) < 2**31
    listed = ", ".join(f"{word} AS levels{at}" for at, word in enumerate(words))
    (found,) = duckdb.sql(f"SELECT {', '.join(level.sql for level in packed)} FROM (SELECT {listed})").fetchall()
    assert list(found) == codes


@pytest.mark.parametrize(("n_strata", "stratum"), [(128, 128), (6, 6), (6, 7), (1, 1), (6, -1)])
def test_a_stratum_that_was_not_announced_gives_no_cell(n_strata: int, stratum: int) -> None:
    cell = Cells(n_strata, most_places=3).packed("1", "stratum", "0", "0")
    assert duckdb.sql(f"SELECT {cell} FROM (SELECT {stratum} AS stratum)").fetchall() == [(None,)]

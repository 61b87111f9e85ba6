"""Every detector's question translates to Spark's dialect."""

from __future__ import annotations

from functools import cache

import pytest
import sqlglot
from conftest import opened
from measure.test_spark_dialect import TRAPS
from sqlglot import exp

from journeymap.store.spark_dialect import to_spark

LOG = """
    A 0d       search        web  -  -  100
    A 0d+1m    product       web  -  4  200
    A 0d+2m    cart          web  -  -  100
    A 1d       support_call  call -  2  -
    A 2d       order         web  10 -  100
    A 3d       return_item   web  -  1  100
    B 0d       cart          web  -  -  900
    B 0d+1m    pay_error     web  -  -  100
    B 0d+2m    help          web  -  -  100
    C 60d      search        web  -  -  100
"""


@cache
def questions() -> dict[str, str]:
    with opened(here=True) as log:
        store = log(
            LOG, columns=("customer", "timestamp", "event", "channel", "value", "score", "load_ms"), goal=("order",),
            customers={"customer": ["A", "B"], "region": ["n", "s"]},
        )  # fmt: skip
        heard: list[str] = []
        store.explain_to(heard.append)
        for how in ({"by": ["region"]}, {"each": ["region", "channel"]}):
            pains = store.pain_points(**how, examined=True)
            assert pains.skipped == ()
        return {f"question {at}": to_spark(sql) for at, sql in enumerate(heard)}


def test_every_detector_is_asked() -> None:
    assert len(questions()) > 60


@pytest.mark.parametrize("trap", TRAPS)
def test_no_question_falls_into_a_known_trap(trap: str) -> None:
    assert {name: found.group(0) for name, sql in questions().items() if (found := TRAPS[trap].search(sql))} == {}


def test_what_is_translated_can_be_read_as_sparks() -> None:
    for name, sql in questions().items():
        assert not list(sqlglot.parse_one(sql, read="spark").find_all(exp.Command)), name

"""The customers file: attributes with types, customers that repeat or are not known, and a second file."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pyarrow as pa
import pytest

from journeymap.errors import ColumnError, SourceError, SourceNotFoundError
from journeymap.ingest import attributes

LOG = "user_id,ts,event\nA,2026-01-01,home\nB,2026-01-01,home\nC,2026-01-01,home\n"
FILE = """user_id,region,age,income,zip,flag,empty,mixed
A,north,34,1000.5,01234,true,,1
B, south ,,2000,80331,false,,x
D,west,50,1,1,true,,2
A,east,99,9,9,false,,3
,nowhere,1,1,1,true,,1
C,,7,-3e2,00501,,,
"""


def test_attributes_have_the_types_of_the_whole_column(take: Any) -> None:
    taken = take(LOG, customers=take.file(FILE, "customers.csv"))
    assert taken.kinds("customers") == {
        "region": "VARCHAR", "age": "BIGINT", "income": "DOUBLE", "zip": "VARCHAR", "flag": "VARCHAR",
        "empty": "VARCHAR", "mixed": "VARCHAR",
    }  # fmt: skip
    assert taken.sql("SELECT * EXCLUDE (customer_key) FROM customers ORDER BY customer_id") == [
        ("A", "north", 34, 1000.5, "01234", "true", None, "1"),
        ("B", "south", None, 2000.0, "80331", "false", None, "x"),
        ("C", None, 7, -300.0, "00501", None, None, None),
    ]


def test_repeated_and_unknown_customers_are_told(take: Any) -> None:
    notes = take(LOG, customers=take.file(FILE, "customers.csv")).report.notes
    assert "Rows of the customers file that repeat a customer: 1. The first row of each counts." in notes
    assert "Customers of the customers file that have no events: 1. They are not in the store." in notes


def test_broken_rows_of_the_customers_file_are_told(take: Any) -> None:
    taken = take(LOG, customers=take.file("user_id,region\nA,north\nB\n", "customers.csv"))
    assert "Rows of the customers file that could not be parsed: 1." in taken.report.notes


def test_a_second_file_adds_and_mends_attributes(take: Any) -> None:
    taken = take(LOG, customers=take.file("user_id,region,age\nA,north,30\nB,south,40\n", "one.csv"))
    take(LOG, customers=take.file("user_id,Region,plan\nA,west,gold\nC,east,free\n", "two.csv"), into=taken)
    assert list(taken.kinds("customers")) == ["region", "age", "plan"]
    assert taken.sql("SELECT customer_id, region, age, plan FROM customers ORDER BY 1") == [
        ("A", "west", 30, "gold"),
        ("B", "south", 40, None),
        ("C", "east", None, "free"),
    ]


def test_a_second_file_may_change_a_type(take: Any) -> None:
    taken = take(LOG, customers=take.file("user_id,plan\nA,1\nB,2\n", "one.csv"))
    take(LOG, customers=take.file("user_id,plan\nA,gold\n", "two.csv"), into=taken)
    assert taken.sql("SELECT plan FROM customers ORDER BY customer_id") == [("gold",), ("2",), (None,)]


def test_a_column_without_a_value_takes_the_type_of_the_first_values(take: Any) -> None:
    taken = take(LOG, customers=take.file("user_id,plan,age\nA,,\nB,,7\n", "one.csv"))
    take(LOG, customers=take.file("user_id,plan,age\nA,1,8\n", "two.csv"), into=taken)
    assert taken.kinds("customers") == {"plan": "BIGINT", "age": "BIGINT"}
    assert taken.sql("SELECT plan, age FROM customers ORDER BY customer_id") == [(1, 8), (None, 7), (None, None)]


def test_only_customers_whose_attributes_changed_are_written_again(take: Any) -> None:
    people = [f"P{at:02}" for at in range(40)]
    log = "user_id,ts,event\n" + "".join(f"{name},2026-01-01,home\n" for name in people)
    rows = {name: f"{name},{at % 3},x{at}" for at, name in enumerate(people)}
    taken = take(log, customers=take.file("user_id,n,text\n" + "\n".join(rows.values()), "one.csv"))
    rows["P07"], rows["P08"] = "P07,9,x7", "P08,2,"
    take(log, customers=take.file("user_id,n,text\n" + "\n".join(rows.values()), "two.csv"), into=taken)
    found = taken.sql("SELECT customer_id, n, text FROM customers ORDER BY 1")
    assert found == [(name, at % 3, f"x{at}") for at, name in enumerate(people[:7])] + [
        ("P07", 9, "x7"), ("P08", 2, None),
        *((name, at % 3, f"x{at}") for at, name in enumerate(people) if at > 8),
    ]  # fmt: skip
    stored = [row[0] for row in taken.sql("SELECT customer_id FROM customers")]
    assert sorted(stored[-2:]) == ["P07", "P08"]  # the others lie where they lay


def test_of_rows_that_repeat_a_customer_only_the_first_changes_anything(take: Any) -> None:
    taken = take(LOG, customers=take.file("user_id,plan\nA,one\nB,two\nC,three\n", "one.csv"))
    again = "user_id,plan\nZ,x\nA,one\nB,new\nA,other\nZ,y\nB,two\nZ,z\nC,three\n"
    notes = take(LOG, customers=take.file(again, "two.csv"), into=taken).report.notes
    assert taken.sql("SELECT plan FROM customers ORDER BY customer_id") == [("one",), ("new",), ("three",)]
    assert "Rows of the customers file that repeat a customer: 4. The first row of each counts." in notes
    assert "Customers of the customers file that have no events: 1. They are not in the store." in notes


def test_what_is_stored_as_text_stays_as_it_is_written(take: Any) -> None:
    taken = take(LOG, customers=take.file("user_id,code\nA,x1\nB,7\n", "one.csv"))
    take(LOG, customers=take.file("user_id,CODE\nA,1e3\nC,+5\n", "two.csv"), into=taken)
    assert taken.sql("SELECT code FROM customers ORDER BY customer_id") == [("1e3",), ("7",), ("+5",)]


def test_customers_that_come_later_have_no_attributes_until_their_file_comes(take: Any) -> None:
    customers = take.file("user_id,region\nA,north\nZ,south\n", "customers.csv")
    taken = take(LOG, customers=customers)
    late = take.file("user_id,ts,event\nZ,2026-01-02,home\n", "late.csv")
    take(late, into=taken)
    assert taken.sql("SELECT region FROM customers WHERE customer_id = 'Z'") == [(None,)]
    take(late, into=taken, customers=customers)
    assert taken.sql("SELECT region FROM customers WHERE customer_id = 'Z'") == [("south",)]


@pytest.fixture
def joined(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Tell, for each customers file that is read, whether it was compared with newcomers alone."""
    heard: list[bool] = []

    def match(*given: Any) -> tuple[int, int, int]:
        heard.append(given[-1] is not None)
        return _match(*given)

    _match = attributes._match
    monkeypatch.setattr(attributes, "_match", match)
    return heard


@pytest.mark.not_on("spark", "a file that may lie anywhere is not known again")
def test_the_same_file_again_is_read_for_newcomers_alone(take: Any, joined: list[bool]) -> None:
    """Z, whose rows repeat, comes on the second day; Y on the third; W never. Groups of keys fill up on the way."""
    rows = "user_id,region,age\nA,north,1\nW,west,2\nZ,south,3\nZ,other,4\nY,,5\nA,other,6\n"
    rows += "".join(f"P{at},p,{at}\n" for at in range(300))
    file = take.file(rows, "customers.csv")
    days = [LOG, *(f"user_id,ts,event\n{name},2026-01-02,home\n" for name in "ZY")]
    days += ["user_id,ts,event\n" + "".join(f"P{at},2026-01-03,home\n" for at in range(300))]
    grown, paths = None, []
    for at, day in enumerate(days):
        paths.append(take.file(day, f"day{at}.csv"))
        grown = take(paths[-1], customers=file, into=grown)
        once = take(*paths, customers=file)
        asked = "SELECT * EXCLUDE (customer_key) FROM customers ORDER BY customer_id"
        assert grown.sql(asked) == once.sql(asked)
        assert grown.report.notes == once.report.notes
    assert joined == [False, False] + [True, False] * 3


@pytest.mark.not_on("spark", "a file that may lie anywhere is not known again")
def test_any_other_file_is_read_for_everybody(take: Any, joined: list[bool]) -> None:
    one, two = "user_id,region\nA,north\nB,south\n", "user_id,region\nA,west\nB,south\n"
    taken = take(LOG, customers=take.file(one, "one.csv"))
    for content, name, region in ((two, "one.csv", "west"), (one, "one.csv", "north"), (one, "same.csv", "north")):
        take(LOG, customers=take.file(content, name), into=taken)
        assert taken.sql("SELECT region FROM customers WHERE customer_id = 'A'") == [(region,)]
    take(LOG, customers=pa.table({"user_id": ["A"], "region": ["east"]}), into=taken)
    take(LOG, customers=take.file(one, "one.csv"), into=taken)
    assert taken.sql("SELECT region FROM customers WHERE customer_id = 'A'") == [("north",)]
    assert joined == [False, False, False, True, False, False]


def test_the_same_file_read_in_another_way_is_another(take: Any, joined: list[bool]) -> None:
    file = take.file("user_id,other_id,region\nA,C,north\nB,A,south\n", "customers.csv")
    taken = take(LOG, customers=file)
    take(LOG, customers=file, into=taken, settings='[customers]\ncustomer = "other_id"')
    assert taken.sql("SELECT customer_id, region FROM customers ORDER BY 1") == [
        ("A", "south"), ("B", "south"), ("C", "north"),
    ]  # fmt: skip
    assert joined == [False, False]


def test_attributes_called_like_the_stores_own(take: Any) -> None:
    taken = take(LOG, customers=take.file("user_id,customer_key,Customer_ID\nA,7,x\n", "customers.csv"),
                 settings='[customers]\ncustomer = "user_id"')  # fmt: skip
    assert taken.sql("SELECT source_customer_key, source_Customer_ID FROM customers WHERE customer_id = 'A'") == [
        (7, "x")
    ]


def test_the_file_may_stand_in_the_settings_and_is_no_file_of_events(take: Any) -> None:
    take.file("user_id,region\nA,north\n", "customers.csv")
    take.file(LOG, "events.csv")
    taken = take(take.folder, settings='[customers]\nfile = "customers.csv"')
    assert taken.report.read == 3
    assert taken.sql("SELECT region FROM customers WHERE customer_id = 'A'") == [("north",)]


@pytest.mark.parametrize("name", ["customers.parquet", "customers.jsonl", "customers.tsv.gz"])
def test_customers_in_other_formats(take: Any, name: str) -> None:
    import gzip

    import pyarrow.parquet as pq

    path = take.file(b"", name)
    if name.endswith("parquet"):
        pq.write_table(pa.table({"user_id": ["A", "B"], "age": pa.array([30, None])}), path)
    elif name.endswith("jsonl"):
        path.write_text('{"user_id": "A", "age": 30}\n{"user_id": "B"}\n')
    else:
        path.write_bytes(gzip.compress(b"user_id\tage\nA\t30\nB\t\n"))
    taken = take(LOG, customers=path)
    assert taken.kinds("customers") == {"age": "BIGINT"}
    assert taken.sql("SELECT age FROM customers ORDER BY customer_id") == [(30,), (None,), (None,)]


def test_customers_as_a_table(take: Any) -> None:
    table = pa.table({"user_id": [1.0, 2.0], "born": pd.to_datetime(["1990-01-01", "2000-01-01"]), "vip": [True, None]})
    taken = take("user_id,ts,event\n1,2026-01-01,home\n2,2026-01-01,home\n", customers=table)
    assert taken.kinds("customers")["vip"] == "BOOLEAN"
    assert taken.sql("SELECT vip, year(born) FROM customers ORDER BY customer_id") == [(True, 1990), (None, 2000)]


def test_a_customers_file_that_fits_nobody_is_an_error(take: Any) -> None:
    customers = take.file("user_id,region\nX,north\nY,south\n", "customers.csv")
    with pytest.raises(
        ColumnError, match=r"Not one of the 2 customers in .*customers\.csv \(column 'user_id'\)"
    ) as caught:
        take(LOG, customers=customers)
    assert "[customers] customer" in caught.value.hint


def test_the_customers_column_is_recognised_or_named(take: Any) -> None:
    customers = take.file("nr,client_id,region\nA,1,north\n", "customers.csv")
    with pytest.raises(ColumnError, match="Not one of the 1 customers"):
        take(LOG, customers=customers)
    taken = take(LOG, customers=customers, settings='[customers]\ncustomer = "nr"')
    assert taken.sql("SELECT region, client_id FROM customers WHERE customer_id = 'A'") == [("north", 1)]
    with pytest.raises(ColumnError, match=r"The customers file: .*no column 'number'"):
        take(LOG, customers=customers, settings='[customers]\ncustomer = "number"')


@pytest.mark.parametrize("content", [b"", b"\0\1\2"])
def test_a_customers_file_that_cannot_be_read(take: Any, content: bytes) -> None:
    with pytest.raises(SourceError):
        take(LOG, customers=take.file(content, "customers.csv"))


def test_a_customers_file_that_is_not_there(take: Any) -> None:
    with pytest.raises(SourceNotFoundError, match="There is no file"):
        take(LOG, customers=take.folder / "nobody.csv")


def test_customer_groups_are_even_and_steady(take: Any) -> None:
    rows = "".join(f"customer {at},2026-01-01,home\n" for at in range(4000))
    taken = take("user_id,ts,event\n" + rows)
    sizes = [n for (n,) in taken.sql("SELECT count(*) FROM customers GROUP BY customer_key % 100")]
    assert len(sizes) == 100
    assert min(sizes) >= 15
    assert max(sizes) <= 70
    assert taken.sql("SELECT count(DISTINCT customer_key) FROM customers") == [(4000,)]

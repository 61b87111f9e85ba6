"""The plain values: frozen, comparable, without input or output."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, fields, is_dataclass

import pytest

from journeymap.model import finding, ingest_report, journey_map, names, rate


@pytest.mark.parametrize("module", [finding, ingest_report, journey_map, rate])
def test_every_attribute_is_documented(module: object) -> None:
    for value in vars(module).values():
        if isinstance(value, type) and is_dataclass(value) and value.__module__ == module.__name__:  # type: ignore[attr-defined]
            text = value.__doc__ or ""
            missing = [item.name for item in fields(value) if item.name not in text]
            assert not missing, f"{value.__name__}: {missing}"


def test_values_are_frozen_and_equal_by_content() -> None:
    one, other = rate.Rate(1, 2, 0.5, 0.1, 0.9), rate.Rate(1, 2, 0.5, 0.1, 0.9)
    assert one == other
    assert hash(one) == hash(other)
    with pytest.raises(FrozenInstanceError):
        one.rate = 0.6  # type: ignore[misc]


def test_the_record_of_a_report_is_what_the_design_lists() -> None:
    shown = [item.name for item in fields(ingest_report.IngestReport) if item.name not in {"columns", "times", "notes"}]
    report = ingest_report.IngestReport(*([0] * 5), {}, *([0] * 5), None, None, *([0] * 5))  # type: ignore[arg-type]
    assert list(report.record()) == shown
    for name in ("read", "accepted", "duplicates", "filtered", "rejected", "rejected_by_reason", "ties", "mature"):
        assert name in shown


def test_names_of_the_ends() -> None:
    assert (names.START, names.ENDS) == ("(start)", ("(converted)", "(ended)", "(dropped)", "(open)"))
    assert (names.NO_LEVEL, names.ALL_LEVELS, names.UNSTAGED) == ("(none)", "(all)", "(no stage)")

"""``journeymap dropoff``."""

from __future__ import annotations

from journeymap.cli.asking import asked
from journeymap.cli.limits import fail_over, place_of
from journeymap.cli.options import FailOver, Format, FormatOption, Reading, Sources, Split, Whom, takes_options
from journeymap.cli.printing import print_frame, records_of


@takes_options
def dropoff(
    sources: Sources,
    split: Split,
    whom: Whom,
    reading: Reading,
    form: FormatOption = Format.TABLE,
    limit: FailOver = None,
) -> None:
    """Measure at each touchpoint how many visits were the last of an abandoned journey.

    The drop rate is dropped / mature visits: visits that have one horizon between them and the data end. Its 95 %
    interval is clustered by customer. The baseline is the rate over all touchpoints or, with --by, that of the same
    touchpoint over all levels; lift is rate / baseline.

    Example: journeymap dropoff shop.duckdb --by region
    """
    with asked(sources, reading, whom, split.names) as journeys:
        frame = journeys.dropoff(by=split.names)
    n_levels = len(split.names)
    print_frame(frame, form, n_levels=n_levels, nothing="There are no such visits.")
    rates = [
        (place_of(list(row.items())[:n_levels], f"{row['touchpoint']}"), row["ci_low"]) for row in records_of(frame)
    ]
    fail_over(limit, rates, what="the drop rate is at least")

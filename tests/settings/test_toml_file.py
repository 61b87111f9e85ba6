from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from journeymap.errors import SettingsError, SourceNotFoundError
from journeymap.settings import (
    JourneySettings,
    SegmentRule,
    SegmentSettings,
    ThemeSettings,
    TouchpointRule,
    load_settings,
    parse_settings,
)
from journeymap.settings.durations import DAY_US, HOUR_US

FULL = """
[events]
customer = "user_id"
value = "price * quantity"
keep_duplicates = true
timezone = "Europe/Berlin"
delimiter = "\\t"
encoding = "latin-1"

[customers]
file = "data/customers.csv"

[touchpoints]
drop = "heartbeat"
rename."page view" = "home"
patterns = { "/product/*" = "product", "/*" = "other page" }

[[touchpoints.rule]]
name = "expensive order"
when = "event = 'order' and total > 500"

[[touchpoints.rule]]
name = "return"
when = "refund > 0"

[stages]
later = ["order"]
earlier = "home"
empty = []

[channels]
web = ["/*"]

[journey]
gap = "none"
horizon = "36 h"
goal = "order"
final = ["declined", "cancelled"]
end_at = "goal"
minimum_customers = 10

[segments]
region.column = "region"
age = { column = "age", bins = [30, 60.5], labels = ["young", "middle", "old"] }

[segments."spend per year"]
column = "spend"
quantiles = 4
as_of = "latest"

[segments.loyalty]
other = "new"
rule = [{ name = "repeat", when = "purchases >= 2" }]

[[segments.late.rule]]
name = "lapsed"
when = "days_since_last > 90"

[[segments.late.rule]]
name = "not yet"
when = "n_events > 0"

[segments.life]
kind = "lifecycle"
at_risk = "30d"
lapsed = "8w"
loyal = 3

[segments.place]
path = ["country", "region"]
depth = 1

[segments.both]
of = ["region", "age"]

[map]
notes.cart = "Too many fields?"

[theme]
font = "Inter"
accent = "#00539F"
scale = ["#FFFFFF", "#E88A4E"]
smallest_size = 8
"""


def test_a_full_file() -> None:
    settings = parse_settings(FULL, folder=Path("shop"))
    assert settings.events.customer == "user_id"
    assert settings.events.keep_duplicates
    assert settings.events.delimiter == "\t"
    assert settings.customers.file == str(Path("shop/data/customers.csv"))
    assert settings.touchpoints.drop == ("heartbeat",)
    assert settings.touchpoints.rename == (("page view", "home"),)
    assert settings.touchpoints.patterns == (("/product/*", "product"), ("/*", "other page"))
    assert settings.touchpoints.rules[1] == TouchpointRule("return", "refund > 0")
    assert settings.stages == (("later", ("order",)), ("earlier", ("home",)), ("empty", ()))
    assert settings.channels == (("web", ("/*",)),)
    assert settings.journey == JourneySettings(
        gap_us=None,
        horizon_us=36 * HOUR_US,
        goal=("order",),
        final=("declined", "cancelled"),
        end_at="goal",
        minimum_customers=10,
    )
    assert settings.segments == (
        ("region", SegmentSettings("region")),
        ("age", SegmentSettings("age", bins=(30.0, 60.5), labels=("young", "middle", "old"))),
        ("spend per year", SegmentSettings("spend", quantiles=4, as_of="latest")),
        ("loyalty", SegmentSettings(rules=(SegmentRule("repeat", "purchases >= 2"),), other="new")),
        (
            "late",
            SegmentSettings(
                rules=(SegmentRule("lapsed", "days_since_last > 90"), SegmentRule("not yet", "n_events > 0"))
            ),
        ),
        (
            "life",
            SegmentSettings(kind="lifecycle", at_risk_us=30 * 24 * HOUR_US, lapsed_us=56 * 24 * HOUR_US, loyal=3),
        ),
        ("place", SegmentSettings(path=("country", "region"), depth=1)),
        ("both", SegmentSettings(of=("region", "age"))),
    )
    assert settings.notes == (("cart", "Too many fields?"),)
    assert settings.theme == ThemeSettings(
        font=("Inter",), accent="#00539F", scale=("#FFFFFF", "#E88A4E"), smallest_size=8.0
    )


def test_a_number_where_bins_are_expected_is_a_list_of_one() -> None:
    assert parse_settings('[segments.a]\ncolumn = "a"\nbins = 3').segments[0][1].bins == (3.0,)


def test_the_customers_file_is_found_from_the_settings_file(tmp_path: Path) -> None:
    file = tmp_path / "journeymap.toml"
    file.write_bytes(b'\xef\xbb\xbf[customers]\r\nfile = "c.csv"\r\n')  # as an editor on Windows saves it
    assert load_settings(file).customers.file == str(tmp_path / "c.csv")
    assert load_settings(str(file)).customers.file == str(tmp_path / "c.csv")
    assert parse_settings('[customers]\nfile = "c.csv"').customers.file == "c.csv"
    absolute = tmp_path / "elsewhere.csv"
    assert parse_settings(f"[customers]\nfile = '{absolute}'", folder=Path("shop")).customers.file == str(absolute)


def test_a_horizon_is_free_where_no_gap_cuts() -> None:
    from_column = parse_settings('[events]\njourney = "case"\n[journey]\nhorizon = "90d"\n')
    assert from_column.journey.horizon_us == 90 * DAY_US
    assert parse_settings('[journey]\ngap = "none"\nhorizon = "90d"\n').journey.horizon_us == 90 * DAY_US
    assert parse_settings('[journey]\ngap = "7d"\nhorizon = "1w"\n').journey.horizon_us == 7 * DAY_US


def test_a_missing_file_is_told_with_what_there_is(tmp_path: Path) -> None:
    with pytest.raises(SourceNotFoundError, match="can be left out"):
        load_settings(tmp_path / "journeymap.toml")
    (tmp_path / "journymap.toml").write_text("")
    with pytest.raises(FileNotFoundError, match=r"Did you mean 'journymap\.toml'"):
        load_settings(tmp_path / "journeymap.toml")


def test_a_folder_is_no_settings_file(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="it is a folder"):
        load_settings(tmp_path)


def test_not_utf_8(tmp_path: Path) -> None:
    file = tmp_path / "journeymap.toml"
    file.write_bytes('[journey]\ngoal = "Käufe"\n'.encode("latin-1"))
    with pytest.raises(SettingsError, match="line 2: the file is not in UTF-8") as error:
        load_settings(file)
    assert "Save it as UTF-8" in error.value.hint


def test_importing_the_settings_is_light() -> None:
    code = "import sys, journeymap.settings; print({'tomlkit', 'tomllib', 'zoneinfo'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)  # noqa: S603 - our own code
    assert done.stdout.strip() == "set()"

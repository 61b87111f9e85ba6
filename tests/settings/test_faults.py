"""Each kind of fault, with its line. ``<<`` marks the line that is expected; it is no part of the text."""

from __future__ import annotations

import pytest

from journeymap.errors import SettingsError
from journeymap.settings import parse_settings

ONE_FAULT = {
    "unknown table": ('[journey]\n[evnts] <<\ncustomer = "c"', "evnts: there is no such table", "'events'"),
    "table in another": (
        "[journey]\n[rename] <<",
        "rename: there is no such table",
        "belongs in [touchpoints]",
    ),
    "entry before the tables": (
        '\ngap = "30d" <<\n',
        "gap: there is no such entry outside of the tables",
        "belongs in [journey]",
    ),
    "unknown entry": (
        '[events]\ncustomer = "c"\ntimestmp = "t" <<',
        "[events] timestmp: there is no such entry",
        "Did you mean 'timestamp'",
    ),
    "entry of another table": (
        '[events]\ngap = "30d" <<',
        "[events] gap: there is no such entry",
        "It belongs in [journey]",
    ),
    "unknown entry of a segment": (
        '[segments.a]\ncolumn = "a"\nbin = [1] <<',
        "[segments.a] bin: there is no such entry",
        "'bins'",
    ),
    "unknown entry in touchpoints": (
        '[touchpoints]\npattern = "a" <<',
        "[touchpoints] pattern: there is no such entry",
        "'patterns'",
    ),
    "unknown entry of a rule": (
        '[[touchpoints.rule]]\nname="a"\nwhen="b"\n[[touchpoints.rule]]\nname="a"\nwhen="b"\nif="c" <<',
        "[[touchpoints.rule]] number 2, if: there is no such entry",
        "name, when",
    ),
    "unknown entry of the map": ('[map]\nnote.a = "b" <<', "[map] note: there is no such entry", "'notes'"),
    "not a table": ("events = 3 <<", "[events]: must be a table, not the number 3", ""),
    "table of pairs is none": (
        "[touchpoints]\nrename = ['a'] <<",
        "[touchpoints.rename]: must be a table, not a list",
        "",
    ),
    "not a text": ("[events]\n\ncustomer = 3 <<", "customer: must be a text in quotes, not the number 3", ""),
    "date for a text": (
        "[events]\nvalue = 2020-01-01 <<",
        "must be a text in quotes, not a date or time",
        "",
    ),
    "not true or false": ("[events]\nkeep_duplicates = 1 <<", "must be true or false, not the number 1", ""),
    "not a whole number": (
        "[journey]\nminimum_customers = 1.5 <<",
        "must be a whole number, not the number 1.5",
        "",
    ),
    "flag for a number": ("[journey]\nminimum_customers = true <<", "must be a whole number, not true", ""),
    "not a list of texts": ("[journey]\ngoal = {a = 1} <<", "must be a list of texts, not a table", ""),
    "not a text in a list": ("[stages]\na = [\n'x',\n3, <<\n]", "[stages] a: must be a text", ""),
    "not a number in bins": (
        "[segments.a]\ncolumn = 'a'\nbins = [\n1,\n'2', <<\n]",
        "[segments.a] bins: must be a number, not the text '2'",
        "",
    ),
    "huge number in bins": (f"[segments.a]\ncolumn = 'a'\nbins = [1{'0' * 400}] <<", "is out of range", ""),
    "not finite": ("[segments.a]\ncolumn = 'a'\nbins = [1, inf] <<", "must be finite numbers", ""),
    "watch entry is not known": (
        "[watch]\nmax_drift = 1 <<",
        "[watch] max_drift: there is no such entry",
        "Did you mean 'drift'?",
    ),
    "watch period is none": ("[watch]\nperiod = 'year' <<", "must be day, week, month or quarter, not 'year'", ""),
    "watch limit in percent": ("[watch]\nvolume_drop = 20 <<", "[watch] volume_drop: must be 0 to 1, not 20", ""),
    "watch limit is a text": ("[watch]\ndrift = '0.2' <<", "must be a number, not the text '0.2'", ""),
    "watch drift is not finite": ("[watch]\ndrift = inf <<", "[watch] drift: must be 0 or more, not inf", ""),
    "watch against nothing": ("[watch]\nperiods_before = 0 <<", "must be at least 1, not 0", ""),
    "theme entry is not known": (
        "[theme]\nacent = '#00539F' <<",
        "[theme] acent: there is no such entry",
        "Did you mean 'accent'?",
    ),
    "theme entry is a table": ("[theme]\naccent.b = 3 <<", "[theme] accent: must be a text in quotes, not a table", ""),
    "theme entry is a flag": ("[theme]\nlogo = true <<", "must be a text in quotes, not true", ""),
    "theme size is not finite": ("[theme]\nsmallest_size = nan <<", "must be between 7 and 24 points", ""),
    "theme size is too small": ("[theme]\nsmallest_size = 6.5 <<", "between 7 and 24 points, not 6.5", "from a slide"),
    "theme color is none": ("[theme]\naccent = 'teal' <<", "[theme] accent: 'teal' is no colour", '"#1C7C8C"'),
    "theme color in a list is none": (
        "[theme]\npalette = [\n'#00539F',\n'#00539', <<\n]",
        "[theme] palette: '#00539' is no colour",
        "#RRGGBB",
    ),
    "theme scale of one": ("[theme]\nscale = '#00539F' <<", "needs at least two colours", "the last for much"),
    "theme letters that cannot be read": (
        "[theme]\ntext = '#DDDDDD' <<",
        "#DDDDDD on #FFFFFF has a contrast of 1.4",
        "Set both text and paper",
    ),
    "theme paper on which letters cannot be read": ("[theme]\npaper = '#333' <<", "#1F2A37 on #333 has a contrast", ""),
    "theme logo of another kind": ("[theme]\nlogo = 'logo.svg' <<", "'logo.svg' is no PNG or JPEG file", ""),
    "bad duration": (
        '[journey]\ngap = "30x" <<',
        "[journey] gap: '30x' is no length of time",
        "Write a number and a unit",
    ),
    "duration of 0": ('[journey]\nsession_timeout = "0m" <<', "'0m' is out of range", "more than 0"),
    "number for a duration": ("[journey]\ngap = 30 <<", 'such as "30d" or "none", not the number 30', ""),
    "horizon none": (
        '[journey]\ngap = "none"\nhorizon = "none" <<',
        "horizon: cannot be none",
        "Leave it out",
    ),
    "timeout none": ('[journey]\nsession_timeout = "none" <<', "session_timeout: cannot be none", ""),
    "horizon with a gap": (
        '[journey]\ngap = "30d"\nhorizon = "60d" <<',
        "the horizon is the journey gap",
        'Set it only where gap = "none" or journeys come from a column.',
    ),
    "horizon with the default gap": ('[journey]\nhorizon = "60d" <<', "the horizon is the journey gap", ""),
    "goal is final": (
        '[journey]\ngoal = ["order"]\nfinal = [\n  "cancelled",\n  "order", <<\n]',
        "[journey] final: 'order' is a goal too",
        "one of the two",
    ),
    "end_at": ('[journey]\nend_at = "gaol" <<', "must be journey or goal, not 'gaol'", ""),
    "minimum": ("[journey]\nminimum_customers = 0 <<", "must be at least 1, not 0", ""),
    "as_of": ('[segments.a]\ncolumn = "a"\nas_of = "last" <<', "must be start, first or latest, not 'last'", ""),
    "bins do not rise": (
        "[segments.a]\ncolumn = 'a'\nbins = [\n10,\n20,\n20, <<\n30]",
        "bins: must rise, but 20.0 comes after 20.0",
        "",
    ),
    "bins and quantiles": (
        "[segments.a]\ncolumn = 'a'\nquantiles = 4\nbins = [1] <<",
        "bins: cannot be set together with quantiles",
        "Keep one",
    ),
    "one quantile": ("[segments.a]\ncolumn = 'a'\nquantiles = 1 <<", "must be between 2 and 100, not 1", ""),
    "many quantiles": (
        "[segments.a]\ncolumn = 'a'\nquantiles = 101 <<",
        "must be between 2 and 100, not 101",
        "",
    ),
    "labels for bins": (
        "[segments.a]\ncolumn = 'a'\nbins = [1, 2]\nlabels = ['x', 'y'] <<",
        "labels: must be 3 for 2 bounds in bins, but there are 2",
        "",
    ),
    "labels for quantiles": (
        "[segments.a]\ncolumn = 'a'\nlabels = 'x' <<\nquantiles = 4",
        "labels: must be 4 for quantiles = 4, but there is 1",
        "",
    ),
    "labels for nothing": (
        "[segments.a]\ncolumn = 'a'\nlabels = 'x' <<",
        "labels: need bins or quantiles",
        "",
    ),
    "labels alike": (
        "[segments.a]\ncolumn = 'a'\nbins = 1\nlabels = ['x', 'x'] <<",
        "'x' is there twice; levels need different names",
        "",
    ),
    "no column": ("[journey]\n[segments.a] <<\nbins = [1]", "[segments.a]: needs one of column, kind", "kind such as"),
    "two sources": (
        "[segments.a]\ncolumn = 'a'\nkind = 'rfm' <<",
        "[segments.a] kind: cannot be set together with column",
        "Keep one",
    ),
    "unknown kind": ("[segments.a]\nkind = 'rmf' <<", "kind: must be rfm, lifecycle, value_tier, pareto or", ""),
    "entry of another kind": (
        "[segments.a]\nkind = 'rfm'\nlapsed = '90d' <<",
        "[segments.a] lapsed: is of no use here",
        "It goes with kind = 'lifecycle' or 'engagement'",
    ),
    "other without rules": ("[segments.a]\ncolumn = 'a'\nother = 'b' <<", "other: is of no use here", "with rule"),
    "depth of no path": ("[segments.a]\nof = ['a', 'b']\ndepth = 2 <<", "depth: is of no use here", "with path"),
    "too deep": ("[segments.a]\npath = ['a', 'b']\ndepth = 3 <<", "must be between 1 and 2, the length of path", ""),
    "one part": ("[segments.a]\nof = 'b' <<", "[segments.a] of: needs two names or more", ""),
    "a part twice": ("[segments.a]\npath = ['b', 'c', 'b'] <<", "[segments.a] path: 'b' is there twice", ""),
    "an empty part": ("[segments.a]\nof = [\n'b',\n'' <<\n]", "[segments.a] of: must not be empty", ""),
    "shares of Pareto classes": (
        "[segments.a]\nkind = 'pareto'\nbins = [\n0.8,\n1 <<\n]",
        "must be shares between 0 and 1, not 1.0",
        "",
    ),
    "labels of Pareto classes": (
        "[segments.a]\nkind = 'pareto'\nlabels = ['x', 'y'] <<",
        "labels: must be 3 for kind = 'pareto', but there are 2",
        "",
    ),
    "label of another level": (
        "[segments.a]\nkind = 'value_tier'\nquantiles = 2\nlabels = [\n'x',\n'no purchase' <<\n]",
        "'no purchase' is the name of another level",
        "",
    ),
    "loyal at once": ("[segments.a]\nkind = 'lifecycle'\nloyal = 1 <<", "must be at least 2 purchases, not 1", ""),
    "lapsed before at risk": (
        "[segments.a]\nkind = 'lifecycle'\nlapsed = '30d'\nat_risk = '60d' <<",
        "at_risk: must be shorter than lapsed",
        "before they have lapsed",
    ),
    "no silence": ("[segments.a]\nkind = 'lifecycle'\nlapsed = 'none' <<", "lapsed: cannot be none", ""),
    "rules in single brackets": (
        "[segments.a.rule] <<\nname = 'b'\nwhen = 'c'",
        "[segments.a] rule: must be a list of tables, not a table",
        "[[segments.a.rule]]",
    ),
    "rule of a segment without when": (
        "[[segments.a.rule]]\nname = 'b'\nwhen = 'c'\n[[segments.a.rule]] <<\nname = 'd'",
        "[[segments.a.rule]] number 2, when: is missing",
        "",
    ),
    "unknown entry of a segment's rule": (
        "[[segments.a.rule]]\nname = 'b'\nwhen = 'c'\nif = 'd' <<",
        "[[segments.a.rule]] number 1, if: there is no such entry",
        "name, when",
    ),
    "rules alike": (
        "[[segments.a.rule]]\nname = 'b'\nwhen = 'c'\n[[segments.a.rule]]\nname = 'b' <<\nwhen = 'd'",
        "[[segments.a.rule]] number 2, name: 'b' is there twice",
        "with OR",
    ),
    "rule for the rest": (
        "[segments.a]\nother = 'b'\n[[segments.a.rule]]\nname = 'b' <<\nwhen = 'c'",
        "number 1, name: 'b' is the name of another level",
        "set other",
    ),
    "rule for nobody": (
        "[[segments.a.rule]]\nname = '(none)' <<\nwhen = 'c'",
        "'(none)' is the name of another level",
        "without a value",
    ),
    "empty rule": ("[[segments.a.rule]]\nname = 'b'\nwhen = ' ' <<", "number 1, when: must not be empty", ""),
    "no levels for the rest": (
        "[segments.a]\nother = '(all)' <<\n[[segments.a.rule]]\nname = 'b'\nwhen = 'c'",
        "other: '(all)' is the name of another level",
        "",
    ),
    "segment is no table": (
        "[segments]\na = 'region' <<",
        "[segments.a]: must be a table",
        "[segments.NAME]",
    ),
    "rule without when": (
        "[[touchpoints.rule]]\nname='a'\nwhen='b'\n[[touchpoints.rule]] <<\nname='c'",
        "number 2, when: is missing",
        "",
    ),
    "rule in single brackets": (
        "[touchpoints]\n[touchpoints.rule] <<\nname='a'\nwhen='b'",
        "must be a list of tables, not a table",
        "[[touchpoints.rule]]",
    ),
    "rule is no table": ("[touchpoints]\nrule = [\n'a = b', <<\n]", "number 1: must be a table", ""),
    "empty column": ('[events]\n  customer = "" <<', "[events] customer: must not be empty", ""),
    "blank goal": ('[journey]\ngoal = [\n"a",\n" " <<\n]', "[journey] goal: must not be empty", ""),
    "empty stage": ('[stages]\n"" = ["a"] <<', '[stages] "": must not be empty', ""),
    "empty segment": ("[segments.''] <<\ncolumn = 'a'", '[segments.""]: must not be empty', ""),
    "empty touchpoint": (
        "[touchpoints.rename]\na = 'b'\nc = '' <<",
        "[touchpoints.rename] c: must not be",
        "",
    ),
    "empty event name": ("[touchpoints.patterns]\n'' = 'b' <<", '[touchpoints.patterns] "": must not be', ""),
    "pattern in two stages": (
        '[stages]\na = ["/cart*"]\nb = [\n"x",\n"/cart*", <<\n]',
        "[stages] b: the pattern '/cart*' stands in the stage 'a' already",
        "",
    ),
    "pattern in two channels": (
        '[channels]\na = "x"\nb = "x" <<',
        "[channels] b: the pattern 'x' stands in the channel 'a' already",
        "",
    ),
    "unknown time zone": (
        '[events]\ntimezone = "Europe/Berln" <<',
        "'Europe/Berln' is no known time zone",
        "Did you mean 'Europe/Berlin'",
    ),
    "no time zone": ('[events]\ntimezone = "../.." <<', "is no known time zone", "Europe/Berlin or UTC"),
    "encoding": ('[events]\nencoding = "utf8" <<', "'utf8' is not known", "Did you mean 'utf-8'"),
    "delimiter": ('[events]\ndelimiter = "\\n" <<', "delimiter: '\\n' holds a line break", ""),
    "after texts of several lines": (
        '[map.notes]\na = """\n[events]\nx = 1\n"""\nb = 3 <<',
        "[map.notes] b: must be a text",
        "",
    ),
    "dotted keys": ('segments.a.column = "a"\nsegments.a.quantiles = 1 <<', "must be between", ""),
    "inline table": ('[segments]\na = {column = "a", quantiles = 1} <<', "[segments.a] quantiles", ""),
    "syntax: no closing quote": ('[a]\nx = "y <<\n', "this is not valid TOML", "closing quote"),
    "syntax: no quotes": ("[journey]\ngap = 30d <<\n", "column 9: this is not valid TOML", "need quotes"),
    "syntax: twice": ("[a]\nx = 1\nx = 2 <<\n", "line 3, column 6: this is not valid TOML", "keep one"),
    "syntax: table twice": ("[a]\n[b]\n[a] <<\n", "this is not valid TOML", "keep one"),
    "syntax: open list": ("[journey]\ngoal = ['a', <<\n", "line 2, column 13: this is not valid TOML", ""),
    "syntax: backslash": ('[customers]\nfile = "C:\\data" <<\n', "this is not valid TOML", "single quotes"),
}


@pytest.mark.parametrize("case", ONE_FAULT)
def test_each_fault_is_told_with_its_line(case: str) -> None:
    marked, message, hint = ONE_FAULT[case]
    line = next(number for number, row in enumerate(marked.split("\n"), 1) if row.endswith("<<"))
    with pytest.raises(SettingsError) as error:
        parse_settings(marked.replace(" <<", ""), origin="shop.toml")
    assert error.value.message.startswith(f"shop.toml, line {line}")
    assert message in error.value.message
    assert hint in error.value.hint
    assert "\n" not in error.value.message


def test_all_faults_at_once_in_the_order_of_their_lines() -> None:
    text = """\
[journey]
gap = 30
horizon = "60d"
goal = ["order", 3]
final = "order"
end_at = "later"

[stages]
a = ["x"]
b = [1, "x"]

[segments.age]
bins = [2, 1]
labels = ["x"]

[evnts]
[events]
timezone = "Nowhere"
"""
    with pytest.raises(SettingsError) as error:
        parse_settings(text)
    rows = str(error.value).split("\n")
    assert rows[0] == "journeymap.toml: 11 faults."
    assert [row.split(":")[0].strip() for row in rows[1:]] == [
        f"line {line}" for line in (2, 4, 5, 6, 10, 10, 12, 13, 14, 16, 18)
    ]
    # The horizon cannot be judged before the gap is readable.
    assert not any("horizon" in row for row in rows)


def test_two_labels_faults_do_not_follow_from_a_list_that_cannot_be_read() -> None:
    with pytest.raises(SettingsError, match="line 3") as error:
        parse_settings("[segments.a]\ncolumn = 'a'\nbins = ['x', 1]\nlabels = ['a', 'b']")
    assert "faults" not in str(error.value)


@pytest.mark.parametrize("text", ["a = " + "[" * 5000, "a = " + "1" * 5000, "a = {" * 2000])
def test_what_breaks_parsers_is_a_settings_error(text: str) -> None:
    with pytest.raises(SettingsError):
        parse_settings(text)


def test_deep_but_readable_nesting_is_told() -> None:
    depth = 150
    with pytest.raises(SettingsError, match="line 1"):
        parse_settings("x = " + "[" * depth + "]" * depth)

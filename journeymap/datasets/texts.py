"""The texts beside the sample's tables: the settings, the stories as JSON, and the README."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from journeymap.datasets.stories import NO_EFFECT, STORIES
from journeymap.datasets.touchpoints import GOAL, STAGES, TOUCHPOINTS

if TYPE_CHECKING:
    from datetime import date

    from journeymap.datasets.dirt import Dirt
    from journeymap.datasets.stories import Fact, Story

GENERATOR = "journeymap.datasets"

_NOTES = {
    "cart": "I only wanted to see what it costs with shipping.",
    "shipping_info": "Twelve euros for a pair of socks? No, thank you.",
    "checkout": "I pressed the button and was back at my address. Three times.",
    "payment_error": "My card works everywhere else.",
    "support_call": "Nobody could tell me which neighbour has my parcel.",
    "return_request": "I could not read the form, and I have my glasses on.",
    "email_open": "The tent in your mail was just what we were looking for.",
}


@dataclass(frozen=True, slots=True)
class Facts:
    """What is to be told about a generated shop.

    Parameters
    ----------
    n_customers, n_events
        How many customers and rows of events there are.
    days, first_day, last_day
        The time they cover.
    seed, file_format, customers_per_chunk
        How they were asked for.
    files
        The names of the tables' files, the customers last.
    dirt
        The dirty rows among the events.
    """

    n_customers: int
    n_events: int
    days: int
    first_day: date
    last_day: date
    seed: int
    file_format: str
    customers_per_chunk: int
    files: tuple[str, ...]
    dirt: Dirt


def settings_text(file_format: str) -> str:
    """Write the settings for the generated shop.

    Parameters
    ----------
    file_format
        ``csv`` or ``parquet``: how the file of the customers ends.

    Returns
    -------
    str
        The text of ``journeymap.toml``.
    """
    stages = "\n".join(f"{stage} = {_names_of(stage)}" for stage in STAGES)
    notes = "\n".join(f"{name} = {json.dumps(text)}" for name, text in _NOTES.items())
    return f"""\
# The settings of the generated sample shop.

[events]
customer = "customer_id"
timestamp = "timestamp"
touchpoint = "event"
channel = "channel"
value = "value"
score = "score"
event_id = "event_id"

[customers]
file = "customers.{file_format}"
customer = "customer_id"

[stages]
{stages}

[journey]
gap = "30d"
session_timeout = "30m"
goal = ["{GOAL}"]

[segments.age_band]
column = "age"
bins = [25, 40, 60]           # upper bounds are exclusive
labels = ["under 25", "25 to 39", "40 to 59", "60 and over"]

[segments.value_tier]
column = "lifetime_value"
quantiles = 4
labels = ["low", "medium", "high", "top"]

[map.notes]                   # what customers said, by touchpoint
{notes}
"""


def stories_json(facts: Facts) -> str:
    """Write the stories and the counts as JSON.

    Parameters
    ----------
    facts
        What was generated.

    Returns
    -------
    str
        The text of ``stories.json``.
    """
    shop = {key: value for key, value in asdict(facts).items() if key not in ("dirt", "files")}
    whole = {
        "generator": GENERATOR,
        "shop": shop,
        "files": list(facts.files),
        "goal": GOAL,
        "dirt": asdict(facts.dirt) | {"rejected": facts.dirt.rejected},
        "touchpoints": [{"name": t.name, "stage": t.stage, "channel": t.channel or None} for t in TOUCHPOINTS],
        "no_effect": list(NO_EFFECT),
        "stories": [_story(story) for story in STORIES],
    }
    return json.dumps(whole, indent=2, ensure_ascii=False, default=str) + "\n"


def readme_text(facts: Facts) -> str:
    """Write the README of a generated shop.

    Parameters
    ----------
    facts
        What was generated.

    Returns
    -------
    str
        The text of ``README.md``.
    """
    events = f"events-*.{facts.file_format}"
    stories = "\n".join(_story_row(story) for story in STORIES)
    no_effect = ", ".join(f"`{name}`" for name in NO_EFFECT)
    dirt = facts.dirt
    return f"""\
# A sample shop

An invented shop with {facts.n_customers:,} customers and {facts.n_events:,} rows of events,
from {facts.first_day} to {facts.last_day}. Nobody in it is real.
It sells in stores, on the web and in an app. The rows tell who saw what, when and where, who bought, and how
satisfied they were. A few things go wrong in it on purpose, and one goes right: these are the stories below.

## Files
| file | what it is |
|---|---|
| `{events}` | the events, a file a month, in order of time |
| `{facts.files[-1]}` | the customers, one row each |
| `journeymap.toml` | the settings: which column is which, the stages, the goal, two segments |
| `stories.json` | the stories and the counts as data |

### Columns of the events
| column | what it is |
|---|---|
| `event_id` | a number; the same number means the same row |
| `customer_id` | who |
| `timestamp` | when: ISO 8601, UTC, milliseconds |
| `event` | the touchpoint, for example `cart`; the goal is `{GOAL}` |
| `channel` | ads, social, email, web, app, store, courier or call_centre |
| `device` | mobile, desktop or tablet; empty in the store, at the door and on the phone |
| `value` | the revenue of an order in euros; empty elsewhere |
| `score` | satisfaction from 1 to 5 where a survey was answered |
| `page_load_ms` | how long a page took to load; empty where there is no page |

### Columns of the customers
| kind | columns |
|---|---|
| demographic | `age`, `gender`, `income_band`, `education`, `household` |
| geographic | `country`, `region`, `city`, `urban_rural` |
| psychographic | `lifestyle`, `interests` (several are parted by `;`) |
| behavioural | `usage_rate`, `brand_loyalty`, `signup_channel` |
| value | `lifetime_value` (all revenue so far, in euros) |

Some values are missing, as in real life: 3 % of the customers have no region and no city.
The columns {no_effect} have no effect at all: what is found in them is chance.

## Stories
| story | where | who or when | number | there | elsewhere |
|---|---|---|---|---|---|
{stories}

The shares of visits that go on are the very probabilities that the generator draws with.
The other numbers are what follows from them in a large sample.
In a small sample chance moves all of them a little, and at the end of the data some of what would follow a
delivery is not there yet.
`stories.json` has more numbers for each story.

## Dirt
{dirt.duplicates} rows are exact copies of others. {dirt.rejected} rows cannot be used:
{dirt.missing_customer} have no customer, {dirt.bad_time} no time that can be read, and
{dirt.missing_event} no name of an event.
Now and then two events of a customer carry the same time; the first in the file came first.

## How it was made, and how to use it
```
journeymap generate --customers {facts.n_customers}{_options(facts)} --out sample_events
journeymap ingest "sample_events/{events}" --settings sample_events/journeymap.toml --into shop.duckdb
journeymap funnel shop.duckdb --step product --step cart --step checkout --step order --window 7d --by region
```
The same arguments give the same bytes. Larger shops are drawn and written in chunks of
{facts.customers_per_chunk:,} customers. Within a month's file the rows of each chunk stand in order of time,
and the chunks follow each other.
"""


def _options(facts: Facts) -> str:
    """Name the options that were not left as they are."""
    options = (
        ("days", facts.days, 120),
        ("seed", facts.seed, 2026),
        ("file-format", facts.file_format, "csv"),
    )
    return "".join(f" --{name} {value}" for name, value, usual in options if value != usual)


def _names_of(stage: str) -> str:
    return json.dumps([touchpoint.name for touchpoint in TOUCHPOINTS if touchpoint.stage == stage])


def _story(story: Story) -> dict[str, Any]:
    return {key: value for key, value in asdict(story).items() if key != "facts"} | {
        "facts": [asdict(fact) for fact in story.facts]
    }


def _story_row(story: Story) -> str:
    who = f"{story.segment} = {story.level}" if story.segment else f"{story.first_day} to {story.last_day}"
    where = ", ".join(f"`{name}`" for name in story.touchpoints)
    fact = story.facts[0]
    return (
        f"| {story.title} | {where} | {who} | {_meaning(fact)} | {_number(fact, fact.at_level)} "
        f"| {_number(fact, fact.elsewhere)} |"
    )


def _meaning(fact: Fact) -> str:
    return {
        "next": f"visits to `{fact.touchpoint}` that go on to `{fact.target}`",
        "abandonment": f"attempts at `{fact.touchpoint}` without `{fact.target}` within 7 days",
        "mean_score": f"mean score of `{fact.touchpoint}`",
        "median_load_ms": f"median loading time of `{fact.touchpoint}` in ms",
    }[fact.measure]


def _number(fact: Fact, number: float) -> str:
    return f"{number:.0%}".replace("%", " %") if fact.measure in ("next", "abandonment") else f"{number:g}"

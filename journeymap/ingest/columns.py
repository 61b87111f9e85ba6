"""Which column holds what: by the names that people use, or by the option that names it."""

from __future__ import annotations

import re
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Final

from journeymap.errors import ColumnError, suggest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from journeymap.settings import EventSettings

# Names are compared in lower snake case. Where a strong name is there, weak ones are passed over.
_STRONG: Final[dict[str, tuple[str, ...]]] = {
    "customer": (
        "customer_id", "customer", "customerid", "cust_id", "user_id", "user", "userid", "visitor_id", "visitorid",
        "client_id", "clientid", "household_id", "household_key", "member_id", "account_id", "person_id",
        "distinct_id", "user_pseudo_id", "contact_id", "subscriber_id", "shopper_id", "case_concept_name", "case_id",
        "caseid", "customer_key", "customer_number", "customer_no",
    ),
    "timestamp": (
        "timestamp", "ts", "event_time", "event_timestamp", "eventtime", "event_at", "occurred_at", "time_timestamp",
        "datetime", "date_time", "event_date", "event_datetime", "time_stamp", "invoice_date", "order_date",
        "purchase_date", "complete_timestamp", "timestamp_ms", "timestamp_us", "server_time", "event_ts",
    ),
    "touchpoint": (
        "event", "event_name", "eventname", "activity", "activity_name", "touchpoint", "touchpoint_name",
        "concept_name", "event_type", "eventtype", "step_name",
    ),
    "channel": ("channel", "channel_name", "touchpoint_channel"),
    "value": ("value", "revenue", "order_value", "event_value", "total_value", "order_total", "purchase_value"),
    "score": ("score", "satisfaction", "satisfaction_score", "rating", "csat", "nps", "ces", "survey_score"),
    "event_id": ("event_id", "eventid", "message_id", "insert_id", "event_uuid", "uuid"),
}  # fmt: skip
_WEAK: Final[dict[str, tuple[str, ...]]] = {
    "customer": ("id", "visitor", "client", "member", "anonymous_id", "device_id", "session_user", "email"),
    "timestamp": ("time", "date", "created_at", "created", "received_at", "start_time", "start_timestamp"),
    "touchpoint": ("action", "name", "page", "interaction", "step", "type", "url", "page_url", "screen_name"),
    "channel": (),
    "value": (),
    "score": (),
    "event_id": (),
}
_OPTIONS: Final = {
    "customer": "--customer",
    "timestamp": "--timestamp",
    "touchpoint": "--touchpoint",
    "channel": "--channel",
    "value": "--value",
    "score": "--score",
    "event_id": "--event-id",
    "journey": "--journey",
    "one_event_per": "--one-event-per",
}
_SPOKEN: Final = {
    "customer": "the customer",
    "timestamp": "the time",
    "touchpoint": "the event's name",
    "channel": "the channel",
    "value": "the value",
    "score": "the score",
    "event_id": "the event's id",
    "journey": "the journey",
    "one_event_per": "what makes one event of several lines",
}


@dataclass(frozen=True, slots=True)
class Roles:
    """The source column in each role, or None. ``value`` may be arithmetic; see :attr:`value_is_expression`."""

    customer: str
    timestamp: str
    touchpoint: str | None
    channel: str | None
    value: str | None
    score: str | None
    event_id: str | None
    journey: str | None
    one_event_per: str | None
    value_is_expression: bool = False

    def described(self) -> dict[str, str]:
        """Give role and column of each role that is filled."""
        found = {item.name: getattr(self, item.name) for item in fields(self)}
        return {role: column for role, column in found.items() if isinstance(column, str)}


def snake_case(name: str) -> str:
    """Write a name in lower snake case, so that ``CustomerID`` and ``customer-id`` compare equal.

    Examples
    --------
    >>> snake_case("CustomerID"), snake_case("case:concept:name"), snake_case("Order Completed")
    ('customer_id', 'case_concept_name', 'order_completed')
    """
    parted = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name)
    return re.sub(r"[^0-9a-z]+", "_", parted.lower()).strip("_")


def find_roles(columns: Sequence[str], settings: EventSettings, *, needs_names: bool) -> Roles:
    """Give each role its column.

    Parameters
    ----------
    columns
        The source's columns.
    settings
        Which columns the user named.
    needs_names
        Whether a column of event names is needed; it is not where every event has one name, or rules give one.

    Raises
    ------
    ColumnError
        When a column that is needed is missing, two fit, or a named one is not there. All faults are in one message.
    """
    faults: list[str] = []
    found: dict[str, str | None] = {}
    for role in ("customer", "timestamp", "touchpoint", "channel", "value", "score", "event_id"):
        named = getattr(settings, role)
        needed = role in {"customer", "timestamp"} or (role == "touchpoint" and needs_names)
        looked_for = role != "touchpoint" or settings.touchpoint_name is None
        if named is not None:
            found[role] = _named(role, named, columns, faults)
        else:
            found[role] = _recognised(role, columns, faults, needed=needed) if looked_for else None
    for role in ("journey", "one_event_per"):
        named = getattr(settings, role)
        found[role] = _named(role, named, columns, faults) if named is not None else None
    if faults:
        raise ColumnError(
            "\n".join(faults) + f"\nThe source has these columns: {', '.join(columns)}.",
            hint="If these are values and not names, the file has no header line; give it one.",
        )
    value = found["value"]
    return Roles(
        **found,  # type: ignore[arg-type]  # customer and timestamp are there: their want is a fault above
        value_is_expression=value is not None and value not in columns,
    )


def _named(role: str, named: str, columns: Sequence[str], faults: list[str]) -> str | None:
    if named in columns:
        return named
    same = [column for column in columns if column.lower() == named.lower()]
    if len(same) == 1:
        return same[0]
    if role == "value" and re.search(r"[*+/()-]", named):
        return named
    faults.append(f"{_OPTIONS[role]}: there is no column '{named}'. {suggest(named, columns)}")
    return None


def _recognised(role: str, columns: Sequence[str], faults: list[str], *, needed: bool) -> str | None:
    for names in (_STRONG[role], _WEAK[role]):
        fitting = [column for column in columns if snake_case(column) in names]
        if len(fitting) == 1:
            return fitting[0]
        if fitting:
            listed = " or ".join(f"{_OPTIONS[role]} '{column}'" for column in fitting)
            faults.append(f"Which column holds {_SPOKEN[role]}? More than one fits. Say {listed}.")
            return None
    if needed:
        more = " (or --touchpoint-name NAME for one name for all)" if role == "touchpoint" else ""
        faults.append(f"No column looks like {_SPOKEN[role]}. Name it: {_OPTIONS[role]} COLUMN{more}.")
    return None


def find_customer(columns: Sequence[str], *, named: str | None, events_customer: str) -> str:
    """Give the column of a customers file that holds the customer's id.

    Raises
    ------
    ColumnError
        When none does, or two fit.
    """
    faults: list[str] = []
    if named is not None:
        found = _named("customer", named, columns, faults)
    elif events_customer in columns:
        found = events_customer
    else:
        found = _recognised("customer", columns, faults, needed=True)
    if found is None:
        raise ColumnError(
            f"The customers file: {faults[0]}\nIt has these columns: {', '.join(columns)}.",
            hint='In the settings: [customers] customer = "COLUMN".',
        )
    return found

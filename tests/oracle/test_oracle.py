"""The model against numbers worked by hand."""

from __future__ import annotations

from typing import ClassVar

import pytest

from oracle import tables
from oracle.abandonment import abandonment, attempts, where_next
from oracle.arithmetic import mean_seconds, median_seconds, percentile_seconds, ratio
from oracle.counts import dropoff, touchpoints, transitions
from oracle.funnel import funnel
from oracle.journeys import deduplicate, ingest, population
from oracle.model import DAY, HOUR, MINUTE, SECOND, Customers, Event, Population, Row, Rules, Scope
from oracle.paths import paths

RULES = Rules(goals=frozenset({"order"}), finals=frozenset({"declined"}))


def on(customer: str, day: float, *names: str) -> list[Event]:
    """Visits at one instant, in this order."""
    return [Event(customer, round(day * DAY), name) for name in names]


def trail(customer: str, names: str, day: float = 0, step_us: int = MINUTE) -> list[Event]:
    """Visits at equal steps: `trail("A", "home cart order")`."""
    return [Event(customer, round(day * DAY) + i * step_us, name) for i, name in enumerate(names.split())]


def up_to(day: float, **more: object) -> Scope:
    return Scope(as_of_us=round(day * DAY), **more)  # type: ignore[arg-type]


def pick(rows: list[Row], *columns: str) -> list[tuple[object, ...]]:
    return [tuple(row[column] for column in columns) for row in rows]


def paths_of(people: Population) -> list[list[str]]:
    return [journey.path for journey in people.journeys]


class TestArithmetic:
    def test_percentiles_interpolate(self) -> None:
        assert median_seconds([4 * SECOND, SECOND]) == 2.5
        assert percentile_seconds([0, 10 * SECOND, 20 * SECOND], 90) == 18
        assert percentile_seconds([7 * SECOND], 90) == 7
        assert mean_seconds([SECOND, 2 * SECOND, 6 * SECOND]) == 3

    def test_nothing_to_divide_by(self) -> None:
        assert median_seconds([]) is None
        assert mean_seconds([]) is None
        assert ratio(1, 0) is None
        assert ratio(None, 1) is None
        assert ratio(0, 2) == 0


class TestDuplicates:
    ROW = Event("A", 1, "cart", "web", 2.0, "j", {"x": "1"})
    OTHER = Event("A", 1, "cart", "web", 2.0, "j", {"x": "2"})

    def test_equal_in_every_field_is_left_out_later(self) -> None:
        kept, n = deduplicate([self.OTHER, self.ROW, self.OTHER, self.ROW, self.ROW])
        assert kept == [self.OTHER, self.ROW]
        assert n == 3

    def test_keep(self) -> None:
        assert deduplicate([self.ROW, self.ROW], keep=True) == ([self.ROW, self.ROW], 0)

    def test_missing_property_equals_none(self) -> None:
        assert deduplicate([Event("A", 1, "x"), Event("A", 1, "x", properties={"p": None})])[1] == 1

    def test_file_read_twice_changes_nothing(self) -> None:
        file = [self.ROW, self.ROW, self.OTHER]
        assert ingest([file, file]) == ([self.ROW, self.OTHER], 4)
        assert ingest([file, file], keep_duplicates=True) == (file, 3)

    @pytest.mark.parametrize(("m", "n", "there"), [(1, 3, 3), (3, 1, 3), (2, 2, 2), (0, 2, 2), (2, 0, 2)])
    def test_kept_duplicates_are_there_max_times(self, m: int, n: int, there: int) -> None:
        kept, left_out = ingest([[self.ROW] * m, [self.ROW] * n], keep_duplicates=True)
        assert len(kept) == there
        assert left_out == m + n - there

    def test_what_a_file_adds_is_its_later_copies(self) -> None:
        kept, n = ingest([[self.ROW], [self.ROW, self.OTHER, self.ROW]], keep_duplicates=True)
        assert kept == [self.ROW, self.OTHER, self.ROW]
        assert n == 1


class TestJourneys:
    def test_order_is_time_then_arrival(self) -> None:
        people = population([*on("A", 2, "c", "b"), *on("A", 1, "a")], RULES)
        assert paths_of(people) == [["a", "c", "b"]]
        assert tables.summary(people)["ties"] == 1

    def test_cut_only_beyond_the_gap(self) -> None:
        at_the_gap = [Event("A", 0, "a"), Event("A", 30 * DAY, "b"), Event("A", 60 * DAY + 1, "c")]
        assert paths_of(population(at_the_gap, RULES)) == [["a", "b"], ["c"]]
        whole = Rules(goals=frozenset(), gap_us=None)
        assert paths_of(population(at_the_gap, whole)) == [["a", "b", "c"]]

    def test_journey_column_may_interleave(self) -> None:
        rules = Rules(goals=frozenset(), journey_column=True)
        rows = [
            Event("A", 0, "a", journey="2"),
            Event("A", 1, "b", journey="1"),
            Event("B", 5, "x", journey="1"),
        ]
        later = Event("A", 99 * DAY, "c", journey="2")
        people = population([*rows, later], rules)
        assert paths_of(people) == [["a", "c"], ["b"], ["x"]]
        assert [journey.number for journey in people.journeys] == [1, 2, 1]
        assert pick(tables.visits(people), "position", "step", "gap_us")[0] == (1, 1, 99 * DAY)

    def test_sessions_are_numbered_within_the_customer(self) -> None:
        times = [0, 30 * MINUTE, 60 * MINUTE + 1, 40 * DAY]
        people = population([Event("A", at, "a") for at in times], RULES)
        assert pick(tables.visits(people), "session", "journey") == [(1, 1), (1, 1), (2, 1), (3, 2)]

    def test_statuses(self) -> None:
        events = [
            *trail("won", "declined order help"),
            *trail("no", "cart declined"),
            *trail("gone", "cart"),
            *trail("edge", "cart", day=10),
        ]
        people = population(events, RULES, up_to(40))
        status = {journey.customer: journey.status for journey in people.journeys}
        assert status == {"won": "converted", "no": "ended", "gone": "abandoned", "edge": "open"}
        assert all(journey.mature for journey in people.journeys)  # 10 + 30 <= 40
        just_after = population(events, RULES, Scope(as_of_us=40 * DAY + 1))
        assert {j.customer: j.status for j in just_after.journeys}["edge"] == "abandoned"
        just_before = population(events, RULES, Scope(as_of_us=40 * DAY - 1))
        assert [j.customer for j in just_before.journeys if not j.mature] == ["edge"]

    def test_horizon(self) -> None:
        assert Rules(goals=frozenset(), gap_us=5 * DAY).horizon == 5 * DAY
        assert Rules(goals=frozenset(), gap_us=None).horizon == 30 * DAY
        assert Rules(goals=frozenset(), gap_us=5 * DAY, journey_column=True).horizon == 30 * DAY
        assert Rules(goals=frozenset(), gap_us=None, horizon_us=7 * DAY).horizon == 7 * DAY

    def test_rates_use_mature_journeys(self) -> None:
        events = [*trail("A", "order"), *trail("B", "cart"), *trail("C", "order", day=50)]
        (row,) = tables.statuses(population(events, RULES))
        assert (row["journeys"], row["mature"], row["immature"]) == (3, 2, 1)
        assert (row["converted"], row["mature_converted"], row["conversion"]) == (2, 1, 0.5)

    def test_as_of_hides_what_comes_later(self) -> None:
        events = [*on("A", 1, "cart"), *on("A", 5, "order"), *on("B", 6, "cart")]
        people = population(events, RULES, up_to(4))
        assert paths_of(people) == [["cart"]]
        assert people.journeys[0].status == "open"
        assert people.data_end == 4 * DAY
        assert population(events, RULES).data_end == 6 * DAY
        assert population(events, RULES, up_to(90)).data_end == 90 * DAY
        assert population([], RULES).journeys == []
        assert paths_of(population(events, RULES, up_to(5))) == [["cart", "order"]]

    def test_value_is_of_goal_visits_and_missing_is_not_zero(self) -> None:
        def value(*parts: tuple[str, float | None]) -> float | None:
            events = [Event("A", i, name, value=amount) for i, (name, amount) in enumerate(parts)]
            return population(events, RULES).journeys[0].value

        assert value(("cart", 9), ("order", 2), ("order", None), ("order", 3)) == 5
        assert value(("order", None)) is None
        assert value(("cart", 9)) is None
        assert value(("order", 0)) == 0

    def test_end_at_goal_cuts_after_each_goal(self) -> None:
        events = [*trail("A", "a order b order order c"), *trail("B", "a order")]
        people = population(events, RULES, Scope(end_at="goal"))
        assert paths_of(people) == [["a", "order"], ["b", "order"], ["order"], ["c"], ["a", "order"]]
        assert [j.status for j in people.journeys] == [
            "converted",
            "converted",
            "converted",
            "open",
            "converted",
        ]
        assert [j.piece for j in people.journeys] == [1, 2, 3, 4, 1]


class TestPopulation:
    CUSTOMERS: ClassVar[Customers] = {
        "A": {"region": "north"},
        "B": {"region": None},
        "nobody": {"region": "east"},
    }

    def test_levels_of_a_customer_attribute(self) -> None:
        events = [*trail("A", "a"), *trail("B", "b"), *trail("C", "c")]
        people = population(events, RULES, Scope(by=("region",)), self.CUSTOMERS)
        assert pick(touchpoints(people), "region", "touchpoint") == [
            ("(none)", "b"),
            ("(none)", "c"),
            ("north", "a"),
        ]

    def test_levels_of_a_property_are_taken_at_the_start(self) -> None:
        events = [
            Event("A", 0, "a", "web", properties={"device": "phone"}),
            Event("A", 1, "order", "shop", properties={"device": "desk"}),
            Event("A", 2, "b", "mail", properties={"device": "desk"}),
        ]
        for end_at, n in (("journey", 1), ("goal", 2)):
            scope = Scope(by=("device", "channel", "missing"), end_at=end_at)  # type: ignore[arg-type]
            people = population(events, RULES, scope)
            assert [journey.level for journey in people.journeys] == [("phone", "web", "(none)")] * n

    def test_a_customer_attribute_comes_before_a_property(self) -> None:
        events = [
            Event("A", 0, "a", properties={"region": "x"}),
            Event("C", 0, "a", properties={"region": "x"}),
        ]
        people = population(events, RULES, Scope(by=("region",)), self.CUSTOMERS)
        assert people.levels() == [("(none)",), ("north",)]

    def test_since_until_where_choose_uncut_journeys(self) -> None:
        events = [
            *trail("A", "a order b", day=1, step_us=DAY),
            *trail("B", "b", day=2),
            *trail("C", "a", day=3),
        ]
        for end_at, n in (("journey", 2), ("goal", 3)):
            scope = Scope(since_us=DAY, until_us=3 * DAY, end_at=end_at)  # type: ignore[arg-type]
            assert len(population(events, RULES, scope).journeys) == n
        only_a = Scope(where=lambda journey: "a" in journey.path, end_at="goal")
        assert paths_of(population(events, RULES, only_a)) == [["a", "order"], ["b"], ["a"]]
        north = Scope(where=lambda journey: journey.attributes.get("region") == "north")
        assert len(population(events, RULES, north, self.CUSTOMERS).journeys) == 1
        assert population(events, RULES, Scope(until_us=2 * DAY)).data_end == 3 * DAY


class TestCounts:
    EVENTS = (
        *on("A", 0, "home"), *on("A", 1, "cart"), *on("A", 2, "cart"), *on("A", 3, "order"),
        *on("A", 50, "home"),
        *on("B", 0, "home"), *on("B", 3, "cart"),
        *on("C", 95, "cart"),
        *on("D", 0, "declined"),
    )  # fmt: skip

    def test_touchpoints(self) -> None:
        rows = touchpoints(population(self.EVENTS, RULES, up_to(100)))
        columns = ("visits", "customers", "journeys", "entries", "converted", "ended", "dropped", "open")
        found = {row["touchpoint"]: pick([row], *columns)[0] for row in rows}
        assert found == {
            "cart": (4, 3, 3, 1, 0, 0, 1, 1),
            "declined": (1, 1, 1, 1, 0, 1, 0, 0),
            "home": (3, 2, 3, 3, 0, 0, 1, 0),
            "order": (1, 1, 1, 0, 1, 0, 0, 0),
        }
        assert [row["journey_share"] for row in rows] == [0.6, 0.2, 0.6, 0.2]

    def test_transitions(self) -> None:
        rows = transitions(population(self.EVENTS, RULES, up_to(100)))
        found = pick(rows, "source", "target", "count", "customers", "probability", "median_seconds")
        day = 86_400
        assert found == [
            ("(start)", "cart", 1, 1, 1 / 5, None),
            ("(start)", "declined", 1, 1, 1 / 5, None),
            ("(start)", "home", 3, 2, 3 / 5, None),
            ("cart", "(dropped)", 1, 1, 1 / 4, None),
            ("cart", "(open)", 1, 1, 1 / 4, None),
            ("cart", "cart", 1, 1, 1 / 4, day),
            ("cart", "order", 1, 1, 1 / 4, day),
            ("declined", "(ended)", 1, 1, 1, None),
            ("home", "(dropped)", 1, 1, 1 / 3, None),
            ("home", "cart", 2, 2, 2 / 3, 2 * day),
            ("order", "(converted)", 1, 1, 1, None),
        ]
        home_to_cart = rows[9]
        assert home_to_cart["mean_seconds"] == 2 * day
        assert home_to_cart["p90_seconds"] == 241_920  # 2.8 days
        assert rows[0]["p90_seconds"] is None

    def test_customer_who_buys_and_calls_leaves_from_the_call(self) -> None:
        events = trail("A", "order call")
        assert ("call", "(converted)") in pick(transitions(population(events, RULES)), "source", "target")
        cut = pick(transitions(population(events, RULES, Scope(end_at="goal"))), "source", "target")
        assert cut == [
            ("(start)", "call"),
            ("(start)", "order"),
            ("call", "(open)"),
            ("order", "(converted)"),
        ]

    def test_dropoff(self) -> None:
        rows = dropoff(population(self.EVENTS, RULES, up_to(100)))
        # 8 mature visits (all but C's cart), 2 of them dropped: B's cart and A's second home.
        assert pick(rows, "touchpoint", "mature_visits", "dropped", "drop_rate", "baseline", "lift") == [
            ("cart", 3, 1, 1 / 3, 0.25, 1 / 3 / 0.25),
            ("declined", 1, 0, 0, 0.25, 0),
            ("home", 3, 1, 1 / 3, 0.25, 1 / 3 / 0.25),
            ("order", 1, 0, 0, 0.25, 0),
        ]

    def test_dropoff_of_levels_is_held_against_the_same_touchpoint(self) -> None:
        customers: Customers = {"A": {"r": "x"}, "B": {"r": "y"}, "C": {"r": "y"}, "D": {"r": "y"}}
        rows = dropoff(population(self.EVENTS, RULES, up_to(100, by=("r",)), customers))
        assert pick(rows, "r", "touchpoint", "mature_visits", "dropped", "drop_rate", "baseline", "lift") == [
            ("x", "cart", 2, 0, 0, 1 / 3, 0),
            ("x", "home", 2, 1, 1 / 2, 1 / 3, 1.5),
            ("x", "order", 1, 0, 0, 0, None),
            ("y", "cart", 1, 1, 1, 1 / 3, 3),
            ("y", "declined", 1, 0, 0, 0, None),
            ("y", "home", 1, 0, 0, 1 / 3, 0),
        ]

    def test_a_visit_is_mature_from_one_horizon_before_the_data_end(self) -> None:
        for late_us, mature in ((0, 1), (1, 0)):
            (row,) = dropoff(population([Event("A", 70 * DAY + late_us, "cart")], RULES, up_to(100)))
            assert (row["mature_visits"], row["dropped"]) == (mature, 0)

    def test_dropoff_without_mature_visits(self) -> None:
        (row,) = dropoff(population(on("A", 1, "cart"), RULES))
        assert (row["mature_visits"], row["drop_rate"], row["baseline"], row["lift"]) == (0, None, None, None)


class TestFunnel:
    STEPS = ("home", "cart", "order")

    def entered(self, events: list[Event], **how: object) -> list[int]:
        rows = funnel(population(events, RULES, up_to(100)), self.STEPS, **how)  # type: ignore[arg-type]
        return [row["entered"] for row in rows]

    def test_every_column(self) -> None:
        events = [
            *on("A", 0, "home"), *on("A", 1, "cart"), *on("A", 3, "order"),
            *on("B", 0, "home"), *on("B", 4, "cart"),
            *on("C", 0, "home"), *on("C", 4, "order"),
            *on("D", 90, "home"), *on("D", 91, "cart"),
            *on("E", 0, "cart"),
        ]  # fmt: skip
        rows = funnel(population(events, RULES, up_to(100)), self.STEPS)
        day = 86_400
        assert [list(row.values()) for row in rows] == [
            [1, "home", 3, 1, 1, 1, 1, None],
            [2, "cart", 2, 2 / 3, 2 / 3, 1, 1, 2.5 * day],
            [3, "order", 1, 1 / 3, 1 / 2, 0, 0, 2 * day],
        ]
        assert list(rows[0]) == [
            "step", "touchpoint", "entered", "overall_conversion", "step_conversion", "dropped", "immature",
            "median_seconds",
        ]  # fmt: skip

    def test_order(self) -> None:
        assert self.entered(trail("A", "cart home x cart x order")) == [1, 1, 1]
        assert self.entered(trail("A", "cart home order")) == [1, 0, 0]

    def test_order_within_an_instant_is_arrival(self) -> None:
        assert self.entered(on("A", 1, "home", "cart", "order")) == [1, 1, 1]
        assert self.entered(on("A", 1, "cart", "home", "order")) == [1, 0, 0]

    def test_a_visit_is_taken_once(self) -> None:
        for names, second in (("home", 0), ("home x home", 1)):
            rows = funnel(population(trail("A", names), RULES, up_to(100)), ("home", "home"))
            assert [row["entered"] for row in rows] == [1, second]

    def test_places_are_counted_across_journeys(self) -> None:
        rules = Rules(goals=frozenset(), journey_column=True)
        events = [
            Event("A", 0, "home", journey="1"), Event("A", 1, "cart", journey="2"),
            Event("A", 2, "order", journey="1"),
        ]  # fmt: skip
        people = population(events, rules, up_to(100))
        assert [row["entered"] for row in funnel(people, self.STEPS, order="strict")] == [1, 1, 1]

    def test_only_the_first_attempt_counts(self) -> None:
        events = [*on("A", 0, "home"), *on("A", 20, "home"), *on("A", 21, "cart")]
        assert self.entered(events, window_us=7 * DAY) == [1, 0, 0]
        assert self.entered(events) == [1, 1, 0]

    def test_window_includes_its_end_and_runs_from_the_start(self) -> None:
        events = [*on("A", 0, "home"), *on("A", 6, "cart"), *on("A", 7, "order")]
        assert self.entered(events, window_us=7 * DAY) == [1, 1, 1]
        assert self.entered(events, window_us=7 * DAY - 1) == [1, 1, 0]

    def test_no_window_goes_beyond_the_journey(self) -> None:
        assert self.entered([*on("A", 0, "home"), *on("A", 50, "cart")]) == [1, 1, 0]

    def test_strict(self) -> None:
        assert self.entered(trail("A", "x home cart order"), order="strict") == [1, 1, 1]
        assert self.entered(trail("A", "home cart x order"), order="strict") == [1, 1, 0]
        assert self.entered(trail("A", "home x home cart order"), order="strict") == [1, 0, 0]
        events = [*on("A", 0, "home"), *on("A", 3, "cart")]
        assert self.entered(events, order="strict", window_us=2 * DAY) == [1, 0, 0]

    def test_any(self) -> None:
        assert self.entered(trail("A", "order x order home"), order="any") == [1, 1, 0]
        assert self.entered(trail("A", "cart order home"), order="any") == [1, 1, 1]
        events = [*on("A", 0, "order"), *on("A", 1, "order"), *on("A", 3, "home")]
        assert self.entered(events, order="any", window_us=2 * DAY) == [1, 0, 0]
        assert self.entered(events, order="any", window_us=3 * DAY) == [1, 1, 0]
        rows = funnel(population(events, RULES, up_to(100)), self.STEPS, order="any")
        assert [row["median_seconds"] for row in rows] == [None, 3 * 86_400, None]

    def test_maturity_is_of_the_window(self) -> None:
        people = population(on("A", 93, "home"), RULES, up_to(100))
        assert pick(funnel(people, ("home",), 7 * DAY), "entered", "immature") == [(1, 0)]
        assert pick(funnel(people, ("home",), 7 * DAY + 1), "entered", "immature") == [(0, 1)]
        assert pick(funnel(people, ("home",)), "entered", "immature", "step_conversion") == [(0, 1, None)]

    def test_strict_places_are_counted_before_the_levels(self) -> None:
        events = [
            Event("A", 0, "home", "web"), Event("A", 40 * DAY, "x", "app"),
            Event("A", 80 * DAY, "cart", "web"),
        ]  # fmt: skip
        people = population(events, RULES, up_to(200, by=("channel",)))
        for order, cart in (("ordered", 1), ("strict", 0)):
            rows = funnel(people, ("home", "cart"), order=order)  # type: ignore[arg-type]
            assert pick(rows, "channel", "entered")[2:] == [("web", 1), ("web", cart)]

    def test_each_level_of_journeys_has_its_own_attempt(self) -> None:
        events = [
            Event("A", 0, "home", "web"), Event("A", 1, "x", "app"),
            Event("A", 40 * DAY, "home", "app"), Event("A", 41 * DAY, "cart", "web"),
        ]  # fmt: skip
        rows = funnel(population(events, RULES, up_to(100, by=("channel",))), ("home", "cart"))
        assert pick(rows, "channel", "touchpoint", "entered") == [
            ("app", "home", 1), ("app", "cart", 1), ("web", "home", 1), ("web", "cart", 0),
        ]  # fmt: skip


class TestPaths:
    EVENTS = (
        *trail("A", "a b c"),
        *trail("B", "a b c", step_us=HOUR),
        *trail("C", "b a order"),
        *trail("D", "b"),
    )

    def found(self, **how: object) -> list[tuple[object, ...]]:
        rows = paths(population(self.EVENTS, RULES), **how)  # type: ignore[arg-type]
        return [("".join(name[0] for name in row["path"]), *list(row.values())[1:]) for row in rows]

    def test_whole_journeys_with_ties_by_name(self) -> None:
        assert self.found() == [
            ("abc", 2, 0.5, 0, (120 + 7200) / 2),
            ("b", 1, 0.25, 0, 0),
            ("bao", 1, 0.25, 1, 120),
        ]
        assert [row[0] for row in self.found(top=2)] == ["abc", "b"]

    def test_from(self) -> None:
        assert [row[:4] for row in self.found(from_="a")] == [("abc", 2, 2 / 3, 0), ("ao", 1, 1 / 3, 1)]

    def test_to(self) -> None:
        assert [row[:4] for row in self.found(to="a")] == [("a", 2, 2 / 3, 0), ("ba", 1, 1 / 3, 1)]

    def test_from_to(self) -> None:
        assert [row[:4] for row in self.found(from_="b", to="c")] == [("bc", 2, 1, 0)]
        assert self.found(from_="c", to="a") == []
        assert self.found(from_="b", to="b") == []
        twice = population(trail("A", "x b b y b"), RULES)
        assert paths(twice, from_="b", to="b")[0]["path"] == ["b", "b"]


class TestAbandonment:
    def ends(self, events: list[Event], window_days: float = 7) -> list[tuple[float, bool, float]]:
        people = population(events, RULES, up_to(100))
        found = attempts(people, "cart", window_us=round(window_days * DAY))
        return [(a.start / DAY, a.converted, a.ended_at / DAY) for a in found]

    def test_the_example_of_the_design(self) -> None:
        events = [
            *on("A", 2, "cart", "cart", "order"), *on("A", 10, "cart"),
            *on("B", 96, "cart"),
            *on("C", 50, "cart"), *on("C", 51, "cart"),
            *on("D", 20, "order", "cart"),
        ]  # fmt: skip
        people = population(events, RULES, up_to(100))
        (row,) = abandonment(people, "cart", window_us=7 * DAY)
        assert (row["attempts"], row["abandoned"], row["immature"], row["rate"]) == (4, 2, 1, 0.5)
        assert (row["customers"], row["journeys"], row["revenue_at_risk"]) == (2, 2, None)
        found = attempts(people, "cart", window_us=7 * DAY)
        assert [(a.customer, a.start // DAY, a.mature, a.converted) for a in found] == [
            ("A", 2, True, True),
            ("A", 10, True, False),
            ("B", 96, False, False),
            ("C", 50, True, False),
            ("D", 20, True, True),
        ]
        assert where_next(people, "cart", window_us=7 * DAY) == [{"touchpoint": "(nothing)", "count": 2}]

    def test_the_end_of_the_window_belongs_to_it(self) -> None:
        assert self.ends([*on("A", 1, "cart"), *on("A", 8, "order")]) == [(1, True, 8)]
        late = [Event("A", DAY, "cart"), Event("A", 8 * DAY + 1, "order")]
        assert self.ends(late) == [(1, False, 8)]
        assert self.ends([*on("A", 1, "cart"), *on("A", 8, "cart")]) == [(1, False, 8)]
        assert len(self.ends([Event("A", DAY, "cart"), Event("A", 8 * DAY + 1, "cart")])) == 2

    def test_same_instant(self) -> None:
        assert self.ends(on("A", 1, "cart", "order")) == [(1, True, 1)]
        assert self.ends(on("A", 1, "order", "cart")) == [(1, True, 1)]
        assert self.ends(on("A", 1, "cart", "order", "cart")) == [(1, True, 1)]
        assert self.ends([*on("A", 1, "cart"), *on("A", 2, "order", "cart")]) == [(1, True, 2)]
        after = [*on("A", 1, "cart"), *on("A", 2, "order"), *on("A", 3, "order", "cart")]
        assert self.ends(after) == [(1, True, 2), (3, True, 3)]

    def test_an_earlier_goal_does_not_count(self) -> None:
        assert self.ends([*on("A", 1, "order"), *on("A", 2, "cart")]) == [(2, False, 9)]

    def test_journey_cuts_do_not_end_an_attempt(self) -> None:
        events = [*on("A", 1, "cart"), *on("A", 40, "cart"), *on("A", 41, "order")]
        assert self.ends(events, 50) == [(1, True, 41)]
        people = population(events, RULES, Scope(as_of_us=100 * DAY, end_at="goal"))
        assert len(attempts(people, "cart", window_us=50 * DAY)) == 1

    def test_mature_includes_the_last_instant(self) -> None:
        assert attempts(population(on("A", 93, "cart"), RULES, up_to(100)), "cart", window_us=7 * DAY)[0].mature

    def test_other_ends_and_revenue(self) -> None:
        events = [
            Event("A", 0, "order", value=10), Event("A", 1, "order", value=20), Event("A", 2, "order"),
            *on("B", 1, "cart"), *on("B", 2, "wish", "cart", "help", "home"),
            *on("B", 20, "cart"), *on("B", 28, "home"),
            *on("C", 1, "cart"), *on("C", 2, "help"),
        ]  # fmt: skip
        people = population(events, RULES, up_to(100))
        assert abandonment(people, "cart", {"help"}, 7 * DAY) == [
            {
                "attempts": 3, "abandoned": 1, "immature": 0, "rate": 1 / 3, "customers": 1, "journeys": 1,
                "revenue_at_risk": 15,
            },
        ]  # fmt: skip
        (row,) = abandonment(people, "cart", window_us=7 * DAY)
        assert (row["abandoned"], row["customers"], row["journeys"], row["revenue_at_risk"]) == (3, 2, 2, 45)
        assert pick(where_next(people, "cart", window_us=7 * DAY), "touchpoint", "count") == [
            ("(nothing)", 1),
            ("help", 2),
        ]

    def test_an_attempt_is_of_the_level_it_started_in(self) -> None:
        events = [Event("A", DAY, "cart", "web"), Event("A", 40 * DAY, "cart", "app")]
        people = population(events, RULES, up_to(100, by=("channel",)))
        columns = ("channel", "attempts", "abandoned", "rate")
        assert pick(abandonment(people, "cart", window_us=50 * DAY), *columns) == [
            ("app", 0, 0, None),
            ("web", 1, 1, 1),
        ]

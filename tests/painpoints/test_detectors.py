"""Each detector on a log small enough to work by hand: hits, mature units and immature ones of its places."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

import journeymap as jm
from journeymap.painpoints.division import divide
from journeymap.painpoints.evidence import evidence_of
from journeymap.painpoints.examine import judge_looks
from journeymap.painpoints.look import Skipped, site_of
from journeymap.painpoints.registry import DETECTORS
from journeymap.painpoints.slow_step import duration_columns

if TYPE_CHECKING:
    from journeymap.model.finding import Finding

WIDE = ("customer", "timestamp", "event", "channel", "value", "score", "page_load_ms")


def found(store: jm.Journeys, kind: str, **changes: Any) -> dict[str, Finding]:
    """Judge every place of a detector, however few units it has."""
    division = divide(store.store, store.question)
    site = site_of(store.store, division.whole)
    looks = DETECTORS[kind].look(site)
    assert not isinstance(looks, Skipped), looks
    small = [replace(look, least_units=1, values={**look.values, **changes}) for look in looks]
    return {finding.place: finding for finding in judge_looks(store.store, division, small)}


def counts(store: jm.Journeys, kind: str, **changes: Any) -> dict[str, tuple[int, int, int]]:
    return {
        place: (item.n_hits, item.n_units, item.n_immature) for place, item in found(store, kind, **changes).items()
    }


def test_drop_off_is_the_measure(log: Any) -> None:
    # Data to day 100, horizon 30 d: A's and B's journeys were abandoned, C's is open, D's converted.
    store = log(
        "A 0d home\nA 1d cart\nB 2d home\nB 2d+1h cart\nB 3d home\nC 90d home\nD 5d cart\nD 6d order\nD 100d home",
        goal=("order",),
    )
    table = store.dropoff().set_index("touchpoint")
    got = found(store, "drop_off")
    assert {place: (item.n_hits, item.n_units) for place, item in got.items()} == {
        place: (row["dropped"], row["mature_visits"]) for place, row in table.iterrows() if row["mature_visits"]
    }
    assert {place: item.n_hits for place, item in got.items()} == {"home": 1, "cart": 1, "order": 0}
    assert got["home"].n_immature == 2


def test_drop_off_expects_more_of_the_first_step(log: Any) -> None:
    # First visits are lost in 1 of 2, second ones in 1 of 2: home is expected to lose (2 x 1/2) / 2.
    store = log("A 0d home\nB 0d home\nB 1d cart\nC 0d search\nC 1d cart\nC 2d order\nD 100d home", goal=("order",))
    got = found(store, "drop_off")
    # Mature: A home (lost), B home, B cart (lost), C search, C cart, C order.
    assert {place: (item.n_hits, item.n_units) for place, item in got.items()} == {
        "home": (1, 2), "cart": (1, 2), "search": (0, 1), "order": (0, 1),
    }  # fmt: skip
    assert got["home"].baseline == pytest.approx(1 / 3)  # one of the three first visits
    assert got["cart"].baseline == pytest.approx(1 / 2)  # one of the two second visits
    assert got["home"].compared_with == "all touchpoints at the same position in the journey"


LOOPS = """
    A 0d    checkout
    A 0d+1m shipping
    A 0d+2m checkout
    A 0d+3m shipping
    B 0d    checkout
    B 0d+1m shipping
    C 0d    checkout
    C 0d+2h shipping
    C 0d+3h checkout
    C 0d+4h shipping
    D 0d    search
    D 0d+1m search
    D 0d+2m home
    E 0d    search
"""


def test_loops(log: Any) -> None:
    got = counts(log(LOOPS, goal=()), "loop", least_sessions=1)
    # A goes back and forth; B does not; C's steps are an hour and more apart, each a session of its own.
    assert got["from checkout to shipping and back"] == (1, 4, 0)
    assert got["from shipping to checkout and back"] == (1, 4, 0)
    assert got["search again and again"] == (1, 2, 0)
    assert got["checkout again and again"] == (0, 4, 0)


def test_what_a_loop_has_too_much(log: Any) -> None:
    more = "\n    A 0d+4m checkout\n    A 0d+5m shipping\n    D 0d+3m search"
    got = found(log(LOOPS + more, goal=()), "loop", least_sessions=1)
    # A comes to the checkout three times in its session; D searches three times, twice in a row.
    assert (got["from checkout to shipping and back"].n_excess, got["search again and again"].n_excess) == (2, 2)
    assert got["checkout again and again"].n_excess == 0  # nobody repeats it, so nobody repeats it too often
    assert got["search again and again"].excess == "visits beyond the first"


def test_falling_back_to_an_earlier_stage(log: Any) -> None:
    store = log(
        "A 0d product\nA 0d+1m cart\nA 0d+2m checkout\nA 0d+3m product\nA 0d+4m cart\n"
        "B 0d product\nB 0d+1m cart\nB 0d+2m order",
        goal=("order",),
    )
    got = counts(store, "loop", least_sessions=1)
    # Both step out of the purchase within the session; A steps back from it to a product.
    assert got["from purchase back to an earlier stage"] == (1, 2, 0)
    assert got["from consideration back to an earlier stage"] == (0, 2, 0)
    back = found(store, "loop", least_sessions=1)["from purchase back to an earlier stage"]
    assert back.n_excess == 1
    # What stands behind it is the step back, not the first step out of the stage.
    assert evidence_of(store.store, store.question, back).went == (("product", 1),)


def test_slow_steps(log: Any) -> None:
    # Nine take a minute, one takes an hour; p90 by linear interpolation is 1 m + 0.1 * 59 m.
    lines = [f"{name} 0d a\n{name} 0d+1m b" for name in "ABCDEFGHI"]
    store = log("\n".join([*lines, "J 0d a\nJ 0d+1h b"]), goal=())
    assert counts(store, "slow_step", least_transitions=1) == {"a to b": (1, 10, 0)}
    assert counts(store, "slow_step", least_transitions=11) == {}
    # Nobody waits for a step of which nine in ten take less than a second.
    assert counts(store, "slow_step", least_transitions=1, least_slow_us=413_000_000) == {"a to b": (1, 10, 0)}
    assert counts(store, "slow_step", least_transitions=1, least_slow_us=415_000_000) == {}


def test_slow_pages(log: Any) -> None:
    times = [100, 110, 120, 130, 140, 150, 160, 170, 180, 9000]
    lines = [
        f"{name} 0d {'b' if time == 9000 else 'a'} web - - {time}"
        for name, time in zip("ABCDEFGHIJ", times, strict=True)
    ]
    got = found(log("\n".join([*lines, "K 0d a"]), columns=WIDE, goal=()), "slow_step")
    pages = {place: (item.n_hits, item.n_units) for place, item in got.items()}
    assert pages == {"a (page_load_ms)": (0, 9), "b (page_load_ms)": (1, 1)}


def test_support_contacts(log: Any) -> None:
    # C calls after three days, which is too late; E's delivery is a day old; a chat after a call is support itself.
    store = log(
        "A 0d delivery\nA 1d support_call\nA 1d+1h chat\nB 0d delivery\nB 1d review\nC 0d delivery\nC 3d support_call\n"
        "D 9d review\nE 9d delivery\nE 10d home",
        goal=(),
    )
    # Home was on the last day: there is no mature unit, and nothing to say.
    assert counts(store, "support_contact") == {
        "support after delivery": (1, 3, 1),
        "support after review": (0, 1, 1),
    }


def test_failed_searches(log: Any) -> None:
    # A searches twice and finds; B leaves after it; C finds; D's next step is an hour later; E's is too young.
    store = log(
        "A 0d search\nA 0d+1m search\nA 0d+2m product\nB 0d search\nC 0d search\nC 0d+1m product\nD 0d search\n"
        "D 0d+1h product\nE 1d search\nE 1d+1m search_engine",
        goal=(),
    )
    assert counts(store, "failed_search") == {"search without a find": (3, 5, 1)}


def test_dead_ends(log: Any) -> None:
    store = log("A 0d help\nA 0d+1m product\nB 0d help\nC 0d faq_page\nD 1d home", goal=())
    assert counts(store, "dead_end") == {"left after help": (1, 2, 0), "left after faq_page": (1, 1, 0)}


def test_errors_and_who_recovers(log: Any) -> None:
    # Of A, B and C, who hit one, B recovers; D hits none. Days 0 to 100, so that all journeys are mature.
    store = log(
        "A 0d pay\nA 0d+1m pay_error\nB 0d pay\nB 0d+1m pay_error\nB 0d+2m pay\nB 0d+3m order\nC 0d pay\n"
        "C 0d+1m pay_error\nC 0d+2m pay_error\nD 0d pay\nD 0d+1m order\nE 0d home\nZ 100d home",
        goal=("order",),
    )
    (finding,) = found(store, "error", least_errors=1).values()
    assert (finding.place, finding.touchpoint) == ("pay_error after pay", "pay_error")
    assert (finding.n_hits, finding.n_units, finding.n_immature) == (3, 5, 0)
    assert (finding.customers, finding.journeys) == (3, 3)
    assert dict(finding.consequences) == {
        "conversion of journeys hit": pytest.approx(1 / 3), "conversion of journeys not hit": 1.0,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("scores", "n_low"),
    [
        ((1, 2, 3, 5), 2),
        ((3, 4, 6, 7), 1),
        ((6, 7, 9, 10), 1),
        ((20, 50, 51, 100), 2),
        ((0, 0.4, 0.5, 1), 2),
        ((1, 1, 1, 1), 0),
        ((-1, -0.2, 0, 1), 2),
        ((-60, -20, 0, 90), 2),
    ],
)
def test_low_scores_on_their_own_scales(log: Any, scores: tuple[float, ...], n_low: int) -> None:
    lines = [f"{name} 0d call - - {score}" for name, score in zip("ABCD", scores, strict=True)]
    got = counts(log("\n".join([*lines, "E 0d call"]), columns=WIDE, goal=()), "low_score")
    assert got == {"low score of call": (n_low, 4, 0)}


def test_the_scale_of_a_level_is_that_of_everyone(log: Any) -> None:
    """North gives 4 and 5 of 10: low, also where it is asked about alone."""
    lines = [f"N{at} 0d call web - {4 + at % 2}" for at in range(4)] + [f"S{at} 0d call app - 9" for at in range(4)]
    store = log("\n".join([*lines, "S4 0d call app - 10"]), columns=WIDE, goal=())
    assert counts(store.where(channel="web"), "low_score") == {"low score of call": (4, 4, 0)}


def test_channel_switches(log: Any) -> None:
    # A goes to the store before buying, B within the web, C after buying; D's switch is three days later.
    store = log(
        "A 0d product web\nA 1d visit store\nB 0d product web\nB 0d+1h cart web\nB 0d+2h order web\n"
        "C 0d order web\nC 1d visit store\nD 0d product web\nD 3d visit store\nZ 9d product web",
        goal=("order",),
    )
    got = counts(store, "channel_switch")
    assert got["from product (web) to store"] == (1, 3, 1)
    assert got["from cart (web) to store"] == (0, 1, 0)
    assert "from order (web) to store" not in got


def test_regrets(log: Any) -> None:
    # A returns the first of two orders, B its order after the window, C before any order, D's order is too young.
    store = log(
        "A 0d order\nA 5d return_request\nA 6d order\nB 0d order\nB 31d return_request\nC 0d return_request\n"
        "C 1d order\nD 30d order\nZ 40d home",
        goal=("order",),
    )
    assert counts(store, "regret") == {"return_request after order": (1, 4, 1)}


@pytest.mark.parametrize(
    ("kind", "why"),
    [
        ("abandonment", "no touchpoint looks like a cart"), ("support_contact", "contact with support"),
        ("failed_search", "looks like a search"), ("dead_end", "looks like help"), ("error", "looks like an error"),
        ("low_score", "no event has a score"), ("channel_switch", "self-service"), ("regret", "looks like regret"),
    ],
)  # fmt: skip
def test_a_detector_that_cannot_run_says_why(log: Any, kind: str, why: str) -> None:
    pains = log("A 0d home\nA 1d order", goal=("order",)).pain_points(kinds=kind)
    assert list(pains) == []
    (skipped,) = pains.skipped
    assert skipped.kind == kind
    assert why in skipped.why


def test_an_unknown_kind_is_refused(log: Any) -> None:
    with pytest.raises(jm.JourneymapError, match="Did you mean 'drop_off'"):
        log("A 0d home", goal=()).pain_points(kinds="dropoff")


def test_nothing_breaks_on_one_event(log: Any) -> None:
    assert list(log("A 0d home", goal=()).pain_points(examined=True)) == []


def test_columns_with_durations_are_known_by_their_words(log: Any) -> None:
    names = ("page_load_ms", "pageLoadTime", "loadtime", "latency", "download_count", "workload", "waiter")
    store = log("A 0d home 1 2 3 4 5 6 7", columns=("customer", "timestamp", "event", *names), goal=())
    assert set(duration_columns(store.store)) == {"page_load_ms", "pageLoadTime", "loadtime", "latency"}

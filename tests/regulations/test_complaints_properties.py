"""What holds of the clocks of any history whatever: order, time going on, holds, and later records."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from regulations.complaints import CaseEvent, CaseFacts, Clock, clocks
from regulations.names import NAMES
from tests.regulations.complaint_cases import BY_CATEGORY, only
from tests.regulations.site_books import at, book_of

RECEIVED = at("2026-09-25 16:40")
PAUSING = book_of(
    "goods_sales",
    site="complaint.pause_clock_when_waiting_customer = true\ncomplaint.forward_within = 40 hour",
)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


@st.composite
def an_event(draw: st.DrawFn) -> CaseEvent:
    kind = draw(st.sampled_from(list(NAMES["complaint_event"])))
    when = RECEIVED + timedelta(minutes=draw(st.integers(-60, 30 * 24 * 60)))
    department = draw(st.sampled_from(["", "储运部", "质量部"]))
    value = {
        "severity_changed": draw(st.sampled_from(["ordinary", "serious"])),
        "kind_changed": draw(st.sampled_from(["refund", "delivery", "一般投诉"])),
    }.get(kind, "")
    due_on = draw(st.none() | st.dates(date(2026, 9, 20), date(2026, 11, 20)))
    return CaseEvent(kind, when, department, value, due_on)


histories = st.lists(an_event(), max_size=14)
moments = st.integers(0, 40 * 24 * 60).map(lambda minutes: RECEIVED + minutes * MINUTE)


def facts(events: list[CaseEvent], **more: object) -> CaseFacts:
    return CaseFacts(RECEIVED, "phone", "一般投诉", "ordinary", tuple(events), category="delivery", **more)  # type: ignore[arg-type]


def by_run(found: tuple[Clock, ...]) -> dict[tuple[str, int], Clock]:
    runs = {(c.clock, c.ordinal): c for c in found if c.due_at is not None}
    assert len(runs) == len([c for c in found if c.due_at is not None])  # an ordinal means one run
    return runs


@given(events=histories, now=moments, dice=st.randoms(use_true_random=False))
@settings(max_examples=150, deadline=None)
def test_neither_the_order_of_the_records_nor_repetition_matters(
    events: list[CaseEvent], now: datetime, dice: object
) -> None:
    shuffled = [*events, *events[:3]]
    dice.shuffle(shuffled)  # type: ignore[attr-defined]
    assert clocks(facts(events), BY_CATEGORY, now) == clocks(facts(shuffled), BY_CATEGORY, now)


@given(events=histories, cut=moments, later=st.integers(0, 20 * 24 * 60))
@settings(max_examples=250, deadline=None)
def test_what_happens_later_moves_no_target_that_was_set(
    events: list[CaseEvent], cut: datetime, later: int
) -> None:
    then = by_run(clocks(facts([e for e in events if e.at <= cut]), BY_CATEGORY, cut))
    now = by_run(clocks(facts(events), BY_CATEGORY, cut + later * MINUTE))
    for run, clock in then.items():
        kept = now[run]
        assert (kept.department, kept.started_at, kept.due_at, kept.warn_at, kept.limit) == (
            clock.department,
            clock.started_at,
            clock.due_at,
            clock.warn_at,
            clock.limit,
        )


@given(events=histories, now=moments, later=st.integers(0, 20 * 24 * 60))
@settings(max_examples=250, deadline=None)
def test_as_time_goes_on_a_state_only_goes_forward(
    events: list[CaseEvent], now: datetime, later: int
) -> None:
    """On track, then due soon, then met or breached for good; a breach that is open only grows."""
    steps = {"on_track": 0, "due_soon": 1, "met": 2, "breached": 2}
    before = by_run(clocks(facts(events), BY_CATEGORY, now))
    after = by_run(clocks(facts(events), BY_CATEGORY, now + later * MINUTE))
    for run, clock in before.items():
        assert steps[after[run].state] >= steps[clock.state]
        if steps[clock.state] == 2:
            assert after[run].state == clock.state
            assert after[run].overdue_seconds >= clock.overdue_seconds
        if clock.met_at is not None:
            assert after[run] == clock or after[run].met_at == clock.met_at


@given(events=histories, now=moments)
@settings(max_examples=150, deadline=None)
def test_every_clock_is_consistent_in_itself(events: list[CaseEvent], now: datetime) -> None:
    for clock in clocks(facts(events), BY_CATEGORY, now):
        if clock.state == "off":
            continue
        assert clock.started_at is not None and clock.due_at is not None and clock.warn_at is not None
        assert RECEIVED <= clock.started_at <= now
        assert clock.met_at is None or clock.started_at <= clock.met_at <= now
        late = (clock.met_at or now) > clock.due_at
        assert (clock.state == "breached") == late
        assert (clock.overdue_seconds > 0) == late
        assert len(clock.steps) >= 4


@given(
    waits=st.lists(st.tuples(st.integers(0, 3000), st.booleans()), max_size=8),
    now=st.integers(0, 6000),
)
@settings(max_examples=150, deadline=None)
def test_every_minute_is_counted_or_held_and_none_twice(waits: list[tuple[int, bool]], now: int) -> None:
    """The limit and the held minutes before the deadline add up to the time from start to deadline."""
    kinds = {False: "waiting_customer", True: "resumed"}
    events = [CaseEvent(kinds[is_end], RECEIVED + minute * MINUTE) for minute, is_end in waits]
    moment = RECEIVED + now * MINUTE
    clock = only("forward", facts(events), PAUSING, now=f"{moment:%Y-%m-%d %H:%M}")
    waiting, left, at_minute = False, 40 * 60, 0
    happened = {(minute, kinds[is_end]) for minute, is_end in waits if minute <= now}
    while left:
        if (at_minute, "waiting_customer") in happened:
            waiting = True
        if (at_minute, "resumed") in happened:
            waiting = False
        # What is still waiting now is held up to now: nobody knows yet how long it will last.
        if not waiting or at_minute >= now:
            left -= 1
        at_minute += 1
    assert clock.due_at == RECEIVED + at_minute * MINUTE

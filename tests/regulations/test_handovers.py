"""Where a handover stands, to the second: early, in time, relieved, complete, signed, refused, reviewed."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regulations.handovers import (
    FLAGS,
    HURTS,
    STATES,
    HandoverFacts,
    HandoverVerdict,
    fields_of,
    judge,
    missing_fields,
    must_wait,
)
from regulations.lent import lent_clauses
from regulations.rulebook import Rulebook, load_rulebook
from tests.factories import local
from tests.regulations.site_books import book_of

SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
CALL_CENTRE = load_rulebook(["telecom_call_centre"])
SHOP = load_rulebook(["ecommerce_shop"])
DESK = load_rulebook(["office_tower_handbook"])
END = local(2026, 11, 20, 18)
BEFORE, AFTER = END - HOUR, END + HOUR
NIGHT = local(2026, 11, 20, 23, 59, 59)
FULL = dict.fromkeys(fields_of(CALL_CENTRE), "无")
OPEN = HandoverFacts(END, END - 30 * MINUTE, came_at=END - 9 * HOUR)
DONE = replace(
    OPEN,
    entries=FULL,
    written_at=END - 15 * MINUTE,
    relief_came_at=END - 40 * MINUTE,
    signed_in_at=END - 10 * MINUTE,
    signed_out_at=END - 5 * MINUTE,
    left_at=END,
)


def at(now: datetime, facts: HandoverFacts = OPEN, book: Rulebook = CALL_CENTRE) -> HandoverVerdict:
    return judge(facts, book, now)


def clause_of(verdict: HandoverVerdict, words: str) -> str | None:
    return next(step.clause for step in verdict.steps if words in step.zh)


# Writing it


@pytest.mark.parametrize(
    ("now", "left_at", "state"),
    [
        (END - 10 * MINUTE - SECOND, None, "not_due"),
        (END - 10 * MINUTE, None, "due"),
        (END, None, "due"),
        (END + SECOND, END, "missing"),
        (END, END, "due"),
        (END + 4 * HOUR, None, "due"),  # not clocked out: he is still there
        (END + 4 * HOUR + SECOND, None, "missing"),  # by now the clock-out is missing, not the person there
        (END + HOUR, END + HOUR, "due"),  # he stayed, and leaves this very second
        (END + HOUR + SECOND, END + HOUR, "missing"),
        (END + SECOND, END - 2 * HOUR, "missing"),  # left early: the end of the shift stays the limit
    ],
)
def test_it_is_missing_from_the_second_after_it_could_be_written(
    now: datetime, left_at: datetime | None, state: str
) -> None:
    verdict = at(now, replace(OPEN, left_at=left_at))
    assert verdict.state == state
    assert ("missing" in verdict.flags) == (state == "missing")


def test_somebody_of_whom_no_clock_reading_is_known_has_until_the_end_of_his_shift() -> None:
    facts = replace(OPEN, came_at=None)
    assert at(END, facts).state == "due"
    verdict = at(END + SECOND, facts)
    assert verdict.state == "missing"
    assert "是否出勤另行认定" in verdict.steps[1].zh


@pytest.mark.parametrize(
    ("written_at", "is_late"), [(END, False), (END + SECOND, True), (END + timedelta(microseconds=1), False)]
)
def test_written_after_the_end_is_late_and_no_longer_missing(written_at: datetime, is_late: bool) -> None:
    verdict = at(AFTER, replace(DONE, written_at=written_at))
    assert ("late" in verdict.flags) == is_late
    assert verdict.state == "signed"
    assert "missing" not in verdict.flags


def test_a_draft_is_no_handover_and_says_what_it_lacks() -> None:
    half = replace(OPEN, entries={**FULL, "疑难问题": "  "})
    verdict = at(END, half)
    assert (verdict.state, verdict.missing_fields) == ("due", ("疑难问题",))
    assert "incomplete" in verdict.flags
    assert clause_of(verdict, "还缺：疑难问题") == "A2.50"
    assert at(AFTER, replace(half, left_at=END)).state == "missing"


@pytest.mark.parametrize(
    ("book", "form", "fields", "clause"),
    [
        (SHOP, "交接本", 1, "A1.22"),
        (CALL_CENTRE, "交接日志", 7, "A2.50"),
        (DESK, "交接班检查记录", 4, "B1.15"),
    ],
)
def test_each_set_has_its_own_record_with_its_own_fields(
    book: Rulebook, form: str, fields: int, clause: str
) -> None:
    assert len(fields_of(book)) == fields
    assert missing_fields({}, book) == fields_of(book)
    verdict = at(BEFORE, OPEN, book)
    assert clause_of(verdict, f"《{form}》") == clause


# Ten minutes early


@pytest.mark.parametrize(
    ("before", "is_early"),
    [
        (10 * MINUTE, True),
        (10 * MINUTE - SECOND, False),
        (timedelta(), False),
        (-MINUTE, False),
        (HOUR, True),
    ],
)
def test_the_incoming_person_is_there_ten_minutes_early(before: timedelta, is_early: bool) -> None:
    assert DONE.incoming_starts_at is not None
    verdict = at(AFTER, replace(DONE, relief_came_at=DONE.incoming_starts_at - before))
    assert ("not_early" not in verdict.flags) == is_early
    assert clause_of(verdict, "应提前 10 分钟到岗") == "A2.45"


def test_where_a_set_asks_for_no_early_arrival_nobody_is_blamed() -> None:
    verdict = at(AFTER, replace(DONE, relief_came_at=DONE.incoming_starts_at), DESK)
    assert "not_early" not in verdict.flags
    assert not any("提前" in step.zh for step in verdict.steps)


def test_nothing_is_said_against_somebody_whose_clock_is_not_known() -> None:
    assert "not_early" not in at(AFTER, replace(DONE, relief_came_at=None)).flags


# Staying until relieved


@pytest.mark.parametrize(
    ("relief_at", "left_at", "flag"),
    [
        (None, None, "unrelieved"),
        (None, END, "left_unrelieved"),
        (END + SECOND, END, "left_unrelieved"),
        (END, END, ""),
        (END - SECOND, None, ""),
    ],
)
def test_nobody_leaves_before_he_is_relieved(
    relief_at: datetime | None, left_at: datetime | None, flag: str
) -> None:
    facts = replace(OPEN, relief_came_at=relief_at, left_at=left_at)
    verdict = at(END + MINUTE, facts)
    assert {"unrelieved", "left_unrelieved"} & set(verdict.flags) == ({flag} if flag else set())
    if flag:
        assert "A2.48" in verdict.clauses
    assert "left_unrelieved" not in at(END - SECOND, facts).flags


@pytest.mark.parametrize(
    ("changes", "after_start", "is_flagged"),
    [
        ({}, timedelta(), False),
        ({}, SECOND, True),
        ({"relief_came_at": END - 30 * MINUTE + SECOND}, MINUTE, False),
        ({"signed_in_at": END - 29 * MINUTE}, 2 * MINUTE, False),
        ({"is_relief_named": True}, MINUTE, False),
        ({"came_at": None}, MINUTE, False),  # readings are not known while the shift runs
        ({"is_relief_named": True}, 30 * MINUTE, True),  # the end, and whoever was sent has not taken over
    ],
)
def test_whoever_has_not_come_when_his_shift_began_relieves_nobody(
    changes: dict[str, Any], after_start: timedelta, is_flagged: bool
) -> None:
    verdict = at(END - 30 * MINUTE + after_start, replace(OPEN, **changes))
    assert ("unrelieved" in verdict.flags) == is_flagged
    if is_flagged and after_start < 30 * MINUTE:
        assert clause_of(verdict, "未到岗：请联系") == "A2.48"


@pytest.mark.parametrize(
    ("now", "changes", "is_flagged"),
    [
        (END + HOUR, {}, True),
        (END + 6 * HOUR - SECOND, {}, True),
        (END + 6 * HOUR, {}, False),
        (END + HOUR, {"relief_came_at": END + MINUTE}, False),
        (END + HOUR, {"reviewed_at": END + MINUTE}, False),
    ],
)
def test_a_post_that_was_left_stays_unrelieved_while_the_next_shift_runs(
    now: datetime, changes: dict[str, Any], is_flagged: bool
) -> None:
    facts = replace(OPEN, left_at=END, incoming_ends_at=END + 6 * HOUR, **changes)
    verdict = at(now, facts)
    assert "left_unrelieved" in verdict.flags
    assert ("unrelieved" in verdict.flags) == is_flagged
    assert any("至今无人接班" in step.zh for step in verdict.steps) == is_flagged


@pytest.mark.parametrize(
    ("refused_at", "is_late"), [(None, False), (END - MINUTE, True), (END - 40 * MINUTE, False)]
)
def test_rewriting_does_not_make_it_late_unless_it_answers_a_refusal(
    refused_at: datetime | None, is_late: bool
) -> None:
    facts = replace(
        DONE,
        first_written_at=END - 15 * MINUTE,
        written_at=END + MINUTE,
        refused_at=refused_at,
        signed_in_at=None,
    )
    verdict = at(END + HOUR, facts)
    assert ("late" in verdict.flags) == is_late
    assert any("修改过" in step.zh for step in verdict.steps) != is_late


def test_a_signature_shows_that_the_relief_is_there_where_no_clock_does() -> None:
    facts = replace(DONE, relief_came_at=None, left_at=None, signed_in_at=END)
    assert "unrelieved" not in at(END + MINUTE, facts).flags


def test_nobody_waits_where_nobody_is_to_come_at_that_hour() -> None:
    """The late shift writes for the morning (A1.22)."""
    morning = replace(OPEN, incoming_starts_at=END + 9 * HOUR, left_at=END)
    assert not must_wait(morning, CALL_CENTRE)
    verdict = at(END + MINUTE, replace(morning, entries=FULL, written_at=END))
    assert verdict.state == "written"
    assert not {"left_unrelieved", "unrelieved", "missing", "late"} & set(verdict.flags)


def test_waiting_ends_with_the_other_signature_and_where_the_rulebook_asks_for_none() -> None:
    assert must_wait(OPEN, CALL_CENTRE)
    assert not must_wait(replace(OPEN, signed_in_at=END), CALL_CENTRE)
    assert not must_wait(replace(OPEN, incoming_starts_at=None), CALL_CENTRE)
    free = book_of("telecom_call_centre", site="handover.wait_for_relief = false")
    assert not must_wait(OPEN, free)
    assert "left_unrelieved" not in at(AFTER, replace(OPEN, left_at=END), free).flags


# Signatures


@pytest.mark.parametrize(("signed_in_at", "is_late"), [(END, False), (END + SECOND, True)])
def test_it_is_taken_over_by_the_end_of_the_outgoing_shift(signed_in_at: datetime, is_late: bool) -> None:
    verdict = at(AFTER, replace(DONE, signed_in_at=signed_in_at))
    assert ("late" in verdict.flags) == is_late


@pytest.mark.parametrize(("now", "is_flagged"), [(END, False), (END + SECOND, True)])
@pytest.mark.parametrize("lacking", ["signed_in_at", "signed_out_at"])
def test_a_signature_is_missing_once_the_handover_is_over(
    lacking: str, now: datetime, is_flagged: bool
) -> None:
    absent: dict[str, Any] = {lacking: None}
    verdict = at(now, replace(DONE, **absent))
    assert verdict.state == "written"
    assert ("unsigned" in verdict.flags) == is_flagged
    assert verdict.may_be_reviewed == is_flagged


def test_what_is_read_in_the_morning_is_signed_by_then() -> None:
    start = END + 9 * HOUR
    facts = replace(DONE, incoming_starts_at=start, relief_came_at=None, signed_in_at=None, written_at=END)
    assert "unsigned" not in at(start, facts).flags
    assert "unsigned" in at(start + SECOND, facts).flags
    assert "late" in at(start + HOUR, replace(facts, signed_in_at=start + SECOND)).flags


# Refusing


def test_a_refusal_stands_until_it_is_written_anew_or_taken_over_after_all() -> None:
    refused = replace(
        DONE,
        signed_in_at=None,
        signed_out_at=None,
        refused_at=END - 5 * MINUTE,
        refused_reason="设备故障未说明",
    )
    verdict = at(END, refused)
    assert (verdict.state, verdict.waits_for_review) == ("refused", True)
    assert clause_of(verdict, "设备故障未说明") == "B1.13"
    assert any("上报" in step.zh for step in verdict.steps)
    anew = replace(refused, written_at=END - 2 * MINUTE)
    assert at(END, anew).state == "written"
    taken = replace(refused, signed_in_at=END - MINUTE, signed_out_at=END)
    assert at(END, taken).state == "signed"
    for later in (anew, taken):
        assert "refused_before" in at(END, later).flags


def test_a_refused_handover_is_not_called_unrelieved() -> None:
    facts = replace(OPEN, refused_at=END - MINUTE, refused_reason="x")
    assert "unrelieved" not in at(END + MINUTE, facts).flags


# Review


@pytest.mark.parametrize(("now", "state"), [(NIGHT, "signed"), (NIGHT + SECOND, "review_late")])
def test_it_is_reviewed_the_same_day(now: datetime, state: str) -> None:
    verdict = at(now, DONE, DESK)
    assert (verdict.state, verdict.review_due_at) == (state, NIGHT)
    assert clause_of(verdict, "应于当日" if state == "review_late" else "主管应于当日") == "B1.15"


@pytest.mark.parametrize(("reviewed_at", "is_late"), [(NIGHT, False), (NIGHT + SECOND, True)])
def test_a_late_review_stays_late(reviewed_at: datetime, is_late: bool) -> None:
    verdict = at(NIGHT + 48 * HOUR, replace(DONE, reviewed_at=reviewed_at), DESK)
    assert verdict.state == "reviewed"
    assert ("review_late" in verdict.flags) == is_late


def test_a_review_settles_the_state_but_never_what_was_missing() -> None:
    facts = replace(OPEN, left_at=END, reviewed_at=END + HOUR)
    verdict = at(END + 2 * HOUR, facts)
    assert verdict.state == "reviewed"
    assert {"missing", "left_unrelieved"} <= set(verdict.flags)
    assert not verdict.waits_for_review


def test_a_shift_that_ends_at_midnight_is_reviewed_on_the_day_it_ends_on() -> None:
    facts = replace(
        OPEN, outgoing_ends_at=local(2026, 11, 21), incoming_starts_at=local(2026, 11, 20, 22, 30)
    )
    assert at(NIGHT, facts).review_due_at == local(2026, 11, 21, 23, 59, 59)


def test_what_is_read_the_next_morning_is_reviewed_that_day() -> None:
    facts = replace(OPEN, incoming_starts_at=END + 14 * HOUR)
    assert at(END, facts).review_due_at == local(2026, 11, 21, 23, 59, 59)


def test_where_no_review_is_asked_for_signed_is_the_end_of_it() -> None:
    facts = replace(DONE, entries={"交接事项": "无"})
    verdict = at(NIGHT + 24 * HOUR, facts, SHOP)
    assert (verdict.state, verdict.review_due_at, verdict.waits_for_review) == ("signed", None, False)
    refused = replace(facts, signed_in_at=None, refused_at=END, refused_reason="x")
    assert at(END, refused, SHOP).waits_for_review  # what went wrong goes upward all the same


# Whatever happens


INSTANTS = st.none() | st.integers(-3 * 3600, 30 * 3600).map(lambda s: END + timedelta(seconds=s))


@given(
    now=st.integers(-12 * 3600, 60 * 3600).map(lambda s: END + timedelta(seconds=s)),
    start=st.none() | st.integers(-8 * 3600, 12 * 3600).map(lambda s: END + timedelta(seconds=s)),
    instants=st.lists(INSTANTS, min_size=7, max_size=7),
    filled=st.sets(st.sampled_from(fields_of(CALL_CENTRE))),
    book=st.sampled_from([CALL_CENTRE, SHOP, DESK]),
)
def test_every_state_of_affairs_has_one_state_and_its_reasons(
    now: datetime,
    start: datetime | None,
    instants: list[datetime | None],
    filled: set[str],
    book: Rulebook,
) -> None:
    happened = [at if at is None or at <= now else None for at in instants]
    written, out, into, refused, reviewed, left, came = happened
    facts = HandoverFacts(
        END,
        start,
        dict.fromkeys(filled, "x"),
        written,
        out,
        into,
        refused,
        "x",
        reviewed,
        END - 9 * HOUR,
        left,
        came,
    )
    verdict = judge(facts, book, now)
    assert verdict.state in STATES and set(verdict.flags) <= set(FLAGS)
    assert (verdict.state == "reviewed") == (reviewed is not None)
    assert ("missing" in verdict.flags) == (written is None and now > verdict.due_at)
    assert not ({"unrelieved", "left_unrelieved"} & set(verdict.flags)) or verdict.is_direct
    is_lent = bool(lent_clauses(verdict.clauses, book))
    assert verdict.steps[-2 if is_lent else -1].zh.startswith("结论")
    assert ("为通用默认" in verdict.steps[-1].zh) == is_lent
    assert all(step.zh and step.en for step in verdict.steps)
    assert verdict.clauses == tuple(dict.fromkeys(s.clause for s in verdict.steps if s.clause))


def test_the_order_of_what_hurts_names_every_state_once() -> None:
    assert sorted(HURTS) == sorted(STATES)

"""The pay-back of a swap to its end: agreed on later, changed, confirmed; a shift left empty; two people at once."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from db import swaps
from db.models import AttendanceDay, AuditEntry, LedgerEntry, Shift, ShiftChange, SwapRequest
from db.refusals import Refused, StaleCase
from regulations.access import AccessRefused, Scope
from regulations.rulebook import load_rulebook
from tests.db.swap_rows import AFTER, PAYBACK_ON, SWAP_ON, Pair, pair
from tests.db.test_races import at_once
from tests.factories import NOW, local, make_agent, make_leave, make_punch, make_shift, make_team, scope

DAY = timedelta(days=1)
BASE = load_rulebook()  # the base asks for everything that the chapters on swaps ask for
CENTRE = load_rulebook(["telecom_shift_swap"])


@pytest.fixture
def two(session: Session) -> Pair:
    return pair(session, BASE)


def holder(two: Pair, shift: Shift) -> str:
    two.session.expire_all()
    return two.session.get_one(Shift, shift.id).agent.name


def pay_back(two: Pair, row: SwapRequest, shift: Shift, by: Scope | None = None, **more: Any) -> SwapRequest:
    said = {"expected_version": row.row_version, "book": BASE, "now": NOW, **more}
    return swaps.set_payback(two.session, by or two.lead, row.id, payback_shift_id=shift.id, **said)


def settle(two: Pair, row: SwapRequest, by: Scope | None = None, **more: Any) -> SwapRequest:
    said = {"expected_version": row.row_version, "now": AFTER, **more}
    return swaps.settle_swap(two.session, by or two.lead, row.id, book=BASE, **said)


def fail(two: Pair, row: SwapRequest, shift: Shift, by: Scope | None = None, **more: Any) -> SwapRequest:
    said = {
        "shares": ("没有说明班次时间", "没有核对"),
        "expected_version": row.row_version,
        "now": AFTER,
        **more,
    }
    return swaps.record_failure(two.session, by or two.lead, row.id, shift_id=shift.id, book=BASE, **said)


# Agreed on later


def test_a_payback_agreed_on_later_changes_hands_then(two: Pair) -> None:
    row = two.approved(payback_shift_id=None)
    pay_back(two, row, two.payback)
    assert (row.payback_on, row.payback_shift_id) == (PAYBACK_ON, two.payback.id)
    assert (holder(two, two.shift), holder(two, two.payback)) == ("李强", "王芳")
    kept = two.session.scalars(select(ShiftChange.shift_id).order_by(ShiftChange.id)).all()
    assert kept == [two.shift.id, two.payback.id]


def test_it_may_be_agreed_on_when_the_swapped_shift_was_worked_already(two: Pair) -> None:
    row = two.approved(payback_shift_id=None)
    make_leave(
        two.session, two.li, local(2026, 11, 25, 16), local(2026, 11, 25, 18), type="sick"
    )  # meanwhile
    assert pay_back(two, row, two.payback, now=NOW + 7 * DAY).payback_on == PAYBACK_ON


def test_another_payback_takes_the_place_of_the_first(two: Pair) -> None:
    row = two.approved()
    other = make_shift(two.session, two.li, PAYBACK_ON + 2 * DAY)
    pay_back(two, row, other)
    assert (holder(two, two.payback), holder(two, other)) == ("李强", "王芳")
    assert row.payback_on == PAYBACK_ON + 2 * DAY


def test_a_payback_next_to_the_one_it_replaces_is_not_held_against_it(two: Pair) -> None:
    """The evening of the same day: back to back with the first pay-back, which is no longer his."""
    row = two.approved()
    evening = make_shift(two.session, two.li, PAYBACK_ON, start=19, hours=4)
    assert pay_back(two, row, evening).payback_shift_id == evening.id


def test_while_it_waits_another_payback_asks_for_all_agreements_anew(two: Pair) -> None:
    row = two.agreed(payback_shift_id=None)
    pay_back(two, row, two.payback, by=two.as_agent(two.wang))
    assert [c["who"] for c in row.consents] == ["requester"]
    assert holder(two, two.payback) == "李强"
    pay_back(two, row, make_shift(two.session, two.li, PAYBACK_ON + DAY), by=two.lead)
    assert row.consents == []
    with pytest.raises(Refused, match="has not agreed yet"):
        two.decide(row)


def test_a_payback_against_the_rules_is_refused_with_its_clause(two: Pair) -> None:
    row = two.approved(payback_shift_id=None)
    make_leave(two.session, two.wang, local(2026, 12, 2, 9), local(2026, 12, 2, 12))
    with pytest.raises(Refused, match=r"A3\.6"):
        pay_back(two, row, two.payback)
    on_holiday = make_shift(two.session, two.li, date(2027, 1, 1))
    with pytest.raises(Refused, match=r"A3\.9"):
        pay_back(two, row, on_holiday)
    before = make_shift(two.session, two.li, SWAP_ON - 2 * DAY)
    with pytest.raises(Refused, match="what is worked first is the swap"):
        pay_back(two, row, before)
    assert (row.payback_on, row.state) == (None, "approved")


def test_a_payback_against_a_lent_rule_needs_a_note_that_says_why(session: Session) -> None:
    """The call centre's own rules say nothing of leave on pay-backs: the base lends A3.6."""
    silent = load_rulebook(["telecom_call_centre"])
    apart = pair(session, silent)
    row = apart.approved(payback_shift_id=None)
    make_leave(session, apart.wang, local(2026, 12, 2, 9), local(2026, 12, 2, 12))
    with pytest.raises(Refused, match=r"A3\.6.*Say in the note"):
        pay_back(apart, row, apart.payback, book=silent)
    pay_back(apart, row, apart.payback, book=silent, note="本人自愿")
    assert row.payback_on == PAYBACK_ON
    assert row.steps[-2]["zh"] == "作为例外批准，理由见备注"
    detail = session.scalars(select(AuditEntry).where(AuditEntry.action == "swap.payback_set")).one().detail
    assert (detail["note"], detail["exception"]) == ("本人自愿", ["A3.6"])


def test_what_cannot_pay_back_is_refused(two: Pair) -> None:
    row = two.approved(payback_shift_id=None)
    mine = make_shift(two.session, two.wang, PAYBACK_ON + DAY)
    for shift, now, said in (
        (mine, NOW, "not on 李强's roster"),
        (two.shift, NOW, "cannot pay itself back"),
        (two.payback, two.payback.starts_at, "has begun"),
    ):
        with pytest.raises(Refused, match=said):
            pay_back(two, row, shift, now=now)


def test_a_shift_that_another_request_is_about_does_not_pay_back(two: Pair) -> None:
    row = two.approved(payback_shift_id=None)
    third = make_agent(two.session, two.team)
    two.ask(
        by=two.as_agent(two.li),
        requester_id=two.li.id,
        partner_id=third.id,
        shift_id=two.payback.id,
        payback_shift_id=None,
    )
    with pytest.raises(Refused, match="is waiting"):
        pay_back(two, row, two.payback)


def test_a_payback_that_has_begun_is_not_changed(two: Pair) -> None:
    row = two.approved()
    other = make_shift(two.session, two.li, PAYBACK_ON + 5 * DAY)
    with pytest.raises(Refused, match="can no longer be changed"):
        pay_back(two, row, other, now=two.payback.starts_at)


def test_a_payback_is_not_agreed_on_over_a_changed_roster(two: Pair) -> None:
    row = two.approved(payback_shift_id=None)
    third = make_agent(two.session, two.team, name="赵敏")
    two.shift.agent_id, two.shift.agent = third.id, third
    two.session.flush()
    with pytest.raises(Refused) as refused:
        pay_back(two, row, two.payback)
    assert "现在是赵敏的" in refused.value.zh


def test_who_may_set_a_payback(two: Pair) -> None:
    row = two.approved(payback_shift_id=None)
    for by in (two.as_agent(two.wang), scope("qa"), scope("supervisor", make_team(two.session))):
        with pytest.raises(AccessRefused):
            pay_back(two, row, two.payback, by=by)
    with pytest.raises(Refused, match=r"A2\.53"):
        pay_back(two, row, two.payback, by=scope("manager"))


# Confirmed


def test_a_swap_is_settled_when_both_shifts_were_worked(two: Pair) -> None:
    row = two.approved()
    with pytest.raises(Refused, match="settle it then"):
        settle(two, row, now=two.payback.ends_at - timedelta(seconds=1))
    settle(two, row, now=two.payback.ends_at)
    assert (row.state, row.settled_at) == ("settled", two.payback.ends_at)
    assert swaps.course_of(row, BASE, AFTER).code == "settled"
    with pytest.raises(StaleCase):
        settle(two, row)


def test_a_shift_at_which_nobody_was_is_not_settled(two: Pair) -> None:
    row = two.approved()
    from db import attendance

    for n in ("in", "out"):
        make_punch(two.session, two.wang, two.payback.starts_at if n == "in" else two.payback.ends_at, n)
    attendance.rejudge(
        two.session, agent_ids=[two.wang.id, two.li.id], from_on=SWAP_ON, to_on=PAYBACK_ON, now=AFTER
    )
    assert (
        two.session.scalar(select(AttendanceDay.class_).where(AttendanceDay.shift_id == two.shift.id))
        == "absent"
    )
    with pytest.raises(Refused, match=r"2026-11-25.*A1\.32"):
        settle(two, row, note="都上了")
    fail(two, row, two.shift)
    assert row.state == "failed"


def test_without_a_payback_it_is_said_why(two: Pair) -> None:
    row = two.approved(payback_shift_id=None)
    with pytest.raises(Refused, match="say why"):
        settle(two, row)
    assert settle(two, row, note="双方约定不还班").outcome_note == "双方约定不还班"


def test_what_the_roster_no_longer_says_is_settled_with_a_note(two: Pair) -> None:
    row = two.approved()
    two.payback.agent_id, two.payback.agent = two.li.id, two.li
    two.session.flush()
    with pytest.raises(Refused, match="now 李强's"):
        settle(two, row)
    assert settle(two, row, note="李强自己上了，改天另还").state == "settled"


def test_open_paybacks_stand_with_the_longest_open_first(two: Pair) -> None:
    first = two.approved(payback_shift_id=None)
    second = two.approved(
        shift_id=make_shift(two.session, two.wang, SWAP_ON + 4 * DAY).id, payback_shift_id=None, now=NOW
    )
    assert [one.id for one in swaps.list_unpaid(two.session, two.lead)] == [first.id, second.id]
    assert [one.id for one in swaps.list_unpaid(two.session, two.lead, before_on=SWAP_ON + DAY)] == [first.id]
    assert swaps.list_unpaid(two.session, scope("supervisor", make_team(two.session))) == []
    assert swaps.course_of(first, BASE, NOW + 10 * DAY).days_open == 5
    with pytest.raises(AccessRefused):
        swaps.list_unpaid(two.session, scope("qa"))


# Left empty


def test_an_empty_shift_is_recorded_with_the_shares_and_no_penalty(two: Pair) -> None:
    row = two.approved()
    fail(two, row, two.shift, now=two.shift.starts_at)
    assert (row.state, row.failed_shift_id, row.outcome_note) == (
        "failed",
        two.shift.id,
        "王芳：没有说明班次时间；李强：没有核对",
    )
    assert any("双方均按旷工处理" in step["zh"] for step in row.steps)
    assert {"A1.32", "A3.5"} <= set(row.clauses)
    assert two.session.scalar(select(func.count()).select_from(LedgerEntry)) == 0
    days = two.session.scalars(select(AttendanceDay)).all()
    assert {(day.agent.name, day.class_) for day in days} == {("王芳", "absent"), ("李强", "absent")}
    assert "swap.failed" in two.session.scalars(select(AuditEntry.action)).all()


def test_what_came_to_light_after_it_was_settled_is_recorded_too(two: Pair) -> None:
    row = settle(two, two.approved())
    assert fail(two, row, two.payback).state == "failed"


def test_what_is_no_failure_of_this_swap_is_refused(two: Pair) -> None:
    row = two.approved()
    other = make_shift(two.session, two.li, SWAP_ON + 3 * DAY)
    for shift, more, said in (
        (two.shift, {"shares": ("没有说明", " ")}, r"missing: 李强.*A3\.5"),
        (two.shift, {"now": two.shift.starts_at - timedelta(seconds=1)}, "has not begun"),
        (other, {}, "one of the shifts"),
    ):
        with pytest.raises(Refused, match=said):
            fail(two, row, shift, **more)
    with pytest.raises(Refused, match=r"A2\.53"):
        fail(two, row, two.shift, by=scope("manager"))
    with pytest.raises(AccessRefused):
        fail(two, row, two.shift, by=two.as_agent(two.li))
    with pytest.raises(StaleCase):
        fail(two, two.ask(shift_id=other_of_wang(two).id, payback_shift_id=None), two.shift)


def other_of_wang(two: Pair) -> Shift:
    return make_shift(two.session, two.wang, SWAP_ON + 20 * DAY)


# Cancelled


def cancel(two: Pair, row: SwapRequest, by: Scope | None = None, **more: Any) -> SwapRequest:
    said = {"note": "李强被派去培训", "expected_version": row.row_version, "now": NOW, **more}
    return swaps.cancel_swap(two.session, by or two.lead, row.id, book=BASE, **said)


@pytest.mark.parametrize("has_payback", [True, False])
def test_a_cancelled_swap_returns_both_shifts_and_counts_as_none(two: Pair, has_payback: bool) -> None:
    row = two.approved(**({} if has_payback else {"payback_shift_id": None}))
    cancel(two, row)
    assert (row.state, row.decision_note) == ("withdrawn", "李强被派去培训")
    assert (holder(two, two.shift), holder(two, two.payback)) == ("王芳", "李强")
    assert two.session.scalar(select(func.count()).select_from(ShiftChange)) == (4 if has_payback else 2)
    for _ in range(3):
        cancel(two, two.approved())
    assert two.approved().state == "approved"


def test_what_has_begun_or_was_changed_is_not_cancelled(two: Pair) -> None:
    row = two.approved()
    with pytest.raises(Refused, match="say why"):
        cancel(two, row, note=" ")
    with pytest.raises(Refused, match="has begun"):
        cancel(two, row, now=two.shift.starts_at)
    with pytest.raises(Refused, match=r"A2\.53"):
        cancel(two, row, by=scope("manager"))
    with pytest.raises(AccessRefused):
        cancel(two, row, by=two.as_agent(two.wang))
    other = make_shift(two.session, two.wang, SWAP_ON, start=12)
    with pytest.raises(Refused, match="王芳 has another shift"):
        cancel(two, row)
    two.session.delete(other)
    two.session.delete(two.shift)
    two.session.flush()
    two.session.expire_all()
    with pytest.raises(Refused, match="no longer on the roster"):
        cancel(two, row)
    assert row.state == "approved"


# Two at once


def test_of_two_who_decide_one_is_told(two: Pair, engine: Engine) -> None:
    row = two.agreed()
    two.session.commit()
    swap_id, seen, lead = row.id, row.row_version, two.lead

    def decide(is_approved: bool) -> Any:
        return lambda mine: swaps.decide_swap(
            mine, lead, swap_id, is_approved=is_approved, note="x", expected_version=seen, book=BASE, now=NOW
        )

    assert sorted(at_once(engine, decide(True), decide(False))) == ["done", "stale"]
    state = two.session.scalar(select(SwapRequest.state).where(SwapRequest.id == swap_id))
    assert holder(two, two.shift) == ("李强" if state == "approved" else "王芳")


def test_two_swaps_that_are_each_the_second_are_not_both_approved(two: Pair, engine: Engine) -> None:
    """Li has swapped once this month; two requests name him, and two supervisors approve at the same moment."""
    first = two.approved(
        shift_id=make_shift(two.session, two.wang, SWAP_ON - 3 * DAY).id, payback_shift_id=None
    )
    rows = []
    for n in (0, 3):
        somebody = make_agent(two.session, two.team, post="hotline", level="senior")
        shift = make_shift(two.session, somebody, SWAP_ON + n * DAY)
        row = two.ask(
            by=two.as_agent(somebody), requester_id=somebody.id, shift_id=shift.id, payback_shift_id=None
        )
        for who in ("partner", "requester_lead"):
            two.consent(row, who, two.lead)
        assert swaps.ruling_of(two.session, row, BASE, NOW).is_allowed
        rows.append((row.id, row.row_version))
    two.session.commit()
    lead = two.lead

    def approve(swap_id: int, seen: int) -> Any:
        return lambda mine: swaps.decide_swap(
            mine, lead, swap_id, is_approved=True, note="", expected_version=seen, book=BASE, now=NOW
        )

    outcomes = sorted(at_once(engine, *(approve(*row) for row in rows)))
    assert outcomes[0] == "done"
    assert "at most 2 a person a month" in outcomes[1]
    two.session.expire_all()
    assert sorted(row.state for row in two.session.scalars(select(SwapRequest))) == [
        "approved",
        "approved",
        "requested",
    ]
    assert first.state == "approved"


def test_a_shift_is_asked_for_once(two: Pair, engine: Engine) -> None:
    two.session.commit()
    who, ids = two.as_agent(two.wang), (two.wang.id, two.li.id, two.shift.id)

    def ask(mine: Session) -> Any:
        return swaps.request_swap(
            mine, who, requester_id=ids[0], partner_id=ids[1], shift_id=ids[2], payback_shift_id=None,
            form_number="", reason="看病", briefing="", book=BASE, now=NOW,
        )  # fmt: skip

    outcomes = sorted(at_once(engine, ask, ask))
    assert outcomes[0] == "done"
    assert "is waiting" in outcomes[1]
    assert two.session.scalar(select(func.count()).select_from(SwapRequest)) == 1


def test_a_swap_is_not_cancelled_while_its_payback_is_agreed_on(two: Pair, engine: Engine) -> None:
    row = two.approved(payback_shift_id=None)
    two.session.commit()
    swap_id, seen, lead, payback_id = row.id, row.row_version, two.lead, two.payback.id
    outcomes = at_once(
        engine,
        lambda mine: swaps.cancel_swap(
            mine, lead, swap_id, note="取消", expected_version=seen, book=BASE, now=NOW
        ),
        lambda mine: swaps.set_payback(
            mine, lead, swap_id, payback_shift_id=payback_id, expected_version=seen, book=BASE, now=NOW
        ),
    )
    assert sorted(outcomes) == ["done", "stale"]
    is_cancelled = outcomes[0] == "done"
    assert (holder(two, two.shift), holder(two, two.payback)) == (
        ("王芳", "李强") if is_cancelled else ("李强", "王芳")
    )


def test_two_agreements_at_once_are_both_kept_or_one_is_told(two: Pair, engine: Engine) -> None:
    row = two.ask()
    two.session.commit()
    swap_id, seen = row.id, row.row_version
    works = [
        lambda mine, who=who, by=by: swaps.record_consent(
            mine, by, swap_id, who=who, expected_version=seen, now=NOW
        )
        for who, by in (("partner", two.as_agent(two.li)), ("requester_lead", two.lead))
    ]
    assert sorted(at_once(engine, *works)) == ["done", "stale"]

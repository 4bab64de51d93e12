"""Leave on the database: filed by whom it may be, decided by the level whose it is, amended, withdrawn, reported back."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from db import leave, leave_account, leave_balances
from db.models import Agent, AttendanceDay, AuditEntry, Leave, Shift, SwapRequest, Team
from db.refusals import Refused, StaleCase
from regulations.access import AccessRefused, Scope
from regulations.rulebook import Rulebook, load_rulebook
from tests.db.test_races import at_once
from tests.factories import (
    NOW,
    local,
    make_agent,
    make_leave,
    make_punch,
    make_shift,
    make_team,
    make_user,
    scope,
)

BOOK = load_rulebook(["telecom_call_centre", "telecom_shift_swap"])
DAY = timedelta(days=1)
TUESDAY = date(2026, 11, 24)


@pytest.fixture
def team(session: Session) -> Team:
    return make_team(session)


@pytest.fixture
def agent(session: Session, team: Team) -> Agent:
    """Somebody with a roster from Monday to Sunday, nine to six."""
    found = make_agent(session, team, "K1008")
    for offset in range(-3, 5):
        make_shift(session, found, TUESDAY + offset * DAY)
    session.commit()
    return found


@pytest.fixture
def himself(agent: Agent) -> Scope:
    return scope("agent", agent=agent, actor="k1008")


@pytest.fixture
def supervisor(team: Team) -> Scope:
    return scope("supervisor", team, actor="liu")


MANAGER = scope("manager", actor="qin")


def day(on: date, start: int = 9, end: int = 18) -> dict[str, Any]:
    return {
        "starts_at": local(on.year, on.month, on.day, start),
        "ends_at": local(on.year, on.month, on.day, end),
    }


def file(
    session: Session, who: Scope, agent: Agent, on: date = TUESDAY, book: Rulebook = BOOK, **values: Any
) -> Leave:
    asked: dict[str, Any] = {"type_": "personal", **day(on), "now": NOW, "reason": "家里有事", **values}
    row = leave.file_leave(session, who, agent_id=agent.id, book=book, **asked)
    session.commit()
    return row


def decide(session: Session, who: Scope, row: Leave, is_approved: bool = True, **values: Any) -> Leave:
    asked: dict[str, Any] = {
        "note": "" if is_approved else "人手不够",
        "expected_version": row.row_version,
        "now": NOW,
        **values,
    }
    found = leave.decide_leave(session, who, row.id, is_approved=is_approved, book=BOOK, **asked)
    session.commit()
    return found


# Filing


def test_an_agent_asks_for_himself_and_the_request_keeps_its_check(
    session: Session, agent: Agent, himself: Scope
) -> None:
    row = file(session, himself, agent)
    assert (row.status, row.required_role, row.days) == ("requested", "supervisor", Decimal(1))
    assert row.filed_by == "k1008" and row.filed_at == NOW
    assert "A2.53" in row.clauses and row.steps and row.rulebook_version == BOOK.version
    entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "leave.requested")).one()
    assert "personal" not in str(entry.detail) and "家里有事" not in str(entry.detail)


def test_an_agent_asks_for_nobody_else(session: Session, team: Team, agent: Agent, himself: Scope) -> None:
    colleague = make_agent(session, team)
    with pytest.raises(AccessRefused):
        file(session, himself, colleague)
    with pytest.raises(AccessRefused):
        file(session, scope("agent", actor="nobody"), agent)
    with pytest.raises(AccessRefused):
        file(session, scope("qa"), agent)
    with pytest.raises(AccessRefused):
        file(session, scope("supervisor", make_team(session)), agent)
    assert session.scalars(select(Leave)).all() == []


def test_somebody_else_files_only_for_the_sick(session: Session, agent: Agent, supervisor: Scope) -> None:
    with pytest.raises(Refused, match=r"in person.*A2\.54"):
        file(session, supervisor, agent, proxy="陈思远")
    row = file(session, supervisor, agent, type_="sick", proxy="陈思远")
    assert (row.proxy, row.filed_by) == ("陈思远", "liu")


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"type_": "fishing"}, "no leave of type"),
        ({"ends_at": local(2026, 11, 24, 9)}, "end after it begins"),
        ({"ends_at": local(2028, 11, 24, 9)}, "check the year"),
        ({"type_": "sick", "told_at": NOW + timedelta(hours=1)}, "future"),
        ({"type_": "sick", "certificate": (date(2026, 11, 25), date(2026, 11, 24))}, "ends before it begins"),
        ({"starts_at": local(2026, 11, 24, 19), "ends_at": local(2026, 11, 24, 21)}, "No work is rostered"),
        ({"type_": "time_off"}, "only 0 days in the account"),
    ],
)
def test_what_is_no_leave_is_refused(
    session: Session, agent: Agent, himself: Scope, values: dict[str, Any], said: str
) -> None:
    with pytest.raises(Refused, match=said):
        file(session, himself, agent, **values)
    assert session.scalars(select(Leave)).all() == []


def test_whoever_has_left_takes_no_leave(session: Session, agent: Agent, supervisor: Scope) -> None:
    agent.is_active = False
    session.flush()
    with pytest.raises(Refused, match="has left"):
        file(session, supervisor, agent)


def test_what_is_too_late_waits_for_the_level_of_exceptions(
    session: Session, agent: Agent, himself: Scope, supervisor: Scope
) -> None:
    row = file(session, himself, agent, now=local(2026, 11, 24, 7))
    assert row.required_role == "manager"
    assert [v["code"] for v in row.violations] == ["late_notice"]
    with pytest.raises(Refused, match=r"belongs to CS centre director.*A2\.53"):
        decide(session, supervisor, row, now=local(2026, 11, 24, 8))
    approved = decide(session, MANAGER, row, note="孩子发烧", now=local(2026, 11, 24, 8))
    assert approved.status == "approved"


def test_an_exception_is_approved_with_a_reason_and_kept_with_its_clause(
    session: Session, agent: Agent, himself: Scope
) -> None:
    row = file(session, himself, agent, now=local(2026, 11, 24, 7))
    with pytest.raises(
        Refused, match=r"only be approved as an exception \(A2\.52\): say in the note"
    ) as refused:
        decide(session, MANAGER, row, note=" \x00 ")
    assert "请在备注中写明" in refused.value.zh
    session.rollback()
    approved = decide(session, MANAGER, row, note="孩子发烧")
    assert approved.exceptions == ["A2.52"]
    assert (approved.steps[-1]["clause"], "作为例外批准" in approved.steps[-1]["zh"]) == ("A2.52", True)
    entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "leave.approved")).one()
    assert entry.detail["exception"] == ["A2.52"] and "孩子发烧" not in str(entry.detail)


def test_a_refused_or_ordinary_request_is_no_exception(
    session: Session, agent: Agent, himself: Scope, supervisor: Scope
) -> None:
    late = decide(
        session, MANAGER, file(session, himself, agent, now=local(2026, 11, 24, 7)), is_approved=False
    )
    plain = decide(session, supervisor, file(session, himself, agent, TUESDAY + DAY))
    assert late.exceptions == plain.exceptions == []
    assert not any("例外批准，理由" in step["zh"] for step in (*late.steps, *plain.steps))


@pytest.mark.parametrize(
    ("start", "on", "filed", "clause"),
    [
        (
            18,
            date(2026, 11, 24),
            local(2026, 11, 24, 11, 59, 59),
            "A2.56",
        ),  # in time, and an exception all the same
        (18, date(2026, 11, 24), local(2026, 11, 24, 12), "A2.56"),
        (9, date(2026, 10, 1), local(2026, 9, 29, 23, 59, 59), "A2.57"),
        (9, date(2026, 10, 1), local(2026, 9, 30), "A2.57"),
    ],
)
def test_night_shifts_and_holidays_are_exceptions_in_time_or_not(
    session: Session, team: Team, start: int, on: date, filed: datetime, clause: str
) -> None:
    book = load_rulebook(["telecom_call_centre"])
    person = make_agent(session, team)
    worked = make_shift(session, person, on, start, 6)
    session.commit()
    span = {"starts_at": worked.starts_at, "ends_at": worked.ends_at}
    row = file(session, scope("agent", agent=person), person, on, book, **span, now=filed)
    assert row.required_role == "manager"
    asked: dict[str, Any] = {
        "is_approved": True,
        "expected_version": row.row_version,
        "book": book,
        "now": filed,
    }
    with pytest.raises(Refused, match=rf"as an exception \({clause}"):
        leave.decide_leave(session, MANAGER, row.id, **asked)
    session.rollback()
    assert leave.decide_leave(session, MANAGER, row.id, note="家中急事", **asked).exceptions[0] == clause


def test_a_roster_that_comes_later_moves_the_request_to_the_level_of_exceptions(
    session: Session, team: Team, supervisor: Scope
) -> None:
    book = load_rulebook(["telecom_call_centre"])
    person = make_agent(session, team)
    session.commit()
    row = file(session, scope("agent", agent=person), person, TUESDAY + 2 * DAY, book)
    assert row.required_role == "supervisor"
    make_shift(session, person, TUESDAY + 2 * DAY, 14, 9)
    session.commit()
    asked: dict[str, Any] = {
        "is_approved": True,
        "note": "准",
        "expected_version": row.row_version,
        "book": book,
        "now": NOW,
    }
    with pytest.raises(Refused, match="belongs to CS centre director"):
        leave.decide_leave(session, supervisor, row.id, **asked)
    session.rollback()
    assert not leave.may_decide_now(session, supervisor, row, book).is_allowed
    approved = leave.decide_leave(session, MANAGER, row.id, **asked)
    assert (approved.required_role, approved.decided_role) == ("manager", "manager")


def test_a_lone_shift_far_ahead_makes_no_rest_days_of_the_days_before(
    session: Session, agent: Agent, himself: Scope
) -> None:
    make_shift(session, agent, date(2027, 1, 31))
    session.commit()
    soon = file(session, himself, agent, date(2026, 11, 29))  # a Sunday after the last shift of the roster
    assert soon.days == 1
    later = file(session, himself, agent, date(2026, 12, 15))
    assert later.days == 1
    make_shift(session, agent, date(2026, 12, 5))
    with pytest.raises(Refused, match="No work is rostered"):
        file(session, himself, agent, date(2026, 12, 2))


def test_requests_do_not_overlap_unless_one_is_settled(
    session: Session, agent: Agent, himself: Scope, supervisor: Scope
) -> None:
    first = file(session, himself, agent)
    with pytest.raises(Refused, match="Overlaps"):
        file(session, himself, agent, starts_at=local(2026, 11, 24, 17), ends_at=local(2026, 11, 25, 18))
    decide(session, supervisor, first, is_approved=False)
    again = file(session, himself, agent)
    assert (again.starts_at, again.revision) == (first.starts_at, 2)


def approved_swap(session: Session, requester: Agent, partner: Agent, **values: Any) -> SwapRequest:
    """Agreed and approved for Tuesday, paid back on Wednesday."""
    days = {"swap_on": TUESDAY, "payback_on": TUESDAY + DAY, **values}
    row = SwapRequest(
        requester_id=requester.id, partner_id=partner.id, consents=[], requested_by="k1008", requested_at=NOW,
        state="approved", clauses=[], steps=[], rulebook_version="test", **days,
    )  # fmt: skip
    session.add(row)
    session.commit()
    return row


def test_no_leave_on_a_shift_that_one_works_because_of_a_swap(
    session: Session, team: Team, agent: Agent, himself: Scope
) -> None:
    approved_swap(session, make_agent(session, team), agent)
    approved_swap(
        session, agent, make_agent(session, team), swap_on=TUESDAY + 5 * DAY, payback_on=TUESDAY + 3 * DAY
    )
    for on in (TUESDAY, TUESDAY + 3 * DAY):
        with pytest.raises(Refused, match=r"A3\.6"):
            file(session, himself, agent, on)
    for on in (TUESDAY + DAY, TUESDAY + 5 * DAY):  # the other one's to work
        assert file(session, himself, agent, on).status == "requested"


@pytest.mark.parametrize(
    ("start", "end", "holds"),
    [(14, 22, False), (9, 13, True), (9, 14, True), (13, 15, False)],
)
def test_the_hours_of_the_swapped_shift_are_compared_and_not_its_date(
    session: Session, team: Team, agent: Agent, himself: Scope, start: int, end: int, holds: bool
) -> None:
    own = session.scalars(select(Shift).where(Shift.work_on == TUESDAY)).one()
    own.ends_at = local(2026, 11, 24, 13)
    swapped = make_shift(session, agent, TUESDAY, start=14, hours=8)
    approved_swap(session, make_agent(session, team), agent, shift_id=swapped.id)
    if holds:
        assert file(session, himself, agent, **day(TUESDAY, start, end)).status == "requested"
        return
    with pytest.raises(Refused, match=r"14:00 to .* 22:00 was swapped.*A3\.6"):
        file(session, himself, agent, **day(TUESDAY, start, end))


def test_a_swap_that_was_approved_in_the_meantime_bars_leave_that_was_asked_for_before(
    session: Session, team: Team, agent: Agent, himself: Scope, supervisor: Scope
) -> None:
    waiting, elsewhere = file(session, himself, agent), file(session, himself, agent, TUESDAY + 2 * DAY)
    swap = approved_swap(session, make_agent(session, team), agent)
    with pytest.raises(Refused, match=r"swapped shift.*A3\.6"):
        decide(session, supervisor, waiting)
    session.rollback()
    with pytest.raises(Refused, match=r"A3\.6"):
        amend(session, himself, elsewhere, **day(TUESDAY))
    session.rollback()
    assert decide(session, supervisor, elsewhere).status == "approved"
    swap.state = "withdrawn"
    session.commit()
    assert decide(session, supervisor, waiting).status == "approved"


def test_sickness_on_a_swap_day_is_approved_by_exception(
    session: Session, team: Team, agent: Agent, himself: Scope
) -> None:
    approved_swap(session, make_agent(session, team), agent)
    row = file(session, himself, agent, type_="sick", certificate=(TUESDAY, TUESDAY))
    assert row.required_role == "manager"
    with pytest.raises(Refused, match=r"as an exception \(A3\.6\)"):
        decide(session, MANAGER, row)
    session.rollback()
    assert decide(session, MANAGER, row, note="有诊断证明").exceptions == ["A3.6"]


def test_a_request_that_was_amended_leaves_its_time_to_others(
    session: Session, agent: Agent, himself: Scope, supervisor: Scope
) -> None:
    first = file(session, himself, agent)
    moved = amend(session, himself, first, **day(TUESDAY + DAY))
    assert file(session, himself, agent).status == "requested"  # Tuesday is free again
    with pytest.raises(Refused, match="Overlaps"):
        file(session, himself, agent, TUESDAY + DAY)
    session.rollback()
    decide(session, MANAGER, moved)  # two days that adjoin are his
    again = amend(session, himself, moved, **day(TUESDAY + 2 * DAY))
    for on in (TUESDAY + DAY, TUESDAY + 2 * DAY):  # until it is decided both times are taken
        with pytest.raises(Refused, match="Overlaps"):
            file(session, himself, agent, on)
        session.rollback()
    decide(session, supervisor, again)
    assert file(session, himself, agent, TUESDAY + DAY).status == "requested"


def test_the_check_before_filing_writes_nothing(session: Session, agent: Agent, himself: Scope) -> None:
    asked: dict[str, Any] = {"type_": "personal", **day(TUESDAY), "book": BOOK, "now": local(2026, 11, 24, 7)}
    ruling = leave.check_request(session, himself, agent_id=agent.id, **asked)
    assert ruling.can_be_filed and not ruling.is_allowed and ruling.required_role == "manager"
    assert session.scalars(select(Leave)).all() == []
    with pytest.raises(AccessRefused):
        leave.check_request(session, scope("qa"), agent_id=agent.id, **asked)


# Deciding


def test_only_the_level_itself_decides(
    session: Session, agent: Agent, himself: Scope, supervisor: Scope
) -> None:
    row = file(session, himself, agent)
    with pytest.raises(Refused, match=r"not skipped.*A2\.53"):
        decide(session, MANAGER, row)
    with pytest.raises(Refused, match="not skipped"):
        decide(session, scope("executive"), row)
    for nobody in (himself, scope("qa"), scope("administrator")):
        with pytest.raises(AccessRefused):
            decide(session, nobody, row)
    approved = decide(session, supervisor, row, note=" 好 ")
    assert (approved.status, approved.approver, approved.decided_role) == ("approved", "liu", "supervisor")
    assert (approved.decided_at, approved.decision_note) == (NOW, "好")


def test_another_line_does_not_decide_and_hears_the_clause(
    session: Session, agent: Agent, himself: Scope
) -> None:
    row = file(session, himself, agent)
    stranger = scope("supervisor", make_team(session))
    with pytest.raises(leave.CrossedApplication, match=r"A2\.53") as refused:
        decide(session, stranger, row)
    assert isinstance(refused.value, AccessRefused) and isinstance(refused.value, Refused)
    with pytest.raises(AccessRefused):
        leave.withdraw_leave(session, stranger, row.id, expected_version=row.row_version, now=NOW)


def test_nobody_decides_on_his_own_leave(session: Session, team: Team, agent: Agent, himself: Scope) -> None:
    row = file(session, himself, agent)
    lead = make_user(session, "supervisor", [team], agent=agent)
    with pytest.raises(Refused, match="his own leave"):
        decide(session, Scope(lead.id, lead.username, "supervisor", (team.id,)), row)


def test_a_refusal_says_why(session: Session, agent: Agent, himself: Scope, supervisor: Scope) -> None:
    row = file(session, himself, agent)
    with pytest.raises(Refused, match="say why"):
        decide(session, supervisor, row, is_approved=False, note=" \x00 ")
    assert decide(session, supervisor, row, is_approved=False).status == "refused"


def test_a_decision_on_what_has_changed_is_told_so(
    session: Session, agent: Agent, himself: Scope, supervisor: Scope
) -> None:
    row = file(session, himself, agent)
    with pytest.raises(StaleCase, match="just changed"):
        decide(session, supervisor, row, expected_version=row.row_version + 1)
    decide(session, supervisor, row)
    with pytest.raises(StaleCase, match="liu was quicker"):
        decide(session, supervisor, row, is_approved=False)
    with pytest.raises(LookupError):
        leave.decide_leave(
            session, supervisor, 10**6, is_approved=True, note="", expected_version=1, book=BOOK, now=NOW
        )


def test_of_two_who_decide_at_once_the_second_is_told(engine: Engine, session: Session, agent: Agent, himself: Scope, supervisor: Scope) -> None:  # fmt: skip
    row = file(session, himself, agent)
    asked: dict[str, Any] = {"expected_version": row.row_version, "book": BOOK, "now": NOW}

    def approve(other: Session) -> None:
        leave.decide_leave(other, supervisor, row.id, is_approved=True, note="", **asked)

    def refuse(other: Session) -> None:
        leave.decide_leave(other, supervisor, row.id, is_approved=False, note="人手不够", **asked)

    outcomes = at_once(engine, approve, refuse)
    assert sorted(outcomes) == ["done", "stale"], outcomes
    session.refresh(row)
    assert row.status == ("approved" if outcomes[0] == "done" else "refused")
    decided = select(AuditEntry).where(AuditEntry.action.in_(("leave.approved", "leave.refused")))
    assert len(session.scalars(decided).all()) == 1


def test_of_two_who_file_for_the_same_time_at_once_one_is_refused(engine: Engine, session: Session, agent: Agent, himself: Scope) -> None:  # fmt: skip
    def ask(other: Session) -> None:
        leave.file_leave(
            other, himself, agent_id=agent.id, type_="personal", **day(TUESDAY), book=BOOK, now=NOW
        )

    outcomes = at_once(engine, ask, ask)
    assert outcomes.count("done") == 1 and any("Overlaps" in said for said in outcomes), outcomes


def test_what_has_become_impossible_is_not_approved(
    session: Session, agent: Agent, himself: Scope, supervisor: Scope
) -> None:
    row = file(session, himself, agent)
    make_leave(session, agent, local(2026, 11, 24, 14), local(2026, 11, 25, 18))  # from another system
    session.commit()
    with pytest.raises(Refused, match="Overlaps"):
        decide(session, supervisor, row)
    assert decide(session, supervisor, row, is_approved=False).status == "refused"


def test_the_days_are_judged_anew_when_leave_is_decided_and_withdrawn(
    session: Session, agent: Agent, himself: Scope, supervisor: Scope
) -> None:
    late = local(2026, 11, 25, 10)

    def verdict() -> str:
        session.expire_all()
        return session.scalars(select(AttendanceDay.class_).where(AttendanceDay.work_on == TUESDAY)).one()

    row = file(session, himself, agent, now=late)
    assert verdict() == "pending"  # leave for all of it waits
    decide(session, MANAGER, row, note="事后核实", now=late)
    assert verdict() == "on_leave"
    leave.withdraw_leave(
        session, supervisor, row.id, expected_version=row.row_version, now=late, note="当天到岗了"
    )
    session.commit()
    assert verdict() == "absent"
    make_punch(session, agent, local(2026, 11, 24, 9))


# Amending and withdrawing


def amend(session: Session, who: Scope, row: Leave, **values: Any) -> Leave:
    asked: dict[str, Any] = {"expected_version": row.row_version, "now": NOW, **values}
    found = leave.amend_leave(session, who, row.id, book=BOOK, **asked)
    session.commit()
    return found


def test_amending_what_waits_takes_its_place_at_once(session: Session, agent: Agent, himself: Scope) -> None:
    first = file(session, himself, agent)
    second = amend(session, himself, first, **day(TUESDAY, 9, 13))
    assert (first.status, second.status, second.amends_id) == ("amended", "requested", first.id)
    assert (second.revision, second.days, second.reason) == (2, Decimal("0.5"), first.reason)
    with pytest.raises(StaleCase):
        amend(session, himself, first, **day(TUESDAY, 9, 12))


def test_amending_what_was_approved_counts_once_the_amendment_is_approved(
    session: Session, agent: Agent, himself: Scope, supervisor: Scope
) -> None:
    first = decide(session, supervisor, file(session, himself, agent))
    second = amend(session, himself, first, starts_at=first.starts_at, ends_at=local(2026, 11, 25, 18))
    assert (first.status, second.required_role) == ("approved", "manager")
    with pytest.raises(Refused, match="waiting already"):
        amend(session, himself, first, **day(TUESDAY, 9, 12))
    decide(session, MANAGER, second, is_approved=False)
    assert first.status == "approved"
    third = amend(session, himself, first, starts_at=first.starts_at, ends_at=local(2026, 11, 25, 18))
    decide(session, MANAGER, third)
    session.refresh(first)
    assert (first.status, third.status, third.revision) == ("amended", "approved", 3)


def test_leave_that_has_begun_is_shortened_without_notice_and_not_moved(
    session: Session, agent: Agent, himself: Scope, supervisor: Scope
) -> None:
    row = file(session, himself, agent, ends_at=local(2026, 11, 26, 18))
    row = decide(session, MANAGER, row)
    during = local(2026, 11, 25, 17)
    with pytest.raises(Refused, match="only its end"):
        amend(session, himself, row, **day(TUESDAY + DAY), now=during)
    with pytest.raises(Refused, match="as before"):
        amend(session, himself, row, starts_at=row.starts_at, ends_at=row.ends_at, now=during)
    shorter = amend(
        session, himself, row, starts_at=row.starts_at, ends_at=local(2026, 11, 24, 18), now=during
    )
    assert (shorter.violations, shorter.required_role) == ([], "supervisor")
    with pytest.raises(Refused, match="cannot be withdrawn"):
        leave.withdraw_leave(session, himself, row.id, expected_version=row.row_version, now=during)


def test_withdrawing(session: Session, agent: Agent, himself: Scope, supervisor: Scope) -> None:
    row = decide(session, supervisor, file(session, himself, agent))
    waiting = amend(session, himself, row, **day(TUESDAY, 9, 13))
    gone = leave.withdraw_leave(
        session, himself, row.id, expected_version=row.row_version, now=NOW, note="不去了"
    )
    session.commit()
    assert (gone.status, gone.decision_note, waiting.status) == ("withdrawn", "不去了", "withdrawn")
    with pytest.raises(StaleCase):
        leave.withdraw_leave(session, himself, row.id, expected_version=row.row_version, now=NOW)


def test_withdrawing_leave_that_has_begun_needs_a_superior_and_a_reason(
    session: Session, agent: Agent, himself: Scope, supervisor: Scope
) -> None:
    row = decide(session, supervisor, file(session, himself, agent))
    asked: dict[str, Any] = {"expected_version": row.row_version, "now": local(2026, 11, 24, 9)}
    with pytest.raises(Refused, match="say why"):
        leave.withdraw_leave(session, supervisor, row.id, **asked)
    assert leave.withdraw_leave(session, supervisor, row.id, note="没有休", **asked).status == "withdrawn"


# Afterwards


def test_slips_and_certificates_are_noted_and_shown(
    session: Session, agent: Agent, himself: Scope, supervisor: Scope
) -> None:
    row = file(session, himself, agent, type_="sick", ends_at=local(2026, 11, 25, 18))
    row = decide(session, MANAGER, row)
    later = local(2026, 11, 27, 9)
    assert [v.code for v in leave.ruling_of(session, row, BOOK, later).violations] == [
        "certificate_missing",
        "not_reported_back",
    ]
    slip: dict[str, Any] = {
        "certificate_from_on": TUESDAY, "certificate_to_on": TUESDAY, "received_on": date(2026, 11, 27), "book": BOOK, "now": later,
    }  # fmt: skip
    with pytest.raises(AccessRefused):
        leave.receive_slip(session, himself, row.id, expected_version=row.row_version, **slip)
    for wrong in (
        {"certificate_to_on": None},
        {"certificate_to_on": TUESDAY - DAY},
        {"received_on": date(2026, 11, 28)},
    ):
        with pytest.raises(Refused):
            leave.receive_slip(
                session, supervisor, row.id, expected_version=row.row_version, **{**slip, **wrong}
            )
    row = leave.receive_slip(session, supervisor, row.id, expected_version=row.row_version, **slip)
    row = leave.report_back(session, himself, row.id, at=local(2026, 11, 26, 8, 50), expected_version=row.row_version, now=later)  # fmt: skip
    session.commit()
    ruling = leave.ruling_of(session, row, BOOK, later)
    assert [v.code for v in ruling.violations] == ["certificate_gap", "slip_late"]
    assert (ruling.certificate_due_on, ruling.report_back_by) == (date(2026, 11, 26), date(2026, 11, 26))


def test_only_sick_leave_has_a_slip(
    session: Session, agent: Agent, himself: Scope, supervisor: Scope
) -> None:
    row = decide(session, supervisor, file(session, himself, agent))
    with pytest.raises(Refused, match="only sick leave"):
        leave.receive_slip(
            session, supervisor, row.id, certificate_from_on=None, certificate_to_on=None,
            received_on=date(2026, 11, 20), expected_version=row.row_version, book=BOOK, now=NOW,
        )  # fmt: skip


def test_reporting_back(session: Session, agent: Agent, himself: Scope, supervisor: Scope) -> None:
    row = file(session, himself, agent)
    back: dict[str, Any] = {"expected_version": row.row_version, "now": local(2026, 11, 25, 9)}
    with pytest.raises(StaleCase):
        leave.report_back(session, himself, row.id, at=local(2026, 11, 25, 8), **back)
    row = decide(session, supervisor, row)
    back["expected_version"] = row.row_version
    with pytest.raises(Refused, match="before the leave"):
        leave.report_back(session, himself, row.id, at=local(2026, 11, 24, 8), **back)
    with pytest.raises(Refused, match="future"):
        leave.report_back(session, himself, row.id, at=local(2026, 11, 26, 8), **back)
    row = leave.report_back(session, himself, row.id, at=local(2026, 11, 25, 8), **back)
    assert row.returned_at == local(2026, 11, 25, 8)
    with pytest.raises(Refused, match="already"):
        leave.report_back(
            session,
            supervisor,
            row.id,
            at=local(2026, 11, 25, 9),
            expected_version=row.row_version,
            now=back["now"],
        )


# Reading


def test_why_is_read_by_the_person_and_by_who_decides(session: Session, team: Team, agent: Agent, himself: Scope, supervisor: Scope) -> None:  # fmt: skip
    row = file(session, himself, agent, type_="sick", reason="偏头痛")
    colleague = scope("agent", agent=make_agent(session, team))
    stranger = scope("supervisor", make_team(session))
    for who in (himself, supervisor):
        assert (leave.reason_for(who, row), leave.type_for(who, row)) == ("偏头痛", "sick")
    for who in (colleague, stranger, MANAGER, scope("qa"), scope("administrator")):
        assert (leave.reason_for(who, row), leave.type_for(who, row)) == ("", None)


LEVELS = ("supervisor", "manager", "executive", "top")


@pytest.mark.parametrize("status", ["requested", "approved", "refused"])
@pytest.mark.parametrize("required", ["", *LEVELS])
@pytest.mark.parametrize("role", [*LEVELS, "qa", "administrator"])
def test_why_is_read_up_to_the_level_that_decides_and_no_higher(
    session: Session, team: Team, agent: Agent, role: str, required: str, status: str
) -> None:
    row = make_leave(session, agent, **day(TUESDAY), status=status, required_role=required, reason="偏头痛")
    level = LEVELS.index(required or "supervisor")
    reads = role in LEVELS and LEVELS.index(role) <= level
    viewer = scope(role, team) if role == "supervisor" else scope(role)
    assert leave.may_read_reason(viewer, row) is reads
    assert (leave.reason_for(viewer, row), leave.type_for(viewer, row) is None) == (
        "偏头痛" if reads else "",
        not reads,
    )


def test_a_higher_level_reads_why_once_it_has_to_decide_or_has_decided(
    session: Session, agent: Agent, himself: Scope
) -> None:
    row = file(session, himself, agent, type_="sick", reason="偏头痛")
    assert leave.reason_for(MANAGER, row) == ""
    make_shift(
        session, agent, TUESDAY, start=22, hours=9
    )  # a night shift, drawn up since: the manager's by now
    session.commit()
    assert leave.may_decide_now(session, MANAGER, row, BOOK).is_allowed
    assert leave.reason_for(MANAGER, row) == "偏头痛"
    row.status, row.decided_role = "approved", "manager"
    assert leave.reason_for(MANAGER, row) == "偏头痛"


def test_lists_show_what_waits_first_and_only_what_is_in_scope(
    session: Session, team: Team, agent: Agent, himself: Scope, supervisor: Scope
) -> None:
    done = decide(session, supervisor, file(session, himself, agent, TUESDAY - DAY))
    later = file(session, himself, agent, TUESDAY + DAY)
    sooner = file(session, himself, agent, TUESDAY)
    other = make_agent(session)
    theirs = make_leave(session, other, **day(TUESDAY), status="requested")
    assert leave.list_leave(session, supervisor) == [sooner, later, done]
    assert leave.list_leave(session, himself, state="requested") == [sooner, later]
    assert set(leave.list_leave(session, MANAGER)) == {theirs, sooner, later, done}
    assert leave.list_leave(session, MANAGER, agent_id=other.id) == [theirs]
    assert leave.list_leave(session, himself, from_on=TUESDAY, to_on=TUESDAY) == [sooner]
    assert leave.list_leave(session, himself, to_on=TUESDAY - 2 * DAY) == []
    assert leave.get_leave(session, himself, done.id) == done
    with pytest.raises(LookupError):
        leave.get_leave(session, himself, theirs.id)
    with pytest.raises(AccessRefused):
        leave.list_leave(session, scope("qa"))


def test_a_settled_request_keeps_what_was_said_when_the_roster_changes(session: Session, agent: Agent, himself: Scope, supervisor: Scope) -> None:  # fmt: skip
    row = decide(session, supervisor, file(session, himself, agent))
    before = leave.ruling_of(session, row, BOOK, NOW)
    make_shift(session, agent, TUESDAY, start=18, hours=4)
    after = leave.ruling_of(session, row, BOOK, NOW)
    assert (after.days, after.steps, after.required_role) == (before.days, before.steps, before.required_role)


def test_a_request_is_judged_by_the_rulebook_it_was_made_under(
    session: Session, agent: Agent, himself: Scope
) -> None:
    shop = load_rulebook(["ecommerce_shop"])
    row = file(session, himself, agent, ends_at=local(2026, 11, 25, 18), book=shop)
    assert row.required_role == "supervisor"  # up to three days there
    assert leave.ruling_of(session, row, shop, NOW).required_role == "supervisor"


def test_the_account_is_asked_and_drawn(
    session: Session, agent: Agent, himself: Scope, supervisor: Scope
) -> None:
    leave_account.grant(
        session, supervisor, agent_id=agent.id, type_="time_off", days=Decimal("1.5"), effective_on=date(2026, 11, 1),
        note="国庆加班", book=BOOK, now=NOW,
    )  # fmt: skip
    row = file(session, himself, agent, type_="time_off")
    second = file(session, himself, agent, TUESDAY + 2 * DAY, type_="time_off")
    decide(session, supervisor, row)
    with pytest.raises(Refused, match=r"only 0\.5 days"):
        decide(session, supervisor, second)
    assert leave_balances.balance(session, himself, agent.id, "time_off", TUESDAY) == Decimal("0.5")

"""The ledger: proposed from what happened, confirmed or waived by a person, history never rewritten."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from db import ledger, rulebooks
from db.models import AuditEntry, Complaint, ComplaintClock, ComplaintEvent, LedgerEntry
from db.refusals import Refused, StaleCase
from regulations.access import ACCOUNT_ROLES, SYSTEM, AccessRefused, Scope
from regulations.rulebook import Rulebook, load_rulebook
from tests.factories import NOW, make_agent, make_complaint, make_team, make_user, scope

MANAGER = scope("manager", actor="秦岚")
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
START = NOW - 10 * DAY
DUE = NOW - 2 * DAY
LOGISTICS = "物流部"


@pytest.fixture
def book() -> Rulebook:
    return load_rulebook(["goods_sales"])


def add_event(case: Complaint, kind: str, at: datetime, department: str = LOGISTICS, value: str = "") -> None:
    case.events.append(
        ComplaintEvent(kind=kind, at=at, recorded_at=at, actor="test", department=department, value=value)
    )


def add_target(case: Complaint, due_at: datetime = DUE, met_at: datetime | None = None) -> ComplaintClock:
    clock = ComplaintClock(
        clock="rectification",
        ordinal=1 + len(case.clocks),
        department=LOGISTICS,
        started_at=START,
        due_at=due_at,
        due_on=due_at.date(),
        warn_at=due_at,
        met_at=met_at,
        state="on_track",
        clauses=[],
        steps=[],
        limit={},
        rulebook_version="test",
    )
    case.clocks.append(clock)
    return clock


def faulty_case(session: Session, *, cause: str = "own_fault", is_ordered: bool = True) -> Complaint:
    """A case that a department answered: its own fault, and the rectification notice was sent."""
    case = make_complaint(session, received_at=START)
    add_event(case, "forwarded", START + HOUR)
    if is_ordered:
        add_event(case, "rectification_ordered", START + 2 * HOUR)
    add_event(case, "returned", START + DAY, value=cause)
    session.flush()
    return case


def propose(session: Session, case: Complaint, book: Rulebook, now: datetime = NOW) -> list[LedgerEntry]:
    session.flush()
    return ledger.propose_for_case(session, case, book, now)


def decide(
    session: Session, row: LedgerEntry, *, is_confirmed: bool = True, note: str = "", who: Scope = MANAGER
) -> LedgerEntry:
    return ledger.decide_entry(
        session,
        who,
        row.id,
        is_confirmed=is_confirmed,
        note=note,
        expected_version=row.row_version,
        now=NOW,
    )


def shape(rows: list[LedgerEntry]) -> list[tuple[str, Decimal, str, int | None]]:
    return [(row.kind, row.amount, row.state, row.reverses_id) for row in rows]


# Proposing


def test_money_and_points_are_proposed_once_and_logged(session: Session, book: Rulebook) -> None:
    case = faulty_case(session)
    rows = propose(session, case, book)
    assert shape(rows) == [
        ("money", Decimal(200), "proposed", None),
        ("points", Decimal(10), "proposed", None),
    ]
    assert all((r.subject_kind, r.subject, r.clauses) == ("department", LOGISTICS, ["A6.29"]) for r in rows)
    assert propose(session, case, book) == []
    assert propose(session, case, book, NOW + DAY) == []
    assert session.scalars(select(AuditEntry.action)).all() == ["ledger.proposed", "ledger.proposed"]


def test_nothing_is_proposed_without_notice_or_fault_or_amounts(session: Session, book: Rulebook) -> None:
    assert propose(session, faulty_case(session, is_ordered=False), book) == []
    assert propose(session, faulty_case(session, cause="other_cause"), book) == []
    assert propose(session, faulty_case(session), load_rulebook(["office_building_property"])) == []
    dismissed = faulty_case(session)
    dismissed.upheld = "no"
    assert propose(session, dismissed, book) == []


def test_an_upheld_case_verifies_the_fault_of_a_department_that_said_nothing(
    session: Session, book: Rulebook
) -> None:
    case = faulty_case(session, cause="")
    assert propose(session, case, book) == []
    case.upheld = "yes"
    assert [row.amount for row in propose(session, case, book)] == [200, 10]


def test_a_department_that_was_let_out_of_the_case_owes_nothing(session: Session, book: Rulebook) -> None:
    case = make_complaint(session, received_at=START)
    add_event(case, "forwarded", START + HOUR)
    add_event(case, "rectification_ordered", START + 2 * HOUR)
    add_event(case, "recalled", START + 3 * HOUR)
    case.upheld = "yes"
    assert propose(session, case, book) == []


def test_a_late_rectification_raises_it_by_a_new_entry_that_names_the_old(
    session: Session, book: Rulebook
) -> None:
    case = faulty_case(session)
    add_target(case)
    old = propose(session, case, book, DUE)
    new = propose(session, case, book, DUE + timedelta(seconds=1))
    assert shape(new) == [
        ("money", Decimal(400), "proposed", old[0].id),
        ("points", Decimal(20), "proposed", old[1].id),
    ]
    assert shape(old) == [
        ("money", Decimal(200), "proposed", None),
        ("points", Decimal(10), "proposed", None),
    ]
    assert any("净增 200 元" in step["zh"] for step in new[0].steps)
    assert propose(session, case, book, NOW + DAY) == []


def test_measures_found_wanting_raise_it_too(session: Session, book: Rulebook) -> None:
    case = faulty_case(session)
    propose(session, case, book)
    add_event(case, "rectified", START + 2 * DAY)
    add_event(case, "rectification_failed", START + 3 * DAY)
    assert [row.factor for row in propose(session, case, book)] == [2, 2]


def test_a_rectification_in_time_raises_nothing(session: Session, book: Rulebook) -> None:
    case = faulty_case(session)
    propose(session, case, book)
    add_target(case, met_at=DUE)
    assert propose(session, case, book) == []


def test_the_sweep_finds_the_overdue_without_anything_being_recorded(
    session: Session, book: Rulebook
) -> None:
    case = faulty_case(session)
    add_target(case)
    propose(session, case, book, DUE)
    met = faulty_case(session)
    add_target(met, met_at=DUE)
    session.commit()
    assert ledger.propose_overdue(session, book, DUE) == []
    found = ledger.propose_overdue(session, book, NOW)
    assert [(row.complaint_id, row.amount) for row in found] == [(case.id, 400), (case.id, 20)]
    assert ledger.propose_overdue(session, book, NOW + DAY) == []


# A complaint about an agent


def test_the_agent_is_charged_and_the_leader_only_said(session: Session) -> None:
    book = load_rulebook(["ecommerce_shop"])
    agent = make_agent(session)
    case = make_complaint(session, is_service_caused=True, about_agent_id=agent.id, upheld="yes")
    (row,) = propose(session, case, book)
    assert (row.subject_kind, row.subject, row.kind, row.amount) == ("agent", agent.number, "money", 50)
    (said,) = ledger.unpriced_for_case(session, case, book)
    assert said.clause == "A1.19"
    assert propose(session, case, book) == []


def test_a_priced_leader_is_the_one_supervisor_of_the_team_or_the_team_itself(
    session: Session, tmp_path: Path
) -> None:
    site = tmp_path / "site.toml"
    site.write_text(
        '[preset]\nid = "site"\ntitle = "本单位"\n\n[[penalty.rules]]\ntrigger = "service_complaint"\n'
        'subject = "leader"\nkind = "money"\namount = 30\ntitle = "连带"\ntitle_en = "Leader"\n'
        'source = []\nstatus = "product_choice"\n',
        encoding="utf-8",
    )
    book = load_rulebook([], site)
    agent = make_agent(session)
    facts: dict[str, Any] = {"is_service_caused": True, "about_agent_id": agent.id, "upheld": "yes"}
    (row,) = propose(session, make_complaint(session, **facts), book)
    assert (row.subject_kind, row.subject) == ("leader", agent.team.name)
    make_user(session, "supervisor", [agent.team], username="boss")
    (row,) = propose(session, make_complaint(session, **facts), book)
    assert row.subject == "boss"


# What has lost its ground


def test_a_confirmed_penalty_of_a_case_not_upheld_after_all_is_proposed_to_be_taken_back(
    session: Session, book: Rulebook
) -> None:
    case = faulty_case(session)
    old = propose(session, case, book)
    decide(session, old[0])
    case.upheld = "no"
    (back,) = propose(session, case, book)
    assert shape([back]) == [("money", Decimal(0), "proposed", old[0].id)]
    assert propose(session, case, book) == []
    assert ledger.standing_entries([*old, back]) == [old[0]]  # until a person says so
    decide(session, back)
    assert ledger.standing_entries([*old, back]) == []
    assert (old[0].state, old[0].amount) == ("confirmed", 200)


def test_what_the_case_no_longer_calls_for_is_waived_and_not_confirmed(
    session: Session, book: Rulebook
) -> None:
    case = faulty_case(session)
    row = propose(session, case, book)[0]
    rulebooks.publish(session, SYSTEM, book, START.date(), START)
    case.upheld = "no"
    session.flush()
    with pytest.raises(Refused, match="waive it"):
        decide(session, row)
    assert decide(session, row, is_confirmed=False, note="投诉不成立").state == "waived"


def test_a_department_that_got_the_case_again_keeps_what_it_answered_for(
    session: Session, book: Rulebook
) -> None:
    case = faulty_case(session)
    add_event(case, "forwarded", START + 2 * DAY)
    assert [row.amount for row in propose(session, case, book)] == [200, 10]


def test_the_sweep_leaves_what_was_never_ordered_alone(session: Session, book: Rulebook) -> None:
    case = faulty_case(session, is_ordered=False)
    add_target(case)
    session.commit()
    assert ledger.propose_overdue(session, book, NOW) == []


def test_sanctions_without_an_amount_are_said_on_the_case(session: Session) -> None:
    product = load_rulebook(["product_after_sales"])
    case = faulty_case(session, is_ordered=False)
    assert propose(session, case, product) == []
    assert [step.clause for step in ledger.unpriced_for_case(session, case, product)] == ["C4.25", "C4.28"]


# Deciding


def test_a_person_confirms_and_only_then_it_counts(session: Session, book: Rulebook) -> None:
    rows = propose(session, faulty_case(session), book)
    assert ledger.standing_entries(rows) == []
    done = decide(session, rows[0])
    assert (done.state, done.decided_by, done.decided_at) == ("confirmed", "秦岚", NOW)
    assert ledger.standing_entries(rows) == [rows[0]]
    assert session.scalars(select(AuditEntry.action)).all()[-1] == "ledger.confirmed"


def test_a_waiver_says_why(session: Session, book: Rulebook) -> None:
    row = propose(session, faulty_case(session), book)[0]
    with pytest.raises(Refused, match="say why"):
        decide(session, row, is_confirmed=False, note=" ")
    assert decide(session, row, is_confirmed=False, note="首次,从宽").state == "waived"


@pytest.mark.parametrize("role", ACCOUNT_ROLES)
def test_only_the_leadership_decides(session: Session, book: Rulebook, role: str) -> None:
    row = propose(session, faulty_case(session), book)[0]
    who = Scope(None, role, role, None)
    if role in ("manager", "executive", "top"):
        assert decide(session, row, who=who).decided_by == role
    else:
        with pytest.raises(AccessRefused):
            decide(session, row, who=who)


def test_another_teams_entry_is_out_of_reach(session: Session, book: Rulebook) -> None:
    row = propose(session, faulty_case(session), book)[0]
    stranger = scope("manager", make_team(session))
    with pytest.raises(AccessRefused):
        decide(session, row, who=stranger)
    assert list(ledger.list_entries(session, stranger)) == []


def test_confirming_the_raise_settles_the_proposal_it_takes_the_place_of(
    session: Session, book: Rulebook
) -> None:
    case = faulty_case(session)
    add_target(case)
    old = propose(session, case, book, DUE)
    new = propose(session, case, book, NOW)
    with pytest.raises(Refused, match=f"entry {new[0].id}"):
        decide(session, old[0])
    decide(session, new[0])
    assert (old[0].state, old[0].amount) == ("waived", 200)
    assert str(new[0].id) in old[0].decision_note
    assert [e.amount for e in ledger.standing_entries([*old, *new])] == [400]


def test_waiving_the_raise_leaves_the_first_proposal_to_be_decided(session: Session, book: Rulebook) -> None:
    case = faulty_case(session)
    add_target(case)
    old = propose(session, case, book, DUE)
    new = propose(session, case, book, NOW)
    decide(session, new[0], is_confirmed=False, note="已补救")
    assert decide(session, old[0]).state == "confirmed"
    assert [e.amount for e in ledger.standing_entries([*old, *new])] == [200]
    assert propose(session, case, book, NOW + DAY) == []


def test_a_raise_of_what_was_confirmed_leaves_that_entry_as_it_was(session: Session, book: Rulebook) -> None:
    case = faulty_case(session)
    add_target(case)
    old = propose(session, case, book, DUE)
    decide(session, old[0])
    new = propose(session, case, book, NOW)
    decide(session, new[0])
    assert (old[0].state, old[0].amount, old[0].decided_by) == ("confirmed", 200, "秦岚")
    assert [e.amount for e in ledger.standing_entries([*old, *new])] == [400]


def test_the_second_of_two_is_told_by_whom(session: Session, book: Rulebook) -> None:
    row = propose(session, faulty_case(session), book)[0]
    seen = row.row_version
    decide(session, row)
    with pytest.raises(StaleCase, match="秦岚"):
        ledger.decide_entry(
            session, MANAGER, row.id, is_confirmed=False, note="免", expected_version=seen, now=NOW
        )
    assert row.state == "confirmed"


def test_a_version_that_was_not_seen_is_refused(session: Session, book: Rulebook) -> None:
    row = propose(session, faulty_case(session), book)[0]
    with pytest.raises(StaleCase):
        ledger.decide_entry(
            session, MANAGER, row.id, is_confirmed=True, note="", expected_version=99, now=NOW
        )


# Reading


def test_proposals_stand_first_the_oldest_and_largest_on_top(session: Session, book: Rulebook) -> None:
    case = faulty_case(session)
    money, points = propose(session, case, book)
    other_money, other_points = propose(session, faulty_case(session), book, NOW - DAY)
    decide(session, money)
    found = [row.id for row in ledger.list_entries(session, MANAGER)]
    assert found == [other_money.id, other_points.id, points.id, money.id]
    assert [r.id for r in ledger.list_entries(session, MANAGER, complaint_id=case.id)] == [
        points.id,
        money.id,
    ]
    assert [r.id for r in ledger.list_entries(session, MANAGER, state="confirmed")] == [money.id]


@pytest.mark.parametrize("role", ["agent", "qa", "administrator"])
def test_who_does_not_see_complaints_sees_no_entries(session: Session, role: str) -> None:
    with pytest.raises(AccessRefused):
        ledger.list_entries(session, Scope(None, role, role, None))

"""Complaints: who sees them, how they get their numbers and clocks, and what two people at once may do."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from db import clocks, complaints, rulebooks
from db.models import Agent, AuditEntry, Callback, Complaint, ComplaintClock
from db.refusals import Refused
from regulations.access import ACCOUNT_ROLES, CAPABILITIES, SYSTEM, AccessRefused, Scope
from regulations.rulebook import Rulebook, load_rulebook
from tests.factories import NOW, local, make_agent, make_complaint, make_team, make_user, scope
from tests.regulations.site_books import book_of

RECEIVED = local(2026, 11, 16, 9, 30)  # a Monday
MANAGER = scope("manager", actor="秦岚")
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def book() -> Rulebook:
    return load_rulebook()


def site_book(tmp_path: Path, *lines: str) -> Rulebook:
    site = tmp_path / "site.toml"
    head = '[preset]\nid = "site"\ntitle = "本单位"\n\n[complaint]\n'
    site.write_text(head + "\n".join(lines) + "\n", encoding="utf-8")
    return load_rulebook((), site)


def register(session: Session, book: Rulebook, agent: Agent | None = None, **changes: object) -> Complaint:
    values = {
        "received_at": RECEIVED,
        "channel": "phone",
        "category": "delivery",
        "summary": "送货晚了三天",
        "agent": agent or make_agent(session),
        "book": book,
        "now": RECEIVED + timedelta(minutes=5),
        **changes,
    }
    return complaints.register(session, values.pop("scope", MANAGER), **values)  # type: ignore[arg-type]


def record(
    session: Session, complaint: Complaint, book: Rulebook, kind: str, at: datetime, **changes: object
) -> None:
    values: dict[str, Any] = {"note": "", "expected_version": complaint.row_version, "now": at, **changes}
    complaints.record_event(
        session,
        values.pop("scope", MANAGER),
        complaint,
        kind,
        at,
        book=book,
        **values,
    )


def clock(complaint: Complaint, name: str, ordinal: int = 1) -> ComplaintClock:
    return next(c for c in complaint.clocks if (c.clock, c.ordinal) == (name, ordinal))


# Registering


def test_a_registered_complaint_has_number_event_clocks_and_a_log_line(
    session: Session, book: Rulebook
) -> None:
    complaint = register(session, book)
    session.commit()
    assert complaint.number == "TS-20261116-001"
    assert (complaint.status, complaint.received_on) == ("open", date(2026, 11, 16))
    assert [e.kind for e in complaint.events] == ["received", "registered"]
    assert clock(complaint, "forward").due_at == RECEIVED + 4 * HOUR
    assert clock(complaint, "first_feedback").due_at == local(2026, 11, 18, 23, 59, 59)
    assert clock(complaint, "first_feedback").due_on == date(2026, 11, 18)
    assert all(c.rulebook_version == book.version and c.steps and c.clauses for c in complaint.clocks)
    assert session.scalars(select(AuditEntry.action)).all() == ["complaint.registered"]


def test_the_number_counts_within_the_local_day_not_the_utc_day(session: Session, book: Rulebook) -> None:
    agent = make_agent(session)
    late = local(2026, 11, 16, 23, 59)
    numbers = [
        register(session, book, agent, received_at=at, now=at + HOUR).number
        for at in (RECEIVED, late, late + timedelta(minutes=1), late + 7 * HOUR)
    ]
    assert numbers == ["TS-20261116-001", "TS-20261116-002", "TS-20261117-001", "TS-20261117-002"]


def test_after_nine_hundred_and_ninety_nine_comes_a_thousand(session: Session, book: Rulebook) -> None:
    agent = make_agent(session)
    make_complaint(session, agent, RECEIVED, number="TS-20261116-999")
    make_complaint(session, agent, RECEIVED, number="TS-20261116-ABC")
    assert register(session, book, agent).number == "TS-20261116-1000"
    assert register(session, book, agent).number == "TS-20261116-1001"


@pytest.mark.parametrize(
    "changes",
    [
        {"channel": "carrier pigeon"},
        {"severity": "apocalyptic"},
        {"summary": " \n"},
        {"received_at": RECEIVED + timedelta(hours=1)},
        {"kind": "宇宙级投诉"},
        {"category": "自由填写"},
        {"source_operator": "telegraph"},
        {"cause_class": "质量"},  # only the rulebook of C4 has classes
        {"customer_phone": "1" * 41},
        {"product": "云" * 81},
    ],
)
def test_facts_that_no_complaint_can_have_are_refused_and_leave_nothing(
    session: Session, book: Rulebook, changes: dict[str, object]
) -> None:
    agent = make_agent(session)
    with pytest.raises(Refused):
        register(session, book, agent, **changes)
    assert session.scalars(select(Complaint)).all() == []


def test_a_complaint_taken_up_again_names_the_one_before(session: Session, book: Rulebook) -> None:
    first = register(session, book)
    second = register(session, book, first.agent, previous=first)
    assert second.previous_id == first.id and second.number != first.number


def test_an_agent_registers_for_himself_and_for_nobody_else(session: Session, book: Rulebook) -> None:
    agent = make_agent(session)
    colleague = make_agent(session, agent.team)
    viewer = scope("agent", agent=agent)
    assert register(session, book, agent, scope=viewer).agent_id == agent.id
    with pytest.raises(AccessRefused):
        register(session, book, colleague, scope=viewer)


def test_nobody_is_made_responsible_who_has_left(session: Session, book: Rulebook) -> None:
    with pytest.raises(Refused):
        register(session, book, make_agent(session, is_active=False))


def test_the_case_taken_up_again_must_be_in_scope(session: Session, book: Rulebook) -> None:
    elsewhere, agent = register(session, book), make_agent(session)
    with pytest.raises(AccessRefused):
        register(session, book, agent, scope=scope("supervisor", agent.team), previous=elsewhere)


def test_everything_that_was_said_is_kept_and_tidied(session: Session, book: Rulebook) -> None:
    agent = make_agent(session)
    complaint = register(
        session,
        book,
        agent,
        customer_phone="１３８ 1234\x00 5678",
        customer_name=" 王  芳 ",
        order_ref="ＤＤ-9",
        customer_demand=" 退款 ",
        source_operator="unicom",
        about_agent=agent,
        is_incident=True,
    )
    session.commit()
    assert (complaint.customer_phone, complaint.customer_name, complaint.order_ref) == (
        "138 1234 5678",
        "王 芳",
        "DD-9",
    )
    assert (complaint.customer_demand, complaint.source_operator) == ("退款", "unicom")
    assert complaint.is_service_caused and complaint.is_incident
    assert [e.kind for e in complaint.events] == ["received", "registered", "incident"]
    assert clock(complaint, "incident_report").met_at is None


def test_the_least_loaded_is_suggested_and_only_of_ones_own_teams(session: Session, book: Rulebook) -> None:
    team = make_team(session)
    busy, idle = make_agent(session, team, "K1"), make_agent(session, team, "K2")
    make_agent(session, team, "K0", is_active=False)
    make_agent(session, number="A0")
    lead = scope("supervisor", team)
    assert complaints.least_loaded(session, lead) == busy  # equals: the lowest staff number
    case = register(session, book, busy)
    assert complaints.least_loaded(session, lead) == idle
    complaints.change_handler(
        session,
        MANAGER,
        case,
        idle,
        note="",
        expected_version=case.row_version,
        book=book,
        now=RECEIVED + HOUR,
    )
    assert complaints.least_loaded(session, lead) == busy  # what counts is who works on it
    assert complaints.least_loaded(session, scope("supervisor")) is None


def test_two_clerks_registering_at_once_get_two_numbers(engine: Engine, book: Rulebook) -> None:
    with Session(engine) as session:
        agent_id = make_agent(session).id
        session.commit()
    barrier, numbers, failures = threading.Barrier(2), list[str](), list[BaseException]()

    def clerk() -> None:
        try:
            barrier.wait()
            for _ in range(8):
                with Session(engine) as session:
                    agent = session.get(Agent, agent_id)
                    numbers.append(register(session, book, agent).number)
                    session.commit()
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=clerk) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert sorted(numbers) == [f"TS-20261116-{n:03d}" for n in range(1, 17)]


# Events and clocks


def test_events_meet_clocks_at_the_time_they_happened(session: Session, book: Rulebook) -> None:
    complaint = register(session, book)
    record(
        session,
        complaint,
        book,
        "forwarded",
        RECEIVED + 2 * HOUR,
        department="储运部",
        now=RECEIVED + 5 * HOUR,
    )
    session.commit()
    assert clock(complaint, "forward").met_at == RECEIVED + 2 * HOUR
    assert clock(complaint, "forward").state == "met"
    assert complaint.department == "储运部"


def test_a_deadline_once_set_never_moves(session: Session, book: Rulebook, tmp_path: Path) -> None:
    complaint = register(session, book)
    rulebooks.publish(session, SYSTEM, book, date(2026, 1, 1), NOW)
    before = {(c.clock, c.ordinal): (c.due_at, c.rulebook_version) for c in complaint.clocks}
    stricter = site_book(
        tmp_path, 'forward_within = { value = 1, unit = "hour", source = [], status = "product_choice" }'
    )
    complaints.set_clocks(session, complaint, stricter, RECEIVED + DAY)
    record(session, complaint, stricter, "forwarded", RECEIVED + 3 * HOUR, now=RECEIVED + DAY)
    after = {(c.clock, c.ordinal): (c.due_at, c.rulebook_version) for c in complaint.clocks}
    assert after == before
    assert clock(complaint, "forward").state == "met"


def test_setting_clocks_twice_makes_nothing_twice(session: Session, book: Rulebook) -> None:
    complaint = register(session, book)
    session.commit()
    assert complaints.set_clocks(session, complaint, book, RECEIVED + timedelta(minutes=6)) == 0


def test_a_late_answer_stays_late_although_it_came_between_two_sweeps(
    session: Session, book: Rulebook
) -> None:
    complaint = register(session, book)
    late = clock(complaint, "first_feedback").due_at + timedelta(seconds=1)
    record(session, complaint, book, "first_feedback", late)
    session.commit()
    assert clock(complaint, "first_feedback").state == "breached"
    seen = complaints.list_complaints(
        session, MANAGER, now=late + DAY, clock="first_feedback", state="breached"
    )
    assert seen == [complaint]


def test_the_last_second_is_in_time(session: Session, book: Rulebook) -> None:
    complaint = register(session, book)
    due = clock(complaint, "first_feedback").due_at
    record(session, complaint, book, "first_feedback", due + timedelta(microseconds=999_999))
    session.commit()
    session.expire_all()
    assert clock(complaint, "first_feedback").state == "met"
    assert (
        complaints.list_complaints(session, MANAGER, now=due + DAY, clock="first_feedback", state="breached")
        == []
    )


def test_status_follows_the_order_of_what_happened_not_of_recording(session: Session, book: Rulebook) -> None:
    complaint = register(session, book)
    record(session, complaint, book, "closed", RECEIVED + 20 * HOUR)
    assert (complaint.status, complaint.closed_at) == ("closed", RECEIVED + 20 * HOUR)
    record(session, complaint, book, "final_feedback", RECEIVED + 10 * HOUR, now=RECEIVED + 21 * HOUR)
    assert complaint.status == "closed"
    assert clock(complaint, "final_feedback").met_at == RECEIVED + 10 * HOUR


def test_a_reopened_case_is_open_and_its_clocks_run_again(session: Session, book: Rulebook) -> None:
    complaint = register(session, book)
    record(session, complaint, book, "final_feedback", RECEIVED + 20 * HOUR)
    assert complaint.status == "answered"
    record(session, complaint, book, "closed", RECEIVED + 21 * HOUR)
    record(session, complaint, book, "reopened", RECEIVED + 3 * DAY)
    session.commit()
    assert (complaint.status, complaint.closed_at) == ("open", None)
    assert clock(complaint, "final_feedback", 1).state == "met"
    assert clock(complaint, "final_feedback", 2).met_at is None
    assert clock(complaint, "final_feedback", 2).started_at == RECEIVED + 3 * DAY


def test_progress_contacts_come_round_until_the_case_is_answered(session: Session, book: Rulebook) -> None:
    complaint = register(session, book)
    record(session, complaint, book, "first_feedback", RECEIVED + DAY)
    record(session, complaint, book, "progress_contact", RECEIVED + 2 * DAY)
    record(session, complaint, book, "final_feedback", RECEIVED + 3 * DAY)
    rounds = [c for c in complaint.clocks if c.clock == "progress"]
    assert [(c.ordinal, c.state) for c in sorted(rounds, key=lambda c: c.ordinal)] == [(1, "met"), (2, "met")]


def test_rounds_that_a_late_record_shows_were_never_owed_are_withdrawn(
    session: Session, book: Rulebook
) -> None:
    complaint = register(session, book)
    record(session, complaint, book, "first_feedback", RECEIVED + HOUR)
    complaints.set_clocks(session, complaint, book, RECEIVED + 8 * DAY)
    session.commit()
    assert len([c for c in complaint.clocks if c.clock == "progress"]) > 2
    record(session, complaint, book, "final_feedback", RECEIVED + 5 * HOUR, now=RECEIVED + 9 * DAY)
    session.commit()
    session.expire_all()
    assert [c.ordinal for c in complaint.clocks if c.clock == "progress"] == [1]
    assert "clock.withdrawn" in session.scalars(select(AuditEntry.action)).all()


def test_a_pause_extends_a_deadline_only_where_the_rulebook_allows_it(
    session: Session, book: Rulebook, tmp_path: Path
) -> None:
    pausing = site_book(
        tmp_path,
        'pause_clock_when_waiting_customer = { value = true, source = [], status = "product_choice" }',
    )
    for rules, moved in ((book, False), (pausing, True)):
        complaint = register(session, rules)
        due = clock(complaint, "forward").due_at
        record(session, complaint, rules, "waiting_customer", RECEIVED + HOUR)
        assert clock(complaint, "forward").state == ("on_hold" if moved else "on_track")
        record(session, complaint, rules, "resumed", RECEIVED + 2 * HOUR)
        assert clock(complaint, "forward").due_at == due + (HOUR if moved else timedelta(0))
        assert clock(complaint, "forward").state == "on_track"


@pytest.mark.parametrize(
    ("kind", "at"),
    [
        ("received", RECEIVED + HOUR),
        ("nonsense", RECEIVED + HOUR),
        ("forwarded", RECEIVED - timedelta(seconds=1)),
        ("forwarded", RECEIVED + 40 * DAY),
        ("reopened", RECEIVED + HOUR),
    ],
)
def test_an_event_that_cannot_have_happened_is_refused(
    session: Session, book: Rulebook, kind: str, at: datetime
) -> None:
    complaint = register(session, book)
    with pytest.raises(Refused) as refused:
        record(session, complaint, book, kind, at, now=RECEIVED + 2 * HOUR)
    assert refused.value.zh and refused.value.en
    assert [e.kind for e in complaint.events] == ["received", "registered"]


def test_a_closed_case_takes_notes_and_what_happened_before_but_nothing_new(
    session: Session, book: Rulebook
) -> None:
    complaint = register(session, book)
    record(session, complaint, book, "closed", RECEIVED + DAY)
    record(session, complaint, book, "note", RECEIVED + 2 * DAY)
    for kind in ("forwarded", "closed"):
        with pytest.raises(Refused, match="closed"):
            record(session, complaint, book, kind, RECEIVED + 3 * DAY)


def test_the_same_event_is_not_recorded_twice(session: Session, book: Rulebook) -> None:
    complaint = register(session, book)
    record(session, complaint, book, "forwarded", RECEIVED + HOUR)
    with pytest.raises(Refused, match="already recorded"):
        record(session, complaint, book, "forwarded", RECEIVED + HOUR)
    session.commit()
    assert [e.kind for e in complaint.events] == ["received", "registered", "forwarded"]


# Two people, one case


def test_the_second_of_two_people_is_told_that_the_case_has_changed(session: Session, book: Rulebook) -> None:
    complaint = register(session, book)
    session.commit()
    seen_by_both = complaint.row_version
    record(session, complaint, book, "forwarded", RECEIVED + HOUR)
    with pytest.raises(complaints.StaleCase):
        record(session, complaint, book, "note", RECEIVED + 2 * HOUR, expected_version=seen_by_both)
    record(session, complaint, book, "note", RECEIVED + 2 * HOUR)
    assert complaint.row_version == seen_by_both + 2


def test_of_two_people_writing_at_the_same_moment_exactly_one_succeeds(
    engine: Engine, book: Rulebook
) -> None:
    with Session(engine) as session:
        complaint = register(session, book)
        session.commit()
        number, version = complaint.number, complaint.row_version
    barrier, outcomes = threading.Barrier(2), list[str]()

    def colleague(minutes: int) -> None:
        with Session(engine) as session:
            case = complaints.get_complaint(session, MANAGER, number)
            session.commit()
            barrier.wait()
            at = RECEIVED + timedelta(minutes=minutes)
            try:
                record(session, case, book, "forwarded", at, expected_version=version)
                session.commit()
                outcomes.append("recorded")
            except complaints.StaleCase:
                outcomes.append("stale")

    threads = [threading.Thread(target=colleague, args=(n,)) for n in (10, 11)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["recorded", "stale"]
    with Session(engine) as session:
        case = complaints.get_complaint(session, MANAGER, number)
        assert [e.kind for e in case.events] == ["received", "registered", "forwarded"]
        assert case.row_version == version + 1


# The callback that an answer makes owed


def test_an_answered_complaint_owes_one_callback_by_somebody_else(session: Session, book: Rulebook) -> None:
    team = make_team(session)
    handler, colleague = make_agent(session, team), make_agent(session, team)
    complaint = register(session, book, handler)
    record(session, complaint, book, "final_feedback", RECEIVED + DAY)
    record(session, complaint, book, "closed", RECEIVED + DAY + HOUR)
    session.commit()
    owed = session.scalars(select(Callback)).one()
    assert (owed.kind, owed.agent_id, owed.handler_id) == ("complaint", colleague.id, handler.id)
    assert owed.arisen_at == RECEIVED + DAY
    assert owed.number == "HF-20261117-001"


def test_a_case_answered_again_after_a_reopening_owes_another_callback(
    session: Session, book: Rulebook
) -> None:
    complaint = register(session, book)
    for kind, days in (("closed", 1), ("reopened", 2), ("closed", 3)):
        record(session, complaint, book, kind, RECEIVED + days * DAY)
    assert len(session.scalars(select(Callback)).all()) == 2


# Lists


def test_lists_are_narrowed_by_every_filter(session: Session, book: Rulebook) -> None:
    agent = make_agent(session)
    one = register(session, book, agent)
    two = register(session, book, agent, category="refund", received_at=RECEIVED + DAY, now=RECEIVED + DAY)
    record(session, two, book, "forwarded", RECEIVED + DAY + HOUR, department="财务部")
    record(session, two, book, "recalled", RECEIVED + DAY + 2 * HOUR, department="财务部")
    record(session, two, book, "closed", RECEIVED + 2 * DAY)
    now = RECEIVED + 2 * DAY

    def numbers(**filters: object) -> list[str]:
        return [c.number for c in complaints.list_complaints(session, MANAGER, now=now, **filters)]  # type: ignore[arg-type]

    assert numbers() == [two.number, one.number]
    assert numbers(status="closed") == [two.number]
    assert numbers(category="delivery") == [one.number]
    assert numbers(department="财务部") == [two.number]
    assert numbers(from_on=date(2026, 11, 17)) == [two.number]
    assert numbers(to_on=date(2026, 11, 16)) == [one.number]
    assert numbers(team_id=agent.team_id + 1) == []
    assert numbers(limit=1) == [two.number]
    assert numbers(clock="forward", state="breached") == [one.number]
    assert numbers(clock="forward", state="met") == [two.number]
    assert numbers(state="on_hold") == []
    with pytest.raises(KeyError):
        numbers(state="nonsense")


def test_the_due_list_has_overdue_first_and_nothing_that_is_met_or_later(
    session: Session, book: Rulebook
) -> None:
    agent = make_agent(session)
    old = register(session, book, agent)
    new = register(session, book, agent, received_at=RECEIVED + DAY, now=RECEIVED + DAY)
    record(session, old, book, "forwarded", RECEIVED + HOUR)
    now = RECEIVED + DAY + 2 * HOUR
    due = complaints.list_clocks_due(session, MANAGER, now=now, until=now + 3 * HOUR)
    assert [(c.complaint.number, c.clock) for c in due if c.clock == "forward"] == [(new.number, "forward")]
    assert [c.due_at for c in due] == sorted(c.due_at for c in due)
    assert all(c.met_at is None and c.due_at <= now + 3 * HOUR for c in due)
    later = due[-1].due_at
    assert any(c.due_at == later for c in complaints.list_clocks_due(session, MANAGER, now=now, until=later))


def test_what_a_closed_case_never_met_is_breached_but_no_longer_work(
    session: Session, book: Rulebook
) -> None:
    complaint = register(session, book)
    record(session, complaint, book, "closed", RECEIVED + DAY)
    now = RECEIVED + 2 * DAY
    assert clock(complaint, "forward").met_at is None
    assert complaints.list_clocks_due(session, MANAGER, now=now, until=now) == []
    assert complaints.list_complaints(session, MANAGER, now=now, clock="forward", state="breached") == [
        complaint
    ]


def test_lists_do_not_ask_the_database_once_per_row(
    session: Session, statements: list[str], book: Rulebook
) -> None:
    agent = make_agent(session)
    for _ in range(6):
        register(session, book, agent)
    session.commit()
    session.expunge_all()
    statements.clear()
    rows = complaints.list_complaints(session, MANAGER, now=NOW)
    assert [(c.team.name, c.agent.name, len(c.clocks)) for c in rows]
    due = complaints.list_clocks_due(session, MANAGER, now=NOW, until=NOW)
    assert [(c.complaint.number, c.complaint.agent.name) for c in due]
    assert len(statements) <= 4, statements


# The sweep


def test_the_sweep_notes_each_breach_once_as_of_its_deadline(session: Session, book: Rulebook) -> None:
    complaint = register(session, book)
    session.commit()
    due = clock(complaint, "forward").due_at
    assert complaints.sweep(session, due) == 0
    assert complaints.sweep(session, due + timedelta(seconds=1)) == 1
    assert complaints.sweep(session, due + HOUR) == 0
    session.commit()
    session.expire_all()
    assert clock(complaint, "forward").breach_recorded_at == due + timedelta(seconds=1)
    noted = session.scalars(select(AuditEntry).where(AuditEntry.action == "clock.breached")).one()
    assert (noted.at, noted.object_id, noted.detail["clock"]) == (due, str(complaint.id), "forward")


def test_the_sweep_also_notes_what_was_answered_late_before_it_ran(session: Session, book: Rulebook) -> None:
    complaint = register(session, book)
    record(session, complaint, book, "forwarded", RECEIVED + 5 * HOUR)
    session.commit()
    assert complaints.sweep(session, RECEIVED + 6 * HOUR) == 1


def test_a_breach_that_a_late_record_disproves_is_taken_back(session: Session, book: Rulebook) -> None:
    complaint = register(session, book)
    complaints.sweep(session, RECEIVED + 6 * HOUR)
    session.expire_all()
    record(session, complaint, book, "forwarded", RECEIVED + HOUR, now=RECEIVED + 7 * HOUR)
    assert clock(complaint, "forward").breach_recorded_at is None
    assert clock(complaint, "forward").state == "met"


def test_two_sweeps_at_once_note_a_breach_once(engine: Engine, book: Rulebook) -> None:
    with Session(engine) as session:
        for _ in range(5):
            register(session, book)
        session.commit()
    barrier, counted = threading.Barrier(2), list[int]()

    def sweep() -> None:
        barrier.wait()
        with Session(engine) as session:
            counted.append(complaints.sweep(session, RECEIVED + 5 * HOUR))
            session.commit()

    threads = [threading.Thread(target=sweep) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(counted) == 5


def test_the_sweep_begins_the_next_round_where_a_contact_was_missed(
    session: Session, book: Rulebook, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rulebooks, "configured", lambda: book)
    complaint = register(session, book)
    record(session, complaint, book, "first_feedback", RECEIVED + HOUR)
    session.commit()
    first = clock(complaint, "progress")
    complaints.sweep(session, first.due_at + HOUR)
    session.commit()
    session.expire_all()
    assert clock(complaint, "progress", 1).state == "breached"
    assert clock(complaint, "progress", 2).started_at == first.due_at
    assert clock(complaint, "progress", 2).met_at is None


# Changes, handlers, leadership


@pytest.mark.parametrize(
    ("kind", "value", "attribute"),
    [
        ("kind_changed", "refund", "category"),
        ("kind_changed", "一般投诉", "kind"),
        ("severity_changed", "serious", "severity"),
    ],
)
def test_a_change_is_kept_on_the_case_and_in_its_history(
    session: Session, book: Rulebook, kind: str, value: str, attribute: str
) -> None:
    complaint = register(session, book)
    record(session, complaint, book, kind, RECEIVED + HOUR, value=value)
    assert getattr(complaint, attribute) == value
    assert complaint.events[-1].value == value


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("kind_changed", ""),
        ("kind_changed", "serious"),
        ("severity_changed", "refund"),
        ("note", "x"),
        ("returned", "yes"),
    ],
)
def test_a_change_to_what_the_rulebook_does_not_know_is_refused(
    session: Session, book: Rulebook, kind: str, value: str
) -> None:
    complaint = register(session, book)
    with pytest.raises(Refused):
        record(session, complaint, book, kind, RECEIVED + HOUR, value=value)


def test_upheld_or_not_is_what_was_decided_last(session: Session, book: Rulebook) -> None:
    complaint = register(session, book)
    assert complaint.upheld == "open"
    record(session, complaint, book, "not_upheld", RECEIVED + HOUR)
    assert complaint.upheld == "no"
    record(session, complaint, book, "upheld", RECEIVED + 2 * HOUR)
    assert complaint.upheld == "yes"


@pytest.mark.parametrize(
    ("field", "first", "later", "kept"),
    [
        ("upheld", ("not_upheld", ""), ("upheld", ""), "yes"),
        ("severity", ("severity_changed", "ordinary"), ("severity_changed", "serious"), "serious"),
        ("category", ("kind_changed", "billing"), ("kind_changed", "refund"), "refund"),
        ("department", ("forwarded", ""), ("forwarded", ""), "质量部"),
    ],
)
def test_what_happened_last_counts_also_when_something_earlier_is_recorded_later(
    session: Session,
    book: Rulebook,
    field: str,
    first: tuple[str, str],
    later: tuple[str, str],
    kept: str,
) -> None:
    complaint = register(session, book)
    to = {"forwarded": ("储运部", "质量部")}
    departments = to.get(first[0], ("", ""))
    record(session, complaint, book, later[0], RECEIVED + 2 * HOUR, value=later[1], department=departments[1])
    record(
        session, complaint, book, first[0], RECEIVED + HOUR, value=first[1], department=departments[0],
        now=RECEIVED + 3 * HOUR,
    )  # fmt: skip
    assert getattr(complaint, field) == kept


def test_a_mistake_put_right_at_the_same_moment_counts_as_it_was_put_right(
    session: Session, book: Rulebook
) -> None:
    complaint = register(session, book)
    record(session, complaint, book, "not_upheld", RECEIVED + HOUR)
    record(session, complaint, book, "upheld", RECEIVED + HOUR, now=RECEIVED + HOUR + timedelta(minutes=1))
    assert complaint.upheld == "yes"


@pytest.mark.parametrize("kind", ["closed", "final_feedback"])
def test_a_case_is_not_answered_at_the_very_moment_at_which_it_was_reopened(
    session: Session, book: Rulebook, kind: str
) -> None:
    """Two events of one second are taken in the order of a case: it would count as reopened after it."""
    complaint = register(session, book)
    record(session, complaint, book, "final_feedback", RECEIVED + HOUR)
    record(session, complaint, book, "reopened", RECEIVED + DAY)
    with pytest.raises(Refused, match="give a later time"):
        record(session, complaint, book, kind, RECEIVED + DAY)
    record(session, complaint, book, kind, RECEIVED + DAY + timedelta(seconds=1))
    assert complaint.status == ("closed" if kind == "closed" else "answered")


def test_who_was_quicker_is_told_by_the_name_that_colleagues_know(session: Session, book: Rulebook) -> None:
    complaint = register(session, book)
    seen = complaint.row_version
    make_user(session, "manager", username="lixia", display_name="李霞")
    record(session, complaint, book, "note", RECEIVED + HOUR, note="x", scope=scope("manager", actor="lixia"))
    with pytest.raises(Refused, match="李霞 has just recorded"):
        record(session, complaint, book, "note", RECEIVED + 2 * HOUR, note="y", expected_version=seen)


def test_an_incident_is_declared_before_it_is_reported(session: Session, book: Rulebook) -> None:
    complaint = register(session, book)
    with pytest.raises(Refused, match="declare it one first"):
        record(session, complaint, book, "incident_reported", RECEIVED + HOUR)
    record(session, complaint, book, "incident", RECEIVED + HOUR)
    record(session, complaint, book, "incident_reported", RECEIVED + 2 * HOUR)
    assert complaint.is_incident
    assert clock(complaint, "incident_report").met_at == RECEIVED + 2 * HOUR


def test_waiting_and_resuming_alternate(session: Session, book: Rulebook) -> None:
    complaint = register(session, book)
    with pytest.raises(Refused):
        record(session, complaint, book, "resumed", RECEIVED + HOUR)
    record(session, complaint, book, "waiting_customer", RECEIVED + HOUR)
    with pytest.raises(Refused):
        record(session, complaint, book, "waiting_customer", RECEIVED + 2 * HOUR)
    record(session, complaint, book, "resumed", RECEIVED + 3 * HOUR)


def test_an_answered_case_can_be_reopened_before_it_is_closed(session: Session, book: Rulebook) -> None:
    complaint = register(session, book)
    record(session, complaint, book, "final_feedback", RECEIVED + DAY)
    record(session, complaint, book, "reopened", RECEIVED + 2 * DAY)
    assert complaint.status == "open"


def test_the_handler_changes_and_who_was_asked_first_stays(session: Session, book: Rulebook) -> None:
    team = make_team(session)
    first, second = make_agent(session, team), make_agent(session, team)
    complaint = register(session, book, first)

    def hand_to(agent: Agent, **more: Any) -> None:
        values = {
            "note": "",
            "expected_version": complaint.row_version,
            "book": book,
            "now": RECEIVED + HOUR,
            **more,
        }
        complaints.change_handler(session, values.pop("viewer", MANAGER), complaint, agent, **values)

    with pytest.raises(Refused, match="already"):
        hand_to(first)
    version = complaint.row_version
    hand_to(second, note="休假交接")
    assert (complaint.agent_id, complaint.handler_id) == (first.id, second.id)
    assert complaint.events[-1].kind == "handler_changed" and second.number in complaint.events[-1].value
    with pytest.raises(complaints.StaleCase):
        hand_to(first, expected_version=version)
    hand_to(first, now=RECEIVED + 2 * HOUR)
    assert complaint.handler_id is None
    with pytest.raises(AccessRefused):
        hand_to(make_agent(session), viewer=scope("supervisor", team))
    with pytest.raises(Refused):
        hand_to(make_agent(session, team, is_active=False))
    with pytest.raises(Refused, match="reopen"):
        record(session, complaint, book, "closed", RECEIVED + DAY)
        hand_to(second, now=RECEIVED + 2 * DAY)


@pytest.mark.parametrize("role", ["executive", "top"])
def test_leadership_instructs_and_records_nothing_else(session: Session, book: Rulebook, role: str) -> None:
    complaint, leader = register(session, book), Scope(None, "总经理", role)
    record(session, complaint, book, "instructed", RECEIVED + HOUR, scope=leader, note="三日内查清")
    with pytest.raises(AccessRefused):
        record(session, complaint, book, "note", RECEIVED + HOUR, scope=leader)
    assert complaint.events[-1].actor == "总经理"


# Similar cases


def similar(
    session: Session, viewer: Scope = MANAGER, *, days: int | None = 30, **given: str
) -> complaints.SimilarCases:
    window = "off" if days is None else f"{days} calendar_day"
    book = book_of(site=f"complaint.duplicate_window = {window}")
    return complaints.find_similar(session, viewer, book=book, now=RECEIVED + 3 * DAY, **given)


def test_the_most_alike_comes_first_with_its_reasons(session: Session, book: Rulebook) -> None:
    agent = make_agent(session)
    by_name = register(session, book, agent, customer_name="王芳", product="X3")
    by_phone = register(
        session,
        book,
        agent,
        customer_name="王芳",
        customer_phone="138-1234-5678",
        product="X3",
        category="quality",
    )
    register(session, book, agent, customer_name="李雷", product="X3")
    found = similar(session, customer_name="王 芳", phone="１３８12345678", product="x3", category="quality")
    assert [case.number for case in found.cases] == [by_phone.number, by_name.number]
    assert [step.en for step in found.cases[0].reasons] == [
        "same telephone", "same customer name", "same product", "same category", "received 3 days ago", "still open",
    ]  # fmt: skip
    assert found.elsewhere == 0


@pytest.mark.parametrize(("days", "is_found"), [(3, True), (2, False), (None, False)])
def test_only_cases_of_the_window_are_similar(
    session: Session, book: Rulebook, days: int | None, is_found: bool
) -> None:
    register(session, book, customer_phone="13812345678")
    assert bool(similar(session, days=days, phone="13812345678").cases) is is_found


def test_without_telephone_name_or_order_nothing_is_similar(session: Session, book: Rulebook) -> None:
    register(session, book, product="X3", category="quality")
    assert similar(session, product="X3", category="quality", text="送货晚了三天") == complaints.SimilarCases(
        (), 0
    )


def test_of_cases_out_of_scope_only_their_number_is_told(session: Session, book: Rulebook) -> None:
    agent = make_agent(session)
    colleague, stranger = make_agent(session, agent.team), make_agent(session)
    own = register(session, book, agent, customer_phone="13812345678")
    for who in (colleague, stranger):
        register(session, book, who, customer_phone="13812345678")
    expected = {
        scope("agent", agent=agent): ([own.number], 2),
        scope("agent"): ([], 3),
        scope("supervisor", agent.team): (2, 1),
        scope("supervisor"): ([], 3),
        MANAGER: (3, 0),
    }
    for viewer, (cases, elsewhere) in expected.items():
        found = similar(session, viewer, phone="13812345678")
        numbers = [case.number for case in found.cases]
        assert (len(numbers) if isinstance(cases, int) else numbers) == cases
        assert found.elsewhere == elsewhere


def test_a_case_is_not_similar_to_itself_nor_to_the_one_it_takes_up(session: Session, book: Rulebook) -> None:
    first = register(session, book, customer_phone="13812345678")
    other = register(session, book, first.agent, customer_phone="13812345678")
    again = register(session, book, first.agent, customer_phone="13812345678", previous=first)
    found = complaints.similar_to(session, MANAGER, again, book, RECEIVED + DAY)
    assert [case.number for case in found.cases] == [other.number]
    assert complaints.list_following(session, MANAGER, first) == [again]
    assert complaints.list_following(session, scope("supervisor"), first) == []


# Who sees and who may


def test_a_supervisor_never_sees_another_teams_complaint_and_an_agent_only_his_own(
    session: Session, book: Rulebook
) -> None:
    a, b = make_team(session, "a"), make_team(session, "b")
    anna, ava, bert = make_agent(session, a), make_agent(session, a), make_agent(session, b)
    by_agent = {who: register(session, book, who) for who in (anna, ava, bert)}
    now = RECEIVED + 30 * DAY
    expected = {
        scope("supervisor", a): {anna, ava},
        scope("supervisor", b): {bert},
        scope("supervisor", a, b): {anna, ava, bert},
        scope("supervisor"): set(),
        scope("agent", agent=anna): {anna},
        scope("manager"): {anna, ava, bert},
    }
    for viewer, people in expected.items():
        assert {c.agent for c in complaints.list_complaints(session, viewer, now=now)} == people
        due = complaints.list_clocks_due(session, viewer, now=now, until=now)
        assert {c.complaint.agent for c in due} == people
        for who, complaint in by_agent.items():
            if who in people:
                assert complaints.get_complaint(session, viewer, complaint.number) == complaint
            else:
                with pytest.raises(LookupError):
                    complaints.get_complaint(session, viewer, complaint.number)
    filtered = complaints.list_complaints(session, scope("supervisor", a), now=now, team_id=b.id)
    assert filtered == []


@pytest.mark.parametrize("role", ACCOUNT_ROLES)
def test_only_roles_that_act_on_complaints_write(session: Session, book: Rulebook, role: str) -> None:
    agent = make_agent(session)
    complaint = register(session, book, agent)
    viewer = scope(role, agent.team, agent=agent if role == "agent" else None)
    writes: list[tuple[str, Callable[[], object]]] = [
        ("complaints.register", lambda: register(session, book, agent, scope=viewer)),
        ("complaints.act", lambda: record(session, complaint, book, "note", RECEIVED + HOUR, scope=viewer)),
    ]
    for capability, write in writes:
        if role in CAPABILITIES[capability]:
            write()
        else:
            with pytest.raises(AccessRefused):
                write()


def test_a_supervisor_cannot_write_into_another_team(session: Session, book: Rulebook) -> None:
    a, b = make_team(session, "a"), make_team(session, "b")
    bert = make_agent(session, b)
    complaint = register(session, book, bert)
    lead = scope("supervisor", a)
    with pytest.raises(AccessRefused):
        register(session, book, bert, scope=lead)
    with pytest.raises(AccessRefused):
        record(session, complaint, book, "note", RECEIVED + HOUR, scope=lead)
    assert [e.kind for e in complaint.events] == ["received", "registered"]


def test_the_live_explanation_is_worded_for_now_in_both_languages(session: Session, book: Rulebook) -> None:
    complaint = register(session, book)
    early = clocks.explained_clocks(session, complaint, book, RECEIVED + HOUR)
    late = clocks.explained_clocks(session, complaint, book, RECEIVED + 5 * HOUR)
    states = [next(c.state for c in told if c.clock == "forward") for told in (early, late)]
    assert states == ["on_track", "breached"]
    assert all(step.text("zh") and step.text("en") for c in late for step in c.steps)

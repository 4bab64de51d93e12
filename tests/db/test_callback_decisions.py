"""What follows from an attempt: the next try, an ending, a reopened case; what a supervisor decides; two at once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from db import callbacks, complaints
from db.callback_batching import list_batching
from db.callback_callers import callers_of
from db.callback_work import coming_window
from db.models import Agent, AuditEntry, Callback, Complaint, ComplaintEvent
from db.refusals import Refused, StaleCase
from regulations.access import ACCOUNT_ROLES, CAPABILITIES, AccessRefused
from regulations.rulebook import Rulebook
from tests.factories import local, make_agent, make_callback, make_complaint, make_team, scope
from tests.regulations.site_books import book_of

OFFICE = book_of("office_building_property")
HOSPITAL = book_of("hospital_callback")
BASE = book_of()
RECEIVED = local(2026, 11, 16, 9)
ARISEN = local(2026, 11, 18, 15)
HOUR = timedelta(hours=1)


def owe(session: Session, book: Rulebook = OFFICE, agent: Agent | None = None, **changes: Any) -> Callback:
    agent = agent or make_agent(session)
    values = {
        "kind": "complaint",
        "arisen_at": ARISEN,
        "agent": agent,
        "book": book,
        "now": ARISEN,
        **changes,
    }
    owed = callbacks.add_callback(session, scope("supervisor", agent.team), **values)
    assert owed is not None
    return owed


def attempt(
    session: Session,
    owed: Callback,
    at: datetime,
    outcome: str = "connected",
    book: Rulebook = OFFICE,
    **more: Any,
) -> None:
    values = {"now": at, "is_complete": outcome == "connected", **more}
    viewer = values.pop("viewer", scope("supervisor", owed.team, actor="罗文静"))
    callbacks.record_attempt(session, viewer, owed, at=at, outcome=outcome, book=book, **values)


def decide(
    session: Session, owed: Callback, action: str, now: datetime, book: Rulebook = OFFICE, **more: Any
) -> None:
    values = {"note": "已核实", "expected_version": owed.row_version, **more}
    viewer = values.pop("viewer", scope("supervisor", owed.team, actor="罗文静"))
    callbacks.decide_unreachable(session, viewer, owed, action=action, book=book, now=now, **values)


def answered(session: Session, agent: Agent, book: Rulebook = OFFICE) -> tuple[Complaint, Callback]:
    """A case that was answered finally, and the callback it made owed."""
    case = make_complaint(session, agent, RECEIVED)
    complaints.record_event(
        session,
        scope("supervisor", agent.team),
        case,
        "final_feedback",
        ARISEN,
        "",
        case.row_version,
        book,
        ARISEN,
    )
    owed = session.scalars(select(Callback).where(Callback.complaint_id == case.id)).one()
    return case, owed


# What follows from an attempt


def test_an_attempt_says_when_to_try_again(session: Session) -> None:
    owed = owe(session)
    assert owed.next_attempt_at is None
    attempt(session, owed, ARISEN + HOUR, "busy")
    assert owed.next_attempt_at == ARISEN + HOUR + timedelta(minutes=30)
    attempt(session, owed, ARISEN + 2 * HOUR, "no_answer")
    assert owed.next_attempt_at == ARISEN + 4 * HOUR
    attempt(session, owed, ARISEN + 4 * HOUR)
    assert (owed.next_attempt_at, owed.settled_at) == (None, None)
    assert owed.completed_at == ARISEN + 4 * HOUR


def test_a_refusal_ends_it_and_a_wrong_number_waits(session: Session) -> None:
    refused, wrong = owe(session), owe(session)
    attempt(session, refused, ARISEN + HOUR, "refused")
    assert (refused.settled_at, refused.settled_reason) == (ARISEN + HOUR, "refused")
    assert callbacks.state_of(refused, ARISEN + HOUR) == "settled"
    attempt(session, wrong, ARISEN + HOUR, "wrong_number")
    assert (wrong.settled_at, wrong.next_attempt_at) == (None, None)
    listed = callbacks.list_callbacks(session, scope("manager"), now=ARISEN, open_only=True)
    assert listed == [wrong]
    assert callbacks.list_work(session, scope("manager"), ARISEN, ARISEN + 48 * HOUR) == [wrong]


def test_satisfaction_is_that_of_the_contact_that_completed_it(session: Session) -> None:
    owed = owe(session)
    attempt(session, owed, ARISEN + HOUR, satisfaction="satisfied")
    attempt(session, owed, ARISEN + 2 * HOUR, is_complete=False, satisfaction="neutral")
    assert owed.satisfaction == "satisfied"


# The case of a dissatisfied customer (E1.55)


def test_a_dissatisfied_customer_reopens_his_case_with_new_clocks(session: Session) -> None:
    agent = make_agent(session)
    case, owed = answered(session, agent)
    before = {(clock.clock, clock.ordinal): clock.due_at for clock in case.clocks}
    attempt(session, owed, ARISEN + 2 * HOUR, satisfaction="dissatisfied", note="屋顶仍在漏水")
    session.commit()
    assert (case.status, case.closed_at) == ("open", None)
    (event,) = [e for e in case.events if e.kind == "reopened"]
    assert (event.at, event.actor) == (ARISEN + 2 * HOUR, "罗文静")
    assert owed.number in event.note and "屋顶仍在漏水" in event.note
    kept = {(clock.clock, clock.ordinal): clock.due_at for clock in case.clocks}
    assert {key: kept[key] for key in before} == before
    assert {clock for clock, _ in set(kept) - set(before)} >= {"first_feedback", "final_feedback"}
    assert owed.completed_at == ARISEN + 2 * HOUR


def test_answering_it_again_owes_one_more_callback(session: Session) -> None:
    agent = make_agent(session)
    case, owed = answered(session, agent)
    attempt(session, owed, ARISEN + 2 * HOUR, satisfaction="dissatisfied")
    viewer = scope("supervisor", agent.team)
    again = ARISEN + 9 * HOUR
    complaints.record_event(
        session, viewer, case, "final_feedback", again, "", case.row_version, OFFICE, again
    )
    complaints.record_event(
        session, viewer, case, "closed", again + HOUR, "", case.row_version, OFFICE, again + HOUR
    )
    found = session.scalars(
        select(Callback).where(Callback.complaint_id == case.id).order_by(Callback.id)
    ).all()
    assert [one.arisen_at for one in found] == [ARISEN, again]


def test_a_case_that_somebody_else_reopened_is_not_reopened_again(session: Session) -> None:
    agent = make_agent(session)
    case, owed = answered(session, agent)
    viewer = scope("supervisor", agent.team)
    complaints.record_event(
        session, viewer, case, "reopened", ARISEN + HOUR, "", case.row_version, OFFICE, ARISEN + HOUR
    )
    attempt(session, owed, ARISEN + 2 * HOUR, satisfaction="dissatisfied")
    assert [e.kind for e in case.events].count("reopened") == 1
    assert owed.completed_at == ARISEN + 2 * HOUR


def test_a_case_closed_between_the_call_and_its_record_is_reopened_when_it_is_recorded(
    session: Session,
) -> None:
    agent = make_agent(session)
    case, owed = answered(session, agent)
    closed_at, told_at = ARISEN + 3 * HOUR, ARISEN + 5 * HOUR
    complaints.record_event(
        session,
        scope("supervisor", agent.team),
        case,
        "closed",
        closed_at,
        "",
        case.row_version,
        OFFICE,
        closed_at,
    )
    attempt(session, owed, ARISEN + 2 * HOUR, satisfaction="dissatisfied", now=told_at)
    assert case.status == "open"
    assert [e.at for e in case.events if e.kind == "reopened"] == [told_at]


@pytest.mark.parametrize("mood", ["satisfied", "neutral", None])
def test_nobody_else_reopens_anything(session: Session, mood: str | None) -> None:
    case, owed = answered(session, make_agent(session))
    attempt(session, owed, ARISEN + HOUR, satisfaction=mood)
    assert case.status == "answered"


def test_the_rulebook_may_not_want_it(session: Session) -> None:
    book = book_of("office_building_property", site="callback.dissatisfied_reopens = false")
    case, owed = answered(session, make_agent(session), book)
    attempt(session, owed, ARISEN + HOUR, satisfaction="dissatisfied", book=book)
    assert case.status == "answered"


def test_a_refused_reopening_would_undo_the_attempt_too(engine: Engine) -> None:
    """One transaction: what fails at the end leaves nothing behind."""
    with Session(engine, expire_on_commit=False) as session:
        _case, owed = answered(session, make_agent(session))
        session.commit()
        with pytest.raises(Refused):
            attempt(session, owed, ARISEN + HOUR, "busy", satisfaction="dissatisfied")
        session.rollback()
        assert (
            session.scalar(
                select(func.count()).select_from(ComplaintEvent).where(ComplaintEvent.kind == "reopened")
            )
            == 0
        )


# What a supervisor decides


def test_a_new_number_takes_it_up_again(session: Session) -> None:
    owed = owe(session, customer_phone="139****0000")
    attempt(session, owed, ARISEN + HOUR, "wrong_number")
    decide(session, owed, "retry", ARISEN + 2 * HOUR, phone=" 138 0000 1111 ")
    assert (owed.customer_phone, owed.next_attempt_at) == ("138 0000 1111", ARISEN + 2 * HOUR)
    entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "callback.decided")).one()
    assert entry.detail["new_number"] is True and "1111" not in str(entry.detail)


def test_after_too_many_attempts_trying_again_counts_anew(session: Session) -> None:
    owed = owe(session)
    for n in range(3):
        attempt(session, owed, ARISEN + n * HOUR, "no_answer")
    assert owed.next_attempt_at is None
    decide(session, owed, "retry", ARISEN + 5 * HOUR)
    assert owed.next_attempt_at == ARISEN + 5 * HOUR
    attempt(session, owed, ARISEN + 6 * HOUR, "no_answer")
    assert owed.next_attempt_at == ARISEN + 8 * HOUR


def test_giving_up_needs_a_reason_and_leaves_it_owed(session: Session) -> None:
    owed = owe(session)
    attempt(session, owed, ARISEN + HOUR, "wrong_number")
    decide(session, owed, "give_up", ARISEN + 2 * HOUR, reason="wrong_number")
    assert (owed.settled_at, owed.settled_reason, owed.decided_by) == (
        ARISEN + 2 * HOUR,
        "wrong_number",
        "罗文静",
    )
    assert owed.completed_at is None
    attempt(session, owed, ARISEN + 3 * HOUR, satisfaction="satisfied")  # he called by himself
    assert (owed.settled_at, owed.completed_at) == (None, ARISEN + 3 * HOUR)


@pytest.mark.parametrize(
    "changes",
    [
        {"action": "shrug"},
        {"action": "give_up", "reason": ""},
        {"action": "give_up", "reason": "boredom"},
        {"action": "give_up", "reason": "unreachable", "note": " \x00 "},
        {"action": "retry", "phone": ""},
        {"action": "retry", "phone": "1" * 41},
        {"action": "retry", "phone": "139\u200b1234"},
    ],
)
def test_a_decision_that_says_too_little_or_too_much_is_refused(
    session: Session, changes: dict[str, Any]
) -> None:
    owed = owe(session)
    attempt(session, owed, ARISEN + HOUR, "wrong_number")
    values = {"note": "…", **changes}
    with pytest.raises(Refused) as refused:
        decide(session, owed, values.pop("action"), ARISEN + 2 * HOUR, **values)
    assert refused.value.zh and refused.value.en.isascii()
    assert (owed.settled_at, owed.resumed_at) == (None, None)


def test_what_ended_or_is_completed_is_not_decided_again(session: Session) -> None:
    owed = owe(session)
    decide(session, owed, "give_up", ARISEN + HOUR, reason="cancelled")
    with pytest.raises(Refused, match="ended already"):
        decide(session, owed, "give_up", ARISEN + 2 * HOUR, reason="cancelled")
    done = owe(session)
    attempt(session, done, ARISEN + HOUR)
    with pytest.raises(Refused, match="is completed"):
        decide(session, done, "retry", ARISEN + 2 * HOUR)


def test_who_decides_on_what_he_no_longer_sees_is_told(session: Session) -> None:
    owed = owe(session)
    seen = owed.row_version
    attempt(session, owed, ARISEN + HOUR, "busy")
    with pytest.raises(StaleCase):
        decide(session, owed, "give_up", ARISEN + 2 * HOUR, reason="unreachable", expected_version=seen)
    assert owed.settled_at is None


# Who calls


def test_it_can_be_given_to_a_colleague_and_the_log_says_so(session: Session) -> None:
    team = make_team(session)
    anna, bert = make_agent(session, team), make_agent(session, team)
    owed = owe(session, BASE, anna)
    due = owed.due_at
    callbacks.reassign(
        session, scope("supervisor", team), owed, bert, note="休假", expected_version=owed.row_version,
        book=BASE, now=ARISEN + HOUR,
    )  # fmt: skip
    assert (owed.agent, owed.due_at) == (bert, due)
    entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "callback.reassigned")).one()
    assert (entry.detail["from"], entry.detail["to"]) == (anna.number, bert.number)


def test_it_cannot_be_given_to_who_may_not_make_it(session: Session) -> None:
    team, other = make_team(session), make_team(session)
    anna, handler = make_agent(session, team), make_agent(session, team)
    gone, stranger = make_agent(session, team, is_active=False), make_agent(session, other)
    owed = owe(session, BASE, anna, handler=handler)
    for agent, error, said in (
        (handler, Refused, "somebody else is to call"),
        (gone, Refused, "no longer active"),
        (anna, Refused, "already"),
        (stranger, AccessRefused, "may not do this"),
    ):
        with pytest.raises(error, match=said):
            callbacks.reassign(
                session, scope("supervisor", team), owed, agent, note="", expected_version=owed.row_version,
                book=BASE, now=ARISEN + HOUR,
            )  # fmt: skip
    assert owed.agent == anna


def test_where_management_is_to_call_an_agent_is_refused_if_there_is_somebody_of_that_level(
    session: Session,
) -> None:
    book = book_of("property_complaint_flow")
    team = make_team(session)
    agent = make_agent(session, team)
    owed = owe(session, book, agent)
    attempt(session, owed, ARISEN + HOUR, "busy", book=book)  # nobody of that level is on the list yet
    lead = make_agent(session, team, post="supervisor")
    with pytest.raises(Refused, match=r"A5\.5"):
        attempt(session, owed, ARISEN + 2 * HOUR, book=book)
    attempt(session, owed, ARISEN + 2 * HOUR, book=book, caller=lead)
    assert owed.completed_at == ARISEN + 2 * HOUR


def test_the_callback_of_a_case_goes_neither_to_its_handler_nor_to_whom_it_is_about(session: Session) -> None:
    team = make_team(session)
    first, handler, about, other = (make_agent(session, team) for _ in range(4))
    make_callback(session, first, ARISEN)  # has something to do already, and still is asked before the two
    make_callback(session, other, ARISEN)
    make_callback(session, other, ARISEN)
    case = make_complaint(session, first, RECEIVED, handler_id=handler.id, about_agent_id=about.id)
    owed = callbacks.owe_after_resolution(session, scope("supervisor", team), case, ARISEN, BASE, ARISEN)
    assert owed is not None
    assert (owed.agent, owed.handler_id) == (first, handler.id)


@pytest.mark.parametrize("role", ACCOUNT_ROLES)
def test_only_roles_that_act_on_callbacks_decide(session: Session, role: str) -> None:
    agent = make_agent(session)
    colleague = make_agent(session, agent.team)
    owed = owe(session, BASE, agent)
    viewer = scope(role, agent.team, agent=agent if role == "agent" else None)
    version = owed.row_version
    writes: list[Callable[[], object]] = [
        lambda: decide(session, owed, "retry", ARISEN + HOUR, BASE, viewer=viewer),
        lambda: callbacks.reassign(
            session,
            viewer,
            owed,
            colleague,
            note="",
            expected_version=owed.row_version,
            book=BASE,
            now=ARISEN + HOUR,
        ),
    ]
    for write in writes:
        if role in CAPABILITIES["callbacks.act"]:
            write()
        else:
            with pytest.raises(AccessRefused):
                write()
            assert owed.row_version == version


# One resolution, one callback


def test_the_same_resolution_is_owed_once(session: Session) -> None:
    agent = make_agent(session)
    case, owed = answered(session, agent)
    viewer = scope("supervisor", agent.team)
    again = callbacks.add_callback(
        session, viewer, kind="complaint", arisen_at=ARISEN + HOUR, agent=agent, book=OFFICE, now=ARISEN + HOUR,
        complaint=case,
    )  # fmt: skip
    assert again is owed
    repair = callbacks.add_callback(
        session, viewer, kind="repair", arisen_at=ARISEN + HOUR, agent=agent, book=OFFICE, now=ARISEN + HOUR,
        complaint=case,
    )  # fmt: skip
    assert repair is not None and repair is not owed


def test_a_repair_of_the_case_does_not_stand_for_the_callback_of_its_answer(session: Session) -> None:
    agent = make_agent(session)
    case = make_complaint(session, agent, RECEIVED)
    viewer = scope("supervisor", agent.team)
    callbacks.add_callback(
        session,
        viewer,
        kind="repair",
        arisen_at=ARISEN - HOUR,
        agent=agent,
        book=OFFICE,
        now=ARISEN,
        complaint=case,
    )
    complaints.record_event(
        session, viewer, case, "final_feedback", ARISEN, "", case.row_version, OFFICE, ARISEN
    )
    kinds = session.scalars(select(Callback.kind).where(Callback.complaint_id == case.id)).all()
    assert sorted(kinds) == ["complaint", "repair"]


def test_a_case_owes_no_callback_while_unsolved_beside_its_progress_clock(session: Session) -> None:
    agent = make_agent(session)
    case = make_complaint(session, agent, RECEIVED)
    asked: dict[str, Any] = {
        "kind": "unresolved", "arisen_at": ARISEN, "agent": agent, "now": ARISEN,
    }  # fmt: skip
    viewer = scope("supervisor", agent.team)
    assert callbacks.add_callback(session, viewer, book=OFFICE, complaint=case, **asked) is None
    assert callbacks.add_callback(session, viewer, book=OFFICE, **asked) is not None


def test_two_people_who_resolve_at_once_owe_one_callback(engine: Engine) -> None:
    with Session(engine, expire_on_commit=False) as session:
        agent = make_agent(session)
        make_agent(session, agent.team)
        case = make_complaint(session, agent, RECEIVED)
        session.commit()
        team, number = agent.team, case.number
    begin, failures = threading.Barrier(4), list[BaseException]()

    def resolve(n: int) -> None:
        try:
            with Session(engine, expire_on_commit=False) as mine:
                begin.wait(timeout=20)
                viewer = scope("supervisor", team)
                found = complaints.get_complaint(mine, viewer, number)
                at = ARISEN + n * HOUR
                callbacks.owe_after_resolution(mine, viewer, found, at, BASE, ARISEN + 9 * HOUR)
                mine.commit()
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=resolve, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert failures == []
    with Session(engine) as session:
        assert session.scalar(select(func.count()).select_from(Callback)) == 1


def test_two_dissatisfied_customers_of_one_case_reopen_it_once(engine: Engine) -> None:
    """Two callers of one obligation record at the same moment: two attempts, one obligation, one reopening."""
    with Session(engine, expire_on_commit=False) as session:
        agent = make_agent(session)
        colleague = make_agent(session, agent.team)
        _case, owed = answered(session, agent)
        session.commit()
        team, number, callers = agent.team, owed.number, [agent.id, colleague.id]
    begin, failures = threading.Barrier(2), list[BaseException]()

    def tell(n: int) -> None:
        try:
            with Session(engine, expire_on_commit=False) as mine:
                viewer = scope("supervisor", team)
                begin.wait(timeout=20)
                attempt(
                    mine, callbacks.get_callback(mine, viewer, number), ARISEN + (n + 1) * HOUR,
                    satisfaction="dissatisfied", now=ARISEN + 5 * HOUR, caller=mine.get(Agent, callers[n]),
                )  # fmt: skip
                mine.commit()
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=tell, args=(n,)) for n in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert failures == []
    with Session(engine) as session:
        kept = session.scalars(select(Callback)).one()
        assert (len(kept.attempts), kept.completed_at) == (2, ARISEN + HOUR)
        kinds = session.scalars(select(ComplaintEvent.kind)).all()
        assert kinds.count("reopened") == 1


# The work list


def test_the_coming_window_has_overdue_due_planned_and_what_is_to_be_tried_again(session: Session) -> None:
    agent = make_agent(session)
    now = local(2026, 11, 9, 9, 30)  # the hours begin at ten

    def discharged(day: int) -> Callback:
        arisen = local(2026, 11, 1, 15) + timedelta(days=day - 1)
        return owe(session, HOSPITAL, agent, kind="discharge", arisen_at=arisen, now=arisen)

    overdue, due, planned, _next_week = discharged(0), discharged(1), discharged(2), discharged(4)
    again, waits, done, refused = discharged(2), discharged(1), discharged(1), discharged(1)
    early = local(2026, 11, 8, 16, 45)
    attempt(session, again, early, "busy", HOSPITAL)
    attempt(session, waits, early, "wrong_number", HOSPITAL)
    attempt(session, done, early, book=HOSPITAL)
    attempt(session, refused, early, "refused", HOSPITAL)
    found = callbacks.list_to_call(session, scope("supervisor", agent.team), HOSPITAL, now)
    assert [(one.callback, one.reason) for one in found] == [
        (overdue, "overdue"),
        (due, "due"),
        (planned, "planned"),
        (again, "retry"),
        (waits, "waits"),
    ]
    assert {one.window for one in found} == {(local(2026, 11, 9, 10), local(2026, 11, 9, 12))}


def test_what_is_to_be_tried_later_in_the_window_comes_after_what_can_be_called_at_once(
    session: Session,
) -> None:
    agent = make_agent(session)
    soon = owe(session, OFFICE, agent, arisen_at=ARISEN - HOUR, now=ARISEN - HOUR)
    late = owe(session, OFFICE, agent)
    attempt(session, soon, ARISEN, "no_answer")
    found = callbacks.list_to_call(session, scope("supervisor", agent.team), OFFICE, ARISEN + HOUR)
    assert [one.callback for one in found] == [late, soon]
    assert [one.is_ready for one in found] == [True, False]


@pytest.mark.parametrize(
    ("now", "opens", "shuts"),
    [
        ((9, 30), (9, 10, 0), (9, 12, 0)),
        ((10, 30), (9, 10, 30), (9, 12, 0)),
        ((12, 0), (9, 12, 0), (9, 12, 0)),
        ((12, 1), (9, 15, 0), (9, 17, 0)),
        ((17, 30), (10, 10, 0), (10, 12, 0)),
    ],
)
def test_the_window_is_the_rest_of_the_present_hours_or_the_next_ones(
    now: tuple[int, int], opens: tuple[int, int, int], shuts: tuple[int, int, int]
) -> None:
    found = coming_window("discharge", HOSPITAL, local(2026, 11, 9, *now))
    assert found == (local(2026, 11, *opens), local(2026, 11, *shuts))


def test_the_work_list_shows_nobody_else_s_team(session: Session) -> None:
    a, b = make_team(session), make_team(session)
    mine, theirs = owe(session, agent=make_agent(session, a)), owe(session, agent=make_agent(session, b))
    for viewer, expected in ((scope("supervisor", a), {mine}), (scope("manager"), {mine, theirs})):
        found = callbacks.list_to_call(session, viewer, OFFICE, ARISEN + HOUR)
        assert {one.callback for one in found} == expected
    narrowed = callbacks.list_to_call(session, scope("manager"), OFFICE, ARISEN + HOUR, b.id)
    assert [one.callback for one in narrowed] == [theirs]


# How they were made


def test_completions_belong_to_who_made_them(session: Session) -> None:
    team = make_team(session)
    owner, helper = make_agent(session, team, name="甲"), make_agent(session, team, name="乙")
    for n in range(12):
        owed = owe(session, OFFICE, owner, arisen_at=local(2026, 10, 2 + n, 9), now=local(2026, 10, 2 + n, 9))
        attempt(session, owed, local(2026, 10, 2 + n, 10), "busy")
        attempt(session, owed, local(2026, 10, 29, 10 + n % 8, n), caller=helper)
    viewer, now = scope("supervisor", team), local(2026, 11, 2, 9)
    (found,) = list_batching(session, viewer, local(2026, 10, 1).date(), OFFICE, now)
    assert (found.number, found.found.state, found.found.at_end, len(found.completions)) == (
        helper.number,
        "batched",
        12,
        12,
    )
    assert list_batching(session, viewer, local(2026, 9, 1).date(), OFFICE, now) == []
    assert list_batching(session, scope("supervisor", make_team(session)), now.date(), OFFICE, now) == []
    span = local(2026, 10, 1), local(2026, 10, 31)
    assert callers_of(session, viewer, "complaint", *span) == [helper.number]
    assert callers_of(session, scope("supervisor"), "complaint", *span) == []

"""The demo department: repeatable, believable, true to the rules, and with something to see at any hour."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, inspect, select
from sqlalchemy.orm import Session

from db import attendance, clocks, demo, people
from db.demo import PERSONAS
from db.engine import make_engine
from db.models import (
    Agent,
    Approval,
    AttendanceDay,
    AuditEntry,
    Base,
    Call,
    Callback,
    CallbackAttempt,
    ClosedMonth,
    Complaint,
    ComplaintClock,
    ComplaintEvent,
    Escalation,
    Finding,
    FindingReview,
    Inspection,
    Leave,
    LedgerEntry,
    Punch,
    Shift,
    ShiftChange,
    Team,
    Transcript,
    TranscriptSegment,
    User,
)
from regulations.access import SYSTEM
from regulations.callbacks import obligation
from regulations.departments import assignments_of, faults_of
from regulations.rulebook import Rulebook, load_rulebook
from tests.factories import SHANGHAI, local

NOW = local(2026, 11, 20, 15, 30)  # a Friday afternoon
RECORDINGS = Path(__file__).resolve().parents[2] / "demo" / "recordings" / "manifest.json"


def rulebook() -> Rulebook:
    return load_rulebook(("goods_sales", "office_building_property", "hospital_callback"))


def filled(session: Session, **how: object) -> dict[str, int]:
    values = {"now": NOW, "book": rulebook(), "months": 2, "scale": 0.25, **how}
    return demo.fill(session, **values)  # type: ignore[arg-type]


def new_database() -> Engine:
    engine = make_engine("sqlite://")
    Base.metadata.create_all(engine)
    return engine


def fingerprint(session: Session) -> dict[str, str]:
    """One hash for each table over all its rows as plain values."""
    session.flush()
    prints = {}
    for mapper in Base.registry.mappers:
        columns = list(mapper.columns)
        rows = session.execute(select(*columns)).all()
        lines = sorted(
            json.dumps([_plain(value) for value in row], sort_keys=True, ensure_ascii=False) for row in rows
        )
        prints[mapper.class_.__name__] = hashlib.sha256("\n".join(lines).encode()).hexdigest()
    return prints


def _plain(value: object) -> object:
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    return value.isoformat() if isinstance(value, date | datetime) else value


@pytest.fixture(scope="module")
def department() -> Iterator[Session]:
    """Thirteen months at a third of the volume, on SQLite; read only."""
    with Session(new_database()) as session:
        filled(session, months=13, scale=0.3)
        yield session


def test_the_same_seed_and_now_give_the_same_rows_on_either_database(session: Session) -> None:
    filled(session, scale=0.1)
    with Session(new_database()) as other:
        filled(other, scale=0.1)
        assert fingerprint(session) == fingerprint(other)


def test_another_seed_gives_another_department() -> None:
    with Session(new_database()) as one, Session(new_database()) as other:
        filled(one, seed=1, months=1, scale=0.1)
        filled(other, seed=2, months=1, scale=0.1)
        a, b = fingerprint(one), fingerprint(other)
    for name in ("Agent", "Punch", "Complaint", "ComplaintClock", "Callback", "Call", "TranscriptSegment"):
        assert a[name] != b[name], name


def test_every_sign_in_opens_the_desk_with_its_own_role_and_the_database_numbers_on(session: Session) -> None:
    filled(session, months=1, scale=0.1)
    for username, role, zh, en in demo.DEMO_SIGN_INS:
        user, _token = people.sign_in(session, username, demo.DEMO_PASSWORD, NOW, 12, "127.0.0.1")
        assert (user.role, user.is_demo) == (role, True)
        assert zh
        assert en
    seen = {user.username: [team.code for team in user.teams] for user in session.scalars(select(User))}
    assert seen["supervisor"] == ["goods"]
    assert sorted(seen["supervisor2"]) == ["hospital", "property"]
    team = Team(code="new", name="新组")
    session.add(team)
    session.flush()
    assert team.id > 3


def test_it_is_never_mixed_with_anything_else(session: Session) -> None:
    session.add(Team(code="real", name="真实的组"))
    session.flush()
    assert not demo.is_empty(session)
    with pytest.raises(demo.DemoNeedsEmptyDatabase):
        filled(session)


@pytest.mark.parametrize(
    "how",
    [{"months": 0}, {"months": 121}, {"scale": 0}, {"scale": -1.0}, {"scale": float("nan")}, {"scale": 1e9},
     {"now": datetime(2026, 11, 20, 15)}],
)  # fmt: skip
def test_numbers_that_make_no_sense_are_refused_before_anything_is_written(how: dict[str, object]) -> None:
    with Session(new_database()) as session:
        with pytest.raises(ValueError, match=r"months|scale|offset"):
            filled(session, **how)
        assert demo.is_empty(session)


def test_scale_multiplies_the_volume_and_leaves_the_people() -> None:
    with Session(new_database()) as one, Session(new_database()) as other:
        small, large = filled(one, months=1, scale=0.1), filled(other, months=1, scale=0.5)
    assert small["agents"] == large["agents"] == 24
    assert small["shifts"] == large["shifts"]
    for kind in ("calls", "callbacks"):
        assert 3.5 < large[kind] / small[kind] < 6.5


def test_thirteen_months_end_today_and_nothing_lies_in_the_future(department: Session) -> None:
    s = department
    first = s.scalar(select(func.min(Complaint.received_on)))
    assert first is not None
    assert first >= date(2025, 11, 1)
    assert s.scalar(select(func.min(Call.started_on))) == date(2025, 11, 1)
    assert s.scalar(select(func.max(Complaint.received_on))) == date(2026, 11, 20)
    for column in (
        Complaint.received_at, Complaint.closed_at, ComplaintEvent.at, ComplaintEvent.recorded_at, ComplaintClock.met_at,
        Callback.arisen_at, Callback.completed_at, CallbackAttempt.at, Punch.at, Call.started_at, Leave.filed_at,
        AttendanceDay.judged_at, AttendanceDay.first_in_at, Transcript.created_at, ClosedMonth.closed_at, AuditEntry.at,
    ):  # fmt: skip
        last = s.scalar(select(func.max(column)))
        assert last is not None
        assert last <= NOW, column
    for day, at in s.execute(select(Complaint.received_on, Complaint.received_at)):
        assert at.astimezone(SHANGHAI).date() == day


def test_no_two_cases_share_a_number_and_numbers_follow_the_day(department: Session) -> None:
    for number, received_on in department.execute(select(Complaint.number, Complaint.received_on)):
        assert number.startswith(f"TS-{received_on:%Y%m%d}-")  # as db.registering counts on


def test_the_clocks_are_those_of_the_rules(department: Session) -> None:
    """Setting the clocks of any case again through the desk's own write changes nothing."""
    book = rulebook()
    for complaint in department.scalars(select(Complaint).where(Complaint.id % 7 == 0)):
        assert clocks.set_clocks(department, complaint, book, NOW) == 0, complaint.number


def test_what_departments_did_could_have_been_recorded_at_the_desk(department: Session) -> None:
    stages = Counter[str]()
    for complaint in department.scalars(select(Complaint)):
        assert faults_of(complaint.events, needs_signature=True, zone=SHANGHAI) == (), complaint.number
        stays = assignments_of(complaint.events)
        for row, stay in zip(complaint.assignments, stays, strict=True):
            for fact in (
                "department",
                "sent_at",
                "signed_at",
                "returned_at",
                "cause",
                "rectify_due_on",
                "rectified_at",
                "is_sufficient",
            ):
                assert getattr(row, fact) == getattr(stay, fact), (complaint.number, fact)
            stages[stay.stage] += 1
        reasons = [e.note for e in complaint.events if e.kind == "closed"]
        assert complaint.status != "closed" or not any(s.owes_rectification for s in stays) or reasons[-1]
    assert set(stages) >= {"sent", "signed", "answered", "rectifying", "done", "recalled"}


def test_everything_that_a_case_can_be_is_there_to_see(department: Session) -> None:
    for fact in (
        Complaint.is_incident, Complaint.handler_id.is_not(None), Complaint.upheld == "no", Complaint.upheld == "yes",
        Complaint.previous_id.is_not(None), Complaint.order_ref != "", Complaint.about_agent_id.is_not(None),
        Complaint.severity != Complaint.severity_at_receipt,
    ):  # fmt: skip
        assert department.scalar(select(func.count()).select_from(Complaint).where(fact)), fact
    for model, column, states in (
        (Approval, Approval.state, {"pending", "approved", "rejected", "withdrawn"}),
        (LedgerEntry, LedgerEntry.state, {"proposed", "confirmed"}),
    ):
        assert set(department.scalars(select(column).distinct())) >= states, model
    answered = set(department.scalars(select(Escalation.answered_at.is_(None))))
    assert answered == {True, False}


def test_a_breach_was_noted_after_its_deadline_and_only_a_breach(department: Session) -> None:
    for clock in department.scalars(select(ComplaintClock)):
        assert (clock.breach_recorded_at is not None) == (clock.state == "breached")
        assert clock.breach_recorded_at is None or clock.breach_recorded_at >= clock.due_at


def test_the_status_of_a_case_follows_its_last_step(department: Session) -> None:
    events: dict[int, list[str]] = {}
    for complaint_id, kind in department.execute(
        select(ComplaintEvent.complaint_id, ComplaintEvent.kind).order_by(
            ComplaintEvent.at, ComplaintEvent.id
        )
    ):
        events.setdefault(complaint_id, []).append(kind)
    expected = {"closed": "closed", "final_feedback": "answered", "reopened": "open"}
    for complaint in department.scalars(select(Complaint)):
        kinds = [kind for kind in events[complaint.id] if kind in expected]
        assert complaint.status == (expected[kinds[-1]] if kinds else "open"), complaint.number
        assert (complaint.closed_at is not None) == (complaint.status == "closed")


def test_the_callbacks_are_those_of_the_rules(department: Session) -> None:
    book = rulebook()
    for callback in department.scalars(select(Callback).where(Callback.id % 11 == 0)):
        owed = obligation(callback.kind, callback.arisen_at, (), book, NOW)
        assert (owed.due_at, callback.due_on) == (
            callback.due_at,
            callback.due_at.astimezone(SHANGHAI).date(),
        )
    kinds = set(department.scalars(select(Callback.kind).distinct()))
    assert kinds == {category.code for category in book.callback_categories()}


def test_a_callback_is_complete_when_an_attempt_was_and_somebody_else_handled_the_case(
    department: Session,
) -> None:
    done = dict(
        department.execute(
            select(CallbackAttempt.callback_id, CallbackAttempt.at).where(CallbackAttempt.is_complete)
        ).all()
    )
    for callback in department.scalars(select(Callback)):
        assert callback.completed_at == done.get(callback.id)
        assert callback.agent_id != callback.handler_id


def test_judging_the_last_weeks_again_changes_no_verdict(department: Session) -> None:
    before = _verdicts(department)
    attendance.judge_days(
        department, from_on=date(2026, 10, 20), to_on=date(2026, 11, 20), book=rulebook(), now=NOW
    )
    assert _verdicts(department) == before


def _verdicts(session: Session) -> list[tuple[object, ...]]:
    session.flush()
    return [
        tuple(row)
        for row in session.execute(
            select(
                AttendanceDay.shift_id,
                AttendanceDay.class_,
                AttendanceDay.late_minutes,
                AttendanceDay.worked_minutes,
            ).order_by(AttendanceDay.shift_id)
        )
    ]


def test_everybody_rests_once_a_week_unless_he_swapped(department: Session) -> None:
    days: Counter[tuple[int, int]] = Counter()
    swapped = select(ShiftChange.shift_id).where(ShiftChange.source == "swap")
    as_drawn_up = select(Shift.agent_id, Shift.work_on).where(Shift.id.not_in(swapped))
    for agent_id, work_on in department.execute(as_drawn_up):
        days[agent_id, work_on.toordinal() // 7] += 1
    assert max(days.values()) == 6


def test_the_hospital_team_rests_on_public_holidays(department: Session) -> None:
    national_day = date(2026, 10, 1)
    working = Counter(
        department.scalars(
            select(Team.code)
            .join(Agent, Agent.team_id == Team.id)
            .join(Shift, Shift.agent_id == Agent.id)
            .where(Shift.work_on == national_day)
        )
    )
    assert working["hospital"] == 0
    assert working["property"] > 0


def test_the_personas_stand_out(department: Session) -> None:
    def worst(*classes: str) -> str:
        numbers = department.scalars(
            select(Agent.number)
            .join(AttendanceDay, AttendanceDay.agent_id == Agent.id)
            .where(AttendanceDay.class_.in_(classes))
        )
        return Counter(numbers).most_common(1)[0][0]

    assert worst("late") == PERSONAS.chronic_latecomer
    assert worst("severe") == PERSONAS.severely_late
    assert worst("absent") == PERSONAS.absent
    assert worst("missing_punch") == PERSONAS.forgets_to_punch
    late_callbacks = Counter(
        department.scalars(
            select(Agent.number)
            .join(Callback, Callback.agent_id == Agent.id)
            .where(Callback.completed_at > Callback.due_at)
        )
    )
    assert late_callbacks.most_common(1)[0][0] == PERSONAS.month_end_batcher


def test_the_absent_agent_was_absent_within_the_week(department: Session) -> None:
    last = department.scalar(
        select(func.max(AttendanceDay.work_on))
        .join(Agent)
        .where(Agent.number == PERSONAS.absent, AttendanceDay.class_ == "absent")
    )
    assert last is not None
    assert (NOW.date() - last).days <= 8


def test_attainment_is_mostly_good_with_a_month_that_everybody_remembers(department: Session) -> None:
    from db import metrics

    found = metrics.figures_by(
        department,
        SYSTEM,
        "complaint.all_clocks_attainment",
        date(2025, 11, 1),
        date(2026, 11, 30),
        rulebook(),
        NOW,
    )
    by_month = {code: one.value for code, _, one in found}
    assert min(by_month, key=lambda month: by_month[month] or 0) == "2026-07"
    assert all(88 <= (value or 0) <= 99 for month, value in by_month.items() if month != "2026-07")


def test_the_calls_have_transcripts_of_two_speakers_in_order(department: Session) -> None:
    transcripts = department.scalars(select(Transcript)).all()
    assert len(transcripts) > 300
    assert {t.engine for t in transcripts} == {"demo-script"}
    last: dict[int, tuple[int, float]] = {}
    speakers: dict[int, set[str]] = {}
    for segment in department.scalars(
        select(TranscriptSegment).order_by(TranscriptSegment.transcript_id, TranscriptSegment.ordinal)
    ):
        ordinal, end = last.get(segment.transcript_id, (-1, 0.0))
        assert segment.ordinal == ordinal + 1
        assert segment.end_seconds > segment.start_seconds >= end - 0.01
        last[segment.transcript_id] = segment.ordinal, segment.end_seconds
        speakers.setdefault(segment.transcript_id, set()).add(segment.speaker)
    assert all(found == {"agent", "customer"} for found in speakers.values())
    assert len(speakers) == len(transcripts)


def test_nothing_about_the_calls_is_canned(department: Session) -> None:
    assert department.scalar(select(func.count()).select_from(Inspection)) == 0
    assert department.scalar(select(func.count()).select_from(Finding)) == 0


def test_the_months_before_are_closed_with_their_figures(department: Session) -> None:
    closed = {row.month: row for row in department.scalars(select(ClosedMonth))}
    assert len(closed) == 12
    assert "2026-11" not in closed
    october = closed["2026-10"].figures
    assert october["callback.rate"]["denominator"] > 0
    assert set(october["complaint.received"]) == {"numerator", "denominator", "value", "target"}


def test_the_shipped_recordings_belong_to_agents_who_do_such_calls(department: Session) -> None:
    from db.demo.calls import _KINDS

    teams = dict(
        department.execute(select(Agent.number, Team.code).join(Team, Team.id == Agent.team_id)).all()
    )
    for entry in json.loads(RECORDINGS.read_text(encoding="utf-8"))["recordings"]:
        team = teams[entry["agent_number"]]
        assert entry["kind"] == "other" or entry["kind"] in _KINDS[team], entry["file"]


def test_reviewing_decides_most_old_findings_and_a_second_time_none(session: Session) -> None:
    filled(session)
    _inspect_everything(session)
    counts = demo.review_demo_findings(session, NOW, 7, rulebook())
    assert counts["reviewed"] == counts["confirmed"] + counts["overturned"] > 0
    assert counts["confirmed"] > counts["overturned"] > 0
    undecided_since = session.scalar(
        select(func.min(Inspection.started_on))
        .join(Finding, Finding.inspection_id == Inspection.id)
        .where(Finding.decision.is_not(None))
    )
    newest = session.scalar(
        select(func.max(Inspection.started_on))
        .join(Finding, Finding.inspection_id == Inspection.id)
        .where(Finding.decision.is_not(None))
    )
    assert undecided_since is not None
    assert newest is not None
    assert newest < NOW.date() - timedelta(days=10)
    reviews = session.scalars(select(FindingReview)).all()
    assert len({review.reviewer for review in reviews}) == 2
    assert all(review.at <= NOW for review in reviews)
    assert all(review.reason for review in reviews if review.decision == "overturned")
    again = demo.review_demo_findings(session, NOW, 8, rulebook())
    assert again["reviewed"] < counts["reviewed"] * 0.2


def test_judging_fills_the_figures_of_closed_months_and_a_second_time_changes_nothing(
    session: Session,
) -> None:
    filled(session)
    _inspect_everything(session)
    counts = demo.judge_demo(session, NOW, 7, rulebook())
    assert all(count for kind, count in counts.items() if kind != "calibration_rounds"), (
        counts
    )  # too few calls for one
    closed = session.scalars(select(ClosedMonth)).all()
    assert any(month.figures["quality.confirmed_rate"]["denominator"] for month in closed)
    again = demo.judge_demo(session, NOW, 7, rulebook())
    kept = {"disputes", "disputes_decided", "calibration_rounds"}  # what is there, not what is new
    assert {key: again[key] for key in kept} == {key: counts[key] for key in kept}
    assert again["call_reviews"] == again["sample_calls"] == 0


def _inspect_everything(session: Session) -> None:
    """A stand-in for the inspection: one missing closing in every third transcript."""
    rows = session.execute(
        select(Transcript, Call).join(Call, Call.id == Transcript.call_id).order_by(Transcript.id)
    )
    for transcript, call in rows.all():
        inspection = Inspection(
            call_id=call.id, transcript_id=transcript.id, started_on=call.started_on, rulebook_version="x",
            machine_score=95, measures={}, suppressed=[], checks=[], created_at=NOW,
        )  # fmt: skip
        if transcript.id % 3 == 0:
            inspection.findings.append(
                Finding(
                    rule="closing", kind="missing", category="closing", verdict="absent", phase="closing", quote="",
                    clauses=[], severity="medium", points=5, needs_review=True, steps=[],
                )
            )  # fmt: skip
        session.add(inspection)
    session.flush()


def test_every_table_of_the_desk_is_in_the_fingerprint() -> None:
    names = {mapper.class_.__tablename__ for mapper in Base.registry.mappers}
    assert names == set(Base.metadata.tables)
    assert inspect(Team).primary_key

"""The kept clocks: a run keeps its number and its target, whatever is recorded later and in whatever order."""

from __future__ import annotations

import threading
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from db import clock_states, clocks, rulebooks
from db.engine import make_engine
from db.models import AuditEntry, Complaint, ComplaintClock, ComplaintEvent
from regulations.rulebook import Rulebook, load_rulebook
from tests.conftest import drop_postgres, new_postgres
from tests.factories import local, make_complaint, scope
from tests.regulations.complaint_cases import BY_CATEGORY
from tests.regulations.site_books import book_of

RECEIVED = local(2026, 11, 16, 9, 30)  # a Monday
MANAGER = scope("manager", actor="秦岚")
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
PAUSING = book_of(
    site="complaint.pause_clock_when_waiting_customer = true\ncomplaint.sign_off_within = 1 working_day"
)


def received(session: Session, book: Rulebook = BY_CATEGORY, **values: Any) -> Complaint:
    complaint = make_complaint(session, received_at=RECEIVED, rulebook_version=book.version, **values)
    clocks.set_clocks(session, complaint, book, RECEIVED + MINUTE)
    session.flush()
    return complaint


def happened(
    session: Session,
    complaint: Complaint,
    kind: str,
    at: datetime,
    department: str = "",
    *,
    book: Rulebook = BY_CATEGORY,
    now: datetime | None = None,
    value: str = "",
    due_on: date | None = None,
) -> None:
    """Written down at `now`, without the checks of the desk: a history can be anything."""
    complaint.events.append(
        ComplaintEvent(
            kind=kind,
            at=at,
            recorded_at=now or at,
            actor="test",
            department=department,
            value=value,
            due_on=due_on,
        )
    )
    session.flush()
    clocks.set_clocks(session, complaint, book, now or at)
    session.flush()
    session.expire_all()


def kept(complaint: Complaint, name: str) -> dict[int, tuple[str, datetime, datetime]]:
    """Number, department, start and deadline of every run of a clock."""
    return {c.ordinal: (c.department, c.started_at, c.due_at) for c in complaint.clocks if c.clock == name}


def one(complaint: Complaint, name: str, ordinal: int = 1) -> ComplaintClock:
    return next(c for c in complaint.clocks if (c.clock, c.ordinal) == (name, ordinal))


def logged(session: Session, action: str) -> list[AuditEntry]:
    return list(
        session.scalars(select(AuditEntry).where(AuditEntry.action == action).order_by(AuditEntry.id))
    )


class TestNumbers:
    def test_the_clocks_of_two_departments_are_two_rows_with_two_numbers(self, session: Session) -> None:
        case = received(session)
        happened(session, case, "forwarded", RECEIVED + HOUR, "储运部")
        happened(session, case, "forwarded", RECEIVED + 2 * HOUR, "质量部")
        assert {n: d for n, (d, _, _) in kept(case, "sign_off").items()} == {1: "储运部", 2: "质量部"}

    def test_a_hand_over_found_later_takes_the_next_number_and_moves_none(self, session: Session) -> None:
        case = received(session)
        happened(session, case, "forwarded", RECEIVED + 2 * HOUR, "质量部")
        before = kept(case, "sign_off")
        happened(session, case, "forwarded", RECEIVED + HOUR, "储运部", now=RECEIVED + DAY)
        after = kept(case, "sign_off")
        assert after[1] == before[1]
        assert (after[2][0], after[2][1]) == ("储运部", RECEIVED + HOUR)
        happened(session, case, "acknowledged", RECEIVED + 3 * HOUR, "储运部", now=RECEIVED + DAY)
        assert (one(case, "sign_off", 1).met_at, one(case, "sign_off", 2).met_at) == (
            None,
            RECEIVED + 3 * HOUR,
        )

    def test_every_order_of_recording_ends_with_the_same_runs(self, session: Session) -> None:
        history = [
            ("forwarded", 1, "储运部"),
            ("recalled", 5, "储运部"),
            ("forwarded", 6, "质量部"),
            ("acknowledged", 30, "质量部"),
            ("forwarded", 40, "储运部"),
        ]
        runs = []
        for order in ([0, 1, 2, 3, 4], [4, 3, 2, 1, 0], [2, 0, 4, 1, 3]):
            case = received(session)
            for i in order:
                kind, hours, department = history[i]
                happened(session, case, kind, RECEIVED + hours * HOUR, department, now=RECEIVED + 3 * DAY)
            found = [c for c in case.clocks if c.clock == "sign_off"]
            assert len({c.ordinal for c in found}) == len(found)
            runs.append(sorted((c.department, c.started_at, c.due_at, c.met_at or RECEIVED) for c in found))
        assert runs[0] == runs[1] == runs[2]
        assert len(runs[0]) == 3

    def test_what_was_shown_and_what_is_kept_have_the_same_numbers(self, session: Session) -> None:
        case = received(session)
        happened(session, case, "forwarded", RECEIVED + 2 * HOUR, "质量部")
        happened(session, case, "forwarded", RECEIVED + HOUR, "储运部", now=RECEIVED + DAY)
        shown = clocks.explained_clocks(session, case, BY_CATEGORY, RECEIVED + DAY)
        assert {(c.clock, c.ordinal): (c.department, c.due_at) for c in shown if c.due_at} == {
            (c.clock, c.ordinal): (c.department, c.due_at) for c in case.clocks
        }

    def test_a_closing_and_reopening_found_later_leaves_the_later_round_its_number(
        self, session: Session
    ) -> None:
        case = received(session)
        happened(session, case, "final_feedback", RECEIVED + 4 * DAY)
        happened(session, case, "reopened", RECEIVED + 5 * DAY)
        before = kept(case, "final_feedback")
        happened(session, case, "final_feedback", RECEIVED + DAY, now=RECEIVED + 6 * DAY)
        happened(session, case, "reopened", RECEIVED + 2 * DAY, now=RECEIVED + 6 * DAY)
        after = kept(case, "final_feedback")
        assert {n: after[n] for n in before} == before
        assert after[3][1] == RECEIVED + 2 * DAY
        assert one(case, "final_feedback", 3).met_at == RECEIVED + 4 * DAY
        assert one(case, "final_feedback", 2).met_at is None

    def test_setting_them_again_changes_nothing(self, session: Session) -> None:
        case = received(session)
        happened(session, case, "forwarded", RECEIVED + 2 * HOUR, "质量部")
        happened(session, case, "forwarded", RECEIVED + HOUR, "储运部", now=RECEIVED + DAY)
        assert clocks.set_clocks(session, case, BY_CATEGORY, RECEIVED + DAY) == 0


class TestTargets:
    def test_an_earlier_start_found_later_does_not_move_the_target_and_the_page_says_so(
        self, session: Session
    ) -> None:
        case = received(session)
        happened(session, case, "investigated", RECEIVED + 3 * DAY)
        due_at = one(case, "investigation_report").due_at
        happened(session, case, "investigated", RECEIVED + DAY, now=RECEIVED + 4 * DAY)
        assert kept(case, "investigation_report") == {1: ("", RECEIVED + 3 * DAY, due_at)}
        shown = clocks.explained_clocks(session, case, BY_CATEGORY, RECEIVED + 4 * DAY)
        (report,) = (c for c in shown if c.clock == "investigation_report")
        assert (report.due_at, report.state) == (due_at, "on_track")
        assert any("一经设定不再改动（按现有记录推算为 2026-11-20 23:59:59）" in s.zh for s in report.steps)

    def test_what_happens_to_a_target_that_stayed_is_added_to_its_reasoning(self, session: Session) -> None:
        case = received(session)
        happened(session, case, "investigated", RECEIVED + 3 * DAY)
        before = one(case, "investigation_report").steps
        happened(session, case, "investigated", RECEIVED + DAY, now=RECEIVED + 4 * DAY)
        happened(session, case, "reported", RECEIVED + 5 * DAY)
        clock = one(case, "investigation_report")
        assert clock.state == "met"
        assert clock.steps[: len(before)] == before
        assert clock.steps[-3]["zh"] == "2026-11-21 09:30 提交调查报告"
        assert "一经设定不再改动" in clock.steps[-2]["zh"]

    def test_a_change_of_category_between_two_sweeps_moves_nothing_that_has_begun(
        self, session: Session
    ) -> None:
        case = received(session, category="delivery")
        before = {name: kept(case, name) for name in ("first_feedback", "final_feedback", "close")}
        case.category = "refund"
        happened(session, case, "kind_changed", RECEIVED + HOUR, value="refund")
        clock_states.sweep(session, RECEIVED + 2 * HOUR)
        assert {name: kept(case, name) for name in before} == before
        assert clocks.facts_of(case).category == "delivery"
        happened(session, case, "final_feedback", RECEIVED + 2 * HOUR)
        happened(session, case, "reopened", RECEIVED + DAY)
        assert one(case, "first_feedback", 2).due_at == local(2026, 11, 18, 23, 59, 59)  # a refund: one day

    def test_a_case_that_becomes_serious_is_submitted_from_then_on(self, session: Session) -> None:
        case = received(session)
        assert kept(case, "leadership_submit") == {}
        case.severity = "serious"
        happened(session, case, "severity_changed", RECEIVED + DAY, value="serious")
        assert one(case, "leadership_submit").started_at == RECEIVED + DAY
        assert clocks.facts_of(case).severity == "ordinary"

    def test_a_later_date_does_not_move_a_rectification(self, session: Session) -> None:
        case = received(session)
        happened(
            session, case, "returned", RECEIVED + DAY, "储运部", value="own_fault", due_on=date(2026, 11, 23)
        )
        happened(
            session, case, "rectification_ordered", RECEIVED + 2 * DAY, "储运部", due_on=date(2026, 12, 23)
        )
        clock = one(case, "rectification")
        assert (clock.department, clock.due_at, clock.due_on, clock.limit) == (
            "储运部",
            local(2026, 11, 23, 23, 59, 59),
            date(2026, 11, 23),
            {},
        )

    def test_an_earlier_date_found_later_does_not_move_it_either(self, session: Session) -> None:
        case = received(session)
        happened(session, case, "returned", RECEIVED + 2 * DAY, "储运部", due_on=date(2026, 11, 23))
        happened(
            session,
            case,
            "rectification_ordered",
            RECEIVED + DAY,
            "储运部",
            due_on=date(2026, 11, 19),
            now=RECEIVED + 3 * DAY,
        )
        assert kept(case, "rectification") == {
            1: ("储运部", RECEIVED + 2 * DAY, local(2026, 11, 23, 23, 59, 59))
        }

    def test_an_interval_that_a_late_record_shows_was_kept_is_another_one(self, session: Session) -> None:
        case = received(session)
        happened(session, case, "first_feedback", RECEIVED + HOUR)
        clocks.set_clocks(session, case, BY_CATEGORY, RECEIVED + 3 * DAY + HOUR)
        session.flush()
        assert len(kept(case, "progress")) == 2
        happened(session, case, "progress_contact", RECEIVED + DAY, now=RECEIVED + 3 * DAY + 2 * HOUR)
        runs = kept(case, "progress")
        assert sorted(start for _, start, _ in runs.values()) == [
            RECEIVED + HOUR,
            RECEIVED + DAY,
        ]
        assert 2 not in runs  # that number meant the interval that was withdrawn
        assert [entry.detail["ordinal"] for entry in logged(session, "clock.withdrawn")] == [2]

    def test_an_incident_declared_later_does_not_move_the_report_of_one_that_came_in_as_such(
        self, session: Session
    ) -> None:
        case = received(session, is_incident=True)
        before = kept(case, "incident_report")
        happened(session, case, "incident", RECEIVED + 5 * HOUR)
        assert kept(case, "incident_report") == before
        happened(session, case, "incident_reported", RECEIVED + 23 * HOUR)
        assert one(case, "incident_report").state == "met"

    def test_a_provisional_target_stays_and_stays_marked_when_the_year_is_filled(
        self, session: Session, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        from regulations import public_holidays

        late = local(2026, 12, 28, 10)
        book = load_rulebook()
        case = make_complaint(session, received_at=late, rulebook_version=book.version)
        clocks.set_clocks(session, case, book, late)
        before = one(case, "final_feedback").due_at
        assert one(case, "final_feedback").is_provisional
        # The notice for 2027 comes out and makes Monday the 4th of January a day off.
        official = public_holidays.holiday_on
        monkeypatch.setattr(
            public_holidays,
            "holiday_on",
            lambda d: ("元旦", "New Year") if d == date(2027, 1, 4) else official(d),
        )
        monkeypatch.setattr(public_holidays, "published_years", lambda: frozenset({2026, 2027, 2028}))
        clocks.set_clocks(session, case, book, late + DAY)
        assert (one(case, "final_feedback").due_at, one(case, "final_feedback").is_provisional) == (
            before,
            True,
        )
        (shown,) = (
            c for c in clocks.explained_clocks(session, case, book, late + DAY) if c.clock == "final_feedback"
        )
        assert (shown.due_at, shown.is_provisional) == (before, True)
        assert any("一经设定不再改动" in s.zh for s in shown.steps)
        fresh = make_complaint(session, received_at=late + HOUR, rulebook_version=book.version)
        clocks.set_clocks(session, fresh, book, late + DAY)
        assert one(fresh, "final_feedback").due_at == before + DAY


class TestPauses:
    def waiting(self, session: Session) -> tuple[Complaint, datetime]:
        case = received(session, PAUSING)
        due_at = one(case, "forward").due_at
        happened(session, case, "waiting_customer", RECEIVED + HOUR, book=PAUSING)
        assert one(case, "forward").state == "on_hold"
        return case, due_at

    def test_a_pause_moves_the_deadline_by_its_own_length_once(self, session: Session) -> None:
        case, due_at = self.waiting(session)
        for hours in (2, 3):
            clocks.set_clocks(session, case, PAUSING, RECEIVED + hours * HOUR)
        happened(session, case, "resumed", RECEIVED + 3 * HOUR, book=PAUSING)
        clocks.set_clocks(session, case, PAUSING, RECEIVED + 4 * HOUR)
        assert one(case, "forward").due_at == due_at + 2 * HOUR

    def test_an_end_of_the_wait_recorded_late_takes_back_what_was_given_too_much(
        self, session: Session
    ) -> None:
        case, due_at = self.waiting(session)
        clocks.set_clocks(session, case, PAUSING, RECEIVED + 9 * HOUR)
        assert one(case, "forward").due_at == due_at + 8 * HOUR
        happened(session, case, "resumed", RECEIVED + 2 * HOUR, book=PAUSING, now=RECEIVED + 9 * HOUR)
        clock = one(case, "forward")
        assert (clock.due_at, clock.state) == (due_at + HOUR, "breached")

    def test_while_it_lasts_the_page_counts_on(self, session: Session) -> None:
        case, due_at = self.waiting(session)
        shown = clocks.explained_clocks(session, case, PAUSING, RECEIVED + 6 * HOUR)
        (forward,) = (c for c in shown if c.clock == "forward")
        assert (forward.state, forward.due_at) == ("on_hold", due_at + 5 * HOUR)

    def test_where_nothing_pauses_nothing_moves(self, session: Session) -> None:
        case = received(session)
        before = kept(case, "forward")
        happened(session, case, "waiting_customer", RECEIVED + HOUR)
        happened(session, case, "resumed", RECEIVED + 3 * HOUR)
        assert kept(case, "forward") == before


class TestFirstRelease:
    def test_a_case_from_before_has_no_facts_of_receipt_and_takes_its_own(self, session: Session) -> None:
        case = received(session, category="refund", severity="serious")
        case.category_at_receipt = case.severity_at_receipt = ""
        session.flush()
        facts = clocks.facts_of(case)
        assert (facts.category, facts.severity) == ("refund", "serious")

    def test_the_facts_of_receipt_fill_themselves_in(self, session: Session) -> None:
        case = received(session, category="refund", severity="serious")
        session.expire_all()
        assert (case.category_at_receipt, case.severity_at_receipt) == ("refund", "serious")


class TestTheSweep:
    def test_a_breach_of_a_department_is_logged_with_its_name_as_of_the_deadline(
        self, session: Session
    ) -> None:
        case = received(session)
        happened(session, case, "forwarded", RECEIVED + HOUR, "储运部")
        due_at = one(case, "sign_off").due_at
        clock_states.sweep(session, due_at + DAY)
        entry = next(e for e in logged(session, "clock.breached") if e.detail["clock"] == "sign_off")
        assert (entry.at, entry.detail["department"], entry.detail["ordinal"]) == (due_at, "储运部", 1)

    def test_a_rectification_is_listed_after_the_case_was_closed_and_nothing_else_is(
        self, session: Session
    ) -> None:
        case = received(session)
        happened(session, case, "returned", RECEIVED + DAY, "储运部", due_on=date(2026, 11, 23))
        happened(session, case, "closed", RECEIVED + 2 * DAY)
        case.status, case.closed_at = "closed", RECEIVED + 2 * DAY
        session.flush()
        now = RECEIVED + 30 * DAY
        due = clock_states.list_clocks_due(session, MANAGER, now=now, until=now)
        assert [c.clock for c in due] == ["rectification"]

    def test_two_at_once_begin_the_next_round_once_and_note_each_breach_once(
        self, engine: Engine, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(rulebooks, "configured", lambda: BY_CATEGORY)
        with Session(engine, expire_on_commit=False) as session:
            for _ in range(6):
                case = received(session)
                happened(session, case, "first_feedback", RECEIVED + HOUR)
            session.commit()
        now = RECEIVED + 5 * DAY
        barrier, counted, failures = threading.Barrier(3), list[int](), list[BaseException]()

        def sweep() -> None:
            try:
                barrier.wait()
                with Session(engine) as session:
                    counted.append(clock_states.sweep(session, now))
                    session.commit()
            except BaseException as error:
                failures.append(error)

        threads = [threading.Thread(target=sweep) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert failures == []
        with Session(engine) as session:
            counted.append(clock_states.sweep(session, now))  # what the others had in hand at the same moment
            session.commit()
            breached = session.scalars(
                select(ComplaintClock).where(ComplaintClock.breach_recorded_at.is_not(None))
            ).all()
            assert sum(counted) == len(breached) == len(logged(session, "clock.breached"))
            assert all(c.state == "breached" for c in breached)
            rounds = session.scalars(
                select(ComplaintClock.ordinal).where(ComplaintClock.clock == "progress")
            ).all()
            assert sorted(rounds) == sorted([1, 2, 3] * 6)

    @pytest.mark.postgres  # SQLite has one writer at a time: there is nobody to leave anything to
    def test_a_case_that_somebody_has_in_hand_is_left_to_the_next_sweep(
        self, postgres_url: str, postgres_template: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        url = new_postgres(postgres_url, postgres_template)
        engine = make_engine(url)
        monkeypatch.setattr(rulebooks, "configured", lambda: BY_CATEGORY)
        with Session(engine, expire_on_commit=False) as session:
            case = received(session)
            happened(session, case, "first_feedback", RECEIVED + HOUR)
            session.commit()
            case_id = case.id
        now = RECEIVED + 3 * DAY
        with Session(engine) as somebody, Session(engine) as session:
            somebody.execute(select(Complaint.id).where(Complaint.id == case_id).with_for_update())
            clock_states.sweep(session, now)
            session.commit()
            progress = select(ComplaintClock.ordinal).where(ComplaintClock.clock == "progress")
            assert session.scalars(progress).all() == [1]
            somebody.rollback()
            clock_states.sweep(session, now)
            session.commit()
            assert sorted(session.scalars(progress)) == [1, 2]
        engine.dispose()
        drop_postgres(url)

    def test_an_answer_between_two_sweeps_is_late_by_its_own_time(self, session: Session) -> None:
        case = received(session)
        due_at = one(case, "forward").due_at
        clock_states.sweep(session, due_at)
        happened(session, case, "forwarded", due_at + timedelta(seconds=1), "储运部")
        assert one(case, "forward").state == "breached"
        assert clock_states.sweep(session, due_at + DAY) >= 1
        entry = next(e for e in logged(session, "clock.breached") if e.detail["clock"] == "forward")
        assert entry.at.astimezone(UTC) == due_at.astimezone(UTC)

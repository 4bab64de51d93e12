"""The clocks of a complaint: edges, order of events, reopenings, pauses, and the explanation."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from regulations.complaints import CLOCKS, CaseEvent, CaseFacts, Clock, clocks, state_at
from regulations.names import NAMES
from regulations.rulebook import Rulebook
from tests.regulations.site_books import SHANGHAI, at, book_of

GOODS = book_of("goods_sales")
PAUSING = book_of("goods_sales", site="complaint.pause_clock_when_waiting_customer = true")
RECEIVED = "2026-11-02 10:00"  # a Monday without holidays near
LATER = "2027-03-01 12:00"


def case(*events: tuple[str, str], received: str = RECEIVED, is_incident: bool = False) -> CaseFacts:
    return CaseFacts(
        at(received),
        "phone",
        "一般投诉",
        "ordinary",
        tuple(CaseEvent(k, at(t)) for k, t in events),
        is_incident,
    )


def clock_of(
    name: str,
    *events: tuple[str, str],
    now: str = LATER,
    book: Rulebook = GOODS,
    received: str = RECEIVED,
    ordinal: int = 1,
    is_incident: bool = False,
) -> Clock:
    found = clocks(case(*events, received=received, is_incident=is_incident), book, at(now))
    return next(c for c in found if c.clock == name and c.ordinal == ordinal)


def told(clock: Clock, lang: str = "zh") -> str:
    return "\n".join(s.text(lang) for s in clock.steps)  # type: ignore[arg-type]


class TestTheGoodsCompany:
    def test_final_feedback_over_the_national_day(self) -> None:
        clock = clock_of("final_feedback", received="2026-09-30 17:20", now="2026-10-01 09:00")
        assert clock.due_at is not None
        assert clock.due_at.isoformat() == "2026-10-15T23:59:59+08:00"
        assert "2026-10-10（周六） 调休上班，计为第 3 个工作日" in told(clock)
        assert told(clock).count("国庆节，不计") == 7
        assert clock.clauses == ("A6.28",)

    def test_every_deadline_of_an_ordinary_day(self) -> None:
        found = {c.clock: c.due_at for c in clocks(case(), GOODS, at(RECEIVED))}
        assert found["forward"] == at("2026-11-02 14:00")
        assert found["leadership_submit"] == at("2026-11-02 10:30")
        assert found["first_feedback"] == at("2026-11-04 23:59:59")
        assert found["final_feedback"] == at("2026-11-11 23:59:59")

    def test_a_four_hour_limit_runs_by_the_wall_clock_into_the_evening(self) -> None:
        assert clock_of("forward", received="2026-11-02 17:30").due_at == at("2026-11-02 21:30")

    def test_or_by_service_hours_where_the_rulebook_says_so(self) -> None:
        book = book_of(
            "goods_sales",
            site='complaint.hours_clock = "service_hours"\n'
            'shift.definitions = [{code = "day", start = "09:00", end = "18:00",'
            ' breaks = [{start = "12:00", end = "13:00"}]}]',
        )
        assert clock_of("forward", received="2026-11-02 17:30", book=book).due_at == at("2026-11-03 13:30")

    @pytest.mark.parametrize(
        ("received", "due"),
        [
            ("2026-10-10 09:00", "2026-10-20 23:59:59"),  # on a make-up Saturday
            ("2026-11-02 00:00", "2026-11-11 23:59:59"),
            ("2026-11-02 23:59:59", "2026-11-11 23:59:59"),
            ("2026-11-03 00:00", "2026-11-12 23:59:59"),
            ("2026-11-01 12:00", "2026-11-10 23:59:59"),  # on a Sunday
        ],
    )
    def test_final_feedback_counts_from_the_day_after_the_receipt(self, received: str, due: str) -> None:
        assert clock_of("final_feedback", received=received).due_at == at(due)

    def test_a_case_into_an_unpublished_year_is_provisional(self) -> None:
        clock = clock_of("final_feedback", received="2026-12-28 10:00")
        assert clock.is_provisional
        assert "2027 年的放假调休安排尚未全部公布" in told(clock)
        assert not clock_of("forward", received="2026-12-31 23:00").is_provisional


class TestVerification:
    book = book_of()

    @pytest.mark.parametrize("moment", ["00:00", "10:00", "23:59:59"])
    def test_is_due_at_the_end_of_the_receipt_day_itself(self, moment: str) -> None:
        clock = clock_of("verify", received=f"2026-11-02 {moment}", book=self.book)
        assert clock.due_at == at("2026-11-02 23:59:59")
        assert "受理当日为第 1 天" in told(clock)

    def test_two_days_end_with_the_day_after(self) -> None:
        book = book_of(site="complaint.verify_within = 2 calendar_day")
        assert clock_of("verify", book=book).due_at == at("2026-11-03 23:59:59")


class TestStates:
    due, warn = at("2026-11-04 23:59:59"), at("2026-11-04 08:29:59")

    @pytest.mark.parametrize(
        ("now", "state"),
        [
            ("2026-11-04 08:29:58", "on_track"),
            ("2026-11-04 08:29:59", "due_soon"),
            ("2026-11-04 23:59:59", "due_soon"),
            ("2026-11-05 00:00:00", "breached"),
        ],
    )
    def test_of_an_open_clock(self, now: str, state: str) -> None:
        assert state_at(self.due, self.warn, None, at(now)) == state
        assert clock_of("first_feedback", now=now).state == state

    def test_the_due_second_is_in_time_to_its_last_microsecond(self) -> None:
        last = self.due + timedelta(microseconds=999_999)
        assert state_at(self.due, self.warn, last, at(LATER)) == "met"
        assert state_at(self.due, self.warn, None, last) == "due_soon"
        assert state_at(self.due, self.warn, self.due + timedelta(seconds=1), at(LATER)) == "breached"

    def test_met_late_is_breached_by_the_seconds_that_it_was_late(self) -> None:
        clock = clock_of("first_feedback", ("first_feedback", "2026-11-05 00:00:00"))
        assert (clock.state, clock.overdue_seconds) == ("breached", 1)
        assert clock.met_at == at("2026-11-05 00:00:00")
        assert "晚于到期时刻 1 秒" in told(clock)

    def test_open_and_past_due_is_breached_and_grows(self) -> None:
        clock = clock_of("first_feedback", now="2026-11-05 01:00:00")
        assert (clock.state, clock.overdue_seconds, clock.met_at) == ("breached", 3601, None)
        assert "仍未完成" in told(clock)

    def test_met_in_time_is_met_however_long_ago_it_fell_due(self) -> None:
        clock = clock_of("first_feedback", ("first_feedback", "2026-11-04 23:59:59"))
        assert (clock.state, clock.overdue_seconds) == ("met", 0)

    def test_the_warning_begins_at_the_share_of_the_limit(self) -> None:
        clock = clock_of("forward")
        assert clock.warn_at == at("2026-11-02 13:00")  # 75 % of four hours
        book = book_of("goods_sales", site="complaint.warn_at_fraction = 50")
        assert clock_of("forward", book=book).warn_at == at("2026-11-02 12:00")

    def test_hours_that_do_not_count_are_no_part_of_the_share(self) -> None:
        book = book_of(
            "goods_sales",
            site='complaint.hours_clock = "service_hours"\ncalendar.service_hours ='
            ' [{start = "08:30", end = "12:00"}, {start = "13:30", end = "17:30"}]',
        )
        clock = clock_of("forward", received="2026-09-30 17:20", book=book, now="2026-10-08 11:19:59")
        assert clock.due_at == at("2026-10-08 13:50")
        assert (clock.warn_at, clock.state) == (at("2026-10-08 11:20"), "on_track")  # three of four hours

    def test_nor_is_the_time_in_which_the_customer_was_waited_for(self) -> None:
        waited = (("waiting_customer", "2026-11-02 11:00"), ("resumed", "2026-11-04 11:00"))
        clock = clock_of("forward", *waited, book=PAUSING, now="2026-11-04 11:30")
        assert (clock.warn_at, clock.due_at) == (at("2026-11-04 13:00"), at("2026-11-04 14:00"))
        assert clock.state == "on_track"

    def test_a_limit_that_is_off_leaves_a_clock_that_says_so(self) -> None:
        clock = clock_of("close")
        assert (clock.state, clock.due_at, clock.limit, clock.overdue_seconds) == ("off", None, None, 0)
        assert clock.steps[0].zh == "现行规则不设结案时限"

    def test_due_instants_are_told_in_local_time_whatever_zone_the_facts_come_in(self) -> None:
        facts = CaseFacts(at(RECEIVED).astimezone(UTC), "phone", "", "ordinary", ())
        forward = next(c for c in clocks(facts, GOODS, at(RECEIVED).astimezone(UTC)) if c.clock == "forward")
        assert forward.due_at is not None
        assert forward.due_at.isoformat() == "2026-11-02T14:00:00+08:00"
        assert "2026-11-02 10:00 受理投诉" in told(forward)


class TestWhatStopsAClock:
    def test_first_feedback_is_met_by_a_final_one_as_well(self) -> None:
        clock = clock_of("first_feedback", ("final_feedback", "2026-11-03 10:00"))
        assert (clock.state, clock.met_at) == ("met", at("2026-11-03 10:00"))
        assert "最终答复客户" in told(clock)

    def test_final_feedback_is_not_met_by_a_first_one_nor_by_closing(self) -> None:
        events = (("first_feedback", "2026-11-03 10:00"), ("closed", "2026-11-03 11:00"))
        assert clock_of("final_feedback", *events).state == "breached"

    def test_the_first_of_several_counts(self) -> None:
        clock = clock_of("forward", ("forwarded", "2026-11-02 15:00"), ("forwarded", "2026-11-02 11:00"))
        assert clock.met_at == at("2026-11-02 11:00")

    def test_an_event_before_the_receipt_stops_nothing_and_is_named(self) -> None:
        clock = clock_of("forward", ("forwarded", "2026-11-02 09:59:59"))
        assert (clock.state, clock.met_at) == ("breached", None)
        assert "早于受理时间，不计" in told(clock)
        assert "dated before the receipt" in told(clock, "en")

    def test_an_event_at_the_second_of_receipt_counts(self) -> None:
        assert clock_of("forward", ("forwarded", RECEIVED)).state == "met"

    def test_an_event_that_has_not_happened_yet_stops_nothing_and_is_named(self) -> None:
        clock = clock_of("forward", ("forwarded", "2026-11-02 13:30"), now="2026-11-02 13:00")
        assert (clock.state, clock.met_at) == ("due_soon", None)
        assert "晚于当前时刻，尚不计" in told(clock)

    def test_an_irrelevant_event_is_not_mentioned(self) -> None:
        clock = clock_of("forward", ("closed", "2026-11-01 10:00"), ("note", "2026-11-02 11:00"))
        assert "结案" not in told(clock)
        assert "备注" not in told(clock)

    @given(seed=st.integers(0, 10_000))
    @settings(max_examples=60, deadline=None)
    def test_order_and_repetition_of_the_rows_change_nothing(self, seed: int) -> None:
        chance = random.Random(seed)
        kinds = list(NAMES["complaint_event"])
        events = [
            CaseEvent(chance.choice(kinds), at(RECEIVED) + timedelta(hours=chance.randint(-10, 400)))
            for _ in range(chance.randint(0, 10))
        ]
        shuffled = chance.sample(events, len(events)) + events[:3]
        facts = [CaseFacts(at(RECEIVED), "phone", "", "ordinary", tuple(e)) for e in (events, shuffled)]
        now = at(RECEIVED) + timedelta(hours=chance.randint(0, 500))
        assert clocks(facts[0], PAUSING, now) == clocks(facts[1], PAUSING, now)


class TestTheInvestigationReport:
    book = book_of(site="complaint.investigation_report_within = 3 calendar_day")

    def test_has_no_clock_before_the_investigation_has_ended(self) -> None:
        assert not [c for c in clocks(case(), self.book, at(LATER)) if c.clock == "investigation_report"]

    def test_runs_from_the_end_of_the_investigation(self) -> None:
        clock = clock_of("investigation_report", ("investigated", "2026-11-05 16:00"), book=self.book)
        assert clock.started_at == at("2026-11-05 16:00")
        assert clock.due_at == at("2026-11-08 23:59:59")

    def test_is_not_met_by_a_report_from_before_the_investigation_ended(self) -> None:
        events = (("reported", "2026-11-05 15:00"), ("investigated", "2026-11-05 16:00"))
        assert clock_of("investigation_report", *events, book=self.book).state == "breached"

    def test_is_met_by_a_report_of_the_same_moment(self) -> None:
        events = (("reported", "2026-11-05 16:00"), ("investigated", "2026-11-05 16:00"))
        assert clock_of("investigation_report", *events, book=self.book).state == "met"

    def test_an_investigation_that_goes_on_after_its_report_owes_another(self) -> None:
        events = (
            ("investigated", "2026-11-03 16:00"),
            ("investigated", "2026-11-04 10:00"),  # before the report: the same run
            ("reported", "2026-11-05 16:00"),
            ("investigated", "2026-11-09 10:00"),
        )
        facts = CaseFacts(
            at(RECEIVED), "phone", "", "ordinary", tuple(CaseEvent(k, at(when)) for k, when in events)
        )
        found = [c for c in clocks(facts, self.book, at(LATER)) if c.clock == "investigation_report"]
        assert [(c.ordinal, c.started_at, c.state) for c in found] == [
            (1, at("2026-11-03 16:00"), "met"),
            (2, at("2026-11-09 10:00"), "breached"),
        ]


class TestTheIncidentReport:
    book = book_of("office_building_property")

    def test_is_owed_only_for_an_incident(self) -> None:
        assert not [c for c in clocks(case(), self.book, at(LATER)) if c.clock == "incident_report"]
        clock = clock_of("incident_report", is_incident=True, book=self.book)
        assert clock.due_at == at("2026-11-03 10:00")
        assert clock.clauses == ("E1.4",)


class TestProgress:
    """E1.20: while it is unsolved the customer hears every two days."""

    def states(self, *events: tuple[str, str], now: str = LATER) -> list[tuple[int, str, datetime | None]]:
        found = clocks(case(*events), GOODS, at(now))
        return [(c.ordinal, c.state, c.due_at) for c in found if c.clock == "progress"]

    def test_begins_with_the_first_contact(self) -> None:
        assert self.states() == []
        assert self.states(("first_feedback", "2026-11-03 10:00"), now="2026-11-03 11:00") == [
            (1, "on_track", at("2026-11-05 23:59:59"))
        ]

    def test_every_contact_begins_the_next_interval(self) -> None:
        found = self.states(
            ("first_feedback", "2026-11-03 10:00"),
            ("progress_contact", "2026-11-04 10:00"),
            ("progress_contact", "2026-11-06 23:59:59"),
            now="2026-11-07 10:00",
        )
        assert found == [
            (1, "met", at("2026-11-05 23:59:59")),
            (2, "met", at("2026-11-06 23:59:59")),
            (3, "on_track", at("2026-11-08 23:59:59")),
        ]

    def test_a_missed_interval_is_breached_and_the_next_follows_on_it(self) -> None:
        found = self.states(
            ("first_feedback", "2026-11-03 10:00"),
            ("progress_contact", "2026-11-08 10:00"),
            now="2026-11-08 11:00",
        )
        assert found == [
            (1, "breached", at("2026-11-05 23:59:59")),
            (2, "breached", at("2026-11-07 23:59:59")),
            (3, "met", at("2026-11-09 23:59:59")),
            (4, "on_track", at("2026-11-10 23:59:59")),
        ]

    def test_a_final_answer_in_time_ends_it(self) -> None:
        assert self.states(
            ("first_feedback", "2026-11-03 10:00"), ("final_feedback", "2026-11-05 10:00")
        ) == [(1, "met", at("2026-11-05 23:59:59"))]

    def test_a_closure_in_time_ends_it(self) -> None:
        assert self.states(("first_feedback", "2026-11-03 10:00"), ("closed", "2026-11-05 10:00")) == [
            (1, "met", at("2026-11-05 23:59:59"))
        ]

    def test_a_final_answer_without_any_contact_before_leaves_none(self) -> None:
        assert self.states(("final_feedback", "2026-11-03 10:00")) == []
        after = ("progress_contact", "2026-11-09 10:00")
        assert self.states(("final_feedback", "2026-11-03 10:00"), after) == []

    def test_silence_breaches_one_interval_after_the_other(self) -> None:
        found = self.states(("first_feedback", "2026-11-03 10:00"), now="2026-11-10 00:00:00")
        assert [state for _, state, _ in found] == ["breached", "breached", "breached", "on_track"]

    def test_an_interval_of_minutes_on_a_case_open_for_years_stays_bounded(self) -> None:
        book = book_of(site="complaint.progress_interval = 1 minute")
        facts = case(("first_feedback", "2026-11-03 10:00"))
        found = [c for c in clocks(facts, book, at("2036-11-03 10:00")) if c.clock == "progress"]
        assert len(found) == 1000

    @given(
        hours=st.lists(st.integers(1, 600), min_size=1, max_size=8, unique=True),
        answered=st.none() | st.integers(1, 600),
        now=st.integers(0, 800),
    )
    @settings(max_examples=80, deadline=None)
    def test_agrees_with_walking_the_days(self, hours: list[int], answered: int | None, now: int) -> None:
        start = at("2026-11-03 10:00")
        contacts = sorted(start + timedelta(hours=h) for h in hours)
        end = None if answered is None else start + timedelta(hours=answered)
        moment = start + timedelta(hours=now)
        events = [CaseEvent("first_feedback", start), *(CaseEvent("progress_contact", c) for c in contacts)]
        if end is not None:
            events.append(CaseEvent("final_feedback", end))
        facts = CaseFacts(at(RECEIVED), "phone", "", "ordinary", tuple(events))
        ours = [
            (c.due_at, c.state in ("met", "on_track", "due_soon"))
            for c in clocks(facts, GOODS, moment)
            if c.clock == "progress"
        ]
        assert ours == self.by_walking(start, contacts, end, moment)

    @staticmethod
    def by_walking(
        start: datetime, contacts: list[datetime], end: datetime | None, now: datetime
    ) -> list[tuple[datetime, bool]]:
        """Day by day: whether each two days since the last contact saw another one."""
        found: list[tuple[datetime, bool]] = []
        last = start
        while True:
            day = last.date() + timedelta(days=2)
            due = datetime(day.year, day.month, day.day, 23, 59, 59, tzinfo=SHANGHAI)
            heard = [c for c in contacts if last < c <= min(due, now) and (end is None or c <= end)]
            solved = end is not None and last < end <= min(due, now)
            if heard and not (solved and end is not None and end < heard[0]):
                found.append((due, True))
                if solved and end == heard[0]:
                    return found
                last = heard[0]
            elif solved:
                return [*found, (due, True)]
            elif now > due:
                found.append((due, False))
                if end is not None and end <= last:
                    return found[:-1]
                last = due
            else:
                return [*found, (due, True)]


class TestReopening:
    """C4.25: the customer rejects the outcome. The first round's verdict stays."""

    answered_late = (("final_feedback", "2026-11-16 10:00"), ("closed", "2026-11-16 11:00"))
    reopened = ("reopened", "2026-11-17 09:00")

    def test_starts_a_second_round_of_what_the_customer_waits_for(self) -> None:
        found = clocks(case(*self.answered_late, self.reopened), GOODS, at("2026-11-17 10:00"))
        assert [c.clock for c in found if c.ordinal == 2] == ["first_feedback", "final_feedback"]

    def test_keeps_the_verdict_of_the_first_round(self) -> None:
        facts = (*self.answered_late, self.reopened, ("final_feedback", "2026-11-18 10:00"))
        assert clock_of("final_feedback", *facts).state == "breached"
        assert clock_of("final_feedback", *facts).met_at == at("2026-11-16 10:00")
        second = clock_of("final_feedback", *facts, ordinal=2)
        assert (second.state, second.started_at) == ("met", at("2026-11-17 09:00"))
        assert second.due_at == at("2026-11-26 23:59:59")
        assert "2026-11-17 09:00 重新受理，由此起算" in told(second)

    def test_without_an_answer_before_it_starts_nothing_and_is_named(self) -> None:
        found = clocks(case(self.reopened), GOODS, at(LATER))
        assert {c.ordinal for c in found} == {1}
        assert "不另起一轮" in told(clock_of("final_feedback", self.reopened))

    def test_twice_in_a_row_counts_once(self) -> None:
        again = ("reopened", "2026-11-18 09:00")
        found = clocks(case(*self.answered_late, self.reopened, again), GOODS, at(LATER))
        assert max(c.ordinal for c in found if c.clock == "final_feedback") == 2

    def test_of_the_same_second_as_the_answer_leaves_the_second_round_open(self) -> None:
        facts = (("final_feedback", "2026-11-04 10:00"), ("reopened", "2026-11-04 10:00"))
        assert clock_of("final_feedback", *facts).state == "met"
        assert clock_of("final_feedback", *facts, ordinal=2).met_at is None

    def test_a_clock_still_open_at_the_reopening_is_not_lost(self) -> None:
        book = book_of("goods_sales", site="complaint.close_within = 6 calendar_day")
        facts = (
            ("final_feedback", "2026-11-04 10:00"),
            ("reopened", "2026-11-05 10:00"),
            ("closed", "2026-11-10 10:00"),
        )
        first, second = (clock_of("close", *facts, book=book, ordinal=n) for n in (1, 2))
        assert (first.state, first.due_at) == ("breached", at("2026-11-08 23:59:59"))
        assert (second.state, second.due_at) == ("met", at("2026-11-11 23:59:59"))

    def test_progress_goes_on_counting_its_rounds(self) -> None:
        facts = (
            ("first_feedback", "2026-11-03 10:00"),
            ("final_feedback", "2026-11-04 10:00"),
            ("reopened", "2026-11-09 10:00"),
            ("progress_contact", "2026-11-10 10:00"),
        )
        found = [c for c in clocks(case(*facts), GOODS, at("2026-11-10 11:00")) if c.clock == "progress"]
        assert [(c.ordinal, c.state) for c in found] == [(1, "met"), (2, "on_track")]


class TestWaitingForTheCustomer:
    waiting = ("waiting_customer", "2026-11-02 11:00")
    resumed = ("resumed", "2026-11-02 12:30")

    def test_stops_no_clock_unless_the_rulebook_allows_it_and_says_so(self) -> None:
        clock = clock_of("forward", self.waiting, self.resumed)
        assert clock.due_at == at("2026-11-02 14:00")
        assert "不允许暂停计时" in told(clock)
        assert clock_of("forward", self.waiting, now="2026-11-02 11:30").state == "on_track"

    def test_without_a_wait_the_pause_is_not_mentioned(self) -> None:
        assert "暂停" not in told(clock_of("forward"))

    def test_moves_an_hour_limit_by_exactly_its_length(self) -> None:
        clock = clock_of("forward", self.waiting, self.resumed, book=PAUSING)
        assert clock.due_at == at("2026-11-02 15:30")
        assert "2026-11-02 11:00 至 2026-11-02 12:30 等待客户，不计时" in told(clock)

    def test_shows_the_clock_on_hold_while_it_lasts(self) -> None:
        clock = clock_of("forward", self.waiting, book=PAUSING, now="2026-11-02 16:00")
        assert (clock.state, clock.due_at) == ("on_hold", at("2026-11-02 19:00"))

    def test_a_hold_that_begins_after_the_breach_heals_nothing(self) -> None:
        late = ("waiting_customer", "2026-11-02 15:00")
        assert clock_of("forward", late, book=PAUSING, now="2026-11-02 16:00").state == "breached"

    def test_a_met_clock_is_not_on_hold(self) -> None:
        events = (("forwarded", "2026-11-02 10:30"), self.waiting)
        assert clock_of("forward", *events, book=PAUSING, now="2026-11-02 11:30").state == "met"

    def test_a_second_wait_before_the_resumption_is_the_same_wait(self) -> None:
        again = ("waiting_customer", "2026-11-02 11:30")
        clock = clock_of("forward", self.waiting, again, self.resumed, book=PAUSING)
        assert clock.due_at == at("2026-11-02 15:30")

    def test_a_resumption_without_a_wait_is_nothing(self) -> None:
        assert clock_of("forward", self.resumed, book=PAUSING).due_at == at("2026-11-02 14:00")

    def test_a_day_limit_skips_whole_days_only(self) -> None:
        overnight = (("waiting_customer", "2026-11-03 18:00"), ("resumed", "2026-11-05 09:00"))
        clock = clock_of("first_feedback", *overnight, book=PAUSING)
        assert clock.due_at == at("2026-11-05 23:59:59")  # only the 4th was held all day
        assert "2026-11-04（周三） 全天等待客户，不计" in told(clock)

    def test_ends_with_the_answer(self) -> None:
        events = (self.waiting, ("final_feedback", "2026-11-02 12:00"))
        clock = clock_of("forward", *events, book=PAUSING, now="2026-11-02 14:30")
        assert (clock.state, clock.due_at) == ("due_soon", at("2026-11-02 15:00"))


class TestTheExplanation:
    def test_runs_from_receipt_to_verdict(self) -> None:
        clock = clock_of("first_feedback", ("first_feedback", "2026-11-03 10:00"))
        assert [s.zh for s in clock.steps] == [
            "2026-11-02 10:00 受理投诉（电话）",
            "首次反馈：限 2 天（条文原文）",
            "自 2026-11-02（周一） 次日起算 2 天，至 2026-11-04（周三） 结束",
            "到期：2026-11-04 23:59:59，自 2026-11-04 08:29:59 起提醒",
            "2026-11-03 10:00 首次反馈客户",
            "不晚于到期时刻：按时",
        ]
        assert [s.clause for s in clock.steps] == [None, "A6.28", "A6.28", "A6.28", None, "A6.28"]

    def test_says_when_a_limit_is_our_own_choice(self) -> None:
        assert "限 30 分钟（产品约定）" in told(clock_of("leadership_submit"))
        assert "within 30 minutes (product choice)" in told(clock_of("leadership_submit"), "en")

    @pytest.mark.parametrize(
        "preset", ["goods_sales", "ecommerce_shop", "hospital_callback", "office_building_property"]
    )
    def test_every_clock_of_every_preset_is_explained_in_both_languages(self, preset: str) -> None:
        first = at("2026-11-03 10:00")
        events = tuple(
            CaseEvent(kind, first + timedelta(days=n), "Stores", "serious", date(2026, 12, 24))
            for n, kind in enumerate(NAMES["complaint_event"])
        )
        facts = CaseFacts(at(RECEIVED), "phone", "", "ordinary", events, True, "delivery")
        for clock in clocks(facts, book_of(preset), at(LATER)):
            assert clock.steps
            assert clock.state in NAMES["clock_state"]
            assert clock.clock in NAMES["clock"]
            for step in clock.steps:
                assert step.zh
                assert step.en.isascii(), step.en
            if clock.state != "off":
                assert clock.clauses
                assert clock.due_at is not None

    def test_the_clocks_are_those_with_a_name(self) -> None:
        assert {rule.clock for rule in CLOCKS} <= set(NAMES["clock"])
        stops = {kind for rule in CLOCKS for kind in rule.stops}
        assert stops <= set(NAMES["complaint_event"])

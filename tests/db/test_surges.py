"""Surge alerts: raised once, whoever looks and how often; kept up, acknowledged, closed; seen by those concerned."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from random import Random

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from db import surges
from db.models import Agent, AuditEntry, Complaint, SurgeAlert, SurgeCase
from db.refusals import Refused, StaleCase
from regulations import surge as rules
from regulations.access import AccessRefused
from regulations.rulebook import Rulebook
from tests.factories import NOW, make_agent, make_complaint, make_team, scope
from tests.regulations.site_books import book_of

BOOK = book_of()  # five within sixty minutes
HOUR, DAY, MINUTE = timedelta(hours=1), timedelta(days=1), timedelta(minutes=1)
MANAGER = scope("manager")


@pytest.fixture
def agent(session: Session) -> Agent:
    """Somebody who takes complaints, in a department whose records go back two months."""
    agent = make_agent(session)
    make_complaint(session, agent, NOW - 60 * DAY, category="other")
    return agent


def receive(
    session: Session,
    agent: Agent,
    count: int,
    *,
    until: datetime = NOW,
    now: datetime = NOW,
    category: str = "billing",
    product: str = "会员",
    book: Rulebook = BOOK,
    is_checked: bool = True,
) -> list[SurgeAlert | None]:
    """So many complaints, five minutes apart, the last one at `until`; what each check answers."""
    answers = []
    for n in reversed(range(count)):
        case = make_complaint(session, agent, until - 5 * n * MINUTE, category=category, product=product)
        if is_checked:
            answers.append(surges.check_after_receipt(session, case, book, now))
    return answers


def alerts(session: Session) -> list[SurgeAlert]:
    return list(session.scalars(select(SurgeAlert).order_by(SurgeAlert.id)))


def cases_of(session: Session, alert: SurgeAlert) -> int:
    return (
        session.scalar(select(func.count()).select_from(SurgeCase).where(SurgeCase.alert_id == alert.id)) or 0
    )


class TestRaising:
    def test_the_fifth_within_the_hour_raises_one_alert_at_once(self, session: Session, agent: Agent) -> None:
        answers = receive(session, agent, 5)
        (alert,) = alerts(session)
        assert answers == [None] * 4 + [alert]
        assert (alert.count, alert.baseline, alert.group) == (
            5,
            0.0,
            {"category": "billing", "product": "会员"},
        )
        assert alert.started_at == alert.last_at == alert.peak_at == NOW
        assert alert.acknowledge_due_at == NOW + 30 * MINUTE
        assert cases_of(session, alert) == 5
        assert "D1.10" in alert.clauses
        assert any("2026-11-20 10:30 前须确认" in step["zh"] for step in alert.steps)

    def test_it_is_logged_in_the_same_transaction(self, session: Session, agent: Agent) -> None:
        receive(session, agent, 5)
        (entry,) = session.scalars(select(AuditEntry).where(AuditEntry.action == "surge.raised"))
        assert entry.object_id == str(alerts(session)[0].id)
        session.rollback()
        assert alerts(session) == []

    def test_the_sweep_raises_what_nobody_checked_and_doing_it_again_changes_nothing(
        self, session: Session, agent: Agent
    ) -> None:
        receive(session, agent, 7, is_checked=False)
        (raised,) = surges.check_recent(session, BOOK, NOW)
        before = (raised.count, raised.last_at, raised.steps, raised.row_version, cases_of(session, raised))
        for _again in range(3):
            assert surges.check_recent(session, BOOK, NOW + MINUTE) == []
        assert before == (
            raised.count,
            raised.last_at,
            raised.steps,
            raised.row_version,
            cases_of(session, raised),
        )
        assert raised.started_at == NOW - 10 * MINUTE
        assert (raised.count, raised.last_at) == (7, NOW)

    def test_case_by_case_and_all_at_once_come_to_the_same(self, session: Session, agent: Agent) -> None:
        receive(session, agent, 8)
        (one,) = alerts(session)
        kept = (one.started_at, one.last_at, one.peak_at, one.count, one.probability, cases_of(session, one))
        session.delete(one)
        session.flush()
        (other,) = surges.check_recent(session, BOOK, NOW)
        session.refresh(other)
        assert kept == (
            other.started_at, other.last_at, other.peak_at, other.count, other.probability, cases_of(session, other),
        )  # fmt: skip

    def test_a_case_recorded_late_counts_when_it_was_received(self, session: Session, agent: Agent) -> None:
        receive(session, agent, 4, until=NOW - 3 * HOUR, now=NOW)
        late = make_complaint(
            session, agent, NOW - 3 * HOUR - 30 * MINUTE, category="billing", product="会员"
        )
        alert = surges.check_after_receipt(session, late, BOOK, NOW)
        assert alert is not None
        assert alert.started_at == NOW - 3 * HOUR  # the window that it filled ended there
        assert alert.raised_at == NOW
        assert cases_of(session, alert) == 5

    def test_what_is_older_than_the_look_back_raises_nothing(self, session: Session, agent: Agent) -> None:
        receive(session, agent, 9, until=NOW - 25 * HOUR, now=NOW)
        assert surges.check_recent(session, BOOK, NOW) == []
        assert alerts(session) == []

    def test_nothing_is_raised_on_too_little_history(self, session: Session) -> None:
        agent = make_agent(session)
        first = NOW - 28 * DAY  # with the window an hour short
        make_complaint(session, agent, first, category="other")
        receive(session, agent, 9)
        assert alerts(session) == []
        watch = surges.watch_state(session, BOOK, NOW)
        assert (watch.known_since, watch.ready_at) == (first, first + 28 * DAY + HOUR)
        receive(session, agent, 5, until=NOW + HOUR, now=NOW + HOUR)
        assert len(alerts(session)) == 1

    def test_an_empty_desk_is_silent(self, session: Session) -> None:
        assert surges.check_recent(session, BOOK, NOW) == []
        assert surges.watch_state(session, BOOK, NOW).known_since is None

    @pytest.mark.parametrize("key", ["surge.window", "surge.min_count", "surge.history_weeks"])
    def test_a_rulebook_without_it_watches_nothing(self, session: Session, agent: Agent, key: str) -> None:
        book = book_of(site=f"{key} = off")
        receive(session, agent, 9, book=book)
        assert surges.check_recent(session, book, NOW) == []
        assert alerts(session) == []

    def test_as_many_as_usual_are_no_surge(self, session: Session, agent: Agent) -> None:
        for day in range(1, 29):
            receive(session, agent, 3, until=NOW - day * DAY - 45 * MINUTE, is_checked=False)
        receive(session, agent, 8)
        assert alerts(session) == []
        receive(session, agent, 8, until=NOW - MINUTE)
        (alert,) = alerts(session)
        assert alert.baseline == 3.0


class TestGroups:
    def test_an_empty_product_is_not_a_product(self, session: Session, agent: Agent) -> None:
        receive(session, agent, 5, product="")
        (alert,) = alerts(session)
        assert alert.group == {"category": "billing", "product": ""}
        assert any("不分产品" in step["zh"] for step in alert.steps)

    def test_a_category_and_its_product_do_not_alert_twice(self, session: Session, agent: Agent) -> None:
        receive(session, agent, 6)
        receive(session, agent, 6, product="洗衣机", category="billing", is_checked=False)
        receive(session, agent, 3, product="", until=NOW + MINUTE, now=NOW + MINUTE)
        groups = [alert.group["product"] for alert in alerts(session)]
        assert groups == ["会员"]
        surges.check_recent(session, BOOK, NOW + MINUTE)
        assert [alert.group["product"] for alert in alerts(session)] == [
            "会员",
            "洗衣机",
        ]  # another product is another matter

    def test_a_wide_alert_takes_its_products_in(self, session: Session, agent: Agent) -> None:
        for n in range(5):
            receive(session, agent, 1, product=f"P{n}", until=NOW - n * MINUTE, is_checked=False)
        (wide,) = surges.check_recent(session, BOOK, NOW)
        assert wide.group["product"] == ""
        receive(session, agent, 5, product="P1", until=NOW + 30 * MINUTE, now=NOW + 30 * MINUTE)
        assert alerts(session) == [wide]
        session.refresh(wide)
        assert (wide.count, cases_of(session, wide)) == (10, 10)

    def test_different_categories_do_not_add_up(self, session: Session, agent: Agent) -> None:
        receive(session, agent, 4)
        receive(session, agent, 4, category="delivery")
        assert alerts(session) == []

    def test_very_long_values_still_have_a_key_of_their_own(self, session: Session, agent: Agent) -> None:
        book = book_of(site='surge.group_by = ["category", "product", "department", "channel"]')
        for hours, department in enumerate(("甲" * 80, "甲" * 79 + "乙")):
            for n in range(5):
                case = make_complaint(
                    session, agent, NOW - hours * 5 * HOUR - n * MINUTE, category="类" * 40, product="品" * 80,
                    department=department, channel="c" * 30,
                )  # fmt: skip
        surges.check_recent(session, book, NOW)
        found = alerts(session)
        assert len({alert.group_key for alert in found}) == len(found) == 2
        assert case is not None


class TestGoingOn:
    def test_further_cases_extend_the_open_alert(self, session: Session, agent: Agent) -> None:
        receive(session, agent, 5)
        (alert,) = alerts(session)
        receive(session, agent, 4, until=NOW + 25 * MINUTE, now=NOW + 25 * MINUTE)
        assert alerts(session) == [alert]
        session.refresh(alert)
        assert (alert.count, alert.last_at, alert.peak_at) == (9, NOW + 25 * MINUTE, NOW + 25 * MINUTE)
        assert alert.started_at == NOW
        assert cases_of(session, alert) == 9
        assert alert.row_version == 1
        assert sum("最集中的是" in step["zh"] for step in alert.steps) == 1

    def test_the_peak_stays_when_it_abates(self, session: Session, agent: Agent) -> None:
        receive(session, agent, 9)
        late = NOW + 45 * MINUTE
        receive(session, agent, 1, until=late, now=late)
        (alert,) = alerts(session)
        assert (alert.count, alert.peak_at) == (9, NOW)
        assert cases_of(session, alert) == 10

    def test_a_case_after_it_went_quiet_is_no_longer_one_of_them(
        self, session: Session, agent: Agent
    ) -> None:
        receive(session, agent, 5)
        receive(session, agent, 1, until=NOW + HOUR + MINUTE, now=NOW + HOUR + MINUTE)
        assert cases_of(session, alerts(session)[0]) == 5

    def test_while_nobody_has_acknowledged_it_a_later_burst_is_the_same_alert(
        self, session: Session, agent: Agent
    ) -> None:
        receive(session, agent, 5)
        receive(session, agent, 6, until=NOW + 8 * HOUR, now=NOW + 8 * HOUR)
        (alert,) = alerts(session)
        session.refresh(alert)
        assert alert.count == 6

    def test_a_burst_after_an_acknowledged_one_went_quiet_is_told_anew(
        self, session: Session, agent: Agent
    ) -> None:
        receive(session, agent, 5)
        (first,) = alerts(session)
        surges.acknowledge(session, MANAGER, first.id, plan="安抚", expected_version=1, now=NOW)
        receive(session, agent, 6, until=NOW + 8 * HOUR, now=NOW + 8 * HOUR)
        first, second = alerts(session)
        assert (first.closed_by, second.closed_at) == ("system", None)
        assert surges.check_recent(session, BOOK, NOW + 8 * HOUR + MINUTE) == []
        assert len(alerts(session)) == 2

    @pytest.mark.parametrize(("minutes", "count"), [(60, 1), (61, 2)])
    def test_quiet_is_the_quiet_time_after_the_last_full_window_to_its_last_minute(
        self, session: Session, agent: Agent, minutes: int, count: int
    ) -> None:
        receive(session, agent, 5)
        (first,) = alerts(session)
        surges.acknowledge(session, MANAGER, first.id, plan="安抚", expected_version=1, now=NOW)
        later = NOW + minutes * MINUTE
        for _ in range(5):  # all at once: none of them fills a window with those before
            case = make_complaint(session, agent, later, category="billing", product="会员")
            surges.check_after_receipt(session, case, BOOK, later)
        assert len(alerts(session)) == count

    @pytest.mark.parametrize("seed", range(4))
    def test_whoever_acknowledges_at_once_is_told_of_every_surge_that_the_rules_know(
        self, session: Session, agent: Agent, seed: int
    ) -> None:
        dice = Random(seed)
        moments = sorted(NOW - DAY + dice.randint(0, 1440) * MINUTE for _ in range(6))
        times = sorted(start + dice.randint(0, 30) * MINUTE for start in moments for _ in range(7))
        for moment in times:
            case = make_complaint(session, agent, moment, category="billing", product="会员")
            surges.check_after_receipt(session, case, BOOK, moment)
            for alert in alerts(session):
                if alert.acknowledged_at is None:
                    surges.acknowledge(
                        session,
                        MANAGER,
                        alert.id,
                        plan="安抚",
                        expected_version=alert.row_version,
                        now=moment,
                    )
        known = NOW - 60 * DAY
        expected = rules.surges(((moment, "会员") for moment in times), BOOK, NOW, known)
        assert [(a.started_at, a.last_at, a.count) for a in alerts(session)] == [
            (s.started_at, s.last_at, s.count) for s in expected
        ]

    def test_after_closing_nothing_is_raised_within_the_quiet_time_and_something_after_it(
        self, session: Session, agent: Agent
    ) -> None:
        receive(session, agent, 5)
        (alert,) = alerts(session)
        surges.acknowledge(session, MANAGER, alert.id, plan="安抚", expected_version=1, now=NOW)
        surges.close(session, MANAGER, alert.id, outcome="系统重复扣款", expected_version=2, now=NOW)
        receive(session, agent, 6, until=NOW + HOUR, now=NOW + HOUR)  # exactly the cooldown
        assert len(alerts(session)) == 1
        receive(session, agent, 1, until=NOW + HOUR + timedelta(seconds=1), now=NOW + 2 * HOUR)
        assert len(alerts(session)) == 2

    def test_a_case_put_into_another_category_later_stays_part_of_the_alert(
        self, session: Session, agent: Agent
    ) -> None:
        receive(session, agent, 5)
        (alert,) = alerts(session)
        case = surges.list_cases(session, MANAGER, alert)[0]
        case.category = "refund"
        session.flush()
        surges.check_recent(session, BOOK, NOW + MINUTE)
        assert len(surges.list_cases(session, MANAGER, alert)) == 5


class TestActing:
    @pytest.fixture
    def alert(self, session: Session, agent: Agent) -> SurgeAlert:
        receive(session, agent, 5)
        return alerts(session)[0]

    def test_acknowledging_keeps_who_when_and_what_is_done(self, session: Session, alert: SurgeAlert) -> None:
        who = scope("manager", actor="王经理")
        surges.acknowledge(session, who, alert.id, plan="  统一口径：已退款  ", expected_version=1, now=NOW)
        assert (alert.acknowledged_by, alert.acknowledged_at, alert.plan) == (
            "王经理",
            NOW,
            "统一口径：已退款",
        )
        assert surges.state_of(alert) == "acknowledged"
        (entry,) = session.scalars(select(AuditEntry).where(AuditEntry.action == "surge.acknowledged"))
        assert entry.actor == "王经理"

    def test_the_second_is_told_who_was_quicker_and_nothing_is_overwritten(
        self, session: Session, alert: SurgeAlert
    ) -> None:
        surges.acknowledge(
            session, scope("manager", actor="甲"), alert.id, plan="一", expected_version=1, now=NOW
        )
        with pytest.raises(StaleCase) as told:
            surges.acknowledge(
                session, scope("manager", actor="乙"), alert.id, plan="二", expected_version=1, now=NOW
            )
        assert "甲" in told.value.zh and "甲" in told.value.en
        assert alert.plan == "一"

    def test_a_further_complaint_does_not_make_the_viewers_page_stale(
        self, session: Session, agent: Agent, alert: SurgeAlert
    ) -> None:
        receive(session, agent, 2, until=NOW + 10 * MINUTE, now=NOW + 10 * MINUTE)
        surges.acknowledge(session, MANAGER, alert.id, plan="一", expected_version=1, now=NOW)
        assert alert.count == 7

    def test_closing_needs_somebody_who_acknowledged_it(self, session: Session, alert: SurgeAlert) -> None:
        with pytest.raises(Refused, match="acknowledge it"):
            surges.close(session, MANAGER, alert.id, outcome="误报", expected_version=1, now=NOW)
        surges.acknowledge(session, MANAGER, alert.id, plan="一", expected_version=1, now=NOW)
        with pytest.raises(StaleCase):
            surges.close(session, MANAGER, alert.id, outcome="好了", expected_version=1, now=NOW)
        surges.close(session, MANAGER, alert.id, outcome="好了", expected_version=2, now=NOW)
        with pytest.raises(StaleCase):
            surges.close(session, MANAGER, alert.id, outcome="再关", expected_version=3, now=NOW)
        with pytest.raises(StaleCase):
            surges.acknowledge(session, MANAGER, alert.id, plan="再确认", expected_version=3, now=NOW)
        assert (alert.outcome, surges.state_of(alert)) == ("好了", "closed")

    @pytest.mark.parametrize("text", ["", "   \n", "x" * 4001])
    def test_no_words_or_far_too_many_are_refused(
        self, session: Session, alert: SurgeAlert, text: str
    ) -> None:
        with pytest.raises(Refused):
            surges.acknowledge(session, MANAGER, alert.id, plan=text, expected_version=1, now=NOW)
        assert alert.acknowledged_at is None

    @pytest.mark.parametrize("role", ["agent", "qa", "executive", "top", "administrator"])
    def test_other_roles_may_not_act(self, session: Session, alert: SurgeAlert, role: str) -> None:
        with pytest.raises(AccessRefused):
            surges.acknowledge(session, scope(role), alert.id, plan="x", expected_version=1, now=NOW)
        with pytest.raises(AccessRefused):
            surges.close(session, scope(role), alert.id, outcome="x", expected_version=1, now=NOW)

    def test_an_alert_that_is_none_is_not_found(self, session: Session, alert: SurgeAlert) -> None:
        with pytest.raises(LookupError):
            surges.acknowledge(session, MANAGER, alert.id + 1, plan="x", expected_version=1, now=NOW)
        with pytest.raises(LookupError):
            surges.get_alert(session, MANAGER, alert.id + 1)


class TestWhoSeesIt:
    def test_supervisors_see_alerts_with_a_case_of_their_teams(self, session: Session, agent: Agent) -> None:
        other = make_agent(session, make_team(session))
        receive(session, agent, 3)
        receive(session, other, 2, until=NOW - MINUTE)
        third = make_team(session)
        (alert,) = alerts(session)
        mine, theirs, nobodys = (
            scope("supervisor", agent.team),
            scope("supervisor", other.team),
            scope("supervisor", third),
        )
        for who, seen in ((mine, 3), (theirs, 2), (MANAGER, 5)):
            assert surges.list_alerts(session, who) == [alert]
            assert surges.get_alert(session, who, alert.id) is alert
            assert surges.count_cases(session, who, [alert])[alert.id] == surges.CaseCount(5, seen)
            assert len(surges.list_cases(session, who, alert)) == seen
        assert surges.list_alerts(session, nobodys) == []
        with pytest.raises(LookupError):
            surges.get_alert(session, nobodys, alert.id)
        with pytest.raises(AccessRefused):
            surges.acknowledge(session, nobodys, alert.id, plan="x", expected_version=1, now=NOW)
        assert surges.list_alerts(session, MANAGER, team_id=third.id) == []
        assert surges.list_alerts(session, MANAGER, team_id=other.team_id) == [alert]

    @pytest.mark.parametrize("role", ["agent", "qa", "administrator"])
    def test_others_see_none(self, session: Session, agent: Agent, role: str) -> None:
        with pytest.raises(AccessRefused):
            surges.list_alerts(session, scope(role))

    def test_they_are_listed_by_what_hurts_most_and_by_day(self, session: Session, agent: Agent) -> None:
        for hours, category in ((20, "quality"), (10, "delivery"), (0, "billing")):
            receive(session, agent, 5, until=NOW - hours * HOUR, category=category)
        done, handled, new = alerts(session)
        for row in (done, handled):
            surges.acknowledge(session, MANAGER, row.id, plan="x", expected_version=1, now=NOW)
        surges.close(session, MANAGER, done.id, outcome="x", expected_version=2, now=NOW)
        assert surges.list_alerts(session, MANAGER) == [new, handled, done]
        assert surges.list_alerts(session, MANAGER, open_only=True) == [new, handled]
        assert surges.list_alerts(session, MANAGER, to_on=done.started_on) == [done]
        assert surges.list_alerts(session, MANAGER, from_on=new.started_on) == [new, handled]


def test_the_chart_counts_the_peak_as_the_alert_does(session: Session, agent: Agent) -> None:
    for day in (3, 10):
        receive(session, agent, 2, until=NOW - day * DAY, is_checked=False)
    receive(session, agent, 7)
    (alert,) = alerts(session)
    bins = surges.profile(session, alert, BOOK, NOW + 5 * HOUR)
    top = next(bin_ for bin_ in bins if bin_.ends_at == alert.peak_at)
    assert (top.count, top.most) == (alert.count, 2)
    assert top.usual == pytest.approx(4 / 28) == alert.baseline
    assert bins[0].ends_at == alert.peak_at - 6 * HOUR
    assert max(bin_.count for bin_ in bins) == alert.count


class TestAtOnce:
    """Several people register at the same moment."""

    def test_two_registrations_raise_one_alert(self, session: Session, engine: Engine, agent: Agent) -> None:
        receive(session, agent, 3)
        session.commit()
        start, results, errors = threading.Barrier(4), [], []

        def take(n: int) -> None:
            try:
                with Session(engine) as mine:
                    me = mine.get(Agent, agent.id)
                    start.wait()
                    if engine.dialect.name == "sqlite":  # the desk's own writes begin like this
                        from db.engine import take_write_lock

                        take_write_lock(mine.connection())
                    case = make_complaint(
                        mine,
                        me,
                        NOW + n * MINUTE,
                        number=f"TS-AT-ONCE-{n}",
                        category="billing",
                        product="会员",
                    )
                    results.append(surges.check_after_receipt(mine, case, BOOK, NOW + 5 * MINUTE) is not None)
                    mine.commit()
            except Exception as error:
                errors.append(error)

        threads = [threading.Thread(target=take, args=(n,)) for n in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert errors == []
        session.expire_all()
        (alert,) = alerts(session)
        assert alert.count == 7
        assert cases_of(session, alert) == session.scalar(
            select(func.count()).select_from(Complaint).where(Complaint.category == "billing")
        )
        assert sum(results) >= 3  # the fifth tips it, whichever it is; those after it belong to it

    def test_two_sweeps_raise_one_alert(self, session: Session, engine: Engine, agent: Agent) -> None:
        receive(session, agent, 6, is_checked=False)
        session.commit()
        raised = run_at_once(4, engine, lambda mine: len(surges.check_recent(mine, BOOK, NOW + MINUTE)))
        assert sorted(raised) == [0, 0, 0, 1]
        assert len(alerts(session)) == 1

    def test_of_two_who_acknowledge_one_is_told(self, session: Session, engine: Engine, agent: Agent) -> None:
        receive(session, agent, 5)
        session.commit()
        alert_id = alerts(session)[0].id
        session.commit()

        def act(mine: Session) -> int:
            try:
                surges.acknowledge(mine, MANAGER, alert_id, plan="x", expected_version=1, now=NOW)
            except StaleCase:
                return 0
            return 1

        assert sorted(run_at_once(2, engine, act)) == [0, 1]


def run_at_once(count: int, engine: Engine, work: Callable[[Session], int]) -> list[int]:
    """What each of `count` sessions answers that begin together."""
    start, answers, errors = threading.Barrier(count), [], []

    def run() -> None:
        try:
            with Session(engine) as mine:
                start.wait()
                answers.append(work(mine))
                mine.commit()
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=run) for _n in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    return answers

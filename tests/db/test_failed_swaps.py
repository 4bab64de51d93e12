"""A swap that failed is an absence for both of its people, on both databases: verdicts, panel, totals, figures (A1.32, A3.5)."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from db import attendance, metrics, rulebooks, swaps
from db.attendance_detail import get_day
from db.attendance_months import differences, lock_month, totals
from db.models import Agent, AttendanceDay, LedgerEntry, Shift, SwapRequest
from db.refusals import Refused, StaleCase
from regulations.access import SYSTEM
from regulations.rulebook import Rulebook, load_rulebook
from tests.db.swap_rows import AFTER, PAYBACK_ON, SWAP_ON, Pair, pair
from tests.factories import NOW, local, make_agent, make_leave, make_punch, make_shift, make_user, scope
from tests.regulations.site_books import book_of

SHOP = load_rulebook(["ecommerce_shop"])
DAY = timedelta(days=1)
NEXT_MONTH = local(2026, 12, 20, 10)


@pytest.fixture
def two(session: Session) -> Pair:
    return pair(session, SHOP, in_two_teams=True)


def judge(two: Pair, now: object = AFTER, book: Rulebook = SHOP) -> None:
    attendance.judge_days(two.session, from_on=SWAP_ON - DAY, to_on=PAYBACK_ON, book=book, now=now)  # type: ignore[arg-type]


def fail(two: Pair, row: SwapRequest, shift: Shift) -> SwapRequest:
    found = swaps.record_failure(
        two.session, two.lead, row.id, shift_id=shift.id, shares=("没有说明班次时间", "没有核对"),
        expected_version=row.row_version, book=two.book, now=AFTER,
    )  # fmt: skip
    two.session.flush()
    two.session.expire_all()
    return found


def verdicts(two: Pair, shift: Shift) -> dict[str, tuple[str, int, tuple[str, ...]]]:
    """Of everybody who has one on the shift: class, minutes worked, remarks."""
    two.session.expire_all()
    rows = two.session.scalars(select(AttendanceDay).where(AttendanceDay.shift_id == shift.id))
    return {row.agent.name: (row.class_, row.worked_minutes, tuple(row.remarks)) for row in rows}


def there(two: Pair, agent: Agent, on: date, came: tuple[int, int] = (8, 40)) -> None:
    make_punch(two.session, agent, local(on.year, on.month, on.day, *came))
    make_punch(two.session, agent, local(on.year, on.month, on.day, 18, 1), "out")


ABSENT = ("absent", 0, ("swap_failed",))


def test_both_are_absent_from_the_shift_whatever_the_readings_say(two: Pair) -> None:
    row = two.approved()
    there(two, two.li, SWAP_ON)  # he was there, in the wrong place
    judge(two)
    assert verdicts(two, two.shift) == {"李强": ("present", 540, ())}
    fail(two, row, two.shift)
    assert verdicts(two, two.shift) == {"李强": ABSENT, "王芳": ABSENT}
    days = {day.agent.name: day for day in two.session.scalars(select(AttendanceDay).where(AttendanceDay.shift_id == two.shift.id))}  # fmt: skip
    assert days["李强"].first_in_at == local(*SWAP_ON.timetuple()[:3], 8, 40)
    assert days["王芳"].first_in_at is None
    for day in days.values():
        said = " ".join(step["zh"] for step in day.steps)
        assert (
            "周主管于" in said
            and "王芳、李强双方均按旷工处理" in said
            and "责任认定：王芳：没有说明班次时间；李强：没有核对" in said
        )
        assert "A1.32" in day.clauses
    assert row.settled_by == "周主管"


def test_it_is_told_by_the_name_that_colleagues_know(two: Pair) -> None:
    make_user(two.session, "supervisor", [two.team], username="周主管", display_name="周敏")
    row = fail(two, two.approved(), two.shift)
    day = two.session.scalars(select(AttendanceDay).where(AttendanceDay.agent_id == row.requester_id)).one()
    assert any(step["zh"].startswith("周敏于") for step in day.steps)


def test_the_pay_back_fails_in_the_same_way(two: Pair) -> None:
    fail(two, two.approved(), two.payback)
    assert verdicts(two, two.payback) == {"李强": ABSENT, "王芳": ABSENT}
    assert verdicts(two, two.shift).keys() <= {"李强"}


def test_judging_again_any_number_of_times_writes_nothing_more(two: Pair) -> None:
    rulebooks.publish(two.session, SYSTEM, SHOP, valid_from=date(2026, 1, 1), now=NOW)
    there(two, two.li, SWAP_ON)
    fail(two, two.approved(), two.shift)
    judge(two)
    for now in (AFTER, AFTER + DAY):
        assert attendance.judge_days(two.session, from_on=SWAP_ON, to_on=PAYBACK_ON, book=SHOP, now=now) == 0
    for agent in (two.wang, two.li):
        assert attendance.rejudge(
            two.session, agent_ids=[agent.id], from_on=SWAP_ON, to_on=SWAP_ON, now=AFTER
        ) == 0  # fmt: skip
    assert verdicts(two, two.shift) == {"李强": ABSENT, "王芳": ABSENT}


def test_the_verdicts_do_not_depend_on_whether_the_day_was_judged_before(two: Pair) -> None:
    row = two.approved()
    fail(two, row, two.shift)
    two.session.execute(AttendanceDay.__table__.delete())  # type: ignore[attr-defined]
    attendance.judge_days(two.session, from_on=SWAP_ON, to_on=SWAP_ON, book=SHOP, now=AFTER)
    assert verdicts(two, two.shift) == {"李强": ABSENT, "王芳": ABSENT}
    two.session.execute(AttendanceDay.__table__.delete())  # type: ignore[attr-defined]
    attendance.judge_days(
        two.session, from_on=SWAP_ON, to_on=SWAP_ON, book=SHOP, now=AFTER, agent_ids=[two.wang.id]
    )
    assert verdicts(two, two.shift) == {"李强": ABSENT, "王芳": ABSENT}  # who is asked of one is told of both


def test_a_correction_afterwards_changes_nothing_but_what_is_read(two: Pair) -> None:
    fail(two, two.approved(), two.shift)
    there(two, two.li, SWAP_ON)
    attendance.rejudge(two.session, agent_ids=[two.li.id], from_on=SWAP_ON, to_on=SWAP_ON, now=AFTER)
    assert verdicts(two, two.shift) == {"李强": ABSENT, "王芳": ABSENT}


def test_it_counts_as_no_lateness_of_the_month(two: Pair) -> None:
    row = two.approved()
    there(two, two.li, SWAP_ON, (9, 5))
    later = make_shift(two.session, two.li, SWAP_ON + DAY)
    there(two, two.li, SWAP_ON + DAY, (9, 5))
    judge(two)

    def count(shift: Shift) -> int:
        two.session.expire_all()
        query = select(AttendanceDay.month_count).where(AttendanceDay.shift_id == shift.id)
        return two.session.scalars(query.where(AttendanceDay.agent_id == two.li.id)).one()

    assert (count(two.shift), count(later)) == (1, 2)
    fail(two, row, two.shift)
    assert (count(two.shift), count(later)) == (0, 1)


def test_where_the_rulebook_calls_it_an_offence_the_readings_go_on_to_decide(session: Session) -> None:
    book = book_of("ecommerce_shop", site='swap.failure_class = "violation"')
    rulebooks.publish(session, SYSTEM, book, valid_from=date(2026, 1, 1), now=NOW)
    two = pair(session, book, in_two_teams=True)
    row = two.approved()
    there(two, two.li, SWAP_ON)
    judge(two, book=book)
    fail(two, row, two.shift)
    judge(two, book=book)
    assert row.state == "failed"
    assert verdicts(two, two.shift) == {"李强": ("present", 540, ())}


def test_a_failed_swap_is_at_its_end(two: Pair) -> None:
    row = fail(two, two.approved(), two.shift)
    with pytest.raises(StaleCase):
        fail(two, row, two.shift)
    with pytest.raises(StaleCase):
        swaps.settle_swap(
            two.session, two.lead, row.id, expected_version=row.row_version, book=SHOP, now=AFTER, note="x"
        )
    assert two.session.scalar(select(func.count(LedgerEntry.id))) == 0


class TestTheRosterAfterwards:
    def test_the_shift_goes_back_and_both_keep_their_verdict(self, two: Pair) -> None:
        fail(two, two.approved(), two.shift)
        give(two, two.shift, two.wang)
        assert verdicts(two, two.shift) == {"李强": ABSENT, "王芳": ABSENT}

    def test_who_had_no_part_in_the_swap_is_judged_by_his_readings(self, two: Pair) -> None:
        fail(two, two.approved(), two.shift)
        third = make_agent(two.session, two.team, name="赵敏")
        there(two, third, SWAP_ON)
        give(two, two.shift, third)
        found = verdicts(two, two.shift)
        assert found.pop("赵敏")[:2] == ("present", 540)
        assert found == {"李强": ABSENT, "王芳": ABSENT}
        give(two, two.shift, two.li)
        assert verdicts(two, two.shift) == {"李强": ABSENT, "王芳": ABSENT}

    def test_a_shift_that_is_moved_takes_both_verdicts_along(self, two: Pair) -> None:
        fail(two, two.approved(), two.shift)
        two.shift.work_on += DAY
        two.shift.starts_at += DAY
        two.shift.ends_at += DAY
        two.session.flush()
        attendance.rejudge(
            two.session, agent_ids=[two.li.id], from_on=SWAP_ON, to_on=SWAP_ON + DAY, now=AFTER
        )
        two.session.expire_all()
        rows = two.session.scalars(select(AttendanceDay).where(AttendanceDay.shift_id == two.shift.id)).all()
        assert {(row.agent.name, row.work_on) for row in rows} == {
            ("李强", SWAP_ON + DAY),
            ("王芳", SWAP_ON + DAY),
        }

    def test_a_shift_that_is_taken_off_takes_both_verdicts_with_it(self, two: Pair) -> None:
        fail(two, two.approved(), two.shift)
        two.session.delete(two.session.get_one(Shift, two.shift.id))
        two.session.flush()
        two.session.expire_all()
        assert two.session.scalars(select(AttendanceDay)).all() == []
        assert attendance.judge_days(
            two.session, from_on=SWAP_ON, to_on=SWAP_ON, book=SHOP, now=AFTER
        ) == 0  # fmt: skip

    def test_a_shift_without_a_failed_swap_takes_its_one_verdict_along(self, two: Pair) -> None:
        there(two, two.wang, SWAP_ON)
        judge(two)
        assert verdicts(two, two.shift).keys() == {"王芳"}
        give(two, two.shift, two.li)
        assert verdicts(two, two.shift).keys() == {"李强"}


def give(two: Pair, shift: Shift, to: Agent) -> None:
    """Put the shift on somebody else's roster and judge both again."""
    before = shift.agent_id
    shift.agent_id, shift.agent = to.id, to
    two.session.flush()
    attendance.rejudge(
        two.session, agent_ids=[before, to.id], from_on=shift.work_on, to_on=shift.work_on, now=AFTER
    )


class TestWhereItIsShown:
    @pytest.fixture
    def failed(self, two: Pair) -> Pair:
        row = two.approved()
        there(two, two.li, SWAP_ON)
        there(two, two.wang, PAYBACK_ON)
        judge(two)
        fail(two, row, two.shift)
        return two

    def test_the_day_of_each_shows_the_shift_with_its_reasoning(self, failed: Pair) -> None:
        failed.session.commit()
        for agent, said in ((failed.li, "上班打卡"), (failed.wang, "现不排在本人名下")):
            day = get_day(failed.session, scope("manager"), agent.number, SWAP_ON)
            (shift,) = day.shifts
            assert (shift.shift_id, shift.class_, shift.remarks) == (
                failed.shift.id,
                "absent",
                ("swap_failed",),
            )
            assert any(said in step.zh for step in shift.steps)
        assert get_day(failed.session, scope("manager"), failed.wang.number, SWAP_ON).readings == ()

    def test_words_of_one_shift_are_told_apart_by_person(self, failed: Pair) -> None:
        days = failed.session.scalars(
            select(AttendanceDay).where(AttendanceDay.shift_id == failed.shift.id)
        ).all()
        found = attendance.words_of(failed.session, days)
        assert {key: len(steps) > 0 for key, steps in found.items()} == {
            (failed.shift.id, failed.li.id): True,
            (failed.shift.id, failed.wang.id): True,
        }
        assert len({str(steps) for steps in found.values()}) == 2

    def test_the_board_shows_it_at_whoever_is_rostered(self, failed: Pair) -> None:
        rows = attendance.board(failed.session, scope("manager"), SWAP_ON, AFTER, SHOP)
        assert [(row.agent.name, row.class_, row.class_label) for row in rows] == [("李强", "absent", "旷工")]

    def test_the_month_counts_it_once_for_each(self, failed: Pair) -> None:
        month = totals(failed.session, scope("manager"), "2026-11", book=SHOP, now=NEXT_MONTH)
        found = {person.name: person.totals.as_record() for person in month.people}
        assert (found["李强"]["absent"], found["王芳"]["absent"]) == (1, 1)
        assert (found["李强"]["scheduled"], month.totals.as_record()["absent"]) == (1, 2)

    def test_the_metric_counts_it_once_for_each_and_lists_as_many(self, failed: Pair) -> None:
        asked = (failed.session, scope("manager"), "attendance.absence", SWAP_ON, SWAP_ON, SHOP, AFTER)
        figure = metrics.figure(*asked)
        assert (figure.numerator, figure.denominator, len(metrics.rows(*asked))) == (2, 2, 2)

    def test_a_team_is_fixed_with_its_own_persons_verdict_and_its_words(self, failed: Pair) -> None:
        for team in (failed.team, failed.other_team):
            lock_month(
                failed.session, scope("manager"), team_id=team.id, month="2026-11", note="", now=NEXT_MONTH, book=SHOP
            )  # fmt: skip
        failed.session.commit()
        month = totals(failed.session, scope("manager"), "2026-11", book=SHOP, now=NEXT_MONTH)
        assert sorted((p.name, p.totals.as_record()["absent"]) for p in month.people) == [
            ("李强", 1),
            ("王芳", 1),
        ]
        for agent, said in ((failed.li, "上班打卡"), (failed.wang, "现不排在本人名下")):
            fixed = get_day(failed.session, scope("manager"), agent.number, SWAP_ON).fixed_steps
            assert [shift_id for shift_id, _ in fixed] == [failed.shift.id]
            assert any(said in step.zh for step in fixed[0][1])

    def test_recorded_after_the_month_was_fixed_it_is_a_difference_with_its_reason(self, two: Pair) -> None:
        row = two.approved()
        there(two, two.li, SWAP_ON)
        make_shift(two.session, two.wang, SWAP_ON + DAY)
        there(two, two.wang, SWAP_ON + DAY)
        for team in (two.team, two.other_team):
            lock_month(two.session, scope("manager"), team_id=team.id, month="2026-11", note="", now=NEXT_MONTH, book=SHOP)  # fmt: skip
        later = NEXT_MONTH + DAY
        swaps.record_failure(
            two.session, two.lead, row.id, shift_id=two.shift.id, shares=("一半", "一半"),
            expected_version=row.row_version, book=SHOP, now=later,
        )  # fmt: skip
        two.session.commit()
        for team, name in ((two.other_team, "李强"), (two.team, "王芳")):
            found = differences(two.session, scope("manager"), team.id, "2026-11", book=SHOP, now=later + DAY)
            assert [(one.name, one.after.fact.class_ if one.after else "") for one in found] == [
                (name, "absent")
            ]
            assert any("误班、空班" in step.zh for step in found[0].reasons)

    def test_a_shift_that_one_of_the_team_is_charged_with_is_no_unfinished_one(self, failed: Pair) -> None:
        """Two verdicts on a shift are not two shifts: what waits is counted by shift."""
        make_leave(failed.session, failed.wang, local(2026, 11, 20), local(2026, 11, 21), status="requested")
        with pytest.raises(Refused, match="1 requests"):
            lock_month(
                failed.session, scope("manager"), team_id=failed.team.id, month="2026-11", note="", now=NEXT_MONTH, book=SHOP
            )  # fmt: skip

"""Attendance: the board of now, the month with its drill-downs, the day with its reasons, fixing the month."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from io import BytesIO
from zoneinfo import ZoneInfo

import pytest
from openpyxl import load_workbook
from sqlalchemy import select
from sqlalchemy.orm import Session
from streamlit.testing.v1 import AppTest

from dashboard import attendance_frames, attendance_month, attendance_open
from dashboard.attendance_frames import Behind
from dashboard.attendance_lists import PRESENCES
from dashboard.exports.lists import list_workbook
from db import attendance, attendance_months, people, rulebooks
from db.attendance_months import Month
from db.engine import session_scope
from db.models import (
    Agent,
    AttendanceDay,
    AttendanceMonth,
    Leave,
    OffPost,
    Overtime,
    Punch,
    PunchCorrection,
    Shift,
    SwapRequest,
)
from regulations.access import CAPABILITIES, SYSTEM, Scope
from regulations.attendance_totals import MEASURES
from regulations.names import NAMES
from tests.factories import make_leave
from tests.pages.conftest import ROLES, USERNAMES, OpenPage, address, press, words

DeskAt = Callable[[str], None]
_ZONE = ZoneInfo("Asia/Shanghai")
SEEING = sorted(CAPABILITIES["attendance.view"])
# The last month whose night shifts are over too, on whatever day the tests run.
LAST = ((datetime.now(_ZONE).date() - timedelta(days=2)).replace(day=1) - timedelta(days=1)).strftime("%Y-%m")


@pytest.fixture
def judged_url(demo_url: str) -> str:
    """The demo department with every shift judged, nothing undecided and no month fixed."""
    with session_scope(demo_url) as session:
        now = datetime.now(UTC)
        for lock in session.scalars(select(AttendanceMonth)):
            session.delete(lock)
        for row in session.scalars(select(Leave).where(Leave.status == "requested")):
            row.status = "refused"
        session.flush()
        attendance.judge_days(
            session,
            from_on=date.fromisoformat(f"{LAST}-01"),
            to_on=now.date() + timedelta(days=1),
            book=rulebooks.in_force(session),
            now=now,
        )
        undecided: list[PunchCorrection | Overtime | SwapRequest] = [
            *session.scalars(select(PunchCorrection).where(PunchCorrection.state == "requested")),
            *session.scalars(select(Overtime).where(Overtime.state == "requested")),
            *session.scalars(select(SwapRequest).where(SwapRequest.state == "requested")),
        ]
        for one in undecided:
            one.state = "refused"
    return demo_url


def month_of(url: str, who: str = "manager", month: str = LAST) -> Month:
    with session_scope(url) as session:
        viewer = people.scope_of(people.get_user(session, USERNAMES[who]))
        return attendance_months.totals(session, viewer, month)


def month_page(open_page: OpenPage, url: str, who: str = "manager", **query: str) -> AppTest:
    return open_page(url, "attendance", who, view="month", month=LAST, **query)


# -- today ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", SEEING)
def test_the_board_answers_who_is_missing_and_whether_the_day_is_covered_first(
    who: str, demo_url: str, open_page: OpenPage
) -> None:
    tested = open_page(demo_url, "attendance", who)
    assert not tested.exception
    bold = [element.value for element in tested.markdown if element.value.startswith("**")]
    assert bold.index("**此刻谁不在岗？**") < bold.index("**接下来的班够人吗？**")
    assert "按班组和班次" in words(tested)
    labels = [metric.label for metric in tested.metric]
    wanted = ["缺岗", "离岗超时", "迟到在岗", "在岗", "未到班次", "请假", "已下班"]
    assert [label for label in labels if label in wanted] == wanted


@pytest.mark.parametrize("who", SEEING)
def test_the_tiles_add_up_to_the_roster_and_their_list_stands_right_under_them(
    who: str, demo_url: str, open_page: OpenPage
) -> None:
    tested = open_page(demo_url, "attendance", who)
    total = sum(int(str(metric.value).replace(",", "")) for metric in tested.metric)
    board = next(frame.value for frame in tested.dataframe if "presence" in frame.value)
    assert total == len(board)
    assert f"今日排班 {total} 人" in words(tested)
    tables = [list(frame.value.columns) for frame in tested.dataframe]
    lists = [n for n, columns in enumerate(tables) if "presence" in columns]
    by_shift = [n for n, columns in enumerate(tables) if "span" in columns and "total" in columns]
    assert lists[0] < by_shift[0]


def test_a_device_without_readings_in_that_time_is_not_said_to_be_put_right(
    demo_url: str, open_page: OpenPage
) -> None:
    tested = open_page(demo_url, "attendance", "manager")
    tested.selectbox(key="device_clock_device").select_index(0)
    tested.time_input(key="device_clock_from").set_value(time(3, 0))
    tested.time_input(key="device_clock_to").set_value(time(3, 0))
    tested.number_input(key="device_clock_seconds").set_value(5)
    tested.text_area(key="device_clock_reason").set_value("早班反映快了五秒").run()
    press(tested, "更正打卡")
    assert [one.value for one in tested.success] == [
        "没有打卡被更正：这段时间还没有打卡记录。以后收到的会按此更正。"
    ]


def test_every_stretch_ahead_opens_down_to_its_people(demo_url: str, open_page: OpenPage) -> None:
    tested = open_page(demo_url, "attendance", "manager")
    rows = next(frame.value for frame in tested.dataframe if "present" in frame.value)
    assert (rows["gap"].fillna(0) == (rows["required"].fillna(0) - rows["present"]).clip(lower=0)).all()
    picked = rows[rows["day"] == "明天"].iloc[0]
    opened = open_page(demo_url, "attendance", "manager", stretch=picked["key"])
    assert not opened.exception
    people_there = next(frame.value for frame in opened.dataframe if "stand" in frame.value)
    assert (
        sum(label[0].startswith(("○", "✓", "+", "→")) for label in people_there["stand"]) == picked["present"]
    )


def board_of(tested: AppTest) -> object:
    """The list of people: the table that has a presence."""
    return next(frame.value for frame in tested.dataframe if "presence" in frame.value)


def test_the_board_puts_who_needs_somebody_first_on_top(demo_url: str, open_page: OpenPage) -> None:
    board = board_of(open_page(demo_url, "attendance", "manager"))
    assert board["rank"].is_monotonic_increasing  # type: ignore[index]


def test_who_waits_for_his_leave_is_not_called_missing(bare_url: str, open_page: OpenPage) -> None:
    now = datetime.now(UTC)
    with session_scope(bare_url) as session:
        agent = session.scalars(select(Agent).where(Agent.number == "K1")).one()
        begun, over = now - timedelta(hours=1), now + timedelta(hours=7)
        on = begun.astimezone(_ZONE).date()
        session.add(Shift(agent_id=agent.id, work_on=on, breaks=[], starts_at=begun, ends_at=over))
        session.flush()
        make_leave(session, agent, begun - timedelta(hours=1), over, status="requested")
    tested = open_page(bare_url, "attendance", "manager")
    assert not tested.exception
    assert board_of(tested)["presence"].tolist() == [["? 请假待批"]]  # type: ignore[index]
    assert "没有人缺岗。" in words(tested)
    assert next(one.value for one in tested.metric if one.label == "缺岗") == "0"


@pytest.mark.parametrize("state", PRESENCES)
def test_the_number_on_a_card_is_the_number_of_people_in_its_list(
    state: str, demo_url: str, open_page: OpenPage
) -> None:
    whole = board_of(open_page(demo_url, "attendance", "manager"))
    kept = open_page(demo_url, "attendance", "manager", state=state)
    assert not kept.exception
    count = int((whole["code"] == state).sum())  # type: ignore[index]
    if count:
        assert len(board_of(kept)) == count  # type: ignore[arg-type]
    else:
        assert "今日排班的人员中，此刻没有这种情况" in words(kept)


@pytest.mark.parametrize(
    ("who", "shows"), [("supervisor", True), ("manager", True), ("executive", False), ("top", False)]
)
def test_telephones_are_for_who_rings_people_up(
    who: str, shows: bool, demo_url: str, open_page: OpenPage
) -> None:
    board = board_of(open_page(demo_url, "attendance", who))
    assert (board["phone"] != "—").any() == shows  # type: ignore[index]


def test_a_person_in_the_address_is_explained_step_by_step(demo_url: str, open_page: OpenPage) -> None:
    board = board_of(open_page(demo_url, "attendance", "manager"))
    row = board.iloc[0]  # type: ignore[attr-defined]
    tested = open_page(demo_url, "attendance", "manager", shift=str(row["shift_id"]))
    assert f"{row['person']}" in words(tested) and "1. 班次" in words(tested)


@pytest.mark.parametrize("hostile", ["999999999", "abc", "<script>", "-1", "9" * 60, "' OR 1=1 --"])
def test_an_address_that_means_nothing_shows_the_whole_board(
    hostile: str, demo_url: str, open_page: OpenPage
) -> None:
    whole = board_of(open_page(demo_url, "attendance", "supervisor"))
    tested = open_page(
        demo_url, "attendance", "supervisor", shift=hostile, state=hostile, group=hostile, hours=hostile, view=hostile
    )  # fmt: skip
    assert not tested.exception
    assert len(board_of(tested)) == len(whole)  # type: ignore[arg-type]


# -- time off the post ------------------------------------------------------------------------------


def running_shift(url: str, who: str = "supervisor") -> tuple[str, datetime]:
    """Somebody of the viewer's teams whose shift is made to run around now."""
    now = datetime.now(UTC).replace(microsecond=0)
    with session_scope(url) as session:
        team_id = people.get_user(session, USERNAMES[who]).teams[0].id
        agent = session.scalars(select(Agent).where(Agent.team_id == team_id).order_by(Agent.number)).first()
        assert agent is not None
        for row in session.scalars(select(OffPost).where(OffPost.agent_id == agent.id)):
            session.delete(row)
        today = now.astimezone(_ZONE).date()
        session.query(Shift).filter(
            Shift.agent_id == agent.id,
            Shift.work_on.between(today - timedelta(days=1), today + timedelta(days=1)),
        ).delete()
        session.add(
            Shift(
                agent_id=agent.id,
                work_on=now.astimezone(_ZONE).date(),
                starts_at=now - timedelta(hours=2),
                ends_at=now + timedelta(hours=2),
                breaks=[],
            )
        )
        return agent.number, now


def test_time_off_the_post_is_recorded_and_ended(demo_url: str, open_page: OpenPage) -> None:
    number, now = running_shift(demo_url)
    tested = open_page(demo_url, "attendance", "supervisor")
    tested.selectbox(key="off_post_person").set_value(number)
    tested.selectbox(key="off_post_kind").set_value("private_call")
    tested.text_input(key="off_post_reason").set_value("家里来电")
    minute_ago = (now - timedelta(minutes=1)).astimezone(_ZONE)
    if minute_ago.date() == now.astimezone(_ZONE).date():
        tested.time_input(key="off_post_from").set_value(minute_ago.time().replace(second=0))
    press(tested, "登记")
    assert not tested.exception and "已登记" in words(tested)
    assert "家里来电" in words(tested)
    with session_scope(demo_url) as session:
        agent = session.scalars(select(Agent).where(Agent.number == number)).one()
        row_id = session.scalars(select(OffPost.id).where(OffPost.agent_id == agent.id)).one()
    tested.button(key=f"back_{row_id}").click()
    tested.run()
    assert not tested.exception and "已回岗。" in words(tested)
    with session_scope(demo_url) as session:
        agent = session.scalars(select(Agent).where(Agent.number == number)).one()
        (row,) = session.scalars(select(OffPost).where(OffPost.agent_id == agent.id)).all()
        assert row.kind == "private_call" and row.ends_at is not None and row.recorded_by == "supervisor"


def test_a_record_without_a_person_is_asked_for_one(demo_url: str, open_page: OpenPage) -> None:
    tested = press(open_page(demo_url, "attendance", "supervisor"), "登记")
    assert not tested.exception and "请选择人员并填写离岗时间" in words(tested)


def test_what_the_rules_refuse_is_said_and_nothing_is_kept(demo_url: str, open_page: OpenPage) -> None:
    number, _now = running_shift(demo_url)
    tested = open_page(demo_url, "attendance", "supervisor")
    tested.selectbox(key="off_post_person").set_value(number)
    tested.selectbox(key="off_post_replacement").set_value(number)  # nobody stands in for himself
    press(tested, "登记")
    assert not tested.exception and len(tested.error) == 1
    with session_scope(demo_url) as session:
        agent = session.scalars(select(Agent).where(Agent.number == number)).one()
        assert session.scalars(select(OffPost).where(OffPost.agent_id == agent.id)).all() == []


@pytest.mark.parametrize("who", ["executive", "top"])
def test_who_only_looks_on_records_nothing(who: str, demo_url: str, open_page: OpenPage) -> None:
    tested = open_page(demo_url, "attendance", who)
    assert not any(button.label == "登记" for button in tested.button)


# -- the month --------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", SEEING)
def test_the_month_shows_figures_grid_and_totals(who: str, judged_url: str, open_page: OpenPage) -> None:
    tested = month_page(open_page, judged_url, who)
    assert not tested.exception
    assert [m.label for m in tested.metric] == [
        "出勤率",
        "迟到率",
        "严重迟到脱岗率",
        "缺卡",
        "未批延时分钟",
    ]
    said = words(tested)
    assert "逐日考勤" in said and "汇总" in said and "锁定本月考勤" in said and "人天" in said


def totals_of(tested: AppTest) -> object:
    return next(frame.value for frame in tested.dataframe if {"number", "attended"} <= set(frame.value))


def test_the_worst_attendance_stands_on_top_of_the_totals(judged_url: str, open_page: OpenPage) -> None:
    totals = totals_of(month_page(open_page, judged_url))
    keys = list(zip(-totals["absent"], -totals["severe"], -totals["late"], strict=True))  # type: ignore[index]
    assert keys == sorted(keys) and len(keys) > 5


def test_every_total_opens_as_many_days_as_it_says(judged_url: str, desk_at: DeskAt) -> None:
    """Of every person, every team and everybody, for every total: the count, or the minutes, is the sum of its rows."""
    month = month_of(judged_url)
    assert month.totals["late"] and month.totals["on_leave"] and month.totals["unapproved_extra_minutes"]
    desk_at(judged_url)
    asked = [Behind(code) for code in MEASURES]
    asked += [Behind(code, team_id=team.team_id) for code in MEASURES for team in month.teams]
    asked += [Behind(code, who=person.number) for code in MEASURES for person in month.people]
    for wanted in asked:
        rows = attendance_frames.behind_frame(month, wanted)
        assert int(rows["amount"].sum()) == attendance_frames.total_of(month, wanted), wanted
        if MEASURES[wanted.code].unit == "shifts":
            assert len(rows) == attendance_frames.total_of(month, wanted)


def test_a_list_in_the_address_opens_with_its_count(judged_url: str, open_page: OpenPage) -> None:
    month = month_of(judged_url)
    person = max(month.people, key=lambda one: one.totals["late"])
    tested = month_page(open_page, judged_url, total="late", of=person.number)
    assert not tested.exception
    assert f"{person.totals['late']} 个班次" in words(tested)
    rows = next(f.value for f in tested.dataframe if "verdict" in f.value)
    assert len(rows) == person.totals["late"] and set(rows["number"]) == {person.number}


def test_a_day_opens_with_its_steps_clauses_and_clock_readings(judged_url: str, open_page: OpenPage) -> None:
    month = month_of(judged_url, "supervisor")
    person = max(month.people, key=lambda one: one.totals["late"])
    day = next(d for d in person.days if d.fact.class_ == "late")
    tested = month_page(
        open_page, judged_url, "supervisor", person=person.number, day=day.fact.work_on.isoformat()
    )
    assert not tested.exception
    said = words(tested)
    assert person.name in said and "结论：迟到" in said and "blue-badge" in said and "打卡记录" in said
    readings = next(f.value for f in tested.dataframe if "counts" in f.value)
    assert "上班" in set(readings["kind"])


@pytest.mark.parametrize(
    "hostile", ["999999999", "abc", "<script>alert(1)</script>", "2026-02-31", "\x00", "9" * 60]
)
def test_hostile_addresses_open_nothing_and_break_nothing(
    hostile: str, judged_url: str, open_page: OpenPage
) -> None:
    for query in (
        {"person": hostile, "day": f"{LAST}-03"},
        {"person": "K1001", "day": hostile},
        {"total": hostile, "of": hostile, "group": hostile},
        {"total": "late", "group": hostile},
        {"total": "late", "of": hostile},
        {"month": hostile},
    ):
        tested = open_page(judged_url, "attendance", "supervisor", view="month", **query)
        assert not tested.exception, query


def test_nobody_opens_a_day_of_a_team_that_is_not_his(judged_url: str, open_page: OpenPage) -> None:
    own = {person.number for person in month_of(judged_url, "supervisor").people}
    other = next(p for p in month_of(judged_url).people if p.number not in own)
    tested = month_page(open_page, judged_url, "supervisor", person=other.number, day=f"{LAST}-05")
    assert not tested.exception
    assert "您的班组中没有这个工号" in words(tested) and other.name not in words(tested)


def test_the_kind_of_leave_is_nowhere_for_who_may_not_decide_on_requests(
    judged_url: str, open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    person, day = next(
        (person, day)
        for person in month_of(judged_url).people
        for day in person.days
        if day.fact.class_ == "on_leave"
    )
    with session_scope(judged_url) as session:
        for row in session.scalars(select(Leave).where(Leave.agent_id == person.agent_id)):
            row.type, row.reason = "sick", "急性肠胃炎"
        attendance.judge_days(
            session, from_on=day.fact.work_on, to_on=day.fact.work_on, book=rulebooks.in_force(session),
            now=datetime.now(UTC),
        )  # fmt: skip
    query = {"person": person.number, "day": day.fact.work_on.isoformat()}
    assert "病假" in words(month_page(open_page, judged_url, **query))
    monkeypatch.setitem(CAPABILITIES, "requests.decide", frozenset())
    tested = month_page(open_page, judged_url, **query)
    said = words(tested)
    assert not tested.exception and "请假" in said and "病假" not in said and "肠胃炎" not in said


def test_the_period_of_another_page_chooses_its_month(judged_url: str, open_page: OpenPage) -> None:
    tested = open_page(
        judged_url, "attendance", "manager", view="month", **{"from": f"{LAST}-01", "to": f"{LAST}-28"}
    )
    assert not tested.exception
    assert tested.selectbox(key="attendance_month").value == LAST


def rest_day(url: str) -> tuple[str, date]:
    """A day of the month on which somebody has no shift, near none of his, and was there for four hours."""
    with session_scope(url) as session:
        agent = session.scalars(select(Agent).order_by(Agent.number)).first()
        assert agent is not None
        on = date.fromisoformat(f"{LAST}-14")
        for shift in session.scalars(
            select(Shift).where(
                Shift.agent_id == agent.id,
                Shift.work_on.between(on - timedelta(days=1), on + timedelta(days=1)),
            )
        ):
            session.query(AttendanceDay).filter_by(shift_id=shift.id).delete()
            session.delete(shift)
        session.query(Punch).filter(
            Punch.agent_id == agent.id,
            Punch.at.between(
                datetime(on.year, on.month, on.day, tzinfo=_ZONE) - timedelta(days=1),
                datetime(on.year, on.month, on.day, tzinfo=_ZONE) + timedelta(days=2),
            ),
        ).delete()
        for hour, kind in ((9, "in"), (13, "out")):
            at = datetime(on.year, on.month, on.day, hour, tzinfo=_ZONE)
            session.add(Punch(agent_id=agent.id, at=at, kind=kind, recorded_at=at))
        return agent.number, on


def test_time_without_a_shift_has_its_total_its_list_and_its_reasons(
    judged_url: str, open_page: OpenPage
) -> None:
    number, on = rest_day(judged_url)
    person = next(one for one in month_of(judged_url).people if one.number == number)
    assert person.totals["rest_day_minutes"] == 240
    opened = words(month_page(open_page, judged_url, total="rest_day_minutes", of=number))
    assert "1 天无班次到岗，共 240 分钟" in opened and "无班次到岗" in opened
    day = month_page(open_page, judged_url, person=number, day=on.isoformat())
    said = words(day).replace("\\", "")
    assert not day.exception and "当日没有班次" in said and "A1.5" in said
    readings = next(f.value for f in day.dataframe if "counts" in f.value)
    assert set(readings["kind"]) == {"上班", "下班"}


# -- fixing the month -------------------------------------------------------------------------------


def lock_in(url: str) -> None:
    with session_scope(url) as session:
        for team in month_of(url).teams:
            if team.people:
                boss = Scope(None, "manager", "manager")
                attendance_months.lock_month(
                    session, boss, team_id=team.team_id, month=LAST, note="核对无误", now=datetime.now(UTC)
                )


def test_a_manager_fixes_the_month_of_a_team(judged_url: str, open_page: OpenPage) -> None:
    tested = month_page(open_page, judged_url)
    button = next(b for b in tested.button if b.key and b.key.startswith("lock_"))
    button.click()
    tested.run()
    assert not tested.exception
    said = words(tested)
    assert "已锁定。" in said and "锁定之后没有变化" in said
    with session_scope(judged_url) as session:
        assert len(session.scalars(select(AttendanceMonth)).all()) == 1


@pytest.mark.parametrize("who", ["supervisor", "executive", "top"])
def test_nobody_else_has_the_button(who: str, judged_url: str, open_page: OpenPage) -> None:
    tested = month_page(open_page, judged_url, who)
    assert not any(b.key and b.key.startswith("lock_") for b in tested.button)
    assert "尚未锁定" in words(tested)


def test_undecided_requests_are_named_with_their_number(judged_url: str, open_page: OpenPage) -> None:
    with session_scope(judged_url) as session:
        for agent in session.scalars(select(Agent)):
            session.add(
                Leave(
                    agent_id=agent.id, type="personal", status="requested", filed_at=datetime.now(UTC),
                    starts_at=datetime.fromisoformat(f"{LAST}-05T01:00+00:00"),
                    ends_at=datetime.fromisoformat(f"{LAST}-05T10:00+00:00"),
                )
            )  # fmt: skip
    tested = month_page(open_page, judged_url)
    # Before the button: how many of them, and the way to them.
    assert "未审批的申请" in words(tested) and "查看申请" in [
        link.proto.label for link in tested.get("page_link")
    ]
    next(b for b in tested.button if b.key and b.key.startswith("lock_")).click()
    tested.run()
    assert not tested.exception
    assert any("项申请未审批（请假" in error.value.replace("\\", "") for error in tested.error)


def test_missing_clock_readings_are_told_before_the_button_and_do_not_stop_it(
    judged_url: str, open_page: OpenPage
) -> None:
    team = max(month_of(judged_url).teams, key=lambda one: one.totals["missing_punch"])
    count = team.totals["missing_punch"]
    assert count
    tested = month_page(open_page, judged_url)
    assert f"缺卡的班次 {count} 个" in words(tested)
    tested.button(key=f"open_missing_{team.team_id}").click().run()
    opened = next(frame.value for frame in tested.dataframe if "amount" in frame.value)
    assert len(opened) == count
    assert "缺卡的班次" not in words(month_page(open_page, judged_url, "supervisor"))


def test_the_running_month_cannot_be_fixed_yet(judged_url: str, open_page: OpenPage) -> None:
    this = datetime.now(_ZONE).strftime("%Y-%m")
    tested = open_page(judged_url, "attendance", "manager", view="month", month=this)
    assert not tested.exception
    assert not any(b.key and b.key.startswith("lock_") for b in tested.button)


def test_a_fixed_month_keeps_its_figures_and_shows_what_changed_since(
    judged_url: str, open_page: OpenPage
) -> None:
    lock_in(judged_url)
    before = month_of(judged_url)
    person = max(before.people, key=lambda one: one.totals["late"])
    day = next(d for d in person.days if d.fact.class_ == "late")
    with session_scope(judged_url) as session:
        now = datetime.now(UTC)
        row = session.get(Shift, day.fact.shift_id)
        assert row is not None
        row.starts_at = row.starts_at + timedelta(hours=1)  # the roster was wrong: he was in time
        session.flush()
        attendance.judge_days(
            session,
            from_on=day.fact.work_on,
            to_on=day.fact.work_on,
            book=rulebooks.in_force(session),
            now=now,
        )
    assert month_of(judged_url).totals == before.totals
    tested = month_page(open_page, judged_url)
    said = words(tested)
    assert not tested.exception
    assert "锁定之后有 1 个班次发生变化" in said and "Δ" in said and "核对无误" in said
    changed = next(f.value for f in tested.dataframe if "why" in f.value)
    assert changed["person"].tolist() == [person.name] and "迟到" in changed["before"].iloc[0]
    opened = words(month_page(open_page, judged_url, person=person.number, day=day.fact.work_on.isoformat()))
    assert "锁定时的判定" in opened and "目前的判定" in opened


# -- who sees it ------------------------------------------------------------------------------------


@pytest.mark.parametrize("view", ["today", "month"])
@pytest.mark.parametrize("who", sorted(set(ROLES) - set(SEEING)))
def test_other_roles_are_told_that_the_page_is_not_for_them(
    who: str, view: str, demo_url: str, open_page: OpenPage
) -> None:
    tested = open_page(demo_url, "attendance", who, view=view)
    assert not tested.exception
    assert "您的角色不能查看本页" in words(tested)
    assert not tested.title and not tested.dataframe and not tested.metric


@pytest.mark.parametrize("view", ["today", "month"])
@pytest.mark.parametrize("who", ROLES)
def test_an_empty_desk_shows_empty_states(who: str, view: str, bare_url: str, open_page: OpenPage) -> None:
    tested = open_page(bare_url, "attendance", who, view=view)
    assert not tested.exception
    if who in SEEING:
        assert ("今日没有排班" if view == "today" else "本月没有班次") in words(tested)


@pytest.mark.parametrize("view", ["today", "month"])
def test_the_page_speaks_english_throughout(view: str, judged_url: str, open_page: OpenPage) -> None:
    tested = open_page(judged_url, "attendance", "manager", view=view, month=LAST, lang="en")
    assert not tested.exception
    labels = (
        [m.label for m in tested.metric]
        + [h.value for h in tested.subheader]
        + [t.value for t in tested.title]
    )
    assert labels and all(label.isascii() for label in labels)


def test_a_session_for_the_test_itself_reads_the_same(demo_session: Session) -> None:
    """The system's scope sees every team."""
    teams = attendance_months.totals(demo_session, SYSTEM, LAST).teams
    assert len(teams) == len(people.list_teams(demo_session, SYSTEM))


def test_the_view_follows_the_address(demo_url: str, open_page: OpenPage) -> None:
    tested = open_page(demo_url, "attendance", "manager")
    tested.segmented_control(key="attendance_view").set_value("month").run()
    assert not tested.exception
    assert address(tested, "view") == "month"


# -- what goes out ----------------------------------------------------------------------------------


def cells_of(content: bytes) -> list[list[object]]:
    return [list(row) for row in load_workbook(BytesIO(content)).active.iter_rows(values_only=True)]  # type: ignore[union-attr]


def test_the_spreadsheet_of_totals_holds_everybody_with_every_total(judged_url: str, desk_at: DeskAt) -> None:
    month = month_of(judged_url)
    desk_at(judged_url)
    sheet = attendance_month.totals_sheet(month, attendance_frames.people_frame(month.teams))
    rows = cells_of(list_workbook(sheet, "2026-11-22 10:00"))
    head = next(i for i, row in enumerate(rows) if row[0] == "工号")
    listed = {row[0]: row for row in rows[head + 1 :]}
    assert set(listed) == {person.number for person in month.people}
    for person in month.people:
        assert listed[person.number][3:] == [person.totals[code] for code in MEASURES]


def test_the_spreadsheet_behind_a_total_says_leave_and_never_what_kind(
    judged_url: str, desk_at: DeskAt
) -> None:
    month = month_of(judged_url)
    desk_at(judged_url)
    rows = attendance_frames.behind_frame(month, Behind("on_leave"))
    sheet = attendance_open.behind_sheet(month, "请假", rows)
    text = str(cells_of(list_workbook(sheet, "2026-11-22 10:00")))
    assert len(sheet.rows) == month.totals["on_leave"] > 0 and "请假" in text
    assert not any(zh in text for code, (zh, _en) in NAMES["leave_type"].items())


def test_the_day_leads_to_asking_for_a_correction(judged_url: str, open_page: OpenPage) -> None:
    person = month_of(judged_url).people[0]
    tested = month_page(
        open_page, judged_url, person=person.number, day=person.days[0].fact.work_on.isoformat()
    )
    links = [element.proto for element in tested.get("page_link")]
    [asked] = [link.query_string for link in links if link.label == "申请补卡"]
    day = person.days[0].fact
    wanted = (f"whom={person.number}", f"on={day.work_on.isoformat()}", "shift=", "reading=")
    assert all(part in asked for part in wanted)


def test_who_did_not_come_stands_first_behind_the_attendance_rate(judged_url: str, desk_at: DeskAt) -> None:
    month = month_of(judged_url)
    desk_at(judged_url)
    rows = attendance_frames.behind_frame(month, Behind("scheduled"))
    missed = month.totals["scheduled"] - month.totals["attended"]
    assert rows["is_missed"].tolist() == [True] * missed + [False] * month.totals["attended"]

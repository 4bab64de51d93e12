"""The roster: who may look and who may change, every figure with its list, every conflict with the shifts behind it."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pandas as pd
import pytest
from sqlalchemy import delete, select
from sqlalchemy.orm import Session
from streamlit.testing.v1 import AppTest

from dashboard.formats import plain
from dashboard.roster_week import VIEW_CODES, VIEWS, monday_of
from db import metrics, people, rulebooks
from db.engine import session_scope
from db.models import Agent, CoverageNeed, Leave, Shift, ShiftChange
from regulations.access import SYSTEM
from regulations.rulebook import load_rulebook
from regulations.work_calendar import WorkCalendar
from tests.factories import SHANGHAI
from tests.pages.conftest import ROLES, USERNAMES, OpenPage, address, press, words

LOOKERS = ("supervisor", "manager", "executive", "top")
EDITORS = ("supervisor", "manager")
DAY = timedelta(days=1)


@pytest.fixture
def own_team(demo_session: Session) -> int:
    return people.get_user(demo_session, USERNAMES["supervisor"]).teams[0].id


def local_today() -> date:
    return datetime.now(UTC).astimezone(SHANGHAI).date()


def at(on: date, hour: int) -> datetime:
    return datetime.combine(on, time(hour), SHANGHAI)


def free_day(session: Session, team_id: int, *, weeks_ahead: int = 4) -> tuple[Agent, date]:
    """Somebody of the team, and a Monday so far ahead that nothing is rostered yet, in weeks without a holiday."""
    agent = session.scalars(select(Agent).where(Agent.team_id == team_id, Agent.is_active)).first()
    assert agent is not None
    calendar = WorkCalendar.from_rulebook(load_rulebook())
    monday = monday_of(local_today()) + weeks_ahead * 7 * DAY
    while any(calendar.is_public_holiday(monday + n * DAY) for n in range(-7, 14)):
        monday += 7 * DAY
    return agent, monday


def rostered(url: str, agent: Agent, on: date, start: int = 9, hours: int = 9) -> Shift:
    shift = Shift(
        agent_id=agent.id, work_on=on, starts_at=at(on, start), ends_at=at(on, start) + timedelta(hours=hours),
        code="day", post="热线", breaks=[],
    )  # fmt: skip
    with session_scope(url) as session:
        session.add(shift)
        session.flush()
        session.expunge(shift)
    return shift


def shifts_on(url: str, agent_id: int, on: date) -> list[Shift]:
    with session_scope(url) as session:
        return list(
            session.scalars(
                select(Shift).where(Shift.agent_id == agent_id, Shift.work_on == on).order_by(Shift.starts_at)
            )
        )


def cell(agent: Agent, on: date) -> dict[str, str]:
    return {"cell": f"{agent.id}.{on.isoformat()}", "week": monday_of(on).isoformat()}


def conflicts_shown(tested: AppTest) -> pd.DataFrame:
    """The list of conflicts; the preview of a copy, which comes before it, has one too."""
    return [frame.value for frame in tested.dataframe if "clause" in frame.value.columns][-1]


def set_box(tested: AppTest, kind: str, ending: str, value: object) -> None:
    """Put a value into the box whose key ends so."""
    boxes: list[Any] = list(tested.get(kind))
    next(box for box in boxes if str(box.key).endswith(ending)).set_value(value)


# Who may look and who may change


@pytest.mark.parametrize("who", LOOKERS)
def test_who_may_look_sees_the_week_and_only_editors_can_change_it(
    who: str, demo_session: Session, own_team: int, demo_url: str, open_page: OpenPage
) -> None:
    agent, on = free_day(demo_session, own_team)
    rostered(demo_url, agent, on)
    tested = open_page(demo_url, "roster", who, **cell(agent, on))
    assert not tested.exception
    assert [m.label for m in tested.metric] == ["须处理的冲突", "空岗或人手不足", "休息与班次间隔", "仅提示"]
    assert plain(agent.name) in words(tested)
    labels = {button.label for button in tested.button}
    assert ({"保存修改", "删除班次", "保存新班次"} <= labels) == (who in EDITORS)
    assert any(e.label.startswith("复制某一周") for e in tested.expander) == (who in EDITORS)
    assert ("保存人数" in labels) == (who in EDITORS)


@pytest.mark.parametrize("who", [role for role in ROLES if role not in LOOKERS])
def test_other_roles_are_told_that_the_page_is_not_for_them(
    who: str, demo_url: str, open_page: OpenPage
) -> None:
    tested = open_page(demo_url, "roster", who)
    assert not tested.exception
    assert "您的角色不能查看本页" in words(tested)
    assert not tested.title and not tested.dataframe and not tested.metric


@pytest.mark.parametrize("who", ROLES)
def test_an_empty_desk_shows_empty_states(who: str, bare_url: str, open_page: OpenPage) -> None:
    tested = open_page(bare_url, "roster", who)
    assert not tested.exception
    if who in LOOKERS:
        said = words(tested)
        assert "本周没有排班" in said and "此清单为空" in said and "这几周没有排班" in said


def test_a_supervisor_sees_his_own_team_and_a_manager_all(
    demo_session: Session, own_team: int, demo_url: str, open_page: OpenPage
) -> None:
    own = demo_session.scalars(select(Agent).where(Agent.team_id == own_team, Agent.is_active)).all()
    every = demo_session.scalars(select(Agent).where(Agent.is_active)).all()
    assert f"：{len(own)} 人" in words(open_page(demo_url, "roster", "supervisor")).replace("\\", "")
    assert f"：{len(every)} 人" in words(open_page(demo_url, "roster", "manager")).replace("\\", "")


def test_english_is_english(demo_url: str, open_page: OpenPage) -> None:
    tested = open_page(demo_url, "roster", "supervisor", lang="en")
    assert not tested.exception
    assert tested.title[0].value == "Roster"
    assert tested.metric[0].label == "Conflicts to be mended"


# The address


@pytest.mark.parametrize(
    "query",
    [
        {"week": "never"}, {"week": "0001-01-01"}, {"week": "9999-12-31"}, {"week": "<script>"},
        {"cell": "x"}, {"cell": "1.never"}, {"cell": "99999999999.2026-11-20"}, {"cell": "-1.2026-11-20"},
        {"conflict": "nothing"}, {"conflict": ""}, {"show": "nothing"}, {"team": "999"}, {"cell": "1.9999-12-31"},
    ],
)  # fmt: skip
def test_an_address_that_leads_nowhere_is_answered_kindly(
    query: dict[str, str], demo_url: str, open_page: OpenPage
) -> None:
    tested = open_page(demo_url, "roster", "manager", **query)
    assert not tested.exception
    assert tested.title[0].value == "排班"


def test_any_day_of_a_week_opens_the_week_and_the_ways_lead_on(demo_url: str, open_page: OpenPage) -> None:
    tested = open_page(demo_url, "roster", "manager", week="2026-11-19")
    assert "2026-11-16 至 2026-11-22" in words(tested).replace("\\", "")
    tested = press(tested, "下一周")
    assert address(tested, "week") == "2026-11-23"
    tested = press(press(tested, "上一周"), "上一周")
    assert address(tested, "week") == "2026-11-09"
    assert not tested.exception


def test_another_teams_person_is_not_shown(
    demo_session: Session, own_team: int, demo_url: str, open_page: OpenPage
) -> None:
    other = demo_session.scalars(select(Agent).where(Agent.team_id != own_team)).first()
    assert other is not None
    tested = open_page(demo_url, "roster", "supervisor", **cell(other, local_today()))
    assert not tested.exception
    assert "排班表中没有此人" in words(tested)
    assert plain(other.name) not in words(tested)


def test_leave_is_shown_as_leave_and_nothing_more(
    demo_session: Session, own_team: int, demo_url: str, open_page: OpenPage
) -> None:
    agent, on = free_day(demo_session, own_team)
    rostered(demo_url, agent, on)
    leave = Leave(
        agent_id=agent.id, type="sick", starts_at=at(on, 0), ends_at=at(on + DAY, 0), filed_at=at(on, 0) - 3 * DAY,
        status="approved", reason="急性肠胃炎",
    )  # fmt: skip
    with session_scope(demo_url) as session:
        session.add(leave)
    tested = open_page(demo_url, "roster", "manager", show="notes", **cell(agent, on))
    assert not tested.exception
    said = words(tested)
    assert "当天有已批准的请假" in said and "病假" not in said and "急性肠胃炎" not in said
    assert "当班请假" in str(conflicts_shown(tested)["label"].tolist())


# Figures and lists


@pytest.mark.parametrize("show", list(VIEWS))
def test_every_list_has_as_many_rows_as_its_card_says(show: str, demo_url: str, open_page: OpenPage) -> None:
    tested = open_page(demo_url, "roster", "manager", show=show)
    assert not tested.exception
    count = int(dict(zip(VIEWS, tested.metric, strict=True))[show].value)
    lists = [frame.value for frame in tested.dataframe if "clause" in frame.value.columns]
    assert len(lists[-1]) == count if count else not lists
    if count:
        assert set(lists[-1]["code"]) <= set(VIEW_CODES[show])


def seven_days(session: Session, url: str, team_id: int) -> tuple[Agent, date]:
    agent, monday = free_day(session, team_id, weeks_ahead=6)
    for n in range(7):
        rostered(url, agent, monday + n * DAY)
    return agent, monday


def test_a_conflict_opens_as_many_shifts_as_it_says_with_its_clause(
    demo_session: Session, own_team: int, demo_url: str, open_page: OpenPage
) -> None:
    agent, monday = seven_days(demo_session, demo_url, own_team)
    tested = open_page(demo_url, "roster", "supervisor", week=monday.isoformat())
    listed = conflicts_shown(tested)
    row = listed[listed["code"] == "no_rest_day"].iloc[0]
    assert (row["clause"], row["shifts"], row["who"]) == ("A1.5", 7, agent.name)
    opened = open_page(demo_url, "roster", "supervisor", week=monday.isoformat(), conflict=row["key"])
    assert not opened.exception
    behind = next(frame.value for frame in opened.dataframe if "agent_id" in frame.value.columns)
    assert list(behind["agent_id"]) == [agent.id] * 7
    said = words(opened)
    assert "涉及 7 个班次" in said and "A1" in said
    press(opened, "关闭")
    assert address(opened, "conflict") is None


def test_a_day_opened_from_a_conflict_stands_with_it(
    demo_session: Session, own_team: int, demo_url: str, open_page: OpenPage
) -> None:
    agent, monday = seven_days(demo_session, demo_url, own_team)
    shown = conflicts_shown(open_page(demo_url, "roster", "supervisor", week=monday.isoformat()))
    key = shown[shown["code"] == "no_rest_day"].iloc[0]["key"]
    tested = open_page(demo_url, "roster", "supervisor", conflict=key, **cell(agent, monday))
    assert not tested.exception
    assert [b.label for b in tested.button].count("关闭") == 2
    assert "保存修改" in [b.label for b in tested.button]


def test_a_conflict_that_is_mended_is_told_as_gone(demo_url: str, open_page: OpenPage) -> None:
    tested = open_page(demo_url, "roster", "supervisor", conflict="0123456789ab")
    assert not tested.exception and "该冲突已不存在" in words(tested)


def test_the_weekly_duties_stand_over_the_week_with_their_clauses(demo_url: str, open_page: OpenPage) -> None:
    with session_scope(demo_url) as session:
        book = load_rulebook(["telecom_call_centre"])
        rulebooks.publish(session, SYSTEM, book, local_today() - DAY, datetime.now(UTC))
    said = words(open_page(demo_url, "roster", "supervisor")).replace("\\", "")
    assert "更衣室卫生" in said and "A2.43" in said and "擦拭绿植" in said and "A2.44" in said


def test_the_grid_marks_the_days_of_a_conflict_with_its_clause(
    demo_session: Session, own_team: int, demo_url: str, desk_at: object
) -> None:
    from dashboard.i18n import using
    from dashboard.roster_week import shown_week
    from regulations.access import Scope

    agent, monday = seven_days(demo_session, demo_url, own_team)
    desk_at(demo_url)  # type: ignore[operator]
    with using("en"):
        week = shown_week(Scope(None, "x", "manager"), monday, own_team)
    mine = week.grid[week.grid["who"] == str(agent.id)]
    assert set(mine["state"]) == {"wrong"} and len(mine) == 7
    assert set(mine["marks"]) == {"▲No rest day A1.5"}
    assert set(mine["words"]) == {"09:00–18:00\nDay 热线"}


# Changing


def test_a_shift_is_added_changed_and_taken_off(
    demo_session: Session, own_team: int, demo_url: str, open_page: OpenPage
) -> None:
    agent, on = free_day(demo_session, own_team)
    tested = open_page(demo_url, "roster", "supervisor", **cell(agent, on))
    assert "当天没有班次，为休息日" in words(tested)
    set_box(tested, "time_input", "_start", time(8, 0))
    set_box(tested, "time_input", "_end", time(17, 0))
    set_box(tested, "selectbox", "_kind", -1)
    tested = press(tested, "保存新班次")
    assert not tested.exception and "班次已新增" in words(tested)
    [made] = shifts_on(demo_url, agent.id, on)
    assert (made.starts_at, made.ends_at) == (at(on, 8), at(on, 17))
    box = next(b for b in tested.time_input if str(b.key).startswith("shift") and str(b.key).endswith("_end"))
    box.set_value(time(18, 30))
    tested = press(tested, "保存修改")
    assert "班次已修改" in words(tested)
    assert shifts_on(demo_url, agent.id, on)[0].ends_at == at(on, 18) + timedelta(minutes=30)
    tested = press(tested, "删除班次")
    assert "班次已删除" in words(tested) and shifts_on(demo_url, agent.id, on) == []
    assert any(e.label.startswith("本周排班的变更（3") for e in tested.expander)


def test_a_kind_of_shift_brings_its_times(
    demo_session: Session, own_team: int, demo_url: str, open_page: OpenPage
) -> None:
    agent, on = free_day(demo_session, own_team)
    rostered(demo_url, agent, on - 7 * DAY, 15)  # the demo's own late shifts may lie too far back on a Monday
    tested = open_page(demo_url, "roster", "supervisor", **cell(agent, on))
    kinds = next(b for b in tested.selectbox if str(b.key).endswith("_kind"))
    late = next(n for n, option in enumerate(kinds.options) if "–24:00" in option)
    kinds.set_value(late)
    tested.run()
    ends = next(b for b in tested.time_input if str(b.key).endswith("_end"))
    assert ends.value == time(0)
    press(tested, "保存新班次")
    [made] = shifts_on(demo_url, agent.id, on)
    assert made.ends_at == at(on + DAY, 0)


def test_a_day_that_is_past_is_changed_only_with_a_reason(
    demo_session: Session, own_team: int, demo_url: str, open_page: OpenPage
) -> None:
    past = demo_session.scalars(
        select(Shift)
        .join(Agent)
        .where(Agent.team_id == own_team, Shift.work_on < local_today() - 2 * DAY)
        .order_by(Shift.work_on.desc())
    ).first()
    assert past is not None
    tested = open_page(demo_url, "roster", "supervisor", **cell(past.agent, past.work_on))
    assert any("必填" in box.label for box in tested.text_input)
    before = len(shifts_on(demo_url, past.agent_id, past.work_on))
    tested = press(tested, "删除班次")
    assert "请写明原因" in words(tested)
    assert len(shifts_on(demo_url, past.agent_id, past.work_on)) == before
    set_box(tested, "text_input", "_reason", "当天实为调休")
    box = next(b for b in tested.text_input if str(b.key).startswith(f"shift{past.id}_"))
    box.set_value("当天实为调休")
    tested = press(tested, "删除班次")
    assert "班次已删除" in words(tested)
    with session_scope(demo_url) as session:
        change = session.scalars(select(ShiftChange).order_by(ShiftChange.id.desc())).first()
        assert change is not None and change.reason == "当天实为调休" and change.after == {}


def test_whoever_is_second_to_change_a_shift_is_told(
    demo_session: Session, own_team: int, demo_url: str, open_page: OpenPage
) -> None:
    agent, on = free_day(demo_session, own_team)
    shift = rostered(demo_url, agent, on)
    tested = open_page(demo_url, "roster", "supervisor", **cell(agent, on))
    with session_scope(demo_url) as session:
        session.get_one(Shift, shift.id).ends_at = at(on, 20)
    box = next(b for b in tested.time_input if str(b.key).startswith("shift") and str(b.key).endswith("_end"))
    box.set_value(time(17, 0))
    tested = press(tested, "保存修改")
    assert not tested.exception
    assert "刚才有变动" in words(tested) and "09:00–20:00" in words(tested).replace("\\", "")
    assert shifts_on(demo_url, agent.id, on)[0].ends_at == at(on, 20)


def opened(tested: AppTest) -> AppTest:
    """The page with the panel for copying open."""
    tested.session_state["copy_panel"] = True
    return tested.run()


def test_a_week_is_copied_after_its_preview(
    demo_session: Session, own_team: int, demo_url: str, open_page: OpenPage
) -> None:
    agent, monday = free_day(demo_session, own_team, weeks_ahead=8)
    for n in range(3):
        rostered(demo_url, agent, monday + n * DAY)
    target = monday + 7 * DAY
    with session_scope(demo_url) as session:
        session.execute(delete(CoverageNeed))
    tested = open_page(demo_url, "roster", "supervisor", week=target.isoformat())
    assert not [
        b for b in tested.button if b.key == "copy_do"
    ]  # nothing is worked out while the panel is shut
    tested = opened(tested)
    assert "复制 3 个班次" in [b.label for b in tested.button]
    assert "复制后本周没有冲突" in words(tested)
    tested = press(tested, "复制 3 个班次")
    assert not tested.exception and "已复制 3 个班次" in words(tested)
    assert [len(shifts_on(demo_url, agent.id, target + n * DAY)) for n in range(4)] == [1, 1, 1, 0]
    assert next(b for b in tested.button if b.label == "复制 0 个班次").disabled


def test_the_preview_of_a_copy_shows_the_conflicts_it_would_make(
    demo_session: Session, own_team: int, demo_url: str, open_page: OpenPage
) -> None:
    _agent, monday = seven_days(demo_session, demo_url, own_team)
    tested = open_page(demo_url, "roster", "supervisor", week=(monday + 7 * DAY).isoformat())
    tested = opened(tested)
    assert not tested.exception
    assert "复制后本周将有" in words(tested)


def test_a_number_of_people_is_set_and_taken_back(own_team: int, demo_url: str, open_page: OpenPage) -> None:
    tested = open_page(demo_url, "roster", "supervisor")
    tested.number_input(key="need_n").set_value(4)
    tested.time_input(key="need_start").set_value(time(20))
    tested.time_input(key="need_end").set_value(time(2))
    tested = press(tested, "保存人数")
    assert not tested.exception and "所需人数已保存" in words(tested)
    with session_scope(demo_url) as session:
        need = session.scalars(select(CoverageNeed).where(CoverageNeed.starts_minute == 1200)).one()
        assert (need.team_id, need.ends_minute, need.required) == (own_team, 1560, 4)
        need_id = need.id
    tested.selectbox(key="need_gone").set_value(need_id)
    tested = press(tested.run(), "撤销")
    assert "所需人数已撤销" in words(tested)
    with session_scope(demo_url) as session:
        assert session.get(CoverageNeed, need_id) is None


def test_a_manager_of_all_teams_sees_the_posts_of_each(demo_url: str, open_page: OpenPage) -> None:
    tested = open_page(demo_url, "roster", "manager")
    assert not tested.exception
    posts = next(c for c in tested.segmented_control if c.label == "岗位")
    assert len(posts.options) >= 2
    posts.set_value(1)
    assert not tested.run().exception


def stretches(tested: AppTest) -> pd.DataFrame:
    return next(frame.value for frame in tested.dataframe if "present" in frame.value.columns)


def people_of_stretch(tested: AppTest) -> pd.DataFrame:
    return next(frame.value for frame in tested.dataframe if "stand" in frame.value.columns)


@pytest.mark.parametrize("post", [0, 1])
def test_every_stretch_of_a_post_opens_down_to_its_people(
    post: int, demo_url: str, open_page: OpenPage
) -> None:
    tested = open_page(demo_url, "roster", "manager")
    next(c for c in tested.segmented_control if c.label == "岗位").set_value(post)
    rows = stretches(tested.run())
    assert (rows["gap"].fillna(0) == (rows["required"].fillna(0) - rows["present"]).clip(lower=0)).all()
    picked = rows[rows["rostered"] > rows["rostered"].min()].iloc[0] if post else rows.iloc[0]
    tested = open_page(demo_url, "roster", "manager", stretch=picked["key"])
    assert not tested.exception
    stands = [label[0] for label in people_of_stretch(tested)["stand"]]
    there = [one for one in stands if one[0] in "○✓+→"]
    assert len(there) == picked["present"]
    assert len([one for one in stands if one[0] in "○✓+▲◇"]) == picked["expected"]
    assert f"排班 {picked['rostered']} 人，应到 {picked['expected']} 人" in words(tested)


def test_a_stretch_that_is_not_there_opens_nothing(demo_url: str, open_page: OpenPage) -> None:
    for nonsense in ("1.2.热线", "x", "1..", "<b>"):
        tested = open_page(demo_url, "roster", "supervisor", stretch=nonsense)
        assert not tested.exception
        assert not [frame for frame in tested.dataframe if "stand" in frame.value.columns]


def test_the_share_of_hours_that_were_short_is_that_of_the_registry(
    own_team: int, demo_url: str, open_page: OpenPage
) -> None:
    monday = monday_of(local_today()) - 7 * DAY  # over, so that it is the same however long the page takes
    tested = open_page(demo_url, "roster", "supervisor", week=monday.isoformat())
    with session_scope(demo_url) as session:
        found = metrics.figure(
            session, SYSTEM, "attendance.coverage_gap", monday, monday + 6 * DAY, rulebooks.in_force(session),
            datetime.now(UTC), team_id=own_team,
        )  # fmt: skip
    assert found.denominator
    said = f"所需 {found.denominator / 60:,.1f} 人时中缺 {found.numerator / 60:,.1f} 人时"
    assert plain(said) in words(tested)

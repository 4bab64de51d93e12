"""Surges: told on Today, opened with their cases and reasoning, taken charge of and closed; for each role its own."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from dashboard import desk
from db import rulebooks, surges
from db.engine import session_scope
from db.models import Agent, Complaint, Escalation, SurgeAlert, Team
from tests.factories import make_complaint, scope
from tests.pages.conftest import ROLES, OpenPage, address, press, words

CASES = 7
LOOKING_ON = ("executive", "top")
SEEING = ("supervisor", "manager", *LOOKING_ON)


@pytest.fixture
def now() -> datetime:
    """The moment at which the surge is noticed."""
    return desk.now()


def raise_one(
    session: Session, now: datetime, category: str = "other", product: str = "云帆测试机"
) -> SurgeAlert:
    """A surge of the after-sales team, through the watch itself, in a department that is long known."""
    book = rulebooks.in_force(session)
    agent = session.scalars(select(Agent).join(Team).order_by(Team.id, Agent.id)).first()
    assert agent is not None
    if session.scalar(select(Complaint.id).where(Complaint.received_at < now - timedelta(days=40))) is None:
        make_complaint(session, agent, now - timedelta(days=60), category="quality")
    alert = None
    for n in range(CASES):
        at = now - timedelta(minutes=2 * (CASES - n))
        case = make_complaint(session, agent, at, category=category, product=product, summary=f"测试 {n}")
        alert = surges.check_after_receipt(session, case, book, now)
    assert alert is not None
    return alert


@pytest.fixture
def alert_id(demo_url: str, now: datetime) -> int:
    """An alert that nobody has acknowledged, in the demo department."""
    with session_scope(demo_url) as session:
        return raise_one(session, now).id


class TestToday:
    @pytest.mark.parametrize("who", SEEING)
    def test_an_open_surge_stands_there_with_count_and_way_down(
        self, who: str, demo_url: str, open_page: OpenPage, alert_id: int
    ) -> None:
        tested = open_page(demo_url, "today", who)
        assert not tested.exception
        told = words(tested).replace("\\", "")
        assert "集中投诉：其他 · 云帆测试机" in told
        assert f"1 小时内 {CASES} 件" in told
        assert "待确认" in told

    def test_it_is_acknowledged_right_there(self, demo_url: str, open_page: OpenPage, alert_id: int) -> None:
        tested = open_page(demo_url, "today", "supervisor")
        tested.text_area(key=f"surge_plan:{alert_id}").input("已通知技术部")
        tested.button(key=f"surge_send_plan:{alert_id}").click().run()
        assert not tested.exception
        assert "由您负责处置" in words(tested)
        with session_scope(demo_url) as session:
            alert = session.get_one(SurgeAlert, alert_id)
            assert (alert.acknowledged_by, alert.plan) == ("supervisor", "已通知技术部")

    @pytest.mark.parametrize("who", LOOKING_ON)
    def test_leadership_looks_on(self, who: str, demo_url: str, open_page: OpenPage, alert_id: int) -> None:
        tested = open_page(demo_url, "today", who)
        assert not [area for area in tested.text_area if str(area.key).startswith("surge_plan")]

    def test_another_teams_surge_is_not_told(self, demo_url: str, open_page: OpenPage, alert_id: int) -> None:
        supervisor2 = open_page(demo_url, "today", "manager", team="2")
        assert "云帆测试机" not in words(supervisor2).replace("\\", "")

    @pytest.mark.parametrize("who", SEEING)
    def test_a_bare_desk_says_that_it_cannot_tell_yet(
        self, who: str, bare_url: str, open_page: OpenPage
    ) -> None:
        assert "还没有投诉记录" in words(open_page(bare_url, "today", who))

    def test_too_little_history_says_so_and_until_when(
        self, bare_url: str, open_page: OpenPage, now: datetime
    ) -> None:
        with session_scope(bare_url) as session:
            agent = session.scalars(select(Agent)).one()
            for n in range(9):
                case = make_complaint(session, agent, now - timedelta(days=3, minutes=n))
                surges.check_after_receipt(session, case, rulebooks.in_force(session), now)
        told = words(open_page(bare_url, "today", "manager")).replace("\\", "")
        assert "满 4 周才知道平时有多少" in told

    def test_a_quiet_desk_says_what_is_watched(
        self, bare_url: str, open_page: OpenPage, now: datetime
    ) -> None:
        with session_scope(bare_url) as session:
            make_complaint(session, session.scalars(select(Agent)).one(), now - timedelta(days=60))
        told = words(open_page(bare_url, "today", "manager")).replace("\\", "")
        assert "目前没有未关闭的集中投诉" in told
        assert "类别、类别 + 产品相同的投诉，1 小时内达到 5 件、为平时同一时段的 3 倍以上" in told


class TestOne:
    @pytest.mark.parametrize("who", SEEING)
    def test_its_cases_are_as_many_as_its_card_says(
        self, who: str, demo_url: str, open_page: OpenPage, alert_id: int
    ) -> None:
        tested = open_page(demo_url, "surges", who, alert=str(alert_id))
        assert not tested.exception
        cards = {metric.label: metric.value for metric in tested.metric}
        assert cards["最集中时段件数"] == cards["涉及投诉"] == str(CASES)
        assert len(tested.dataframe[0].value) == CASES
        told = words(tested).replace("\\", "")
        assert "平时要" in told and "D1.10" in told
        assert "此前几周同一时段平均" in told

    def test_english_is_spoken_when_asked(self, demo_url: str, open_page: OpenPage, alert_id: int) -> None:
        tested = open_page(demo_url, "surges", "manager", alert=str(alert_id), lang="en")
        assert not tested.exception
        assert tested.title[0].value == "Surge: Other · 云帆测试机"
        assert "once in" in words(tested)

    def test_acknowledge_then_close(self, demo_url: str, open_page: OpenPage, alert_id: int) -> None:
        tested = open_page(demo_url, "surges", "supervisor", alert=str(alert_id))
        tested.text_area(key=f"surge_plan:{alert_id}").input("统一口径：退款")
        press(tested, "确认，由我处置")
        assert not tested.exception
        assert "处置中" in words(tested)
        tested.text_area(key=f"surge_outcome:{alert_id}").input("系统故障，已修复")
        press(tested, "关闭")
        told = words(tested).replace("\\", "")
        assert "已关闭" in told and "系统故障，已修复" in told
        assert not tested.text_area

    def test_without_words_nothing_is_acknowledged(
        self, demo_url: str, open_page: OpenPage, alert_id: int
    ) -> None:
        tested = press(open_page(demo_url, "surges", "supervisor", alert=str(alert_id)), "确认，由我处置")
        assert "请写明处置安排" in words(tested).replace("\\", "")
        with session_scope(demo_url) as session:
            assert session.get_one(SurgeAlert, alert_id).acknowledged_at is None

    def test_the_second_is_told_who_was_quicker(
        self, demo_url: str, open_page: OpenPage, alert_id: int, now: datetime
    ) -> None:
        tested = open_page(demo_url, "surges", "supervisor", alert=str(alert_id))
        with session_scope(demo_url) as session:
            surges.acknowledge(
                session, scope("manager", actor="王经理"), alert_id, plan="先到", expected_version=1, now=now
            )
        tested.text_area(key=f"surge_plan:{alert_id}").input("后到")
        press(tested, "确认，由我处置")
        told = words(tested).replace("\\", "")
        assert "王经理已经确认了这次集中投诉" in told
        with session_scope(demo_url) as session:
            assert session.get_one(SurgeAlert, alert_id).plan == "先到"

    def test_it_is_reported_to_the_next_level(
        self, demo_url: str, open_page: OpenPage, alert_id: int
    ) -> None:
        tested = open_page(demo_url, "surges", "supervisor", alert=str(alert_id))
        tested.text_area(key=f"surge_proposal:{alert_id}").input("启动应急预案")
        tested.button(key=f"surge_send_report:{alert_id}").click().run()
        assert not tested.exception
        with session_scope(demo_url) as session:
            report = session.scalars(select(Escalation).where(Escalation.reason == "surge")).one()
            assert (report.to_role, report.proposal) == ("manager", "启动应急预案")
            assert "云帆测试机" in report.detail
        assert "启动应急预案" in words(tested)
        above = open_page(demo_url, "surges", "manager", alert=str(alert_id))
        assert "到投诉页批示" in [str(link.proto.label) for link in above.get("page_link")]
        for who in LOOKING_ON:  # who only looks on reads it too
            assert "启动应急预案" in words(open_page(demo_url, "surges", who, alert=str(alert_id)))

    @pytest.mark.parametrize("who", LOOKING_ON)
    def test_leadership_sees_no_buttons_and_why(
        self, who: str, demo_url: str, open_page: OpenPage, alert_id: int
    ) -> None:
        tested = open_page(demo_url, "surges", who, alert=str(alert_id))
        assert not tested.text_area
        assert "您的角色可以查看" in words(tested)

    @pytest.mark.parametrize("wrong", ["0", "999999", "-1", "١", "9" * 40, "", "<b>1</b>", "1 or 1=1"])
    def test_an_address_that_names_none_is_told_so(
        self, wrong: str, demo_url: str, open_page: OpenPage
    ) -> None:
        tested = open_page(demo_url, "surges", "manager", alert=wrong)
        assert not tested.exception
        assert "没有这起集中投诉" in words(tested) or tested.title[0].value == "集中投诉"

    def test_another_teams_alert_is_none(self, demo_url: str, open_page: OpenPage, now: datetime) -> None:
        with session_scope(demo_url) as session:
            alert = raise_one(session, now)
            other = session.scalars(select(Agent).join(Team).order_by(Team.id.desc())).first()
            assert other is not None
            for case in surges.list_cases(session, scope("manager"), alert):
                case.team_id, case.agent_id = other.team_id, other.id
            alert_id = alert.id
        tested = open_page(demo_url, "surges", "supervisor", alert=str(alert_id))
        assert "没有这起集中投诉" in words(tested)
        assert "云帆测试机" not in words(tested)


class TestAll:
    @pytest.mark.parametrize("who", SEEING)
    def test_the_list_has_as_many_rows_as_its_card_says(
        self, who: str, demo_url: str, open_page: OpenPage, alert_id: int, now: datetime
    ) -> None:
        days = {"from": f"{now - timedelta(days=3):%Y-%m-%d}", "to": f"{now + timedelta(days=1):%Y-%m-%d}"}
        tested = open_page(demo_url, "surges", who, **days)
        assert not tested.exception
        listed = tested.dataframe[0].value
        assert str(len(listed)) == tested.metric[0].value
        assert "其他 · 云帆测试机" in list(listed["title"])
        assert listed.iloc[0]["state"] == ["待确认"]

    @pytest.mark.parametrize("who", SEEING)
    def test_an_empty_desk_says_so(self, who: str, bare_url: str, open_page: OpenPage) -> None:
        tested = open_page(bare_url, "surges", who)
        assert not tested.exception
        assert "期内没有集中投诉" in words(tested)

    @pytest.mark.parametrize("who", sorted(set(ROLES) - set(SEEING)))
    def test_other_roles_are_told_that_the_page_is_not_for_them(
        self, who: str, demo_url: str, open_page: OpenPage
    ) -> None:
        tested = open_page(demo_url, "surges", who, alert="1")
        assert "您的角色不能查看本页" in words(tested)
        assert not tested.dataframe and not tested.metric

    def test_an_old_address_with_a_period_shows_that_period(self, demo_url: str, open_page: OpenPage) -> None:
        tested = open_page(demo_url, "surges", "manager", **{"from": "2020-01-01", "to": "2020-01-31"})
        assert "期内没有集中投诉" in words(tested)
        assert address(tested, "from") == "2020-01-01"

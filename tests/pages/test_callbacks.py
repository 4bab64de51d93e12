"""Callbacks: the work list, four rates with four denominators, and recording an attempt."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from db import callbacks, complaints, metrics, people, rulebooks
from db.engine import session_scope
from db.models import Agent, Callback
from regulations.access import SYSTEM, Scope
from tests.pages.conftest import ROLES, USERNAMES, OpenPage, press, words


@pytest.fixture
def owed(demo_session: Session) -> Callback:
    """A callback of the first supervisor's team that nobody has tried yet, owed since three hours ago."""
    own = people.get_user(demo_session, USERNAMES["supervisor"]).teams[0]
    agent = demo_session.scalars(select(Agent).where(Agent.team_id == own.id).order_by(Agent.number)).first()
    assert agent is not None
    arisen = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=3)
    made = callbacks.add_callback(
        demo_session, scope_of(agent), kind="complaint", arisen_at=arisen, agent=agent,
        book=rulebooks.in_force(demo_session), now=arisen, customer_name="测试客户", customer_phone="138****0000",
    )  # fmt: skip
    assert made is not None
    demo_session.commit()
    return made


@pytest.mark.parametrize("who", ["supervisor", "manager", "executive", "top"])
def test_rates_stand_beside_what_they_were_divided_by(who: str, demo_url: str, open_page: OpenPage) -> None:
    tested = open_page(demo_url, "callbacks", who)
    assert not tested.exception
    assert [m.label for m in tested.metric] == [
        "回访率",
        "回访及时率",
        "回访接通率",
        "回访满意率",
        "可能扣分",
    ]
    assert sum(" / " in caption.value for caption in tested.caption) >= 3
    rates = next(t.value for t in tested.dataframe if "connect_rate_d" in t.value.columns)
    assert {"rate_n", "rate_d", "connect_rate_d", "satisfaction_d", "settled_n"} <= set(rates.columns)


@pytest.mark.parametrize("show", ["window", "today", "week", "waits", "old", "period"])
def test_every_list_can_be_shown(show: str, demo_url: str, open_page: OpenPage) -> None:
    tested = open_page(demo_url, "callbacks", "manager", show=show)
    assert not tested.exception
    assert tested.segmented_control(key="callbacks_show").value == show


def test_open_callbacks_come_before_completed_ones(demo_url: str, open_page: OpenPage) -> None:
    listed = open_page(demo_url, "callbacks", "manager", show="period").dataframe[0].value
    assert listed["is_done"].is_monotonic_increasing


def test_the_address_opens_one_callback_with_its_reasons(
    owed: Callback, demo_url: str, open_page: OpenPage
) -> None:
    tested = open_page(demo_url, "callbacks", "supervisor", callback=owed.number)
    assert not tested.exception
    assert "截止时间的由来" in words(tested)
    assert "blue-badge" in words(tested)


@pytest.mark.parametrize("number", ["HF0", "<script>", "", "x" * 300])
def test_a_number_that_leads_nowhere_is_answered_kindly(
    number: str, demo_url: str, open_page: OpenPage
) -> None:
    tested = open_page(demo_url, "callbacks", "supervisor", callback=number)
    assert not tested.exception
    assert "没有这项回访" in words(tested)


def kept(url: str, number: str) -> Callback:
    with session_scope(url) as session:
        return callbacks.get_callback(session, SYSTEM, number)


def test_one_click_records_how_a_call_ended(owed: Callback, demo_url: str, open_page: OpenPage) -> None:
    tested = open_page(demo_url, "callbacks", "supervisor", callback=owed.number)
    press(tested, "无人接听")
    assert not tested.exception
    assert "已登记" in words(tested)
    stored = kept(demo_url, owed.number)
    assert stored.attempts[-1].outcome == "no_answer"
    assert stored.attempts[-1].agent_id == owed.agent_id
    assert stored.next_attempt_at is not None


def test_a_satisfied_customer_is_one_click(owed: Callback, demo_url: str, open_page: OpenPage) -> None:
    tested = open_page(demo_url, "callbacks", "supervisor", callback=owed.number)
    press(tested, "完成 · 满意")
    stored = kept(demo_url, owed.number)
    assert (stored.satisfaction, stored.completed_at is not None) == ("satisfied", True)
    assert "完成 · 满意" not in [b.label for b in tested.button]


def test_a_dissatisfied_customer_reopens_his_case_and_the_page_says_so(
    demo_session: Session, demo_url: str, open_page: OpenPage
) -> None:
    agent = demo_session.scalars(select(Agent).where(Agent.number == "K1001")).one()
    book, now = rulebooks.in_force(demo_session), datetime.now(UTC) - timedelta(hours=2)
    case = complaints.register(
        demo_session, scope_of(agent), received_at=now - timedelta(hours=5), channel="phone", category="refund",
        summary="退款未到账", agent=agent, book=book, now=now - timedelta(hours=5),
    )  # fmt: skip
    complaints.record_event(
        demo_session, scope_of(agent), case, "final_feedback", now, "", case.row_version, book, now
    )
    number = demo_session.scalars(select(Callback.number).where(Callback.complaint_id == case.id)).one()
    demo_session.commit()
    tested = open_page(demo_url, "callbacks", "supervisor", callback=number)
    assert "将重新受理" in words(tested)
    press(tested, "完成 · 不满意")
    assert not tested.exception
    assert "已重新受理" in words(tested)
    with session_scope(demo_url) as session:
        assert complaints.get_complaint(session, SYSTEM, case.number).status == "open"


def test_a_wrong_number_waits_for_a_decision_and_a_new_one_takes_it_up(
    owed: Callback, demo_url: str, open_page: OpenPage
) -> None:
    tested = open_page(demo_url, "callbacks", "supervisor", callback=owed.number, show="waits")
    press(tested, "号码错误")
    assert "由主管决定" in words(tested)
    assert owed.number in set(tested.dataframe[0].value["number"])
    press(tested, "再次拨打")
    assert "请填写新的电话号码" in words(tested)
    tested.text_input(key="decide_phone").set_value("13900001111")
    press(tested, "再次拨打")
    assert "决定已登记" in words(tested)
    assert kept(demo_url, owed.number).customer_phone == "13900001111"


def test_ending_it_needs_to_say_why_and_is_shown(owed: Callback, demo_url: str, open_page: OpenPage) -> None:
    tested = open_page(demo_url, "callbacks", "supervisor", callback=owed.number)
    press(tested, "不再拨打")
    assert "写明情况" in words(tested)
    tested.text_input(key="decide_note").set_value("三次无人接听<b>")
    press(tested, "不再拨打")
    assert kept(demo_url, owed.number).settled_reason == "unreachable"
    assert "终止未完成" in words(tested)
    assert "<b>" not in words(tested)


def test_a_decision_on_a_callback_that_somebody_else_has_changed_is_told(
    owed: Callback, demo_url: str, open_page: OpenPage
) -> None:
    tested = open_page(demo_url, "callbacks", "supervisor", callback=owed.number)
    with session_scope(demo_url) as session:
        mine = callbacks.get_callback(session, SYSTEM, owed.number)
        callbacks.record_attempt(
            session, scope_of(mine.agent), mine, at=datetime.now(UTC), outcome="busy",
            book=rulebooks.in_force(session), now=datetime.now(UTC),
        )  # fmt: skip
    tested.text_input(key="decide_note").set_value("……")
    press(tested, "不再拨打")
    assert "刚才有人更新了这项回访" in words(tested)
    assert kept(demo_url, owed.number).settled_at is None


def test_it_can_be_given_to_somebody_else(owed: Callback, demo_url: str, open_page: OpenPage) -> None:
    tested = open_page(demo_url, "callbacks", "supervisor", callback=owed.number)
    chosen = tested.selectbox(key="reassign_to").value
    press(tested, "改派")
    assert not tested.exception
    stored = kept(demo_url, owed.number)
    assert stored.agent.number == chosen
    assert stored.agent_id != owed.agent_id


def scope_of(agent: Agent) -> Scope:
    return Scope(None, "罗文静", "supervisor", (agent.team_id,))


@pytest.mark.parametrize(
    ("key", "only"),
    [
        ("callback.rate", "all"),
        ("callback.rate", "counts"),
        ("callback.rate", "rest"),
        ("callback.coverage", "counts"),
        ("callback.connect_rate", "counts"),
        ("callback.punctuality", "counts"),
        ("callback.satisfaction", "counts"),
        ("callback.settled", "counts"),
    ],
)
def test_the_rows_behind_a_figure_are_as_many_as_it_says(
    key: str, only: str, demo_session: Session, demo_url: str, open_page: OpenPage
) -> None:
    tested = open_page(demo_url, "callbacks", "manager", rows=key, only=only, **PERIOD)
    assert not tested.exception
    found = metrics.figure(
        demo_session, SYSTEM, key, date.fromisoformat(PERIOD["from"]), date.fromisoformat(PERIOD["to"]),
        rulebooks.in_force(demo_session), datetime.now(UTC).replace(second=0, microsecond=0),
    )  # fmt: skip
    wanted = {"all": found.denominator, "counts": found.numerator, "rest": found.rest}[only]
    listed = len(tested.dataframe[0].value) if wanted else 0
    assert listed == wanted


TODAY = datetime.now(UTC).date()
PERIOD = {"from": (TODAY - timedelta(days=40)).isoformat(), "to": TODAY.isoformat()}


@pytest.mark.parametrize("rows", ["callback.nonsense", "complaint.received", "<script>", "callback.rate' --"])
def test_an_address_that_asks_for_no_list_shows_the_page(
    rows: str, demo_url: str, open_page: OpenPage
) -> None:
    tested = open_page(demo_url, "callbacks", "manager", rows=rows, in_agent="K1", only="x")
    assert not tested.exception
    assert "关闭清单" not in [b.label for b in tested.button]


def test_the_points_of_everybody_add_up_to_the_card(demo_url: str, open_page: OpenPage) -> None:
    tested = open_page(demo_url, "callbacks", "manager", **PERIOD)
    card = next(m.value for m in tested.metric if m.label == "可能扣分")
    tables = [t.value for t in tested.dataframe if "to_save" in t.value.columns]
    assert sum(t["points"].sum() for t in tables) == float(card.replace(",", ""))
    if tables:
        assert "再完成" in words(tested)


def test_the_window_says_when_for_how_many_and_for_whom(demo_url: str, open_page: OpenPage) -> None:
    tested = open_page(demo_url, "callbacks", "manager", show="window")
    listed = tested.dataframe[0].value
    assert f"共 {len(listed)} 项，由 {listed['person'].nunique()} 人回访" in words(tested)
    assert set(listed["reason"]) <= {"overdue", "retry", "due", "planned"}


def test_the_page_speaks_english(demo_url: str, open_page: OpenPage) -> None:
    tested = open_page(demo_url, "callbacks", "manager", lang="en")
    assert not tested.exception
    assert "Next window" in words(tested) or "Open now" in words(tested) or "Any time" in words(tested)
    assert "Remarks to look into, not verdicts about a person" in words(tested).replace("\\", "")


def test_a_complete_attempt_completes_the_callback(
    owed: Callback, demo_url: str, open_page: OpenPage
) -> None:
    tested = open_page(demo_url, "callbacks", "supervisor", callback=owed.number)
    tested.selectbox(key="attempt_outcome").select("connected")
    tested.selectbox(key="attempt_satisfaction").select("satisfied")
    tested.checkbox(key="attempt_complete").check()
    press(tested, "登记回访")
    assert not tested.exception
    assert "已登记" in words(tested)
    with session_scope(demo_url) as session:
        stored = callbacks.get_callback(session, SYSTEM, owed.number)
        assert stored.completed_at is not None
        assert stored.satisfaction == "satisfied"


def test_an_attempt_that_cannot_be_is_refused_in_words(
    owed: Callback, demo_url: str, open_page: OpenPage
) -> None:
    tested = open_page(demo_url, "callbacks", "supervisor", callback=owed.number)
    tested.selectbox(key="attempt_outcome").select("no_answer")
    tested.selectbox(key="attempt_satisfaction").select("satisfied")
    press(tested, "登记回访")
    assert not tested.exception
    assert "没有接通" in words(tested)


@pytest.mark.parametrize("who", ["manager", "executive", "top"])
def test_leaders_look_on_but_record_nothing(
    who: str, owed: Callback, demo_url: str, open_page: OpenPage
) -> None:
    tested = open_page(demo_url, "callbacks", who, callback=owed.number)
    assert not tested.exception
    labels = {button.label for button in tested.button}
    assert not labels & {"登记回访", "无人接听", "完成 · 满意", "再次拨打", "不再拨打", "改派"}


@pytest.mark.parametrize("who", ["qa", "agent", "administrator"])
def test_other_roles_are_told_that_the_page_is_not_for_them(
    who: str, demo_url: str, open_page: OpenPage
) -> None:
    tested = open_page(demo_url, "callbacks", who)
    assert not tested.exception
    assert "您的角色不能查看本页" in words(tested)
    assert not tested.title and not tested.dataframe and not tested.metric


@pytest.mark.parametrize("who", ROLES)
def test_an_empty_desk_shows_empty_states(who: str, bare_url: str, open_page: OpenPage) -> None:
    tested = open_page(bare_url, "callbacks", who)
    assert not tested.exception
    if who in ("supervisor", "manager"):
        assert "没有到期的回访" in words(tested)


def test_hours_are_named_only_for_kinds_that_have_them(demo_url: str, open_page: OpenPage) -> None:
    goods = open_page(demo_url, "callbacks", "supervisor", show="period")
    assert not goods.exception
    shown = set(goods.dataframe[0].value["kind"])
    assert not any("患者" in kind or "初诊" in kind for kind in shown)
    assert "回访时段" not in words(goods)
    everybody = open_page(demo_url, "callbacks", "manager", show="period")
    assert "回访时段" in words(everybody)

"""Repairs: what needs somebody now with its next step, figures with their rows, and every action of an order."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session
from streamlit.testing.v1 import AppTest

from dashboard.formats import plain
from dashboard.repair_lists import ORDER_VIEWS, RATES
from db import accounts, people, rulebooks, work_orders
from db.engine import session_scope
from db.models import Callback, Complaint, WorkOrder
from db.work_order_actions import cancel
from regulations.access import SYSTEM
from tests.pages.conftest import ROLES, USERNAMES, OpenPage, address, press, words

LOOKERS = ("supervisor", "manager", "executive", "top")


@pytest.fixture
def own_team(demo_session: Session) -> int:
    return people.get_user(demo_session, USERNAMES["supervisor"]).teams[0].id


def first(session: Session, team_id: int, *conditions: ColumnElement[bool]) -> WorkOrder:
    query = select(WorkOrder).where(
        WorkOrder.team_id == team_id, WorkOrder.cancelled_at.is_(None), *conditions
    )
    return session.scalars(query.order_by(WorkOrder.notified_at.desc()).limit(1)).one()


def again(url: str, number: str) -> WorkOrder:
    with session_scope(url) as session:
        return session.scalars(select(WorkOrder).where(WorkOrder.number == number)).one()


def click(tested: AppTest, key: str) -> AppTest:
    tested.button(key=key).click()
    return tested.run()


@pytest.mark.parametrize("who", LOOKERS)
def test_who_may_look_sees_lists_and_rates(who: str, demo_url: str, open_page: OpenPage) -> None:
    tested = open_page(demo_url, "repairs", who)
    assert not tested.exception
    labels = [m.label for m in tested.metric]
    assert labels[:5] == ["往日未派单", "到场迟到", "价格未确认", "未完工", "未签字或未致歉"]
    assert labels[5:] == ["维修及时率", "当日派单率", "价格事先确认率", "客户签字率"]
    may_act = who in ("supervisor", "manager")
    assert ("立即派单" in [b.label for b in tested.button]) == may_act
    assert len(tested.dataframe[0].value) > 3


@pytest.mark.parametrize("who", [role for role in ROLES if role not in LOOKERS])
def test_other_roles_are_told_that_the_page_is_not_for_them(
    who: str, demo_url: str, open_page: OpenPage
) -> None:
    tested = open_page(demo_url, "repairs", who)
    assert not tested.exception
    assert "您的角色不能查看本页" in words(tested)
    assert not tested.title and not tested.dataframe and not tested.metric


@pytest.mark.parametrize("who", ROLES)
def test_an_empty_desk_shows_empty_states(who: str, bare_url: str, open_page: OpenPage) -> None:
    tested = open_page(bare_url, "repairs", who)
    assert not tested.exception
    if who in LOOKERS:
        assert "清单中没有维修单" in words(tested)


@pytest.mark.parametrize("show", list(ORDER_VIEWS))
def test_every_list_has_as_many_rows_as_its_card_says(show: str, demo_url: str, open_page: OpenPage) -> None:
    tested = open_page(demo_url, "repairs", "manager", show=show)
    assert not tested.exception
    assert tested.segmented_control(key="repairs_show").value == show
    cards = dict(zip(("carried", "late", "price", "unfinished", "mend"), tested.metric, strict=False))
    if show in cards:
        assert len(tested.dataframe[0].value) == int(cards[show].value)


def test_what_was_left_on_an_earlier_day_stands_on_top(demo_url: str, open_page: OpenPage) -> None:
    shown = open_page(demo_url, "repairs", "manager").dataframe[0].value
    assert shown["rank"].is_monotonic_increasing
    assert shown.iloc[0]["flags"] == ["往日未派单"]


@pytest.mark.parametrize("key", RATES)
def test_the_rows_behind_a_rate_are_as_many_as_it_says(key: str, demo_url: str, open_page: OpenPage) -> None:
    place = 5 + RATES.index(key)
    for only in ("all", "rest"):
        tested = open_page(demo_url, "repairs", "manager", rows=key, only=only)
        assert not tested.exception
        counted, total = next(
            tuple(int(n) for n in c.value.split(" / "))
            for c in tested.caption[_caption_of(tested, place) :]
            if " / " in c.value and c.value.replace(" / ", "").isdigit()
        )
        shown = next(c.value for c in tested.caption if "行" in c.value and "至" in c.value)
        assert shown.startswith(f"{total if only == 'all' else total - counted} 行")


def _caption_of(tested: AppTest, place: int) -> int:
    """Where the captions of the rate cards begin: every card has one that says what it was divided by."""
    divided = [i for i, c in enumerate(tested.caption) if c.value.replace(" / ", "").isdigit()]
    return divided[place - 5]


@pytest.mark.parametrize("rows", ["repair.nonsense", "complaint.received", "<script>", ""])
def test_an_address_that_asks_for_no_such_list_shows_the_page(
    rows: str, demo_url: str, open_page: OpenPage
) -> None:
    tested = open_page(demo_url, "repairs", "manager", rows=rows, in_month="never", only="x")
    assert not tested.exception
    assert "behind_close" not in [b.key for b in tested.button]


@pytest.mark.parametrize("number", ["WX0", "<script>", "", "x" * 300])
def test_a_number_that_leads_nowhere_is_answered_kindly(
    number: str, demo_url: str, open_page: OpenPage
) -> None:
    tested = open_page(demo_url, "repairs", "supervisor", order=number)
    assert not tested.exception
    assert "没有这张维修单" in words(tested)


def test_another_teams_order_is_not_shown(
    demo_session: Session, own_team: int, demo_url: str, open_page: OpenPage
) -> None:
    other = demo_session.scalars(select(WorkOrder).where(WorkOrder.team_id != own_team).limit(1)).one()
    tested = open_page(demo_url, "repairs", "supervisor", order=other.number)
    assert "没有这张维修单" in words(tested)
    assert other.customer_name not in words(tested)


def test_one_click_dispatches_and_one_more_records_the_arrival(
    demo_session: Session, own_team: int, demo_url: str, open_page: OpenPage
) -> None:
    waiting = first(demo_session, own_team, WorkOrder.form_at.is_(None))
    tested = open_page(demo_url, "repairs", "supervisor")
    tested = click(tested, f"next:{waiting.number}")
    assert not tested.exception
    kept = again(demo_url, waiting.number)
    assert kept.form_at is not None and kept.arrival_due_at is not None
    assert f"已记录：已派单 · {waiting.number}" in words(tested).replace("\\", "")
    tested = click(tested, f"next:{waiting.number}")
    assert again(demo_url, waiting.number).arrived_at is not None


def test_an_order_goes_from_arrival_to_signature_and_owes_a_callback(
    demo_session: Session, own_team: int, demo_url: str, open_page: OpenPage
) -> None:
    on_site = first(
        demo_session, own_team,
        WorkOrder.arrived_at > datetime.now(UTC) - timedelta(hours=3), WorkOrder.finished_at.is_(None),
        WorkOrder.is_charged.is_(True), WorkOrder.unfinished_reason == "",
    )  # fmt: skip
    # Just arrived, whatever the hour: what was not finished yesterday counts as left unfinished.
    on_site.work_started_at = None
    on_site.notified_at = on_site.form_at = on_site.arrived_at = datetime.now(UTC) - timedelta(seconds=5)
    demo_session.commit()
    tested = open_page(demo_url, "repairs", "supervisor", order=on_site.number)
    assert "判定过程" in words(tested) and "blue-badge" in words(tested)
    assert "收费服务：开工前须由客户确认价格" in words(tested)
    press(tested, "客户同意该价格")
    assert "请填写客户同意的金额" in words(tested)
    tested.number_input(key="order_price").set_value(88.0)
    tested = press(tested, "客户同意该价格")
    tested = press(tested, "开工")
    tested = press(tested, "完工并已签字")
    assert not tested.exception
    kept = again(demo_url, on_site.number)
    assert kept.price == 88 and kept.work_started_at is not None and kept.signed_at is not None
    with session_scope(demo_url) as session:
        owed = session.scalars(select(Callback).where(Callback.work_order_id == kept.id)).one()
        assert (owed.kind, owed.arisen_at) == ("repair", kept.finished_at)
        verdict = work_orders.verdict_of(session, kept, rulebooks.in_force(session), datetime.now(UTC))
    assert verdict.price == "confirmed"
    links = [str(link.proto.label) for link in tested.get("page_link")]
    assert "录入客户评价" in links
    assert any("回访" in label and plain(owed.number) in label for label in links)


def test_unfinished_work_is_refused_until_it_is_complete(
    demo_session: Session, own_team: int, demo_url: str, open_page: OpenPage
) -> None:
    on_site = first(
        demo_session, own_team,
        WorkOrder.arrived_at > datetime.now(UTC) - timedelta(hours=3), WorkOrder.finished_at.is_(None),
        WorkOrder.unfinished_reason == "",
    )  # fmt: skip
    tested = open_page(demo_url, "repairs", "supervisor", order=on_site.number)
    tested = press(tested, "记为未完工")
    assert "请说明未完工的原因" in words(tested)
    tested.text_area(key="order_reason").set_value("缺配件")
    tested = press(tested, "记为未完工")
    assert "未完工须与客户预约下次上门时间" in words(tested)
    assert again(demo_url, on_site.number).unfinished_reason == ""


def test_the_second_of_two_is_told(
    demo_session: Session, own_team: int, demo_url: str, open_page: OpenPage
) -> None:
    waiting = first(demo_session, own_team, WorkOrder.form_at.is_(None))
    tested = open_page(demo_url, "repairs", "supervisor")
    with session_scope(demo_url) as session:
        now = datetime.now(UTC)
        order = work_orders.get_order(session, SYSTEM, waiting.number)
        manager = accounts.scope_of(people.get_user(session, USERNAMES["manager"]))
        cancel(
            session,
            manager,
            order,
            at=now,
            reason="客户取消",
            expected_version=order.row_version,
            now=now,
        )
    tested = click(tested, f"next:{waiting.number}")
    assert "刚才有人更新了这张维修单" in words(tested)
    assert again(demo_url, waiting.number).form_at is None


def test_a_call_is_taken_with_its_number(demo_url: str, open_page: OpenPage) -> None:
    tested = open_page(demo_url, "repairs", "supervisor")
    tested = press(tested, "登记并取号")
    assert "还需填写：报修内容、接报人。" in words(tested)  # nobody is named by default
    tested.text_area(key="new_summary").set_value("<b>水管</b> 爆裂")
    tested.selectbox(key="new_agent").select_index(0)
    tested.text_input(key="new_engineer").set_value("王师傅")
    tested = press(tested, "登记并取号")
    assert not tested.exception
    number = address(tested, "order")
    assert number is not None and number.startswith("WX-")
    kept = again(demo_url, number)
    assert (kept.summary, kept.engineer, kept.form_at is not None) == ("<b>水管</b> 爆裂", "王师傅", True)
    assert tested.text_area(key="new_summary").value == ""


def test_a_repair_for_a_complaint_begins_with_its_customer_and_stands_on_the_case(
    demo_session: Session, own_team: int, demo_url: str, open_page: OpenPage
) -> None:
    case = demo_session.scalars(
        select(Complaint).where(Complaint.team_id == own_team, Complaint.status == "open").limit(1)
    ).one()
    opened = open_page(demo_url, "case", "supervisor", case=case.number)
    way = next(link for link in opened.get("page_link") if link.proto.label == "为本件投诉派人维修")
    assert case.number in str(way.proto)
    tested = open_page(demo_url, "repairs", "supervisor", **{"for": case.number})
    assert plain(case.number) in words(tested)
    assert tested.text_input(key="new_name").value == case.customer_name
    assert tested.selectbox(key="new_agent").value == case.agent.number
    tested.text_area(key="new_summary").set_value("上门检查滤网")
    tested = press(tested, "登记并取号")
    number = address(tested, "order")
    assert number is not None and again(demo_url, number).complaint_id == case.id
    assert address(tested, "for") is None
    opened = open_page(demo_url, "case", "supervisor", case=case.number)
    assert any(number in str(link.proto.label).replace("\\", "") for link in opened.get("page_link"))


@pytest.mark.parametrize("number", ["TS0", "<script>", "x" * 300])
def test_a_repair_for_no_complaint_is_a_repair_for_nobody_in_particular(
    number: str, demo_url: str, open_page: OpenPage
) -> None:
    tested = open_page(demo_url, "repairs", "supervisor", **{"for": number})
    assert not tested.exception
    assert "本次报修对应投诉" not in words(tested)
    assert tested.text_input(key="new_name").value == ""


def test_the_page_speaks_english(demo_url: str, open_page: OpenPage) -> None:
    tested = open_page(demo_url, "repairs", "manager", lang="en")
    assert not tested.exception
    assert tested.title[0].value == "Repairs"
    assert [m.label for m in tested.metric][5] == "Repairs on time"

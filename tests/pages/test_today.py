"""Today: what needs me now, for each role its own."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pandas as pd
import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session
from streamlit.testing.v1 import AppTest

from dashboard import today_lists
from db import metrics, rulebooks
from db.engine import session_scope
from db.models import Approval, Complaint, ComplaintClock, Escalation, Finding, WorkOrder
from regulations.access import SYSTEM
from tests.pages.conftest import ROLES, OpenPage, address, words


@pytest.mark.parametrize("who", ["supervisor", "manager", "executive", "top"])
def test_supervisors_and_managers_see_deadlines_callbacks_people_and_calls(
    who: str, demo_url: str, open_page: OpenPage
) -> None:
    tested = open_page(demo_url, "today", who)
    assert not tested.exception
    labels = [metric.label for metric in tested.metric]
    for label in ("已超时", "1 小时内到期", "今日到期", "回访", "迟到或缺岗", "待复核通话"):
        assert label in labels
    overdue = next(metric for metric in tested.metric if metric.label == "已超时")
    assert int(overdue.value.replace(",", "")) > 0
    assert len(pressing(tested)) > 0


def pressing(tested: AppTest) -> pd.DataFrame:
    """The list of what turns late."""
    return next(frame.value for frame in tested.dataframe if "urgency" in frame.value)


def test_the_list_is_ordered_by_when_things_turn_late(demo_url: str, open_page: OpenPage) -> None:
    listed = pressing(open_page(demo_url, "today", "manager"))
    assert listed["due_at"].is_monotonic_increasing
    assert set(listed["kind"]) >= {"complaint", "callback"}
    assert all(clauses for clauses in listed["clauses"])


def test_a_case_stands_in_the_list_once_however_many_of_its_deadlines_are_due(
    demo_url: str, open_page: OpenPage
) -> None:
    listed = pressing(open_page(demo_url, "today", "manager"))
    cases = [row["query"]["case"] for row in listed.to_dict("records") if row["kind"] == "complaint"]
    assert len(cases) == len(set(cases)) > 0


def test_everything_open_and_overdue_stands_in_the_list(
    demo_url: str, open_page: OpenPage, demo_session: Session
) -> None:
    now = datetime.now(UTC)
    overdue = metrics.rows(
        demo_session, SYSTEM, "complaint.open_overdue", date(2000, 1, 1), now.date() + timedelta(days=1),
        rulebooks.in_force(demo_session), now,
    )  # fmt: skip
    listed = pressing(open_page(demo_url, "today", "manager", focus="overdue"))
    shown = {row["query"]["case"] for row in listed.to_dict("records") if row["kind"] == "complaint"}
    assert {row["number"] for row in overdue} <= shown


def test_a_name_leaves_only_that_persons_work(demo_url: str, open_page: OpenPage) -> None:
    everything = pressing(open_page(demo_url, "today", "manager"))
    who = everything["who"].iloc[0]
    tested = open_page(demo_url, "today", "manager", person=who)
    assert not tested.exception
    assert set(pressing(tested)["who"]) == {who}
    assert len(pressing(tested)) == (everything["who"] == who).sum()


def test_only_those_who_have_something_are_named() -> None:
    rows = pd.DataFrame(
        [("Li", "today"), ("Wu", "overdue"), ("Li", "hour"), ("An", "overdue"), ("An", "overdue")],
        columns=["who", "urgency"],
    )
    assert today_lists.people(rows) == {"An": "An ▲2", "Wu": "Wu ▲1", "Li": "Li !1 ●1"}
    assert today_lists.people(rows.head(0)) == {}


def test_a_card_opens_its_list(demo_url: str, open_page: OpenPage) -> None:
    tested = open_page(demo_url, "today", "supervisor")
    overdue = int(tested.metric[0].value)
    tested.button(key="open:已超时").click().run()
    assert not tested.exception
    assert len(pressing(tested)) == overdue
    assert address(tested, "focus") == "overdue"


def test_the_address_chooses_the_list(demo_url: str, open_page: OpenPage) -> None:
    listed = pressing(open_page(demo_url, "today", "manager", focus="callbacks"))
    assert set(listed["kind"]) == {"callback"}


def test_quality_staff_see_the_calls_that_wait_for_them(demo_url: str, open_page: OpenPage) -> None:
    tested = open_page(demo_url, "today", "qa")
    assert not tested.exception
    labels = [metric.label for metric in tested.metric]
    assert labels == ["待复核通话", "待裁定发现", "等待转写的录音", "转写失败的录音"]
    assert "已超时" not in words(tested)


def test_of_what_is_only_proposed_nobody_says_how_grave_it_is(demo_url: str, open_page: OpenPage) -> None:
    with session_scope(demo_url) as session:
        for finding in session.scalars(select(Finding)).all():
            finding.verdict, finding.decision, finding.severity = "cannot_tell", None, "critical"
            finding.needs_review = True
    tested = open_page(demo_url, "today", "qa")
    assert not tested.exception
    listed = next(frame.value for frame in tested.dataframe if "worst" in frame.value.columns)
    assert len(listed) and all(list(labels) == ["仅建议复核"] for labels in listed["worst"])
    assert f"其后 {len(listed)} 通只有建议复核的内容" in words(tested)


@pytest.mark.parametrize("who", ["agent", "administrator"])
def test_other_roles_are_told_that_the_page_is_not_for_them(
    who: str, demo_url: str, open_page: OpenPage
) -> None:
    tested = open_page(demo_url, "today", who)
    assert not tested.exception
    assert "您的角色不能查看本页" in words(tested)
    assert not tested.title and not tested.dataframe and not tested.metric


@pytest.mark.parametrize("who", ROLES)
def test_an_empty_desk_says_that_nothing_is_to_be_done(who: str, bare_url: str, open_page: OpenPage) -> None:
    tested = open_page(bare_url, "today", who)
    assert not tested.exception
    if who in ("supervisor", "manager"):
        assert "这里没有待办" in words(tested)
        assert [metric.value for metric in tested.metric[:5]] == ["0"] * 5


@pytest.mark.parametrize(
    "query",
    [
        {"focus": "<script>alert(1)</script>"},
        {"team": "999"},
        {"team": "-1"},
        {"team": "١"},
        {"team": "9" * 50},
        {"team": ""},
        {"lang": "xx"},
        {"person": "nobody"},
        {"person": "<b>" * 500},
    ],
)
def test_nonsense_in_the_address_is_ignored(
    query: dict[str, str], demo_url: str, open_page: OpenPage
) -> None:
    tested = open_page(demo_url, "today", "supervisor", **query)
    assert not tested.exception
    assert len(pressing(tested)) > 0


def test_the_page_speaks_english_when_asked(demo_url: str, open_page: OpenPage) -> None:
    tested = open_page(demo_url, "today", "supervisor", lang="en")
    assert not tested.exception
    assert tested.title[0].value == "Today"
    assert tested.metric[0].label == "Overdue"


def test_another_supervisors_team_stays_out_of_sight(demo_url: str, open_page: OpenPage) -> None:
    listed = pressing(open_page(demo_url, "today", "supervisor"))
    assert listed["team"].nunique() == 1
    everything = pressing(open_page(demo_url, "today", "manager"))
    assert everything["team"].nunique() > 1  # whose cases press depends on the hour


def an_open_case(session: Session) -> Complaint:
    return session.scalars(
        select(Complaint).where(Complaint.status == "open").order_by(Complaint.id.desc())
    ).first()  # type: ignore[return-value]


def test_a_request_waits_only_for_the_level_that_may_sign_it(demo_url: str, open_page: OpenPage) -> None:
    now = datetime.now(UTC)
    with session_scope(demo_url) as session:
        case = an_open_case(session)
        number = case.number
        for role, amount in (("manager", 800), ("executive", 4000), ("top", 90000)):
            session.add(
                Approval(
                    complaint_id=case.id, kind="compensation", amount=Decimal(amount), reason=f"赔 <b>{amount}</b>",
                    requested_by="made by the test", requested_at=now - timedelta(hours=3), requested_on=now.date(),
                    required_role=role, clauses=["C4.27"], steps=[], rulebook_version="test",
                )
            )  # fmt: skip
        session.add(
            Escalation(
                complaint_id=case.id, team_id=case.team_id, reason="beyond_remit", detail="客户要见领导",
                proposal="上门致歉", from_role="manager", to_role="executive", raised_by="made by the test",
                raised_at=now - timedelta(hours=1), raised_on=now.date(), is_urgent=True, skipped_roles=[], clauses=["A2.2"],
                steps=[], rulebook_version="test",
            )
        )  # fmt: skip
    # The manager reported the case upward: with that he handed what he would sign to the level above.
    for who, amounts in (("manager", ["¥800"]), ("executive", ["—", "¥800", "¥4,000"]), ("top", ["¥90,000"])):
        tested = open_page(demo_url, "today", who)
        assert not tested.exception
        waiting = next(frame.value for frame in tested.dataframe if "waits" in frame.value)
        ours = waiting[waiting["by"] == "made by the test"]
        assert list(ours["amount"]) == amounts, who
        assert set(ours["case"]) == {number}
    for frame in open_page(demo_url, "today", "supervisor").dataframe:
        assert "waits" not in frame.value or "made by the test" not in set(frame.value["by"])


def test_a_departments_missing_signature_is_one_click_away(demo_url: str, open_page: OpenPage) -> None:
    now = datetime.now(UTC).replace(microsecond=0)
    with session_scope(demo_url) as session:
        case = an_open_case(session)
        number, due_at = case.number, now - timedelta(days=400)
        case.clocks.append(
            ComplaintClock(
                clock="sign_off", ordinal=99, department="质量管理部", started_at=due_at, due_at=due_at,
                due_on=due_at.date(), warn_at=due_at, state="breached", clauses=["A5.2"], steps=[], limit={},
                rulebook_version="test",
            )
        )  # fmt: skip
    listed = pressing(open_page(demo_url, "today", "manager", focus="departments"))
    row = next(row for row in listed.to_dict("records") if row["query"] == {"case": number})
    assert row["label"] == ["▲ 已超时"]
    assert "签收" in row["what"] and "质量管理部" in row["what"]


def test_a_repair_nobody_was_sent_for_since_yesterday_is_overdue(demo_url: str, open_page: OpenPage) -> None:
    now = datetime.now(UTC).replace(microsecond=0)
    with session_scope(demo_url) as session:
        case = an_open_case(session)
        session.add(
            WorkOrder(
                number="WX-TEST", team_id=case.team_id, agent_id=case.agent_id, summary="水管漏水",
                dispatch_due_at=now - timedelta(days=1), notified_at=now - timedelta(days=2), notified_on=(now - timedelta(days=2)).date(), clauses=[], steps=[],
                rulebook_version="test",
            )
        )  # fmt: skip
    listed = pressing(open_page(demo_url, "today", "manager", focus="repairs"))
    row = next(row for row in listed.to_dict("records") if "WX-TEST" in row["what"])
    assert row["urgency"] == "overdue" and "待派单" in row["what"]


def test_urgency_is_told_to_the_second() -> None:
    now = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
    for seconds, code in ((-1, "overdue"), (0, "hour"), (3600, "hour"), (3601, "today")):
        assert today_lists.urgency(now + timedelta(seconds=seconds), now) == code

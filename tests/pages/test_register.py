"""Registering: a few fields, what it may be a duplicate of, a number with its deadlines; nobody else's cases leak."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session
from streamlit.testing.v1 import AppTest

from dashboard.formats import plain
from db import complaints, people
from db.engine import session_scope
from db.models import AuditEntry, Complaint
from regulations.access import CAPABILITIES, SYSTEM
from tests.pages.conftest import ROLES, USERNAMES, OpenPage, words

PHONE = "13812345678"


def fill(tested: AppTest, summary: str = "洗衣机漏水，地板被泡", phone: str = PHONE) -> AppTest:
    tested.text_area(key="reg_summary").input(summary)
    tested.text_input(key="reg_name").input("王芳")
    tested.text_input(key="reg_phone").input(phone)
    tested.pills(key="reg_category").set_value("quality")
    return tested.run()


def submit(tested: AppTest) -> AppTest:
    tested.button(key="reg_submit").click()
    return tested.run()


def newest(url: str) -> Complaint | None:
    with session_scope(url) as session:
        return session.scalars(select(Complaint).order_by(Complaint.id.desc()).limit(1)).first()


@pytest.mark.parametrize("who", ROLES)
def test_only_who_may_be_asked_first_registers(who: str, bare_url: str, open_page: OpenPage) -> None:
    tested = open_page(bare_url, "register", who)
    assert not tested.exception
    if who in CAPABILITIES["complaints.register"]:
        assert tested.button(key="reg_submit")
    else:
        assert "您的角色不能查看本页" in words(tested)
        assert not [button for button in tested.button if button.key == "reg_submit"]


@pytest.mark.parametrize("who", ["agent", "supervisor", "manager"])
def test_four_entries_give_a_number_and_the_deadlines(who: str, bare_url: str, open_page: OpenPage) -> None:
    tested = submit(fill(open_page(bare_url, "register", who)))
    assert not tested.exception
    made = newest(bare_url)
    assert made is not None
    assert f"登记编号 {made.number}" in words(tested)
    with session_scope(bare_url) as session:
        case = complaints.get_complaint(session, SYSTEM, made.number)
        assert (case.channel, case.category, case.customer_phone) == ("phone", "quality", PHONE)
        assert (case.agent.number, case.severity) == ("K1", "ordinary")
        assert session.scalars(
            select(AuditEntry.action).where(AuditEntry.action == "complaint.registered")
        ).one()
        for clock in case.clocks:
            assert plain(str(clock.clauses[0])) in words(tested)
    assert tested.text_area(key="reg_summary").value == ""  # ready for the next caller
    opens = [link for link in tested.get("page_link") if "打开投诉" in str(link.proto.label)]
    assert bool(opens) is (who != "agent")


@pytest.mark.parametrize(
    ("leave_out", "said"),
    [
        (("summary",), "还需填写：投诉内容。"),
        (("category",), "还需填写：分类。"),
        (("summary", "category"), "还需填写：投诉内容、分类。"),
    ],
)
def test_what_is_missing_is_said_and_nothing_typed_is_lost(
    leave_out: tuple[str, ...], said: str, bare_url: str, open_page: OpenPage
) -> None:
    tested = fill(
        open_page(bare_url, "register", "supervisor"), summary="" if "summary" in leave_out else "漏水"
    )
    if "category" in leave_out:
        tested.pills(key="reg_category").set_value(None)
    submit(tested)
    assert said in words(tested)
    assert newest(bare_url) is None
    assert tested.text_input(key="reg_phone").value == PHONE


def test_pressing_twice_registers_once(bare_url: str, open_page: OpenPage) -> None:
    tested = submit(fill(open_page(bare_url, "register", "supervisor")))
    submit(tested)
    with session_scope(bare_url) as session:
        assert len(session.scalars(select(Complaint)).all()) == 1


def test_the_same_customer_is_noticed_while_typing(bare_url: str, open_page: OpenPage) -> None:
    submit(fill(open_page(bare_url, "register", "supervisor")))
    first = newest(bare_url)
    assert first is not None
    tested = open_page(bare_url, "register", "supervisor")
    assert plain(first.number) not in words(tested)
    fill(tested, "又漏水了", phone="138-1234-5678")
    text = words(tested)
    assert plain(first.number) in text
    assert "电话相同" in text and "今天受理" in text and "仍在处理" in text
    tested.button(key=f"link:{first.number}").click()
    tested.run()
    assert tested.text_input(key="reg_previous").value == first.number
    submit(tested)
    second = newest(bare_url)
    assert second is not None and second.previous_id == first.id


def test_a_second_call_about_the_same_matter_becomes_a_note_and_no_second_case(
    bare_url: str, open_page: OpenPage
) -> None:
    submit(fill(open_page(bare_url, "register", "supervisor")))
    first = newest(bare_url)
    assert first is not None
    tested = fill(open_page(bare_url, "register", "supervisor"), "客户催问进度")
    tested.button(key=f"same:{first.number}").click()
    tested.run()
    assert not tested.exception
    with session_scope(bare_url) as session:
        assert len(session.scalars(select(Complaint)).all()) == 1
        note = complaints.get_complaint(session, SYSTEM, first.number).events[-1]
    assert note.kind == "note"
    assert "客户催问进度" in note.note and PHONE in note.note
    assert "已登记：备注" in words(tested)  # said on the case, to which the page has led


def test_an_agent_learns_only_how_many_similar_cases_others_have(
    demo_session: Session, demo_url: str, open_page: OpenPage
) -> None:
    agent = people.get_user(demo_session, USERNAMES["agent"]).agent_id
    other = demo_session.scalars(
        select(Complaint).where(Complaint.agent_id != agent).order_by(Complaint.received_at.desc()).limit(1)
    ).one()
    tested = fill(open_page(demo_url, "register", "agent"), phone=other.customer_phone)
    text = words(tested)
    assert "件相似投诉，请询问主管" in text
    assert plain(other.number) not in text
    assert other.customer_name not in text
    assert plain(other.summary) not in text


def test_the_choices_are_the_rulebooks(bare_url: str, open_page: OpenPage) -> None:
    from db import rulebooks

    tested = open_page(bare_url, "register", "manager")
    with session_scope(bare_url) as session:
        book = rulebooks.in_force(session)
    assert len(tested.pills(key="reg_channel").options) == len(book.items("complaint.channels") or ())
    assert len(tested.selectbox(key="reg_severity").options) == len(
        book.items("complaint.severity_levels") or ()
    )


@pytest.mark.parametrize(
    "hostile",
    ["<script>alert(1)</script> **粗** :red[假] $x$", "'; DROP TABLE complaints; --", "\u202e反转 \u0000 零"],
)
def test_hostile_words_are_kept_and_shown_as_they_are(
    hostile: str, bare_url: str, open_page: OpenPage
) -> None:
    submit(fill(open_page(bare_url, "register", "supervisor"), hostile))
    first = newest(bare_url)
    assert first is not None and first.summary == hostile.replace("\x00", "")
    text = words(fill(open_page(bare_url, "register", "supervisor"), "另一件"))
    assert plain(first.summary) in text
    assert "<script>" not in text.replace("\\<script\\>", "")


@pytest.mark.parametrize("number", ["TS-20000101-001", "' or 1=1", "x" * 40])
def test_an_earlier_case_that_does_not_exist_is_refused(
    number: str, bare_url: str, open_page: OpenPage
) -> None:
    tested = fill(open_page(bare_url, "register", "supervisor"))
    tested.text_input(key="reg_previous").input(number)
    submit(tested)
    assert "请核对原投诉编号" in words(tested)
    assert newest(bare_url) is None

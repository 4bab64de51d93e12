"""Handover: supervisors see what hurts most and review it, agents write and sign their own, others are told it is not theirs."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pandas as pd
import pytest
from sqlalchemy import select
from streamlit.testing.v1 import AppTest

from dashboard.formats import plain
from db import handovers, people, rulebooks
from db.engine import session_scope
from db.models import Agent, Escalation, Handover, Shift, Team, User
from regulations.access import Scope
from regulations.handovers import fields_of
from regulations.rulebook import Rulebook
from regulations.worktime import WorkCalendar
from tests.pages.conftest import ROLES, USERNAMES, OpenPage, address, press, words

VIEWERS = ("supervisor", "manager", "executive", "top", "agent")
HOSTILE = "<script>alert(1)</script> **粗** [x](javascript:y) :red[z] $a$"
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
Make = Callable[..., int]


@pytest.fixture
def book(bare_url: str) -> Rulebook:
    with session_scope(bare_url) as session:
        return rulebooks.in_force(session)


@pytest.fixture
def on(book: Rulebook) -> date:
    """Today at the site."""
    return WorkCalendar.from_rulebook(book).day_of(datetime.now(UTC))


@pytest.fixture
def make(bare_url: str, book: Rulebook, on: date) -> Make:
    """Makes a handover of today from the agent K1 (甲) to K2 (乙); gives back its id."""

    def made(
        from_number: str = "K1", to_number: str = "K2", work_on: date | None = None, **values: object
    ) -> int:
        with session_scope(bare_url) as session:
            team = session.scalars(select(Team)).first()
            assert team is not None
            if session.scalar(select(Agent).where(Agent.number == "K2")) is None:
                for number, name in (("K2", "乙"), ("K3", "丙")):
                    session.add(Agent(number=number, name=name, team_id=team.id))
                session.flush()
            ids = dict(session.execute(select(Agent.number, Agent.id)).tuples().all())
            kept = {"due_at": datetime.now(UTC) - MINUTE, "entries": {}, **values}
            row = Handover(
                team_id=team.id,
                work_on=work_on or on,
                post="热线",
                outgoing_id=ids[from_number],
                incoming_id=ids[to_number],
                rulebook_version=book.version,
                **kept,
            )
            session.add(row)
            session.flush()
            return row.id

    return made


def full(book: Rulebook, text: str = "无") -> dict[str, str]:
    return dict.fromkeys(fields_of(book), text)


def signed(book: Rulebook) -> dict[str, object]:
    at = datetime.now(UTC) - 2 * MINUTE
    return {
        "entries": full(book), "written_at": at, "written_by": "甲", "signed_in_at": at, "signed_in_by": "乙", "signed_out_at": at,
        "signed_out_by": "甲",
    }  # fmt: skip


def open_handovers(open_page: OpenPage, url: str, who: str = "supervisor", **query: str) -> AppTest:
    tested = open_page(url, "handover", who, **query)
    assert not tested.exception
    return tested


def listed(tested: AppTest) -> pd.DataFrame:
    found = [frame.value for frame in tested.dataframe if "from_to" in frame.value]
    return found[0] if found else pd.DataFrame({"id": [], "state_code": []})


def buttons(tested: AppTest) -> list[str]:
    return [button.label for button in tested.button]


def kept(url: str, handover_id: int) -> Handover:
    with session_scope(url) as session:
        return session.get_one(Handover, handover_id)


# Who sees it


@pytest.mark.parametrize("who", [role for role in ROLES if role not in VIEWERS])
def test_other_roles_are_told_that_the_page_is_not_for_them(
    who: str, bare_url: str, open_page: OpenPage
) -> None:
    tested = open_handovers(open_page, bare_url, who)
    assert "您的角色不能查看本页" in words(tested)
    assert not tested.title and not tested.dataframe and not tested.metric


@pytest.mark.parametrize("who", VIEWERS)
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_an_empty_desk_says_that_nothing_is_owed_and_what_the_rules_are(
    who: str, lang: str, bare_url: str, open_page: OpenPage, book: Rulebook
) -> None:
    tested = open_handovers(open_page, bare_url, who, lang=lang)
    assert tested.title[0].value == ("交接班" if lang == "zh" else "Handover")
    assert ("此列表没有交接" if lang == "zh" else "No handover in this list") in words(tested)
    assert [metric.value for metric in tested.metric] == ([] if who == "agent" else ["0"] * 5)
    assert plain(book.text("handover.record_form") or "") in words(tested)


@pytest.mark.parametrize("who", VIEWERS)
def test_the_demo_department_opens_for_everybody_who_may(
    who: str, demo_url: str, open_page: OpenPage
) -> None:
    with session_scope(demo_url) as session:
        handovers.open_due(session, rulebooks.in_force(session), datetime.now(UTC))
    open_handovers(open_page, demo_url, who)


def test_another_teams_supervisor_and_another_agent_see_nothing_of_it(
    bare_url: str, open_page: OpenPage, make: Make
) -> None:
    handover = make("K2", "K3")
    assert len(listed(open_handovers(open_page, bare_url))) == 1
    tested = open_handovers(open_page, bare_url, "agent", open=str(handover))
    assert listed(tested).empty
    assert "没有这份交接" in words(tested)
    with session_scope(bare_url) as session:
        other = Team(code="second", name="二组")
        session.add(other)
        session.flush()
        supervisor = people.get_user(session, USERNAMES["supervisor"])
        supervisor.teams = [other]
    tested = open_handovers(open_page, bare_url, open=str(handover))
    assert listed(tested).empty
    assert "没有这份交接" in words(tested)


# What it shows


def test_each_card_opens_as_many_rows_as_it_counts(
    bare_url: str, open_page: OpenPage, make: Make, book: Rulebook
) -> None:
    now = datetime.now(UTC)
    make()  # missing
    make("K2", "K3", refused_at=now, refused_reason="没写")
    make("K3", "K1", **signed(book))
    make("K1", "K3", due_at=now + HOUR, entries=full(book), written_at=now)
    tested = open_handovers(open_page, bare_url)
    counts = {metric.label: int(metric.value) for metric in tested.metric}
    assert counts == {
        "无人接班": 0,
        "未交接或拒绝接班": 2,
        "待交接或待签字": 1,
        "待审阅": 3,
        "未按规定交接": 0,
    }
    *first, last = listed(tested)["state_code"]
    assert (first, last in ("signed", "review_late")) == (["missing", "refused", "written"], True)
    for label, count in counts.items():
        shown = open_handovers(open_page, bare_url)
        shown.button(key=f"open:{label}").click().run()
        assert not shown.exception
        assert len(listed(shown)) == count, label


def test_a_refused_one_that_was_only_reviewed_does_not_count_as_signed(
    bare_url: str, open_page: OpenPage, make: Make, book: Rulebook
) -> None:
    now = datetime.now(UTC)
    make(refused_at=now, refused_reason="没写", reviewed_at=now, reviewed_by="主管", review_note="已补")
    make("K3", "K1", **signed(book))
    make("K1", "K3", **signed(book), reviewed_at=now, reviewed_by="主管")
    assert "共 3 份，其中双方已签 2 份" in words(open_handovers(open_page, bare_url))


def test_one_that_was_rewritten_shows_its_first_writing_and_its_last(
    bare_url: str, open_page: OpenPage, make: Make, book: Rulebook
) -> None:
    at = datetime.now(UTC)
    make(
        entries=full(book),
        written_at=at,
        written_by="甲",
        first_written_at=at - HOUR,
        first_written_by="甲",
    )
    said = words(open_handovers(open_page, bare_url))
    assert "首次填写" in said and "最后修改" in said


def test_the_supervisor_signs_for_the_incoming_person_only_with_a_reason(
    bare_url: str, open_page: OpenPage, make: Make, book: Rulebook
) -> None:
    handover = make(entries=full(book), written_at=datetime.now(UTC), written_by="甲")
    tested = press(open_handovers(open_page, bare_url), "代签")
    assert "请写明原因" in words(tested)
    assert kept(bare_url, handover).signed_in_at is None
    tested.text_input(key=f"handover_for_reason_{handover}").set_value("本人在岗，账号停用")
    tested = press(tested, "代签")
    assert "代乙签字，原因：本人在岗，账号停用" in words(tested)
    assert kept(bare_url, handover).signed_in_reason == "本人在岗，账号停用"


def test_what_nobody_settled_on_earlier_days_is_one_click_away(
    bare_url: str, open_page: OpenPage, make: Make, on: date
) -> None:
    old = on - timedelta(days=3)
    make(work_on=old, due_at=datetime.now(UTC) - timedelta(days=3))
    make(work_on=on - timedelta(days=40), due_at=datetime.now(UTC) - timedelta(days=40))
    tested = open_handovers(open_page, bare_url)
    assert listed(tested).empty
    tested = press(tested, "近两周还有 1 份交接未处理")
    assert not tested.exception
    assert list(listed(tested)["day"]) == [old.isoformat()]
    chosen = open_handovers(open_page, bare_url, day=old.isoformat())
    assert len(listed(chosen)) == 1


def test_what_people_write_is_shown_and_never_interpreted(
    bare_url: str, open_page: OpenPage, make: Make, book: Rulebook
) -> None:
    make(**(signed(book) | {"entries": full(book, HOSTILE)}))
    tested = open_handovers(open_page, bare_url)
    assert plain(HOSTILE) in words(tested)


@pytest.mark.parametrize(
    "query",
    [
        {"day": "2999-01-01"},
        {"day": "gestern"},
        {"day": "0001-01-01"},
        {"show": "<b>"},
        {"open": "9" * 40},
        {"open": "-1"},
        {"open": "١"},
        {"team": "999"},
    ],
)
def test_nonsense_in_the_address_is_ignored(
    query: dict[str, str], bare_url: str, open_page: OpenPage, make: Make
) -> None:
    make()
    assert len(listed(open_handovers(open_page, bare_url, **query))) == 1


def test_a_handover_that_is_not_there_says_so(bare_url: str, open_page: OpenPage, make: Make) -> None:
    make()
    assert "没有这份交接" in words(open_handovers(open_page, bare_url, open="99999"))


# What one can do


def fill(tested: AppTest, *texts: str) -> None:
    areas = [area for area in tested.text_area if str(area.key).startswith("handover_field_")]
    for place, area in enumerate(areas):
        area.set_value(texts[place] if place < len(texts) else "无")


def test_an_agent_writes_and_the_other_one_takes_over(
    bare_url: str, open_page: OpenPage, make: Make, book: Rulebook
) -> None:
    handover = make(due_at=datetime.now(UTC) + 5 * MINUTE)
    tested = open_handovers(open_page, bare_url, "agent")
    assert "主管审阅" in words(tested) and "审阅签字" not in buttons(tested)
    fill(tested, "", *["x"] * 9)
    tested = press(tested, "保存交接记录")
    assert "已存为草稿" in words(tested)
    fill(tested, "已回访 32 户")
    tested = press(tested, "保存交接记录")
    assert "请双方签字" in words(tested)
    row = kept(bare_url, handover)
    assert row.written_at is not None and row.written_by == USERNAMES["agent"]
    assert next(iter(row.entries.values())) == "已回访 32 户"
    assert "签字交班" in buttons(tested)  # nobody follows by the roster: nobody has to be waited for
    # The same account is now the incoming person of another one.
    taking = make("K2", "K1", entries=full(book), written_at=datetime.now(UTC) - MINUTE, written_by="乙")
    tested = open_handovers(open_page, bare_url, "agent", open=str(taking))
    tested = press(tested, "已查看核对，无疑问，签字接班")
    assert "已签字接班" in words(tested)
    assert kept(bare_url, taking).signed_in_by == USERNAMES["agent"]


def test_an_agent_waits_for_his_relief_where_somebody_follows(
    bare_url: str, open_page: OpenPage, make: Make, book: Rulebook, on: date
) -> None:
    now = datetime.now(UTC)
    handover = make(entries=full(book), written_at=now - HOUR, due_at=now + MINUTE)
    with session_scope(bare_url) as session:
        row = session.get_one(Handover, handover)
        late = Shift(
            agent_id=row.incoming_id or 0,
            work_on=on,
            starts_at=now - HOUR,
            ends_at=now + 6 * HOUR,
            breaks=[],
            post="热线",
        )
        session.add(late)
        session.flush()
        row.incoming_shift_id = late.id
    tested = open_handovers(open_page, bare_url, "agent")
    assert "签字交班" not in buttons(tested)
    assert "接班人签字接班后，您再签字离岗" in words(tested)


def test_a_refusal_is_recorded_with_its_reason_and_shown_to_the_supervisor(
    bare_url: str, open_page: OpenPage, make: Make, book: Rulebook
) -> None:
    handover = make("K2", "K1", entries=full(book), written_at=datetime.now(UTC), written_by="乙")
    tested = open_handovers(open_page, bare_url, "agent")
    tested.text_area(key=f"handover_reason_{handover}").set_value("设备故障没有说明")
    tested = press(tested, "拒绝接班")
    assert "已登记拒绝接班" in words(tested)
    tested = open_handovers(open_page, bare_url, "supervisor")
    assert "设备故障没有说明" in words(tested)
    assert "已上报" in words(tested) and "等待批示" in words(tested)
    with session_scope(bare_url) as session:
        report = session.scalars(select(Escalation).where(Escalation.handover_id == handover)).one()
    matter = open_page(bare_url, "decisions", "supervisor", open=f"report-{report.id}")
    assert not matter.exception and "拒绝接班" in words(matter) and "设备故障没有说明" in words(matter)
    tested = press(tested, "审阅签字")
    assert "请写明处理结果" in words(tested)
    tested.text_area(key=f"handover_note_{handover}").set_value("已当面核对设备")
    tested = press(tested, "审阅签字")
    assert "已审阅签字" in words(tested)
    assert kept(bare_url, handover).review_note == "已当面核对设备"
    assert "已了结，未作批示" in words(tested)


@pytest.mark.parametrize(
    ("who", "may"), [("supervisor", True), ("manager", True), ("executive", False), ("top", False)]
)
def test_supervisor_and_manager_review_the_levels_above_look_on(
    who: str, may: bool, bare_url: str, open_page: OpenPage, make: Make, book: Rulebook
) -> None:
    handover = make("K2", "K3", **signed(book))
    tested = open_handovers(open_page, bare_url, who)
    assert ("审阅签字" in buttons(tested)) == may
    assert not [label for label in buttons(tested) if label.startswith(("代", "签字"))]
    if may:
        tested = press(tested, "审阅签字")
        assert kept(bare_url, handover).reviewed_by == USERNAMES[who]
        assert "已审阅" in words(tested)


def test_a_supervisor_sends_somebody_else(
    bare_url: str, open_page: OpenPage, make: Make, on: date, book: Rulebook
) -> None:
    now = datetime.now(UTC)
    handover = make(due_at=now - MINUTE)
    with session_scope(bare_url) as session:
        row = session.get_one(Handover, handover)
        late = Shift(
            agent_id=row.incoming_id or 0, work_on=on, starts_at=now - HOUR, ends_at=now + HOUR, breaks=[]
        )
        session.add(late)
        session.flush()
        row.incoming_shift_id = late.id
    tested = open_handovers(open_page, bare_url)
    assert next(metric.value for metric in tested.metric if metric.label == "无人接班") == "1"
    assert "无人接班" in words(tested)
    tested.selectbox(key=f"handover_helper_{handover}").select_index(0)
    tested.text_input(key=f"handover_why_{handover}").set_value("接班人未到")
    tested = press(tested, "确定安排")
    assert "已安排他人接班" in words(tested)
    assert kept(bare_url, handover).incoming.name == "丙"  # type: ignore[union-attr]


def test_whoever_is_second_is_told_and_nothing_is_overwritten(
    bare_url: str, open_page: OpenPage, make: Make, book: Rulebook
) -> None:
    handover = make("K2", "K3", **signed(book))
    tested = open_handovers(open_page, bare_url)
    with session_scope(bare_url) as session:
        handovers.review(
            session,
            Scope(None, "别人", "manager"),
            handover,
            expected_version=1,
            book=book,
            now=datetime.now(UTC),
        )
    tested = press(tested, "审阅签字")
    assert "有人抢先一步" in words(tested) or "刚才" in words(tested)
    assert kept(bare_url, handover).reviewed_by == "别人"


def test_what_was_typed_stays_in_the_form_when_the_row_has_changed_meanwhile(
    bare_url: str, open_page: OpenPage, make: Make, book: Rulebook
) -> None:
    handover = make(due_at=datetime.now(UTC) + 5 * MINUTE)
    tested = open_handovers(open_page, bare_url, "agent")
    fill(tested, "已回访 32 户")
    with session_scope(bare_url) as session:
        session.get_one(Handover, handover).post = "前台"
    tested = press(tested, "保存交接记录")
    assert "刚才有变动" in words(tested)
    assert kept(bare_url, handover).written_at is None
    tested = press(tested, "保存交接记录")
    assert "请双方签字" in words(tested)
    assert "已回访 32 户" in kept(bare_url, handover).entries.values()


def test_a_sign_in_that_ended_meanwhile_writes_nothing(
    bare_url: str, open_page: OpenPage, make: Make, book: Rulebook
) -> None:
    handover = make("K2", "K3", **signed(book))
    tested = open_handovers(open_page, bare_url)
    with session_scope(bare_url) as session:
        user = session.scalars(select(User).where(User.username == USERNAMES["supervisor"])).one()
        people.disable_user(session, Scope(None, "x", "administrator"), user, datetime.now(UTC))
    press(tested, "审阅签字")
    assert kept(bare_url, handover).reviewed_at is None


# On Today


@pytest.mark.parametrize("who", ["supervisor", "manager", "executive", "top"])
def test_today_counts_what_is_not_reviewed_and_leads_there(
    who: str, bare_url: str, open_page: OpenPage, make: Make, book: Rulebook
) -> None:
    def lines(tested: AppTest) -> list[str]:
        return [str(getattr(link.proto, "label", "")) for link in tested.get("page_link")]

    tested = open_page(bare_url, "today", who)
    assert not [line for line in lines(tested) if "交接" in line]
    make("K2", "K3", **signed(book))
    make()
    tested = open_page(bare_url, "today", who)
    assert not tested.exception
    assert "今日有 2 份交接待审阅" in lines(tested)
    shown = open_handovers(open_page, bare_url, who, show="review")
    assert len(listed(shown)) == 2
    assert address(shown, "show") == "review"

"""My work: an agent's own rows, nobody else's; and no other role has such a page."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from db import attendance, people, rulebooks
from db.engine import session_scope
from db.models import Agent, AttendanceDay, Call, Complaint, Finding, Inspection, Shift
from regulations.worktime import WorkCalendar
from tests.factories import make_punch
from tests.pages.conftest import USERNAMES, OpenPage, words


def test_the_days_are_the_agents_own(demo_url: str, demo_session: Session, open_page: OpenPage) -> None:
    own = people.get_user(demo_session, USERNAMES["agent"]).agent_id
    tested = open_page(demo_url, "mine", "agent", **{"from": "2020-01-01", "to": "2099-01-01"})
    assert not tested.exception
    expected = demo_session.query(AttendanceDay).filter_by(agent_id=own).count()
    listed = next(frame.value for frame in tested.dataframe if "worked" in frame.value.columns)
    assert 0 < len(listed) <= expected


def test_the_open_complaints_are_the_agents_own_and_tell_their_deadlines(
    demo_url: str, demo_session: Session, open_page: OpenPage
) -> None:
    own = people.get_user(demo_session, USERNAMES["agent"]).agent_id
    tested = open_page(demo_url, "mine", "agent")
    listed = next(frame.value for frame in tested.dataframe if "owed" in frame.value.columns)
    open_ones = demo_session.scalars(
        select(Complaint.number).where(Complaint.agent_id == own, Complaint.status != "closed")
    ).all()
    assert open_ones and sorted(listed["number"]) == sorted(open_ones)
    dated = listed["due"][listed["due"] != "—"]
    assert dated.is_monotonic_increasing


def test_what_an_agent_registers_stands_on_his_page(bare_url: str, open_page: OpenPage) -> None:
    tested = open_page(bare_url, "register", "agent")
    tested.text_area(key="reg_summary").set_value("<b>漏水</b>")
    tested.pills(key="reg_category").set_value("quality")
    tested.button(key="reg_submit").click().run()
    tested = open_page(bare_url, "mine", "agent")
    assert not tested.exception
    listed = next(frame.value for frame in tested.dataframe if "owed" in frame.value.columns)
    assert listed["summary"].tolist() == ["<b>漏水</b>"]


@pytest.mark.parametrize("who", ["supervisor", "qa", "manager", "administrator"])
def test_others_have_no_such_page(who: str, demo_url: str, open_page: OpenPage) -> None:
    tested = open_page(demo_url, "mine", who)
    assert not tested.exception
    assert "我的工作" not in [title.value for title in tested.title]


def test_an_agent_with_nothing_yet_is_told_so(bare_url: str, open_page: OpenPage) -> None:
    tested = open_page(bare_url, "mine", "agent")
    assert not tested.exception
    text = words(tested)
    assert "您没有待完成的回访" in text
    assert "您没有未结的投诉" in text
    assert "这段时间没有班次" in text


def test_a_shift_that_runs_is_not_called_not_yet_due(bare_url: str, open_page: OpenPage) -> None:
    now = datetime.now(UTC)
    with session_scope(bare_url) as session:
        agent = session.query(Agent).filter_by(number="K1").one()
        book = rulebooks.in_force(session)
        on = WorkCalendar.from_rulebook(book).day_of(now - timedelta(hours=1))
        for begins_in, ends_in in ((-1, 7), (10, 18)):  # one that runs, one that has not begun
            session.add(
                Shift(
                    agent_id=agent.id, work_on=on if begins_in < 0 else on + timedelta(days=1), breaks=[],
                    starts_at=now + timedelta(hours=begins_in), ends_at=now + timedelta(hours=ends_in),
                )
            )  # fmt: skip
        session.flush()
        make_punch(session, agent, now - timedelta(hours=1))
        attendance.judge_days(session, from_on=on, to_on=on, book=book, now=now)
    tested = open_page(bare_url, "mine", "agent", **{"from": "2020-01-01", "to": "2099-01-01"})
    listed = next(frame.value for frame in tested.dataframe if "worked" in frame.value.columns)
    assert ["当班中"] in listed["verdict"].tolist() and ["待判定"] not in listed["verdict"].tolist()


def test_no_figure_praises_an_agent_for_confirmed_findings(demo_url: str, open_page: OpenPage) -> None:
    """How many of the machine's findings held says how good the machine is, not the agent."""
    labels = [metric.label for metric in open_page(demo_url, "mine", "agent").metric]
    assert "质检合格率" in labels
    assert "标记成立率" not in labels


def test_an_agent_sees_what_is_proposed_only_once_a_person_confirmed_it(
    demo_url: str, open_page: OpenPage
) -> None:
    proposed, waiting = _two_findings_of_the_agent(demo_url)

    def said() -> str:
        tested = open_page(demo_url, "mine", "agent", **{"from": "2020-01-01", "to": "2099-01-01"})
        assert not tested.exception
        frame = next(frame.value for frame in tested.dataframe if "found" in frame.value.columns)
        return "\n".join(frame["found"])

    assert f"“{waiting}”（待复核）" in said() and proposed not in said()
    with session_scope(demo_url) as session:
        session.execute(update(Finding).where(Finding.quote == proposed).values(decision="confirmed"))
    assert f"“{proposed}”" in said() and f"“{proposed}”（待复核）" not in said()


def _two_findings_of_the_agent(url: str) -> tuple[str, str]:
    """The words of a proposal and of a sure finding in his calls, neither decided."""
    with session_scope(url) as session:
        own = people.get_user(session, USERNAMES["agent"]).agent_id
        inspection = session.scalars(
            select(Inspection)
            .join(Call, Call.id == Inspection.call_id)
            .where(Call.agent_id == own, Inspection.is_current)
        ).first()
        assert inspection is not None
        common = {
            "kind": "banned",
            "category": "cold",
            "phase": "body",
            "clauses": ["B1.8"],
            "severity": "low",
        }
        for verdict, layer, quote in (
            ("cannot_tell", "classifier", "也许不该说"),
            ("hit", "exact", "不该说"),
        ):
            inspection.findings.append(
                Finding(
                    rule="r", verdict=verdict, layer=layer, quote=quote, points=0, stake=5, needs_review=True, steps=[], **common
                )
            )  # fmt: skip
    return "也许不该说", "不该说"

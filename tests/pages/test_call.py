"""One call: its words with the findings marked, the reasons, the decisions; each role as far as it may."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import select
from streamlit.testing.v1 import AppTest

from db.engine import session_scope
from db.models import AuditEntry, Call, Finding, FindingReview, Inspection, Team
from regulations.names import name_of
from tests.pages.conftest import words

OpenPage = Callable[..., AppTest]


def a_flagged_call(url: str, team: str | None = None, other_than: str | None = None) -> tuple[str, int]:
    """A call with a banned finding that nobody has decided, and the finding's id."""
    with session_scope(url) as session:
        query = (
            select(Call.call_id, Finding.id)
            .join(Inspection, Inspection.call_id == Call.id)
            .join(Finding, Finding.inspection_id == Inspection.id)
            .join(Team, Team.id == Call.team_id)
            .where(Inspection.is_current, Finding.kind == "banned", Finding.verdict == "hit")
            .order_by(Call.started_at.desc(), Finding.id)
        )
        if team is not None:
            query = query.where(Team.code == team)
        if other_than is not None:
            query = query.where(Team.code != other_than)
        call_id, finding_id = session.execute(query).first() or pytest.fail("the demo has no such call")
        return call_id, finding_id


def own_team(url: str) -> str:
    with session_scope(url) as session:
        return session.scalars(select(Team.code).order_by(Team.id)).first() or ""


@pytest.mark.parametrize("role", ["qa", "manager", "supervisor"])
def test_the_words_are_shown_with_the_findings_marked_and_explained(
    open_page: OpenPage, demo_url: str, role: str
) -> None:
    call_id, finding_id = a_flagged_call(demo_url, own_team(demo_url))
    tested = open_page(demo_url, "call", role, call=call_id)
    assert not tested.exception
    assert call_id in tested.title[0].value
    with session_scope(demo_url) as session:
        found = session.get_one(Finding, finding_id)
        text = words(tested).replace("\\", "")
        assert f"-background[**{found.quote}**" in text
        assert name_of("finding_category", found.category) in text
        assert all(clause in text for clause in found.clauses)
        assert found.steps[0]["zh"][:6].strip("“”") in text
    labels = [metric.label for metric in tested.metric]
    assert labels == ["机器评分", "复核后得分", "仅计已成立"]
    assert len(tested.chat_message) > 1


@pytest.mark.parametrize("role", ["agent", "administrator", None])
def test_nobody_else_reads_a_call(open_page: OpenPage, demo_url: str, role: str | None) -> None:
    call_id, _ = a_flagged_call(demo_url)
    tested = open_page(demo_url, "call", role, call=call_id)
    assert not tested.exception
    assert call_id not in words(tested)
    assert len(tested.chat_message) == 0


def test_a_supervisor_does_not_learn_of_another_teams_call(open_page: OpenPage, demo_url: str) -> None:
    call_id, _ = a_flagged_call(demo_url, other_than=own_team(demo_url))
    other = open_page(demo_url, "call", "supervisor", call=call_id)
    missing = open_page(demo_url, "call", "supervisor", call="no-such-call")
    assert words(other) == words(missing)
    assert len(other.chat_message) == 0


@pytest.mark.parametrize("call_id", ["", "no-such-call", "' OR 1=1 --", "<script>", "a" * 3000])
def test_an_address_that_leads_nowhere_says_so(open_page: OpenPage, demo_url: str, call_id: str) -> None:
    tested = open_page(demo_url, "call", "qa", call=call_id)
    assert not tested.exception
    assert "没有这通通话" in words(tested)


def test_qa_confirms_a_finding(open_page: OpenPage, demo_url: str) -> None:
    call_id, finding_id = a_flagged_call(demo_url)
    tested = open_page(demo_url, "call", "qa", call=call_id)
    tested.button(key=f"confirm_{finding_id}").click().run()
    assert not tested.exception
    assert tested.success
    with session_scope(demo_url) as session:
        assert session.get_one(Finding, finding_id).decision == "confirmed"
        review = session.scalar(select(FindingReview).where(FindingReview.finding_id == finding_id))
        assert review is not None
        assert review.reviewer_id is not None
        assert session.scalar(select(AuditEntry).where(AuditEntry.action == "finding.reviewed")) is not None
    assert tested.button(key=f"confirm_{finding_id}").disabled


def test_overturning_takes_a_reason_and_gives_the_points_back(open_page: OpenPage, demo_url: str) -> None:
    call_id, finding_id = a_flagged_call(demo_url)
    tested = open_page(demo_url, "call", "qa", call=call_id)
    before = float(tested.metric[1].value)
    tested.button(key=f"overturn_{finding_id}").click().run()
    assert "理由" in tested.warning[0].value
    with session_scope(demo_url) as session:
        found = session.get_one(Finding, finding_id)
        assert found.decision is None
        points = float(found.points)
    tested.text_area(key=f"reason_{finding_id}").set_value("复述客户的原话")
    tested.button(key=f"overturn_{finding_id}").click().run()
    assert not tested.exception
    assert float(tested.metric[1].value) == min(100, before + points)
    assert "复述客户的原话" in words(tested)


@pytest.mark.parametrize("role", ["supervisor", "manager"])
def test_others_see_decisions_and_cannot_take_them(open_page: OpenPage, demo_url: str, role: str) -> None:
    call_id, finding_id = a_flagged_call(demo_url, own_team(demo_url))
    reviewed = open_page(demo_url, "call", "qa", call=call_id)
    reviewed.button(key=f"confirm_{finding_id}").click().run()
    tested = open_page(demo_url, "call", role, call=call_id)
    assert not [b for b in tested.button if (b.key or "").startswith(("confirm_", "overturn_"))]
    assert "成立" in words(tested)


def test_a_demo_call_says_that_its_words_were_written(open_page: OpenPage, demo_url: str) -> None:
    call_id, _ = a_flagged_call(demo_url)
    tested = open_page(demo_url, "call", "qa", call=call_id)
    assert "由脚本生成" in words(tested)
    assert "没有录音" in words(tested)


def test_a_call_without_words_and_sound_says_so(open_page: OpenPage, demo_url: str) -> None:
    with session_scope(demo_url) as session:
        plain = session.scalars(
            select(Call.call_id).where(~Call.id.in_(select(Inspection.call_id))).limit(1)
        ).one()
    tested = open_page(demo_url, "call", "qa", call=plain)
    assert not tested.exception
    assert "本通话没有录音" in words(tested)


def test_english_is_there_too(open_page: OpenPage, demo_url: str) -> None:
    call_id, _ = a_flagged_call(demo_url)
    tested = open_page(demo_url, "call", "qa", call=call_id, lang="en")
    text = words(tested).replace("\\", "")
    assert "What was said" in text
    assert [metric.label for metric in tested.metric] == ["Machine score", "After review", "Confirmed only"]

"""My work, the agent's own calls: his score like a receipt, what counts against him, objecting, coaching; nobody else's."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select
from streamlit.testing.v1 import AppTest

from dashboard import desk
from db import disputes, review_notes, rulebooks
from db.engine import session_scope
from db.models import Agent, CallNote, CallReview, Dispute, FindingReview, Team
from tests.pages.conftest import USERNAMES, OpenPage, press, words
from tests.pages.judged_calls import add_reviewed, scope_named, second_reviewer

ALWAYS = {"from": "2020-01-01", "to": "2099-01-01"}


def fields(tested: AppTest) -> list[str]:
    """Where a reason for an objection can be written."""
    return [str(one.key) for one in tested.text_area if str(one.key).startswith("objection_")]


def test_the_score_stands_line_by_line_and_adds_up(bare_url: str, open_page: OpenPage) -> None:
    add_reviewed(bare_url)
    tested = open_page(bare_url, "mine", "agent", call="c1", **ALWAYS)
    assert not tested.exception
    lines = next(frame.value for frame in tested.dataframe if "points" in frame.value.columns)
    earned, full = zip(*([float(n) for n in line.split(" / ")] for line in lines["points"]), strict=True)
    assert round(sum(earned[:-1]), 2) == earned[-1] and round(sum(full[:-1]), 2) == full[-1]
    assert f"### {round(100 * earned[-1] / full[-1], 1)}" in words(tested)
    assert lines["answer"][lines["item"].str.startswith("礼貌")].tolist() == ["差"]
    calls = next(frame.value for frame in tested.dataframe if "found" in frame.value.columns)
    assert calls["result"].tolist() in ([["合格"]], [["不合格"]])
    assert "这不归我管" in calls["found"].iloc[0] and "那归谁管" not in calls["found"].iloc[0]


def test_he_objects_withdraws_and_objects_again(bare_url: str, open_page: OpenPage) -> None:
    add_reviewed(bare_url)
    tested = open_page(bare_url, "mine", "agent", call="c1", **ALWAYS)
    assert fields(tested) == ["objection_0", "objection_1"]  # the finding, the item
    tested.button(key="send_objection_0").click().run()
    assert "请写明申诉理由" in words(tested)
    tested.text_area(key="objection_0").set_value("已经<b>答应</b>帮他查")
    tested.button(key="send_objection_0").click().run()
    assert not tested.exception and "申诉已提交" in words(tested)
    text = words(tested)
    assert "待裁定" in text and "已经\\<b\\>答应\\</b\\>帮他查" in text
    press(tested, "撤回申诉")
    assert "申诉期内可以再次提出" in words(tested)
    tested.text_area(key="objection_0").set_value("再看一遍")
    tested.button(key="send_objection_0").click().run()
    assert "申诉已提交" in words(tested)
    with session_scope(bare_url) as session:
        assert [one.reason for one in session.scalars(select(Dispute))] == ["再看一遍"]


def test_he_sees_the_outcome_and_the_changed_score(bare_url: str, open_page: OpenPage) -> None:
    finding_id = add_reviewed(bare_url)
    second = second_reviewer(bare_url)

    def score(tested: AppTest) -> str:
        return str(
            next(frame.value for frame in tested.dataframe if "found" in frame.value.columns)["score"].iloc[0]
        )

    before = score(open_page(bare_url, "mine", "agent", **ALWAYS))
    with session_scope(bare_url) as session:
        book, at = rulebooks.in_force(session), desk.now()
        agent, other = scope_named(session, USERNAMES["agent"]), scope_named(session, second)
        one = disputes.file(session, agent, "c1", f"finding:{finding_id}", "没有推", book=book, now=at)
        disputes.decide(
            session, other, one.id, "accepted", "确实跟进了", expected_version=1, book=book, now=at
        )
    tested = open_page(bare_url, "mine", "agent", call="c1", **ALWAYS)
    after = score(tested)
    text = words(tested)
    assert "申诉成立" in text and "确实跟进了" in text
    assert f"原 {before} 分，现 {after} 分".replace(".", "\\.") in text
    assert second not in text and "这不归我管" not in str(
        next(frame.value for frame in tested.dataframe if "found" in frame.value.columns)["found"].tolist()
    )


def test_after_the_time_there_is_nothing_to_press(bare_url: str, open_page: OpenPage) -> None:
    add_reviewed(bare_url)
    with session_scope(bare_url) as session:
        session.scalars(select(FindingReview)).one().at -= timedelta(days=9)
        review = session.scalars(select(CallReview)).one()
        review.finished_at = desk.now() - timedelta(days=9)
    tested = open_page(bare_url, "mine", "agent", call="c1", **ALWAYS)
    assert not fields(tested) and words(tested).count("申诉期已于") == 2


def test_coaching_stays_until_it_is_read(bare_url: str, open_page: OpenPage) -> None:
    add_reviewed(bare_url)
    with session_scope(bare_url) as session:
        supervisor = scope_named(session, USERNAMES["supervisor"])
        review_notes.write_note(session, supervisor, "c1", "coaching", "慢一点说", now=desk.now())
        qa = scope_named(session, USERNAMES["qa"])
        review_notes.write_note(session, qa, "c1", "comment", "内部意见", now=desk.now())
    tested = open_page(bare_url, "mine", "agent")
    assert "慢一点说" in words(tested)
    press(tested, "已阅")
    assert "您已阅读" in words(tested) and "慢一点说" not in words(tested)
    tested = open_page(bare_url, "mine", "agent", call="c1", **ALWAYS)
    assert "慢一点说" in words(tested) and "内部意见" not in words(tested)
    with session_scope(bare_url) as session:
        seen = {note.kind: note.seen_at for note in session.scalars(select(CallNote))}
        assert seen["coaching"] is not None and seen["comment"] is None


def test_a_colleagues_call_is_none_of_his(bare_url: str, open_page: OpenPage) -> None:
    with session_scope(bare_url) as session:
        team = session.scalars(select(Team)).one()
        session.add(Agent(number="K2", name="乙", team_id=team.id))
    add_reviewed(bare_url, "c9", "K2")
    for call in ("c9", "nowhere", "' OR 1=1"):
        tested = open_page(bare_url, "mine", "agent", call=call, **ALWAYS)
        assert not tested.exception and "这不是您的通话" in words(tested)
        assert "这不归我管" not in words(tested)


def test_nothing_yet_is_said_so(bare_url: str, open_page: OpenPage) -> None:
    assert "这段时间您的通话没有质检结论" in words(open_page(bare_url, "mine", "agent"))

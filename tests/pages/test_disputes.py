"""Disputes and calibration: who sees what, who decides, and what a closed round shows."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from streamlit.testing.v1 import AppTest

from dashboard import auth, desk
from db import calibration, disputes, review_finishing, reviews, rulebooks
from db.engine import session_scope
from db.models import CalibrationRound, CallReview, Dispute, Finding
from regulations.access import CAPABILITIES
from tests.db.call_rows import add_inspected, finding
from tests.pages.conftest import ROLES, USERNAMES, OpenPage, press, sign_in, words
from tests.pages.judged_calls import EARLIER, add_reviewed, answer_everything, scope_named, second_reviewer

TITLE = "申诉与校准"


def object_to(url: str, target: str, reason: str = "<b>当时</b>已经答应帮他查") -> int:
    with session_scope(url) as session:
        agent = scope_named(session, USERNAMES["agent"])
        book = rulebooks.in_force(session)
        return disputes.file(session, agent, "c1", target, reason, book=book, now=desk.now()).id


def as_account(
    url: str, open_page: OpenPage, monkeypatch: pytest.MonkeyPatch, username: str, **query: str
) -> AppTest:
    tested = open_page(url, "disputes", "qa", **query)
    token = sign_in(url, username)
    monkeypatch.setattr(auth, "sign_in_token", lambda: token)
    return tested.run()


@pytest.mark.parametrize("who", ROLES)
def test_each_role_sees_what_it_may(who: str, bare_url: str, open_page: OpenPage) -> None:
    object_to(bare_url, f"finding:{add_reviewed(bare_url)}")
    tested = open_page(bare_url, "disputes", who)
    assert not tested.exception
    if who not in CAPABILITIES["disputes.view"]:
        assert TITLE not in [title.value for title in tested.title] and not tested.dataframe
        return
    assert [title.value for title in tested.title] == [TITLE]
    assert "已经答应帮他查" in words(tested) and "<b>" not in words(tested).replace("\\<b\\>", "")
    views = [getattr(control, "label", "") for control in tested.get("button_group")]
    assert (len(views) == 4) == (who in CAPABILITIES["quality.calibrate"]), views
    labels = [button.label for button in tested.button]
    assert ("申诉成立" in labels) == (who == "manager")  # the reviewer judged it himself


def test_the_first_reviewer_is_told_that_another_decides(bare_url: str, open_page: OpenPage) -> None:
    object_to(bare_url, f"finding:{add_reviewed(bare_url)}")
    tested = open_page(bare_url, "disputes", "qa")
    assert "须由另一位质检员或经理裁定" in words(tested)
    assert "那归谁管?" in words(tested)  # what was said around the finding


def test_another_reviewer_accepts_with_a_reason(
    bare_url: str, open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    finding_id = add_reviewed(bare_url)
    dispute_id = object_to(bare_url, f"finding:{finding_id}")
    tested = as_account(bare_url, open_page, monkeypatch, second_reviewer(bare_url))
    press(tested, "申诉成立")
    assert "请写明裁定理由" in words(tested)
    tested.text_area(key=f"ruling_{dispute_id}").set_value("听过录音，确实答应了")
    press(tested, "申诉成立")
    assert not tested.exception and "已作出结论：申诉成立" in words(tested)
    assert "没有待裁定的申诉" in words(tested)
    with session_scope(bare_url) as session:
        assert session.get_one(Finding, finding_id).decision == "overturned"
    tested = open_page(bare_url, "disputes", "supervisor", show="done")
    assert "听过录音，确实答应了" in words(tested) and "现" in words(tested)


def test_a_figure_leads_to_as_many_rows(bare_url: str, open_page: OpenPage) -> None:
    finding_id = add_reviewed(bare_url)
    object_to(bare_url, "criterion:voice_polite")
    dispute_id = object_to(bare_url, f"finding:{finding_id}")
    tested = open_page(bare_url, "disputes", "manager", open=str(dispute_id))
    tested.text_area(key=f"ruling_{dispute_id}").set_value("维持")
    press(tested, "维持原判")
    shown = {metric.label: metric.value for metric in tested.metric}
    assert (shown["待裁定的申诉"], shown["质检申诉件数"], shown["申诉成立率"]) == ("1", "2", "0%")
    for key, rows in (("quality.dispute_filed", 2), ("quality.dispute_accepted_rate", 1)):
        next(one for one in tested.button if str(one.key).startswith(f"open:{key}")).click()
        tested.run()
        assert not tested.exception
        assert [len(frame.value) for frame in tested.dataframe] == [rows]


def test_an_item_is_answered_with_something_better(bare_url: str, open_page: OpenPage) -> None:
    add_reviewed(bare_url)
    dispute_id = object_to(bare_url, "criterion:voice_polite")
    tested = open_page(bare_url, "disputes", "manager")
    choice = tested.selectbox(key=f"answer_{dispute_id}")
    assert choice.options == ["好", "一般", "不适用"]
    choice.set_value("fair")
    tested.text_area(key=f"ruling_{dispute_id}").set_value("线路有回声")
    press(tested, "申诉成立")
    with session_scope(bare_url) as session:
        standing = session.scalars(select(CallReview).where(CallReview.stands)).one()
        assert standing.answers["voice_polite"]["answer"] == "fair"


def test_who_comes_second_is_told(bare_url: str, open_page: OpenPage) -> None:
    dispute_id = object_to(bare_url, f"finding:{add_reviewed(bare_url)}")
    tested = open_page(bare_url, "disputes", "manager")
    second = second_reviewer(bare_url)
    with session_scope(bare_url) as session:
        scope, book = scope_named(session, second), rulebooks.in_force(session)
        disputes.decide(
            session, scope, dispute_id, "rejected", "原判无误", expected_version=1, book=book, now=desk.now()
        )
    tested.text_area(key=f"ruling_{dispute_id}").set_value("应当成立")
    press(tested, "申诉成立")
    assert "刚才有变动" in words(tested)
    with session_scope(bare_url) as session:
        assert session.get_one(Dispute, dispute_id).decision == "rejected"


@pytest.mark.parametrize(
    "query",
    [{"open": "999"}, {"open": "²"}, {"open": "9" * 30}, {"view": "nonsense"}, {"show": "'"}, {"view": "calibration", "round": "x"}],
)  # fmt: skip
def test_a_strange_address_leads_nowhere_in_words(
    query: dict[str, str], bare_url: str, open_page: OpenPage
) -> None:
    tested = open_page(bare_url, "disputes", "manager", **query)
    assert not tested.exception and TITLE in [title.value for title in tested.title]


def test_nothing_yet_is_said_so(bare_url: str, open_page: OpenPage) -> None:
    assert "没有待裁定的申诉" in words(open_page(bare_url, "disputes", "manager"))
    assert "这段时间没有" in words(open_page(bare_url, "disputes", "manager", show="done"))
    text = words(open_page(bare_url, "disputes", "manager", view="calibration"))
    assert "还没有做过校准" in text and "至少要两位质检员" in text


def test_a_round_is_opened_judged_apart_and_compared(
    bare_url: str, open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    second = second_reviewer(bare_url)
    with session_scope(bare_url) as session:
        for call_id in ("c1", "c2"):
            add_inspected(session, call_id, started_at=desk.now() - EARLIER)
        qa, other = scope_named(session, USERNAMES["qa"]), scope_named(session, second)
        assert qa.user_id is not None and other.user_id is not None
    tested = open_page(bare_url, "disputes", "manager", view="calibration")
    tested.text_input(key="round_name").set_value("第一轮")
    tested.multiselect(key="round_calls").set_value(["c1", "c2"])
    tested.multiselect(key="round_members").set_value([qa.user_id, other.user_id])
    tested.selectbox(key="round_expert").set_value(qa.user_id)
    press(tested, "开始本轮")
    assert not tested.exception and "本轮已开始" in words(tested)
    with session_scope(bare_url) as session:
        book = rulebooks.in_force(session)
        one = session.scalars(select(CalibrationRound)).one()
        for scope, is_worst in ((qa, False), (other, True)):
            for call_id in ("c1", "c2"):
                review = reviews.claim(
                    session, scope, call_id, book=book, now=desk.now() - EARLIER, round_id=one.id
                )
                answer_everything(session, scope, review.id, worst=is_worst)
                if call_id == "c1" or not is_worst:
                    review_finishing.finish(session, scope, review.id, book=book, now=desk.now() - EARLIER)
    tested = as_account(bare_url, open_page, monkeypatch, second, view="calibration")
    progress = next(frame.value for frame in tested.dataframe if f"u{qa.user_id}" in frame.value.columns)
    assert progress[f"u{qa.user_id}"].tolist() == ["✓ 已完成", "✓ 已完成"]
    assert progress[f"u{other.user_id}"].tolist() == ["✓ 已完成", "… 在评"]
    assert "评下一通（您还有 1 通）" in [button.label for button in tested.button]
    assert not any("差" in str(frame.value.values) for frame in tested.dataframe)
    with session_scope(bare_url) as session:
        manager = scope_named(session, USERNAMES["manager"])
        calibration.close_round(session, manager, one.id, "约定", expected_version=1, now=desk.now())
    tested = open_page(bare_url, "disputes", "qa", view="calibration")
    assert not tested.exception
    items = next(frame.value for frame in tested.dataframe if "alpha" in frame.value.columns)
    assert items["item"].iloc[0].startswith("礼貌") and items["pairs"].iloc[0] == "0 / 1"
    people = next(frame.value for frame in tested.dataframe if "signed" in frame.value.columns)
    assert people["signed"].iloc[0].startswith("-") and "礼貌" in people["items"].iloc[0]
    calls = next(frame.value for frame in tested.dataframe if "spread" in frame.value.columns)
    assert calls["call"].tolist() == ["c1"]  # the other was judged by one alone
    whole = next(frame.value for frame in tested.dataframe if "apart" in frame.value.columns)
    assert whole[f"u{other.user_id}"].iloc[1] == "差" and whole[f"u{qa.user_id}"].iloc[1] == "好"
    assert "约定" in words(tested)


def ways(tested: AppTest, page: str) -> list[tuple[str, str]]:
    """The links to a page of the desk: their words, and what they show there."""
    assert not tested.exception
    links = [link.proto for link in tested.get("page_link")]
    return [(link.label, link.query_string) for link in links if link.page == page]


def test_today_counts_the_queue_and_the_open_objections_for_whoever_judges(
    bare_url: str, open_page: OpenPage
) -> None:
    assert ways(open_page(bare_url, "today", "manager"), "disputes") == []
    object_to(bare_url, f"finding:{add_reviewed(bare_url)}")
    waits = [("待裁定的申诉 1 件", "")]
    for who, told in {"qa": waits, "manager": waits, "supervisor": []}.items():
        tested = open_page(bare_url, "today", who)
        assert ways(tested, "disputes") == told, who
        if who == "qa":
            assert ways(tested, "review") == [("复核队列中没有待复核的通话", "")]
    with session_scope(bare_url) as session:
        add_inspected(session, "c2", finding(), started_at=desk.now() - EARLIER)
    assert ways(open_page(bare_url, "today", "qa"), "review") == [("复核队列中有 1 通通话待复核", "")]


def test_the_page_of_a_call_shows_its_objections_in_one_line_each(bare_url: str, open_page: OpenPage) -> None:
    dispute_id = object_to(bare_url, f"finding:{add_reviewed(bare_url)}")
    [(words_, query)] = ways(open_page(bare_url, "call", "supervisor", call="c1"), "disputes")
    assert "客服申诉：" in words_ and "待裁定" in words_ and query == f"open={dispute_id}"
    with session_scope(bare_url) as session:
        manager = scope_named(session, USERNAMES["manager"])
        disputes.decide(
            session, manager, dispute_id, "rejected", "听过", expected_version=1,
            book=rulebooks.in_force(session), now=desk.now(),
        )  # fmt: skip
    [(words_, _query)] = ways(open_page(bare_url, "call", "supervisor", call="c1"), "disputes")
    assert "维持原判" in words_

"""Scorecards: seen by all leaders, changed by QA, published by the manager; every view for every role."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from dashboard import desk
from dashboard.formats import plain
from dashboard.scorecard_form import NEW
from db import people, scorecard_drafts, scorecards
from db.demo.judging_cards import ship_demo_cards
from db.engine import session_scope
from db.models import CallReview, Inspection, Scorecard
from regulations.access import CAPABILITIES, Scope
from tests.pages.conftest import ROLES, USERNAMES, OpenPage, address, press, words

VIEWS = ("items", "try", "compare", "publish")
PHONE = {"card": "standard_phone"}


def scope_of(url: str, role: str) -> Scope:
    with session_scope(url) as session:
        return people.scope_of(people.get_user(session, USERNAMES[role]))


def row_of(url: str, version: int, code: str = "standard_phone") -> Scorecard:
    with session_scope(url) as session:
        return scorecards.get_card(session, scope_of(url, "qa"), code, version)


def begun(url: str, **changes: object) -> Scorecard:
    """QA's draft of the telephone card's second version, with fields changed."""
    scope, now = scope_of(url, "qa"), desk.now()
    with session_scope(url) as session:
        scorecards.ship_cards(session, now)
        source = scorecards.get_card(session, scope, "standard_phone", 1)
        draft = scorecard_drafts.begin(session, scope, source.id, now=now)
        record = {**draft.definition, **changes}
        return scorecard_drafts.save(session, scope, draft.id, record, seen=1, now=now)


def prefix(row: Scorecard, code: str) -> str:
    return f"scorecard_item:{row.id}:{row.row_version}:{code}:"


@pytest.mark.parametrize("role", [r for r in ROLES if r in CAPABILITIES["scorecards.view"]])
def test_every_view_opens_for_who_may_look_and_only_editors_get_forms(
    role: str, bare_url: str, open_page: OpenPage
) -> None:
    draft = begun(bare_url, pass_score=85)
    tested = open_page(bare_url, "scorecards", role)
    assert not tested.exception
    assert set(tested.dataframe[0].value["name"]) >= {"电话服务标准评分表", "患者回访九步评分表"}
    tested.query_params.update({**PHONE, "version": "2"})
    for view in VIEWS:
        tested.query_params["view"] = view
        tested.run()
        assert not tested.exception, view
    may_edit, may_publish = (role in CAPABILITIES[f"scorecards.{deed}"] for deed in ("edit", "publish"))
    assert ("再看一遍" in {b.label for b in tested.button}) == may_publish
    tested.query_params.update({"view": "items", "item": "closing"})
    tested.run()
    assert any(box.key == prefix(draft, "closing") + "zh" for box in tested.text_input) == may_edit
    assert ("建立草稿" in {b.label for b in tested.button}) == may_edit


@pytest.mark.parametrize("role", [r for r in ROLES if r not in CAPABILITIES["scorecards.view"]])
def test_everybody_else_is_refused(role: str, bare_url: str, open_page: OpenPage) -> None:
    tested = open_page(bare_url, "scorecards", role)
    assert not tested.exception and not tested.dataframe
    assert "评分表" not in [title.value for title in tested.title]


def test_a_desk_where_nothing_happened_has_the_shipped_cards_and_no_call_to_try(
    bare_url: str, open_page: OpenPage
) -> None:
    tested = open_page(bare_url, "scorecards", "qa")
    assert list(tested.dataframe[0].value["version"]) == ["1"] * 4
    tested = open_page(bare_url, "scorecards", "qa", **PHONE, view="try")
    assert not tested.exception and "没有可试算的通话" in words(tested)


def test_an_item_is_shown_in_full_with_its_share_and_clauses(bare_url: str, open_page: OpenPage) -> None:
    tested = open_page(bare_url, "scorecards", "supervisor", **PHONE, item="promise_clear")
    text = words(tested)
    assert not tested.exception
    assert "占全表 4 %" in text and "是否答应稍后回复或处理：答应了" in text and "B1" in text
    shares = tested.dataframe[0].value["share"]
    assert round(sum(shares), 6) == 100


@pytest.mark.parametrize(
    "query",
    [
        {"card": "nothing"},
        {**PHONE, "version": "99", "view": "nowhere", "item": "none"},
        {**PHONE, "version": "x", "view": "compare", "a": "0", "b": "-1"},
        {**PHONE, "view": "try", "call": "'; drop table calls"},
        {**PHONE, "view": "publish"},
    ],
)
def test_hostile_addresses_lead_to_something_sensible(
    query: dict[str, str], bare_url: str, open_page: OpenPage
) -> None:
    tested = open_page(bare_url, "scorecards", "manager", **query)
    assert not tested.exception and tested.title


def test_a_cards_words_are_shown_as_they_are_typed(bare_url: str, open_page: OpenPage) -> None:
    evil = "[此处](http://evil.example) **粗**"
    row = begun(bare_url, zh=evil)
    tested = open_page(bare_url, "scorecards", "qa", **PHONE, version=str(row.version))
    assert not tested.exception and tested.title[0].value == plain(evil)


def test_the_english_page_has_no_chinese_sentences(bare_url: str, open_page: OpenPage) -> None:
    begun(bare_url, pass_score=85)
    for view in VIEWS:
        tested = open_page(bare_url, "scorecards", "manager", **PHONE, version="2", view=view, lang="en")
        assert not tested.exception and "评分表" not in words(tested), view


def test_qa_changes_an_item_and_the_manager_publishes_it_from_a_date(
    bare_url: str, open_page: OpenPage
) -> None:
    tested = open_page(bare_url, "scorecards", "qa", **PHONE)
    tested = press(tested, "修改评分表")
    assert (address(tested, "version"), tested.success[0].value[:6]) == ("2", "已建立草稿。")
    draft = row_of(bare_url, 2)
    tested.query_params["item"] = "closing"
    tested.run()
    tested.number_input(key=prefix(draft, "closing") + "weight").set_value(9.5)
    tested.text_input(key=prefix(draft, "closing") + "source").set_value("A6.9，A6.12")
    tested = press(tested, "存入草稿")
    assert not tested.exception and address(tested, "item") is None
    item = row_of(bare_url, 2).definition["criteria"][3]
    assert (item["code"], item["weight"], item["source"]) == ("closing", 9.5, ["A6.9", "A6.12"])

    tested = open_page(bare_url, "scorecards", "manager", **PHONE, version="2", view="publish")
    day = desk.now().date() + timedelta(days=3)
    tested.date_input(key=f"scorecard_from_{draft.id}").set_value(day)
    assert "请写明修改原因" in press(tested, "再看一遍").error[0].value
    tested.text_area(key="scorecard_note").set_value("结束语更重要")
    tested = press(tested, "再看一遍")
    assert "结束语更重要" in words(tested) and row_of(bare_url, 2).state == "draft"
    tested = press(tested, f"自 {day} 起发布")
    assert not tested.exception and plain(f"自 {day} 起生效") in tested.success[0].value
    assert row_of(bare_url, 2).valid_from == day
    assert "已公布，未生效" in str(tested.dataframe[1].value["state"].tolist())


def test_a_new_item_with_a_scale_and_a_condition_is_added(bare_url: str, open_page: OpenPage) -> None:
    draft = begun(bare_url)
    tested = open_page(bare_url, "scorecards", "qa", **PHONE, version="2", item=NEW)
    form = prefix(draft, "item_1")
    tested.text_input(key=form + "zh").set_value("记录完整")
    tested.radio(key=form + "answers").set_value("scale")
    tested.text_area(key=form + "levels").set_value(
        "全 | Full | 100\n缺一处 | One gap ｜ 50%\n\n缺多处 | More | 0"
    )
    tested.multiselect(key=form + "only_if").set_value(["promise=made"])
    tested = press(tested, "存入草稿")
    assert not tested.exception and not tested.error
    added = row_of(bare_url, 2).definition["criteria"][-1]
    assert [(level["zh"], level["share"]) for level in added["levels"]] == [
        ("全", 1),
        ("缺一处", 0.5),
        ("缺多处", 0),
    ]
    assert added["only_if"] == {"criterion": "promise", "answers": ["made"]}


def test_what_cannot_be_scored_is_refused_with_item_and_field_and_stays_typed(
    bare_url: str, open_page: OpenPage
) -> None:
    draft = begun(bare_url)
    tested = open_page(bare_url, "scorecards", "qa", **PHONE, version="2", item="closing")
    form = prefix(draft, "closing")
    tested.text_input(key=form + "zh").set_value("")
    tested.multiselect(key=form + "categories").set_value(["closing", "cold"])
    tested.multiselect(key=form + "only_if").set_value(["promise=made", "hangup=yes"])
    tested = press(tested, "存入草稿")
    said = tested.error[0].value
    assert "要求" in said or "中文名称" in said
    assert address(tested, "item") == "closing"
    assert tested.multiselect(key=form + "categories").value == ["closing", "cold"]
    tested.text_input(key=form + "zh").set_value("结束语")
    tested = press(tested, "存入草稿")
    assert "前提条件" in tested.error[0].value
    tested.multiselect(key=form + "only_if").set_value([])
    tested = press(tested, "存入草稿")
    assert "会扣两次分" in tested.error[0].value  # cold is charged in another item
    assert row_of(bare_url, 2).row_version == draft.row_version


def test_items_are_moved_and_taken_away_and_a_condition_keeps_its_item(
    bare_url: str, open_page: OpenPage
) -> None:
    begun(bare_url)
    tested = open_page(bare_url, "scorecards", "qa", **PHONE, version="2", item="courtesy")
    tested = press(tested, "上移")
    assert [i["code"] for i in row_of(bare_url, 2).definition["criteria"][:2]] == ["courtesy", "opening"]
    tested = press(tested, "删除此项")
    assert "courtesy" not in str(row_of(bare_url, 2).definition["criteria"][0]["code"])
    tested.query_params["item"] = "promise"
    tested = press(tested.run(), "删除此项")
    assert "promise" in tested.error[0].value and "不存在" in tested.error[0].value


def test_all_weights_are_changed_at_once(bare_url: str, open_page: OpenPage) -> None:
    draft = begun(bare_url)
    tested = open_page(bare_url, "scorecards", "qa", **PHONE, version="2")
    keys = f"scorecard_weight:{draft.id}:{draft.row_version}:"
    tested.number_input(key=keys + "opening").set_value(50.0)
    tested = press(tested, "保存分值")
    assert not tested.exception
    assert "分值合计 142" in words(tested)
    shares = dict(zip(tested.dataframe[0].value["title"], tested.dataframe[0].value["share"], strict=True))
    assert round(shares["先问候，需要时自报身份、核对客户"], 1) == 35.2


def test_who_comes_second_is_told_and_nothing_is_overwritten(bare_url: str, open_page: OpenPage) -> None:
    draft = begun(bare_url)
    tested = open_page(bare_url, "scorecards", "qa", **PHONE, version="2", item="closing")
    with session_scope(bare_url) as session:
        record = {**draft.definition, "pass_score": 60}
        scorecard_drafts.save(
            session, scope_of(bare_url, "manager"), draft.id, record, seen=draft.row_version, now=desk.now()
        )
    tested.text_input(key=prefix(draft, "closing") + "zh").set_value("再见")
    tested = press(tested, "存入草稿")
    assert "刚被别人改过" in tested.error[0].value
    assert row_of(bare_url, 2).definition["pass_score"] == 60


def test_a_card_is_tried_on_a_reviewed_call_with_the_reviewers_answers(
    demo_url: str, open_page: OpenPage
) -> None:
    qa = scope_of(demo_url, "qa")
    with session_scope(demo_url) as session:
        scorecards.ship_cards(session, desk.now())
        inspection = session.scalars(
            select(Inspection).where(
                Inspection.is_current, Inspection.call_id.not_in(select(CallReview.call_id))
            )
        ).first() or pytest.fail("the demo department has no inspected call")  # fmt: skip
        card = scorecards.card_for(session, inspection.call)
        answers = {"voice_polite": {"answer": "fair", "note": ""}, "gone": {"answer": "yes"}}
        session.add(
            CallReview(
                call_id=inspection.call_id, reviewer="沈老师", claimed_at=desk.now(), claimed_until=desk.now(),
                state="finished", purpose="sample", stands=True, scorecard_id=card.id, answers=answers,
            )
        )  # fmt: skip
        number, code = inspection.call.call_id, card.code
    tested = open_page(demo_url, "scorecards", "qa", card=code, view="try", call=number)
    assert qa.may("scorecards.edit") and not tested.exception
    assert "沈老师" in words(tested) and "平均" in words(tested)
    lines = tested.dataframe[0].value.set_index("item")
    assert len(lines) == len(scorecards.card_of(card).criteria)
    if "voice_polite" in {c.code for c in scorecards.card_of(card).criteria}:
        assert lines.loc["礼貌（语气与应答）", "answer"] == "一般"
    waiting = next(str(box.key) for box in tested.selectbox if str(box.key).startswith("scorecard_try:"))
    before = lines["state"].tolist().count("待人工评分")
    tested.selectbox(key=waiting).set_value("na").run()
    after = tested.dataframe[0].value["state"].tolist().count("待人工评分")
    assert not tested.exception and after < before


def test_a_card_is_copied_and_one_that_is_needed_cannot_be_retired(
    bare_url: str, open_page: OpenPage
) -> None:
    tested = open_page(bare_url, "scorecards", "manager", **PHONE)
    tested.text_area(key="scorecard_retire_note").set_value("不再使用")
    tested = press(tested, "停用")
    assert "没有评分表可用" in tested.error[0].value
    tested.text_input(key="scorecard_copy_code").set_value("complaint_phone")
    tested.text_input(key="scorecard_copy_zh").set_value("投诉电话评分表")
    tested = press(tested, "建立草稿")
    assert not tested.exception
    assert (address(tested, "card"), tested.title[0].value) == ("complaint_phone", "投诉电话评分表")


def test_the_demo_has_a_published_change_and_a_draft_and_making_it_again_adds_nothing(demo_url: str) -> None:
    for _again in range(2):
        with session_scope(demo_url) as session:
            assert ship_demo_cards(session, desk.now()) == {"scorecards": 6}
    assert [row_of(demo_url, v).state for v in (1, 2, 3)] == ["published", "published", "draft"]

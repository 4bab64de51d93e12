"""Rulebook: looked up by all leaders, changed by QA, published by the manager; every view for every role."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from streamlit.testing.v1 import AppTest

from dashboard import desk
from dashboard.formats import plain
from dashboard.rulebook_limit_form import default_of, edit_of
from dashboard.rulebook_record import phrase_record as record_of
from db import people, rulebook_drafts, rulebooks
from db.engine import session_scope
from regulations.access import CAPABILITIES, Scope
from regulations.editing import SECTIONS, edited, phrase_of, put
from regulations.schema import SPECS
from regulations.values import Duration, Unit
from tests.pages.conftest import ROLES, USERNAMES, OpenPage, address, press, words
from tests.regulations.few_phrases import book_of_few_phrases

VIEWS = ("phrases", "flow", "limits", "try", "compare", "draft")
NEW = "phrase:banned::"
SAID = "少拿这个来烦我"


def scope_of(url: str, role: str) -> Scope:
    with session_scope(url) as session:
        return people.scope_of(people.get_user(session, USERNAMES[role]))


def begun(url: str, role: str = "qa", text: str = SAID, id_: str = "cold-site-1") -> None:
    """A draft with one new phrase."""
    record = {"id": id_, "category": "cold", "texts": [text], "source": [], "status": "product_choice"}
    edit = {"what": "phrase", "list": "banned", "action": "add", "id": id_, "record": record}
    scope = scope_of(url, role)
    with session_scope(url) as session:
        draft = rulebook_drafts.get_open(session, scope)
        seen = draft.row_version if draft else None
        rulebook_drafts.save_edit(session, scope, edit, seen=seen, now=desk.now())


def filled(tested: AppTest, **fields: object) -> AppTest:
    """The form of a new banned phrase with these fields, sent."""
    for field, value in {"texts": SAID, **fields}.items():
        kind = {"id": "text_input", "clause": "text_input", "points": "number_input", "times": "number_input"}
        widget = getattr(tested, kind.get(field, "text_area"))(key=NEW + field)
        widget.set_value(value)
    return press(tested, "存入草稿")


@pytest.mark.parametrize("role", [r for r in ROLES if r in CAPABILITIES["rulebook.view"]])
def test_every_view_opens_for_who_may_look_and_only_editors_get_forms(
    role: str, bare_url: str, open_page: OpenPage
) -> None:
    begun(bare_url)
    tested = open_page(bare_url, "rulebook", role, edit="banned:")
    for view in VIEWS:
        tested.query_params["view"] = view
        tested.run()
        assert not tested.exception, view
    may_edit = role in CAPABILITIES["rulebook.edit"]
    assert any(box.key == NEW + "texts" for box in tested.text_area) == may_edit
    del tested.query_params["edit"]
    tested.run()
    assert not tested.exception and SAID in str(tested.dataframe[0].value)
    labels = {button.label for button in tested.button}
    assert ("收回" in labels, "再看一遍" in labels) == (may_edit, role in CAPABILITIES["rulebook.publish"])
    if role not in CAPABILITIES["rulebook.publish"]:
        assert "经理或系统管理员" in words(tested)


def test_phrases_that_were_found_lately_come_first_and_a_status_chooses_among_them(
    demo_url: str, open_page: OpenPage
) -> None:
    tested = open_page(demo_url, "rulebook", "qa")
    rows = tested.dataframe[0].value
    is_found = [found != "—" for found in rows["found"]]
    assert any(is_found) and is_found == sorted(is_found, reverse=True)
    tested.query_params["status"] = "stated"
    assert set(tested.run().dataframe[0].value["status"]) == {"条文原文"}
    tested.query_params["status"] = "site"
    assert "没有符合的用语" in words(tested.run()) and not tested.exception


def test_a_length_of_time_and_a_list_of_reasons_are_changed_with_their_unit_and_names() -> None:
    book = book_of_few_phrases()
    within, reasons = "qa.dispute_within", "qa.overturn_reasons"
    edit = edit_of(SPECS[within], "", 2.0, [], book.parameter(within), is_off=False, unit="week")
    assert edited(book, [edit]).duration(within) == Duration(Decimal(2), Unit.WEEK)
    typed = default_of(SPECS[reasons], book.parameter(reasons).value) + "\nmine | 本单位理由｜Our own"
    edit = edit_of(SPECS[reasons], "", typed, [], book.parameter(reasons), is_off=False)
    rows = edited(book, [edit]).table(reasons) or ()
    assert dict(rows[-1]) == {"code": "mine", "title": "本单位理由", "en": "Our own"}


def test_agents_are_refused(demo_url: str, open_page: OpenPage) -> None:
    tested = open_page(demo_url, "rulebook", "agent")
    assert not tested.exception and "规则手册" not in [title.value for title in tested.title]


def test_a_desk_where_nothing_happened_says_what_to_do(bare_url: str, open_page: OpenPage) -> None:
    tested = open_page(bare_url, "rulebook", "qa", view="draft")
    assert "没有正在修改的草稿" in words(tested)
    tested.query_params["view"] = "compare"
    assert "目前只发布过一个版本" in words(tested.run())
    tested.query_params["view"] = "try"
    assert "还没有输入" in words(tested.run())
    tested.query_params.update({"view": "phrases", "q": "没有这个词"})
    assert "没有符合的用语" in words(tested.run())
    assert not tested.exception


def test_a_clause_finds_its_phrases_and_a_click_opens_one_in_full(demo_url: str, open_page: OpenPage) -> None:
    tested = open_page(demo_url, "rulebook", "supervisor", q="B1.27", rule="clarification")
    assert not tested.exception
    found = tested.dataframe[0].value
    assert len(found) and all("B1.27" in clauses for clauses in found["clauses"])
    text = words(tested)
    assert "clarification" in text and plain("B1.27") in text and "检查过的" in text
    assert "修改" not in {button.label for button in tested.button}  # he looks on


def test_a_clause_finds_its_limits_and_an_unknown_word_says_what_to_try(
    bare_url: str, open_page: OpenPage
) -> None:
    tested = open_page(bare_url, "rulebook", "executive", view="limits")
    tested.text_input(key="rulebook_limit_search").set_value("A6.28").run()
    found = tested.dataframe[0].value
    assert set(found["参数"]) >= {"complaint.first_feedback_within", "complaint.final_feedback_within"}
    assert all("A6.28" in clauses for clauses in found["条款"])
    tested.text_input(key="rulebook_limit_search").set_value("没有这个词").run()
    assert not tested.exception and "没有符合的参数" in words(tested)


def test_the_english_page_has_no_chinese_sentences(bare_url: str, open_page: OpenPage) -> None:
    begun(bare_url)
    tested = open_page(bare_url, "rulebook", "manager", view="draft", lang="en")
    assert "Changes in the draft" in words(tested) and "草稿" not in words(tested)


def test_a_typed_sentence_is_judged_by_the_real_inspection_and_nothing_is_kept(
    bare_url: str, open_page: OpenPage
) -> None:
    begun(bare_url)
    tested = open_page(bare_url, "rulebook", "qa", view="try", book="draft")
    tested.text_area(key="rulebook_try_text").set_value(f"客服：您好。\n客服：{SAID}。\n客户：{SAID}。")
    text = words(press(tested, "试一试"))
    assert not tested.exception
    assert "1 处确定" in text and f"**{SAID}**" in text  # the customer's own words count against nobody
    tested.query_params["book"] = ""
    assert "0 处确定" in words(tested.run())


@pytest.mark.parametrize("typed", ["啊" * 5_001, "话\n" * 201, "   ", "客服：\n客户：", "<script>*[x](y)*$"])
def test_hostile_text_is_tried_or_refused_in_words(typed: str, bare_url: str, open_page: OpenPage) -> None:
    tested = open_page(bare_url, "rulebook", "qa", view="try")
    tested.text_area(key="rulebook_try_text").set_value(typed)
    press(tested, "试一试")
    assert not tested.exception
    assert tested.error if len(typed) > 400 else not tested.error


def test_qa_adds_a_phrase_and_the_manager_publishes_it_from_a_date(
    demo_url: str, open_page: OpenPage
) -> None:
    tested = filled(open_page(demo_url, "rulebook", "qa", view="draft", edit="banned:"), clause="")
    assert not tested.exception and "已存入草稿" in words(tested)
    assert address(tested, "edit") is None
    tested = press(open_page(demo_url, "rulebook", "manager", view="draft"), "计算")
    assert not tested.exception
    assert {metric.label for metric in tested.metric} == {"会变化的通话", "新增的发现", "消失的发现"}
    assert "通已检查的通话" in words(tested)
    shown = tested.date_input(key="rulebook_valid_from").value
    assert isinstance(shown, date)
    day = shown + timedelta(days=2)
    tested.date_input(key="rulebook_valid_from").set_value(day - timedelta(days=30))
    tested.text_area(key="rulebook_note").set_value("客户投诉")
    assert "不能早于今天" in words(press(tested, "再看一遍"))
    tested.date_input(key="rulebook_valid_from").set_value(day)
    tested = press(tested, "再看一遍")
    assert f"自 {day.isoformat()} 起".replace("-", "\\-") in words(tested)
    tested.button(key="rulebook_publish_now").click().run()
    assert not tested.exception and "已发布" in words(tested)
    assert "客户投诉" in list(tested.dataframe[-1].value["note"])
    with session_scope(demo_url) as session:
        after, before = (rulebooks.in_force(session, day - timedelta(days=n)) for n in (0, 1))
    rule = phrase_of(after, "banned", "insult-site-1")
    assert rule is not None and (rule.texts, rule.status) == ((SAID,), "product_choice")
    assert phrase_of(before, "banned", "insult-site-1") is None


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"texts": ""}, "至少要写一种说法"),
        ({"texts": "啊" * 10_000}, "超过 200 个字"),
        ({"texts": "再见"}, "同时是必说用语"),
        ({"patterns": "{甲|"}, "读不懂"),
        ({"points": -1.0}, "不能是负数"),
        ({"id": "clarification"}, "已被现有用语占用"),
        ({"clause": "随便", "id": "x"}, "存入草稿"),
    ],
)
def test_a_wrong_entry_is_told_at_its_field_and_what_was_typed_stays(
    fields: dict[str, object], said: str, bare_url: str, open_page: OpenPage
) -> None:
    tested = filled(open_page(bare_url, "rulebook", "qa", view="draft", edit="banned:"), **fields)
    assert not tested.exception
    if said == "存入草稿":  # a clause without “a clause of our own” is not asked for
        assert not tested.error
        return
    assert said in words(tested) and tested.error
    assert tested.text_area(key=NEW + "texts").value == fields.get("texts", SAID)
    with session_scope(bare_url) as session:
        assert rulebook_drafts.get_open(session, scope_of(bare_url, "qa")) is None


def test_the_second_of_two_editors_is_told_and_keeps_what_he_typed(
    bare_url: str, open_page: OpenPage
) -> None:
    tested = open_page(bare_url, "rulebook", "manager", view="draft", edit="banned:")
    begun(bare_url, "qa", "你烦不烦", "cold-other")
    tested = filled(tested)
    assert "没有保存" in words(tested) and tested.text_area(key=NEW + "texts").value == SAID
    tested = press(tested, "存入草稿")  # having looked, he saves again; both stand
    with session_scope(bare_url) as session:
        draft = rulebook_drafts.get_open(session, scope_of(bare_url, "qa"))
        assert draft is not None and [edit["id"] for edit in draft.edits] == ["cold-other", "insult-site-1"]


def test_a_limit_is_changed_and_taken_back(bare_url: str, open_page: OpenPage) -> None:
    tested = open_page(bare_url, "rulebook", "qa", view="draft", edit="limit:speech.join_pause")
    tested.number_input(key="limit:speech.join_pause::value").set_value(0.0)
    assert "必须大于 0" in words(press(tested, "存入草稿"))
    tested.number_input(key="limit:speech.join_pause::value").set_value(4.0)
    tested = press(tested, "存入草稿")
    assert "speech.join_pause" in str(tested.dataframe[0].value)
    tested = press(tested, "收回")
    assert not tested.exception and "草稿还没有任何修改" in words(tested)


def test_every_kind_of_value_has_its_field_and_saved_unchanged_it_changes_nothing() -> None:
    book = book_of_few_phrases()
    for spec in (one for one in SPECS.values() if one.section in SECTIONS):
        now = book.parameter(spec.key)
        typed = default_of(spec, now.value)
        edit = edit_of(spec, "", typed, list(now.clauses), now, is_off=now.state == "off")
        assert put(book, [], edit) == [], spec.key


@pytest.mark.parametrize(
    "edit", ["limit:leave.special_notice", "limit:x", "banned:nothing", "x", "limit:", "required:<b>"]
)
def test_an_address_that_leads_nowhere_says_so(edit: str, bare_url: str, open_page: OpenPage) -> None:
    tested = open_page(bare_url, "rulebook", "qa", view="draft", edit=edit, rule="?", book="99999", kind="x")
    assert not tested.exception


def test_a_draft_that_a_new_release_no_longer_takes_says_so_and_can_be_taken_back(
    bare_url: str, open_page: OpenPage
) -> None:
    begun(bare_url)
    with session_scope(bare_url) as session:
        draft = rulebook_drafts.get_open(session, scope_of(bare_url, "qa"))
        assert draft is not None
        draft.edits = [{**draft.edits[0], "action": "change"}]
    tested = open_page(bare_url, "rulebook", "qa", view="draft", edit="banned:")
    assert not tested.exception and tested.error and "没有编号" in words(tested)
    tested.query_params["view"] = "phrases"
    assert not tested.run().exception
    tested.query_params["view"] = "draft"
    assert "已收回这处修改" in words(press(tested.run(), "收回")) and not tested.exception


def test_wording_that_stays_keeps_its_source_and_what_the_form_does_not_show_stays() -> None:
    book = book_of_few_phrases()
    rule = next(r for r in book.required_phrases() if r.status != "product_choice")
    said = {
        "category": rule.category, "phase": rule.phase, "channels": rule.channels, "directions": rule.directions,
        "contact_kinds": rule.contact_kinds, "match": rule.match, "severity": "low", "points": 1.0, "condition": rule.condition, "after": rule.after, "sure": rule.is_sure,
        "texts": "\n".join(rule.texts), "patterns": "\n".join(rule.patterns), "suggest": "", "basis": "ours", "clause": "",
    }  # fmt: skip
    record = record_of(said, "required", rule, frozenset())
    assert (record["status"], tuple(record["source"])) == (rule.status, rule.clauses)
    changed = record_of({**said, "texts": "另一种说法"}, "required", rule, frozenset())
    assert (changed["status"], tuple(changed["source"])) == ("product_choice", rule.clauses)
    stated = record_of(
        {**said, "texts": "另一种说法", "basis": "clause", "clause": "S.4，S.5"},
        "required",
        rule,
        frozenset(),
    )
    assert stated["status"] == "stated" and stated["source"][-2:] == ["S.4", "S.5"]

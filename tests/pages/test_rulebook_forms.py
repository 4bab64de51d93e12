"""The forms of the Rulebook: what stands near a phrase, order, triggers, steps; checked, warned, restored, taken back."""

from __future__ import annotations

from typing import Any

from streamlit.testing.v1 import AppTest

from dashboard import desk
from dashboard.formats import plain
from dashboard.rulebook_record import cue_fields, cue_record, phrase_fields, phrase_record
from db import rulebook_drafts, rulebooks
from db.engine import session_scope
from regulations.editing import edited, phrase_of, put, record_of
from regulations.values import FlowCue, Nearby, PhraseTrigger
from tests.pages.conftest import OpenPage, address, press, words
from tests.pages.test_rulebook import NEW, SAID, begun, filled, scope_of
from tests.regulations.few_phrases import book_of_few_phrases

TRIGGER = "cue:triggers:customer_praised:"


def drafted(url: str) -> Any:
    """The rulebook that the open draft would be."""
    with session_scope(url) as session:
        draft = rulebook_drafts.get_open(session, scope_of(url, "qa"))
        return None if draft is None else rulebook_drafts.book_of(session, draft)


def form(url: str, open_page: OpenPage, edit: str) -> AppTest:
    tested = open_page(url, "rulebook", "qa", view="draft", edit=edit)
    assert not tested.exception
    return tested


def test_what_must_stand_near_a_phrase_is_filled_in_as_a_list_and_emptied_again(
    bare_url: str, open_page: OpenPage
) -> None:
    tested = form(bare_url, open_page, "banned:")
    tested.button(key=f"{NEW}unless_more").click().run()
    tested.text_area(key=f"{NEW}unless:0:texts").set_value("要是\n如果")
    tested.number_input(key=f"{NEW}unless:0:reach").set_value(0)
    tested.selectbox(key=f"{NEW}unless:0:unit").set_value("turns")
    tested.selectbox(key=f"{NEW}unless:0:speaker").set_value("customer")
    tested.number_input(key=f"{NEW}times").set_value(2)
    filled(tested)
    book = drafted(bare_url)
    (rule,) = [r for r in book.banned_phrases() if r.texts == (SAID,)]
    assert rule.unless == (Nearby("before", ("要是", "如果"), 0, "turns", "customer"),) and rule.times == 2
    again = form(bare_url, open_page, f"banned:{rule.id}")
    again.text_area(key=f"phrase:banned:{rule.id}:unless:0:texts").set_value("")
    press(again, "存入草稿")
    after = phrase_of(drafted(bare_url), "banned", rule.id)
    assert after is not None and after.unless == () and after.times == 2


def test_a_condition_that_cannot_be_is_refused_at_its_list(bare_url: str, open_page: OpenPage) -> None:
    tested = form(bare_url, open_page, "banned:")
    tested.button(key=f"{NEW}only_more").click().run()
    tested.text_area(key=f"{NEW}only:0:texts").set_value("钱")
    tested.selectbox(key=f"{NEW}only:0:speaker").set_value("customer")
    filled(tested)
    assert "请改用“轮话”或“秒”" in words(tested) and drafted(bare_url) is None


def test_points_beyond_full_marks_are_a_slip(bare_url: str, open_page: OpenPage) -> None:
    tested = filled(form(bare_url, open_page, "banned:"), points=5_000.0)
    assert "扣分不能超过 100" in words(tested) and drafted(bare_url) is None


def test_checking_says_what_to_look_at_and_saves_nothing(bare_url: str, open_page: OpenPage) -> None:
    begun(bare_url)
    tested = form(bare_url, open_page, "banned:")
    tested.text_area(key=NEW + "texts").set_value(f"{SAID}\n哼")
    tested = press(tested, "检查一下")
    text = words(tested)
    assert "在另一条里已经有了" in text and "只有一个字" in text
    assert tested.text_area(key=NEW + "texts").value == f"{SAID}\n哼"
    assert len(drafted(bare_url).banned_phrases()) == len(_base(bare_url).banned_phrases()) + 1
    next(b for b in tested.button if b.label.startswith("查看“")).click().run()  # leads to the other phrase
    assert not tested.exception and address(tested, "rule") == "cold-site-1"
    tested = form(bare_url, open_page, "banned:")
    tested.text_area(key=NEW + "texts").set_value("")
    assert "至少要写一种说法" in words(press(tested, "检查一下"))
    tested.text_area(key=NEW + "texts").set_value("窗口那边自己瞧去呗")
    assert "没有发现问题" in words(press(tested, "检查一下"))


def test_the_draft_lists_what_to_look_at_before_it_is_published(bare_url: str, open_page: OpenPage) -> None:
    begun(bare_url)
    begun(bare_url, id_="cold-site-2")
    tested = open_page(bare_url, "rulebook", "manager", view="draft")
    assert "发布前请留意" in str([one.label for one in tested.expander]) and "在另一条里已经有了" in words(
        tested
    )


def test_a_required_phrase_gets_its_place_after_another(bare_url: str, open_page: OpenPage) -> None:
    rules = _base(bare_url).required_phrases()
    one, two = rules[0].id, rules[1].id
    tested = form(bare_url, open_page, f"required:{one}")
    tested.selectbox(key=f"phrase:required:{one}:after").set_value(two)
    tested.toggle(key=f"phrase:required:{one}:sure").set_value(not rules[0].is_sure)
    press(tested, "存入草稿")
    rule = phrase_of(drafted(bare_url), "required", one)
    assert rule is not None and (rule.after, rule.is_sure) == (two, not rules[0].is_sure)
    assert rule.status == rules[0].status  # the words stayed, and so does who worded them
    other = form(bare_url, open_page, f"required:{two}")
    other.selectbox(key=f"phrase:required:{two}:after").set_value(one)
    assert "不能互为先后" in words(press(other, "存入草稿"))


def test_a_trigger_is_changed_tried_and_restored(bare_url: str, open_page: OpenPage) -> None:
    tested = form(bare_url, open_page, "triggers:customer_praised")
    text = words(tested)
    assert plain("B1.31") in text and "出现后必说" in text
    tested.text_area(key=TRIGGER + "texts").set_value("")
    assert "至少要写一种说法" in words(press(tested, "存入草稿"))
    tested.text_area(key=TRIGGER + "texts").set_value("真给力")
    press(tested, "存入草稿")
    assert drafted(bare_url).triggers()["customer_praised"].texts == ("真给力",)
    tried = open_page(bare_url, "rulebook", "qa", view="try", book="draft")
    tried.text_area(key="rulebook_try_text").set_value(
        "客服：已经给您修好了。\n客户：你们真给力。\n客服：嗯。\n客服：那就这样。"
    )
    assert "按草稿新增" in words(press(tried, "试一试"))  # the reply to praise is owed under the draft alone
    again = form(bare_url, open_page, "triggers:customer_praised")
    assert "制度文件里是" in words(again)
    again.button(key=TRIGGER + "restore").click().run()
    assert not again.exception and drafted(bare_url).version == _base(bare_url).version


def test_a_trigger_on_which_phrases_hang_is_not_removed(bare_url: str, open_page: OpenPage) -> None:
    tested = form(bare_url, open_page, "triggers:customer_praised")
    tested.button(key=TRIGGER + "remove").click().run()
    assert "请先修改或移除那些用语" in words(tested) and drafted(bare_url) is None


def test_a_removed_phrase_is_brought_back_as_the_files_say(bare_url: str, open_page: OpenPage) -> None:
    id_ = _base(bare_url).banned_phrases()[0].id
    tested = form(bare_url, open_page, f"banned:{id_}")
    tested.button(key=f"phrase:banned:{id_}:remove").click().run()
    assert phrase_of(drafted(bare_url), "banned", id_) is None
    tested.button(key="rulebook_restore").click().run()
    assert not tested.exception and drafted(bare_url).version == _base(bare_url).version


def test_a_row_that_is_not_there_says_so(bare_url: str, open_page: OpenPage) -> None:
    tested = open_page(bare_url, "rulebook", "qa", view="draft")
    for edit in ("triggers:nothing", "flow:<b>", "triggers:", "flow:", "flow"):
        tested.query_params["edit"] = edit
        tested.run()
        assert not tested.exception and address(tested, "edit") == edit


def test_an_earlier_version_comes_back_as_a_draft(bare_url: str, open_page: OpenPage) -> None:
    begun(bare_url)
    with session_scope(bare_url) as session:
        manager, now = scope_of(bare_url, "manager"), desk.now()
        draft = rulebook_drafts.get_open(session, manager)
        assert draft is not None
        day = rulebook_drafts.local_day(rulebooks.in_force(session), now)
        rulebook_drafts.publish(session, manager, valid_from=day, note="改", seen=draft.row_version, now=now)
    tested = open_page(bare_url, "rulebook", "qa", view="phrases", rule="cold-site-1", status="site")
    assert len(tested.dataframe[0].value) == 1 and "：改" in words(tested)  # who changed it, and why
    tested = open_page(bare_url, "rulebook", "qa", view="compare")
    tested.button(key="rulebook_return").click().run()
    assert not tested.exception and "已按那一版建好草稿" in words(tested)
    assert phrase_of(drafted(bare_url), "banned", "cold-site-1") is None


def test_forms_that_are_saved_as_they_came_change_nothing() -> None:
    book = book_of_few_phrases("hospital_callback")
    edits: list[dict[str, Any]] = []
    for rule in (*book.required_phrases(), *book.banned_phrases()):
        list_ = "banned" if rule.kind == "banned" else "required"
        record = phrase_record(phrase_fields(rule, book, list_), list_, rule, frozenset())
        edits.append({"what": "phrase", "list": list_, "action": "change", "id": rule.id, "record": record})
    cues: list[tuple[str, PhraseTrigger | FlowCue]] = [("flow", cue) for cue in book.all_flow_cues()]
    cues += [("triggers", trigger) for trigger in book.triggers().values()]
    for list_, cue in cues:
        written = cue_record(cue_fields(cue, list_), list_, cue, frozenset())
        edits.append({"what": "phrase", "list": list_, "action": "change", "id": cue.code, "record": written})
    assert edited(book, edits).version == book.version


def test_a_step_gets_its_words_for_one_more_kind_of_contact() -> None:
    book = book_of_few_phrases("hospital_callback")
    said = {
        **cue_fields(None, "flow"),
        "step": "寒暄",
        "texts": "最近好吗\n\n最近好吗",
        "contact_kinds": ["callback_property"],
    }
    record = cue_record(said, "flow", None, frozenset())
    (edit,) = put(
        book, [], {"what": "phrase", "list": "flow", "action": "add", "id": record["code"], "record": record}
    )
    assert (edit["record"]["texts"], edit["record"]["status"]) == (["最近好吗"], "product_choice")
    silent = cue_record({**said, "silent": True}, "flow", None, frozenset())
    assert (silent["texts"], silent["spoken"]) == ([], False)
    assert record_of(book, "flow", record["code"]) is None


def _base(url: str) -> Any:
    with session_scope(url) as session:
        return rulebooks.in_force(session)

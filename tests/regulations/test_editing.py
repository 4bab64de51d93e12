"""Edits of a draft: read as a file would be, refused at the field with what to do."""

from __future__ import annotations

from typing import Any

import pytest

from regulations import editing
from regulations.edit_words import explained
from regulations.editing import basis_of, edited, edits_towards, key_of, phrase_of, put, restoring
from regulations.phrase_rules import write_trigger
from regulations.rulebook import Rulebook, RulebookError, diff
from regulations.values import Nearby
from tests.regulations.few_phrases import book_of_few_phrases


@pytest.fixture(scope="module")
def book() -> Rulebook:
    return book_of_few_phrases()


@pytest.fixture(scope="module")
def hospital() -> Rulebook:
    return book_of_few_phrases("hospital_callback")


def phrase(action: str = "add", list_: str = "banned", **fields: Any) -> dict[str, Any]:
    record = {
        "id": "cold-new",
        "category": "cold",
        "texts": ["关我什么事"],
        "source": [],
        "status": "product_choice",
    }
    record |= fields
    return {"what": "phrase", "list": list_, "action": action, "id": record["id"], "record": record}


def near(**fields: Any) -> dict[str, Any]:
    return {
        "where": "before",
        "texts": ["要是"],
        "reach": 6,
        "unit": "characters",
        "speaker": "agent",
    } | fields


def trigger(action: str = "change", code: str = "customer_praised", **fields: Any) -> dict[str, Any]:
    record = {
        "code": code,
        "speaker": "customer",
        "texts": ["真给力"],
        "source": [],
        "status": "product_choice",
    }
    return {"what": "phrase", "list": "triggers", "action": action, "id": code, "record": record | fields}


def cue(action: str = "add", code: str = "step-site-1", **fields: Any) -> dict[str, Any]:
    record = {
        "code": code, "step": "寒暄", "texts": ["最近好吗"], "contact_kind": ["callback_property"],
        "source": [], "status": "product_choice",
    }  # fmt: skip
    return {"what": "phrase", "list": "flow", "action": action, "id": code, "record": record | fields}


def parameter(key: str, value: object = None, **fields: Any) -> dict[str, Any]:
    return {
        "what": "parameter",
        "key": key,
        "value": value,
        "source": [],
        "status": "product_choice",
        **fields,
    }


def changed(book: Rulebook, *edits: editing.Edit) -> list[str]:
    return [one.key for one in diff(book, edited(book, edits))]


def test_a_phrase_is_added_as_a_file_would_add_it(book: Rulebook) -> None:
    after = edited(book, [phrase(points=3, sure=False)])
    rule = phrase_of(after, "banned", "cold-new")
    assert rule is not None and (rule.points, rule.is_sure, rule.texts) == (3, False, ("关我什么事",))
    assert after.parameter("phrase.banned").origin == editing.SITE
    assert changed(book, phrase()) == ["phrase.banned[cold-new]"]


def test_a_phrase_without_points_costs_the_general_weight_also_a_new_one(book: Rulebook) -> None:
    after = edited(book, [phrase(), parameter("qa.banned_weight", 7)])
    rule = phrase_of(after, "banned", "cold-new")
    assert rule is not None and rule.points == 7
    assert all(r.points != book.decimal("qa.banned_weight") for r in after.banned_phrases())
    own = [r for r in book.banned_phrases() if r.points != book.decimal("qa.banned_weight")]
    assert all(phrase_of(after, "banned", r.id) == r for r in own)


def test_removing_and_changing_touch_one_phrase_only(book: Rulebook) -> None:
    id_ = book.banned_phrases()[0].id
    assert changed(book, phrase("remove", id=id_)) == [f"phrase.banned[{id_}]"]
    assert changed(book, phrase("change", id=id_)) == [f"phrase.banned[{id_}]"]


def test_a_value_for_one_kind_leaves_the_others(book: Rulebook) -> None:
    after = edited(book, [parameter("call.small_talk", "required", kind="chat")])
    assert after.choice("call.small_talk", "chat") == "required"
    assert after.choice("call.small_talk", "complaint") == book.choice("call.small_talk", "complaint")


def test_a_parameter_may_be_turned_off(book: Rulebook) -> None:
    assert edited(book, [parameter("speech.propose_from", state="off")]).is_off("speech.propose_from")


def test_edits_of_one_subject_replace_each_other_and_one_that_changes_nothing_is_dropped(
    book: Rulebook,
) -> None:
    once = put(book, [], phrase())
    again = put(book, once, phrase("change", texts=["关你什么事"]))
    assert [(e["action"], e["record"]["texts"]) for e in again] == [("add", ["关你什么事"])]
    assert put(book, again, phrase("remove")) == []
    was = book.decimal("speech.join_pause")
    assert (
        put(book, put(book, [], parameter("speech.join_pause", 4)), parameter("speech.join_pause", was)) == []
    )


def test_a_rulebook_without_edits_is_the_same(book: Rulebook) -> None:
    assert edited(book, []).version == book.version


def test_a_draft_survives_storage(book: Rulebook) -> None:
    after = edited(book, [phrase(patterns=["关{我|你}*事"]), parameter("speech.negation", ["不是"])])
    assert Rulebook.from_record(after.as_record()).version == after.version


def test_words_near_a_phrase_are_kept_as_they_were_written(book: Rulebook) -> None:
    after = edited(
        book, [phrase(only=[near(unit="turns", reach=0, speaker="customer")], unless=[near()], times=2)]
    )
    rule = phrase_of(after, "banned", "cold-new")
    assert rule is not None and rule.times == 2
    assert rule.only == (Nearby("before", ("要是",), 0, "turns", "customer"),)
    assert rule.unless == (Nearby("before", ("要是",), 6),)


def test_the_words_of_a_trigger_and_of_a_step_are_changed_and_taken_back(hospital: Rulebook) -> None:
    assert changed(hospital, trigger()) == ["phrase.triggers[customer_praised]"]
    assert edited(hospital, [trigger()]).triggers()["customer_praised"].texts == ("真给力",)
    assert changed(hospital, cue()) == ["phrase.flow[step-site-1]"]
    after = edited(hospital, [cue()])
    assert [c.code for c in after.flow_cues("callback_property") if c.step == "寒暄"] == ["step-site-1"]
    assert put(hospital, put(hospital, [], cue()), cue("remove")) == []
    was = hospital.triggers()["customer_praised"]
    assert put(hospital, put(hospital, [], trigger()), trigger(**write_trigger(was))) == []


@pytest.mark.parametrize(
    ("edit", "field", "said"),
    [
        (cue(contact_kind=["callback_inpatient"]), "contact_kind", "已有识别用语"),
        (cue(step="跳舞"), "step", "没有“跳舞”这个环节"),
        (cue(texts=[]), "texts", "不留话语"),
        (cue(texts=["甲"], spoken=False), "texts", "不留话语"),
        (cue(patterns=["*好"]), "patterns", "开头和结尾"),
        (cue("change", code="nothing"), "id", "没有编号"),
        (trigger(code="on_hold"), "id", "没有编号"),
    ],
)
def test_wrong_words_of_a_step_are_refused_with_what_to_do(
    hospital: Rulebook, edit: dict[str, Any], field: str, said: str
) -> None:
    with pytest.raises(RulebookError) as refused:
        put(hospital, [], edit)
    found = [explained(problem) for problem in refused.value.problems]
    assert any(one.field == field and said in one.zh for one in found), found


def test_what_was_changed_or_removed_is_given_back_as_the_files_say(hospital: Rulebook) -> None:
    taken = hospital.banned_phrases()[0].id
    mine = edited(hospital, [trigger(), cue(), phrase("remove", id=taken)])
    edits: list[editing.Edit] = []
    for list_, id_ in (("triggers", "customer_praised"), ("banned", taken)):
        edit = restoring(mine, hospital, list_, id_)
        assert edit is not None
        edits = put(mine, edits, edit)
    after = edited(mine, edits)
    assert [one.key for one in diff(hospital, after)] == ["phrase.flow[step-site-1]"]
    assert after.record_origins()["phrase.triggers[customer_praised]"] == "base"
    assert restoring(mine, hospital, "flow", "step-site-1") is None  # the files know nothing of it


def test_a_draft_leads_back_to_an_earlier_rulebook(hospital: Rulebook) -> None:
    later = edited(
        hospital,
        [
            phrase(), trigger(), cue(), phrase("remove", id=hospital.banned_phrases()[0].id), parameter("speech.join_pause", 4),
            parameter("speech.propose_from", state="off"), parameter("call.small_talk", "allowed", kind="callback_inpatient"),
        ],
    )  # fmt: skip
    for one, two in ((hospital, later), (later, hospital)):
        edits, others = edits_towards(one, two)
        assert others == [] and edited(one, edits).version == two.version
    assert edits_towards(hospital, hospital) == ([], [])
    _edits, others = edits_towards(hospital, book_of_few_phrases())
    assert "callback.flow_steps" in others  # what no draft changes is said


def test_who_worded_it_is_said(book: Rulebook) -> None:
    rule = next(r for r in book.required_phrases() if r.status != "product_choice")
    assert basis_of(rule, "ours") == (rule.clauses, "product_choice")
    assert basis_of(rule, "kept") == (rule.clauses, rule.status)
    assert basis_of(rule, "clause", ["S.3"]) == ((*rule.clauses, "S.3"), "stated")
    assert basis_of(None, "kept") == ((), "product_choice")


HOSTILE = [
    (phrase(texts=[]), "texts", "至少要写一种说法"),
    (phrase(texts=["  "]), "texts", "空的"),
    (phrase(texts=["啊" * 10_000]), "texts", "超过 200 个字"),
    (phrase(texts=[f"话{n}" for n in range(501)]), "texts", "最多 500 行"),
    (phrase(texts=["甲\x07乙"]), "texts", "控制字符"),
    (phrase(patterns=["{关|我"]), "patterns", "读不懂"),
    (phrase(patterns=["*关我"]), "patterns", "开头和结尾"),
    (phrase(patterns=["关<99>事"]), "patterns", "1 到"),
    (phrase(patterns=["{关|}我事"]), "patterns", "空的"),
    (phrase(patterns=["关"]), "patterns", "一定会说的字"),
    (phrase(allow=["别的话"]), "allow", "例外"),
    (phrase(points=-1), "points", "不能是负数"),
    (phrase(points="很多"), "points", "数字"),
    (phrase(points=10**12), "points", "太大"),
    (phrase(points=0.12345678), "points", "六位"),
    (phrase(points=100.5), "points", "不能超过 100"),
    (phrase(points=5_000), "points", "一票否决"),
    (parameter("qa.banned_weight", 101), "value", "不能大于 100"),
    (phrase(only=[{"where": "before", "texts": []}]), "only", "至少要写一种说法"),
    (phrase(unless=[near(speaker="customer")]), "unless", "只能数客服自己的话"),
    (phrase(only=[near(reach=2_000)]), "only", "0 到 1000"),
    (phrase(only=[near()], unless=[near()]), "unless", "永远不会成立"),
    (phrase(list_="required", texts=["您说得对"], category="check", after="nothing"), "after", "不在必说用语里"),
    (trigger(texts=[]), "texts", "至少要写一种说法"),
    (trigger(action="add"), "condition", "已有触发词"),
    (phrase(times=0), "times", "1 到 100"),
    (phrase(id="不行 啊"), "id", "小写字母"),
    (phrase(source=["X.1"]), "source", "没有制度"),
    (phrase(source=["A1.99"]), "source", "只有 32 条"),
    (phrase(source=["abc"]), "source", "不是条款号"),
    (phrase(status="stated"), "source", "条款号"),
    (phrase(texts=["再见"]), "texts", "同时是必说用语"),
    (phrase("change"), "id", "没有编号"),
    (parameter("speech.join_pause", 0), "value", "大于 0"),
    (parameter("speech.opening_turns", 1.5), "value", "整数"),
    (parameter("speech.join_pause", "很久"), "value", "数字"),
    (parameter("qa.pass_score", 120), "value", "不能大于 100"),
    (parameter("speech.opening_turns", 0), "value", "不能小于 1"),
    (parameter("speech.negation", ["不", "不"]), "value", "两次"),
    (parameter("qa.critical_categories", ["nothing"]), "value", "没有类别"),
]  # fmt: skip


@pytest.mark.parametrize(("edit", "field", "said"), HOSTILE, ids=[f"{e[1]}-{e[2][:6]}" for e in HOSTILE])
def test_a_wrong_entry_is_refused_at_its_field_with_what_to_do(
    book: Rulebook, edit: dict[str, Any], field: str, said: str
) -> None:
    with pytest.raises(RulebookError) as refused:
        put(book, [], edit)
    found = [explained(problem) for problem in refused.value.problems]
    assert any(one.field == field and said in one.zh for one in found), found
    assert all(problem.key == key_of(edit) for problem in refused.value.problems)
    assert not any("不能采用" in one.zh for one in found)


def test_a_trigger_on_which_phrases_hang_is_not_removed(book: Rulebook) -> None:
    with pytest.raises(RulebookError) as refused:
        put(book, [], trigger("remove"))
    (one,) = {explained(problem).zh for problem in refused.value.problems}
    assert "“客户表扬时”" in one and "请先修改或移除那些用语" in one


@pytest.mark.parametrize("list_", editing.LISTS)
def test_an_id_that_is_taken_is_refused_in_either_list(book: Rulebook, list_: str) -> None:
    for taken in (book.banned_phrases()[0].id, book.required_phrases()[0].id):
        with pytest.raises(RulebookError) as refused:
            put(book, [], phrase(list_=list_, id=taken))
        assert "已被现有用语占用" in explained(refused.value.problems[0]).zh
    once = put(book, [], phrase())
    with pytest.raises(RulebookError) as refused:
        put(book, once, phrase())
    assert "草稿里已有编号" in explained(refused.value.problems[0]).zh


@pytest.mark.parametrize(
    "edit",
    [
        {}, {"what": "phrase"}, {"what": "phrase", "list": "others", "action": "add", "id": "x"},
        {"what": "phrase", "list": "banned", "action": "burn", "id": "x"}, phrase() | {"record": None},
        phrase() | {"id": "other"}, parameter("leave.special_notice", 1), parameter("no.such", 1),
        parameter("speech.join_pause", 2, kind="chat"), parameter("call.small_talk", "allowed", kind="nobody"),
        parameter("speech.join_pause", 2, state="maybe"),
    ],
)  # fmt: skip
def test_an_edit_that_is_none_is_refused_and_never_a_traceback(book: Rulebook, edit: dict[str, Any]) -> None:
    with pytest.raises(RulebookError):
        edited(book, [edit])


def test_what_has_no_words_of_its_own_is_still_shown(book: Rulebook) -> None:
    with pytest.raises(RulebookError) as refused:
        put(book, [], phrase(colour="blue"))
    assert "colour" in explained(refused.value.problems[0]).zh

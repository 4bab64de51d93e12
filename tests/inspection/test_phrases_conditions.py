"""Every condition of the rulebook in a conversation of its own set: owed and said, owed and missing, and not owed at all."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import pytest

from inspection.phrases import find
from inspection.transcript import Transcript
from regulations.phrase_rules import TRIGGERED
from regulations.rulebook import Rulebook, load_rulebook
from tests.inspection.speaking import CLOSING, GREETING, talk

ELSEWHERE = {
    *("customer_praised", "customer_satisfied", "customer_dissatisfied", "not_understood", "cannot_answer"),
    *("disturbed", "receipt_handed_over"),
}
"""Conditions that tests/inspection/test_phrases_required.py tells stories of."""

# condition, preset, rule, what brings it about, an answer that is due, one that is not it, and what does not bring it about
STORIES = [
    ("complaint_received", "office_tower_handbook", "complaint-accepted", "客户:我要投诉,电梯停了三天。",
     "非常抱歉,您请说,我来登记。", "电梯昨天检修过。", "客户:我不是来投诉的,想问电梯。"),
    ("own_fault", "product_after_sales", "own-fault-apology", "客服:查到了,是我们的失误,发错了型号。",
     "实在对不起,请您原谅。", "型号是三号。", "客服:查到了,这不是我们的失误。"),
    ("not_solved_yet", "office_building_property", "not-solved-reason", "客服:这个漏点今天处理不了。",
     "因为要等厂家的人来。", "我记下了。", "客服:您是说今天处理不了吗?"),
    ("not_solved_yet", "office_building_property", "not-solved-deadline", "客服:这个漏点暂时解决不了。",
     "后天上午十点之前给您办好。", "我记下了。", "客服:是不是暂时解决不了?"),
    ("repair_late", "office_building_property", "repair-late-apology", "客户:师傅怎么还没来?",
     "真是抱歉,我马上催一下。", "我催一下。", "客户:昨天来修过了。"),
    ("repair_unfinished", "office_building_property", "repair-unfinished-apology", "客服:配件没到,今天修不完。",
     "不好意思。", "嗯。", "客服:是不是今天修不完?"),
    ("repair_unfinished", "office_building_property", "repair-unfinished-reason", "客服:空调今天修不好。",
     "压缩机缺货,要等配件。", "好的。", "客服:要是今天修不好您再打来。"),
    ("repair_unfinished", "office_building_property", "repair-unfinished-date", "客服:空调暂时修不好。",
     "师傅明天下午两点再来一次。", "好的。", "客服:如果暂时修不好您再打来。"),
    ("promise_made", "office_tower_handbook", "promise-with-time", "客服:我问一下工程部,稍后给您回电话。",
     "下午三点以前给您回。", "好的。", "客服:不用给您回电话了吧?"),
    ("paid_service", "office_building_property", "paid-service-price", "客服:疏通管道是要收费的。",
     "收费标准是一次八十元。", "您看可以吗?", "客服:这一项不用收费。"),
    ("asked_about_tenant", "office_tower_handbook", "tenant-information-declined", "客户:请问王总住在几楼?",
     "抱歉,住户的信息不方便透露,我帮您联系他。", "您稍等。", "客户:请问餐厅在几楼?"),
    ("asked_for_data", "game_confidentiality", "account-holder-check", "客户:我的密码忘了。",
     "先核实一下您的注册手机。", "我给您重置。", "客户:活动什么时候开始?"),
    ("asked_for_data", "platform_confidentiality", "account-holder-check", "客户:帮我查一下我的账户余额。",
     "请您提供绑定的手机号核对一下。", "余额是三百。", "客户:怎么充值?"),
    ("asked_for_transfer", "hospital_enquiry", "transfer-announced", "客户:请帮我转一下专家门诊。",
     "好的,为您转接。", "他不在。", "客户:专家几点出诊?"),
]  # fmt: skip

PATIENT = ("patient_unwell", "hospital_callback", "patient-referral")


PRESETS = tuple(dict.fromkeys([*(story[1] for story in STORIES), PATIENT[1]]))


@lru_cache
def book() -> Rulebook:
    """The sets together, so that their words are indexed once. No id means two different things in them."""
    return load_rulebook(PRESETS)


def line(said: str) -> tuple[str, str]:
    who, _, text = said.partition(":")
    return ({"客户": "customer", "客服": "agent"}[who], text)


def verdict(rule: str, happens: str, answer: str, **about: Any) -> str:
    """What the rule comes to in a call in which that happens and is answered so; "" where it was not owed."""
    lines = [line(happens)]
    lines += [("agent", answer)] if lines[0][0] == "customer" else [("customer", "哦。"), ("agent", answer)]
    call = talk(("agent", GREETING), ("customer", "喂。"), *lines, ("customer", "嗯。"), *[("agent", "好。"), ("customer", "嗯。")] * 3, ("agent", CLOSING), **about)  # fmt: skip
    return next(c.verdict for c in find(call, book()).checks if c.rule == rule)


def is_sure(rule: str) -> bool:
    return next(r.is_sure for r in book().required_phrases() if r.id == rule)


def of_the_rules(call: Transcript) -> list[tuple[str, str]]:
    """Rule and words of the findings, without what the classifier proposes: it is measured by itself."""
    return [(f.rule, f.quote) for f in find(call, book()).findings if f.layer != "classifier"]


def test_every_condition_has_its_story() -> None:
    assert {story[0] for story in STORIES} | {PATIENT[0]} | ELSEWHERE == set(TRIGGERED)
    for story in STORIES:
        assert story[0] in {r.condition for r in book().required_phrases() if r.id == story[2]}


@pytest.mark.parametrize("story", STORIES, ids=[s[2] for s in STORIES])
def test_an_answer_that_is_due_is_found_and_one_that_is_not_it_is_missed(story: tuple[str, ...]) -> None:
    _, _, rule, happens, due, other, _ = story
    assert verdict(rule, happens, due) == "hit"
    missing = "absent" if is_sure(rule) else "cannot_tell"
    assert verdict(rule, happens, other) == missing


@pytest.mark.parametrize("story", STORIES, ids=[s[2] for s in STORIES])
def test_what_only_sounds_like_it_makes_nothing_owed(story: tuple[str, ...]) -> None:
    _, _, rule, _, _, other, innocent = story
    assert verdict(rule, innocent, other) == ""


def test_a_patient_who_feels_unwell_is_sent_to_the_doctor() -> None:
    about = {"kind": "callback_inpatient", "direction": "outbound"}
    rule = PATIENT[2]
    assert verdict(rule, "客户:伤口有点疼,还发烧。", "请您到医院找主治医生看看。", **about) == "hit"
    assert verdict(rule, "客户:伤口有点疼,还发烧。", "多喝水就行。", **about) == "cannot_tell"
    assert verdict(rule, "客户:伤口不疼,没有发烧。", "那就好。", **about) == ""


def test_where_only_the_act_is_asked_for_nothing_is_charged_and_the_step_says_why() -> None:
    call = talk(
        *[("agent", "您好,请问是李先生吗?"), ("customer", "是的。")],
        *[
            ("agent", "您好,我是物业客服,您昨天报修的灯,谢谢您的配合。"),
            ("customer", "嗯。"),
            ("agent", "再见。"),
        ],
        kind="callback_repair",
        direction="outbound",
    )
    found = [f for f in find(call, book()).findings if f.category == "survey"]
    assert {f.rule for f in found} == {
        *("repair-callback-attitude", "repair-callback-efficiency", "repair-callback-effect"),
        "repair-callback-satisfaction",
    }
    for finding in found:
        assert (finding.verdict, finding.points, finding.needs_review) == ("cannot_tell", 0, True)
        assert "不计分" in finding.steps[-1].zh
    assert any("条文要求这样做，没有规定原话" in f.steps[-1].zh for f in found)


def test_a_repair_callback_that_asks_all_four_questions_lacks_none() -> None:
    call = talk(
        *[("agent", "您好,请问是李先生吗?"), ("customer", "是的。")],
        *[("agent", "您好,我是物业客服,请问灯修好了吗?"), ("customer", "修好了。")],
        *[("agent", "师傅有没有按时到,服务态度怎么样?"), ("customer", "挺好的。")],
        *[("agent", "您对这次维修满意吗?"), ("customer", "满意。")],
        ("agent", "谢谢您的配合,再见。"),
        kind="callback_repair",
        direction="outbound",
    )
    assert of_the_rules(call) == []


ASKED = ("agent", "您好,请问是李先生吗?")
INTRODUCED = ("agent", "您好,我是市医院的回访员。")


@pytest.mark.parametrize(
    ("opening", "is_out_of_order", "word"),
    [
        ([ASKED, ("customer", "是的。"), INTRODUCED], False, ""),
        ([("customer", "喂?"), ASKED, ("customer", "嗯。"), INTRODUCED], False, ""),
        ([ASKED, ("unknown", "嗯。"), INTRODUCED], False, ""),
        ([INTRODUCED, ("customer", "哦。"), ASKED, ("customer", "是的。")], True, "才说"),
        ([("agent", f"{ASKED[1]}{INTRODUCED[1]}"), ("customer", "是的。")], True, "没有等对方回答"),
        ([INTRODUCED, ("customer", "哦。")], False, ""),
        ([ASKED, ("customer", "是的。")], False, ""),
    ],
    ids=["script", "hello first", "somebody answers", "the other way round", "no answer awaited", "not asked", "not introduced"],
)  # fmt: skip
def test_a_patient_is_asked_for_before_the_hospital_is_named(
    opening: list[tuple[str, str]], is_out_of_order: bool, word: str
) -> None:
    call = talk(*opening, ("agent", "您恢复得怎么样?"), ("customer", "好多了。"), kind="callback_inpatient", direction="outbound")  # fmt: skip
    found = [f for f in find(call, book()).findings if f.rule.endswith("introduction-order")]
    assert bool(found) is is_out_of_order
    for finding in found:
        assert (finding.verdict, finding.points, finding.layer) == ("cannot_tell", 0, "script")
        assert "E5.17" in finding.clauses
        assert word in finding.steps[1].zh


MIDDLE = [
    *[("agent", "最近天气凉了,您在家休息得好吗?"), ("customer", "挺好的。")],
    *[("agent", "您出院一个星期了,恢复得怎么样?"), ("customer", "好多了。")],
    *[("agent", "请您按时服药,饮食清淡,多休息。"), ("customer", "我记住了。")],
    *[("agent", "您对我们医院的服务满意吗?"), ("customer", "ANSWER")],
]
SATISFIED = (
    "很满意。",
    "非常感谢您对医院服务的认同,同时在以后的就诊中您有什么意见和建议,可以随时和我们客服沟通。",
)
DISSATISFIED = ("不太满意,等得太久。", "很抱歉我们有些环节的服务令您不满意,我们会认真对待您所提的意见!")
INPATIENT = (("agent", "您好!我是市人民医院的回访员。"), "谢谢您对我们医院的信任,祝您早日康复!再见!")
OUTPATIENT = (
    ("agent", "您好!打扰了,我是市人民医院的回访员。"),
    "非常感谢您的配合,谢谢您能给我们提出这些宝贵的意见,祝您身体健康!再见!",
)


@pytest.mark.parametrize(("answer", "reply"), [SATISFIED, DISSATISFIED], ids=["satisfied", "dissatisfied"])
@pytest.mark.parametrize(
    ("kind", "script"),
    [("callback_inpatient", INPATIENT), ("callback_outpatient", OUTPATIENT)],
    ids=["inpatient", "outpatient"],
)
def test_the_scripts_of_the_regulation_come_out_without_a_finding(
    kind: str, script: tuple[tuple[str, str], str], answer: str, reply: str
) -> None:
    call = talk(
        *[("agent", "您好!请问是李明小姐或先生吗?"), ("customer", "是的。"), script[0], ("customer", "哦。")],
        *[(who, text.replace("ANSWER", answer)) for who, text in MIDDLE],
        *[
            ("agent", reply),
            ("customer", "好。"),
            ("agent", "复诊可以在公众号上预约挂号。"),
            ("customer", "好。"),
        ],
        ("agent", script[1]),
        kind=kind,
        direction="outbound",
    )
    assert of_the_rules(call) == []
    steps = [c for c in find(call, book()).checks if c.category == "flow"]
    assert [c.verdict for c in steps] == ["hit"] * 8 + [""]

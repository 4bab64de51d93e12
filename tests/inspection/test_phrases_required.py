"""Required and conditional phrases: owed when the regulations say so, and explained when they are missing."""

from __future__ import annotations

from dataclasses import replace

import pytest

from inspection.phrases import find
from inspection.transcript import Segment, Transcript
from regulations.rulebook import load_rulebook
from tests.inspection.speaking import CLOSING, GREETING, department, missing, of_kind, shop, talk

QUESTION = ("customer", "我想问一下我的订单。")
ANSWER = ("agent", "您的订单已经发货了。")


def check_of(transcript: Transcript, rule: str):  # type: ignore[no-untyped-def]
    return next(c for c in find(transcript, department()).checks if c.rule == rule)


def test_a_call_as_it_should_be_lacks_nothing() -> None:
    call = talk(("agent", GREETING), QUESTION, ANSWER, ("agent", CLOSING))
    assert missing(call) == []
    assert {c.rule for c in find(call, department()).checks if c.verdict == "hit"} >= {
        "greeting-phone",
        "closing",
    }


class TestGreeting:
    def test_a_call_without_one_is_found(self) -> None:
        call = talk(("agent", "什么事?有什么可以帮您?"), QUESTION, ANSWER, ("agent", CLOSING))
        assert missing(call) == [("greeting", "absent")]

    def test_it_counts_in_the_agents_first_turn_after_the_customers_hello(self) -> None:
        call = talk(("customer", "喂?"), ("agent", GREETING), QUESTION, ("agent", CLOSING))
        assert missing(call) == []

    def test_said_only_long_after_the_beginning_it_is_missing_and_the_place_is_named(self) -> None:
        call = talk(
            ("agent", "什么事?有什么可以帮您?"), *[QUESTION, ANSWER] * 6, QUESTION, ("agent", f"您好。{CLOSING}")
        )  # fmt: skip
        (found,) = of_kind(call, "missing")
        assert found.category == "greeting"
        assert any("在此范围之外" in s.zh and "您好" in s.zh for s in found.steps)

    def test_on_the_telephone_nihao_satisfies_and_the_check_says_that_nobody_can_hear_the_difference(
        self,
    ) -> None:
        call = talk(("agent", "你好,客服中心,有什么可以帮您?"), QUESTION, ANSWER, ("agent", CLOSING))
        assert missing(call) == []
        check = check_of(call, "greeting-phone")
        assert check.verdict == "hit" and any("分不清" in s.zh for s in check.steps)
        assert (
            "请听录音" in check.steps[-1].zh
        )  # how near the sound is to either is shown, or that nobody asked

    def test_in_a_chat_nihao_does_not(self) -> None:
        call = talk(("agent", "你好,请问有什么可以帮您?"), ("customer", "在吗"), channel="chat", kind="chat")
        assert ("greeting", "absent") in missing(call, shop())

    @pytest.mark.parametrize("said", ["亲,在的哦", "在的亲", "您好", "亲亲,您好呀", "好的亲,马上查"])
    def test_in_the_shops_chat_qin_or_ninhao_satisfies(self, said: str) -> None:
        call = talk(("agent", said), ("customer", "在吗"), channel="chat", kind="chat")
        assert missing(call, shop()) == []

    @pytest.mark.parametrize("said", ["我会亲自处理", "您的父亲", "母亲节快乐", "态度亲切"])
    def test_qin_inside_a_word_is_no_address(self, said: str) -> None:
        call = talk(("agent", said), ("customer", "在吗"), channel="chat", kind="chat")
        assert ("greeting", "absent") in missing(call, shop())

    def test_a_site_can_do_without(self, tmp_path) -> None:  # type: ignore[no-untyped-def]
        site = tmp_path / "site.toml"
        site.write_text(
            '[call]\nrequire_greeting = { value = false, source = [], status = "product_choice" }\n',
            encoding="utf-8",
        )
        assert missing(talk(("agent", "什么事?"), ("agent", CLOSING)), load_rulebook(site=site)) == []


class TestClosing:
    RUDE = (("agent", GREETING), QUESTION, ANSWER, ("customer", "还有一个问题。"), ("agent", "自己查吧。"))

    def test_an_agent_who_hangs_up_without_one_is_found(self) -> None:
        assert missing(talk(*self.RUDE, hangup_by="agent")) == [("closing", "absent")]

    def test_it_is_not_owed_when_the_customer_hangs_up_first(self) -> None:
        call = talk(*self.RUDE, hangup_by="customer")
        assert missing(call) == []
        check = check_of(call, "closing")
        assert not check.applicable and "客户先挂机" in check.steps[-1].zh

    def test_said_all_the_same_it_counts(self) -> None:
        call = talk(("agent", GREETING), QUESTION, ("agent", CLOSING), hangup_by="customer")
        assert (check_of(call, "closing").verdict, check_of(call, "closing").applicable) == ("hit", True)

    def test_it_is_not_owed_in_a_call_that_was_cut_off(self) -> None:
        assert (
            missing(
                Transcript(
                    "c",
                    kind="inbound_service",
                    hangup_by="agent",
                    segments=(Segment("agent", 0, 3, GREETING),),
                )
            )
            == []
        )

    def test_it_is_not_owed_when_the_recording_breaks_off(self) -> None:
        assert missing(talk(*self.RUDE, hangup_by="agent", is_complete=False)) == []

    def test_when_nobody_knows_who_hung_up_the_explanation_says_so(self) -> None:
        (found,) = of_kind(talk(*self.RUDE, hangup_by="unknown"), "missing")
        assert any("不知道是谁先挂机" in s.zh for s in found.steps)


class TestHold:
    def test_a_long_silence_without_notice_is_found_where_it_begins(self) -> None:
        call = talk(
            ("agent", GREETING),
            QUESTION,
            ("agent", "嗯,我看看。"),
            14.0,
            ("customer", "喂,还在吗?"),
            9.0,
            ANSWER,
            ("agent", CLOSING),
        )
        (found,) = of_kind(call, "missing")
        assert (found.category, found.verdict, found.segment) == ("hold_notice", "absent", 2)

    @pytest.mark.parametrize("notice", ["请稍等,我查一下。", "您稍等。", "请您稍等,大概半分钟。"])
    def test_with_notice_it_is_not(self, notice: str) -> None:
        call = talk(
            ("agent", GREETING),
            QUESTION,
            ("agent", notice),
            ("customer", "好的。"),
            22.0,
            ANSWER,
            ("agent", CLOSING),
        )
        assert missing(call) == []

    def test_a_notice_at_another_time_does_not_help(self) -> None:
        call = talk(
            ("agent", GREETING + "请稍等。"), QUESTION, ANSWER, QUESTION, ANSWER, QUESTION, ANSWER, QUESTION, ANSWER, ("agent", "我看看。"), 20.0,
            ANSWER, ("agent", CLOSING),
        )  # fmt: skip
        assert missing(call) == [("hold_notice", "absent")]

    def test_a_customer_who_speaks_for_long_is_no_hold(self) -> None:
        call = talk(("agent", GREETING), ("customer", "我" * 200), ANSWER, ("agent", CLOSING))
        assert missing(call) == []

    def test_a_customer_who_looks_for_his_number_is_no_hold(self) -> None:
        call = talk(
            ("agent", GREETING),
            QUESTION,
            ("agent", "请问您有订单号吗?"),
            20.0,
            ("customer", "一二三四。"),
            ANSWER,
            ("agent", CLOSING),
        )
        assert missing(call) == []

    def test_a_short_pause_is_no_hold(self) -> None:
        call = talk(("agent", GREETING), QUESTION, ("agent", "我看看。"), 5.0, ANSWER, ("agent", CLOSING))
        assert missing(call) == []


class TestTriggers:
    @pytest.mark.parametrize(
        ("heard", "kind", "direction", "category", "good"),
        [
            (
                "你的服务态度真好。",
                "inbound_service",
                "inbound",
                "praise_reply",
                "谢谢您的夸奖,这是我应该做的事情。",
            ),
            (
                "我不满意。",
                "callback_outpatient",
                "outbound",
                "apology",
                "很抱歉,我们会认真对待您所提的意见。",
            ),
            ("非常满意。", "callback_inpatient", "outbound", "thanks", "非常感谢您对医院服务的认同。"),
        ],
    )
    def test_what_the_customer_says_calls_for_an_answer(
        self, heard: str, kind: str, direction: str, category: str, good: str
    ) -> None:
        def call(answer: str) -> list[tuple[str, str]]:
            conversation = talk(
                ("agent", "您好,打扰了,请问是王先生吗?"), ("customer", "是的。"), ("agent", "您好,我是人民医院的,有什么可以帮您?"),
                ("customer", heard), ("agent", answer), ("customer", "嗯。"),
                ("agent", "好的。"), ("customer", "嗯。"),
                ("agent", "谢谢您对我们医院的信任,非常感谢您的配合,祝您早日康复,祝您身体健康,再见。"),
                kind=kind, direction=direction,
            )  # fmt: skip
            return missing(conversation)

        assert (category, "absent") in call("好的。")
        assert (category, "absent") not in call(good)

    @pytest.mark.parametrize("heard", ["你态度不好。", "服务算不上态度好。", "我很着急。"])
    def test_what_is_no_praise_calls_for_no_thanks(self, heard: str) -> None:
        call = talk(("agent", GREETING), ("customer", heard), ANSWER, ("agent", CLOSING))
        assert ("praise_reply", "absent") not in missing(call)

    def test_an_agent_who_did_not_understand_asks_politely(self) -> None:
        rude = talk(
            ("agent", GREETING), QUESTION, ("agent", "没听清。"), QUESTION, ANSWER, ("agent", CLOSING)
        )
        kind = talk(
            ("agent", GREETING),
            QUESTION,
            ("agent", "对不起,没听清,请您再说一遍,好吗?"),
            QUESTION,
            ANSWER,
            ("agent", CLOSING),
        )
        assert missing(rude) == [("clarification", "absent")]
        assert missing(kind) == []

    def test_an_agent_who_does_not_know_apologises_first(self) -> None:
        rude = talk(
            ("agent", GREETING),
            QUESTION,
            ("agent", "这个我不清楚。"),
            ("customer", "哦。"),
            ANSWER,
            ("agent", CLOSING),
        )
        kind = talk(
            ("agent", GREETING),
            QUESTION,
            ("agent", "对不起,这个我不清楚,我查一下。"),
            ("customer", "哦。"),
            ("agent", CLOSING),
        )
        assert missing(rude) == [("apology", "absent")]
        assert missing(kind) == []

    def test_a_customer_who_hangs_up_after_his_words_leaves_nobody_to_answer(self) -> None:
        call = talk(
            ("agent", GREETING),
            ANSWER,
            ("agent", CLOSING),
            ("customer", "你态度真好。"),
            hangup_by="customer",
        )
        assert missing(call) == []


class TestMeant:
    """What calls for an answer only if it is meant, and not taken back, asked or repeated."""

    @staticmethod
    def praise(heard: str, *more: tuple[str, str]) -> str:
        call = talk(("agent", GREETING), ("customer", heard), ANSWER, *more, ("agent", CLOSING))
        verdict: str = check_of(call, "praise-reply").verdict
        return verdict

    @pytest.mark.parametrize(
        ("heard", "verdict"),
        [
            ("你态度真好。", "absent"),
            ("你们服务态度特别好,服务很好。", "absent"),  # 特别 is no 别
            ("你的服务不是很好。", ""),
            ("我没有说你态度好。", ""),
            ("你觉得你态度好吗?", ""),
            ("你态度好?", ""),
            ("你态度真好啊。", "cannot_tell"),  # perhaps ironical
            ("听说你们服务很好。", "cannot_tell"),  # somebody else's words
            ("他说你们服务很好,是吗?", "cannot_tell"),
        ],
    )
    def test_praise(self, heard: str, verdict: str) -> None:
        assert self.praise(heard) == verdict
        listed = verdict == "absent"
        call = talk(("agent", GREETING), ("customer", heard), ANSWER, ("agent", CLOSING))
        assert (("praise_reply", "absent") in missing(call)) is listed

    def test_praise_of_somebody_who_is_dissatisfied_may_be_mockery(self) -> None:
        assert self.praise("你态度真好。", ("customer", "我对你们很不满。")) == "cannot_tell"

    def test_thanked_all_the_same_it_counts(self) -> None:
        assert self.praise("你态度真好啊。", ("agent", "谢谢您的夸奖。")) == "hit"

    @pytest.mark.parametrize(
        "heard",
        ["我不满意。", "我不太满意。", "没有特别不满意。", "您满意吗?", "一般吧。", "是满意度调查吧,你说。"],
    )
    def test_what_is_no_satisfaction_calls_for_no_thanks(self, heard: str) -> None:
        call = talk(
            ("agent", "您好,请问是王先生吗?"), ("customer", heard), ANSWER, ("agent", CLOSING), kind="callback_inpatient",
            direction="outbound",
        )  # fmt: skip
        assert not check_of(call, "patient-satisfied").applicable

    def test_what_an_agent_did_not_understand_is_always_what_was_said(self) -> None:
        call = talk(
            ("agent", GREETING), QUESTION, ("agent", "您刚才说的我没听清。"), QUESTION, ("agent", CLOSING)
        )
        assert ("clarification", "absent") in missing(call)


class TestEnd:
    """Who hung up decides what could still be said; where nobody knows, the explanation says so and a person looks."""

    LINES = (("agent", GREETING), QUESTION, ANSWER, ("agent", CLOSING), ("customer", "你态度真好。"))

    @pytest.mark.parametrize(
        ("hangup_by", "verdict", "is_noted"),
        [("customer", "", False), ("agent", "absent", False), ("unknown", "absent", True)],
    )
    def test_praise_as_the_last_words(self, hangup_by: str, verdict: str, is_noted: bool) -> None:
        call = talk(*self.LINES, hangup_by=hangup_by)
        check = check_of(call, "praise-reply")
        assert check.verdict == verdict
        assert any("不知道是谁先挂机" in s.zh for s in check.steps) is is_noted
        assert all(f.needs_review for f in of_kind(call, "missing"))


class TestHospital:
    def test_the_script_as_written_lacks_nothing(self) -> None:
        call = talk(
            ("customer", "喂?"), ("agent", "您好,请问是陈先生吗?"), ("customer", "是的。"), ("agent", "您好,打扰了,我是人民医院的回访员。"),
            ("customer", "好。"), ("agent", "非常感谢您的配合,谢谢您能给我们提出这些宝贵的意见,祝您身体健康,再见。"),
            kind="callback_outpatient", direction="outbound",
        )  # fmt: skip
        assert missing(call) == []

    def test_each_step_left_out_is_named(self) -> None:
        call = talk(
            ("customer", "喂?"), ("agent", "您好,身体怎么样?"), ("customer", "还好,就是晚上有一点咳嗽。"), ("agent", "好的,再见。"),
            kind="callback_outpatient", direction="outbound",
        )  # fmt: skip
        assert {c for c, v in missing(call) if v == "absent"} == {
            "name_check",
            "self_intro",
            "disturbance",
            "thanks",
            "wish",
        }

    def test_the_outpatient_wish_is_not_the_inpatient_one_but_it_is_a_wish(self) -> None:
        call = talk(
            ("agent", "您好,请问是陈先生吗?"), ("customer", "是。"), ("agent", "我是医院的。"), ("customer", "嗯。"),
            ("agent", "谢谢您对我们医院的信任,祝您身体健康,再见。"), kind="callback_inpatient", direction="outbound",
        )  # fmt: skip
        assert missing(call) == [("wish", "cannot_tell")]


class TestExplanation:
    def test_it_names_the_window_the_seconds_of_speech_and_the_nearest_near_miss(self) -> None:
        (found,) = of_kind(
            talk(("agent", "什么事?有什么可以帮您?"), QUESTION, ANSWER, ("agent", CLOSING)), "missing"
        )
        text = " ".join(s.zh for s in found.steps)
        assert "开场：从客服第一句话（0.0 秒）到 25.0 秒" in text and "客服说话" in text
        assert "最接近" in text or "没有相近" in text
        assert "置信度" not in text  # nobody told how surely the words were recognised
        assert found.clauses and found.steps[0].clause == found.clauses[0]
        assert found.points == 5 and found.quote == ""

    def test_it_names_the_lowest_confidence_in_the_window(self) -> None:
        call = talk(("agent", "什么事?有什么可以帮您?"), QUESTION, ANSWER, ("agent", CLOSING))
        segments = [
            replace(s, confidence=c) for s, c in zip(call.segments, (0.9, 0.2, 0.7, 0.8), strict=True)
        ]
        (found,) = of_kind(replace(call, segments=tuple(segments)), "missing")
        assert found.verdict == "absent"
        assert any("置信度最低 70%" in s.zh for s in found.steps)

    def test_a_near_miss_on_the_telephone_is_left_to_a_person(self) -> None:
        call = talk(
            ("agent", "您好,请问是陈先生吗?"), ("customer", "是。"), ("agent", "我是医院的。"), ("customer", "嗯。"),
            ("agent", "谢谢您对我们医院的信任,祝您早日健复,再见。"), kind="callback_inpatient", direction="outbound",
        )  # fmt: skip
        (found,) = [f for f in of_kind(call, "missing") if f.layer == "exact"]
        assert (found.category, found.verdict, found.points) == ("wish", "cannot_tell", 0)
        assert any("祝您早日健复" in s.zh and "83%" in s.zh for s in found.steps)


class TestUnknownSpeakers:
    def test_what_depends_on_the_speaker_is_left_open(self) -> None:
        call = talk(("unknown", "什么事?"), ("unknown", "我的订单。"), ("unknown", "发货了,好吧,就到这里。"))
        assert {v for _, v in missing(call)} == {"cannot_tell"}
        assert all(f.points == 0 and f.needs_review for f in of_kind(call, "missing"))

    def test_what_somebody_said_is_noted_and_nobody_is_charged(self) -> None:
        call = talk(("unknown", GREETING), ("unknown", "我的订单。"), ("unknown", CLOSING))
        assert missing(call) == []
        assert check_of(call, "greeting-phone").verdict == "cannot_tell"


class TestNothingToJudge:
    def test_a_silent_recording_owes_nothing(self) -> None:
        found = find(Transcript("c", hangup_by="agent", duration_seconds=12), department())
        assert found.findings == ()
        assert not any(c.applicable for c in found.checks)

    def test_an_agent_channel_without_speech_is_left_open(self) -> None:
        assert {v for _, v in missing(talk(("customer", "喂?"), ("customer", "有人吗?你好!")))} == {
            "cannot_tell"
        }


def test_only_rules_of_this_channel_direction_and_kind_are_checked() -> None:
    rules = {c.rule for c in find(talk(("agent", GREETING)), department()).checks}
    assert (
        "patient-name-check" not in rules and "greeting-chat" not in rules and "outbound-thanks" not in rules
    )
    assert {"greeting-phone", "closing", "inbound-identification"} <= rules


def test_a_phrase_that_a_site_lets_count_when_nearly_right_counts(tmp_path) -> None:  # type: ignore[no-untyped-def]
    site = tmp_path / "site.toml"
    site.write_text(
        '[[phrase.required]]\nid = "wish"\ncategory = "wish"\ntexts = ["祝您生活愉快"]\nphase = "closing"\nmatch = "fuzzy"\nsource = []\nstatus = "product_choice"\n',
        encoding="utf-8",
    )
    book = load_rulebook(site=site)
    assert missing(talk(("agent", GREETING), QUESTION, ("agent", "祝您生活愉悦,再见。")), book) == []
    assert missing(talk(("agent", GREETING), QUESTION, ("agent", "再见。")), book) == [("wish", "absent")]

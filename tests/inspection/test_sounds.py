"""Banned wording by its sound: proposed where a recogniser may have misspelt it, and polite talk is left alone."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inspection.text.sounds import SoundIndex, is_distinct, one_wrong
from inspection.text.syllables import sound_of
from inspection.text.tracks import Track
from inspection.text.wording import normalise
from inspection.transcript import Segment
from regulations.values import PhraseRule
from tests.inspection.speaking import agent_says, listed


def sounds_like(said: str, *texts: str, allow: tuple[str, ...] = (), by_sound: bool = True) -> list[str]:
    rule = PhraseRule("r", "banned", "cold", texts, allow=allow, by_sound=by_sound)
    track = Track([(0, Segment("agent", 0, 9, said))], 2.5)
    return [track.place(h.start, h.end).quote for h in SoundIndex([rule]).find(track)]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("你", "里"), ("是", "四"), ("知", "资"), ("吃", "次"), ("您", "林"), ("经", "金"), ("朋", "盆"), ("放", "饭"),
        ("飞", "灰"), ("父", "户"), ("发", "花"), ("方", "黄"), ("房", "环"), ("妈", "骂"), ("3", "三"), ("１", "伊"),
    ],
)  # fmt: skip
def test_sounds_that_dialects_and_telephones_mix_up_are_one(one: str, other: str) -> None:
    assert sound_of(normalise(one).text) == sound_of(normalise(other).text)


@pytest.mark.parametrize(("one", "other"), [("滚", "关"), ("骂", "闹"), ("投", "偷偷"), ("a", "啊")])
def test_other_sounds_stay_apart(one: str, other: str) -> None:
    assert sound_of(one) != sound_of(other)


@pytest.mark.parametrize(
    ("said", "text", "quote"),
    [
        ("油完没完", "有完没完", "油完没完"),
        ("请这部归我馆。", "这不归我管", "这部归我馆"),
        ("真是神金病", "神经病", "神金病"),
        ("你给我混出去,行吗", "你给我滚出去", "你给我混出去"),  # 滚 misheard: one syllable of six
        ("你找别部门问去", "你找别的部门问去", "你找别部门问去"),  # 的 lost
        ("你去问别的人家去", "你去问别人家去", "你去问别的人家去"),  # 的 put in
    ],
)
def test_what_sounds_like_it_is_proposed(said: str, text: str, quote: str) -> None:
    assert sounds_like(said, text) == [quote]


@pytest.mark.parametrize(
    ("said", "text"),
    [
        ("有完没完", "有完没完"),  # spelt so: the exact layer has it
        ("这归我馆", "这不归我管"),  # the no is gone: the opposite
        ("是的是的", "是的吗"),  # three of the commonest syllables
        ("我们给您办", "我们没给您办"),
        ("有完。没玩", "有完没完"),  # two sentences
        ("我馆", "我管"),  # too short
    ],
)
def test_what_does_not_is_not(said: str, text: str) -> None:
    assert sounds_like(said, text) == []


def test_harmless_wording_is_harmless_by_its_sound_too_and_a_rule_may_forgo_sounds() -> None:
    assert sounds_like("他吗的店话", "他妈的店", allow=("他妈的电话",)) == []
    assert sounds_like("油完没完", "有完没完", by_sound=False) == []


def test_texts_need_three_syllables_or_four_common_ones() -> None:
    assert [is_distinct(sound_of(t)) for t in ("滚开", "神经病", "是不是", "我是不是")] == [
        False, True, False, True,
    ]  # fmt: skip


@settings(max_examples=300)
@given(st.text("abc", min_size=2, max_size=5), st.text("abcd", max_size=9), st.integers(0, 3))
def test_one_wrong_takes_what_one_edit_makes_of_it(wanted: str, said: str, at: int) -> None:
    taken = one_wrong(wanted, said, at)
    part = said[at : at + taken]
    edits = {wanted[:i] + c + wanted[i + 1 :] for i in range(len(wanted) - 1) for c in "abcd"}
    edits |= {wanted[:i] + wanted[i + 1 :] for i in range(len(wanted) - 1)}
    edits |= {wanted[:i] + c + wanted[i:] for i in range(len(wanted)) for c in "abcd"}
    if taken:
        assert part in edits
    elif not said.startswith(wanted[:-1], at):
        # Nothing taken: nothing of the right shape stands there.
        assert not any(said.startswith(edit, at) for edit in edits)


def test_a_sound_costs_nothing_and_says_what_it_sounds_like() -> None:
    (found,) = listed(agent_says("这部归我馆。"))
    assert (found.layer, found.verdict, found.points, found.needs_review) == ("sound", "cannot_tell", 0, True)
    assert any("不归我管" in s.zh and "不归我管" in s.en for s in found.steps)


POLITE = [
    "您好,这里是客服中心,工号一零二四,请问有什么可以帮您?",
    "好的,请您稍等,我帮您查一下订单的物流情况。",
    "让您久等了,系统显示您的包裹今天下午派送。",
    "非常抱歉给您带来不便,我马上为您登记报修。",
    "师傅上门之前会给您打电话,请您保持手机畅通。",
    "您的意见我已经记录,三个工作日之内给您回复。",
    "请问您是张先生吗?我是医院的回访员,打扰您了。",
    "出院以后恢复得怎么样?饮食上请注意清淡。",
    "发票可以开电子的,您提供一下抬头和税号。",
    "如果还有其他问题,欢迎您随时来电,祝您生活愉快,再见。",
    "退款一般一到三个工作日原路退回,请您留意。",
    "不好意思刚才信号不好,您能再说一遍吗?",
    "您看这样处理可以吗?还有什么不明白的您尽管问。",
    "这个活动到月底结束,具体以页面为准。",
    "我先帮您把电梯故障报给工程部,半小时内有人到场。",
]


@pytest.mark.parametrize("said", POLITE)
def test_polite_talk_does_not_light_up(said: str) -> None:
    assert [(f.rule, f.layer, f.quote) for f in listed(agent_says(said))] == []

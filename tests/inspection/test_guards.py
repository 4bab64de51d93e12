"""What the words around a banned phrase make of it: sure, open, or nothing."""

from __future__ import annotations

import pytest

from inspection.banned.guards import look
from inspection.limits import limits_of
from inspection.text.tracks import Track
from inspection.transcript import Segment
from regulations.rulebook import load_rulebook
from regulations.values import PhraseRule

LIMITS = limits_of(load_rulebook())


def judged(said: str, text: str, category: str = "shirking") -> str:
    """sure, open or nothing, for the last place of the text in what the agent said."""
    *before, last = said.split("|")  # | is a pause between two utterances
    pieces = [(i, Segment("agent", i * 5.0, i * 5.0 + 4, piece)) for i, piece in enumerate([*before, last])]
    track = Track(pieces, 2.5)
    start = track.text.rindex(text)
    rule = PhraseRule("r", "banned", category, (text,))
    doubt = look(track, start, start + len(text), rule, LIMITS)
    if doubt is None:
        return "sure"
    assert doubt.step.zh and doubt.step.en
    return "nothing" if doubt.is_innocent else "open"


@pytest.mark.parametrize(
    ("said", "text"),
    [
        ("您刚才说客服告诉您这不归我管", "不归我管"),
        ("我同事说不归我管", "不归我管"),
        ("我问了窗口,他说不归我管", "不归我管"),
        ("领导说不归我管", "不归我管"),
        ("您说您这不归我管", "不归我管"),
        ("网上说你自己想办法就行", "自己想办法"),
        ("所谓不归我管,指的是另一个部门", "不归我管"),
        ("您说的是|不归我管吗", "不归我管"),
        ("同事叫他自己想办法", "自己想办法"),
        ("刚才同事跟您讲过了。|不归我管", "不归我管"),
        ("不归我管|他怎么能这么说呢", "不归我管"),
        ("我给您复述一下|不归我管", "不归我管"),
        ("怎么会不归我管呢", "不归我管"),
    ],
)
def test_somebody_elses_words_and_doings_are_left_open(said: str, text: str) -> None:
    assert judged(said, text) == "open"


@pytest.mark.parametrize(
    ("said", "text", "category"),
    [
        ("客户反映窗口的人讲不归我管", "不归我管", "shirking"),
        ("刚才那位同事说不归我管", "不归我管", "shirking"),
        ("他写的是“不归我管”", "不归我管", "shirking"),
        ("那个人喊“不归我管,快走”,是吗", "不归我管", "shirking"),
        ("您说店员讲不归我管", "不归我管", "shirking"),
        ("前台叫您闭嘴,对不起", "闭嘴", "profanity"),
        ("对不起,他不该跟您讲“不归我管”", "不归我管", "shirking"),
        ("有人冒充客服要好处费,那是诈骗", "好处费", "favours"),
    ],
)
def test_what_is_certainly_somebody_elses_is_nothing(said: str, text: str, category: str) -> None:
    assert judged(said, text, category) == "nothing"


@pytest.mark.parametrize(
    ("said", "text", "category"),
    [
        ("您这都过了时间了你有完没完", "有完没完", "impatience"),
        ("行了行了你是不是傻", "你是不是傻", "insult"),
    ],
)
def test_unpunctuated_abuse_late_in_a_sentence_is_sure(said: str, text: str, category: str) -> None:
    assert judged(said, text, category) == "sure"


@pytest.mark.parametrize(
    "said",
    [
        "您说得对,但是不归我管",
        "我跟您说不归我管",
        "我刚才跟你讲了不归我管",
        "您先听我说,不归我管",
        "你问的这个,不归我管",
        "您有什么话要说?不归我管",
        "长话短说,不归我管",
        "你跟谁喊呢,不归我管",
    ],
)
def test_the_agents_own_words_stay_sure_beside_what_looks_like_a_quotation(said: str) -> None:
    assert judged(said, "不归我管") == "sure"


@pytest.mark.parametrize(
    ("said", "text", "category"),
    [
        ("我们绝不会让您自己想办法", "自己想办法", "shirking"),
        ("不会让你自己想办法的", "你自己想办法", "shirking"),
        ("这次不用您自己解决", "自己解决", "shirking"),
        ("这个我不敢打包票", "打包票", "unauthorised_promise"),
        ("时间上我没办法给您打包票", "打包票", "unauthorised_promise"),
        ("这不能告诉您她的电话是多少", "她的电话是", "disclosure"),
    ],
)
def test_what_can_only_be_a_denial_is_nothing(said: str, text: str, category: str) -> None:
    assert judged(said, text, category) == "nothing"


@pytest.mark.parametrize(
    ("said", "text", "category"),
    [
        ("不是不让您自己想办法", "自己想办法", "shirking"),
        ("不会不让您自己想办法", "自己想办法", "shirking"),
        ("为什么不用您自己解决", "自己解决", "shirking"),
        ("不是不归我管", "不归我管", "shirking"),
        ("没有不归我管这回事", "不归我管", "shirking"),
        ("我们从来不收好处费", "好处费", "favours"),
        ("没有任何人可以要辛苦费", "辛苦费", "favours"),
        ("难道不能打包票吗", "打包票", "unauthorised_promise"),
    ],
)
def test_a_denial_that_could_mean_either_is_left_open(said: str, text: str, category: str) -> None:
    assert judged(said, text, category) == "open"


@pytest.mark.parametrize(
    "said",
    ["没有,不归我管", "不用等了,不归我管", "你生不生气,不归我管", "不好意思不归我管", "没事没事,不归我管"],
)
def test_a_no_that_belongs_elsewhere_excuses_nothing(said: str) -> None:
    assert judged(said, "不归我管") == "sure"


@pytest.mark.parametrize(
    ("said", "text", "category", "expected"),
    [
        ("您是说不归我管吗", "不归我管", "shirking", "open"),
        ("您的意思是不归我管", "不归我管", "shirking", "open"),
        ("有没有人跟您说不归我管", "不归我管", "shirking", "open"),
        ("是谁跟您说不归我管的", "不归我管", "shirking", "open"),
        ("是不是不归我管", "不归我管", "shirking", "open"),
        ("你懂不懂", "你懂不懂", "mockery", "sure"),
        ("你是不是听不懂人话", "听不懂人话", "insult", "sure"),
        ("你有没有素质啊,有完没完", "有完没完", "impatience", "sure"),
    ],
)
def test_a_question_about_the_words_is_open_and_abuse_that_asks_is_abuse(
    said: str, text: str, category: str, expected: str
) -> None:
    assert judged(said, text, category) == expected


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("您的同事讲不归我管是不对的", "nothing"),
        ("不归我管这种话我们不会再讲", "open"),
        ("公司不允许讲不归我管", "nothing"),
        ("禁止说不归我管", "nothing"),
        ("培训要求我们不能讲不归我管", "open"),
        ("不归我管,抱歉", "sure"),
        ("对不起,不归我管", "sure"),
    ],
)
def test_who_condemns_the_wording_does_not_use_it_and_an_apology_condemns_nothing(
    said: str, expected: str
) -> None:
    assert judged(said, "不归我管") == expected


@pytest.mark.parametrize(
    ("said", "text", "category", "expected"),
    [
        ("如果有人跟您说打包票,别信", "打包票", "unauthorised_promise", "open"),
        ("遇到骗子说打包票", "打包票", "unauthorised_promise", "nothing"),
        ("凡是要好处费的都是骗子", "好处费", "favours", "open"),
        ("广告里的包治百病千万不要信", "包治百病", "exaggeration", "open"),
        ("如果觉得不归我管", "不归我管", "shirking", "open"),
        ("如果你不满意,不归我管", "不归我管", "shirking", "sure"),
        ("标题是没完没了", "没完没了", "impatience", "open"),
        ("片名叫做混蛋", "混蛋", "profanity", "open"),
        ("那本《混蛋》还有货", "混蛋", "profanity", "open"),
        ("我真是脑子进水了", "脑子进水", "insult", "open"),
        ("你真是脑子进水了", "脑子进水", "insult", "sure"),
        ("闭嘴胶带有货", "闭嘴", "profanity", "open"),
        ("闭嘴吧你", "闭嘴", "profanity", "sure"),
        ("这不归我。管他呢", "不归我管", "shirking", "open"),
    ],
)
def test_suppositions_warnings_titles_oneself_other_words_and_sentence_ends_are_open(
    said: str, text: str, category: str, expected: str
) -> None:
    assert judged(said, text, category) == expected


def test_a_guard_reaches_over_a_short_pause() -> None:
    assert judged("刚才同事跟您讲|不归我管", "不归我管") == "open"
    assert judged("您先等一下。|不归我管", "不归我管") == "sure"


TOLD = [
    "{},这是您爱人当时的原话吗", "我对{}这个回复感到抱歉", "以前确实有人答{},现在改了", "您打错字了,打成了{}",
    "名片上印着{}", "打电话过来的人开口就是{}", "这条{}的评论已经删除", "收到一条匿名信息:{}", "公司最忌讳的就是{}",
    "{}?没有这回事,您放心", "听到{}谁都会不舒服", "{}是我们的服务禁语", "邻居跟保安吵架时吼了{}", "什么{},您从哪听来的",
    "聊天记录里确实有{}几个字", "系统自动回复的{}是设置错误", "我再笨也不至于说{}", "谁也不会跟您说{}",
    "您刚刚骂我{},我可以理解", "我的同事用{}搪塞您是不应该的",
]  # fmt: skip
SAID = [
    "{}",
    "{},你听见没有",
    "我跟您说,{}",
    "唉,{}啊",
    "我告诉你{}",
    "不是我说你,{}",
    "都说了{}",
    "喂,{}吧",
    "{},挂了",
]


@pytest.mark.parametrize("sentence", TOLD)
def test_wording_that_is_told_about_is_never_sure(sentence: str) -> None:
    assert judged(sentence.format("给点好处"), "给点好处", "favours") != "sure"


@pytest.mark.parametrize("sentence", SAID)
def test_wording_that_is_said_stays_sure(sentence: str) -> None:
    assert judged(sentence.format("给点好处"), "给点好处", "favours") == "sure"

"""Banned wording: found in the agent's speech, and only there, and not in what merely looks like it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import pytest

from inspection.findings import Finding
from inspection.phrases import find
from inspection.transcript import Segment, Transcript, normalise
from regulations.rulebook import Rulebook, load_rulebook
from tests.inspection.speaking import CLOSING, GREETING, agent_says, department, listed, shop, talk

RULES = load_rulebook().banned_phrases()
PLAIN = [
    rule
    for rule in RULES
    if not (rule.channels or rule.contact_kinds or rule.directions or rule.only or rule.unless)
    and (rule.times, rule.phase, rule.speaker) == (1, "any", "agent")
    and (rule.category != "idle_chat" or rule.severity in ("high", "critical"))
]
TEXTS = [(rule, text) for rule in PLAIN for text in rule.texts]
ALLOWED = [(rule, text) for rule in PLAIN for text in rule.allow]


def banned(transcript: Transcript, book: Rulebook | None = None) -> list[tuple[str, str, str]]:
    """(category, verdict, quote) of what the lists find."""
    return [(f.category, f.verdict, f.quote) for f in listed(transcript, book)]


def each_by_itself(texts: Iterable[str], speaker: str = "agent") -> dict[int, list[Finding]]:
    """The banned findings of a contact in which every text is said after a long pause, by the number of the text."""
    segments = tuple(Segment(speaker, 10 * i, 10 * i + 3, f"{text}。") for i, text in enumerate(texts))
    found: dict[int, list[Finding]] = {i: [] for i in range(len(segments))}
    for finding in listed(Transcript("c", segments=segments)):
        assert finding.segment is not None
        found[finding.segment].append(finding)
    return found


def test_every_banned_text_is_found_when_the_agent_says_it_and_is_sure_only_if_its_rule_is() -> None:
    assert len(TEXTS) >= 60
    found = each_by_itself(text for _, text in TEXTS)
    by_id = {rule.id: rule for rule in RULES}
    for i, (rule, text) in enumerate(TEXTS):
        exact = [f for f in found[i] if f.layer == "exact"]
        its = by_id[exact[0].rule]
        # What only proposes makes way for a sure text inside of it.
        if rule.is_sure or not its.is_sure:
            assert [normalise(f.quote).text for f in exact] == [normalise(text).text], (
                rule.id,
                text,
                found[i],
            )
        assert exact[0].clauses == its.clauses
        if its is not rule and not rule.is_sure:
            continue
        if not its.is_sure:
            assert (exact[0].verdict, exact[0].points) == ("cannot_tell", 0), text
        else:
            assert (exact[0].verdict, exact[0].points) == ("hit", its.points), (text, exact[0].steps)


def test_no_banned_text_counts_when_the_customer_says_it() -> None:
    found = each_by_itself((text for _, text in TEXTS), "customer")
    assert not any(found.values())


@pytest.mark.parametrize(
    ("said", "is_hit"),
    [
        ("您闭嘴。", True),
        ("您闭嘴咬一下，看看上下牙疼不疼。", False),  # the look-alike covers the shorter text: 闭嘴咬
        ("那就随便你。", True),
        ("随便你，反正就这样。", True),
        ("随便你周六周日都可以来。", False),
        ("随便你们几点到都行。", False),
    ],
)
def test_a_phrase_that_goes_on_as_something_kind_is_not_charged(said: str, is_hit: bool) -> None:
    verdicts = {verdict for _, verdict, _ in banned(agent_says(said))}
    assert ("hit" in verdicts) is is_hit


def test_no_harmless_look_alike_of_the_rulebook_is_charged_by_its_own_rule() -> None:
    found = each_by_itself(text + "一些" for _, text in ALLOWED)
    charged = [
        (rule.id, text)
        for i, (rule, text) in enumerate(ALLOWED)
        if any(f.rule == rule.id and f.verdict == "hit" for f in found[i])
    ]
    assert charged == []


@pytest.mark.parametrize(
    "polite",
    [
        "这归我管,我来帮您处理。",  # shirking
        "我们一起想办法。",  # shirking
        "我刚才说的您听清楚了吗?",  # impatience
        "您别着急,慢慢说。",  # impatience
        "随时为您服务,时间随您方便。",  # cold
        "您可以向我们主管投诉。",  # confrontation
        "您想怎么处理都可以。",  # confrontation
        "请问您懂得怎么操作吗?",  # mockery
        "请您挂神经内科的号。",  # insult
        "他妈妈的电话打不通。",  # profanity
        "滚筒洗衣机和滚动条都正常。",  # profanity
        "请含着体温计,闭上嘴巴。",  # profanity
        "我保证尽快回复您。",  # promise
        "这款不一定能退,要看检测结果。",  # promise
        "这款的效果因人而异。",  # exaggeration
        "发票和红包券一起寄给您。",  # favours
        "请问他住在哪个小区?",  # disclosure
        "请问他的电话是多少?",  # disclosure
        "我们公司就在附近。",  # harms the company
        "我会亲自转告,您的父亲和母亲请放心。",  # 亲
        "听上去你好像很着急。",  # 你好
    ],
)
def test_a_polite_sentence_that_looks_like_it_is_left_alone(polite: str) -> None:
    assert banned(agent_says(polite)) == []


@pytest.mark.parametrize(
    ("said", "quote"),
    [
        ("这,不归我管!", "这,不归我管"),
        ("这不归、嗯、我管。", "这不归、嗯、我管"),
        ("這不歸我管。", "這不歸我管"),
        ("这 不 归 我 管", "这 不 归 我 管"),
        ("有完…没完", "有完…没完"),
    ],
)
def test_punctuation_fillers_blanks_and_traditional_characters_hide_nothing(said: str, quote: str) -> None:
    assert [q for _, verdict, q in banned(agent_says(said)) if verdict == "hit"] == [quote]


def test_a_phrase_with_a_pause_inside_is_found_across_two_segments() -> None:
    segments = (Segment("agent", 0, 1, "您好,这不"), Segment("agent", 2.5, 4, "归我管。"))
    (found,) = listed(Transcript("c", segments=segments))
    assert (found.segment, found.quote, found.verdict) == (0, "这不归我管", "hit")
    assert found.start == pytest.approx(0.5)
    assert found.end == pytest.approx(4.0)


def test_two_halves_that_lie_far_apart_are_no_phrase() -> None:
    segments = (Segment("agent", 0, 1, "这不"), Segment("agent", 9, 10, "归我管。"))
    assert listed(Transcript("c", segments=segments)) == []


def test_the_time_of_a_hit_lies_where_its_characters_lie() -> None:
    (found,) = listed(Transcript("c", segments=(Segment("agent", 10, 20, "一二三四五六随便你。"),)))
    assert (found.start, found.end) == (pytest.approx(10 + 10 * 6 / 9), pytest.approx(20))


def test_the_longest_phrase_wins_and_is_counted_once() -> None:
    assert banned(agent_says("这不归我管。")) == [("shirking", "hit", "这不归我管")]


def test_saying_it_twice_counts_twice() -> None:
    assert [q for *_, q in banned(agent_says("急什么,急什么。"))] == ["急什么", "急什么"]


@pytest.mark.parametrize(
    ("said", "category"),
    [
        ("您说这不归我管,是吗?", "shirking"),
        ("有人说你懂不懂,这是不对的。", "mockery"),
        ("我们领导说“神经病”,是吗?", "insult"),
    ],
)
def test_quoted_and_negated_words_are_left_to_a_person_and_cost_nothing(said: str, category: str) -> None:
    (found,) = listed(agent_says(said))
    assert (found.category, found.verdict, found.points, found.needs_review) == (
        category,
        "cannot_tell",
        0,
        True,
    )
    rule = next(r for r in RULES if r.id == found.rule)
    order = ("low", "medium", "high", "critical")
    assert order.index(found.severity) == max(0, order.index(rule.severity) - 1)


@pytest.mark.parametrize(
    "said", ["您说得对,但是这不归我管。", "不用检测,这个我打包票。", "没有,绝对没问题。"]
)
def test_a_word_that_only_looks_like_a_quotation_or_negation_excuses_nothing(said: str) -> None:
    assert [verdict for _, verdict, _ in banned(agent_says(said))] == ["hit"]


@pytest.mark.parametrize("said", ["我们绝不会让您找别人去。", "这个我不敢打包票。"])
def test_what_can_only_be_a_denial_is_nothing(said: str) -> None:
    assert banned(agent_says(said)) == []


def test_a_phrase_across_the_end_of_a_sentence_is_only_suspected() -> None:
    assert [v for _, v, _ in banned(agent_says("这是我们公司。不管怎么说,请放心。"))] == ["cannot_tell"]


def test_words_of_an_unknown_speaker_are_left_open() -> None:
    (found,) = listed(talk(("unknown", "您好。"), ("unknown", "你懂不懂?")))
    assert (found.verdict, found.points, found.needs_review) == ("cannot_tell", 0, True)


def test_an_agent_known_beside_an_unknown_speaker_is_still_charged() -> None:
    assert banned(talk(("agent", "您好,随便你。"), ("unknown", "急什么?"))) == [
        ("cold", "hit", "随便你"),
        ("impatience", "cannot_tell", "急什么"),
    ]


class TestChat:
    @pytest.mark.parametrize(
        "said", ["你好,请问有什么可以帮您", "你好!", "亲,你好", "好的亲你好呀", "你好请稍等"]
    )
    def test_a_plain_nihao_is_charged(self, said: str) -> None:
        assert [c for c, *_ in banned(talk(("agent", said), channel="chat", kind="chat"), shop())] == [
            "informal_nihao"
        ]

    @pytest.mark.parametrize("said", ["您好", "你好像没有付款", "你好好看一下", "这是为你好", "你好久没来了"])
    def test_nihao_inside_other_words_is_not(self, said: str) -> None:
        assert banned(talk(("agent", said), channel="chat", kind="chat"), shop()) == []

    def test_the_ban_ends_at_the_chat(self) -> None:
        assert banned(talk(("agent", "你好,客服中心。")), shop()) == []

    def test_the_customer_may_say_it(self) -> None:
        assert (
            banned(talk(("customer", "你好"), ("agent", "亲,您好"), channel="chat", kind="chat"), shop())
            == []
        )


@pytest.mark.parametrize(
    ("said", "is_hit"),
    [
        ("你好", True),
        ("好的,你好,请讲", True),
        ("你好请讲", True),
        ("迷你好用吗", False),
        ("你好意思吗", False),
        ("认识你好高兴", False),
    ],
)
def test_a_rule_for_whole_words_wants_the_word_by_itself(tmp_path, said: str, is_hit: bool) -> None:  # type: ignore[no-untyped-def]
    site = tmp_path / "site.toml"
    site.write_text(
        '[[phrase.banned]]\nid = "w"\ncategory = "informal_nihao"\ntexts = ["你好"]\nmatch = "exact_word"\nchannel = ["chat"]\nsource = []\nstatus = "product_choice"\n',
        encoding="utf-8",
    )
    found = listed(talk(("agent", said), channel="chat"), load_rulebook(site=site))
    assert any(f.rule == "w" for f in found) == is_hit


def test_nihao_on_the_telephone_is_never_charged_by_itself_even_where_a_site_bans_it(tmp_path) -> None:  # type: ignore[no-untyped-def]
    site = tmp_path / "site.toml"
    site.write_text(
        '[[phrase.banned]]\nid = "no-nihao"\ncategory = "informal_nihao"\ntexts = ["你好"]\nsuggest = ["您好"]\n'
        'channel = ["phone"]\nsource = []\nstatus = "product_choice"\n',
        encoding="utf-8",
    )
    (found,) = listed(talk(("agent", "你好,客服中心。")), load_rulebook(site=site))
    assert (found.verdict, found.points) == ("cannot_tell", 0)


def test_the_explanation_names_second_words_category_and_points_in_both_languages() -> None:
    (found,) = listed(agent_says("这不归我管。"))
    zh, en = found.as_json("zh")["steps"], found.as_json("en")["steps"]
    assert "这不归我管" in zh[0]["text"] and "推诿" in zh[0]["text"]
    assert "Shirking" in en[0]["text"] and zh[0]["clause"] == found.clauses[0]
    assert len(zh) == len(en) and "5" in zh[-1]["text"]


def test_a_rule_with_points_of_its_own_goes_before_the_general_weight(tmp_path) -> None:  # type: ignore[no-untyped-def]
    site = tmp_path / "site.toml"
    site.write_text(
        '[[phrase.banned]]\nid = "own"\ncategory = "cold"\ntexts = ["甲乙丙丁"]\nsource = []\nstatus = "product_choice"\n'
        '[[phrase.banned]]\nid = "own2"\ncategory = "cold"\ntexts = ["戊己庚辛"]\npoints = 7\nsource = []\nstatus = "product_choice"\n',
        encoding="utf-8",
    )
    book = load_rulebook(site=site)
    points = [f.points for f in listed(agent_says("甲乙丙丁,戊己庚辛。"), book)]
    assert points == [book.decimal("qa.banned_weight"), 7]


def test_each_of_a_thousand_segments_is_searched() -> None:
    segments = tuple(Segment("agent", i, i + 0.9, "您的订单已经发货,随便你。") for i in range(1000))
    found = find(Transcript("c", segments=segments), department())
    assert sum(f.kind == "banned" for f in found.findings) == 1000


@pytest.mark.parametrize(
    ("said", "quote"),
    [
        ("我也没办法你问别人去", "我也没办法"),
        ("我刚才不是说了吗,急什么", "急什么"),
        ("你懂不懂啊连这个都不会", "你懂不懂"),
        ("有本事你去投诉,你想怎么样", "有本事你去投诉"),
        ("我保证三天内退款五百元到您的账户", "我保证"),
        ("这不归我管你找别的部门", "这不归我管"),
        ("您这都过了时间了你有完没完", "有完没完"),
    ],
)
def test_plain_offending_speech_without_punctuation_is_sure(said: str, quote: str) -> None:
    assert quote in [q for _, verdict, q in banned(agent_says(said)) if verdict == "hit"]


@pytest.mark.parametrize(
    "said",
    [
        "您是着急什么呢", "您急什么时候要", "英语你懂不懂", "您想怎么样退都行", "保证金三天内到账", "我保证不了三天退款到账",
        "谁怕谁这部剧在二号频道", "穷鬼套餐今天还有", "变态反应科在三楼", "您变态反应科的号约好了", "店名是急什么", "宠物狗东西两个门都能进",
        "您去投诉吧这是您的权利", "连这个都不会很正常", "我刚才不是说了吗您可能没听清我再说一遍", "您吼什么吼是视频标题吧",
        "绝对没问题的产品不存在", "我们公司就这样承诺的", "滚蛋吧肿瘤君下午三点场有票", "烦死了的蚊子可以用这款",
    ],
)  # fmt: skip
def test_speech_that_only_looks_like_it_accuses_nobody(said: str) -> None:
    for channel in ("phone", "chat"):
        assert [f for f in banned(agent_says(said, channel=channel)) if f[1] == "hit"] == []


def test_repeating_what_the_customer_has_just_said_is_left_to_a_person() -> None:
    call = talk(
        ("agent", GREETING), ("customer", "你们那个客服跟我说你神经病。"), ("agent", "你神经病。"),
        ("customer", "对,就是这句。"), ("agent", CLOSING),
    )  # fmt: skip
    assert {verdict for category, verdict, _ in banned(call) if category == "insult"} == {"cannot_tell"}


def test_a_proposal_never_hides_a_sure_phrase_inside_of_it() -> None:
    chat = agent_says("好的", channel="chat")
    greeting = replace(chat.segments[0], text="喂,你好")
    found = banned(replace(chat, segments=(greeting, *chat.segments[1:])), shop())
    assert ("informal_nihao", "hit", "你好") in found


def test_one_phrase_over_and_over_is_counted_and_not_listed_without_end() -> None:
    segment = Segment("agent", 0, 3600, "这不归我管。" * 2000)
    found = listed(Transcript("c", segments=(segment, replace(segment, speaker="customer"))))
    assert 0 < len(found) <= 1000

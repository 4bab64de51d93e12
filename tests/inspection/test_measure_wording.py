"""The measure of the wording inspection: its noise, its arithmetic, and the sets it measures by."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pypinyin import lazy_pinyin

from inspection.examination.measure_wording import NOISES, PRESETS, contact_of, judge, judge_by_list
from inspection.examination.noise import deletions, homophones, near_sounds, without_punctuation
from inspection.examination.wording_figures import (
    Flag,
    Judged,
    Share,
    by_category,
    by_kind,
    by_threshold,
    mistakes,
    rates,
    row,
    rows,
    wilson,
)
from inspection.examination.wording_sets import EXAMPLES, SETS, Utterance, plain_list, read_set
from regulations.names import NAMES
from regulations.rulebook import load_rulebook

SPOKEN = st.text(st.sampled_from("您好请问有什么可以帮您这不归我管滚绿女，。？AB10 "), max_size=40)
SENTENCE = "您好，这里是市立医院咨询台，您请讲。"
CATEGORIES = {
    "insult", "profanity", "mockery", "quarrel", "impatience", "cold", "shirking", "obstruct", "confrontation", "exaggeration",
    "unauthorised_promise", "disclosure", "idle_chat", "favours", "harms_company", "informal_nihao",
}  # fmt: skip
KINDS = {
    "plain", "paraphrase", "misheard",  # offending
    "quotation", "negation", "question", "superset", "lookalike", "apology", "warning", "rules", "ordinary",
}  # fmt: skip


# Noise


@given(SPOKEN, st.floats(0, 1), st.integers(0, 5))
@settings(max_examples=60)
def test_homophones_change_so_many_characters_and_no_more(text: str, share: float, seed: int) -> None:
    heard = homophones(text, share, seed)
    chinese = sum("\u4e00" <= c <= "\u9fff" for c in text)
    assert len(heard) == len(text)
    assert sum(a != b for a, b in zip(text, heard, strict=True)) <= round(share * chinese)
    assert all(a == b for a, b in zip(text, heard, strict=True) if not "\u4e00" <= a <= "\u9fff")


def test_a_homophone_sounds_the_same_or_nearly() -> None:
    text = "我刚才不是说了吗你到底听没听"
    heard = homophones(text, 1.0)
    assert heard != text
    for said, written in zip(lazy_pinyin(text), lazy_pinyin(heard), strict=True):
        assert {written} & {said, *near_sounds(said)} or _has_reading(written, said)


def _has_reading(written: str, said: str) -> bool:
    """A character of several readings is read alone differently from the reading that it was chosen for (了: le, liao)."""
    return written[0] == said[0]


@given(SPOKEN, st.floats(0, 1), st.integers(0, 5))
@settings(max_examples=60)
def test_deletions_take_so_many_letters_and_leave_one(text: str, share: float, seed: int) -> None:
    left = deletions(text, share, seed)
    letters = sum(c.isalnum() for c in text)
    assert sum(c.isalnum() for c in left) == max(letters - round(share * letters), min(letters, 1))
    assert [c for c in left if not c.isalnum()] == [c for c in text if not c.isalnum()]
    rest = iter(text)
    assert all(c in rest for c in left)  # in its order


@pytest.mark.parametrize("spoil", [homophones, deletions])
def test_noise_depends_on_text_share_and_seed_alone(spoil: Callable[..., str]) -> None:
    once = spoil(SENTENCE, 0.3, 1)
    spoil("别的话", 0.5, 2)
    assert spoil(SENTENCE, 0.3, 1) == once != SENTENCE
    assert len({spoil(SENTENCE, 0.3, seed) for seed in range(6)}) > 1
    assert spoil(SENTENCE, 0, 1) == SENTENCE


def test_noise_is_the_same_on_every_machine() -> None:
    assert deletions("你有完没完啊", 0.3, 6) == "你完没啊"
    assert homophones("你有完没完啊", 0.3, 6) == "你由完每完啊"


def test_near_sounds_are_one_change_away() -> None:
    assert near_sounds("zheng") == ("zeng", "zhen")
    assert near_sounds("nin") == ("lin", "ning")
    assert near_sounds("wo") == ()


def test_what_has_no_letters_stays() -> None:
    assert [noise("……") for noise in NOISES.values()] == ["……", "", "", ""]
    assert without_punctuation("您好，3楼 B座。") == "您好3楼B座"


# Arithmetic, against sets counted by hand

SURE = Flag("exact", "cold", True)
DOUBTED = Flag("exact", "cold", False)
GUESSED = Flag("classifier", "shirking", False)


def judged(labels: str, kind: str, *flags: Flag) -> Judged:
    return Judged(Utterance(tuple(labels.split("|")) if labels else (), kind, f"{labels}{kind}"), flags)


TINY = [
    judged("cold", "plain", SURE),
    judged("cold|shirking", "paraphrase", GUESSED),
    judged("shirking", "plain", DOUBTED, GUESSED),
    judged("shirking", "misheard"),
    judged("favours", "plain", SURE),  # rightly flagged under a wrong name
    judged("", "quotation", DOUBTED),
    judged("", "negation", SURE),
    judged("", "negation"),
    judged("", "ordinary"),
    judged("", "ordinary", GUESSED),
]


def test_precision_and_recall_by_layer() -> None:
    sure, exact, pattern, _, classifier, everything, _ = rows(TINY, TINY)
    assert (sure.precision, sure.recall, sure.in_category) == (Share(2, 3), Share(2, 5), Share(1, 2))
    assert (exact.precision, exact.recall, exact.in_category) == (Share(3, 5), Share(3, 5), Share(1, 3))
    assert (pattern.precision, pattern.recall) == (Share(0, 0), Share(0, 5))
    assert (classifier.precision, classifier.recall) == (Share(2, 3), Share(2, 5))
    assert classifier.in_category == Share(2, 2)  # either of two labels is right
    assert (everything.precision, everything.recall, everything.in_category) == (
        Share(4, 7),
        Share(4, 5),
        Share(3, 4),
    )


def test_by_category_and_kind() -> None:
    assert by_category(TINY) == {
        "cold": (Share(1, 2), Share(2, 2), Share(1, 5)),
        "favours": (Share(1, 1), Share(1, 1), Share(0, 0)),
        "shirking": (Share(0, 2), Share(1, 2), Share(2, 3)),
    }
    assert by_kind(TINY)["fine: negation"] == (Share(1, 2), Share(1, 2))
    assert by_kind(TINY)["offending: plain"] == (Share(2, 3), Share(3, 3))


def test_a_higher_threshold_keeps_what_the_other_layers_found() -> None:
    likely, unlikely = Flag("classifier", "cold", False, 0.9), Flag("classifier", "cold", False, 0.45)
    said = [
        judged("cold", "plain", unlikely),
        judged("cold", "plain", unlikely, DOUBTED),
        judged("cold", "plain", likely),
        judged("", "ordinary", unlikely),
        judged("", "ordinary"),
        judged("", "negation", likely),
    ]
    assert by_threshold(said)[0.4] == (Share(3, 3), Share(1, 2), Share(1, 1))
    assert by_threshold(said)[0.5] == (Share(2, 3), Share(0, 2), Share(1, 1))
    assert by_threshold(said)[0.9] == (Share(2, 3), Share(0, 2), Share(1, 1))


def test_rates_of_innocent_talk() -> None:
    assert list(rates(TINY).values()) == [0.0, 100 / 3, 50.0, 100 / 3]
    assert set(rates([]).values()) == {0.0}


def test_mistakes_are_listed_wrong_accusations_first() -> None:
    kinds = [line.split(" [")[0] for line in mistakes(TINY)]
    assert kinds == ["SURE exact:cold", "proposed exact:cold", "proposed classifier:shirking", "missed"]


def test_the_interval_is_wilsons() -> None:
    assert wilson(97, 100) == pytest.approx((0.9155, 0.9897), abs=1e-4)
    assert wilson(0, 10) == pytest.approx((0.0, 0.2775), abs=1e-4)
    assert wilson(10, 10) == pytest.approx((0.7225, 1.0), abs=1e-4)
    assert wilson(0, 0) == (0.0, 1.0)
    assert str(Share(1, 2)) == "1/2 = 50.0 % (9 %–91 %)"
    assert str(Share(0, 0)) == "none"


def test_the_plain_list_only_searches() -> None:
    said = [
        Utterance(("cold",), "plain", "随便你啊"),
        Utterance((), "negation", "不是随便你"),
        Utterance((), "ordinary", "您好"),
    ]
    found = row("list", judge_by_list(said, ["随便你"]), lambda flag: True)
    assert (found.precision, found.recall) == (Share(1, 2), Share(1, 1))
    assert len(plain_list()) == len(set(plain_list())) == 90


# The way through the real inspection


def test_an_utterance_is_judged_by_the_real_inspection() -> None:
    said = [
        Utterance(("profanity",), "plain", "他妈的，又是你"),
        Utterance((), "ordinary", "好的，我帮您查一下"),
        Utterance(("informal_nihao",), "plain", "你好，有货的", "chat"),
    ]
    swearing, polite, chat = judge(said, load_rulebook(PRESETS))
    assert [f.category for f in swearing.flags if f.is_sure] == ["profanity"]
    assert polite.flags == ()
    assert Flag("exact", "informal_nihao", True) in chat.flags


def test_the_frame_around_an_utterance_is_polite_and_complete() -> None:
    contact = contact_of(Utterance((), "ordinary", "好的"))
    assert [s.text for s in contact.segments if s.speaker == "agent"][:2] == [
        "您好，请问有什么可以帮您？",
        "好的",
    ]
    assert contact.hangup_by == "customer"


# The sets


def test_every_line_has_a_known_label_kind_and_channel() -> None:
    for name in SETS:
        for u in read_set(name):
            assert set(u.labels) <= CATEGORIES <= set(NAMES["finding_category"]), u
            assert u.kind in KINDS and u.channel in ("phone", "chat"), u
            assert (u.kind in ("plain", "paraphrase", "misheard")) == bool(u.labels), u
            assert 2 <= len(u.text) <= 60 and u.text == u.text.strip(), u


def test_the_set_of_stock_phrases_is_as_large_as_the_figures_say() -> None:
    every = read_set("stock")
    assert sum(bool(u.labels) for u in every) >= 210
    assert sum(not u.labels for u in every) >= 250


@pytest.mark.parametrize("name", ["dev", "test"])
def test_the_sets_are_as_large_as_the_figures_say(name: str) -> None:
    every = read_set(name)
    assert sum(bool(u.labels) for u in every) >= 490
    assert sum(not u.labels and u.kind != "ordinary" for u in every) >= 350
    assert sum(u.kind == "ordinary" for u in every) >= 500
    of_each = {c: sum(c in u.labels for u in every) for c in CATEGORIES}
    assert min(n for c, n in of_each.items() if c != "informal_nihao") >= 30


def test_no_sentence_and_no_near_copy_is_in_two_sets() -> None:
    names = [n for n in (*SETS, "train") if (EXAMPLES / n).exists()]
    trigrams = {n: [_trigrams(u.text) for u in read_set(n)] for n in names}
    # Only numbers are compared, so that a failure tells nobody a sentence of the test set.
    copies = {(a, b): _near_copies(trigrams[a], trigrams[b]) for a, b in combinations(names, 2)}
    assert set(copies.values()) == {0}, copies


def _near_copies(ones: list[set[str]], others: list[set[str]]) -> int:
    """How many of `ones` share more than four fifths of their trigrams with one of the others."""
    where: dict[str, list[int]] = defaultdict(list)
    for i, grams in enumerate(others):
        for gram in grams:
            where[gram].append(i)
    found = 0
    for grams in ones:
        common = Counter(i for gram in grams for i in where.get(gram, ()))
        found += any(n / (len(grams) + len(others[i]) - n) > 0.8 for i, n in common.items())
    return found


def test_near_copies_are_counted() -> None:
    one = _trigrams("这件事不归我们部门管，您找别人")
    assert _near_copies([one], [_trigrams("这件事不归我们部门管您找别人去")]) == 1
    assert _near_copies([one], [_trigrams("这件事归我们管，您不用找别人")]) == 0


def _trigrams(text: str) -> set[str]:
    letters = without_punctuation(text)
    return {letters[i : i + 3] for i in range(max(1, len(letters) - 2))}

"""What a recogniser invents is set aside, and never for its words alone."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspection.sound.hallucinations import sift
from inspection.transcript import Segment, Word

SPOKEN = [(0.0, 5.0)]
SUBTITLES = [
    "请不吝点赞 订阅 转发 打赏支持明镜与点点栏目",
    "字幕by索兰娅",
    "謝謝觀看",
    "Thanks for watching!",
    "由 Amara.org 社群提供的字幕",
]


def segment(start: float, end: float, *texts: str) -> Segment:
    """One utterance whose words are equally long."""
    each = (end - start) / len(texts)
    words = tuple(
        Word(t, t, start + i * each, start + (i + 1) * each, 0.5 + 0.1 * (i % 3)) for i, t in enumerate(texts)
    )
    return Segment("unknown", start, end, "".join(texts), 0.6, words)


def reasons(dropped: list[dict[str, Any]]) -> list[tuple[str, str]]:
    return [(d["text"], d["reason"]) for d in dropped]


class TestSubtitles:
    @pytest.mark.parametrize("text", SUBTITLES)
    def test_on_silence_they_are_set_aside_and_kept_for_the_record(self, text: str) -> None:
        kept, dropped = sift([Segment("unknown", 10, 12, text)], SPOKEN)
        assert kept == []
        assert dropped == [{"start": 10, "end": 12, "text": text, "reason": "subtitle_on_silence"}]

    @pytest.mark.parametrize("text", [*SUBTITLES, "下次再见。", "谢谢大家"])
    def test_over_real_speech_they_stay(self, text: str) -> None:
        whole = Segment("unknown", 1, 5, text)
        assert sift([whole], SPOKEN) == ([whole], [])
        words = segment(1, 5, *text)
        assert sift([words], SPOKEN) == ([words], [])

    @pytest.mark.parametrize("text", SUBTITLES[:3])
    def test_over_sound_that_is_no_voice_they_go(self, text: str) -> None:
        """Doubtful sound is sound, and speech activity says nobody speaks."""
        kept, dropped = sift([segment(10, 13, *text)], (), [(9.5, 13.5)])
        assert kept == [] and reasons(dropped) == [(text, "subtitle_on_silence")]

    def test_only_the_invented_words_of_an_utterance_go(self) -> None:
        spoken, invented = "好的没有问题", "请不吝点赞订阅转发打赏"
        both = segment(2, 5, *spoken).words + segment(5.05, 7, *invented).words
        whole = Segment("unknown", 2, 7, spoken + invented, 0.6, both)
        kept, dropped = sift([whole], SPOKEN, [(0, 8)])
        assert [k.text for k in kept] == [spoken] and reasons(dropped) == [(invented, "subtitle_on_silence")]
        (left,) = kept
        assert (left.start, left.end) == (2, 5) and "".join(w.text for w in left.words) == left.text
        assert left.confidence == pytest.approx(sum(w.probability for w in left.words) / len(left.words))

    def test_squeezed_behind_the_last_word_they_go_and_the_word_stays(self) -> None:
        """An engine has to put its invention somewhere."""
        spoken, invented = segment(1, 4.8, *"再见"), segment(4.8, 5.0, *"请不吝点赞订阅转发打赏支持")
        whole = Segment("unknown", 1, 5, spoken.text + invented.text, 0.6, spoken.words + invented.words)
        kept, dropped = sift([whole], SPOKEN)
        assert [k.text for k in kept] == ["再见"]
        assert reasons(dropped) == [("请不吝点赞订阅转发打赏支持", "subtitle_on_silence")]

    def test_a_short_farewell_that_an_engine_timed_too_short_stays(self) -> None:
        farewell = segment(4.7, 4.85, *"下次再见")
        assert sift([farewell], SPOKEN) == ([farewell], [])
        moment = segment(4.7, 4.7, "下次再见")
        assert sift([moment], SPOKEN) == ([moment], [])

    def test_what_stands_beside_one_where_nobody_speaks_goes_with_it(self) -> None:
        kept, dropped = sift([segment(10, 14, *"谢谢观看字幕由志愿者提供")], (), [(9, 15)])
        assert kept == [] and reasons(dropped) == [("谢谢观看字幕由志愿者提供", "subtitle_on_silence")]


class TestWordsFarFromAnySound:
    def test_they_are_set_aside(self) -> None:
        kept, dropped = sift([Segment("unknown", 8, 9, "今天天气不错")], SPOKEN)
        assert kept == [] and reasons(dropped) == [("今天天气不错", "text_on_silence")]

    @pytest.mark.parametrize(
        ("start", "stays"), [(5.0, True), (6.9, True), (7.0, True), (7.01, False), (30.0, False)]
    )
    def test_two_seconds_are_near_enough(self, start: float, stays: bool) -> None:
        said = Segment("unknown", start, start + 0.5, "好的")
        assert bool(sift([said], SPOKEN)[0]) is stays

    def test_sound_that_may_be_speech_counts_as_sound(self) -> None:
        said = Segment("unknown", 20, 21, "好的")
        assert sift([said], SPOKEN, [(20, 21)])[0] == [said]
        assert sift([said], SPOKEN)[0] == []

    def test_only_the_far_words_go(self) -> None:
        kept, dropped = sift([segment(4, 12, *"一二三四五六七八")], SPOKEN)
        assert [k.text for k in kept] == ["一二三四"] and reasons(dropped) == [
            ("五六七八", "text_on_silence")
        ]


class TestLoops:
    def test_one_that_nobody_could_speak_so_fast_is_set_aside(self) -> None:
        assert reasons(sift([Segment("unknown", 1, 3, "好的" * 50)], SPOKEN)[1]) == [
            ("好的" * 50, "repetition")
        ]

    @pytest.mark.parametrize("text", ["喂喂喂喂喂喂喂喂", "对对对对对对", "一二一二一二一二一二一二"])
    def test_a_person_who_repeats_himself_is_heard(self, text: str) -> None:
        assert sift([segment(1, 4, *text)], SPOKEN)[1] == []

    def test_somebody_who_merely_speaks_fast_is_heard(self) -> None:
        fast = "这是一句没有任何重复但是说得特别快的话听起来就像机器在念一样谁也跟不上"
        assert sift([segment(1, 2, *fast)], SPOKEN)[1] == []


@given(
    st.lists(
        st.tuples(
            st.floats(0, 30),
            st.floats(0, 4),
            st.sampled_from([*SUBTITLES, "您好", "再见", "，", "好的" * 40]),
        ),
        max_size=6,
    ),
    st.lists(st.tuples(st.floats(0, 30), st.floats(0.1, 5)), max_size=4),
)
def test_nothing_is_lost_and_nothing_is_kept_twice(
    said: list[tuple[float, float, str]], speech: list[tuple[float, float]]
) -> None:
    segments = [segment(start, start + seconds, *text) for start, seconds, text in said]
    spans = [(a, a + b) for a, b in speech]
    kept, dropped = sift(segments, spans)
    before = sorted("".join(s.text for s in segments if s.text).replace(" ", ""))
    after = "".join(s.text for s in kept) + "".join(d["text"] for d in dropped)
    assert sorted(after.replace(" ", "")) == before
    assert all("".join(w.text for w in s.words) == s.text for s in kept)


@given(st.text(alphabet="请不吝点赞订阅转发字幕谢谢观看好的", min_size=1, max_size=30))
def test_words_spoken_at_a_human_pace_are_never_dropped_for_what_they_say(text: str) -> None:
    said = segment(1, 1 + len(text) * 0.25, *text)
    assert sift([said], [(0.9, said.end + 0.1)]) == ([said], [])

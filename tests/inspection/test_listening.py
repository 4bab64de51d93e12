"""From channels to words in seconds of the call, with an engine that says what the test wants."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest

from inspection.sound import listening
from inspection.sound.activity import SAMPLE_RATE, Activity
from inspection.sound.engines import PROFILE, Engine, Heard, HeardWord, OnWindows
from inspection.sound.listening import ChannelText, hear_channels
from tests.inspection.sounds import FloatArray, demo, line, tone

Answer = Callable[[FloatArray, int], Heard]


def heard(*words: tuple[str, float, float], has_failed: bool = False, probability: float = 0.9) -> Heard:
    timed = tuple(HeardWord(raw, start, end, probability) for raw, start, end in words)
    return Heard("".join(w.raw for w in timed), timed, 0.0, -0.1, 0.0, has_failed)


NOTHING = heard()


class Parrot:
    """An engine that answers each window by a function of its sound and its number."""

    name, model_hash, settings_hash = "parrot", "", ""
    versions: dict[str, str] = {}

    def __init__(self, answer: Answer) -> None:
        self.answer, self.asked = answer, list[list[float]]()

    def hear(self, windows: Sequence[FloatArray], on_windows: OnWindows | None = None) -> list[Heard]:
        self.asked.append([len(w) / SAMPLE_RATE for w in windows])
        number = itertools.count(sum(len(a) for a in self.asked[:-1]))
        answers = []
        for window in windows:
            answers.append(self.answer(window, next(number)))
            if on_windows is not None:
                on_windows(1)
        return answers


def listens(monkeypatch: pytest.MonkeyPatch, *activities: Activity) -> None:
    """The next channels hold what the test says they hold."""
    coming = iter(activities)
    monkeypatch.setattr(listening, "listen", lambda _channel, _on_share: next(coming))


def spoken(
    *spans: tuple[float, float], doubtful: tuple[tuple[float, float], ...] = (), gain: float = 1.0
) -> Activity:
    return Activity(spans, doubtful, gain)


def one(
    monkeypatch: pytest.MonkeyPatch, activity: Activity, answer: Answer, seconds: float = 60
) -> ChannelText:
    listens(monkeypatch, activity)
    (text,) = hear_channels([line(seconds)], Parrot(answer))
    return text


def texts(text: ChannelText) -> list[str]:
    return [s.text for s in text.segments]


class TestWords:
    def test_they_stand_where_they_were_said_one_segment_an_utterance(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        # 10–12 and 40–43 in one window: the first begins half a second in, the second a second after it.
        text = one(
            monkeypatch,
            spoken((10, 12), (40, 43)),
            lambda _w, _n: heard(("您", 0.6, 0.9), ("好。", 0.9, 1.5), ("再", 4.0, 4.4), ("见", 4.4, 4.9)),
        )
        assert texts(text) == ["您好。", "再见"]
        first, second = text.segments
        assert (first.start, first.end) == pytest.approx((10.1, 11.0))
        assert (second.start, second.end) == pytest.approx((40.5, 41.4))
        assert [(w.text, w.probability) for w in second.words] == [("再", 0.9), ("见", 0.9)]
        assert second.words[0].start == pytest.approx(40.5) and second.words[1].end == pytest.approx(41.4)
        assert first.speaker == "unknown" and not first.is_doubtful and first.confidence == pytest.approx(0.9)
        assert text.to_listen == [] and text.suppressed == []

    def test_they_are_held_within_their_utterance_and_in_order(self, monkeypatch: pytest.MonkeyPatch) -> None:
        text = one(
            monkeypatch,
            spoken((10, 12), (40, 43)),
            lambda _w, _n: heard(("您", 0.0, 0.6), ("好", 2.0, 2.9), ("再", 2.6, 3.9), ("见", 3.5, 30.0)),
        )
        for segment, (start, end) in zip(text.segments, [(10, 12), (40, 43)], strict=True):
            times = [t for w in segment.words for t in (w.start, w.end)]
            assert all(start <= t <= end for t in times) and segment.start >= start and segment.end <= end
            starts = [w.start for w in segment.words]
            assert starts == sorted(starts)

    def test_they_are_simplified_as_one_text_and_the_original_is_kept(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        text = one(
            monkeypatch,
            spoken((10, 12)),
            lambda _w, _n: heard(
                (" 請", 0.6, 0.9), ("稍後", 0.9, 1.5), ("，皇", 1.5, 2.0), ("后", 2.0, 2.2), ("。 ", 2.2, 2.4)
            ),
        )
        assert texts(text) == ["请稍后，皇后。"]
        assert [(w.raw, w.text) for w in text.segments[0].words] == [
            ("請", "请"),
            ("稍後", "稍后"),
            ("，皇", "，皇"),
            ("后", "后"),
            ("。", "。"),
        ]

    def test_half_a_character_is_none(self, monkeypatch: pytest.MonkeyPatch) -> None:
        text = one(
            monkeypatch, spoken((10, 12)), lambda _w, _n: heard(("\ufffd", 0.6, 0.8), ("好\ufffd", 0.8, 1.5))
        )
        assert texts(text) == ["好"] and len(text.segments[0].words) == 1

    def test_a_segment_is_as_sure_as_its_words_on_average(self, monkeypatch: pytest.MonkeyPatch) -> None:
        answer = Heard("好的", (HeardWord("好", 0.6, 1, 0.9), HeardWord("的", 1, 1.5, 0.4)), 0.0, -0.1, 0.0)
        text = one(monkeypatch, spoken((10, 12)), lambda _w, _n: answer)
        assert text.segments[0].confidence == pytest.approx(0.65)


class TestChannels:
    def test_each_is_heard_by_itself_at_its_own_level(self, monkeypatch: pytest.MonkeyPatch) -> None:
        listens(monkeypatch, spoken((5, 7), gain=2.0), spoken(), spoken((8, 9), (20, 21), gain=0.5))
        channels = [np.full(30 * SAMPLE_RATE, 0.1 * (i + 1), np.float32) for i in range(3)]
        levels: list[float] = []

        def answer(window: FloatArray, number: int) -> Heard:
            levels.append(float(window.max()))
            return heard((f"第{number}", 0.6, 1.2))

        engine = Parrot(answer)
        first, silent, last = hear_channels(channels, engine)
        assert len(engine.asked) == 1 or engine.asked[1:] == [[pytest.approx(2.0)]]  # the utterance left out
        assert levels[:2] == pytest.approx([0.2, 0.15])
        assert texts(first) == ["第0"] and silent.segments == [] and texts(last)[0] == "第1"

    def test_silence_asks_no_engine(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def refuse(_window: FloatArray, _number: int) -> Heard:
            raise AssertionError("the engine was asked about silence")

        progress: list[float] = []
        texts_ = hear_channels([line(10), np.zeros(0, np.float32)], Parrot(refuse), progress.append)
        assert [(t.segments, t.to_listen) for t in texts_] == [([], []), ([], [])] and progress == [
            0.025,
            0.05,
            1.0,
        ]
        assert hear_channels([], Parrot(refuse)) == []

    def test_a_window_is_made_when_it_is_asked_for(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        """Two hours of speech are no two hours in memory."""
        spans = tuple((float(a), a + 25.0) for a in range(0, 600, 30))
        listens(monkeypatch, spoken(*spans))
        channel = np.memmap(tmp_path / "c", np.float32, "w+", shape=(600 * SAMPLE_RATE,))
        alive: list[int] = []

        class Counting(Parrot):
            def hear(self, windows: Sequence[FloatArray], on_windows: OnWindows | None = None) -> list[Heard]:
                assert not isinstance(windows, list | tuple) and len(windows) == 20
                assert len(windows[2:5]) == 3 and (windows[2:5][0] == windows[2]).all()
                alive.append(len(windows))
                return [heard(("好", 0.6, 24.0)) for _ in windows]

        (text,) = hear_channels([channel], Counting(lambda _w, _n: NOTHING))
        assert alive[0] == 20 and len(text.segments) == 20


class TestProgress:
    def test_it_rises_to_one_and_what_is_asked_again_is_its_end(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        spans = tuple((float(a), a + 20.0) for a in range(0, 120, 30))
        progress: list[float] = []
        listens(monkeypatch, spoken(*spans))
        engine = Parrot(lambda _w, n: heard(("好", 0.6, 1.0)) if n else heard(("好", 0.6, 20.0)))
        hear_channels([line(120)], engine, progress.append)
        assert progress == sorted(progress) and progress[-1] == 1.0 and progress[4] == pytest.approx(0.9)
        assert len(engine.asked) == 2 and len(progress) == sum(map(len, engine.asked)) + 2

    def test_finding_out_where_somebody_speaks_is_progress_too(self) -> None:
        """An hour takes minutes on a busy machine, and the claim on the recording lives from a sign of progress."""
        progress: list[float] = []
        quiet = np.concatenate([line(40), np.zeros(8 * SAMPLE_RATE, np.float32)])
        hear_channels([quiet, quiet], Parrot(lambda _w, _n: NOTHING), progress.append)
        assert len(progress) == 7 and progress == sorted(progress) and 0 < progress[0] < 0.02
        assert sum(p <= 0.05 for p in progress) == len(progress) - 1

    def test_whoever_watches_it_may_stop_the_work(self, monkeypatch: pytest.MonkeyPatch) -> None:
        listens(monkeypatch, spoken((1, 20), (30, 50)))

        def stop(_share: float) -> None:
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            hear_channels([line(60)], Parrot(lambda _w, _n: NOTHING), stop)


class TestWhatTheEngineLeftOut:
    def test_an_utterance_without_words_is_asked_again_alone_and_once(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        listens(monkeypatch, spoken((10, 12), (40, 43)))
        engine = Parrot(lambda _w, n: heard(("您好", 0.6, 1.5)) if n == 0 else heard(("再见", 0.7, 2.2)))
        (text,) = hear_channels([line(60)], engine)
        assert engine.asked == [[pytest.approx(7.0)], [pytest.approx(4.0)]]
        assert texts(text) == ["您好", "再见"] and text.to_listen == []
        assert text.segments[1].start == pytest.approx(40.2)

    def test_what_stays_without_words_is_listed_for_a_person(self, monkeypatch: pytest.MonkeyPatch) -> None:
        text = one(
            monkeypatch,
            spoken((10, 12), (40, 43)),
            lambda _w, n: heard(("您好", 0.6, 1.5)) if n == 0 else NOTHING,
        )
        assert texts(text) == ["您好"]
        assert text.to_listen == [{"start": 40, "end": 43, "reason": "no_words"}]

    def test_an_utterance_that_stood_alone_already_is_not_asked_the_same(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        listens(monkeypatch, spoken((10, 12)))
        engine = Parrot(lambda _w, _n: NOTHING)
        (text,) = hear_channels([line(60)], engine)
        assert len(engine.asked) == 1 and text.to_listen == [{"start": 10, "end": 12, "reason": "no_words"}]

    def test_a_breath_without_words_is_no_matter(self, monkeypatch: pytest.MonkeyPatch) -> None:
        listens(monkeypatch, spoken((10, 12), (40, 40.6)))
        engine = Parrot(lambda _w, _n: heard(("您好", 0.6, 1.5)))
        (text,) = hear_channels([line(60)], engine)
        assert len(engine.asked) == 1 and text.to_listen == []

    def test_an_engine_that_stops_in_the_middle_is_asked_for_the_rest(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        listens(monkeypatch, spoken((10, 20)))
        engine = Parrot(lambda _w, n: heard(("您好", 0.5, 2.5)) if n == 0 else heard(("请问", 1.0, 2.0)))
        (text,) = hear_channels([line(60)], engine)
        assert len(engine.asked[1]) == 1 and engine.asked[1][0] == pytest.approx(8.5)
        assert texts(text) == ["您好请问"]
        assert [round(w.start, 1) for w in text.segments[0].words] == [10.0, 13.0]

    def test_a_call_full_of_music_costs_a_bounded_number_of_questions(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        spans = tuple((float(a), a + 1.5) for a in range(0, 200, 2))
        listens(monkeypatch, spoken(*spans))
        engine = Parrot(lambda _w, _n: NOTHING)
        (text,) = hear_channels([line(210)], engine)
        first, again = map(len, engine.asked)
        assert first < 15 and again == first + 4
        assert text.to_listen == [{"start": 0, "end": 199.5, "reason": "no_words"}]


class TestFailedWindows:
    def test_their_utterances_are_asked_alone_and_what_succeeds_is_no_longer_doubted(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        listens(monkeypatch, spoken((10, 12), (40, 43)))
        answers = [
            heard(("好好好", 0.6, 4.0), has_failed=True),
            heard(("您好", 0.6, 1.5)),
            heard(("嗯嗯嗯", 0.6, 1.5), has_failed=True),
        ]
        (text,) = hear_channels([line(60)], Parrot(lambda _w, n: answers[n]))
        assert [(s.text, s.is_doubtful) for s in text.segments] == [("您好", False), ("嗯嗯嗯", True)]
        assert text.to_listen == [{"start": 40, "end": 43, "reason": "failed"}]

    def test_words_of_a_window_that_failed_every_retry_are_doubtful_and_listed(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        text = one(monkeypatch, spoken((10, 12)), lambda _w, _n: heard(("什么", 0.6, 1.5), has_failed=True))
        assert [(s.text, s.is_doubtful) for s in text.segments] == [("什么", True)]
        assert text.to_listen == [{"start": 10, "end": 12, "reason": "failed"}]


class TestDoubtfulSound:
    def test_it_has_windows_of_its_own_and_its_words_accuse_nobody(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        listens(monkeypatch, spoken((10, 12), doubtful=((20, 22),)))
        engine = Parrot(lambda _w, n: heard(("您好" if n == 0 else "喂喂", 0.6, 1.5)))
        (text,) = hear_channels([line(60)], engine)
        assert engine.asked == [[pytest.approx(3.0)] * 2]
        assert [(s.text, s.is_doubtful) for s in text.segments] == [("您好", False), ("喂喂", True)]
        assert text.to_listen == []

    def test_where_nothing_comes_out_a_person_has_to_listen(self, monkeypatch: pytest.MonkeyPatch) -> None:
        listens(monkeypatch, spoken(doubtful=((20, 22), (23, 24), (50, 51))))
        engine = Parrot(lambda _w, _n: NOTHING)
        (text,) = hear_channels([line(60)], engine)
        assert len(engine.asked) == 1  # what is doubtful is asked once
        assert text.to_listen == [
            {"start": 20, "end": 24, "reason": "quiet_speech"},
            {"start": 50, "end": 51, "reason": "quiet_speech"},
        ]

    def test_a_subtitle_over_it_is_set_aside_and_the_sound_listed(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        text = one(
            monkeypatch,
            spoken(doubtful=((20, 23),)),
            lambda _w, _n: heard(("请不吝点赞", 0.6, 2.5), ("订阅", 2.5, 3.0)),
        )
        assert text.segments == []
        assert [(d["text"], d["reason"]) for d in text.suppressed] == [
            ("请不吝点赞订阅", "subtitle_on_silence")
        ]
        assert text.to_listen == [{"start": 20, "end": 23, "reason": "quiet_speech"}]


def test_a_subtitle_behind_the_last_word_is_set_aside_and_over_speech_it_stays(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    behind = one(
        monkeypatch, spoken((10, 12)), lambda _w, _n: heard(("再见", 0.6, 2.4), ("谢谢观看", 2.6, 3.4))
    )
    assert texts(behind) == ["再见"] and behind.to_listen == []
    ((dropped),) = behind.suppressed
    assert dropped["text"] == "谢谢观看" and 10 <= dropped["start"] <= dropped["end"] <= 12
    over = one(
        monkeypatch, spoken((10, 12)), lambda _w, _n: heard(("再见", 0.6, 1.4), ("谢谢观看", 1.4, 2.4))
    )
    assert texts(over) == ["再见谢谢观看"] and over.suppressed == []


def test_the_protocol_is_kept() -> None:
    engine: Engine = Parrot(lambda _w, _n: NOTHING)
    assert engine.name == "parrot" and PROFILE.window_seconds <= 28


@pytest.mark.speech
def test_a_real_call_comes_out_at_the_right_seconds() -> None:
    from inspection.sound.engines import load_engine
    from inspection.text.wording import normalise

    entry, audio = demo("c05")
    seconds = 17.3  # two turns each
    channels = [np.asarray(c)[: int(seconds * SAMPLE_RATE)] for c in audio.channels]
    agent, customer = hear_channels(channels, load_engine("demo", 1))
    for number, text in enumerate((agent, customer)):
        mine = [t for t in entry["turns"] if (t["speaker"] == "agent") == (number == entry["agent_channel"])]
        turns = [t for t in mine if t["start"] < seconds]
        assert abs(len(text.segments) - len(turns)) <= 1
        for segment in text.segments:
            assert "".join(w.text for w in segment.words) == segment.text == segment.text.strip()
            assert any(t["start"] - 0.3 <= segment.start and segment.end <= t["end"] + 0.3 for t in turns)
        said = normalise("".join(t["text"] for t in turns)).text
        came = normalise("".join(s.text for s in text.segments)).text
        assert len(set(said) & set(came)) > 0.7 * len(set(said))


def test_a_segment_is_as_loud_as_its_speech_before_any_gain(monkeypatch: pytest.MonkeyPatch) -> None:
    def answer(_window: FloatArray, _number: int) -> Heard:
        return heard(("您好", 0.6, 2.3), ("再见", 4.0, 4.0))

    levels = []
    for level in (0.1, 0.01):
        channel = line(60, 0.0004)
        channel[10 * SAMPLE_RATE : 12 * SAMPLE_RATE] = tone(2, 200, 1, 1, level)
        channel[40 * SAMPLE_RATE : 43 * SAMPLE_RATE] = tone(3, 200, 1, 1, level / 10)
        listens(monkeypatch, spoken((10, 12), (40, 43), gain=30.0))
        (text,) = hear_channels([channel], Parrot(answer))
        levels.append([s.level_db for s in text.segments])
    assert levels[0] == pytest.approx([-23.01, -43.01], abs=0.1)  # 再见 has no length: its utterance has
    assert levels[1] == pytest.approx([-43.01, -63.01], abs=0.6)  # the line itself begins to count


def test_alternatives_lose_and_gain_what_their_word_does(monkeypatch: pytest.MonkeyPatch) -> None:
    word = HeardWord(" 妳您好嗎 ", 0.6, 1.4, 0.9, ((" 妳您好嗎 ", -0.5), (" 妳你好嗎 ", -2.5)))
    text = one(monkeypatch, spoken((10, 12)), lambda _w, _n: Heard(word.raw, (word,), 0.0, -0.1, 0.0))
    (said,) = text.segments[0].words
    assert said.raw == "妳您好嗎" and said.text.endswith("您好吗")
    assert said.alternatives == ((said.text, -0.5), (said.text.replace("您", "你"), -2.5))
    broken = HeardWord("\ufffd您", 0.6, 1.0, 0.9, (("\ufffd您", -0.5), ("\ufffd你", -2.5)))
    text = one(monkeypatch, spoken((10, 12)), lambda _w, _n: Heard("您", (broken,), 0.0, -0.1, 0.0))
    assert [(w.text, w.alternatives) for w in text.segments[0].words] == [("您", ())]


def test_what_is_noted_beside_the_words_is_told_but_makes_no_other_setting(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    engine = Parrot(lambda _w, _n: NOTHING)
    before, told = listening.settings_hash(engine), listening.versions(engine)
    monkeypatch.setattr(listening, "NOTES_VERSION", "another")
    assert listening.settings_hash(engine) == before  # the same words: nothing is transcribed again
    assert listening.versions(engine) == {**told, "notes": "another"}


def test_another_detector_or_engine_is_another_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    engine, other = (Parrot(lambda _w, _n: NOTHING) for _ in range(2))
    other.settings_hash = "other"
    first = listening.settings_hash(engine)
    assert first != listening.settings_hash(other)
    monkeypatch.setattr(listening, "LISTENING_VERSION", "another")
    assert listening.settings_hash(engine) != first

"""Where somebody speaks, on real recordings and among the sounds that a telephone line makes by itself."""

from __future__ import annotations

import math
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from inspection.sound.activity import SAMPLE_RATE, Activity, listen, overlap, quietest, speech_seconds
from inspection.sound.energy import loudness, speech_spans
from inspection.sound.silero import speech_probabilities
from tests.inspection.sounds import FloatArray, demo, keys, line, music, spoken, tone


def decibels(gain: float) -> float:
    return 20 * math.log10(gain)


def recall(activity: Activity, turns: list[tuple[float, float]]) -> float:
    return sum(overlap(activity.speech, a, b) for a, b in turns) / speech_seconds(turns)


def with_noise(channel: FloatArray, level_db: float) -> FloatArray:
    noise = np.random.default_rng(1).standard_normal(len(channel)) * 10 ** (level_db / 20)
    return (channel + noise).astype(np.float32)


def band(channel: FloatArray) -> FloatArray:
    """What is left by a narrow telephone band."""
    size = 1 << len(channel).bit_length()
    spectrum = np.fft.rfft(channel, size)
    hertz = np.fft.rfftfreq(size, 1 / SAMPLE_RATE)
    spectrum[(hertz < 300) | (hertz > 3400)] = 0
    return np.fft.irfft(spectrum, size)[: len(channel)].astype(np.float32)


class TestSpeech:
    @pytest.mark.parametrize("call_id", ["c05", "c11"])
    @pytest.mark.parametrize(
        ("change", "least"),
        [
            pytest.param(lambda c: c, 0.995, id="as recorded"),
            pytest.param(lambda c: c * np.float32(0.1), 0.995, id="20 dB quieter"),
            pytest.param(lambda c: c * np.float32(0.0316), 0.995, id="30 dB quieter"),
            pytest.param(band, 0.995, id="telephone band"),
            pytest.param(lambda c: with_noise(c, -45), 0.86, id="in noise"),
        ],
    )
    def test_hardly_a_second_of_speech_is_missed(
        self, call_id: str, change: Callable[[FloatArray], FloatArray], least: float
    ) -> None:
        entry, audio = demo(call_id)
        for number, channel in enumerate(audio.channels):
            turns = spoken(entry, number)
            activity = listen(change(np.asarray(channel)))
            assert recall(activity, turns) >= least
            everything = speech_seconds(activity.everything)
            assert everything < 1.35 * speech_seconds(turns) + 2  # and silence is not taken for speech
            assert (
                recall(Activity(activity.everything, (), 1.0), turns) >= 0.99
            )  # the rest is doubted, not lost

    def test_spans_are_in_order_apart_and_within_the_channel(self) -> None:
        _, audio = demo("c05")
        for channel in audio.channels:
            activity = listen(with_noise(np.asarray(channel), -40))
            spans = activity.everything
            assert spans and all(0 <= a < b <= len(channel) / SAMPLE_RATE for a, b in spans)
            assert all(first[1] <= second[0] for first, second in pairwise(spans))

    def test_it_hears_the_same_twice_and_from_many_threads(self) -> None:
        channels = [np.asarray(c)[: 15 * SAMPLE_RATE] for i in ("c01", "c05") for c in demo(i)[1].channels]
        alone = [listen(c) for c in channels]
        with ThreadPoolExecutor(4) as pool:
            assert list(pool.map(listen, channels)) == alone

    def test_a_channel_in_a_file_is_heard_like_one_in_memory(self, tmp_path: Path) -> None:
        channel = np.concatenate([np.asarray(demo("c01")[1].channels[0])] * 2)  # more than one block
        mapped = np.memmap(tmp_path / "channel", np.float32, "w+", shape=channel.shape)
        mapped[:] = channel
        assert (speech_probabilities(mapped) == speech_probabilities(channel)).all()

    def test_the_network_answers_what_its_own_package_makes_it_answer(self) -> None:
        from silero_vad import load_silero_vad

        channel = np.asarray(demo("c01")[1].channels[0])[: 40 * SAMPLE_RATE + 77]
        expected = load_silero_vad(sequence=True).audio_forward(channel)
        assert speech_probabilities(channel) == pytest.approx(expected, abs=1e-4)


SOUNDS = {
    "silence": lambda s: np.zeros(int(s * SAMPLE_RATE), np.float32),
    "line noise": lambda s: line(s),
    "loud noise": lambda s: line(s, 0.05),
    "beeps": lambda s: tone(s, 1400, 0.4, 5, 0.9),
    "ring-back": lambda s: tone(s, 450, 1, 5),
    "busy": lambda s: tone(s, 450, 0.35, 0.7),
    "fax": lambda s: tone(s, 2100, 1, 1),
    "keys": keys,
    "hold music": music,
}


class TestWhatIsNoSpeech:
    @pytest.mark.parametrize("name", SOUNDS)
    def test_it_is_neither_speech_nor_doubtful_nor_sets_the_gain(self, name: str) -> None:
        activity = listen(SOUNDS[name](30) + line(30))
        assert activity == Activity((), (), 1.0)

    @pytest.mark.parametrize(
        ("name", "level"),
        [
            ("beeps", 0.03),
            ("ring-back", 0.03),
            ("busy", 0.03),
            ("fax", 0.03),
            ("keys", 0.03),
            ("hold music", 0.03),
            ("hold music", 1.0),
        ],
    )
    def test_a_talker_keeps_his_gain_and_his_words_beside_it(self, name: str, level: float) -> None:
        entry, audio = demo("c01")
        talker = np.asarray(audio.channels[0]) * np.float32(level)
        alone = listen(talker)
        beside = listen(np.concatenate([SOUNDS[name](30) + line(30), talker]))
        assert decibels(beside.gain) == pytest.approx(decibels(alone.gain), abs=1.0)
        turns = [(a + 30, b + 30) for a, b in spoken(entry, 0)]
        assert recall(beside, turns) >= 0.98
        assert speech_seconds(beside.doubtful) < 1.5

    def test_beeps_in_the_middle_of_his_words_turn_a_quiet_talker_down_by_little(self) -> None:
        talker = np.asarray(demo("c01")[1].channels[0]) * np.float32(0.1)
        beeping = talker + tone(len(talker) / SAMPLE_RATE + 1, 1400, 0.3, 4, 0.9)[: len(talker)]
        assert decibels(listen(beeping).gain) > decibels(listen(talker).gain) - 4

    def test_a_click_is_nothing(self) -> None:
        channel = line(10)
        channel[3 * SAMPLE_RATE : 3 * SAMPLE_RATE + 600] += 0.5
        assert listen(channel) == Activity((), (), 1.0)


class TestDoubtful:
    def murmur(self, seconds: float) -> FloatArray:
        """Rises and falls like syllables, and is no voice: nobody can say what it is without listening."""
        t = np.arange(int(seconds * SAMPLE_RATE)) / SAMPLE_RATE
        noise = np.random.default_rng(2).standard_normal(len(t))
        sound: FloatArray = (0.02 * noise * np.clip(np.sin(2 * np.pi * 3 * t), 0, 1) ** 2).astype(np.float32)
        return sound

    def test_sound_that_is_no_tone_and_no_voice_is_doubted_and_not_dropped(self) -> None:
        channel = line(20)
        channel[5 * SAMPLE_RATE : 8 * SAMPLE_RATE] += self.murmur(3)
        activity = listen(channel)
        assert activity.speech == () and activity.gain == 1.0
        ((start, end),) = activity.doubtful
        assert start == pytest.approx(5, abs=0.4) and end == pytest.approx(8, abs=0.4)

    def test_it_is_doubted_within_hold_music_too(self) -> None:
        channel = np.concatenate([music(10), self.murmur(4), music(10)]) + line(24)
        doubtful = listen(channel).doubtful
        assert overlap(doubtful, 10, 14) > 2.5 and speech_seconds(doubtful) < 6

    def test_what_is_far_below_the_talker_is_somebody_else_s(self) -> None:
        talker = np.asarray(demo("c01")[1].channels[0])
        far = np.concatenate([talker, self.murmur(5) * np.float32(0.05)])
        assert overlap(listen(far).doubtful, len(talker) / SAMPLE_RATE + 0.5, len(far) / SAMPLE_RATE) == 0


class TestHostileSamples:
    @pytest.mark.parametrize("length", [0, 1, 100, 511, 512, 513, 16_000])
    def test_any_length_of_silence_is_silence(self, length: int) -> None:
        assert listen(np.zeros(length, np.float32)) == Activity((), (), 1.0)

    def test_an_offset_does_not_hide_a_talker(self) -> None:
        entry, audio = demo("c01")
        assert (
            recall(
                listen(np.asarray(audio.channels[0]) * np.float32(0.5) + np.float32(0.1)), spoken(entry, 0)
            )
            > 0.95
        )

    def test_clipped_speech_is_speech(self) -> None:
        entry, audio = demo("c01")
        clipped = np.clip(np.asarray(audio.channels[0]) * np.float32(20), -1, 1)
        assert recall(listen(clipped), spoken(entry, 0)) > 0.98

    def test_a_channel_that_is_full_scale_throughout_is_no_speech(self) -> None:
        assert listen(np.ones(160_000, np.float32)).speech == ()
        assert listen(np.where(np.arange(160_000) % 2, 1, -1).astype(np.float32)).speech == ()

    def test_an_hour_of_nothing_asks_the_network_nothing(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def refuse() -> None:
            raise AssertionError("the network was asked about silence")

        monkeypatch.setattr("inspection.sound.silero._session", refuse)
        assert listen(np.zeros(3600 * SAMPLE_RATE, np.float32)) == Activity((), (), 1.0)


class TestEnergy:
    """What stands behind the network."""

    def bursts(self, seconds: float, *spans: tuple[float, float]) -> FloatArray:
        channel = line(seconds, 0.0005)
        for start, end in spans:
            part = channel[int(start * SAMPLE_RATE) : int(end * SAMPLE_RATE)]
            part += 0.1 * np.random.default_rng(4).standard_normal(len(part)).astype(np.float32)
        return channel

    def test_it_finds_the_loud_stretches(self) -> None:
        first, second = speech_spans(self.bursts(20, (2, 5), (9, 10)))
        assert first == pytest.approx((2, 5), abs=0.25) and second == pytest.approx((9, 10), abs=0.25)

    def test_sound_without_any_pause_is_found_whole(self) -> None:
        assert speech_seconds(speech_spans(line(10, 0.1))) == pytest.approx(10, abs=0.5)

    def test_loudness_is_in_decibels_of_full_scale(self) -> None:
        assert loudness(np.full(3200, 0.1, np.float32)) == pytest.approx([-20.0] * 10)
        assert len(loudness(np.zeros(0, np.float32))) == 0


def test_a_cut_falls_where_it_is_quietest() -> None:
    channel = line(30, 0.1)
    channel[int(23.4 * SAMPLE_RATE) : int(23.6 * SAMPLE_RATE)] *= 0.01
    assert quietest(channel)(20.0, 28.0) == pytest.approx(23.5, abs=0.07)
    assert 29.99 <= quietest(channel)(29.99, 30.0) <= 30.0

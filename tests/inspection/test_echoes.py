"""One person's words do not get into the other's mouth because a line overhears them."""

from __future__ import annotations

import numpy as np
import pytest

from inspection.sound.activity import SAMPLE_RATE, Activity, listen, overlap, speech_seconds
from inspection.sound.echoes import echoes, without_echoes
from tests.inspection.sounds import FloatArray, demo, line, music, spoken


@pytest.fixture(scope="module")
def call() -> tuple[FloatArray, FloatArray]:
    """Agent and customer of a demo call, 45 seconds."""
    left, right = (np.asarray(c)[: 45 * SAMPLE_RATE] for c in demo("c01")[1].channels)
    return left, right


def within(turns: list[tuple[float, float]]) -> list[tuple[float, float]]:
    return [(a, b) for a, b in turns if b < 45]


def late(sound: FloatArray, seconds: float) -> FloatArray:
    shift = int(seconds * SAMPLE_RATE)
    return np.concatenate([np.zeros(shift, np.float32), sound])[: len(sound)]


def filtered(sound: FloatArray) -> FloatArray:
    """What a hybrid does to a voice: it rings on for a few milliseconds."""
    ring = np.exp(-np.arange(60) / 12) * np.cos(np.arange(60) / 3)
    rung = np.convolve(sound, ring / np.abs(ring).sum() * 2, "full")
    return np.asarray(rung[: len(sound)], np.float32)


def through_g711(sound: FloatArray) -> FloatArray:
    """Quantised by the logarithm, eight bits."""
    squeezed = np.sign(sound) * np.log1p(255 * np.abs(sound)) / np.log(256)
    coarse = np.round(squeezed * 127) / 127
    return np.asarray(np.sign(coarse) * (np.power(256.0, np.abs(coarse)) - 1) / 255, np.float32)


@pytest.mark.parametrize(
    ("level", "delay"),
    [(0.2, 0.02), (0.1, 0.0), (0.05, 0.2)],
    ids=["14 dB below", "20 dB below", "26 dB below"],
)
def test_an_echo_is_left_out_and_every_real_word_stays(
    call: tuple[FloatArray, FloatArray], level: float, delay: float
) -> None:
    agent, customer = call
    overhearing = through_g711(agent + np.float32(level) * filtered(late(customer, delay)))
    both, hers = listen(overhearing), listen(customer)
    heard, other = without_echoes([overhearing, customer], [both, hers])
    entry, _ = demo("c01")
    mine, yours = within(spoken(entry, 0)), within(spoken(entry, 1))
    assert sum(overlap(both.everything, a, b) for a, b in yours) > 0.8 * speech_seconds(yours)  # it was heard
    assert sum(overlap(heard.everything, a, b) for a, b in yours) < 0.2 * speech_seconds(yours)
    assert sum(overlap(heard.speech, a, b) for a, b in mine) > 0.99 * speech_seconds(mine)
    assert other == hers  # who spoke it keeps it
    assert heard.echoes and not other.echoes
    kept = speech_seconds(heard.everything) + speech_seconds(heard.echoes)
    assert kept == pytest.approx(
        speech_seconds(both.everything)
    )  # nothing vanished: left out is written down
    assert sum(overlap(heard.echoes, *span) for span in heard.everything) == 0
    assert heard.gain == both.gain


@pytest.mark.parametrize(("level", "delay"), [(0.4, 0.15), (0.6, 0.02), (0.4, 0.45)])
def test_an_echo_nearly_as_loud_as_the_voice_is_heard_and_accuses_nobody(
    call: tuple[FloatArray, FloatArray], level: float, delay: float
) -> None:
    """Not certain enough to be left out, far too likely to be held against the one whose line carries it."""
    agent, customer = call
    overhearing = agent + np.float32(level) * late(customer, delay)
    both, hers = listen(overhearing), listen(customer)
    heard, other = without_echoes([overhearing, customer], [both, hers])
    entry, _ = demo("c01")
    mine, yours = within(spoken(entry, 0)), within(spoken(entry, 1))
    assert sum(overlap(heard.speech, a, b) for a, b in yours) < 0.2 * speech_seconds(yours)
    assert sum(overlap(heard.doubtful, a, b) for a, b in yours) > 0.7 * speech_seconds(yours)
    assert sum(overlap(heard.speech, a, b) for a, b in mine) > 0.97 * speech_seconds(mine)
    assert other == hers


def test_people_who_speak_at_once_both_stay(call: tuple[FloatArray, FloatArray]) -> None:
    agent, customer = call
    both = np.roll(customer, -int(8 * SAMPLE_RATE))  # she now speaks over him
    for level in (1.0, 0.06):
        channels = [agent, both * np.float32(level)]
        activities = [listen(c) for c in channels]
        assert without_echoes(channels, activities) == activities


def test_who_speaks_over_an_echo_is_heard(call: tuple[FloatArray, FloatArray]) -> None:
    agent, customer = call
    agent = np.roll(agent, int(6 * SAMPLE_RATE))
    overhearing = agent + np.float32(0.1) * late(customer, 0.05)
    heard, _ = without_echoes([overhearing, customer], [listen(overhearing), listen(customer)])
    alone = listen(agent)
    missed = speech_seconds(alone.speech) - sum(overlap(heard.speech, a, b) for a, b in alone.speech)
    assert missed < 1.5  # quiet ends of his words under hers


def test_the_same_music_on_both_channels_is_nobody_s_echo(call: tuple[FloatArray, FloatArray]) -> None:
    agent, customer = call
    song = music(45)
    channels = [agent + song, customer + song]
    activities = [listen(c) for c in channels]
    assert without_echoes(channels, activities) == activities


def test_one_channel_and_silence_have_no_echo() -> None:
    assert without_echoes([line(2)], [Activity(((0, 1),), (), 1.0)]) == [Activity(((0, 1),), (), 1.0)]
    assert without_echoes([], []) == []
    assert echoes(np.zeros(16_000, np.float32), np.zeros(16_000, np.float32), [(0, 1)], [(0, 1)]) == []
    assert echoes(line(1), line(0.01), [(0, 1)], [(0, 1)]) == []


def test_what_is_as_loud_as_its_source_is_no_echo(call: tuple[FloatArray, FloatArray]) -> None:
    agent, _ = call
    assert echoes(agent * np.float32(0.6), agent, [(1, 8)], [(1, 8)]) == []
    assert echoes(agent * np.float32(0.1), agent, [(1, 8)], [(1, 8)]) != []

"""A real recording in every container of real life, written by ffmpeg: the right channels at the right times."""

from __future__ import annotations

import struct
import wave
from pathlib import Path

import numpy as np
import pytest

from demo.containers import CONTAINERS, CannotWrite, Container, write
from inspection.files import AudioError
from inspection.sound.audio import SAMPLE_RATE, Audio, decode
from tests.inspection.sounds import FloatArray, demo, keys, line, tone

START, SECONDS = 7.5, 5  # the agent ends at 8.7 s, the customer speaks from 9.3 s on


@pytest.fixture(scope="module")
def source() -> FloatArray:
    """Two channels at 16 kHz: two people one after the other, and hardly alike."""
    _, audio = demo("c01")
    return np.stack(
        [np.asarray(c)[int(START * SAMPLE_RATE) :][: SECONDS * SAMPLE_RATE] for c in audio.channels]
    )


def narrow(sound: FloatArray) -> FloatArray:
    """What every telephone codec keeps."""
    size = 1 << len(sound).bit_length()
    spectrum = np.fft.rfft(sound, size)
    hertz = np.fft.rfftfreq(size, 1 / SAMPLE_RATE)
    spectrum[(hertz < 300) | (hertz > 3000)] = 0
    return np.fft.irfft(spectrum, size)[: len(sound)].astype(np.float32)


def alike(one: FloatArray, two: FloatArray) -> tuple[float, float]:
    """The highest correlation of two sounds, and by how many seconds the second is late there."""
    size = 1 << (len(one) + len(two)).bit_length()
    a, b = narrow(one), narrow(two)
    product = np.fft.irfft(np.fft.rfft(b, size) * np.conj(np.fft.rfft(a, size)), size)
    lag = int(np.argmax(product))
    highest = product[lag] / (np.linalg.norm(a) * np.linalg.norm(b) + 1e-9)
    return float(highest), (lag if lag < size // 2 else lag - size) / SAMPLE_RATE


def decoded(folder: Path, container: Container, channels: FloatArray) -> Audio:
    path = folder / "recording"  # its name says nothing
    written = folder / container.file
    try:
        write(container, written, channels)
    except CannotWrite as reason:
        pytest.skip(f"cannot be written here: {reason}")
    written.rename(path)
    return decode(path)


@pytest.mark.parametrize("container", [c for c in CONTAINERS if c.name != "AMR-WB"], ids=lambda c: c.name)
def test_every_channel_comes_out_as_itself_and_at_its_time(
    tmp_path: Path, source: FloatArray, container: Container
) -> None:
    audio = decoded(tmp_path, container, source)
    assert audio.info.channels == len(audio.channels) == container.channels
    assert audio.info.sample_rate_hz == container.sample_rate_hz
    assert audio.duration_seconds == pytest.approx(SECONDS, abs=0.25)
    assert not audio.is_truncated and not audio.is_dual_mono
    least = 0.75 if "G.723" in container.name or "AMR" in container.name else 0.85
    for number, channel in enumerate(audio.channels):
        same, late = alike(source[number], np.asarray(channel))
        assert same > least, f"channel {number}"
        assert abs(late) < 0.15, f"channel {number}"  # what a codec holds back, 138 ms for MP3 at 8 kHz
        if container.channels == 2:
            assert alike(source[1 - number], np.asarray(channel))[0] < 0.3


@pytest.mark.parametrize(
    ("name", "gain"),
    [
        ("WAV, G.711 A-law", 1.0),
        ("WAV, G.711 A-law", 0.5),
        ("MP3, joint stereo, tags", 1.0),
        ("MP3, two channels", 2.0),
        ("OGG, Opus", 1.0),
        ("OGG, Opus", 0.5),
        ("OGG, Vorbis", 1.0),
        ("M4A, AAC", 1.0),
    ],
)
def test_one_call_on_both_channels_is_recognised_through_a_codec(
    tmp_path: Path, source: FloatArray, name: str, gain: float
) -> None:
    container = next(c for c in CONTAINERS if c.name == name)
    both = source.sum(axis=0) * np.float32(0.45)
    audio = decoded(tmp_path, container, np.stack([both, both * np.float32(gain)]))
    assert audio.is_dual_mono and len(audio.channels) == 1
    kept = np.asarray(audio.channels[0])
    assert alike(both, kept)[0] > 0.85
    assert np.abs(kept).max() == pytest.approx(
        np.abs(both).max() * max(1.0, gain), rel=0.35
    )  # the louder one


class TestTwoPeople:
    """Who has a channel of his own keeps it, whatever else both channels carry."""

    def channels(self, tmp_path: Path, left: FloatArray, right: FloatArray) -> int:
        path = tmp_path / "call.wav"
        sound = np.stack([left, right]).clip(-1, 1)
        with wave.open(str(path), "wb") as file:
            file.setnchannels(2)
            file.setsampwidth(2)
            file.setframerate(SAMPLE_RATE)
            file.writeframes((sound.T * 32767).astype("<i2").tobytes())
        return len(decode(path).channels)

    def test_one_overhears_the_other(self, tmp_path: Path, source: FloatArray) -> None:
        agent, customer = source
        assert (
            self.channels(tmp_path, agent + customer * np.float32(0.3), customer + agent * np.float32(0.3))
            == 2
        )

    def test_the_same_beeps_on_both(self, tmp_path: Path, source: FloatArray) -> None:
        beeps = tone(SECONDS, 1400, 0.5, 2, 0.8) + keys(SECONDS) * np.float32(0.2)
        assert (
            self.channels(tmp_path, source[0] * np.float32(0.2) + beeps, source[1] * np.float32(0.2) + beeps)
            == 2
        )

    def test_one_side_carries_both_and_the_other_one_of_them(
        self, tmp_path: Path, source: FloatArray
    ) -> None:
        assert self.channels(tmp_path, source.sum(axis=0) * np.float32(0.5), source[1]) == 2

    def test_one_is_silent(self, tmp_path: Path, source: FloatArray) -> None:
        """A call stored on one side; which of both it is, and that it is so, the speakers' module says."""
        assert self.channels(tmp_path, source.sum(axis=0) * np.float32(0.5), line(SECONDS)) == 2
        assert self.channels(tmp_path, np.zeros(SECONDS * SAMPLE_RATE, np.float32), source[0]) == 2

    def test_upside_down_is_not_the_same(self, tmp_path: Path, source: FloatArray) -> None:
        """Only the sum of both would be silent, and nobody makes it; kept apart, nothing is lost."""
        assert self.channels(tmp_path, source[0], -source[0]) == 2

    def test_only_line_noise(self, tmp_path: Path) -> None:
        assert self.channels(tmp_path, line(4.0), line(4.001)[: 4 * SAMPLE_RATE]) == 2


def test_wide_band_amr_is_decoded(tmp_path: Path) -> None:
    """Few systems can write it, so these are frames of noise: 12.65 kbit/s, 20 ms each."""
    rng = np.random.default_rng(1)
    frames = b"".join(b"\x14" + rng.bytes(32) for _ in range(150))
    path = tmp_path / "call.amr"
    path.write_bytes(b"#!AMR-WB\n" + frames)
    audio = decode(path)
    assert (audio.info.codec, audio.info.sample_rate_hz, len(audio.channels)) == ("amrwb", 16_000, 1)
    assert audio.duration_seconds == pytest.approx(3.0, abs=0.05)
    assert np.abs(audio.channels[0]).max() > 0.001


class TestGluedTogether:
    """Recorders append; the second part may have been made at another rate."""

    def part(self, tmp_path: Path, name: str, channels: FloatArray, rate: int) -> bytes:
        kind = next(c for c in CONTAINERS if c.name == name)
        path = tmp_path / f"{rate}{kind.file}"
        try:
            write(Container(kind.name, kind.file, kind.arguments, len(channels), rate), path, channels)
        except CannotWrite as reason:
            pytest.skip(str(reason))
        return path.read_bytes()

    @pytest.mark.parametrize(
        ("name", "rate"),
        [("AAC without a container", 44_100), ("MP3, two channels", 44_100), ("OGG, Opus", 48_000)],
    )
    def test_the_sound_goes_on_at_its_own_speed(
        self, tmp_path: Path, source: FloatArray, name: str, rate: int
    ) -> None:
        first = self.part(tmp_path, name, source, rate if "Opus" in name else 16_000)
        path = tmp_path / "both"
        path.write_bytes(first + self.part(tmp_path, name, source, rate))
        audio = decode(path)
        assert audio.duration_seconds == pytest.approx(2 * SECONDS, abs=0.3)
        for number, channel in enumerate(audio.channels):
            tail = np.asarray(channel)[SECONDS * SAMPLE_RATE - SAMPLE_RATE // 4 :]
            same, late = alike(source[number], tail)
            assert same > 0.8 and 0 < late < 0.6

    def test_an_ogg_that_goes_on_at_another_rate_is_used_as_far_as_it_goes(
        self, tmp_path: Path, source: FloatArray
    ) -> None:
        path = tmp_path / "both"
        path.write_bytes(
            self.part(tmp_path, "OGG, Vorbis", source, 16_000)
            + self.part(tmp_path, "OGG, Vorbis", source, 44_100)
        )
        audio = decode(path)
        assert audio.is_truncated and audio.duration_seconds == pytest.approx(SECONDS, abs=0.2)

    def test_another_number_of_channels_ends_what_can_be_used(
        self, tmp_path: Path, source: FloatArray
    ) -> None:
        name = "AAC without a container"
        path = tmp_path / "both"
        path.write_bytes(
            self.part(tmp_path, name, source, 16_000) + self.part(tmp_path, name, source[:1], 16_000)
        )
        audio = decode(path)
        assert len(audio.channels) == 2 and audio.is_truncated and audio.breaks_off
        assert alike(source[0], np.asarray(audio.channels[0])[: SECONDS * SAMPLE_RATE])[0] > 0.8


class TestBrokenSamples:
    def float_wav(self, path: Path, samples: FloatArray, rate: int = SAMPLE_RATE) -> Path:
        data = samples.astype("<f4").tobytes()
        form = struct.pack("<HHIIHH", 3, 1, rate, rate * 4, 4, 32)
        chunks = b"fmt " + struct.pack("<I", 16) + form + b"data" + struct.pack("<I", len(data)) + data
        path.write_bytes(b"RIFF" + struct.pack("<I", 4 + len(chunks)) + b"WAVE" + chunks)
        return path

    def test_what_is_no_number_is_silence_and_the_rest_is_kept(
        self, tmp_path: Path, source: FloatArray
    ) -> None:
        sound = source[1].copy()
        sound[100:200], sound[300], sound[400], sound[500] = np.nan, np.inf, -np.inf, 1e30
        channel = np.asarray(decode(self.float_wav(tmp_path / "a.wav", sound)).channels[0])
        assert np.isfinite(channel).all() and np.abs(channel).max() <= 1.0
        assert channel[8000:] == pytest.approx(source[1][8000:], abs=1e-6)

    def test_nothing_but_no_numbers_is_a_silent_call(self, tmp_path: Path) -> None:
        audio = decode(self.float_wav(tmp_path / "a.wav", np.full(32_000, np.nan, np.float32), 8_000))
        assert audio.duration_seconds == pytest.approx(4.0) and not np.asarray(audio.channels[0]).any()

    @pytest.mark.parametrize("count", [0, 1, 2, 15])
    @pytest.mark.parametrize("rate", [8_000, 44_100])
    def test_next_to_no_samples_are_a_short_call_or_refused(
        self, tmp_path: Path, count: int, rate: int
    ) -> None:
        path = self.float_wav(tmp_path / "a.wav", np.full(count, 0.5, np.float32), rate)
        try:
            assert 0 < decode(path).duration_seconds < 0.1
        except AudioError as error:
            assert error.code in ("empty", "damaged")

    def test_a_rate_that_nobody_records_with_is_understood(self, tmp_path: Path) -> None:
        for rate in (6_000, 37_800, 192_000):
            audio = decode(self.float_wav(tmp_path / f"{rate}.wav", np.zeros(rate, np.float32), rate))
            assert audio.duration_seconds == pytest.approx(1.0, abs=0.01)


@pytest.mark.parametrize("name", ["AAC without a container", "MP3, one channel", "AMR"])
def test_a_stream_that_does_not_say_its_length_is_no_broken_one(
    tmp_path: Path, source: FloatArray, name: str
) -> None:
    """The first second is loud and costs many bits: guessed by it, the file would be far longer."""
    container = next(c for c in CONTAINERS if c.name == name)
    rng = np.random.default_rng(1)
    loud = np.concatenate([rng.normal(0, 0.3, (2, SAMPLE_RATE)), np.zeros((2, 60 * SAMPLE_RATE))], axis=1)
    audio = decoded(tmp_path, container, loud.astype(np.float32))
    assert audio.duration_seconds == pytest.approx(61, abs=0.4) and not audio.is_truncated

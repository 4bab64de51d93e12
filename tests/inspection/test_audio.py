"""Recordings of every kind, and files that are none."""

from __future__ import annotations

import io
import struct
import wave
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from inspection.files import AudioError
from inspection.sound.audio import SAMPLE_RATE, decode, probe

LEFT, RIGHT = 440.0, 880.0


def tones(seconds: float, rate: int, channels: int) -> np.ndarray[Any, Any]:
    """A tone on the left, its octave on the right: whoever mixes them up is found out."""
    t = np.arange(int(seconds * rate)) / rate
    return np.stack([0.4 * np.sin(2 * np.pi * hertz * t) for hertz in (LEFT, RIGHT)[:channels]])


def write(path: Path, container: str, codec: str, rate: int, samples: np.ndarray[Any, Any]) -> Path:
    try:
        av.codec.Codec(codec, "w")
    except Exception:
        pytest.skip(f"this PyAV cannot write {codec}")
    layout = "mono" if len(samples) == 1 else "stereo"
    with av.open(str(path), "w", format=container) as out:
        stream: Any = out.add_stream(codec, rate=rate, layout=layout)
        data = (np.clip(samples, -1, 1) * 32767).astype(np.int16)
        frame = av.AudioFrame.from_ndarray(
            np.ascontiguousarray(data.T).reshape(1, -1), format="s16", layout=layout
        )
        frame.sample_rate, frame.pts = rate, 0
        resampler = av.AudioResampler(format=stream.codec_context.format, layout=layout, rate=rate)
        fifo: Any = av.AudioFifo()
        for part in resampler.resample(frame):
            fifo.write(part)
        while (chunk := fifo.read(stream.codec_context.frame_size or 1024, partial=True)) is not None:
            out.mux(stream.encode(chunk))
        out.mux(stream.encode(None))
    return path


def pcm(path: Path, samples: np.ndarray[Any, Any], rate: int = 8000) -> Path:
    """A plain WAV without PyAV's help."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(len(samples))
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes((np.ascontiguousarray(samples.T) * 32767).astype("<i2").tobytes())
    return path


def loudest_hertz(channel: np.ndarray[Any, Any]) -> float:
    spectrum = np.abs(np.fft.rfft(channel * np.hanning(len(channel))))
    return float(np.argmax(spectrum)) * SAMPLE_RATE / len(channel)


def refusal(path: Path, **limits: float) -> str:
    with pytest.raises(AudioError) as error:
        decode(path, **limits)
    assert error.value.zh and error.value.en
    return error.value.code


@pytest.mark.parametrize(
    ("container", "codec", "rate", "channels"),
    [
        pytest.param("wav", "pcm_alaw", 8000, 2, id="wav G.711 A-law"),
        pytest.param("mp3", "libmp3lame", 16000, 2, id="mp3"),
        pytest.param("mp4", "aac", 22050, 2, id="m4a"),
        pytest.param("ogg", "libopus", 48000, 2, id="ogg opus"),
        pytest.param("amr", "libopencore_amrnb", 8000, 1, id="amr"),
    ],
)
def test_the_channels_come_apart_also_where_no_ffmpeg_is_installed(
    tmp_path: Path, container: str, codec: str, rate: int, channels: int
) -> None:
    """test_containers.py has every container, and needs the ffmpeg program to write them."""
    path = write(tmp_path / "recording.bin", container, codec, rate, tones(2.0, rate, channels))
    audio = decode(path)
    assert probe(path).channels == channels == len(audio.channels)
    assert not audio.is_truncated and not audio.is_dual_mono and not audio.holes
    for channel, hertz in zip(audio.channels, (LEFT, RIGHT), strict=False):
        assert loudest_hertz(channel[SAMPLE_RATE // 2 : -SAMPLE_RATE // 2]) == pytest.approx(hertz, abs=5)


def test_probing_tells_kind_and_length(tmp_path: Path) -> None:
    info = probe(pcm(tmp_path / "x.mp3", tones(3, 8000, 2)))  # a wrong name does not matter
    assert (info.container, info.codec, info.channels, info.sample_rate_hz) == ("wav", "pcm_s16le", 2, 8000)
    assert info.duration_seconds == pytest.approx(3.0)


def test_the_same_sound_on_both_channels_is_one_channel(tmp_path: Path) -> None:
    left = tones(2, 8000, 1)[0]
    audio = decode(pcm(tmp_path / "dual.wav", np.stack([left, left])))
    assert audio.is_dual_mono and len(audio.channels) == 1


def test_two_silent_channels_stay_two(tmp_path: Path) -> None:
    audio = decode(pcm(tmp_path / "silent.wav", np.zeros((2, 16000))))
    assert not audio.is_dual_mono and len(audio.channels) == 2


def test_one_silent_channel_is_not_a_mono_call(tmp_path: Path) -> None:
    sound = tones(2, 8000, 2)
    sound[1] = 0
    assert len(decode(pcm(tmp_path / "one.wav", sound)).channels) == 2


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty"),
        (bytes(10_000), "not_audio"),
        ("您好,这是一段文字。".encode() * 100, "not_audio"),
        (b"%PDF-1.7" + bytes(5000), "not_audio"),
        (b"PK\x03\x04" + bytes(5000), "not_audio"),
        (b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n", "not_audio"),
        (b"ffconcat version 1.0\nfile /etc/passwd\n", "not_audio"),
        (b"RIFF\x00\x00\x00\x00WAVE", "damaged"),
        (b"RIFF\x24\x00\x00\x00WAVEfmt \x10\x00\x00\x00", "damaged"),
        (b"OggS\x00\x02" + bytes(range(256)) * 12, "damaged"),
        (b"\x1aE\xdf\xa3" + bytes(3000), "damaged"),
        (b"\x00\x00\x00\x20ftypM4A " + bytes(3000), "damaged"),
        (b"fLaC" + bytes(3000), "damaged"),
        (b"ID3\x04\x00\x00\x00\x00\x00\x00" + bytes(3000), "damaged"),
    ],
)
def test_what_is_no_recording_is_refused_in_plain_words(tmp_path: Path, content: bytes, code: str) -> None:
    path = tmp_path / "call.wav"
    path.write_bytes(content)
    assert refusal(path) == code


def test_a_missing_file_and_a_folder_are_refused(tmp_path: Path) -> None:
    assert refusal(tmp_path / "nothing.wav") == "missing"
    assert refusal(tmp_path) == "missing"


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    head=st.sampled_from([b"", b"RIFF\x00\x10\x00\x00WAVEfmt ", b"OggS\x00\x02", b"ID3\x03\x00", b"\xff\xfb\x90\x00", b"\x00\x00\x00\x18ftypmp42", b"fLaC", b"#!AMR\n", b"\x1aE\xdf\xa3", b"FORM\x00\x00\x10\x00AIFF", b".snd", b"caff\x00\x01"]),
    noise=st.binary(max_size=4000),
)  # fmt: skip
def test_noise_behind_any_signature_is_decoded_or_refused_never_a_crash(
    tmp_path: Path, head: bytes, noise: bytes
) -> None:
    path = tmp_path / "noise.wav"
    path.write_bytes(head + noise)
    try:
        decode(path, max_seconds=3600)
    except AudioError as error:
        assert error.code and error.zh and error.en


@pytest.mark.parametrize(
    ("container", "codec"),
    [("wav", "pcm_s16le"), ("mp3", "libmp3lame"), ("ogg", "libopus"), ("flac", "flac")],
)
def test_a_truncated_file_is_decoded_as_far_as_it_goes(tmp_path: Path, container: str, codec: str) -> None:
    whole = write(tmp_path / "whole", container, codec, 48000, tones(8, 48000, 2)).read_bytes()
    path = tmp_path / "half"
    path.write_bytes(whole[: len(whole) // 2])
    audio = decode(path)
    assert 2.5 < audio.duration_seconds < 5.5
    if container != "ogg":  # half an Ogg file does not know what it lost
        assert audio.is_truncated and audio.breaks_off


def test_what_follows_a_hole_keeps_its_time(tmp_path: Path) -> None:
    rate = 48000
    sound = np.zeros((2, rate * 12))
    sound[:, rate * 10 :] = tones(2, rate, 2)
    sound[:, :rate] = tones(1, rate, 2)
    rng = np.random.default_rng(1)
    sound += rng.normal(0, 0.01, sound.shape)
    whole = write(tmp_path / "whole", "ogg", "libopus", rate, sound).read_bytes()
    third = len(whole) // 3
    path = tmp_path / "hole"
    path.write_bytes(whole[:third] + bytes(third // 2) + whole[third + third // 2 :])
    audio = decode(path)
    assert audio.is_truncated and not audio.breaks_off  # the end of the call is there
    loud = np.abs(audio.channels[0]) > 0.2
    starts = np.flatnonzero(loud[SAMPLE_RATE * 5 :])[0] / SAMPLE_RATE + 5
    assert starts == pytest.approx(10.0, abs=0.3)
    ((begins, ends),) = audio.holes
    assert 1.0 < begins < ends <= 10.1
    assert not audio.channels[0][int((begins + 0.1) * SAMPLE_RATE) : int((ends - 0.1) * SAMPLE_RATE)].any()


def test_a_recording_longer_than_allowed_is_refused(tmp_path: Path) -> None:
    path = pcm(tmp_path / "long.wav", np.zeros((1, 8000 * 20)))
    assert refusal(path, max_seconds=10) == "too_long"
    assert decode(path, max_seconds=30).duration_seconds == pytest.approx(20)


def header(channels: int, rate: int, claimed: int, data: bytes) -> bytes:
    block = channels * 2
    head = struct.pack("<HHIIHH", 1, channels, rate, rate * block, block, 16)
    return (
        b"RIFF"
        + struct.pack("<I", 36 + claimed)
        + b"WAVEfmt "
        + struct.pack("<I", 16)
        + head
        + b"data"
        + struct.pack("<I", claimed)
        + data
    )


def test_more_channels_than_two_are_refused(tmp_path: Path) -> None:
    for channels in (3, 64):
        path = tmp_path / f"{channels}.wav"
        path.write_bytes(header(channels, 8000, channels * 2 * 800, bytes(channels * 2 * 800)))
        assert refusal(path) == "too_many_channels"


def test_a_header_that_claims_days_over_a_few_bytes_is_refused(tmp_path: Path) -> None:
    content = bytearray(write(tmp_path / "short", "flac", "flac", 16000, tones(1, 16000, 1)).read_bytes())
    content[21] |= 0x0F  # the number of samples, 36 bits of it, all ones: forty-nine days
    content[22:26] = b"\xff\xff\xff\xff"
    path = tmp_path / "days.flac"
    path.write_bytes(content)
    assert refusal(path, max_seconds=3600) == "absurd_duration"


def test_a_wav_whose_recorder_did_not_know_the_length_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "stream.wav"
    path.write_bytes(header(1, 8000, 0xFFFFFFFF - 36, bytes(16000 * 3)))
    audio = decode(path)
    assert audio.duration_seconds == pytest.approx(3.0) and not audio.is_truncated


def test_one_sample_is_no_reason_to_crash(tmp_path: Path) -> None:
    path = tmp_path / "one.wav"
    path.write_bytes(header(1, 16000, 2, b"\x10\x00"))
    try:
        assert decode(path).duration_seconds < 0.1
    except AudioError as error:
        assert error.code in ("empty", "damaged")


def test_a_header_without_data_is_empty_or_damaged(tmp_path: Path) -> None:
    path = tmp_path / "none.wav"
    path.write_bytes(header(2, 16000, 0, b""))
    assert refusal(path) in ("empty", "damaged")


def test_a_film_without_sound_is_refused(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="mp4") as out:
        stream: Any = out.add_stream("mpeg4", rate=5)
        stream.width, stream.height, stream.pix_fmt = 16, 16, "yuv420p"
        for _ in range(5):
            out.mux(
                stream.encode(av.VideoFrame.from_ndarray(np.zeros((16, 16, 3), np.uint8), format="rgb24"))
            )
        out.mux(stream.encode(None))
    path = tmp_path / "film.wav"
    path.write_bytes(buffer.getvalue())
    assert refusal(path) == "no_audio_stream"


def test_a_long_recording_does_not_fill_the_memory(tmp_path: Path) -> None:
    path = tmp_path / "long.wav"
    path.write_bytes(header(1, 8000, 8000 * 2 * 660, bytes(8000 * 2 * 660)))
    audio = decode(path)
    assert audio.duration_seconds == pytest.approx(660)
    assert isinstance(audio.channels[0], np.memmap)  # in a temporary file, not in memory

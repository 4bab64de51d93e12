"""Speaks the demo scripts and writes the recordings and their manifest: ``python -m demo.make_recordings``.

A run over all scripts gives the same files, byte for byte, on the same versions of espeak-ng and PyAV: the noise is
seeded by the call and the containers are written without random numbers. Left channel = agent, right channel = customer.
"""

from __future__ import annotations

import argparse
import json
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import av
import numpy as np
import numpy.typing as npt
from scipy.signal import butter, resample_poly, sosfiltfilt

from demo.scripts import CALLS, CallScript, Speaker
from inspection.demo_voice.synthesis import SAMPLE_RATE, Clip, Voice, synthesise

RECORDINGS = Path(__file__).with_name("recordings")
MANIFEST = "manifest.json"
FloatArray = npt.NDArray[np.float32]

_TELEPHONE_BAND_HERTZ = (300.0, 3400.0)
_SPEECH_PEAK = 0.5
_NOISE_RMS = 0.0004  # about -68 dB below full scale: a quiet line
_TAIL_SECONDS = 0.8
_SILENT_SECONDS = 12.0
_BITEXACT = 1 << 23  # AV_CODEC_FLAG_BITEXACT: no version strings, no random serial numbers

_AGENT_VOICES: Mapping[str, Voice] = {
    "K1001": Voice("+f2", 170, 52, 50),
    "K1002": Voice("+f1", 165, 55, 45),
    "K1003": Voice("+m3", 180, 45, 55),
    "K1004": Voice("+f3", 175, 50, 50),
    "K1005": Voice("+f5", 165, 50, 50),
    "K1006": Voice("+m1", 165, 52, 45),
    "K1007": Voice("+m2", 175, 50, 50),
    "K2001": Voice("+f2", 160, 58, 55),
    "K2002": Voice("+f1", 180, 48, 40),
    "K3001": Voice("+m4", 170, 50, 50),
}
_CUSTOMER_VOICES = (
    Voice("+m1", 175, 45, 50),
    Voice("+f3", 170, 60, 50),
    Voice("+m7", 165, 50, 45),
    Voice("+f5", 180, 55, 60),
    Voice("", 175, 50, 50),
    Voice("+m4", 160, 42, 40),
)


@dataclass(frozen=True)
class AudioFormat:
    """How a recording is stored. ``options`` go to the encoder as they are."""

    extension: str
    codec: str
    sample_rate: int
    bit_rate: int | None = None
    options: tuple[tuple[str, str], ...] = ()


# Opus with mapping family 255 and MP3 without joint stereo keep the two channels apart: no customer in the agent's ear.
_OPUS = AudioFormat("ogg", "libopus", 16000, 16000, (("mapping_family", "255"), ("application", "voip")))
_OPUS_NARROW = AudioFormat(
    "ogg", "libopus", 8000, 14000, (("mapping_family", "255"), ("application", "voip"))
)
_MP3 = AudioFormat("mp3", "libmp3lame", 16000, 40000, (("joint_stereo", "0"),))
_A_LAW = AudioFormat("wav", "pcm_alaw", 8000)
_MU_LAW = AudioFormat("wav", "pcm_mulaw", 8000)
_FORMATS: Mapping[str, AudioFormat] = {
    "c05": _A_LAW,
    "c13": _MP3,
    "c15": _MU_LAW,
    "c03": _OPUS_NARROW,
    "c09": _OPUS_NARROW,
}


@dataclass(frozen=True)
class SpokenTurn:
    """A turn where it was really spoken; times in seconds from the start of the recording."""

    speaker: Speaker
    start: float
    text: str
    clip: Clip

    @property
    def end(self) -> float:
        return self.start + float(self.clip.spans.max())

    def place(self, quote: str) -> tuple[float, float]:
        """Start and end of the characters of ``quote``."""
        first = self.text.index(quote)
        spans = self.clip.spans[first : first + len(quote)]
        spans = spans[spans[:, 0] >= 0]
        return self.start + float(spans[0, 0]), self.start + float(spans[-1, 1])


def customer_voice(call: CallScript) -> Voice:
    """A voice for the customer that is not the variant of the agent."""
    agent = _AGENT_VOICES[call.agent_number]
    others = [voice for voice in _CUSTOMER_VOICES if voice.variant != agent.variant]
    return others[zlib.crc32(call.call_id.encode()) % len(others)]


def speak(call: CallScript) -> list[SpokenTurn]:
    """Synthesises the turns one after the other."""
    voices: dict[Speaker, Voice] = {
        "agent": _AGENT_VOICES[call.agent_number],
        "customer": customer_voice(call),
    }
    spoken: list[SpokenTurn] = []
    end = 0.0
    for turn in call.turns:
        clip = synthesise(turn.text, voices[turn.speaker])
        if clip is None:
            raise ValueError(f"{call.call_id}: espeak-ng cannot say {turn.text!r}")
        spoken.append(SpokenTurn(turn.speaker, max(0.0, end + turn.pause_before_seconds), turn.text, clip))
        end = spoken[-1].end
    return spoken


def mix(call: CallScript, spoken: list[SpokenTurn]) -> FloatArray:
    """The telephone line: float32 [samples, 2] at 16 kHz, agent left and customer right; [samples, 1] for mono."""
    seconds = spoken[-1].end + _TAIL_SECONDS if spoken else _SILENT_SECONDS
    line = np.zeros((int(seconds * SAMPLE_RATE), 2), np.float32)
    if not spoken:
        return line
    for turn in spoken:
        start = int(turn.start * SAMPLE_RATE)
        samples = turn.clip.samples.astype(np.float32)
        samples *= _SPEECH_PEAK / np.abs(samples).max()
        samples = samples[: len(line) - start]
        line[start : start + len(samples), 0 if turn.speaker == "agent" else 1] += samples
    noise = np.random.default_rng(zlib.crc32(call.call_id.encode())).standard_normal(line.shape)
    line += _NOISE_RMS * noise.astype(np.float32)
    band = butter(6, _TELEPHONE_BAND_HERTZ, "bandpass", fs=SAMPLE_RATE, output="sos")
    line = np.asarray(sosfiltfilt(band, line, axis=0), np.float32)
    return line.mean(axis=1, keepdims=True) if call.layout == "mono" else line


def write_audio(path: Path, line: FloatArray, audio_format: AudioFormat) -> None:
    """Encodes float32 [samples, channels] at 16 kHz."""
    if audio_format.sample_rate != SAMPLE_RATE:
        line = resample_poly(line, audio_format.sample_rate, SAMPLE_RATE, axis=0)
    samples = np.clip(np.round(line * 32767), -32768, 32767).astype(np.int16)
    layout = "mono" if samples.shape[1] == 1 else "stereo"
    with av.open(str(path), "w", options={"fflags": "+bitexact"}) as container:
        stream = container.add_stream(
            audio_format.codec, audio_format.sample_rate, dict(audio_format.options)
        )
        assert isinstance(stream, av.AudioStream)
        encoder = stream.codec_context
        encoder.layout = layout
        encoder.flags |= _BITEXACT
        if audio_format.bit_rate:
            encoder.bit_rate = audio_format.bit_rate
        resampler = av.AudioResampler(encoder.format, layout, audio_format.sample_rate)
        frame = av.AudioFrame.from_ndarray(samples.reshape(1, -1), "s16", layout)
        frame.sample_rate = audio_format.sample_rate
        frame.pts = 0
        fifo = av.AudioFifo()
        for resampled in resampler.resample(frame):
            fifo.write(resampled)
        while (chunk := fifo.read(encoder.frame_size or 1024, partial=True)) is not None:
            container.mux(stream.encode(chunk))
        container.mux(stream.encode(None))


def write_damaged(path: Path) -> None:
    """The first bytes of an Ogg page, then noise: no decoder gets a sample out of it."""
    path.write_bytes(b"OggS\x00\x02" + np.random.default_rng(17).integers(0, 256, 3000, np.uint8).tobytes())


def _rounded(seconds: tuple[float, float]) -> dict[str, float]:
    return {"start": round(seconds[0], 2), "end": round(seconds[1], 2)}


def describe(call: CallScript, file: str, spoken: list[SpokenTurn], seconds: float | None) -> dict[str, Any]:
    """One entry of the manifest."""
    expected: list[dict[str, Any]] = []
    for finding in call.expected:
        entry: dict[str, Any] = {"kind": finding.kind, "category": finding.category}
        if finding.turn is not None and finding.quote is not None:
            entry |= {
                "turn": finding.turn,
                "quote": finding.quote,
                **_rounded(spoken[finding.turn].place(finding.quote)),
            }
        expected.append(entry)
    return {
        "file": file,
        "call_id": call.call_id,
        "agent_number": call.agent_number,
        "title_zh": call.title_zh,
        "title_en": call.title_en,
        "channel": call.channel,
        "direction": call.direction,
        "kind": call.kind,
        "hangup_by": call.hangup_by,
        "days_before_today": call.days_before_today,
        "local_time": call.local_time,
        "layout": call.layout,
        "duration_seconds": None if seconds is None else round(seconds, 2),
        "channels": {"two_channel": 2, "silent": 2, "mono": 1, "damaged": None}[call.layout],
        "agent_channel": 0 if call.layout == "two_channel" else None,
        "expected": expected,
        "lookalikes": [
            asdict(item) | _rounded(spoken[item.turn].place(item.quote)) for item in call.lookalikes
        ],
        "flow_steps": [{"step": step, "turn": turn} for step, turn in call.flow_steps],
        "turns": [
            {"turn": index, "speaker": turn.speaker, **_rounded((turn.start, turn.end)), "text": turn.text}
            for index, turn in enumerate(spoken)
        ],
    }


def make(folder: Path, calls: Sequence[CallScript] = CALLS) -> list[dict[str, Any]]:
    """Writes the recordings and the manifest into ``folder``; answers the manifest's entries."""
    folder.mkdir(parents=True, exist_ok=True)
    entries = []
    for call in calls:
        audio_format = _FORMATS.get(call.call_id, _OPUS)
        file = f"{call.agent_number}_{call.call_id}.{audio_format.extension}"
        spoken = speak(call)
        seconds: float | None = None
        if call.layout == "damaged":
            write_damaged(folder / file)
        else:
            line = mix(call, spoken)
            seconds = len(line) / SAMPLE_RATE
            write_audio(folder / file, line, audio_format)
        entries.append(describe(call, file, spoken, seconds))
    text = json.dumps({"recordings": entries}, ensure_ascii=False, indent=1)
    (folder / MANIFEST).write_text(text + "\n", encoding="utf-8")
    return entries


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=RECORDINGS, help="folder to write into")
    folder: Path = parser.parse_args().out
    entries = make(folder)
    for entry in entries:
        size = (folder / entry["file"]).stat().st_size
        print(
            f"{entry['file']:18} {entry['duration_seconds'] or 0:6.1f} s {size / 1000:7.1f} kB  {entry['title_en']}"
        )
    print(f"{sum(path.stat().st_size for path in folder.iterdir()) / 1e6:.2f} MB together")


if __name__ == "__main__":
    main()

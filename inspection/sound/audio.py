"""Any recording -> each channel on its own, 16 kHz, float32. No downmix, no system ffmpeg, type told by content."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import av
import av.error
import numpy as np
import numpy.typing as npt

from inspection.files import AudioError, open_file, read_head
from inspection.sound.containers import container_of
from inspection.sound.dual_mono import same_channel
from inspection.sound.lengths import is_cut_short, knows_length

SAMPLE_RATE = 16_000
MAX_CHANNELS = 2
FloatArray = npt.NDArray[np.float32]
Span = tuple[float, float]  # seconds, start and end

_MINIMUM_BITS_PER_SECOND = 200.0  # the thriftiest speech codec needs more; below, the header lies
_DECODE_ERRORS_ALLOWED = 1_000
_HOLE_SECONDS = 0.5  # codecs run a little early or late; less than this is no hole
_CHUNK = SAMPLE_RATE * 60


@dataclass(frozen=True, slots=True)
class AudioInfo:
    """What the header says. `duration_seconds` is 0 where it does not say."""

    container: str
    codec: str
    channels: int
    sample_rate_hz: int
    duration_seconds: float


@dataclass(frozen=True, slots=True)
class Audio:
    """The channels as they were recorded, left first; one only where both carried the same.

    Long recordings lie in a temporary file that is gone with the arrays, so memory stays small.
    """

    channels: list[FloatArray]
    duration_seconds: float
    info: AudioInfo
    is_truncated: bool = False  # the file breaks off or has holes: decoded as far as it went
    breaks_off: bool = False  # its end is missing: nobody knows how the call went on
    is_dual_mono: bool = False  # two channels with the same sound: nobody can tell the speakers apart
    holes: tuple[Span, ...] = ()  # what the file lost in the middle; silence stands there


def probe(path: str | Path) -> AudioInfo:
    """What kind of recording this is, from its header alone. Raises AudioError."""
    with _opened(Path(path)) as (container, stream):
        return _info(container, stream, Path(path).stat().st_size)


def decode(path: str | Path, max_seconds: float | None = None) -> Audio:
    """The whole recording at 16 kHz. Raises AudioError; `max_seconds` is the longest accepted."""
    path = Path(path)
    with _opened(path) as (container, stream):
        info = _info(container, stream, path.stat().st_size)
        if max_seconds is not None and info.duration_seconds > max_seconds:
            raise _too_long(info.duration_seconds, max_seconds)
        try:
            channels, errors, holes, breaks_off = _read(container, stream, max_seconds)
        except OSError as error:
            if isinstance(error, av.error.FFmpegError):
                raise _damaged() from None
            raise AudioError(
                "disk_full",
                "临时空间不足，无法解码",
                f"no room for decoding in the temporary folder: {error.strerror}",
            ) from None
    seconds = len(channels[0]) / SAMPLE_RATE if channels else 0.0
    if seconds == 0.0:
        if errors:
            raise _damaged()
        raise AudioError("empty", "录音里没有声音数据", "the recording holds no sound data")
    missing = info.duration_seconds - seconds if knows_length(path, info.container) else 0.0
    is_short = is_cut_short(path) or missing > max(1.0, 0.03 * info.duration_seconds)
    same = same_channel(channels)
    return Audio(
        channels=channels if same is None else [channels[same]],
        duration_seconds=seconds,
        info=info,
        is_truncated=errors > 0 or is_short,
        breaks_off=breaks_off or is_short,
        is_dual_mono=same is not None,
        holes=tuple(holes),
    )


@contextmanager
def _opened(path: Path) -> Iterator[tuple[Any, Any]]:
    """The container and its first audio stream. What ffmpeg says is turned into AudioError."""
    with open_file(path) as file:
        head = read_head(file)
        if not head:
            raise AudioError("empty", "文件是空的", "the file is empty")
        name = container_of(head)
        if name is None:
            raise AudioError(
                "not_audio",
                "不是录音文件（按内容判断，与文件名无关）",
                "not an audio file (told by its content, whatever its name)",
            )
        try:
            container: Any = av.open(_Reader(file), format=name, metadata_errors="replace")
        except (av.error.FFmpegError, ValueError, OSError, UnicodeError):
            raise _damaged() from None
        try:
            if not container.streams.audio:
                raise AudioError("no_audio_stream", "文件里没有声音", "the file has no audio stream")
            yield container, container.streams.audio[0]
        finally:
            container.close()


class _Reader:
    """The file for ffmpeg: reading and seeking only, and nothing with a name that it could follow."""

    def __init__(self, file: IO[bytes]) -> None:
        self.read, self.seek, self.tell = file.read, file.seek, file.tell


def _info(container: Any, stream: Any, size: int) -> AudioInfo:
    codec = stream.codec_context
    if codec is None:  # the header names a coding that ffmpeg does not know
        raise AudioError(
            "not_audio",
            "录音的编码方式无法识别；请从电话系统重新导出为 WAV 或 MP3",
            "the sound is coded in a way nobody here knows; export it again as WAV or MP3",
        )
    channels = int(codec.channels or 0)
    if channels > MAX_CHANNELS:
        raise AudioError(
            "too_many_channels",
            f"有 {channels} 个声道，最多 {MAX_CHANNELS} 个",
            f"{channels} channels; at most {MAX_CHANNELS} are understood",
        )
    rate = int(codec.sample_rate or 0)
    if channels < 1 or rate < 1:
        raise _damaged()
    seconds = float(container.duration or 0) / av.time_base
    if not seconds and stream.duration and stream.time_base:
        seconds = float(stream.duration * stream.time_base)
    if seconds > 60 and size * 8 / seconds < _MINIMUM_BITS_PER_SECOND:
        raise AudioError(
            "absurd_duration",
            f"文件头声称有 {seconds / 3600:.1f} 小时，但数据只有 {size} 字节",
            f"the header claims {seconds / 3600:.1f} hours, but there are only {size} bytes",
        )
    return AudioInfo(container.format.name.split(",")[0], codec.name, channels, rate, max(0.0, seconds))


def _read(
    container: Any, stream: Any, max_seconds: float | None
) -> tuple[list[FloatArray], int, list[Span], bool]:
    """Every channel resampled, how many holes and undecodable packets there were, the holes, and whether it breaks off.

    A hole is filled with silence, so that what comes after it keeps its time.
    """
    spools: list[IO[bytes]] = []
    holes: list[Span] = []
    resampler: Any = None
    shape: tuple[Any, ...] = ()
    is_timed, breaks_off = True, False
    errors = samples = 0
    begins: float | None = None
    claimed = float(container.duration or 0) / av.time_base

    def write(planes: npt.NDArray[Any]) -> None:
        nonlocal samples
        samples += planes.shape[1]
        if max_seconds is not None and samples > max_seconds * SAMPLE_RATE:
            raise _too_long(samples / SAMPLE_RATE, max_seconds)
        for spool, plane in zip(spools, planes, strict=True):
            sound = np.nan_to_num(plane, nan=0.0, posinf=0.0, neginf=0.0)  # a broken float file holds them
            spool.write(np.clip(sound, -1.0, 1.0).astype(np.float32).tobytes())

    def keep(frame: Any) -> None:
        nonlocal resampler, shape, is_timed, begins, errors
        if not spools:
            spools.extend(tempfile.TemporaryFile() for _ in frame.layout.channels)  # noqa: SIM115
        if shape != (frame.format.name, frame.layout.name, frame.sample_rate):
            if len(frame.layout.channels) != len(spools):
                raise ValueError("the number of channels changes")
            if resampler is not None:  # two files glued together, the second at another rate
                for rest in resampler.resample(None):
                    write(rest.to_ndarray())
                is_timed = False  # the container goes on counting at the first rate
            resampler = av.AudioResampler(format="fltp", layout=frame.layout, rate=SAMPLE_RATE)
            shape = (frame.format.name, frame.layout.name, frame.sample_rate)
        if is_timed and frame.time is not None:
            begins = frame.time if begins is None else begins
            hole = min(frame.time - begins, claimed) - samples / SAMPLE_RATE
            if hole > _HOLE_SECONDS:
                errors += 1
                holes.append((samples / SAMPLE_RATE, samples / SAMPLE_RATE + hole))
                write(np.zeros((len(spools), int(hole * SAMPLE_RATE)), np.float32))
        frame.pts = None
        for resampled in resampler.resample(frame):
            write(resampled.to_ndarray())

    packets = container.demux(stream)
    while errors < _DECODE_ERRORS_ALLOWED:
        try:
            packet = next(packets, None)
        except (av.error.FFmpegError, ValueError):
            errors += 1  # the container breaks off here
            breaks_off = True
            break
        if packet is None:
            break
        try:
            for frame in packet.decode():
                keep(frame)
                breaks_off = False
        except av.error.EOFError:
            break
        except (av.error.FFmpegError, ValueError):  # ValueError: other channels in the middle
            errors += 1
            breaks_off = True  # unless something follows that can be decoded
    if resampler is not None:
        for rest in resampler.resample(None):
            write(rest.to_ndarray())
    return [_mapped(spool) for spool in spools], errors, holes, breaks_off


def _mapped(spool: IO[bytes]) -> FloatArray:
    """The written samples as an array: in memory when short, in the temporary file when long."""
    spool.flush()
    size = spool.tell() // 4
    if size <= _CHUNK * 10:
        spool.seek(0)
        array = np.frombuffer(bytearray(spool.read()), np.float32)
        spool.close()
        return array
    mapped: FloatArray = np.memmap(spool, np.float32, "r+", shape=(size,))  # keeps the file alive by itself
    spool.close()
    return mapped


def _too_long(seconds: float, limit: float) -> AudioError:
    return AudioError(
        "too_long",
        f"录音长于 {limit / 60:.0f} 分钟（至少 {seconds / 60:.1f} 分钟）",
        f"longer than {limit / 60:.0f} minutes (at least {seconds / 60:.1f})",
    )


def _damaged() -> AudioError:
    return AudioError(
        "damaged", "文件已损坏，解不出声音", "the file is damaged; no sound could be decoded from it"
    )

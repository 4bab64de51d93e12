"""One demo recording in every container that recorders and telephones write: ``python -m demo.containers FOLDER``.

Needs the ffmpeg program, which the desk itself does not. What this ffmpeg cannot write is named and left out.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from demo.make_recordings import RECORDINGS, AudioFormat, write_audio
from inspection.sound.audio import SAMPLE_RATE, decode

FloatArray = npt.NDArray[np.float32]
SOURCE = "K1001_c01.ogg"


@dataclass(frozen=True, slots=True)
class Container:
    """A way of writing a recording. `arguments` go to ffmpeg; a codec for one channel takes the first one alone."""

    name: str
    file: str
    arguments: str
    channels: int = 2
    sample_rate_hz: int = 16_000

    @property
    def codec(self) -> str:
        """ffmpeg's encoder."""
        words = self.arguments.split()
        return words[words.index("-c:a") + 1]


_JOINT = "-c:a libmp3lame -joint_stereo 1"
CONTAINERS = (
    Container("WAV, 8-bit PCM", "pcm_u8.wav", "-c:a pcm_u8", 2, 8_000),
    Container("WAV, 16-bit PCM", "pcm_s16.wav", "-c:a pcm_s16le", 2, 8_000),
    Container("WAV, 16-bit PCM, 11.025 kHz", "pcm_11025.wav", "-c:a pcm_s16le", 2, 11_025),
    Container("WAV, 24-bit PCM", "pcm_s24.wav", "-c:a pcm_s24le", 2, 44_100),
    Container("WAV, 32-bit PCM", "pcm_s32.wav", "-c:a pcm_s32le", 2, 48_000),
    Container("WAV, float", "pcm_f32.wav", "-c:a pcm_f32le"),
    Container("WAV, RF64", "rf64.wav", "-c:a pcm_s16le -rf64 always"),
    Container("W64", "sony.w64", "-c:a pcm_s16le"),
    Container("WAV, G.711 A-law", "alaw.wav", "-c:a pcm_alaw", 2, 8_000),
    Container("WAV, G.711 mu-law", "mulaw.wav", "-c:a pcm_mulaw", 2, 8_000),
    Container("WAV, GSM 6.10", "gsm610.wav", "-c:a libgsm_ms", 1, 8_000),
    Container("WAV, IMA ADPCM", "adpcm_ima.wav", "-c:a adpcm_ima_wav", 2, 8_000),
    Container("WAV, Microsoft ADPCM", "adpcm_ms.wav", "-c:a adpcm_ms", 2, 8_000),
    Container("WAV, G.722", "g722.wav", "-c:a g722", 1),
    Container("WAV, G.726", "g726.wav", "-c:a g726 -b:a 32k", 1, 8_000),
    Container("WAV, G.723.1", "g723.wav", "-c:a g723_1 -b:a 6.3k", 1, 8_000),
    Container("WAV, MP3 inside", "mp3_inside.wav", "-c:a libmp3lame -b:a 64k"),
    Container("AU, mu-law", "mulaw.au", "-c:a pcm_mulaw", 2, 8_000),
    Container("MP3, one channel", "mono.mp3", "-c:a libmp3lame -b:a 32k -write_xing 0 -id3v2_version 0", 1, 8_000),
    Container("MP3, two channels", "stereo.mp3", "-c:a libmp3lame -joint_stereo 0 -b:a 64k", 2, 22_050),
    Container("MP3, joint stereo, tags", "joint.mp3", f"{_JOINT} -b:a 64k -metadata title=客服", 2, 44_100),
    Container("MP3, variable rate", "vbr.mp3", f"{_JOINT} -q:a 5"),
    Container("M4A, AAC", "aac.m4a", "-c:a aac -b:a 64k", 2, 22_050),
    Container("M4A, ALAC", "alac.m4a", "-c:a alac"),
    Container("AAC without a container", "adts.aac", "-c:a aac -b:a 64k"),
    Container("MP4 with pictures", "film.mp4", "-c:a aac -b:a 64k -c:v mpeg4 -shortest", 2, 48_000),
    Container("AMR", "narrow.amr", "-c:a libopencore_amrnb -b:a 12.2k", 1, 8_000),
    Container("3GP, AMR", "phone.3gp", "-c:a libopencore_amrnb -b:a 12.2k", 1, 8_000),
    Container("AMR-WB", "wide.amr", "-c:a libvo_amrwbenc -b:a 23.85k", 1),
    Container("OGG, Opus", "opus.ogg", "-c:a libopus -b:a 32k", 2, 48_000),
    Container("OGG, Vorbis", "vorbis.ogg", "-c:a libvorbis", 2, 44_100),
    Container("OGG, Speex", "speex.ogg", "-c:a libspeex", 1, 8_000),
    Container("WebM, Opus", "opus.webm", "-c:a libopus -b:a 32k", 2, 48_000),
    Container("Matroska, FLAC", "flac.mka", "-c:a flac", 2, 48_000),
    Container("FLAC", "free.flac", "-c:a flac"),
    Container("CAF", "apple.caf", "-c:a pcm_s16be"),
    Container("AIFF", "apple.aiff", "-c:a pcm_s16be", 2, 44_100),
    Container("WMA", "windows.wma", "-c:a wmav2 -b:a 64k", 2, 22_050),
)  # fmt: skip


class CannotWrite(Exception):
    """This machine's ffmpeg is missing or lacks the codec; the text says which."""


def write(container: Container, path: Path, channels: FloatArray) -> None:
    """Writes float32 [channels, samples] at 16 kHz. Raises CannotWrite."""
    if container.codec == "libopencore_amrnb":  # PyAV brings it along, most systems' ffmpeg does not
        write_audio(path, channels[:1].T, AudioFormat(path.suffix, container.codec, 8_000, 12_200))
        return
    ffmpeg = shutil.which("ffmpeg")
    if ffmpeg is None:
        raise CannotWrite("there is no ffmpeg here")
    sound = np.ascontiguousarray(channels[: container.channels].T, "<f4")
    given = f"-f f32le -ar {SAMPLE_RATE} -ac {sound.shape[1]} -i pipe:0".split()
    if "-c:v" in container.arguments:
        given += ["-f", "lavfi", "-i", "color=black:s=64x64:r=5"]
    answer = subprocess.run(
        [ffmpeg, "-v", "error", "-y", *given, "-ar", str(container.sample_rate_hz), *container.arguments.split(), path],
        input=sound.tobytes(),
        capture_output=True,
        check=False,
    )  # fmt: skip
    if answer.returncode:
        path.unlink(missing_ok=True)
        raise CannotWrite(answer.stderr.decode(errors="replace").strip() or container.codec)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    folder: Path = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    channels = np.stack(decode(RECORDINGS / SOURCE).channels)
    for container in CONTAINERS:
        path = folder / container.file
        try:
            write(container, path, channels)
        except CannotWrite as reason:
            print(f"{container.name:28} not written: {str(reason).splitlines()[-1]}")
        else:
            print(f"{container.name:28} {path.name:20} {path.stat().st_size / 1000:8.1f} kB")


if __name__ == "__main__":
    main()

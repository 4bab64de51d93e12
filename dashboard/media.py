"""The guarded route to recordings: signed in, allowed, in scope; then byte ranges, and a line in the audit log.

Streamlit's own media files know no viewer, so no recording ever goes through them.
"""

from __future__ import annotations

import hashlib
import re
import tempfile
import threading
import wave
from functools import lru_cache
from pathlib import Path

import numpy as np
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.routing import Route

from dashboard.auth import COOKIE, viewer_of
from dashboard.desk import now, open_session
from db import calls
from inspection.files import AudioError
from inspection.sound.audio import SAMPLE_RATE, decode, probe
from jobs.storage import stored_path
from settings import Settings, get_settings

ADDRESS = "/recordings/{recording_id}"  # /media/ belongs to Streamlit
HEADERS = {"Cache-Control": "no-store", "Content-Disposition": "inline", "X-Content-Type-Options": "nosniff"}

# What every browser plays as it is: (container, codec) -> content type. Telephone codecs (G.711, AMR, ADPCM) are not
# among them; such a recording is turned into plain PCM once.
PLAYABLE: dict[tuple[str, str], str] = {
    ("wav", "pcm_s16le"): "audio/wav",
    ("wav", "pcm_u8"): "audio/wav",
    ("mp3", "mp3"): "audio/mpeg",
    ("ogg", "opus"): "audio/ogg",
    ("aac", "aac"): "audio/aac",
    ("mov", "aac"): "audio/mp4",
    ("matroska", "opus"): "audio/webm",
}
_WAV = "audio/wav"
PIECE_BYTES = (
    1 << 20
)  # a quarter of a minute of plain two-channel sound; players ask for the next by themselves
_FROM_A_PLACE = re.compile(rb"bytes=(\d{1,18})-(\d{0,18})")
_CHUNK = SAMPLE_RATE * 60
_making = threading.Lock()  # one conversion at a time: it is rare, and it uses a core


def address_of(recording_id: int) -> str:
    """The path under which a recording is served to those who may hear it."""
    return ADDRESS.format(recording_id=recording_id)


async def recording(request: Request) -> Response:
    """GET or HEAD of one recording: 200 or 206 with sound, or 401, 403, 404, 415, 416 in plain words."""
    answer = await run_in_threadpool(
        _answer,
        request.cookies.get(COOKIE, ""),
        str(request.path_params.get("recording_id", "")),
        request.method,
    )
    request.scope["headers"] = [
        (key, shortened(value) if key == b"range" else value) for key, value in request.scope["headers"]
    ]
    return answer


def shortened(asked: bytes) -> bytes:
    """A Range header that asks for one piece from a place on, with no more than PIECE_BYTES of it; others as they are.

    A player asks for everything to the end and then reads as much as it likes. Of a long recording each such answer
    stays open, and a browser opens six at most: the seventh click on a finding would wait until one is given up.
    """
    found = _FROM_A_PLACE.fullmatch(asked.strip())
    if found is None:
        return asked
    first = int(found[1])
    last = first + PIECE_BYTES - 1
    if found[2]:
        last = min(last, int(found[2]))
    return b"bytes=%d-%d" % (first, last)


ROUTES = [Route(ADDRESS, recording, methods=["GET"])]  # Starlette adds HEAD


def _answer(token: str, recording_id: str, method: str) -> Response:
    viewer = viewer_of(token)
    if viewer is None:
        return _refusal(401, "请先登录 · Sign in first")
    _user, scope = viewer
    if not scope.may("recordings.play"):
        return _refusal(403, "您的角色不能收听录音 · Your role may not listen to recordings")
    settings = get_settings()
    try:
        if not (recording_id.isascii() and recording_id.isdecimal() and len(recording_id) <= 15):
            raise LookupError(recording_id)
        with open_session() as session:
            row = calls.get_recording(session, scope, int(recording_id))
            stored_name, sha256 = row.stored_name, row.sha256
            path, content_type = _playable(settings, stored_name, sha256)
            if method != "HEAD":
                calls.record_playback(session, scope, row, _sign_in_mark(token), now=now())
    except LookupError:
        return _refusal(404, "没有这段录音，或它不在您的班组 · There is no such recording in your teams")
    except FileNotFoundError:
        return _refusal(404, "录音文件已不在存储中 · The recording's file is no longer in storage")
    except AudioError as error:
        return _refusal(415, f"{error.zh} · {error.en}")
    except OSError as error:
        return _refusal(500, f"录音无法读取 · The recording cannot be read: {error.strerror}")
    return FileResponse(path, media_type=content_type, headers=HEADERS)


def _refusal(status: int, text: str) -> PlainTextResponse:
    return PlainTextResponse(text, status_code=status, headers=HEADERS)


def _sign_in_mark(token: str) -> str:
    """The same for all requests of one sign-in, and of no use to anybody who reads the log."""
    return hashlib.sha256(f"playback {token}".encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _playable(settings: Settings, stored_name: str, sha256: str) -> tuple[Path, str]:
    """The file a browser can play and its content type."""
    original = stored_path(settings.recordings_dir, stored_name)
    if not original.is_file():
        raise FileNotFoundError(stored_name)
    content_type = _content_type(str(original))
    if content_type is not None:
        return original, content_type
    converted = settings.data_dir / "playable" / f"{sha256}.wav"
    if not converted.is_file():
        with _making:
            if not converted.is_file():
                convert(original, converted)
    return converted, _WAV


@lru_cache(maxsize=1024)  # a stored file is named by its content and never changes
def _content_type(path: str) -> str | None:
    info = probe(path)
    if info.codec == "opus" and not _has_ordinary_channels(Path(path)):
        return None
    return PLAYABLE.get((info.container, info.codec))


def _has_ordinary_channels(path: Path) -> bool:
    """Whether an Opus file maps its channels as browsers know it (family 0 or 1). Two voices on one line are often
    stored as independent channels (family 255), which not every browser plays.
    """
    with path.open("rb") as file:
        head = file.read(4096)
    at = head.find(b"OpusHead")
    return at < 0 or len(head) <= at + 18 or head[at + 18] in (0, 1)


def convert(source: Path, target: Path) -> None:
    """The recording as 16-bit PCM at 16 kHz, each channel kept; written whole or not at all. Raises AudioError."""
    audio = decode(source)
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with tempfile.NamedTemporaryFile(dir=target.parent, prefix="making-", delete=False) as draft:
        path = Path(draft.name)
        try:
            with wave.open(draft, "wb") as sound:
                sound.setnchannels(len(audio.channels))
                sound.setsampwidth(2)
                sound.setframerate(SAMPLE_RATE)
                for at in range(0, len(audio.channels[0]), _CHUNK):
                    block = np.stack([channel[at : at + _CHUNK] for channel in audio.channels], axis=1)
                    sound.writeframes((np.clip(block, -1.0, 1.0) * 32767).astype("<i2").tobytes())
            draft.close()
            path.replace(target)
        finally:
            path.unlink(missing_ok=True)

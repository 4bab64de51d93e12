"""Which weights a name stands for, read and hashed; and why they cannot be had, in words for the person who asked."""

from __future__ import annotations

import hashlib
import os
import socket
import urllib.error
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import whisper

from inspection.sound.engines import DEMO_MODEL, EngineError

_NETWORK_TIMEOUT_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """`name` is shown and stored; `source` is what Whisper loads: one of its own names, or a path."""

    name: str
    source: str

    @property
    def path(self) -> Path:
        """Where the weights lie, once they are there."""
        if (path := Path(self.source)).is_file():
            return path
        cache = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "whisper"
        return cache / Path(whisper._MODELS[self.source]).name


def find(model: str) -> Checkpoint:
    """`demo`, a Whisper name such as `small`, or a path. Raises EngineError `model_unknown`; downloads nothing."""
    path = DEMO_MODEL if model == "demo" else Path(model)
    if path.is_file():
        resolved = path.resolve()
        return Checkpoint("demo" if resolved == DEMO_MODEL.resolve() else path.stem, str(resolved))
    if model in whisper.available_models():
        return Checkpoint(model, model)
    if "/" in model or "\\" in model or model.endswith(".pt") or model == "demo":
        raise EngineError(
            "model_unknown", f"找不到语音模型文件 {path}", f"there is no speech model file {path}"
        )
    names = ", ".join(whisper.available_models())
    raise EngineError(
        "model_unknown",
        f"没有名为 {model!r} 的语音模型；可用:demo、{names}，或模型文件的路径",
        f"no speech model is called {model!r}; there are demo, {names}, or a checkpoint's path",
    )


def read(checkpoint: Checkpoint) -> tuple[Any, str]:
    """Whisper's model in float32, and the sha256 of its weights; what is not there yet is downloaded.

    Raises EngineError: no_network, no_room, model_unreadable.
    """
    with refusals(checkpoint), _network_timeout():
        model = whisper.load_model(checkpoint.source)
        model.requires_grad_(False)
        return model, sha256(checkpoint.path)


def sha256(path: Path) -> str:
    """Of a file's content, in hexadecimal. Raises OSError."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def refusals(checkpoint: Checkpoint) -> Iterator[None]:
    """Whatever loading weights may raise, as an EngineError."""
    name, source = checkpoint.name, checkpoint.source
    try:
        yield
    except EngineError:
        raise
    except (urllib.error.URLError, TimeoutError, ConnectionError) as error:
        reason = str(getattr(error, "reason", error))
        raise EngineError(
            "no_network",
            f"语音模型 {name} 无法下载({reason});请联网一次，或把 WHISPER_MODEL 设为模型文件的路径",
            f"the speech model {name} cannot be downloaded ({reason}); connect once, or set WHISPER_MODEL to a checkpoint's path",
        ) from None
    except OSError as error:
        raise EngineError(
            "model_unreadable",
            f"语音模型 {name} 无法读取：{error.strerror or error}",
            f"the speech model {name} cannot be read: {error.strerror or error}",
        ) from None
    except Exception as error:  # unpickling a file that is no checkpoint raises almost anything
        if isinstance(error, MemoryError) or "allocate memory" in str(error):  # torch's own is a RuntimeError
            raise EngineError(
                "no_room",
                f"内存不足，无法载入语音模型 {name}",
                f"not enough memory for the speech model {name}",
            ) from None
        raise EngineError(
            "model_unreadable",
            f"{source} 不是 Whisper 模型文件，或已损坏({type(error).__name__})",
            f"{source} is not a Whisper checkpoint, or is damaged ({type(error).__name__})",
        ) from None


@contextmanager
def _network_timeout() -> Iterator[None]:
    """A network that swallows packets must not hold a worker for ever."""
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(_NETWORK_TIMEOUT_SECONDS)
    try:
        yield
    finally:
        socket.setdefaulttimeout(before)

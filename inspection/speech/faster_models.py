"""Which CTranslate2 folder a model's name or path stands for; and why there is none, in words for the person who asked."""

from __future__ import annotations

import errno
from dataclasses import dataclass
from pathlib import Path

from inspection.sound.engines import DEMO_MODEL, EngineError
from inspection.speech import checkpoints, ct2


@dataclass(frozen=True, slots=True)
class Source:
    """`name` is shown and stored. `path` is a CTranslate2 folder or an openai checkpoint; none: not downloaded yet."""

    name: str
    path: Path | None = None


def find(model: str) -> Source:
    """`demo`, a Whisper name such as `small`, a CTranslate2 folder, or a checkpoint's path.

    Raises EngineError `model_unknown`; downloads nothing.
    """
    path = DEMO_MODEL if model == "demo" else Path(model)
    if path.is_dir() or path.is_file():
        resolved = path.resolve()
        name = resolved.stem if path.is_file() else resolved.name
        return Source("demo" if resolved == DEMO_MODEL.resolve() else name, resolved)
    names = _names()
    if model in names:
        return Source(model)
    if "/" in model or "\\" in model or model.endswith(".pt") or model == "demo":
        raise EngineError(
            "model_unknown",
            f"找不到语音模型文件或文件夹 {path}",
            f"there is no speech model file or folder {path}",
        )
    listed = ", ".join(names)
    raise EngineError(
        "model_unknown",
        f"没有名为 {model!r} 的语音模型；可用:demo、{listed}，或模型文件、CTranslate2 文件夹的路径",
        f"no speech model is called {model!r}; there are demo, {listed}, or the path of a checkpoint or a CTranslate2 folder",
    )


def fetch(source: Source, cache: Path | None) -> tuple[Path, str]:
    """The CTranslate2 folder, and the sha256 of the weights it was made from.

    A checkpoint is converted once and kept under `cache` (see `ct2.converted`). A named model is the one downloaded
    before, else whisper's own checkpoint of that name, else downloaded.
    Raises EngineError: no_network, no_room, model_unreadable.
    """
    path = source.path or _named(source.name)
    with checkpoints.refusals(checkpoints.Checkpoint(source.name, str(path))):
        if path.is_file():
            sha256 = checkpoints.sha256(path)
            return ct2.converted(path, sha256, cache), sha256
        return path, checkpoints.sha256(path / ct2.MODEL)


def _names() -> list[str]:
    """Names of models that know Mandarin."""
    from faster_whisper import available_models

    return [name for name in available_models() if not name.endswith(".en") and "distil" not in name]


def _named(name: str) -> Path:
    import whisper
    from faster_whisper import download_model

    try:
        return Path(download_model(name, local_files_only=True))
    except Exception:  # not there, or not whole: whatever the network library of the day raises
        pass
    if name in whisper.available_models() and (kept := checkpoints.Checkpoint(name, name).path).is_file():
        return kept
    try:
        return Path(download_model(name))
    except Exception as error:
        reason = str(error).strip().splitlines()[0][:200] if str(error).strip() else type(error).__name__
        if isinstance(error, OSError) and error.errno == errno.ENOSPC:
            raise EngineError(
                "no_room",
                f"磁盘空间不足，无法下载语音模型 {name}",
                f"no room on the disk for the speech model {name}",
            ) from None
        raise EngineError(
            "no_network",
            f"语音模型 {name} 无法下载({reason});请联网一次，或把 WHISPER_MODEL 设为模型文件的路径",
            f"the speech model {name} cannot be downloaded ({reason}); connect once, or set WHISPER_MODEL to a checkpoint's path",
        ) from None

"""`inspect FILE…`: what is in a recording or a transcript, without a database."""

from __future__ import annotations

import argparse
import json
import os
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from commands.inspect_shown import show_call
from commands.output import DONE, REFUSED_SOME, CommandError, one_line, print_json, print_table, say
from inspection.files import AudioError, open_file, read_head
from inspection.pipeline import CallContext, InspectionResult, inspect_audio, inspect_transcript
from inspection.sound.containers import container_of
from inspection.sound.engines import EngineError, load_engine
from inspection.transcript import Transcript, TranscriptError
from jobs.cores import alone
from regulations.names import NAMES
from regulations.rulebook import Rulebook, RulebookError, load_rulebook
from regulations.verdict import Lang
from settings import Settings, get_settings

MANIFEST = "manifest.json"
_HEADINGS: dict[str, dict[Lang, str]] = {
    "file": {"zh": "文件", "en": "file"},
    "reason": {"zh": "原因", "en": "reason"},
}
_MAX_TRANSCRIPT_BYTES = 64 * 1024 * 1024


class _Refused(Exception):
    """One file that could not be inspected, in both languages."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(en)
        self.zh, self.en = zh, en


def register(commands: Any) -> None:
    """Adds `inspect`."""
    parser = commands.add_parser(
        "inspect",
        help="inspect recordings or transcripts without a database",
        description="Recordings of any format, or transcripts in JSON. A manifest.json beside a recording tells what the"
        ' telephone system knows: {"recordings": [{"file", "call_id", "channel", "direction", "kind", "hangup_by",'
        ' "agent_channel", "rings"}]}; options given here come before it.',
    )
    parser.add_argument("files", nargs="+", metavar="FILE", help="a recording or a transcript")
    parser.add_argument(
        "--rulebook", metavar="P[,Q…]", help="presets over base (default: the setting RULEBOOK)"
    )
    parser.add_argument(
        "--model", help="demo, a Whisper name, or a path (default: the setting WHISPER_MODEL)"
    )
    parser.add_argument("--kind", choices=list(NAMES["contact_kind"]), help="kind of contact, for recordings")
    parser.add_argument("--direction", choices=list(NAMES["direction"]), help="for recordings")
    parser.add_argument("--hangup-by", choices=list(NAMES["speaker"]), help="who hung up, for recordings")
    parser.add_argument(
        "--agent-channel", choices=["left", "right", "mono"], help="mono: nobody knows who is where"
    )
    parser.add_argument(
        "--explain",
        action=argparse.BooleanOptionalAction,
        help="every step of every finding, the phrases owed, the script's steps, the measures with their limits"
        " (without it: when there is one file)",
    )
    parser.add_argument("--lang", choices=["zh", "en"], help="language of the explanations")
    parser.add_argument("--json", action="store_true", help="one JSON document on stdout")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Inspects every file; 1 when some were refused."""
    settings = get_settings()
    lang: Lang = arguments.lang or settings.desk_language
    desk = _Desk(arguments, settings)
    calls: list[InspectionResult] = []
    refused: list[dict[str, str]] = []
    _ = desk.book  # a rulebook that cannot be read stops everything, not every file
    for name in arguments.files:
        try:
            calls.append(desk.inspect(Path(name)))
        except (AudioError, TranscriptError, _Refused) as error:
            reason = error.zh if lang == "zh" else error.en
        except MemoryError:
            reason = "内存不足" if lang == "zh" else "not enough memory"
        except CommandError:
            raise  # no speech model: every other file would say the same
        except Exception as error:  # one file must not end the others' inspection
            what = type(error).__name__
            reason = (
                f"出现意外错误（{what}）" if lang == "zh" else f"something unexpected went wrong ({what})"
            )
        else:
            continue
        shown = _as_text(name)
        refused.append({"file": shown, "reason": reason})
        say(f"{shown}: {reason}")
    if arguments.json:
        print_json({"calls": [c.as_json(lang) for c in calls], "refused": refused})
    else:
        is_explained = arguments.explain if arguments.explain is not None else len(arguments.files) == 1
        _print(calls, refused, desk.book, lang, is_explained)
    return REFUSED_SOME if refused else DONE


def _as_text(name: str) -> str:
    """A file's name as it can be shown and stored: the name of a file need not be text."""
    return one_line(os.fsencode(name).decode("utf-8", "replace"))


@dataclass
class _Desk:
    arguments: argparse.Namespace
    settings: Settings

    @cached_property
    def book(self) -> Rulebook:
        chosen = self.arguments.rulebook
        presets = (
            self.settings.presets if chosen is None else [p.strip() for p in chosen.split(",") if p.strip()]
        )
        site = self.settings.site_rulebook if chosen is None else None
        try:
            return load_rulebook(presets, site)
        except RulebookError as error:
            raise CommandError(
                f"the rulebook cannot be used: {'; '.join(str(p) for p in error.problems[:3])}"
            ) from None

    @cached_property
    def engine(self) -> Any:
        model = self.arguments.model or self.settings.whisper_model
        if model == "demo":
            say(
                "demo 语音模型只认识演示录音里的合成语音 · the demo speech model knows only the demo's synthetic voice"
            )
        try:
            shares = alone(self.settings)
            for zh, en in shares.said:
                say(f"{zh} · {en}")
            s = self.settings
            return load_engine(model, shares.threads, s.speech_engine, s.whisper_precision, s.speech_dir)
        except EngineError as error:
            raise CommandError(error.en) from None

    def inspect(self, path: Path) -> InspectionResult:
        """One file, recording or transcript as its content tells. Raises AudioError, TranscriptError, _Refused."""
        with open_file(path) as file:
            head = read_head(file)
        if container_of(head) is None and head.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"{", b"["):
            return inspect_transcript(Transcript.from_json(_json_of(path)), self.book)
        context = self.context_of(path)
        shown = -1

        def progress(share: float) -> None:
            nonlocal shown
            if int(share * 10) > shown:
                shown = int(share * 10)
                say(f"{path.name}: {share:.0%}")

        # The file is opened before the model is loaded, so that a damaged one does not cost a download.
        from inspection.sound.audio import probe

        probe(path)
        limit = self.settings.max_recording_minutes * 60.0
        return inspect_audio(path, context, self.engine, self.book, progress, limit)

    def context_of(self, path: Path) -> CallContext:
        """What is known about a recording: the options, else the manifest beside it, else the defaults."""
        known = _manifest_entry(path)
        options = self.arguments
        agent_channel = options.agent_channel or known.get("agent_channel", self.settings.agent_channel)
        checked = Transcript.from_json(  # the same checks as a transcript file's
            {
                "call_id": known.get("call_id") or _as_text(path.stem or path.name)[:80],
                "channel": known.get("channel"),
                "direction": options.direction or known.get("direction"),
                "kind": options.kind or known.get("kind") or "inbound_service",
                "hangup_by": options.hangup_by or known.get("hangup_by"),
                "rings": known.get("rings"),
                "segments": [],
            }
        )
        return CallContext(
            call_id=checked.call_id,
            channel=checked.channel,
            direction=checked.direction,
            kind=checked.kind,
            hangup_by=checked.hangup_by,
            agent_channel=agent_channel if agent_channel in ("left", "right", 0, 1) else None,
            rings=checked.rings,
        )


def _json_of(path: Path) -> object:
    if path.stat().st_size > _MAX_TRANSCRIPT_BYTES:
        raise _Refused("文件太大，不是一次通话的转写", "too large for the transcript of one contact")
    try:
        document: object = json.loads(path.read_bytes().decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise _Refused("不是 UTF-8 文字", "not UTF-8 text") from None
    except json.JSONDecodeError as error:
        raise _Refused(
            f"不是 JSON:第 {error.lineno} 行第 {error.colno} 列",
            f"not JSON: line {error.lineno}, column {error.colno}",
        ) from None
    except (RecursionError, ValueError):  # nested without end; a number with too many digits
        raise _Refused("JSON 无法读取", "the JSON cannot be read") from None
    return document


def _manifest_entry(path: Path) -> dict[str, Any]:
    """The recording's entry in a manifest.json beside it; empty without one."""
    manifest = path.parent / MANIFEST
    if not manifest.is_file():
        return {}
    document = _json_of(manifest)
    entries = document.get("recordings") if isinstance(document, dict) else None
    found = (
        [e for e in entries or () if isinstance(e, dict) and e.get("file") == path.name]
        if isinstance(entries, list)
        else []
    )
    return found[0] if found else {}


def _print(
    calls: list[InspectionResult],
    refused: list[dict[str, str]],
    book: Rulebook,
    lang: Lang,
    is_explained: bool,
) -> None:
    for call in calls:
        show_call(call, book, lang, is_explained=is_explained)
    if refused:
        named = [{_HEADINGS[key][lang]: value for key, value in one.items()} for one in refused]
        print_table(named, [_HEADINGS[key][lang] for key in ("file", "reason")])

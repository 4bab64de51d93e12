"""A recording or a transcript -> what is in it. No database: the worker stores what comes out of here."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from inspection.activity import speech_seconds, speech_spans
from inspection.audio import Audio, decode
from inspection.findings import Check, Finding
from inspection.hallucinations import sift
from inspection.measures import measure, measured_findings
from inspection.phrases import find
from inspection.scoring import Score, machine_score
from inspection.swapped import look_swapped
from inspection.transcript import Segment, Transcript, merge, spoken_by
from regulations.rulebook import Rulebook
from regulations.verdict import Lang, Step, step

if TYPE_CHECKING:
    from inspection.speech import (
        Engine,
    )  # brings the speech library: two seconds that transcripts need not wait

MATCHING_VERSION = "1"
"""Raised when the same transcript and rulebook would give other findings than before."""


@dataclass(frozen=True, slots=True)
class CallContext:
    """What the telephone system knows about a call.

    `agent_channel`: "left" or 0, "right" or 1; "mono" or None when nobody knows who is on which channel.
    """

    call_id: str
    channel: str = "phone"
    direction: str = "inbound"
    kind: str = "inbound_service"
    hangup_by: str = "unknown"
    agent_channel: str | int | None = "left"
    rings: int | None = None

    @property
    def agent_index(self) -> int | None:
        """Number of the agent's channel, None when unknown."""
        return (
            {"left": 0, "right": 1, 0: 0, 1: 1}.get(self.agent_channel)
            if self.agent_channel is not None
            else None
        )


@dataclass(frozen=True, slots=True)
class InspectionResult:
    """Everything an inspection has to say about one contact."""

    call_id: str
    engine: str  # the engine's name; "transcript" where the words were brought along
    duration_seconds: float
    transcript: Transcript
    findings: tuple[Finding, ...]
    checks: tuple[Check, ...]
    measures: dict[str, Any]  # with "warnings": [{"code", "zh", "en"}]
    score: Score
    suppressed: tuple[dict[str, Any], ...]  # taken for invented by the recogniser, kept for the record
    model_hash: str = ""
    settings_hash: str = ""
    versions: Mapping[str, str] = field(default_factory=dict)
    rulebook_version: str = ""

    def as_json(self, lang: Lang = "zh") -> dict[str, Any]:
        """contract.md's call, with more beside it."""
        warnings = [{"code": w["code"], "text": w[lang]} for w in self.measures.get("warnings", ())]
        return {
            "call_id": self.call_id,
            "engine": self.engine,
            "duration_seconds": round(self.duration_seconds, 2),
            "segments": [s.as_json() for s in self.transcript.segments],
            "findings": [f.as_json(lang) for f in self.findings],
            "measures": {**self.measures, "warnings": warnings},
            "score": self.score.value,
            "suppressed": list(self.suppressed),
            "score_steps": [s.as_json(lang) for s in self.score.steps],
            "critical": self.score.is_critical,
            "pass": self.score.is_pass,
            "checks": [c.as_json(lang) for c in self.checks],
            "rulebook": self.rulebook_version,
            "model_hash": self.model_hash,
            "settings_hash": self.settings_hash,
            "versions": dict(self.versions),
        }


def inspect_transcript(transcript: Transcript, book: Rulebook) -> InspectionResult:
    """The findings, measures and score of words that are already there. Pure and quick."""
    content = json.dumps(transcript.as_json(), sort_keys=True, ensure_ascii=False)
    return _judge(
        transcript,
        book,
        engine="transcript",
        settings_hash=hashlib.sha256(f"transcript\n{content}".encode()).hexdigest(),
        versions={"matching": MATCHING_VERSION},
        warnings=(),
    )


def inspect_audio(
    path: str | Path,
    context: CallContext,
    engine: Engine,
    book: Rulebook,
    on_progress: Callable[[float], None] | None = None,
    max_seconds: float | None = None,
) -> InspectionResult:
    """A recording, each channel by itself. Raises AudioError; progress goes from 0 to 1.

    A recording with one channel (or the same sound on two) has speakers that nobody can tell apart: `unknown`.
    Nothing is kept between calls, so an interrupted inspection is simply made again with the same result.
    """
    report = on_progress or (lambda _share: None)
    report(0.0)
    audio = decode(path, max_seconds)
    report(0.05)
    speakers = _speakers(audio, context)
    tracks: list[list[Segment]] = []
    suppressed: list[dict[str, Any]] = []
    activity = [speech_spans(channel) for channel in audio.channels]
    total = sum(speech_seconds(spans) for spans in activity) or 1.0
    done = 0.0
    for channel, spans, speaker in zip(audio.channels, activity, speakers, strict=True):
        share = speech_seconds(spans) / total
        if not spans:  # Whisper writes subtitles over silence: it is not even asked
            continue

        def on_channel(part: float, done: float = done, share: float = share) -> None:
            report(0.05 + 0.9 * min(1.0, done + share * part))

        heard = engine.transcribe(channel, on_channel)
        kept, dropped = sift(heard, spans)
        tracks.append(spoken_by(kept, speaker))
        suppressed += [{**d, "speaker": speaker} for d in dropped]
        done += share
    transcript = Transcript(
        call_id=context.call_id,
        channel=context.channel,
        direction=context.direction,
        kind=context.kind,
        hangup_by=context.hangup_by,
        segments=merge(*tracks),
        rings=context.rings,
        duration_seconds=audio.duration_seconds,
        is_complete=not audio.is_truncated,
    )
    result = _judge(
        transcript,
        book,
        engine=engine.name,
        model_hash=engine.model_hash,
        settings_hash=engine.settings_hash,
        versions={**engine.versions, "matching": MATCHING_VERSION},
        warnings=_warnings(audio, speakers, activity, transcript, book),
        suppressed=tuple(suppressed),
    )
    report(1.0)
    return result


def _speakers(audio: Audio, context: CallContext) -> list[str]:
    if len(audio.channels) == 1 or context.agent_index is None:
        return ["unknown"] * len(audio.channels)
    return ["agent" if i == context.agent_index else "customer" for i in range(len(audio.channels))]


def _warnings(
    audio: Audio, speakers: list[str], activity: list[Any], transcript: Transcript, book: Rulebook
) -> tuple[tuple[str, Step], ...]:
    warnings: list[tuple[str, Step]] = []
    if not any(activity):
        warnings.append(("silent", step("录音里没有人说话", "nobody speaks in the recording")))
    if audio.is_truncated:
        warnings.append(
            (
                "truncated",
                step("文件不完整，已解码能解的部分", "the file is incomplete; what could be decoded was"),
            )
        )
    if audio.is_dual_mono and any(activity):
        warnings.append(
            (
                "dual_mono",
                step(
                    "两个声道内容相同，分不清说话人",
                    "both channels carry the same sound: nobody can tell the speakers apart",
                ),
            )
        )
    elif "unknown" in speakers and any(activity):
        warnings.append(
            (
                "speakers_unknown",
                step(
                    "分不清说话人，与说话人有关的规则不下结论",
                    "the speakers cannot be told apart: rules that depend on who speaks are left open",
                ),
            )
        )
    if look_swapped(transcript, book):
        warnings.append(
            (
                "channels_look_swapped",
                step(
                    "说服务用语的是“客户”声道：左右声道可能接反了，请检查 AGENT_CHANNEL",
                    "the courtesies are on the customer's channel: left and right may be swapped, check AGENT_CHANNEL",
                ),
            )
        )
    return tuple(warnings)


def _judge(
    transcript: Transcript,
    book: Rulebook,
    *,
    engine: str,
    settings_hash: str,
    versions: Mapping[str, str],
    warnings: tuple[tuple[str, Step], ...],
    model_hash: str = "",
    suppressed: tuple[dict[str, Any], ...] = (),
) -> InspectionResult:
    found = find(transcript, book)
    findings = (*found.findings, *measured_findings(transcript, found.checks, book))
    measures = measure(transcript)
    measures["channels_look_swapped"] = any(code == "channels_look_swapped" for code, _ in warnings)
    measures["warnings"] = [{"code": code, "zh": s.zh, "en": s.en} for code, s in warnings]
    return InspectionResult(
        call_id=transcript.call_id,
        engine=engine,
        duration_seconds=transcript.seconds,
        transcript=transcript,
        findings=findings,
        checks=found.checks,
        measures=measures,
        score=machine_score(findings, book),
        suppressed=suppressed,
        model_hash=model_hash,
        settings_hash=settings_hash,
        versions=versions,
        rulebook_version=book.version,
    )

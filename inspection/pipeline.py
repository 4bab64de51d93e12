"""A recording or a transcript -> what is in it. No database: the worker stores what comes out of here."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from inspection.findings import MATCHING_VERSION, Check, Finding
from inspection.measured.measures import measure
from inspection.measured.remarks import measured_findings
from inspection.phrases import Findings, find, find_many
from inspection.scoring import Score, machine_score
from inspection.sound.audio import Audio, decode
from inspection.speakers import CONTRADICTED, attribute
from inspection.stakes import with_stakes
from inspection.text.utterances import Span
from inspection.transcript import Channel, Stretch, Transcript, merge
from inspection.warnings import warnings_of
from regulations.rulebook import Rulebook
from regulations.verdict import Lang

if TYPE_CHECKING:
    from inspection.sound.engines import Engine
    from inspection.sound.listening import ChannelText

_DECODED = 0.05  # share of the progress bar


@dataclass(frozen=True, slots=True)
class CallContext:
    """What the telephone system knows about a call.

    `agent_channel`: "left" or 0, "right" or 1; "mono" or None when nobody knows who is on which channel. `is_settled`: a
    person listened and said so; whoever greets is then not asked.
    """

    call_id: str
    channel: str = "phone"
    direction: str = "inbound"
    kind: str = "inbound_service"
    hangup_by: str = "unknown"
    agent_channel: str | int | None = "left"
    rings: int | None = None
    is_settled: bool = False

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
    model_hash: str = ""
    settings_hash: str = ""
    versions: Mapping[str, str] = field(default_factory=dict)
    rulebook_version: str = ""

    @property
    def suppressed(self) -> tuple[Mapping[str, Any], ...]:
        """What was taken for invented by the recogniser, kept for the record."""
        return self.transcript.suppressed

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
            "suppressed": [dict(d) for d in self.suppressed],
            "to_listen": [p.as_json() for p in self.transcript.to_listen],
            "channels": [c.as_json() for c in self.transcript.channels],
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
    """The findings, measures and score of words that are already there. Pure and quick.

    A transcript that `inspect_audio` made gives the findings, checks, measures and score that it gave then.
    """
    content = json.dumps(transcript.as_json(), sort_keys=True, ensure_ascii=False)
    return _judge(
        transcript,
        book,
        find(transcript, book),
        engine="transcript",
        settings_hash=hashlib.sha256(f"transcript\n{content}".encode()).hexdigest(),
        versions={"matching": MATCHING_VERSION},
    )


def inspect_transcripts(transcripts: Sequence[Transcript], book: Rulebook) -> list[InspectionResult]:
    """Many transcripts at once, as `inspect_transcript` would judge each; quicker, and without a hash of the words."""
    return [
        _judge(t, book, found, engine="transcript", settings_hash="", versions={"matching": MATCHING_VERSION})
        for t, found in zip(transcripts, find_many(transcripts, book), strict=True)
    ]


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
    from inspection.sound.listening import (  # here: it brings the detector
        hear_channels,
        settings_hash,
        versions,
    )

    report = on_progress or (lambda _share: None)
    report(0.0)
    audio = decode(path, max_seconds)
    report(_DECODED)
    texts = hear_channels(
        audio.channels, engine, lambda share: report(_DECODED + (1 - _DECODED) * min(1.0, share))
    )
    heard = heard_from(texts, audio, context)
    transcript = attribute(heard, context.agent_index, book, is_settled=context.is_settled)
    result = _judge(
        transcript,
        book,
        find(transcript, book),
        engine=engine.name,
        model_hash=engine.model_hash,
        settings_hash=settings_hash(engine),
        versions={**versions(engine), "matching": MATCHING_VERSION},
    )
    report(1.0)
    return result


def heard_from(texts: Sequence[ChannelText], audio: Audio, context: CallContext) -> Transcript:
    """What was heard on the channels as one transcript in which nobody has been told apart yet."""
    decided = "dual_mono" if audio.is_dual_mono else "mono"
    return Transcript(
        call_id=context.call_id,
        channel=context.channel,
        direction=context.direction,
        kind=context.kind,
        hangup_by=context.hangup_by,
        segments=merge(
            *([replace(s, speaker="unknown", channel=i) for s in t.segments] for i, t in enumerate(texts))
        ),
        rings=context.rings,
        duration_seconds=audio.duration_seconds,
        is_complete=not audio.breaks_off,
        channels=tuple(
            Channel(
                index,
                "unknown",
                decided,
                _plain(t.activity.speech),
                _plain(t.activity.doubtful),
                20 * math.log10(float(t.activity.gain)) if t.activity.gain > 0 else 0.0,
                _plain(t.activity.echoes),
            )
            for index, t in enumerate(texts)
        ),
        to_listen=tuple(
            sorted(
                [
                    *(
                        Stretch(i, "unknown", float(p["start"]), float(p["end"]), str(p.get("reason", "")))
                        for i, t in enumerate(texts)
                        for p in t.to_listen
                    ),
                    *(
                        Stretch(i, "unknown", a, b, "lost")
                        for i, _ in enumerate(texts)
                        for a, b in audio.holes
                    ),
                ],
                key=lambda p: (p.start, p.end),
            )
        ),
        suppressed=tuple({**d, "channel": i} for i, t in enumerate(texts) for d in t.suppressed),
    )


def _plain(spans: Iterable[Span]) -> tuple[Span, ...]:
    """Numbers as the database gives them back."""
    return tuple((float(start), float(end)) for start, end in spans)


def _judge(
    transcript: Transcript,
    book: Rulebook,
    found: Findings,
    *,
    engine: str,
    settings_hash: str,
    versions: Mapping[str, str],
    model_hash: str = "",
) -> InspectionResult:
    measures = measure(transcript, book)
    remarks = measured_findings(transcript, found.checks, book, measures)
    findings = with_stakes((*found.findings, *remarks), book)
    measures["channels_look_swapped"] = any(c.decided == CONTRADICTED for c in transcript.channels)
    measures["warnings"] = [{"code": code, "zh": s.zh, "en": s.en} for code, s in warnings_of(transcript)]
    return InspectionResult(
        call_id=transcript.call_id,
        engine=engine,
        duration_seconds=transcript.seconds,
        transcript=transcript,
        findings=findings,
        checks=found.checks,
        measures=measures,
        score=machine_score(findings, book),
        model_hash=model_hash,
        settings_hash=settings_hash,
        versions=versions,
        rulebook_version=book.version,
    )

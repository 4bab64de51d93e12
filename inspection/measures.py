"""What can be measured in a contact without judging words: silence, shares of talk, speed, interruptions, rings."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from inspection.activity import Span
from inspection.findings import Check, Finding
from inspection.lexicon import LEXICON
from inspection.transcript import Segment, Stretch, Transcript
from inspection.wording import normalise
from regulations.rulebook import Rulebook
from regulations.verdict import Step, step

_SHORTEST_INTERRUPTION = 0.3  # seconds of speech at once; less is how people take turns


def measure(transcript: Transcript) -> dict[str, Any]:
    """The measures of a contact. Seconds and shares to two places; None where there is nothing to measure.

    duration_seconds; talk_seconds, talk_share, characters_per_minute, interruptions (began while the other spoke)
    of agent and customer; silence_seconds and silence_share (nobody speaks); dead_air_seconds and dead_air_count
    (silences of 5 s and longer); longest_silence_seconds, longest_silence_start; overlap_seconds; rings.
    """
    seconds = transcript.seconds
    # What may be speech is no silence, and nobody's speech either.
    sounding: list[Segment | Stretch] = [*transcript.segments, *transcript.to_listen]
    spoken = _union([(s.start, min(s.end, seconds)) for s in sounding])
    segments = [s for s in transcript.segments if not s.is_doubtful]
    silences = _gaps(spoken, seconds)
    longest = max(silences, key=lambda g: g[1] - g[0], default=None)
    silent = sum(b - a for a, b in silences)
    dead = [b - a for a, b in silences if b - a >= LEXICON.windows.dead_air_seconds]
    talk = {
        who: _union([(s.start, s.end) for s in segments if s.speaker == who]) for who in ("agent", "customer")
    }
    talked = {who: sum(b - a for a, b in spans) for who, spans in talk.items()}
    both = sum(talked.values())
    result: dict[str, Any] = {"duration_seconds": round(seconds, 2)}
    for who in ("agent", "customer"):
        result[f"{who}_talk_seconds"] = round(talked[who], 2)
        result[f"{who}_talk_share"] = round(talked[who] / both, 3) if both else None
        result[f"{who}_characters_per_minute"] = _speed(segments, who, talked[who])
        other = talk["customer" if who == "agent" else "agent"]
        result[f"{who}_interruptions"] = _interruptions(segments, who, other)
    return result | {
        "silence_seconds": round(silent, 2),
        "silence_share": round(silent / seconds, 3) if seconds else None,
        "dead_air_seconds": round(sum(dead), 2),
        "dead_air_count": len(dead),
        "longest_silence_seconds": round(longest[1] - longest[0], 2) if longest else 0.0,
        "longest_silence_start": round(longest[0], 2) if longest else None,
        "overlap_seconds": round(sum(_common(span, talk["customer"]) for span in talk["agent"]), 2),
        "rings": transcript.rings,
    }


def measured_findings(transcript: Transcript, checks: Sequence[Check], book: Rulebook) -> tuple[Finding, ...]:
    """Measurements that touch a rule: the phone rang too long, the agent hung up without a closing.

    They cost no points by themselves: no clause gives a weight, and a person decides.
    """
    findings: list[Finding] = []
    limit = book.integer("call.max_rings")
    if transcript.rings is not None and limit is not None and transcript.rings > limit:
        clause = book.clause("call.max_rings")
        findings.append(
            _finding(
                book, "call.max_rings", "rings", "low", "opening", 0.0,
                step("振铃 {r} 声后才接听，规定最多 {limit} 声", "answered after {r} rings, at most {limit} are allowed", clause, r=transcript.rings, limit=limit),
            )
        )  # fmt: skip
    closings = [c for c in checks if c.category == "closing" and c.applicable]
    is_rude_end = transcript.hangup_by == "agent" and any(c.verdict == "absent" for c in closings)
    if book.flag("call.record_agent_hangup") and is_rude_end:
        clause = book.clause("call.record_agent_hangup")
        findings.append(
            _finding(
                book, "call.record_agent_hangup", "agent_hangup", "medium", "closing", transcript.seconds,
                step("客服先挂机，挂机前没有结束语", "the agent hung up first, without a closing", clause),
            )
        )  # fmt: skip
    return tuple(findings)


def _finding(
    book: Rulebook, key: str, category: str, severity: str, phase: str, at: float, reason: Step
) -> Finding:
    no_points = step("只记录，不计分", "recorded only, no points")
    return Finding(
        rule=key, kind="measure", category=category, verdict="hit", phase=phase, segment=None, start=at, end=at,
        quote="", clauses=book.clauses(key), severity=severity, points=Decimal(0), needs_review=True,
        steps=(reason, no_points),
    )  # fmt: skip


def _union(spans: list[Span]) -> list[Span]:
    merged: list[Span] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((start, end))
    return merged


def _gaps(spoken: list[Span], seconds: float) -> list[Span]:
    edges = [0.0, *(t for span in spoken for t in span), seconds]
    return [(a, b) for a, b in zip(edges[::2], edges[1::2], strict=True) if b > a]


def _common(span: Span, others: list[Span]) -> float:
    return sum(max(0.0, min(span[1], b) - max(span[0], a)) for a, b in others)


def _speed(segments: Sequence[Segment], who: str, seconds: float) -> float | None:
    characters = sum(len(normalise(s.text).text) for s in segments if s.speaker == who)
    return round(characters * 60 / seconds, 1) if seconds > 0 else None


def _interruptions(segments: Sequence[Segment], who: str, other: list[Span]) -> int:
    """How often `who` began while the other was speaking and went on speaking."""
    return sum(
        any(a < s.start < b and min(s.end, b) - s.start >= _SHORTEST_INTERRUPTION for a, b in other)
        for s in segments
        if s.speaker == who
    )

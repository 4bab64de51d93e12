"""What can be measured in a contact without judging words: answering, silence, shares of talk, interruptions, speed, loudness.

Who speaks when is what the segments say. What may be speech (doubtful segments, stretches to be listened to) is no silence,
and nobody's speech either. In a chat nothing of this exists, and every measure of speech is None.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from statistics import median
from typing import Any

from inspection.limits import Measured, measured_by
from inspection.text.tracks import normalised
from inspection.text.utterances import Span
from inspection.transcript import Segment, Stretch, Transcript
from regulations.rulebook import Rulebook

SIDES = ("agent", "customer")
_SPOKEN = (
    *(f"{who}_{what}" for who in SIDES for what in ("talk_seconds", "talk_share", "characters_per_minute", "interruptions")),
    *("agent_fastest_characters_per_minute", "agent_fastest_start", "agent_level_db", "loudness_jumps"),
    *("talk_share", "silence_seconds", "silence_share", "dead_air_seconds", "dead_air_count", "dead_air"),
    *("longest_silence_seconds", "longest_silence_start", "overlap_seconds", "rings", "answer_seconds"),
)  # fmt: skip
_LEAST_COMPARED = 3  # of fewer utterances none is anybody's usual loudness


def measure(transcript: Transcript, book: Rulebook) -> dict[str, Any]:
    """The measures of a contact. Seconds and shares (0..1) to two or three places; None where there is nothing to measure.

    duration_seconds, hangup_by; rings before the answer and answer_seconds (rings by call.seconds_per_ring).
    Of agent and customer: talk_seconds, talk_share (of the talk of both), characters_per_minute (of speech), interruptions.
    talk_share and silence_share (of the contact: anybody, nobody speaks), silence_seconds, overlap_seconds;
    dead_air: [{"start", "seconds"}], silences of at least measure.dead_air_from, with dead_air_count and dead_air_seconds;
    longest_silence_seconds, longest_silence_start. agent_fastest_characters_per_minute and agent_fastest_start: the agent's
    fastest turn of at least measure.rate_stretch seconds of speech. agent_level_db: the median loudness of the agent's
    utterances, loudness_jumps: [{"segment", "start", "above_db"}], those louder than it by measure.loudness_jump.
    """
    seconds = transcript.seconds
    result: dict[str, Any] = {"duration_seconds": round(seconds, 2), "hangup_by": transcript.hangup_by}
    if transcript.channel == "chat":
        return result | dict.fromkeys(_SPOKEN)
    limits = measured_by(book)
    segments = [s for s in transcript.segments if not s.is_doubtful]
    sounding: list[Segment | Stretch] = [*transcript.segments, *transcript.to_listen]
    silences = gaps(union((s.start, min(s.end, seconds)) for s in sounding), seconds)
    longest = max(silences, key=lambda g: g[1] - g[0], default=None)
    silent = sum(b - a for a, b in silences)
    dead = [g for g in silences if limits.dead_air_from is not None and _reaches(g, limits.dead_air_from)]
    talk = {who: union((s.start, s.end) for s in segments if s.speaker == who) for who in SIDES}
    talked = {who: sum(b - a for a, b in spans) for who, spans in talk.items()}
    both = sum(talked.values())
    for who in SIDES:
        result[f"{who}_talk_seconds"] = round(talked[who], 2)
        result[f"{who}_talk_share"] = round(talked[who] / both, 3) if both else None
        result[f"{who}_characters_per_minute"] = _speed(segments, who, talked[who])
        result[f"{who}_interruptions"] = len(interruptions(segments, who, limits))
    fastest = _fastest(segments, limits)
    return result | {
        "agent_fastest_characters_per_minute": None if fastest is None else round(fastest[0], 1),
        "agent_fastest_start": None if fastest is None else round(fastest[1], 2),
        "talk_share": round(1 - silent / seconds, 3) if seconds else None,
        "silence_seconds": round(silent, 2),
        "silence_share": round(silent / seconds, 3) if seconds else None,
        "dead_air_seconds": round(sum(b - a for a, b in dead), 2),
        "dead_air_count": len(dead),
        "dead_air": [{"start": round(a, 2), "seconds": round(b - a, 2)} for a, b in dead],
        "longest_silence_seconds": round(longest[1] - longest[0], 2) if longest else 0.0,
        "longest_silence_start": round(longest[0], 2) if longest else None,
        "overlap_seconds": round(common(talk["agent"], talk["customer"]), 2),
        **_loudness(transcript.segments, limits),
        "rings": transcript.rings,
        "answer_seconds": _answer_seconds(transcript, book),
    }


def _answer_seconds(transcript: Transcript, book: Rulebook) -> float | None:
    each = book.decimal("call.seconds_per_ring")
    return None if transcript.rings is None or each is None else round(transcript.rings * float(each), 2)


def union(spans: Any) -> list[Span]:
    """The time covered by any of the spans, as spans in order that do not touch."""
    merged: list[Span] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((start, end))
    return merged


def gaps(spoken: list[Span], seconds: float) -> list[Span]:
    """What of [0, seconds] the spans, in order and apart, leave free."""
    edges = [0.0, *(t for span in spoken for t in span), seconds]
    return [(a, b) for a, b in zip(edges[::2], edges[1::2], strict=True) if b > a]


def common(one: Sequence[Span], two: Sequence[Span]) -> float:
    """Seconds that both cover; each in order and apart."""
    seconds, at = 0.0, 0
    for start, end in one:
        while at < len(two) and two[at][1] <= start:
            at += 1
        ahead = at
        while ahead < len(two) and two[ahead][0] < end:
            seconds += min(end, two[ahead][1]) - max(start, two[ahead][0])
            ahead += 1
    return seconds


def _reaches(span: Span, seconds: float) -> bool:
    """Whether a span is that long, to the millisecond: 7.1 less 2.1 is five seconds."""
    return round(span[1] - span[0], 3) >= seconds


def _speed(segments: Sequence[Segment], who: str, seconds: float) -> float | None:
    characters = sum(len(normalised(s.text).text) for s in segments if s.speaker == who)
    return round(characters * 60 / seconds, 1) if seconds > 0 else None


def _fastest(segments: Sequence[Segment], limits: Measured) -> tuple[float, float] | None:
    """Characters a minute and start of the agent's fastest turn of enough speech."""
    best: tuple[float, float] | None = None
    turn: list[Segment] = []
    for segment in (*segments, None):
        if segment is not None and segment.speaker == "agent":
            turn.append(segment)
            continue
        if turn:
            length = sum(b - a for a, b in union((s.start, s.end) for s in turn))
            rate = _speed(turn, "agent", length)
            if (
                rate is not None
                and round(length, 3) >= limits.rate_stretch
                and (best is None or rate > best[0])
            ):
                best = (rate, turn[0].start)
        turn = []
    return best


def interruptions(segments: Sequence[Segment], who: str, limits: Measured) -> list[Segment]:
    """The utterances with which `who` broke in: begun while the other spoke, and more than the tolerance at once.

    What a listener says (嗯, 好的, 对) breaks in on nobody. A pause that runs between two utterances of the other is none of
    his speech.
    """
    tolerance = limits.interruption_tolerance
    if tolerance is None:
        return []
    other = union((s.start, s.end) for s in segments if s.speaker in SIDES and s.speaker != who)
    starts = [start for start, _ in other]
    result: list[Segment] = []
    for segment in segments:
        if segment.speaker != who:
            continue
        at = bisect_left(starts, segment.start) - 1  # the last that began before it
        at_once = min(segment.end, other[at][1]) - segment.start if at >= 0 else 0.0
        if round(at_once, 3) > tolerance and not _only_listens(segment.text, limits):
            result.append(segment)
    return result


def _only_listens(text: str, limits: Measured) -> bool:
    said = normalised(text).text
    return not said or said in limits.listening


def _loudness(segments: Sequence[Segment], limits: Measured) -> dict[str, Any]:
    heard = [
        (ordinal, s, s.level_db)
        for ordinal, s in enumerate(segments)
        if s.speaker == "agent"
        and not s.is_doubtful
        and s.level_db is not None
        and _reaches((s.start, s.end), limits.loudness_stretch)
    ]
    if len(heard) < _LEAST_COMPARED:
        return {"agent_level_db": None, "loudness_jumps": None}
    usual = median(level for _, _, level in heard)
    jumps = [
        {"segment": ordinal, "start": round(s.start, 2), "above_db": round(level - usual, 1)}
        for ordinal, s, level in heard
        if limits.loudness_jump is not None and round(level - usual, 3) >= limits.loudness_jump
    ]
    return {"agent_level_db": round(usual, 1), "loudness_jumps": jumps}

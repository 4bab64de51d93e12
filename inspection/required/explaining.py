"""Steps that explain a missing phrase: where it was looked for, what came near it, why it was not owed."""

from __future__ import annotations

from inspection.required.near import NearMiss
from inspection.required.wanted import Match
from inspection.text.owed import Contact, Owed
from inspection.text.tracks import Place, Track
from inspection.text.utterances import Span
from regulations.values import PhraseRule
from regulations.verdict import Step, step


def excuse(contact: Contact) -> Step | None:
    """Why the agent had no chance to close the contact."""
    transcript = contact.transcript
    if transcript.hangup_by == "customer":
        return step(
            "客户先挂机，客服没有机会说结束语",
            "the customer hung up first: the agent had no chance to close",
        )
    limit = contact.limits.short_call
    if contact.is_heard and transcript.seconds < limit:
        return step(
            "通话只有 {s:.1f} 秒（不足 {limit:g} 秒），视为中断",
            "the call lasted only {s:.1f} s (under {limit:g} s): taken as cut off",
            s=transcript.seconds, limit=limit,
        )  # fmt: skip
    return None


def broken_off(contact: Contact, window: Span) -> Step | None:
    """Why nobody knows what was said at the end of the window: the recording breaks off before it."""
    if contact.transcript.is_complete or window[1] < contact.transcript.seconds:
        return None
    return step(
        "录音在中途断开，听不到后面的话：不下结论",
        "the recording breaks off: what came after cannot be heard, so nothing is concluded",
    )


def who_hung_up(contact: Contact) -> Step | None:
    """A note where nobody knows whether the agent had the chance to close."""
    if not contact.is_heard or contact.transcript.hangup_by != "unknown":
        return None
    return step("不知道是谁先挂机，请复核", "who hung up first is not known: to be reviewed")


def searched(contact: Contact, rule: PhraseRule, track: Track) -> tuple[Step, ...]:
    """The window that was searched, how long the agent spoke in it, and how surely his words were recognised."""
    phase = contact.phase(rule.phase) if rule.kind == "required" else None
    why = (phase.why,) if phase is not None and phase.why is not None else ()
    zh, en = ("整个通话", "the whole contact") if rule.kind == "required" else ("应答处", "the answer")
    if why:
        zh, en = {"opening": ("开场", "the opening")}.get(rule.phase, ("结尾", "the closing"))
    segments = list(track.segments.values())
    if not segments:
        return (*why, step("之后客服没有再说话", "the agent says nothing there"))
    where = Step(
        f"查找范围：{zh}，{segments[0].start:.1f}–{max(s.end for s in segments):.1f} 秒，其中客服说话 {track.seconds:.1f} 秒",
        f"searched: {en}, {segments[0].start:.1f}–{max(s.end for s in segments):.1f} s, {track.seconds:.1f} s of it the agent's speech",
    )
    sure = [(s.confidence, s.start) for s in segments if s.confidence is not None]
    if not contact.is_heard or not sure:
        return (*why, where)
    lowest, at = min(sure)
    confidence = step(
        "其中识别置信度最低 {c:.0%}（{at:.1f} 秒的一句）",
        "lowest confidence of recognition in it: {c:.0%} (the utterance at {at:.1f} s)",
        c=lowest,
        at=at,
    )
    return (*why, where, confidence)


def near(track: Track, miss: NearMiss | None) -> tuple[Step, ...]:
    """What comes nearest to the phrase, and how near."""
    if miss is None:
        return (step("没有相近的话", "nothing comes near it"),)
    place = track.place(miss.start, miss.end)
    how_zh, how_en = ("读音", " in sound") if miss.is_by_sound else ("", "")
    return (
        step(
            "最接近的一句：{at:.1f} 秒“{q}”，与“{text}”{how_zh}相似 {r:.0%}",
            "nearest: “{q}” at {at:.1f} s, {r:.0%} like “{text}”{how_en}",
            at=place.start, q=place.quote, text=miss.text, r=miss.ratio, how_zh=how_zh, how_en=how_en,
        ),
    )  # fmt: skip


def elsewhere(track: Track, found: Match | None) -> tuple[Step, ...]:
    """A phrase said at the wrong time (`found`, in all that the agent said) is missing, but nobody should search for it."""
    if found is None:
        return ()
    place = track.place(found.start, found.end)
    return (
        step(
            "在此范围之外，{at:.1f} 秒说过“{q}”",
            "outside it, at {at:.1f} s, “{q}” was said",
            at=place.start, q=place.quote,
        ),
    )  # fmt: skip


def where_to_listen(
    contact: Contact, rule: PhraseRule, at: Owed | Place | None
) -> tuple[int | None, float | None]:
    """Segment and second to hear for a missing phrase: at the occasion, or where it should have stood."""
    if at is not None:
        return at.segment, at.start if isinstance(at, Place) else at.at
    segments = contact.segments
    spoken = [i for i, s in enumerate(segments) if s.speaker == "agent"]
    spoken = [i for i in spoken if not segments[i].is_doubtful] or spoken
    if not spoken:
        return None, None
    if rule.phase == "closing":
        return spoken[-1], segments[spoken[-1]].start
    return (spoken[0], segments[spoken[0]].start) if rule.phase == "opening" else (None, None)

"""What nobody can be sure was or was not said: doubtful words, and stretches that only a person can make out."""

from __future__ import annotations

from collections.abc import Iterable

from inspection.explaining import begins_amid
from inspection.lexicon import LEXICON
from inspection.owed import Contact
from inspection.transcript import Segment, Stretch
from inspection.utterances import Span
from inspection.wanted import NearMiss
from inspection.wording import normalise
from regulations.values import PhraseRule
from regulations.verdict import Step, step

_ALWAYS = (0.0, float("inf"))

DOUBTFUL = step(
    "这几个字所在的声音不能确定是有人说话，或者像是从另一声道串过来的，或者识别失败：不计分，请听录音",
    "these words stand over sound that is not certainly speech, or that seems to come over from the other channel, or"
    " recognition failed there: no points, listen to it",
)


def seconds_of(contact: Contact, phase: str) -> Span:
    """The time in which a phrase of the phase counts, had it been heard; the end may be infinite."""
    turns, w = contact.agent_turns, LEXICON.windows
    if not turns:
        return _ALWAYS
    if phase == "opening":
        return 0.0, max(turns[0].start + w.opening_seconds, turns[: w.opening_turns][-1].end)
    if phase == "closing":
        last = max(t.end for t in turns)
        return min(last - w.closing_seconds, turns[-w.closing_turns :][0].start), _ALWAYS[1]
    return _ALWAYS


def doubtful_within(contact: Contact, window: Span) -> list[int]:
    """The agent's doubtful segments that touch the window."""
    return [
        i
        for i, s in enumerate(contact.segments)
        if s.is_doubtful and s.speaker == "agent" and s.start <= window[1] and s.end >= window[0]
    ]


def why_open(contact: Contact, rule: PhraseRule, miss: NearMiss | None, window: Span) -> Step | None:
    """Why a phrase that was not heard in its window may have been said all the same. `miss` is what comes nearest."""
    is_near = (
        miss is not None
        and contact.is_heard
        and len(miss.text) >= LEXICON.near_miss_min_characters
        and miss.ratio >= LEXICON.near_miss_ratio
    )
    if is_near:
        return step(
            "可能只是识别有误：不计分，请人工判断",
            "recognition may be at fault: no points, a person decides",
        )
    if contact.unknown.text:
        return step(
            "有些话分不清是谁说的：不计分，请人工判断",
            "some words cannot be attributed: no points, a person decides",
        )
    if (unheard := could_hold(contact, rule.texts, window)) is not None:
        return unheard
    if (hardly := _hardly_made_out(contact, window)) is not None:
        return hardly
    return begins_amid(contact) if rule.phase == "opening" else None


def _hardly_made_out(contact: Contact, window: Span) -> Step | None:
    """The reason to leave a missing phrase open where the recogniser merely guessed at the agent's words."""
    heard = [
        (s.confidence, s.end - s.start)
        for s in contact.agent.segments.values()
        if s.confidence is not None and s.start <= window[1] and s.end >= window[0]
    ]
    seconds = sum(length for _, length in heard)
    if seconds <= 0 or (sure := sum(c * length for c, length in heard) / seconds) >= LEXICON.least_sure:
        return None
    return step(
        "这一段客服的话识别置信度只有 {c:.0%}，可能说了而没有识别出来：不计分，请听录音",
        "the agent's words there were recognised with only {c:.0%} confidence, perhaps it was said and misheard: no points,"
        " listen to it",
        c=sure,
    )


def could_hold(contact: Contact, texts: Iterable[str], window: Span) -> Step | None:
    """The reason to leave a missing phrase open: a stretch in the window that is long enough for it.

    Only what may be the agent's counts; a stretch too short for the shortest wording holds none.
    """
    shortest = min((len(normalise(t).text) for t in texts), default=0) / LEXICON.fastest_speech
    for place in _unheard(contact):
        if min(place.end, window[1]) - max(place.start, window[0]) >= shortest > 0:
            return step(
                "{a:.1f}–{b:.1f} 秒有声音而没有可靠的文字，可能就说在那里：不计分，请听录音",
                "there is sound without reliable words from {a:.1f} s to {b:.1f} s, perhaps it was said there: no points, listen to it",
                a=place.start,
                b=place.end,
            )
    return None


def _unheard(contact: Contact) -> list[Stretch | Segment]:
    places: list[Stretch | Segment] = [
        p for p in contact.transcript.to_listen if p.speaker in ("agent", "unknown")
    ]
    places += [s for s in contact.segments if s.is_doubtful and s.speaker == "agent"]
    return sorted(places, key=lambda p: p.start)

"""What nobody can be sure was or was not said: doubtful words, and stretches that only a person can make out."""

from __future__ import annotations

from collections.abc import Iterable

from inspection.required.cues import first_cue
from inspection.required.edges import begins_amid, ends_amid
from inspection.required.holds import is_question
from inspection.required.near import NearMiss, by_ear
from inspection.text.owed import Contact, Owed
from inspection.text.phases import ALWAYS
from inspection.text.tracks import Track
from inspection.text.utterances import Span
from inspection.text.wording import normalise
from inspection.transcript import Segment, Stretch
from regulations.values import PhraseRule
from regulations.verdict import Step, step

DOUBTFUL = step(
    "这几个字所在的声音不能确定是有人说话，或者像是从另一声道串过来的，或者识别失败：不计分，请听录音",
    "these words stand over sound that is not certainly speech, or that seems to come over from the other channel, or"
    " recognition failed there: no points, listen to it",
)

_A_MERE_SOUND = 3  # characters: 嗯, 好的, 哎呀


def seconds_of(contact: Contact, phase: str) -> Span:
    """The time in which a phrase of the phase counts, had it been heard; the end may be infinite."""
    part = contact.phase(phase)
    return ALWAYS if part is None else part.span


def doubtful_within(contact: Contact, window: Span) -> list[int]:
    """The agent's doubtful segments that touch the window."""
    return [
        i
        for i, s in enumerate(contact.segments)
        if s.is_doubtful and s.speaker == "agent" and s.start <= window[1] and s.end >= window[0]
    ]


def why_open(
    contact: Contact, rule: PhraseRule, track: Track, miss: NearMiss | None, window: Span
) -> Step | None:
    """Why a phrase that was not heard in its window may have been said all the same. `miss` is what comes nearest.

    `track` is what the agent certainly said in the window.
    """
    limits = contact.limits
    is_near = (
        miss is not None
        and contact.is_heard
        and miss.characters >= limits.near_miss_characters
        and miss.ratio >= limits.near_miss_from
    )
    if is_near:
        return step(
            "相似度达到 {from_:.0%}，可能只是识别有误：不计分，请人工判断",
            "as near as that ({from_:.0%} or more) recognition may be at fault: no points, a person decides",
            from_=limits.near_miss_from,
        )
    if (misheard := by_ear(contact, rule, track)) is not None:
        return misheard
    if contact.unknown.text:
        return step(
            "有些话分不清是谁说的：不计分，请人工判断",
            "some words cannot be attributed: no points, a person decides",
        )
    if (unheard := could_hold(contact, rule.texts, window)) is not None:
        return unheard
    if (hardly := _hardly_made_out(contact, window)) is not None:
        return hardly
    if rule.phase == "closing":
        return ends_amid(contact)
    if rule.category == "name_check" and (unasked := _told_at_once(contact)) is not None:
        return unasked
    return begins_amid(contact, rule) if rule.phase == "opening" else None


def _told_at_once(contact: Contact) -> Step | None:
    """A caller who answers the greeting with his matter leaves little to ask for; whether what the agent then asks is
    the clause's question, only a person can say. An agent whose answer is no question has not asked."""
    matter = contact.matter if contact.transcript.direction == "inbound" else None
    if matter is None or any(t.speaker == "customer" and t.start < matter.start for t in contact.turns):
        return None
    reply = next((t for t in contact.agent_turns if t.start > matter.start), None)
    if reply is None or not is_question(contact, reply):
        return None
    return step(
        "客户一开口就说了来意（{at:.1f} 秒），客服接着问了，算不算该问的由人工判断：不计分",
        "the caller states the matter with his first words ({at:.1f} s) and the agent asks on; whether that will do a person decides:"
        " no points",
        at=matter.start,
    )


def akin(contact: Contact, rule: PhraseRule, track: Track, at: Owed | None) -> Step | None:
    """Words in the window that do the same, though they are none of the clause's: 拜拜 is no 再见, but it is a farewell.

    In an answer (`at`) only its first sentence is read so: the thanks of a farewell answer no praise.
    """
    if at is not None:
        track = contact.track(_first_sentence(contact, at))
    place = first_cue(track, contact.limits.cues.get(f"akin_{rule.category}", ()))
    if place is None:
        return None
    return step(
        "{at:.1f} 秒说了“{q}”，意思相近，不是规定的原话：不计分，请人工判断",
        "“{q}” at {at:.1f} s does the same in other words than the rule's: no points, a person decides",
        at=place.start,
        q=place.quote,
    )


def _first_sentence(contact: Contact, at: Owed) -> list[int]:
    """The utterance that answers, with the next where it is no more than a sound; before a wait, all of the notice."""
    first: list[int] = []
    for i in sorted(at.segments):
        if contact.segments[i].end > at.at:
            first.append(i)
            if len(normalise(contact.segments[i].text).text) > _A_MERE_SOUND:
                break
    return first or list(at.segments)


def _hardly_made_out(contact: Contact, window: Span) -> Step | None:
    """The reason to leave a missing phrase open where the recogniser merely guessed at the agent's words."""
    heard = [
        (s.confidence, s.end - s.start)
        for s in contact.agent.segments.values()
        if s.confidence is not None and s.start <= window[1] and s.end >= window[0]
    ]
    seconds = sum(length for _, length in heard)
    if (
        seconds <= 0
        or (sure := sum(c * length for c, length in heard) / seconds) >= contact.limits.least_confidence
    ):
        return None
    return step(
        "这一段客服的话平均识别置信度只有 {c:.0%}（不足 {least:.0%}），可能说了而没有识别出来：不计分，请听录音",
        "the agent's words there were recognised with a mean confidence of only {c:.0%} (under {least:.0%}), perhaps it was said and misheard: no points,"
        " listen to it",
        c=sure,
        least=contact.limits.least_confidence,
    )


def could_hold(contact: Contact, texts: Iterable[str], window: Span) -> Step | None:
    """The reason to leave a missing phrase open: a stretch in the window that is long enough for it.

    Only what may be the agent's counts; a stretch too short for the shortest wording holds none.
    """
    shortest = min((len(normalise(t).text) for t in texts), default=0) / contact.limits.fastest_speech
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

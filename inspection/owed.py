"""When and where a required phrase is owed: the windows of a call, and the triggers of conditional phrases."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from inspection.lexicon import LEXICON, Trigger
from inspection.tracks import Track, Turn, is_on_both, track_of, turns
from inspection.transcript import Segment, Stretch, Transcript
from inspection.utterances import Span
from inspection.wanted import occurrences
from inspection.wording import normalise
from regulations.verdict import Step, step

_QUESTION_ENDS = ("吗", "呢", "么", "没有")
_ON_HOLD = "on_hold"


@dataclass(frozen=True, slots=True)
class Owed:
    """One occasion on which a phrase is owed, the segments in which it counts, and their time.

    `doubt`: why it may have been no occasion at all.
    """

    reason: Step
    segments: tuple[int, ...]
    at: float
    segment: int | None
    window: Span
    doubt: Step | None = None


class Contact:
    """A transcript laid out for the rules: turns, tracks, windows."""

    def __init__(self, transcript: Transcript) -> None:
        self.transcript = transcript
        self.segments: Sequence[Segment] = transcript.segments
        self.turns: list[Turn] = turns(transcript.segments)
        self.agent = track_of(transcript.segments, "agent")
        self.agent_perhaps = track_of(transcript.segments, "agent", with_doubtful=True)
        self.customer = track_of(transcript.segments, "customer")
        self.customer_perhaps = track_of(transcript.segments, "customer", with_doubtful=True)
        self.unknown = track_of(transcript.segments, "unknown", with_doubtful=True)
        self.agent_turns = [t for t in self.turns if t.speaker == "agent"]

    @property
    def is_heard(self) -> bool:
        """Whether the words were recognised from speech. What is typed in a chat is exact."""
        return self.transcript.channel != "chat"

    def window(self, phase: str) -> frozenset[int]:
        """The agent's segments that belong to the opening or the closing."""
        if not self.agent_turns:
            return frozenset()
        w = LEXICON.windows
        if phase == "opening":
            limit = self.agent_turns[0].start + w.opening_seconds
            by_turn = self.agent_turns[: w.opening_turns]
            by_time = [i for i in self.agent.segments if self.segments[i].start <= limit]
        else:
            limit = max(t.end for t in self.agent_turns) - w.closing_seconds
            by_turn = self.agent_turns[-w.closing_turns :]
            by_time = [i for i in self.agent.segments if self.segments[i].end >= limit]
        return frozenset(by_time) | {i for turn in by_turn for i in turn.segments}

    def track(self, ordinals: Iterable[int]) -> Track:
        """The words of some segments."""
        return Track((i, self.segments[i]) for i in sorted(ordinals))


def occasions(contact: Contact, condition: str) -> list[Owed] | None:
    """Every occasion on which a phrase under the condition is owed; None when the condition is not known here."""
    if condition == _ON_HOLD:
        return _holds(contact)
    trigger = LEXICON.triggers.get(condition)
    if trigger is None:
        return None
    track = contact.customer if trigger.speaker == "customer" else contact.agent
    return [_owed(contact, trigger, track, start, end) for start, end in trigger_places(track, trigger)]


def trigger_places(track: Track, trigger: Trigger) -> list[tuple[int, int]]:
    """Where the trigger is said and not taken back, one place for each stretch of words."""
    places: list[tuple[int, int]] = []
    for start, end in sorted(p for text in trigger.texts for p in occurrences(track, text)):
        before = track.before(start, 4, in_clause=True)
        if any(before.endswith(normalise(word).text) for word in trigger.unless):
            continue
        if not places or start >= places[-1][1]:
            places.append((start, end))
    return places


def _owed(contact: Contact, trigger: Trigger, track: Track, start: int, end: int) -> Owed:
    place = track.place(start, end)
    after = [t for t in contact.agent_turns if t.end > place.start]
    if trigger.speaker == "customer":
        answer = after[: LEXICON.windows.reply_turns]
        reason = step(
            "客户在 {at:.1f} 秒说“{q}”",
            "the customer says “{q}” at {at:.1f} s",
            at=place.start,
            q=place.quote,
        )
    else:  # the agent's own words: before or after them, apology first or last
        before = [t for t in contact.agent_turns if t.end <= place.start]
        answer = before[-1:] + after[: LEXICON.windows.reply_turns]
        reason = step(
            "客服在 {at:.1f} 秒说“{q}”", "the agent says “{q}” at {at:.1f} s", at=place.start, q=place.quote
        )
    # Where fewer turns follow than an answer may take, sound until the very end may hold it.
    until = after[: LEXICON.windows.reply_turns]
    is_whole = len(until) == LEXICON.windows.reply_turns
    window = (
        min([place.start, *(t.start for t in answer)]),
        until[-1].end if is_whole else float("inf"),
    )
    other = contact.agent if trigger.speaker == "customer" else contact.customer
    doubt = None
    if contact.is_heard and is_on_both(track.text[start:end], place, other):
        doubt = step(
            "同一时刻另一声道也有这句话：可能是串音，分不清是谁说的，不计分，请听录音",
            "the other channel carries the same words at the same moment: perhaps one channel is heard on the other,"
            " nobody can tell who said it, no points, listen to it",
        )
    segments = tuple(i for t in answer for i in t.segments)
    return Owed(reason, segments, place.start, place.segment, window, doubt)


def _holds(contact: Contact) -> list[Owed]:
    """Waits that the agent let the customer sit through: nobody speaks, and it was the agent's turn to speak."""
    w = LEXICON.windows
    result: list[Owed] = []
    for last, following in zip(contact.agent_turns, contact.agent_turns[1:], strict=False):
        silence = (following.start - last.end) - _spoken(contact, last.end, following.start)
        if silence < w.hold_seconds or _is_question(contact, last):
            continue
        notice = [
            i
            for i in contact.agent.segments
            if contact.segments[i].start < following.start
            and contact.segments[i].end >= last.end - w.hold_notice_seconds
        ]
        result.append(
            Owed(
                step(
                    "客服从 {a:.1f} 秒到 {b:.1f} 秒没有说话，其间静默 {s:.1f} 秒（从 {limit:g} 秒起算等候）",
                    "the agent says nothing from {a:.1f} s to {b:.1f} s, {s:.1f} s of it silence (waiting counts from {limit:g} s)",
                    a=last.end,
                    b=following.start,
                    s=silence,
                    limit=w.hold_seconds,
                ),
                tuple(notice),
                last.end,
                last.segments[-1],
                (last.end - w.hold_notice_seconds, following.start),
                _no_hold(contact, last.end, following.start, silence),
            )
        )
    return result


def _spoken(contact: Contact, start: float, end: float) -> float:
    """Seconds of [start, end] in which anybody else certainly speaks."""
    return sum(
        max(0.0, min(s.end, end) - max(s.start, start))
        for s in contact.segments
        if s.speaker != "agent" and not s.is_doubtful
    )


def _no_hold(contact: Contact, start: float, end: float, silence: float) -> Step | None:
    """Why nobody may have waited: with what only may be speech, the silence is too short for a wait."""
    places: list[Segment | Stretch] = [s for s in contact.segments if s.is_doubtful]
    places += contact.transcript.to_listen
    sound = sum(max(0.0, min(p.end, end) - max(p.start, start)) for p in places)
    if silence - sound >= LEXICON.windows.hold_seconds:
        return None
    return step(
        "其间有 {s:.1f} 秒声音不能确定是不是说话，可能并没有等候：不计分，请听录音",
        "{s:.1f} s of it hold sound that may be speech, perhaps nobody waited: no points, listen to it",
        s=sound,
    )


def _is_question(contact: Contact, turn: Turn) -> bool:
    """Whether the turn ends by asking: then the customer is the one who keeps silent."""
    text = contact.segments[turn.segments[-1]].text.rstrip()
    return text.endswith(("?", "?")) or normalise(text).text.endswith(_QUESTION_ENDS)

"""A contact laid out for the rules: who said what in which turn, and which phases it has."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate

from inspection.limits import Limits
from inspection.text.phases import Phase, closing_of, matter_of, opening_of
from inspection.text.tracks import Track, Turn, track_of, turns
from inspection.text.utterances import Span
from inspection.text.wording import normalise
from inspection.transcript import Segment, Transcript
from regulations.verdict import Step


@dataclass(frozen=True, slots=True)
class Owed:
    """One occasion on which a phrase is owed, the segments in which it counts, and their time.

    `doubt`: why it may have been no occasion at all. `is_meant` False: the words that call for it may not be meant.
    """

    reason: Step
    segments: tuple[int, ...]
    at: float
    segment: int | None
    window: Span
    doubt: Step | None = None
    is_meant: bool = True


class Contact:
    """A transcript laid out for the rules: turns, tracks, phases. `limits` are the rulebook's."""

    def __init__(self, transcript: Transcript, limits: Limits) -> None:
        self.transcript = transcript
        self.limits = limits
        self.segments: Sequence[Segment] = transcript.segments
        self.turns: list[Turn] = turns(transcript.segments, limits.turn_pause)
        self.agent = self._track_of("agent")
        self.customer = self._track_of("customer")
        self.agent_perhaps = self._with_doubtful("agent", self.agent)
        self.customer_perhaps = self._with_doubtful("customer", self.customer)
        self.unknown = track_of(transcript.segments, "unknown", limits.join_pause, with_doubtful=True)
        self.agent_turns = [t for t in self.turns if t.speaker == "agent"]
        self.agent_ends = list(accumulate((t.end for t in self.agent_turns), max))

    def _track_of(self, speaker: str) -> Track:
        return track_of(self.segments, speaker, self.limits.join_pause)

    def _with_doubtful(self, speaker: str, certain: Track) -> Track:
        if not any(s.is_doubtful and s.speaker == speaker for s in self.segments):
            return certain
        return track_of(self.segments, speaker, self.limits.join_pause, with_doubtful=True)

    @property
    def is_heard(self) -> bool:
        """Whether the words were recognised from speech. What is typed in a chat is exact."""
        return self.transcript.channel != "chat"

    @cached_property
    def opening(self) -> Phase:
        """The opening, as inspection/text/phases.py reads it."""
        is_inbound = self.transcript.direction == "inbound"
        matter = self.matter if is_inbound else None
        again_at = None if is_inbound else self._handed_over_at()
        return opening_of(self.segments, self.turns, self.limits, matter=matter, again_at=again_at)

    @cached_property
    def matter(self) -> Turn | None:
        """The customer's turn in which he states the matter."""
        return matter_of(self.segments, self.turns, self.limits)

    def _handed_over_at(self) -> float | None:
        """When the person asked for comes to the telephone, after whoever answered went to fetch him."""
        calls, waits = (
            tuple(normalise(cue).text for cue in self.limits.cues.get(name, ()))
            for name in ("fetches", "customer_waits")
        )
        turns_left = 0  # in which somebody may still be fetched
        for turn, following in zip(self.turns, self.turns[1:], strict=False):
            words = normalise("".join(self.segments[i].text for i in turn.segments)).text
            cues = calls if turn.speaker == "agent" else calls + waits
            turns_left = 2 if any(cue in words for cue in cues) else turns_left - 1
            if turns_left > 0 and following.start - turn.end >= self.limits.hold_from:
                return following.start
        return None

    @cached_property
    def closing(self) -> Phase:
        """The closing, as inspection/text/phases.py reads it."""
        tracks = (self.agent, self.customer, self.unknown)
        return closing_of(self.segments, self.turns, tracks, self.limits, self.transcript.seconds)

    def phase(self, name: str) -> Phase | None:
        """The opening or the closing; None for the whole contact."""
        return {"opening": self.opening, "closing": self.closing}.get(name)

    def window(self, phase: str) -> frozenset[int]:
        """The agent's segments that belong to the opening or the closing."""
        return (self.opening if phase == "opening" else self.closing).segments

    def words(self, speaker: str, since: float, until: float) -> str:
        """The compared words of a speaker's utterances that begin in these seconds."""
        spoken = (s.text for s in self.segments if s.speaker == speaker and since <= s.start < until)
        return normalise("".join(spoken)).text

    def track(self, ordinals: Iterable[int]) -> Track:
        """The words of some segments."""
        return Track(((i, self.segments[i]) for i in sorted(ordinals)), self.limits.join_pause)

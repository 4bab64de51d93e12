"""One speaker's words in a row, comparable, with the way back to segment, second and original wording."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import accumulate

from inspection.text.lexicon import LEXICON
from inspection.text.utterances import Segment, Span
from inspection.text.wording import confuse, normalise

_ECHO_SECONDS = 0.5  # an echo over a satellite line comes no later
_ONE_PIECE_SECONDS = 0.05  # speech without a pause that was cut to fit an engine's window is one piece
normalised = lru_cache(maxsize=4096)(normalise)
"""`normalise`, remembered: the words of one contact are compared many times."""
BREAK = "\n"  # stands where the speaker paused too long for one phrase; matches no phrase


@dataclass(frozen=True, slots=True)
class Place:
    """Where some words were said."""

    segment: int
    start: float
    end: float
    quote: str


class Track:
    """The words of some segments in time order. `text[i]` was said in segment `owner[i]`, at its `at[i]`."""

    def __init__(self, segments: Iterable[tuple[int, Segment]], join_pause: float) -> None:
        """`join_pause`: seconds of silence that may stand inside a phrase; a longer one is a break."""
        self.segments: dict[int, Segment] = {}
        self.owner: list[int] = []
        self.at: list[int] = []  # position in the original text of the segment
        self._begins: dict[int, int] = {}  # where the characters of a segment begin
        self._positions: dict[int, tuple[int, ...]] = {}
        self._times: dict[int, list[Span]] = {}  # of a segment's characters, made when somebody asks
        characters: list[str] = []
        previous: Segment | None = None
        for ordinal, segment in segments:
            words = normalised(segment.text)
            if not words.text:
                continue
            if previous is not None and segment.start - previous.end > join_pause:
                characters.append(BREAK)
                self.owner.append(-1)
                self.at.append(-1)
            self._begins[ordinal] = len(self.owner)
            self._positions[ordinal] = words.positions
            characters.append(words.text)
            self.owner.extend([ordinal] * len(words.text))
            self.at.extend(words.positions)
            self.segments[ordinal] = previous = segment
        self.text = "".join(characters)

    @cached_property
    def confused(self) -> str:
        """The text with what recognition mixes up folded together, character for character."""
        return confuse(self.text)

    @property
    def seconds(self) -> float:
        """How long the speaker spoke in these segments."""
        return sum(s.end - s.start for s in self.segments.values())

    def extent(self, within: Iterable[int]) -> tuple[int, int]:
        """The characters [start, end) from the first to the last of these segments."""
        spoken = [i for i in within if i in self._begins]
        if not spoken:
            return 0, 0
        last = max(spoken)
        return self._begins[min(spoken)], self._begins[last] + len(self._positions[last])

    def heard(self, start: float, end: float, margin: int = 0) -> str:
        """The compared characters that were said between these seconds, and `margin` more on either side."""
        first = max(0, bisect_right(self._until, start) - margin)
        return self.text[first : bisect_left(self._since, end) + margin]

    @cached_property
    def _until(self) -> list[float]:
        """By when every character up to this one was said."""
        ends = (self._time(i)[1] if owner >= 0 else 0.0 for i, owner in enumerate(self.owner))
        return list(accumulate(ends, max))

    @cached_property
    def _since(self) -> list[float]:
        """From when on this or an earlier character was said."""
        starts = (self._time(i)[0] if owner >= 0 else 0.0 for i, owner in enumerate(self.owner))
        return list(accumulate(starts, max))

    def is_doubtful(self, start: int, end: int) -> bool:
        """Whether any of the characters [start, end) stands in an utterance that is not certainly speech."""
        return any(o >= 0 and self.segments[o].is_doubtful for o in self.owner[start:end])

    def place(self, start: int, end: int) -> Place:
        """Segment, seconds and original wording of characters [start, end)."""
        first, last = self.owner[start], self.owner[end - 1]
        one, two = self.segments[first], self.segments[last]
        begin, until = self._time(start)[0], self._time(end - 1)[1]
        if first == last:
            quote = one.text[self.at[start] : self.at[end - 1] + 1]
        else:
            middle = [s.text for o, s in self.segments.items() if first < o < last]
            quote = "".join([one.text[self.at[start] :], *middle, two.text[: self.at[end - 1] + 1]])
        return Place(first, begin, max(begin, until), quote)

    def _time(self, at: int) -> Span:
        """When the character at `at` was said."""
        ordinal = self.owner[at]
        if ordinal not in self._times:
            self._times[ordinal] = times_of(self.segments[ordinal], self._positions[ordinal])
        return self._times[ordinal][at - self._begins[ordinal]]

    def between(self, left: int, right: int) -> str:
        """What stands in the original between the neighbours `left` and `right`; a break where they are apart.

        Either may lie outside the text: then it is an edge, which is a break.
        """
        if left < 0 or right >= len(self.text) or BREAK in (self.text[left], self.text[right]):
            return BREAK
        if self.owner[left] != self.owner[right]:
            one, two = self.segments[self.owner[left]], self.segments[self.owner[right]]
            if two.start - one.end > _ONE_PIECE_SECONDS:
                return BREAK
            return one.text[self.at[left] + 1 :] + two.text[: self.at[right]]
        return self.segments[self.owner[left]].text[self.at[left] + 1 : self.at[right]]

    def is_divided(self, start: int, end: int, *, by_pauses: bool = True) -> bool:
        """Whether punctuation, or (unless told otherwise) a pause between two utterances, stands inside [start, end)."""
        gaps = (_marks(self.between(i, i + 1)) for i in range(start, end - 1))
        return any(gap if by_pauses else gap.replace(BREAK, "") for gap in gaps)

    def crosses_sentence(self, start: int, end: int) -> bool:
        """Whether a sentence ends inside [start, end), as far as punctuation can be believed."""
        return any(set(self.between(i, i + 1)) & LEXICON.sentence_ends for i in range(start, end - 1))

    def before(self, start: int, reach: int, *, in_clause: bool) -> str:
        """Up to `reach` characters before `start`, of the same sentence (or, `in_clause`, undivided from it)."""
        begin = start
        while begin > 0 and start - begin < reach:
            gap = self.between(begin - 1, begin)
            is_end = bool(_marks(gap)) if in_clause else bool(set(gap) & (LEXICON.sentence_ends | {BREAK}))
            if is_end:
                break
            begin -= 1
        return self.text[begin:start]


def is_on_both(spelling: str, place: Place, other: Track) -> bool:
    """Whether the other channel carries the same comparable words at the same moment: one overhears the other."""
    return spelling in other.heard(
        place.start - _ECHO_SECONDS, place.end + _ECHO_SECONDS, margin=len(spelling) - 1
    )


def was_said_before(spelling: str, place: Place, other: Track, seconds: float) -> bool:
    """Whether the other speaker said the same comparable words in the seconds before: they may be repeated here."""
    return spelling in other.heard(place.start - seconds, place.start)


def times_of(segment: Segment, positions: Sequence[int]) -> list[Span]:
    """When the characters at these places of a segment's text were said, each within the segment.

    From the word that holds the character, where the words were timed; else the segment's time is shared out.
    """
    if not segment.words:
        count = len(positions)
        length = segment.end - segment.start
        return [
            (segment.start + length * i / count, segment.start + length * (i + 1) / count)
            for i in range(count)
        ]
    of_text: list[Span] = []
    for word in segment.words:
        # Punctuation and blanks take no time of their own, wherever the recogniser hung them.
        is_spoken = [c.isalnum() for c in word.text]
        if not any(is_spoken):
            is_spoken = [True] * len(word.text)
        count = sum(is_spoken)
        step = (word.end - word.start) / max(1, count)
        before = 0
        for takes_time in is_spoken:
            of_text.append((word.start + step * before, word.start + step * min(before + 1, count)))
            before += takes_time
    return [(_within(segment, of_text[at][0]), _within(segment, of_text[at][1])) for at in positions]


def _within(segment: Segment, seconds: float) -> float:
    return min(max(seconds, segment.start), segment.end)


def _marks(gap: str) -> str:
    """The part of what stands between two characters that divides them: fillers and blanks do not."""
    return "".join(c for c in gap if c == BREAK or not (c.isspace() or c in LEXICON.fillers))


@dataclass(frozen=True, slots=True)
class Turn:
    """What one speaker said until another spoke, or until a long pause."""

    speaker: str
    segments: tuple[int, ...]
    start: float
    end: float


def turns(segments: Sequence[Segment], turn_pause: float) -> list[Turn]:
    """The turns of a contact in time order; a pause of more than `turn_pause` seconds ends one.

    `segments` are in time order; what is doubtful makes no turn.
    """
    result: list[Turn] = []
    for ordinal, segment in enumerate(segments):
        if segment.is_doubtful:
            continue
        last = result[-1] if result else None
        if last is not None and last.speaker == segment.speaker and segment.start - last.end <= turn_pause:
            result[-1] = Turn(last.speaker, (*last.segments, ordinal), last.start, max(last.end, segment.end))
        else:
            result.append(Turn(segment.speaker, (ordinal,), segment.start, segment.end))
    return result


def track_of(
    segments: Sequence[Segment], speaker: str, join_pause: float, *, with_doubtful: bool = False
) -> Track:
    """Everything that one speaker said; what may not have been said at all only if asked for."""
    spoken = ((i, s) for i, s in enumerate(segments) if s.speaker == speaker)
    return Track(((i, s) for i, s in spoken if with_doubtful or not s.is_doubtful), join_pause)

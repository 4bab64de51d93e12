"""您 or 你: what the sound says for either spelling where recognition mixes them up.

Interface for the rules (banned.py, required.py), in speech only; in a chat the spelling is exact:

    pair_steps(track, start, end, limit) -> tuple[Step, ...]   one for every such place in characters [start, end)
    margin_at(segment, position) -> Margin | None              position in `segment.text`, of the 您 or 你 itself
    pair_step(margin, limit) -> Step                           `limit` is limits_of(book).nihao_margin

A margin decides nothing: it is shown to whoever listens.
"""

from __future__ import annotations

from dataclasses import dataclass

from inspection.text.lexicon import LEXICON
from inspection.text.tracks import Track
from inspection.text.utterances import Segment, Word
from inspection.text.wording import confuse
from regulations.verdict import Step, step

_ONLY_BEFORE = {"你": "好"}  # by what `confuse` makes of both: elsewhere 您 and 你 are nobody's greeting


@dataclass(frozen=True, slots=True)
class Margin:
    """What the recogniser wrote, what it may have been, and how well each fits the sound (natural log-probabilities).

    `written` and `other` are as they are shown: 您好 and 你好. `difference` is above 0 where the sound is nearer to what
    was written.
    """

    written: str
    other: str
    written_logprob: float
    other_logprob: float

    @property
    def difference(self) -> float:
        """Log-probability of what was written less that of the other."""
        return self.written_logprob - self.other_logprob

    @property
    def likelier(self) -> str:
        """The spelling that the sound is nearer to."""
        return self.written if self.difference >= 0 else self.other


def other_spelling(text: str, position: int) -> str:
    """The character that recognition may have mixed up with the one at `position`; empty where it does not matter.

    It matters for the pairs of lexicon.toml, and of 您 and 你 only directly before 好.
    """
    character = text[position]
    other = LEXICON.confusable.get(character) or next(
        (sound for sound, same in LEXICON.confusable.items() if same == character), ""
    )
    after = _ONLY_BEFORE.get(confuse(character), "")
    return other if text.startswith(after, position + 1) else ""


def margin_at(segment: Segment, position: int) -> Margin | None:
    """The two spellings of the character at `position` of the segment's text; None where nobody scored them.

    Nobody did in a transcript that another recogniser wrote, or that was made before there were margins.
    """
    at = 0
    for word in segment.words:
        if at <= position < at + len(word.text):
            return _margin(segment.text, position, word, position - at)
        at += len(word.text)
    return None


def _margin(text: str, position: int, word: Word, within: int) -> Margin | None:
    scores = {spelling[within]: score for spelling, score in word.alternatives}
    written = text[position]
    other = next((character for character in scores if character != written), None)
    if written not in scores or other is None:
        return None
    after = _ONLY_BEFORE.get(confuse(written), "")
    return Margin(written + after, other + after, scores[written], scores[other])


def pair_step(margin: Margin | None, limit: float | None) -> Step:
    """The two scores in words. Differences under `limit` (natural logarithm, speech.nihao_margin) tell nothing.

    `limit` None: the scores alone. `margin` None: says that there is none.
    """
    if margin is None:
        return step(
            "这份文字没有对照录音给“您”与“你”评分，无法比较：请听录音",
            "this text was not scored against the sound for 您 and 你, so there is no margin: listen to it",
        )
    if limit is None:
        verdict = ("", "")
    elif abs(margin.difference) < limit:
        verdict = ("：小于 {limit:g}，听不出是哪一个", ": under {limit:g}, too close to tell")
    else:
        verdict = ("：更像“{l}”", ": nearer to “{l}”")
    (a, first), (b, second) = sorted(
        [(margin.written_logprob, margin.written), (margin.other_logprob, margin.other)], reverse=True
    )
    return step(
        "对照录音评分：“{f}”{a}，“{s}”{b}，差距 {d:.1f}" + verdict[0],
        "scored against the sound: “{f}” {a}, “{s}” {b}, margin {d:.1f}" + verdict[1],
        f=first, a=_signed(a), s=second, b=_signed(b),
        d=abs(margin.difference), limit=limit, l=margin.likelier,
    )  # fmt: skip


def _signed(value: float) -> str:
    return f"{value:.1f}".replace("-", "−")


def pair_steps(track: Track, start: int, end: int, limit: float | None) -> tuple[Step, ...]:
    """A step for every place among the track's characters [start, end) where 您 and 你 are mixed up."""
    steps = []
    for i in range(start, end):
        if track.owner[i] < 0:
            continue
        segment, position = track.segments[track.owner[i]], track.at[i]
        if other_spelling(segment.text, position):
            steps.append(pair_step(margin_at(segment, position), limit))
    return tuple(steps)

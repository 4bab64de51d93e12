"""What makes a conditional phrase owed: the words that trigger it, where they are said, meant and nobody else's."""

from __future__ import annotations

from dataclasses import dataclass

from inspection.limits import Limits
from inspection.text.lexicon import LEXICON
from inspection.text.phrase_index import PhraseIndex, leftmost_longest
from inspection.text.tracks import Track
from inspection.text.wording import normalise
from regulations.values import PhraseTrigger
from regulations.verdict import Step, step

_ASKS = ("吗", "么", "没有")
_NEGATION_REACH = 3  # characters between a negation and what it negates
PRAISED, DISSATISFIED, NOT_UNDERSTOOD = "customer_praised", "customer_dissatisfied", "not_understood"


@dataclass(frozen=True, slots=True)
class Triggered:
    """Characters [start, end) of a track that trigger a phrase. `doubt`: why they may not be meant."""

    start: int
    end: int
    doubt: Step | None = None


def triggered(track: Track, trigger: PhraseTrigger, index: PhraseIndex, limits: Limits) -> list[Triggered]:
    """Where the trigger is said, in order, one place for each stretch of words.

    What is taken back (不满意 is no 满意; 算不上态度好), part of something longer that `unless` names (满意度) or asked (满意吗)
    is no trigger. What is quoted (别人都说你们态度好) or may
    be ironical (你态度真好啊) is one with a doubt.
    """
    places: list[Triggered] = []
    hits = index.find(track)
    longer = hits.allowed(trigger)
    for found in leftmost_longest(hits.of(trigger)):
        if any(
            a.start <= found.start and a.end >= found.end and not track.is_divided(a.start, a.end)
            for a in longer
        ):
            continue
        if _is_taken_back(track, found.start, trigger, limits):
            continue
        is_customer = trigger.speaker == "customer"
        if is_customer and not trigger.also_asked and _is_asked(track, found.end):
            continue
        # An agent's 您刚才说的我没听清 quotes nobody: what he did not understand is what was said.
        doubt = _quoted(track, found.start, limits) if is_customer else None
        if doubt is None and trigger.code == PRAISED:
            doubt = _ironical(track, found.end)
        places.append(Triggered(found.start, found.end, doubt))
    return places


def _is_taken_back(track: Track, start: int, trigger: PhraseTrigger, limits: Limits) -> bool:
    said = track.before(start, limits.guard_reach, in_clause=True)
    if any(said.endswith(normalise(word).text) for word in trigger.unless):
        return True
    # 别 alone is part of 特别 and 分别: of negations only words count, and right before or nearly.
    near = said[-(_NEGATION_REACH + max(map(len, limits.negation), default=0)) :]
    for marker in limits.negation:
        at = near.rfind(marker)
        if len(marker) > 1 and at >= 0 and len(near) - at - len(marker) <= _NEGATION_REACH:
            return True
    return False


def _is_asked(track: Track, end: int) -> bool:
    gap = _behind(track, end)
    return "?" in gap or "？" in gap or (not gap and track.text.startswith(_ASKS, end))


def _quoted(track: Track, start: int, limits: Limits) -> Step | None:
    said = track.before(start, limits.guard_reach, in_clause=False)
    for marker in limits.quotation:
        if normalise(marker).text in said:
            return step(
                "之前有“{m}”：可能是转述别人的话，说不准是否需要回应",
                "“{m}” stands before it: perhaps somebody else's words, so nobody can be sure that an answer is owed",
                m=marker,
            )
    return None


def _ironical(track: Track, end: int) -> Step | None:
    """A drawn-out 啊 after the praise: it may be meant, it may be mockery; words alone do not tell."""
    gap = _behind(track, end)
    if not gap[:1] or gap[0] not in LEXICON.fillers:
        return None
    return step(
        "后面带“{g}”：也可能是反话，文字看不出来，请听语气",
        "“{g}” follows: perhaps it is meant the other way round, the words do not tell; listen to the tone",
        g=gap[0],
    )


def _behind(track: Track, end: int) -> str:
    """What stands in the original between the words and the next ones of the same utterance, or its end."""
    last = end - 1
    if end < len(track.text) and track.owner[end] == track.owner[last]:
        return track.between(last, end)
    return track.segments[track.owner[last]].text[track.at[last] + 1 :]

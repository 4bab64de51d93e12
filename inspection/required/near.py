"""What comes near a phrase that was not found: by its characters, by its sound, and, for short ones, by its place.

Recognition of telephone speech gets characters wrong, and then "not said" would accuse somebody who said it. A phrase of
`near_miss_characters` or more is near from a likeness of `near_miss_from` on, in characters or in sounds. Shorter ones
(您好, 再见, 谢谢) resemble too much by chance, so they are near only by ear, and only where they belong:

- every one of their sounds was heard: in the agent's first words (an opening phrase), at the end of his last (a closing
  one), anywhere in the window (any other);
- an opening phrase: the agent's first turn begins with words whose last sound is the phrase's, at its own place or one
  later (今天好, 你号, 里好), and at least half of its sounds agree there;
- a closing phrase: the agent's last turn ends with a clause at most one character longer than the phrase, in which the
  same holds from the end (回见 for 再见);
- either: a clause by itself there is half of the phrase or more, the rest of it was lost (您, or 好, for 您好).

Else the last sound has to be among them: 您 and 你 begin half of all sentences, and 再 is in 再说 and 我再看看.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz import fuzz

from inspection.text.owed import Contact
from inspection.text.sounds import sound_of
from inspection.text.tracks import BREAK, Place, Track
from inspection.text.wording import confuse, normalise
from regulations.values import PhraseRule
from regulations.verdict import Step, step

_GAP = re.compile(r"…+|\.{3,}|[XxX×○]{2,}")


@dataclass(frozen=True, slots=True)
class NearMiss:
    """The words that come nearest to a phrase that was not found. `ratio` 1 would be the phrase itself, or its sound.

    `characters`: how long the phrase is.
    """

    text: str
    start: int
    end: int
    ratio: float
    is_by_sound: bool = False
    characters: int = 0


@lru_cache(maxsize=4096)
def _spelt(text: str) -> str:
    return confuse("".join(normalise(part).text for part in _GAP.split(text)))


def nearest(track: Track, texts: Iterable[str]) -> NearMiss | None:
    """The nearest near miss. None when nothing at all resembles."""
    best: NearMiss | None = None
    said = track.confused
    sounds = sound_of(said) if said else ""
    for text in texts:
        wanted = _spelt(text)
        if not wanted or not said:
            continue
        for is_by_sound, needle, hay in ((False, wanted, said), (True, sound_of(wanted), sounds)):
            found = _alignment(needle, hay, best.ratio if best is not None else 0.0)
            if found is None:
                continue
            start, end = _trimmed(track, found[0], found[1])
            if end > start:
                best = NearMiss(text, start, end, found[2], is_by_sound, len(wanted))
    return best


def _alignment(wanted: str, said: str, above: float) -> tuple[int, int, float] | None:
    """The stretch of `said` as long as `wanted` that is most like it, and how like, if more than `above` (0..1)."""
    edge = BREAK * (len(wanted) - 1)
    found = fuzz.partial_ratio_alignment(wanted, edge + said + edge, score_cutoff=100 * above)
    if found is None or found.score <= 100 * above:
        return None
    return max(0, found.dest_start - len(edge)), min(len(said), found.dest_end - len(edge)), found.score / 100


def _trimmed(track: Track, start: int, end: int) -> tuple[int, int]:
    while start < end and track.owner[start] == -1:
        start += 1
    while end > start and track.owner[end - 1] == -1:
        end -= 1
    return start, end


def by_ear(contact: Contact, rule: PhraseRule, track: Track) -> Step | None:
    """Why a short phrase may have been said and misheard; None where nothing at its place sounds like it.

    `track` is the window in which it was looked for.
    """
    if not contact.is_heard:
        return None
    for text in rule.texts:
        wanted = sound_of(_spelt(text))
        if not 2 <= len(wanted) < contact.limits.near_miss_characters:
            continue
        place = _heard_at_its_place(contact, rule, wanted, track)
        if place is not None:
            return step(
                "{at:.1f} 秒的“{q}”与“{t}”读音相近，可能只是识别有误：不计分，请听录音",
                "“{q}” at {at:.1f} s sounds like “{t}”, perhaps it was said and misheard: no points, listen to it",
                at=place.start,
                q=place.quote,
                t=text,
            )
    return None


def _heard_at_its_place(contact: Contact, rule: PhraseRule, wanted: str, track: Track) -> Place | None:
    if rule.kind == "conditional" or rule.phase not in ("opening", "closing"):
        at = sound_of(track.confused).find(wanted)
        return track.place(at, at + len(wanted)) if at >= 0 else None
    if not contact.agent_turns:
        return None
    if rule.phase == "opening":
        words = contact.track(contact.agent_turns[0].segments)
        found = _in_first_words(words, wanted, contact.limits.hellos)
    else:
        words = contact.track(contact.agent_turns[-1].segments)
        found = _in_last_words(words, wanted)
    return words.place(*_trimmed(words, *found)) if found is not None else None


def _in_first_words(words: Track, wanted: str, hellos: Iterable[str]) -> tuple[int, int] | None:
    begin = 0
    for hello in sorted((_spelt(h) for h in hellos), key=len, reverse=True):
        if len(hello) < len(wanted) and words.confused.startswith(hello):  # 喂,你号
            begin = len(hello)
            break
    sounds = sound_of(words.confused)[begin:]
    last = len(wanted) - 1
    for at in (last, last + 1):
        if at < len(sounds) and sounds[at] == wanted[last]:
            same = sum(a == b for a, b in zip(sounds[at - last :], wanted, strict=False))
            if 2 * same >= len(wanted):
                return begin, begin + at + 1
    end = begin
    while end < len(words.text) and end - begin <= last and (end == begin or not _is_end(words, end)):
        end += 1
    if begin < end and _is_end(words, end) and _is_part(sounds[: end - begin], wanted):
        return begin, end
    return None


def _in_last_words(words: Track, wanted: str) -> tuple[int, int] | None:
    sounds = sound_of(words.confused)
    end = len(sounds)
    if not end:
        return None
    if sounds.endswith(wanted):
        return end - len(wanted), end
    begin = end - 1
    while begin > 0 and end - begin <= len(wanted) + 1 and not _is_end(words, begin):
        begin -= 1
    clause = sounds[begin:]
    if len(clause) > len(wanted) + 1:
        return None
    if _is_part(clause, wanted):
        return begin, end
    for shift in (0, 1):
        if shift >= len(clause) or clause[-1 - shift] != wanted[-1]:
            continue
        if 2 * _same_from_the_end(clause[: len(clause) - shift], wanted) >= len(wanted):
            return begin, end
    return None


def _is_end(words: Track, at: int) -> bool:
    """Whether a clause ends before the character at `at`."""
    return at >= len(words.text) or words.is_divided(at - 1, at + 1)


def _is_part(clause: str, wanted: str) -> bool:
    """Whether a clause is what is left of the phrase when the rest of it was not heard."""
    rest = iter(wanted)
    return len(wanted) <= 2 * len(clause) < 2 * len(wanted) and all(sound in rest for sound in clause)


def _same_from_the_end(said: Sequence[str], wanted: Sequence[str]) -> int:
    return sum(a == b for a, b in zip(reversed(said), reversed(wanted), strict=False))

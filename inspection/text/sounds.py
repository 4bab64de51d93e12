"""Banned wording by its sound: what a recogniser may have written with other characters. Never sure, only proposed.

Every character is one syllable, by its usual reading, without the tone and with sounds folded that dialects and
telephones mix up. Two layers: the same syllables, and from five syllables on one of them wrong, left out or put in.
Short texts of common syllables sound like too much, so they are left alone; two syllables count only as a clause of
their own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any, Literal

from inspection.text.hits import Hit
from inspection.text.phrase_index import Cover, automaton_of, has_gap
from inspection.text.syllables import SYLLABLES, sound_of
from inspection.text.tracks import BREAK, Track
from inspection.text.wording import spellings_of
from regulations.rulebook import Rulebook
from regulations.values import PhraseRule
from regulations.verdict import Step, step

__all__ = ["SoundIndex", "is_distinct", "one_wrong", "sound_of", "sounds_of"]

# Syllables of a text: at all, of common ones only, with one wrong.
_LEAST, _LEAST_COMMON, _LEAST_NEAR = 3, 4, 5
_PARTICLES = "的地得"
_GRAVE = ("high", "critical")
_LEAST_RARE = 2  # uncommon syllables of a text that may be found with one wrong


def is_distinct(sound: str) -> bool:
    """Whether a text of this sound is long and rare enough to be looked for by ear."""
    if len(sound) >= _LEAST_COMMON:
        return True
    return len(sound) >= _LEAST and not all(code in SYLLABLES.common for code in sound)


def _rare(sound: str) -> int:
    return sum(code not in SYLLABLES.common for code in sound)


def _may_stand_alone(rule: PhraseRule, sound: str) -> bool:
    """Whether so short a text is looked for where it is a whole clause: 放匹, 白吃. Of grave wording only."""
    return len(sound) == _LEAST - 1 and rule.severity in _GRAVE and _rare(sound) > 0


def _is_alone(track: Track, start: int, end: int) -> bool:
    return bool(track.between(start - 1, start)) and bool(track.between(end - 1, end))


Half = Literal["left", "right"]
Filed = dict[tuple[Half, str], list[tuple[str, "_Text"]]]
_SIDES: tuple[Half, Half] = ("left", "right")
_Text = tuple[PhraseRule, str, str, str]  # rule, its text, how it is spelt, its sound


class SoundIndex:
    """The banned texts of a rulebook, ready to be looked for by ear."""

    def __init__(self, rules: Iterable[PhraseRule]) -> None:
        whole: dict[str, list[_Text]] = {}
        halves: dict[str, Filed] = {}
        allowed: dict[str, list[str]] = {}
        for rule in rules:
            if not rule.by_sound or rule.match == "exact_word":
                continue
            for text in rule.texts:
                for spelling in () if has_gap(text) else spellings_of(text)[:1]:
                    sound = sound_of(spelling)
                    if not is_distinct(sound) and not _may_stand_alone(rule, sound):
                        continue
                    entry = (rule, text, spelling, sound)
                    whole.setdefault(sound, []).append(entry)
                    if len(sound) >= _LEAST_NEAR and _rare(sound) >= _LEAST_RARE:
                        middle = len(sound) // 2
                        _file(halves, sound[:middle], "left", sound[middle:], entry)
                        _file(halves, sound[middle:], "right", sound[:middle][::-1], entry)
            for text in rule.allow:
                for spelling in spellings_of(text)[:1]:
                    allowed.setdefault(sound_of(spelling), []).append(rule.id)
        self._whole, self._halves = automaton_of(whole), automaton_of(halves)
        self._allowed = automaton_of(allowed)

    def find(self, track: Track) -> list[Hit]:
        """Where the track sounds like a banned text that its characters do not spell."""
        sound = sound_of(track.text)
        harmless: dict[str, list[tuple[int, int]]] = {}
        for last, (length, rule_ids) in _walk(self._allowed, sound):
            for rule_id in rule_ids:
                harmless.setdefault(rule_id, []).append((last + 1 - length, last + 1))
        allowed = {rule_id: Cover(spans) for rule_id, spans in harmless.items()}
        hits: list[Hit] = []
        for start, end, (rule, text, _, _), how in (*self._same(track, sound), *self._near(track, sound)):
            is_harmless = rule.id in allowed and allowed[rule.id].holds(start, end)
            if not is_harmless and not track.crosses_sentence(start, end):
                hits.append(Hit(start, end, rule, text, "sound", how))
        return hits

    def _same(self, track: Track, sound: str) -> Iterator[tuple[int, int, _Text, Step]]:
        for last, (length, entries) in _walk(self._whole, sound):
            start, end = last + 1 - length, last + 1
            for entry in entries:
                is_found = is_distinct(entry[3]) or _is_alone(track, start, end)
                if is_found and _are_other_words(track.text[start:end], entry[2]):
                    yield start, end, entry, _sounds_like(entry[1])

    def _near(self, track: Track, sound: str) -> Iterator[tuple[int, int, _Text, Step]]:
        backwards = sound[::-1]
        for last, (length, filed) in _walk(self._halves, sound):
            first, after = last + 1 - length, last + 1
            for half in _SIDES:
                said, at = (sound, after) if half == "left" else (backwards, len(sound) - first)
                for rest, entry in _filed(filed, half, said, at):
                    taken = one_wrong(rest, said, at)
                    if not taken:
                        continue
                    start, end = (first, after + taken) if half == "left" else (first - taken, after)
                    if _may_be_heard_as(entry[3], sound[start:end]):
                        yield start, end, entry, _nearly_sounds_like(entry[1])


def _file(
    halves: dict[str, Filed],
    seed: str,
    half: Half,
    rest: str,
    entry: _Text,
) -> None:
    """Files a text under the half that has to be right, and under the first two syllables of the rest, read from there.

    With one wrong at most, one of the two is among the first two that are said: the others need not be looked at.
    """
    for code in dict.fromkeys(rest[:2]):
        halves.setdefault(seed, {}).setdefault((half, code), []).append((rest, entry))


def _filed(filed: Filed, half: Half, said: str, at: int) -> Iterator[tuple[str, _Text]]:
    seen: set[int] = set()
    for code in said[at : at + 2]:
        for found in filed.get((half, code), ()):
            if id(found[1]) not in seen:
                seen.add(id(found[1]))
                yield found


def one_wrong(wanted: str, said: str, at: int) -> int:
    """How many characters of `said` from `at` on are `wanted` with exactly one wrong, left out or put in; 0: none are.

    The characters at the far end must be right: whether the last one is another or simply missing, nobody can tell.
    """
    same = 0
    while same < len(wanted) and at + same < len(said) and wanted[same] == said[at + same]:
        same += 1
    if same >= len(wanted) - 1:
        return 0
    if said.startswith(wanted[same + 1 :], at + same + 1) and said[at + same] != BREAK:
        return len(wanted)
    if said.startswith(wanted[same + 1 :], at + same):
        return len(wanted) - 1
    if said.startswith(wanted[same:], at + same + 1) and said[at + same] != BREAK:
        return len(wanted) + 1
    return 0


def _are_other_words(said: str, wanted: str) -> bool:
    """Whether other characters stand there, and not only 得 for 的: those a recogniser keeps apart, 您懂得 is no hint."""
    return any(
        one != other and not (one in _PARTICLES and other in _PARTICLES)
        for one, other in zip(said, wanted, strict=True)
    )


def _may_be_heard_as(wanted: str, said: str) -> bool:
    """Whether the one wrong syllable is none that turns the meaning, and if another stands for it, one that is akin.

    A recogniser writes 混 for 滚, which share their end; 给您磕一个 and 给您做一个 share nothing there.
    """
    if _negates(said, wanted):
        return False
    return len(said) != len(wanted) or all(
        one == other or SYLLABLES.are_akin(one, other) for one, other in zip(wanted, said, strict=True)
    )


def _negates(said: str, wanted: str) -> bool:
    """Whether, by ear, the one says no where the other does not: 这归我管 is no mishearing of 这不归我管."""
    return any(said.count(no) != wanted.count(no) for no in _negations())


@lru_cache(maxsize=1)
def _negations() -> frozenset[str]:
    return frozenset(sound_of("不没别无"))


def _walk(automaton: Any, said: str) -> Iterator[tuple[int, tuple[int, Any]]]:
    return automaton.iter(said) if automaton is not None and said else iter(())


def _sounds_like(text: str) -> Step:
    return step(
        "听起来像“{text}”，写的是别的字：可能是识别写错，只作提示，请听录音",
        "sounds like “{text}”, written with other characters: recognition may have misspelt it, only a proposal, listen"
        " to it",
        text=text,
    )


def _nearly_sounds_like(text: str) -> Step:
    return step(
        "听起来像“{text}”，差一个字：可能是识别写错，只作提示，请听录音",
        "sounds like “{text}” but for one syllable: recognition may have misheard it, only a proposal, listen to it",
        text=text,
    )


@lru_cache(maxsize=32)
def sounds_of(book: Rulebook) -> SoundIndex:
    """The sound index of a rulebook's banned phrases."""
    return SoundIndex(book.banned_phrases())

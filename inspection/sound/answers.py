"""What an engine answered, utterance by utterance, and what it has to be asked again. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from inspection.sound.activity import Span
from inspection.sound.engines import Heard
from inspection.sound.packing import Piece, Window
from inspection.text.wording import simplify
from inspection.transcript import Segment, Word

UNHEARD_SECONDS = 1.0  # speech without a word from here on is asked for again, its padding counted
_UNHEARD_WITHIN_SECONDS = 2.0  # the same between or after the words of an utterance
_LONGEST_WORD_SECONDS = 1.5  # a recogniser stretches a word over what it did not hear


@dataclass(frozen=True, slots=True)
class Asked:
    """A window, whose it is, and whether it holds only what may be speech."""

    channel: int
    window: Window
    is_doubtful: bool


@dataclass(frozen=True, slots=True)
class Said:
    """One utterance as it was answered: words in seconds of the call, not yet held within it."""

    channel: int
    piece: Piece
    words: tuple[Word, ...]
    is_doubtful: bool
    has_failed: bool
    stood_alone: bool


def utterances(asked: Asked, heard: Heard) -> list[Said]:
    """A window's words, each in the utterance in which its middle lies."""
    words: list[list[Word]] = [[] for _ in asked.window.pieces]
    for word in heard.words:
        raw = word.raw.replace("\ufffd", "")  # half a character is none
        number, _, _ = asked.window.place(word.start, word.end)
        piece = asked.window.pieces[number]
        shift = piece.start - piece.at
        if raw:
            words[number].append(
                Word(raw, raw, word.start + shift, word.end + shift, word.probability, word.alternatives)
            )
    alone = len(words) == 1
    return [
        Said(asked.channel, piece, _simplified(mine), asked.is_doubtful, heard.has_failed, alone)
        for piece, mine in zip(asked.window.pieces, words, strict=True)
    ]


def _simplified(words: Sequence[Word]) -> tuple[Word, ...]:
    """Simplified as one text, because a character's form hangs on its neighbours; blanks at both ends dropped."""
    raw = "".join(w.raw for w in words)
    text = simplify(raw)
    first, after = len(raw) - len(raw.lstrip()), len(raw.rstrip())
    result: list[Word] = []
    at = 0
    for word in words:
        begin, until = max(at, first), min(at + len(word.raw), after)
        at += len(word.raw)
        if begin < until:
            spellings = _respelled(word, raw[begin:until], text[begin:until])
            result.append(replace(word, raw=raw[begin:until], text=text[begin:until], alternatives=spellings))
    return tuple(result)


def _respelled(word: Word, raw: str, text: str) -> tuple[tuple[str, float], ...]:
    """The word's alternatives as spellings of `text`, which is `raw` simplified and a part of the word."""
    skipped = word.raw.find(raw)
    result = []
    for spelling, score in word.alternatives:
        if len(spelling) == len(word.raw):  # half a character was cut out of it otherwise
            pairs = zip(spelling[skipped:], raw, text, strict=False)
            result.append(("".join(t if s == r else simplify(s) for s, r, t in pairs), score))
    return tuple(result)


def again(said: Sequence[Said], most: int) -> list[Asked]:
    """What the engine is asked again, each alone: utterances without words, and those of a window that failed."""
    wanted: list[Asked] = []
    for one in said:
        if one.is_doubtful:
            continue
        if one.has_failed and not one.stood_alone:
            stretches: list[Span] = [(one.piece.start, one.piece.end)]
        else:
            stretches = unheard(one)
        for start, end in stretches:
            if one.stood_alone and (start, end) == (one.piece.start, one.piece.end):
                continue  # it would be asked the same again
            lead = one.piece.lead if start == one.piece.start else 0.0
            tail = one.piece.tail if end == one.piece.end else 0.0
            wanted.append(Asked(one.channel, Window((Piece(start, end, lead, lead, tail),)), False))
    longest = sorted(wanted, key=lambda a: a.window.seconds, reverse=True)[:most]
    return sorted(longest, key=lambda a: (a.channel, a.window.pieces[0].start))


def unheard(said: Said) -> list[Span]:
    """The stretches of an utterance for which nothing was written."""
    piece = said.piece
    if not said.words:
        return [(piece.start, piece.end)] if piece.end - piece.start >= UNHEARD_SECONDS else []
    missing: list[Span] = []
    at = piece.start
    for word in said.words:
        start = max(word.start, word.end - _LONGEST_WORD_SECONDS)
        missing.append((at, start))
        at = max(at, word.end)
    missing.append((at, piece.end))
    return [(a, b) for a, b in missing if b - a >= _UNHEARD_WITHIN_SECONDS]


def mended(said: Sequence[Said], answers: Sequence[Said]) -> list[Said]:
    """The utterances with what was heard when a part of them was asked again."""
    (answer,) = answers
    result: list[Said] = []
    for one in said:
        is_it = one.channel == answer.channel and not one.is_doubtful
        if not is_it or answer.piece.start < one.piece.start or answer.piece.end > one.piece.end:
            result.append(one)
        elif one.has_failed:
            result.append(answer)
        elif answer.words and not answer.has_failed:
            more = [held(w, answer.piece) for w in answer.words]
            words = sorted((*one.words, *more), key=lambda w: (w.start + w.end) / 2)
            result.append(replace(one, words=tuple(words)))
        else:
            result.append(one)
    return result


def within(segment: Segment, piece: Piece) -> Segment:
    """Every word held within its utterance, none before the one in front of it."""
    words: list[Word] = []
    at = piece.start
    for word in segment.words:
        placed = held(word, piece)
        start = max(at, placed.start)
        words.append(replace(placed, start=start, end=max(start, placed.end)))
        at = start
    return replace(segment, start=words[0].start, end=max(w.end for w in words), words=tuple(words))


def held(word: Word, piece: Piece) -> Word:
    start = clip(word.start, (piece.start, piece.end))
    return replace(word, start=start, end=max(start, clip(word.end, (piece.start, piece.end))))


def clip(seconds: float, span: Span) -> float:
    return min(max(seconds, span[0]), span[1])

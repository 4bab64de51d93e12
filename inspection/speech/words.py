"""Tokens as words: whole characters only, each with the tokens that it was written with. Pure."""

from __future__ import annotations

import codecs
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Written:
    """A word and the tokens [first, until) that wrote it: those are what it is timed by."""

    raw: str
    first: int
    until: int


def split(tokens: Sequence[bytes]) -> list[Written]:
    """The bytes of each token -> words, as fine as the tokens allow.

    Half a character (a token that was never finished) is dropped; punctuation and spaces go with the word before them,
    so that they never stand in another utterance than their word. Text without a letter or digit is no text.
    """
    decoder = codecs.getincrementaldecoder("utf-8")(errors="ignore")
    whole: list[Written] = []
    first, text = 0, ""
    for number, data in enumerate(tokens):
        text += decoder.decode(data).replace("\ufffd", "")  # somebody else may have written it out
        if decoder.getstate()[0]:  # in the middle of a character
            continue
        if text:
            whole.append(Written(text, first, number + 1))
        first, text = number + 1, ""
    if text:  # the text ends in half a character: what stands before it in the same tokens is whole
        whole.append(Written(text, first, len(tokens)))
    return _trimmed(_joined(whole))


def is_spoken(text: str) -> bool:
    """Whether there is a letter or a digit in it."""
    return any(unicodedata.category(c)[0] in "LN" for c in text)


def _joined(words: Sequence[Written]) -> list[Written]:
    """Punctuation goes with the word before it, or after it at the very beginning; the spoken word keeps its tokens."""
    result: list[Written] = []
    before = ""
    for word in words:
        if is_spoken(word.raw):
            result.append(Written(before + word.raw, word.first, word.until))
            before = ""
        elif result:
            last = result[-1]
            result[-1] = Written(last.raw + word.raw, last.first, last.until)
        else:
            before += word.raw
    return result


def _trimmed(words: list[Written]) -> list[Written]:
    if words:
        words[0] = Written(words[0].raw.lstrip(), words[0].first, words[0].until)
        words[-1] = Written(words[-1].raw.rstrip(), words[-1].first, words[-1].until)
    return words

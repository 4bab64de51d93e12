"""How well the spellings that recognition mixes up (您好, 你好) fit the sound: what pairs.other_spelling asks about.

A spelling's score is the natural log-probability of its tokens after everything that was written before it in the
window, teacher-forced: the decoder is not asked what it hears but how likely this would have been. What both spellings
have in common before them is the same; what comes after them is left out: it would let the manners of a whole call
decide how its first word was pronounced (docs/measurements.md has margins that it turned round).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

import torch
from torch import Tensor

from inspection.sound.engines import HeardWord
from inspection.speech.decoding import Decoded, Encoded, through
from inspection.speech.words import Written, split
from inspection.text.pairs import other_spelling

_MOST_PLACES = 8  # in a window; more of them are a recogniser that repeats itself


@dataclass(frozen=True, slots=True)
class Place:
    """A spelling that may be another: of which word, at which of its characters, and the tokens [first, until).

    `tokens` are those of the other spelling: it need not have as many. 你好 is one token, 您好 are two.
    """

    word: int
    character: int
    other: str
    first: int
    until: int
    tokens: tuple[int, ...]


def places(
    words: Sequence[Written],
    tokens: Sequence[int],
    text_of: Callable[[Sequence[int]], str],
    tokens_of: Callable[[str], Sequence[int]],
) -> list[Place]:
    """Where in a window recognition may have mixed two spellings up. `words` as `split` made them of `tokens`. Pure."""
    text = "".join(word.raw for word in words)
    owner = [(number, k) for number, word in enumerate(words) for k in range(len(word.raw))]
    found: dict[int, Place] = {}
    for at, (number, k) in enumerate(owner):
        other = other_spelling(text, at)
        if not other or number in found:
            continue
        # 您 and 好 may be two words or one; the other spelling's tokens are told by both together.
        last = owner[min(at + 1, len(owner) - 1)][0]
        first, until = words[number].first, words[last].until
        written = text_of(tokens[first:until])
        within = written.find(text[at : at + 2])
        if within < 0 or "\ufffd" in written:  # half a character cannot be spelled again
            continue
        spelled = written[:within] + other + written[within + 1 :]
        found[number] = Place(number, k, other, first, until, tuple(tokens_of(spelled)))
    return list(found.values())[:_MOST_PLACES]


def score(
    model: Any,
    tokenizer: Any,
    sound: Encoded,
    decoded: Sequence[Decoded],
    words: Sequence[tuple[HeardWord, ...]],
) -> list[tuple[HeardWord, ...]]:
    """The words of every window (as `align` gave them) with their alternatives.

    One more pass of the decoder for a window that holds such a place, over sound that is encoded already, whatever the
    number of places; alone, so that the scores do not depend on the other windows.
    """
    result = list(words)
    for window, heard in enumerate(decoded):
        written = split([tokenizer.encoding.decode_single_token_bytes(t) for t in heard.tokens])
        found = places(written, heard.tokens, tokenizer.decode, tokenizer.encode)
        if found:
            scored = _scored(model, tokenizer.eot, sound.pick([window]), heard, found)
            result[window] = with_alternatives(words[window], scored)
    return result


@torch.no_grad()
def _scored(
    model: Any, eot: int, sound: Encoded, heard: Decoded, found: Sequence[Place]
) -> list[tuple[Place, float, float]]:
    text_at = [i for i, token in enumerate(heard.written) if token < eot][-len(heard.tokens) :]
    whole = []  # places in what was written; a time stamp inside one divides it: then nobody said 您好
    for place in found:
        first, until = text_at[place.first], text_at[place.until - 1] + 1
        if until - first == place.until - place.first:
            whole.append((place, first, until))
    if not whole:
        return []
    # What comes after a place does not change its score: a row ends with the last token that is asked about.
    rows = [heard.written[: max(until for _, _, until in whole)]]
    rows += [[*heard.written[:first], *place.tokens] for place, first, _ in whole]
    states = _states(model, sound, [row[:-1] for row in rows], eot)
    table = model.decoder.token_embedding.weight.float()

    def logprob(row: int, first: int, until: int) -> float:
        """Of the row's tokens [first, until), each after those before it."""
        logprobs = (states[row, first - 1 : until - 1].float() @ table.T).log_softmax(dim=-1)
        asked = torch.tensor(rows[row][first:until], device=logprobs.device)
        return float(logprobs.gather(1, asked[:, None]).sum())

    return [
        (place, logprob(0, first, until), logprob(row, first, len(rows[row])))
        for row, (place, first, until) in enumerate(whole, start=1)
    ]


def _states(model: Any, sound: Encoded, rows: Sequence[Sequence[int]], pad: int) -> Tensor:
    """The decoder's last states for every token, [rows, positions, width]."""
    decoder = model.decoder
    longest = max(map(len, rows))
    tokens = torch.tensor([[*row, *[pad] * (longest - len(row))] for row in rows], device=model.device)
    x = decoder.token_embedding(tokens) + decoder.positional_embedding[:longest]
    for layer, block in enumerate(decoder.blocks):
        x, _ = through(block, x, decoder.mask, [sound.cross[0][layer]] * len(rows))
    return cast(Tensor, decoder.ln(x))


def with_alternatives(
    words: Sequence[HeardWord], scored: Sequence[tuple[Place, float, float]]
) -> tuple[HeardWord, ...]:
    """The words with both spellings and their scores: (place, of what was written, of the other)."""
    result = list(words)
    for place, written, other in scored:
        word = result[place.word]
        spelled = word.raw[: place.character] + place.other + word.raw[place.character + 1 :]
        alternatives = ((word.raw, round(written, 3)), (spelled, round(other, 3)))
        result[place.word] = replace(word, alternatives=alternatives)
    return tuple(result)

"""Training examples as a recogniser might have written them: homophones, lost characters, 你 for 您."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterable

from inspection.classifier.features import sound

_REPLACED, _LOST = 0.15, 0.15  # of the characters
_SWAP = {"您": "你", "你": "您"}


def homophones(texts: Iterable[str]) -> dict[str, str]:
    """For each sound the characters of the texts that have it, the frequent ones first and only once each."""
    counts: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for text in texts:
        for character in text:
            if character >= "\u3400":
                counts[sound(character)][character] += 1
    return {s: "".join(sorted(c, key=lambda x: (-c[x], x))) for s, c in counts.items()}


def misheard(text: str, of_sound: dict[str, str], chance: random.Random) -> str:
    """The text with some characters written as others of the same sound."""
    return "".join(
        chance.choice(of_sound[sound(c)]) if chance.random() < _REPLACED and sound(c) in of_sound else c
        for c in text
    )


def shortened(text: str, chance: random.Random) -> str:
    """The text with some characters lost, never all of them."""
    kept = "".join(c for c in text if chance.random() >= _LOST)
    return kept or text


def readdressed(text: str) -> str:
    """The text with 您 and 你 exchanged: recognition cannot tell them apart, so the classifier must not lean on them."""
    return "".join(_SWAP.get(c, c) for c in text)

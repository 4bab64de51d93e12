"""Words of the rulebook's lists (section speech) in what somebody said: 打错了, 我在开会, 您看一下."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from inspection.text.phrase_index import has_gap
from inspection.text.tracks import BREAK, Place, Track
from inspection.text.wording import confuse, normalise

_GAP_CHARACTERS = 6  # that … in a cue may stand for


@lru_cache(maxsize=512)
def _expression(texts: tuple[str, ...]) -> re.Pattern[str] | None:
    wanted = []
    for text in sorted(texts, key=lambda t: (-len(t), t)):
        parts = text.split("…") if has_gap(text) else [text]
        spelt = [re.escape(confuse(normalise(part).text)) for part in parts]
        wanted.append(f"[^{BREAK}]{{0,{_GAP_CHARACTERS}}}?".join(s for s in spelt if s))
    wanted = [w for w in wanted if w]
    return re.compile("|".join(wanted)) if wanted else None


def places_of_cues(track: Track, texts: tuple[str, ...]) -> Iterator[Place]:
    """Where one of the texts is said, in order. 您 and 你 count as one."""
    expression = _expression(texts)
    if expression is None:
        return
    for match in expression.finditer(track.confused):
        yield track.place(*match.span())


def first_cue(track: Track, texts: tuple[str, ...]) -> Place | None:
    """The first place of one of the texts; None where none is said."""
    return next(places_of_cues(track, texts), None)

"""Whether left and right were connected the wrong way round: the customer's channel says the agent's courtesies."""

from __future__ import annotations

from inspection.tracks import Track, track_of
from inspection.transcript import Transcript
from inspection.wanted import occurrences
from inspection.wording import normalise
from regulations.rulebook import Rulebook

_SHORTEST = 3  # characters; 您好 and 谢谢 are said by everybody
_TELLING = 2  # that many different courtesies on the wrong channel, and none on the right one


def look_swapped(transcript: Transcript, book: Rulebook) -> bool:
    """A warning for a person; nothing is swapped by itself."""
    texts = {t for rule in book.required_phrases() for t in rule.texts if len(normalise(t).text) >= _SHORTEST}

    def said(track: Track) -> int:
        return sum(bool(occurrences(track, text)) for text in texts)

    agent, customer = (track_of(transcript.segments, who) for who in ("agent", "customer"))
    return bool(customer.text) and said(customer) >= _TELLING and said(agent) == 0

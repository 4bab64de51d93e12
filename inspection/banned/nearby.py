"""Other words near a phrase, which a rule may ask for (`only`) or be silenced by (`unless`)."""

from __future__ import annotations

from inspection.text.owed import Contact
from inspection.text.tracks import Track
from inspection.text.wording import spellings_of
from regulations.values import Nearby, PhraseRule


def is_in_place(contact: Contact, track: Track, start: int, end: int, rule: PhraseRule) -> bool:
    """Whether one of the rule's `only` holds (if it has any) and none of its `unless` does."""
    if any(holds(contact, track, start, end, one) for one in rule.unless):
        return False
    return not rule.only or any(holds(contact, track, start, end, one) for one in rule.only)


def holds(contact: Contact, track: Track, start: int, end: int, near: Nearby) -> bool:
    """Whether one of the texts stands where `near` says, seen from characters [start, end) of `track`."""
    return any(_is_among(near.texts, said) for said in _where(contact, track, start, end, near))


def _where(contact: Contact, track: Track, start: int, end: int, near: Nearby) -> list[str]:
    before, after = near.where != "after", near.where != "before"
    if near.unit == "characters":
        said = []
        if before:
            said.append(track.text[max(0, start - near.reach) : start])
        if after:
            said.append(track.text[end : end + near.reach])
        return said
    place = track.place(start, end)
    other = contact.agent_perhaps if near.speaker == "agent" else contact.customer_perhaps
    if near.unit == "seconds":
        first = place.start - near.reach if before else place.end
        last = place.end + near.reach if after else place.start
        return [_words(other, start, end, track, first, last)]
    return _of_turns(contact, track, start, end, near, place.segment)


def _words(other: Track, start: int, end: int, track: Track, first: float, last: float) -> str:
    """The other track's words of seconds [first, last], without the phrase itself."""
    said: list[str] = []
    for i, character in enumerate(other.text):
        if other.owner[i] < 0 or (other is track and start <= i < end):
            continue
        at = other.place(i, i + 1)
        if at.end > first and at.start < last:
            said.append(character)
    return "".join(said)


def _of_turns(contact: Contact, track: Track, start: int, end: int, near: Nearby, segment: int) -> list[str]:
    """The speaker's words in the turns within reach; reach 0 is the turn of the phrase itself."""
    other = contact.agent_perhaps if near.speaker == "agent" else contact.customer_perhaps
    turns = contact.turns
    own = next((n for n, turn in enumerate(turns) if segment in turn.segments), None)
    if own is None:  # the turn of an utterance that may not have been speech
        return []
    low = own - near.reach if near.where != "after" else own
    high = own + near.reach if near.where != "before" else own
    wanted = {s for turn in turns[max(0, low) : high + 1] for s in turn.segments}
    said: list[str] = []
    for i, owner in enumerate(other.owner):
        if owner not in wanted or (other is track and start <= i < end):
            continue
        if near.where == "before" and other is track and i >= end:
            continue
        if near.where == "after" and other is track and i < start:
            continue
        said.append(other.text[i])
    return ["".join(said)]


def _is_among(texts: tuple[str, ...], said: str) -> bool:
    return any(spelling in said for text in texts for spelling in spellings_of(text))

"""The occasions on which a conditional phrase is owed: what triggers it, and the answer that is due."""

from __future__ import annotations

from bisect import bisect_right

from inspection.required.holds import is_asked, is_question, waits
from inspection.required.triggers import DISSATISFIED, NOT_UNDERSTOOD, PRAISED, Triggered, triggered
from inspection.text.owed import Contact, Owed
from inspection.text.phrase_index import index_of
from inspection.text.tracks import Place, Track, Turn, is_on_both
from inspection.text.wording import normalise
from regulations.rulebook import Rulebook
from regulations.values import PhraseTrigger
from regulations.verdict import Step, step

ON_HOLD = "on_hold"
_A_QUESTION = 3  # characters that a question of one's own has at least


def occasions(contact: Contact, condition: str, book: Rulebook) -> list[Owed] | None:
    """Every occasion on which a phrase under the condition is owed; None when the rulebook does not know the condition."""
    if condition == ON_HOLD:
        return waits(contact)
    trigger = book.triggers().get(condition)
    if trigger is None:
        return None
    track = contact.customer if trigger.speaker == "customer" else contact.agent
    places = places_of(contact, trigger, track, book)
    mockery = _angry(contact, book) if places and condition == PRAISED else None
    return [_owed(contact, trigger, track, at, mockery) for at in places]


def places_of(contact: Contact, trigger: PhraseTrigger, track: Track, book: Rulebook) -> list[Triggered]:
    """Where the trigger is said in the track."""
    return triggered(track, trigger, index_of(book), contact.limits)


def _owed(
    contact: Contact, trigger: PhraseTrigger, track: Track, at: Triggered, mockery: Step | None
) -> Owed:
    place = track.place(at.start, at.end)
    reply_turns = contact.limits.reply_turns
    first = bisect_right(contact.agent_ends, place.start)
    after = contact.agent_turns[first : first + reply_turns]
    if trigger.speaker == "customer":
        answer = after
        reason = step(
            "客户在 {at:.1f} 秒说“{q}”",
            "the customer says “{q}” at {at:.1f} s",
            at=place.start,
            q=place.quote,
        )
    else:  # the agent's own words: before or after them, apology first or last
        answer = contact.agent_turns[max(0, first - 1) : first] + after
        reason = step(
            "客服在 {at:.1f} 秒说“{q}”", "the agent says “{q}” at {at:.1f} s", at=place.start, q=place.quote
        )
    # Where fewer turns follow than an answer may take, sound until the very end may hold it.
    is_whole = len(after) == reply_turns
    window = (
        min([place.start, *(t.start for t in answer)]),
        after[-1].end if is_whole else float("inf"),
    )
    other = contact.agent if trigger.speaker == "customer" else contact.customer
    doubt = at.doubt or mockery
    if doubt is None and trigger.code == PRAISED and first:
        doubt = _asked_for(contact, contact.agent_turns[first - 1], place)
    is_meant = doubt is None
    if is_meant and trigger.code == NOT_UNDERSTOOD:
        doubt = _asks_again(track, at)
    if (
        is_meant
        and doubt is None
        and contact.is_heard
        and is_on_both(track.text[at.start : at.end], place, other)
    ):
        doubt = step(
            "同一时刻另一声道也有这句话：可能是串音，分不清是谁说的，不计分，请听录音",
            "the other channel carries the same words at the same moment: perhaps one channel is heard on the other,"
            " nobody can tell who said it, no points, listen to it",
        )
    segments = tuple(i for t in answer for i in t.segments)
    return Owed(reason, segments, place.start, place.segment, window, doubt, is_meant)


def _asked_for(contact: Contact, before: Turn, place: Place) -> Step | None:
    """An opinion that the agent has just asked for (师傅态度怎么样? 态度很好) is an answer and no praise of him."""
    asked = contact.track(before.segments).text
    said = normalise(place.quote).text
    shared = any(said[i : i + 2] in asked for i in range(len(said) - 1))
    if not shared or not is_question(contact, before):
        return None
    return step(
        "客服正好问到，“{q}”是回答，不一定是表扬",
        "the agent has just asked: “{q}” is the answer and perhaps no praise",
        q=place.quote,
    )


def _asks_again(track: Track, at: Triggered) -> Step | None:
    """A question in the same breath (没听清,是哪位经理?) asks again in words of its own."""
    segment = track.segments[track.owner[at.end - 1]]
    rest = segment.text[track.at[at.end - 1] + 1 :]
    if not is_asked(rest) or len(normalise(rest).text) < _A_QUESTION:
        return None
    return step(
        "接着问“{q}”，是换一种说法再问：不计分，请人工判断",
        "then asks “{q}”, which may be asking again in other words: no points, a person decides",
        q=rest.lstrip(",，。 "),
    )


def _angry(contact: Contact, book: Rulebook) -> Step | None:
    """Praise of somebody who also says that he is dissatisfied may be mockery."""
    trigger = book.triggers().get(DISSATISFIED)
    places = places_of(contact, trigger, contact.customer, book) if trigger is not None else []
    if not places:
        return None
    place = contact.customer.place(places[0].start, places[0].end)
    return step(
        "同一通话里客户在 {at:.1f} 秒还说“{q}”：可能是反话，不计分，请听语气",
        "in the same contact the customer also says “{q}” at {at:.1f} s: the praise may be mockery, no points, listen to"
        " the tone",
        at=place.start,
        q=place.quote,
    )

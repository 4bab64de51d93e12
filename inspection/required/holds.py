"""Waits: the agent keeps silent, nobody else speaks, and it was the agent's turn to speak."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from itertools import accumulate

from inspection.measured.measures import common, union
from inspection.required.cues import first_cue
from inspection.text.owed import Contact, Owed
from inspection.text.tracks import Turn
from inspection.text.utterances import Span
from inspection.text.wording import normalise
from inspection.transcript import Segment, Stretch
from regulations.verdict import Step, step

_QUESTION_ENDS = ("吗", "呢", "么", "没有", "怎么样", "哪位", "多少", "几点")


def waits(contact: Contact) -> list[Owed]:
    """Every wait of at least `hold_from` seconds that the agent let the customer sit through, as an occasion."""
    limits = contact.limits
    result: list[Owed] = []
    others = union((s.start, s.end) for s in contact.segments if s.speaker != "agent" and not s.is_doubtful)
    starts, ends = [start for start, _ in others], [end for _, end in others]
    own = list(contact.agent.segments)
    own_starts = [contact.segments[i].start for i in own]
    own_ends = list(accumulate((contact.segments[i].end for i in own), max))
    perhaps: list[Segment | Stretch] = [s for s in contact.segments if s.is_doubtful]
    perhaps += contact.transcript.to_listen
    for last, following in zip(contact.agent_turns, contact.agent_turns[1:], strict=False):
        if following.start - last.end < limits.hold_from:
            continue
        between = others[bisect_right(ends, last.end) : bisect_left(starts, following.start)]
        silence = following.start - last.end - common([(last.end, following.start)], between)
        if silence < limits.hold_from:
            continue
        his = _agents_silence(contact, last, following, between, silence)
        if his < limits.hold_from and (
            is_question(contact, last)
            or _sends_off(contact, last)
            or _asks_for_a_moment(contact, last, following)
        ):
            continue
        since = bisect_left(own_ends, last.end - limits.hold_notice_before)
        until = bisect_left(own_starts, following.start)
        notice = [
            i for i in own[since:until] if contact.segments[i].end >= last.end - limits.hold_notice_before
        ]
        result.append(
            Owed(
                step(
                    "客服从 {a:.1f} 秒到 {b:.1f} 秒没有说话，其间静默 {s:.1f} 秒（从 {limit:g} 秒起算等候）",
                    "the agent says nothing from {a:.1f} s to {b:.1f} s, {s:.1f} s of it silence (waiting counts from {limit:g} s)",
                    a=last.end,
                    b=following.start,
                    s=silence,
                    limit=limits.hold_from,
                ),
                tuple(notice),
                last.end,
                last.segments[-1],
                (last.end - limits.hold_notice_before, following.start),
                _no_hold(perhaps, last.end, following.start, silence, limits.hold_from)
                or (_customers_own() if his < limits.hold_from else None),
                is_meant=his >= limits.hold_from,
            )
        )
    return result


def _no_hold(
    perhaps: Sequence[Segment | Stretch], start: float, end: float, silence: float, hold_from: float
) -> Step | None:
    """Why nobody may have waited: with what only may be speech, the silence is too short for a wait."""
    sound = sum(max(0.0, min(p.end, end) - max(p.start, start)) for p in perhaps)
    if silence - sound >= hold_from:
        return None
    return step(
        "其间有 {s:.1f} 秒声音不能确定是不是说话，可能并没有等候：不计分，请听录音",
        "{s:.1f} s of it hold sound that may be speech, perhaps nobody waited: no points, listen to it",
        s=sound,
    )


def _agents_silence(
    contact: Contact, last: Turn, following: Turn, between: Sequence[Span], silence: float
) -> float:
    """The seconds of the silence in which it was certainly the agent's turn to speak.

    What follows the customer's words until the agent speaks again; all of it where nobody else spoke, or where the
    customer calls to ask whether anybody is there. What lies before the customer's words after the agent has asked or
    stated something may be the customer thinking, what follows 我找一下 is his own.
    """
    if _asks_for_a_moment(contact, last, following):
        return 0.0
    is_the_customers = is_question(contact, last) or _sends_off(contact, last)
    if not between:
        return 0.0 if is_the_customers else silence
    calls = contact.words("customer", last.end, following.start)
    if not is_the_customers and any(normalise(h).text in calls for h in contact.limits.hellos):
        return silence
    return following.start - max(end for _, end in between)


def _sends_off(contact: Contact, last: Turn) -> bool:
    """Whether the agent asks the customer to do something first."""
    cues = contact.limits.cues.get("waits_for_customer", ())
    return first_cue(contact.track(last.segments), cues) is not None


def _asks_for_a_moment(contact: Contact, last: Turn, following: Turn) -> bool:
    """Whether the customer says, right before the silence or in it, that he needs a moment."""
    before = max((t.end for t in contact.agent_turns if t.end < last.start), default=0.0)
    theirs = contact.words("customer", before, following.start)
    return any(normalise(cue).text in theirs for cue in contact.limits.cues.get("customer_waits", ()))


def _customers_own() -> Step:
    return step(
        "这段静默也可能是客户在考虑，不能确定是在等客服",
        "perhaps the customer was thinking in this silence and nobody waited for the agent",
    )


def is_question(contact: Contact, turn: Turn) -> bool:
    """Whether the turn ends by asking: then the customer is the one who keeps silent."""
    return is_asked(contact.segments[turn.segments[-1]].text)


def is_asked(text: str) -> bool:
    """Whether the words end as a question does."""
    text = text.rstrip()
    return text.endswith(("?", "？")) or normalise(text).text.endswith(_QUESTION_ENDS)

"""Waits: the agent keeps silent, nobody else speaks, and it was the agent's turn to speak."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from itertools import accumulate

from inspection.measured.measures import common, union
from inspection.text.owed import Contact, Owed
from inspection.text.tracks import Turn
from inspection.text.wording import normalise
from inspection.transcript import Segment, Stretch
from regulations.verdict import Step, step

_QUESTION_ENDS = ("吗", "呢", "么", "没有")


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
        first = bisect_right(ends, last.end)
        after = bisect_left(starts, following.start)
        spoken = common([(last.end, following.start)], others[first:after])
        silence = following.start - last.end - spoken
        if silence < limits.hold_from or _is_question(contact, last):
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
                _no_hold(perhaps, last.end, following.start, silence, limits.hold_from),
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


def _is_question(contact: Contact, turn: Turn) -> bool:
    """Whether the turn ends by asking: then the customer is the one who keeps silent."""
    text = contact.segments[turn.segments[-1]].text.rstrip()
    return text.endswith(("?", "？")) or normalise(text).text.endswith(_QUESTION_ENDS)

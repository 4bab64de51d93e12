"""Where the opening of a contact ends and where its closing begins: by time, by turns, and by what happens.

The opening lasts for `opening_seconds` from the agent's first word, never less than the agent's first `opening_turns`
turns, and of an incoming contact until the customer has stated the matter: his first turn of at least
`opening_until_matter` characters besides hellos. Whoever calls out states the matter himself, so there only time and turns
count; where whoever answers fetches somebody else to the telephone, it begins anew for him. What begins in the very second
where the time ends still belongs to it; what begins when the matter has been stated is the answer to it and does not. A phrase said after the matter but within the time counts, and its check says so.

The closing begins `closing_seconds` before the agent's last word ends, with his last `closing_turns` turns, or with the last
closing cue that either side says in the second half of the contact, whichever comes first, and lasts to the end. Who says
goodbye and is then held up for minutes has said goodbye.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from inspection.limits import Limits
from inspection.text.tracks import Place, Track, Turn, normalised
from inspection.text.utterances import Span
from inspection.text.wording import normalise
from inspection.transcript import Segment
from regulations.verdict import Step, step

ALWAYS = (0.0, float("inf"))
_WHO_IS_THERE = re.compile("是.{1,10}[吗吧么]")  # 是客服中心吗 asks who is there and states no matter


@dataclass(frozen=True, slots=True)
class Phase:
    """A part of a contact: the agent's segments in it, and its time (its end may be infinite).

    `why` says how far it reaches. `matter_at`: when the customer had stated the matter, seconds; None where he did not, or
    where that does not count.
    """

    segments: frozenset[int]
    span: Span
    why: Step | None = None
    matter_at: float | None = None


def opening_of(
    segments: Sequence[Segment],
    turns: Sequence[Turn],
    limits: Limits,
    *,
    matter: Turn | None,
    again_at: float | None = None,
) -> Phase:
    """The opening. Without a word of the agent it is no segment, and may be anywhere.

    `matter`: the customer's turn up to which it lasts; `again_at`: when the telephone was handed to somebody else.
    """
    own = [t for t in turns if t.speaker == "agent"]
    if not own:
        return Phase(frozenset(), ALWAYS)
    first = own[: limits.opening_turns]
    until = own[0].start + limits.opening_seconds
    if again_at is not None and (anew := [t for t in own if t.start >= again_at]):
        first += anew[: limits.opening_turns]
        until = max(until, anew[0].start + limits.opening_seconds)
    inside = {i for turn in first for i in turn.segments}
    for turn in own:
        inside |= {i for i in turn.segments if segments[i].start <= until}
        if matter is not None:
            inside |= {i for i in turn.segments if segments[i].start < matter.end}
    end = max([until, *(t.end for t in first), *([matter.end] if matter is not None else [])])
    zh, en = "", ""
    if matter is not None:
        zh = f"，客户在 {matter.start:.1f} 秒说出来意"
        en = f"; the customer states the matter at {matter.start:.1f} s"
    why = Step(
        f"开场：从客服第一句话（{own[0].start:.1f} 秒）到 {end:.1f} 秒{zh}",
        f"opening: from the agent's first word ({own[0].start:.1f} s) to {end:.1f} s{en}",
    )
    return Phase(frozenset(inside), (0.0, end), why, None if matter is None else matter.end)


def closing_of(
    segments: Sequence[Segment],
    turns: Sequence[Turn],
    tracks: Iterable[Track],
    limits: Limits,
    seconds: float,
) -> Phase:
    """The closing of a contact of so many seconds; `tracks` is what either side said."""
    own = [t for t in turns if t.speaker == "agent"]
    if not own:
        return Phase(frozenset(), ALWAYS)
    cue = _last_cue(tracks, limits.closing_cues, seconds / 2)
    by_turns = own[-limits.closing_turns :] if limits.closing_turns else []
    start = min([max(t.end for t in own) - limits.closing_seconds, *(t.start for t in by_turns)])
    zh, en = "", ""
    if cue is not None and cue.start < start:
        start = cue.start
        zh, en = f"（从“{cue.quote}”起）", f" (from “{cue.quote}” on)"
    inside = {i for turn in by_turns for i in turn.segments}
    inside |= {i for turn in own for i in turn.segments if segments[i].end >= start}
    why = Step(
        f"结尾：从 {max(0.0, start):.1f} 秒{zh}到通话结束",
        f"closing: from {max(0.0, start):.1f} s{en} to the end of the contact",
    )
    return Phase(frozenset(inside), (start, ALWAYS[1]), why)


def after_the_matter(phase: Phase, place: Place) -> Step | None:
    """A note where an opening phrase came only after the customer had stated the matter."""
    if phase.matter_at is None or place.start < phase.matter_at:
        return None
    return step(
        "客户已经说出来意（{m:.1f} 秒）之后才说，但仍在开场时间内：算说过",
        "said only after the customer had stated the matter ({m:.1f} s), but still in the time of the opening: it counts",
        m=phase.matter_at,
    )


def matter_of(segments: Sequence[Segment], turns: Sequence[Turn], limits: Limits) -> Turn | None:
    """The customer's turn in which he states the matter; None where he does not."""
    if limits.opening_until_matter is None:
        return None
    for turn in turns:
        if turn.speaker != "customer":
            continue
        said = "".join(normalised(segments[i].text).text for i in turn.segments)
        for hello in _compared(limits.hellos):
            said = said.replace(hello, "")
        if len(said) >= limits.opening_until_matter and not _WHO_IS_THERE.fullmatch(said):
            return turn
    return None


def _last_cue(tracks: Iterable[Track], cues: tuple[str, ...], middle: float) -> Place | None:
    last: Place | None = None
    for track in tracks:
        for cue in _compared(cues):
            at = track.text.rfind(cue)
            if at < 0:
                continue
            place = track.place(at, at + len(cue))
            if place.start >= middle and (last is None or place.start > last.start):
                last = place
    return last


@lru_cache(maxsize=64)
def _compared(texts: tuple[str, ...]) -> tuple[str, ...]:
    """Compared spellings, longest first, so that a shorter one takes nothing out of a longer one."""
    spelt = {normalise(text).text for text in texts} - {""}
    return tuple(sorted(spelt, key=lambda t: (-len(t), t)))

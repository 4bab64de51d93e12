"""The order of a prescribed conversation: the nine steps of a hospital's callback (E5.6), each found where, and in which order.

The regulations name the steps and not their words; by which words we recognise them is our choice (`phrase.flow`). So a step
that is not found, or found out of place, is never more than a hint: cannot_tell, without points.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from inspection.findings import Check, Finding
from inspection.required.wanted import expression_of_pattern
from inspection.text.owed import Contact
from inspection.text.phrase_index import index_of
from inspection.text.tracks import Place, Track
from regulations.rulebook import Rulebook
from regulations.values import FlowCue
from regulations.verdict import Step, step

MISSING, ORDER = "callback-flow", "callback-flow-order"
FLOW = "flow"
_KEY = "callback.flow_steps"
_CALLBACK = {"callback_inpatient": "discharge", "callback_outpatient": "specialist_first_visit"}


@dataclass(frozen=True, slots=True)
class FlowStep:
    """One step of the script and every place where its words were said, in time order.

    `is_spoken` False: it leaves no words. `chosen` counts into `places`: the one by which it stands in order; None where
    it was not found, or only out of place. `is_known` False: said by somebody, perhaps not the agent.
    """

    number: int  # from 1
    name: str
    code: str
    is_spoken: bool
    places: tuple[Place, ...] = ()
    chosen: int | None = None
    is_known: bool = True

    @property
    def place(self) -> Place | None:
        """Where it is shown: in order if it was, else where it was said first."""
        if not self.places:
            return None
        return self.places[self.chosen if self.chosen is not None else 0]


def flow_of(contact: Contact, book: Rulebook) -> tuple[FlowStep, ...]:
    """The steps that the rulebook prescribes for this kind of contact, as far as they were heard; empty without any."""
    kind = contact.transcript.kind
    names = book.items(_KEY, _CALLBACK[kind]) if kind in _CALLBACK else None
    cues = book.flow_cues(kind) if names else ()
    if not names or not cues:
        return ()
    is_known = bool(contact.agent.text) or not contact.unknown.text
    steps: list[FlowStep] = []
    for number, name in enumerate(names, start=1):
        own = [cue for cue in cues if cue.step == name]
        places = sorted((p for cue in own for p in _places(contact, cue, book)), key=lambda p: p.start)
        is_spoken = any(cue.is_spoken for cue in own)
        code = own[0].code if own else f"flow-{number}"
        steps.append(FlowStep(number, name, code, is_spoken, tuple(places), None, is_known))
    chosen = in_order([[p.start for p in s.places] for s in steps])
    return tuple(
        FlowStep(s.number, s.name, s.code, s.is_spoken, s.places, at, s.is_known)
        for s, at in zip(steps, chosen, strict=True)
    )


def in_order(times: Sequence[Sequence[float]]) -> list[int | None]:
    """For every step which of its times (each list ascending) it takes in a longest run that never goes back in time.

    None for a step outside of that run. A step said several times may take any of them, so that nobody is called out of
    order who only repeats himself. Of runs equally long the one that ends earliest.
    """
    # runs[n]: the earliest end of a run of n + 1 steps so far, and the run itself
    runs: list[tuple[float, tuple[tuple[int, int], ...]]] = []
    for number, own in enumerate(times):
        for length in range(len(runs), -1, -1):
            since, run = runs[length - 1] if length else (float("-inf"), ())
            at = bisect_left(own, since)
            if at == len(own):
                continue
            longer = (own[at], (*run, (number, at)))
            if length == len(runs):
                runs.append(longer)
            elif longer[0] < runs[length][0]:
                runs[length] = longer
    best = dict(runs[-1][1]) if runs else {}
    return [best.get(number) for number in range(len(times))]


def _places(contact: Contact, cue: FlowCue, book: Rulebook) -> list[Place]:
    track = contact.customer if cue.speaker == "customer" else contact.agent
    if not track.text:
        track = contact.unknown
    if not track.text:
        return []
    found = {(f.start, f.end) for f in index_of(book).find(track, is_confused=contact.is_heard).of(cue)}
    found |= _by_pattern(track, cue, contact.is_heard)
    return [track.place(start, end) for start, end in _outermost(found)]


def _by_pattern(track: Track, cue: FlowCue, is_heard: bool) -> set[tuple[int, int]]:
    said = track.confused if is_heard else track.text
    return {
        m.span()
        for pattern in cue.patterns
        for m in expression_of_pattern(pattern, is_confused=is_heard).finditer(said)
    }


def _outermost(found: set[tuple[int, int]]) -> list[tuple[int, int]]:
    kept: list[tuple[int, int]] = []
    for start, end in sorted(found, key=lambda p: (p[0], -p[1])):
        if not kept or start >= kept[-1][1]:
            kept.append((start, end))
    return kept


def judge_flow(contact: Contact, book: Rulebook) -> tuple[list[Finding], list[Check]]:
    """At most one finding for the steps not found and one for those out of place; and a check for every step."""
    steps = flow_of(contact, book)
    if not steps:
        return [], []
    excuse = _not_judged(contact)
    last = max((s.number for s in steps if s.chosen is not None), default=0)
    left = _left_over(contact)
    clauses = book.clauses(_KEY, _CALLBACK[contact.transcript.kind])
    clause = clauses[0] if clauses else None
    excused = {s.number for s in steps if left is not None and s.number > last and not s.places}
    checks = [_check(s, excuse or (left if s.number in excused else None), clauses) for s in steps]
    if excuse is not None or not all(s.is_known for s in steps):
        return [], checks
    lost = [s for s in steps if s.is_spoken and not s.places and s.number not in excused]
    misplaced = [s for s in steps if s.places and s.chosen is None]
    lines = tuple(_line(s) for s in steps)
    findings: list[Finding] = []
    if lost:
        found = Step(
            f"规定流程 {len(steps)} 步，没有听到：{'、'.join(s.name for s in lost)}",
            f"the script has {len(steps)} steps; not heard: {', '.join(s.name for s in lost)}",
            clause,
        )
        findings.append(_finding(MISSING, None, (found, *lines, _OUR_WORDS), clauses))
    if misplaced:
        found = step("这些步骤不在规定的位置上", "these steps are not at their place in the script", clause)
        where = tuple(_out_of_place(s, steps) for s in misplaced)
        findings.append(_finding(ORDER, misplaced[0].place, (found, *where, *lines, _OUR_WORDS), clauses))
    return findings, checks


_OUR_WORDS = step(
    "用哪些话认出各步骤由我们拟定，可能说了别的话：不计分，请人工判断",
    "by which words a step is recognised is our own choice, it may have been said otherwise: no points, a person decides",
)


def _not_judged(contact: Contact) -> Step | None:
    """Why the whole script was not owed."""
    transcript = contact.transcript
    if not contact.segments:
        return step("录音里没有人说话", "nobody speaks in the recording")
    if not contact.unknown.text and not contact.customer_perhaps.text:
        return step("客户一方没有说话，没有谈成", "the customer says nothing: there was no conversation")
    if contact.is_heard and transcript.seconds < contact.limits.short_call:
        return step(
            "通话只有 {s:.1f} 秒（不足 {limit:g} 秒），视为中断",
            "the call lasted only {s:.1f} s (under {limit:g} s): taken as cut off",
            s=transcript.seconds,
            limit=contact.limits.short_call,
        )
    return None


def _left_over(contact: Contact) -> Step | None:
    """Why steps after the last one that was heard are not missed."""
    if contact.transcript.hangup_by == "customer":
        return step(
            "客户先挂机，后面的步骤没有机会进行", "the customer hung up first: no chance for what follows"
        )
    if not contact.transcript.is_complete:
        return step(
            "录音在中途断开，听不到后面的步骤", "the recording breaks off: what follows cannot be heard"
        )
    return None


def _line(s: FlowStep) -> Step:
    """A step of the script with its place."""
    if not s.is_spoken:
        return step(
            "第 {n} 步“{name}”：通话后登记，听不到",
            "step {n}, {name}: done after the call, not heard",
            n=s.number,
            name=s.name,
        )
    place = s.place
    if place is None:
        return step("第 {n} 步“{name}”：没有听到", "step {n}, {name}: not heard", n=s.number, name=s.name)
    zh, en = ("，不在顺序上", ", out of order") if s.chosen is None else ("", "")
    return Step(
        f"第 {s.number} 步“{s.name}”：{place.start:.1f} 秒“{place.quote}”{zh}",
        f"step {s.number}, {s.name}: “{place.quote}” at {place.start:.1f} s{en}",
    )


def _out_of_place(s: FlowStep, steps: Sequence[FlowStep]) -> Step:
    """Between which steps it should have stood, and where it was said."""
    place = s.place
    assert place is not None
    before = next((o for o in reversed(steps[: s.number - 1]) if o.chosen is not None and o.place), None)
    after = next((o for o in steps[s.number :] if o.chosen is not None and o.place), None)
    zh, en = [], []
    if before is not None and before.place is not None:
        zh.append(f"“{before.name}”（{before.place.start:.1f} 秒）之后")
        en.append(f"after {before.name} ({before.place.start:.1f} s)")
    if after is not None and after.place is not None:
        zh.append(f"“{after.name}”（{after.place.start:.1f} 秒）之前")
        en.append(f"before {after.name} ({after.place.start:.1f} s)")
    return Step(
        f"“{s.name}”应在{'、'.join(zh)}，却在 {place.start:.1f} 秒（“{place.quote}”）",
        f"{s.name} belongs {' and '.join(en)}, but is said at {place.start:.1f} s (“{place.quote}”)",
    )


def _check(s: FlowStep, excuse: Step | None, clauses: tuple[str, ...]) -> Check:
    place = s.place
    if not s.is_spoken or (excuse is not None and place is None):
        steps = (_line(s),) if excuse is None or not s.is_spoken else (_line(s), excuse)
        return Check(s.code, FLOW, "", False, clauses, steps=steps, title=s.name)
    is_hit = place is not None and s.chosen is not None and s.is_known
    return Check(
        rule=s.code,
        category=FLOW,
        verdict="hit" if is_hit else "cannot_tell",
        applicable=True,
        clauses=clauses,
        segment=None if place is None else place.segment,
        start=None if place is None else place.start,
        end=None if place is None else place.end,
        steps=(_line(s),),
        title=s.name,
    )


def _finding(rule: str, at: Place | None, steps: tuple[Step, ...], clauses: tuple[str, ...]) -> Finding:
    return Finding(
        rule=rule,
        kind="missing",
        category=FLOW,
        verdict="cannot_tell",
        phase="any",
        segment=None if at is None else at.segment,
        start=None if at is None else at.start,
        end=None if at is None else at.end,
        quote="" if at is None else at.quote,
        clauses=clauses,
        severity="low",
        points=Decimal(0),
        needs_review=True,
        steps=steps,
        layer="script",
    )

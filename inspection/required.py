"""Required and conditional phrases: owed or not, said or not, and if not, how nearly."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal

from inspection.explaining import (
    broken_off,
    elsewhere,
    excuse,
    near,
    searched,
    where_to_listen,
    who_hung_up,
)
from inspection.findings import Check, Finding
from inspection.lexicon import LEXICON, Trigger
from inspection.owed import Contact, Owed, occasions, trigger_places
from inspection.tracks import Place, Track, track_of
from inspection.uncertain import DOUBTFUL, doubtful_within, seconds_of, why_open
from inspection.utterances import Span
from inspection.wanted import Match, nearest, search
from regulations.names import name_of
from regulations.values import PhraseRule
from regulations.verdict import Step, step


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one rule comes to: always a check, and a finding where something is missing or open."""

    check: Check
    finding: Finding | None


def judge(contact: Contact, rule: PhraseRule, weight: Decimal, *, always_review: bool) -> Outcome:
    """One required or conditional phrase rule on one contact."""
    judged = _Judge(contact, rule, rule.points or weight, always_review)
    return judged.conditional() if rule.kind == "conditional" else judged.always()


class _Judge:
    def __init__(self, contact: Contact, rule: PhraseRule, points: Decimal, always_review: bool) -> None:
        self.contact, self.rule, self.points = contact, rule, points
        self.needs_review = always_review or rule.needs_review
        wanted = "”或“".join(rule.texts)
        name_zh, name_en = (
            name_of("finding_category", rule.category),
            name_of("finding_category", rule.category, "en"),
        )
        self.demand = Step(
            f"要求“{name_zh}”：说“{wanted}”",
            f"{name_en} is required: “{'” or “'.join(rule.texts)}”",
            self._clause,
        )

    @property
    def _clause(self) -> str | None:
        return self.rule.clauses[0] if self.rule.clauses else None

    # -- always ---------------------------------------------------------------------------------------------------

    def always(self) -> Outcome:
        """A phrase that is owed in every contact in scope."""
        contact, rule = self.contact, self.rule
        if not contact.segments:
            if contact.transcript.to_listen:
                return self._nothing_made_out()
            return self._not_owed(step("录音里没有人说话", "nobody speaks in the recording"))
        if contact.unknown.text and not contact.agent.text:
            return self._nobody_known()
        window = seconds_of(contact, rule.phase)
        if not contact.agent.text:
            reason = (
                step(
                    "客服一方没有一句能确定是说话的声音：请听录音",
                    "nothing of the agent's sound is certainly speech: listen to it",
                )
                if contact.agent_perhaps.text
                else step(
                    "客服一方没有任何语音：可能没有录到，请人工判断",
                    "there is no speech of the agent at all: perhaps it was not recorded, a person decides",
                )
            )
            return self._open((self.demand, reason), None)
        ordinals = (
            contact.window(rule.phase)
            if rule.phase in ("opening", "closing")
            else contact.agent.segments.keys()
        )
        track = contact.track(ordinals)
        found = self._search(track)
        if found is not None:
            return self._said(track, found, (self.demand,))
        if contact.unknown.text and (found := self._search(contact.unknown)) is not None:
            return self._said_by_somebody(found)
        if (perhaps := self._perhaps_said(ordinals, window)) is not None:
            return self._open((self.demand, *perhaps[1]), perhaps[0])
        if rule.phase == "closing" and (no_chance := excuse(self.contact)) is not None:
            return self._not_owed(self.demand, no_chance)
        return self._absent(track, searched(self.rule, track), at=None, window=window)

    def _nothing_made_out(self) -> Outcome:
        reason = step(
            "录音里有声音，但没有可靠的文字：请听录音",
            "there is sound in the recording, but no reliable words: listen to it",
        )
        return self._undecided(self.demand, reason)

    def _perhaps_said(self, ordinals: Iterable[int], window: Span) -> tuple[Place, tuple[Step, Step]] | None:
        """Where the phrase stands only in words that may not have been said, and why that settles nothing."""
        doubtful = doubtful_within(self.contact, window)
        track = self.contact.track({*ordinals, *doubtful})
        found = self._search(track) if doubtful else None
        if found is None:
            return None
        place = track.place(found.start, found.end)
        heard = step("{at:.1f} 秒有“{q}”", "“{q}” stands at {at:.1f} s", at=place.start, q=place.quote)
        return place, (heard, DOUBTFUL)

    def _nobody_known(self) -> Outcome:
        found = self._search(self.contact.unknown)
        if found is not None:
            return self._said_by_somebody(found)
        if self.rule.phase == "closing" and (no_chance := excuse(self.contact)) is not None:
            return self._not_owed(self.demand, no_chance)
        reason = step(
            "分不清说话人，而整段录音里没有听到这句话：请人工判断",
            "nobody can tell the speakers apart, and the words are nowhere in the recording: a person decides",
        )
        return self._open((self.demand, reason, *near(self.rule, self.contact.unknown)), None)

    def _said_by_somebody(self, found: Match) -> Outcome:
        place = self.contact.unknown.place(found.start, found.end)
        reason = step(
            "{at:.1f} 秒有人说“{q}”，但分不清是不是客服",
            "somebody says “{q}” at {at:.1f} s, but nobody can tell whether it is the agent",
            at=place.start, q=place.quote,
        )  # fmt: skip
        return self._undecided(self.demand, reason, place=place)

    # -- conditional ----------------------------------------------------------------------------------------------

    def conditional(self) -> Outcome:
        """A phrase that is owed when something happens: once for every time it happens, charged once."""
        rule, contact = self.rule, self.contact
        owed = occasions(contact, rule.condition)
        if owed is None:
            return self._not_owed(
                step("本版本不认识条件 {c}", "this version does not know the condition {c}", c=rule.condition)
            )
        if not owed:
            return self._maybe_triggered()
        said: Outcome | None = None
        not_said: list[Outcome] = []
        for occasion in owed:
            track = contact.track(occasion.segments)
            found = self._search(track)
            if found is not None:
                said = said or self._said(track, found, (self.demand, occasion.reason))
            elif (perhaps := self._perhaps_said(occasion.segments, occasion.window)) is not None:
                not_said.append(self._open((self.demand, occasion.reason, *perhaps[1]), perhaps[0]))
            elif track.text or contact.transcript.hangup_by != "customer":
                steps = (occasion.reason, *searched(self.rule, track))
                not_said.append(self._absent(track, steps, at=occasion, window=occasion.window))
        if not_said:  # the first that is certain; an occasion left open hides none
            return next((o for o in not_said if o.check.verdict == "absent"), not_said[0])
        if said is not None:
            return said
        return self._not_owed(
            self.demand, owed[0].reason, step("之后客户先挂机", "then the customer hung up first")
        )

    def _maybe_triggered(self) -> Outcome:
        trigger = LEXICON.triggers.get(self.rule.condition)
        track = self.contact.unknown
        places = trigger_places(track, trigger) if trigger is not None and track.text else []
        if not places:
            if trigger is not None and (perhaps := self._perhaps_triggered(trigger)) is not None:
                return perhaps
            return self._not_owed(
                self.demand, step("没有出现需要说这句话的情形", "nothing happened that calls for it")
            )
        place = track.place(*places[0])
        reason = step(
            "{at:.1f} 秒有人说“{q}”，但分不清说话人",
            "somebody says “{q}” at {at:.1f} s, but nobody can tell who",
            at=place.start, q=place.quote,
        )  # fmt: skip
        return self._undecided(self.demand, reason)

    def _perhaps_triggered(self, trigger: Trigger) -> Outcome | None:
        track = track_of(self.contact.segments, trigger.speaker, with_doubtful=True)
        if not (places := trigger_places(track, trigger)):
            return None
        place = track.place(*places[0])
        heard = step("{at:.1f} 秒有“{q}”", "“{q}” stands at {at:.1f} s", at=place.start, q=place.quote)
        return self._undecided(self.demand, heard, DOUBTFUL)

    # -- answers --------------------------------------------------------------------------------------------------

    def _search(self, track: Track) -> Match | None:
        return search(
            track, self.rule.texts, self.rule.allow, self.rule.match, is_heard=self.contact.is_heard
        )

    def _said(self, track: Track, found: Match, steps: tuple[Step, ...]) -> Outcome:
        place = track.place(found.start, found.end)
        said = step("{at:.1f} 秒说了“{q}”", "said at {at:.1f} s: “{q}”", at=place.start, q=place.quote)
        more: tuple[Step, ...] = ()
        if found.is_confused:
            more = (
                step(
                    "语音识别分不清“您”与“你”，按“{text}”算说过，需人工复核",
                    "recognition cannot tell 您 from 你; counted as “{text}”, to be reviewed",
                    text=found.text,
                ),
            )
        elif found.is_fuzzy:
            more = (
                step("与“{text}”相近，按说过计", "near enough to “{text}” to count as said", text=found.text),
            )
        return self._checked("hit", (*steps, said, *more), place)

    def _undecided(self, *steps: Step, place: Place | None = None) -> Outcome:
        """Open, and nothing for a list: it was probably said, or probably not owed."""
        return self._checked("cannot_tell", steps, place)

    def _checked(self, verdict: str, steps: tuple[Step, ...], place: Place | None) -> Outcome:
        check = Check(self.rule.id, self.rule.category, verdict, True, self.rule.clauses, steps=steps)
        if place is not None:
            check = replace(check, segment=place.segment, start=place.start, end=place.end)
        return Outcome(check, None)

    def _not_owed(self, *steps: Step) -> Outcome:
        return Outcome(
            Check(self.rule.id, self.rule.category, "", False, self.rule.clauses, steps=steps), None
        )

    def _absent(self, track: Track, steps: tuple[Step, ...], at: Owed | None, window: Span) -> Outcome:
        miss = nearest(track, self.rule.texts)
        agent = self.contact.agent
        heard = (
            self.demand,
            *steps,
            *near(self.rule, track),
            *elsewhere(self.rule, agent, self._search(agent)),
        )
        doubt = at.doubt if at is not None else None
        if (doubt := doubt or why_open(self.contact, self.rule, miss, window)) is not None:
            return self._open((*heard, doubt), at)
        if (cut := broken_off(self.contact, window)) is not None:
            return self._undecided(*heard, cut)
        if self.rule.phase == "closing" and (unsure_end := who_hung_up(self.contact)) is not None:
            heard = (*heard, unsure_end)
        cost = (
            step("按本条规则扣 {p} 分", "{p} points by this rule", p=self.points)
            if self.rule.points
            else step("按 qa.required_weight 扣 {p} 分", "{p} points by qa.required_weight", p=self.points)
        )
        return self._outcome("absent", (*heard, cost), at, self.points)

    def _open(self, steps: tuple[Step, ...], at: Owed | Place | None) -> Outcome:
        return self._outcome("cannot_tell", steps, at, Decimal(0))

    def _outcome(
        self, verdict: str, steps: tuple[Step, ...], at: Owed | Place | None, points: Decimal
    ) -> Outcome:
        rule = self.rule
        where = where_to_listen(self.contact, rule, at)
        finding = Finding(
            rule=rule.id,
            kind="missing",
            category=rule.category,
            verdict=verdict,
            phase=rule.phase,
            segment=where[0],
            start=where[1],
            end=where[1],
            quote="",
            clauses=rule.clauses,
            severity=rule.severity,
            points=points,
            needs_review=self.needs_review or verdict == "cannot_tell",
            steps=steps,
        )
        return Outcome(Check(rule.id, rule.category, verdict, True, rule.clauses, steps=steps), finding)

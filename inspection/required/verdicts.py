"""Required and conditional phrases: owed or not, said or not, and if not, how nearly."""

from __future__ import annotations

from collections.abc import Iterable

from inspection.required.excuses import why_not_owed
from inspection.required.explaining import excuse, near, searched
from inspection.required.near import nearest
from inspection.required.occasions import ON_HOLD, occasions, places_of
from inspection.required.outcomes import Answers, Outcome
from inspection.required.triggers import NOT_UNDERSTOOD
from inspection.required.uncertain import DOUBTFUL, doubtful_within, seconds_of
from inspection.required.wanted import Match
from inspection.text.owed import Contact, Owed
from inspection.text.phases import after_the_matter
from inspection.text.phrase_index import has_gap
from inspection.text.tracks import Place
from inspection.text.utterances import Span
from regulations.rulebook import Rulebook
from regulations.values import PhraseRule, PhraseTrigger
from regulations.verdict import Step, step

_FEW = 2  # characters that may stand anywhere and mean anything (我是, 您好)
_ANOTHER_PLACE = step(
    "不在该说的地方，是不是这个意思由人工判断：不计分",
    "not where it belongs; whether it is meant so a person decides: no points",
)


def judge(contact: Contact, rule: PhraseRule, book: Rulebook) -> Outcome:
    """One required or conditional phrase rule of the rulebook on one contact."""
    judged = _Judge(contact, rule, book)
    return judged.conditional() if rule.kind == "conditional" else judged.always()


class _Judge(Answers):
    """Whether the phrase was owed, and what became of it."""

    # -- always ---------------------------------------------------------------------------------------------------

    def always(self) -> Outcome:
        """A phrase that is owed in every contact in scope."""
        contact, rule = self.contact, self.rule
        if not contact.segments:
            if contact.transcript.to_listen:
                return self._nothing_made_out()
            return self.not_owed(step("录音里没有人说话", "nobody speaks in the recording"))
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
            return self.open((self.demand, reason), None)
        phase = contact.phase(rule.phase)
        ordinals = phase.segments if phase is not None else frozenset(contact.agent.segments)
        found = self.search(contact.agent, ordinals)
        if found is not None:
            late = (
                after_the_matter(phase, contact.agent.place(found.start, found.end))
                if phase is not None
                else None
            )
            return self.said(contact.agent, found, (self.demand,), () if late is None else (late,))
        if contact.unknown.text and (found := self.search(contact.unknown)) is not None:
            return self._said_by_somebody(found)
        if (perhaps := self._perhaps_said(ordinals, window)) is not None:
            return self.open((self.demand, *perhaps[1]), perhaps[0])
        if (excused := why_not_owed(contact, rule)) is not None:
            return self.not_owed(self.demand, excused)
        if (displaced := self._displaced()) is not None:
            return displaced
        track = contact.track(ordinals)
        return self.absent(track, searched(contact, rule, track), at=None, window=window)

    def _displaced(self) -> Outcome | None:
        """The phrase was said in its half of the contact, only not at its place. A short one may mean anything there."""
        contact, rule = self.contact, self.rule
        middle = contact.transcript.seconds / 2
        own = contact.agent.segments
        if rule.phase == "closing":
            found = self.search(contact.agent)
            if found is None or found.end - found.start < contact.limits.near_miss_characters:
                found = self.search(contact.agent, {i for i, s in own.items() if s.start >= middle})
        elif rule.phase == "opening" and rule.category != "greeting":
            found = self.search(contact.agent)
        else:
            return None
        if found is None or not self._is_telling(found):
            return None
        place = contact.agent.place(found.start, found.end)
        there = step(
            "{at:.1f} 秒说了“{q}”，不在它该在的地方",
            "“{q}” was said at {at:.1f} s, not where it belongs", at=place.start, q=place.quote,
        )  # fmt: skip
        if rule.phase == "closing" and found.end - found.start >= contact.limits.near_miss_characters:
            went_on = step("之后又谈了别的事：算说过", "then the talk went on: it counts")
            return self.said(contact.agent, found, (self.demand,), (there, went_on))
        return self.open((self.demand, there, _ANOTHER_PLACE), place)

    def _is_telling(self, found: Match) -> bool:
        """Whether it is words of the rule that mean the same wherever they stand, not a frame such as 请问是…吗."""
        if self.rule.phase == "closing":
            return True
        return found.text in self.rule.texts and not has_gap(found.text) and found.end - found.start > _FEW

    def _nothing_made_out(self) -> Outcome:
        reason = step(
            "录音里有声音，但没有可靠的文字：请听录音",
            "there is sound in the recording, but no reliable words: listen to it",
        )
        return self.undecided(self.demand, reason)

    def _perhaps_said(self, ordinals: Iterable[int], window: Span) -> tuple[Place, tuple[Step, Step]] | None:
        """Where the phrase stands only in words that may not have been said, and why that settles nothing."""
        doubtful = doubtful_within(self.contact, window)
        track = self.contact.agent_perhaps
        found = self.search(track, {*ordinals, *doubtful}) if doubtful else None
        if found is None:
            return None
        place = track.place(found.start, found.end)
        heard = step("{at:.1f} 秒有“{q}”", "“{q}” stands at {at:.1f} s", at=place.start, q=place.quote)
        return place, (heard, DOUBTFUL)

    def _nobody_known(self) -> Outcome:
        found = self.search(self.contact.unknown)
        if found is not None:
            return self._said_by_somebody(found)
        if self.rule.phase == "closing" and (no_chance := excuse(self.contact)) is not None:
            return self.not_owed(self.demand, no_chance)
        reason = step(
            "分不清说话人，而整段录音里没有听到这句话：请人工判断",
            "nobody can tell the speakers apart, and the words are nowhere in the recording: a person decides",
        )
        unknown = self.contact.unknown
        return self.open((self.demand, reason, *near(unknown, nearest(unknown, self.rule.texts))), None)

    def _said_by_somebody(self, found: Match) -> Outcome:
        place = self.contact.unknown.place(found.start, found.end)
        reason = step(
            "{at:.1f} 秒有人说“{q}”，但分不清是不是客服",
            "somebody says “{q}” at {at:.1f} s, but nobody can tell whether it is the agent",
            at=place.start, q=place.quote,
        )  # fmt: skip
        return self.undecided(self.demand, reason, place=place)

    # -- conditional ----------------------------------------------------------------------------------------------

    def conditional(self) -> Outcome:
        """A phrase that is owed when something happens: once for every time it happens, charged once."""
        rule, contact = self.rule, self.contact
        owed = occasions(contact, rule.condition, self.book)
        if owed is None:
            return self.not_owed(
                step(
                    "本规程没有写明条件 {c} 何时成立",
                    "the rulebook does not say when {c} is",
                    c=rule.condition,
                )
            )
        if not owed:
            return self._maybe_triggered()
        said: Outcome | None = None
        not_said: list[Outcome] = []
        for occasion in owed:
            found = self.search(contact.agent, frozenset(occasion.segments))
            if found is not None:
                said = said or self.said(contact.agent, found, (self.demand, occasion.reason))
            elif (missed := self._missed(occasion)) is not None:
                not_said.append(missed)
        if said is not None and self._is_of_the_customer():
            return said  # nobody thanks or apologises anew for every sentence of the same praise or complaint
        for missed in not_said:
            if missed.check.verdict == "absent":
                return missed  # charged once: the first that is certain; an occasion left open hides none
        if not_said:
            return next((o for o in not_said if o.finding is not None), not_said[0])
        if said is not None:
            return said
        return self.not_owed(
            self.demand, owed[0].reason, step("之后客户先挂机", "then the customer hung up first")
        )

    def _missed(self, occasion: Owed) -> Outcome | None:
        """What an occasion without the phrase comes to; None where the customer left nobody to say it to."""
        contact = self.contact
        if (perhaps := self._perhaps_said(occasion.segments, occasion.window)) is not None:
            return self.open((self.demand, occasion.reason, *perhaps[1]), perhaps[0])
        if (displaced := self._said_at_another_time(occasion)) is not None:
            return displaced
        track = contact.track(occasion.segments)
        if not track.text and contact.transcript.hangup_by == "customer":
            return None
        if occasion.doubt is not None and not occasion.is_meant:
            return self.undecided(self.demand, occasion.reason, occasion.doubt)
        steps = (occasion.reason, *searched(contact, self.rule, track))
        return self.absent(track, steps, at=occasion, window=occasion.window)

    def _is_of_the_customer(self) -> bool:
        trigger = self.book.triggers().get(self.rule.condition)
        return trigger is not None and trigger.speaker == "customer"

    def _said_at_another_time(self, occasion: Owed) -> Outcome | None:
        """Said, but just before it was called for, or later than an answer comes.

        To ask again and to announce a wait is of use at once or not at all.
        """
        if self.rule.condition in (ON_HOLD, NOT_UNDERSTOOD):
            return None
        contact = self.contact
        before = [t for t in contact.agent_turns if t.start < occasion.at][-contact.limits.reply_turns :]
        since = min([occasion.at, *(t.start for t in before)])
        found = self.search(contact.agent, {i for i, s in contact.agent.segments.items() if s.start >= since})
        if found is None:
            return None
        place = contact.agent.place(found.start, found.end)
        then = step("{at:.1f} 秒说了“{q}”", "“{q}” at {at:.1f} s", at=place.start, q=place.quote)
        return self.open((self.demand, occasion.reason, then, _ANOTHER_PLACE), place)

    def _maybe_triggered(self) -> Outcome:
        trigger = self.book.triggers().get(self.rule.condition)
        track = self.contact.unknown
        places = (
            places_of(self.contact, trigger, track, self.book) if trigger is not None and track.text else []
        )
        if not places:
            if trigger is not None and (perhaps := self._perhaps_triggered(trigger)) is not None:
                return perhaps
            if self.rule.condition == ON_HOLD:
                nothing = step(
                    "没有不少于 {s:g} 秒的等候", "no wait of {s:g} s or more", s=self.contact.limits.hold_from
                )
            else:
                nothing = step("没有出现需要说这句话的情形", "nothing happened that calls for it")
            return self.not_owed(self.demand, nothing)
        place = track.place(places[0].start, places[0].end)
        reason = step(
            "{at:.1f} 秒有人说“{q}”，但分不清说话人",
            "somebody says “{q}” at {at:.1f} s, but nobody can tell who",
            at=place.start, q=place.quote,
        )  # fmt: skip
        return self.undecided(self.demand, reason)

    def _perhaps_triggered(self, trigger: PhraseTrigger) -> Outcome | None:
        contact = self.contact
        track = contact.customer_perhaps if trigger.speaker == "customer" else contact.agent_perhaps
        if not (places := places_of(contact, trigger, track, self.book)):
            return None
        place = track.place(places[0].start, places[0].end)
        heard = step("{at:.1f} 秒有“{q}”", "“{q}” stands at {at:.1f} s", at=place.start, q=place.quote)
        return self.undecided(self.demand, heard, DOUBTFUL)

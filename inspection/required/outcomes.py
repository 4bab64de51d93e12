"""What becomes of one required phrase: said, missing, open or not owed, each with its explanation."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass, replace
from decimal import Decimal

from inspection.findings import Check, Finding
from inspection.required.explaining import broken_off, elsewhere, near, where_to_listen, who_hung_up
from inspection.required.near import nearest
from inspection.required.uncertain import akin, why_open
from inspection.required.wanted import Match, search
from inspection.text.owed import Contact, Owed
from inspection.text.pairs import pair_steps
from inspection.text.phrase_index import index_of
from inspection.text.tracks import Place, Track
from inspection.text.utterances import Span
from regulations.names import name_of
from regulations.rulebook import Rulebook
from regulations.values import PhraseRule
from regulations.verdict import Step, step

_OTHER_WORDS = step(
    "条文要求这样做，没有规定原话，可能用别的话说了：不计分，请人工判断",
    "the clause asks for the act and not for these words, others may have done: no points, a person decides",
)
_SHOWN = 6  # wordings that a demand quotes


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one rule comes to: always a check, and a finding where something is missing or open."""

    check: Check
    finding: Finding | None


class Answers:
    """The answers that one rule can come to on one contact."""

    def __init__(self, contact: Contact, rule: PhraseRule, book: Rulebook) -> None:
        self.contact, self.rule, self.book = contact, rule, book
        self.points = rule.points or book.decimal("qa.required_weight") or Decimal(0)
        self.needs_review = book.flag("qa.human_review_required") is not False or rule.needs_review
        self.index = index_of(book)
        wordings = (*rule.texts, *rule.patterns)
        more = len(wordings) - _SHOWN
        also_zh, also_en = (f"等 {len(wordings)} 种说法", f" or {more} more") if more > 0 else ("", "")
        wordings = wordings[:_SHOWN]
        wanted = "”或“".join(wordings)
        name_zh, name_en = (
            name_of("finding_category", rule.category),
            name_of("finding_category", rule.category, "en"),
        )
        self.demand = Step(
            f"要求“{name_zh}”：说“{wanted}”{also_zh}",
            f"{name_en} is required: “{'” or “'.join(wordings)}”{also_en}",
            self._clause,
        )

    @property
    def _clause(self) -> str | None:
        return self.rule.clauses[0] if self.rule.clauses else None

    @property
    def _has_a_place(self) -> bool:
        """Whether the phrase belongs into the opening or the closing and not merely behind what triggers it."""
        return self.rule.kind == "required" and self.rule.phase in ("opening", "closing")

    def search(self, track: Track, within: Set[int] | None = None) -> Match | None:
        """The first place of a wording of the rule in the track; `within`: only in these segments."""
        contact = self.contact
        return search(track, self.rule, self.index, contact.limits, is_heard=contact.is_heard, within=within)

    def said(
        self, track: Track, found: Match, steps: tuple[Step, ...], notes: tuple[Step, ...] = ()
    ) -> Outcome:
        """Said at that place; `notes` follow the words."""
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
                *pair_steps(track, found.start, found.end, self.contact.limits.nihao_margin),
            )
        elif found.is_fuzzy:
            more = (
                step("与“{text}”相近，按说过计", "near enough to “{text}” to count as said", text=found.text),
            )
        return self._checked("hit", (*steps, said, *more, *notes), place)

    def undecided(self, *steps: Step, place: Place | None = None) -> Outcome:
        """Open, and nothing for a list: it was probably said, or probably not owed."""
        return self._checked("cannot_tell", steps, place)

    def _checked(self, verdict: str, steps: tuple[Step, ...], place: Place | None) -> Outcome:
        check = Check(self.rule.id, self.rule.category, verdict, True, self.rule.clauses, steps=steps)
        if place is not None:
            check = replace(check, segment=place.segment, start=place.start, end=place.end)
        return Outcome(check, None)

    def not_owed(self, *steps: Step) -> Outcome:
        """Not owed in this contact; the last step says why."""
        return Outcome(
            Check(self.rule.id, self.rule.category, "", False, self.rule.clauses, steps=steps), None
        )

    def absent(self, track: Track, steps: tuple[Step, ...], at: Owed | None, window: Span) -> Outcome:
        """Not heard in `track`: missing, or open where it may have been said all the same."""
        miss = nearest(track, self.rule.texts)
        agent = self.contact.agent
        heard = (
            self.demand,
            *steps,
            *near(track, miss),
            *(elsewhere(agent, self.search(agent)) if self._has_a_place else ()),
        )
        doubt = at.doubt if at is not None else None
        doubt = doubt or why_open(self.contact, self.rule, track, miss, window)
        if (doubt := doubt or akin(self.contact, self.rule, track, at)) is not None:
            return self.open((*heard, doubt), at)
        if (cut := broken_off(self.contact, window)) is not None:
            return self.undecided(*heard, cut)
        if not self.rule.is_sure:
            return self.open((*heard, _OTHER_WORDS), at)
        is_at_the_end = self.rule.phase == "closing" or (at is not None and not track.text)
        unsure_end = who_hung_up(self.contact) if is_at_the_end else None
        if unsure_end is not None:
            heard = (*heard, unsure_end)
        cost = (
            step("按本条规则扣 {p} 分", "points off by this rule: {p}", p=self.points)
            if self.rule.points
            else step(
                "按缺一项服务用语的一般扣分扣 {p} 分",
                "points off, as for any missing phrase: {p}",
                p=self.points,
            )
        )
        return self._outcome("absent", (*heard, cost), at, self.points, is_unsure=unsure_end is not None)

    def open(self, steps: tuple[Step, ...], at: Owed | Place | None) -> Outcome:
        """Left to a person, on the list and without points."""
        return self._outcome("cannot_tell", steps, at, Decimal(0), is_unsure=True)

    def _outcome(
        self,
        verdict: str,
        steps: tuple[Step, ...],
        at: Owed | Place | None,
        points: Decimal,
        *,
        is_unsure: bool,
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
            needs_review=self.needs_review or is_unsure,
            steps=steps,
        )
        return Outcome(Check(rule.id, rule.category, verdict, True, rule.clauses, steps=steps), finding)

"""A reviewer's call while he works on it: read once, kept in his own session, and changed there by what he writes.

A key reads nothing anew: after a decision the finding that is kept here is changed as the row was. What the
score is at this moment is derived from what is kept here, by the same function that derives the final one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import streamlit as st

from dashboard.conversation import Mark, numbered
from db import scorecards
from db.models import AddedFinding, Finding, TranscriptSegment
from db.quality import FLAGS
from db.review_missed import beside
from db.review_work import Work
from quality.queueing import Place
from quality.scorecards import Line, Scored, charges, given, score
from regulations.rulebook import Rulebook

Mode = Literal["", "overturn", "missed", "comment", "coaching"]
_KEY = "review_bench"


@dataclass(frozen=True, slots=True)
class Item:
    """One thing to be looked at: a finding, something added, an item of the scorecard, the end."""

    kind: Literal["finding", "added", "answer", "end"]
    key: str
    is_open: bool = False


@dataclass
class Bench:
    """The call in hand, what of it is looked at, and which form stands open."""

    work: Work
    book: Rulebook
    place: Place | None = None  # where it stood in the queue, if it came from there
    at: str = ""  # key of the item that is looked at
    mode: Mode = ""
    is_done: bool = False
    told: list[tuple[str, str]] = field(default_factory=list)  # (done or warning, sentence), said once

    def findings(self) -> list[tuple[int, Finding]]:
        """What the machine found and a person can decide on, numbered as they are worked through."""
        return [(n, f) for n, f in numbered(self.work.findings) if f.verdict in FLAGS or f.kind == "banned"]

    def finding(self, key: str) -> tuple[int, Finding]:
        """The finding of an item, with its number."""
        return next((n, f) for n, f in self.findings() if f"finding_{f.id}" == key)

    def added(self) -> list[AddedFinding]:
        """What people added and did not take back."""
        return [one for one in self.work.added if one.withdrawn_at is None]

    def marks(self) -> list[tuple[int, Mark]]:
        """What people added, numbered behind the findings, as it is marked in the words."""
        first = 1 + max((number for number, _finding in self.findings()), default=0)
        return [
            (number, Mark(one.segment, one.quote)) for number, one in enumerate(self.added(), start=first)
        ]

    def scored(self) -> Scored | None:
        """The score as it would be now; None where no scorecard applies. Hidden findings have no part in it."""
        if self.work.card is None:
            return None
        found = scorecards.found_of(None, beside(self.added(), self.work.findings))
        known = [*self.work.findings, *found]
        return score(
            self.work.card,
            self.work.contact,
            given(self.work.answers),
            charges(known),
            pass_score=self.book.decimal("qa.pass_score"),
        )

    def asked(self, scored: Scored | None) -> list[Line]:
        """The items of the scorecard that a person answers here."""
        lines = () if scored is None else scored.lines
        return [
            line
            for line in lines
            if line.criterion.kind == "person"
            and (line.state == "unanswered" or line.code in self.work.answers)
        ]

    def items(self, scored: Scored | None) -> list[Item]:
        """Everything to be looked at, in its order. After the first judgement of a blind review its answers are settled."""
        found = [
            Item("finding", f"finding_{f.id}", f.decision is None and f.verdict in FLAGS)
            for _, f in self.findings()
        ]
        added = [Item("added", f"added_{one.id}") for one in self.added()]
        is_settled = self.work.is_frozen
        answers = (
            []
            if is_settled
            else [
                Item("answer", f"answer_{line.code}", line.state == "unanswered")
                for line in self.asked(scored)
            ]
        )
        return [*found, *added, *answers, Item("end", "end")]

    def here(self, items: Sequence[Item]) -> int:
        """The position of what is looked at; the first open one where nothing was chosen yet."""
        keys = [item.key for item in items]
        if self.at in keys:
            return keys.index(self.at)
        return next((n for n, item in enumerate(items) if item.is_open), len(items) - 1)

    def move(self, by: int) -> None:
        """Look at the item so many further on."""
        items = self.items(self.scored())
        self.at = items[min(max(self.here(items) + by, 0), len(items) - 1)].key
        self.mode = ""

    def go_on(self) -> None:
        """To the next open item behind this one; proposals are passed one by one, none is skipped."""
        items = self.items(self.scored())
        here = self.here(items)
        behind = items[here + 1 :]
        proposal = next(
            (item for item in behind if item.kind == "finding" and self._is_undecided(item)), None
        )
        chosen = proposal or next((item for item in behind if item.is_open), None)
        chosen = chosen or next((item for item in items if item.is_open), items[-1])
        self.at, self.mode = chosen.key, ""

    def _is_undecided(self, item: Item) -> bool:
        return self.finding(item.key)[1].decision is None

    def segment_here(self) -> TranscriptSegment | None:
        """The sentence of what is looked at."""
        ordinal: int | None = None
        if self.at.startswith("finding_"):
            ordinal = self.finding(self.at)[1].segment
        elif self.at.startswith("added_"):
            ordinal = next((one.segment for one in self.added() if f"added_{one.id}" == self.at), None)
        return next((s for s in self.work.segments if s.ordinal == ordinal), None)


def bench() -> Bench | None:
    """What this reviewer has on his bench."""
    found = st.session_state.get(_KEY)
    return found if isinstance(found, Bench) else None


def put_on_bench(found: Bench) -> None:
    """Begin with a call."""
    found.at = ""
    items = found.items(found.scored())
    found.at = items[found.here(items)].key
    st.session_state[_KEY] = found


def clear_bench() -> None:
    """Nothing is in hand."""
    st.session_state.pop(_KEY, None)

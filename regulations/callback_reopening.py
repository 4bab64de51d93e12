"""Whether what a customer said when called back reopens the complaint (E1.55: explain until satisfied)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from regulations.verdict import Step
from regulations.wording import instant_text
from regulations.worktime import WorkCalendar

if TYPE_CHECKING:
    from regulations.rulebook import Rulebook

REOPENS = "callback.dissatisfied_reopens"
_RESOLVING = ("final_feedback", "closed")


@dataclass(frozen=True, slots=True)
class Reopening:
    """`at` is when the case counts as reopened; None: it is not reopened by this, `reason` says why.

    Reasons: reopens, not_dissatisfied, off, other_kind, open_already (somebody else reopened it), answered_since
    (he spoke of an answer after which the case was taken up and answered again).
    """

    at: datetime | None
    reason: str
    steps: tuple[Step, ...]


def reopening(
    kind: str,
    satisfaction: str | None,
    at: datetime,
    events: Iterable[tuple[str, datetime]],
    book: Rulebook,
    now: datetime,
) -> Reopening:
    """What a callback of `kind` at `at` with that satisfaction does to the case with these events (kind, instant).

    The case is reopened when the customer spoke. Where it was closed after that and before the call was recorded, it
    is reopened `now`: nobody can reopen what was not closed yet.
    """
    clause = book.clause(REOPENS)
    if satisfaction != "dissatisfied":
        return _stays("not_dissatisfied", "客户未表示不满意", "The customer did not say he was dissatisfied")
    if kind != "complaint":
        return _stays(
            "other_kind", "不是投诉回访，没有可重新受理的投诉", "No complaint callback: nothing to reopen"
        )
    if not book.flag(REOPENS):
        return _stays("off", "现行规则不因不满意重新受理", "The rulebook reopens nothing for that", clause)
    happened = sorted(((when, what) for what, when in events if when <= now), key=lambda e: e[0])
    reopened = max((when for when, what in happened if what == "reopened"), default=None)
    answers = [
        when for when, what in happened if what in _RESOLVING and (reopened is None or when >= reopened)
    ]
    if not answers:
        return _stays("open_already", "案件已在处理中，不重复受理", "The case is open already", clause)
    if at < answers[0]:
        return _stays(
            "answered_since", "此后案件已重新受理并再次答复", "The case was taken up and answered again since", clause
        )  # fmt: skip
    reopened_at = at if at >= answers[-1] else now
    shown = instant_text(reopened_at, WorkCalendar.from_rulebook(book).timezone)
    step = Step(
        f"客户回访时表示不满意，案件于 {shown} 重新受理，时限重新起算",
        f"Dissatisfied when called back: the case is reopened {shown}, its clocks start again",
        clause,
    )
    return Reopening(reopened_at, "reopens", (step,))


def _stays(reason: str, zh: str, en: str, clause: str | None = None) -> Reopening:
    return Reopening(None, reason, (Step(zh, en, clause),))

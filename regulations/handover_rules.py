"""What a rulebook asks of a handover, one line a rule, for whoever wants to read it beforehand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from regulations.lent import lent_step
from regulations.levels import level_for, next_level, titles
from regulations.verdict import Step

if TYPE_CHECKING:
    from regulations.rulebook import Rulebook
    from regulations.values import Role

_FORM, _FIELDS = "handover.record_form", "handover.fields"
_EARLY, _WAIT = "attendance.early_arrival", "handover.wait_for_relief"
_REFUSAL, _REVIEW = "handover.refusal_allowed", "handover.supervisor_review"
REFUSED = "handover_refused"
"""Why such a report goes up, a code of names.NAMES["escalation_reason"]."""


def refused_goes_to(book: Rulebook) -> Role:
    """The level that a refused handover is reported to: the agent's next one up that has an account (B1.13)."""
    above = next_level("agent", book) or "supervisor"
    found, _moved = level_for("supervisor" if above == "team_lead" else above, book)
    return found


def proposed_handling() -> tuple[str, str]:
    """What a refused handover's report proposes unless somebody proposes something else (A2.3)."""
    return (
        "由交班人补齐并当面说明，或另派人接班。",
        "The outgoing person completes and explains it, or somebody else takes over.",
    )


def asked_for(book: Rulebook) -> tuple[Step, ...]:
    """What the rulebook asks of a handover, one line a rule with its clause; for whoever wants to read it beforehand."""
    form, names = book.text(_FORM) or "交接记录", book.items(_FIELDS) or ()
    fields_zh = f"，须填：{'、'.join(names)}" if names else ""
    fields_en = f", with {', '.join(names)}" if names else ""
    steps = [
        Step(
            f"交接记入《{form}》{fields_zh}",
            f"It is written into 《{form}》{fields_en}",
            book.clause(_FIELDS),
        )
    ]
    early = book.duration(_EARLY)
    if early is not None and early.value:
        steps.append(
            Step(
                f"接班人提前 {early.text('zh')}到岗",
                f"The incoming person is there {early.text('en')} early",
                book.clause(_EARLY),
            )
        )
    if book.flag(_WAIT):
        steps.append(
            Step(
                "接班人到岗接班前，交班人不得离岗",
                "The outgoing person stays until the incoming one has taken over",
                book.clause(_WAIT),
            )
        )
    zh, en = titles(refused_goes_to(book), book)
    refusal = (
        Step(
            f"有未完事项或疑问未说明的，接班人可以拒绝接班，并上报{zh}",
            f"Where work or doubts are left without a clear answer, the incoming person may refuse; it goes to {en}",
            book.clause(_REFUSAL),
        )
        if book.flag(_REFUSAL)
        else Step("不得拒绝接班", "Nobody may refuse to take over", book.clause(_REFUSAL))
    )
    review = (
        Step(
            "双方签字，主管当日审阅签字",
            "Both sign, and the supervisor reviews it the same day",
            book.clause(_REVIEW),
        )
        if book.choice(_REVIEW) == "daily"
        else Step("双方签字，不要求主管审阅", "Both sign; no review is asked for", book.clause(_REVIEW))
    )
    rules = (*steps, refusal, review)
    last = lent_step((rule.clause for rule in rules if rule.clause), book)
    return rules if last is None else (*rules, last)

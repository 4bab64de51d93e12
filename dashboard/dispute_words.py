"""An objection in words: what it is about, where it stands, what was decided; on the agent's page and on that of those who decide."""

from __future__ import annotations

from datetime import datetime

from dashboard.formats import fmt_count, fmt_instant, fmt_time_left, plain
from dashboard.i18n import _, lang, name
from db.dispute_lists import state_of
from db.dispute_subjects import Subject
from db.models import Dispute

STATE_COLOURS = {
    "overdue": "red",
    "open": "blue",
    "accepted": "green",
    "rejected": "gray",
    "withdrawn": "gray",
}
STATE_SYMBOLS = {"overdue": "▲", "open": "○", "accepted": "✓", "rejected": "–", "withdrawn": "↩"}


def state_label(state: str) -> str:
    """A state with its symbol: "▲ 裁定逾期"."""
    return f"{STATE_SYMBOLS[state]} {name('dispute_state', state)}"


def state_labels() -> tuple[list[str], list[str]]:
    """Every state's label and its colour, for a column."""
    return [state_label(state) for state in STATE_COLOURS], list(STATE_COLOURS.values())


def state_badge(dispute: Dispute, now: datetime) -> str:
    """Markdown."""
    state = state_of(dispute, now)
    return f":{STATE_COLOURS[state]}-badge[{plain(state_label(state))}]"


def due_words(dispute: Dispute, now: datetime) -> str:
    """How long until it has to be decided, or when it was."""
    if dispute.state == "decided":
        return _("decided {at}", at=fmt_instant(dispute.decided_at))
    if dispute.state == "open" and dispute.due_at is not None:
        return _("decision due {at}: {left}", at=fmt_instant(dispute.due_at), left=fmt_time_left(dispute.due_at, now))  # fmt: skip
    return ""


def title_of(subject: Subject) -> str:
    """What was found, with its words, or the item and how it was answered."""
    if subject.criterion is not None:
        answer = answer_of(subject)
        title = subject.criterion.title(lang())
        return _("{item}: {answer}", item=title, answer=answer) if answer else title
    if not subject.category:
        return name("dispute_target", subject.kind)
    return found_words(subject.found, subject.category, subject.quote)


def found_words(kind: str, category: str, quote: str) -> str:
    """A finding: its category with the words, or that something was not said."""
    words = name("finding_category", category)
    if kind == "missing":
        return _("not said: {what}", what=words)
    return f"{words} “{quote}”" if quote else words


def answer_of(subject: Subject) -> str:
    """How the item was answered, in words; "" where it was not."""
    code = subject.said[0].answer if subject.said else ""
    return "" if subject.criterion is None or not code else answer_title(subject, code)


def answer_title(subject: Subject, code: str) -> str:
    """An answer to the item, in words."""
    levels = () if subject.criterion is None else subject.criterion.levels
    found = next((level.title(lang()) for level in levels if level.code == code), "")
    return found or (_("does not apply") if code == "na" else code)


def cost_of(subject: Subject) -> str:
    """What it takes off; "" where that is not one figure."""
    return f"−{_('{n} points', n=fmt_count(subject.points))}" if subject.points else ""


def clause_badges(subject: Subject) -> str:
    """Markdown."""
    return " ".join(f":gray-badge[{plain(clause)}]" for clause in subject.clauses[:4])

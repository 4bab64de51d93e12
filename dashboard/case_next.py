"""What must be done next on a case, and by when: read off its running clocks and its departments."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import streamlit as st

from dashboard.charts_time import STATE_SYMBOLS
from dashboard.complaint_lists import clock_state
from dashboard.formats import fmt_date, fmt_instant, fmt_time_left, plain, site_zone
from dashboard.i18n import N_, _, name
from db.models import Complaint
from regulations.departments import assignments_of

# The event that stops a clock: what is to be done about it.
ANSWERS_CLOCK = {
    "register": "registered",
    "forward": "forwarded",
    "leadership_submit": "submitted",
    "verify": "verified",
    "first_feedback": "first_feedback",
    "final_feedback": "final_feedback",
    "close": "closed",
    "investigation_report": "reported",
    "progress": "progress_contact",
    "incident_report": "incident_reported",
    "sign_off": "acknowledged",
    "rectification": "rectified",
}
_STAGE_ASKS = {"sent": "acknowledged", "signed": "returned", "rectified": "rectification_passed"}
_COLOURS = {"breached": "red", "due_soon": "orange", "on_hold": "gray"}
_VERBS = {
    "registered": N_("Enter it in the register"),
    "forwarded": N_("Forward to the responsible department"),
    "submitted": N_("Submit to leadership"),
    "verified": N_("Verify the facts"),
    "first_feedback": N_("Give the customer first feedback"),
    "final_feedback": N_("Give the customer the final answer"),
    "closed": N_("Close the case"),
    "reported": N_("File the investigation report"),
    "progress_contact": N_("Tell the customer how far it is"),
    "incident_reported": N_("File the incident report"),
    "acknowledged": N_("Get the signature of {department}"),
    "returned": N_("Get the answer of {department}"),
    "rectified": N_("See to it that {department} rectifies"),
    "rectification_passed": N_("Verify the rectification by {department}"),
}


@dataclass(frozen=True, slots=True)
class NextStep:
    """One thing to do: the event to record, for whom, and by when; `due_at` None where no limit runs."""

    kind: str
    department: str
    due_at: datetime | None
    state: str
    clauses: tuple[str, ...]

    @property
    def words(self) -> str:
        """What is to be done, as people say it."""
        return _(_VERBS[self.kind], department=self.department)


def next_steps(case: Complaint, at: datetime) -> list[NextStep]:
    """What must be done next, the most urgent first; nothing on a closed case but what outlives it."""
    steps: dict[tuple[str, str], NextStep] = {}
    for step in [*_from_clocks(case, at), *_from_departments(case, at), *_from_status(case)]:
        known = steps.get((step.kind, step.department))
        if known is None or (
            step.due_at is not None and (known.due_at is None or step.due_at < known.due_at)
        ):
            steps[(step.kind, step.department)] = step
    return sorted(
        steps.values(), key=lambda s: (s.due_at is None, s.due_at.timestamp() if s.due_at else 0, s.kind)
    )


def _from_clocks(case: Complaint, at: datetime) -> list[NextStep]:
    running = [c for c in case.clocks if c.met_at is None]
    last_contact = max((c.ordinal for c in running if c.clock == "progress"), default=0)
    return [
        NextStep(
            ANSWERS_CLOCK[c.clock], c.department, c.due_at, clock_state(c, at), tuple(map(str, c.clauses[:1]))
        )
        for c in running
        if c.clock in ANSWERS_CLOCK
        and (case.status != "closed" or c.clock == "rectification")
        and (c.clock != "progress" or c.ordinal == last_contact)  # a missed one cannot be made up for
    ]


def _from_departments(case: Complaint, at: datetime) -> list[NextStep]:
    """What a department owes although no clock runs on it: its signature, its answer, our verification."""
    steps = []
    today = at.astimezone(site_zone()).date()
    for stay in assignments_of(case.events):
        kind = _STAGE_ASKS.get(stay.stage)
        if kind is None or (case.status == "closed" and kind != "rectification_passed"):
            continue
        is_late = kind == "returned" and stay.answer_due_on is not None and stay.answer_due_on < today
        due_at = None
        if kind == "returned" and stay.answer_due_on is not None:
            due_at = datetime.combine(stay.answer_due_on, datetime.max.time(), site_zone()).replace(
                microsecond=0
            )
        clause = {"acknowledged": "A5.2", "returned": "A6.24"}.get(kind, "A6.27")
        steps.append(
            NextStep(kind, stay.department, due_at, "breached" if is_late else "on_track", (clause,))
        )
    return steps


def _from_status(case: Complaint) -> list[NextStep]:
    """An answered case waits for nothing but its closing."""
    if case.status != "answered" or any(stay.owes_answer for stay in assignments_of(case.events)):
        return []
    return [NextStep("closed", "", None, "on_track", ("A5.4",))]


def show_next_steps(
    case: Complaint, at: datetime, may_act: bool, on_choose: Callable[[str, str], None]
) -> None:
    """The list with a button each that opens the right form; without buttons for who only looks on."""
    steps = next_steps(case, at)
    if not steps:
        st.caption(plain(_("Nothing is owed on this case.")))
        return
    for place, step in enumerate(steps):
        colour = _COLOURS.get(step.state, "blue")
        symbol = STATE_SYMBOLS.get(step.state, "")
        clause = "".join(f" :blue-badge[{plain(clause)}]" for clause in step.clauses)
        due = _("no deadline")
        if step.due_at is not None:
            due = f"{_('due {at}', at=fmt_instant(step.due_at))} · {fmt_time_left(step.due_at, at)}"
            if step.kind == "returned":
                due = f"{_('due {at}', at=fmt_date(step.due_at.date()))} · {fmt_time_left(step.due_at, at)}"
        with st.container(
            horizontal=True, vertical_alignment="center", horizontal_alignment="distribute", gap="small"
        ):
            st.markdown(
                f":{colour}[{symbol}] **{plain(step.words)}**{clause}  \n:{colour}[:small[{plain(due)}]]",
                width="stretch",
            )
            if may_act:
                st.button(
                    _("Record"),
                    key=f"next:{place}:{step.kind}:{step.department}",
                    help=name("complaint_event", step.kind),
                    on_click=on_choose,
                    args=(step.kind, step.department),
                )

"""What can be recorded on a case, as people say it, and what of it is possible as the case stands."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from dashboard.i18n import N_, _
from db.models import Complaint
from regulations.access import Scope
from regulations.departments import Assignment, assignments_of


@dataclass(frozen=True, slots=True)
class Action:
    """One thing that can be recorded: the event's code, how people say it, and which fields its form asks for."""

    kind: str
    label: str
    fields: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        """The label in the viewer's language."""
        return _(self.label)


GROUPS: dict[str, tuple[str, tuple[Action, ...]]] = {
    "department": (
        N_("Department"),
        (
            Action("forwarded", N_("Assign to a department"), ("new_department", "due_on")),
            Action("acknowledged", N_("Department signed"), ("department", "signed_by")),
            Action(
                "returned",
                N_("Department answered"),
                ("department", "cause", "findings", "measures", "due_on"),
            ),
            Action("recalled", N_("Recall from department"), ("department",)),
            Action("rectification_ordered", N_("Order rectification"), ("department", "due_on")),
            Action("rectified", N_("Department rectified"), ("department",)),
            Action("rectification_passed", N_("Rectification sufficient"), ("department",)),
            Action("rectification_failed", N_("Rectification insufficient"), ("department", "due_on")),
        ),
    ),
    "customer": (
        N_("Customer"),
        (
            Action("first_feedback", N_("First feedback given")),
            Action("progress_contact", N_("Progress told")),
            Action("final_feedback", N_("Final answer given")),
            Action("waiting_customer", N_("Waiting for the customer")),
            Action("resumed", N_("Customer came back: resume")),
        ),
    ),
    "inquiry": (
        N_("Inquiry and leadership"),
        (
            Action("registered", N_("Registered in the register")),
            Action("submitted", N_("Submitted to leadership")),
            Action("instructed", N_("Leadership's instruction")),
            Action("verified", N_("Facts verified")),
            Action("investigated", N_("Investigation finished")),
            Action("reported", N_("Investigation report filed")),
            Action("incident", N_("Declare an incident")),
            Action("incident_reported", N_("Incident report filed")),
        ),
    ),
    "case": (
        N_("The case itself"),
        (
            Action("closed", N_("Close the case")),
            Action("reopened", N_("Reopen the case")),
            Action("upheld", N_("Upheld")),
            Action("not_upheld", N_("Not upheld")),
            Action("kind_changed", N_("Change level or category"), ("kind",)),
            Action("severity_changed", N_("Change severity"), ("severity",)),
            Action("handler", N_("Change handler"), ("handler",)),
            Action("note", N_("Note")),
        ),
    ),
}
GROUP_OF = {action.kind: code for code, (_label, actions) in GROUPS.items() for action in actions}
_STAGES: dict[str, Callable[[Assignment], bool]] = {
    "acknowledged": lambda a: a.stage == "sent",
    "returned": lambda a: a.owes_answer,
    "recalled": lambda a: a.owes_answer,
    "rectification_ordered": lambda a: a.recalled_at is None and not a.is_ordered and not a.is_sufficient,
    "rectified": lambda a: a.owes_rectification and a.stage != "rectified",
    "rectification_passed": lambda a: a.stage == "rectified",
    "rectification_failed": lambda a: a.owes_rectification,
}


def departments_for(kind: str, case: Complaint) -> list[str]:
    """The departments that can have done this."""
    wanted = _STAGES[kind]
    latest = {stay.department: stay for stay in assignments_of(case.events)}
    return [department for department, stay in latest.items() if wanted(stay)]


def possible(case: Complaint, scope: Scope) -> dict[str, list[Action]]:
    """What this viewer can record on the case as it stands, by group; empty groups are left out."""
    if not scope.may("complaints.act"):
        instructs = scope.may("escalations.answer") and case.status != "closed"
        found = [a for a in GROUPS["inquiry"][1] if a.kind == "instructed"] if instructs else []
        return {"inquiry": found} if found else {}
    by_group = {
        code: [action for action in actions if _is_possible(action.kind, case)]
        for code, (_label, actions) in GROUPS.items()
    }
    return {code: actions for code, actions in by_group.items() if actions}


def _is_possible(kind: str, case: Complaint) -> bool:
    if kind in _STAGES and not departments_for(kind, case):
        return False
    if case.status == "closed":
        return kind in ("reopened", "note", "rectified", "rectification_passed", "rectification_failed")
    last = [
        e.kind for e in case.events if e.kind in ("waiting_customer", "resumed", "reopened", "final_feedback")
    ]
    is_waiting = bool(last) and last[-1] == "waiting_customer"
    return {
        "reopened": case.status == "answered",
        "resumed": is_waiting,
        "waiting_customer": not is_waiting,
        "incident": not case.is_incident,
        "incident_reported": case.is_incident,
        "registered": any(c.clock == "register" and c.met_at is None for c in case.clocks),
        "upheld": case.upheld != "yes",
        "not_upheld": case.upheld != "no",
    }.get(kind, True)

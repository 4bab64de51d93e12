"""The departments that have or had a case: sent, signed, answered, rectify by, verified; and what they wrote."""

from __future__ import annotations

import re
from datetime import datetime

import streamlit as st

from dashboard.components import empty, section
from dashboard.formats import NOTHING, fmt_date, fmt_instant, plain, site_zone
from dashboard.i18n import N_, _, name
from dashboard.reads import person
from db.models import Complaint, DepartmentAssignment
from regulations.departments import Assignment, assignments_of

_STAGES = {
    "sent": (N_("Not signed for"), "orange"),
    "signed": (N_("Being investigated"), "blue"),
    "answered": (N_("Answered"), "green"),
    "rectifying": (N_("Rectifying"), "blue"),
    "rectified": (N_("To be verified"), "orange"),
    "failed": (N_("Found wanting"), "red"),
    "done": (N_("Rectified and verified"), "green"),
    "recalled": (N_("Recalled"), "gray"),
}


def show_departments(case: Complaint, at: datetime) -> None:
    """One row for each stay with a department, then its words."""
    section(_("Departments"))
    stays = assignments_of(case.events)
    if not stays:
        empty(
            _("No department has this case"),
            _("Forward it to the responsible one; it signs, answers, and rectifies what is its fault."),
            icon="apartment",
        )
        return
    rows = {(row.department, row.sent_at): row for row in case.assignments}
    heads = (
        _("Department"),
        _("Stage"),
        _("Sent"),
        _("Signed"),
        _("Answered"),
        _("Rectify by"),
        _("Verified"),
    )
    lines = ["| " + " | ".join(plain(head) for head in heads) + " |", "|" + "---|" * len(heads)]
    lines += [_row(stay, rows.get((stay.department, stay.sent_at)), at) for stay in stays]
    st.markdown("\n".join(lines))
    told = [rows[key] for key in rows if rows[key].findings or rows[key].measures]
    if told:
        with st.container(border=True, gap="small"):
            for row in told:
                _words(row)


def _row(stay: Assignment, row: DepartmentAssignment | None, at: datetime) -> str:
    stage, colour = _STAGES[stay.stage]
    today = at.astimezone(site_zone()).date()
    signed = fmt_instant(stay.signed_at)
    if stay.signed_by:
        signed += f" {stay.signed_by}"
    answered = fmt_instant(stay.returned_at)
    if stay.returned_at is None and stay.recalled_at is not None:
        answered = _("recalled {at}", at=fmt_instant(stay.recalled_at))
    elif stay.returned_at is None and stay.answer_due_on is not None:
        answered = _("by {on}", on=fmt_date(stay.answer_due_on))
    by = (
        fmt_date(stay.rectify_due_on) if stay.rectify_due_on else _("no date") if stay.is_ordered else NOTHING
    )
    is_late = (
        stay.owes_rectification
        and stay.rectified_at is None
        and stay.rectify_due_on is not None
        and stay.rectify_due_on < today
    )
    verified = NOTHING
    if stay.verified_at is not None and stay.is_sufficient is not None:
        found = _("sufficient") if stay.is_sufficient else _("insufficient")
        verified = f"{fmt_instant(stay.verified_at)} {found} {person(row.verified_by) if row else ''}".strip()
    elif stay.rectified_at is not None:
        verified = _("reported {at}", at=fmt_instant(stay.rectified_at))
    cells = [
        plain(stay.department),
        f":{colour}[{plain(_(stage))}]",
        plain(fmt_instant(stay.sent_at)),
        plain(signed),
    ]
    cells += [plain(answered), f":red[{plain(by)} ▲]" if is_late else plain(by), plain(verified)]
    return "| " + " | ".join(_unbroken(cell) for cell in cells) + " |"


def _unbroken(cell: str) -> str:
    """A cell of a Markdown table: its bars are text, and a date does not break at a line's end."""
    whole = re.sub(r"(\d{4})\\?-(\d\d)\\?-(\d\d)(?: (\d\d\\?:\d\d))?", _date, cell)
    return whole.replace("|", "\\|").replace("\\\\|", "\\|")


def _date(found: re.Match[str]) -> str:
    day, at = "\u2011".join(found.group(1, 2, 3)), found.group(4)
    return f"{day}\u00a0{at}" if at else day


def _words(row: DepartmentAssignment) -> None:
    who, found, done = st.columns([1, 2, 2])
    who.markdown(f"**{plain(row.department)}**  \n:gray[:small[{plain(name('complaint_cause', row.cause))}]]")
    found.markdown(f":gray[:small[{plain(_('Findings'))}]]  \n{plain(row.findings)}")
    if row.measures:
        title = _("Measures") if row.cause == "own_fault" else _("Suggestions")
        done.markdown(f":gray[:small[{plain(title)}]]  \n{plain(row.measures)}")

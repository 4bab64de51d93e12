"""What is particular to leave: the balance, evidence with its deadline, the chain of amendments."""

from __future__ import annotations

from decimal import Decimal

import streamlit as st

from dashboard.components import explanation
from dashboard.formats import fmt_date, fmt_instant, plain
from dashboard.i18n import _, name
from dashboard.reads import open_session, person, rulebook, today
from dashboard.request_check import Check
from dashboard.request_kinds import fmt_span, state_name
from dashboard.request_leave_days import with_hours
from db import leave, leave_balances
from db.models import Leave
from db.requests import get_request
from regulations.access import Scope
from regulations.leave import LeaveRuling, is_account_type


def show_facts(scope: Scope, row: Leave, check: Check) -> None:
    """Who filed it and how, what the account holds, and the evidence that is owed."""
    said = []
    if row.proxy:
        said.append(_("asked for by {who} in the person's place", who=row.proxy))
    if row.told_at is not None:
        said.append(_("told by telephone at {at}", at=fmt_instant(row.told_at)))
    if row.is_emergency and leave.may_read_reason(scope, row):
        said.append(_("treated at once, as an emergency"))
    if row.exceptions:
        said.append(_("approved as an exception from {clauses}", clauses=" ".join(map(str, row.exceptions))))
    for one in said:
        st.caption(plain(one))
    if isinstance(check, LeaveRuling):
        show_balance(scope, row, check)
        if row.status in ("requested", "approved"):
            _evidence(scope, row, check)


def show_balance(scope: Scope, row: Leave, check: LeaveRuling) -> None:
    """What the account holds, what this takes while it waits, what it took once approved; nothing without an account."""
    if not is_account_type(row.type, rulebook()) or row.status not in ("requested", "approved"):
        return
    on = check.first_on or today()
    amended = () if row.amends_id is None else (row.amends_id,)
    with open_session() as session:
        if row.status == "requested":
            held = leave_balances.available(session, row.agent_id, row.type, on, leave_out=amended)
            taken, left = check.charged_days, held - check.charged_days
            first = _("may be taken from {day} on", day=fmt_date(on))
        else:
            left = leave_balances.balance(session, scope, row.agent_id, row.type, on)
            taken = -leave_balances.taken_by(session, row.id)
            held = left + taken
            first = _("on {day} without this leave", day=fmt_date(on))
    st.markdown(f"**{plain(_('Balance of {leave}', leave=name('leave_type', row.type)))}**")
    lines = (
        (first, held),
        (_("this request") if row.status == "requested" else _("taken by this leave"), -taken),
        (_("left"), left),
    )
    colour = "red" if left < 0 else "green"
    st.markdown(
        "\n".join(
            f"- {plain(label)}: {_days(row.type, days, colour if label == lines[-1][0] else '')}"
            for label, days in lines
        )
    )
    if check.charged_steps and row.status == "requested":
        with st.expander(_("How the days were counted")):
            explanation(check.charged_steps)


def _days(type_: str, days: Decimal, colour: str) -> str:
    text = plain(with_hours(type_, days))
    return f":{colour}[{text}]" if colour else text


def _evidence(scope: Scope, row: Leave, check: LeaveRuling) -> None:
    if not leave.may_read_reason(scope, row):
        return
    lines = []
    if check.certificate_due_on is not None:
        due = fmt_date(check.certificate_due_on)
        if row.slip_received_on is not None:
            lines.append(
                (":green[:material/check:]", _("slip received on {day}", day=fmt_date(row.slip_received_on)))
            )
        elif today() > check.certificate_due_on:
            lines.append((":red[:material/warning:]", _("slip overdue since {day}", day=due)))
        else:
            lines.append((":orange[:material/pending:]", _("slip due on {day}", day=due)))
    if row.certificate_from_on is not None:
        span = _(
            "{first} to {last}", first=fmt_date(row.certificate_from_on), last=fmt_date(row.certificate_to_on)
        )
        lines.append((":green[:material/check:]", _("certificate for {span}", span=span)))
    if check.report_back_by is not None and row.status == "approved":
        lines.append(_back(row, check))
    if lines:
        st.markdown(f"**{plain(_('Evidence and reporting back'))}**")
        st.markdown("\n".join(f"- {sign} {plain(text)}" for sign, text in lines))
    owes_slip = check.certificate_due_on is not None and row.slip_received_on is None
    if owes_slip and not scope.may("requests.decide"):
        st.caption(plain(_("Hand the slip to whoever is in charge of your shift: they record it here.")))


def _back(row: Leave, check: LeaveRuling) -> tuple[str, str]:
    if row.returned_at is not None:
        return ":green[:material/check:]", _("reported back at {at}", at=fmt_instant(row.returned_at))
    by = fmt_date(check.report_back_by)
    if check.report_back_by is not None and today() > check.report_back_by:
        return ":red[:material/warning:]", _("not reported back, due by {day}", day=by)
    return ":orange[:material/pending:]", _("reports back by {day}", day=by)


def show_chain(scope: Scope, row: Leave) -> None:
    """The earlier versions of an amended request, the latest first."""
    before_id, lines = row.amends_id, list[str]()
    with open_session() as session:
        while before_id is not None and len(lines) < 20:
            try:
                before = get_request(session, scope, "leave", before_id)
            except LookupError:
                break
            assert isinstance(before, Leave)
            said = [fmt_span(before.starts_at, before.ends_at), state_name("leave", before.status)]
            said.append(
                _("asked for by {who} on {at}", who=person(before.filed_by), at=fmt_instant(before.filed_at))
            )
            lines.append("- " + plain(" · ".join(said)))
            before_id = before.amends_id
    if lines:
        st.markdown(f"**{plain(_('Takes the place of'))}**")
        st.markdown("\n".join(lines))

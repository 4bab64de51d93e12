"""The first screen of Complaints: how often we were late, why, whose it is, whether it gets better; and more figures."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from functools import partial

import pandas as pd
import streamlit as st

from dashboard import charts, complaint_lists, complaint_reasons
from dashboard.charts import Shown
from dashboard.complaint_drill import OPEN_OVERDUE, drill, open_drill
from dashboard.complaint_filters import CaseFilters
from dashboard.components import Filters, figure_card
from dashboard.filters import EARLIEST
from dashboard.formats import NOTHING, fmt_count, fmt_rate, plain
from dashboard.i18n import _, sentences
from dashboard.reads import Where, figure, figures_by, today, work_calendar
from db.metrics import Figure
from regulations.access import Scope

ALL_CLOCKS = complaint_lists.ALL_CLOCKS
RECEIVED = "complaint.received"
CARDS = (RECEIVED, "complaint.final_feedback_hours", "complaint.reopen_rate", "complaint.repeat_share", "complaint.upheld_share")  # fmt: skip
Show = Callable[[Shown, str, Callable[[dict[str, object]], None]], None]


def show_headline(scope: Scope, chosen: Filters, filters: CaseFilters, show: Show) -> None:
    """How often we were late, why, whose it is, and whether it is getting better."""
    now_, before = _of(scope, ALL_CLOCKS, chosen, filters.where)
    st.markdown(f"**{plain(late_sentence(now_, before, chosen))}**")
    left, middle, right = st.columns([5, 8, 10])
    with left:
        figure_card(
            now_,
            before,
            on_open=partial(open_drill, drill(ALL_CLOCKS, "rest")) if now_.rest else None,
            link_label=_("Show the {n} missed", n=fmt_count(now_.rest)),
            note="" if now_.rest or not now_.denominator else _("None was missed."),
        )
        overdue = figure(scope, OPEN_OVERDUE, EARLIEST, today(), chosen.team_id, filters.where)
        figure_card(
            overdue,
            label=_("Open and overdue now"),
            on_open=partial(open_drill, drill(OPEN_OVERDUE)) if overdue.numerator else None,
            note=_("as of now, whatever the period"),
        )
    with middle, st.container(border=True, height="stretch", gap="xxsmall"):
        _reasons(scope, chosen, filters)
    with right, st.container(border=True, height="stretch", gap="xsmall"):
        _trend(scope, chosen, filters, show)


def _of(scope: Scope, key: str, chosen: Filters, where: Where) -> tuple[Figure, Figure]:
    """The figure of the period and the one to compare it with."""
    return (
        figure(scope, key, chosen.from_on, chosen.to_on, chosen.team_id, where),
        figure(scope, key, *chosen.previous(), chosen.team_id, where),
    )


def late_sentence(now_: Figure, before: Figure, chosen: Filters) -> str:
    """How many of the deadlines were missed, and how that compares."""
    if now_.value is None:
        return _("No deadline fell due in this period.")
    parts = [
        _(
            "{late} of {due} deadlines were missed ({share}).",
            late=fmt_count(now_.rest),
            due=fmt_count(now_.denominator),
            share=fmt_rate(100 - now_.value),
        )
    ]
    if before.value is not None:
        first, last = chosen.previous()
        was = fmt_rate(100 - before.value)
        change = round(now_.value - before.value, 1)
        span = {"first": first.isoformat(), "last": last.isoformat()}
        if change > 0:
            parts.append(_("Better than {first} to {last}: {was} then.", was=was, **span))
        elif change < 0:
            parts.append(_("Worse than {first} to {last}: {was} then.", was=was, **span))
        else:
            parts.append(_("As in {first} to {last}.", **span))
    return sentences(*parts)


def _reasons(scope: Scope, chosen: Filters, filters: CaseFilters) -> None:
    """Where most deadlines were missed, and whose they are: by team where there are several, else by person."""
    st.markdown(f":small[{plain(_('Where most deadlines were missed'))}]")
    reasons = complaint_reasons.worst_reasons(scope, chosen, filters, most=4)
    if not reasons:
        st.caption(_("None was missed in this period."))
        return
    for reason in reasons:
        _line(
            f"{reason.step_name} · {reason.department_name}",
            reason.late,
            reason.due,
            f"reason:{reason.clock}:{reason.department}",
            {"clock": reason.clock, "department": reason.department},
        )
    many = complaint_reasons.most_late(scope, chosen, filters, "team")
    by = "team" if len(many) > 1 else "handler"
    title = _("Whose they are: by team") if by == "team" else _("Whose they are: by who has the case now")
    st.markdown(f":small[{plain(title)}]")
    for code, called, late, due in many if by == "team" else complaint_reasons.most_late(scope, chosen, filters, by):  # fmt: skip
        _line(called, late, due, f"whose:{by}:{code}", {by: code})
    st.caption(_("Missed of fallen due. Whose a case is says nothing about fault."))


def _line(called: str, late: int, due: int, key: str, groups: dict[str, str]) -> None:
    share = fmt_rate(100 * late / due, 0)
    counts = _("{late} of {due}, {share}", late=fmt_count(late), due=fmt_count(due), share=share)
    st.button(
        f"**{plain(called)}**  {plain(counts)}",
        icon=":material/list:",
        type="tertiary",
        on_click=open_drill,
        args=(drill(ALL_CLOCKS, "rest", **groups),),
        key=key,
    )


def _trend(scope: Scope, chosen: Filters, filters: CaseFilters, show: Show) -> None:
    first = complaint_lists.trend_start(chosen.to_on)
    months = figures_by(scope, ALL_CLOCKS, first, chosen.to_on, "month", chosen.team_id, filters.where)
    frame = pd.DataFrame(
        [
            {"month": code, "numerator": f.numerator, "denominator": f.denominator, "value": f.value}
            for code, _n, f in months
        ],
        columns=["month", "numerator", "denominator", "value"],
    )
    target = next((f.target for _code, _name, f in months if f.target is not None), None)
    st.markdown(f":small[{plain(_('Deadlines kept, month by month'))}]")
    if frame["value"].isna().all():
        st.caption(_("The trend begins with the first deadline that falls due."))
        return
    show(charts.rate_trend(frame, target, height=270), "trend", _month_clicked)


def _month_clicked(mark: dict[str, object]) -> None:
    open_drill(drill(ALL_CLOCKS, "rest", month=str(mark["month"])))


def show_cards(scope: Scope, chosen: Filters, filters: CaseFilters) -> None:
    """More figures side by side, each with what it is compared with and the way down."""
    columns = st.columns(len(CARDS))
    for column, key in zip(columns, CARDS, strict=True):
        with column:
            now_, before = _of(scope, key, chosen, filters.where)
            _card(scope, now_, before, chosen)


def _card(scope: Scope, now_: Figure, before: Figure, chosen: Filters) -> None:
    if now_.unit == "percent":
        note = _("None of them.") if now_.denominator and not now_.numerator else ""
        on_open = partial(open_drill, drill(now_.key, "counts")) if now_.numerator else None
        figure_card(now_, before, on_open=on_open, note=note)
    else:
        on_open = partial(open_drill, drill(now_.key)) if now_.denominator or now_.numerator else None
        if now_.unit != "count":
            figure_card(now_, before, on_open=on_open)
            return
        begun = complaint_lists.records_begin(scope, chosen.team_id)
        is_known = begun is not None and begun <= chosen.previous()[0]
        note = received_note(now_, before if is_known else None, chosen)
        figure_card(now_, before if is_known else None, on_open=on_open, note=note)


def received_note(now_: Figure, before: Figure | None, chosen: Filters) -> str:
    """What the number received is compared with: the period before, and for each working day; a month of holidays
    has fewer complaints without being better. `before` is None where the records do not reach back that far.
    """
    days = working_days(chosen.from_on, chosen.to_on)
    each = fmt_count(round(now_.numerator / days, 1)) if days else NOTHING
    if before is None:
        said = _("The records do not reach back to an earlier period.")
        return sentences(_("{n} a working day.", n=each), said) if days else said
    first, last = chosen.previous()
    written = "%m-%d" if first.year == chosen.to_on.year else "%Y-%m-%d"
    said = _("{n} from {first} to {last}.", n=fmt_count(before.numerator), first=f"{first:{written}}", last=f"{last:{written}}")  # fmt: skip
    days_before = working_days(first, last)
    if not days or not days_before:
        return said
    each_before = fmt_count(round(before.numerator / days_before, 1))
    return sentences(said, _("{n} a working day, {m} then.", n=each, m=each_before))


def working_days(first: date, last: date) -> int:
    """The working days of a period, make-up days among them, both ends included."""
    calendar = work_calendar()
    return sum(calendar.is_working_day(first + timedelta(days=n)) for n in range((last - first).days + 1))

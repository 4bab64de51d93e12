"""One survey form, and recording one: from an order, a callback or a case, or by hand."""

from __future__ import annotations

from datetime import timedelta

import streamlit as st
from sqlalchemy.orm import Session

from dashboard import navigation
from dashboard.auth import require
from dashboard.components import refusal, show_flash
from dashboard.formats import NOTHING, fmt_count, fmt_instant, plain, site_zone
from dashboard.i18n import _, lang
from dashboard.reads import forget, now, open_session, rulebook
from db import callbacks, complaints, people, surveys, work_orders
from db.models import Callback, Complaint, WorkOrder
from db.refusals import Refused
from regulations import surveys as rules
from regulations.access import AccessRefused, Scope

_FLASH = "survey_flash"
ABOUT = "about"  # in the address: what the form to be recorded is about


def show_form(scope: Scope, number: str) -> None:
    """The form that was clicked: its grades with their points, the comment, and what it is about."""
    try:
        with open_session() as session:
            form = surveys.get_form(session, scope, number)
    except LookupError:
        refusal(
            _("There is no such survey form"),
            _("No form in your teams has this number. It may belong to another team."),
            icon="search_off",
        )
        return
    first = form.first
    with st.container(border=True, key="form"):
        head, close = st.columns([6, 1], vertical_alignment="center")
        mean = NOTHING if form.mean is None else fmt_count(round(form.mean, 1))
        head.markdown(f"#### {plain(form.number)} · {plain(_('{n} points', n=mean))}")
        close.button(_("Close"), icon=":material/close:", on_click=_close, key="form_close")
        st.caption(
            plain(
                _(
                    "{person} · {team} · answered {at}",
                    person=first.agent.name,
                    team=first.team.name,
                    at=fmt_instant(first.answered_at),
                )
            )
        )
        for column, answer in zip(st.columns(len(form.answers)), form.answers, strict=True):
            points = NOTHING if answer.points is None else fmt_count(answer.points)
            column.metric(answer.dimension, answer.grade, help=plain(_("{n} points", n=points)))
        st.markdown(f"**{plain(_('Comment'))}**  \n{plain(first.comment or NOTHING)}")
        _links(scope, form)


def _links(scope: Scope, form: surveys.Form) -> None:
    first = form.first
    with st.container(horizontal=True):
        if first.work_order is not None and navigation.may_open(scope, "repairs"):
            number = first.work_order.number
            navigation.link(
                "repairs",
                _("Work order {number}", number=number),
                ":material/home_repair_service:",
                order=number,
            )
        if first.callback is not None and navigation.may_open(scope, "callbacks"):
            number = first.callback.number
            navigation.link(
                "callbacks",
                _("Callback {number}", number=number),
                ":material/phone_callback:",
                callback=number,
            )
        if first.complaint is not None and navigation.may_open(scope, "case"):
            number = first.complaint.number
            navigation.link("case", _("Case {number}", number=number), ":material/description:", case=number)


def _close() -> None:
    if "form" in st.query_params:
        del st.query_params["form"]


def show_recording(scope: Scope) -> None:
    """The form to be filled in; open at once when the address says what it is about."""
    book, about = rulebook(), st.query_params.get(ABOUT, "")
    dimensions, grades = rules.dimensions(book), rules.grades(book)
    if not dimensions or not grades:
        st.caption(plain(_("The rulebook in force has no survey.")))
        return
    if about and "survey_about" not in st.session_state:
        st.session_state["survey_about"] = about
    with open_session() as session:
        agents = {
            agent.number: f"{agent.name} ({agent.number}) · {agent.team.name}"
            for agent in people.list_agents(session, scope)
        }
    with (
        st.expander(_("Record a survey form"), expanded=bool(about), icon=":material/rate_review:"),
        st.form("survey", border=False),
    ):
        _say_graded(scope, about)
        first, second = st.columns(2)
        first.text_input(
            _("Number of the work order, callback or case it is about"), key="survey_about", max_chars=40
        )
        second.selectbox(
            _("Whose service is graded"),
            list(agents),
            index=None,
            format_func=lambda number: agents[number],
            key="survey_agent",
            placeholder=_("who was in charge of it"),
        )
        for column, (place, dimension) in zip(
            st.columns(len(dimensions)), enumerate(dimensions), strict=True
        ):
            column.radio(dimension, list(grades), index=None, key=f"survey_grade_{place}")
        st.text_area(_("Comment"), key="survey_comment", max_chars=4000, height=80)
        first, second = st.columns(2)
        local_now = now().astimezone(site_zone()).replace(tzinfo=None, second=0, microsecond=0)
        first.datetime_input(
            _("When the customer answered (leave empty for now)"),
            value=None,
            max_value=local_now,
            step=timedelta(minutes=1),
            format="YYYY-MM-DD",
            key="survey_at",
        )
        second.text_input(_("Number on the paper form, if it has one"), key="survey_number", max_chars=40)
        st.form_submit_button(
            _("Record the form"),
            type="primary",
            icon=":material/task_alt:",
            on_click=_record,
            args=(dimensions,),
        )


def _say_graded(scope: Scope, about: str) -> None:
    """One form for each service: say so before it is filled in, not after."""
    if not about:
        return
    try:
        with open_session() as session:
            found = find_about(session, scope, about)
            order, callback = found.get("work_order"), found.get("callback")
            graded = surveys.find_form_about(
                session,
                work_order_id=order.id if order else None,
                callback_id=callback.id if callback else None,
            )
    except Refused as refused:
        st.caption(f":material/error: {plain(refused.text(lang()))}")
        return
    if graded is not None:
        st.caption(f":material/info: {plain(_('This service is graded already.'))}")
        navigation.link("survey", graded, ":material/rate_review:", form=graded)


def _record(dimensions: tuple[str, ...]) -> None:
    scope, state, moment = require("surveys.record"), st.session_state, now()
    answers = {
        dimension: state[f"survey_grade_{place}"]
        for place, dimension in enumerate(dimensions)
        if state.get(f"survey_grade_{place}")
    }
    answered = state.get("survey_at")
    try:
        with open_session() as session:
            about = find_about(session, scope, state.get("survey_about", ""))
            number = state.get("survey_agent")
            form = surveys.record_form(
                session,
                scope,
                answers=answers,
                answered_at=moment if answered is None else answered.replace(tzinfo=site_zone()),
                book=rulebook(),
                now=moment,
                number=state.get("survey_number", ""),
                agent=people.get_agent(session, scope, number) if number else None,
                comment=state.get("survey_comment", ""),
                **about,  # type: ignore[arg-type]
            )
    except Refused as refused:
        state[_FLASH] = ("warning", refused.text(lang()))
    except (AccessRefused, LookupError):
        state[_FLASH] = ("warning", _("You may not record forms about this."))
    else:
        for place in range(len(dimensions)):
            state[f"survey_grade_{place}"] = None
        state["survey_about"] = state["survey_comment"] = state["survey_number"] = ""
        state["survey_agent"] = state["survey_at"] = None
        if ABOUT in st.query_params:
            del st.query_params[ABOUT]
        state[_FLASH] = ("done", _("Recorded: {number}.", number=form.number))
        st.query_params["form"] = form.number
    forget()


def find_about(
    session: Session, scope: Scope, number: str
) -> dict[str, WorkOrder | Callback | Complaint | None]:
    """What a number stands for: an order, a callback or a case. Raises Refused when it is none of these."""
    if not number.strip():
        return {}
    for kind, get in (
        ("work_order", work_orders.get_order),
        ("callback", callbacks.get_callback),
        ("complaint", complaints.get_complaint),
    ):
        try:
            return {kind: get(session, scope, number)}
        except LookupError:
            continue
    raise Refused(
        f"没有编号为“{number.strip()[:40]}”的维修单、回访或投诉。",
        f"there is no work order, callback or case {number.strip()[:40]!r}",
    )


def flash() -> None:
    """Say once what came of the recording."""
    show_flash(_FLASH)

"""One finding with its explanation, and a reviewer's decision on it."""

from __future__ import annotations

import streamlit as st

from dashboard.components import explanation
from dashboard.conversation import clock_text, play_from
from dashboard.desk import now, open_session
from dashboard.formats import fmt_count, fmt_instant, plain
from dashboard.i18n import _, lang, name
from dashboard.quality_lists import SEVERITY_COLOURS, severity_label
from dashboard.reads import forget
from db import quality
from db.models import Finding
from db.quality import FLAGS, Decision, ReviewRefused
from regulations.access import AccessRefused, Scope

_FLASH = "review_flash"
_PLAY = "play_from"
MAX_REASON = 500


def show_finding(number: int, finding: Finding, scope: Scope, *, can_play: bool) -> None:
    """What was found, where, why, how grave; the decisions so far; and for QA the two ways to decide."""
    with st.container(border=True, gap="xsmall", key=f"finding_{finding.id}"):
        _title(number, finding)
        if finding.quote:
            st.markdown(f"“{plain(finding.quote)}”")
        _decisions(finding)
        with st.container(horizontal=True, gap="small"):
            _play_button(finding, can_play)
            if scope.may("quality.review"):
                _decide(finding)
        with st.expander(_("Why"), expanded=finding.verdict == "absent"):
            explanation(finding.steps)


def _title(number: int, finding: Finding) -> None:
    colour = SEVERITY_COLOURS.get(finding.severity, "gray")
    badges = [
        f":blue-badge[{plain(name('finding_category', finding.category))}]",
        f":{colour}-badge[{plain(severity_label(finding.severity))}]",
        *(f":gray-badge[{plain(clause)}]" for clause in finding.clauses),
    ]
    verdict = name("finding_verdict", finding.verdict)
    if finding.points and finding.verdict in FLAGS:
        cost = _("{n} points", n=fmt_count(finding.points))
        verdict = f"{verdict} · −{cost}"
    kind = name("finding_kind", finding.kind)
    st.markdown(f"**{number}. {plain(kind)}** {' '.join(badges)}  \n{plain(verdict)}")


def _play_button(finding: Finding, can_play: bool) -> None:
    if not can_play or finding.start_seconds is None:
        return
    start = play_from(finding.start_seconds)
    st.button(
        _("Hear from {at}", at=clock_text(start)),
        key=f"hear_{finding.id}",
        icon=":material/play_arrow:",
        on_click=play,
        args=(start,),
    )


def play(start_seconds: int) -> None:
    """Ask the player of this page to play from here; asked twice, it starts twice."""
    _before, times = st.session_state.get(_PLAY, (0, 0))
    st.session_state[_PLAY] = (start_seconds, times + 1)


def wanted_place(call_id: str) -> tuple[int, int]:
    """Where the player shall start, and how often it was asked to; nothing is carried to another call."""
    if st.session_state.get("play_call") != call_id:
        st.session_state["play_call"] = call_id
        st.session_state[_PLAY] = (0, 0)
    start, times = st.session_state.get(_PLAY, (0, 0))
    return int(start), int(times)


def _decisions(finding: Finding) -> None:
    if not finding.reviews:
        if finding.verdict in FLAGS:
            st.caption(_("Nobody has reviewed this yet."))
        return
    for review in reversed(finding.reviews):
        is_good = review.decision == "confirmed"
        icon = ":material/gavel:" if is_good else ":material/undo:"
        words = f"{icon} **{plain(name('review_decision', review.decision))}**"
        reviewer = review.user.display_name if review.user else review.reviewer
        words += f" · {plain(reviewer)} · {plain(fmt_instant(review.at))}"
        st.markdown(words + (f"  \n{plain(review.reason)}" if review.reason else ""))


def _decide(finding: Finding) -> None:
    st.button(
        _("Confirm"),
        key=f"confirm_{finding.id}",
        icon=":material/check:",
        disabled=finding.decision == "confirmed",
        on_click=_take,
        args=(finding.id, "confirmed"),
    )
    # A form, so that the reason and the click arrive together: a rerun in between would close the popover.
    with (
        st.popover(_("Overturn"), icon=":material/undo:", disabled=finding.decision == "overturned"),
        st.form(f"overturning_{finding.id}", border=False),
    ):
        st.text_area(
            _("Why it does not hold"),
            key=f"reason_{finding.id}",
            max_chars=MAX_REASON,
            placeholder=_("what was really said, or why it was right here"),
        )
        st.form_submit_button(
            _("Overturn with this reason"),
            key=f"overturn_{finding.id}",
            type="primary",
            on_click=_take,
            args=(finding.id, "overturned"),
        )


def _take(finding_id: int, decision: Decision) -> None:
    """Runs before the page is made again."""
    from dashboard.auth import require  # asked anew: the sign-in may have ended while the page stood open

    scope = require("quality.review")
    reason = str(st.session_state.get(f"reason_{finding_id}") or "") if decision == "overturned" else ""
    try:
        with open_session() as session:
            quality.decide(session, scope, finding_id, decision, reason, now=now())
    except ReviewRefused as refused:
        st.session_state[_FLASH] = ("warning", refused.text(lang()))
    except (AccessRefused, LookupError):
        st.session_state[_FLASH] = ("warning", _("You may not decide on this finding."))
    else:
        st.session_state[_FLASH] = (
            "done",
            _("Decided: {decision}", decision=name("review_decision", decision)),
        )
    forget()


def flash(kind: str, text: str) -> None:
    """What the page shall say when it is made again: `done` or `warning`."""
    st.session_state[_FLASH] = (kind, text)


def show_flash() -> None:
    """What became of the last decision."""
    kind, text = st.session_state.pop(_FLASH, ("", ""))
    if kind == "done":
        st.success(plain(text), icon=":material/check_circle:")
    elif kind == "warning":
        st.warning(plain(text), icon=":material/error:")

"""One finding with its explanation, and a reviewer's decision on it."""

from __future__ import annotations

import streamlit as st

from dashboard.components import explanation
from dashboard.components import show_flash as show_message
from dashboard.conversation import clock_text, marked, play_from
from dashboard.desk import now, open_session
from dashboard.formats import fmt_count, fmt_instant, plain
from dashboard.i18n import _, lang, name
from dashboard.player import Player, play_button
from dashboard.quality_lists import SEVERITY_COLOURS, severity_label
from dashboard.reads import forget
from db import reviews
from db.models import Finding
from db.quality import FLAGS, Decision
from db.refusals import Refused
from regulations.access import AccessRefused

_FLASH = "review_flash"
MAX_REASON = 500


def show_finding(
    number: int,
    finding: Finding,
    player: Player | None,
    sentence: str = "",
    *,
    may_decide: bool,
) -> None:
    """What was found, in the sentence it was said in, why, how grave; the decisions so far; for who may the two ways to decide."""
    with st.container(border=True, gap="xsmall", key=f"finding_{finding.id}"):
        show_title(number, finding, sentence)
        show_decisions(finding)
        with st.container(horizontal=True, gap="small"):
            _play_button(finding, player)
            if may_decide:
                _decide(finding)
            with st.popover(_("Why"), icon=":material/help:", type="tertiary"):
                explanation(finding.steps)


def show_title(number: int, finding: Finding, sentence: str) -> None:
    """What was found, how grave, what it costs, by which clause, and the words it was said in."""
    colour = SEVERITY_COLOURS.get(finding.severity, "gray")
    category = plain(name("finding_category", finding.category))
    is_flag = finding.verdict in FLAGS or finding.decision == "confirmed"
    badges = [
        # Where it is open whether it is one at all, the word for how grave it would be says too much.
        f":{colour}-badge[{plain(severity_label(finding.severity))}]"
        if is_flag
        else f":blue-badge[{plain(_found_by(finding))}]",
        *(f":gray-badge[{plain(clause)}]" for clause in finding.clauses),
    ]
    kind = plain(name("finding_kind", finding.kind))
    cost = ""
    points = finding.stake if finding.decision == "confirmed" else finding.points
    if finding.decision == "overturned":
        cost = ""
    elif points and is_flag:
        cost = f" · −{plain(_('{n} points', n=fmt_count(points)))}"
    elif finding.stake and not is_flag:
        cost = f" · {plain(_('−{n} points if confirmed', n=fmt_count(finding.stake)))}"
    head = f"**{number}. {category}** :gray[{kind}{cost}] {' '.join(badges)}"
    if finding.quote and finding.quote in sentence:
        said = marked(sentence, [(number, finding)])
    else:
        said = f"“{plain(finding.quote)}”" if finding.quote else ""
    st.markdown(f"{head}  \n{said}" if said else head)


def _found_by(finding: Finding) -> str:
    """In which way the machine came upon what it is not sure of."""
    if finding.kind != "banned":
        return name("finding_verdict", finding.verdict)
    layer = name("finding_layer", finding.layer)
    if finding.probability is None:
        return _("Proposed: {layer}", layer=layer)
    return _("Proposed: {layer} {share}%", layer=layer, share=round(100 * finding.probability))


def _play_button(finding: Finding, player: Player | None) -> None:
    if player is None or finding.start_seconds is None:
        return
    start = play_from(finding.start_seconds)
    play_button(_("Hear from {at}", at=clock_text(start)), start, key=f"hear_{finding.id}")


def show_decisions(finding: Finding) -> None:
    """Who decided what on it, the latest first."""
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
            reviews.decide_alone(session, scope, finding_id, decision, reason, now=now())
    except Refused as refused:
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


def was_decided() -> bool:
    """Whether a decision was taken of which the page has not told yet."""
    return _FLASH in st.session_state


def show_flash() -> None:
    """What became of the last decision."""
    show_message(_FLASH)

"""Several requests decided at once: only those of this level, each in a transaction of its own, each result said."""

from __future__ import annotations

import pandas as pd
import streamlit as st
from sqlalchemy.orm import Session

from dashboard.auth import current_scope
from dashboard.decisions import LONGEST_NOTE, show_flash, typed
from dashboard.formats import fmt_count, plain
from dashboard.i18n import _, lang, listed
from dashboard.reads import forget, now, open_session
from dashboard.request_bulk_cover import short_lines, short_list, show_short
from dashboard.request_check import needs_reason
from dashboard.request_rules import check_of, decide
from db import requests
from db.refusals import Refused, StaleCase
from regulations.access import AccessRefused, Scope

NOTE = "request_bulk_note"
MOST_NAMED = 6
PANEL = "request_bulk"
_RESULTS, _SHORT = "request_bulk_results", "request_bulk_short"
Ticked = tuple[str, int, str]  # key, the version that was seen, and how the list calls it
Result = tuple[str, str, str]  # done, stale or refused; how the list calls it; what is said


def show_bulk(ticked: pd.DataFrame) -> None:
    """What can be done with the ticked rows; those of another level, and those against a clause, are named and left out."""
    if ticked.empty:
        return
    mine = ticked[ticked["is_mine"].astype(bool)]
    clean = mine[(mine["broken"] == 0) & ~mine["is_exception"].astype(bool)]
    with st.container(border=True, gap="xsmall", key="request_bulk"):
        st.markdown(f"**{plain(_('{n} ticked', n=fmt_count(len(ticked))))}**")
        _left_out(ticked, mine, clean)
        if mine.empty:
            return
        short = short_lines(current_scope(), clean["key"])
        show_short(short)
        with st.form("request_bulk_form", border=False, enter_to_submit=False):
            st.text_input(
                _("Note for all of them"),
                key=NOTE,
                max_chars=LONGEST_NOTE,
                placeholder=_("needed: why the posts may be short, or why it is refused")
                if short
                else _("needed when you refuse"),
            )
            show_flash(PANEL)
            with st.container(horizontal=True, gap="small"):
                for is_approved, rows, label, icon in (
                    (True, clean, _("Approve {n}", n=fmt_count(len(clean))), ":material/done_all:"),
                    (False, mine, _("Refuse {n}", n=fmt_count(len(mine))), ":material/close:"),
                ):
                    st.form_submit_button(
                        label,
                        key="request_bulk_approve" if is_approved else "request_bulk_refuse",
                        type="primary" if is_approved else "secondary",
                        icon=icon,
                        disabled=rows.empty,
                        on_click=_take,
                        args=(seen(rows), is_approved),
                    )


def _left_out(ticked: pd.DataFrame, mine: pd.DataFrame, clean: pd.DataFrame) -> None:
    others = ticked[~ticked["is_mine"].astype(bool)]
    if len(others):
        levels = listed(dict.fromkeys(str(level) for level in others["level"]))
        text = _("{n} are not yours to decide and are left out; they wait for {levels}.", n=fmt_count(len(others)), levels=levels)  # fmt: skip
        st.caption(f":material/lock: {plain(text)}")
    exceptions = mine[(mine["broken"] == 0) & mine["is_exception"].astype(bool)]
    if len(exceptions):
        text = _(
            "{n} can only be approved as an exception, each for its own reason: open it and say in the note why.",
            n=fmt_count(len(exceptions)),
        )
        st.caption(f":material/warning: {plain(text)}")
    broken = mine[mine["broken"] > 0]
    if len(broken):
        text = _(
            "{n} break a clause: to approve one of these, open it and look at the check.",
            n=fmt_count(len(broken)),
        )
        st.caption(f":material/warning: {plain(text)}")
        named = [
            f"- {plain(listed([row['person'], row['what'], row['check']]))}"
            for row in broken.to_dict("records")
        ]
        st.caption("\n".join(named[:MOST_NAMED]))
        if len(named) > MOST_NAMED:
            st.caption(plain(_("and {n} others", n=fmt_count(len(named) - MOST_NAMED))))


def seen(rows: pd.DataFrame) -> tuple[Ticked, ...]:
    """The rows as they are handed to the decision: with the version that the viewer saw."""
    return tuple(
        (str(row["key"]), int(row["version"]), f"{row['person']} · {row['what']} · {row['when']}")
        for row in rows.to_dict("records")
    )


def _take(rows: tuple[Ticked, ...], is_approved: bool) -> None:
    """Runs before the page is made again. Each row by itself: one that has changed does not stop the others."""
    scope, note = current_scope(), typed(NOTE)
    obstacle = "" if note else _obstacle(scope, rows, is_approved)
    if obstacle:
        st.session_state[f"flash:{PANEL}"] = ("refused", obstacle)
        return
    results = decide_all(scope, rows, is_approved, note)
    st.session_state[_RESULTS] = results
    done = [key for (key, _version, _label), result in zip(rows, results, strict=True) if result[0] == "done"]
    st.session_state[_SHORT] = short_lines(scope, done) if is_approved else []
    st.session_state[NOTE] = ""
    forget()


def _obstacle(scope: Scope, rows: tuple[Ticked, ...], is_approved: bool) -> str:
    """Why nothing is decided without a note: a refusal says why, and so does whoever leaves posts short of people."""
    if not is_approved:
        return _("Say in the note why they are refused. Nothing has been decided.")
    if short_lines(scope, (key for key, _version, _label in rows)):
        return _(
            "Together these leave posts short of people: say in the note why they are approved all the same, or tick"
            " fewer. Nothing has been decided."
        )
    return ""


def _refuse_exception(session: Session, scope: Scope, kind: str, number: int) -> None:
    """Raises Refused for what can only be approved as an exception: one note for all is no reason for each."""
    row = requests.get_request(session, scope, kind, number)
    if row.decided_at is None and needs_reason(check_of(session, row, now())):
        raise Refused(
            "只能作为例外批准，不能批量处理：请单独打开，在备注中写明为何准许。",
            "it can only be approved as an exception, not with others: open it and say in the note why",
        )


def decide_all(scope: Scope, rows: tuple[Ticked, ...], is_approved: bool, note: str) -> list[Result]:
    """Decide on each; what became of each, in their order."""
    done = _("approved") if is_approved else _("refused")
    results: list[Result] = []
    for key, version, label in rows:
        kind, _dash, number = key.partition("-")
        try:
            with open_session() as session:
                if is_approved:
                    _refuse_exception(session, scope, kind, int(number))
                decide(
                    session,
                    scope,
                    kind,
                    int(number),
                    is_approved=is_approved,
                    note=note,
                    version=version,
                    at=now(),
                )
        except StaleCase as stale:
            results.append(("stale", label, stale.text(lang())))
        except Refused as refused:
            results.append(("refused", label, refused.text(lang())))
        except (AccessRefused, LookupError):
            results.append(
                ("refused", label, _("You may not do this: the matter is not yours, or no longer."))
            )
        else:
            results.append(("done", label, done))
    return results


def show_results() -> None:
    """What became of each of the ticked ones; said once."""
    results: list[Result] = st.session_state.pop(_RESULTS, [])
    if not results:
        return
    done = sum(1 for code, _label, _text in results if code == "done")
    said = _("{n} of {m} decided.", n=fmt_count(done), m=fmt_count(len(results)))
    signs = {"done": ":green[:material/check:]", "stale": ":orange[:material/sync_problem:]", "refused": ":red[:material/block:]"}  # fmt: skip
    lines = [f"- {signs[code]} {plain(label)}: {plain(text)}" for code, label, text in results]
    show = st.success if done == len(results) else st.warning
    show("\n".join([f"**{plain(said)}**", *lines]))
    short: list[str] = st.session_state.pop(_SHORT, [])
    if short:
        title = plain(_("Posts that are short of people now"))
        st.warning("\n".join([f"**{title}**", *short_list(short)]), icon=":material/groups:")

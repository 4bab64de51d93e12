"""An agent's own calls: what was decided about them, like a receipt, coaching to read, and the way to object."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pandas as pd
import streamlit as st

from dashboard import mine_receipt
from dashboard.components import empty, section
from dashboard.decisions import attempt, show_flash
from dashboard.dispute_words import found_words, state_labels
from dashboard.dispute_words import state_label as dispute_label
from dashboard.formats import NOTHING, fmt_count, fmt_instant, plain
from dashboard.i18n import _, listed, name
from dashboard.mine_receipt import CALL, PANEL, is_pass
from dashboard.reads import now, open_session
from dashboard.tables import label_column, table, text_column
from db import own_calls, review_notes
from db.dispute_lists import state_of
from db.models import AddedFinding, Call, CallNote, Finding
from db.own_calls import OwnCall
from regulations.access import Scope

_RESULTS = {"pass": "green", "fail": "red", "none": "gray"}


def show(scope: Scope, from_on: date, to_on: date) -> None:
    """Coaching first, then the calls of the period; the one that is opened stands below them."""
    section(
        _("Your calls"),
        _(
            "Only what a person has confirmed counts. You may object to it; somebody else decides. What waits for a person counts for nothing."
        ),
    )
    with open_session() as session:
        own = own_calls.list_own(session, scope, from_on=from_on, to_on=to_on)
        unread = own_calls.list_unread(session, scope)
        calls = {note.call_id: session.get_one(Call, note.call_id) for note in unread}
    show_flash(PANEL)
    _coaching(unread, calls)
    if not own:
        empty(
            _("Nothing was decided about your calls in this period"),
            _("Calls appear here once somebody has reviewed them or something was found in them."),
        )
    else:
        _summary(own)
        _table(own)
    asked = st.query_params.get(CALL)
    if asked:
        mine_receipt.show(scope, asked)


def _coaching(unread: list[CallNote], calls: dict[int, Call]) -> None:
    """What somebody wrote to the agent and he has not acknowledged."""
    for note in unread:
        call = calls[note.call_id]
        with st.container(border=True, gap="xsmall", key=f"coaching_{note.id}"):
            head = _("Coaching on your call of {at}", at=fmt_instant(call.started_at))
            st.markdown(f":material/school: **{plain(head)}** · {plain(note.author)}  \n{plain(note.text)}")
            with st.container(horizontal=True, gap="small"):
                st.button(
                    _("I have read it"),
                    icon=":material/check:",
                    key=f"read_{note.id}",
                    on_click=_acknowledge,
                    args=(note.id,),
                )
                st.button(
                    _("Open the call"),
                    icon=":material/arrow_downward:",
                    type="tertiary",
                    key=f"coached_{note.id}",
                    on_click=_open,
                    args=(call.call_id,),
                )


def _acknowledge(note_id: int) -> None:
    attempt(
        PANEL,
        _("Noted: you have read it."),
        lambda session, scope: review_notes.acknowledge(session, scope, note_id, now=now()),
    )


def _open(call_id: str) -> None:
    st.query_params[CALL] = call_id


def _summary(own: list[OwnCall]) -> None:
    scores = [one.review.score for one in own if one.review is not None and one.review.score is not None]
    words = [_("{n} calls reviewed", n=fmt_count(len(scores)))]
    if scores:
        words.append(_("mean score {n}", n=fmt_count(round(sum(scores, Decimal(0)) / len(scores), 1))))
    confirmed = sum(len(one.confirmed) + len(one.added) for one in own)
    waiting = sum(len(one.waiting) for one in own)
    words.append(
        _(
            "{n} confirmed by a reviewer; {m} wait for one and count for nothing yet.",
            n=confirmed,
            m=waiting,
        )
    )
    st.caption(plain(" · ".join(words)))


def _table(own: list[OwnCall]) -> None:
    labels, colours = state_labels()

    def opened(position: int) -> None:
        _open(own[position].call.call_id)

    table(
        pd.DataFrame(_row(one) for one in own),
        {
            "when": text_column(_("Call"), 130),
            "kind": text_column(_("Kind"), 110),
            "score": text_column(_("Score"), 70),
            "result": label_column(
                _("Result"), [_result(code) for code in _RESULTS], list(_RESULTS.values()), 100
            ),
            "found": text_column(_("What was found"), "large"),
            "objection": label_column(_("Objection"), labels, colours, 110),
            "coaching": text_column(_("Coaching"), 80),
        },
        key="my_calls",
        rows_seen=8,
        on_open=opened,
    )
    st.caption(plain(_("Click a row to see how the score came about, and to object.")))


def _row(one: OwnCall) -> dict[str, object]:
    found = [*map(_words, one.confirmed), *map(_words, one.added)]
    found += [_("{what} (not reviewed yet)", what=_words(f)) for f in one.waiting]
    latest = one.disputes[-1] if one.disputes else None
    passed = None if one.review is None else is_pass(one.review)
    return {
        "when": fmt_instant(one.call.started_at),
        "kind": name("contact_kind", one.call.kind),
        "score": NOTHING if one.review is None or one.review.score is None else fmt_count(one.review.score),
        "result": [_result("none" if passed is None else "pass" if passed else "fail")],
        "found": listed(found) or NOTHING,
        "objection": [dispute_label(state_of(latest, now()))] if latest is not None else [],
        "coaching": fmt_count(len(one.notes)) if one.notes else "",
    }


def _result(code: str) -> str:
    return {"pass": _("Passed"), "fail": _("Not passed"), "none": _("No review yet")}[code]


def _words(one: Finding | AddedFinding) -> str:
    return found_words(one.kind, one.category, one.quote)

"""The order of a prescribed conversation, and by which words each step and each trigger is recognised."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from dashboard.components import empty, section
from dashboard.formats import NOTHING, plain
from dashboard.i18n import _, name
from dashboard.rulebook_books import choose_book
from dashboard.rulebook_card import go_edit
from dashboard.rulebook_words import code_name, flow_steps
from dashboard.tables import table, text_column
from db.models import RulebookDraft
from regulations.access import Scope
from regulations.book import Rulebook
from regulations.phrase_rules import TRIGGERED
from regulations.values import FlowCue

Rows = list[tuple[str, dict[str, object]]]
"""What a click opens (flow:code, triggers:code, "" for nothing), and the row."""


def show(scope: Scope, draft: RulebookDraft | None) -> None:
    """The steps of the callback with their cues, then what makes conditional phrases owed; a click changes one."""
    shown = choose_book(draft)
    may_edit = scope.may("rulebook.edit")
    if may_edit:
        st.caption(_("Click a row to see all of its words and change them."))
    section(
        _("Steps of the callback"),
        _("Order and completeness are checked; a step that leaves no words is left to people."),
    )
    _steps(shown.book, may_edit=may_edit, code=shown.code)
    section(
        _("What makes a phrase owed"),
        _("A phrase of the kind “conditional” is asked for only after one of these was said."),
    )
    _triggers(shown.book, may_edit=may_edit, code=shown.code)


def _steps(book: Rulebook, *, may_edit: bool, code: str) -> None:
    steps = flow_steps(book)
    cues: tuple[FlowCue, ...] = book.all_flow_cues()
    if not steps:
        empty(
            _("This rulebook prescribes no order of a conversation"),
            _(
                "The nine steps of the callback (E5.6) come with the regulations of a hospital: preset hospital_callback."
            ),
            "format_list_numbered",
        )
        return
    rows: Rows = []
    for number, title in enumerate(steps, start=1):
        here: list[FlowCue | None] = [c for c in cues if c.step == title]
        for cue in here or [None]:
            row = {
                "number": number,
                "step": code_name("flow_step", title),
                "words": _words(cue),
                "speaker": name("speaker", cue.speaker) if cue else NOTHING,
                "kinds": _kinds(cue),
                "clauses": " ".join(cue.clauses) if cue and cue.clauses else NOTHING,
                "status": name("parameter_status", cue.status) if cue else NOTHING,
            }
            rows.append((f"flow:{cue.code}" if cue else "flow:", row))
    known = sum(any(c.step == title and c.is_spoken for c in cues) for title in steps)
    st.caption(plain(_("{n} of {total} steps are recognised by their words.", n=known, total=len(steps))))
    _table(
        rows,
        {
            "number": st.column_config.NumberColumn(_("Step no."), format="%d", width=70),
            "step": text_column(_("Step"), 175),
            "words": text_column(_("Recognised by"), 285),
            "speaker": text_column(_("Speaker"), 75),
            "kinds": text_column(_("Kind of contact"), 270),
            "clauses": text_column(_("Clauses"), 95),
            "status": text_column(_("Status"), 110),
        },
        f"rulebook_flow_steps_{code}",
        may_edit=may_edit,
    )
    if may_edit:
        _add("flow:", _("Add words of a step for another kind of contact"))


def _words(cue: FlowCue | None) -> str:
    if cue is None:
        return _("No words are known for this step.")
    if not cue.is_spoken:
        return _("Leaves no words: for people to check.")
    return " · ".join([*cue.texts, *cue.patterns])


def _kinds(cue: FlowCue | None) -> str:
    if cue is None or not cue.contact_kinds:
        return _("All")
    return " · ".join(code_name("contact_kind", kind) for kind in cue.contact_kinds)


def _triggers(book: Rulebook, *, may_edit: bool, code: str) -> None:
    """The conditions on which most hangs first."""
    triggers = book.triggers()
    if not triggers:
        empty(
            _("This rulebook knows no triggers"),
            _("Phrases that are owed under a condition are left to people."),
        )
    owed = {code: [r for r in book.required_phrases() if r.condition == code] for code in triggers}
    rows: Rows = [
        (
            f"triggers:{condition}",
            {
                "condition": code_name("phrase_condition", condition),
                "speaker": name("speaker", triggers[condition].speaker),
                "words": " · ".join(triggers[condition].texts),
                "unless": " · ".join(triggers[condition].unless) or NOTHING,
                "owed": " · ".join(
                    code_name("finding_category", c)
                    for c in dict.fromkeys(r.category for r in owed[condition])
                )
                or _("nothing yet"),
                "clauses": " ".join(triggers[condition].clauses) or NOTHING,
                "status": name("parameter_status", triggers[condition].status),
            },
        )
        for condition in sorted(triggers, key=lambda c: (-len(owed[c]), TRIGGERED.index(c)))
    ]
    if rows:
        _table(
            rows,
            {
                "condition": text_column(_("Condition"), 190),
                "speaker": text_column(_("Said by"), 75),
                "words": text_column(_("Recognised by"), 235),
                "unless": text_column(_("Not after"), 150),
                "owed": text_column(_("Then owed"), 225),
                "clauses": text_column(_("Clauses"), 100),
                "status": text_column(_("Status"), 110),
            },
            f"rulebook_triggers_{code}",
            may_edit=may_edit,
        )
    if may_edit and len(triggers) < len(TRIGGERED):
        _add("triggers:", _("Add words of a condition"))


def _table(rows: Rows, columns: dict[str, object], key: str, *, may_edit: bool) -> None:
    codes: Sequence[str] = [code for code, _row in rows]
    table(
        pd.DataFrame([row for _code, row in rows]),
        columns,
        key=key,
        can_open=may_edit,
        rows_seen=20,
        on_open=(lambda position: go_edit(codes[position])) if may_edit else None,
    )


def _add(code: str, title: str) -> None:
    st.button(title, icon=":material/add:", on_click=go_edit, args=(code,), key=f"rulebook_add_{code}")

"""The order of a prescribed conversation, and by which words each step and each trigger is recognised."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboard.components import empty, section
from dashboard.formats import NOTHING, plain
from dashboard.i18n import _, name
from dashboard.rulebook_books import choose_book
from dashboard.rulebook_words import code_name
from dashboard.tables import table, text_column
from db.models import RulebookDraft
from regulations.access import Scope
from regulations.book import Rulebook
from regulations.values import FlowCue


def show(scope: Scope, draft: RulebookDraft | None) -> None:
    """The steps of the callback with their cues, then what makes conditional phrases owed."""
    book = choose_book(draft).book
    section(
        _("Steps of the callback"),
        _("Order and completeness are checked; a step that leaves no words is left to people."),
    )
    _steps(book)
    section(
        _("What makes a phrase owed"),
        _("A phrase of the kind “conditional” is asked for only after one of these was said."),
    )
    _triggers(book)


def _steps(book: Rulebook) -> None:
    steps = _flow_steps(book)
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
    rows = []
    for number, title in enumerate(steps, start=1):
        here: list[FlowCue | None] = [c for c in cues if c.step == title]
        for cue in here or [None]:
            rows.append(
                {
                    "number": number,
                    "step": title,
                    "words": _words(cue),
                    "speaker": name("speaker", cue.speaker) if cue else NOTHING,
                    "kinds": _kinds(cue),
                    "clauses": " ".join(cue.clauses) if cue and cue.clauses else NOTHING,
                    "status": name("parameter_status", cue.status) if cue else NOTHING,
                }
            )
    known = sum(any(c.step == title and c.is_spoken for c in cues) for title in steps)
    st.caption(plain(_("{n} of {total} steps are recognised by their words.", n=known, total=len(steps))))
    table(
        pd.DataFrame(rows),
        {
            "number": st.column_config.NumberColumn(_("Step no."), format="%d", width=65),
            "step": text_column(_("Step"), 150),
            "words": text_column(_("Recognised by"), 450),
            "speaker": text_column(_("Speaker"), 80),
            "kinds": text_column(_("Kind of contact"), 145),
            "clauses": text_column(_("Clauses"), 90),
            "status": text_column(_("Status"), 105),
        },
        key="rulebook_flow_steps",
        can_open=False,
        rows_seen=14,
    )


def _flow_steps(book: Rulebook) -> tuple[str, ...]:
    """The steps as the rulebook orders them, for all kinds of callback or the first kind that has some."""
    for kind in (None, *book.kinds_of("callback.flow_steps")):
        if steps := book.items("callback.flow_steps", kind):
            return steps
    return ()


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


def _triggers(book: Rulebook) -> None:
    triggers = book.triggers()
    if not triggers:
        empty(
            _("This rulebook knows no triggers"),
            _("Phrases that are owed under a condition are left to people."),
        )
        return
    owed = {code: [r for r in book.required_phrases() if r.condition == code] for code in triggers}
    table(
        pd.DataFrame(
            {
                "condition": code_name("phrase_condition", code),
                "speaker": name("speaker", trigger.speaker),
                "words": " · ".join(trigger.texts),
                "unless": " · ".join(trigger.unless) or NOTHING,
                "owed": " · ".join(
                    code_name("finding_category", c) for c in dict.fromkeys(r.category for r in owed[code])
                )
                or _("nothing in this rulebook"),
                "clauses": " ".join(trigger.clauses) or NOTHING,
                "status": name("parameter_status", trigger.status),
            }
            for code, trigger in triggers.items()
        ),
        {
            "condition": text_column(_("Condition"), 150),
            "speaker": text_column(_("Said by"), 70),
            "words": text_column(_("Recognised by"), 325),
            "unless": text_column(_("Not after"), 170),
            "owed": text_column(_("Then owed"), 130),
            "clauses": text_column(_("Clauses"), 90),
            "status": text_column(_("Status"), 105),
        },
        key="rulebook_triggers",
        can_open=False,
    )

"""Every value of a rulebook with its clause and whether the regulations state it; those of inspection can be changed."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboard.components import empty
from dashboard.filters import choice_filter
from dashboard.formats import fmt_count, plain
from dashboard.i18n import N_, _, lang
from dashboard.rulebook_books import choose_book
from dashboard.rulebook_card import go_edit
from dashboard.rulebook_tables import parameter_rows
from dashboard.tables import table, text_column
from db.models import RulebookDraft
from regulations.access import Scope
from regulations.editing import SECTIONS
from regulations.schema import SPECS

PARTS: dict[str, str] = {
    "speech": N_("Speech and matching"),
    "measure": N_("Measured limits"),
    "call": N_("Calls"),
    "qa": N_("Quality assurance"),
    "others": N_("All other limits"),
}


def show(scope: Scope, draft: RulebookDraft | None) -> None:
    """The list; a click on a value that inspection reads opens its form, for those who may."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        shown = choose_book(draft)
        part = choice_filter("part", _("Part"), PARTS, "rulebook_part", 190)
        typed = st.text_input(
            _("Search by word, key or clause"),
            placeholder="A6.28 · 静默 · speech.join_pause",
            key="rulebook_limit_search",
            width=300,
        )
    book = shown.book
    statuses = [book.status(key) for key in book.keys()]  # noqa: SIM118  (a rulebook is no mapping)
    rows = sorted(parameter_rows(book, lang()), key=lambda row: SPECS[row[_("Key")]].section not in SECTIONS)
    found = [row for row in rows if _fits(row, part, typed)]
    st.caption(
        plain(
            _(
                "{n} of {total} values. Of all: {stated} stated by the regulations, {inferred} read from them, "
                "{chosen} chosen by us because they are silent.",
                n=fmt_count(len(found)),
                total=fmt_count(len(rows)),
                stated=statuses.count("stated"),
                inferred=statuses.count("inferred"),
                chosen=statuses.count("product_choice"),
            )
        )
    )
    if not found:
        empty(
            _("No value fits that search"),
            _("Try a clause such as A6.28, or part of a key."),
            icon="search_off",
        )
        return
    may_edit = scope.may("rulebook.edit")

    def open_one(position: int) -> None:
        key = found[position][_("Key")]
        if key.partition(".")[0] in SECTIONS:
            go_edit(f"limit:{key}")

    titles = list(found[0])
    widths = (150, 330, 225, 115, 110, 150)
    table(
        pd.DataFrame(found),
        {title: text_column(title, width) for title, width in zip(titles, widths, strict=True)},
        key=f"rulebook_limits_{shown.code}_{part}",
        can_open=may_edit,
        on_open=open_one if may_edit else None,
    )
    if may_edit:
        st.caption(
            _(
                "Click a value of speech, measures, calls or quality assurance to change it; others come with the files of the site."
            )
        )


def _fits(row: dict[str, str], part: str, typed: str) -> bool:
    section = SPECS[row[_("Key")]].section
    if part and section != part and not (part == "others" and section not in SECTIONS):
        return False
    return typed.strip().lower() in " ".join(map(str, row.values())).lower()

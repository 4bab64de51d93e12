"""The items of one version: what each asks, who scores it, its weight and its share of the whole."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboard.components import section
from dashboard.formats import NOTHING, fmt_count, plain
from dashboard.i18n import _, lang, listed, name
from dashboard.reads import rulebook
from dashboard.scorecard_list import uncovered_sentence
from dashboard.scorecard_words import categories, condition_words, level_words, scope_words
from dashboard.tables import hint, number_column, table, text_column
from quality.scorecards import Criterion, Scorecard, uncovered

_STATUS_COLOURS = {"stated": "green", "inferred": "blue", "product_choice": "gray"}
PARAM = "item"


def show(card: Scorecard, *, is_edited: bool = False) -> None:
    """The table of items; a click shows one in full, or opens its form where the card is being edited."""
    _sentence(card)
    asked = st.query_params.get(PARAM)
    chosen = next((c for c in card.criteria if c.code == asked), None)
    if chosen is not None and not is_edited:
        _full(card, chosen)
    frame = pd.DataFrame(_row(card, number, item) for number, item in enumerate(card.criteria, 1))
    codes = [item.code for item in card.criteria]
    table(
        frame,
        {
            "number": number_column("#", width=40),
            "title": text_column(_("Item"), 320),
            "kind": text_column(_("Scored"), 80),
            "weight": text_column(_("Weight"), 50),
            "share": st.column_config.ProgressColumn(
                _("Share"),
                format="%.1f%%",
                min_value=0,
                max_value=100,
                width=95,
                help=_("Of all weights; of one contact only what applies counts"),
            ),
            "answers": text_column(_("Answers"), 140),
            "when": text_column(_("Only for"), 195),
            "source": text_column(_("Clauses"), 160),
        },
        key=f"scorecard_items_{card.code}_{is_edited}",
        rows_seen=22,
        on_open=lambda position: open_item(codes[position]),
    )
    hint()
    uncovered_sentence(card, uncovered(card, categories()))
    _critical(card)


def _critical(card: Scorecard) -> None:
    """Categories that the rulebook calls critical and that fail nothing on this card."""
    failing = {category for item in card.criteria if item.auto_fail for category in item.categories}
    missed = [code for code in rulebook().items("qa.critical_categories") or () if code not in failing]
    if missed:
        st.warning(
            plain(
                _(
                    "The rulebook lets these fail a contact by themselves, this card does not: {names}.",
                    names=listed(name("finding_category", str(code)) for code in missed),
                )
            ),
            icon=":material/rule:",
        )


def _sentence(card: Scorecard) -> None:
    machine = sum((card.share(c) for c in card.criteria if c.kind == "machine"), start=card.total * 0)
    fails = sum(c.auto_fail for c in card.criteria)
    said = _(
        "{n} items, weights {total} in all: {machine} % of the weight the machine scores by itself, {person} % only a person; {fails} can fail a whole contact.",
        n=fmt_count(len(card.criteria)),
        total=fmt_count(card.total),
        machine=fmt_count(round(machine, 1)),
        person=fmt_count(round(100 - machine, 1)),
        fails=fmt_count(fails),
    )
    passing = (
        _("Pass mark: {n}.", n=fmt_count(card.pass_score))
        if card.pass_score is not None
        else _("Pass mark: the rulebook's.")
    )
    where = _("For {scope}.", scope=scope_words(card)) if scope_words(card) else _("For all contacts.")
    st.markdown(plain(f"{said} {passing} {where}"))


def _row(card: Scorecard, number: int, item: Criterion) -> dict[str, object]:
    when = [scope_words(item), condition_words(card, item.only_if)]
    fails = _("fails the whole contact") if item.auto_fail else ""
    return {
        "number": number,
        "title": item.title(lang()),
        "kind": name("criterion_kind", item.kind),
        "weight": fmt_count(item.weight),
        "share": float(card.share(item)),
        "answers": fails or " · ".join(level.title(lang()) for level in item.levels),
        "when": " · ".join(w for w in when if w) or NOTHING,
        "source": ", ".join(item.clauses) or NOTHING,
    }


def _full(card: Scorecard, item: Criterion) -> None:
    with st.container(border=True, gap="small", key="scorecard_item"):
        with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
            st.markdown(f"#### {plain(item.title(lang()))}")
            st.button(
                _("Close"), icon=":material/close:", type="tertiary", on_click=close, key="scorecard_close"
            )
        badges = [
            f":blue-badge[{plain(name('criterion_kind', item.kind))}]",
            f":{_STATUS_COLOURS[item.status]}-badge[{plain(name('parameter_status', item.status))}]",
            *(f":gray-badge[{plain(clause)}]" for clause in item.clauses),
        ]
        if item.auto_fail:
            badges.insert(0, f":red-badge[{plain(_('Fails the whole contact'))}]")
        st.markdown(" ".join(badges))
        if item.guide(lang()):
            st.markdown(plain(item.guide(lang())))
        st.markdown("  \n".join(_facts(card, item)))


def _facts(card: Scorecard, item: Criterion) -> list[str]:
    share = fmt_count(round(card.share(item), 1))
    facts = [
        (_("Weight"), _("{n} ({share} % of the card)", n=fmt_count(item.weight), share=share)),
        (_("Answers"), " · ".join([*(level_words(level) for level in item.levels), _("Does not apply")])),
        (_("Answered from findings"), " · ".join(name("finding_category", c) for c in item.categories)),
        (_("Only for"), scope_words(item)),
        (_("Only where"), condition_words(card, item.only_if)),
        (_("Code"), item.code),
    ]
    return [f":gray[{plain(label)}] {plain(value)}" for label, value in facts if value]


def open_item(code: str) -> None:
    """Show one item in full, or its form."""
    st.query_params[PARAM] = code


def close() -> None:
    """Show the table alone again."""
    if PARAM in st.query_params:
        del st.query_params[PARAM]


def heading() -> None:
    """What the shares mean."""
    section(
        _("Items"),
        _(
            "What does not apply to a contact is left out of what could be earned; the weights need not add up to 100."
        ),
    )

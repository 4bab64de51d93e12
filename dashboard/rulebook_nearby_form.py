"""The conditions of a banned phrase: which other words must stand near it, and which must not."""

from __future__ import annotations

import streamlit as st

from dashboard.i18n import N_, _
from dashboard.rulebook_form_parts import lines
from dashboard.rulebook_record import CONDITIONS, condition_fields
from dashboard.rulebook_saving import show_errors
from dashboard.rulebook_words import choices_of
from regulations.values import PhraseRule

_TITLES = {
    "only": N_("Counts only when one of these stands near it"),
    "unless": N_("Does not count when one of these stands near it"),
}
_MOST_REACH = 1000


def show_conditions(prefix: str, rule: PhraseRule | None) -> None:
    """Both lists inside the form, each with a button for one condition more; one without words is none."""
    for field, column in zip(CONDITIONS, st.columns(2, gap="large"), strict=True):
        key = f"{prefix}{field}_shown"
        shown = max(len(getattr(rule, field)) if rule else 0, int(st.session_state.get(key, 0)))
        with column:
            st.markdown(f"**{_(_TITLES[field])}**")
            if not shown:
                st.caption(_("No such condition."))
            for number in range(shown):
                _condition(prefix, field, number)
            show_errors(field)
            st.form_submit_button(
                _("One condition more"),
                icon=":material/add:",
                on_click=_one_more,
                args=(key, shown),
                key=f"{prefix}{field}_more",
            )
    st.caption(_("A condition whose words are taken out is gone. 0 turns away is the same turn."))


def _one_more(key: str, shown: int) -> None:
    st.session_state[key] = shown + 1


def _condition(prefix: str, field: str, number: int) -> None:
    at = f"{field}:{number}:"
    for name, value in condition_fields(field, number, None).items():
        st.session_state.setdefault(prefix + name, value)
    with st.container(border=True, gap="xsmall"):
        lines(prefix, at + "texts", _("These words, one a line"), 80)
        one, two = st.columns(2, gap="small")
        with one:
            _choice(prefix + at + "where", _("Where they stand"), "nearby_where")
            st.number_input(_("Reach"), 0, _MOST_REACH, key=prefix + at + "reach", step=1)
        with two:
            _choice(prefix + at + "speaker", _("Said by"), "speaker")
            _choice(prefix + at + "unit", _("Counted in"), "nearby_unit")


def _choice(key: str, title: str, kind: str) -> None:
    names = {code: said for code, said in choices_of(kind).items() if code != "unknown"}
    st.selectbox(title, list(names), format_func=lambda code: names[code], key=key)

"""What the rulebook in force asks of a handover, line by line with its clause."""

from __future__ import annotations

import streamlit as st

from dashboard.components import explanation
from dashboard.i18n import _
from dashboard.reads import rulebook
from regulations.handover_rules import asked_for


def show_rules() -> None:
    """The rules, folded away."""
    with st.expander(_("What the rulebook asks of a handover"), icon=":material/menu_book:"):
        explanation(asked_for(rulebook()))

"""Taking a complaint in while the customer is on the telephone: a few fields, what it may be a duplicate of, its number."""

from __future__ import annotations

import streamlit as st

from dashboard.auth import require
from dashboard.components import page_header
from dashboard.i18n import _
from dashboard.register_form import show_form
from dashboard.register_result import show_registered
from dashboard.register_similar import show_similar

scope = require("complaints.register")
page_header(
    _("Register a complaint"),
    _(
        "What happened, who called, what about: the number and the deadlines follow from it. The rest can wait."
    ),
)
show_registered(scope)
left, right = st.columns([3, 2], gap="large")
with left:
    show_form(scope)
with right:
    show_similar(scope)

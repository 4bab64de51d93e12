"""Review: the queue, and the call in hand with everything on the keyboard."""

from __future__ import annotations

import streamlit as st

from dashboard.auth import require
from dashboard.components import page_header
from dashboard.i18n import _
from dashboard.review_actions import take, take_up
from dashboard.review_bench import show_bench
from dashboard.review_queue_list import show_queue
from dashboard.review_state import bench


def _from_the_address() -> None:
    """A link names a call to take, or a review of the viewer's own to go on with; followed once."""
    call_id = st.query_params.get("call", "")
    review_id = st.query_params.get("review", "")
    for key in ("call", "review"):
        st.query_params.pop(key, None)
    if review_id.isdecimal() and len(review_id) < 10:
        take_up(int(review_id))
    elif call_id:
        take(call_id)


def _page() -> None:
    scope = require("quality.review")
    _from_the_address()
    held = bench()
    page_header(
        _("Review"),
        _("The calls that matter most first, one reviewer at a time. Every key is written on its button."),
    )
    if held is None:
        show_queue(scope)
    else:
        show_bench(held, scope)


_page()

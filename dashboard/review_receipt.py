"""A finished review as a receipt: the score line by line, the machine's beside it, and what came of each item."""

from __future__ import annotations

import streamlit as st

from dashboard.components import explanation
from dashboard.formats import fmt_count, fmt_instant, plain
from dashboard.i18n import _, lang, name
from db.models import CallReview


def show_receipt(review: CallReview) -> None:
    """Score, machine score, who reviewed it when, and every line that made the score."""
    with st.container(border=True, gap="xsmall", key="review_receipt"):
        first, second = st.columns(2)
        first.metric(
            _("Score after review"),
            "–" if review.score is None else fmt_count(review.score),
            help=_("Derived from the answers and the findings that hold; nobody types it"),
        )
        second.metric(
            _("Machine score on this card"),
            "–" if review.machine_score is None else fmt_count(review.machine_score),
            help=_("What the machine alone would have given, kept as it was"),
        )
        if review.is_failed:
            st.error(plain(_("The call fails by itself.")), icon=":material/report:")
        words = [
            plain(review.reviewer),
            plain(fmt_instant(review.finished_at)),
            plain(name("review_purpose", review.purpose)),
        ]
        if review.is_blind:
            words.append(plain(_("Blind")))
        if review.scorecard is not None:
            card = review.scorecard
            title = card.name_en if lang() == "en" and card.name_en else card.name_zh
            words.append(plain(f"{title} v{card.version}"))
        st.caption(" · ".join(words))
        explanation(review.receipt)
        st.space("xxsmall")

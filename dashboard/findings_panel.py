"""The findings of a call in the order in which they are worked through: what is sure, what is missing, what is proposed."""

from __future__ import annotations

import streamlit as st

from dashboard.components import empty, explanation
from dashboard.conversation import numbered
from dashboard.formats import plain
from dashboard.i18n import _, name
from dashboard.player import Player
from dashboard.review_panel import show_finding
from db.models import Finding, Inspection
from db.quality import FLAGS

Numbered = list[tuple[int, Finding]]


def show_findings(inspection: Inspection, player: Player | None, *, may_decide: bool) -> None:
    """Sure findings, missing phrases, proposals for review, measurements; what cannot be told is folded away."""
    findings = numbered(inspection.findings)
    texts = {segment.ordinal: segment.text for segment in inspection.transcript.segments}
    said = [(n, f) for n, f in findings if f.kind == "banned" and f.verdict in FLAGS]
    proposed = [(n, f) for n, f in findings if f.kind == "banned" and f.verdict not in FLAGS]
    missing = [(n, f) for n, f in findings if f.kind == "missing" and f.verdict == "absent"]
    measured = [(n, f) for n, f in findings if f.kind == "measure"]
    open_ones = [(n, f) for n, f in findings if f.kind == "missing" and f.verdict != "absent"]
    if not (said or missing or proposed):
        _nothing(inspection, open_ones)
    for number, finding in said:
        show_finding(number, finding, player, _sentence(finding, texts), may_decide=may_decide)
    if missing:
        st.markdown(f"**{plain(_('Phrases that were owed and not said'))}**")
    for number, finding in missing:
        show_finding(number, finding, player, may_decide=may_decide)
    if proposed:
        st.markdown(f"**{plain(_('Proposed for review ({n})', n=len(proposed)))}**")
        st.caption(
            plain(_("The machine is not sure of these. They cost nothing unless a person confirms them."))
        )
    for number, finding in proposed:
        show_finding(number, finding, player, _sentence(finding, texts), may_decide=may_decide)
    if measured:
        st.markdown(f"**{plain(_('Measured'))}**")
    for number, finding in measured:
        show_finding(number, finding, player, _sentence(finding, texts), may_decide=may_decide)
    if open_ones:
        with st.expander(_("Cannot be told from this recording ({n})", n=len(open_ones))):
            for number, finding in open_ones:
                st.markdown(f"**{number}. {plain(name('finding_category', finding.category))}**")
                explanation(finding.steps)


def _nothing(inspection: Inspection, open_ones: Numbered) -> None:
    is_open = open_ones or any(check.get("verdict") == "cannot_tell" for check in inspection.checks)
    sentence = (
        _("No banned words. What cannot be told from this recording stands below.")
        if is_open
        else _("No banned words, and every phrase that was owed was said.")
    )
    empty(_("Nothing was found"), sentence, "task_alt")


def _sentence(finding: Finding, texts: dict[int, str]) -> str:
    return texts.get(finding.segment, "") if finding.segment is not None else ""

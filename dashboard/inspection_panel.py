"""What an inspection says as a whole: score with its receipt, phrases owed, what it was made with."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboard.conversation import clock_text
from dashboard.formats import NOTHING, fmt_count, fmt_instant, plain
from dashboard.i18n import _, name
from dashboard.script_panel import FLOW
from dashboard.tables import table, text_column
from db.models import Inspection
from db.quality import FLAGS
from db.quality_scores import confirmed_score, final_score, flags_of
from regulations.rulebook import Rulebook

DEMO_ENGINES = {
    "demo": (
        "The demo speech model knows only the demo's synthetic voice. Set WHISPER_MODEL to a real model for real calls."
    ),
    "demo-script": "The words of this demo call were written by a script, not recognised: there is no recording of it.",
}
_CHECK_SYMBOLS = {"hit": "✓", "absent": "✕", "cannot_tell": "?", "": "–"}


def show_failing(inspection: Inspection, book: Rulebook) -> None:
    """Whether the call fails by itself, whatever the points say."""
    critical = set(book.items("qa.critical_categories") or ())
    failing = [f for f in flags_of(inspection) if f.kind == "banned" and f.category in critical]
    if failing:
        words = (
            _("confirmed: the call fails by itself")
            if any(f.decision == "confirmed" for f in failing)
            else _("if confirmed, the call fails by itself")
        )
        st.warning(
            f"**{plain(name('finding_category', failing[0].category))}**: {plain(words)}",
            icon=":material/report:",
        )


def show_score(inspection: Inspection, book: Rulebook) -> None:
    """The machine's score, what the review makes of it, and the receipt."""
    after, confirmed = final_score(inspection), confirmed_score(inspection)
    passing = book.decimal("qa.pass_score")
    first, second, third = st.columns(3)
    first.metric(_("Machine score"), fmt_count(inspection.machine_score), border=True)
    change = after - inspection.machine_score
    second.metric(
        _("After review"),
        fmt_count(after),
        delta=f"{change:+.0f}" if change else None,
        border=True,
        help=_("Without the findings that were overturned"),
    )
    third.metric(
        _("Confirmed only"),
        fmt_count(confirmed),
        border=True,
        help=_("What the figures count: nothing undecided counts against anybody"),
    )
    lines = [f"- {plain(_('100 points to begin with'))}"]
    for finding in inspection.findings:
        is_open = finding.verdict not in FLAGS and finding.decision != "confirmed"
        cost = finding.stake if finding.decision == "confirmed" else finding.points
        if is_open or not cost:
            continue
        text = f"−{fmt_count(cost)} · {name('finding_category', finding.category)}"
        text += f" “{finding.quote}”" if finding.quote else ""
        is_gone = finding.decision == "overturned"
        decision = name("review_decision", finding.decision) if finding.decision else _("not reviewed yet")
        body = plain(text)
        lines.append(f"- {f'~~{body}~~' if is_gone else body} · {plain(decision)}")
    lines.append(f"- **{plain(_('{n} points, never under 0', n=fmt_count(after)))}**")
    if passing is not None:
        lines.append(f"- {plain(_('{n} points pass', n=fmt_count(passing)))}")
    st.markdown("\n".join(lines))


def show_checks(inspection: Inspection) -> None:
    """Every phrase owed in the call and what became of it."""
    owed = [check for check in inspection.checks if check.get("applicable") or check.get("verdict")]
    rows = [
        check for check in owed if check.get("category") != FLOW
    ]  # a script's steps have a panel of their own
    if not rows:
        return
    with st.expander(_("Phrases owed in this call ({n})", n=len(rows))):
        frame = pd.DataFrame(
            {
                "phrase": name("finding_category", check["category"]),
                "verdict": f"{_CHECK_SYMBOLS.get(check['verdict'], '–')} {_said(check['verdict'])}",
                "at": NOTHING if check.get("start") is None else clock_text(check["start"]),
                "clauses": ", ".join(check.get("clauses") or ()) or NOTHING,
            }
            for check in rows
        )
        columns = {
            "phrase": text_column(_("Phrase"), 160),
            "verdict": text_column(_("Verdict"), 140),
            "at": text_column(_("Place in the call"), 100),
            "clauses": text_column(_("Clauses"), 160),
        }
        table(frame, columns, key="checks", can_open=False)


def _said(verdict: str) -> str:
    return {"hit": _("Said"), "absent": _("Not said"), "cannot_tell": _("Cannot tell")}.get(
        verdict, _("Not owed")
    )


def show_versions(inspection: Inspection) -> None:
    """What the inspection was made with, and what the demo's engines are worth."""
    transcript = inspection.transcript
    note = DEMO_ENGINES.get(transcript.engine)
    if note is not None:
        st.info(plain(_(note)), icon=":material/record_voice_over:")
    st.caption(
        plain(
            _(
                "How this came about: recogniser {engine}, model {model}, settings {settings}, rulebook {book}; inspected {at}.",
                engine=transcript.engine,
                model=transcript.model_hash[:8] or NOTHING,
                settings=transcript.settings_hash[:8] or NOTHING,
                book=inspection.rulebook_version[:8],
                at=fmt_instant(inspection.created_at),
            )
        )
    )
    with st.expander(_("Made with")):
        rows = [
            (_("Recogniser"), transcript.engine),
            (_("Model"), transcript.model_hash[:16] or NOTHING),
            (_("Settings"), transcript.settings_hash[:16] or NOTHING),
            (_("Rulebook version"), inspection.rulebook_version),
            (_("Inspected"), fmt_instant(inspection.created_at)),
            *((key, str(value)) for key, value in sorted(transcript.versions.items())),
        ]
        st.markdown("\n".join(f"- {plain(label)}: `{str(value).replace('`', '')}`" for label, value in rows))

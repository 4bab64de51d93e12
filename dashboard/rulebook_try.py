"""Try a sentence or a short conversation: the real inspection under a rulebook or the draft. Nothing is stored."""

from __future__ import annotations

import re
from collections import Counter

import streamlit as st

from dashboard.components import empty, explanation, section
from dashboard.formats import fmt_count, plain
from dashboard.i18n import _, listed, name, sentences
from dashboard.quality_lists import SEVERITY_COLOURS, severity_label
from dashboard.rulebook_books import Shown, base_book, choose_book
from dashboard.rulebook_words import all_phrases, choices_of, code_name
from db.models import RulebookDraft
from inspection.findings import Finding
from inspection.pipeline import InspectionResult, inspect_transcript
from inspection.transcript import Segment, Transcript
from regulations.access import Scope

LONGEST = 5_000  # characters
MOST_LINES = 200
_SAID_BY = re.compile(r"^\s*(客服|坐席|agent|客户|顾客|customer)\s*[:：]\s*", re.IGNORECASE)
_SECONDS_A_CHARACTER, _PAUSE = 0.25, 0.5  # as people speak; typed text has no times of its own
_KEPT = "rulebook_tried"  # what was tried last, which outlives a look at another view
_CHOICES = {"channel": "phone", "direction": "inbound", "kind": "inbound_service"}
_KINDS = {"channel": "channel", "direction": "direction", "kind": "contact_kind"}


def show(scope: Scope, draft: RulebookDraft | None) -> None:
    """The form, and what was found in the words typed."""
    shown = choose_book(draft)
    left, right = st.columns([2, 3], gap="large")
    with left:
        _form()
    tried: dict[str, str] = st.session_state.get(_KEPT, {})
    with right:
        if not tried.get("text", "").strip():
            empty(
                _("Nothing typed yet"),
                _(
                    "Type what an agent might say, or paste lines that begin with 客服： and 客户：. Nothing is kept."
                ),
                "record_voice_over",
            )
            return
        if problem := _problem(tried["text"]):
            st.error(plain(problem), icon=":material/block:")
            return
        transcript = transcript_of(tried["text"], tried["channel"], tried["direction"], tried["kind"])
        result = inspect_transcript(transcript, shown.book)
        if shown.is_draft and draft is not None:
            _against(result, inspect_transcript(transcript, base_book(draft)))
        _show_result(result, transcript, shown)


def _form() -> None:
    kept = {"text": "", **_CHOICES, **st.session_state.get(_KEPT, {})}
    for field, value in kept.items():
        st.session_state.setdefault(f"rulebook_try_{field}", value)
    with st.form("rulebook_try", border=True):
        st.text_area(
            _("What is said"),
            key="rulebook_try_text",
            height=230,
            placeholder=_("客服：您好，请问有什么可以帮您？\n客户：我的快递呢？\n客服：这事不归我管。"),
            help=_("One line for each turn, beginning with 客服： or 客户：; a line without is the agent's."),
        )
        with st.container(horizontal=True, gap="small"):
            _choice("channel", _("Channel"), 120)
            _choice("direction", _("Direction"), 120)
            _choice("kind", _("Kind of contact"), 256)
        st.form_submit_button(_("Try it"), type="primary", icon=":material/play_arrow:", on_click=_submitted)


def _choice(field: str, title: str, width: int) -> None:
    names = choices_of(_KINDS[field])
    st.selectbox(
        title, list(names), format_func=lambda code: names[code], key=f"rulebook_try_{field}", width=width
    )


def _submitted() -> None:
    keep(
        str(st.session_state["rulebook_try_text"]),
        **{field: str(st.session_state[f"rulebook_try_{field}"]) for field in _CHOICES},
    )


def keep(text: str, **choices: str) -> None:
    """Put words into the form as if they had been typed and sent."""
    kept = st.session_state.get(_KEPT, {})
    st.session_state[_KEPT] = {**_CHOICES, **kept, "text": text, **choices}


def _problem(text: str) -> str:
    if len(text) > LONGEST:
        return _("At most {n} characters at once: try a part of it.", n=fmt_count(LONGEST))
    if len(text.splitlines()) > MOST_LINES:
        return _("At most {n} lines at once: try a part of it.", n=fmt_count(MOST_LINES))
    return ""


def transcript_of(text: str, channel: str, direction: str, kind: str) -> Transcript:
    """Typed lines as a transcript, with times as if they had been spoken; in text chat the seconds mean nothing."""
    segments, at = [], 0.0
    for line in text.splitlines():
        found = _SAID_BY.match(line)
        said = line[found.end() :].strip() if found else line.strip()
        if not said:
            continue
        speaker = "customer" if found and found.group(1).lower() in ("客户", "顾客", "customer") else "agent"
        end = at + max(1.0, len(said) * _SECONDS_A_CHARACTER)
        segments.append(Segment(speaker, at, end, said, 1.0))
        at = end + _PAUSE
    return Transcript(
        call_id="tried", channel=channel, direction=direction, kind=kind, segments=tuple(segments)
    )


def _show_result(result: InspectionResult, transcript: Transcript, shown: Shown) -> None:
    said = [f for f in result.findings if f.kind == "banned"]
    others = [f for f in result.findings if f.kind != "banned"]
    sure = sum(f.verdict == "hit" for f in said)
    section(
        _("What is found"),
        _(
            "Banned wording: {sure} sure, {proposed} proposed for review. Under {book}.",
            sure=sure,
            proposed=len(said) - sure,
            book=_("the draft") if shown.is_draft else _("version {version}", version=shown.book.version[:8]),
        ),
    )
    if not said:
        empty(
            _("No banned wording is found"),
            _("If it should be, add it as a phrase or as another wording of one."),
            "task_alt",
        )
    for number, finding in enumerate(
        sorted(said, key=lambda f: (f.verdict != "hit", f.start or 0.0)), start=1
    ):
        _finding(number, finding, transcript, shown)
    if others:
        with st.expander(_("What else would be remarked on a whole contact ({n})", n=len(others))):
            st.caption(
                _(
                    "Of a single sentence most of this says nothing: greeting and closing stand elsewhere in the contact."
                )
            )
            for number, finding in enumerate(others, start=1):
                _finding(number, finding, transcript, shown)
    _checks(result)


def _against(result: InspectionResult, before: InspectionResult) -> None:
    """What the draft changes in these words, in one line."""
    here, there = (Counter(map(_what, one.findings)) for one in (result, before))
    come, go = here - there, there - here
    if not come and not go:
        st.info(
            _("In these words the draft finds just what the rulebook finds."),
            icon=":material/compare_arrows:",
        )
        return
    parts = []
    for title, some in (
        (_("Comes with the draft: {names}."), come),
        (_("Goes with the draft: {names}."), go),
    ):
        if some:
            parts.append(title.format(names=listed(_named(*what[1:]) for what in some)))
    st.info(plain(sentences(*parts)), icon=":material/compare_arrows:")


def _what(finding: Finding) -> tuple[str, str, str, str]:
    return finding.rule, finding.category, finding.quote, verdict_words(finding)


def _named(category: str, quote: str, verdict: str) -> str:
    said = f" “{quote}”" if quote else ""
    return _("{text} ({more})", text=f"{code_name('finding_category', category)}{said}", more=verdict)


def verdict_words(finding: Finding) -> str:
    """How certain a finding is, in words."""
    if finding.kind == "missing":
        return _("Not said") if finding.verdict == "absent" else _("Cannot be told")
    return _("Sure") if finding.verdict == "hit" else _("Proposed: a person decides")


def _finding(number: int, finding: Finding, transcript: Transcript, shown: Shown) -> None:
    rule = next((r for r in all_phrases(shown.book) if r.id == finding.rule), None)
    colour = "red" if finding.verdict == "hit" else "orange"
    likely = "" if finding.probability is None else f" · {finding.probability:.0%}"
    badges = [
        f":{colour}-badge[{plain(verdict_words(finding))}]",
        f":gray-badge[{plain(name('finding_layer', finding.layer) + likely)}]",
        *_weight(finding),
        *(f":blue-badge[{plain(clause)}]" for clause in finding.clauses),
    ]
    with st.container(border=True, gap="xsmall"):
        category = plain(code_name("finding_category", finding.category))
        st.markdown(f"**{number}. {category}** {' '.join(badges)}")
        if finding.segment is not None and finding.segment < len(transcript.segments):
            segment = transcript.segments[finding.segment]
            speaker = plain(name("speaker", segment.speaker))
            st.markdown(f":gray[{speaker}] {_marked(segment.text, finding.quote, colour)}")
        if rule is not None and rule.suggest:
            st.markdown(f":gray[{plain(_('Say instead'))}] {plain(listed(rule.suggest))}")
        with st.container(horizontal=True):
            with st.popover(_("Why"), icon=":material/help:", type="tertiary"):
                explanation(finding.steps)
            if rule is not None:
                st.button(
                    _("Open the phrase"),
                    icon=":material/menu_book:",
                    type="tertiary",
                    on_click=_open,
                    args=(rule.id,),
                    key=f"rulebook_open_{finding.kind}_{number}",
                )


def _weight(finding: Finding) -> list[str]:
    """How grave it is where that is sure; else what it would cost: the word for how grave it would be says too much."""
    if finding.verdict == "cannot_tell":
        words = _("−{n} points if confirmed", n=fmt_count(finding.stake))
        return [f":gray-badge[{plain(words)}]"] if finding.stake else []
    cost = f" −{plain(_('{n} points', n=fmt_count(finding.points)))}" if finding.points else ""
    return [f":{SEVERITY_COLOURS[finding.severity]}-badge[{plain(severity_label(finding.severity))}{cost}]"]


def _marked(text: str, quote: str, colour: str) -> str:
    at = text.find(quote) if quote else -1
    if at < 0:
        return plain(text)
    end = at + len(quote)
    return f"{plain(text[:at])}:{colour}-background[**{plain(quote)}**]{plain(text[end:])}"


def _open(rule_id: str) -> None:
    st.query_params["view"] = "phrases"
    st.query_params["rule"] = rule_id


def _checks(result: InspectionResult) -> None:
    said = [c for c in result.checks if c.verdict == "hit"]
    if said:
        words = listed(code_name("finding_category", c) for c in dict.fromkeys(c.category for c in said))
        st.caption(plain(_("Phrases owed or wanted that were said: {names}.", names=words)))

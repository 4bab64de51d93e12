"""What a draft would have changed on the past calls: figures, phrases, calls, sentences. A simulation; nothing is stored."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pandas as pd
import streamlit as st

from dashboard import charts_counts, navigation
from dashboard.charts import BLUE, VERMILION
from dashboard.components import empty, section
from dashboard.formats import NOTHING, fmt_count, fmt_percent, plain
from dashboard.i18n import N_, _, name
from dashboard.reads import open_session, today
from dashboard.rulebook_words import all_phrases, code_name
from dashboard.tables import hint, table, text_column
from db.models import RulebookDraft
from jobs.rescoring import Comparison, compare
from regulations.access import Scope
from regulations.book import Rulebook

PERIODS: dict[str, str] = {"30": N_("Last 30 days"), "90": N_("Last 90 days"), "all": N_("All calls")}
MOST_RULES = 12
_KEPT = "rulebook_change"  # (what was asked, the answer): worked out once, not on every click


def show_change(scope: Scope, draft: RulebookDraft, base: Rulebook, book: Rulebook) -> None:
    """The button that works it out, and the answer down to the calls and the sentences."""
    section(
        _("What would have changed on the past calls"),
        _(
            "Past calls are judged again under the draft and compared with the rulebook it changes. Nothing is stored."
        ),
    )
    if not scope.may("quality.view"):
        st.caption(_("Findings in calls are for those who work with calls: ask QA for this comparison."))
        return
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        period = st.segmented_control(
            _("Period"), list(PERIODS), default="30", format_func=lambda c: _(PERIODS[c]), required=True, key="rulebook_change_period"
        )  # fmt: skip
        asked = (draft.id, draft.row_version, period, scope)
        if st.button(_("Work it out"), icon=":material/calculate:", key="rulebook_work_out"):
            st.session_state[_KEPT] = (asked, _worked_out(scope, base, book, str(period)))
    kept = st.session_state.get(_KEPT)
    if kept is None or kept[0] != asked:
        st.caption(_("Not worked out yet for this draft and period."))
        return
    _show(kept[1], base, book)


def is_worked_out(draft: RulebookDraft) -> bool:
    """Whether this viewer has seen what the draft, as it stands, would have changed."""
    kept = st.session_state.get(_KEPT)
    return kept is not None and kept[0][:2] == (draft.id, draft.row_version)


def _worked_out(scope: Scope, base: Rulebook, book: Rulebook, period: str) -> Comparison:
    bar = st.progress(0.0, text=_("Judging past calls again …"))

    def report(done: int, total: int) -> None:
        share = done / total if total else 1.0
        bar.progress(share, text=_("{n} of {total} calls", n=fmt_count(done), total=fmt_count(total)))

    since = None if period == "all" else today() - timedelta(days=int(period) - 1)
    with open_session() as session:
        found = compare(session, scope, book, since=since, against=base, on_progress=report)
    bar.empty()
    return found


def _show(found: Comparison, base: Rulebook, book: Rulebook) -> None:
    if not found.calls:
        empty(_("No inspected call in this period"), _("Choose a longer period."), "inbox")
        return
    changed = len(found.changed)
    cards = (
        (
            _("Calls that change"),
            changed,
            _(
                "of {d} inspected calls ({share})",
                d=fmt_count(found.calls),
                share=fmt_percent(changed, found.calls),
            ),
        ),
        (
            _("Findings that come"),
            found.gained,
            _("in {n} calls", n=fmt_count(sum(bool(c.gained) for c in found.changed))),
        ),
        (
            _("Findings that go"),
            found.lost,
            _("in {n} calls", n=fmt_count(sum(bool(c.lost) for c in found.changed))),
        ),
    )
    for column, (label, number, sentence) in zip(st.columns(3), cards, strict=True):
        with column, st.container(border=True):
            st.metric(label, fmt_count(number))
            st.caption(plain(sentence))
    if not changed:
        st.caption(_("On these calls the draft finds just what the rulebook finds, at the same score."))
        return
    if found.by_rule:
        _by_rule(found, base, book)
    _calls(found)


def _titles(found: Comparison, base: Rulebook, book: Rulebook) -> dict[str, str]:
    """What each rule is called: a phrase by its first wording, what no phrase found by how it was found."""
    phrases = {rule.id: (*rule.texts, rule.id)[0] for rule in (*all_phrases(base), *all_phrases(book))}
    layers = {
        finding["rule"]: name("finding_layer", finding["layer"])
        for change in found.changed
        for finding in (*change.gained, *change.lost)
    }
    return {
        rule.rule: f"{phrases.get(rule.rule, layers[rule.rule])} · {code_name('finding_category', rule.category)}"
        for rule in found.by_rule
    }


def _by_rule(found: Comparison, base: Rulebook, book: Rulebook) -> None:
    titles = _titles(found, base, book)
    come, go = _("come"), _("go")
    rules = found.by_rule
    rows: list[dict[str, Any]] = []
    for rule in rules[:MOST_RULES]:
        title = titles[rule.rule]
        rows += [
            {"group": title, "state": come, "count": rule.gained},
            {"group": title, "state": go, "count": rule.lost},
        ]
    chart, _stacked = charts_counts.stacked_counts(pd.DataFrame(rows), {come: VERMILION, go: BLUE})
    first = rules[0]
    sentence = _(
        "Most changes: {name}, {come} findings come and {go} go, of {total} in all.",
        name=titles[first.rule],
        come=fmt_count(first.gained),
        go=fmt_count(first.lost),
        total=fmt_count(found.gained + found.lost),
    )
    st.altair_chart(chart, width="stretch", alt=sentence)
    st.caption(plain(sentence))
    chosen = st.selectbox(
        _("Sentences of"),
        [rule.rule for rule in rules],
        format_func=lambda id_: titles[id_],
        key="rulebook_change_rule",
        width=420,
    )
    _sentences(found, str(chosen))


def _sentences(found: Comparison, rule: str) -> None:
    rows = [
        (change, finding, is_new)
        for change in found.changed
        for findings, is_new in ((change.gained, True), (change.lost, False))
        for finding in findings
        if finding["rule"] == rule
    ]
    opened = table(
        pd.DataFrame(
            {
                "what": _("comes") if is_new else _("goes"),
                "text": finding.get("text") or finding["quote"] or NOTHING,
                "quote": finding["quote"] or NOTHING,
                "verdict": name("finding_verdict", finding["verdict"]),
                "layer": name("finding_layer", finding["layer"]),
                "agent": change.agent_name,
                "day": change.started_on.isoformat(),
            }
            for change, finding, is_new in rows
        ),
        {
            "what": text_column(_("Change"), 60),
            "text": text_column(_("Sentence"), 420),
            "quote": text_column(_("Words said"), 160),
            "verdict": text_column(_("Verdict"), 90),
            "layer": text_column(_("Found by"), 70),
            "agent": text_column(_("Agent"), 80),
            "day": text_column(_("Day"), 100),
        },
        key=f"rulebook_sentences_{rule}",
        rows_seen=8,
    )
    st.caption(plain(_("{n} findings of this rule. Click one to open its call.", n=fmt_count(len(rows)))))
    if opened is not None:
        navigation.go("call", {"call": rows[opened][0].call_id})


def _calls(found: Comparison) -> None:
    st.markdown(f"**{plain(_('Calls that change, the largest change of score first'))}**")
    opened = table(
        pd.DataFrame(
            {
                "call": change.call_id,
                "agent": change.agent_name,
                "day": change.started_on.isoformat(),
                "score": f"{change.score_before:.0f} → {change.score_after:.0f}",
                "gained": _categories(change.gained),
                "lost": _categories(change.lost),
            }
            for change in found.changed
        ),
        {
            "call": text_column(_("Call"), 140),
            "agent": text_column(_("Agent"), 80),
            "day": text_column(_("Day"), 100),
            "score": text_column(_("Score"), 100),
            "gained": text_column(_("Comes"), 300),
            "lost": text_column(_("Goes"), 300),
        },
        key="rulebook_changed_calls",
        rows_seen=8,
    )
    hint()
    if opened is not None:
        navigation.go("call", {"call": found.changed[opened].call_id})


def _categories(findings: Sequence[dict[str, Any]]) -> str:
    names = (code_name("finding_category", finding["category"]) for finding in findings)
    return " · ".join(names) or NOTHING

"""One phrase in full: its wordings, when it counts, why, and how often it was found lately."""

from __future__ import annotations

from datetime import timedelta

import pandas as pd
import streamlit as st

from dashboard import navigation
from dashboard.formats import NOTHING, fmt_count, fmt_instant, fmt_percent, plain
from dashboard.i18n import _, listed, name
from dashboard.quality_lists import SEVERITY_COLOURS, severity_label
from dashboard.reads import open_session, person, today
from dashboard.rulebook_books import Shown
from dashboard.rulebook_tables import origin_words
from dashboard.rulebook_try import keep
from dashboard.rulebook_words import code_name, field_words, list_of, record_title
from dashboard.tables import table, text_column
from db import rule_findings, rulebook_history
from db.rule_findings import RuleUse
from regulations.access import Scope
from regulations.editing import record_of
from regulations.values import PhraseRule

_STATUS_COLOURS = {"stated": "green", "inferred": "blue", "product_choice": "gray"}


MOST_CHANGES = 5


def show_card(scope: Scope, rule: PhraseRule, shown: Shown, use: RuleUse, inspected: int, days: int) -> None:
    """The card, with what may be done: try it, change it."""
    with st.container(border=True, gap="small", key="rulebook_card"):
        with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
            st.markdown(f"#### {plain((*rule.texts, *rule.patterns, rule.id)[0])}")
            st.button(
                _("Close"),
                icon=":material/close:",
                type="tertiary",
                on_click=close,
                key="rulebook_card_close",
            )
        _badges(rule)
        st.markdown(plain(_why(rule)))
        _wordings(rule)
        _facts(rule, shown)
        _actions(scope, rule)
        _history(scope, rule)
        _use(scope, rule, use, inspected, days)


def close() -> None:
    """Show the list alone again."""
    if "rule" in st.query_params:
        del st.query_params["rule"]


def _badges(rule: PhraseRule) -> None:
    badges = [
        f":{'red' if rule.kind == 'banned' else 'green'}-badge[{plain(name('phrase_kind', rule.kind))}]",
        f":blue-badge[{plain(code_name('finding_category', rule.category))}]",
        f":{SEVERITY_COLOURS[rule.severity]}-badge[{plain(severity_label(rule.severity))}]",
        f":{_STATUS_COLOURS[rule.status]}-badge[{plain(name('parameter_status', rule.status))}]",
        *(f":gray-badge[{plain(clause)}]" for clause in rule.clauses),
    ]
    st.markdown(" ".join(badges))


def _why(rule: PhraseRule) -> str:
    """What the rule rests on, in one sentence."""
    clauses = listed(rule.clauses)
    if not clauses:
        return _("No clause speaks of it: it is our own choice and may be changed.")
    if rule.status == "stated":
        return _("The regulations name these words: {clauses}.", clauses=clauses)
    if rule.status == "inferred":
        return _("Read from {clauses}, which ask for it without these very words.", clauses=clauses)
    if rule.kind == "banned":
        return _(
            "{clauses} forbid this kind of talk; which words show it is our choice and may be changed.",
            clauses=clauses,
        )
    return _("{clauses} ask for it; which words show it is our choice and may be changed.", clauses=clauses)


def _wordings(rule: PhraseRule) -> None:
    groups = (
        (_("Any of these wordings"), rule.texts),
        (_("Patterns (they only propose)"), rule.patterns),
        (_("Exceptions that are harmless"), rule.allow),
        (_("Say instead"), rule.suggest),
    )
    for title, words in groups:
        if words:
            st.markdown(f":gray[{plain(title)}]  \n" + " · ".join(plain(word) for word in words))


def _facts(rule: PhraseRule, shown: Shown) -> None:
    facts: list[tuple[str, str]] = []
    if rule.kind == "banned":
        facts.append((_("Certainty"), field_words("is_sure", rule.is_sure)))
        facts.append(
            (_("Same sound, other characters"), _("proposes") if rule.by_sound else _("not looked for"))
        )
    else:
        facts.append((_("Owed when"), field_words("condition", rule.condition)))
        facts.append(
            (_("Certainty"), _("Its absence may be sure") if rule.is_sure else _("Only proposes a review"))
        )
    if rule.after:
        first = record_of(shown.book, "required", rule.after)
        facts.append((_("Said after"), record_title(first) if first else rule.after))
    if rule.only:
        facts.append((_("Only with"), field_words("only", rule.only)))
    if rule.unless:
        facts.append((_("Not with"), field_words("unless", rule.unless)))
    if rule.times > 1:
        facts.append((_("Counts only from"), _("{n} times in a contact", n=rule.times)))
    facts += [
        (_("Points off"), fmt_count(rule.points)),
        (_("Phase"), field_words("phase", rule.phase)),
        (_("Channel"), field_words("channels", rule.channels)),
        (_("Direction"), field_words("directions", rule.directions)),
        (_("Kind of contact"), field_words("contact_kinds", rule.contact_kinds)),
        (_("Match"), field_words("match", rule.match)),
        (_("From"), origin_words(shown.origin_of(rule))),
        (_("Id"), rule.id),
    ]
    lines = [f":gray[{plain(label)}] {plain(value)}" for label, value in facts]
    left, right = st.columns(2)
    half = (len(lines) + 1) // 2
    left.markdown("  \n".join(lines[:half]))
    right.markdown("  \n".join(lines[half:]))


def _actions(scope: Scope, rule: PhraseRule) -> None:
    with st.container(horizontal=True, gap="small"):
        st.button(
            _("Try it"),
            icon=":material/play_arrow:",
            on_click=_try,
            args=(rule.texts[0],),
            key="rulebook_try_this",
        )
        if scope.may("rulebook.edit"):
            st.button(
                _("Change it"),
                icon=":material/edit:",
                on_click=go_edit,
                args=(f"{list_of(rule)}:{rule.id}",),
                key="rulebook_change_this",
            )


def _try(text: str) -> None:
    keep(text)
    st.query_params["view"] = "try"


def go_edit(code: str) -> None:
    """Open the form for a phrase or a limit: `banned:id`, `required:id`, `banned:`, `limit:key`."""
    st.query_params["view"] = "draft"
    st.query_params["edit"] = code


def _history(scope: Scope, rule: PhraseRule) -> None:
    """Who changed the phrase, from when on and why."""
    with open_session() as session:
        found = rulebook_history.history_of(session, scope, f"phrase.{list_of(rule)}[{rule.id}]")
    for done in found[:MOST_CHANGES]:
        day = done.valid_from.isoformat() if done.valid_from else NOTHING
        said = _(
            "Changed from {day} on by {who}: {note}", day=day, who=person(done.updated_by), note=done.note
        )
        st.caption(f":material/history: {plain(said)}")


def _use(scope: Scope, rule: PhraseRule, use: RuleUse, inspected: int, days: int) -> None:
    if not scope.may("quality.view"):
        return
    if not use.total:
        said = (
            _(
                "Not found in the {n} calls inspected in the last {days} days.",
                n=fmt_count(inspected),
                days=days,
            )
            if inspected
            else _("No call was inspected in the last {days} days.", days=days)
        )
        st.caption(plain(said))
        return
    decided = use.confirmed + use.overturned
    st.markdown(
        plain(
            _(
                "Last {days} days: {n} findings in {calls} of {inspected} inspected calls ({proposed} of them only proposed). "
                "People decided {decided} of {n}: {confirmed} confirmed, {overturned} overturned ({share}).",
                days=days,
                n=fmt_count(use.total),
                calls=fmt_count(use.calls),
                inspected=fmt_count(inspected),
                proposed=fmt_count(use.proposed),
                decided=fmt_count(decided),
                confirmed=fmt_count(use.confirmed),
                overturned=fmt_count(use.overturned),
                share=fmt_percent(use.overturned, decided) if decided else NOTHING,
            )
        )
    )
    on = today()
    with open_session() as session:
        rows = rule_findings.list_of_rule(
            session, scope, rule.id, from_on=on - timedelta(days=days - 1), to_on=on
        )
    opened = table(
        pd.DataFrame(
            {
                "quote": row.quote or NOTHING,
                "agent": row.agent_name,
                "when": fmt_instant(row.started_at),
                "state": name("review_decision", row.decision) if row.decision else _("Not reviewed yet"),
            }
            for row in rows
        ),
        {
            "quote": text_column(_("Words said"), 180),
            "agent": text_column(_("Agent"), 80),
            "when": text_column(_("When"), 130),
            "state": text_column(_("Review"), 90),
        },
        key=f"rulebook_calls_{rule.id}",
        rows_seen=6,
    )
    if opened is not None:
        navigation.go("call", {"call": rows[opened].call_id})

"""The phrases of a rulebook as a list that can be searched; a click opens one."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

import pandas as pd
import streamlit as st

from dashboard.components import empty
from dashboard.filters import choice_filter
from dashboard.formats import NOTHING, fmt_count, plain
from dashboard.i18n import _, listed, name
from dashboard.quality_lists import SEVERITY_COLOURS, severity_label
from dashboard.reads import TTL_SECONDS, open_session, today
from dashboard.rulebook_books import Shown, choose_book
from dashboard.rulebook_card import show_card
from dashboard.rulebook_words import all_phrases, choices_of, code_name, counts, list_of
from dashboard.tables import label_column, table, text_column
from db import rule_findings
from db.models import RulebookDraft
from db.quality import SEVERITIES
from db.rule_findings import RuleUse
from regulations.access import Scope
from regulations.editing import SITE
from regulations.names import NAMES
from regulations.values import PhraseRule
from settings import get_settings

DAYS = 30
"""Over how many days the use of a phrase is counted."""


@st.cache_data(ttl=TTL_SECONDS, show_spinner=False, max_entries=50)
def _uses(database: str, scope: Scope, from_day: str, to_day: str) -> tuple[dict[str, RuleUse], int]:
    on = today()
    with open_session() as session:
        found, inspected = rule_findings.count_by_rule(
            session, scope, from_on=on - timedelta(days=DAYS - 1), to_on=on
        )
    return dict(found), inspected


def uses(scope: Scope) -> tuple[Mapping[str, RuleUse], int]:
    """The use of each phrase in the last 30 days, and how many calls were inspected; empty for who sees no calls."""
    if not scope.may("quality.view"):
        return {}, 0
    on = today()
    return _uses(get_settings().database, scope, (on - timedelta(days=DAYS - 1)).isoformat(), on.isoformat())


def show(scope: Scope, draft: RulebookDraft | None) -> None:
    """The list with its filters, and beside it the phrase that was opened."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        shown = choose_book(draft, 210)
        kind = choice_filter("kind", _("Rule"), choices_of("phrase_kind"), "rulebook_kind", 130)
        rules = all_phrases(shown.book)
        categories = {
            rule.category: code_name("finding_category", rule.category)
            for rule in rules
            if not kind or rule.kind == kind
        }
        category = choice_filter("category", _("Category"), categories, "rulebook_category", 160)
        phase = choice_filter("phase", _("Phase"), choices_of("phrase_phase"), "rulebook_phase", 110)
        status = choice_filter("status", _("Status"), statuses(), "rulebook_status", 150)
        searched = _search()
    changed = (
        {key for key, origin in shown.book.record_origins().items() if origin == SITE}
        if status == SITE
        else None
    )
    used, inspected = uses(scope)
    none = RuleUse()
    found = sorted(
        (
            rule
            for rule in rules
            if _fits(rule, kind, category, phase, searched) and _has(rule, status, changed)
        ),
        key=lambda rule: (
            not used.get(rule.id, none).total,
            -SEVERITIES.index(rule.severity),
            -used.get(rule.id, none).total,
            rule.category,
            rule.id,
        ),
    )
    _counts(found, rules)
    if not found:
        empty(
            _("No phrase fits that search"),
            _("Try a word of it, a clause such as E5.13, or part of an id; or take a filter away."),
            "search_off",
        )
        return
    opened = _opened(rules)
    if opened is None:
        _list(found, used, inspected, is_narrow=False, shown=shown)
        return
    left, right = st.columns([5, 6], gap="medium")
    with left:
        _list(found, used, inspected, is_narrow=True, shown=shown)
    with right:
        show_card(scope, opened, shown, used.get(opened.id, RuleUse()), inspected, DAYS)


def statuses() -> dict[str, str]:
    """By which status phrases can be chosen: that of their source, and those that were changed on this page."""
    return {**choices_of("parameter_status"), SITE: _("Changed here")}


def _has(rule: PhraseRule, status: str, changed: set[str] | None) -> bool:
    if changed is not None:
        return f"phrase.{list_of(rule)}[{rule.id}]" in changed
    return not status or rule.status == status


def _search() -> str:
    st.session_state["rulebook_search"] = st.query_params.get("q", "")[:100]
    st.text_input(
        _("Search by word, id or clause"),
        key="rulebook_search",
        placeholder="随便你 · E5.13",
        on_change=_searched,
        width=200,
    )
    return str(st.session_state["rulebook_search"]).strip().lower()


def _searched() -> None:
    typed = str(st.session_state["rulebook_search"]).strip()
    if typed:
        st.query_params["q"] = typed
    elif "q" in st.query_params:
        del st.query_params["q"]


def _fits(rule: PhraseRule, kind: str, category: str, phase: str, searched: str) -> bool:
    if (kind and rule.kind != kind) or (category and rule.category != category):
        return False
    if phase and rule.phase != phase:
        return False
    words = (rule.id, *rule.texts, *rule.patterns, *rule.clauses, *rule.suggest)
    return searched in " ".join(words).lower()


def _counts(found: list[PhraseRule], rules: tuple[PhraseRule, ...]) -> None:
    numbers = counts(tuple(found))
    kinds = listed(
        f"{title} {fmt_count(numbers.get(code, 0))}" for code, title in choices_of("phrase_kind").items()
    )
    statuses = listed(
        f"{name('parameter_status', code)} {fmt_count(numbers.get(code, 0))}"
        for code in NAMES["parameter_status"]
    )
    wordings = sum(len(rule.texts) + len(rule.patterns) for rule in found)
    said = _(
        "{n} of {total} phrases with {w} wordings. {kinds}. By source: {statuses}.",
        n=fmt_count(len(found)),
        total=fmt_count(len(rules)),
        w=fmt_count(wordings),
        kinds=kinds,
        statuses=statuses,
    )
    st.caption(plain(said))


def _opened(rules: tuple[PhraseRule, ...]) -> PhraseRule | None:
    asked = st.query_params.get("rule")
    return next((rule for rule in rules if rule.id == asked), None)


def _list(
    found: list[PhraseRule], used: Mapping[str, RuleUse], inspected: int, *, is_narrow: bool, shown: Shown
) -> None:
    frame = pd.DataFrame(_row(rule, used.get(rule.id, RuleUse())) for rule in found)
    columns = {
        "texts": text_column(_("Phrases"), 250 if is_narrow else 190),
        "category": text_column(_("Category"), 145),
        "kind": text_column(_("Rule"), 85),
        "severity": label_column(
            _("Severity"),
            [severity_label(code) for code in reversed(SEVERITIES)],
            [SEVERITY_COLOURS[code] for code in reversed(SEVERITIES)],
            100,
        ),
        "sure": text_column(_("Certainty"), 80),
        "phase": text_column(_("Phase"), 65),
        "points": st.column_config.NumberColumn(_("Points off"), format="%g", width=75),
        "clauses": text_column(_("Clauses"), 130),
        "status": text_column(_("Status"), 110),
        "found": text_column(
            _("In 30 days"),
            90,
            _(
                "Findings in the {n} calls inspected in the last 30 days; in brackets, overturned.",
                n=inspected,
            ),
        ),
    }
    if is_narrow:
        columns = {key: columns[key] for key in ("texts", "category", "severity")}
    if not inspected:
        columns.pop("found", None)

    def open_one(position: int) -> None:
        st.query_params["rule"] = found[position].id

    table(
        frame,
        columns,
        key=f"rulebook_phrases_{shown.code}_{len(found)}_{is_narrow}",
        on_open=open_one,
        rows_seen=16 if is_narrow else 13,
    )
    if not is_narrow:
        st.caption(_("Found in the last 30 days first, the gravest on top. Click a row to open it."))


def _found_words(use: RuleUse) -> str:
    if not use.total:
        return NOTHING
    overturned = f" ({fmt_count(use.overturned)})" if use.overturned else ""
    return f"{fmt_count(use.total)}{overturned}"


def _row(rule: PhraseRule, use: RuleUse) -> dict[str, object]:
    return {
        "texts": " · ".join([*rule.texts, *rule.patterns]),
        "category": code_name("finding_category", rule.category),
        "kind": name("phrase_kind", rule.kind),
        "severity": [severity_label(rule.severity)],
        "sure": NOTHING if rule.kind != "banned" else _("Sure") if rule.is_sure else _("Proposes"),
        "phase": name("phrase_phase", rule.phase),
        "points": float(rule.points),
        "clauses": " ".join(rule.clauses) or NOTHING,
        "status": name("parameter_status", rule.status),
        "found": _found_words(use),
    }

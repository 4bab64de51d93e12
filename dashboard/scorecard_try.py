"""A version tried on past calls: one line by line, and what it would do to the scores of many."""

from __future__ import annotations

from decimal import Decimal
from functools import partial

import pandas as pd
import streamlit as st

from dashboard import navigation
from dashboard.components import empty, section
from dashboard.formats import NOTHING, fmt_count, fmt_instant, fmt_percent, plain
from dashboard.i18n import _, lang, name
from dashboard.reads import open_session, rulebook_of
from dashboard.scorecard_words import answer_words, row_name
from dashboard.tables import table, text_column
from db import scorecard_trials, scorecards
from db.models import Inspection
from db.models import Scorecard as Row
from quality.card_choice import Edition, choose
from quality.scorecards import Criterion, Line, Scorecard, Scored, charges, given, score
from regulations.access import Scope

MOST_CALLS = 200
_PARAM = "call"


def show(scope: Scope, row: Row) -> None:
    """The comparison over many calls, then one call in full."""
    card = scorecards.card_of(row)
    with open_session() as session:
        recent = list(scorecard_trials.list_recent(session, scope, card, limit=MOST_CALLS))
        editions = scorecards.editions(session)
        names = {r.id: row_name(r) for r in scorecards.list_cards(session, scope)}
    if not recent:
        empty(
            _("No past call to try it on"),
            _("No inspected call of your teams is of the sort that this card is for."),
            "search_off",
        )
        return
    section(
        _("On the latest calls"),
        _(
            "By the machine alone: items that only a person scores are left out on both sides. Nothing is stored."
        ),
    )
    pairs = []
    for inspection in recent:
        call = inspection.call
        now = choose(editions, scorecards.contact_of(call, inspection), call.started_on)
        if now is not None:
            pairs.append((_by_machine(now.card, inspection), _by_machine(card, inspection)))
    _many(pairs)
    section(_("One call, line by line"))
    inspection = _choose(recent)
    _one(scope, card, inspection, editions_name=_card_now(editions, names, inspection))


def _card_now(editions: list[Edition], names: dict[int, str], inspection: Inspection) -> str:
    call = inspection.call
    now = choose(editions, scorecards.contact_of(call, inspection), call.started_on)
    return NOTHING if now is None else _("{name}, version {n}", name=names[now.id], n=now.version)


def _by_machine(card: Scorecard, inspection: Inspection) -> Scored:
    contact = scorecards.contact_of(inspection.call, inspection)
    found = charges(scorecards.found_of(inspection), by_machine=True)
    return score(card, contact, {}, found, pass_score=_limit(inspection))


def _limit(inspection: Inspection) -> Decimal | None:
    return rulebook_of(inspection.rulebook_version).decimal("qa.pass_score")


def _many(pairs: list[tuple[Scored, Scored]]) -> None:
    kept = [(a, b) for a, b in pairs if a.score is not None and b.score is not None]
    if not kept:
        st.caption(plain(_("None of them has an item that the machine scores.")))
        return
    means = [
        sum((s.score or Decimal(0) for s in side), Decimal(0)) / len(kept) for side in zip(*kept, strict=True)
    ]
    passed = [sum(bool(s.is_pass) for s in side) for side in zip(*kept, strict=True)]
    lower = sum((b.score or 0) < (a.score or 0) for a, b in kept)
    higher = sum((b.score or 0) > (a.score or 0) for a, b in kept)
    if not lower and not higher:
        st.markdown(
            plain(
                _(
                    "{n} calls score the same as under the card of their day: mean {mean}, passed {passed} ({share}).",
                    n=fmt_count(len(kept)), mean=fmt_count(round(means[1], 1)),
                    passed=fmt_count(passed[1]), share=fmt_percent(passed[1], len(kept)),
                )
            )
        )  # fmt: skip
        return
    st.markdown(
        plain(
            _(
                "{n} calls: mean {before} under the card of their day, {after} under this one; passed {passed_before} ({share_before}) and {passed_after} ({share_after}). {lower} would score lower, {higher} higher.",
                n=fmt_count(len(kept)), before=fmt_count(round(means[0], 1)), after=fmt_count(round(means[1], 1)),
                passed_before=fmt_count(passed[0]), share_before=fmt_percent(passed[0], len(kept)),
                passed_after=fmt_count(passed[1]), share_after=fmt_percent(passed[1], len(kept)),
                lower=fmt_count(lower), higher=fmt_count(higher),
            )
        )
    )  # fmt: skip


def _choose(recent: list[Inspection]) -> Inspection:
    by_number = {inspection.call.call_id: inspection for inspection in recent}
    asked = st.query_params.get(_PARAM, "")
    key = "scorecard_call"
    # At first the call with the most findings: it says the most about a card.
    most = max(recent, key=lambda i: sum(f.verdict != "cannot_tell" for f in i.findings)).call.call_id
    st.session_state[key] = asked if asked in by_number else most
    st.selectbox(
        _("Call"), list(by_number), key=key, width=520, on_change=_chosen, args=(key,),
        format_func=lambda number: _label(by_number[number]),
        help=_("The latest {n} inspected calls that the card is for; type a number or a name.", n=fmt_count(len(recent))),
    )  # fmt: skip
    return by_number[str(st.session_state[key])]


def _label(inspection: Inspection) -> str:
    call = inspection.call
    return f"{call.call_id} · {call.agent.name} · {fmt_instant(call.started_at)} · {name('contact_kind', call.kind)}"


def _chosen(key: str) -> None:
    st.query_params[_PARAM] = str(st.session_state[key])


def _one(scope: Scope, card: Scorecard, inspection: Inspection, *, editions_name: str) -> None:
    call = inspection.call
    with open_session() as session:
        review = scorecard_trials.standing_review(session, scope, call.id)
    answers: dict[str, str] = {}
    found = charges(scorecards.found_of(inspection), by_machine=True)
    if review is not None:
        known = {c.code: c for c in card.criteria}
        answers = {
            code: answer
            for code, answer in given(review.answers).items()
            if code in known and answer in known[code].choices
        }
        found = charges(scorecards.found_of(inspection, review.added))
    contact = scorecards.contact_of(call, inspection)
    answers |= _answers(card, score(card, contact, answers, found), call.call_id)
    made = score(card, contact, answers, found, pass_score=_limit(inspection))
    said = (
        _("With the answers of {who}; what the review left open can be answered here.", who=review.reviewer)
        if review is not None
        else _(
            "Nobody reviewed this call: what the machine is sure of counts, and the other items can be answered here."
        )
    )
    st.caption(plain(said + " " + _("Its own card: {name}.", name=editions_name)))
    left, right = st.columns([1, 3], vertical_alignment="center")
    left.metric(_("Score on this card"), NOTHING if made.score is None else fmt_count(made.score))
    right.markdown("  \n".join(plain(step.text(lang())) for step in made.steps))
    _lines(made)
    navigation.link("call", _("Open the call"), ":material/arrow_forward:", call=call.call_id)


def _answers(card: Scorecard, made: Scored, call_id: str) -> dict[str, str]:
    """Answers given here to the items that wait for one; they are kept nowhere."""
    waiting = [line.criterion for line in made.lines if line.state in ("unanswered", "waiting")]
    found: dict[str, str] = {}
    if not waiting:
        return found
    with st.expander(
        _("Answer the items that only a person scores ({n})", n=len(waiting)), icon=":material/edit:"
    ):
        for first in range(0, len(waiting), 4):
            for column, item in zip(st.columns(4), waiting[first : first + 4], strict=False):
                answer = column.selectbox(
                    plain(item.title(lang())), ("", *item.choices), key=f"scorecard_try:{card.code}:{call_id}:{item.code}",
                    format_func=partial(_said, item),
                )  # fmt: skip
                if answer:
                    found[item.code] = answer
    return found


def _said(item: Criterion, answer: str) -> str:
    return answer_words(item, answer) if answer else NOTHING


def _lines(made: Scored) -> None:
    table(
        pd.DataFrame(_row(line) for line in made.lines),
        {
            "item": text_column(_("Item"), 330),
            "state": text_column(_("Scored"), 85),
            "answer": text_column(_("Answer"), 90),
            "points": text_column(_("Points earned"), 95),
            "why": text_column(_("Why"), 500),
        },
        key="scorecard_lines",
        can_open=False,
        rows_seen=22,
    )


def _row(line: Line) -> dict[str, str]:
    title = line.criterion.title(lang())
    first, *more = [step.text(lang()) for step in line.why]
    why = first.removeprefix(f"{title}：").removeprefix(f"{title}: ")
    return {
        "item": title,
        "state": name("score_line", line.state),
        "answer": answer_words(line.criterion, line.answer) if line.answer else NOTHING,
        "points": NOTHING
        if line.earned is None or not line.weight
        else f"{fmt_count(round(line.earned, 2))} / {fmt_count(line.weight)}",
        "why": " ".join([why, *more]),
    }

"""A closed calibration round: agreement item by item, the distance from the expert, and the calls people judged most differently."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboard import navigation
from dashboard.components import section
from dashboard.formats import NOTHING, fmt_count, fmt_percent, fmt_rate, plain
from dashboard.i18n import N_, _, lang, listed, name
from dashboard.tables import label_column, percent_column, table, text_column
from db.calibration_compare import Comparison
from quality.agreement import Agreement
from quality.comparing import ItemAgreement
from quality.scorecards import Criterion

_COLOURS = {
    "low": "red",
    "tentative": "orange",
    "one_sided": "violet",
    "reliable": "green",
    "same": "green",
    "nothing": "gray",
}
CALL = "compared"  # in the address: which call is opened


def show(found: Comparison, expert: str, expert_id: int | None) -> None:
    """Items first, then people, then calls."""
    if not found.calls:
        st.caption(plain(_("No call was finished by two people.")))
        return
    _items(found)
    _people(found, expert)
    _calls(found, expert_id)


def _items(found: Comparison) -> None:
    section(
        _("Agreement on each item"),
        _(
            "Every pair of reviewers of a call either gives the same answer or not. Alpha takes out what chance alone would give: 1 is full agreement, 0 is chance."
        ),
    )
    compared = [item for item in found.items if item.agreement.pairs]
    rows = [_row(item) for item in compared]
    table(
        pd.DataFrame(rows),
        {
            "standing": label_column(
                _("Verdict"), [name("agreement", code) for code in _COLOURS], list(_COLOURS.values()), 95
            ),
            "item": text_column(_("Item"), 225),
            "raw": percent_column(_("Same answer")),
            "pairs": text_column(_("Pairs"), 55),
            "usual": text_column(_("Answers given"), 175),
            "alpha": text_column(_("Alpha"), 55),
            "interval": text_column(_("95% interval"), 105),
            "kappa": text_column(_("Kappa"), 55),
            "size": text_column(_("Calls × reviewers"), 125),
        },
        key="round_items",
        can_open=False,
        rows_seen=20,
    )
    st.caption(
        plain(
            _(
                "No interval: fewer than five calls in which somebody answered otherwise, so its width is not known. Kappa (Fleiss) for answers without an order."
            )
        )
    )
    with st.expander(_("What this means, item by item"), icon=":material/lightbulb:", expanded=True):
        scores = _("Total score: alpha {alpha} over {n} calls.", alpha=_number(found.scores.alpha), n=found.scores.units)  # fmt: skip
        lines = [f"- {plain(scores)}"] if found.scores.alpha is not None else []
        lines += [
            f"- **{plain(item.criterion.title(lang()))}**: {plain(item.meaning.text(lang()))}"
            for item in compared
            if item.standing not in ("reliable", "same")
        ]
        for standing, sentence in (
            ("reliable", N_("{n} items can be relied on: {items}.")),
            ("same", N_("On {n} items everybody always gave the same answer: {items}.")),
        ):
            titles = [item.criterion.title(lang()) for item in compared if item.standing == standing]
            if titles:
                lines.append(
                    f"- {plain(_(sentence, n=len(titles), items=('；' if lang() == 'zh' else '; ').join(titles)))}"
                )
        st.markdown("\n".join(lines))


def _row(item: ItemAgreement) -> dict[str, object]:
    one = item.agreement
    return {
        "standing": [name("agreement", item.standing)],
        "item": item.criterion.title(lang()),
        "raw": None if one.raw is None else 100 * one.raw,
        "pairs": _("{n} of {d}", n=one.agreeing_pairs, d=one.pairs),
        "usual": listed(
            f"{_answer(item.criterion, code)} {fmt_rate(100 * share, 0)}" for code, share in item.shares
        ),
        "alpha": _number(one.alpha),
        "interval": _interval(one),
        "kappa": _number(one.kappa),
        "size": f"{one.units} × {item.raters}",
    }


def _number(value: float | None) -> str:
    return NOTHING if value is None else f"{value:.2f}"


def _interval(one: Agreement) -> str:
    return NOTHING if one.low is None or one.high is None else f"{one.low:.2f} … {one.high:.2f}"


def _answer(criterion: Criterion, code: str) -> str:
    found = next((level.title(lang()) for level in criterion.levels if level.code == code), "")
    return found or (_("does not apply") if code == "na" else code)


def _people(found: Comparison, expert: str) -> None:
    if not found.distances:
        return
    section(
        _("Distance from the expert"),
        _(
            "{who} is the measure. Mean difference of the total score over the calls both have judged: above 0 milder, below 0 stricter.",
            who=expert,
        ),
    )
    table(
        pd.DataFrame(
            {
                "who": found.people.get(one.reviewer, NOTHING),
                "calls": fmt_count(one.calls),
                "signed": NOTHING if one.signed is None else f"{one.signed:+.1f}",
                "absolute": NOTHING if one.absolute is None else f"{one.absolute:.1f}",
                "items": listed(
                    f"{criterion.title(lang())} ({_('{n} of {d}', n=n, d=of)})"
                    for criterion, n, of in one.differing[:4]
                )
                or NOTHING,
            }
            for one in found.distances
        ),
        {
            "who": text_column(_("Reviewer"), 110),
            "calls": text_column(_("Calls judged"), 90),
            "signed": text_column(_("Milder or stricter (points)"), 180),
            "absolute": text_column(_("Apart (points)"), 120),
            "items": text_column(_("Differs most on"), "large"),
        },
        key="round_people",
        can_open=False,
    )


def _calls(found: Comparison, expert_id: int | None) -> None:
    section(_("Calls judged most differently"), _("The largest difference first: hear these together."))

    def opened(position: int) -> None:
        st.query_params[CALL] = found.calls[position].call

    table(
        pd.DataFrame(
            {
                "call": one.call,
                "spread": _("{n} points", n=fmt_count(round(one.spread, 1))),
                "scores": f"{fmt_count(one.lowest)} … {fmt_count(one.highest)}",
                "items": fmt_count(len(one.differing)),
                "which": listed(criterion.title(lang()) for criterion in one.differing[:5]) or NOTHING,
            }
            for one in found.calls
        ),
        {
            "call": text_column(_("Call"), 150),
            "spread": text_column(_("Apart"), 90),
            "scores": text_column(_("Scores"), 110),
            "items": text_column(_("Items answered differently"), 160),
            "which": text_column(_("Which"), "large"),
        },
        key="compared_calls",
        rows_seen=8,
        on_open=opened,
    )
    st.caption(plain(_("Click a row to see who answered what.")))
    asked = st.query_params.get(CALL)
    one = next((spread for spread in found.calls if spread.call == asked), found.calls[0])
    _who_answered(found, one.call, expert_id)


def _who_answered(found: Comparison, call: str, expert_id: int | None) -> None:
    """One call: a row an item, a column a reviewer; what was answered differently on top."""
    said = {j.reviewer: j for j in found.judgements if j.call == call}
    differing = {
        criterion.code for spread in found.calls if spread.call == call for criterion in spread.differing
    }
    criteria = [c for c in found.card.criteria if any(c.code in j.answers for j in said.values())]
    criteria.sort(key=lambda c: c.code not in differing)
    people = sorted(said, key=lambda reviewer: (reviewer != expert_id, reviewer))
    scores = {f"u{r}": NOTHING if said[r].score is None else fmt_count(said[r].score) for r in people}
    rows = [{"item": _("Total score"), "apart": [], **scores}]
    rows += [
        {
            "item": criterion.title(lang()),
            "apart": [_("differs")] if criterion.code in differing else [],
            **{f"u{r}": _answer(criterion, said[r].answers[criterion.code]) if criterion.code in said[r].answers else NOTHING for r in people},
        }
        for criterion in criteria
    ]  # fmt: skip
    columns = {
        "item": text_column(_("Item"), 260),
        "apart": label_column(_("Difference"), [_("differs")], ["orange"], 90),
    }
    for r in people:
        who = found.people.get(r, NOTHING)
        columns[f"u{r}"] = text_column(_("{who} (expert)", who=who) if r == expert_id else who, 130)
    share = fmt_percent(len(differing), len(criteria), 0)
    st.markdown(
        f"**{plain(_('Call {number}', number=call))}** · "
        + plain(_("{n} of {d} items answered differently ({p})", n=len(differing), d=len(criteria), p=share))
    )
    table(pd.DataFrame(rows), columns, key="round_call", can_open=False, rows_seen=20)
    navigation.link("call", _("Listen to the call"), ":material/headphones:", call=call)

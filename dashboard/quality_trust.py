"""How far the machine can be trusted: how often people agree with it, what it overlooks, and which rules need editing."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from dashboard import navigation
from dashboard.components import section
from dashboard.formats import NOTHING, fmt_count, fmt_month, fmt_rate, plain
from dashboard.i18n import _, lang, name, sentences
from dashboard.quality_month_reads import MONTHS_OF_TREND, Month, Rules, rules
from dashboard.quality_words import end_of, interval_of, least_heard, written
from dashboard.reads import rulebook
from dashboard.tables import label_column, table, text_column
from db.metrics import METRICS, Figure
from db.rule_precision import PoorRule
from regulations.access import Scope


def show(scope: Scope, chosen: Month) -> None:
    """Precision, recall and the rules below the target, from the months of the trend: one month decides too little."""
    known = rules(scope, chosen.month)
    section(
        _("Can the machine be trusted?"),
        _(
            "From people's decisions in the {n} months from {first} on, all teams you see.",
            n=MONTHS_OF_TREND,
            first=fmt_month(f"{known.from_on:%Y-%m}"),
        ),
    )
    cards, poor = st.columns([2, 3])
    with cards:
        _card(known.precision, _confirmed(known))
        _card(known.recall, _heard_blind(known))
    with poor:
        _poor(scope, known.poor)


def sentence(known: Rules) -> str:
    """How far the machine is right, in a sentence or two."""
    if not _is_told(known.precision):
        return _("Too few findings are decided to tell how often the machine is right.")
    parts = [
        _(
            "Of what the machine found and people decided, {value} is confirmed ({low} to {high}).",
            value=written(known.precision),
            low=end_of(known.precision, "low"),
            high=end_of(known.precision, "high"),
        )
    ]
    poor = sum(_is_sure(one) for one in known.poor)
    if poor:
        parts.append(_("{n} rules are certainly too often wrong.", n=poor))
    return sentences(*parts)


def _confirmed(known: Rules) -> str:
    counts = {"n": fmt_count(known.precision.numerator), "d": fmt_count(known.precision.denominator)}
    return _("{n} of {d} decided findings were confirmed.", **counts)


def _heard_blind(known: Rules) -> str:
    counts = {"n": fmt_count(known.recall.numerator), "d": fmt_count(known.recall.denominator)}
    return _("{n} of {d} slips in calls heard blind had been found.", **counts)


def _is_told(figure: Figure) -> bool:
    return figure.value is not None and (figure.n or 0) >= least_heard()


def _is_sure(one: PoorRule) -> bool:
    """Whether the rule is certainly poor: the whole interval lies below, and not after a decision or two."""
    return one.is_certain and _is_told(one.figure)


def _card(figure: Figure, counted: str) -> None:
    metric = METRICS[figure.key]
    with st.container(border=True, height="stretch", gap="xsmall"):
        is_shown = _is_told(figure)
        value = written(figure) if is_shown else NOTHING
        st.metric(metric.name(lang()), value, help=plain(metric.definition(lang())))
        if is_shown:
            words = _(
                "With 95 % confidence between {low} and {high}.",
                low=end_of(figure, "low"),
                high=end_of(figure, "high"),
            )
            st.markdown(f":small[{plain(words)}]")
        if figure.denominator:
            st.caption(plain(counted))
        if not is_shown:
            st.caption(plain(_("Cannot be told yet; it is told from {least} on.", least=least_heard())))


def _poor(scope: Scope, poor: Sequence[PoorRule]) -> None:
    least = fmt_rate(float(rulebook().percent("qa.low_precision") or 0))
    if not poor:
        st.caption(plain(_("No rule has fewer than {least} of its findings confirmed.", least=least)))
        return
    certain = sum(_is_sure(one) for one in poor)
    st.markdown(f"**{plain(_('Rules confirmed in fewer than {least}', least=least))}**")
    phrases = {rule.id: rule for rule in (*rulebook().banned_phrases(), *rulebook().required_phrases())}
    frame = pd.DataFrame(
        {
            "rule": one.rule,
            "category": name("finding_category", phrases[one.rule].category) if one.rule in phrases else "",
            "confirmed": _("{n} of {d}", n=fmt_count(one.figure.numerator), d=one.figure.n or 0),
            "precision": f"{written(one.figure)} ({interval_of(one.figure)})",
            "sure": [_sure(one)],
        }
        for one in poor
    )
    columns = {
        "rule": text_column(_("Which rule"), 175),
        "category": text_column(_("Category"), 90),
        "confirmed": text_column(_("Confirmed"), 80),
        "precision": text_column(_("Share (interval)"), 120),
        "sure": label_column(_("Certainty"), [_certain(), _uncertain()], ["red", "gray"], 95),
    }
    can_open = navigation.may_open(scope, "rulebook")
    opened = table(frame, columns, key="poor_rules", rows_seen=6, can_open=can_open)
    said = _("{n} of them certainly, the others have too few decisions to tell.", n=certain)
    if not certain:
        said = _("None of them certainly: too few of their findings are decided.")
    elif certain == len(poor):
        said = _("All {n} certainly: the whole interval lies below.", n=certain)
    st.caption(plain(sentences(said, _("Click a row to edit its rule.") if can_open else "")))
    if opened is not None:
        navigation.go("rulebook", {"rule": poor[opened].rule})


def _sure(one: PoorRule) -> str:
    return _certain() if _is_sure(one) else _uncertain()


def _certain() -> str:
    return _("Certain")


def _uncertain() -> str:
    return _("Few decisions")

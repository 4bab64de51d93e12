"""Two versions of a card side by side: what changed, and who published what when and why."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import pandas as pd
import streamlit as st

from dashboard.components import empty, section
from dashboard.formats import NOTHING, fmt_count, fmt_instant, plain
from dashboard.i18n import N_, _, lang, name
from dashboard.reads import person
from dashboard.scorecard_words import field_name, since_words, state_of, value_words
from dashboard.tables import table, text_column
from db.models import Scorecard as Row
from db.scorecards import card_of
from quality.scorecards import Difference, Scorecard, compare

_WHAT = {"added": N_("added"), "removed": N_("removed"), "changed": N_("changed")}


def show(row: Row, own: list[Row], reviews: dict[int, int], on: date) -> None:
    """The two boxes, what differs, and the history. `own`: the card's versions, the newest first."""
    older = next((other for other in own if other.version < row.version), row)
    choices = {str(other.version): version_label(other, own, on) for other in own}
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        a = _box("a", _("Older version"), choices, str(older.version))
        b = _box("b", _("Newer version"), choices, str(row.version))
    by_version = {str(other.version): other for other in own}
    one, two = card_of(by_version[a]), card_of(by_version[b])
    found = compare(one, two)
    if found:
        show_differences(one, two, found, "scorecard_differences")
    else:
        empty(_("These two say the same"), _("Choose two different ones, or the draft."), "compare_arrows")
    section(
        _("Versions"),
        _("A version applies to contacts from its date on; what was scored before keeps its version."),
    )
    table(
        pd.DataFrame(
            {
                "version": str(other.version),
                "state": name("scorecard_state", state_of(other, own, on)),
                "since": since_words(other) + (f" – {other.retired_from}" if other.retired_from else ""),
                "who": person(other.published_by or other.created_by),
                "at": fmt_instant(other.published_at or other.created_at),
                "reviews": fmt_count(reviews.get(other.id, 0)),
                "note": other.note or NOTHING,
            }
            for other in own
        ),
        {
            "version": text_column(_("Version"), 70),
            "state": text_column(_("State"), 110),
            "since": text_column(_("Applies"), 180),
            "who": text_column(_("By"), 100),
            "at": text_column(_("When"), 130),
            "reviews": text_column(_("Reviews"), 80),
            "note": text_column(_("Reason for the change"), 400),
        },
        key="scorecard_versions",
        can_open=False,
    )


def version_label(row: Row, own: list[Row], on: date) -> str:
    """A version in a list: its number, where it stands, since when."""
    state = name("scorecard_state", state_of(row, own, on))
    since = f" · {since_words(row)}" if row.valid_from is not None else ""
    return _("Version {n} · {state}", n=row.version, state=state) + since


def show_differences(one: Scorecard, two: Scorecard, found: Sequence[Difference], key: str) -> None:
    """The sentence and the table; a weight comes with its share, which the other weights change too."""
    items = len({d.item for d in found if d.item})
    st.markdown(
        plain(
            _(
                "{n} items differ; weights {before} before, {after} now.",
                n=fmt_count(items), before=fmt_count(one.total), after=fmt_count(two.total),
            )
        )
    )  # fmt: skip
    table(
        pd.DataFrame(
            {
                "item": (d.title_en if lang() == "en" else d.title_zh) if d.item else _("The card"),
                "what": _(_WHAT[d.what]),
                "field": field_name(d.field) if d.field else NOTHING,
                "before": _side(one, d, d.before, "removed"),
                "after": _side(two, d, d.after, "added"),
            }
            for d in found
        ),
        {
            "item": text_column(_("Item"), 330),
            "what": text_column(_("Change"), 80),
            "field": text_column(_("What of it"), 140),
            "before": text_column(_("Before"), 270),
            "after": text_column(_("After"), 270),
        },
        key=key,
        can_open=False,
    )


def _side(card: Scorecard, d: Difference, value: object, whole: str) -> str:
    if d.what == whole:
        item = card.criterion(d.item)
        return _(
            "weight {n} ({share} %)", n=fmt_count(item.weight), share=fmt_count(round(card.share(item), 1))
        )
    if d.what != "changed":
        return NOTHING
    if d.field == "weight":
        share = fmt_count(round(card.share(card.criterion(d.item)), 1))
        return f"{value_words(card, 'weight', value)} ({share} %)"
    return value_words(card, d.field, value)


def _box(param: str, title: str, choices: dict[str, str], default: str) -> str:
    asked = st.query_params.get(param, default)
    key = f"scorecard_compare_{param}"
    st.session_state[key] = asked if asked in choices else default
    st.selectbox(
        title, list(choices), format_func=lambda code: choices[code], key=key, on_change=_chosen,
        args=(param, key), width=340,
    )  # fmt: skip
    return str(st.session_state[key])


def _chosen(param: str, key: str) -> None:
    st.query_params[param] = str(st.session_state[key])

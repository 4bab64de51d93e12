"""The form for one item of a draft: what stands in its fields, and the record that they make."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import streamlit as st

from dashboard.formats import fmt_count
from dashboard.i18n import _, lang, name
from dashboard.scorecard_words import answer_words, categories
from quality.scorecards import Criterion, Scorecard
from regulations.phrase_rules import CHANNELS, CONTACT_KINDS, DIRECTIONS
from regulations.values import STATUSES

NEW = "+"
_YES_NO, _SCALE = "yes_no", "scale"
_KINDS = ("machine", "person")


def blank(card: Scorecard) -> Criterion:
    """An item that was not filled in yet, with a code of its own."""
    taken = {c.code for c in card.criteria}
    number = next(n for n in range(1, len(taken) + 2) if f"item_{n}" not in taken)
    return Criterion(f"item_{number}", "", "", Decimal(5))


def show_fields(card: Scorecard, item: Criterion, prefix: str) -> None:
    """The fields, in two columns; what was typed stays until it is saved."""
    for field, value in _values(item).items():
        st.session_state.setdefault(prefix + field, value)
    left, right = st.columns(2, gap="large")
    with left:
        st.text_input(_("What it asks for (Chinese)"), key=prefix + "zh")
        st.text_input(_("What it asks for (English)"), key=prefix + "en")
        one, two = st.columns(2)
        one.number_input(_("Weight"), key=prefix + "weight", min_value=0.0, max_value=1000.0, step=1.0, format="%g",
                         help=_("In points of this card. A finding costs its points of 100, up to the weight."))  # fmt: skip
        two.selectbox(
            _("Scored"), _KINDS, key=prefix + "kind", format_func=lambda c: name("criterion_kind", c)
        )
        st.multiselect(
            _("Answered from findings"), categories(), key=prefix + "categories",
            format_func=lambda c: name("finding_category", c), placeholder=_("No findings"),
            help=_("For an item that the machine scores: findings of these categories take points off."),
        )  # fmt: skip
        st.checkbox(
            _("Fails the whole contact"), key=prefix + "auto_fail",
            help=_("Where it is not met, or a finding stands, the score is 0."),
        )  # fmt: skip
        st.radio(
            _("Answers"), (_YES_NO, _SCALE), key=prefix + "answers", horizontal=True,
            format_func=lambda c: _("Met or not met") if c == _YES_NO else _("A scale"),
        )  # fmt: skip
        st.text_area(
            _("Levels of the scale, one a line"), key=prefix + "levels", height=100,
            help=_("Chinese | English | percent of the weight, such as: 一般 | Fair | 60"),
        )  # fmt: skip
    with right:
        for field, kind, codes, label in (
            ("channels", "channel", CHANNELS, _("Channels")),
            ("directions", "direction", DIRECTIONS, _("Directions")),
            ("kinds", "contact_kind", CONTACT_KINDS, _("Kinds of contact")),
        ):
            _choices(prefix, field, kind, codes, label)
        st.multiselect(
            _("Only where"), _pairs(card, item), key=prefix + "only_if",
            format_func=lambda pair: _pair_words(card, pair), placeholder=_("Always"),
            help=_("It counts only where another item was answered so; several answers of one item may be chosen."),
        )  # fmt: skip
        st.text_area(_("How to answer (Chinese)"), key=prefix + "guide_zh", height=68)
        st.text_area(_("How to answer (English)"), key=prefix + "guide_en", height=68)
        one, two = st.columns(2)
        one.text_input(_("Clauses"), key=prefix + "source", placeholder="A2.18 E3.8")
        two.selectbox(
            _("Status"), STATUSES, key=prefix + "status", format_func=lambda c: name("parameter_status", c)
        )


def _choices(prefix: str, field: str, kind: str, codes: Sequence[str], label: str) -> None:
    st.multiselect(
        label,
        codes,
        key=prefix + field,
        format_func=lambda c: name(kind, c),
        placeholder=_("All of the card"),
    )


def _values(item: Criterion) -> dict[str, Any]:
    condition = item.only_if
    return {
        "zh": item.zh,
        "en": item.en,
        "weight": float(item.weight),
        "kind": item.kind,
        "categories": list(item.categories),
        "auto_fail": item.auto_fail,
        "answers": _SCALE if item.is_scale else _YES_NO,
        "levels": "\n".join(
            f"{level.zh} | {level.en} | {fmt_count(level.share * 100)}" for level in item.levels
        )
        if item.is_scale
        else "",
        "channels": list(item.channels),
        "directions": list(item.directions),
        "kinds": list(item.kinds),
        "only_if": [f"{condition.criterion}={answer}" for answer in condition.answers] if condition else [],
        "guide_zh": item.guide_zh,
        "guide_en": item.guide_en,
        "source": " ".join(item.clauses),
        "status": item.status,
    }


def _pairs(card: Scorecard, item: Criterion) -> list[str]:
    return [f"{c.code}={level.code}" for c in card.criteria if c.code != item.code for level in c.levels]


def _pair_words(card: Scorecard, pair: str) -> str:
    code, _sign, answer = pair.partition("=")
    other = next((c for c in card.criteria if c.code == code), None)
    if other is None:
        return pair
    return _("{item}: {answers}", item=other.title(lang()), answers=answer_words(other, answer))


def record_of(item: Criterion, prefix: str) -> dict[str, Any]:
    """The record that the fields make. What cannot be read is left as it was typed: it will be refused with its reason."""
    typed = {
        str(key).removeprefix(prefix): value
        for key, value in st.session_state.items()
        if str(key).startswith(prefix)
    }
    record = {
        key: typed.get(key)
        for key in ("zh", "en", "kind", "categories", "auto_fail", "channels", "directions", "kinds", "guide_zh", "guide_en", "status")
    }  # fmt: skip
    weight = typed.get("weight")
    record |= {
        "code": item.code,
        "weight": round(float(weight), 2) if weight is not None else None,
        "source": re.split(r"[\s,，、;；]+", str(typed.get("source") or "").strip()) if typed.get("source") else [],
    }  # fmt: skip
    if typed.get("answers") == _SCALE:
        record["levels"] = _levels(item, str(typed.get("levels") or ""))
    pairs = [str(pair).partition("=") for pair in typed.get("only_if") or ()]
    if pairs:
        # Answers of several items would be several conditions; naming both makes the check refuse them.
        codes = list(dict.fromkeys(pair[0] for pair in pairs))
        record["only_if"] = {"criterion": " + ".join(codes), "answers": [pair[2] for pair in pairs]}
    return record


def _levels(item: Criterion, text: str) -> list[dict[str, Any]]:
    known = {level.zh: level.code for level in item.levels} if item.is_scale else {}
    taken = set(known.values())
    found = []
    for line in text.splitlines():
        parts = [part.strip() for part in re.split(r"[|｜]", line)]
        if not any(parts):
            continue
        zh, en, percent = (*parts, "", "", "")[:3]
        code = known.get(zh) or next(c for n in range(1, 100) if (c := f"level{n}") not in taken)
        taken.add(code)
        found.append({"code": code, "zh": zh, "en": en, "share": _share(percent)})
    return found


def _share(percent: str) -> float | str:
    try:
        return round(float(percent.rstrip("%％ ")) / 100, 2)
    except ValueError:
        return percent

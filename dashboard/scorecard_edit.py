"""Changing a draft: the card itself, all weights at once, one item in full, new items, their order."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import streamlit as st

from dashboard import reads, scorecard_items
from dashboard.formats import plain
from dashboard.i18n import _, lang, name
from dashboard.scorecard_form import NEW, blank, record_of, show_fields
from dashboard.scorecard_items import PARAM
from dashboard.scorecard_saving import ERRORS, attempt, show_errors
from db import scorecard_drafts
from db.models import Scorecard as Row
from db.scorecards import card_of
from quality.scorecards import Criterion, Scorecard
from regulations.access import Scope
from regulations.phrase_rules import CHANNELS, CONTACT_KINDS, DIRECTIONS

_MOST_TITLE = 26  # characters of an item's title above its weight


def show(scope: Scope, row: Row) -> None:
    """The form that was asked for, or the items with the ways to change them."""
    card = card_of(row)
    asked = st.query_params.get(PARAM, "")
    item = next((c for c in card.criteria if c.code == asked), None)
    show_errors()
    if asked == NEW or item is not None:
        _item_form(scope, row, card, item)
        return
    scorecard_items.heading()
    scorecard_items.show(card, is_edited=True)
    with st.container(horizontal=True, gap="small"):
        st.button(
            _("Add an item"), icon=":material/add:", on_click=scorecard_items.open_item, args=(NEW,),
            key="scorecard_add",
        )  # fmt: skip
        with st.popover(_("Discard the draft"), icon=":material/delete:"):
            st.markdown(plain(_("What was changed is given up. The log keeps it.")))
            st.button(
                _("Discard it"),
                key="scorecard_discard",
                on_click=_discard,
                args=(scope, row.id, row.row_version),
            )
    with st.expander(_("All weights at once"), icon=":material/balance:"):
        _weights(scope, row, card)
    with st.expander(_("Name, pass mark, and what the card is for"), icon=":material/tune:"):
        _card_form(scope, row, card)


def _item_form(scope: Scope, row: Row, card: Scorecard, item: Criterion | None) -> None:
    st.button(_("Back to the items"), icon=":material/arrow_back:", type="tertiary", on_click=_leave)
    is_new = item is None
    item = item or blank(card)
    title = _("A new item") if is_new else item.title(lang())
    st.subheader(plain(title), anchor=False)
    prefix = f"scorecard_item:{row.id}:{row.row_version}:{item.code}:"
    with st.form(prefix + "form", enter_to_submit=False):
        show_fields(card, item, prefix)
        st.form_submit_button(
            _("Save in the draft"), type="primary", icon=":material/save:",
            on_click=_save_item, args=(scope, row.id, row.row_version, card, row.definition, item, prefix),
        )  # fmt: skip
    if is_new:
        return
    number = [c.code for c in card.criteria].index(item.code)
    with st.container(horizontal=True, gap="small"):
        for label, icon, move in ((_("Up"), "arrow_upward", -1), (_("Down"), "arrow_downward", 1)):
            st.button(
                label, icon=f":material/{icon}:", key=f"scorecard_move_{move}",
                disabled=not 0 <= number + move < len(card.criteria),
                on_click=_move, args=(scope, row.id, row.row_version, card, row.definition, number, move),
            )  # fmt: skip
        st.button(
            _("Take the item away"), icon=":material/delete:", key="scorecard_remove",
            on_click=_remove, args=(scope, row.id, row.row_version, card, row.definition, item.code),
        )  # fmt: skip


def _weights(scope: Scope, row: Row, card: Scorecard) -> None:
    prefix = f"scorecard_weight:{row.id}:{row.row_version}:"
    with st.form(prefix + "form", enter_to_submit=False, border=False):
        for first in range(0, len(card.criteria), 4):
            for column, item in zip(st.columns(4), card.criteria[first : first + 4], strict=False):
                title = item.title(lang())
                st.session_state.setdefault(prefix + item.code, float(item.weight))
                column.number_input(
                    plain(title if len(title) <= _MOST_TITLE else title[: _MOST_TITLE - 1] + "…"),
                    key=prefix + item.code, min_value=0.0, max_value=1000.0, step=1.0, format="%g",
                )  # fmt: skip
        st.form_submit_button(
            _("Save the weights"), icon=":material/save:", on_click=_save_weights,
            args=(scope, row.id, row.row_version, card, row.definition, prefix),
        )  # fmt: skip


def _card_form(scope: Scope, row: Row, card: Scorecard) -> None:
    prefix = f"scorecard_card:{row.id}:{row.row_version}:"
    begins = {
        "zh": card.zh,
        "en": card.en,
        "pass_score": None if card.pass_score is None else float(card.pass_score),
        "channels": list(card.channels),
        "directions": list(card.directions),
        "kinds": list(card.kinds),
    }
    for field, value in begins.items():
        st.session_state.setdefault(prefix + field, value)
    with st.form(prefix + "form", enter_to_submit=False, border=False):
        left, right = st.columns(2, gap="large")
        left.text_input(_("Chinese name"), key=prefix + "zh")
        left.text_input(_("English name"), key=prefix + "en")
        left.number_input(
            _("Pass mark"), key=prefix + "pass_score", min_value=0.0, max_value=100.0, step=1.0, format="%g",
            placeholder=_("As the rulebook says"),
        )  # fmt: skip
        for field, kind, codes, label in (
            ("channels", "channel", CHANNELS, _("Channels")),
            ("directions", "direction", DIRECTIONS, _("Directions")),
            ("kinds", "contact_kind", CONTACT_KINDS, _("Kinds of contact")),
        ):
            right.multiselect(
                label, codes, key=prefix + field, placeholder=_("All"),
                format_func=partial(name, kind),
            )  # fmt: skip
        st.form_submit_button(
            _("Save in the draft"), icon=":material/save:", on_click=_save_card, key=prefix + "save",
            args=(scope, row.id, row.row_version, card, row.definition, prefix, tuple(begins)),
        )  # fmt: skip


# -- what the buttons do --------------------------------------------------------------------------------


def _save(scope: Scope, card_id: int, seen: int, card: Scorecard, record: dict[str, Any], done: str) -> bool:
    titles = {str(c.get("code")): str(c.get("zh") or c.get("code")) for c in record["criteria"]}
    if lang() == "en":
        titles |= {c.code: c.title("en") for c in card.criteria}
    return (
        attempt(
            lambda session: scorecard_drafts.save(
                session, scope, card_id, record, seen=seen, now=reads.now()
            ),
            done,
            titles,
        )
        is not None
    )


Edit = Callable[[list[dict[str, Any]]], list[dict[str, Any]]]


def _with(definition: dict[str, Any], change: Edit) -> dict[str, Any]:
    return {**definition, "criteria": change([dict(item) for item in definition["criteria"]])}


def _save_item(
    scope: Scope,
    card_id: int,
    seen: int,
    card: Scorecard,
    definition: dict[str, Any],
    item: Criterion,
    prefix: str,
) -> None:
    made = record_of(item, prefix)

    def change(items: list[dict[str, Any]]) -> list[dict[str, Any]]:
        if item.code in {one["code"] for one in items}:
            return [made if one["code"] == item.code else one for one in items]
        return [*items, made]

    done = _("Saved in the draft. It applies once it is published.")
    if _save(scope, card_id, seen, card, _with(definition, change), done):
        _leave()


def _move(
    scope: Scope, card_id: int, seen: int, card: Scorecard, definition: dict[str, Any], number: int, move: int
) -> None:
    def change(items: list[dict[str, Any]]) -> list[dict[str, Any]]:
        items.insert(number + move, items.pop(number))
        return items

    _save(scope, card_id, seen, card, _with(definition, change), _("The item was moved."))


def _remove(
    scope: Scope, card_id: int, seen: int, card: Scorecard, definition: dict[str, Any], code: str
) -> None:
    record = _with(definition, lambda items: [item for item in items if item["code"] != code])
    if _save(scope, card_id, seen, card, record, _("The item was taken away.")):
        _leave()


def _save_weights(
    scope: Scope, card_id: int, seen: int, card: Scorecard, definition: dict[str, Any], prefix: str
) -> None:
    record = _with(
        definition,
        lambda items: [{**i, "weight": round(float(st.session_state[prefix + i["code"]]), 2)} for i in items],
    )
    _save(scope, card_id, seen, card, record, _("The weights were saved in the draft."))


def _save_card(
    scope: Scope,
    card_id: int,
    seen: int,
    card: Scorecard,
    definition: dict[str, Any],
    prefix: str,
    fields: tuple[str, ...],
) -> None:
    typed = {field: st.session_state[prefix + field] for field in fields}
    done = _("Saved in the draft. It applies once it is published.")
    _save(scope, card_id, seen, card, {**definition, **typed}, done)


def _discard(scope: Scope, card_id: int, seen: int) -> None:
    def act(session: Any) -> bool:
        scorecard_drafts.discard(session, scope, card_id, seen=seen, now=reads.now())
        return True

    if attempt(act, _("The draft was discarded; the log keeps what it said.")):
        for key in ("version", "view", PARAM):
            st.query_params.pop(key, None)


def _leave() -> None:
    st.session_state.pop(ERRORS, None)
    scorecard_items.close()

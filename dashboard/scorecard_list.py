"""Every card at a glance, and which of them judges which contact."""

from __future__ import annotations

from datetime import date

import pandas as pd
import streamlit as st

from dashboard.components import section
from dashboard.formats import NOTHING, fmt_count, plain
from dashboard.i18n import _, name
from dashboard.scorecard_words import row_name, scope_words, since_words, state_of
from dashboard.tables import hint, table, text_column
from db.models import Scorecard as Row
from db.scorecards import card_of
from quality.card_choice import Edition, choose
from quality.scorecards import Contact, Scorecard
from regulations.phrase_rules import CONTACT_KINDS

_PLACES = (("phone", "inbound"), ("phone", "outbound"), ("chat", "inbound"))


def show(rows: list[Row], reviews: dict[int, int], on: date) -> None:
    """The list, then the table of contacts."""
    shown = [_shown(own, on) for own in _by_card(rows)]
    frame = pd.DataFrame(_line(row, rows, reviews, on) for row in shown)
    table(
        frame,
        {
            "name": text_column(_("Scorecard"), 180),
            "scope": text_column(_("For"), 330),
            "version": text_column(_("Version"), 60),
            "since": text_column(_("Applies"), 130),
            "items": text_column(_("Items"), 50),
            "machine": text_column(
                _("By machine"), 85, _("Share of the weight that the machine scores by itself")
            ),
            "reviews": text_column(_("Reviews"), 70, _("Finished reviews scored by any version of the card")),
            "state": text_column(_("Now"), 130),
        },
        key="scorecards",
        on_open=lambda position: go(shown[position].code, shown[position].version),
    )
    hint()
    _contacts(rows, on)


def go(code: str, version: int, view: str = "") -> None:
    """Show one version of a card; `view` is one of the page's, "" for its items."""
    for key in ("view", "item", "a", "b", "call"):
        st.query_params.pop(key, None)
    st.query_params["card"], st.query_params["version"] = code, str(version)
    if view:
        st.query_params["view"] = view


def _by_card(rows: list[Row]) -> list[list[Row]]:
    codes = list(dict.fromkeys(row.code for row in rows))
    return [[row for row in rows if row.code == code] for code in codes]


def _shown(own: list[Row], on: date) -> Row:
    """The version that stands for the card: the one in force, else the newest."""
    return next((row for row in own if state_of(row, own, on) == "in_force"), own[0])


def _line(row: Row, rows: list[Row], reviews: dict[int, int], on: date) -> dict[str, str]:
    card = card_of(row)
    own = [other for other in rows if other.code == row.code]
    machine = sum((card.share(c) for c in card.criteria if c.kind == "machine"), start=card.total * 0)
    return {
        "name": row_name(row),
        "scope": scope_words(card) or _("all contacts"),
        "version": str(row.version) if row.state != "draft" else NOTHING,
        "since": since_words(row),
        "items": fmt_count(len(card.criteria)),
        "machine": f"{fmt_count(round(machine, 1))} %",
        "reviews": fmt_count(sum(reviews.get(other.id, 0) for other in own)),
        "state": _now(row, own, on),
    }


def _now(row: Row, own: list[Row], on: date) -> str:
    parts = [name("scorecard_state", state_of(row, own, on))]
    for other in own:
        state = state_of(other, own, on)
        if other.id != row.id and state in ("draft", "announced"):
            parts.append(name("scorecard_state", state))
    return " · ".join(parts)


def _contacts(rows: list[Row], on: date) -> None:
    section(
        _("Which card judges which contact today"),
        _(
            "Of the cards made for a contact the narrowest one counts: a named kind goes before a direction, that before a channel."
        ),
    )
    published = [
        Edition(row.id, row.version, card_of(row), row.valid_from, row.retired_from)
        for row in rows
        if row.state != "draft" and row.valid_from is not None
    ]
    names = {row.id: row_name(row) for row in rows}
    frame = pd.DataFrame(
        {"kind": name("contact_kind", kind)}
        | {
            f"{channel}_{direction}": _chosen(published, names, Contact(channel, direction, kind), on)
            for channel, direction in _PLACES
        }
        for kind in CONTACT_KINDS
    )
    columns = {"kind": text_column(_("Kind of contact"), 160)} | {
        f"{channel}_{direction}": text_column(
            name("channel", channel)
            if channel == "chat"
            else f"{name('channel', channel)} · {name('direction', direction)}",
            240,
        )
        for channel, direction in _PLACES
    }
    table(frame, columns, key="scorecard_contacts", can_open=False)


def _chosen(published: list[Edition], names: dict[int, str], contact: Contact, on: date) -> str:
    if contact.kind == "chat" and contact.channel != "chat":
        return NOTHING
    chosen = choose(published, contact, on)
    return names[chosen.id] if chosen else NOTHING


def uncovered_sentence(card: Scorecard, found: tuple[str, ...]) -> None:
    """Which findings would cost nothing on the card, if there are any."""
    if found:
        st.caption(
            plain(
                _(
                    "Findings that no item of this card is answered from, and that cost nothing on it: {names}.",
                    names=" · ".join(name("finding_category", code) for code in found),
                )
            )
        )

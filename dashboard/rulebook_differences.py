"""What two rulebooks say differently, in words: one line for each field that changed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from typing import Any

import pandas as pd
import streamlit as st

from dashboard.formats import NOTHING, fmt_count, plain
from dashboard.i18n import N_, _, lang, name
from dashboard.rulebook_tables import shown_value
from dashboard.rulebook_words import FIELDS, code_name, field_words, record_title
from dashboard.tables import table, text_column
from regulations.book import Rulebook
from regulations.editing import Record
from regulations.names import NAMES
from regulations.parameter import Difference, Parameter
from regulations.rulebook import diff
from regulations.schema import SPECS
from regulations.values import FlowCue, PhraseRule, PhraseTrigger

_KINDS = {"added": N_("added"), "removed": N_("removed"), "changed": N_("changed")}


@dataclass(frozen=True, slots=True)
class Line:
    """One field that differs. `what` added, removed or changed; `is_phrase`: of a phrase, trigger or cue, not a value."""

    key: str
    title: str
    what: str
    field: str
    before: str
    after: str
    is_phrase: bool


def lines_of(a: Rulebook, b: Rulebook) -> list[Line]:
    """Everything that `b` says differently from `a`, phrases first."""
    found: list[Line] = []
    for one in diff(a, b):
        found += _lines(one, a, b)
    return sorted(found, key=lambda line: not line.is_phrase)


def _lines(one: Difference, a: Rulebook, b: Rulebook) -> list[Line]:
    before, after = (side.value if side else None for side in (one.before, one.after))
    what = "added" if one.before is None else "removed" if one.after is None else "changed"
    if isinstance(before or after, PhraseRule | PhraseTrigger | FlowCue):
        return _record_lines(one.key, what, before, after)
    spec = SPECS[one.key.partition("[")[0]]
    kind = one.key.partition("[")[2].rstrip("]")
    title = spec.meaning(lang()) + (f" ({_kind_words(kind)})" if kind else "")
    said = [
        "" if side is None else shown_value(side, book, lang())
        for side, book in ((one.before, a), (one.after, b))
    ]
    lines = [Line(one.key, title, what, _("Value"), said[0] or NOTHING, said[1] or NOTHING, False)]
    if one.before and one.after and said[0] == said[1]:
        lines = []
    if (
        one.before
        and one.after
        and (one.before.clauses, one.before.status) != (one.after.clauses, one.after.status)
    ):
        lines.append(
            Line(one.key, title, what, _("Source"), _source(one.before), _source(one.after), is_phrase=False)
        )
    return lines


def _source(parameter: Parameter) -> str:
    return f"{name('parameter_status', parameter.status)} {' '.join(parameter.clauses)}".strip()


def _kind_words(kind: str) -> str:
    """A kind of contact, a kind of callback, or the id of a record."""
    return (
        code_name("callback_kind", kind)
        if kind in NAMES["callback_kind"]
        else code_name("contact_kind", kind)
    )


def _record_lines(key: str, what: str, before: Record | None, after: Record | None) -> list[Line]:
    record = after or before
    assert record is not None
    title = record_title(record)
    if before is None or after is None:
        words = " · ".join([*record.texts, *getattr(record, "patterns", ())])
        said = (NOTHING, words) if before is None else (words, NOTHING)
        return [Line(key, title, what, _(FIELDS["texts"]), *said, True)]
    return [
        Line(
            key,
            title,
            what,
            _("Not after")
            if (field.name, type(record)) == ("unless", PhraseTrigger)
            else _(FIELDS.get(field.name, field.name)),
            *_said(field.name, getattr(before, field.name), getattr(after, field.name)),
            True,
        )
        for field in fields(record)
        if getattr(before, field.name) != getattr(after, field.name)
    ]


def _said(field: str, before: Any, after: Any) -> tuple[str, str]:
    """A field before and after; of two lists only what goes and what comes, and how much stays."""
    if not isinstance(before, tuple) or not before or not after or set(before) == set(after):
        return field_words(field, before), field_words(field, after)
    gone = tuple(one for one in before if one not in after)
    new = tuple(one for one in after if one not in before)
    stays = _("{n} stay", n=fmt_count(len(before) - len(gone)))
    return _with(field, gone, stays), _with(field, new, stays)


def _with(field: str, words: tuple[Any, ...], stays: str) -> str:
    return f"{field_words(field, words)} ({stays})" if words else f"({stays})"


def summary(lines: Sequence[Line]) -> str:
    """How many phrases and values differ: one sentence."""

    def keys(what: str | None, is_phrase: bool) -> int:
        return len({line.key for line in lines if line.is_phrase == is_phrase and what in (None, line.what)})

    return _(
        "Phrases: {added} added, {removed} removed, {changed} changed. Other values changed: {values}.",
        added=fmt_count(keys("added", True)),
        removed=fmt_count(keys("removed", True)),
        changed=fmt_count(keys("changed", True)),
        values=fmt_count(keys(None, False)),
    )


def show_lines(lines: Sequence[Line], key: str, on_open: Callable[[int], None] | None = None) -> None:
    """The sentence and the table of differences; `on_open` is called with the position of a line that is clicked."""
    st.markdown(plain(summary(lines)))
    table(
        pd.DataFrame(
            {
                "title": line.title,
                "what": _(_KINDS[line.what]),
                "field": line.field,
                "before": line.before,
                "after": line.after,
                "key": line.key.partition("[")[2].rstrip("]") if line.is_phrase else line.key,
            }
            for line in lines
        ),
        {
            "title": text_column(_("What"), 230),
            "what": text_column(_("Change"), 70),
            "field": text_column(_("Field"), 90),
            "before": text_column(_("Before"), 255),
            "after": text_column(_("After"), 255),
            "key": text_column(_("Id or key"), 170),
        },
        key=key,
        can_open=on_open is not None,
        on_open=on_open,
    )

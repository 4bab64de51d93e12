"""The records of a rulebook that merge one by one: callback categories, penalties, schedules, phrase rules.

Each has an identity, so that a later file replaces or removes one without repeating the others.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from regulations.fields import Reader, origin, percent, points, words
from regulations.phrase_rules import (
    read_flow_cue,
    read_phrase,
    read_trigger,
    write_flow_cue,
    write_phrase,
    write_trigger,
)
from regulations.scalars import (
    WEEKDAYS,
    Refused,
    identifier,
    nested_duration,
    number,
    one_of,
    plain,
    role,
    text,
    time_of_day,
)
from regulations.typed import write_value
from regulations.values import CallbackCategory, PenaltyRule, Schedule

SUBJECTS = ("agent", "leader", "department")
FREQUENCIES = (
    *("each_shift", "daily", "weekly", "monthly", "quarterly", "half_yearly", "yearly", "as_needed"),
)
PENALTY_KINDS = ("money", "points", "warning", "sanction", "reward_money", "reward_points")


def read_category(raw: Mapping[str, Any], own: bool) -> CallbackCategory:
    """A `[[callback.categories]]` record."""
    r = Reader(raw)
    r.known("code", "start_event", "offset", "target", "source", "status")
    code, event = r.need("code", identifier), r.need("start_event", identifier)
    offset, target = r.get("offset", nested_duration), r.need("target", percent)
    clauses, status = r.provenance(own=own)
    r.done()
    return CallbackCategory(code, event, offset, target, clauses, status)


def write_category(c: CallbackCategory) -> dict[str, Any]:
    """The record as a file would write it."""
    offset = {} if c.offset is None else {"offset": c.offset.as_json()}
    return {"code": c.code, "start_event": c.start_event, **offset, "target": plain(c.target), **origin(c)}


def read_penalty(raw: Mapping[str, Any], own: bool) -> PenaltyRule:
    """A `[[penalty.rules]]` record. Money and points need an amount."""
    r = Reader(raw)
    r.known("trigger", "subject", "kind", "amount", "fund", "title", "title_en", "source", "status")
    trigger, subject = r.need("trigger", identifier), r.need("subject", lambda v, w: one_of(v, SUBJECTS, w))
    kind = r.need("kind", lambda v, w: one_of(v, PENALTY_KINDS, w))
    amount, fund = r.get("amount", points), r.get("fund", text)
    title, title_en = r.get("title", text, ""), r.get("title_en", text, "")
    if kind in ("warning", "sanction") and amount is not None:
        r.reasons.append(f"a {kind} has no amount")
    clauses, status = r.provenance(own=own)
    r.done()
    return PenaltyRule(trigger, subject, kind, amount, fund, clauses, status, title, title_en)


def write_penalty(p: PenaltyRule) -> dict[str, Any]:
    """The record as a file would write it."""
    fields = {
        "amount": None if p.amount is None else plain(p.amount),
        "fund": p.fund,
        "title": p.title or None,
        "title_en": p.title_en or None,
    }
    given = {k: v for k, v in fields.items() if v is not None}
    return {"trigger": p.trigger, "subject": p.subject, "kind": p.kind, **given, **origin(p)}


def _month_day(raw: object, what: str) -> int:
    value = number(raw, what)
    if value != value.to_integral_value() or not 1 <= value <= 31:
        raise Refused(f"{what} must be a day of the month, 1 to 31")
    return int(value)


_SCHEDULE_KEYS = (
    *("code", "title", "title_en", "every", "weekday", "day", "at", "until", "rule", "chair", "recipient"),
    *("agenda", "source", "status"),
)


def read_schedule(raw: Mapping[str, Any], own: bool) -> Schedule:
    """A `[[meeting.list]]` or `[[report.list]]` record."""
    r = Reader(raw)
    r.known(*_SCHEDULE_KEYS)
    title = r.need("title", text)
    fields = {
        "code": r.need("code", identifier),
        "title": title,
        "title_en": r.get("title_en", text, title),
        "every": r.need("every", lambda v, w: one_of(v, FREQUENCIES, w)),
        "weekday": r.get("weekday", lambda v, w: one_of(v, WEEKDAYS, w)),
        "day": r.get("day", _month_day),
        "at": r.get("at", time_of_day),
        "until": r.get("until", time_of_day),
        "rule": r.get("rule", text, ""),
        "chair": r.get("chair", role),
        "recipient": r.get("recipient", text, ""),
        "agenda": r.get("agenda", words, ()),
    }
    clauses, status = r.provenance(own=own)
    r.done()
    return Schedule(**fields, clauses=clauses, status=status)


def write_schedule(s: Schedule) -> dict[str, Any]:
    """The record as a file would write it."""
    fields = {name: getattr(s, name) for name in _SCHEDULE_KEYS if name not in ("source", "status")}
    return {**{k: write_value(v) for k, v in fields.items() if v not in (None, "", ())}, **origin(s)}


@dataclass(frozen=True, slots=True)
class Collection:
    """How the records of one collection are read, written and told apart."""

    identity: tuple[str, ...]  # the fields that make two records the same
    read: Callable[[Mapping[str, Any], bool], Any]
    write: Callable[[Any], dict[str, Any]]

    def identity_of(self, raw: Mapping[str, Any]) -> str:
        """The identity of a raw record; empty parts where a field is missing."""
        return ".".join(str(raw.get(field, "")) for field in self.identity)


COLLECTIONS: Mapping[str, Collection] = MappingProxyType(
    {
        "callback.categories": Collection(("code",), read_category, write_category),
        "penalty.rules": Collection(("trigger", "subject", "kind"), read_penalty, write_penalty),
        "meeting.list": Collection(("code",), read_schedule, write_schedule),
        "report.list": Collection(("code",), read_schedule, write_schedule),
        "phrase.required": Collection(
            ("id",), lambda raw, own: read_phrase(raw, own, banned=False), write_phrase
        ),
        "phrase.banned": Collection(
            ("id",), lambda raw, own: read_phrase(raw, own, banned=True), write_phrase
        ),
        "phrase.triggers": Collection(("code",), read_trigger, write_trigger),
        "phrase.flow": Collection(("code",), read_flow_cue, write_flow_cue),
    }
)

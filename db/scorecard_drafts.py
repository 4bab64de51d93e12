"""Changing scorecards: a draft of the next version, edited, discarded or published from a date; and retiring a card.

Calls that were reviewed keep the version they were scored by: a date before any of them is refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from db import audit, scorecards
from db.engine import take_write_lock
from db.models import Scorecard
from db.refusals import Refused, StaleCase
from db.visibility import demand
from quality import card_choice
from quality.card_choice import Edition
from quality.scorecards import CardError, Contact, Problem, check, from_record, to_record
from regulations.access import Scope
from regulations.names import name_of

LONGEST_NOTE = 1_000
FURTHEST_DAYS = 366  # a date further off is a slip of the keyboard


def begin(
    session: Session,
    scope: Scope,
    source_id: int,
    *,
    now: datetime,
    code: str | None = None,
    zh: str = "",
    en: str = "",
) -> Scorecard:
    """Begin a draft from a version: the card's next one, or with `code` and names a new card. The caller commits.

    Raises AccessRefused without scorecards.edit, LookupError when the source is not there, Refused when the card has a draft
    already or another card has the code, CardError for a code or name that cannot be used.
    """
    demand(scope, "scorecards.edit")
    take_write_lock(session.connection())
    source = session.get(Scorecard, source_id)
    if source is None:
        raise LookupError(source_id)
    card = scorecards.card_of(source)
    if code is not None:
        card = replace(card, code=code.strip(), zh=zh.strip(), en=en.strip())
        _usable(session, to_record(card))
        if session.scalar(select(Scorecard.id).where(Scorecard.code == card.code).limit(1)) is not None:
            raise CardError(
                (Problem("", "code", "这个代码已被另一张评分表占用", "another card has this code"),)
            )
    latest = session.scalar(select(func.max(Scorecard.version)).where(Scorecard.code == card.code)) or 0
    row = Scorecard(
        code=card.code,
        version=latest + 1,
        name_zh=card.zh,
        name_en=card.en,
        definition=to_record(card),
        state="draft",
        created_at=now,
        created_by=scope.actor[:80],
    )
    has_draft = select(Scorecard.id).where(Scorecard.code == card.code, Scorecard.state == "draft")
    try:
        if session.scalar(has_draft) is not None:
            raise IntegrityError("draft", None, ValueError("draft"))
        with session.begin_nested():
            session.add(row)
            session.flush()
    except IntegrityError:  # somebody began one just now, too
        raise StaleCase(
            "这张评分表已经有一份草稿；请打开那一份修改。", "this card has a draft already: change that one"
        ) from None
    detail = {"version": row.version, "from": [source.code, source.version]}
    audit.record(session, scope, "scorecard.drafted", "scorecard", row.code, detail, at=now)
    return row


def save(
    session: Session, scope: Scope, draft_id: int, record: Mapping[str, Any], *, seen: int, now: datetime
) -> Scorecard:
    """Replace what the draft says. `seen` is the `row_version` that the editor saw. The caller commits.

    Raises AccessRefused without scorecards.edit, StaleCase when somebody else changed or ended it, CardError with item,
    field and reason for a card that nothing can be scored by.
    """
    row = _locked(session, scope, "scorecards.edit", draft_id, seen)
    if record.get("code") != row.code:
        raise CardError((Problem("", "code", "评分表的代码不能改", "the code of a card does not change"),))
    _usable(session, record)
    card = from_record(record)
    before, after = row.definition, to_record(card)
    if before == after:
        return row
    row.definition, row.name_zh, row.name_en = after, card.zh, card.en
    row.row_version += 1
    session.flush()
    detail = {"version": row.version, "before": _changed(before, after), "after": _changed(after, before)}
    audit.record(session, scope, "scorecard.changed", "scorecard", row.code, detail, at=now)
    return row


def discard(session: Session, scope: Scope, draft_id: int, *, seen: int, now: datetime) -> None:
    """Give the draft up; the log keeps what it said. The caller commits. Raises AccessRefused, StaleCase."""
    row = _locked(session, scope, "scorecards.edit", draft_id, seen)
    detail = {"version": row.version, "definition": row.definition}
    audit.record(session, scope, "scorecard.discarded", "scorecard", row.code, detail, at=now)
    session.delete(row)
    session.flush()


def publish(
    session: Session,
    scope: Scope,
    draft_id: int,
    *,
    valid_from: date,
    note: str,
    seen: int,
    today: date,
    now: datetime,
) -> Scorecard:
    """Put the draft in force for calls of the local days from `valid_from` on. The caller commits.

    Raises AccessRefused without scorecards.publish, StaleCase, CardError, and Refused for a date before `earliest`, for
    one more than a year off, without a note, for a draft that changes nothing, and where some contact would be left without a card.
    """
    row = _locked(session, scope, "scorecards.publish", draft_id, seen)
    _usable(session, row.definition)
    card = scorecards.card_of(row)
    note = _note(note)
    published = scorecards.editions(session, now=now)
    own = [e for e in published if e.card.code == row.code]
    if own and max(own, key=lambda e: e.valid_from).card == card:
        raise Refused("草稿里还没有任何修改。", "the draft changes nothing yet")
    _not_before(valid_from, earliest(session, row, now=now), today)
    _refuse_gap([*published, Edition(row.id, row.version, card, valid_from)], valid_from)
    row.state, row.valid_from, row.note = "published", valid_from, note
    row.published_at, row.published_by = now, scope.actor[:80]
    row.row_version += 1
    session.flush()
    detail = {"version": row.version, "valid_from": valid_from.isoformat(), "note": note}
    audit.record(session, scope, "scorecard.published", "scorecard", row.code, detail, at=now)
    return row


def retire(
    session: Session,
    scope: Scope,
    card_id: int,
    *,
    from_on: date,
    note: str,
    seen: int,
    today: date,
    now: datetime,
) -> Scorecard:
    """Take a card's last published version out of use for calls of the local days from `from_on` on. The caller commits.

    Raises AccessRefused without scorecards.publish, StaleCase, and Refused for a version that is not the last one, a date
    before `earliest` or more than a year off, without a note, and where some contact would be left without a card.
    """
    row = _locked(session, scope, "scorecards.publish", card_id, seen, "published")
    note = _note(note)
    published = scorecards.editions(session, now=now)
    last = max((e for e in published if e.card.code == row.code), key=lambda e: e.valid_from)
    if last.id != row.id:
        raise Refused("只能停用最新发布的版本。", "only the version published last can be retired")
    _not_before(from_on, earliest(session, row, now=now), today)
    _refuse_gap([*(e for e in published if e.id != row.id), replace(last, retired_from=from_on)], from_on)
    row.state, row.retired_from = "retired", from_on
    row.row_version += 1
    session.flush()
    detail = {"version": row.version, "from": from_on.isoformat(), "note": note}
    audit.record(session, scope, "scorecard.retired", "scorecard", row.code, detail, at=now)
    return row


def earliest(session: Session, row: Scorecard, *, now: datetime) -> date | None:
    """The first local day from which the row may be put into force or out of it; None: any.

    It comes after every call that was reviewed under the card, or that it would have judged otherwise, and after the day
    from which its last published version is valid.
    """
    days = [scorecards.last_scored_on(session, scorecards.card_of(row), now=now)]
    own = select(Scorecard.valid_from, Scorecard.retired_from).where(Scorecard.code == row.code)
    for valid_from, retired_from in session.execute(own):
        days += [valid_from, retired_from - timedelta(days=1) if retired_from else None]
    known = [day for day in days if day is not None and day > scorecards.SHIPPED_FROM]
    return max(known) + timedelta(days=1) if known else None


def _not_before(day: date, first: date | None, today: date) -> None:
    first = first or scorecards.SHIPPED_FROM + timedelta(days=1)
    if day < first:
        raise Refused(
            f"生效日期最早为 {first.isoformat()}：此前的通话已经评过分，或属于更早的版本，不再改动。",
            f"it can take effect from {first.isoformat()} on: calls before were scored already or belong to an earlier version, and stay as they are",
        )
    if (day - today).days > FURTHEST_DAYS:
        raise Refused("生效日期最晚为一年之内。", "it takes effect within a year at the latest")


def _refuse_gap(after: list[Edition], since: date) -> None:
    gap = card_choice.without_card(after, since)
    if gap is not None:
        contact, day = gap
        raise Refused(
            f"从 {day.isoformat()} 起，“{_named(contact, 'zh')}”就没有评分表可用了；请先发布适用于它的评分表，或放宽这一张的适用范围。",
            f"from {day.isoformat()} on no card would be left for {_named(contact, 'en')}: publish one for it first, or let this one apply to it",
        )


def _named(contact: Contact, lang: str) -> str:
    parts = (("channel", contact.channel), ("direction", contact.direction), ("contact_kind", contact.kind))
    return " · ".join(name_of(kind, code, lang) for kind, code in parts)


def _note(note: str) -> str:
    note = note.replace("\x00", "").strip()
    if not note:
        raise Refused("请写明原因，日后查阅的人要看。", "say why: whoever looks later needs it")
    if len(note) > LONGEST_NOTE:
        raise Refused(f"说明最多 {LONGEST_NOTE} 字。", f"the note has {LONGEST_NOTE} characters at most")
    return note


def _usable(session: Session, record: Mapping[str, Any]) -> None:
    problems = check(record, scorecards.known_categories(session))
    if problems:
        raise CardError(problems)


def _locked(
    session: Session, scope: Scope, capability: str, card_id: int, seen: int, state: str = "draft"
) -> Scorecard:
    """The row as it is now, with nobody else able to change it until we are done."""
    demand(scope, capability)
    take_write_lock(session.connection())
    if capability == "scorecards.publish":
        # Two who retire two cards at once could leave a contact without either: one after the other.
        session.execute(select(Scorecard.id).order_by(Scorecard.id).with_for_update())
    row = session.scalar(
        select(Scorecard)
        .where(Scorecard.id == card_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if row is None or row.state != state or row.row_version != seen:
        raise StaleCase(
            "这张评分表刚被别人改过、发布或放弃，您的操作没有保存；请看过现在的内容再来。",
            "somebody has just changed, published or discarded this card; what you did was not saved: look at it as it is now",
        )
    return row


def _changed(one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    """What `one` says differently from `other`: fields of the card, and whole items."""
    found = {key: value for key, value in one.items() if key != "criteria" and other.get(key) != value}
    items = [item for item in one["criteria"] if item not in other["criteria"]]
    order = [item["code"] for item in one["criteria"]]
    if order != [item["code"] for item in other["criteria"]]:
        found["order"] = order
    return found | ({"criteria": items} if items else {})

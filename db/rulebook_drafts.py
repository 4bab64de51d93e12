"""The draft of the next rulebook: started, edited, discarded or published. One is open at a time (catalogue 4.1)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from db import audit, rulebooks
from db.accounts import display_name
from db.engine import take_write_lock
from db.models import RulebookDraft, RulebookVersion
from db.refusals import Refused, StaleCase
from db.visibility import demand
from regulations import editing
from regulations.access import Scope
from regulations.rulebook import Rulebook

LONGEST_NOTE = 1_000
MOST_EDITS = 1_000
FURTHEST_DAYS = 366  # a date further off is a slip of the keyboard


def get_open(session: Session, scope: Scope) -> RulebookDraft | None:
    """The open draft; None when there is none. Raises AccessRefused without rulebook.view."""
    demand(scope, "rulebook.view")
    return session.scalar(select(RulebookDraft).where(RulebookDraft.status == "open"))


def list_finished(session: Session, scope: Scope) -> list[RulebookDraft]:
    """Drafts that were published or discarded, the latest first. Raises AccessRefused without rulebook.view."""
    demand(scope, "rulebook.view")
    return list(
        session.scalars(
            select(RulebookDraft)
            .where(RulebookDraft.status != "open")
            .order_by(RulebookDraft.updated_at.desc(), RulebookDraft.id.desc())
        )
    )


def base_of(session: Session, draft: RulebookDraft) -> Rulebook:
    """The rulebook that the draft's edits are made against."""
    return rulebooks.made_under(session, draft.base_version, rulebooks.in_force(session))


def book_of(session: Session, draft: RulebookDraft) -> Rulebook:
    """The rulebook that the draft would be."""
    return editing.edited(base_of(session, draft), draft.edits)


def save_edit(
    session: Session, scope: Scope, edit: editing.Edit, *, seen: int | None, now: datetime
) -> RulebookDraft | None:
    """Add one edit to the open draft, or begin a draft with it. The caller commits.

    `seen` is the `row_version` of the draft that the editor saw, None when he saw none. An edit that brings back what the
    base says leaves the draft. Returns the draft; None when nothing was begun because the edit changes nothing. Raises
    AccessRefused without rulebook.edit, StaleCase when somebody else changed, began or ended the draft meanwhile,
    RulebookError when the rulebook would not be usable, Refused for too many edits.
    """
    draft = locked(session, scope, "rulebook.edit", seen)
    base = base_of(session, draft) if draft else latest(session)
    before = list(draft.edits) if draft else []
    edits = [dict(kept) for kept in editing.put(base, before, edit)]
    if len(edits) > MOST_EDITS:
        raise Refused(
            f"一份草稿最多 {MOST_EDITS} 处修改；请先发布这一份，再开始下一份。",
            f"a draft has {MOST_EDITS} changes at most: publish this one, then begin another",
        )
    if edits == before:
        return draft
    if draft is None:
        draft = begin(session, scope, base, edits, now)
    else:
        draft.edits = edits
        _touch(draft, scope, now)
    session.flush()
    key = editing.key_of(edit)
    detail = {"key": key, "before": edit_at(before, key), "after": edit_at(edits, key)}
    audit.record(session, scope, "rulebook_draft.changed", "rulebook_draft", draft.id, detail, at=now)
    return draft


def begin(
    session: Session, scope: Scope, base: Rulebook, edits: Sequence[editing.Edit], now: datetime
) -> RulebookDraft:
    """A draft against `base`, after `locked` said there is none. Raises StaleCase when somebody else began one just now."""
    draft = RulebookDraft(
        base_version=base.version,
        edits=[dict(edit) for edit in edits],
        created_at=now,
        created_by=scope.actor[:80],
        updated_at=now,
        updated_by=scope.actor[:80],
    )
    try:
        with session.begin_nested():
            session.add(draft)
            session.flush()
    except IntegrityError:
        raise _changed(session, get_open(session, scope)) from None
    detail = {"base": base.version}
    audit.record(session, scope, "rulebook_draft.started", "rulebook_draft", draft.id, detail, at=now)
    return draft


def take_back(session: Session, scope: Scope, key: str, *, seen: int, now: datetime) -> RulebookDraft:
    """Take one edit out of the open draft. `key` is `editing.key_of` it. The caller commits.

    Raises AccessRefused, StaleCase, RulebookError when another edit needs this one, Refused when it is not there.
    """
    draft = _open_one(locked(session, scope, "rulebook.edit", seen))
    before = edit_at(draft.edits, key)
    if before is None:
        raise Refused("草稿里已经没有这处修改。", "the draft does not have this change any more")
    edits = [kept for kept in draft.edits if editing.key_of(kept) != key]
    editing.edited(base_of(session, draft), edits)
    draft.edits = edits
    _touch(draft, scope, now)
    session.flush()
    detail = {"key": key, "before": before, "after": None}
    audit.record(session, scope, "rulebook_draft.changed", "rulebook_draft", draft.id, detail, at=now)
    return draft


def discard(session: Session, scope: Scope, *, seen: int, now: datetime) -> RulebookDraft:
    """End the open draft without publishing it; its edits are kept for the record. The caller commits.

    Raises AccessRefused without rulebook.edit, StaleCase.
    """
    draft = _open_one(locked(session, scope, "rulebook.edit", seen))
    draft.status = "discarded"
    _touch(draft, scope, now)
    session.flush()
    detail = {"edits": len(draft.edits)}
    audit.record(session, scope, "rulebook_draft.discarded", "rulebook_draft", draft.id, detail, at=now)
    return draft


def publish(
    session: Session, scope: Scope, *, valid_from: date, note: str, seen: int, now: datetime
) -> RulebookVersion:
    """Put the draft in force from a local date on, today or later. The caller commits.

    Calls before that date keep the rulebook they were inspected under. Raises AccessRefused without rulebook.publish,
    StaleCase, RulebookError, and Refused for a date in the past or before a version that is already announced, without a
    note, for a draft that changes nothing, or when another version was published since the draft began.
    """
    draft = _open_one(locked(session, scope, "rulebook.publish", seen))
    note = note.replace("\x00", "").strip()
    if not note:
        raise Refused(
            "请写明为什么修改，日后查阅的人要看。", "say why it was changed: whoever looks later needs it"
        )
    if len(note) > LONGEST_NOTE:
        raise Refused(f"说明最多 {LONGEST_NOTE} 字。", f"the note has {LONGEST_NOTE} characters at most")
    rulebooks.publish_configured(session, scope, now)  # where none was published yet, for everything before
    last = rulebooks.list_versions(session)[0]
    if last.version != draft.base_version:
        raise Refused(
            "草稿开始以后，另有一个版本发布了；请先把草稿移到新版本上，看过差异再发布。",
            "another version was published since this draft began: move the draft onto it, look at what differs, then publish",
        )
    base = base_of(session, draft)
    _refuse_date(valid_from, last.valid_from, local_day(base, now))
    book = book_of(session, draft)
    if not draft.edits or book.version == base.version:
        raise Refused("草稿里还没有任何修改。", "the draft changes nothing yet")
    _refuse_twice(session, book, valid_from)
    row = rulebooks.publish(session, scope, book, valid_from, now)
    draft.status, draft.note = "published", note
    draft.published_version, draft.valid_from = book.version, valid_from
    _touch(draft, scope, now)
    session.flush()
    detail = {
        "version": book.version, "base": draft.base_version, "valid_from": valid_from.isoformat(),
        "edits": [editing.key_of(edit) for edit in draft.edits], "note": note,
    }  # fmt: skip
    audit.record(session, scope, "rulebook_draft.published", "rulebook_draft", draft.id, detail, at=now)
    return row


def move_to_latest(session: Session, scope: Scope, *, seen: int, now: datetime) -> RulebookDraft:
    """Make the draft's edits against the version published last. The caller commits.

    Raises AccessRefused without rulebook.edit, StaleCase, RulebookError naming the edits that do not fit it.
    """
    draft = _open_one(locked(session, scope, "rulebook.edit", seen))
    newest = latest(session)
    editing.edited(newest, draft.edits)
    detail = {"from": draft.base_version, "to": newest.version}
    draft.base_version = newest.version
    _touch(draft, scope, now)
    session.flush()
    audit.record(session, scope, "rulebook_draft.moved", "rulebook_draft", draft.id, detail, at=now)
    return draft


def local_day(book: Rulebook, now: datetime) -> date:
    """The site's date at an instant."""
    return now.astimezone(ZoneInfo(book.text("calendar.timezone") or "Asia/Shanghai")).date()


def latest(session: Session) -> Rulebook:
    """The version published last, also one that is announced for a later date: the next one builds on it."""
    rows = rulebooks.list_versions(session)
    return rulebooks.by_version(session, rows[0].version) if rows else rulebooks.in_force(session)


def _refuse_date(day: date, last: date, today: date) -> None:
    if day < today:
        raise Refused(
            f"生效日期不能早于今天（{today.isoformat()}）：已经判定的通话不改。",
            f"it cannot take effect before today ({today.isoformat()}): what was decided stays",
        )
    if day < last:
        raise Refused(
            f"已有一个版本定于 {last.isoformat()} 生效；请选这一天或更晚的日期。",
            f"a version is announced for {last.isoformat()}: choose that day or a later one",
        )
    if (day - today).days > FURTHEST_DAYS:
        raise Refused("生效日期最晚为一年之内。", "it takes effect within a year at the latest")


def _refuse_twice(session: Session, book: Rulebook, day: date) -> None:
    """Of two versions of a day the one published last holds; one that was there before would not come back."""
    known = select(RulebookVersion.id).where(
        RulebookVersion.version == book.version, RulebookVersion.valid_from == day
    )
    if session.scalar(known) is not None:
        raise Refused(
            "同一天已经发布过内容完全相同的版本；请改选下一天生效。",
            "this very rulebook was published for that day before: let it take effect a day later",
        )


def locked(session: Session, scope: Scope, capability: str, seen: int | None) -> RulebookDraft | None:
    """The open draft as it is now, with nobody else able to change it until we are done.

    Raises AccessRefused without the capability, StaleCase when it is not the one seen.
    """
    demand(scope, capability)
    take_write_lock(session.connection())
    draft = session.scalar(
        select(RulebookDraft)
        .where(RulebookDraft.status == "open")
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if (draft.row_version if draft else None) == seen:
        return draft
    if draft is None:
        raise StaleCase(
            "这份草稿已被发布或放弃，您的操作没有保存；请查看现在的版本。",
            "this draft was published or discarded meanwhile; what you did was not saved: see the present version",
        )
    raise _changed(session, draft)


def _changed(session: Session, draft: RulebookDraft | None) -> StaleCase:
    who = display_name(session, draft.updated_by) if draft else ""
    return StaleCase(
        f"{who}刚刚改过这份草稿，您的操作没有保存；您填的内容还在，请看过对方的修改再保存一次。",
        f"{who} has just changed this draft; what you did was not saved. What you typed is still there: "
        "look at that change, then save again",
    )


def _open_one(draft: RulebookDraft | None) -> RulebookDraft:
    if draft is None:
        raise StaleCase("现在没有草稿。", "there is no draft now")
    return draft


def _touch(draft: RulebookDraft, scope: Scope, now: datetime) -> None:
    draft.row_version += 1
    draft.updated_at, draft.updated_by = now, scope.actor[:80]


def edit_at(edits: list[Any], key: str) -> Mapping[str, Any] | None:
    """What the edits say of a phrase, trigger, cue or value; None when nothing."""
    return next((edit for edit in edits if editing.key_of(edit) == key), None)

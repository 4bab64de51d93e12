"""What was published before: who changed a phrase and why, and the way back to an earlier rulebook."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from db import audit, rulebook_drafts
from db.models import RulebookDraft
from db.refusals import Refused
from regulations import editing
from regulations.access import Scope
from regulations.rulebook import Rulebook


def history_of(session: Session, scope: Scope, key: str) -> list[RulebookDraft]:
    """The published drafts that changed a phrase, trigger, cue or value, the latest first. `key` is `editing.key_of` it.

    Raises AccessRefused without rulebook.view.
    """
    found = rulebook_drafts.list_finished(session, scope)
    return [
        one
        for one in found
        if one.status == "published" and rulebook_drafts.edit_at(one.edits, key) is not None
    ]


def return_to(session: Session, scope: Scope, target: Rulebook, *, now: datetime) -> list[str]:
    """Begin a draft that says of phrases and inspection what an earlier rulebook said. The caller commits.

    It is published like any other draft; history stays as it is. Returns the keys of other limits, which stay as the version
    published last has them. Raises AccessRefused without rulebook.edit, StaleCase when a draft is open, RulebookError when
    the earlier words do not fit the other limits of today, Refused for one that says the same.
    """
    rulebook_drafts.locked(session, scope, "rulebook.edit", None)
    base = rulebook_drafts.latest(session)
    edits, others = editing.edits_towards(base, target)
    if not edits:
        raise Refused(
            "这一版的用语和检查参数与最新版本相同，不用恢复。",
            "this version says of phrases and inspection what the latest one says: there is nothing to return to",
        )
    if len(edits) > rulebook_drafts.MOST_EDITS:
        raise Refused(
            f"与最新版本相差 {len(edits)} 处，一份草稿最多 {rulebook_drafts.MOST_EDITS} 处；请用制度文件恢复。",
            f"it differs in {len(edits)} places and a draft has {rulebook_drafts.MOST_EDITS} at most: return to it with the files of the site",
        )
    editing.edited(base, edits)
    draft = rulebook_drafts.begin(session, scope, base, edits, now)
    detail = {"returns_to": target.version, "edits": len(edits)}
    audit.record(session, scope, "rulebook_draft.changed", "rulebook_draft", draft.id, detail, at=now)
    return others

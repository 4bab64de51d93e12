"""The log: lines are written with the change they tell of, and read only by those who may."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from db import audit
from db.models import AuditEntry
from regulations.access import ACCOUNT_ROLES, SYSTEM, AccessRefused
from tests.factories import NOW, make_user, scope


def test_a_line_says_who_did_what_to_which_thing_when(session: Session) -> None:
    audit.record(
        session, scope("manager", actor="秦岚"), "complaint.event", "complaint", 7, {"kind": "closed"}, at=NOW
    )
    session.commit()
    line = session.scalars(select(AuditEntry)).one()
    assert (line.at, line.actor, line.action) == (NOW, "秦岚", "complaint.event")
    assert (line.object_kind, line.object_id, line.detail) == ("complaint", "7", {"kind": "closed"})


def test_a_line_goes_when_its_change_is_rolled_back(session: Session) -> None:
    audit.record(session, SYSTEM, "x", "y", at=NOW)
    session.rollback()
    assert session.scalars(select(AuditEntry)).all() == []


def test_the_name_stays_readable_after_the_account_is_gone(session: Session) -> None:
    from db import people

    user = make_user(session, "administrator", username="leaver")
    audit.record(session, people.scope_of(user), "x", "y", at=NOW)
    session.commit()
    session.delete(user)
    session.commit()
    session.expire_all()
    line = session.scalars(select(AuditEntry)).one()
    assert (line.actor, line.actor_id) == ("leaver", None)


def test_very_long_names_are_cut_not_refused(session: Session) -> None:
    audit.record(session, scope("manager", actor="名" * 500), "x", "y", "号" * 500, at=NOW)
    session.commit()
    assert len(session.scalars(select(AuditEntry)).one().object_id) == 80


def test_the_log_is_read_newest_first_and_narrowed(session: Session) -> None:
    for n in range(5):
        audit.record(session, SYSTEM, f"a{n % 2}", "thing", n, at=NOW + timedelta(minutes=n))
    session.commit()
    assert [e.object_id for e in audit.list_entries(session, SYSTEM)] == ["4", "3", "2", "1", "0"]
    assert [e.object_id for e in audit.list_entries(session, SYSTEM, action="a1")] == ["3", "1"]
    assert [e.object_id for e in audit.list_entries(session, SYSTEM, object_kind="thing", object_id=2)] == [
        "2"
    ]
    assert len(audit.list_entries(session, SYSTEM, since=NOW + timedelta(minutes=3))) == 2
    assert len(audit.list_entries(session, SYSTEM, limit=2)) == 2


@pytest.mark.parametrize("role", [role for role in ACCOUNT_ROLES if role != "administrator"])
def test_only_an_administrator_reads_the_log(session: Session, role: str) -> None:
    with pytest.raises(AccessRefused):
        audit.list_entries(session, scope(role))

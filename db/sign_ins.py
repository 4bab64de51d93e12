"""Signing in and out: server-side sessions behind a random token, and a lock against guessing."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from db import audit, passwords
from db.accounts import scope_of, tidy_username
from db.engine import take_write_lock
from db.models import AuditEntry, SignIn, User
from db.refusals import Refused
from regulations.access import Scope

MAX_FAILURES = 5  # a person who mistypes finds the right one by then; a guesser gets 480 tries a day
FAILURE_WINDOW = timedelta(minutes=15)  # failures further apart than this are not one attack
LOCK_TIME = timedelta(minutes=15)  # long enough to stop guessing, short enough to wait out
SEEN_EVERY = timedelta(minutes=10)  # `last_seen_at` is written this often, so that pages only read
TOKEN_BYTES = 32


class SignInRefused(Refused):
    """Not signed in. Says the same whether the name or the password was wrong."""


def sign_in(
    session: Session, username: str, password: str, now: datetime, hours: int, address: str = ""
) -> tuple[User, str]:
    """The account and a new token, good for `hours`. Only the token's SHA-256 is kept.

    Raises SignInRefused, after committing the failure itself: the caller's transaction ends with the
    exception, and a failure that is not counted would be a free guess.
    """
    name = tidy_username(username)[:60]
    user = session.scalar(select(User).where(User.username == name))
    # Always one verification, also for a name nobody has and for a locked account: the time taken
    # must not tell which names exist.
    is_right = passwords.is_right(password, user.password_hash if user else None)
    if _is_locked(session, user, name, now):
        _count_failure(session, user, name, now, address, "locked")
        raise SignInRefused(
            f"连续多次登录失败，请 {_minutes(LOCK_TIME)} 分钟后再试，或请系统管理员重设密码。",
            f"too many failed sign-ins: wait {_minutes(LOCK_TIME)} minutes, or ask the administrator for a new password",
        )
    if user is None or not is_right or not user.is_active:
        reason = "unknown" if user is None else "disabled" if is_right else "password"
        _count_failure(session, user, name, now, address, reason)
        raise SignInRefused("用户名或密码不正确。", "the user name or the password is wrong")
    user.failed_sign_ins, user.first_failed_at, user.locked_until = 0, None, None
    token = secrets.token_urlsafe(TOKEN_BYTES)
    session.execute(delete(SignIn).where(SignIn.user_id == user.id, SignIn.expires_at <= now))
    session.add(
        SignIn(
            token_hash=_digest(token),
            user_id=user.id,
            created_at=now,
            expires_at=now + timedelta(hours=hours),
            last_seen_at=now,
            address=address[:64],
        )
    )
    audit.record(session, scope_of(user), "sign_in.accepted", "user", user.id, {"address": address}, at=now)
    session.flush()
    return user, token


def user_for_token(session: Session, token: str, now: datetime) -> User | None:
    """The account a token belongs to; None when it is unknown, expired or the account was closed."""
    if not token:
        return None
    found = session.scalar(select(SignIn).where(SignIn.token_hash == _digest(token)))
    if found is None or found.expires_at <= now or not found.user.is_active:
        return None
    if now - found.last_seen_at >= SEEN_EVERY:
        found.last_seen_at = now
    return found.user


def sign_out(session: Session, token: str, now: datetime | None = None) -> None:
    """End the sign-in of the token; one that is unknown or over is no error."""
    found = session.scalar(select(SignIn).where(SignIn.token_hash == _digest(token)))
    if found is None:
        return
    audit.record(session, scope_of(found.user), "sign_in.ended", "user", found.user_id, at=now)
    session.delete(found)


def _is_locked(session: Session, user: User | None, name: str, now: datetime) -> bool:
    if user is not None:
        return user.locked_until is not None and user.locked_until > now
    # A name nobody has locks just the same, or the lock would tell which names exist.
    failures = session.scalar(
        select(func.count()).where(
            AuditEntry.object_kind == "user_name",
            AuditEntry.object_id == name,
            AuditEntry.action == "sign_in.refused",
            AuditEntry.at > now - FAILURE_WINDOW,
        )
    )
    return (failures or 0) >= MAX_FAILURES


def _count_failure(
    session: Session, user: User | None, name: str, now: datetime, address: str, reason: str
) -> None:
    detail = {"username": name, "address": address, "reason": reason}
    nobody = Scope(None, name or "?", "agent", ())
    if user is None:
        # Attempts on a locked name are noted, but do not prolong the lock: as with a real account.
        action = "sign_in.refused_locked" if reason == "locked" else "sign_in.refused"
        audit.record(session, nobody, action, "user_name", name, detail, at=now)
        session.commit()
        return
    audit.record(session, nobody, "sign_in.refused", "user", user.id, detail, at=now)
    if reason != "locked":
        session.flush()  # SQLite: we are the writer now, so that two guesses at once count as two
        take_write_lock(session.connection())
        session.execute(select(User.id).where(User.id == user.id).with_for_update())
        session.refresh(user)
        started = user.first_failed_at
        if started is None or now - started > FAILURE_WINDOW:
            user.failed_sign_ins, user.first_failed_at = 0, now
        user.failed_sign_ins += 1
        if user.failed_sign_ins >= MAX_FAILURES:
            user.locked_until = now + LOCK_TIME
            user.failed_sign_ins, user.first_failed_at = 0, None
            audit.record(session, nobody, "sign_in.locked", "user", user.id, {"username": name}, at=now)
    session.commit()


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def _minutes(span: timedelta) -> int:
    return int(span.total_seconds() // 60)

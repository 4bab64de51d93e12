"""Accounts: who may sign in, in which role, and what rows he then sees."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from db import audit, passwords
from db.models import Agent, SignIn, Team, User
from db.refusals import Refused
from db.visibility import demand
from regulations.access import ACCOUNT_ROLES, Scope

USERNAME = re.compile(r"[a-z0-9](?:[a-z0-9._-]{0,58}[a-z0-9])?")


def scope_of(user: User) -> Scope:
    """What rows the account sees: a supervisor the teams given to him, an agent his own, others all teams
    unless some were given."""
    if user.role == "agent":
        team_ids = (user.agent.team_id,) if user.agent is not None else ()
        return Scope(user.id, user.username, user.role, team_ids, user.agent_id)
    given = tuple(sorted(team.id for team in user.teams))
    return Scope(user.id, user.username, user.role, given if given or user.role == "supervisor" else None)


def list_users(session: Session, scope: Scope) -> Sequence[User]:
    """All accounts, by name. Raises AccessRefused without users.manage."""
    demand(scope, "users.manage")
    return session.scalars(select(User).order_by(User.username)).all()


def get_user(session: Session, username: str) -> User:
    """The account of that name. Raises LookupError."""
    user = session.scalar(select(User).where(User.username == tidy_username(username)))
    if user is None:
        raise LookupError(username)
    return user


def display_names(session: Session, actors: Iterable[str] | None = None) -> dict[str, str]:
    """What the accounts behind these names of actors are called by their colleagues; of every account without them.

    Rows keep the account's name, which is unique and stays. Who has no account is left out: an imported name is
    shown as it was written.
    """
    query = select(User.username, User.display_name)
    if actors is not None:
        query = query.where(User.username.in_(set(actors)))
    return {name: shown or name for name, shown in session.execute(query).tuples()}


def display_name(session: Session | None, actor: str) -> str:
    """What one actor is called: his account's display name, else what the row says."""
    return actor if session is None else display_names(session, [actor]).get(actor, actor)


def tidy_username(typed: str) -> str:
    """The name as it is stored: full-width letters narrowed, lower case, without what cannot be seen."""
    narrow = unicodedata.normalize("NFKC", typed)
    return "".join(character for character in narrow if character.isprintable()).strip().lower()


def add_user(
    session: Session,
    scope: Scope,
    *,
    username: str,
    password: str,
    role: str,
    now: datetime,
    display_name: str = "",
    team_codes: Sequence[str] = (),
    agent_number: str | None = None,
    language: str = "zh",
    is_demo: bool = False,
) -> User:
    """A new account.

    A supervisor needs at least one team, an agent his staff number. Raises AccessRefused without
    users.manage, Refused when something in it cannot be accepted.
    """
    demand(scope, "users.manage")
    name = tidy_username(username)
    if not USERNAME.fullmatch(name):
        raise Refused(
            "用户名只能用小写字母、数字、点、下划线和连字符，1 至 60 个字符，首尾为字母或数字。",
            "a user name has 1 to 60 lower-case letters, digits, dots, underscores or hyphens,"
            " and begins and ends with a letter or digit",
        )
    if role not in ACCOUNT_ROLES:
        raise Refused(
            f"没有“{role}”这个角色；可用：{'、'.join(ACCOUNT_ROLES)}。",
            f"there is no role {role!r}; there are {', '.join(ACCOUNT_ROLES)}",
        )
    if session.scalar(select(User.id).where(User.username == name)) is not None:
        raise Refused(f"用户名“{name}”已被使用。", f"the user name {name!r} is taken")
    teams = _teams_of(session, role, team_codes)
    agent = _agent_of(session, role, agent_number)
    passwords.check(password, name, is_demo=is_demo)
    user = User(
        username=name,
        display_name=(display_name.strip() or (agent.name if agent else name))[:80],
        password_hash=passwords.hashed(password),
        role=role,
        agent_id=agent.id if agent else None,
        agent=agent,
        language="en" if language == "en" else "zh",
        is_demo=is_demo,
        created_at=now,
        teams=teams,
    )
    session.add(user)
    session.flush()
    detail = {"username": name, "role": role, "teams": [team.code for team in teams], "is_demo": is_demo}
    audit.record(session, scope, "user.added", "user", user.id, detail, at=now)
    return user


def set_password(session: Session, scope: Scope, user: User, password: str, now: datetime) -> None:
    """Give the account a new password, end its sign-ins and lift a lock.

    An administrator may do it for anybody, everybody for himself. Raises AccessRefused, Refused.
    """
    if scope.user_id is None or scope.user_id != user.id:
        demand(scope, "users.manage")
    passwords.check(password, user.username, is_demo=user.is_demo)
    user.password_hash = passwords.hashed(password)
    user.failed_sign_ins, user.first_failed_at, user.locked_until = 0, None, None
    session.execute(delete(SignIn).where(SignIn.user_id == user.id))
    audit.record(session, scope, "user.password_set", "user", user.id, {"username": user.username}, at=now)


def disable_user(session: Session, scope: Scope, user: User, now: datetime) -> None:
    """Close the account: it can no longer sign in, and is signed out everywhere. Its history stays.

    Raises AccessRefused without users.manage, Refused for one's own account and for the last
    administrator, because nobody could then open it again.
    """
    demand(scope, "users.manage")
    if scope.user_id == user.id:
        raise Refused("不能停用自己的账号。", "you cannot disable your own account")
    administrators = session.scalar(
        select(func.count()).where(User.role == "administrator", User.is_active.is_(True))
    )
    if user.role == "administrator" and user.is_active and administrators == 1:
        raise Refused("这是最后一个系统管理员，不能停用。", "this is the last administrator")
    user.is_active = False
    session.execute(delete(SignIn).where(SignIn.user_id == user.id))
    audit.record(session, scope, "user.disabled", "user", user.id, {"username": user.username}, at=now)


def enable_user(session: Session, scope: Scope, user: User, now: datetime) -> None:
    """Open a closed account again. Raises AccessRefused without users.manage."""
    demand(scope, "users.manage")
    user.is_active = True
    audit.record(session, scope, "user.enabled", "user", user.id, {"username": user.username}, at=now)


def _teams_of(session: Session, role: str, codes: Sequence[str]) -> list[Team]:
    wanted = list(dict.fromkeys(codes))
    teams = list(session.scalars(select(Team).where(Team.code.in_(wanted)).order_by(Team.code)))
    unknown = [code for code in wanted if code not in {team.code for team in teams}]
    if unknown:
        raise Refused(f"没有这些班组：{'、'.join(unknown)}。", f"there is no team {', '.join(unknown)}")
    if role == "supervisor" and not teams:
        raise Refused("主管账号至少要有一个班组。", "a supervisor needs at least one team")
    return teams


def _agent_of(session: Session, role: str, number: str | None) -> Agent | None:
    if number is None:
        if role == "agent":
            raise Refused("客服账号要对应一个工号。", "an agent's account needs his staff number")
        return None
    agent = session.scalar(select(Agent).where(Agent.number == number))
    if agent is None:
        raise Refused(f"没有工号 {number}。", f"there is no staff number {number}")
    return agent

"""Accounts, sign-ins and who sees whom."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Literal

import pytest
from argon2 import PasswordHasher
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from db import passwords, people, sign_ins
from db.models import AuditEntry, SignIn, User
from db.refusals import Refused
from regulations.access import ACCOUNT_ROLES, SYSTEM, AccessRefused, Scope
from tests.factories import NOW, PASSWORD, make_agent, make_team, make_user, scope

HOUR = timedelta(hours=1)
NOT_ADMINISTRATORS = [role for role in ACCOUNT_ROLES if role != "administrator"]


@pytest.fixture(autouse=True)
def _quick_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same argon2 with little memory."""
    monkeypatch.setattr(passwords, "_hasher", PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))


def actions(session: Session) -> list[str]:
    return list(session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)))


def sign_in(session: Session, name: str, password: str = PASSWORD, now: object = NOW) -> str:
    return people.sign_in(session, name, password, now, 12, "10.0.0.7")[1]  # type: ignore[arg-type]


# Signing in


def test_the_right_password_signs_in_and_the_token_finds_the_account(session: Session) -> None:
    alice = make_user(session, username="alice")
    user, token = people.sign_in(session, " Alice ", PASSWORD, NOW, 12, "10.0.0.7")
    assert user.id == alice.id
    found = people.user_for_token(session, token, NOW + HOUR)
    assert found is not None and found.username == "alice"
    assert actions(session) == ["sign_in.accepted"]


def test_only_the_hash_of_a_token_is_kept(session: Session) -> None:
    make_user(session, username="alice")
    token = sign_in(session, "alice")
    kept = session.scalars(select(SignIn.token_hash)).one()
    assert len(token) >= 40
    assert token not in kept and len(kept) == 64


def test_two_sign_ins_have_two_tokens_and_both_hold(session: Session) -> None:
    make_user(session, username="alice")
    first, second = sign_in(session, "alice"), sign_in(session, "alice")
    assert first != second
    assert people.user_for_token(session, first, NOW) and people.user_for_token(session, second, NOW)


def test_a_sign_in_ends_to_the_second(session: Session) -> None:
    make_user(session, username="alice")
    token = sign_in(session, "alice")
    assert people.user_for_token(session, token, NOW + 12 * HOUR - timedelta(seconds=1)) is not None
    assert people.user_for_token(session, token, NOW + 12 * HOUR) is None


@pytest.mark.parametrize("token", ["", "x", "A" * 43, "令牌", "\x00", "\ud800", "a" * 100_000])
def test_a_made_up_token_is_nobody(session: Session, token: str) -> None:
    make_user(session, username="alice")
    sign_in(session, "alice")
    assert people.user_for_token(session, token, NOW) is None


def test_after_signing_out_the_token_is_worthless(session: Session) -> None:
    make_user(session, username="alice")
    token, other = sign_in(session, "alice"), sign_in(session, "alice")
    people.sign_out(session, token)
    people.sign_out(session, token)
    assert people.user_for_token(session, token, NOW) is None
    assert people.user_for_token(session, other, NOW) is not None
    assert actions(session).count("sign_in.ended") == 1


def test_wrong_name_and_wrong_password_are_refused_with_the_same_words(session: Session) -> None:
    make_user(session, username="alice")
    with pytest.raises(people.SignInRefused) as wrong_password:
        sign_in(session, "alice", "wrong")
    with pytest.raises(people.SignInRefused) as wrong_name:
        sign_in(session, "nobody", "wrong")
    assert wrong_password.value.zh == wrong_name.value.zh
    assert wrong_password.value.text("en") == wrong_name.value.text("en")


def test_a_refusal_costs_one_verification_whether_or_not_the_name_exists(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Or the time an answer takes would tell which names exist, are closed or are locked."""
    verified: list[str] = []

    class Counting(PasswordHasher):
        def verify(self, hash: str | bytes, password: str | bytes) -> Literal[True]:
            verified.append(str(hash))
            return super().verify(hash, password)

    monkeypatch.setattr(passwords, "_hasher", Counting(time_cost=1, memory_cost=64, parallelism=1))
    make_user(session, username="alice")
    make_user(session, username="closed", is_active=False)
    make_user(session, username="locked", locked_until=NOW + HOUR)
    for name in ("alice", "nobody", "closed", "locked"):
        verified.clear()
        with pytest.raises(people.SignInRefused):
            sign_in(session, name, "wrong")
        assert len(verified) == 1, name
        assert verified[0].startswith("$argon2id$")


@pytest.mark.parametrize(
    ("name", "password"),
    [
        ("", ""),
        ("alice", ""),
        ("' OR 1=1 --", "x"),
        ("a" * 5000, "b" * 100_000),
        ("alice\u0000", "\u0000"),
        ("\ud800", "\ud800"),
        ("爱丽丝", "密码"),
    ],
)
def test_hostile_input_is_refused_like_any_other(session: Session, name: str, password: str) -> None:
    make_user(session, username="alice")
    with pytest.raises(people.SignInRefused):
        sign_in(session, name, password)


def test_a_closed_account_cannot_sign_in_and_its_tokens_die(session: Session) -> None:
    alice = make_user(session, username="alice")
    token = sign_in(session, "alice")
    people.disable_user(session, SYSTEM, alice, NOW)
    assert people.user_for_token(session, token, NOW) is None
    with pytest.raises(people.SignInRefused):
        sign_in(session, "alice")
    people.enable_user(session, SYSTEM, alice, NOW)
    assert sign_in(session, "alice")


# The lock


def fail(session: Session, name: str, times: int, now: object = NOW) -> None:
    for _ in range(times):
        with pytest.raises(people.SignInRefused):
            sign_in(session, name, "wrong", now)


def test_after_five_failures_even_the_right_password_waits_fifteen_minutes(session: Session) -> None:
    make_user(session, username="alice")
    fail(session, "alice", 5)
    with pytest.raises(people.SignInRefused, match="wait 15 minutes"):
        sign_in(session, "alice", now=NOW + timedelta(minutes=14, seconds=59))
    assert sign_in(session, "alice", now=NOW + timedelta(minutes=15))
    assert "sign_in.locked" in actions(session)


def test_four_failures_do_not_lock_and_success_starts_the_count_anew(session: Session) -> None:
    make_user(session, username="alice")
    for _ in range(3):
        fail(session, "alice", 4)
        assert sign_in(session, "alice")


def test_failures_far_apart_do_not_lock(session: Session) -> None:
    make_user(session, username="alice")
    for n in range(12):
        fail(session, "alice", 1, NOW + timedelta(minutes=16) * n)
    assert sign_in(session, "alice", now=NOW + timedelta(hours=4))


def test_trying_on_during_the_lock_does_not_prolong_it(session: Session) -> None:
    make_user(session, username="alice")
    fail(session, "alice", 5)
    fail(session, "alice", 8, NOW + timedelta(minutes=10))
    assert sign_in(session, "alice", now=NOW + timedelta(minutes=15))


def test_a_name_nobody_has_locks_in_the_same_way(session: Session) -> None:
    """Or the lock would tell which names exist."""
    fail(session, "nobody", 5)
    with pytest.raises(people.SignInRefused, match="wait 15 minutes"):
        sign_in(session, "nobody")
    fail(session, "nobody", 3, NOW + timedelta(minutes=10))
    with pytest.raises(people.SignInRefused, match="is wrong"):
        sign_in(session, "nobody", now=NOW + timedelta(minutes=15))


def test_one_account_locked_leaves_the_others_alone(session: Session) -> None:
    make_user(session, username="alice")
    make_user(session, username="bob")
    fail(session, "alice", 5)
    assert sign_in(session, "bob")


def test_a_failure_counts_although_the_callers_transaction_is_rolled_back(session: Session) -> None:
    make_user(session, username="alice")
    session.commit()
    for _ in range(5):
        with pytest.raises(people.SignInRefused):
            sign_in(session, "alice", "wrong")
        session.rollback()
    with pytest.raises(people.SignInRefused, match="wait"):
        sign_in(session, "alice")


def test_guesses_made_at_the_same_time_all_count(engine: Engine) -> None:
    with Session(engine) as session:
        make_user(session, username="alice")
        session.commit()
    barrier = threading.Barrier(sign_ins.MAX_FAILURES)

    def guess() -> None:
        barrier.wait()
        with Session(engine) as session, pytest.raises(people.SignInRefused):
            sign_in(session, "alice", "wrong")

    threads = [threading.Thread(target=guess) for _ in range(sign_ins.MAX_FAILURES)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with Session(engine) as session, pytest.raises(people.SignInRefused, match="wait"):
        sign_in(session, "alice")


def test_a_new_password_lifts_the_lock_and_ends_old_sign_ins(session: Session) -> None:
    alice = make_user(session, username="alice")
    token = sign_in(session, "alice")
    fail(session, "alice", 5)
    people.set_password(session, SYSTEM, alice, "another fine password", NOW)
    assert people.user_for_token(session, token, NOW) is None
    assert sign_in(session, "alice", "another fine password")
    with pytest.raises(people.SignInRefused):
        sign_in(session, "alice", PASSWORD)


def test_no_password_and_no_token_reaches_the_log(session: Session) -> None:
    alice = make_user(session, username="alice")
    token = sign_in(session, "alice")
    fail(session, "alice", 1)
    people.set_password(session, SYSTEM, alice, "another fine password", NOW)
    told = str([(e.actor, e.object_id, e.detail) for e in session.scalars(select(AuditEntry))])
    for secret in (PASSWORD, "wrong", token, "another fine password", alice.password_hash):
        assert secret not in told.replace("'reason': 'password'", "")


# Accounts


def add(session: Session, by: Scope = SYSTEM, **changes: object) -> User:
    values = {"username": "carol", "password": "a long enough one", "role": "manager", "now": NOW, **changes}
    return people.add_user(session, by, **values)  # type: ignore[arg-type]


def test_an_added_account_signs_in_and_is_logged(session: Session) -> None:
    user = add(session, username=" Carol ", display_name="卡罗尔")
    assert (user.username, user.display_name, user.is_demo) == ("carol", "卡罗尔", False)
    assert user.password_hash.startswith("$argon2id$")
    assert sign_in(session, "carol", "a long enough one")
    assert actions(session)[0] == "user.added"


@pytest.mark.parametrize("role", NOT_ADMINISTRATORS)
def test_only_an_administrator_manages_accounts(session: Session, role: str) -> None:
    user = make_user(session, username="alice")
    by = scope(role)
    for attempt in (
        lambda: add(session, by),
        lambda: people.disable_user(session, by, user, NOW),
        lambda: people.enable_user(session, by, user, NOW),
        lambda: people.set_password(session, by, user, "another fine password", NOW),
        lambda: people.list_users(session, by),
    ):
        with pytest.raises(AccessRefused):
            attempt()
    assert actions(session) == []


def test_everybody_may_change_his_own_password(session: Session) -> None:
    team = make_team(session)
    alice = make_user(session, "supervisor", [team], username="alice")
    bob = make_user(session, "supervisor", [team], username="bob")
    people.set_password(session, people.scope_of(alice), alice, "another fine password", NOW)
    assert sign_in(session, "alice", "another fine password")
    with pytest.raises(AccessRefused):
        people.set_password(session, people.scope_of(alice), bob, "another fine password", NOW)


@pytest.mark.parametrize(
    "name", ["", " ", "-x", "x.", "two words", "张三", "a" * 61, "a/b", "x;drop", "a\u2028/b", "a:b"]
)
def test_a_name_of_the_wrong_shape_is_refused(session: Session, name: str) -> None:
    with pytest.raises(Refused, match="user name"):
        add(session, username=name)


@pytest.mark.parametrize(
    "password", ["", "short", "123456789", "aaaaaaaaaaaa", "abababababab", "my-carol-password", "x" * 500]
)
def test_a_weak_password_is_refused_with_the_reason(session: Session, password: str) -> None:
    with pytest.raises(Refused) as refused:
        add(session, password=password)
    assert refused.value.zh and refused.value.en


def test_only_a_demo_account_may_have_a_simple_password(session: Session) -> None:
    assert add(session, password="demo", is_demo=True).is_demo
    with pytest.raises(Refused, match="empty"):
        add(session, username="dave", password="", is_demo=True)


def test_a_name_is_given_once_however_it_is_spelt(session: Session) -> None:
    add(session)
    for same in ("carol", "CAROL", "carol"):
        with pytest.raises(Refused, match="taken"):
            add(session, username=same)


def test_role_team_and_staff_number_must_exist_and_fit(session: Session) -> None:
    with pytest.raises(Refused, match="no role"):
        add(session, role="emperor")
    with pytest.raises(Refused, match="at least one team"):
        add(session, role="supervisor")
    with pytest.raises(Refused, match="no team nowhere"):
        add(session, role="supervisor", team_codes=["nowhere"])
    with pytest.raises(Refused, match="staff number"):
        add(session, role="agent")
    with pytest.raises(Refused, match="no staff number K9"):
        add(session, role="agent", agent_number="K9")
    assert session.scalars(select(User)).all() == []


def test_nobody_locks_everybody_out(session: Session) -> None:
    admin = make_user(session, "administrator", username="admin")
    with pytest.raises(Refused, match="own"):
        people.disable_user(session, people.scope_of(admin), admin, NOW)
    with pytest.raises(Refused, match="last administrator"):
        people.disable_user(session, SYSTEM, admin, NOW)
    make_user(session, "administrator", username="admin2")
    people.disable_user(session, SYSTEM, admin, NOW)
    assert not admin.is_active


# Who sees whom


def test_a_supervisor_sees_his_teams_an_agent_himself_the_others_everything(session: Session) -> None:
    a, b = make_team(session, "a"), make_team(session, "b")
    anna, _bert = make_agent(session, a), make_agent(session, b)
    assert people.scope_of(make_user(session, "supervisor", [a])).team_ids == (a.id,)
    assert people.scope_of(make_user(session, "supervisor")).team_ids == ()
    assert people.scope_of(make_user(session, "manager")).team_ids is None
    assert people.scope_of(make_user(session, "qa", [b])).team_ids == (b.id,)
    own = people.scope_of(make_user(session, "agent", agent=anna))
    assert (own.agent_id, own.team_ids) == (anna.id, (a.id,))


def test_lists_of_teams_and_agents_keep_to_the_scope(session: Session) -> None:
    a, b = make_team(session, "a"), make_team(session, "b")
    anna, bert = make_agent(session, a, "K1"), make_agent(session, b, "K2")
    carl = make_agent(session, a, "K3", is_active=False)
    lead = scope("supervisor", a)
    assert [t.code for t in people.list_teams(session, lead)] == ["a"]
    assert [x.number for x in people.list_agents(session, lead)] == ["K1"]
    assert [x.number for x in people.list_agents(session, lead, active_only=False)] == ["K1", "K3"]
    assert people.list_agents(session, lead, team_id=b.id) == []
    assert [x.number for x in people.list_agents(session, scope("manager"))] == ["K1", "K2"]
    assert people.list_agents(session, scope("agent", agent=bert)) == [bert]
    assert people.list_agents(session, Scope(1, "lost", "agent", ())) == []
    assert people.list_agents(session, Scope(1, "lost", "agent", None)) == []
    assert people.get_agent(session, lead, "K3") == carl
    with pytest.raises(LookupError):
        people.get_agent(session, lead, "K2")
    assert anna.team.code == "a"


def test_actors_are_called_what_their_accounts_say_and_others_are_left_as_written(session: Session) -> None:
    make_user(session, "manager", username="lixia", display_name="李霞")
    make_user(session, "manager", username="nameless", display_name="")
    assert people.display_names(session, ["lixia", "nameless", "导入的名字"]) == {
        "lixia": "李霞",
        "nameless": "nameless",
    }
    assert set(people.display_names(session)) == {"lixia", "nameless"}
    assert people.display_name(session, "lixia") == "李霞"
    assert people.display_name(session, "导入的名字") == "导入的名字"

"""`manage.py user …`."""

from __future__ import annotations

import io

import pytest

from db import people
from tests.commands.desk import Desk
from tests.factories import NOW, make_agent, make_team

PASSWORD = "a long enough one"


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(PASSWORD + "\n"))


@pytest.mark.usefixtures("typed")
def test_an_account_is_added_listed_and_can_sign_in(desk: Desk) -> None:
    with desk.session() as session:
        make_team(session, "goods")
    added = desk.json(
        "user",
        "add",
        "Wen",
        "--role",
        "supervisor",
        "--team",
        "goods",
        "--name",
        "罗文静",
        "--password-stdin",
    )
    assert (added["username"], added["name"], added["teams"]) == ("wen", "罗文静", ["goods"])
    assert [user["username"] for user in desk.json("user", "list")["users"]] == ["wen"]
    with desk.session() as session:
        assert people.sign_in(session, "wen", PASSWORD, NOW, 12)[0].display_name == "罗文静"


@pytest.mark.usefixtures("typed")
def test_an_agents_account_is_tied_to_his_staff_number(desk: Desk) -> None:
    with desk.session() as session:
        make_agent(session, number="K1001", name="林小雨")
    assert (
        desk.json("user", "add", "lin", "--role", "agent", "--agent", "K1001", "--password-stdin")["agent"]
        == "K1001"
    )


@pytest.mark.parametrize(
    ("arguments", "mentions"),
    [
        (("add", "x y", "--role", "manager"), "user name"),
        (("add", "lin", "--role", "supervisor"), "team"),
        (("add", "lin", "--role", "supervisor", "--team", "nowhere"), "nowhere"),
        (("add", "lin", "--role", "agent"), "staff number"),
        (("password", "nobody"), "nobody"),
    ],
)
@pytest.mark.usefixtures("typed")
def test_what_cannot_be_is_one_line(desk: Desk, arguments: tuple[str, ...], mentions: str) -> None:
    assert mentions in desk.refuses("user", *arguments, "--password-stdin")


def test_a_weak_password_is_refused(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("short\n"))
    assert "at least 10" in desk.refuses("user", "add", "wen", "--role", "manager", "--password-stdin")


def test_without_a_terminal_the_password_is_asked_for_on_stdin(desk: Desk) -> None:
    assert "--password-stdin" in desk.refuses("user", "add", "wen", "--role", "manager")


@pytest.mark.usefixtures("typed")
def test_disable_enable_and_a_new_password(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.run("user", "add", "wen", "--role", "manager", "--password-stdin")
    assert desk.json("user", "disable", "wen")["active"] is False
    with desk.session() as session, pytest.raises(people.SignInRefused):
        people.sign_in(session, "wen", PASSWORD, NOW, 12)
    assert desk.json("user", "enable", "wen")["active"] is True
    monkeypatch.setattr("sys.stdin", io.StringIO("another fine password\n"))
    desk.json("user", "password", "wen", "--password-stdin")
    with desk.session() as session:
        assert people.sign_in(session, "wen", "another fine password", NOW, 12)
    assert "nobody" in desk.refuses("user", "disable", "nobody")


@pytest.mark.usefixtures("typed")
def test_the_last_administrator_stays(desk: Desk) -> None:
    desk.run("user", "add", "root", "--role", "administrator", "--password-stdin")
    assert "last administrator" in desk.refuses("user", "disable", "root")


def test_the_table_is_readable_without_json(desk: Desk) -> None:
    status, out, _ = desk.run("user", "list")
    assert status == 0 and out.split()[:3] == ["username", "name", "role"]

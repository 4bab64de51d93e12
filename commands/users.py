"""`user add|list|disable|enable|password`: the accounts."""

from __future__ import annotations

import argparse
import getpass
import sys
from datetime import UTC, datetime
from typing import Any

from commands.database import desk_session
from commands.output import DONE, CommandError, print_json, print_table
from db import people
from db.models import User
from db.refusals import Refused
from regulations.access import ACCOUNT_ROLES, SYSTEM


def register(commands: Any) -> None:
    """Add `user` and what can be done with one."""
    user = commands.add_parser("user", help="accounts and roles", description="Accounts and roles.")
    actions = user.add_subparsers(dest="action", required=True, metavar="ACTION")

    add = actions.add_parser("add", help="a new account")
    add.add_argument("username")
    add.add_argument("--role", required=True, choices=ACCOUNT_ROLES)
    add.add_argument("--name", default="", help="the person's name")
    add.add_argument(
        "--team", action="append", default=[], metavar="CODE", help="a team he sees; may be repeated"
    )
    add.add_argument("--agent", metavar="NUMBER", help="staff number, for an agent's account")
    add.add_argument("--language", choices=("zh", "en"), default="zh")
    _offer_password(add)
    add.set_defaults(run=run_add)

    listed = actions.add_parser("list", help="all accounts")
    listed.set_defaults(run=run_list)

    for action, help_text, run in (
        ("disable", "close an account; its history stays", run_disable),
        ("enable", "open a closed account again", run_enable),
        ("password", "set a new password; ends the account's sign-ins", run_password),
    ):
        parser = actions.add_parser(action, help=help_text)
        parser.add_argument("username")
        if action == "password":
            _offer_password(parser)
        parser.set_defaults(run=run)
    for parser in actions.choices.values():
        parser.add_argument("--json", action="store_true", help="one JSON document on stdout")


def _offer_password(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--password-stdin",
        action="store_true",
        help="read the password from standard input instead of asking (a password on the command line would be seen by others)",
    )


def run_add(arguments: argparse.Namespace) -> int:
    """Make an account."""
    password = _password(arguments)
    with desk_session() as session:
        try:
            user = people.add_user(
                session,
                SYSTEM,
                username=arguments.username,
                password=password,
                role=arguments.role,
                now=datetime.now(UTC),
                display_name=arguments.name,
                team_codes=arguments.team,
                agent_number=arguments.agent,
                language=arguments.language,
            )
        except Refused as refused:
            raise CommandError(refused.en) from None
        return _answer(arguments, user)


def run_list(arguments: argparse.Namespace) -> int:
    """List the accounts."""
    with desk_session() as session:
        rows = [_row(user) for user in people.list_users(session, SYSTEM)]
    if arguments.json:
        print_json({"users": rows})
    else:
        print_table(rows, ["username", "name", "role", "teams", "agent", "active", "demo"])
    return DONE


def run_disable(arguments: argparse.Namespace) -> int:
    """Close an account."""
    with desk_session() as session:
        user = _user(session, arguments.username)
        try:
            people.disable_user(session, SYSTEM, user, datetime.now(UTC))
        except Refused as refused:
            raise CommandError(refused.en) from None
        return _answer(arguments, user)


def run_enable(arguments: argparse.Namespace) -> int:
    """Open a closed account again."""
    with desk_session() as session:
        user = _user(session, arguments.username)
        people.enable_user(session, SYSTEM, user, datetime.now(UTC))
        return _answer(arguments, user)


def run_password(arguments: argparse.Namespace) -> int:
    """Set a new password."""
    password = _password(arguments)
    with desk_session() as session:
        user = _user(session, arguments.username)
        try:
            people.set_password(session, SYSTEM, user, password, datetime.now(UTC))
        except Refused as refused:
            raise CommandError(refused.en) from None
        return _answer(arguments, user)


def _user(session: Any, username: str) -> User:
    try:
        return people.get_user(session, username)
    except LookupError:
        raise CommandError(f"there is no account {username!r}; manage.py user list shows them all") from None


def _password(arguments: argparse.Namespace) -> str:
    if arguments.password_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    if not sys.stdin.isatty():
        raise CommandError(
            "no terminal to ask for the password: give it on standard input with --password-stdin"
        )
    first = getpass.getpass("Password: ")
    if first != getpass.getpass("Again: "):
        raise CommandError("the two passwords differ")
    return first


def _row(user: User) -> dict[str, Any]:
    return {
        "username": user.username,
        "name": user.display_name,
        "role": user.role,
        "teams": [team.code for team in user.teams],
        "agent": user.agent.number if user.agent else None,
        "active": user.is_active,
        "demo": user.is_demo,
        "locked_until": user.locked_until,
    }


def _answer(arguments: argparse.Namespace, user: User) -> int:
    row = _row(user)
    if arguments.json:
        print_json(row)
    else:
        print_table([row], ["username", "name", "role", "teams", "agent", "active"])
    return DONE

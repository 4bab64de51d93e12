"""Pages under test: a small demo department, and a way in for every role through the real sign-in.

The only seam is the cookie: `dashboard.auth.sign_in_token` answers a token of a real sign-in row, because
AppTest has no browser. Everything behind it (session, scope, refusal) is the real code.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import pytest
import streamlit as st
from altair.utils import schemapi
from sqlalchemy.orm import Session, sessionmaker
from streamlit.components.v2 import manifest_scanner
from streamlit.testing.v1 import AppTest

from dashboard import auth, desk
from db import demo, people, rulebooks, schema
from db.engine import engine_for, session_scope
from db.models import Agent, Team
from regulations.access import SYSTEM
from settings import ROOT, get_settings
from tests.conftest import copied

ENTRY = ROOT / "dashboard" / "app.py"
TIMEOUT_SECONDS = 60
# The first demo account of each role.
USERNAMES = {role: username for username, role, *_rest in reversed(demo.DEMO_SIGN_INS)}
ROLES = ("supervisor", "qa", "manager", "executive", "top", "agent", "administrator")

OpenPage = Callable[..., AppTest]


@pytest.fixture(scope="session")
def demo_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with two months of a small demo department, inspected; made once, never written to."""
    from jobs.demo import inspect_demo_transcripts

    path = tmp_path_factory.mktemp("demo") / "desk.sqlite3"
    url = f"sqlite:///{path}"
    now = datetime.now(UTC)
    schema.migrate(url)
    with session_scope(url) as session:
        book = rulebooks.publish_configured(session, SYSTEM, now)
        demo.fill(session, months=2, scale=0.3, now=now, book=book)
    inspect_demo_transcripts(sessionmaker(engine_for(url), expire_on_commit=False), book, now)
    engine_for(url).dispose()
    return path


@pytest.fixture
def demo_url(demo_file: Path, fresh_databases: Path) -> str:
    """A copy of the demo database that this test may write to."""
    return copied(demo_file, fresh_databases / "demo.sqlite3")


@pytest.fixture(scope="session", autouse=True)
def _components_are_looked_for_once() -> Iterator[None]:
    """Each AppTest would read the metadata of every installed package anew, which never changes meanwhile."""
    kept = manifest_scanner.scan_component_manifests
    manifest_scanner.scan_component_manifests = cache(kept)
    yield
    manifest_scanner.scan_component_manifests = kept


@pytest.fixture(scope="session", autouse=True)
def _charts_are_validated_whole() -> Iterator[None]:
    """A chart is held against its schema when it is drawn, not each of its parts before that as well."""
    with schemapi.debug_mode(False):
        yield


@pytest.fixture(scope="session")
def bare_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The database of `bare_url`; made once, never written to."""
    path = tmp_path_factory.mktemp("bare") / "desk.sqlite3"
    url = f"sqlite:///{path}"
    now = datetime.now(UTC)
    schema.migrate(url)
    with session_scope(url) as session:
        rulebooks.publish_configured(session, SYSTEM, now)
        team = Team(code="first", name="一组")
        session.add(team)
        session.flush()
        session.add(Agent(number="K1", name="甲", team_id=team.id))
        session.flush()
        for role, username in USERNAMES.items():
            people.add_user(
                session,
                SYSTEM,
                username=username,
                password=demo.DEMO_PASSWORD,
                role=role,
                now=now,
                team_codes=("first",) if role == "supervisor" else (),
                agent_number="K1" if role == "agent" else None,
                is_demo=True,
            )
    engine_for(url).dispose()
    return path


@pytest.fixture
def bare_url(bare_file: Path, fresh_databases: Path) -> str:
    """A database in which nothing has happened yet: one team, one agent, one account of each role."""
    return copied(bare_file, fresh_databases / "bare.sqlite3")


@pytest.fixture
def desk_at(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Callable[[str], None]]:
    """Point the desk's settings at a database, with empty caches."""

    def point(url: str) -> None:
        monkeypatch.setenv("DATABASE_URL", url)
        monkeypatch.setenv("DATA_DIR", str(tmp_path / "data"))
        get_settings.cache_clear()
        st.cache_data.clear()
        st.cache_resource.clear()

    yield point
    get_settings.cache_clear()
    st.cache_data.clear()
    st.cache_resource.clear()


@pytest.fixture
def open_page(desk_at: Callable[[str], None], monkeypatch: pytest.MonkeyPatch) -> OpenPage:
    """Open a page as somebody: `open_page(url, "complaints", "supervisor", show="open")`.

    `who` is a role, or None for somebody who is not signed in. What remains are the address's parameters.
    """

    def open_(url: str, page: str, who: str | None = "supervisor", **query: str) -> AppTest:
        desk_at(url)
        token = "" if who is None else sign_in(url, USERNAMES[who])
        monkeypatch.setattr(auth, "sign_in_token", lambda: token)
        tested = AppTest.from_file(ENTRY, default_timeout=TIMEOUT_SECONDS)
        if who is not None:
            try:
                tested.switch_page(f"../pages/{page}.py")
            except ValueError:  # a page that does not exist leads to the first one
                return tested.run()
        for key, value in query.items():
            tested.query_params[key] = value
        return tested.run()

    return open_


def sign_in(url: str, username: str) -> str:
    """The token of a new sign-in with the demo password."""
    with session_scope(url) as session:
        return people.sign_in(session, username, demo.DEMO_PASSWORD, desk.now(), 1)[1]


@pytest.fixture
def demo_session(demo_url: str) -> Iterator[Session]:
    """A session on this test's copy of the demo database."""
    with session_scope(demo_url) as session:
        yield session


def press(tested: AppTest, label: str) -> AppTest:
    """Press the button that is called so."""
    next(button for button in tested.button if button.label == label).click()
    return tested.run()


def address(tested: AppTest, key: str) -> str | None:
    """What a parameter of the address says."""
    if key not in tested.query_params:
        return None
    value = tested.query_params[key]
    return value if isinstance(value, str) else value[0]


def words(tested: AppTest) -> str:
    """Everything that is written on the page."""
    found: list[str] = []
    for kind in (
        "title",
        "header",
        "subheader",
        "markdown",
        "caption",
        "error",
        "warning",
        "info",
        "success",
    ):
        found += [str(element.value) for element in tested.get(kind) if hasattr(element, "value")]
    found += [f"{metric.label} {metric.value}" for metric in tested.metric]
    return "\n".join(found)

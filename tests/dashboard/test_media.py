"""The guarded route to recordings, asked over HTTP by a real server: who may hear what, and in which pieces."""

from __future__ import annotations

import http.client
import io
import socket
import threading
import time
import wave
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import uvicorn
from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker
from starlette.applications import Starlette

from dashboard import media
from dashboard.auth import COOKIE
from dashboard.desk import now
from db import people
from db.engine import engine_for, session_scope
from db.models import Agent, AuditEntry, Base, Recording, User
from jobs.receiving import receive_recording
from regulations.access import SYSTEM
from settings import get_settings
from tests.db.call_rows import NOW, add_agents, call_facts
from tests.factories import PASSWORD, make_user
from tests.jobs.audio_files import a_law_wav_bytes, wav_bytes

DEMO_RECORDINGS = Path(__file__).parent.parent.parent / "demo" / "recordings"


@dataclass(frozen=True)
class Desk:
    """The route on a port, a recording of each team, and a way to sign in."""

    port: int
    url: str
    own: int  # of team A
    other: int  # of team B
    sound: bytes

    def sign_in(self, role: str, team: str | None = None) -> str:
        with session_scope(self.url) as session:
            agent = session.scalar(select(Agent).where(Agent.number == "K1"))
            assert agent is not None
            user: User = make_user(
                session, role, [agent.team] if team else [], agent if role == "agent" else None
            )
            return people.sign_in(session, user.username, PASSWORD, now(), 1)[1]

    def ask(self, path: str, token: str = "", method: str = "GET", **headers: str) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        cookie = {"Cookie": f"{COOKIE}={token}"} if token else {}
        connection.request(method, path, headers={**headers, **cookie})
        response = connection.getresponse()
        answer = Answer(response.status, dict(response.getheaders()), response.read())
        connection.close()
        return answer

    def playbacks(self) -> int:
        with session_scope(self.url) as session:
            played = select(func.count()).where(AuditEntry.action == "recording.played")
            return session.scalar(played) or 0


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes


@pytest.fixture
def served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Desk]]:
    """Start the route over a SQLite desk with two recordings of the given content."""
    url = f"sqlite:///{tmp_path / 'desk.sqlite3'}"
    monkeypatch.setenv("DATABASE_URL", url)
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "data"))
    get_settings.cache_clear()
    servers: list[uvicorn.Server] = []

    def start(content: bytes | None = None) -> Desk:
        Base.metadata.create_all(engine_for(url))
        factory: sessionmaker[Session] = sessionmaker(engine_for(url), expire_on_commit=False)
        with factory() as session, session.begin():
            add_agents(session)
        sound = wav_bytes() if content is None else content
        ids = [
            receive_recording(
                factory,
                SYSTEM,
                io.BytesIO(body),
                "call.wav",
                call_facts(call_id, agent),
                get_settings(),
                now=NOW,
            ).recording_id
            for call_id, agent, body in (("a", "K1", sound), ("b", "K2", wav_bytes(hertz=200)))
        ]
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = int(probe.getsockname()[1])
        app = Starlette(routes=list(media.ROUTES))
        server = uvicorn.Server(uvicorn.Config(app, port=port, log_level="error"))
        threading.Thread(target=server.run, daemon=True).start()
        servers.append(server)
        deadline = time.monotonic() + 20
        while not server.started and time.monotonic() < deadline:
            time.sleep(0.02)
        return Desk(port, url, ids[0], ids[1], sound)

    yield start
    for server in servers:
        server.should_exit = True
    get_settings.cache_clear()


def test_without_a_sign_in_nothing_is_heard(served: Callable[..., Desk]) -> None:
    desk = served()
    for token in ("", "no-such-token", "' OR 1=1 --"):
        answer = desk.ask(f"/recordings/{desk.own}", token)
        assert answer.status == 401
        assert desk.sound[:40] not in answer.body
    assert desk.playbacks() == 0


@pytest.mark.parametrize(
    ("role", "status"),
    [("qa", 200), ("manager", 200), ("supervisor", 200), ("agent", 403), ("administrator", 403)],
)
def test_each_role_hears_what_it_may(served: Callable[..., Desk], role: str, status: int) -> None:
    desk = served()
    token = desk.sign_in(role, "own" if role == "supervisor" else None)
    answer = desk.ask(f"/recordings/{desk.own}", token)
    assert answer.status == status
    assert (answer.body == desk.sound) == (status == 200)
    assert desk.playbacks() == (1 if status == 200 else 0)


def test_a_supervisor_does_not_learn_that_another_teams_recording_exists(served: Callable[..., Desk]) -> None:
    desk = served()
    token = desk.sign_in("supervisor", "own")
    other = desk.ask(f"/recordings/{desk.other}", token)
    missing = desk.ask("/recordings/999999", token)
    assert other.status == missing.status == 404
    assert other.body == missing.body


def test_a_sign_in_that_ended_opens_nothing_any_more(served: Callable[..., Desk]) -> None:
    desk = served()
    token = desk.sign_in("qa")
    with session_scope(desk.url) as session:
        people.sign_out(session, token)
    assert desk.ask(f"/recordings/{desk.own}", token).status == 401


@pytest.mark.parametrize(
    "path",
    [
        "/recordings/../desk.sqlite3",
        "/recordings/..%2fdesk.sqlite3",
        "/recordings/%2e%2e%2f%2e%2e%2fetc%2fpasswd",
        "/recordings/1;drop",
        "/recordings/-1",
        "/recordings/1.0",
        "/recordings/%D9%A1",
        "/recordings/" + "9" * 40,
        "/recordings/",
    ],
)
def test_an_address_that_is_no_recording_leads_nowhere(served: Callable[..., Desk], path: str) -> None:
    desk = served()
    assert desk.ask(path, desk.sign_in("qa")).status == 404


def test_a_stored_name_that_points_elsewhere_is_not_followed(served: Callable[..., Desk]) -> None:
    desk = served()
    with session_scope(desk.url) as session:
        session.get_one(Recording, desk.own).stored_name = "../desk.sqlite3"
    assert desk.ask(f"/recordings/{desk.own}", desk.sign_in("qa")).status == 404


def test_a_file_that_is_gone_is_said_plainly(served: Callable[..., Desk]) -> None:
    desk = served()
    with session_scope(desk.url) as session:
        name = session.get_one(Recording, desk.own).stored_name
    (get_settings().recordings_dir / name).unlink()
    answer = desk.ask(f"/recordings/{desk.own}", desk.sign_in("qa"))
    assert answer.status == 404
    assert "storage" in answer.body.decode()
    assert desk.playbacks() == 0


@pytest.mark.parametrize(
    ("asked", "first", "last"),
    [("bytes=0-99", 0, 99), ("bytes=100-", 100, -1), ("bytes=-50", -50, -1), ("bytes=10-999999999", 10, -1)],
)
def test_byte_ranges_are_answered_in_pieces(
    served: Callable[..., Desk], asked: str, first: int, last: int
) -> None:
    desk = served()
    answer = desk.ask(f"/recordings/{desk.own}", desk.sign_in("qa"), Range=asked)
    size = len(desk.sound)
    begin = first if first >= 0 else size + first
    end = last if last >= 0 else size + last
    assert answer.status == 206
    assert answer.headers["content-range"] == f"bytes {begin}-{end}/{size}"
    assert answer.body == desk.sound[begin : end + 1]


def test_a_range_behind_the_end_is_refused(served: Callable[..., Desk]) -> None:
    desk = served()
    answer = desk.ask(f"/recordings/{desk.own}", desk.sign_in("qa"), Range="bytes=99999999-")
    assert answer.status == 416
    assert desk.sound[:40] not in answer.body


def test_a_sign_in_listening_in_many_pieces_is_one_line_in_the_log(served: Callable[..., Desk]) -> None:
    desk = served()
    token = desk.sign_in("qa")
    for start in (0, 100, 200):
        desk.ask(f"/recordings/{desk.own}", token, Range=f"bytes={start}-")
    desk.ask(f"/recordings/{desk.own}", token, method="HEAD")
    assert desk.playbacks() == 1
    desk.ask(f"/recordings/{desk.other}", token)
    desk.ask(f"/recordings/{desk.own}", desk.sign_in("manager"))
    assert desk.playbacks() == 3
    with session_scope(desk.url) as session:
        details = session.scalars(select(AuditEntry.detail).where(AuditEntry.action == "recording.played"))
        assert all(token not in str(detail) for detail in details)


def test_nothing_of_it_is_kept_by_anybody_on_the_way(served: Callable[..., Desk]) -> None:
    desk = served()
    answer = desk.ask(f"/recordings/{desk.own}", desk.sign_in("qa"))
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["content-type"] == "audio/wav"
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_only_reading_is_offered(served: Callable[..., Desk]) -> None:
    desk = served()
    for method in ("POST", "DELETE", "PUT"):
        assert desk.ask(f"/recordings/{desk.own}", desk.sign_in("qa"), method=method).status == 405


def test_a_telephone_codec_is_turned_into_plain_sound_once(served: Callable[..., Desk]) -> None:
    desk = served(a_law_wav_bytes(seconds=1.0))
    token = desk.sign_in("qa")
    answer = desk.ask(f"/recordings/{desk.own}", token)
    assert answer.status == 200
    with wave.open(io.BytesIO(answer.body)) as sound:
        assert (sound.getnchannels(), sound.getsampwidth(), sound.getframerate()) == (2, 2, 16_000)
        assert sound.getnframes() == pytest.approx(16_000, rel=0.02)
    (made,) = (get_settings().data_dir / "playable").iterdir()
    changed = made.stat().st_mtime_ns
    assert desk.ask(f"/recordings/{desk.own}", token, Range="bytes=0-9").status == 206
    assert made.stat().st_mtime_ns == changed


def test_two_voices_stored_as_independent_opus_channels_are_made_playable(
    served: Callable[..., Desk],
) -> None:
    desk = served((DEMO_RECORDINGS / "K1003_c03.ogg").read_bytes())
    answer = desk.ask(f"/recordings/{desk.own}", desk.sign_in("qa"))
    assert answer.headers["content-type"] == "audio/wav"
    with wave.open(io.BytesIO(answer.body)) as sound:
        assert sound.getnchannels() == 2
        assert sound.getnframes() / sound.getframerate() == pytest.approx(36.8, abs=0.3)


@pytest.mark.parametrize(("asked", "sent"), [
    (b"bytes=0-", b"bytes=0-1048575"), (b" bytes=5000000- ", b"bytes=5000000-6048575"),
    (b"bytes=10-19", b"bytes=10-19"), (b"bytes=0-99999999", b"bytes=0-1048575"), (b"bytes=-500", b"bytes=-500"),
    (b"bytes=0-1,5-9", b"bytes=0-1,5-9"), (b"bytes=9-3", b"bytes=9-3"), (b"seconds=0-", b"seconds=0-"), (b"", b""),
])  # fmt: skip
def test_a_player_that_asks_for_all_the_rest_gets_the_next_piece(asked: bytes, sent: bytes) -> None:
    assert media.shortened(asked) == sent


def test_a_long_recording_is_heard_piece_by_piece_and_whole_without_a_range(
    served: Callable[..., Desk], monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = served()
    monkeypatch.setattr(media, "PIECE_BYTES", 1000)
    token, heard = desk.sign_in("qa"), b""
    while len(heard) < len(desk.sound):
        answer = desk.ask(f"/recordings/{desk.own}", token, Range=f"bytes={len(heard)}-")
        assert answer.status == 206
        assert 0 < len(answer.body) <= 1000
        heard += answer.body
    assert heard == desk.sound
    assert desk.ask(f"/recordings/{desk.own}", token).body == desk.sound

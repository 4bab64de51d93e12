"""Whatever a JSON file contains, a command answers or refuses in one line; it never falls over."""

from __future__ import annotations

import contextlib
import io
import json
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from commands.output import CommandError
from commands.reading import instant_of, read_json
from manage import main

NOW = "2026-11-20T12:00:00+08:00"
COMMANDS: dict[str, Callable[[str], list[str]]] = {
    "clocks": lambda f: ["clocks", "--received", "2026-09-30T17:20:00+08:00", "--events", f],
    "callbacks": lambda f: ["callbacks", f],
    "attendance": lambda f: ["attendance", f],
}

instants = st.one_of(
    st.datetimes().map(lambda d: d.isoformat()),
    st.datetimes().map(lambda d: f"{d.isoformat()}+08:00"),
    st.sampled_from(
        [NOW, "2026-11-18T24:00:00+08:00", "12:00", "9999-12-31T24:00:00+00:00", "T24:00", "1e9"]
    ),
)
scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False),
    st.text(max_size=8),
    instants,
    st.sampled_from(["in", "out", "complaint", "discharge", "closed", "forwarded", "connected", "personal"]),
)
names = st.sampled_from(
    [
        *(
            "events",
            "kind",
            "at",
            "cases",
            "arisen_at",
            "attempts",
            "outcome",
            "complete",
            "caller",
            "handler",
        ),
        *(
            "agent",
            "shift",
            "start",
            "end",
            "breaks",
            "punches",
            "leave",
            "off_post",
            "from",
            "to",
            "approved",
        ),
        *("type", "satisfaction", "\u0000", "什么"),
    ]
)
anything = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(names, inner, max_size=6),
    max_leaves=20,
)
near_shift = st.fixed_dictionaries(
    {
        "shift": st.fixed_dictionaries(
            {"start": instants, "end": instants}, optional={"breaks": st.lists(anything, max_size=2)}
        ),
        "punches": st.lists(st.fixed_dictionaries({"at": instants, "kind": scalars}), max_size=3),
    },
    optional={
        "leave": st.lists(st.fixed_dictionaries({"from": instants, "to": instants}), max_size=2) | anything,
        "off_post": st.lists(st.fixed_dictionaries({"from": instants}), max_size=2) | anything,
    },
)
near_case = st.fixed_dictionaries(
    {"kind": scalars, "arisen_at": instants},
    optional={"attempts": st.lists(st.fixed_dictionaries({"at": instants}), max_size=3) | anything},
)
near_events = st.lists(
    st.fixed_dictionaries(
        {"kind": st.sampled_from(["closed", "reopened", "first_feedback"]), "at": instants}
    ),
    max_size=5,
)


@contextlib.contextmanager
def file_with(data: bytes) -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "input.json"
        path.write_bytes(data)
        yield path


def answers_or_refuses(command: str, data: bytes) -> None:
    """Exit 0 with one JSON document, or exit 2 with nothing on stdout and one line that names the file."""
    out, err = io.StringIO(), io.StringIO()
    with file_with(data) as path, contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        rules = ["--rulebook", "goods_sales,hospital_callback", "--now", NOW, "--json"]
        status = main([*COMMANDS[command](str(path)), *rules])
    if status == 0:
        json.loads(out.getvalue())
        out.getvalue().encode("utf-8")
    else:
        assert status == 2
        assert out.getvalue() == ""
        last = err.getvalue().splitlines()[-1]
        assert last.startswith(f"manage.py {command}: ")
        assert "input.json" in last
        assert "Traceback" not in err.getvalue()


@pytest.mark.parametrize("command", list(COMMANDS))
@given(content=anything | near_shift | near_case | near_events)
@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_json(command: str, content: Any) -> None:
    answers_or_refuses(command, json.dumps(content).encode("utf-8"))


@pytest.mark.parametrize("command", list(COMMANDS))
@given(data=st.binary(max_size=60))
@settings(max_examples=40, deadline=None)
def test_any_bytes(command: str, data: bytes) -> None:
    answers_or_refuses(command, data)


@given(text=st.text(max_size=40) | instants)
@settings(max_examples=200, deadline=None)
def test_any_text_as_an_instant(text: str) -> None:
    try:
        found = instant_of(text, "--now")
    except CommandError as error:
        assert str(error).startswith("--now: ")
        assert len(str(error).splitlines()) == 1
    else:
        assert found.utcoffset() is not None


def test_a_file_that_is_too_large_is_refused_without_being_read_whole() -> None:
    with (
        file_with(b" " * (16 * 1024 * 1024 + 1)) as path,
        pytest.raises(CommandError, match="larger than 16 MB"),
    ):
        read_json(str(path))


def test_a_byte_order_mark_is_no_offence() -> None:
    with file_with(b'\xef\xbb\xbf{"a": 1}') as path:
        assert read_json(str(path)).value == {"a": 1}


def test_standard_input_is_read_for_a_dash(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"[1]")))
    found = read_json("-")
    assert (found.file, found.value) == ("standard input", [1])


@pytest.mark.parametrize("command", ["leave", "swap", "attendance"])
@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "required: F"),
        (["f.json", "--lang", "fr"], "invalid choice: 'fr'"),
        (["f.json", "--colour"], "unrecognized arguments"),
        (["no\nsuch\rfile.json"], "no such file.json: cannot be read"),
    ],
)
def test_every_refusal_is_one_line(
    capsys: pytest.CaptureFixture[str], command: str, arguments: list[str], said: str
) -> None:
    try:
        status = main([command, *arguments])
    except SystemExit as end:
        status = int(str(end.code))
    (line,) = capsys.readouterr().err.splitlines()
    assert status == 2 and said in line and line.startswith("manage.py")


@pytest.mark.parametrize("command", ["leave", "swap", "attendance"])
def test_an_unknown_field_before_what_is_wrong_is_not_said(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, command: str
) -> None:
    path = tmp_path / "f.json"
    path.write_text('{"colour": 1}', encoding="utf-8")
    assert main([command, str(path), "--rulebook", "telecom_call_centre"]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "colour" not in line


def test_what_a_refused_command_ignored_is_not_said_by_the_next(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    bad, good = tmp_path / "bad.json", tmp_path / "good.json"
    bad.write_text('{"colour": 1}', encoding="utf-8")
    good.write_text('{"type": "personal", "from": "2026-11-23", "to": "2026-11-23"}', encoding="utf-8")
    assert main(["leave", str(bad), "--rulebook", "ecommerce_shop"]) == 2
    capsys.readouterr()
    assert main(["leave", str(good), "--rulebook", "ecommerce_shop"]) == 0
    assert capsys.readouterr().err == ""

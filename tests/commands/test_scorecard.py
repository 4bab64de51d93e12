"""`scorecard list|show|check|score` as people and scripts use it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from db import rulebooks, schema
from db.engine import engine_for, session_scope
from manage import main
from quality.shipped_cards import CARDS
from regulations.access import SYSTEM
from settings import get_settings
from tests.db.call_rows import NOW, add_agents, add_inspected, finding
from tests.regulations.few_phrases import book_of_few_phrases


@pytest.fixture(scope="module")
def desk_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A desk with one inspected call; nothing here changes it."""
    url = f"sqlite:///{tmp_path_factory.mktemp('cards') / 'desk.sqlite3'}"
    schema.migrate(url)
    with session_scope(url) as session:
        rulebooks.publish(session, SYSTEM, book_of_few_phrases(), NOW.date(), NOW)
        add_agents(session)
        add_inspected(session, "C1", finding("shirking", points=5))
    yield url
    engine_for(url).dispose()


@pytest.fixture
def desk(desk_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setenv("DATABASE_URL", desk_url)
    get_settings.cache_clear()
    yield desk_url
    get_settings.cache_clear()


def answer(capsys: pytest.CaptureFixture[str], *arguments: str, expect: int = 0) -> Any:
    assert (
        main(
            ["scorecard", *arguments, "--json", "--lang", "en"] if expect != 2 else ["scorecard", *arguments]
        )
        == expect
    )
    out = capsys.readouterr()
    return json.loads(out.out) if expect != 2 else out.err


def test_cards_are_listed_shown_and_tried_on_a_call(desk: str, capsys: pytest.CaptureFixture[str]) -> None:
    listed = answer(capsys, "list")["cards"]
    assert [card["code"] for card in listed] == [
        "desk_checklist",
        "patient_callback",
        "standard_chat",
        "standard_phone",
    ]
    shown = answer(capsys, "show", "standard_phone")
    assert shown["shares"]["closing"] == 6 and shown["card"]["channels"] == ["phone"]
    scored = answer(capsys, "score", "C1")
    assert (scored["card"], scored["version"], scored["reviewer"]) == ("standard_phone", 1, None)
    assert scored["score"] == 82.1  # 23 of the 28 points of banned wording; nothing else was owed
    more = answer(capsys, "score", "C1", "--answer", "voice_polite=poor", "--machine")
    assert (more["score"], len(more["unanswered"])) == (71.9, len(scored["unanswered"]) - 1)
    other = answer(capsys, "score", "C1", "--card", "standard_chat", "--version", "1")
    assert [line["criterion"] for line in other["lines"]][:2] == ["opening", "address"]
    assert main(["scorecard", "score", "C1", "--lang", "zh"]) == 0
    assert "不推诿、不刁难、不争吵、不激化：有 1 处发现，得 5/10 分" in capsys.readouterr().out


def test_a_file_is_checked_before_anybody_is_judged_by_it(
    desk: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good, bad = CARDS / "standard_phone.toml", tmp_path / "bad.json"
    bad.write_text(
        json.dumps({"code": "x", "zh": "表", "criteria": [{"code": "a", "zh": "甲", "weight": 0}]})
    )
    found = answer(capsys, "check", str(good), str(bad), expect=1)["files"]
    assert [file["accepted"] for file in found] == [True, False]
    assert [(p["item"], p["field"]) for p in found[1]["problems"]] == [("a", "weight")]


REFUSED = (
    (("show", "nothing"), "there is no scorecard 'nothing'"),
    (("show", "standard_phone", "--version", "9"), "no such version"),
    (("score", "C2"), "there is no call 'C2'"),
    (("score", "C1", "--card", "nothing"), "there is no scorecard"),
    (("score", "C1", "--answer", "voice_polite=great"), "voice_polite has no answer 'great'"),
    (("score", "C1", "--answer", "x"), "no item x"),
    (("check", "nowhere.toml"), "nowhere.toml"),
)


def test_what_cannot_be_answered_is_refused_in_one_line(
    desk: str, capsys: pytest.CaptureFixture[str]
) -> None:
    for arguments, said in REFUSED:
        refused = answer(capsys, *arguments, expect=2)
        assert said in refused and refused.count("\n") == 1, arguments

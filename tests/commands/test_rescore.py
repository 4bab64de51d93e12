"""`manage.py rescore`: what would change, and what does."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from db import quality, rulebooks
from regulations.access import SYSTEM
from regulations.rulebook import load_rulebook
from tests.commands.desk import Desk
from tests.db.call_rows import NOW, add_agents
from tests.jobs.test_rescoring import OFFENDS, POLITE, add_inspected

SITE = '[[phrase.banned]]\nid = "shirking-not-mine"\nstate = "off"\n'


@pytest.fixture
def inspected(desk: Desk) -> Desk:
    book = load_rulebook(["goods_sales", "hospital_callback"])
    with desk.session() as session:
        add_agents(session)
        rulebooks.publish(session, SYSTEM, book, date(2020, 1, 1), NOW)
        add_inspected(session, "c1", [OFFENDS], book)
        add_inspected(session, "c2", [POLITE], book, days_ago=9)
    return desk


def test_a_dry_run_says_what_would_come_and_go(inspected: Desk, tmp_path: Path) -> None:
    (tmp_path / "site.toml").write_text(SITE, encoding="utf-8")
    presets = f"goods_sales,hospital_callback,{tmp_path / 'site.toml'}"
    answer = inspected.json("rescore", "--dry-run", "--rulebook", presets)
    assert (answer["dry_run"], answer["calls"], answer["changed"], answer["gained"]) == (True, 2, 1, [])
    assert [(f["call_id"], f["rule"], f["quote"]) for f in answer["lost"]] == [
        ("c1", "shirking-not-mine", "这不归我管")
    ]
    assert answer["by_rule"] == [
        {"rule": "shirking-not-mine", "category": "shirking", "gained": 0, "lost": 1}
    ]
    assert inspected.json("rescore", "--dry-run", "--since", NOW.date().isoformat())["calls"] == 1
    status, out, _ = inspected.run("rescore", "--dry-run", "--rulebook", presets, "--lang", "en")
    assert status == 0 and "calls judged again: 2, would change: 1; findings that come: 0, that go: 1" in out
    assert "−Shirking “这不归我管” (Hit)" in out
    status, out, _ = inspected.run("rescore", "--dry-run", "--rulebook", presets)
    assert "2 通通话重新判断，1 通将有变化：多出 0 条，少了 1 条" in out


def test_another_rulebook_takes_effect_only_by_being_published(inspected: Desk, tmp_path: Path) -> None:
    assert "needs --dry-run" in inspected.refuses("rescore", "--rulebook", "base")
    assert "needs --dry-run" in inspected.refuses("rescore", "--until", "2026-01-01")
    assert "2026-13-01" in inspected.refuses("rescore", "--since", "2026-13-01")
    (tmp_path / "site.toml").write_text(SITE, encoding="utf-8")
    changed = load_rulebook(["goods_sales", "hospital_callback"], tmp_path / "site.toml")
    with inspected.session() as session:
        rulebooks.publish(session, SYSTEM, changed, NOW.date(), NOW)
    answer = inspected.json("rescore")
    assert (answer["dry_run"], answer["calls"], len(answer["lost"])) == (False, 1, 1)
    with inspected.session() as session:
        now = quality.get_inspection(session, SYSTEM, "c1")
        assert now.rulebook_version == changed.version
        assert "这不归我管" not in {f.quote for f in now.findings}
    assert inspected.json("rescore")["calls"] == 0

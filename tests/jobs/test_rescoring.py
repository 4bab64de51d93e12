"""Past calls judged again: a simulation that stores nothing, and a run that stores beside what was there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from db import quality, rulebooks
from db.calls import add_call
from db.inspections import store_inspection
from db.models import AuditEntry, Inspection
from db.transcripts import store_transcript
from inspection.pipeline import inspect_transcript
from inspection.transcript import Transcript
from jobs import rescoring
from jobs.comparing import RuleChange
from jobs.rescoring import compare, rescore
from jobs.results import inspection_facts, transcript_facts
from regulations.access import SYSTEM, Scope
from regulations.rulebook import Rulebook, load_rulebook
from tests.db.call_rows import NOW, add_agents, call_facts, scope_for

Factory = sessionmaker[Session]

OFFENDS = "您好,我看了一下,这不归我管,你找别的部门吧。"
POLITE = "您好,我帮您查一下,请稍等。"


@pytest.fixture
def book() -> Rulebook:
    return load_rulebook(["goods_sales"])


def site(folder: Path, text: str) -> Rulebook:
    path = folder / "site.toml"
    path.write_text(text, encoding="utf-8")
    return load_rulebook(["goods_sales"], path)


@pytest.fixture
def without(tmp_path: Path) -> Rulebook:
    """A rulebook that lets 这不归我管 pass and minds 看了一下."""
    return site(
        tmp_path,
        '[[phrase.banned]]\nid = "shirking-not-mine"\nstate = "off"\n'
        '[[phrase.banned]]\nid = "site-look"\ncategory = "cold"\ntexts = ["我看了一下"]\npoints = 3\n'
        'source = []\nstatus = "product_choice"\n',
    )


def add_inspected(
    session: Session,
    call_id: str,
    said: Sequence[str],
    book: Rulebook,
    *,
    agent: str = "K1",
    days_ago: int = 0,
) -> Inspection:
    at = NOW - timedelta(days=days_ago)
    call = add_call(session, SYSTEM, call_facts(call_id, agent, at), now=NOW)
    segments = [
        {"speaker": "agent", "start": 5.0 * i, "end": 5.0 * i + 4, "text": text}
        for i, text in enumerate(said)
    ]
    transcript = Transcript.from_json({"call_id": call_id, "segments": segments, "hangup_by": "customer"})
    result = inspect_transcript(transcript, book)
    kept = store_transcript(session, call, transcript_facts(result), now=NOW)
    return store_inspection(session, kept, call, inspection_facts(result), book_version=book.version, now=NOW)


def opened(session: Session) -> rescoring.OpenSession:
    """The test's own session in the place of sessions that commit."""

    @contextmanager
    def open_session() -> Iterator[Session]:
        yield session
        session.flush()

    return open_session


def test_the_same_rulebook_changes_nothing(session: Session, book: Rulebook) -> None:
    add_agents(session)
    add_inspected(session, "c1", [OFFENDS], book)
    add_inspected(session, "c2", [POLITE], book)
    said: list[tuple[int, int]] = []
    found = compare(session, SYSTEM, book, on_progress=lambda done, total: said.append((done, total)))
    assert (found.calls, found.changed, found.gained, found.lost, found.by_rule) == (2, [], 0, 0, [])
    assert said == [(0, 2), (2, 2)]


def test_another_rulebook_is_simulated_and_stored_nowhere(
    session: Session, book: Rulebook, without: Rulebook
) -> None:
    add_agents(session)
    add_inspected(session, "c1", [OFFENDS], book)
    add_inspected(session, "c2", [POLITE], book)
    before = session.scalar(select(func.count()).select_from(Inspection))
    found = compare(session, SYSTEM, without)
    assert (found.calls, found.gained, found.lost) == (2, 1, 1)
    (change,) = found.changed
    assert (change.call_id, change.agent_name, change.started_on) == ("c1", "王芳", NOW.date())
    assert change.score_after - change.score_before == 5 - 3
    (lost,), (gained,) = change.lost, change.gained
    assert (lost["rule"], lost["quote"], lost["text"]) == ("shirking-not-mine", "这不归我管", OFFENDS)
    assert (gained["rule"], gained["verdict"], gained["layer"], gained["quote"]) == (
        "site-look",
        "hit",
        "exact",
        "我看了一下",
    )
    assert found.by_rule == [
        RuleChange("shirking-not-mine", "shirking", 0, 1),
        RuleChange("site-look", "cold", 1, 0),
    ]
    assert session.scalar(select(func.count()).select_from(Inspection)) == before


def test_the_days_and_the_scope_choose_the_calls(session: Session, book: Rulebook, without: Rulebook) -> None:
    first, _second = add_agents(session)
    add_inspected(session, "new", [OFFENDS], book)
    add_inspected(session, "old", [OFFENDS], book, days_ago=9)
    add_inspected(session, "other", [OFFENDS], book, agent="K2")
    today = NOW.date()

    def changed(scope: Scope = SYSTEM, since: date | None = None, until: date | None = None) -> set[str]:
        return {c.call_id for c in compare(session, scope, without, since=since, until=until).changed}

    assert changed() == {"new", "old", "other"}
    assert changed(since=today) == {"new", "other"}
    assert changed(until=today - timedelta(days=9)) == {"old"}
    assert changed(until=today - timedelta(days=10)) == set()
    assert changed(scope_for(session, "supervisor", first.team)) == {"new", "old"}


def test_what_an_older_desk_found_is_not_laid_on_the_new_rulebook(
    session: Session, book: Rulebook, without: Rulebook
) -> None:
    """Where the rulebook in force is named, both sides are judged by this version."""
    add_agents(session)
    kept = add_inspected(session, "c1", [OFFENDS], book)
    kept.matching = "1"
    for finding in kept.findings:  # the older version found nothing
        session.delete(finding)
    session.flush()
    session.expire(kept)
    assert {f["rule"] for c in compare(session, SYSTEM, without).changed for f in c.gained} > {"site-look"}
    found = compare(session, SYSTEM, without, against=book)
    assert [f["rule"] for c in found.changed for f in c.gained] == ["site-look"]
    assert [f["rule"] for c in found.changed for f in c.lost] == ["shirking-not-mine"]


def test_other_points_for_the_same_finding_are_a_change_of_the_score(
    session: Session, book: Rulebook, tmp_path: Path
) -> None:
    add_agents(session)
    add_inspected(session, "c1", [OFFENDS], book)
    dearer = site(
        tmp_path,
        '[qa.required_weight]\nvalue = 5\nsource = []\nstatus = "product_choice"\n'
        + (
            '[[phrase.banned]]\nid = "shirking-not-mine"\ncategory = "shirking"\ntexts = ["这不归我管"]\npoints = 9\n'
            'source = []\nstatus = "product_choice"\n'
        ),
    )
    (change,) = compare(session, SYSTEM, dearer).changed
    assert (change.gained, change.lost) == ([], [])
    assert change.score_before - change.score_after == 9 - 5


def test_said_twice_in_a_sentence_is_two_findings(
    session: Session, book: Rulebook, without: Rulebook
) -> None:
    add_agents(session)
    add_inspected(session, "c1", ["您好,这不归我管,我说了这不归我管。"], book)
    assert compare(session, SYSTEM, without).lost == 2


def test_judged_again_under_the_rulebook_of_the_day_and_what_people_decided_stays(
    session: Session, book: Rulebook, without: Rulebook
) -> None:
    add_agents(session)
    manager = Scope(None, "admin", "administrator")
    rulebooks.publish(session, manager, book, date(2020, 1, 1), NOW)
    rulebooks.publish(session, manager, without, NOW.date() - timedelta(days=2), NOW)
    old = add_inspected(session, "old", [OFFENDS], book, days_ago=9)
    new = add_inspected(session, "new", [OFFENDS], book)  # under the rulebook that was no longer in force
    qa = scope_for(session, "qa")
    for one in (old, new):
        for finding in one.findings:
            if finding.quote in ("这不归我管", "你找别的部门"):
                quality.decide(session, qa, finding.id, "overturned", "转述", now=NOW)
    new_id, old_id = new.id, old.id

    found = rescore(opened(session), SYSTEM, now=NOW)

    assert (found.calls, [c.call_id for c in found.changed]) == (1, ["new"])
    current = quality.get_inspection(session, SYSTEM, "new")
    assert current.id != new_id and current.rulebook_version == without.version
    assert session.get_one(Inspection, new_id).is_current is False
    assert len(session.get_one(Inspection, new_id).findings) == len(current.findings)  # one gone, one come
    decided = {f.quote: f.decision for f in current.findings if f.kind == "banned"}
    assert decided["你找别的部门"] == "overturned" and decided["我看了一下"] is None
    (kept,) = (f for f in current.findings if f.quote == "你找别的部门")
    assert [(r.reviewer, r.reason) for r in kept.reviews] == [(qa.actor, "转述")]
    assert quality.get_inspection(session, SYSTEM, "old").id == old_id
    (entry,) = session.scalars(select(AuditEntry).where(AuditEntry.action == "calls.rescored"))
    assert (entry.detail["calls"], entry.detail["changed"]) == (1, 1)

    assert rescore(opened(session), SYSTEM, now=NOW).calls == 0  # everything is as its day wants it


def test_an_interrupted_run_is_started_again(
    session: Session, book: Rulebook, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rescoring, "_AT_ONCE", 1)
    add_agents(session)
    rulebooks.publish(session, SYSTEM, book, date(2020, 1, 1), NOW)
    for n in range(3):
        add_inspected(session, f"c{n}", [OFFENDS], book).matching = "1"
    session.flush()

    def stop_after_two(done: int, _total: int) -> None:
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        rescore(opened(session), SYSTEM, now=NOW, on_progress=stop_after_two)
    assert rescore(opened(session), SYSTEM, now=NOW).calls == 1
    current = session.scalars(select(Inspection).where(Inspection.is_current)).all()
    assert len(current) == 3 and {one.matching for one in current} != {"1"}

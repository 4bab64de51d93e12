"""Scorecards in the database: which version judges which call; drafts, publication, nothing rewritten."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from decimal import Decimal
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from db import rulebooks, scorecard_drafts, scorecard_trials, scorecards
from db.models import (
    AddedFinding,
    AuditEntry,
    CalibrationCall,
    CalibrationRound,
    Call,
    CallReview,
    Sample,
    SampleCall,
    Scorecard,
)
from db.refusals import Refused, StaleCase
from quality.scorecards import CardError, charges, from_record, score, shipped
from regulations.access import ACCOUNT_ROLES, CAPABILITIES, SYSTEM, AccessRefused
from tests.db.call_rows import add_agents, add_inspected
from tests.db.call_rows import finding as finding_facts
from tests.factories import NOW, TODAY, make_call, scope
from tests.regulations.few_phrases import book_of_few_phrases

QA, MANAGER = scope("qa"), scope("manager")
SOON = TODAY + timedelta(days=1)


@pytest.fixture
def desk(session: Session) -> Session:
    """A desk with its rulebook and the shipped cards."""
    rulebooks.publish(session, SYSTEM, book_of_few_phrases(), date(2026, 1, 1), NOW)
    scorecards.ship_cards(session, NOW)
    return session


def row_of(session: Session, code: str, version: int = 1) -> Scorecard:
    return session.scalars(
        select(Scorecard).where(Scorecard.code == code, Scorecard.version == version)
    ).one()


def begun(session: Session, code: str = "standard_phone") -> Scorecard:
    last = session.scalars(select(Scorecard).where(Scorecard.code == code).order_by(Scorecard.version)).all()[
        -1
    ]
    return scorecard_drafts.begin(session, QA, last.id, now=NOW)


def edited(session: Session, draft: Scorecard, **fields: Any) -> Scorecard:
    record = {**draft.definition, **fields}
    return scorecard_drafts.save(session, QA, draft.id, record, seen=draft.row_version, now=NOW)


def published(session: Session, draft: Scorecard, valid_from: date = SOON) -> Scorecard:
    return scorecard_drafts.publish(
        session, MANAGER, draft.id, valid_from=valid_from, note="试行一个月后调整", seen=draft.row_version, today=TODAY, now=NOW
    )  # fmt: skip


def reviewed(session: Session, call: Call, card: Scorecard | None, **values: Any) -> CallReview:
    values = {"state": "finished", "purpose": "sample", "claimed_until": NOW, "finished_at": NOW, **values}
    review = CallReview(
        call_id=call.id, reviewer="甲", claimed_at=NOW, scorecard_id=card.id if card else None, **values
    )
    session.add(review)
    session.flush()
    return review


def actions(session: Session) -> list[str]:
    wanted = select(AuditEntry.action).where(AuditEntry.object_kind == "scorecard").order_by(AuditEntry.id)
    return list(session.scalars(wanted))[len(shipped()) :]  # what came after the shipped ones


def test_shipped_cards_are_published_at_first_need_and_only_once(session: Session) -> None:
    chosen = scorecards.card_for(
        session, make_call(session, kind="callback_inpatient", direction="outbound"), now=NOW
    )
    assert (chosen.code, chosen.version, chosen.state, chosen.valid_from) == (
        "patient_callback",
        1,
        "published",
        date(1970, 1, 1),
    )
    assert scorecards.ship_cards(session, NOW) == 0
    assert [row.code for row in scorecards.list_cards(session, QA)] == sorted(c.code for c in shipped())
    assert scorecards.card_of(chosen) == next(c for c in shipped() if c.code == "patient_callback")


def test_each_call_is_judged_by_the_version_of_its_own_day(desk: Session) -> None:
    before, after = make_call(desk), make_call(desk)
    after.started_on = SOON
    draft = edited(desk, begun(desk), pass_score=90)
    assert scorecards.card_for(desk, after).version == 1  # a draft judges nobody
    published(desk, draft)
    assert [scorecards.card_for(desk, call).version for call in (before, after)] == [1, 2]
    assert scorecards.card_of(row_of(desk, "standard_phone", 2)).pass_score == 90


def test_a_contact_that_no_card_is_for_is_said_to_have_none(desk: Session) -> None:
    with pytest.raises(LookupError, match="visit"):
        scorecards.card_for(desk, make_call(desk, channel="visit"))


def test_a_stored_inspection_is_scored_by_machine_and_by_people(desk: Session) -> None:
    add_agents(desk)
    inspection = add_inspected(
        desk,
        "C1",
        finding_facts("shirking", points=5),
        finding_facts("cold", points=10, verdict="cannot_tell"),
    )
    inspection.findings[1].stake = Decimal(10)
    card = scorecards.card_of(scorecards.card_for(desk, inspection.call))
    contact = scorecards.contact_of(inspection.call, inspection)
    assert contact.owed == frozenset()
    machine = score(card, contact, {}, charges(scorecards.found_of(inspection), by_machine=True))
    assert (machine.earned, machine.weight) == (23, 28)  # three items of banned wording, 5 off one of them
    added = [
        AddedFinding(category="cold", points=Decimal(4), quote="随便", clauses=[], withdrawn_at=None),
        AddedFinding(category="cold", points=Decimal(9), quote="随便", clauses=[], withdrawn_at=NOW),
    ]
    assert [c.points for c in charges(scorecards.found_of(inspection, added))] == [4]
    inspection.findings[0].decision = "overturned"
    inspection.findings[1].decision = "confirmed"
    assert [c.points for c in charges(scorecards.found_of(inspection, added))] == [10, 4]


def test_a_card_is_tried_only_on_calls_of_its_sort_that_nobody_is_to_hear_blind(desk: Session) -> None:
    add_agents(desk)
    _kept, drawn, in_round, chat = (add_inspected(desk, f"C{n}").call for n in range(4))
    chat.channel = "chat"
    sample = Sample(month=date(2026, 11, 1), seed="s", created_at=NOW, created_by="x")
    card = row_of(desk, "standard_phone")
    round_ = CalibrationRound(name="r", scorecard_id=card.id, opened_at=NOW, opened_by="x")
    desk.add_all([sample, round_])
    desk.flush()
    desk.add(
        SampleCall(
            sample_id=sample.id, call_id=drawn.id, stratum="K1", wave=1, number=0.5, weight=1, probability=1,
            is_drawn=True, is_blind=True,
        )
    )  # fmt: skip
    desk.add(CalibrationCall(round_id=round_.id, call_id=in_round.id, ordinal=1))
    desk.flush()

    def tried(role: str) -> set[str]:
        found = scorecard_trials.list_recent(desk, scope(role), scorecards.card_of(card), limit=9)
        return {inspection.call.call_id for inspection in found}

    assert tried("qa") == {"C0"}
    assert tried("manager") == {"C0", "C1"}
    assert tried("executive") == {"C0", "C1", "C2"}
    reviewed(desk, drawn, card)
    round_.closed_at = NOW
    assert tried("qa") == {"C0", "C1", "C2"}
    with pytest.raises(AccessRefused):
        tried("agent")


# -- drafts ------------------------------------------------------------------------------------------------


def test_a_draft_is_begun_changed_and_published_and_every_step_is_on_record(desk: Session) -> None:
    draft = begun(desk)
    assert (draft.version, draft.state, draft.definition) == (
        2,
        "draft",
        row_of(desk, "standard_phone").definition,
    )
    items = [
        {**item, "weight": 5} if item["code"] == "closing" else item for item in draft.definition["criteria"]
    ]
    draft = edited(desk, draft, criteria=items, zh="电话评分表")
    assert draft.row_version == 2
    row = published(desk, draft)
    assert (row.state, row.valid_from, row.published_by, row.name_zh) == (
        "published",
        SOON,
        "a manager",
        "电话评分表",
    )
    assert actions(desk) == ["scorecard.drafted", "scorecard.changed", "scorecard.published"]
    entry = desk.scalars(select(AuditEntry).where(AuditEntry.action == "scorecard.changed")).one()
    assert entry.detail["before"]["criteria"][0]["weight"] == 6
    assert entry.detail["after"]["criteria"][0]["weight"] == 5
    assert (
        scorecards.get_card(desk, QA, "standard_phone", 1).definition["zh"] == "电话服务标准评分表"
    )  # unchanged


def test_saving_what_stands_there_already_changes_nothing(desk: Session) -> None:
    draft = begun(desk)
    assert edited(desk, draft).row_version == 1
    assert actions(desk) == ["scorecard.drafted"]


def test_a_draft_that_cannot_be_scored_is_refused_with_item_and_field(desk: Session) -> None:
    draft = begun(desk)
    items = draft.definition["criteria"]
    for wrong, expected in (
        ([], ("", "criteria")),
        ([*items, items[0]], ("opening", "code")),
        ([{**items[0], "categories": ["nothing"]}, *items[1:]], ("opening", "categories")),
    ):
        with pytest.raises(CardError) as caught:
            edited(desk, draft, criteria=wrong)
        assert (caught.value.problems[0].item, caught.value.problems[0].field) == expected
    with pytest.raises(CardError, match="does not change"):
        edited(desk, draft, code="other")
    assert draft.row_version == 1


def test_categories_of_the_sites_own_phrases_may_be_used(desk: Session) -> None:
    book = book_of_few_phrases()
    assert {rule.category for rule in book.banned_phrases()} <= scorecards.known_categories(desk)


def test_a_new_card_is_copied_under_another_code(desk: Session) -> None:
    source = row_of(desk, "standard_phone")
    row = scorecard_drafts.begin(desk, QA, source.id, now=NOW, code="complaint_phone", zh="投诉电话评分表")
    assert (row.code, row.version, row.state) == ("complaint_phone", 1, "draft")
    for code, field in (("standard_chat", "code"), ("Bad Code", "code"), ("x" * 41, "code")):
        with pytest.raises(CardError) as caught:
            scorecard_drafts.begin(desk, QA, source.id, now=NOW, code=code, zh="表")
        assert caught.value.problems[0].field == field
    with pytest.raises(CardError):
        scorecard_drafts.begin(desk, QA, source.id, now=NOW, code="nameless", zh=" ")
    published(desk, edited(desk, row, kinds=["complaint"]))
    call = make_call(desk, kind="complaint")
    call.started_on = SOON
    assert scorecards.card_for(desk, call).code == "complaint_phone"


def test_of_two_editors_the_second_is_told_and_overwrites_nothing(desk: Session) -> None:
    draft = begun(desk)
    edited(desk, draft, pass_score=70)
    with pytest.raises(StaleCase):
        scorecard_drafts.save(desk, QA, draft.id, {**draft.definition, "pass_score": 60}, seen=1, now=NOW)
    with pytest.raises(StaleCase):
        scorecard_drafts.discard(desk, QA, draft.id, seen=1, now=NOW)
    with pytest.raises(StaleCase):
        begun(desk)
    assert row_of(desk, "standard_phone", 2).definition["pass_score"] == 70


def test_a_discarded_draft_is_kept_in_the_log_alone(desk: Session) -> None:
    draft = edited(desk, begun(desk), pass_score=70)
    scorecard_drafts.discard(desk, QA, draft.id, seen=2, now=NOW)
    entry = desk.scalars(select(AuditEntry).where(AuditEntry.action == "scorecard.discarded")).one()
    assert entry.detail["definition"]["pass_score"] == 70
    with pytest.raises(LookupError):
        scorecards.get_card(desk, QA, "standard_phone", 2)
    assert begun(desk).version == 2


# -- publication ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "counts"),
    [
        ({}, True),
        ({"state": "claimed", "claimed_until": NOW + timedelta(minutes=1)}, True),
        ({"state": "claimed", "claimed_until": NOW}, False),  # lapsed
        ({"state": "released"}, False),
    ],
)
def test_no_version_reaches_back_to_calls_that_were_reviewed(
    desk: Session, values: dict[str, Any], counts: bool
) -> None:
    call = make_call(desk)
    reviewed(desk, call, row_of(desk, "standard_phone"), **values)
    draft = edited(desk, begun(desk), pass_score=70)
    first = scorecard_drafts.earliest(desk, draft, now=NOW)
    assert first == (call.started_on + timedelta(days=1) if counts else None)
    if counts:
        with pytest.raises(Refused, match=str(SOON)):
            published(desk, draft, TODAY)
        assert published(desk, draft, SOON).valid_from == SOON
    else:
        assert published(desk, draft, TODAY).valid_from == TODAY


def test_calls_scored_by_another_card_that_the_new_one_would_take_count_too(desk: Session) -> None:
    reviewed(desk, make_call(desk, kind="complaint"), row_of(desk, "standard_phone"))
    source = row_of(desk, "patient_callback")
    for kind, expected in (("complaint", SOON), ("callback_repair", None)):
        row = scorecard_drafts.begin(desk, QA, source.id, now=NOW, code=f"for_{kind}", zh="表")
        row = edited(desk, row, kinds=[kind])
        assert scorecard_drafts.earliest(desk, row, now=NOW) == expected


def test_a_day_has_one_published_version_of_a_card(desk: Session) -> None:
    published(desk, edited(desk, begun(desk), pass_score=70), SOON)
    draft = edited(desk, begun(desk), pass_score=75)
    for day in (TODAY, SOON):
        with pytest.raises(Refused, match=str(SOON + timedelta(days=1))):
            published(desk, draft, day)
    assert published(desk, draft, SOON + timedelta(days=1)).version == 3


def test_a_publication_needs_a_reason_a_change_and_a_near_date(desk: Session) -> None:
    draft = begun(desk)
    with pytest.raises(Refused, match="changes nothing"):
        published(desk, draft)
    draft = edited(desk, draft, pass_score=70)
    for note in ("", " \x00 ", "长" * 1001):
        with pytest.raises(Refused):
            scorecard_drafts.publish(
                desk, MANAGER, draft.id, valid_from=SOON, note=note, seen=2, today=TODAY, now=NOW
            )
    with pytest.raises(Refused, match="a year"):
        published(desk, draft, TODAY + timedelta(days=367))
    for day in (date(1970, 1, 1), date(1900, 1, 1)):  # the shipped version is valid from there on
        with pytest.raises(Refused, match="1970-01-02"):
            published(desk, draft, day)
    assert draft.state == "draft"


def test_no_contact_is_left_without_a_card(desk: Session) -> None:
    draft = edited(desk, begun(desk), kinds=["complaint"])
    with pytest.raises(Refused, match="no card would be left for Phone"):
        published(desk, draft)
    chat = row_of(desk, "standard_chat")
    with pytest.raises(Refused, match="no card would be left for Chat"):
        scorecard_drafts.retire(
            desk, MANAGER, chat.id, from_on=SOON, note="停用", seen=1, today=TODAY, now=NOW
        )


def test_a_retired_card_leaves_its_calls_to_the_next_one(desk: Session) -> None:
    card = row_of(desk, "patient_callback")
    call = make_call(desk, kind="callback_inpatient")
    reviewed(desk, call, card)
    with pytest.raises(Refused, match=str(SOON)):
        scorecard_drafts.retire(
            desk, MANAGER, card.id, from_on=TODAY, note="停用", seen=1, today=TODAY, now=NOW
        )
    scorecard_drafts.retire(desk, MANAGER, card.id, from_on=SOON, note="停用", seen=1, today=TODAY, now=NOW)
    assert scorecards.card_for(desk, call).code == "patient_callback"  # what was scored stays
    later = make_call(desk, kind="callback_inpatient")
    later.started_on = SOON
    assert scorecards.card_for(desk, later).code == "standard_phone"
    again = edited(desk, begun(desk, "patient_callback"), pass_score=80)
    published(desk, again, SOON)
    assert [scorecards.card_for(desk, one).version for one in (call, later)] == [1, 2]


@pytest.mark.parametrize("role", ACCOUNT_ROLES)
def test_everybody_may_do_what_his_role_holds_and_nothing_else(desk: Session, role: str) -> None:
    draft = edited(desk, begun(desk), pass_score=70)
    who = scope(role)
    deeds: dict[str, list[Callable[[], object]]] = {
        "scorecards.view": [lambda: scorecards.list_cards(desk, who), lambda: scorecards.count_reviews(desk, who)],
        "scorecards.edit": [
            lambda: scorecard_drafts.save(desk, who, draft.id, draft.definition, seen=2, now=NOW),
            lambda: scorecard_drafts.begin(desk, who, row_of(desk, "standard_chat").id, now=NOW),
        ],
        "scorecards.publish": [
            lambda: scorecard_drafts.publish(desk, who, draft.id, valid_from=SOON, note="x", seen=2, today=TODAY, now=NOW),
            lambda: scorecard_drafts.retire(
                desk, who, row_of(desk, "patient_callback").id, from_on=SOON, note="x", seen=1, today=TODAY, now=NOW
            ),
        ],
    }  # fmt: skip
    for capability, acts in deeds.items():
        for act in acts:
            if role in CAPABILITIES[capability]:
                act()
            else:
                with pytest.raises(AccessRefused):
                    act()


def test_reviews_are_counted_by_the_version_that_scored_them(desk: Session) -> None:
    card = row_of(desk, "standard_phone")
    reviewed(desk, make_call(desk), card)
    reviewed(desk, make_call(desk), card, state="released")
    assert scorecards.count_reviews(desk, QA) == {card.id: 1}


def test_two_who_begin_a_draft_at_once_get_one_between_them(engine: Engine) -> None:
    with Session(engine) as session, session.begin():
        rulebooks.publish(session, SYSTEM, book_of_few_phrases(), date(2026, 1, 1), NOW)
        scorecards.ship_cards(session, NOW)
        source = row_of(session, "standard_phone").id
    gate = Barrier(2)

    def start(_number: int) -> bool:
        gate.wait(20)
        try:
            with Session(engine) as session, session.begin():
                scorecard_drafts.begin(session, QA, source, now=NOW)
        except StaleCase:
            return False
        return True

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(start, range(2))) == [False, True]
    with Session(engine) as session:
        assert from_record(row_of(session, "standard_phone", 2).definition).code == "standard_phone"


def test_two_who_publish_and_retire_at_once_leave_no_contact_without_a_card(engine: Engine) -> None:
    """A chat card for everything would let the standard one go; not when it goes itself."""
    with Session(engine) as session, session.begin():
        rulebooks.publish(session, SYSTEM, book_of_few_phrases(), date(2026, 1, 1), NOW)
        scorecards.ship_cards(session, NOW)
        source = row_of(session, "standard_chat").id
        draft = scorecard_drafts.begin(session, QA, source, now=NOW, code="other_chat", zh="另一张聊天评分表")
        published(session, draft, TODAY)
        rows = [(row.id, row.row_version) for row in (row_of(session, "standard_chat"), draft)]
    gate = Barrier(2)

    def retire(row: tuple[int, int]) -> bool:
        gate.wait(20)
        try:
            with Session(engine) as session, session.begin():
                scorecard_drafts.retire(
                    session, MANAGER, row[0], from_on=SOON, note="停用", seen=row[1], today=TODAY, now=NOW
                )
        except Refused:
            return False
        return True

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(retire, rows)) == [False, True]

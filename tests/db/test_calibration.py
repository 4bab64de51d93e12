"""Calibration rounds: the same calls judged apart, nobody sees the others before the end, then compared with the expert."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from db import calibration, calibration_compare, review_finishing, review_missed, reviews
from db.models import Agent, CalibrationRound, Call, CallReview
from db.refusals import Refused, StaleCase
from db.review_missed import Missed
from regulations.access import ACCOUNT_ROLES, CAPABILITIES, AccessRefused, Scope
from tests.db.call_rows import scope_for
from tests.db.review_rows import BOOK, NOW, add_inspected, answer_all, department, finding

DAY = timedelta(days=1)


class Round:
    """Two reviewers, the first of them the expert, a manager, and three calls."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.expert, self.other = department(session)
        self.manager = scope_for(session, "manager")
        for n in range(3):
            add_inspected(session, f"c{n}", finding())

    def open(self, **changes: object) -> CalibrationRound:
        given = {
            "name": "十一月第一轮",
            "call_ids": ["c0", "c1"],
            "member_ids": [self.other.user_id],
            "expert_id": self.expert.user_id,
            "due_on": None,
            "now": NOW,
            **changes,
        }
        return calibration.open_round(self.session, self.manager, **given)  # type: ignore[arg-type]

    def judge(self, one: CalibrationRound, who: Scope, calls: Sequence[str], *, best: bool = True) -> None:
        for call_id in calls:
            review = reviews.claim(self.session, who, call_id, book=BOOK, now=NOW, round_id=one.id)
            assert review.is_blind and not review.stands
            answer_all(self.session, who, review, best=best)
            if not best:
                what = Missed("banned", "cold", segment=0)
                review_missed.add_missed(self.session, who, review.id, what, book=BOOK, now=NOW)
            review_finishing.finish(self.session, who, review.id, book=BOOK, now=NOW)

    def close(self, one: CalibrationRound, **changes: object) -> CalibrationRound:
        given = {"note": "语气以录音为准", "expected_version": one.row_version, "now": NOW + DAY, **changes}
        return calibration.close_round(self.session, self.manager, one.id, **given)  # type: ignore[arg-type]


def refusal(action: object) -> str:
    with pytest.raises(Refused) as refused:
        action()  # type: ignore[operator]
    assert refused.value.zh
    return refused.value.en


def test_a_closed_round_tells_who_answered_what_and_how_far_from_the_expert(session: Session) -> None:
    desk = Round(session)
    one = desk.open()
    desk.judge(one, desk.expert, ["c0", "c1"])
    desk.judge(one, desk.other, ["c0"], best=False)
    desk.judge(one, desk.other, ["c1"])
    desk.close(one)
    found = calibration_compare.compare(session, desk.manager, one, BOOK)
    assert len(found.judgements) == 4
    assert [spread.call for spread in found.calls] == ["c0", "c1"]
    assert found.calls[0].spread > 0 == found.calls[1].spread
    apart = {criterion.code for criterion in found.calls[0].differing}
    assert {"voice_polite", "attitude"} <= apart  # the latter by what he added, without an answer
    (distance,) = found.distances
    assert distance.reviewer == desk.other.user_id and distance.calls == 2
    assert distance.signed is not None and distance.absolute is not None
    assert distance.signed == -distance.absolute < 0
    items = {item.criterion.code: item for item in found.items}
    assert (items["voice_polite"].agreement.agreeing_pairs, items["voice_polite"].agreement.pairs) == (1, 2)
    assert items["truth"].standing == "same" and "opening" not in items  # nothing called for a greeting


def test_reviews_of_a_round_count_for_nobody(session: Session) -> None:
    desk = Round(session)
    one = desk.open()
    desk.judge(one, desk.expert, ["c0"], best=False)
    assert reviews.standing(session, desk.expert, "c0") is None
    call = session.scalars(select(Call).where(Call.call_id == "c0")).one()
    assert call.id == one.calls[0].call_id


def test_while_it_is_open_nobody_learns_the_answers(session: Session) -> None:
    desk = Round(session)
    one = desk.open()
    desk.judge(one, desk.expert, ["c0"])
    assert "nobody sees" in refusal(lambda: calibration_compare.compare(session, desk.manager, one, BOOK))
    states = calibration.progress(session, desk.other, one.id)
    assert list(states.values()) == ["finished"]


def test_it_is_closed_when_there_is_something_to_compare_and_once(session: Session) -> None:
    desk = Round(session)
    one = desk.open()
    desk.judge(one, desk.expert, ["c0"])
    assert "nothing to compare" in refusal(lambda: desk.close(one))
    desk.judge(one, desk.other, ["c0"])
    begun = reviews.claim(session, desk.other, "c1", book=BOOK, now=NOW, round_id=one.id)
    desk.close(one)
    assert session.get_one(CallReview, begun.id).state == "released"
    with pytest.raises(StaleCase):
        desk.close(one)
    assert "closed" in refusal(
        lambda: reviews.claim(session, desk.expert, "c1", book=BOOK, now=NOW, round_id=one.id)
    )
    version = one.row_version
    calibration.write_note(session, desk.manager, one.id, "改了", expected_version=version, now=NOW + DAY)
    assert one.note == "改了"
    with pytest.raises(StaleCase):
        calibration.write_note(session, desk.manager, one.id, "又改", expected_version=version, now=NOW)


def test_a_round_takes_two_reviewers_and_calls_of_one_card(session: Session) -> None:
    desk = Round(session)
    agent = scope_for(session, "agent").user_id
    chat = add_inspected(session, "chat", finding())
    chat.call.channel = "chat"
    session.flush()
    for changes, said in (
        ({"name": " \x00"}, "name"),
        ({"member_ids": []}, "two people"),
        ({"member_ids": [desk.manager.user_id]}, "may not review"),
        ({"member_ids": [agent]}, "may not review"),
        ({"call_ids": []}, "1 to 30"),
        ({"call_ids": [f"n{n}" for n in range(31)]}, "1 to 30"),
        ({"call_ids": ["c0", "nowhere"]}, "no call nowhere"),
        ({"call_ids": ["c0", "chat"]}, "another scorecard"),
    ):
        assert said in refusal(lambda changes=changes: desk.open(**changes))
    one = desk.open(call_ids=["c1", "c0", "c1"])
    assert [part.call_id for part in one.calls] == [
        session.scalars(select(Call.id).where(Call.call_id == call_id)).one() for call_id in ("c1", "c0")
    ]


def test_only_who_may_opens_and_sees_rounds(session: Session) -> None:
    desk = Round(session)
    for role in ACCOUNT_ROLES:
        viewer = scope_for(session, role)
        if role in CAPABILITIES["quality.calibrate"]:
            assert calibration.list_rounds(session, viewer) == []
            assert {user.id for user in calibration.list_reviewers(session, viewer)} >= {desk.expert.user_id}
            assert [call.call_id for call in calibration.list_choosable(session, viewer)][0:1]
            continue
        for asked in (calibration.list_rounds, calibration.list_reviewers, calibration.list_choosable):
            with pytest.raises(AccessRefused):
                asked(session, viewer)
    one = desk.open()
    assert [found.id for found in calibration.list_rounds(session, desk.other)] == [one.id]
    elsewhere = scope_for(
        session, "manager", session.scalars(select(Agent).where(Agent.number == "K2")).one().team
    )
    assert calibration.list_rounds(session, elsewhere) == calibration.list_choosable(session, elsewhere) == []
    with pytest.raises(LookupError):
        calibration.close_round(session, elsewhere, one.id, "", expected_version=1, now=NOW)
    outsider = scope_for(session, "qa")
    with pytest.raises(LookupError):
        reviews.claim(session, outsider, "c0", book=BOOK, now=NOW, round_id=one.id)

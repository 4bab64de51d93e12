"""Scores by scorecards: tables of edges, and random cards against a brute-force oracle."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from math import floor
from typing import Any

import pytest
from hypothesis import given as drawn
from hypothesis import settings
from hypothesis import strategies as st

from quality.scorecards import (
    CATEGORIES,
    CardError,
    Charge,
    Contact,
    Criterion,
    Level,
    OnlyIf,
    Scorecard,
    charges,
    check,
    compare,
    from_record,
    given,
    score,
    shipped,
    to_record,
    uncovered,
    wrong_answers,
)

PHONE = Contact("phone", "inbound", "inbound_service")
SCALE = (
    Level("good", "好", "Good", Decimal(1)),
    Level("fair", "一般", "Fair", Decimal("0.6")),
    Level("poor", "差", "Poor", Decimal(0)),
)


def item(code: str, weight: float = 10, **values: Any) -> Criterion:
    return Criterion(code, f"项目{code}", f"Item {code}", Decimal(str(weight)), **values)


def machine(code: str, *categories: str, weight: float = 10, **values: Any) -> Criterion:
    return item(code, weight, kind="machine", categories=categories, **values)


def card(*criteria: Criterion, **values: Any) -> Scorecard:
    return Scorecard("card", "评分表", "Card", criteria, **values)


def charge(category: str, points: float = 10) -> Charge:
    return Charge(category, Decimal(str(points)))


# -- what counts ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ({"a": "yes", "b": "good"}, "100"),
        ({"a": "no", "b": "good"}, "75"),
        ({"a": "yes", "b": "fair"}, "70"),
        ({"a": "no", "b": "poor"}, "0"),
        ({"a": "na", "b": "fair"}, "60"),  # out of numerator and denominator
        ({"b": "fair"}, "60"),  # not answered yet: left out, and named
        ({"a": "na", "b": "na"}, None),
        ({}, None),
    ],
)
def test_answers_are_weighed_over_what_applies(answers: dict[str, str], expected: str | None) -> None:
    two = card(item("a", 10), item("b", 30, levels=SCALE))
    found = score(two, PHONE, answers)
    assert found.score == (None if expected is None else Decimal(expected))
    assert found.unanswered == tuple(code for code in ("a", "b") if code not in answers)


@pytest.mark.parametrize(
    ("points", "earned"), [((), 20), ((5,), 15), ((5, 5.5), 9.5), ((15, 5), 0), ((30,), 0), ((0,), 20)]
)
def test_a_machine_item_loses_the_points_of_its_findings_up_to_its_weight(
    points: tuple[float, ...], earned: float
) -> None:
    whole = card(machine("words", "cold", weight=20), item("rest", 80))
    found = score(whole, PHONE, {"rest": "yes"}, [charge("cold", p) for p in points])
    assert found.lines[0].earned == Decimal(str(earned))
    assert found.score == Decimal(str(earned)) + 80
    assert found.lines[0].answer == ("no" if points else "yes")


def test_points_are_of_a_hundred_whatever_the_card_weighs() -> None:
    """A card of 200 and one of 100 with the same shares give the same score."""
    light = card(machine("words", "cold", weight=20), item("rest", 80))
    heavy = card(machine("words", "cold", weight=40), item("rest", 160))
    found = [score(c, PHONE, {"rest": "yes"}, [charge("cold", 10)]).score for c in (light, heavy)]
    assert found == [Decimal(90), Decimal(90)]


def test_findings_that_no_item_is_answered_from_cost_nothing() -> None:
    one = card(machine("words", "cold"))
    assert score(one, PHONE, {}, [charge("loudness", 50)]).score == 100
    assert "loudness" in uncovered(one, sorted(CATEGORIES))
    assert "cold" not in uncovered(one, sorted(CATEGORIES))


def test_a_persons_answer_overrides_what_the_machine_found() -> None:
    one = card(machine("words", "cold"), item("rest", 10))
    against = [charge("cold", 50)]
    assert score(one, PHONE, {"rest": "yes"}, against).score == 50
    assert score(one, PHONE, {"rest": "yes", "words": "yes"}, against).score == 100
    assert score(one, PHONE, {"rest": "yes", "words": "no"}).score == 50
    assert score(one, PHONE, {"rest": "no", "words": "na"}, against).score == 0


def test_by_the_machine_alone_what_only_a_person_scores_is_left_out() -> None:
    found = score(
        card(machine("words", "cold", weight=40), item("voice", 60)), PHONE, {}, [charge("cold", 10)]
    )
    assert (found.score, found.weight, found.unanswered) == (Decimal(75), 40, ("voice",))


@pytest.mark.parametrize(
    ("answer", "against", "is_failed"),
    [
        (None, [], False),
        (None, ["insult"], True),
        ("yes", ["insult"], False),
        ("no", [], True),
        ("na", ["insult"], False),
    ],
)
def test_an_item_that_fails_the_whole_contact(
    answer: str | None, against: list[str], is_failed: bool
) -> None:
    both = card(machine("red", "insult", weight=0, auto_fail=True), item("rest", 10), pass_score=Decimal(0))
    answers = {"rest": "yes"} | ({"red": answer} if answer else {})
    found = score(both, PHONE, answers, [charge(c, 0) for c in against])
    assert (found.is_failed, found.score) == (is_failed, 0 if is_failed else 100)
    assert found.is_pass is not is_failed  # even where 0 would pass


def test_a_scale_fails_the_contact_only_at_its_level_without_points() -> None:
    one = card(item("voice", 10, levels=SCALE, auto_fail=True))
    assert [score(one, PHONE, {"voice": a}).is_failed for a in ("good", "fair", "poor")] == [
        False,
        False,
        True,
    ]


@pytest.mark.parametrize(
    ("answer", "state", "score_"),
    [
        ("yes", "answered", 100),
        ("no", "not_applicable", 50),
        ("na", "not_applicable", 100),
        (None, "waiting", None),
    ],
)
def test_a_conditional_item_counts_only_where_its_condition_holds(
    answer: str | None, state: str, score_: int | None
) -> None:
    """`rest` is not met where `gate` is not, so that the share of the conditional item shows."""
    three = card(item("gate", 10), item("then", 10, only_if=OnlyIf("gate", ("yes",))), item("rest", 10))
    answers = {"then": "yes", "rest": "yes"} | ({"gate": answer} if answer else {})
    found = score(three, PHONE, answers)
    assert found.lines[1].state == state
    if score_ is not None:
        assert found.score == score_
    else:
        assert found.unanswered == ("gate",)  # what waits for it is not asked for yet


def test_conditions_in_a_row_fall_together_whatever_their_order_on_the_card() -> None:
    last = item("c", 10, only_if=OnlyIf("b", ("no",)))
    middle = item("b", 10, only_if=OnlyIf("a", ("no",)))
    first = item("a", 10)
    for order in ((first, middle, last), (last, middle, first)):
        states = {line.code: line.state for line in score(card(*order), PHONE, {"a": "yes"}).lines}
        assert states == {"a": "answered", "b": "not_applicable", "c": "not_applicable"}


def test_a_condition_may_rest_on_what_the_machine_found() -> None:
    two = card(machine("words", "cold"), item("excused", 10, only_if=OnlyIf("words", ("no",))))
    assert score(two, PHONE, {}).unanswered == ()
    assert score(two, PHONE, {}, [charge("cold")]).unanswered == ("excused",)


@pytest.mark.parametrize(
    ("contact", "applies"),
    [
        (PHONE, False),
        (Contact("chat", "inbound", "chat"), False),
        (Contact("phone", "outbound", "complaint"), True),
        (Contact("phone", "inbound", "complaint"), False),
    ],
)
def test_an_item_applies_to_its_channel_direction_and_kind(contact: Contact, applies: bool) -> None:
    one = item("a", 10, channels=("phone",), directions=("outbound",), kinds=("complaint",))
    line = score(card(one, item("b", 1)), contact, {}).lines[0]
    assert (line.state == "unanswered") is applies


@pytest.mark.parametrize(
    ("owed", "against", "state"),
    [
        (None, [], "found"),  # nobody looked
        (frozenset(), [], "not_applicable"),
        (frozenset({"thanks"}), [], "not_applicable"),
        (frozenset({"apology"}), [], "found"),
        (frozenset(), ["apology"], "found"),  # a person added that it was missing
    ],
)
def test_wording_counts_only_where_its_occasion_came(
    owed: frozenset[str] | None, against: list[str], state: str
) -> None:
    one = card(machine("sorry", "apology", "clarification"), item("rest"))
    found = score(one, replace(PHONE, owed=owed), {}, [charge(c) for c in against])
    assert found.lines[0].state == state


def test_banned_wording_is_never_out_of_place() -> None:
    one = card(machine("words", "cold", "apology"))
    assert score(one, replace(PHONE, owed=frozenset()), {}).lines[0].state == "found"


@pytest.mark.parametrize(
    ("own", "rulebook", "value", "expected"),
    [
        (None, None, "yes", None),
        (None, 80, "fair", False),
        (60, 80, "fair", True),
        ("60.1", None, "fair", False),
    ],
)
def test_the_cards_pass_mark_goes_before_the_rulebooks(
    own: Any, rulebook: int | None, value: str, expected: bool | None
) -> None:
    one = card(
        item("a", 10, levels=(*SCALE, Level("yes", "是", "Yes", Decimal(1)))), pass_score=own and Decimal(own)
    )
    limit = None if rulebook is None else Decimal(rulebook)
    assert score(one, PHONE, {"a": value}, pass_score=limit).is_pass is expected


def test_a_half_of_a_tenth_goes_up() -> None:
    one = card(
        item("a", 1, levels=(*SCALE, Level("x", "x", "x", Decimal("0.85")))), item("b", 3), item("c", 6)
    )
    # 6.85 of 10 would be 68.5; over 8 of weight 6.85 is 85.625
    assert score(one, PHONE, {"a": "x", "b": "yes", "c": "na"}).score == Decimal("96.3")  # 96.25


def test_answers_that_the_card_does_not_know_are_refused() -> None:
    one = card(item("a"))
    wrong = wrong_answers(one, {"a": "good", "zz": "yes"})
    assert [(p.item, p.field) for p in wrong] == [("a", "answer"), ("zz", "code")]
    with pytest.raises(ValueError, match="good"):
        score(one, PHONE, {"a": "good"})
    assert given({"a": {"answer": "yes", "note": "x"}, "b": {"answer": ""}, "c": {}}) == {"a": "yes"}


def test_the_receipt_explains_every_point_in_both_languages() -> None:
    whole = card(
        machine("words", "cold", weight=20, clauses=("E5.13",)),
        machine("red", "insult", weight=0, auto_fail=True),
        item("voice", 30, levels=SCALE),
        item("far", 5, channels=("chat",)),
        item("rest", 50),
        pass_score=Decimal(80),
    )
    found = score(whole, PHONE, {"voice": "fair"}, [Charge("cold", Decimal(25), "随便你", ("E5.13",))])
    zh, en = ["\n".join(s.text(lang) for s in found.receipt()) for lang in ("zh", "en")]
    for said in (
        "项目words：有 1 处发现，得 0/20 分",
        "“随便你”：−26.25 分",
        "本项最多扣 20 分",
        "一般，得 18/30 分",
    ):
        assert said in zh
    for said in ("只用于在线聊天", "待人工评分", "18 分，折合百分制 36.0 分", "合格线 80 分，不合格"):
        assert said in zh
    for said in (
        "Fair, 18 of 30 points",
        "only to Chat",
        "36.0 of 100",
        "left for a person to answer",
        "not passed",
    ):
        assert said in en
    assert found.receipt()[0].clause == "E5.13"
    assert found.as_json("en")["lines"][2]["earned"] == 18


# -- what stands against a contact ---------------------------------------------------------------------


class Kept:
    """A finding as the database keeps it."""

    def __init__(self, verdict: str, decision: str | None, points: int, stake: int) -> None:
        self.category, self.verdict, self.decision = "cold", verdict, decision
        self.points, self.stake = Decimal(points), Decimal(stake)
        self.quote, self.clauses = "随便你", ["E5.13"]


@pytest.mark.parametrize(
    ("verdict", "decision", "by_machine", "by_person"),
    [
        ("hit", None, 10, None),
        ("hit", "confirmed", 10, 12),
        ("hit", "overturned", 10, None),  # what the machine thought stays what it was
        ("absent", None, 10, None),
        ("cannot_tell", None, None, None),
        ("cannot_tell", "confirmed", None, 12),
        ("cannot_tell", "overturned", None, None),
    ],
)
def test_a_person_counts_what_is_confirmed_and_the_machine_what_it_is_sure_of(
    verdict: str, decision: str | None, by_machine: int | None, by_person: int | None
) -> None:
    kept = [Kept(verdict, decision, 10, 12)]
    assert [c.points for c in charges(kept, by_machine=True)] == ([] if by_machine is None else [by_machine])
    assert [c.points for c in charges(kept)] == ([] if by_person is None else [by_person])


# -- random cards against an oracle --------------------------------------------------------------------

POOL = ("cold", "insult", "apology", "thanks")


@st.composite
def situations(draw: st.DrawFn) -> tuple[Scorecard, Contact, dict[str, str], list[Charge]]:
    size = draw(st.integers(1, 5))
    free = list(POOL)
    criteria: list[Criterion] = []
    for number in range(size):
        is_machine = bool(free) and draw(st.booleans())
        levels = SCALE if not is_machine and draw(st.booleans()) else None
        own = (free.pop(),) if is_machine else ()
        above = draw(st.integers(0, number - 1)) if number and draw(st.booleans()) else None
        only_if = None
        if above is not None:
            known = [level.code for level in criteria[above].levels]
            only_if = OnlyIf(
                f"c{above}", tuple(draw(st.lists(st.sampled_from(known), min_size=1, unique=True)))
            )
        values: dict[str, Any] = {"levels": levels} if levels else {}
        criteria.append(
            item(
                f"c{number}",
                draw(st.sampled_from([1, 2.5, 7, 10])),
                kind="machine" if is_machine else "person",
                categories=own,
                auto_fail=draw(st.integers(0, 4)) == 0,
                channels=draw(st.sampled_from([(), (), ("phone",), ("chat",)])),
                only_if=only_if,
                **values,
            )
        )
    order = draw(st.permutations(criteria))
    contact = Contact(
        "phone", "inbound", "other", draw(st.sampled_from([None, frozenset(), frozenset({"thanks"})]))
    )
    answers = {c.code: draw(st.sampled_from(c.choices)) for c in criteria if draw(st.integers(0, 2))}
    against = [
        charge(c, draw(st.sampled_from([0, 2, 5.5, 30])))
        for c in draw(st.lists(st.sampled_from(POOL), max_size=3))
    ]
    return card(*order), contact, answers, against


def oracle(
    whole: Scorecard, contact: Contact, answers: Mapping[str, str], against: Sequence[Charge]
) -> tuple[Decimal | None, bool, set[str]]:
    """The same judgement found by going round until nothing changes any more."""
    items = {c.code: c for c in whole.criteria}
    total = sum(c.weight for c in whole.criteria)
    taken: dict[str, str | None] = {}  # answer; None: does not apply
    open_: set[str] = set()
    for _round in items:
        for code, c in items.items():
            if code in taken or code in open_:
                continue
            if c.channels and contact.channel not in c.channels:
                taken[code] = None
                continue
            if c.only_if:
                if c.only_if.criterion not in taken:
                    continue
                if taken[c.only_if.criterion] not in c.only_if.answers:
                    taken[code] = None
                    continue
            own = [x for x in against if x.category in c.categories]
            said = answers.get(code)
            if said is not None:
                taken[code] = None if said == "na" else said
            elif c.kind == "person":
                open_.add(code)
            elif (
                not own
                and contact.owed is not None
                and not contact.owed & set(c.categories)
                and set(c.categories) <= {"apology", "thanks"}
            ):
                taken[code] = None
            else:
                taken[code] = "no" if own else "yes"
    earned = weight = Decimal(0)
    failed = False
    for code, answer in taken.items():
        c = items[code]
        if answer is None:
            continue
        weight += c.weight
        if code in answers or c.kind == "person":
            share = {level.code: level.share for level in c.levels}[answer]
            earned += c.weight * share
            failed |= c.auto_fail and share == 0
        else:
            own = [x for x in against if x.category in c.categories]
            earned += max(Decimal(0), c.weight - sum((x.points for x in own), Decimal(0)) * total / 100)
            failed |= c.auto_fail and bool(own)
    if failed:
        return Decimal(0), True, open_
    if not weight:
        return None, False, open_
    tenths = floor(Fraction(earned) * 1000 / Fraction(weight) + Fraction(1, 2))
    return Decimal(tenths) / 10, False, open_


@settings(max_examples=150, deadline=None)
@drawn(situations())
def test_random_cards_score_as_the_oracle_says(
    situation: tuple[Scorecard, Contact, dict[str, str], list[Charge]],
) -> None:
    whole, contact, answers, against = situation
    found = score(whole, contact, answers, against)
    value, is_failed, unanswered = oracle(whole, contact, answers, against)
    assert (found.is_failed, set(found.unanswered)) == (is_failed, unanswered)
    assert found.score is None or 0 <= found.score <= 100
    assert found.score == value


@settings(max_examples=60, deadline=None)
@drawn(situations(), st.sampled_from(POOL))
def test_one_more_finding_never_raises_a_score_and_a_heavier_card_changes_none(
    situation: tuple[Scorecard, Contact, dict[str, str], list[Charge]], more: str
) -> None:
    whole, contact, answers, against = situation
    contact = replace(contact, owed=None)  # a finding may make an item apply that earned nothing before
    if not any(c.only_if for c in whole.criteria):  # it may also bring a condition about
        before = score(whole, contact, answers, against)
        after = score(whole, contact, answers, [*against, charge(more, 5)])
        if before.score is not None and after.score is not None:
            assert after.score <= before.score
    heavier = replace(whole, criteria=tuple(replace(c, weight=c.weight * 2) for c in whole.criteria))
    assert score(heavier, contact, answers, against).score == score(whole, contact, answers, against).score


@settings(max_examples=25, deadline=None)
@drawn(situations())
def test_a_card_comes_back_from_its_record_as_it_was(
    situation: tuple[Scorecard, Contact, dict[str, str], list[Charge]],
) -> None:
    whole = situation[0]
    record = to_record(whole)
    if not check(record):
        assert from_record(record) == whole
        assert compare(whole, from_record(record)) == ()


# -- what is shipped -----------------------------------------------------------------------------------


def test_shipped_cards_can_be_used_and_say_where_each_item_comes_from() -> None:
    cards = {c.code: c for c in shipped()}
    assert list(cards) == ["standard_phone", "standard_chat", "patient_callback", "desk_checklist"]
    for one in cards.values():
        assert check(to_record(one)) == ()
        assert from_record(to_record(one)) == one
        assert all(c.clauses and c.en and c.zh for c in one.criteria), one.code


def test_every_finding_that_may_cost_points_counts_on_the_standard_cards() -> None:
    phone, chat = shipped()[:2]
    unscored = {"agent_hangup", "dead_air", "flow", "interruption", "loudness", "non_talk", "rings"}
    unscored |= {"speaking_rate", "talk_share"}  # measures: remarked, never charged
    assert set(uncovered(chat, sorted(CATEGORIES))) == unscored
    assert set(uncovered(phone, sorted(CATEGORIES))) == {
        *unscored,
        "informal_nihao",
    }  # never charged in speech


def test_the_callback_card_has_the_nine_steps_in_their_order() -> None:
    steps = [c for c in shipped()[2].criteria if c.code.startswith("step_")]
    names = ["礼貌问候", "自我介绍", "寒暄", "了解疾病康复情况", "健康宣教", "满意度调查", "相关信息介绍"]
    assert [
        c.zh.split(" ", 1)[1][: len(n)] for c, n in zip(steps, [*names, "感谢", "登记回访信息"], strict=True)
    ] == [
        *names,
        "感谢",
        "登记回访信息",
    ]
    assert all("E5.6" in c.clauses for c in steps)


def test_the_checklist_has_all_thirty_checks_and_only_somebody_on_site_scores_most() -> None:
    checklist = shipped()[3]
    numbers = {c.code[1:3] for c in checklist.criteria if c.code.startswith("q")}
    assert numbers == {f"{n:02d}" for n in range(1, 31)}
    on_site = [c for c in checklist.criteria if c.channels == ("visit",)]
    assert len(on_site) >= 15
    assert all(c.kind == "person" for c in on_site)


@pytest.mark.parametrize("code", ["standard_phone", "patient_callback", "desk_checklist"])
def test_the_six_voice_qualities_are_heard_by_a_person_on_every_telephone_card(code: str) -> None:
    one = next(c for c in shipped() if c.code == code)
    voices = [c for c in one.criteria if "A2.18" in c.clauses]
    assert [c.zh[:2] for c in voices] == ["礼貌", "亲切", "简练", "清晰", "耐心", "周到"]
    assert all(c.kind == "person" and c.is_scale for c in voices)


def test_a_damaged_record_names_everything_that_is_wrong() -> None:
    with pytest.raises(CardError) as caught:
        from_record({"code": "Bad Code", "criteria": [{"code": "a", "weight": -1}]})
    assert {(p.item, p.field) for p in caught.value.problems} == {
        ("", "code"),
        ("", "zh"),
        ("a", "zh"),
        ("a", "weight"),
    }

"""Judgements of the same calls beside each other: item by item, call by call, and with the expert's."""

from __future__ import annotations

from decimal import Decimal

from quality.comparing import Judgement, Limits, by_call, by_item, from_expert, meaning_of, of_scores
from quality.scorecards import Criterion, Level, Scorecard

TONE = Criterion(
    "tone", "语气", "Tone", Decimal(10),
    levels=tuple(Level(code, code, code, Decimal(share)) for code, share in (("good", 1), ("fair", "0.5"), ("poor", 0))),
)  # fmt: skip
ASKED = Criterion("asked", "核对", "Checked", Decimal(10))
THANKED = Criterion("thanked", "致谢", "Thanked", Decimal(10))
CARD = Scorecard("c", "卡", "Card", (TONE, ASKED, THANKED))
LIMITS = Limits(reliable=0.8, tentative=0.667, one_sided=0.85)
EXPERT, MILD, HARSH = 1, 2, 3


def said(reviewer: int, call: str, score: float | None, **answers: str) -> Judgement:
    return Judgement(reviewer, call, answers, score)


ROUND = (
    said(EXPERT, "a", 80, tone="good", asked="yes", thanked="yes"),
    said(MILD, "a", 90, tone="good", asked="yes", thanked="yes"),
    said(HARSH, "a", 50, tone="poor", asked="yes", thanked="yes"),
    said(EXPERT, "b", 60, tone="fair", asked="no", thanked="yes"),
    said(MILD, "b", 60, tone="good", asked="yes", thanked="yes"),
    said(HARSH, "b", 55, tone="fair", asked="no", thanked="yes"),
    said(HARSH, "c", 10, tone="poor"),
)


def test_the_item_with_least_agreement_stands_first() -> None:
    items = by_item(CARD, ROUND, LIMITS)
    assert [item.criterion.code for item in items] == ["tone", "asked", "thanked"]
    tone, asked, thanked = items
    assert (tone.agreement.agreeing_pairs, tone.agreement.pairs, tone.raters) == (2, 6, 3)
    assert dict(asked.shares) == {"yes": 4 / 6, "no": 2 / 6}
    assert thanked.standing == "same" and thanked.agreement.alpha is None


def test_calls_are_listed_by_how_far_people_are_apart() -> None:
    calls = by_call(CARD, ROUND)
    assert [(one.call, one.spread, one.reviewers) for one in calls] == [("a", 40, 3), ("b", 5, 3)]
    assert [criterion.code for criterion in calls[1].differing] == ["tone", "asked"]


def test_the_distance_from_the_expert_has_a_direction_and_a_size() -> None:
    harsh, mild = from_expert(CARD, ROUND, EXPERT)
    assert (harsh.reviewer, harsh.calls, harsh.signed, harsh.absolute) == (HARSH, 2, -17.5, 17.5)
    assert (mild.reviewer, mild.signed, mild.absolute) == (MILD, 5, 5)
    assert [(c.code, n, of) for c, n, of in mild.differing] == [("tone", 1, 2), ("asked", 1, 2)]
    assert from_expert(CARD, ROUND, expert=99)[0].signed is None


def test_does_not_apply_is_an_answer_where_answers_are_names_and_none_on_a_scale() -> None:
    both = [said(1, "a", None, tone="na", asked="na"), said(2, "a", None, tone="good", asked="yes")]
    items = {item.criterion.code: item.agreement for item in by_item(CARD, both, LIMITS)}
    assert items["asked"].pairs == 1 and items["asked"].agreeing_pairs == 0
    assert items["tone"].pairs == 0


def test_levels_that_earn_the_same_are_names_without_an_order() -> None:
    levels = tuple(Level(code, code, code, Decimal(1)) for code in ("made", "none"))
    card = Scorecard("c", "卡", "Card", (Criterion("promise", "承诺", "Promise", Decimal(0), levels=levels),))
    said_so = [said(1, "a", None, promise="made"), said(2, "a", None, promise="none")]
    (item,) = by_item(card, said_so, LIMITS)
    assert (item.agreement.agreeing_pairs, item.agreement.pairs) == (0, 1)
    assert dict(item.shares) == {"made": 0.5, "none": 0.5}


def test_scores_agree_by_how_far_they_are_apart() -> None:
    near = [said(r, c, s + r) for c, s in (("a", 20), ("b", 50), ("c", 90)) for r in (1, 2)]
    far = [said(r, c, s * r) for c, s in (("a", 20), ("b", 50), ("c", 33)) for r in (1, 2)]
    close, apart = of_scores(near).alpha, of_scores(far).alpha
    assert close is not None and apart is not None and close > 0.99 > apart


def test_each_meaning_is_said_where_it_holds() -> None:
    def standing(*calls: str) -> tuple[str, str]:
        judgements = [
            said(reviewer, str(n), None, asked={"y": "yes", "n": "no"}[answer])
            for n, call in enumerate(calls)
            for reviewer, answer in enumerate(call)
        ]
        (item,) = by_item(CARD, judgements, LIMITS)
        return item.standing, item.meaning.en

    assert standing("y", "n")[0] == "nothing"
    assert standing("yy", "yy")[0] == "same"
    assert standing("yy", "nn", "yy", "nn")[0] == "reliable"
    assert standing(*["yyy"] * 6, *["nnn"] * 6, "yyn", "ynn", "nny")[0] == "tentative"
    assert standing("yn", "ny", "yy", "nn")[0] == "low"
    one_sided, words = standing(*["yy"] * 18, "yn", "ny")
    assert one_sided == "one_sided" and "18 of 20 pairs agree, but 95% of the answers" in words


def test_a_meaning_is_worded_in_both_languages() -> None:
    for item in by_item(CARD, ROUND, LIMITS):
        standing, meaning = meaning_of(item.agreement, LIMITS)
        assert standing == item.standing and meaning.zh and meaning.en and "{" not in meaning.zh + meaning.en

"""Survey forms: what is a form, the shares of the grades, and a ranking that nobody owes to chance."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regulations.rulebook import Rulebook, load_rulebook
from regulations.surveys import (
    Answer,
    coverage,
    dimensions,
    grades,
    points_of,
    poor_grade,
    problem_of,
    ranking,
    shares,
)
from tests.regulations.site_books import book_of

BEST, GOOD, FAIR, POOR = "非常满意", "满意", "一般", "较差"
VALUES = {BEST: 100, GOOD: 80, FAIR: 60, POOR: 30}


@pytest.fixture(scope="module")
def book() -> Rulebook:
    return load_rulebook()


def forms(agent: str, *given: str) -> list[Answer]:
    """One form with one grade for each given."""
    return [Answer(f"{agent}-{n}", agent, "态度", grade) for n, grade in enumerate(given)]


def test_four_dimensions_with_four_grades(book: Rulebook) -> None:
    assert dimensions(book) == ("态度", "技术", "到达时间", "答应事项的办理")
    assert grades(book) == (BEST, GOOD, FAIR, POOR)
    assert poor_grade(book) == POOR
    assert [points_of(grade, book) for grade in grades(book)] == [100, 80, 60, 30]
    assert points_of("马马虎虎", book) is None
    assert dimensions(load_rulebook(("office_building_property",))) == ("态度", "效率", "效果", "满意")


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        ({"态度": BEST}, None),
        (dict.fromkeys(("态度", "技术", "到达时间", "答应事项的办理"), POOR), None),
        ({}, "至少要有一项评价"),
        ({"气味": BEST}, "没有“气味”这个调查项目；现有：态度、技术、到达时间、答应事项的办理。"),
        ({"态度": "五星"}, "没有“五星”这个等级；现有：非常满意、满意、一般、较差。"),
        ({"态度": ""}, "没有“”这个等级"),
    ],
)
def test_a_form_has_known_grades_on_known_dimensions(
    book: Rulebook, answers: dict[str, str], said: str | None
) -> None:
    problem = problem_of(answers, book)
    if said is None:
        assert problem is None
    else:
        assert problem is not None and said in problem.zh and problem.en


def test_a_rulebook_without_a_survey_takes_no_form() -> None:
    book = book_of(site="survey.dimensions = off")
    problem = problem_of({"态度": BEST}, book)
    assert problem is not None and "没有满意度调查" in problem.zh


def test_shares_are_of_the_answers_on_their_own_dimension(book: Rulebook) -> None:
    answers = [
        Answer("1", "a", "态度", BEST),
        Answer("2", "a", "态度", POOR),
        Answer("2", "a", "技术", GOOD),
        Answer("3", "a", "从前的项目", GOOD),
    ]
    found = {(s.dimension, s.grade): s for s in shares(answers, book)}
    assert (found["态度", BEST].count, found["态度", BEST].answers) == (1, 2)
    assert found["态度", POOR].percent == 50
    assert found["技术", GOOD].percent == 100
    assert found["到达时间", GOOD].percent is None
    assert found["从前的项目", GOOD].answers == 1


def test_coverage_is_of_services_finished(book: Rulebook) -> None:
    percent, steps = coverage(3, 4, book)
    assert percent == 75
    assert "完工 4 件，收到评价 3 件" in steps[0].zh
    assert coverage(0, 0, book)[0] is None


def test_few_forms_make_no_rank_however_good(book: Rulebook) -> None:
    standings = ranking([*forms("lucky", *[BEST] * 4), *forms("steady", *[GOOD] * 5)], book)
    assert [(s.agent, s.rank) for s in standings] == [("steady", 1), ("lucky", None)]
    assert "少于 5 份" in standings[1].steps[-2].zh


def test_the_same_mean_shares_a_rank(book: Rulebook) -> None:
    standings = ranking(
        [
            *forms("a", BEST, BEST, FAIR, FAIR, GOOD),
            *forms("b", *[GOOD] * 5),
            *forms("c", *[POOR] * 5),
            *forms("d", *[BEST] * 5),
        ],
        book,
    )
    assert [(s.agent, s.rank) for s in standings] == [("d", 1), ("a", 2), ("b", 2), ("c", 4)]


def test_a_form_counts_once_however_many_dimensions_it_answers(book: Rulebook) -> None:
    long = [Answer("1", "a", dimension, BEST) for dimension in dimensions(book)]
    short = [Answer(f"{n}", "a", "态度", POOR) for n in range(2, 6)]
    (standing,) = ranking([*long, *short], book)
    assert (standing.responses, standing.answers, standing.poor) == (5, 8, 4)
    assert standing.mean == Decimal(100 + 4 * 30) / 5


def test_overlapping_intervals_leave_the_rank_open(book: Rulebook) -> None:
    close = ranking([*forms("a", *[BEST] * 3, *[GOOD] * 3), *forms("b", *[BEST] * 2, *[GOOD] * 4)], book)
    assert [(s.rank, s.best_rank, s.worst_rank) for s in close] == [(1, 1, 2), (2, 1, 2)]
    apart = ranking([*forms("a", *[BEST] * 60), *forms("b", *[POOR] * 60)], book)
    assert [(s.rank, s.best_rank, s.worst_rank) for s in apart] == [(1, 1, 1), (2, 2, 2)]


def test_five_who_agree_are_not_certainty(book: Rulebook) -> None:
    (standing,) = ranking(forms("a", *[BEST] * 5), book)
    assert standing.high == 100
    assert standing.low < 80  # Wilson: 5 of 5 are at least 57 % of the way up, with 95 % confidence
    assert standing.low == Decimal("69.6")


def test_grades_keep_the_points_of_their_day(book: Rulebook) -> None:
    old = [Answer(str(n), "a", "态度", BEST, Decimal(90)) for n in range(5)]
    assert ranking(old, book)[0].mean == 90


def test_no_answers_no_ranking(book: Rulebook) -> None:
    assert ranking([], book) == ()
    assert ranking([Answer("1", "a", "态度", "从前的等级")], book) == ()


@given(
    st.lists(
        st.tuples(
            st.sampled_from("abc"), st.integers(0, 8), st.sampled_from("甲乙"), st.sampled_from(list(VALUES))
        ),
        max_size=60,
    )
)
def test_the_ranking_agrees_with_the_slow_way(found: list[tuple[str, int, str, str]]) -> None:
    book = load_rulebook()
    answers = [Answer(f"{agent}{form}", agent, dimension, grade) for agent, form, dimension, grade in found]
    slow: dict[str, list[Fraction]] = {}
    for agent in sorted({a.agent for a in answers}):
        for form in sorted({a.form for a in answers if a.agent == agent}):
            values = [VALUES[a.grade] for a in answers if (a.agent, a.form) == (agent, form)]
            slow.setdefault(agent, []).append(Fraction(sum(values), len(values)))
    means = {agent: sum(values) / len(values) for agent, values in slow.items()}
    ranked = {agent for agent, values in slow.items() if len(values) >= 5}
    standings = ranking(answers, book)
    assert {s.agent for s in standings} == set(slow)
    for standing in standings:
        mean = means[standing.agent]
        assert abs(float(standing.mean) - float(mean)) <= 0.0501
        assert standing.low - Decimal("0.1") <= standing.mean <= standing.high + Decimal("0.1")
        assert standing.low >= 30 and standing.high <= 100
        if standing.agent in ranked:
            assert standing.rank == 1 + sum(means[other] > mean for other in ranked)
            assert standing.best_rank is not None and standing.worst_rank is not None
            assert standing.best_rank <= standing.rank <= standing.worst_rank
        else:
            assert standing.rank is None

"""What the generic template (A7) asks an organisation to lay down, and what a rulebook lays down of it."""

from __future__ import annotations

import re

import pytest

from regulations.completeness import CHECKLIST, HOURS, STATES, Gap, gaps
from regulations.names import NAMES
from regulations.rulebook import load_rulebook, preset_ids
from regulations.schema import CLAUSES_IN_SET, SPECS, clause_problem
from tests.regulations.site_books import book_of

RESPONSE, HANDLING, BY_TYPE = "Response time", "Handling time", "Both times set for each problem type"


def gap(item: str, *presets: str, site: str = "") -> Gap:
    (found,) = [g for g in gaps(book_of(*presets, site=site)) if g.en == item]
    return found


def test_every_clause_of_the_template_is_asked_for_and_no_other() -> None:
    assert {i.clause for i in CHECKLIST} == {f"A7.{n}" for n in range(1, CLAUSES_IN_SET["A7"] + 1)}
    numbers = [int(i.clause.partition(".")[2]) for i in CHECKLIST]
    assert numbers == sorted(numbers)


def test_items_name_parameters_that_exist_and_are_told_apart() -> None:
    assert all(key in SPECS for item in CHECKLIST for key in item.keys)
    assert (
        len({(i.clause, i.zh) for i in CHECKLIST})
        == len({(i.clause, i.en) for i in CHECKLIST})
        == len(CHECKLIST)
    )
    assert all(i.en.isascii() for i in CHECKLIST)
    assert not any(re.search("[,:()]", i.zh) for i in CHECKLIST)


def test_the_template_itself_and_the_base_lay_nothing_down() -> None:
    for book in (book_of(), book_of("generic_template")):
        assert not any(g.is_defined for g in gaps(book))
    assert gap(RESPONSE).state == "default"
    assert "A6.28" in gap(RESPONSE).missing("en")
    assert "A6.28" in gap(RESPONSE).missing("zh")


@pytest.mark.parametrize("preset", preset_ids())
def test_every_gap_is_named_in_both_languages_and_says_what_to_do(preset: str) -> None:
    for found in gaps(book_of(preset)):
        assert found.state in STATES
        assert set(STATES) == set(NAMES["completeness"])
        assert found.is_defined == (found.missing("zh") == "") == (found.missing("en") == "")
        assert found.missing("en").isascii()
        assert bool(found.by) == found.is_defined
        assert set(found.by) <= set(found.keys)
        if found.keys and not found.is_defined:
            assert found.keys[0] in found.missing("zh")


@pytest.mark.parametrize(
    ("item", "preset", "state"),
    [
        (RESPONSE, "goods_sales", "defined"),
        (HANDLING, "goods_sales", "defined"),
        (HANDLING, "product_after_sales", "defined"),  # six days to close instead of a final answer
        (RESPONSE, "product_after_sales", "default"),
        (RESPONSE, "telecom_vas_complaints", "off"),  # the operator's limit, which nobody has stated
        (HANDLING, "telecom_vas_complaints", "off"),
        (BY_TYPE, "goods_sales", "off"),
        ("Customer relations", "goods_sales", "defined"),
        ("Customer relations", "property_cs_rules", "off"),
        ("Service hours", "ecommerce_shop", "defined"),
        ("Service flow: following up", "office_building_property", "defined"),
        ("Service flow: following up", "hospital_enquiry", "chosen"),  # periodically: the week is ours
        ("Dimensions and grades of the survey", "product_after_sales", "defined"),
        ("Rewards and penalties", "property_complaint_flow", "off"),
        ("Rewards and penalties", "property_service_centre", "defined"),
        ("Emergency: what is reported at once and afterwards", "telecom_call_centre", "defined"),
        ("The training plan", "property_cs_rules", "not_held"),
        ("Emergency measures", "office_building_property", "not_held"),
    ],
)
def test_an_item_stands_as_the_set_leaves_it(item: str, preset: str, state: str) -> None:
    assert gap(item, preset).state == state


def test_a_value_of_our_own_choice_lays_nothing_down_and_asks_for_its_clause() -> None:
    found = gap("Between departments: passing on and signing for", "property_complaint_flow")
    assert found.state == "defined"  # a signature is asked for, though not when
    assert found.by == ("complaint.require_department_signature",)
    chosen = gap("Service flow: following up", "hospital_enquiry")
    assert "callback.categories" in chosen.missing("en")
    assert "rests on no clause" in chosen.missing("en")


def test_a_site_lays_down_what_its_regulations_say() -> None:
    stated = gap(
        "How long records are kept",
        site='security.retention = [{ what = "complaints", keep = { value = 60, unit = "month" } }]',
    )
    assert stated.is_defined
    assert gap("How long records are kept", "goods_sales").state == "default"
    switched_off = gap(RESPONSE, "goods_sales", site="complaint.first_feedback_within = off")
    assert switched_off.state == "off"


def test_one_limit_for_all_types_is_not_the_distinction_the_template_asks_for(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    file = tmp_path_factory.mktemp("site") / "site.toml"
    file.write_text(
        '[complaint.first_feedback_within]\nvalue = 8\nunit = "hour"\nkinds = ["billing"]\nsource = ["S.4"]\nstatus = "stated"\n',
        encoding="utf-8",
    )
    found = {g.en: g for g in gaps(load_rulebook([], file))}
    assert found[BY_TYPE].is_defined
    assert found[BY_TYPE].by == found[RESPONSE].by == ("complaint.first_feedback_within",)
    assert not found[HANDLING].is_defined


def hours_gap(item: str, *presets: str, site: str = "") -> Gap:
    (found,) = [g for g in gaps(book_of(*presets, site=site), HOURS) if g.en == item]
    return found


def test_the_questions_about_hours_name_parameters_clauses_and_are_told_apart() -> None:
    assert all(key in SPECS for item in HOURS for key in item.keys)
    assert all(not item.clause or clause_problem(item.clause) is None for item in HOURS)
    assert len({i.zh for i in HOURS}) == len({i.en for i in HOURS}) == len(HOURS)
    assert all(i.en.isascii() for i in HOURS)
    assert not any(re.search("[,:()]", i.zh) for i in HOURS)


@pytest.mark.parametrize(
    ("item", "preset", "state"),
    [
        ("How long one may be off the floor or away", "ecommerce_shop", "defined"),
        (
            "How long one may be off the floor or away",
            "telecom_call_centre",
            "default",
        ),  # a limit without a number
        ("Who approves leave, by its length", "telecom_call_centre", "defined"),
        ("Who approves leave, by its length", "property_cs_rules", "default"),  # level by level, and no days
        ("Who approves overtime, and how it is compensated", "property_cs_rules", "defined"),
        ("Who approves overtime, and how it is compensated", "telecom_call_centre", "default"),
        (
            "When somebody back from leave reports back",
            "ecommerce_shop",
            "chosen",
        ),  # asked for, and no time named
        ("Evidence of sick leave", "cs_rules_short", "off"),
        ("How many latenesses a month are let pass", "ecommerce_shop", "off"),
        ("Days of leave of each type", "telecom_vas_complaints", "not_held"),
        ("The most hours of overtime", "property_cs_rules", "not_held"),
        ("Whether leave is paid", "property_cs_rules", "not_held"),
    ],
)
def test_a_question_about_hours_stands_as_the_set_leaves_it(item: str, preset: str, state: str) -> None:
    found = hours_gap(item, preset)
    assert found.state == state
    assert bool(found.missing("zh")) == bool(found.missing("en")) == (state != "defined")


def test_a_site_answers_what_its_regulation_left_open() -> None:
    question = "How long one may be off the floor or away"
    lent = hours_gap(question, "telecom_call_centre")
    assert "A1.8" in lent.missing("en")
    site = "attendance.away_limit = 15 minute"
    assert hours_gap(question, "telecom_call_centre", site=site).is_defined

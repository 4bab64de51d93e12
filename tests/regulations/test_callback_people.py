"""Who may call, what a dissatisfied customer does to his case, and how often he hears while it is unsolved."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from regulations.callback_callers import headcount, may_call, role_of_post
from regulations.callback_reopening import Reopening, reopening
from regulations.callback_rounds import rounds_while_unsolved
from regulations.callbacks import Attempt, Obligation, obligation, rates
from regulations.complaints import CaseEvent, CaseFacts, clocks
from regulations.rulebook import load_rulebook, preset_ids
from tests.regulations.callback_cases import GOODS, HOSPITAL, OFFICE, call
from tests.regulations.site_books import at, book_of

MANAGEMENT = book_of("property_complaint_flow")  # A5.5: management calls back


class TestWhoMayCall:
    @pytest.mark.parametrize(
        ("role", "may"), [("agent", False), ("team_lead", False), ("supervisor", True), ("manager", True)]
    )
    def test_the_level_that_the_rulebook_names_and_those_above(self, role: str, may: bool) -> None:
        ruling = may_call("complaint", role, MANAGEMENT)  # type: ignore[arg-type]
        assert ruling.is_allowed is may
        assert ruling.flag == ("" if may else "caller_below_role")
        assert "A5.5" in {s.clause for s in ruling.steps}

    def test_anybody_where_agents_call(self) -> None:
        assert may_call("discharge", "agent", HOSPITAL).is_allowed

    def test_not_who_handled_the_case_where_the_rulebook_wants_somebody_else(self) -> None:
        assert may_call("complaint", "agent", GOODS, is_handler=True).flag == "caller_is_handler"
        assert may_call("complaint", "agent", OFFICE, is_handler=True).is_allowed

    @pytest.mark.parametrize(
        ("post", "role"),
        [
            ("agent", "agent"),
            ("team_lead", "team_lead"),
            ("客服主任", "supervisor"),
            ("保洁", "agent"),
            ("", "agent"),
        ],
    )
    def test_a_post_is_known_by_its_code_or_its_title(self, post: str, role: str) -> None:
        assert role_of_post(post, OFFICE) == role

    def test_a_completed_call_from_below_is_remarked_and_counts(self) -> None:
        made = call("2026-11-02 16:00", caller="K1", caller_role="agent")
        found = obligation("complaint", at("2026-11-02 15:00"), [made], MANAGEMENT, at("2026-11-09 09:00"))
        assert (found.state, found.flags) == ("completed", ("caller_below_role",))
        unknown = call("2026-11-02 16:00", caller="K1")
        assert (
            obligation(
                "complaint", at("2026-11-02 15:00"), [unknown], MANAGEMENT, at("2026-11-09 09:00")
            ).flags
            == ()
        )

    def test_more_callers_than_dedicated_are_remarked(self) -> None:
        assert headcount("discharge", ["K1", "K1", ""], HOSPITAL)[0]
        is_kept, steps = headcount("discharge", ["K1", "K2"], HOSPITAL)
        assert not is_kept
        assert [s.clause for s in steps] == ["E5.2"]
        assert headcount("complaint", ["K1", "K2"], OFFICE) == (True, ())


class TestReopening:
    answered = (("received", at("2026-11-01 09:00")), ("final_feedback", at("2026-11-02 15:00")))

    def asked(
        self,
        *more: tuple[str, datetime],
        when: str = "2026-11-03 10:00",
        now: str = "2026-11-03 10:05",
        mood: str | None = "dissatisfied",
        kind: str = "complaint",
        site: str = "",
    ) -> Reopening:
        book = book_of("office_building_property", site=site) if site else OFFICE
        return reopening(kind, mood, at(when), (*self.answered, *more), book, at(now))

    def test_a_dissatisfied_customer_reopens_the_case_when_he_says_so(self) -> None:
        found = self.asked()
        assert (found.at, found.reason) == (at("2026-11-03 10:00"), "reopens")
        assert [s.clause for s in found.steps] == ["E1.55"]

    @pytest.mark.parametrize("mood", ["satisfied", "neutral", None])
    def test_nobody_else_does(self, mood: str | None) -> None:
        assert self.asked(mood=mood).at is None

    def test_a_case_that_is_open_again_is_not_reopened_twice(self) -> None:
        found = self.asked(("reopened", at("2026-11-03 09:00")))
        assert (found.at, found.reason) == (None, "open_already")

    def test_what_was_said_before_the_case_was_answered_again_does_not_reopen_it(self) -> None:
        found = self.asked(
            ("reopened", at("2026-11-03 11:00")), ("final_feedback", at("2026-11-04 11:00")), now="2026-11-05 09:00"
        )  # fmt: skip
        assert (found.at, found.reason) == (None, "answered_since")

    def test_what_is_said_about_the_second_answer_reopens_it_again(self) -> None:
        found = self.asked(
            ("reopened", at("2026-11-02 16:00")), ("closed", at("2026-11-03 09:00")), when="2026-11-03 10:00"
        )  # fmt: skip
        assert found.at == at("2026-11-03 10:00")

    def test_a_case_closed_after_the_call_and_before_it_was_recorded_is_reopened_now(self) -> None:
        found = self.asked(("closed", at("2026-11-03 10:02")))
        assert found.at == at("2026-11-03 10:05")

    def test_a_repair_has_no_case_to_reopen_and_the_rulebook_may_not_want_it(self) -> None:
        assert self.asked(kind="repair").reason == "other_kind"
        assert self.asked(site="callback.dissatisfied_reopens = false").reason == "off"


class TestWhileUnsolved:
    """E1.20: every two days, the same intervals as the progress clock of a complaint."""

    arisen = "2026-11-02 15:00"

    def rounds(
        self, *attempts: Attempt, now: str = "2026-11-12 12:00", solved: str | None = None
    ) -> Sequence[tuple[Obligation, Sequence[Attempt]]]:
        solved_at = None if solved is None else at(solved)
        return rounds_while_unsolved(at(self.arisen), attempts, OFFICE, at(now), solved_at)

    def test_each_interval_without_contact_is_missed(self) -> None:
        found = [one for one, _made in self.rounds()]
        assert [(o.due_at.day, o.state) for o in found if o.due_at] == [
            (4, "missed"),
            (6, "missed"),
            (8, "missed"),
            (10, "missed"),
            (12, "due_soon"),
        ]

    def test_the_next_interval_begins_at_the_contact(self) -> None:
        found = self.rounds(call("2026-11-03 10:00"), now="2026-11-04 12:00")
        assert [(o.arisen_at, o.state) for o, _ in found] == [
            (at(self.arisen), "completed"),
            (at("2026-11-03 10:00"), "not_due"),
        ]

    def test_one_contact_answers_for_one_interval(self) -> None:
        now = at("2026-11-06 12:00")
        found = self.rounds(call("2026-11-05 10:00"), now="2026-11-06 12:00")
        assert [o.state for o, _ in found] == ["missed", "completed", "not_due"]
        counts = rates(found, now)
        assert (counts.due, counts.attempted, counts.completed) == (2, 1, 1)

    def test_none_is_owed_from_the_solution_on(self) -> None:
        assert [o.state for o, _ in self.rounds(solved="2026-11-05 09:00")] == ["missed"]
        assert self.rounds(solved="2026-11-03 09:00") == ()

    @given(hours=st.lists(st.integers(1, 400), max_size=6), seen=st.integers(1, 500))
    @settings(max_examples=80, deadline=None)
    def test_the_intervals_are_those_of_the_progress_clock(self, hours: list[int], seen: int) -> None:
        first = at(self.arisen)
        contacts = [first + timedelta(hours=h) for h in sorted(set(hours))]
        now = first + timedelta(hours=seen)
        facts = CaseFacts(
            received_at=first - timedelta(hours=1), channel="phone", kind="一般投诉", severity="ordinary",
            events=(CaseEvent("first_feedback", first), *(CaseEvent("progress_contact", c) for c in contacts)),
        )  # fmt: skip
        kept = [c for c in clocks(facts, OFFICE, now) if c.clock == "progress" and c.due_at is not None]
        found = rounds_while_unsolved(first, [Attempt(c, "connected", True) for c in contacts], OFFICE, now)
        assert [o.due_at for o, _ in found] == [c.due_at for c in kept]
        punctual = {"completed": "met", "missed": "breached"}
        for (owed, _made), clock in zip(found, kept, strict=True):
            assert clock.state == punctual.get(owed.state, clock.state)
        assert sum(o.completed_at is not None for o, _ in found) <= len(contacts)


@pytest.mark.parametrize("preset", preset_ids())
def test_the_two_intervals_of_the_same_clause_are_the_same_in_every_preset(preset: str) -> None:
    book = load_rulebook([preset])
    one, two = book.duration("callback.unresolved_interval"), book.duration("complaint.progress_interval")
    assert one is None or two is None or one == two

"""Callbacks for the tests: rulebooks, attempts and decisions in few words."""

from __future__ import annotations

from regulations.callback_course import Attempt, Decision
from tests.regulations.site_books import at, book_of

HOSPITAL = book_of("hospital_callback")
OFFICE = book_of("office_building_property")
GOODS = book_of("goods_sales")


def call(when: str, outcome: str = "connected", is_complete: bool | None = None, **values: object) -> Attempt:
    """An attempt; a connected one covered the content unless said otherwise."""
    done = outcome == "connected" if is_complete is None else is_complete
    return Attempt(at(when), outcome, done, **values)  # type: ignore[arg-type]


def retry(when: str) -> Decision:
    """The decision to try again."""
    return Decision(at(when), "retry")


def give_up(when: str, reason: str = "unreachable") -> Decision:
    """The decision to call no more."""
    return Decision(at(when), "give_up", reason)

"""What a reviewer is to hear blind is told nowhere: not in a download, a phrase's calls, a trial of a rulebook, a list behind a figure."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from db import exporting, review_finishing, reviews, rule_findings
from db.rescoring import list_judged
from db.review_blind import list_hidden
from regulations.access import Scope
from tests.db.review_rows import BOOK, NOW, add_inspected, answer_all, department, draw, finding, scope_for

ON = NOW.date()
DAY = {"from_on": ON, "to_on": ON}
BOTH = {"blind", "open"}


def told(session: Session, scope: Scope) -> set[tuple[str, frozenset[str]]]:
    """The calls in which something was found, by each way to read it."""
    export = exporting.export_rows(session, scope, "findings", from_on=ON, to_on=ON, now=NOW)
    rule = finding().rule
    of_rule = rule_findings.list_of_rule(session, scope, rule, **DAY)
    uses, inspected = rule_findings.count_by_rule(session, scope, **DAY)
    assert (uses[rule].calls, inspected) == (len(of_rule), len(of_rule))
    tried = len(list_judged(session, scope, is_shown=True))
    assert tried == len(of_rule)
    return {
        ("export", frozenset(row[0] for row in export.rows)),
        ("phrase", frozenset(one.call_id for one in of_rule)),
        ("behind a figure", frozenset(BOTH - list_hidden(session, scope, BOTH))),
    }


def everywhere(*calls: str) -> set[tuple[str, frozenset[str]]]:
    return {(way, frozenset(calls)) for way in ("export", "phrase", "behind a figure")}


def test_a_blind_calls_findings_are_read_nowhere_until_it_is_judged(session: Session) -> None:
    first, second = department(session)
    draw(session, add_inspected(session, "blind", finding()), is_blind=True)
    add_inspected(session, "open", finding())
    assert told(session, first) == everywhere("open")
    review = reviews.claim(session, first, "blind", book=BOOK, now=NOW)
    answer_all(session, first, review)
    review_finishing.close_blind(session, first, review.id, book=BOOK, now=NOW)
    assert told(session, first) == everywhere("blind", "open")
    assert told(session, second) == everywhere("open"), "he may still get it"


@pytest.mark.parametrize("role", ["supervisor", "manager"])
def test_whoever_does_not_review_reads_all_of_it(session: Session, role: str) -> None:
    department(session)
    draw(session, add_inspected(session, "blind", finding()), is_blind=True)
    add_inspected(session, "open", finding())
    assert told(session, scope_for(session, role)) == everywhere("blind", "open")

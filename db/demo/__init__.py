"""The demo department: thirteen believable months of a customer service centre, the same for the same seed and now.

It is also the tests' data and, with `scale`, the benchmarks'. Verdicts in it are computed by the pure rules, as
everywhere; only the rows are written in bulk.
"""

from __future__ import annotations

from db.demo.filling import DemoNeedsEmptyDatabase, fill, is_empty
from db.demo.judging import judge_demo
from db.demo.people import DEMO_PASSWORD, DEMO_SIGN_INS, PERSONAS
from db.demo.reviews import close_demo_months, is_unfinished, review_demo_findings

__all__ = [
    "DEMO_PASSWORD",
    "DEMO_SIGN_INS",
    "PERSONAS",
    "DemoNeedsEmptyDatabase",
    "close_demo_months",
    "fill",
    "is_empty",
    "is_unfinished",
    "judge_demo",
    "review_demo_findings",
]

"""What the verdicts on shifts are called on the pages: a severe shift as the rulebook in force calls it (A1.28, A2.58, E3.19)."""

from __future__ import annotations

from dashboard.charts_month import SIGNS
from dashboard.i18n import lang, name
from dashboard.reads import rulebook
from regulations.attendance_totals import SEVERE_CLASS
from regulations.attendance_verdict import class_label
from regulations.verdict import Lang

# Signs of a severe shift by what the set calls it; none of them is the sign of another verdict.
_SEVERE_SIGNS: dict[str, dict[Lang, str]] = {
    "absence": {"zh": "缺勤", "en": "AD"},
    "violation": {"zh": "违", "en": "D"},
}


def class_name(code: str) -> str:
    """A verdict by its name; what is severe is 缺勤 or 违纪 where the rulebook calls it so."""
    label = class_label(code, rulebook(), lang()) if code == "severe" else ""
    return label[:1].upper() + label[1:] if label else name("attendance_class", code)


def class_sign(code: str) -> str:
    """The letter that stands for a verdict in a cell or on a label."""
    called = _SEVERE_SIGNS.get(rulebook().choice(SEVERE_CLASS) or "") if code == "severe" else None
    return (called or SIGNS[code])[lang()]


def class_names() -> dict[str, tuple[str, str]]:
    """Sign and name of every verdict, by its code."""
    return {code: (class_sign(code), class_name(code)) for code in SIGNS}


def total_name(code: str) -> str:
    """A total of the month by its name; that of severe shifts as they are called here."""
    return class_name(code) if code == "severe" else name("attendance_total", code)

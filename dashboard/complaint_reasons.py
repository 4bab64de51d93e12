"""Where deadlines were missed most, and whose they are."""

from __future__ import annotations

from dataclasses import dataclass

from dashboard.complaint_filters import CaseFilters
from dashboard.complaint_lists import ALL_CLOCKS
from dashboard.filters import Filters
from dashboard.i18n import _
from dashboard.reads import figures_across, figures_by
from regulations.access import Scope


@dataclass(frozen=True, slots=True)
class Reason:
    """A step and the department that has it, with how many of its deadlines were missed, of how many due."""

    clock: str
    department: str
    step_name: str
    department_name: str
    late: int
    due: int
    late_in_all: int


def worst_reasons(scope: Scope, chosen: Filters, filters: CaseFilters, most: int = 3) -> list[Reason]:
    """Where most deadlines were missed in the period: step and department, the most first."""
    found = figures_across(
        scope,
        ALL_CLOCKS,
        chosen.from_on,
        chosen.to_on,
        ("clock", "department"),
        chosen.team_id,
        filters.where,
    )
    late = sum(one.rest for _codes, _names, one in found)
    reasons = [
        Reason(
            codes[0], codes[1], names[0], names[1] or _("not assigned"), one.rest, one.denominator or 0, late
        )
        for codes, names, one in found
        if one.rest
    ]
    return sorted(reasons, key=lambda reason: (-reason.late, reason.clock, reason.department))[:most]


def most_late(
    scope: Scope, chosen: Filters, filters: CaseFilters, by: str, most: int = 3
) -> list[tuple[str, str, int, int]]:
    """Whose deadlines were missed in the period, the most first: (code, name, missed, fallen due).

    `by`: team, or handler (who has the case now).
    """
    found = figures_by(scope, ALL_CLOCKS, chosen.from_on, chosen.to_on, by, chosen.team_id, filters.where)
    late = [(code, name_, one.rest, one.denominator or 0) for code, name_, one in found if one.rest]
    return sorted(late, key=lambda row: (-row[2], row[3], row[0]))[:most]

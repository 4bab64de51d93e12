"""Disputes and calibration: what agents object to and who decides it; how far reviewers agree, and where they do not."""

from __future__ import annotations

from dashboard import calibration_rounds, dispute_list
from dashboard.auth import require
from dashboard.components import page_header
from dashboard.filters import period_and_team_filters, view_filter
from dashboard.i18n import N_, _

_VIEWS = {"disputes": N_("Objections"), "calibration": N_("Calibration")}


def _page() -> None:
    scope = require("disputes.view")
    page_header(
        _("Disputes and calibration"),
        _(
            "Agents object to what counts against them, and somebody else decides. Reviewers judge the same calls apart, and see where they differ."
        ),
    )
    view = "disputes"
    if scope.may("quality.calibrate"):
        view = view_filter("view", _VIEWS, "disputes_view")
    if view == "calibration":
        calibration_rounds.show(scope)
    else:
        dispute_list.show(scope, period_and_team_filters(scope))


_page()

"""Rulebook: what must and must not be said and why; try it, change it, see what that would change, publish it."""

from __future__ import annotations

from dashboard import (
    rulebook_compare,
    rulebook_draft,
    rulebook_flow,
    rulebook_limits,
    rulebook_phrases,
    rulebook_try,
)
from dashboard.auth import require
from dashboard.components import page_header, show_flash
from dashboard.filters import view_filter
from dashboard.i18n import N_, _
from dashboard.rulebook_books import open_draft, state_line
from dashboard.rulebook_saving import FLASH

VIEWS = {
    "phrases": N_("Phrases"),
    "flow": N_("Flow"),
    "limits": N_("Limits"),
    "try": N_("Try a sentence"),
    "compare": N_("Compare versions"),
    "draft": N_("Change and publish"),
}

scope = require("rulebook.view")
page_header(
    _("Rulebook"),
    _(
        "What must and must not be said, by which clause; try it on a sentence, change it, publish it from a date."
    ),
)
show_flash(FLASH)
draft = open_draft(scope)
state_line(draft)
view = view_filter("view", VIEWS, "rulebook_view")
{
    "phrases": rulebook_phrases.show,
    "flow": rulebook_flow.show,
    "limits": rulebook_limits.show,
    "try": rulebook_try.show,
    "compare": rulebook_compare.show,
    "draft": rulebook_draft.show,
}[view](scope, draft)

"""The steps of a prescribed conversation on the call page: which were heard, where, and in order or not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st

from dashboard.conversation import clock_text
from dashboard.formats import NOTHING, plain
from dashboard.i18n import _
from dashboard.tables import table, text_column
from db.models import Inspection

FLOW = "flow"


def show_script(inspection: Inspection) -> None:
    """The nine steps of a hospital's callback (E5.6), each with its place; nothing where no script is prescribed."""
    steps = [check for check in inspection.checks if check.get("category") == FLOW]
    if not steps:
        return
    heard = sum(check.get("verdict") == "hit" for check in steps)
    asked = sum(bool(check.get("applicable")) for check in steps)
    title = _("Steps of the script ({n} of {m} heard in order)", n=heard, m=asked)
    with st.expander(title, expanded=heard < asked):
        st.caption(
            plain(_("By which words a step is recognised is our choice: it is a hint and costs nothing."))
        )
        frame = pd.DataFrame(
            {
                "step": f"{number}. {check.get('title') or check.get('rule')}",
                "verdict": _became(check),
                "at": NOTHING if check.get("start") is None else clock_text(check["start"]),
                "clauses": ", ".join(check.get("clauses") or ()) or NOTHING,
            }
            for number, check in enumerate(steps, start=1)
        )
        columns = {
            "step": text_column(_("Step of the script"), 200),
            "verdict": text_column(_("Verdict"), 140),
            "at": text_column(_("Place in the call"), 100),
            "clauses": text_column(_("Clauses"), 120),
        }
        table(frame, columns, key="script", can_open=False)


def _became(check: Mapping[str, Any]) -> str:
    if not check.get("applicable"):
        return f"– {_('Not owed')}"
    if check.get("verdict") == "hit":
        return f"✓ {_('Heard')}"
    return f"? {_('Not heard') if check.get('start') is None else _('Heard out of order')}"

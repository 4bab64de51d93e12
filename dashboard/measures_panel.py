"""What was measured in the sound of a call, each with the limit from which it is remarked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st

from dashboard.conversation import clock_text
from dashboard.formats import NOTHING, fmt_count, fmt_duration, plain
from dashboard.i18n import _
from dashboard.tables import table, text_column
from db.models import Inspection
from inspection.limits import measured_by
from regulations.rulebook import Rulebook

Row = tuple[str, str, str, float | None, str]
"""What is measured, its value, the limit in words, the second at which it was, the parameter of the limit."""


def show_measures(inspection: Inspection, book: Rulebook) -> None:
    """Every measure with its limit and clauses. `book` is the rulebook that the call was judged by."""
    if inspection.call.channel == "chat":
        st.caption(plain(_("In a text chat nothing is measured.")))
        return
    rows = _rows(inspection.measures, book)
    frame = pd.DataFrame(
        {
            "measure": measure,
            "value": value or NOTHING,
            "limit": limit or NOTHING,
            "at": NOTHING if at is None else clock_text(at),
            "clauses": (" ".join(book.clauses(key)) if limit else "") or NOTHING,
        }
        for measure, value, limit, at, key in rows
    )
    columns = {
        "measure": text_column(_("Measure"), 220),
        "value": text_column(_("Measured value"), 170),
        "limit": text_column(_("Remarked"), 190),
        "at": text_column(_("Place in the call"), 100),
        "clauses": text_column(_("Clauses"), 140),
    }
    table(frame, columns, key="measures", can_open=False)
    st.caption(plain(_("What touches its limit is remarked and costs no points.")))


def _rows(found: Mapping[str, Any], book: Rulebook) -> list[Row]:
    limits, rings = measured_by(book), book.integer("call.max_rings")
    slow, fast = limits.slowest_rate, limits.fastest_rate
    paces = [_("under {n}", n=fmt_count(slow))] if slow is not None else []
    paces += [_("over {n}", n=fmt_count(fast))] if fast is not None else []
    jumps = found.get("loudness_jumps")
    return [
        (_("Rings before the answer"), _rings(found.get("rings")), _from(rings), None, "call.max_rings"),
        (_("Agent's share of the talking"), _share(found.get("agent_talk_share")), _over(_share(limits.agent_talk_limit)), None, "measure.agent_talk_limit"),
        (_("Share of the call without speech"), _share(found.get("silence_share")), _over(_share(limits.non_talk_limit)), None, "measure.non_talk_limit"),
        (_("Longest silence"), _seconds(found.get("longest_silence_seconds")), _over(_seconds(limits.dead_air_limit)), found.get("longest_silence_start"), "measure.dead_air_limit"),
        (_("Agent interrupts"), _times(found.get("agent_interruptions")), _over(_times(limits.interruptions_limit)), None, "measure.interruptions_limit"),
        (_("Agent's characters a minute"), _with("{n}", found.get("agent_characters_per_minute")), " · ".join(paces), None, "measure.fastest_rate"),
        (_("Raised voice"), _times(None if jumps is None else len(jumps)), _with(_("from +{n} dB on"), limits.loudness_jump), None, "measure.loudness_jump"),
    ]  # fmt: skip


def _with(words: str, value: float | None) -> str:
    return "" if value is None else words.format(n=fmt_count(round(value)))


def _share(value: float | None) -> str:
    return "" if value is None else f"{value:.0%}"


def _seconds(value: float | None) -> str:
    return "" if value is None else fmt_duration(value)


def _times(value: int | None) -> str:
    return "" if value is None else _("{n} times", n=fmt_count(value))


def _rings(value: int | None) -> str:
    return "" if value is None else _("{n} rings", n=fmt_count(value)) if value != 1 else _("1 ring")


def _over(words: str) -> str:
    return _("over {limit}", limit=words) if words else ""


def _from(limit: int | None) -> str:
    return "" if limit is None else _("from {n} on", n=fmt_count(limit))

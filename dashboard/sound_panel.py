"""What the inspection says about the sound itself: who is on which channel, what a person has to hear, what was left out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import streamlit as st

from dashboard.auth import require
from dashboard.conversation import clock_text, shortly_before
from dashboard.desk import now, open_session
from dashboard.formats import NOTHING, fmt_count, fmt_duration, plain
from dashboard.i18n import _, lang, name
from dashboard.player import Player, play, play_button
from dashboard.reads import forget
from dashboard.review_panel import flash
from dashboard.tables import table, text_column
from db.models import Inspection, Transcript, TranscriptSegment
from db.refusals import Refused
from jobs.channels import choices, settle_channels
from regulations.access import AccessRefused, Scope

MOST_BUTTONS = 60  # stretches with a button each; more are in the table of words


def side(channel: int | None) -> str:
    """A channel as people call it."""
    if channel is None:
        return NOTHING
    return {0: _("Left channel"), 1: _("Right channel")}.get(channel, _("Channel {n}", n=channel + 1))


def show_to_listen(transcript: Transcript, player: Player | None) -> None:
    """The stretches that the recogniser could make nothing of, each with a way to hear it."""
    stretches = transcript.to_listen
    if not stretches:
        return
    seconds = sum(p["end"] - p["start"] for p in stretches)
    title = _("Stretches to listen to: {n}, {seconds} s in all", n=len(stretches), seconds=f"{seconds:.1f}")
    st.markdown(f"**{plain(title)}**")
    st.caption(
        plain(
            _(
                "There is sound here without reliable words. Phrases that may have been said here are left open,"
                " nobody is charged for them."
            )
        )
    )
    for index, stretch in enumerate(stretches[:MOST_BUTTONS]):
        begin = shortly_before(stretch["start"])
        words = (
            f"{clock_text(stretch['start'])}–{clock_text(stretch['end'])} · {name('speaker', stretch['speaker'])}"
            f" · {name('listen_reason', stretch['reason'])}"
        )
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            if (
                player is not None and stretch["reason"] != "lost"
            ):  # a hole in the file has no sound for anybody
                hear = _("Hear from {at}", at=clock_text(begin))
                play_button(hear, begin, key=f"stretch_{index}", icon=":material/hearing:")
            st.markdown(plain(words))


def show_suppressed(inspection: Inspection) -> None:
    """What the recogniser invented, why it is taken for that, and that it counts for nothing."""
    pieces = inspection.suppressed
    if not pieces:
        return
    with st.expander(_("Words that the recogniser invented, not used ({n})", n=len(pieces))):
        rows = pd.DataFrame(
            {
                "at": clock_text(piece.get("start") or 0.0),
                "speaker": name("speaker", piece.get("speaker") or "unknown"),
                "text": piece.get("text", ""),
                "reason": name("suppressed_reason", piece.get("reason", "")),
            }
            for piece in pieces
        )
        columns = {
            "at": text_column(_("Place in the call"), 90),
            "speaker": text_column(_("Speaker"), 80),
            "text": text_column(_("Invented words"), 220),
            "reason": text_column(_("Why it was left out"), 240),
        }
        table(rows, columns, key="suppressed", can_open=False)


def show_words(segments: Sequence[TranscriptSegment], *, can_play: bool) -> None:
    """Every word with its second; a click plays from there."""
    rows = [
        {
            "at": f"{clock_text(word['start'])}.{int(word['start'] * 10) % 10}",
            "speaker": name("speaker", segment.speaker),
            "word": word["text"],
            "probability": f"{100 * word['probability']:.0f}%",
            "spellings": spellings_of(word),
            "start": word["start"],
        }
        for segment in segments
        for word in segment.words
    ]
    if not rows:
        return
    with st.expander(_("Every word with its time ({n})", n=fmt_count(len(rows)))):
        frame = pd.DataFrame(rows)
        columns = {
            "at": text_column(_("Place in the call"), 90),
            "speaker": text_column(_("Speaker"), 80),
            "word": text_column(_("Word"), 160),
            "probability": text_column(_("Certainty"), 80),
            "spellings": text_column(
                _("您 or 你 by the sound"),
                230,
                _(
                    "How well each spelling fits the sound (natural logarithm, nearer to 0 fits better). It decides nothing."
                ),
            ),
        }
        if not any(row["spellings"] for row in rows):
            del columns["spellings"]
        if can_play:
            st.caption(_("A click on a word plays from there."))
            table(
                frame,
                columns,
                key="words",
                on_open=lambda row: play(shortly_before(float(frame["start"].iloc[row]))),
            )
        else:
            table(frame, columns, key="words", can_open=False)


def spellings_of(word: Mapping[str, Any]) -> str:
    """The spellings of a word that were scored against the sound, the best first, and by how much it leads."""
    scored = sorted(word.get("alternatives") or (), key=lambda pair: -pair[1])
    if len(scored) < 2:
        return ""
    shown = [f"{''.join(filter(str.isalnum, text))} {score:.1f}".replace("-", "−") for text, score in scored]
    lead = _("margin {n}", n=f"{scored[0][1] - scored[1][1]:.1f}")
    return " · ".join([*shown, lead])


def show_channels(inspection: Inspection) -> None:
    """Who is on which channel and how that was decided."""
    channels = inspection.transcript.channel_map
    if not channels:
        return
    rows = pd.DataFrame(
        {
            "channel": side(c["index"]) if len(channels) > 1 else _("The only channel"),
            "speaker": name("speaker", c["speaker"]),
            "decided": name("channel_decision", c["decided"]),
            "speech": fmt_duration(sum(b - a for a, b in c["speech"])),
            "doubtful": fmt_duration(sum(b - a for a, b in c["doubtful"]) or None),
            "gain": f"{c['gain_db']:+.1f} dB",
        }
        for c in channels
    )
    columns = {
        "channel": text_column(_("Sound channel"), 90),
        "speaker": text_column(_("Speaker"), 80),
        "decided": text_column(_("How that was decided"), 330),
        "speech": text_column(_("Speech"), 90),
        "doubtful": text_column(_("Perhaps speech"), 100),
        "gain": text_column(_("Raised by"), 90),
    }
    with st.expander(_("Who is on which channel")):
        table(rows, columns, key="channels", can_open=False)
        for c in channels:
            overheard = sum(b - a for a, b in c.get("echoes", ()))
            if overheard:
                st.caption(
                    plain(
                        _(
                            "{channel} ({who}): {seconds} s are the other channel heard through, not counted as words of this"
                            " side.",
                            channel=side(c["index"]),
                            who=name("speaker", c["speaker"]),
                            seconds=f"{overheard:.1f}",
                        )
                    )
                )


def settle_button(inspection: Inspection, scope: Scope, *, key: str, is_urgent: bool = False) -> None:
    """For whoever may review: who is on which channel, after listening. Nothing where there are no two channels.

    Two clicks: one alone would turn every verdict about the speakers round. What looks swapped is asked for at the
    top of the page (`is_urgent`) and not a second time beside the words.
    """
    channels = inspection.transcript.channel_map
    others = choices(channels)
    asks = any(c["decided"] == "contradicted" for c in channels)
    if not others or not scope.may("quality.review") or asks != is_urgent:
        return
    label = _("Left and right are swapped") if len(others) == 1 else _("Say which channel is the agent's")
    with st.popover(
        label,
        icon=":material/swap_horiz:",
        type="primary" if is_urgent else "tertiary",
        key=f"settling_{key}",
    ):
        st.caption(
            plain(
                _(
                    "Listen first. The call is judged again with the speakers so; the earlier inspection stays on record."
                )
            )
        )
        for channel in others:
            st.button(
                _("I listened: the agent is on the {side}", side=side(channel).lower()),
                key=f"settle_{channel}",
                on_click=_take,
                args=(inspection.call.call_id, channel, inspection.id),
            )


def _take(call_id: str, channel: int, seen_id: int) -> None:
    """Runs before the page is made again."""
    scope = require("quality.review")
    try:
        with open_session() as session:
            settle_channels(session, scope, call_id, channel, seen_id=seen_id, now=now())
    except Refused as refused:
        flash("warning", refused.text(lang()))
    except (AccessRefused, LookupError):
        flash("warning", _("You may not settle the channels of this call."))
    else:
        flash("done", _("Judged again: the agent is on the {side}.", side=side(channel).lower()))
    forget()

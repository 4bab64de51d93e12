"""The words of a call beside its sound: one line an utterance, the findings marked, each line playable."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from dashboard.components import empty
from dashboard.conversation import Line, clock_text, lines_of, numbered, play_from
from dashboard.formats import plain
from dashboard.i18n import _
from dashboard.player import Player, play_button
from dashboard.sound_panel import settle_button
from db.models import Inspection
from regulations.access import Scope

HEIGHT_PIXELS = 560  # with the player above it this fits a laptop's screen
MANY_LINES = 9  # more are scrolled within the block, so that the findings beside them stay in sight

_AVATARS = {"agent": ":material/headset_mic:", "customer": ":material/person:"}


def show_conversation(inspection: Inspection, scope: Scope, player: Player | None, *, is_chat: bool) -> None:
    """Who said what; a click on a time plays from there, on a line with a finding from three seconds before."""
    lines = lines_of(inspection.transcript.segments, numbered(inspection.findings))
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(f"**{plain(_('What was said'))}**", width="stretch")
        settle_button(inspection, scope, key="beside")
    show_lines(lines, player, is_chat=is_chat)


def show_lines(
    lines: Sequence[Line], player: Player | None, *, is_chat: bool, key: str = "line", draws: str = ""
) -> None:
    """The utterances as a conversation. `draws`: the fragment with the player, where it is another one than this."""
    if not lines:
        empty(_("Nobody spoke"), _("No words were recognised in this recording."), "voice_over_off")
        return
    if not any(line.speaker in _AVATARS for line in lines):
        st.caption(_("Nobody knows who speaks here. Marked words carry the number of their finding."))
    elif any(line.numbers for line in lines):
        st.caption(
            _("Headset: agent. Person on grey: customer. Marked words carry the number of their finding.")
        )
    else:
        st.caption(_("Headset: agent. Person on grey: customer."))
    with st.container(
        height=HEIGHT_PIXELS if len(lines) > MANY_LINES else "content",
        border=True,
        gap=None,
        autoscroll=False,  # a container of chat messages would begin at its end
        key="conversation",
    ):
        for index, line in enumerate(lines):
            avatar = _AVATARS.get(line.speaker, ":material/help:")
            shade = "user" if line.speaker == "customer" else "assistant"  # Streamlit shades its "user"
            with (
                st.container(key=f"{key}_row_{index}"),
                st.chat_message(shade, avatar=avatar),
                st.container(horizontal=True, wrap=False, vertical_alignment="center", gap="small"),
            ):
                if player is not None and not is_chat:
                    start = play_from(line.start) if line.numbers else int(line.start)
                    play_button(
                        clock_text(line.start), start, key=f"{key}_{index}", is_quiet=True, draws=draws
                    )
                elif not is_chat:
                    st.caption(clock_text(line.start), width="content")
                doubt = f"  \n:small[:gray[:material/hearing: {plain(_('Perhaps nobody said this: it counts for nothing, listen to it.'))}]]"
                st.markdown(line.markdown + (doubt if line.is_doubtful else ""), width="stretch")

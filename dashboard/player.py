"""The sound of a call on its page, and the buttons that make it play from a place."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dashboard.i18n import _

_PLACE = "play_from"
_CALL = "play_call"


@dataclass(frozen=True, slots=True)
class Player:
    """Where the sound stands on the page, and what it is."""

    place: DeltaGenerator  # a container, made by the page
    address: str  # empty where nothing can be heard: there is no browser
    words: str

    def draw(self) -> None:
        """The sound, from the wanted second; playing once somebody has asked for a place."""
        if not self.address:
            self.place.caption(_("The player needs a browser."))
            return
        start, times = st.session_state.get(_PLACE, (0, 0))
        # The number in the address makes a second click on the same place play it a second time.
        address = f"{self.address}?n={times}"
        self.place.audio(address, start_time=start, autoplay=times > 0, alt=self.words)


def player_for(call_id: str, place: DeltaGenerator, address: str, words: str) -> Player:
    """The sound of this call, yet to be drawn; the second that was asked for in another call is forgotten."""
    asked = st.query_params.get("at", "")  # a second of the call, of whoever sent the viewer here
    if st.session_state.get(_CALL) != (call_id, asked):
        st.session_state[_CALL] = (call_id, asked)
        st.session_state[_PLACE] = (
            int(asked) if asked.isascii() and asked.isdecimal() and len(asked) < 6 else 0,
            0,
        )
    return Player(place, address, words)


def play(start_seconds: int) -> None:
    """Ask for this second, before the page is made again; asked twice, it starts twice."""
    _before, times = st.session_state.get(_PLACE, (0, 0))
    st.session_state[_PLACE] = (start_seconds, times + 1)


def play_button(
    label: str,
    start_seconds: int,
    *,
    key: str,
    icon: str = ":material/play_arrow:",
    is_quiet: bool = False,
    shortcut: str | None = None,
    draws: str = "",
) -> None:
    """A button that plays from this second. `draws`: the fragment that draws the player, where the button stands outside it."""
    st.button(
        label,
        key=key,
        icon=icon,
        type="tertiary" if is_quiet else "secondary",
        shortcut=shortcut,
        on_click=_play_in if draws else play,
        args=(start_seconds, draws) if draws else (start_seconds,),
    )


def _play_in(start_seconds: int, fragment: str) -> None:
    play(start_seconds)
    st.rerun(fragment)

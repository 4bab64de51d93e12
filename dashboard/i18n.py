"""The words of the pages in Chinese and English.

Message ids are the English sentences themselves, so English needs no catalogue. The Chinese ones stand
in `locale/zh_CN/LC_MESSAGES/*.po`, one file per area; all of them are merged in memory and nothing
compiled is kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path

import streamlit as st
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from streamlit.runtime.scriptrunner import get_script_run_ctx

from regulations.names import name_of
from regulations.verdict import Lang
from settings import ROOT, get_settings

LOCALE = ROOT / "locale"
_FOLDERS: dict[Lang, str] = {"zh": "zh_CN", "en": "en"}
_KEY = "lang"  # in the address and in the session

_override: ContextVar[Lang | None] = ContextVar("desk_language", default=None)


def catalogue_files(language: Lang, root: Path = LOCALE) -> list[Path]:
    """The .po files of a language, in order."""
    return sorted((root / _FOLDERS[language] / "LC_MESSAGES").glob("*.po"))


@lru_cache(maxsize=2)
def translations(language: Lang) -> NullTranslations:
    """Every message of a language, from all of its files, read once in a process."""
    merged = Catalog(locale=_FOLDERS[language])
    for path in catalogue_files(language):
        with path.open("rb") as file:
            for message in read_po(file, locale=_FOLDERS[language]):
                if message.id and message.string:
                    merged.add(message.id, message.string, context=message.context)
    if not len(merged):
        return NullTranslations()
    compiled = BytesIO()
    write_mo(compiled, merged)
    compiled.seek(0)
    return GNUTranslations(compiled)


def lang() -> Lang:
    """The language of the page being made: as `using` says, else the viewer's, else the desk's."""
    chosen = _override.get()
    if chosen is None and get_script_run_ctx(suppress_warning=True) is not None:
        chosen = _known(st.session_state.get(_KEY))
    return chosen or get_settings().desk_language


@contextmanager
def using(language: Lang) -> Iterator[None]:
    """Speak this language inside the block, whoever is looking: exports, mails, the sign-in page."""
    token = _override.set(language)
    try:
        yield
    finally:
        _override.reset(token)


def settle_language(preferred: str) -> Lang:
    """The language of this run: the address's `lang`, else what this session chose, else `preferred`.

    Remembered in the session, because the navigation drops what stands in the address.
    """
    chosen = (
        _known(st.query_params.get(_KEY)) or _known(st.session_state.get(_KEY)) or _known(preferred) or "zh"
    )
    st.session_state[_KEY] = chosen
    return chosen


def choose_language(language: Lang) -> None:
    """Switch this session and its address to a language."""
    st.session_state[_KEY] = language
    st.query_params[_KEY] = language


def _known(code: object) -> Lang | None:
    if code == "zh":
        return "zh"
    return "en" if code == "en" else None


def _(msgid: str, **values: object) -> str:
    """The sentence in the current language; `{placeholders}` are filled with `values`."""
    text = translations(lang()).gettext(msgid)
    return text.format(**values) if values else text


def N_(msgid: str) -> str:
    """Marks a sentence that is translated later, where it is shown."""
    return msgid


def name(kind: str, code: str) -> str:
    """What a stored code is called in the current language."""
    return name_of(kind, code, lang())


def sentences(*parts: str) -> str:
    """Sentences behind each other, as the language sets them."""
    return ("" if lang() == "zh" else " ").join(part for part in parts if part)


def listed(parts: Iterable[str]) -> str:
    """An enumeration, as the language sets it."""
    return ("、" if lang() == "zh" else ", ").join(parts)

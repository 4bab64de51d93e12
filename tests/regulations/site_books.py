"""Rulebooks for the tests: presets with a site's own values on top."""

from __future__ import annotations

import tempfile
from datetime import datetime
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

from regulations.rulebook import Rulebook, load_rulebook

SHANGHAI = ZoneInfo("Asia/Shanghai")


@cache
def book_of(*presets: str, site: str = "") -> Rulebook:
    """Presets over base, and `site`: lines such as 'attendance.late_grace = 5 minute' or '… = off'."""
    if not site:
        return load_rulebook(presets)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "site.toml"
        path.write_text("\n".join(_toml(line) for line in site.strip().splitlines()), encoding="utf-8")
        return load_rulebook(presets, path)


def _toml(line: str) -> str:
    key, _, value = (part.strip() for part in line.partition(" = "))
    number, _, unit = value.partition(" ")
    if value == "off":
        stated = 'state = "off"'
    elif number.isdigit() and unit:
        stated = f'value = {number}\nunit = "{unit}"'
    else:
        stated = f"value = {value}"
    return f'[{key}]\n{stated}\nsource = ["S.1"]\nstatus = "stated"'


def at(text: str) -> datetime:
    """An instant in Shanghai: "2026-09-30 17:20" or with seconds."""
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)

"""The rulebook: every limit, phrase, amount and title of the regulations, with where each comes from.

Base, presets and a site's file are merged in this order; `Rulebook` (in regulations/book.py) is the result.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from regulations.book import Rulebook
from regulations.contradictions import contradictions
from regulations.files import PRESETS, read_bytes
from regulations.layers import BASE, Layer, Problem, RulebookError, merge, over_base, resolved
from regulations.loading import base_layer, read_layer, shipped
from regulations.parameter import Difference, Parameter

__all__ = [
    "Difference",
    "Parameter",
    "Problem",
    "Rulebook",
    "RulebookError",
    "check_file",
    "diff",
    "load_rulebook",
    "preset_ids",
]


def preset_ids() -> tuple[str, ...]:
    """The ids of the presets that come with the desk."""
    return shipped()


def load_rulebook(presets: Sequence[str | Path] = (), site: Path | None = None) -> Rulebook:
    """Base, then each preset from left to right, then the site's file.

    A preset is the id of one that comes with the desk, or the path of a TOML file. The result is cached
    by the content of the files. Raises RulebookError with every problem of every file.
    """
    sources: list[tuple[str, bytes, str | None]] = []
    problems: list[Problem] = []
    for name in [*presets, *([site] if site else [])]:
        try:
            *extended, own = _sources(name)
            sources += [*(s for s in extended if s not in sources), own]
        except RulebookError as error:
            problems += error.problems
    if problems:
        raise RulebookError(tuple(problems))
    return _resolve(tuple(sources))


def check_file(path: Path) -> tuple[Problem, ...]:
    """Everything that keeps the file from being used over base; empty when it can be."""
    try:
        load_rulebook([Path(path)])
    except RulebookError as error:
        return error.problems
    return ()


def diff(a: Rulebook, b: Rulebook) -> tuple[Difference, ...]:
    """What `b` states differently from `a`: value, state, unit, clauses or status. Origins do not count."""
    before, after = ({p.key: p for p in book.flat()} for book in (a, b))
    return tuple(
        Difference(key, before.get(key), after.get(key))
        for key in dict.fromkeys([*before, *after])
        if _content(before.get(key)) != _content(after.get(key))
    )


def _content(p: Parameter | None) -> object:
    return p and (p.state, p.value, p.unit, p.clauses, p.status)


def _sources(name: str | Path) -> list[tuple[str, bytes, str | None]]:
    """The files to read for one preset or site file: those it extends first."""
    path, preset = _locate(name)
    chain: list[tuple[str, bytes, str | None]] = []
    seen: set[str] = set()
    while True:
        content = read_bytes(path)
        chain.insert(0, (str(path) if preset is None else path.name, content, preset))
        _, extends = read_layer(*chain[0])
        if extends == BASE or preset == BASE:
            return chain
        if extends in seen:
            raise RulebookError(
                (Problem(str(path), "preset.extends", "presets extend each other in a circle"),)
            )
        seen.add(extends)
        path, preset = PRESETS / f"{extends}.toml", extends


def _locate(name: str | Path) -> tuple[Path, str | None]:
    if isinstance(name, str) and name in (*shipped(), BASE):
        return PRESETS / f"{name}.toml", name
    path = Path(name)
    if path.parent.resolve() == PRESETS and path.stem in (*shipped(), BASE):
        return path, path.stem
    if isinstance(name, str) and path.suffix != ".toml" and not path.is_file():
        known = ", ".join(shipped())
        raise RulebookError((Problem(name, "", f"there is no such preset; shipped are {known}"),))
    return path, None


@lru_cache(maxsize=32)
def _resolve(sources: tuple[tuple[str, bytes, str | None], ...]) -> Rulebook:
    stated, files, problems = Layer(), {BASE: f"{BASE}.toml"}, list[Problem]()
    for source in sources:
        layer, _ = read_layer(*source)
        files[layer.ids[0]] = source[0]
        if source[2] != BASE:
            stated = merge(stated, layer)
    book = Rulebook(resolved(over_base(base_layer(), stated)))
    for key, origin, reason in contradictions(book):
        problems.append(Problem(files.get(origin, origin), key, reason))
    if problems:
        raise RulebookError(tuple(problems))
    return book

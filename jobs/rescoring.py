"""Past calls judged again without transcribing anything: what another rulebook would find, and what it would not.

`compare` is a simulation and stores nothing. `rescore` stores new inspections beside the old ones, and only under the
rulebook that was in force on the call's own day: a new rulebook never reaches back.
"""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import AbstractContextManager
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from db import rulebooks
from db.engine import session_scope
from db.inspections import store_inspection
from db.models import Inspection
from db.rescoring import Judged, list_judged, load_judged, note_run, take_place
from inspection.findings import MATCHING_VERSION
from inspection.pipeline import InspectionResult, inspect_transcripts
from jobs.comparing import CallChange, Comparison, by_change, change_of, found_now, found_then
from jobs.results import inspection_facts, stored_transcript
from regulations.access import Scope
from regulations.rulebook import Rulebook

_AT_ONCE = 100  # calls held in memory, and between two looks at the progress

OnProgress = Callable[[int, int], None]  # calls done, calls in all
OpenSession = Callable[[], AbstractContextManager[Session]]


__all__ = ["CallChange", "Comparison", "compare", "rescore"]


def compare(
    session: Session,
    scope: Scope,
    book: Rulebook,
    *,
    since: date | None = None,
    until: date | None = None,
    against: Rulebook | None = None,
    on_progress: OnProgress | None = None,
    processes: int = 1,
    url: str = "",
) -> Comparison:
    """What `book` would find in the past calls that `scope` sees, against what was found or what `against` finds.

    Against the stored findings, a call that was judged by an older version of the desk shows that difference too; so
    where `against` is given, calls not judged by it and by this version are judged under both. Who reviews does not get
    the calls that he is still to hear blind. With more than one
    process, each reads the database at `url` itself. Stores nothing.
    """
    begun = time.perf_counter()
    judged = list_judged(session, scope, since=since, until=until, is_shown=True)
    report = on_progress or (lambda _done, _all: None)
    report(0, len(judged))
    pieces = [[j.inspection_id for j in piece] for piece in _pieces(judged)]
    changes: list[CallChange] = []
    done = 0
    work = (
        _in_processes(pieces, book, against, processes, url)
        if processes > 1 and len(pieces) > 1
        else ((len(piece), _changes(session, piece, book, against)) for piece in pieces)
    )
    for count, found in work:
        changes += found
        done += count
        report(done, len(judged))
    changes.sort(key=by_change)
    return Comparison(len(judged), changes, time.perf_counter() - begun)


def rescore(
    open_session: OpenSession,
    scope: Scope,
    *,
    since: date | None = None,
    now: datetime,
    on_progress: OnProgress | None = None,
) -> Comparison:
    """Judge again the calls whose inspection is not of their day's rulebook and this version of the desk.

    The new inspection becomes current, the old one stays; what people decided goes with the findings that stay. Each
    hundred calls are committed by themselves (`open_session` gives a session that commits at its end), so that an
    interrupted run is simply started again.
    """
    begun = time.perf_counter()
    with open_session() as session:
        books = _Books(session)
        stale = [
            (j.inspection_id, books.on(j.started_on))
            for j in list_judged(session, scope, since=since)
            if j.matching != MATCHING_VERSION or j.rulebook_version != books.on(j.started_on).version
        ]
    report = on_progress or (lambda _done, _all: None)
    report(0, len(stale))
    result = Comparison(len(stale))
    for at in range(0, len(stale), _AT_ONCE):
        piece = stale[at : at + _AT_ONCE]
        with open_session() as session:
            for book in dict.fromkeys(book for _, book in piece):
                ids = [inspection_id for inspection_id, one in piece if one == book]
                result.changed += _replace(session, ids, book, now)
        report(at + len(piece), len(stale))
    if stale:
        with open_session() as session:
            note_run(session, scope, calls=len(stale), changed=len(result.changed), since=since, now=now)
    result.changed.sort(key=by_change)
    result.seconds = time.perf_counter() - begun
    return result


def _replace(session: Session, ids: Sequence[int], book: Rulebook, now: datetime) -> list[CallChange]:
    changes: list[CallChange] = []
    for before, result in list(_judge(session, ids, book)):
        after = store_inspection(
            session,
            before.transcript,
            before.call,
            inspection_facts(result),
            book_version=book.version,
            now=now,
            make_current=False,
        )
        take_place(session, before, after)
        if (change := change_of(before, found_then(before), result)) is not None:
            changes.append(change)
    return changes


class _Books:
    """The rulebook in force on a day, looked up once."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._on: dict[date, Rulebook] = {}

    def on(self, day: date) -> Rulebook:
        if day not in self._on:
            self._on[day] = rulebooks.in_force(self._session, day)
        return self._on[day]


def _pieces(judged: Sequence[Judged]) -> list[Sequence[Judged]]:
    return [judged[i : i + _AT_ONCE] for i in range(0, len(judged), _AT_ONCE)]


def _judge(
    session: Session, ids: Sequence[int], book: Rulebook
) -> Iterator[tuple[Inspection, InspectionResult]]:
    stored = load_judged(session, ids)
    transcripts = [stored_transcript(one.transcript, one.call) for one in stored]
    return zip(stored, inspect_transcripts(transcripts, book), strict=True)


def _changes(
    session: Session, ids: Sequence[int], book: Rulebook, against: Rulebook | None
) -> list[CallChange]:
    judged = list(_judge(session, ids, book))
    before = [found_then(one) for one, _ in judged]
    if against is not None:
        other = [
            i
            for i, (one, _) in enumerate(judged)
            if (one.rulebook_version, one.matching) != (against.version, MATCHING_VERSION)
        ]
        again = inspect_transcripts([judged[i][1].transcript for i in other], against)
        for i, result in zip(other, again, strict=True):
            before[i] = found_now(result)
    changes = (change_of(one, old, after) for (one, after), old in zip(judged, before, strict=True))
    session.expunge_all()
    return [change for change in changes if change is not None]


# -- several processes ------------------------------------------------------------------------------------------------

_worker: dict[str, Any] = {}  # what a process of `compare` was started with


def _in_processes(
    pieces: Sequence[Sequence[int]], book: Rulebook, against: Rulebook | None, processes: int, url: str
) -> Iterator[tuple[int, list[CallChange]]]:
    records = (book.as_record(), None if against is None else against.as_record())
    # Spawned, not forked: the web desk has threads, and a forked copy of a lock is held for ever.
    with ProcessPoolExecutor(
        min(processes, len(pieces)), multiprocessing.get_context("spawn"), _begin, (url, *records)
    ) as pool:
        waiting = {pool.submit(_piece, piece): len(piece) for piece in pieces}
        try:
            for future in as_completed(waiting):
                yield waiting[future], future.result()
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _begin(url: str, book: Mapping[str, Any], against: Mapping[str, Any] | None) -> None:
    _worker.update(
        url=url,
        book=Rulebook.from_record(book),
        against=None if against is None else Rulebook.from_record(against),
    )


def _piece(ids: Iterable[int]) -> list[CallChange]:
    with session_scope(_worker["url"]) as session:
        return _changes(session, list(ids), _worker["book"], _worker["against"])

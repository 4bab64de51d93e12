"""Files in: recognise, read row by row, compare with what is there, write, and say what was refused and why.

Importing the same file again changes nothing. Good rows are taken even when others are refused.
"""

from __future__ import annotations

import gc
import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from itertools import chain, islice
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import DataError, IntegrityError
from sqlalchemy.orm import Session

from db import audit
from db.engine import take_write_lock
from db.import_agents import AgentWriter
from db.import_callbacks import CallbackWriter
from db.import_cells import row_reader
from db.import_columns import HEADER_WITHIN, columns_of, find_header
from db.import_complaints import ComplaintWriter
from db.import_leave import LeaveWriter
from db.import_leave_balances import LeaveBalanceWriter
from db.import_mappings import remembered_among
from db.import_punches import PunchWriter
from db.import_results import ImportResult, Rejection
from db.import_rows import Job, Progress, Row, Writer
from db.import_shifts import ShiftWriter
from db.import_surveys import SurveyWriter
from db.import_work_orders import WorkOrderWriter
from db.models import ImportRun
from db.refusals import Refused
from db.spreadsheets import Sheet, read_sheets
from db.surge_watch import check_recent
from db.visibility import demand
from regulations.access import Scope
from regulations.rulebook import Rulebook
from regulations.worktime import WorkCalendar
from settings import get_settings

__all__ = [
    "IMPORTERS",
    "IMPORT_KINDS",
    "ImportResult",
    "Importer",
    "Rejection",
    "columns_of",
    "import_file",
    "list_runs",
    "read_mapping",
]

BATCH = 500  # rows compared and written at once
TOLD_EVERY = 250  # rows after which the progress is told
ROWS_SHARE = 0.9  # of the whole; the rest is for what follows the rows: verdicts on days, surges
USUALLY = gc.get_threshold()
SELDOM = 20_000  # new objects after which Python looks for garbage: rows are no cycles, and looking took an eighth of the time
KEPT_REFUSALS = 1_000  # refusals kept with the run; the answer to whoever imports has all of them

Importer = Callable[..., ImportResult]

WRITERS: dict[str, Callable[[Job], Writer]] = {
    "agents": AgentWriter,
    "complaints": ComplaintWriter,
    "callbacks": CallbackWriter,
    "work_orders": WorkOrderWriter,
    "surveys": SurveyWriter,
    "shifts": ShiftWriter,
    "punches": PunchWriter,
    "leave": LeaveWriter,
    "leave_balances": LeaveBalanceWriter,
}

# Kinds that are no tables: recordings and transcripts need what this package may not import. Whoever
# offers them registers a function (session, scope, path, *, book, now, mapping, dry_run, on_progress).
IMPORTERS: dict[str, Importer] = {}

IMPORT_KINDS: tuple[str, ...] = (*WRITERS, "recordings", "transcripts")


def import_file(
    session: Session,
    scope: Scope,
    kind: str,
    path: Path,
    *,
    book: Rulebook,
    now: datetime,
    mapping: Mapping[str, str] | None = None,
    dry_run: bool = False,
    on_progress: Progress | None = None,
) -> ImportResult:
    """Take a file in; what was new, changed, there already, and refused row by row.

    `mapping` names our field for a title of the file; without it the one remembered for such files is used. With `dry_run` everything is tried and nothing is
    kept. `on_progress` hears the share done, 0 to 1. The caller commits: rows, verdicts, the run and its
    audit line are one transaction. Raises AccessRefused without data.import, Refused when the file as a
    whole cannot be taken.
    """
    demand(scope, "data.import")
    if kind in IMPORTERS:
        return IMPORTERS[kind](
            session,
            scope,
            path,
            book=book,
            now=now,
            mapping=mapping,
            dry_run=dry_run,
            on_progress=on_progress,
        )
    if kind not in WRITERS:
        raise Refused(
            f"不能导入“{kind}”；可以导入：{'、'.join(IMPORT_KINDS)}。",
            f"{kind!r} cannot be imported; there are {', '.join(IMPORT_KINDS)}",
        )
    take_write_lock(session.connection())
    gc.set_threshold(SELDOM, *USUALLY[1:])
    try:
        if not dry_run:
            with session.begin_nested():
                result = _take_in(session, scope, kind, path, book, now, mapping, False, on_progress)
                _log(session, scope, kind, path, now, result)
            return result
        trial = session.begin_nested()
        try:
            return _take_in(session, scope, kind, path, book, now, mapping, True, on_progress)
        finally:
            trial.rollback()
    except (IntegrityError, DataError):
        raise Refused(
            "有人同时导入了相同的数据，或数据库不接受其中的内容；没有写入任何数据。请重试。",
            "somebody imported the same data at the same time, or the database does not accept it; nothing was written: try again",
        ) from None
    finally:
        gc.set_threshold(*USUALLY)


def list_runs(session: Session, scope: Scope, limit: int = 100) -> Sequence[ImportRun]:
    """Earlier imports, newest first; who does not see all teams sees his own. Raises AccessRefused."""
    demand(scope, "data.view")
    query = select(ImportRun).order_by(ImportRun.at.desc(), ImportRun.id.desc()).limit(limit)
    if scope.team_ids is not None:
        query = query.where(ImportRun.actor == scope.actor)
    return session.scalars(query).all()


def read_mapping(path: Path) -> dict[str, str]:
    """The mapping of a JSON file: {"their column": "our field"}. Raises Refused."""
    try:
        mapping = json.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError, RecursionError) as error:
        raise Refused(
            f"列对应文件 {path.name} 无法读取：{error}。", f"the mapping {path.name} cannot be read: {error}"
        ) from None
    if not isinstance(mapping, dict) or not all(isinstance(v, str) for v in mapping.values()):
        raise Refused(
            '列对应文件要写成 {"文件中的列名": "我们的字段"}。',
            'a mapping is written {"their column": "our field"}',
        )
    return {str(title): name for title, name in mapping.items()}


def _take_in(
    session: Session,
    scope: Scope,
    kind: str,
    path: Path,
    book: Rulebook,
    now: datetime,
    mapping: Mapping[str, str] | None,
    dry_run: bool,
    on_progress: Progress | None,
) -> ImportResult:
    result = ImportResult(kind, is_dry_run=dry_run)
    sheet, job, rows = _find_table(session, scope, kind, path, book, now, mapping, result)
    job.is_dry_run = dry_run
    writer = WRITERS[kind](job)
    tell = _Teller(on_progress, sheet)
    batch: list[Row] = []
    read = 0
    read_cells = row_reader(job.header, sheet.epoch, job.zone)
    for number, cells in rows:
        if number <= job.header.row:
            continue
        row = read_cells(number, cells)
        read += 1
        if isinstance(row, Rejection):
            result.rejected.append(row)
        else:
            batch.append(row)
        if len(batch) >= BATCH:
            writer.write(batch)
            batch = []
        if read % TOLD_EVERY == 0:
            tell.rows()
    if batch:
        writer.write(batch)
    if not read:
        raise Refused("文件只有表头，没有数据。", "the file has a header and no rows")
    writer.finish(tell.rest)
    if kind == "complaints" and not dry_run:
        check_recent(session, book, now)
    result.rejected.sort(key=lambda rejection: rejection.row)
    session.flush()
    session.expire_all()  # much was written past the objects that the session knows
    tell.rest(1.0)
    return result


class _Teller:
    """Tells how far an import is: the rows by how much of the file has been read, then what follows them."""

    def __init__(self, on_progress: Progress | None, sheet: Sheet) -> None:
        self.on_progress, self.sheet = on_progress, sheet

    def rows(self) -> None:
        """Some more rows have been taken."""
        if self.on_progress is not None:
            self.on_progress(ROWS_SHARE * self.sheet.share_read())

    def rest(self, done: float) -> None:
        """This share of what follows the rows has been done."""
        if self.on_progress is not None:
            self.on_progress(ROWS_SHARE + (1 - ROWS_SHARE) * done)


def _find_table(
    session: Session,
    scope: Scope,
    kind: str,
    path: Path,
    book: Rulebook,
    now: datetime,
    mapping: Mapping[str, str] | None,
    result: ImportResult,
) -> tuple[Sheet, Job, Any]:
    """The first sheet that has a header we understand, and all its rows."""
    refused: Refused | None = None
    for sheet in read_sheets(path, get_settings().max_upload_mb * 1024 * 1024):
        first = list(islice(sheet.rows, HEADER_WITHIN))
        try:
            header = find_header(kind, first, mapping or remembered_among(session, kind, first))
        except Refused as error:
            refused = refused or error
            continue
        calendar = WorkCalendar.from_rulebook(book)
        job = Job(session, scope, book, now, header, result, calendar)
        return sheet, job, chain(first, sheet.rows)
    raise refused or Refused("文件里没有表格。", "the file holds no table")


def _log(session: Session, scope: Scope, kind: str, path: Path, now: datetime, result: ImportResult) -> None:
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    name = path.name.encode("utf-8", "replace").decode()  # a name need not be text
    run = ImportRun(
        at=now,
        kind=kind,
        file_name=name[:300],
        sha256=digest,
        actor=scope.actor[:80],
        accepted=result.accepted,
        updated=result.updated,
        unchanged=result.unchanged,
        refused=len(result.rejected),
        rejected=[
            {**rejection.as_json(), "reason_en": rejection.text("en")}
            for rejection in result.rejected[:KEPT_REFUSALS]
        ],
    )
    session.add(run)
    session.flush()
    detail = {
        "kind": kind,
        "file": name,
        "sha256": digest,
        "accepted": result.accepted,
        "updated": result.updated,
        "unchanged": result.unchanged,
        "refused": len(result.rejected),
        **({"clock_corrected": result.clock_corrected} if result.clock_corrected else {}),
        **({"closed_months": result.closed_months} if result.closed_months else {}),
        **({"fixed_months": result.fixed_months} if result.fixed_months else {}),
    }
    audit.record(session, scope, "data.imported", "import", run.id, detail, at=now)
